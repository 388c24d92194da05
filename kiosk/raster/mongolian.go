package raster

import (
	"embed"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"firepost/kiosk/takeover"
)

// Phrase is a phrase in the vertical Mongolian script of which pictures exist, one of each of
// its words.
type Phrase struct {
	// Key names it and its pictures: key-1.png and so on.
	Key string
	// MN is the phrase, ZH and EN what it is meant to say.
	MN, ZH, EN string
	// Checked says whether a native reader has confirmed the wording.
	Checked bool
}

// Phrases are the phrases. None has been checked by a native reader yet.
//
//nolint:gochecknoglobals // lookup table
var Phrases = [...]Phrase{
	{Key: "fire", MN: "ᠭᠠᠯ ᠲᠦᠶᠢᠮᠡᠷ", ZH: "火灾", EN: "fire"},
	{Key: "verifying", MN: "ᠰᠢᠯᠭᠠᠵᠤ ᠪᠠᠶᠢᠨ\u180eᠠ", ZH: "正在核实", EN: "being verified"},
	{Key: "leave", MN: "ᠳᠠᠷᠤᠢ ᠭᠠᠷᠤᠭᠠᠷᠠᠢ", ZH: "请立即离开", EN: "leave now"},
	{Key: "drill", MN: "ᠳᠠᠰᠬᠠᠯ", ZH: "演练", EN: "drill"},
	{Key: "test", MN: "ᠰᠢᠯᠭᠠᠯᠲᠠ", ZH: "测试", EN: "test"},
	{Key: "call", MN: "119 ᠳᠤ ᠮᠡᠳᠡᠭᠦᠯᠦᠭᠡᠷᠡᠢ", ZH: "请拨打119", EN: "call 119"},
}

// mongolianFiles are the pictures: grey, the letters white.
//
//go:embed mongolian/*.png
var mongolianFiles embed.FS

// mongolianDots is the size of the letters in the pictures.
const mongolianDots = 80

// phrasesOf are the phrases that say in Mongolian what a scene says: none where it gives no
// Mongolian.
func phrasesOf(s *takeover.Scene) []string {
	if s.Title.MN == "" {
		return nil
	}
	switch s.Kind {
	case takeover.Drill:
		return []string{"drill"}
	case takeover.Test:
		return []string{"test"}
	case takeover.Real:
	}
	out := []string{"fire"}
	if s.Stage == takeover.Verifying {
		out = []string{"verifying"}
	} else {
		out = append(out, "leave")
	}
	if strings.Contains(s.Report.ZH, "119") {
		out = append(out, "call")
	}
	return out
}

// word is one picture.
type word struct {
	key string
	img *image.Gray
}

// mongolianWords are the pictures of a phrase, in reading order.
func mongolianWords(key string) ([]word, error) {
	for i := range Phrases {
		if Phrases[i].Key != key {
			continue
		}
		var out []word
		for n := range strings.Fields(Phrases[i].MN) {
			name := fmt.Sprintf("mongolian/%s-%d.png", key, n+1)
			img, err := grey(name)
			if err != nil {
				return nil, fmt.Errorf("read the picture %s: %w", name, err)
			}
			out = append(out, word{key, img})
		}
		return out, nil
	}
	return nil, fmt.Errorf("%w: no phrase %q in Mongolian", ErrEmpty, key)
}

func grey(name string) (*image.Gray, error) {
	file, err := mongolianFiles.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	img, err := png.Decode(file)
	if err != nil {
		return nil, err
	}
	out := image.NewGray(image.Rectangle{Max: img.Bounds().Size()})
	for y := range out.Rect.Max.Y {
		for x := range out.Rect.Max.X {
			out.SetGray(x, y, color.GrayModel.Convert(img.At(x+img.Bounds().Min.X, y+img.Bounds().Min.Y)).(color.Gray)) //nolint:errcheck,forcetypeassert // the model gives nothing else
		}
	}
	return out, nil
}

// column is a column of words, at a scale: dots of the panel for mongolianDots of the picture.
type column struct {
	words []word
	wide  int
	high  int
}

// scaled is a length at a size of letters, rounded upwards.
func scaled(n, size int) int { return (n*size + mongolianDots - 1) / mongolianDots }

// columns puts words into columns of a height, at a size; false where a word is too long.
func columns(words []word, size, high int) (out []column, wide int, ok bool) {
	space := max(1, size/3)
	for _, w := range words {
		ww, wh := scaled(w.img.Rect.Dx(), size), scaled(w.img.Rect.Dy(), size)
		if wh > high {
			return nil, 0, false
		}
		n := len(out)
		if n > 0 && out[n-1].high+space+wh <= high && out[n-1].words[0].key == w.key {
			c := &out[n-1]
			c.words, c.high, c.wide = append(c.words, w), c.high+space+wh, max(c.wide, ww)
			continue
		}
		out = append(out, column{[]word{w}, ww, wh})
	}
	for _, c := range out {
		wide += c.wide
	}
	return out, wide + (len(out)-1)*space, true
}

// vertical is Mongolian set for a page: columns from left to right in a rectangle.
type vertical struct {
	at      image.Rectangle
	columns []column
	size    int
}

// mongolian sets a scene's phrases at the largest size, within limits, at which they take no
// more than a part of the area, at its right: all of them, or the first of them on a board too
// low for all, or nothing where they would not be legible.
func (d *drafter) mongolian(s *takeover.Scene, area image.Rectangle, least, most, width int) (vertical, error) {
	keys := phrasesOf(s)
	for n := len(keys); n > 0; n-- {
		var words []word
		for _, key := range keys[:n] {
			some, err := mongolianWords(key)
			if err != nil {
				return vertical{}, err
			}
			words = append(words, some...)
		}
		for size := most; size >= least; size-- {
			if set, wide, ok := columns(words, size, area.Dy()); ok && wide <= width {
				at := image.Rect(area.Max.X-wide, area.Min.Y, area.Max.X, area.Max.Y)
				return vertical{at, set, size}, nil
			}
		}
	}
	return vertical{}, nil
}

// vertical draws Mongolian and notes it.
func (s *sheet) vertical(v vertical, p pen) {
	x := v.at.Min.X
	space := max(1, v.size/3)
	for _, c := range v.columns {
		y := v.at.Min.Y + (v.at.Dy()-c.high)/2
		for _, w := range c.words {
			size := image.Pt(scaled(w.img.Rect.Dx(), v.size), scaled(w.img.Rect.Dy(), v.size))
			box := image.Rectangle{Max: size}.Add(image.Pt(x+(c.wide-size.X)/2, y))
			s.shrink(w.img, box, p)
			s.page.Texts = append(s.page.Texts, Placed{Role: Mongolian, Text: w.key, Size: v.size, Box: box, Part: 1, Parts: 1})
			y += size.Y + space
		}
		x += c.wide + space
	}
}

// shrink draws a grey picture into a rectangle: each dot is the mean of the dots it covers.
func (s *sheet) shrink(img *image.Gray, r image.Rectangle, p pen) {
	base := s.ramp(p.ground, p.ink)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := range r.Dy() {
		y0 := y * h / r.Dy()
		y1 := max(y0+1, (y+1)*h/r.Dy())
		for x := range r.Dx() {
			x0 := x * w / r.Dx()
			x1 := max(x0+1, (x+1)*w/r.Dx())
			sum := 0
			for yy := y0; yy < y1; yy++ {
				for xx := x0; xx < x1; xx++ {
					sum += int(img.Pix[yy*img.Stride+xx])
				}
			}
			level := uint8(sum / ((y1 - y0) * (x1 - x0)) >> 4) //nolint:gosec // a mean of bytes
			if s.hard {
				level = threshold(level<<4) >> 4
			}
			if at := image.Pt(r.Min.X+x, r.Min.Y+y); level > 0 && at.In(s.img.Rect) {
				s.img.Pix[s.img.PixOffset(at.X, at.Y)] = base + level
			}
		}
	}
}
