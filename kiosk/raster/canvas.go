package raster

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/vector"
)

// shades is how many steps lie between a ground and the ink on it, both included.
const shades = 16

// canvas is a picture of one byte a dot: a whole 1080p picture takes 2 MB. Its palette has a
// ramp of shades for every ink on every ground that is used.
type canvas struct {
	img   *image.Paletted
	ramps map[[2]color.RGBA]uint8
	ras   vector.Rasterizer
	mask  image.Alpha
	// hard: no shades at all. full: there were more colours than a palette holds, so the
	// picture is wrong.
	hard, full bool
}

func newCanvas(size image.Point, ground color.RGBA, hard bool) *canvas {
	return &canvas{
		img:   image.NewPaletted(image.Rectangle{Max: size}, color.Palette{ground}),
		ramps: map[[2]color.RGBA]uint8{{ground, ground}: 0},
		hard:  hard,
	}
}

// ramp is the index of a ground in the palette that its ink's shades follow.
func (c *canvas) ramp(ground, ink color.RGBA) uint8 {
	key := [2]color.RGBA{ground, ink}
	if base, ok := c.ramps[key]; ok {
		return base
	}
	base := len(c.img.Palette)
	steps := shades
	if ground == ink {
		steps = 1
	}
	if base+steps > 256 {
		c.full = true
		return 0
	}
	for i := range steps {
		mix := func(a, b uint8) uint8 { return uint8((int(a)*(shades-1-i) + int(b)*i) / (shades - 1)) } //nolint:gosec // between two bytes
		c.img.Palette = append(c.img.Palette, color.RGBA{mix(ground.R, ink.R), mix(ground.G, ink.G), mix(ground.B, ink.B), 0xFF})
	}
	c.ramps[key] = uint8(base) //nolint:gosec // at most 256, checked above
	return uint8(base)         //nolint:gosec // the same
}

// fill paints a rectangle in one colour.
func (c *canvas) fill(r image.Rectangle, ink color.RGBA) {
	i := c.ramp(ink, ink)
	r = r.Intersect(c.img.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := c.img.Pix[c.img.PixOffset(r.Min.X, y):c.img.PixOffset(r.Max.X, y)]
		for x := range row {
			row[x] = i
		}
	}
}

// trace is something that gives its outline to a rasterizer, drawn at an offset of parts of a
// dot.
type trace func(to *vector.Rasterizer, by offset)

// render makes the coverage of an outline in a rectangle of its own of that size.
func (c *canvas) render(size image.Point, by offset, t trace) *image.Alpha {
	n := size.X * size.Y
	if cap(c.mask.Pix) < n {
		c.mask.Pix = make([]uint8, n)
	}
	c.mask.Pix = c.mask.Pix[:n]
	c.mask.Stride, c.mask.Rect = size.X, image.Rectangle{Max: size}
	c.ras.Reset(size.X, size.Y)
	c.ras.DrawOp = draw.Src
	t(&c.ras, by)
	c.ras.Draw(&c.mask, c.mask.Rect, image.Opaque, image.Point{})
	return &c.mask
}

// stamp draws an outline's coverage into a rectangle that stands on one ground.
func (c *canvas) stamp(r image.Rectangle, p pen, sharp bool, mask *image.Alpha) {
	base := c.ramp(p.ground, p.ink)
	clip := r.Intersect(c.img.Rect)
	for y := clip.Min.Y; y < clip.Max.Y; y++ {
		from := mask.Pix[(y-r.Min.Y)*mask.Stride+clip.Min.X-r.Min.X:]
		to := c.img.Pix[c.img.PixOffset(clip.Min.X, y):c.img.PixOffset(clip.Max.X, y)]
		for x := range to {
			a := from[x]
			if c.hard || sharp {
				a = threshold(a)
			}
			if level := base + a>>4; a>>4 > 0 && (to[x] < base || to[x] > level || to[x]-base < a>>4) {
				to[x] = level
			}
		}
	}
}

// light is the coverage from which a dot is lit where there are no shades.
const light = 0x70

func threshold(a uint8) uint8 {
	if a >= light {
		return 0xFF
	}
	return 0
}

// crisp looks for the offset, in quarters of a dot, at which an outline's edges lie best on
// the dots: hints that fit a glyph to a grid, found by trying. What was found for an outline
// of a size is kept in found.
func (c *canvas) crisp(size image.Point, t trace, key crispKey, found map[crispKey]offset) *image.Alpha {
	at, ok := found[key]
	if !ok {
		best := -1
		for i := range 16 {
			to := offset{float32(i%4)/4 - 0.25, float32(i/4)/4 - 0.25}
			blur := 0
			for _, a := range c.render(size, to, t).Pix {
				blur += int(a) * int(255-a)
			}
			if best < 0 || blur < best {
				best, at = blur, to
			}
		}
		found[key] = at
	}
	return c.render(size, at, t)
}

// offset moves an outline by parts of a dot.
type offset struct{ x, y float32 }

// crispKey names an outline at a size: a character's, or a sign's.
type crispKey struct {
	r    rune
	sign symbol
	bold bool
	size int
}

// outline draws an outline into a rectangle that stands on one ground.
func (s *sheet) outline(r image.Rectangle, p pen, key crispKey, t trace) {
	if r.Empty() {
		return
	}
	if sharp := s.hard || key.size < sharpBelow; sharp {
		s.stamp(r, p, true, s.crisp(r.Size(), t, key, s.d.found))
	} else {
		s.stamp(r, p, false, s.render(r.Size(), offset{}, t))
	}
}

// write sets one line with its em square's left top at p.
func (s *sheet) write(b *Block, line string, at image.Point, p pen) {
	for _, r := range line {
		g := s.d.w.glyph(r, b.bold)
		wide := g.width(b.Size)
		if len(g.steps) > 0 {
			// Room for what reaches out of the em square.
			pad := b.Size/4 + 2
			cell := image.Rect(at.X-pad, at.Y-pad, at.X+wide+pad, at.Y+b.Size+pad)
			s.outline(cell, p, crispKey{r: r, bold: b.bold, size: b.Size}, func(to *vector.Rasterizer, by offset) {
				g.trace(to, float32(b.Size), float32(pad)+by.x, float32(pad)+by.y)
			})
		}
		at.X += wide
	}
}

// sharpBelow is the size below which thin strokes are drawn in whole dots.
const sharpBelow = 32

// box is the sign that stands for a character that can't be drawn: a frame, its hole running
// the other way round.
func box(r rune) *glyph {
	g := &glyph{r: r, units: 100, em: emParts, top: ascent - 0.8, bottom: ascent}
	for _, corners := range [][4][2]int16{
		{{10, -80}, {90, -80}, {90, 0}, {10, 0}},
		{{20, -70}, {20, -10}, {80, -10}, {80, -70}},
	} {
		for i, p := range corners {
			op := sfnt.SegmentOp(sfnt.SegmentOpLineTo)
			if i == 0 {
				op = sfnt.SegmentOpMoveTo
			}
			g.steps = append(g.steps, step{op: op, at: [3][2]int16{p}})
		}
	}
	return g
}

// PNG writes a page as a PNG file.
func PNG(w io.Writer, p *Page) error {
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	return e.Encode(w, p.Image)
}
