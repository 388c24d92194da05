package ledtest

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// encodes reports whether every character of text is in the encoding, one by one.
func encodes(e encoding.Encoding, text string) (rune, bool) {
	for _, r := range text {
		if _, err := e.NewEncoder().String(string(r)); err != nil {
			return r, false
		}
	}
	return 0, true
}

// The texts that every card must show are in the sets that they are said to be in: HZ knows
// GB 2312 only.
func TestTexts(t *testing.T) {
	for _, text := range GB2312Texts() {
		if r, ok := encodes(simplifiedchinese.HZGB2312, strings.ReplaceAll(text, "~", "")); !ok {
			t.Errorf("%q: %U %q is not in GB 2312", text, r, r)
		}
	}
	for _, text := range GBKTexts() {
		if r, ok := encodes(simplifiedchinese.GBK, text); !ok {
			t.Errorf("%q: %U %q is not in GBK", text, r, r)
		}
	}
	for _, r := range GBKRefused() {
		if !strings.ContainsRune(r.Text, r.Char) {
			t.Errorf("%q does not have %U", r.Text, r.Char)
		}
	}
}
