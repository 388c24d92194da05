package raster

import "golang.org/x/image/vector"

// symbol is a sign drawn by code: a path in a square of 100 by 100.
type symbol uint8

const (
	none symbol = iota
	flame
	magnifier
	megaphone
	pulse
	chevron
	arrowLeft
	arrowRight
	arrowUp
	arrowBack
)

// The paths, as SVG writes them: M, L, C with absolute coordinates, Z. Holes run the other way
// round.
//
//nolint:gochecknoglobals // lookup table
var paths = [...][]pathStep{
	flame: {
		mv(53, 1), cu(60, 22, 86, 36, 86, 65), cu(86, 86, 70, 99, 50, 99), cu(30, 99, 14, 86, 14, 65),
		cu(14, 50, 22, 41, 29, 33), cu(31, 43, 35, 48, 41, 50), cu(37, 32, 42, 14, 53, 1),
		mv(52, 54), cu(48, 60, 37, 66, 37, 77), cu(37, 86, 43, 91, 50, 91), cu(57, 91, 64, 86, 64, 77), cu(64, 68, 54, 64, 52, 54),
	},
	magnifier: {
		mv(40, 4), cu(60, 4, 76, 20, 76, 40), cu(76, 48, 73, 55, 69, 61), ln(96, 88), ln(88, 96), ln(61, 69),
		cu(55, 73, 48, 76, 40, 76), cu(20, 76, 4, 60, 4, 40), cu(4, 20, 20, 4, 40, 4),
		mv(40, 17), cu(27, 17, 17, 27, 17, 40), cu(17, 53, 27, 63, 40, 63), cu(53, 63, 63, 53, 63, 40), cu(63, 27, 53, 17, 40, 17),
	},
	megaphone: {
		mv(6, 36), ln(30, 36), ln(76, 10), ln(76, 84), ln(30, 58), ln(6, 58),
		mv(14, 63), ln(30, 63), ln(38, 92), ln(22, 92),
		mv(83, 32), cu(97, 36, 97, 58, 83, 62),
	},
	pulse: {
		mv(2, 44), ln(24, 44), ln(38, 8), ln(56, 74), ln(66, 44), ln(98, 44), ln(98, 56), ln(74, 56), ln(56, 98), ln(38, 36), ln(32, 56), ln(2, 56),
	},
	chevron: {mv(22, 10), ln(42, 10), ln(78, 50), ln(42, 90), ln(22, 90), ln(58, 50)},
	arrowUp: {mv(50, 4), ln(92, 50), ln(66, 50), ln(66, 96), ln(34, 96), ln(34, 50), ln(8, 50)},
	arrowLeft: {
		mv(4, 50), ln(50, 8), ln(50, 34), ln(96, 34), ln(96, 66), ln(50, 66), ln(50, 92),
	},
	arrowRight: {
		mv(96, 50), ln(50, 92), ln(50, 66), ln(4, 66), ln(4, 34), ln(50, 34), ln(50, 8),
	},
	arrowBack: {
		mv(94, 96), ln(70, 96), ln(70, 46), cu(70, 22, 42, 22, 42, 46), ln(42, 56), ln(60, 56), ln(30, 96), ln(0, 56), ln(18, 56),
		ln(18, 46), cu(18, -12, 94, -12, 94, 46),
	},
}

type pathStep struct {
	op byte
	at [6]float32
}

func mv(x, y float32) pathStep { return pathStep{'M', [6]float32{x, y}} }
func ln(x, y float32) pathStep { return pathStep{'L', [6]float32{x, y}} }
func cu(ax, ay, bx, by, x, y float32) pathStep {
	return pathStep{'C', [6]float32{ax, ay, bx, by, x, y}}
}

// trace gives the sign, of a size, to a rasterizer.
func (s symbol) trace(size float32) trace {
	k := size / 100
	return func(to *vector.Rasterizer, by offset) {
		at := func(p [6]float32, i int) (float32, float32) { return by.x + p[i]*k, by.y + p[i+1]*k }
		for _, step := range paths[s] {
			x, y := at(step.at, 0)
			switch step.op {
			case 'M':
				to.ClosePath()
				to.MoveTo(x, y)
			case 'L':
				to.LineTo(x, y)
			default:
				bx, by := at(step.at, 2)
				cx, cy := at(step.at, 4)
				to.CubeTo(x, y, bx, by, cx, cy)
			}
		}
		to.ClosePath()
	}
}

// arrow reports whether a sign shows a way; those are drawn larger than their text.
func (s symbol) arrow() bool { return s >= arrowLeft }

// arrowOf is the sign of a surveyed direction; none for a word that is not one.
func arrowOf(word string) symbol {
	switch word {
	case "left":
		return arrowLeft
	case "right":
		return arrowRight
	case "up":
		return arrowUp
	case "back":
		return arrowBack
	default:
		return none
	}
}
