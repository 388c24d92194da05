package annunciate

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// unnamed stands for a place without a public label. A code or a device name would say
// more than the public may read.
const unnamed = "附近场所"

const unnamedEN = "premises nearby"

func takeover(views []*PointView, drill bool) *Takeover {
	t := &Takeover{Drill: drill}
	for _, v := range inOrder(views) {
		label := publicText(v.PublicLabel)
		if label == "" {
			label = unnamed
		}
		if !slices.Contains(t.Labels, label) {
			t.Labels = append(t.Labels, label)
		}
	}
	if drill {
		t.Title = Text{ZH: "【演练】消防演练", EN: "DRILL – fire drill"}
		t.Advice = Text{ZH: "这是演练，并非真实火警", EN: "This is a drill, not a fire"}
		return t
	}
	t.Title = Text{ZH: "火警", EN: "FIRE"}
	t.Advice = Text{
		ZH: "请立即疏散，勿乘电梯，拨打119",
		EN: "Leave now, use no lift, call 119",
	}
	return t
}

// line is the takeover as one line; further places are counted.
func (t *Takeover) line() Text {
	zh, en := t.Labels[0], t.Labels[0]
	if zh == unnamed {
		en = unnamedEN
	}
	if more := len(t.Labels) - 1; more > 0 {
		zh += fmt.Sprintf("等%d处", more+1)
		en += fmt.Sprintf(" and %d more", more)
	}
	return Text{
		ZH: t.Title.ZH + "：" + zh + "。" + t.Advice.ZH,
		EN: t.Title.EN + ": " + en + ". " + t.Advice.EN,
	}
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
