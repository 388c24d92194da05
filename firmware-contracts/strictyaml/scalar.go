package strictyaml

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/token"
)

// Words is a type that holds one of a fixed set of words: either the word itself, in a
// string, or its place in the set, in an unsigned number.
type Words interface{ Words() []string }

// wordsOf returns the words of a type; nil when it has none.
func wordsOf(t reflect.Type) []string {
	if w, ok := reflect.TypeAssert[Words](reflect.Zero(t)); ok {
		return w.Words()
	}
	return nil
}

func (d *Doc) word(path string, n *node, words []string, f field) {
	s, ok := n.plain()
	if !ok {
		s, ok = n.text()
	}
	if !ok {
		d.wrong(path, n, "want a word, found "+describe(n), f.hint(""))
		return
	}
	for i, w := range words {
		switch {
		case w != s:
		case f.value.Kind() == reflect.String:
			f.value.SetString(w)
			return
		default:
			f.value.SetUint(uint64(i)) //nolint:gosec // an index
			return
		}
	}
	hint := f.hint("")
	if near := Nearest(s, words); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	d.wrong(path, n, fmt.Sprintf("%q is not known here", clip(s)), hint)
}

func (d *Doc) scalar(path string, n *node, f field) {
	switch v := f.value; {
	case v.Kind() == reflect.String:
		if s, ok := d.line(path, n, f); ok {
			v.SetString(s)
		}
	case v.Kind() == reflect.Bool:
		s, _ := n.plain()
		if s != "true" && s != "false" {
			d.wrong(path, n, "want true or false, found "+describe(n), f.hint(""))
			return
		}
		v.SetBool(s == "true")
	case v.CanInt() || v.CanUint():
		d.whole(path, n, f)
	case v.CanFloat():
		d.float(path, n, f)
	default:
		panic(fmt.Sprintf("strictyaml: a %s can't be read from YAML", v.Type()))
	}
}

// line reads a text of one line.
func (d *Doc) line(path string, n *node, f field) (string, bool) {
	s, ok := n.text()
	switch {
	case !ok:
		d.wrong(path, n, "want text, found "+describe(n), f.hint("put it in quotes"))
	case strings.ContainsFunc(s, unicode.IsControl):
		d.wrong(path, n, fmt.Sprintf("%q holds a control character", clip(s)), f.hint("a text is one line of letters"))
		ok = false
	}
	return s, ok
}

// whole reads a whole number within the bounds of its type and field.
func (d *Doc) whole(path string, n *node, f field) {
	var i Integer
	if !d.integer(path, n, &i, f) {
		return
	}
	low, high, f := f.wholeBounds()
	var below bool
	switch {
	case !i.Negative:
		below = low > 0 && i.Abs < uint64(low)
	case i.Abs != 0:
		below = low >= 0 || i.Abs > uint64(-(low+1))+1 //nolint:gosec // the size of low
	}
	if below || !i.Negative && i.Abs > high {
		d.wrong(path, n, i.Text+" is out of range", f.hint(""))
		return
	}
	if f.value.CanUint() {
		f.value.SetUint(i.Abs)
		return
	}
	v := int64(i.Abs) //nolint:gosec // within the bounds
	if i.Negative {
		v = -v
	}
	f.value.SetInt(v)
}

// integer reads 123, -5 or 0x7B. Octal, binary, leading zeros, plus signs and underscores,
// which people and parsers read differently, are not taken.
func (d *Doc) integer(path string, n *node, i *Integer, f field) bool {
	s, ok := n.plain()
	digits, negative := strings.CutPrefix(s, "-")
	hex, isHex := strings.CutPrefix(digits, "0x")
	base := 10
	if isHex {
		digits, base = hex, 16
	}
	ok = ok && !strings.ContainsAny(digits, "+-_") && (isHex || len(digits) < 2 || digits[0] != '0')
	abs, err := strconv.ParseUint(digits, base, 64)
	switch {
	case ok && errors.Is(err, strconv.ErrRange):
		d.wrong(path, n, clip(s)+" is out of range", f.hint(""))
		return false
	case !ok || err != nil:
		d.wrong(path, n, "want a whole number, found "+describe(n), f.hint(""))
		return false
	}
	*i = Integer{Negative: negative, Abs: abs, Text: s}
	return true
}

// float reads a finite decimal number.
func (d *Doc) float(path string, n *node, f field) {
	s, ok := n.plain()
	v, err := strconv.ParseFloat(s, f.value.Type().Bits())
	switch {
	case !ok || strings.ContainsAny(s, "xXpP_iInN") || err != nil && !errors.Is(err, strconv.ErrRange):
		d.wrong(path, n, "want a number, found "+describe(n), f.hint(""))
	case err != nil:
		d.wrong(path, n, clip(s)+" is out of range", f.hint(""))
	default:
		f.value.SetFloat(v)
	}
}

// text is the text of a scalar that YAML takes for one.
func (n *node) text() (string, bool) {
	switch {
	case n.isMap || n.isList:
		return "", false
	case n.tok.Type == token.StringType, n.tok.Type == token.SingleQuoteType, n.tok.Type == token.DoubleQuoteType:
		return n.tok.Value, true
	}
	return "", false
}

// plain is the text of a scalar without quotes, whatever YAML takes it for.
func (n *node) plain() (string, bool) {
	if n.isMap || n.isList || !isScalar(n.tok) || n.tok.Type == token.SingleQuoteType || n.tok.Type == token.DoubleQuoteType {
		return "", false
	}
	return n.tok.Value, true
}

// describe says what a node is, with its value where that is short.
func describe(n *node) string {
	if s, ok := n.text(); ok {
		return fmt.Sprintf("the text %q", clip(s))
	}
	switch {
	case n.isMap:
		return "keys and values"
	case n.isList:
		return "a list"
	}
	switch n.tok.Type { //nolint:exhaustive // the rest are numbers
	case token.LiteralType, token.FoldedType:
		return "a block of text"
	case token.BoolType, token.InfinityType, token.NanType:
		return clip(n.tok.Value)
	default:
		return "the number " + clip(n.tok.Value)
	}
}

// clip keeps a message on one line.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
