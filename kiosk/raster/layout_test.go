package raster

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"maps"
	"slices"
	"strings"
	"testing"

	"firepost/firmware-contracts/contract"
	"firepost/kiosk/takeover"
)

// plain is a text without its gaps, which line breaks swallow.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '　' || r == '\n' {
			return -1
		}
		return r
	}, s)
}

// long has labels of 30 characters, and every kind of text.
func long(k takeover.Kind, st takeover.Stage, places int) *takeover.Scene {
	s := scene(k, st, places)
	for i := range s.Places {
		s.Places[i].Label = contract.Text{ZH: fmt.Sprintf("红山区钢铁西街%02d号（长青市场）阿古拉蒙古风味烧烤火锅东门店", i+10)}
		if i%2 == 1 {
			s.Places[i].Direction = &takeover.Direction{Arrow: "back", Text: takeover.Text{ZH: "向后，经过文化广场走向英金河边"}}
		}
	}
	return s
}

// wants are the texts of a scene by role and number.
func wants(s *takeover.Scene, strip bool) map[string]string {
	w := map[string]string{"title 0": s.Title.ZH, "report 0": s.Report.ZH}
	if s.Kind != takeover.Real {
		w["word"] = s.Banner.ZH
	}
	for i, p := range s.Places {
		label := p.Label.ZH
		if strip {
			if p.First && len(s.Places) > 1 {
				label = mark + label
			}
			label += p.Since
		} else {
			w[fmt.Sprintf("since %d", i)] = p.Since
		}
		w[fmt.Sprintf("place %d", i)] = label
		if p.Direction != nil {
			w[fmt.Sprintf("direction %d", i)] = p.Direction.Text.ZH
		}
	}
	for i, a := range s.Advice {
		w[fmt.Sprintf("advice %d", i)] = a.ZH
	}
	return w
}

// shown joins what stands on pages: the lines of one page where a text is whole there, and all
// parts in their order where it was cut.
func shown(pages []Page) map[string]string {
	got := map[string]string{}
	parts := map[string]int{}
	for i := range pages {
		here := map[string]string{}
		for _, t := range pages[i].Texts {
			key := fmt.Sprintf("%s %d", t.Role, t.Item)
			if t.Role == Word || t.Role == Banner {
				here["word"] += t.Text
				continue
			}
			if t.Parts > 1 && t.Part != parts[key] {
				if t.Part != parts[key]+1 {
					continue
				}
				parts[key] = t.Part
				here[key] = got[key]
			}
			here[key] += plain(t.Text)
		}
		maps.Copy(got, here)
	}
	return got
}

// checkPages holds pages to what is true of every panel.
func checkPages(t *testing.T, name string, s *takeover.Scene, p Panel, pages []Page) {
	t.Helper()
	got := shown(pages)
	for key, want := range wants(s, p.strip()) {
		if key == "word" {
			for i := range pages {
				if !slices.ContainsFunc(pages[i].Texts, func(x Placed) bool {
					return (x.Role == Word || x.Role == Banner) && strings.HasPrefix(want, x.Text)
				}) {
					t.Errorf("%s page %d: without the word %s", name, i+1, want)
				}
			}
			continue
		}
		if got[key] != plain(want) {
			t.Errorf("%s: %s reads %q, want %q", name, key, got[key], plain(want))
		}
	}
	for i := range pages {
		page := &pages[i]
		if size := page.Image.Rect.Size(); size != p.size() {
			t.Errorf("%s page %d: %v dots", name, i+1, size)
		}
		if (page.For > 0) != (len(pages) > 1) {
			t.Errorf("%s page %d of %d stands for %v", name, i+1, len(pages), page.For)
		}
		for a, x := range page.Texts {
			if !x.Box.In(p.safe()) {
				t.Errorf("%s page %d: %s %q at %v leaves %v", name, i+1, x.Role, x.Text, x.Box, p.safe())
			}
			for _, y := range page.Texts[a+1:] {
				if x.Box.Overlaps(y.Box) {
					t.Errorf("%s page %d: %s %q at %v lies on %s %q at %v", name, i+1, x.Role, x.Text, x.Box, y.Role, y.Text, y.Box)
				}
			}
			if !inked(page.Image, x.Box) {
				t.Errorf("%s page %d: nothing at %v, where %q stands", name, i+1, x.Box, x.Text)
			}
			checkSize(t, name, p, x)
		}
	}
}

func checkSize(t *testing.T, name string, p Panel, x Placed) {
	t.Helper()
	least := 14
	if p.Height < 20 {
		least = 12
	}
	if p.strip() && min(p.Width, p.Height) >= 48 {
		least = 16
	}
	if !p.strip() {
		side := min(p.Width, p.Height)
		sizes := map[Role]int{Title: 180, Place: 110, Advice: 80, Direction: 80, Report: 72, Since: 55, English: 48}
		if 9*max(p.Width, p.Height) < 16*side {
			sizes[Place] = reportLeast // nearly square: a long place is smaller rather than cut
		}
		least = sizes[x.Role] * side / 1080
	}
	if x.Role == Mongolian {
		least = 12
	}
	if x.Size < least {
		t.Errorf("%s: %s %q has %d dots, at least %d", name, x.Role, x.Text, x.Size, least)
	}
	if p.Width >= 256 && p.Height >= 64 && x.Parts > 1 {
		t.Errorf("%s: %s %q was cut", name, x.Role, x.Text)
	}
}

// inked reports whether something is drawn in a box.
func inked(img *image.Paletted, r image.Rectangle) bool {
	first := img.ColorIndexAt(r.Min.X, r.Min.Y)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if img.ColorIndexAt(x, y) != first {
				return true
			}
		}
	}
	return false
}

// TestEveryTextWhole: on every panel, for every kind and stage and many long labels, every text
// stands whole on some page, or in all its parts; nothing overlaps or touches the edge.
func TestEveryTextWhole(t *testing.T) {
	f := open(t)
	for _, p := range []Panel{
		{Width: 1920, Height: 1080}, {Width: 1080, Height: 1920}, {Width: 1280, Height: 720}, {Width: 720, Height: 1280},
		{Width: 1024, Height: 768}, {Width: 640, Height: 360}, {Width: 512, Height: 256}, {Width: 384, Height: 768},
		{Width: 256, Height: 64}, {Width: 320, Height: 160}, {Width: 192, Height: 192}, {Width: 512, Height: 64}, {Width: 256, Height: 128},
		{Width: 384, Height: 96}, {Width: 128, Height: 64}, {Width: 192, Height: 32}, {Width: 128, Height: 32}, {Width: 64, Height: 32},
		{Width: 96, Height: 48}, {Width: 64, Height: 128}, {Width: 64, Height: 64}, {Width: 64, Height: 16}, {Width: 1024, Height: 16},
		{Width: 64, Height: 256},
		{Width: 256, Height: 64, Colours: RedGreen}, {Width: 128, Height: 32, Colours: Red}, {Width: 96, Height: 48, Colours: RedGreen},
		{Width: 1280, Height: 720, Colours: Red},
	} {
		for _, k := range []takeover.Kind{takeover.Real, takeover.Drill, takeover.Test} {
			for _, st := range []takeover.Stage{takeover.Verifying, takeover.Evacuate} {
				for places := 1; places <= 8; places++ {
					real := k == takeover.Real && st == takeover.Evacuate
					if places != 1 && places != 8 && (!real || places != 3 && p.Width != 1920 && p.Width != 256) {
						continue
					}
					for what, s := range map[string]*takeover.Scene{"short": scene(k, st, places), "long": long(k, st, places)} {
						if what == "short" && places > 1 || p.Width*p.Height > 500_000 && places > 3 && !real {
							continue
						}
						name := fmt.Sprintf("%dx%d/%d %s %s %d %s", p.Width, p.Height, p.Colours, k, st, places, what)
						pages, err := f.Scene(s, p)
						if err != nil {
							t.Fatalf("%s: %v", name, err)
						}
						checkPages(t, name, s, p, pages)
						if what == "long" && places == 8 && k == takeover.Drill && st == takeover.Evacuate {
							shoot(t, fmt.Sprintf("long-%dx%d-%d", p.Width, p.Height, p.Colours), pages)
						}
					}
				}
			}
		}
	}
}

// TestOddScenes: empty parts, a banner too long for its line, words that can't be broken.
func TestOddScenes(t *testing.T) {
	f := open(t)
	base := func() *takeover.Scene { return scene(takeover.Drill, takeover.Evacuate, 2) }
	for name, change := range map[string]func(s *takeover.Scene){
		"long banner": func(s *takeover.Scene) {
			s.Banner.ZH = "演练，不是真实火情，请配合现场人员的指引，谢谢各位居民"
		},
		"long report": func(s *takeover.Scene) { s.Report.ZH = strings.Repeat("控制室已接警并已派出消防车辆", 5) },
		"long word":   func(s *takeover.Scene) { s.Places[0].Label.ZH = strings.Repeat("ABCDEFGHIJ0123456789", 4) },
		"long title": func(s *takeover.Scene) {
			s.Title.ZH = "发生火灾请立即疏散切勿乘坐电梯请走安全出口不要返回"
		},
		"long advice":   func(s *takeover.Scene) { s.Advice[0].ZH = strings.Repeat("远离着火地点，不要围观。", 12) },
		"no places":     func(s *takeover.Scene) { s.Places = nil },
		"no advice":     func(s *takeover.Scene) { s.Advice = nil },
		"no report":     func(s *takeover.Scene) { s.Report = takeover.Text{} },
		"no title":      func(s *takeover.Scene) { s.Title = takeover.Text{} },
		"only a title":  func(s *takeover.Scene) { s.Places, s.Advice, s.Report = nil, nil, takeover.Text{} },
		"unknown arrow": func(s *takeover.Scene) { s.Places[0].Direction.Arrow = "sideways" },
		"descenders":    func(s *takeover.Scene) { s.Places[0].Label.ZH = "Ågypten gypsy jjj (qyj) 羊汤馆" },
	} {
		for _, p := range []Panel{{Width: 1920, Height: 1080}, {Width: 1080, Height: 1920}, {Width: 256, Height: 64}, {Width: 64, Height: 32}} {
			s := base()
			change(s)
			pages, err := f.Scene(s, p)
			if err != nil {
				t.Errorf("%s on %dx%d: %v", name, p.Width, p.Height, err)
				continue
			}
			got := shown(pages)
			for key, want := range wants(s, p.strip()) {
				// Where a place had to be cut its time stands behind it.
				if place, _, _ := strings.Cut(key, " "); place == "since" && strings.HasSuffix(got["place"+key[5:]], want) {
					continue
				}
				if key != "word" && !strings.Contains(got[key], plain(want)) {
					t.Errorf("%s on %dx%d: %s reads %q, want %q", name, p.Width, p.Height, key, got[key], plain(want))
				}
			}
			for i := range pages {
				for _, x := range pages[i].Texts {
					if !x.Box.In(p.safe()) {
						t.Errorf("%s on %dx%d page %d: %q at %v leaves the safe area", name, p.Width, p.Height, i+1, x.Text, x.Box)
					}
				}
			}
			shoot(t, fmt.Sprintf("odd-%s-%dx%d", strings.ReplaceAll(name, " ", "_"), p.Width, p.Height), pages)
		}
	}
}

func TestRefusals(t *testing.T) {
	f := open(t)
	ok := Panel{Width: 256, Height: 64}
	for name, c := range map[string]struct {
		s    *takeover.Scene
		p    Panel
		want error
	}{
		"no scene":      {nil, ok, ErrEmpty},
		"empty scene":   {&takeover.Scene{Kind: takeover.Real, Stage: takeover.Evacuate}, ok, ErrEmpty},
		"empty, full":   {&takeover.Scene{Kind: takeover.Real, Stage: takeover.Evacuate}, Panel{Width: 1280, Height: 720}, ErrEmpty},
		"unknown kind":  {&takeover.Scene{Kind: "joke", Stage: takeover.Evacuate}, ok, ErrPanel},
		"unknown stage": {&takeover.Scene{Kind: takeover.Real}, ok, ErrPanel},
		"tiny":          {scene(takeover.Real, takeover.Evacuate, 1), Panel{Width: 63, Height: 16}, ErrPanel},
		"huge":          {scene(takeover.Real, takeover.Evacuate, 1), Panel{Width: 5000, Height: 100}, ErrPanel},
		"negative":      {scene(takeover.Real, takeover.Evacuate, 1), Panel{Width: -1, Height: -1}, ErrPanel},
		"colours":       {scene(takeover.Real, takeover.Evacuate, 1), Panel{Width: 256, Height: 64, Colours: 9}, ErrPanel},
	} {
		if pages, err := f.Scene(c.s, c.p); !errors.Is(err, c.want) || pages != nil {
			t.Errorf("%s: %d pages, %v", name, len(pages), err)
		}
	}
	if _, err := f.Text([]string{" ", ""}, ok); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty text: %v", err)
	}
	if _, err := f.Text([]string{"火"}, Panel{}); !errors.Is(err, ErrPanel) {
		t.Errorf("no panel: %v", err)
	}
}

// TestLooks: the kinds and stages are told apart by ground, sign and word on every panel, and
// a panel is only given colours that it has.
func TestLooks(t *testing.T) {
	f := open(t)
	for _, size := range []image.Point{{640, 360}, {360, 640}, {256, 64}, {128, 32}} {
		for _, c := range []Colours{Full, RedGreen, Red} {
			p := Panel{Width: size.X, Height: size.Y, Colours: c}
			var first [][]uint8
			for _, k := range []takeover.Kind{takeover.Real, takeover.Drill, takeover.Test} {
				for _, st := range []takeover.Stage{takeover.Verifying, takeover.Evacuate} {
					s := scene(k, st, 1)
					s.Title.ZH, s.Report.ZH = "火", "火" // the same words everywhere
					pages, err := f.Scene(s, p)
					if err != nil {
						t.Fatal(err)
					}
					shoot(t, fmt.Sprintf("look-%v-%d-%s-%s", size, c, k, st), pages[:1])
					rgba := make([]uint8, 0, size.X*size.Y*3)
					for y := range size.Y {
						for x := range size.X {
							v := pages[0].Image.At(x, y).(color.RGBA)
							rgba = append(rgba, v.R, v.G, v.B)
							if c != Full && (v.B != 0 || v.R != 0 && v.R != 255 || v.G != 0 && v.G != 255 || c == Red && v.G != 0) {
								t.Fatalf("%v/%d %s: colour %v at %d, %d", size, c, k, v, x, y)
							}
						}
					}
					first = append(first, rgba)
				}
			}
			// Drill and test look alike in both stages but for their words; all else differs.
			for a := range first {
				for b := range first[:a] {
					if a/2 != b/2 || a < 2 {
						if n := differ(first[a], first[b]); n < len(first[a])/3/100 {
							t.Errorf("%v/%d: scenes %d and %d differ in %d dots only", size, c, a, b, n)
						}
					}
				}
			}
		}
	}
}

func differ(a, b []uint8) (n int) {
	for i := 0; i < len(a); i += 3 {
		if a[i] != b[i] || a[i+1] != b[i+1] || a[i+2] != b[i+2] {
			n++
		}
	}
	return n
}

// TestColours: red, amber, blue and grey where they belong.
func TestColours(t *testing.T) {
	f := open(t)
	for _, c := range []struct {
		k       takeover.Kind
		st      takeover.Stage
		at      image.Point
		r, g, b [2]uint8
	}{
		{takeover.Real, takeover.Evacuate, image.Pt(5, 5), [2]uint8{170, 255}, [2]uint8{0, 30}, [2]uint8{0, 40}},
		{takeover.Real, takeover.Verifying, image.Pt(5, 5), [2]uint8{230, 255}, [2]uint8{140, 200}, [2]uint8{0, 60}},
		{takeover.Drill, takeover.Evacuate, image.Pt(5, 1075), [2]uint8{0, 60}, [2]uint8{60, 160}, [2]uint8{200, 255}},
		{takeover.Drill, takeover.Verifying, image.Pt(60, 700), [2]uint8{0, 20}, [2]uint8{0, 60}, [2]uint8{30, 110}},
		{takeover.Test, takeover.Evacuate, image.Pt(60, 700), [2]uint8{70, 130}, [2]uint8{70, 130}, [2]uint8{70, 130}},
	} {
		pages, err := f.Scene(scene(c.k, c.st, 1), Panel{Width: 1920, Height: 1080})
		if err != nil {
			t.Fatal(err)
		}
		v := pages[0].Image.At(c.at.X, c.at.Y).(color.RGBA)
		if v.R < c.r[0] || v.R > c.r[1] || v.G < c.g[0] || v.G > c.g[1] || v.B < c.b[0] || v.B > c.b[1] {
			t.Errorf("%s %s: %v at %v", c.k, c.st, v, c.at)
		}
	}
}
