package annunciate

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"firepost/firmware-contracts/contract"
)

// unnamed stands for a place without a public label. A code or a device name would say
// more than the public may read.
const (
	unnamedZH = "附近场所"
	unnamedEN = "premises nearby"
)

func takeover(views []*PointView, drill bool) *Takeover {
	t := &Takeover{Drill: drill}
	for _, v := range inOrder(views) {
		label := publicLabel(v.PublicLabel)
		if !slices.Contains(t.Labels, label) {
			t.Labels = append(t.Labels, label)
		}
	}
	if drill {
		t.Title = contract.Text{ZH: "【演练】消防演练", EN: "DRILL – fire drill"}
		t.Advice = contract.Text{ZH: "这是演练，并非真实火警", EN: "This is a drill, not a fire"}
		return t
	}
	t.Title = contract.Text{ZH: "火警", EN: "FIRE"}
	t.Advice = contract.Text{
		ZH: "请立即疏散，勿乘电梯，拨打119",
		EN: "Leave now, use no lift, call 119",
	}
	return t
}

// line is the takeover as one line; further places are counted.
func (t *Takeover) line() contract.Text {
	zh, en := t.Labels[0].ZH, t.Labels[0].EN
	if more := len(t.Labels) - 1; more > 0 {
		zh += fmt.Sprintf("等%d处", more+1)
		en += fmt.Sprintf(" and %d more", more)
	}
	return contract.Text{
		ZH: t.Title.ZH + "：" + zh + "。" + t.Advice.ZH,
		EN: t.Title.EN + ": " + en + ". " + t.Advice.EN,
	}
}

// publicLabel is a label in both languages; where one is missing the other stands for it.
func publicLabel(l contract.Text) contract.Text {
	zh, en := publicText(l.ZH), publicText(l.EN)
	switch {
	case zh == "" && en == "":
		return contract.Text{ZH: unnamedZH, EN: unnamedEN}
	case zh == "":
		zh = en
	case en == "":
		en = zh
	}
	return contract.Text{ZH: zh, EN: en}
}

// publicText keeps a label to one line of visible characters.
func publicText(label string) string {
	label = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, label)
	return strings.Join(strings.Fields(label), " ")
}
