package raster

import (
	"fmt"
	"image"
	"strings"

	"firepost/kiosk/takeover"
)

// Text draws lines, such as a notice or a slide of the programme, for a panel: on one page if
// they fit at a legible size, else on several. It never looks like a takeover. Every line may
// be wrapped; lines that are empty are left out.
func (f *Fonts) Text(lines []string, p Panel) ([]Page, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	d := newDrafter(f, p, quiet(p.Colours))
	var units [][]piece
	for i, t := range lines {
		if strings.TrimSpace(t) == "" {
			continue
		}
		for _, bold := range []bool{true, false} {
			if err := d.w.know(bold, t); err != nil {
				return nil, fmt.Errorf("draw a text for %d by %d dots: %w", p.Width, p.Height, err)
			}
		}
		least := d.px(adviceLeast)
		if p.strip() {
			least = d.least()
		}
		units = append(units, []piece{{role: Notice, item: i, text: t, min: least, max: max(least, d.px(titleMost)), pen: d.look.text}})
	}
	if len(units) == 0 {
		return nil, fmt.Errorf("%w: a text without characters", ErrEmpty)
	}
	area := p.safe()
	var pages []Page
	for _, set := range d.pack(nil, units, area.Size()) {
		sh := d.sheet(d.look.text)
		d.centre(sh, set, area)
		page, err := sh.done()
		if err != nil {
			return nil, err
		}
		pages = append(pages, page)
	}
	return timed(pages), nil
}

// Bare is a scene's colour and sign alone, for when no font can be read: it needs none.
func Bare(k takeover.Kind, st takeover.Stage, p Panel) (Page, error) {
	if err := p.check(); err != nil {
		return Page{}, err
	}
	l, err := lookOf(k, st, p.Colours)
	if err != nil {
		return Page{}, err
	}
	d := newDrafter(&Fonts{}, p, l)
	sh := d.sheet(l.title)
	if l.framed {
		sh.frame(max(1, min(p.Width, p.Height)/20), pen{ground: l.frame})
	}
	area := p.safe()
	size := min(area.Dx(), area.Dy()) * 9 / 10
	sh.symbol(l.sign, area.Min.Add(area.Size().Sub(image.Pt(size, size)).Div(2)), size, l.title)
	return sh.done()
}
