package cheader

import (
	"fmt"
	"strings"
	"unicode"
)

// upper and lower turn a name of the contract format (lower-case letters, digits, hyphens,
// underscores) into a part of a C identifier.
func upper(name string) string { return strings.ToUpper(lower(name)) }

func lower(name string) string { return strings.ReplaceAll(name, "-", "_") }

// word makes a part of a C identifier out of a text for people: its ASCII letters and digits
// in upper case, everything else an underscore; empty when there are none.
func word(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToUpper(text) {
		switch {
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			gap = false
			b.WriteRune(r)
		default:
			gap = true
		}
	}
	return b.String()
}

// namer gives each of a list of meanings a name of its own.
type namer map[string]bool

// name is a word for text, made unique by the raw value or bit where text is not enough.
func (n namer) name(text string, number uint64) string {
	w := word(text)
	if w == "" || n[w] {
		w = strings.TrimPrefix(fmt.Sprintf("%s_%X", w, number), "_")
	}
	for n[w] {
		w += "_"
	}
	n[w] = true
	return w
}

// comment makes a text harmless within a C comment: no end, no beginning, no trigraph, no
// control or direction characters (which could make the eye read something else).
func comment(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			return ' '
		}
		return r
	}, text)
	return strings.NewReplacer("*/", "* /", "/*", "/ *", "??", "? ?", `\`, "/").Replace(text)
}

// literal is text as a C string literal in ASCII, with octal escapes for all other bytes.
func literal(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"', c == '\\', c == '?', c < ' ', c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
