package raster

import (
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// square gives every Chinese character the em square, and every other half of it.
func square(r rune) int32 {
	if wide(r) {
		return emParts
	}
	return emParts / 2
}

func lines(text string, size, most int) (out []string, forced, rough bool) {
	p := phrases{hard: tokens(text, false, square), soft: tokens(text, true, square)}
	return p.balance(size, most)
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text string
		wide int
		want []string
	}{
		{"请立即疏散", 50, []string{"请立即疏散"}},
		{"请立即疏散", 40, []string{"请立即", "疏散"}},
		{"远离，勿围观", 40, []string{"远离，", "勿围观"}},
		{"远离火场，勿围观", 40, []string{"远离火", "场，勿", "围观"}},
		{"羊汤馆（东门）", 50, []string{"羊汤馆", "（东门）"}},
		{"步行街18号老王羊汤馆", 60, []string{"步行街18号", "老王羊汤馆"}},
		{"火警　请立即疏散", 60, []string{"火警", "请立即疏散"}},
		{"永业小区 3号楼", 50, []string{"永业小区", "3号楼"}},
		{"一二三四五六七八九十一", 50, []string{"一二三四", "五六七八", "九十一"}},
		{"Evacuate now", 50, []string{"Evacuate", "now"}},
		{"ABCDEFGHIJKL", 30, []string{"ABCDEF", "GHIJKL"}},
		{"  火  ", 30, []string{"火"}},
		{"", 30, nil},
		{"火", 5, []string{"火"}},
	} {
		if got, _, _ := lines(c.text, 10, c.wide); !slices.Equal(got, c.want) {
			t.Errorf("%q in %d: %q, want %q", c.text, c.wide, got, c.want)
		}
	}
	if _, forced, _ := lines("火", 10, 5); !forced {
		t.Error("a character wider than its line is forced")
	}
	if _, _, rough := lines("请立即疏散", 10, 40); !rough {
		t.Error("a break within a phrase is rough")
	}
}

// TestWrapRules: nothing is lost, no line is too wide, no mark stands where it may not.
func TestWrapRules(t *testing.T) {
	alphabet := []rune("火警请立即疏散老王羊汤馆18号AB -，。！？）（《》、：“”　")
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 60).Draw(t, "text"))
		most := rapid.IntRange(10, 300).Draw(t, "most")
		got, forced, _ := lines(text, 10, most)
		if plain(strings.Join(got, "")) != plain(text) {
			t.Fatalf("%q became %q", text, got)
		}
		for i, l := range got {
			r := []rune(l)
			sum := 0
			for _, c := range r {
				sum += wideAt(square(c), 10)
			}
			if sum > most {
				t.Fatalf("%q is %d wide, at most %d", l, sum, most)
			}
			if forced {
				continue
			}
			// After a gap of the text even a closing mark begins a line: it stood alone there.
			if i > 0 && strings.ContainsRune(noBegin, r[0]) && strings.Contains(plain2(text), plain2(got[i-1]+l)) {
				t.Fatalf("%q begins with a closing mark", l)
			}
			if i < len(got)-1 && strings.ContainsRune(noEnd, r[len(r)-1]) && strings.Contains(plain2(text), plain2(l+got[i+1])) {
				t.Fatalf("%q ends with an opening mark", l)
			}
		}
	})
}

// plain2 keeps gaps, as one kind.
func plain2(s string) string { return strings.ReplaceAll(s, "　", " ") }

func TestFit(t *testing.T) {
	f := open(t)
	o := Options{Min: 14, Max: 300, Bold: true}
	for _, box := range []image.Point{{1800, 400}, {900, 900}, {250, 60}, {120, 30}} {
		for _, text := range []string{"请立即疏散", "火警　请立即疏散", "步行街18号"} {
			b, err := f.Fit([]string{text}, box, o)
			if err != nil || !b.Whole || b.Width > box.X || b.Height > box.Y || b.Size < o.Min {
				t.Fatalf("%q in %v: %+v, %v", text, box, b, err)
			}
			if plain(strings.Join(b.Lines, "")) != plain(text) {
				t.Errorf("%q in %v: %q", text, box, b.Lines)
			}
			// Nothing larger fits: one size more, given alone, must be cut short.
			if more, err := f.Fit([]string{text}, box, Options{Min: b.Size + 1, Max: b.Size + 1, Bold: true}); err != nil || b.Size < o.Max && more.Whole {
				t.Errorf("%q in %v: %d was chosen though %d fits", text, box, b.Size, more.Size)
			}
		}
	}
	b, err := f.Fit([]string{"首警", "老王羊汤馆"}, image.Pt(400, 200), o)
	if err != nil || len(b.Lines) != 2 {
		t.Errorf("two lines: %+v, %v", b, err)
	}
}

// TestFitSaysWhatIsMissing: an ellipsis only where nothing fits, and never silently.
func TestFitSaysWhatIsMissing(t *testing.T) {
	f := open(t)
	b, err := f.Fit([]string{strings.Repeat("远离着火地点", 10)}, image.Pt(100, 30), Options{Min: 14, Max: 30})
	if err != nil || b.Whole || !strings.HasSuffix(b.Lines[len(b.Lines)-1], "…") || b.Width > 100 || b.Height > 30 || b.Size != 14 {
		t.Errorf("%+v, %v", b, err)
	}
	for _, bad := range []struct {
		box image.Point
		o   Options
	}{
		{image.Pt(0, 10), Options{Min: 1, Max: 2}},
		{image.Pt(10, -1), Options{Min: 1, Max: 2}},
		{image.Pt(10, 10), Options{}},
		{image.Pt(10, 10), Options{Min: 5, Max: 4}},
	} {
		if _, err := f.Fit([]string{"火"}, bad.box, bad.o); !errors.Is(err, ErrPanel) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, err := f.Fit([]string{"\U0010FFFD"}, image.Pt(100, 100), Options{Min: 14, Max: 20}); !errors.Is(err, ErrGlyph) {
		t.Errorf("an unknown character: %v", err)
	}
}

// TestInkStaysInItsBox: what is drawn of a line lies where the page says, give or take a dot
// for slanted overhangs.
func TestInkStaysInItsBox(t *testing.T) {
	f := open(t)
	for _, text := range []string{"火警请立即疏散", "鑫矗囊饕餮，。（）", "Ågypten jyqg 0123456789", "壹鼻警疏散国圆"} {
		for _, p := range []Panel{{Width: 600, Height: 240}, {Width: 320, Height: 32}, {Width: 320, Height: 32, Colours: Red}, {Width: 512, Height: 64}, {Width: 64, Height: 16}} {
			pages, err := f.Text([]string{text}, p)
			if err != nil {
				t.Fatal(err)
			}
			for i := range pages {
				img := pages[i].Image
				ground := img.ColorIndexAt(0, 0)
				for y := range p.Height {
					for x := range p.Width {
						in := slices.ContainsFunc(pages[i].Texts, func(n Placed) bool { return image.Pt(x, y).In(n.Box.Inset(-1)) })
						if !in && img.ColorIndexAt(x, y) != ground {
							t.Fatalf("%q on %dx%d: ink at %d, %d outside of %v", text, p.Width, p.Height, x, y, pages[i].Texts)
						}
					}
				}
			}
			shoot(t, fmt.Sprintf("text-%dx%d-%d-%s", p.Width, p.Height, p.Colours, plain(text)[:6]), pages)
		}
	}
}

func TestBare(t *testing.T) {
	for _, p := range []Panel{{Width: 1920, Height: 1080}, {Width: 64, Height: 16, Colours: Red}} {
		page, err := Bare("real", "evacuate", p)
		if err != nil || !inked(page.Image, page.Image.Rect) || page.Image.Rect.Size() != p.size() {
			t.Errorf("%v: %v", p, err)
		}
	}
	if _, err := Bare("joke", "evacuate", Panel{Width: 64, Height: 16}); !errors.Is(err, ErrPanel) {
		t.Errorf("an unknown kind: %v", err)
	}
}
