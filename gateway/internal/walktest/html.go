package walktest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Print writes a report as a page to print on A4, in Chinese with English. fault is why the
// document can't be trusted, nil when it can: it then stands over everything. Style and script
// are files at the given addresses, so that a strict content policy holds. There is no template
// engine behind it: on the board it would cost more room than the rest of the page.
func Print(w io.Writer, r *Report, fault error, style, script string) error {
	if r == nil {
		return errors.New("print a report: there is none")
	}
	p := &paper{r: r}
	p.raw("<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
	p.text("验收报告 " + r.ID)
	p.raw("</title>\n<link rel=\"stylesheet\" href=\"", attr(style), "\">\n</head>\n<body>\n")
	p.raw(`<nav><button id="print" type="button">打印 Print</button> <a href="`, attr(r.ID), `.json" download>JSON</a> <a href="../walk.html">返回 Back</a></nav>`)
	if fault != nil {
		p.el("p", "fault", "✘ 此报告不可信 This report can't be trusted: "+fault.Error())
	}
	p.head()
	for i := range r.Places {
		p.place(&r.Places[i])
	}
	p.sounders()
	p.crosses()
	if len(r.NotNormal) > 0 {
		p.el("p", "fault", "✘ 测试后未恢复正常 Not back to normal after the test: "+strings.Join(r.NotNormal, ", "))
	}
	p.notes()
	p.end()
	p.raw("<script src=\"", attr(script), "\"></script>\n</body>\n</html>\n")
	if _, err := w.Write(p.b.Bytes()); err != nil {
		return fmt.Errorf("print report %s: %w", r.ID, err)
	}
	return nil
}

// beijing is where the people who read the report live: fixed, without daylight saving.
func beijing() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

// when is a moment as people read it, with a warning where the clock was not trusted.
func when(m *Moment) string {
	if m == nil || m.At.IsZero() {
		return "—"
	}
	text := m.At.In(beijing()).Format("2006-01-02 15:04:05")
	if !m.Trusted {
		text += " ⚠ 时钟未校准 clock not trusted"
	}
	return text
}

func resultText(r Result) Text {
	switch r {
	case Passed:
		return Text{"✔ 合格", "passed"}
	case Failed:
		return Text{"✘ 不合格", "failed"}
	case NotReached:
		return Text{"▲ 未测到", "not reached"}
	case Pending:
	}
	return Text{"○ 未测", "not tested"}
}

func kindText(k Kind) Text {
	switch k {
	case Detector:
		return Text{"探测器", "detector"}
	case CallPoint:
		return Text{"手报／触点", "call point, contact"}
	case Contact:
		return Text{"开关量", "contact"}
	case Gauge:
		return Text{"压力表", "gauge"}
	case Sounder:
		return Text{"声警报", "sounder"}
	}
	return Text{string(k), string(k)}
}

func outcomeText(o string) Text {
	switch o {
	case OutcomePassed:
		return Text{"✔ 全部合格", "everything passed"}
	case OutcomeFailed:
		return Text{"✘ 不合格", "failed"}
	}
	return Text{"▲ 未完成", "incomplete"}
}

func choiceText(c Choice) Text {
	switch c {
	case StoodThere:
		return Text{"测试人实际站在应答设备处", "the installer stood in front of what answered"}
	case MixedUp:
		return Text{"设备与位置对不上", "devices are mixed up"}
	case Drifted:
		return Text{"烟飘到了两处", "the smoke reached both"}
	}
	return Text{"未处理", "not settled"}
}

func response(h *Hit) string {
	if h == nil || h.ResponseMS == nil {
		return "—"
	}
	return fmt.Sprintf("%.1f s", float64(*h.ResponseMS)/1000)
}

func delayText(ms int64) string {
	if ms <= 0 {
		return "—"
	}
	return fmt.Sprintf("≤ %.1f s", float64(ms)/1000)
}

func valueText(it Item) string {
	if it.Kind != Gauge || it.Value == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%.3g %s", *it.Value, it.Unit))
}

func itemsOf(r *Report, device string) []Item {
	return slices.DeleteFunc(slices.Clone(r.Items), func(it Item) bool { return it.Device != device })
}

// identity are the values that tell this device apart from others, as they were read.
func identity(p Place) []string {
	var out []string
	for _, pt := range p.Points {
		if !pt.Identity || !pt.Good || pt.Value == nil {
			continue
		}
		text := pt.Meaning.ZH
		if text == "" {
			text = strings.TrimSpace(fmt.Sprintf("%.10g %s", *pt.Value, pt.Unit))
		}
		out = append(out, pt.Label.ZH+" "+pt.Label.EN+": "+text)
	}
	return out
}
