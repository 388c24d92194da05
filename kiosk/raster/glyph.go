package raster

import (
	"errors"
	"fmt"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// maxGlyphs bounds the outlines kept; a scene has fewer than 200 different ones, and each takes
// about 1 kB.
const maxGlyphs = 320

// ascent is the part of the em square above the baseline, as the CJK fonts have it.
const ascent = 0.88

type glyphKey struct {
	r    rune
	bold bool
}

// glyph is an outline in font units, y downwards from the baseline.
type glyph struct {
	r     rune
	units float32
	// em is the width in parts of emParts of the size.
	em int32
	// top and bottom are the outline's extent, as parts of the em square.
	top, bottom float32
	steps       []step
}

// step is one piece of an outline.
type step struct {
	op sfnt.SegmentOp
	at [3][2]int16
}

// glyph is a character's outline, from the cache or the file.
func (f *Fonts) glyph(r rune, bold bool) (*glyph, error) {
	key := glyphKey{r, bold}
	if g := f.glyphs[key]; g != nil {
		return g, nil
	}
	face, i, err := f.find(r, bold)
	if err != nil {
		return nil, err
	}
	g, err := face.load(&f.buf, i)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: read the outline of %q: %w: %s", ErrFont, face.path, r, err, remedy(face.path))
	}
	g.r = r
	if r == '　' {
		// Half of it parts two phrases as well, and leaves their letters larger.
		g.em = emParts / 2
	}
	if len(f.glyphs) >= maxGlyphs {
		clear(f.glyphs)
	}
	f.glyphs[key] = g
	return g, nil
}

func (a *face) load(buf *sfnt.Buffer, i sfnt.GlyphIndex) (g *glyph, err error) {
	defer func() {
		if p := recover(); p != nil {
			g, err = nil, fmt.Errorf("broken font: %v", p)
		}
	}()
	advance, err := a.font.GlyphAdvance(buf, i, a.ppem(), font.HintingNone)
	if err != nil {
		return nil, err
	}
	segments, err := a.font.LoadGlyph(buf, i, a.ppem(), nil)
	if err != nil {
		return nil, err
	}
	units := float32(a.font.UnitsPerEm())
	g = &glyph{units: units, em: int32(math.Ceil(float64(advance) / 64 * emParts / float64(units))), steps: make([]step, len(segments)), top: ascent, bottom: ascent}
	if advance < 0 || advance > 4*a.ppem() {
		return nil, errors.New("broken font: impossible width")
	}
	for n, s := range segments {
		g.steps[n].op = s.Op
		for j := range points(s.Op) {
			x, y := s.Args[j].X.Round(), s.Args[j].Y.Round()
			if !fits16(x) || !fits16(y) {
				return nil, errors.New("broken font: impossible outline")
			}
			g.steps[n].at[j] = [2]int16{int16(x), int16(y)} //nolint:gosec // checked above
		}
	}
	if len(segments) > 0 {
		b := segments.Bounds()
		g.top, g.bottom = ascent+part(b.Min.Y, units), ascent+part(b.Max.Y, units)
	}
	return g, nil
}

func part(v fixed.Int26_6, units float32) float32 { return float32(v) / 64 / units }

func fits16(v int) bool { return v >= math.MinInt16 && v <= math.MaxInt16 }

// points is how many points a piece has.
func points(op sfnt.SegmentOp) int {
	switch op {
	case sfnt.SegmentOpQuadTo:
		return 2
	case sfnt.SegmentOpCubeTo:
		return 3
	default:
		return 1
	}
}

// width is how far a character moves the pen at a size, in whole dots.
func (g *glyph) width(size int) int { return wideAt(g.em, size) }

// over is how far letters reach out of the em square at a size, upwards and downwards. Less
// than half a dot lights none.
func over(top, bottom float32, size int) (up, down int) {
	up = int(math.Round(float64(-top) * float64(size)))
	down = int(math.Round(float64(bottom-1) * float64(size)))
	return max(up, 0), max(down, 0)
}

// trace gives the outline to a rasterizer, with the em square's left top at x, y.
func (g *glyph) trace(to *vector.Rasterizer, size, x, y float32) {
	k := size / g.units
	y += ascent * size
	at := func(p [2]int16) (float32, float32) { return x + float32(p[0])*k, y + float32(p[1])*k }
	for i := range g.steps {
		s := &g.steps[i]
		ax, ay := at(s.at[0])
		switch s.op {
		case sfnt.SegmentOpMoveTo:
			to.ClosePath()
			to.MoveTo(ax, ay)
		case sfnt.SegmentOpLineTo:
			to.LineTo(ax, ay)
		case sfnt.SegmentOpQuadTo:
			bx, by := at(s.at[1])
			to.QuadTo(ax, ay, bx, by)
		case sfnt.SegmentOpCubeTo:
			bx, by := at(s.at[1])
			cx, cy := at(s.at[2])
			to.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	to.ClosePath()
}
