package camera

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"slices"

	"firepost/firmware-contracts/message"
)

const (
	// cell is the edge of the square of pixels whose luminance is averaged, so that the noise
	// of a sensor in the dark does not pass for detail.
	cell = 4
	// tile is the edge, in cells, of the square within which detail is measured.
	tile = 8
	// margin is how far around an excluded area JPEG's 16-pixel blocks carry its edge.
	margin = 16
	// maxPixels refuses pictures that would take too much memory to decode.
	maxPixels = 4096 * 4096
)

// Sample is what the judgement needs of one picture.
type Sample struct {
	// Stamp is when the picture was taken.
	Stamp message.Stamp
	// Mean is the mean luminance of what is not excluded, 0 black to 255 white.
	Mean float64
	// Detail is the contrast within the most detailed tenth of the picture: the standard
	// deviation of luminance, averaged over 4 by 4 pixels, within tiles of 32 by 32 pixels.
	Detail float64
	// Print is the SHA-256 of the luminance of what is not excluded.
	Print [sha256.Size]byte
}

// Measure decodes a picture and measures everything outside the areas in except: give it the
// privacy masks, whose edges would pass for detail, and areas with a clock burnt in by the
// camera, which would tick on a frozen picture. Errors wrap ErrNotImage, ErrTooLarge, or
// ErrSettings when the areas leave nothing to measure.
func Measure(picture []byte, at message.Stamp, except ...Area) (Sample, error) {
	head, err := jpeg.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return Sample{}, fmt.Errorf("measure picture: %w: %w", ErrNotImage, err)
	}
	// Divided instead of multiplied: the product may not fit 32 bits.
	if head.Width < 1 || head.Height < 1 || head.Height > maxPixels/head.Width {
		return Sample{}, fmt.Errorf("measure picture: %w: %dx%d", ErrTooLarge, head.Width, head.Height)
	}
	decoded, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		return Sample{}, fmt.Errorf("measure picture: %w: %w", ErrNotImage, err)
	}
	g, err := newGrid(decoded, except)
	if err != nil {
		return Sample{}, fmt.Errorf("measure picture: %w", err)
	}
	if g.seen == 0 {
		return Sample{}, fmt.Errorf("measure picture: %w: the excluded areas leave nothing to see", ErrSettings)
	}
	s := Sample{Stamp: at, Mean: float64(g.sum) / float64(g.seen), Detail: g.detail()}
	copy(s.Print[:], g.print)
	return s, nil
}

// grid is the picture's luminance in cells; an excluded cell is negative.
type grid struct {
	cols, rows int
	cells      []float64
	sum        uint64
	seen       uint64
	print      []byte
}

func newGrid(picture image.Image, except []Area) (*grid, error) {
	var pix []uint8
	var stride int
	size := picture.Bounds()
	switch p := picture.(type) {
	case *image.YCbCr:
		pix, stride = p.Y, p.YStride
	case *image.Gray:
		pix, stride = p.Pix, p.Stride
	default:
		return nil, fmt.Errorf("%w: a JPEG in %T has no luminance of its own", ErrNotImage, picture)
	}
	g := &grid{cols: size.Dx() / cell, rows: size.Dy() / cell}
	g.cells = make([]float64, g.cols*g.rows)
	hash := sha256.New()
	for row := range g.rows {
		for col := range g.cols {
			x, y := col*cell, row*cell
			if excluded(x, y, size.Dx(), size.Dy(), except) {
				g.cells[row*g.cols+col] = -1
				continue
			}
			var sum uint64
			for line := range cell {
				from := (y+line)*stride + x
				part := pix[from : from+cell]
				hash.Write(part) // a hash never fails
				for _, v := range part {
					sum += uint64(v)
				}
			}
			g.sum += sum
			g.seen += cell * cell
			g.cells[row*g.cols+col] = float64(sum) / (cell * cell)
		}
	}
	g.print = hash.Sum(nil)
	return g, nil
}

// excluded reports whether the cell at x, y touches an area grown by margin.
func excluded(x, y, width, height int, except []Area) bool {
	for _, a := range except {
		left, right := a.X*width/1000-margin, (a.X+a.W)*width/1000+margin
		top, bottom := a.Y*height/1000-margin, (a.Y+a.H)*height/1000+margin
		if x+cell > left && x <= right && y+cell > top && y <= bottom {
			return true
		}
	}
	return false
}

// detail is the ninth decile of the tiles' standard deviations.
func (g *grid) detail() float64 {
	var all []float64
	for row := 0; row < g.rows; row += tile {
		for col := 0; col < g.cols; col += tile {
			if d, ok := g.deviation(col, row); ok {
				all = append(all, d)
			}
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)*9/10]
}

// deviation is that of one tile; false when less than half of it is seen.
func (g *grid) deviation(col, row int) (float64, bool) {
	var n, sum, squares float64
	for r := row; r < min(row+tile, g.rows); r++ {
		for c := col; c < min(col+tile, g.cols); c++ {
			if v := g.cells[r*g.cols+c]; v >= 0 {
				n, sum, squares = n+1, sum+v, squares+v*v
			}
		}
	}
	if n < tile*tile/2 {
		return 0, false
	}
	mean := sum / n
	return math.Sqrt(max(0, squares/n-mean*mean)), true
}
