package programme

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"firepost/firmware-contracts/strictyaml"
)

// Bounds on a file: what a booth can still choose from in well under a millisecond.
const (
	maxItems     = 1000
	maxPlaylist  = 500
	maxPlaylists = 200
	maxEntries   = 100
	maxSpans     = 24
	maxScreens   = 32
	maxDays      = 64
)

var name = regexp.MustCompile(`^[a-z0-9]([a-z0-9_-]{0,46}[a-z0-9])?$`) //nolint:gochecknoglobals // a compiled constant

const nameHint = "lower-case letters, digits, - and _, at most 48, such as kitchen-film"

// dialID is the id of the time of day, which is no programme's to give away.
const dialID = "clock"

// Parse reads a programme strictly, as YAML or as JSON on several lines. file is the name that
// problems carry. The error is a strictyaml.Problems with everything that is wrong, each with
// its place and a way out; a programme that parses with doubts has them in Warnings. The format
// is in the package's documentation. Signatures are checked before, by whoever received it.
func Parse(file string, data []byte) (*Programme, error) {
	raw := rawProgramme{
		Brightness: 100, SoundHours: loudest,
		Zones: []zoneWord{zoneWord(Main), zoneWord(Ticker), zoneWord(Clock), zoneWord(QR)},
	}
	c := &checker{doc: strictyaml.Decode(file, data, &raw), raw: &raw, items: make(map[string]int)}
	c.head()
	for i := range raw.Items {
		c.item(fmt.Sprintf("items[%d]", i), i)
	}
	c.playlists()
	c.fallback()
	for i := range raw.Schedule {
		c.entry(fmt.Sprintf("schedule[%d]", i), &raw.Schedule[i])
	}
	c.screens()
	problems := c.doc.Problems()
	if err := problems.Err(); err != nil {
		return nil, err
	}
	p := compile(&raw, c.items)
	p.Warnings = problems
	return p, nil
}

// checker relates what strictyaml has read one by one.
type checker struct {
	doc *strictyaml.Doc
	raw *rawProgramme
	// items are the places of the items by id.
	items map[string]int
	used  map[string]bool
}

func (c *checker) bad(path, hint, format string, args ...any) {
	c.doc.AddValue(path, fmt.Sprintf(format, args...), hint)
}

// named reports whether the text at path is a name.
func (c *checker) named(path, s string) bool {
	if !c.doc.Good(path) {
		return false
	}
	if !name.MatchString(s) {
		c.bad(path, nameHint, "%q is no name", clip(s))
		return false
	}
	return true
}

func (c *checker) count(path string, n, most int) {
	if n > most {
		c.bad(path, "split it", "has %d entries, at most %d", n, most)
	}
}

func (c *checker) head() {
	c.named("id", c.raw.ID)
	c.text("title", &c.raw.Title, false)
	c.zones("zones", c.raw.Zones)
	c.hours("", c.raw.Hours, c.raw.Dimmed, c.raw.SoundHours)
	c.count("items", len(c.raw.Items), maxItems)
	c.count("schedule", len(c.raw.Schedule), maxEntries)
	if c.doc.Good("items") && len(c.raw.Items) == 0 {
		c.bad("items", "a screen is never empty", "there is nothing to show")
	}
}

// zones checks a layout: Main, and every zone once.
func (c *checker) zones(path string, zones []zoneWord) {
	if c.doc.Good(path) && !slices.Contains(zones, zoneWord(Main)) {
		c.bad(path, "add main", "a screen has at least the zone main")
	}
	for i, z := range zones {
		if at := fmt.Sprintf("%s[%d]", path, i); c.doc.Good(at) && slices.Index(zones, z) < i {
			c.bad(at, "remove one of the two", "%s is named twice: a zone has one owner", z)
		}
	}
}

// hours checks when a screen is lit, dimmed and heard; prefix is empty or ends in a dot.
func (c *checker) hours(prefix string, hours []span, dimmed []rawDim, sound span) {
	c.count(prefix+"hours", len(hours), maxSpans)
	c.count(prefix+"dimmed", len(dimmed), maxSpans)
	if path := prefix + "sound_hours"; c.doc.Good(path) && (sound.crosses() || sound.from < loudest.from || sound.until > loudest.until) {
		c.bad(path, "narrow it; nothing may be heard from 22:00 to 06:00", "%s reaches into the night", sound)
	}
}

func (c *checker) text(path string, t *rawText, isCase bool) {
	for _, one := range []struct{ at, s string }{{".zh", t.ZH}, {".mn", t.MN}, {".en", t.EN}} {
		at := path + one.at
		if !c.doc.Good(at) {
			continue
		}
		c.found(at, checkText(one.s))
		if isCase {
			c.found(at, checkCase(one.s))
		}
	}
	if c.doc.Good(path + ".mn") {
		c.found(path+".mn", checkMongolian(t.MN))
	}
}

func (c *checker) found(path string, f *finding) {
	if f != nil {
		c.bad(path, f.hint, "%s", f.message)
	}
}

// playlists checks that every playlist holds items, each once.
func (c *checker) playlists() {
	c.used = make(map[string]bool)
	c.count("playlists", len(c.raw.Playlists), maxPlaylists)
	for _, list := range slices.Sorted(maps.Keys(c.raw.Playlists)) {
		path := "playlists." + list
		if !name.MatchString(list) {
			c.doc.Add(path, fmt.Sprintf("%q is no name", clip(list)), nameHint)
		}
		ids := c.raw.Playlists[list]
		c.count(path, len(ids), maxPlaylist)
		if c.doc.Good(path) && len(ids) == 0 {
			c.bad(path, "name an item, or remove it", "the playlist is empty")
		}
		seen := make(map[string]bool, len(ids))
		for i, id := range ids {
			at := fmt.Sprintf("%s[%d]", path, i)
			_, known := c.items[id]
			switch {
			case !c.doc.Good(at):
			case !known:
				c.bad(at, c.near(id, c.items), "no item is called %q", clip(id))
			case seen[id]:
				c.bad(at, "give the item a weight instead", "%s is in the playlist twice", id)
			}
			seen[id], c.used[id] = true, true
		}
	}
	for i, it := range c.raw.Items {
		if at, ok := c.items[it.ID]; ok && at == i && !c.used[it.ID] {
			c.doc.Warn(fmt.Sprintf("items[%d].id", i), it.ID+" is in no playlist", "add it to one, or remove it")
		}
	}
}

// near guesses what was meant among the known names.
func (c *checker) near(s string, known map[string]int) string {
	if guess := strictyaml.Nearest(s, slices.Sorted(maps.Keys(known))); guess != "" {
		return "did you mean " + guess + "?"
	}
	return "write the id of one that stands in the file"
}

func (c *checker) fallback() {
	c.assign("fallback", c.raw.Fallback)
	if c.doc.Good("fallback") && !c.doc.Has("fallback.main") {
		c.doc.Add("fallback.main", "is missing", "name a playlist for main that plays whatever happens: a screen is never empty")
	}
	for zone, list := range c.raw.Fallback.in() {
		if !c.doc.Good("fallback." + string(zone)) {
			continue
		}
		for _, id := range c.raw.Playlists[list] {
			at, ok := c.items[id]
			if ok && (c.raw.Items[at].From != nil || c.raw.Items[at].Until != nil) {
				c.bad("fallback."+string(zone), "take its dates away, or take it out of the playlist",
					"the item %s of the playlist %s has dates; what falls back on has no limits", id, list)
			}
		}
	}
}

// assign checks that every zone is given a playlist that suits it.
func (c *checker) assign(path string, zones rawZones) {
	for zone, list := range zones.in() {
		at := path + "." + string(zone)
		if !c.doc.Good(at) {
			continue
		}
		ids, known := c.raw.Playlists[list]
		if !known {
			places := make(map[string]int, len(c.raw.Playlists))
			for one := range c.raw.Playlists {
				places[one] = 0
			}
			c.bad(at, c.near(list, places), "no playlist is called %q", clip(list))
			continue
		}
		for _, id := range ids {
			i, ok := c.items[id]
			if ok && c.raw.Items[i].Kind != "" && !suits(zone, Kind(c.raw.Items[i].Kind)) {
				c.bad(at, "the ticker takes texts, qr takes codes, main takes all", "%s of the playlist %s is of kind %s", id, list, c.raw.Items[i].Kind)
				break
			}
		}
	}
}

func suits(zone Zone, kind Kind) bool {
	switch zone {
	case Ticker:
		return kind == Text
	case QR:
		return kind == Code
	case Main, Clock:
	}
	return true
}

func (c *checker) entry(path string, e *rawEntry) {
	if c.doc.Good(path + ".name") {
		c.found(path+".name", checkText(e.Name))
	}
	c.assign(path+".zones", e.Zones)
	if c.doc.Good(path+".zones") && e.Zones == (rawZones{}) && !c.doc.Has(path+".zones.main") {
		c.bad(path+".zones", "name a playlist: {main: PLAYLIST}", "the entry shows nothing")
	}
	for _, one := range []struct {
		key string
		n   int
	}{{"weekdays", len(e.Weekdays)}, {"days", len(e.Days)}, {"screens", len(e.Screens)}} {
		at := path + "." + one.key
		c.count(at, one.n, maxDays)
		if c.doc.Good(at) && one.n == 0 {
			c.bad(at, "remove the line for all of them", "names none")
		}
	}
	for i, s := range e.Screens {
		c.named(fmt.Sprintf("%s.screens[%d]", path, i), s)
	}
}

func (c *checker) screens() {
	c.count("screens", len(c.raw.Screens), maxScreens)
	for _, screen := range slices.Sorted(maps.Keys(c.raw.Screens)) {
		s, path := c.raw.Screens[screen], "screens."+screen
		if !name.MatchString(screen) {
			c.doc.Add(path, fmt.Sprintf("%q is no name", clip(screen)), nameHint)
		}
		c.zones(path+".zones", s.Zones)
		c.hours(path+".", s.Hours, s.Dimmed, or(s.SoundHours, loudest))
	}
}

// or is what p points to, or other where there is nothing.
func or[T any](p *T, other T) T {
	if p != nil {
		return *p
	}
	return other
}
