package poll

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"firepost/firmware-contracts/contract"
)

// WriteText prints the plan for people: what is read when, and what part of the wire it
// takes. lang is "zh" for Chinese headings; anything else gives English ones.
func (p *Plan) WriteText(w io.Writer, lang string) error {
	t := words{lang == "zh"}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s%s%s%s%s\n\n", t.of("bus", "总线"), p.Config.Name, t.of(": ", "："), p.line(t), t.of(", ", "，"),
		t.of(fmt.Sprintf("%d devices", len(p.Config.Devices)), fmt.Sprintf("%d 台设备", len(p.Config.Devices))))
	writeTable(&b, p.blockRows(t))
	b.WriteByte('\n')
	writeTable(&b, p.shareRows(t))
	p.writeSummary(&b, t)
	_, err := io.WriteString(w, b.String())
	return err
}

// words picks a language.
type words struct{ zh bool }

func (t words) of(en, zh string) string {
	if t.zh {
		return zh
	}
	return en
}

func (p *Plan) line(t words) string {
	if p.Config.Baud == 0 {
		return "Modbus TCP"
	}
	return t.of(fmt.Sprintf("%d baud, %d bits a character", p.Config.Baud, p.Config.CharBits),
		fmt.Sprintf("%d 波特，每字符 %d 位", p.Config.Baud, p.Config.CharBits))
}

// blockRows has a line for each block.
func (p *Plan) blockRows(t words) [][]string {
	rows := [][]string{{
		t.of("device", "设备"), t.of("unit", "地址"), t.of("lane", "类别"), t.of("read", "读取"), t.of("addresses", "寄存器"),
		t.of("at least every", "最长间隔"), t.of("wire time", "占线时间"), t.of("share", "占比"), t.of("points", "测点"),
	}}
	for i := range p.Blocks {
		b := &p.Blocks[i]
		d := &p.Config.Devices[b.Device]
		share := percent(float64(b.Cost) / float64(b.Every))
		rows = append(rows, []string{
			d.Name, strconv.Itoa(int(d.Unit)), p.laneText(b, t), fmt.Sprintf("FC%02d %s", b.Function, b.Table), addresses(b),
			human(b.Every), human(b.Cost), share, p.pointNames(b),
		})
	}
	return rows
}

func (p *Plan) laneText(b *Block, t words) string {
	switch {
	case b.OnDemand:
		return t.of("read-back", "回读")
	case b.Lane == contract.Alarm:
		return t.of("alarm", "报警")
	default:
		return t.of("slow", "慢速")
	}
}

func (p *Plan) pointNames(b *Block) string {
	c := p.Config.Devices[b.Device].Contract
	names := make([]string, 0, len(b.Points))
	for _, i := range b.Points {
		names = append(names, c.Points[i].Name)
	}
	for i := range c.Outputs {
		if r := &c.Outputs[i].ReadBack; b.OnDemand && b.covers(r.Table, r.Address, r.Address) {
			names = append(names, c.Outputs[i].Name)
		}
	}
	return strings.Join(names, ", ")
}

// shareRows says who may take what part of the wire.
func (p *Plan) shareRows(t words) [][]string {
	return [][]string{
		{t.of("lane", "类别"), t.of("needs", "需要"), t.of("may take", "最多占用")},
		{t.of("alarm", "报警"), percent(p.loads().alarm), t.of("all that is left", "其余全部")},
		{t.of("slow", "慢速"), percent(p.SlowNeed), percent(p.SlowShare)},
		{t.of("probes of silent devices", "探测无应答设备"), "-", percent(p.ProbeShare)},
		{t.of("commands", "命令"), percent(p.CommandShare), t.of("every other transaction", "每隔一次通信")},
		{t.of("confirming reads", "复核读取"), "-", t.of(fmt.Sprintf("%d a sweep", p.Confirms), fmt.Sprintf("每轮 %d 次", p.Confirms))},
	}
}

func (p *Plan) writeSummary(b *strings.Builder, t words) {
	b.WriteByte('\n')
	if p.Deadline > 0 {
		fmt.Fprintf(b, t.of("sweep: %s on a quiet wire; with all of this at once the shortest deadline, %s, comes round within %s: %s\n",
			"一轮：空闲时 %s；全部同时占用时，最短期限 %s 的测点 %s 内读到一次：%s\n"),
			human(p.Wire), human(p.Deadline), human(p.Sweep), p.met(t))
		fmt.Fprintf(b, t.of("devices that may fall silent in one sweep before another waits longer than its deadline, once: %d\n",
			"同一轮内最多 %d 台设备同时失联，其余设备仍不超期限\n"), p.Vanish)
	}
	for _, n := range p.Notes {
		fmt.Fprintf(b, "%s%s\n", t.of("note: ", "注意："), t.of(n.EN, n.ZH))
	}
}

func (p *Plan) met(t words) string {
	if p.verdict() == nil {
		return t.of("met", "满足")
	}
	return t.of("NOT MET", "不满足")
}

func addresses(b *Block) string {
	return fmt.Sprintf("0x%04X+%d", b.Address, b.Count)
}

// writeTable aligns columns by what they take up on a screen: a Chinese character is two wide.
func writeTable(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], width(cell))
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-width(cell)+2))
			}
		}
		b.WriteByte('\n')
	}
}

func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x2E80 {
			n++
		}
	}
	return n
}

// human writes a length of time with three digits, which is all a plan is good for.
func human(d time.Duration) string {
	switch {
	case d >= time.Second:
		return strconv.FormatFloat(round3(d.Seconds()), 'f', -1, 64) + " s"
	default:
		return strconv.FormatFloat(round3(float64(d)/float64(time.Millisecond)), 'f', -1, 64) + " ms"
	}
}

func round3(v float64) float64 {
	s := strconv.FormatFloat(v, 'g', 3, 64)
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return v
	}
	return f
}

func percent(v float64) string {
	return strconv.FormatFloat(round3(v*100), 'f', -1, 64) + " %"
}
