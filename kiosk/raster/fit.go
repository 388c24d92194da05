package raster

import (
	"fmt"
	"image"
	"strings"
)

// Options say how a text may be set.
type Options struct {
	// Min and Max bound the size, the height of the em square in dots.
	Min, Max int
	// Bold prefers the bold faces.
	Bold bool
	// Boxes draws a box for a character that can't be drawn; otherwise that is an error.
	Boxes bool
}

// Block is a text set at one size.
type Block struct {
	// Size is the height of the em square in dots.
	Size int
	// Lines are what stands on each line.
	Lines []string
	// Width and Height are what it takes, in dots.
	Width, Height int
	// Whole is false where not even the smallest size fits: then the last line ends in an
	// ellipsis and the rest is missing.
	Whole bool

	bold           bool
	lineHigh, rise int
	forced, rough  bool
}

// The gap between two lines, in parts of the size, and its least in dots.
const gapParts = 7

func lineGap(size int) int {
	if size < sharpBelow {
		return max(1, size/(2*gapParts))
	}
	return size / gapParts
}

// Fit sets lines, each of which may be wrapped, at the largest size at which they fit a box.
// No line begins with a closing mark or ends with an opening one, and a word of letters or
// digits is cut only where it fits at no size.
func (f *Fonts) Fit(lines []string, box image.Point, o Options) (Block, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o.Min < 1 || o.Max < o.Min {
		return Block{}, fmt.Errorf("%w: sizes from %d to %d: give 1 or more, the larger second", ErrPanel, o.Min, o.Max)
	}
	if box.X < 1 || box.Y < 1 {
		return Block{}, fmt.Errorf("%w: a box of %d by %d dots holds nothing", ErrPanel, box.X, box.Y)
	}
	w := f.writer(o.Boxes)
	if err := w.know(o.Bold, lines...); err != nil {
		return Block{}, err
	}
	for _, cut := range []bool{false, true} {
		for size := o.Max; size >= o.Min; size-- {
			if b := w.shape(lines, size, box.X, o.Bold); !cut && b.forced || b.Height > box.Y {
				continue
			}
			if b := w.set(lines, size, box.X, o.Bold); b.Width <= box.X {
				return b, nil
			}
		}
	}
	b := w.set(lines, o.Min, box.X, o.Bold)
	return w.shorten(b, box), nil
}

// writer sets texts with one chain of fonts; its owner holds the lock.
type writer struct {
	fonts *Fonts
	boxes bool
	// missing are the characters for which boxes stand.
	missing []rune
	known   map[glyphKey]*glyph
	cut     map[glyphText]*phrases
}

func (f *Fonts) writer(boxes bool) *writer {
	return &writer{fonts: f, boxes: boxes, known: map[glyphKey]*glyph{}, cut: map[glyphText]*phrases{}}
}

// know loads every outline of some texts, so that setting them can't fail.
func (w *writer) know(bold bool, texts ...string) error {
	for _, t := range texts {
		for _, r := range t + "…" {
			key := glyphKey{r, bold}
			if w.known[key] != nil || breaks(r) {
				continue
			}
			g, err := w.fonts.glyph(r, bold)
			if err != nil {
				if !w.boxes {
					return fmt.Errorf("set %q: %w", t, err)
				}
				w.missing = append(w.missing, r)
				g = box(r)
			}
			w.known[key] = g
		}
	}
	return nil
}

// glyph is a known outline; a break is a space's width.
func (w *writer) glyph(r rune, bold bool) *glyph {
	if g := w.known[glyphKey{r, bold}]; g != nil {
		return g
	}
	return &glyph{r: ' ', units: 1, em: emParts / 4, top: ascent, bottom: ascent}
}

// wide is what a line takes at a size.
func (w *writer) wide(line string, size int, bold bool) (sum int) {
	for _, r := range line {
		sum += w.glyph(r, bold).width(size)
	}
	return sum
}

type glyphText struct {
	text string
	bold bool
}

// phrases are a paragraph's, worked out once.
func (w *writer) phrases(text string, bold bool) *phrases {
	key := glyphText{text, bold}
	if p := w.cut[key]; p != nil {
		return p
	}
	p := &phrases{}
	em := func(r rune) int32 {
		g := w.glyph(r, bold)
		p.top, p.bottom = min(p.top, g.top), max(p.bottom, g.bottom)
		return g.em
	}
	p.hard, p.soft = tokens(text, false, em), tokens(text, true, em)
	w.cut[key] = p
	return p
}

// shape is a block without its lines: what it takes in height.
func (w *writer) shape(lines []string, size, most int, bold bool) Block {
	b := Block{Size: size, Whole: true, bold: bold}
	n, top, bottom := 0, float32(0), float32(0)
	for _, l := range lines {
		for para := range strings.SplitSeq(l, "\n") {
			p := w.phrases(para, bold)
			some, forced, rough := p.count(size, most)
			n += some
			b.forced, b.rough = b.forced || forced, b.rough || rough
			top, bottom = min(top, p.top), max(bottom, p.bottom)
		}
	}
	b.height(n, top, bottom)
	return b
}

// set wraps lines at a size.
func (w *writer) set(lines []string, size, most int, bold bool) Block {
	b := w.shape(lines, size, most, bold)
	for _, l := range lines {
		for para := range strings.SplitSeq(l, "\n") {
			some, _, _ := w.phrases(para, bold).balance(size, most)
			b.Lines = append(b.Lines, some...)
		}
	}
	for _, l := range b.Lines {
		b.Width = max(b.Width, w.wide(l, size, bold))
	}
	return b
}

// measure works out what a block takes from its lines.
func (w *writer) measure(b *Block) {
	top, bottom := float32(0), float32(0)
	b.Width = 0
	for _, l := range b.Lines {
		b.Width = max(b.Width, w.wide(l, b.Size, b.bold))
		for _, r := range l {
			g := w.glyph(r, b.bold)
			top, bottom = min(top, g.top), max(bottom, g.bottom)
		}
	}
	b.height(len(b.Lines), top, bottom)
}

// height works out a block's from the number of its lines and how far their letters reach.
func (b *Block) height(lines int, top, bottom float32) {
	up, down := over(top, bottom, b.Size)
	b.rise, b.lineHigh = up, b.Size+up+down
	b.Height = max(0, lines*(b.lineHigh+lineGap(b.Size))-lineGap(b.Size))
}

// fit is how many of a block's lines a height holds.
func (b *Block) fit(height int) int {
	return (height + lineGap(b.Size)) / (b.lineHigh + lineGap(b.Size))
}

// shorten keeps the lines that fit and ends the last one in an ellipsis.
func (w *writer) shorten(b Block, box image.Point) Block {
	b.Whole = false
	keep := min(max(1, b.fit(box.Y)), len(b.Lines))
	if keep == 0 {
		return b
	}
	b.Lines = b.Lines[:keep]
	end := []rune(b.Lines[keep-1])
	for len(end) > 0 && w.wide(string(end)+"…", b.Size, b.bold) > box.X {
		end = end[:len(end)-1]
	}
	b.Lines[keep-1] = string(end) + "…"
	w.measure(&b)
	return b
}
