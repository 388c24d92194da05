package onbon

import (
	"errors"
	"fmt"
	"unicode"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// charset is what a card's font has.
type charset int

const (
	gb2312 charset = iota
	gbk
)

// String names the set for people.
func (c charset) String() string {
	if c == gbk {
		return "GBK"
	}
	return "GB 2312"
}

var errEncode = errors.New("character can't be shown")

// encode makes the card's bytes of a text, or names the character that it can't show.
func encode(text string, set charset) ([]byte, error) {
	out := make([]byte, 0, len(text))
	encoder := simplifiedchinese.GBK.NewEncoder()
	for at, r := range text {
		switch {
		case r == '\\':
			return nil, fmt.Errorf("%w: %U at byte %d begins the card's own escapes", errEncode, r, at)
		case r < 0x20 || r == 0x7F:
			return nil, fmt.Errorf("%w: control character %U at byte %d", errEncode, r, at)
		case r == unicode.ReplacementChar || unicode.Is(unicode.Co, r):
			return nil, fmt.Errorf("%w: %U at byte %d stands for no character", errEncode, r, at)
		case r < 0x7F:
			if n := len(out); isWord(r) && n > 1 && out[n-1] == '\\' {
				return nil, fmt.Errorf("%w: %U at byte %d comes after a character whose code ends like the card's escape mark; put a space between", errEncode, r, at)
			}
			out = append(out, byte(r))
			continue
		}
		code, err := encoder.String(string(r))
		if err != nil || len(code) != 2 || !set.has(code[0], code[1]) {
			return nil, fmt.Errorf("%w: %U %q at byte %d is not in the card's font (%v)", errEncode, r, r, at, set)
		}
		out = append(out, code...)
	}
	return out, nil
}

func isWord(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}

// has reports whether a code of two bytes stands for a character in this set. The encoder knows
// more than that: what GB 18030 put where GBK had nothing.
func (c charset) has(hi, lo byte) bool {
	code := uint16(hi)<<8 | uint16(lo)
	if code == 0xA8BC || code == 0xA8BF || code >= 0xFE50 || code >= 0xA6D9 && code <= 0xA6DF || code == 0xA6EC || code == 0xA6ED || code == 0xA6F3 {
		return false
	}
	if c == gbk {
		return true
	}
	switch {
	case lo < 0xA1 || hi < 0xA1 || hi > 0xF7 || hi > 0xA9 && hi < 0xB0:
		return false
	case code >= 0xA2A1 && code <= 0xA2AA, code >= 0xA6E0 && code <= 0xA6F5, code >= 0xA8BB && code <= 0xA8C0:
		return false // small roman numerals, vertical marks, letters of pinyin: GBK's
	}
	return true
}

// width is how many pixels wide a text is in a font of that height: Chinese characters are
// square, Latin ones half as wide.
func width(text []byte, fontHeight int) int {
	return len(text) * fontHeight / 2
}
