package media

import (
	"maps"
	"slices"
	"strings"
)

// begin checks a start tag as a whole.
func (x *svg) begin(name string, attrs map[string]string, closed bool) error {
	if x.nodes == 1 && attrs["xmlns"] != svgSpace {
		return x.bad(`<svg> needs xmlns="%s"`, svgSpace)
	}
	for _, key := range slices.Sorted(maps.Keys(attrs)) {
		if err := x.rule(name, key, attrs[key]); err != nil {
			return err
		}
	}
	id := attrs["id"]
	if name == "use" {
		x.within[id] = true
		for _, ids := range x.ids {
			for _, id := range ids {
				x.within[id] = true
			}
		}
		for _, key := range []string{"href", "xlink:href"} {
			if to, ok := strings.CutPrefix(attrs[key], "#"); ok {
				x.used[to] = true
			}
		}
	}
	delete(x.within, "")
	if closed {
		return nil
	}
	x.open = append(x.open, name)
	if id == "" {
		x.ids = append(x.ids, nil)
	} else {
		x.ids = append(x.ids, []string{id})
	}
	return nil
}

// rule decides on one attribute.
func (x *svg) rule(name, key, value string) error {
	low := strings.ToLower(strings.TrimSpace(value))
	switch lowKey := strings.ToLower(key); {
	case key == "xmlns":
		if value != svgSpace {
			return x.bad("<%s> changes the language to %.60q", name, value)
		}
		return nil
	case key == "xmlns:xlink":
		if value != xlinkSpace {
			return x.bad("xlink is %.60q", value)
		}
		return nil
	case strings.HasPrefix(key, "xmlns:"):
		// Elements with a prefix are refused, so that what it stands for does not matter.
		return nil
	case strings.HasPrefix(lowKey, "on"):
		return x.bad("attribute %s runs a script", key)
	case lowKey == "src" || lowKey == "xml:base":
		return x.bad("attribute %s leads out of the drawing", key)
	case strings.HasSuffix(lowKey, "href"):
		return x.reference(name, key, low)
	case lowKey == "attributename":
		if strings.HasSuffix(low, "href") || strings.HasPrefix(low, "on") {
			return x.bad("an animation of %s", value)
		}
		return nil
	case lowKey == "style":
		return x.style(value)
	}
	for _, scheme := range []string{"http:", "https:", "javascript:", "data:", "file:", "ftp:", "blob:", "//"} {
		if strings.HasPrefix(low, scheme) {
			return x.bad("attribute %s leads out of the drawing: %.60q", key, value)
		}
	}
	return x.urls(value)
}

func (x *svg) reference(name, key, low string) error {
	switch {
	case strings.HasPrefix(low, "#"):
		return nil
	case name == "image" && (strings.HasPrefix(low, "data:image/png;base64,") || strings.HasPrefix(low, "data:image/jpeg;base64,")):
		return nil
	}
	return x.bad("%s of <%s> leads out of the drawing: %.60q; put it into the drawing", key, name, low)
}

// style checks CSS: nothing from elsewhere, and no escapes that could hide it.
func (x *svg) style(css string) error {
	low := strings.ToLower(css)
	for _, word := range []string{`\`, "@import", "@font-face", "//", "expression(", "image-set(", "image(", "src(", "behavior:", "-moz-binding"} {
		if strings.Contains(low, word) {
			return x.bad("style with %q in it", word)
		}
	}
	return x.urls(css)
}

// urls lets url() name only parts of the same drawing.
func (x *svg) urls(value string) error {
	low := strings.ToLower(value)
	for {
		_, rest, found := strings.Cut(low, "url(")
		if !found {
			return nil
		}
		if !strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n'\""), "#") {
			return x.bad("url(%.40s leads out of the drawing", rest)
		}
		low = rest
	}
}
