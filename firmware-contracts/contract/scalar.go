package contract

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// maxText bounds a title or a source, in runes.
const maxText = 200

// text reads a text for people: one line, not empty.
func (o *object) text(f *field) string {
	if f == nil {
		return ""
	}
	s, ok := f.node.(*ast.StringNode)
	switch {
	case !ok:
		o.wrong(f, "must be a text, not %s", describe(f.node))
	case strings.TrimSpace(s.Value) == "":
		o.wrong(f, "is empty")
	case utf8.RuneCountInString(s.Value) > maxText:
		o.wrong(f, "is longer than %d letters", maxText)
	case strings.ContainsFunc(s.Value, unicode.IsControl):
		o.wrong(f, "%q holds a control character", shorten(s.Value))
	default:
		return s.Value
	}
	return ""
}

// name reads a name that other files and messages refer to.
func (o *object) name(f *field, joiner byte) string {
	s := o.text(f)
	if s != "" && !validName(s, joiner) {
		o.wrong(f, "%q is not a name", shorten(s))
		return ""
	}
	return s
}

// word reads one of a fixed set of words and returns its place in the set.
func (o *object) word(f *field, words []string) (int, bool) {
	s := o.text(f)
	if s == "" {
		return 0, false
	}
	for i, w := range words {
		if w == s {
			return i, true
		}
	}
	f.bad = true
	hint := "one of " + strings.Join(words, ", ")
	if n := nearest(s, words); n != "" {
		hint = "did you mean " + strconv.Quote(n) + "? " + hint
	}
	o.r.report(f.at, o.sub(f.key), hint, "%q is not known", shorten(s))
	return 0, false
}

// truth reads true or false.
func (o *object) truth(f *field) bool {
	if f == nil {
		return false
	}
	b, ok := f.node.(*ast.BoolNode)
	if !ok {
		o.wrong(f, "must be true or false, not %s", describe(f.node))
		return false
	}
	return b.Value
}

// number reads a whole number within bounds; 0 after a report.
func (o *object) number(f *field, low, high uint64) uint64 {
	if f == nil {
		return 0
	}
	neg, v, ok := wholeNumber(f.node)
	if !ok {
		o.wrong(f, "must be a whole number, not %s", describe(f.node))
		return 0
	}
	if neg || v < low || v > high {
		o.wrong(f, "%s is not within %d–%d", plain(f.node), low, high)
		return 0
	}
	return v
}

// real reads a finite number; ok is false after a report.
func (o *object) real(f *field) (v float64, ok bool) {
	if f == nil {
		return 0, false
	}
	v, ok = realNumber(f.node)
	switch {
	case !ok:
		o.wrong(f, "must be a decimal number, not %s", describe(f.node))
		return 0, false
	case math.IsNaN(v) || math.IsInf(v, 0):
		o.wrong(f, "%s is not a finite number", plain(f.node))
		return 0, false
	}
	return v, true
}

// duration reads a time with its unit, such as 100ms or 2s.
func (o *object) duration(f *field, byDefault, low, high time.Duration) time.Duration {
	if f == nil {
		return byDefault
	}
	var d time.Duration
	s, ok := f.node.(*ast.StringNode)
	if ok {
		var err error
		d, err = time.ParseDuration(s.Value)
		ok = err == nil
	}
	if !ok {
		o.wrong(f, "must be a time with its unit, not %s", describe(f.node))
		return byDefault
	}
	if d < low || d > high {
		o.wrong(f, "%s is not within %s–%s", s.Value, low, high)
		return byDefault
	}
	return d
}

// plain is a scalar as it stands in the file.
func plain(node ast.Node) string { return shorten(node.GetToken().Value) }

// scalarText is the text of an unquoted scalar.
func scalarText(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	case *ast.StringNode:
		return n.GetToken().Value, n.GetToken().Type == token.StringType
	}
	return "", false
}

// wholeNumber parses 123, -5 or 0x7B. Octal, binary, leading zeros and underscores, which
// people and parsers read differently, are not taken.
func wholeNumber(node ast.Node) (negative bool, v uint64, ok bool) {
	s, ok := scalarText(node)
	if !ok {
		return false, 0, false
	}
	digits, negative := strings.CutPrefix(s, "-")
	base := 10
	if hex, isHex := strings.CutPrefix(digits, "0x"); isHex {
		digits, base = hex, 16
	} else if len(digits) > 1 && digits[0] == '0' {
		return false, 0, false
	}
	if strings.ContainsAny(digits, "+-_") {
		return false, 0, false
	}
	v, err := strconv.ParseUint(digits, base, 64)
	return negative, v, err == nil
}

// realNumber parses any decimal number; .inf and .nan are numbers too, for the message.
func realNumber(node ast.Node) (float64, bool) {
	switch node.(type) {
	case *ast.InfinityNode:
		return math.Inf(1), true
	case *ast.NanNode:
		return math.NaN(), true
	}
	s, ok := scalarText(node)
	if !ok || strings.ContainsAny(s, "xXpP_iInN") {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}
