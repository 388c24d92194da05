package walktest

import (
	"bytes"
	"html"
	"strconv"
	"strings"
)

// markup is text that is HTML already: literals of this package, and what attr made.
type markup string

// attr is a value as it may stand in an attribute.
func attr(value string) markup { return markup(html.EscapeString(value)) }

// paper is a report's page in the making. Only raw takes markup; everything else is escaped.
type paper struct {
	b bytes.Buffer
	r *Report
}

func (p *paper) raw(parts ...markup) {
	for _, m := range parts {
		p.b.WriteString(string(m))
	}
}

func (p *paper) text(text string) { p.b.WriteString(html.EscapeString(text)) }

// el is an element with a class and an escaped text.
func (p *paper) el(tag markup, class, text string) {
	p.open(tag, class)
	p.text(text)
	p.close(tag)
}

func (p *paper) open(tag markup, class string) {
	if class == "" {
		p.raw("<", tag, ">")
		return
	}
	p.raw("<", tag, ` class="`, attr(class), `">`)
}

func (p *paper) close(tag markup) { p.raw("</", tag, ">") }

// both is a text in two languages, the English one small.
func (p *paper) both(tag markup, t Text) {
	p.raw("<", tag, ">")
	p.text(t.ZH)
	p.el("small", "", t.EN)
	p.close(tag)
}

func (p *paper) heads(class string, heads ...Text) {
	p.open("table", class)
	p.raw("<tr>")
	for _, h := range heads {
		p.both("th", h)
	}
	p.raw("</tr>")
}

// verdict is a cell with a result and its reason.
func (p *paper) verdict(it *Item) {
	p.raw(`<td data-l="结果" class="r `, attr(string(it.Result)), `">`)
	t := resultText(it.Result)
	p.el("b", "", t.ZH)
	p.el("small", "", t.EN)
	if it.Reason != "" {
		p.raw("<br>")
		p.text(it.Reason)
	}
	p.el("small", "", it.By)
	p.close("td")
}

// cell is a cell that says what it is where there is no room for a table's head.
func (p *paper) cell(title, class string, lines ...string) {
	p.raw(`<td data-l="`, attr(title), `" class="`, attr(class), `">`)
	for i, line := range lines {
		if i > 0 {
			p.raw("<br>")
		}
		p.text(line)
	}
	p.close("td")
}

func (p *paper) head() {
	r := p.r
	p.raw("<header>\n<h1>消防探测器现场测试验收报告<small>Acceptance report of a walk test</small></h1>\n")
	o := outcomeText(r.Outcome)
	p.open("p", "outcome "+r.Outcome)
	p.text(o.ZH)
	p.el("small", "", o.EN)
	p.raw("</p>\n</header>\n<table class=\"head\">")
	var premises []string
	for _, code := range r.Premises {
		if code == "" {
			code = "驿站 booth"
		}
		premises = append(premises, code)
	}
	pair := func(t Text, value string) {
		p.both("th", t)
		p.el("td", "", value)
	}
	p.raw("<tr>")
	pair(Text{"驿站", "Fire post"}, strings.TrimSpace(r.Label.ZH+" "+r.Label.EN)+" ("+r.District+" / "+r.Station+")")
	pair(Text{"场所", "Premises"}, strings.Join(premises, " "))
	p.raw("</tr>\n<tr>")
	pair(Text{"开始", "Began"}, when(&r.Began))
	pair(Text{"结束", "Ended"}, when(&r.Ended))
	p.raw("</tr>\n<tr>")
	pair(Text{"测试人", "Tested by"}, strings.Join(r.Authors, ", "))
	pair(Text{"软件", "Software"}, "Firepost "+r.Software)
	p.raw("</tr>\n<tr>")
	p.both("th", Text{"编号", "Number"})
	p.raw(`<td colspan="3" class="mono">`)
	p.text(r.ID)
	p.raw("</td></tr>\n</table>\n")
}

func (p *paper) place(place *Place) {
	p.raw("<section>\n<h2>")
	name := place.Label.ZH
	if name == "" {
		name = place.Device
	}
	p.text(name + " ")
	p.el("small", "", place.Label.EN)
	p.raw("</h2>\n")
	about := []string{place.Device}
	if place.Premises != "" {
		about = append(about, place.Premises)
	}
	about = append(about, strings.TrimSpace(place.Bus+" "+place.Address), place.Contract, "轮询延迟 polling delay "+delayText(place.DelayMS))
	p.el("p", "meta", strings.Join(append(about, identity(*place)...), " · "))
	p.heads("items", Text{"项目", "Item"}, Text{"结果", "Result"}, Text{"响应", "Response"}, Text{"时间", "Time"}, Text{"恢复时间", "Restored"}, Text{"日志", "Journal"})
	for _, it := range itemsOf(p.r, place.Device) {
		p.item(&it)
	}
	p.raw("</table>\n</section>\n")
}

func (p *paper) item(it *Item) {
	kind := kindText(it.Kind)
	p.raw("\n<tr>")
	p.cell("", "", kind.ZH+" "+kind.EN, strings.TrimSpace(it.Title.ZH+" "+valueText(*it)))
	p.verdict(it)
	p.cell("响应", "", response(it.Hit))
	at, restored, events := it.At, (*Moment)(nil), []string{}
	if it.Hit != nil {
		at = &it.Hit.At
		events = append(events, it.Hit.Event)
	}
	if it.Restored != nil {
		restored = &it.Restored.At
		events = append(events, it.Restored.Event)
	}
	p.cell("时间", "", when(at))
	p.cell("恢复", "", when(restored))
	p.cell("日志", "mono", events...)
	p.raw("</tr>")
	for i := range it.Earlier {
		e := &it.Earlier[i]
		t := resultText(e.Result)
		event := ""
		if e.Hit != nil {
			event = e.Hit.Event
		}
		p.raw("\n<tr class=\"earlier\">")
		p.cell("", "", "此前一次 earlier try")
		p.cell("结果", "", t.ZH+" "+t.EN, e.Reason)
		p.cell("响应", "", response(e.Hit))
		p.cell("时间", "", when(&e.At))
		p.cell("", "")
		p.cell("日志", "mono", event)
		p.raw("</tr>")
	}
}

func (p *paper) sounders() {
	list := itemsOf(p.r, "")
	if len(list) == 0 {
		return
	}
	p.raw("<section>\n<h2>驿站声警报 <small>Sounders of the booth</small></h2>\n")
	p.heads("", Text{"名称", "Name"}, Text{"现场是否听到", "Heard"}, Text{"回读时间", "Read back"})
	for i := range list {
		p.raw("\n<tr>")
		p.cell("", "", list[i].Point)
		p.verdict(&list[i])
		p.cell("", "", when(list[i].ReadBack))
		p.raw("</tr>")
	}
	p.raw("</table>\n</section>\n")
}

func (p *paper) crosses() {
	if len(p.r.Crosses) == 0 {
		return
	}
	p.raw("<section>\n<h2>答错的设备 <small>Answers from another device</small></h2>\n")
	p.heads("", Text{"被测", "Tested"}, Text{"应答", "Answered"}, Text{"处理", "Settled as"}, Text{"时间", "Time"})
	for i := range p.r.Crosses {
		c := &p.r.Crosses[i]
		answered, t := c.AnsweredLabel.ZH+" ("+c.AnsweredDevice+")", choiceText(c.Choice)
		if c.Real {
			answered += " 真实火警 real fire"
		}
		p.raw("\n<tr>")
		p.cell("", "", c.AskedLabel.ZH+" ("+c.AskedDevice+")")
		p.cell("", "", answered)
		p.cell("", "", t.ZH, t.EN, c.By)
		p.cell("", "", when(&c.Hit.At), c.Hit.Event)
		p.raw("</tr>")
	}
	p.raw("</table>\n</section>\n")
}

func (p *paper) notes() {
	if len(p.r.Notes) == 0 {
		return
	}
	p.raw("<section>\n<h2>经过 <small>What happened</small></h2>\n<ul>")
	for i := range p.r.Notes {
		n := &p.r.Notes[i]
		p.raw("<li>")
		p.text(when(&n.At) + " " + n.Text.ZH + " ")
		p.el("small", "", n.Text.EN)
		p.text(" " + n.By)
		p.raw("</li>\n")
	}
	p.raw("</ul>\n</section>\n")
}

func (p *paper) end() {
	p.raw("<section class=\"sign\">\n<h2>签字 <small>Signatures</small></h2>\n<div>" +
		"<p>测试人<small>Tester</small></p><p>场所负责人<small>For the premises</small></p><p>驿站管理方<small>For the fire post</small></p>" +
		"</div>\n</section>\n<footer>\n<p>")
	p.el("b", "", p.r.Disclaimer.ZH)
	p.text(" " + p.r.Disclaimer.EN)
	p.raw("</p>\n")
	p.el("p", "mono", "SHA-256 "+p.r.Hash)
	p.el("p", "", "响应时间自按“开始”起至驿站收到报警，含轮询延迟。 Response times run from “now” to the booth's event and include the polling delay. 日志事件 journal events: "+strconv.Itoa(len(p.r.Events)))
	p.raw("</footer>\n")
}
