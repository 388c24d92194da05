package huidu

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The SDK's XML needs elements, attributes, text and the five entities. A reader and a writer
// for that are some hundred lines; encoding/xml would add some 130 KB to the booth's binary.

// errXML: the text is not the XML that this protocol uses.
var errXML = errors.New("no XML of this protocol")

// Bounds of what is read.
const (
	maxDepth = 32
	maxNodes = 20_000
)

// attr is one attribute.
type attr struct{ name, value string }

// node is one element.
type node struct {
	name     string
	attrs    []attr
	children []*node
	text     string
}

// get returns an attribute's value; empty where there is none.
func (n *node) get(name string) string {
	v, _ := n.lookup(name)
	return v
}

func (n *node) lookup(name string) (string, bool) {
	if n == nil {
		return "", false
	}
	for _, a := range n.attrs {
		if a.name == name {
			return a.value, true
		}
	}
	return "", false
}

// child returns the first child of that name, or nil.
func (n *node) child(name string) *node {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// each calls f for n and all elements below it that have the name.
func (n *node) each(name string, f func(*node)) {
	if n == nil {
		return
	}
	if n.name == name {
		f(n)
	}
	for _, c := range n.children {
		c.each(name, f)
	}
}

// el makes an element; attributes are names and values in turn.
func el(name string, attrs ...string) *node {
	n := &node{name: name}
	for i := 0; i+1 < len(attrs); i += 2 {
		n.attrs = append(n.attrs, attr{attrs[i], attrs[i+1]})
	}
	return n
}

// with adds children and returns n.
func (n *node) with(children ...*node) *node {
	n.children = append(n.children, children...)
	return n
}

// write appends the element.
func (n *node) write(b *strings.Builder) {
	b.WriteByte('<')
	b.WriteString(n.name)
	for _, a := range n.attrs {
		b.WriteByte(' ')
		b.WriteString(a.name)
		b.WriteString(`="`)
		escape(b, a.value)
		b.WriteByte('"')
	}
	if len(n.children) == 0 && n.text == "" {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	escape(b, n.text)
	for _, c := range n.children {
		c.write(b)
	}
	b.WriteString("</")
	b.WriteString(n.name)
	b.WriteByte('>')
}

// escape writes text so that no character of it is read as markup; what XML can't carry becomes
// U+FFFD.
func escape(b *strings.Builder, s string) {
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\'':
			b.WriteString("&apos;")
		case r == '\t', r == '\n', r == '\r':
			fmt.Fprintf(b, "&#%d;", r)
		case !allowed(r):
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
}

// allowed reports whether XML 1.0 knows the character (section 2.2).
func allowed(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000
}

// parseXML reads a document and returns its one element. What the protocol has no use for
// (DOCTYPE, processing instructions but the declaration) is refused.
func parseXML(s string) (*node, error) {
	p := &parser{s: s}
	p.space()
	if rest, ok := strings.CutPrefix(p.s, "<?xml"); ok {
		_, after, ok := strings.Cut(rest, "?>")
		if !ok {
			return nil, fmt.Errorf("%w: declaration without an end", errXML)
		}
		p.s = after
	}
	if err := p.comments(); err != nil {
		return nil, err
	}
	n, err := p.element(0)
	if err != nil {
		return nil, err
	}
	if err := p.comments(); err != nil {
		return nil, err
	}
	if rest := strings.TrimRight(p.s, " \t\r\n\x00"); rest != "" {
		return nil, fmt.Errorf("%w: %d bytes after the end", errXML, len(rest))
	}
	return n, nil
}

// parser has the rest of the text.
type parser struct {
	s     string
	nodes int
}

func (p *parser) space() { p.s = strings.TrimLeft(p.s, " \t\r\n") }

// comments passes over space and comments.
func (p *parser) comments() error {
	for {
		p.space()
		rest, ok := strings.CutPrefix(p.s, "<!--")
		if !ok {
			return nil
		}
		_, after, ok := strings.Cut(rest, "-->")
		if !ok {
			return fmt.Errorf("%w: comment without an end", errXML)
		}
		p.s = after
	}
}

// name takes a name off the text.
func (p *parser) name() (string, error) {
	i := 0
	for i < len(p.s) && strings.IndexByte(" \t\r\n=/<>\"'&", p.s[i]) < 0 {
		i++
	}
	if i == 0 {
		return "", fmt.Errorf("%w: a name is missing", errXML)
	}
	name := p.s[:i]
	p.s = p.s[i:]
	if !utf8.ValidString(name) || strings.ContainsAny(name, "!?") {
		return "", fmt.Errorf("%w: name %q", errXML, name)
	}
	return name, nil
}

// element reads one element with all that is in it.
func (p *parser) element(depth int) (*node, error) {
	p.nodes++
	if depth > maxDepth || p.nodes > maxNodes {
		return nil, fmt.Errorf("%w: deeper than %d or more than %d elements", errXML, maxDepth, maxNodes)
	}
	if !strings.HasPrefix(p.s, "<") {
		return nil, fmt.Errorf("%w: an element is missing", errXML)
	}
	p.s = p.s[1:]
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	n := &node{name: name}
	for {
		p.space()
		if after, ok := strings.CutPrefix(p.s, "/>"); ok {
			p.s = after
			return n, nil
		}
		if after, ok := strings.CutPrefix(p.s, ">"); ok {
			p.s = after
			return n, p.content(n, depth)
		}
		if err := p.attribute(n); err != nil {
			return nil, err
		}
	}
}

func (p *parser) attribute(n *node) error {
	name, err := p.name()
	if err != nil {
		return err
	}
	p.space()
	after, ok := strings.CutPrefix(p.s, "=")
	if !ok {
		return fmt.Errorf("%w: attribute %s without a value", errXML, name)
	}
	p.s = after
	p.space()
	if p.s == "" || p.s[0] != '"' && p.s[0] != '\'' {
		return fmt.Errorf("%w: value of %s without quotes", errXML, name)
	}
	raw, after, ok := strings.Cut(p.s[1:], p.s[:1])
	if !ok || strings.Contains(raw, "<") {
		return fmt.Errorf("%w: value of %s without an end", errXML, name)
	}
	p.s = after
	if _, twice := n.lookup(name); twice {
		return fmt.Errorf("%w: attribute %s twice", errXML, name)
	}
	value, err := unescape(raw)
	n.attrs = append(n.attrs, attr{name, value})
	return err
}

// content reads up to n's end tag.
func (p *parser) content(n *node, depth int) error {
	var text strings.Builder
	for {
		raw, _, ok := strings.Cut(p.s, "<")
		if !ok {
			return fmt.Errorf("%w: element %s without an end", errXML, n.name)
		}
		plain, err := unescape(raw)
		if err != nil {
			return err
		}
		text.WriteString(plain)
		p.s = p.s[len(raw):]
		if strings.HasPrefix(p.s, "<!--") {
			if err := p.comments(); err != nil {
				return err
			}
			continue
		}
		if after, ok := strings.CutPrefix(p.s, "</"); ok {
			p.s = after
			end, err := p.name()
			if err != nil {
				return err
			}
			p.space()
			after, ok := strings.CutPrefix(p.s, ">")
			if !ok || end != n.name {
				return fmt.Errorf("%w: %s ends as %s", errXML, n.name, end)
			}
			p.s = after
			n.text = strings.TrimSpace(text.String())
			return nil
		}
		c, err := p.element(depth + 1)
		if err != nil {
			return err
		}
		n.children = append(n.children, c)
	}
}

// unescape resolves the entities of XML and numbered characters.
func unescape(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("%w: not UTF-8", errXML)
	}
	if !strings.Contains(s, "&") {
		return s, nil
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "&")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		entity, after, ok := strings.Cut(rest, ";")
		if !ok {
			return "", fmt.Errorf("%w: & without an end", errXML)
		}
		r, err := character(entity)
		if err != nil {
			return "", err
		}
		b.WriteRune(r)
		s = after
	}
}

func character(entity string) (rune, error) {
	switch entity {
	case "amp":
		return '&', nil
	case "lt":
		return '<', nil
	case "gt":
		return '>', nil
	case "quot":
		return '"', nil
	case "apos":
		return '\'', nil
	}
	digits, ok := strings.CutPrefix(entity, "#")
	if !ok {
		return 0, fmt.Errorf("%w: unknown entity %q", errXML, entity)
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	v, err := strconv.ParseUint(digits, base, 21)
	if err != nil || !allowed(rune(v)) || v > utf8.MaxRune {
		return 0, fmt.Errorf("%w: no character %q", errXML, entity)
	}
	return rune(v), nil
}
