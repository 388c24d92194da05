package raster

import (
	"image"
	"slices"

	"firepost/kiosk/takeover"
)

// drafter draws the pages of one scene for one panel.
type drafter struct {
	w     *writer
	panel Panel
	look  look
	// u is a dot of a screen of 1080, in parts of 1000.
	u          int
	gap        int
	leastSmall int
	found      map[crispKey]offset
}

func newDrafter(f *Fonts, p Panel, l look) *drafter {
	d := &drafter{w: f.writer(p.Boxes), panel: p, look: l, found: map[crispKey]offset{}, u: min(p.Width, p.Height) * 1000 / 1080}
	d.gap = d.px(30)
	d.leastSmall = d.px(56)
	if p.strip() {
		d.gap = max(1, min(p.Width, p.Height)/40)
		d.leastSmall = d.least()
	}
	return d
}

// px is a length that has n dots on a screen of 1080, never less: rounded upwards.
func (d *drafter) px(n int) int { return (n*d.u + 999) / 1000 }

// least is the smallest legible size on a strip.
func (d *drafter) least() int {
	switch side := min(d.panel.Width, d.panel.Height); {
	case side < 20:
		return 12
	case side < 48:
		return 14
	default:
		return 16
	}
}

// bold says whether a size is drawn bold: everything but the small letters of strips, which
// would run together.
func (d *drafter) bold(size int) bool { return !d.panel.strip() || size >= boldFrom }

const boldFrom = 28

// floor is the size that a text alone on its page may go down to before it is cut.
func (d *drafter) floor() int {
	if d.panel.strip() {
		return d.least()
	}
	return d.px(reportLeast)
}

// sheet is a page while it is drawn.
type sheet struct {
	*canvas
	d    *drafter
	page Page
}

func (d *drafter) sheet(ground pen) *sheet {
	c := newCanvas(d.panel.size(), ground.ground, d.panel.Colours != Full)
	return &sheet{canvas: c, d: d, page: Page{Image: c.img}}
}

// line draws one line of a block and notes where.
func (s *sheet) line(b *Block, text string, at image.Point, p pen, note Placed) {
	s.write(b, text, at.Add(image.Pt(0, b.rise)), p)
	wide := s.d.w.wide(text, b.Size, b.bold)
	note.Text, note.Size = text, b.Size
	note.Box = image.Rectangle{Min: at, Max: at.Add(image.Pt(wide, b.lineHigh))}
	note.Part, note.Parts = max(1, note.Part), max(1, note.Parts)
	s.page.Texts = append(s.page.Texts, note)
}

// block draws a block of lines; centred in a width, or to the left where that is zero.
func (s *sheet) block(b *Block, at image.Point, width int, p pen, note Placed) {
	for _, l := range b.Lines {
		from := at
		if width > 0 {
			from.X += max(0, (width-s.d.w.wide(l, b.Size, b.bold))/2)
		}
		s.line(b, l, from, p, note)
		at.Y += b.lineHigh + lineGap(b.Size)
	}
}

// draw puts a laid piece at a place; centred in a width, or to the left where that is zero.
func (s *sheet) draw(l *laid, at image.Point, width int) {
	note := Placed{Role: l.role, Item: l.item, Part: l.part, Parts: l.parts}
	text := at.Add(image.Pt(l.indent, 0))
	if l.mark != "" || l.since != "" {
		high := s.aside(l, at)
		if l.above {
			text.Y += high + 2*lineGap(l.small)
		}
	}
	if !l.above {
		text.Y += max(0, l.height-l.block.Height) / 2
	}
	if width > 0 {
		slack := max(0, (width-l.indent-l.block.Width)/2)
		at.X, text.X, width = at.X+slack, text.X+slack, l.block.Width
	}
	if l.sign != none {
		y := text.Y
		if l.sign != chevron {
			y = at.Y + (l.height-l.signSize)/2
		}
		s.symbol(l.sign, image.Pt(at.X, y), l.signSize, l.pen)
	}
	s.block(&l.block, text, width, l.pen, note)
}

// aside draws mark and since and returns their height.
func (s *sheet) aside(l *laid, at image.Point) int {
	d := s.d
	if !l.above {
		at.Y += max(0, l.height-d.asideHigh(l.piece, l.small)) / 2
	}
	if l.mark != "" {
		b := d.w.set([]string{l.mark}, l.small, d.panel.Width, d.bold(l.small))
		in := image.Pt(l.small/5, l.small/8)
		s.fill(image.Rectangle{Min: at, Max: at.Add(image.Pt(b.Width, b.Size)).Add(in.Mul(2))}, l.markPen.ground)
		s.line(&b, l.mark, at.Add(in), l.markPen, Placed{Role: Word, Item: l.item})
		if l.above {
			at.X += b.Width + 3*in.X
			at.Y += in.Y
		} else {
			at.Y += d.markHigh(l.small) + lineGap(l.small)
		}
	}
	if l.since != "" {
		b := d.w.set([]string{l.since}, l.small, d.panel.Width, d.bold(l.small))
		s.line(&b, l.since, at, l.pen, Placed{Role: Since, Item: l.item})
	}
	return d.markHigh(l.small)
}

// symbol draws a sign with its left top at a place.
func (s *sheet) symbol(sign symbol, at image.Point, size int, p pen) {
	r := image.Rectangle{Min: at, Max: at.Add(image.Pt(size, size))}
	s.outline(r, p, crispKey{sign: sign, size: size}, sign.trace(float32(size)))
}

// frame draws a frame of a thickness along the panel's edges.
func (s *sheet) frame(thick int, p pen) {
	r := s.img.Rect
	s.fill(image.Rect(0, 0, r.Max.X, thick), p.ground)
	s.fill(image.Rect(0, r.Max.Y-thick, r.Max.X, r.Max.Y), p.ground)
	s.fill(image.Rect(0, 0, thick, r.Max.Y), p.ground)
	s.fill(image.Rect(r.Max.X-thick, 0, r.Max.X, r.Max.Y), p.ground)
}

// done hands the page over.
func (s *sheet) done() (Page, error) {
	if s.full {
		return Page{}, errPalette
	}
	s.page.Missing = slices.Compact(slices.Sorted(slices.Values(s.d.w.missing)))
	return s.page, nil
}

// say is a text in the first language that it has.
func say(zh, en string) string {
	if zh != "" {
		return zh
	}
	return en
}

// texts loads every outline that a scene needs, of one weight.
func (d *drafter) texts(s *takeover.Scene, bold bool) error {
	all := []string{s.Title.ZH, s.Title.EN, s.Banner.ZH, s.Banner.EN, s.Report.ZH, s.Report.EN, d.look.word, mark, "·"}
	for _, p := range s.Places {
		all = append(all, p.Label.ZH, p.Label.EN, p.Since)
		if p.Direction != nil {
			all = append(all, p.Direction.Text.ZH, p.Direction.Text.EN)
		}
	}
	for _, a := range s.Advice {
		all = append(all, a.ZH, a.EN)
	}
	return d.w.know(bold, all...)
}

// mark stands at the place whose fire was the first.
const mark = "首警"
