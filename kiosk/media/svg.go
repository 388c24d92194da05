package media

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// svgNames are the elements that a drawing may have: shapes, text, paint, and movement without
// a script.
//
//nolint:gochecknoglobals // lookup table
var svgNames = strings.Fields(`svg g defs symbol use path rect circle ellipse line polyline polygon
	text tspan textPath title desc style linearGradient radialGradient stop clipPath mask pattern marker image switch
	animate animateTransform animateMotion mpath set
	filter feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting
	feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur
	feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence`)

const (
	svgSpace   = "http://www.w3.org/2000/svg"
	xlinkSpace = "http://www.w3.org/1999/xlink"
	maxNodes   = 100_000
	maxNesting = 200
)

// svg reads one drawing. It knows the part of XML that drawing programs write as "plain SVG",
// and refuses the rest: a document type could define words that mean something else.
type svg struct {
	text  string
	at    int
	open  []string
	ids   [][]string // ids of each open element
	nodes int
	// within are ids of what has a use in it; used are the ids that uses name. One in both
	// would be drawn again and again within itself, a thousandfold with ten lines.
	within, used map[string]bool
}

// svgError is where and what.
type svgError struct {
	line int
	what string
}

func (e *svgError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.what) }

// checkSVG refuses what is no plain drawing: scripts, foreign content, references to anything
// outside of itself. It stops at the first finding.
func checkSVG(text string) []string {
	x := &svg{text: strings.TrimPrefix(text, "\uFEFF"), within: map[string]bool{}, used: map[string]bool{}}
	if err := x.read(); err != nil {
		return []string{err.Error()}
	}
	return nil
}

func (x *svg) bad(format string, args ...any) error {
	return &svgError{1 + strings.Count(x.text[:min(x.at, len(x.text))], "\n"), fmt.Sprintf(format, args...)}
}

func (x *svg) read() error {
	if strings.HasPrefix(x.text, "<?xml ") {
		if _, err := x.until("?>"); err != nil {
			return err
		}
	}
	for x.at < len(x.text) {
		if x.text[x.at] != '<' {
			if err := x.words(); err != nil {
				return err
			}
			continue
		}
		if err := x.markup(); err != nil {
			return err
		}
	}
	switch {
	case len(x.open) > 0:
		return x.bad("<%s> is not closed: it was cut short", x.open[len(x.open)-1])
	case x.nodes == 0:
		return x.bad("there is no <svg>")
	}
	for id := range x.used {
		if x.within[id] {
			return x.bad("<use> of #%s, which has a <use> in it; draw it out", id)
		}
	}
	return nil
}

// until moves behind end and returns what stood before it.
func (x *svg) until(end string) (string, error) {
	i := strings.Index(x.text[x.at:], end)
	if i < 0 {
		return "", x.bad("%q is missing: it was cut short", end)
	}
	s := x.text[x.at : x.at+i]
	x.at += i + len(end)
	return s, nil
}

func (x *svg) markup() error {
	rest := x.text[x.at:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		x.at += 4
		_, err := x.until("-->")
		return err
	case strings.HasPrefix(rest, "<![CDATA[") && len(x.open) > 0:
		x.at += 9
		s, err := x.until("]]>")
		if err != nil {
			return err
		}
		return x.content(s)
	case strings.HasPrefix(rest, "<!"):
		return x.bad("a document type; save it as plain SVG")
	case strings.HasPrefix(rest, "<?"):
		return x.bad("a processing instruction; save it as plain SVG")
	case strings.HasPrefix(rest, "</"):
		x.at += 2
		name, err := x.until(">")
		if err != nil {
			return err
		}
		return x.end(strings.TrimRight(name, " \t\r\n"))
	}
	x.at++
	return x.element()
}

func (x *svg) end(name string) error {
	last := len(x.open) - 1
	if last < 0 || x.open[last] != name {
		return x.bad("</%.40s> closes nothing", name)
	}
	x.open, x.ids = x.open[:last], x.ids[:last]
	return nil
}

// words are characters between elements.
func (x *svg) words() error {
	i := strings.IndexByte(x.text[x.at:], '<')
	if i < 0 {
		i = len(x.text) - x.at
	}
	s, err := x.decode(x.text[x.at : x.at+i])
	if err != nil {
		return err
	}
	if err := x.content(s); err != nil {
		return err
	}
	x.at += i
	return nil
}

func (x *svg) content(s string) error {
	switch {
	case len(x.open) == 0 && strings.TrimSpace(s) != "":
		return x.bad("text outside of <svg>")
	case len(x.open) > 0 && x.open[len(x.open)-1] == "style":
		return x.style(s)
	}
	return nil
}

const nameChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:."

func (x *svg) name() string {
	rest := x.text[x.at:]
	n := len(rest) - len(strings.TrimLeft(rest, nameChars))
	x.at += n
	return rest[:n]
}

func (x *svg) space() bool {
	rest := x.text[x.at:]
	n := len(rest) - len(strings.TrimLeft(rest, " \t\r\n"))
	x.at += n
	return n > 0
}

// element reads a start tag behind its "<".
func (x *svg) element() error {
	name := x.name()
	x.nodes++
	switch {
	case !slices.Contains(svgNames, name):
		return x.bad("<%.40s> is not allowed in a drawing; save it as plain SVG without scripts and foreign content", name)
	case x.nodes == 1 && name != "svg":
		return x.bad("the outermost element is <%s>, not <svg>", name)
	case x.nodes > 1 && len(x.open) == 0:
		return x.bad("a second outermost element")
	case x.nodes > maxNodes || len(x.open) >= maxNesting:
		return x.bad("more than %d elements, or nested deeper than %d", maxNodes, maxNesting)
	}
	attrs := map[string]string{}
	for {
		spaced := x.space()
		rest := x.text[x.at:]
		switch {
		case strings.HasPrefix(rest, "/>"):
			x.at += 2
			return x.begin(name, attrs, true)
		case strings.HasPrefix(rest, ">"):
			x.at++
			return x.begin(name, attrs, false)
		case !spaced:
			return x.bad("<%s> is damaged", name)
		}
		key, value, err := x.attribute()
		if err != nil {
			return err
		}
		if _, twice := attrs[key]; twice {
			return x.bad("attribute %s is there twice", key)
		}
		attrs[key] = value
	}
}

func (x *svg) attribute() (key, value string, err error) {
	key = x.name()
	x.space()
	if key == "" || !strings.HasPrefix(x.text[x.at:], "=") {
		return "", "", x.bad("an attribute is damaged")
	}
	x.at++
	x.space()
	if x.at >= len(x.text) || x.text[x.at] != '"' && x.text[x.at] != '\'' {
		return "", "", x.bad("attribute %s has no quotes", key)
	}
	mark := x.text[x.at : x.at+1]
	x.at++
	raw, err := x.until(mark)
	if err != nil {
		return "", "", err
	}
	if strings.Contains(raw, "<") {
		return "", "", x.bad("attribute %s has a < in it", key)
	}
	value, err = x.decode(raw)
	return key, value, err
}

// decode replaces the five words that XML has by itself, and numbers.
func (x *svg) decode(s string) (string, error) {
	if !strings.Contains(s, "&") {
		return s, nil
	}
	var out strings.Builder
	for {
		head, rest, found := strings.Cut(s, "&")
		out.WriteString(head)
		if !found {
			return out.String(), nil
		}
		word, tail, ended := strings.Cut(rest, ";")
		r, ok := entity(word)
		if !ended || !ok {
			return "", x.bad("&%.10s; is unknown", word)
		}
		out.WriteRune(r)
		s = tail
	}
}

func entity(word string) (rune, bool) {
	switch word {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	num, ok := strings.CutPrefix(word, "#")
	base := 10
	if hex, is := strings.CutPrefix(num, "x"); is {
		num, base = hex, 16
	}
	n, err := strconv.ParseUint(num, base, 21)
	if !ok || err != nil || n == 0 || n > 0x10FFFF {
		return 0, false
	}
	return rune(n), true
}
