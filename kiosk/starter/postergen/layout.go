package main

import (
	"embed"
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

//go:embed art/*.svg
var art embed.FS

// ink is the colour of the words: dark on paper, no alarm's colours.
const ink, paper = "#23303F", "#FFF9EE"

// families have, one after the other, Chinese, Latin and Mongolian letters.
const families = `"Noto Sans CJK SC","Source Han Sans SC","Noto Sans Mongolian","Microsoft YaHei",sans-serif`

var used = regexp.MustCompile(`href="#([a-z]+)"`) //nolint:gochecknoglobals // a compiled constant

// draw returns the whole poster.
func (p poster) draw() ([]byte, error) {
	drawing, err := art.ReadFile("art/" + p.name + ".svg")
	if err != nil {
		return nil, fmt.Errorf("poster %s: %w", p.name, err)
	}
	shared, err := art.ReadFile("art/common.svg")
	if err != nil {
		return nil, fmt.Errorf("shared drawings: %w", err)
	}
	var b strings.Builder
	title := p.title[0] + p.title[1]
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%" lang="zh-CN" role="img">` + "\n")
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(title+" · "+p.en))
	fmt.Fprintf(&b, "<style>text{font-family:%s}.zh{font-weight:700;fill:%s}.en{font-weight:400;fill:#5A6775}@media (max-aspect-ratio:99/100){.wide{display:none}}@media (min-aspect-ratio:99/100){.tall{display:none}}</style>\n", families, ink)
	b.WriteString("<defs>\n")
	for symbol := range strings.Lines(string(shared)) {
		for _, m := range used.FindAllStringSubmatch(string(drawing), -1) {
			if strings.HasPrefix(symbol, `<symbol id="`+m[1]+`"`) {
				b.WriteString(symbol)
				break
			}
		}
	}
	b.WriteString("</defs>\n")
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="%s"/>`+"\n", paper)
	p.wide(&b, drawing)
	p.tall(&b, drawing)
	b.WriteString("</svg>\n")
	return []byte(b.String()), nil
}

// wide is the layout of 1920 by 1080: a band, words, and the drawing in a panel on the right.
func (p poster) wide(b *strings.Builder, drawing []byte) {
	b.WriteString(`<svg class="wide" viewBox="0 0 1920 1080">` + "\n")
	fmt.Fprintf(b, `<rect x="-2000" width="2120" height="1080" fill="%s"/>`+"\n", p.deep)
	p.mongolian(b, 60, 540, 84, "#fff")
	b.WriteString(`<g class="words">` + "\n")
	size := 164
	if width(p.title[0]+p.title[1]) > 6.3 {
		size = 152
	}
	word(b, "zh title", 180, 226, size, p.title[0]+p.title[1])
	word(b, "en", 186, 306, 54, p.en)
	for i, l := range p.lines {
		y := 438 + 164*i
		p.mark(b, 232, y-10, i)
		word(b, "zh", 312, y, 92, l.zh)
		word(b, "en", 314, y+55, 43, l.en)
	}
	b.WriteString("</g>\n")
	fmt.Fprintf(b, `<rect class="panel" x="1262" y="70" width="598" height="940" rx="64" fill="%s"/>`+"\n", p.tint)
	place(b, drawing, 1286, 265, 550)
	b.WriteString("</svg>\n")
}

// tall is the layout of 1080 by 1920: title, drawing, words.
func (p poster) tall(b *strings.Builder, drawing []byte) {
	b.WriteString(`<svg class="tall" viewBox="0 0 1080 1920">` + "\n")
	fmt.Fprintf(b, `<rect y="-2000" width="1080" height="2044" fill="%s"/>`+"\n", p.deep)
	b.WriteString(`<g class="words">` + "\n")
	top := 230
	if width(p.title[0]+p.title[1]) > 6 {
		word(b, "zh title", 70, top, 160, p.title[0])
		word(b, "zh title", 70, top+180, 160, p.title[1])
		top += 180
	} else {
		word(b, "zh title", 70, top, 160, p.title[0]+p.title[1])
	}
	word(b, "en", 74, top+80, 54, p.en)
	for i, l := range p.lines {
		y := 1246 + 176*i
		p.mark(b, 122, y-10, i)
		word(b, "zh", 200, y, 92, l.zh)
		word(b, "en", 202, y+57, 43, l.en)
	}
	b.WriteString("</g>\n")
	top += 140
	high := 1110 - top
	fmt.Fprintf(b, `<rect class="panel" x="60" y="%d" width="960" height="%d" rx="64" fill="%s"/>`+"\n", top, high, p.tint)
	side := high - 70
	x := 540 - side/2
	if p.mn != "" {
		x += 60
		p.mongolian(b, 140, top+high/2, 96, p.deep)
	}
	place(b, drawing, x, top+35, side)
	b.WriteString("</svg>\n")
}

// place puts the drawing into a square. It stands in the file once for each layout: a reference
// to a drawing with references in it is what the booth's check refuses.
func place(b *strings.Builder, drawing []byte, x, y, side int) {
	fmt.Fprintf(b, `<svg x="%d" y="%d" width="%d" height="%d" viewBox="0 0 600 600" overflow="visible">`+"\n%s</svg>\n", x, y, side, side, drawing)
}

// mongolian sets a word in a column, its middle at x, y.
func (p poster) mongolian(b *strings.Builder, x, y, size int, fill string) {
	if p.mn != "" {
		fmt.Fprintf(b, `<text class="mn" lang="mn-Mong" transform="translate(%d %d) rotate(90)" text-anchor="middle" dominant-baseline="central" font-size="%d" fill="%s">%s</text>`+"\n", x, y, size, fill, p.mn)
	}
}

// mark stands before a line: its number where lines are steps, else a plain dot.
func (p poster) mark(b *strings.Builder, x, y, i int) {
	if !p.ordered {
		fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="30" fill="%s"/><path d="M%d %dl9 9 17-20" fill="none" stroke="#fff" stroke-width="8" stroke-linecap="round" stroke-linejoin="round"/>`+"\n", x, y, p.deep, x-13, y+1)
		return
	}
	fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="46" fill="%s"/><text class="no" x="%d" y="%d" text-anchor="middle" font-size="64" font-weight="700" fill="#fff">%d</text>`+"\n", x, y, p.deep, x, y+23, i+1)
}

func word(b *strings.Builder, class string, x, y, size int, text string) {
	fmt.Fprintf(b, `<text class="%s" x="%d" y="%d" font-size="%d">%s</text>`+"\n", class, x, y, size, html.EscapeString(text))
}

// width is about how many characters wide a text is: Latin letters and figures are narrower.
func width(s string) float64 {
	wide := 0.0
	for _, r := range s {
		if utf8.RuneLen(r) == 1 {
			wide += 0.56
		} else {
			wide++
		}
	}
	return wide
}
