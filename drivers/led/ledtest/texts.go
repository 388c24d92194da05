package ledtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"firepost/drivers/led"
)

// Refused is a text that can't be shown and the character that the error must name.
type Refused struct {
	Text string
	Char rune
}

// GB2312Texts are texts of every class of character that GB 2312 has.
func GB2312Texts() []string {
	return []string{
		"FIRE 119 0-9 A-Z ~!@#$%^&*()_+`{}|:<>?[];',./",
		"，。、；：？！…—·ˉ々～‖“”‘’（）〔〕〈〉《》「」『』〖〗【】",
		"±×÷∶∧∨∑∏∪∩∈∷√⊥∥∠⌒⊙∫∮≡≌≈∽∝≠≮≯≤≥∞∵∴♂♀°′″℃＄¤￠￡‰§№☆★○●◎◇◆□■△▲※→←↑↓〓",
		"⒈⒛⑴⒇①⑩㈠㈩ⅠⅫ",
		"０９ＡＺａｚ！～",
		"あんアン",
		"ΑΩαω",
		"АЯЁаяё",
		"āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüê",
		"ㄅㄆㄩ",
		"─━│┃┄┏┓╋",
		"啊一二三火警消防站红山区赤峰座",
		"亍鬯齄丌",
	}
}

// GBKTexts are GB2312Texts and what GBK added.
func GBKTexts() []string {
	return append(GB2312Texts(),
		"ⅰⅹ︵︶︰",
		"丂丟亝",
		"﨑塚凞喆堃",
		"國際長沙鎔",
		"═╬▁█▓▼◢⊕〒〝〞",
		"〡〩㊣㎎㎡㏎㏕",
		"狜獆臝",
	)
}

// GBKRefused are texts that GBK can't encode, or only in a way that no card's font knows.
func GBKRefused() []Refused {
	return []Refused{
		{"火警🔥", '🔥'},
		{"ᠭᠠᠯ ᠲᠦᠢᠮᠡᠷ", 'ᠭ'},
		{"5 € 罚款", '€'},
		{"Ö店", 'Ö'},
		{"㐂寿司", '㐂'},
		{"𠮷野家", '𠮷'},
		{"火\ufffd警", '\ufffd'},
		{"火\x00警", 0},
		{"火\x1b警", 0x1b},
		{"火\n警", '\n'},
		{"火\ue000警", 0xe000},
	}
}

// texts asserts that every text arrives as it was given.
func texts(t *testing.T, o Options) {
	b := open(t, o)
	if !b.can.Has(led.CanText) {
		return
	}
	for _, text := range o.Texts {
		s := b.scene(1)
		s.Lines = []string{text}
		b.show(t, s)
	}
}

// refusedTexts asserts that a character that can't be shown is named, and nothing is sent.
func refusedTexts(t *testing.T, o Options) {
	b := open(t, o)
	if !b.can.Has(led.CanText) {
		return
	}
	before := b.card.Heard()
	for _, r := range o.Refused {
		s := b.scene(1)
		s.Lines = []string{r.Text}
		err := b.try(t, func(ctx context.Context) error { return b.sign.Show(ctx, s) })
		if err == nil {
			t.Errorf("%q was shown as %q", r.Text, b.card.Shown().Lines)
			continue
		}
		if !strings.Contains(err.Error(), fmt.Sprintf("U+%04X", r.Char)) {
			t.Errorf("%q: %v does not name U+%04X", r.Text, err, r.Char)
		}
	}
	if got := b.card.Heard(); got != before {
		t.Errorf("the card heard %d requests", got-before)
	}
}

// oversize asserts that a text of any length is shown whole or is an error; never cut.
func oversize(t *testing.T, o Options) {
	b := open(t, o)
	if !b.can.Has(led.CanText) {
		return
	}
	for _, n := range []int{100, 250, 255, 256, 500, 1000, 10_000, 32_768, 65_536, 200_000} {
		s := b.scene(1)
		b.show(t, s)
		long := s
		long.Lines = []string{strings.Repeat("火", n)}
		err := b.try(t, func(ctx context.Context) error { return b.sign.Show(ctx, long) })
		got := b.card.Shown()
		switch {
		case err == nil && !slices.Equal(got.Lines, long.Lines):
			t.Errorf("%d characters became %d bytes of text, without an error", n, len(strings.Join(got.Lines, "")))
		case err != nil && !slices.Equal(got.Lines, s.Lines):
			t.Errorf("%d characters: %v, and the scene before is gone", n, err)
		}
	}
}
