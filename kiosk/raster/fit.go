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
			b := w.set(lines, size, box.X, o.Bold)
			if (cut || !b.forced) && b.Height <= box.Y && b.Width <= box.X {
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
}

func (f *Fonts) writer(boxes bool) *writer {
	return &writer{fonts: f, boxes: boxes, known: map[glyphKey]*glyph{}}
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
	return &glyph{r: ' ', units: 4, advance: 1, top: ascent, bottom: ascent}
}

func (w *writer) ruler(size int, bold bool) ruler {
	return func(r rune) int { return w.glyph(r, bold).width(size) }
}

// set wraps lines at a size.
func (w *writer) set(lines []string, size, most int, bold bool) Block {
	b := Block{Size: size, Whole: true, bold: bold}
	for _, l := range lines {
		for para := range strings.SplitSeq(l, "\n") {
			s := balance(para, most, w.ruler(size, bold))
			b.Lines = append(b.Lines, s.lines...)
			b.forced, b.rough = b.forced || s.forced, b.rough || s.rough
		}
	}
	w.measure(&b)
	return b
}

// measure works out what a block takes from its lines.
func (w *writer) measure(b *Block) {
	up, down := 0, 0
	b.Width = 0
	for _, l := range b.Lines {
		b.Width = max(b.Width, w.ruler(b.Size, b.bold).text([]rune(l)))
		for _, r := range l {
			u, d := w.glyph(r, b.bold).over(b.Size)
			up, down = max(up, u), max(down, d)
		}
	}
	b.rise, b.lineHigh = up, b.Size+up+down
	b.Height = max(0, len(b.Lines)*(b.lineHigh+lineGap(b.Size))-lineGap(b.Size))
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
	rule := w.ruler(b.Size, b.bold)
	end := []rune(b.Lines[keep-1])
	for len(end) > 0 && rule.text(end)+rule('…') > box.X {
		end = end[:len(end)-1]
	}
	b.Lines[keep-1] = string(end) + "…"
	w.measure(&b)
	return b
}
