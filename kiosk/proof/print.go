package proof

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"iter"
	"strconv"
	"strings"
)

// WriteCSV writes a report as a table that spreadsheets open, UTF-8 with a byte order mark: a
// line for each row, and one with only a note for a day that has something to say besides.
func WriteCSV(w io.Writer, days iter.Seq[Day], lang Lang) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	// A writer that fails says so at the end, once.
	_ = out.Write(heads(lang))
	for d := range days {
		for _, r := range d.Rows {
			_ = out.Write(append(cells(d, r, lang), ""))
		}
		if n := note(d, lang); n != "" {
			_ = out.Write([]string{dayName(d.Date, lang), "", "", "", "", "", "", "", "", "", plain(n)})
		}
		if out.Flush(); out.Error() != nil {
			break
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func cells(d Day, r Row, lang Lang) []string {
	return []string{
		dayName(d.Date, lang), plain(r.Screen), zoneName(r.Zone, lang), plain(r.Item), plain(r.Programme),
		strconv.FormatInt(r.Count, 10), seconds(r.ShownMS), strconv.FormatInt(r.Interrupted, 10), strconv.FormatInt(r.Failed, 10), plain(r.Why),
	}
}

// plain keeps a spreadsheet from taking a text for a formula.
func plain(s string) string {
	if s != "" && strings.Contains("=+-@\t\r", s[:1]) {
		return "'" + s
	}
	return s
}

// Heading is what stands above a report on paper.
type Heading struct {
	// Station is the booth's name.
	Station  string
	From, To Date
	// Printed is when the report was made, as people read it; empty where no clock is trusted.
	Printed string
}

// WriteHTML writes a report as a page of its own, for the screen and for paper.
func WriteHTML(w io.Writer, h Heading, days iter.Seq[Day], lang Lang) error {
	p := &paper{w: bufio.NewWriter(w)}
	title, code := "播放记录", "zh-CN"
	if lang == EN {
		title, code = "Proof of play", "en"
	}
	p.raw(`<!doctype html><html lang="` + code + `"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>`)
	p.text(title + " " + h.Station)
	p.raw("</title><style>" + style + "</style></head><body><h1>")
	p.text(title)
	p.raw("</h1><p>")
	p.text(strings.Join(strings.Fields(h.Station+" "+string(h.From)+" – "+string(h.To)+" "+h.Printed), " "))
	p.raw("</p>")
	for d := range days {
		p.day(d, lang)
		if p.err != nil {
			break
		}
	}
	p.raw("</body></html>\n")
	if p.err == nil {
		p.err = p.w.Flush()
	}
	if p.err != nil {
		return fmt.Errorf("write report: %w", p.err)
	}
	return nil
}

const style = `body{font:14px/1.5 "Noto Sans CJK SC","Noto Sans SC",sans-serif;color:#1b2420;margin:2em auto;max-width:72em;padding:0 1em}` +
	`h1{margin:0}h2{margin:1.6em 0 .3em;font-size:1.1em}table{border-collapse:collapse;width:100%}` +
	`th,td{text-align:left;padding:.25em .6em;border-bottom:1px solid #d6ddd9;vertical-align:top}th{background:#eef3f0}` +
	`.n{text-align:right;font-variant-numeric:tabular-nums}.bad{font-weight:700}.note{background:#f6f1e3;padding:.4em .6em}` +
	`@media print{body{margin:0;max-width:none;font-size:11px}tr{break-inside:avoid}thead{display:table-header-group}}`

// paper writes markup, and texts with every special character escaped.
type paper struct {
	w   *bufio.Writer
	err error
}

func (p *paper) raw(s string) {
	if p.err == nil {
		_, p.err = p.w.WriteString(s)
	}
}

func (p *paper) text(s string) { p.raw(html.EscapeString(s)) }

func (p *paper) day(d Day, lang Lang) {
	p.raw("<h2>")
	p.text(dayName(d.Date, lang))
	p.raw("</h2>")
	if n := note(d, lang); n != "" {
		p.raw(`<p class="note">`)
		p.text(n)
		p.raw("</p>")
	}
	if len(d.Rows) == 0 {
		return
	}
	p.raw("<table><thead><tr>")
	names := heads(lang)
	for i, one := range names[1 : len(names)-1] {
		p.cell("th", class(i, Row{}), one)
	}
	p.raw("</tr></thead><tbody>")
	for _, r := range d.Rows {
		p.raw("<tr>")
		for i, one := range cells(d, r, lang)[1:] {
			p.cell("td", class(i, r), one)
		}
		p.raw("</tr>")
	}
	p.raw("</tbody></table>")
}

func (p *paper) cell(tag, class, text string) {
	p.raw("<" + tag + class + ">")
	p.text(text)
	p.raw("</" + tag + ">")
}

// class sets figures to the right and makes failures stand out, not by colour.
func class(column int, r Row) string {
	switch {
	case column == 7 && r.Failed > 0:
		return ` class="n bad"`
	case column >= 4 && column <= 7:
		return ` class="n"`
	}
	return ""
}
