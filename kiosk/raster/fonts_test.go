package raster

import (
	"errors"
	"image"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"firepost/kiosk/takeover"
)

// decoded are the characters of a range of GBK's two bytes.
func decoded(t *testing.T, leads, trails [2]int) string {
	t.Helper()
	var b strings.Builder
	for lead := leads[0]; lead <= leads[1]; lead++ {
		for trail := trails[0]; trail <= trails[1]; trail++ {
			if trail == 0x7F {
				continue
			}
			r, err := simplifiedchinese.GBK.NewDecoder().Bytes([]byte{byte(lead), byte(trail)})
			if err != nil {
				t.Fatal(err)
			}
			// U+FFFD stands for places without a character, U+E000 on for the private ones.
			if c := []rune(string(r))[0]; c != 0xFFFD && (c < 0xE000 || c > 0xF8FF) {
				b.WriteRune(c)
			}
		}
	}
	return b.String()
}

func TestCoversGB2312(t *testing.T) {
	f := open(t)
	hanzi := decoded(t, [2]int{0xB0, 0xF7}, [2]int{0xA1, 0xFE})
	if n := len([]rune(hanzi)); n != 6763 {
		t.Fatalf("GB 2312 has 6763 Chinese characters, the list %d", n)
	}
	if missing := f.Covers(hanzi); len(missing) > 0 {
		t.Errorf("GB 2312: %d characters missing: %q", len(missing), string(missing))
	}
	signs := decoded(t, [2]int{0xA1, 0xA3}, [2]int{0xA1, 0xFE})
	if missing := f.Covers(signs); len(missing) > 0 {
		t.Errorf("GB 2312 signs: missing %q", string(missing))
	}
}

func TestCoversGBK(t *testing.T) {
	f := open(t)
	// Levels GBK/3 and GBK/4: 6080 and 8160 Chinese characters.
	for _, level := range []struct {
		leads, trails [2]int
		count         int
	}{
		{[2]int{0x81, 0xA0}, [2]int{0x40, 0xFE}, 6080},
		{[2]int{0xAA, 0xFE}, [2]int{0x40, 0xA0}, 8160},
	} {
		text := decoded(t, level.leads, level.trails)
		if n := len([]rune(text)); n < level.count-100 || n > level.count {
			t.Errorf("level %X: %d characters, want about %d", level.leads, n, level.count)
		}
		if missing := f.Covers(text); len(missing) > 0 {
			t.Errorf("GBK %X: %d characters missing: %q", level.leads, len(missing), string(missing))
		}
	}
}

func TestSimplifiedFaces(t *testing.T) {
	f := open(t)
	if got := f.Names(); !slices.Equal(got, []string{"Noto Sans CJK SC Bold", "Noto Sans CJK SC"}) && !slices.Equal(got, []string{"Noto Sans CJK SC Bold", "Noto Sans CJK SC Regular"}) {
		t.Errorf("faces %q", got)
	}
	// 骨 is drawn differently in Japan, and so are the outlines of the faces.
	bold, err := f.glyph('骨', true)
	if err != nil {
		t.Fatal(err)
	}
	thin, err := f.glyph('骨', false)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(bold.steps, thin.steps) {
		t.Error("bold and regular are the same")
	}
}

func TestMissingFont(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "NotoSansCJK-Regular.ttc")
	f, err := OpenFonts(gone)
	if f != nil || !errors.Is(err, ErrFont) || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), gone) ||
		!strings.Contains(err.Error(), "fonts-noto-cjk") {
		t.Errorf("got %v, %v", f, err)
	}
	if _, err := OpenFonts(); !errors.Is(err, ErrFont) {
		t.Errorf("no files: %v", err)
	}
	f, err = OpenFonts(gone, DebianRegular)
	if f == nil || !errors.Is(err, ErrFont) {
		t.Fatalf("one of two: got %v, %v", f, err)
	}
	defer f.Close()
	if _, err := f.Text([]string{"消防"}, Panel{Width: 128, Height: 32}); err != nil {
		t.Errorf("the other font must still draw: %v", err)
	}
}

// TestBrokenFont: a damaged file is an error or draws something; it never ends the program.
func TestBrokenFont(t *testing.T) {
	whole, err := os.ReadFile(DebianMongolian)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	try := func(name string, data []byte) error {
		path := filepath.Join(dir, name+".ttf")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := OpenFonts(path)
		if err != nil {
			if !errors.Is(err, ErrFont) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v", name, err)
			}
			return err
		}
		defer f.Close()
		_, err = f.Text([]string{"119 (A)"}, Panel{Width: 128, Height: 32})
		return err
	}
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("not a font"), "head": whole[:64], "half": whole[:len(whole)/2]} {
		if err := try(name, data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for i := range 300 {
		bad := slices.Clone(whole)
		for k := range 24 {
			bad[(i*7919+k*104729)%len(bad)] ^= byte(i + k + 1)
		}
		if i < 100 {
			// The tables' directory, where it hurts most.
			bad[12+i*2] ^= 0x5A
		}
		_ = try("bits", bad)
	}
}

func TestGlyphErrors(t *testing.T) {
	f := open(t)
	p := Panel{Width: 256, Height: 64}
	for _, c := range []struct{ text, want string }{
		{"火\U0010FFFD", "U+10FFFD"},
		{"火ᠭ", "U+182D"},
		{"火\u200d", "U+200D"},
	} {
		_, err := f.Text([]string{c.text}, p)
		if !errors.Is(err, ErrGlyph) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.text, err)
		}
		boxed := p
		boxed.Boxes = true
		pages, err := f.Text([]string{c.text}, boxed)
		if err != nil || len(pages) != 1 || !slices.Equal(pages[0].Missing, []rune(c.text)[1:]) {
			t.Errorf("%q with boxes: %v, %v", c.text, pages, err)
		}
	}
	if got := f.Covers("火\nᠭ火ᠭ\U0010FFFD"); !slices.Equal(got, []rune{'ᠭ', 0x10FFFD}) {
		t.Errorf("missing %q", string(got))
	}
	if got := f.Covers("消防通道\t"); got != nil {
		t.Errorf("missing %q", string(got))
	}
}

// TestMemory: 500 different characters at a large size leave little behind.
func TestMemory(t *testing.T) {
	before := heap()
	f := open(t)
	opened := heap()
	text := []rune(decoded(t, [2]int{0xB0, 0xB7}, [2]int{0xA1, 0xFE}))[:500]
	for i := 0; i < len(text); i += 10 {
		b, err := f.Fit([]string{string(text[i : i+10])}, image.Pt(1800, 900), Options{Min: 80, Max: 200, Bold: true})
		if err != nil || !b.Whole {
			t.Fatalf("%v, %v", b, err)
		}
		if _, err := f.Text([]string{string(text[i : i+10])}, Panel{Width: 480, Height: 270}); err != nil {
			t.Fatal(err)
		}
	}
	after := heap()
	t.Logf("opened %d kB, after 500 characters %d kB", (opened-before)/1024, (after-before)/1024)
	if grown := int64(after) - int64(before); grown > 3<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if n := len(f.glyphs); n > maxGlyphs {
		t.Errorf("%d outlines kept, at most %d", n, maxGlyphs)
	}
	runtime.KeepAlive(f)
}

// TestSeveralAtOnce: one chain of fonts serves several goroutines.
func TestSeveralAtOnce(t *testing.T) {
	f := open(t)
	done := make(chan error)
	for i := range 4 {
		go func() {
			var err error
			for range 5 {
				_, problem := f.Scene(scene(takeover.Real, takeover.Evacuate, 1+i), Panel{Width: 256, Height: 64})
				err = errors.Join(err, problem)
			}
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestClosed: fonts that were closed refuse, and end nothing.
func TestClosed(t *testing.T) {
	f, err := OpenFonts(DebianRegular)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Text([]string{"火"}, Panel{Width: 128, Height: 32}); !errors.Is(err, ErrGlyph) {
		t.Errorf("got %v", err)
	}
}
