package programme

import (
	"fmt"
	"regexp"
)

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`) //nolint:gochecknoglobals // a compiled constant

// item checks one item by itself.
func (c *checker) item(path string, i int) {
	it := &c.raw.Items[i]
	if c.named(path+".id", it.ID) {
		first, twice := c.items[it.ID]
		switch {
		case it.ID == dialID:
			c.bad(path+".id", "call it something else", "%q is the name of the time of day", dialID)
		case twice:
			c.bad(path+".id", "call one of the two something else", "items[%d] is called %s already", first, it.ID)
		default:
			c.items[it.ID] = i
		}
	}
	c.kind(path, it)
	if it.Text != nil {
		c.text(path+".text", it.Text, it.Case)
	}
	if it.Case && c.doc.Good(path+".payload") {
		c.found(path+".payload", checkCase(it.Payload))
	}
	c.dates(path, it)
}

// kind checks that an item has what its kind needs and nothing that its kind can't have.
func (c *checker) kind(path string, it *rawItem) {
	if !c.doc.Good(path + ".kind") {
		return
	}
	kind := Kind(it.Kind)
	needs := map[Kind]string{Video: "media", Image: "media", Page: "media", Text: "text", Code: "payload"}[kind]
	if !c.doc.Has(path + "." + needs) {
		hint := map[string]string{"media": "the file's sha256, 64 hex digits", "text": "{zh: …}", "payload": "https://…"}[needs]
		c.doc.Add(path+"."+needs, fmt.Sprintf("is missing: kind %s needs it", kind), hint)
	}
	for _, key := range []string{"media", "sound", "colour", "text", "payload"} {
		if at := path + "." + key; c.doc.Has(at) && !may(kind, key) {
			c.doc.Add(at, fmt.Sprintf("kind %s has no %s", kind, key), "remove it")
		}
	}
	if at := path + ".media"; c.doc.Good(at) && !sha256Hex.MatchString(it.Media) {
		c.bad(at, "64 lower-case hex digits, as sha256sum prints them", "%q is no sha256", clip(it.Media))
	}
	if at := path + ".payload"; c.doc.Good(at) {
		c.found(at, checkPayload(it.Payload))
	}
}

// may reports whether an item of the kind may have the key. Words beside a picture or a code
// are its caption.
func may(kind Kind, key string) bool {
	switch key {
	case "media":
		return kind == Video || kind == Image || kind == Page
	case "sound":
		return kind == Video || kind == Page
	case "colour":
		return kind == Text
	case "payload":
		return kind == Code
	}
	return true
}

func (c *checker) dates(path string, it *rawItem) {
	for _, one := range []struct {
		key string
		day *oneDay
	}{{".from", it.From}, {".until", it.Until}} {
		if one.day != nil && c.doc.Good(path+one.key) && one.day.yearly != 0 {
			c.bad(path+one.key, "write the year too: 2026-11-01; what comes back every year belongs in schedule's days", "the day has no year")
			return
		}
	}
	if it.From != nil && it.Until != nil && c.doc.Good(path+".from") && c.doc.Good(path+".until") && it.Until.number < it.From.number {
		c.bad(path+".until", "swap the two", "the item ends before it begins")
	}
}
