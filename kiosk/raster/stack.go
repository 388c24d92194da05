package raster

import (
	"image"
	"slices"
)

// piece is one text to put on a page.
type piece struct {
	role     Role
	item     int
	text     string
	min, max int
	pen      pen
	// sign stands before the text, as high as one of its lines.
	sign symbol
	// mark and since stand beside the text, or above it where above is set; beside is the
	// room that all pieces of a list keep for them, in parts of 1000 of the size.
	mark, since string
	above       bool
	beside      int
	markPen     pen
	// lines, where set, are a part of a text that was cut: they are not wrapped again.
	lines       []string
	part, parts int
}

// laid is a piece set at a size.
type laid struct {
	piece
	block Block
	// indent is how far the text stands in, small the size of mark and since, height the
	// whole of it.
	indent, signSize, small, height int
}

// asideParts is the size of mark and since, in parts of 1000 of the text's.
const asideParts = 500

// lay sets a piece at a size in a width; false where it does not fit that. A rough one has
// everything but its lines.
func (d *drafter) lay(p piece, size, width int, rough bool) (laid, bool) {
	out := laid{piece: p}
	if p.sign != none {
		out.signSize = size
		if p.sign.arrow() && p.parts == 0 {
			out.signSize = size * 3 / 2
		}
		out.indent = out.signSize + size/4
	}
	if p.mark != "" || p.since != "" || p.beside > 0 {
		out.small = max(d.leastSmall, size*asideParts/1000)
		if !p.above {
			out.indent += max(size*p.beside/1000, d.asideWidth(p, out.small)) + size/4
		}
	}
	room := width - out.indent
	switch {
	case p.lines != nil:
		out.block = Block{Size: size, Whole: true, bold: d.bold(size), Lines: p.lines}
		d.w.measure(&out.block)
	case rough:
		out.block = d.w.shape([]string{p.text}, size, room, d.bold(size))
	default:
		out.block = d.w.set([]string{p.text}, size, room, d.bold(size))
	}
	out.height = max(out.block.Height, out.signSize)
	if p.mark != "" || p.since != "" {
		if p.above {
			out.height += d.markHigh(out.small) + lineGap(out.small)*2
		} else {
			out.height = max(out.height, d.asideHigh(p, out.small))
		}
	}
	return out, room >= size && out.block.Width <= room
}

// markHigh is the height of the box that a mark stands in.
func (d *drafter) markHigh(small int) int { return small + 2*(small/8) }

// asideWidth is what mark and since take beside a text, asideHigh how high they are.
func (d *drafter) asideWidth(p piece, small int) int {
	return max(d.w.wide(p.mark, small, d.bold(small))+2*(small/5), d.w.wide(p.since, small, d.bold(small)))
}

func (d *drafter) asideHigh(p piece, small int) (high int) {
	if p.mark != "" {
		high = d.markHigh(small)
	}
	if p.since != "" {
		if high > 0 {
			high += lineGap(small)
		}
		high += small + small/4
	}
	return high
}

// stackSteps is how finely sizes between a piece's least and its most are tried.
const stackSteps = 48

// stack sets pieces under each other at the largest sizes at which they fit, all growing
// alike; somewhat smaller where fewer of them then break within a phrase. False where they
// don't fit even at their least.
func (d *drafter) stack(pieces []piece, area image.Point) ([]laid, bool) {
	var best []int
	least := 0
	for t := stackSteps; t >= 0; t-- {
		sizes := make([]int, len(pieces))
		for i, p := range pieces {
			sizes[i] = p.min + (p.max-p.min)*t/stackSteps
		}
		if best != nil && smaller(sizes, best) {
			break
		}
		rough, fits := d.try(pieces, sizes, area, t == 0)
		if fits && (best == nil || rough < least) {
			best, least = sizes, rough
		}
		if best != nil && least == 0 {
			break
		}
	}
	if best == nil {
		return nil, false
	}
	out := make([]laid, len(pieces))
	for i, p := range pieces {
		var ok bool
		if out[i], ok = d.lay(p, best[i], area.X, false); !ok {
			return nil, false
		}
	}
	return out, true
}

// smaller reports whether sizes are too small to be taken for the sake of better lines.
func smaller(sizes, than []int) bool {
	for i := range sizes {
		if sizes[i]*10 < than[i]*7 {
			return true
		}
	}
	return false
}

// try sets pieces at some sizes and counts those that break within a phrase.
func (d *drafter) try(pieces []piece, sizes []int, area image.Point, last bool) (rough int, fits bool) {
	total := d.gap * (len(pieces) - 1)
	for i, p := range pieces {
		one, ok := d.lay(p, sizes[i], area.X, true)
		total += one.height
		if !ok || total > area.Y || one.block.forced && !last {
			return 0, false
		}
		if one.block.rough {
			rough++
		}
	}
	return rough, true
}

// pack spreads units, each of which should stay together, over as few pages as it can in their
// order, with the head on every page. A unit too large for a page is taken apart, and a piece
// too large is cut between its lines.
func (d *drafter) pack(head []piece, units [][]piece, area image.Point) [][]laid {
	var pages [][]laid
	var now []piece
	flush := func() {
		if len(now) > 0 {
			if set, ok := d.stack(join(head, now), area); ok {
				pages = append(pages, set)
			}
		}
		now = nil
	}
	for _, u := range units {
		if _, ok := d.stack(join(head, now, u), area); ok {
			now = append(now, u...)
			continue
		}
		flush()
		if _, ok := d.stack(join(head, u), area); ok {
			now = u
			continue
		}
		for _, p := range u {
			if _, ok := d.stack(join(head, []piece{p}), area); ok {
				now = []piece{p}
				flush()
				continue
			}
			p.min = min(p.min, d.floor())
			if _, ok := d.stack(join(head, []piece{p}), area); ok {
				now = []piece{p}
				flush()
				continue
			}
			pages = append(pages, d.cut(head, p, area)...)
		}
	}
	flush()
	return pages
}

func join(all ...[]piece) (out []piece) {
	for _, a := range all {
		out = append(out, a...)
	}
	return out
}

// cut spreads one text over pages, at a size that makes them not many more than its least.
func (d *drafter) cut(head []piece, p piece, area image.Point) [][]laid {
	var top []laid
	for _, h := range head {
		one, _ := d.lay(h, h.min, area.X, false)
		top = append(top, one)
		area.Y -= one.height + d.gap
	}
	mark, since := p.mark, p.since
	p.mark, p.since, p.beside = "", "", 0
	p.parts = 1 // before it is laid: a sign beside a part is no larger than its text
	if since != "" {
		p.text += " " + since
	}
	if mark != "" {
		p.text = mark + " " + p.text
	}
	whole, _ := d.lay(p, p.min, area.X, false)
	per, parts := whole.pages(area.Y)
	for size := min(p.max, 2*p.min); size > p.min; size-- {
		more, ok := d.lay(p, size, area.X, false)
		n, pages := more.pages(area.Y)
		if ok && !more.block.forced && more.block.lineHigh <= area.Y && pages*3 <= parts*4 {
			whole, per, parts, p.min = more, n, pages, size
			break
		}
	}
	lines := whole.block.Lines
	p.parts = parts
	var pages [][]laid
	for i := range parts {
		q := p
		q.part, q.lines = i+1, lines[i*per:min(len(lines), (i+1)*per)]
		one, _ := d.lay(q, q.min, area.X, false)
		pages = append(pages, append(slices.Clone(top), one))
	}
	return pages
}

// pages is how many lines a page of a height holds, and how many pages the text takes.
func (l *laid) pages(height int) (per, pages int) {
	per = max(1, l.block.fit(height))
	return per, (len(l.block.Lines) + per - 1) / per
}
