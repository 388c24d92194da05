package regmap

import (
	"strconv"
	"strings"
	"unicode"

	"firepost/firmware-contracts/contract"
)

// escape makes a text harmless in Markdown, within a table too: nothing in it is a mark, a
// link, HTML or a line of its own, and no character changes the direction of reading.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			b.WriteByte(' ')
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case strings.ContainsRune("\\`*_{}[]|>#~$!", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// both is a text in both languages.
func both(t contract.Text) string { return escape(t.ZH) + " · " + escape(t.EN) }

// number is a value in the shortest way that is exact.
func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// hex is a raw value or an address with the digits of its width.
func hex(x uint64, bits uint) string {
	s := strings.ToUpper(strconv.FormatUint(x, 16))
	if n := int(bits+3) / 4; len(s) < n { //nolint:gosec // at most 64 bits
		s = strings.Repeat("0", n-len(s)) + s
	}
	return "0x" + s
}

// table writes a Markdown table; cells are escaped already.
func table(b *strings.Builder, head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	row := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	row(head)
	b.WriteString("|" + strings.Repeat("---|", len(head)) + "\n")
	for _, r := range rows {
		row(r)
	}
	b.WriteByte('\n')
}
