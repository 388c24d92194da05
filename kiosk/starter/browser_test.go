package starter

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// screen is one page in a real browser.
type screen struct {
	t   *testing.T
	ctx context.Context
}

func browser(t *testing.T) *screen {
	t.Helper()
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("/usr/bin/chromium"), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1920, 1080),
		chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("no-first-run", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		cancel()
		stop()
	})
	return &screen{t, ctx}
}

func (s *screen) do(steps ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	if err := chromedp.Do(s.ctx, steps...); err != nil {
		s.t.Fatal(err)
	}
}

// open shows a file at a size, once its fonts are there.
func (s *screen) open(path string, width, height int64) {
	s.t.Helper()
	s.do(chromedp.EmulateViewport(width, height), chromedp.Navigate("file://"+path))
}

// ask evaluates an expression in the page.
func (s *screen) ask(js string) string {
	s.t.Helper()
	text, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](js))
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// shoot keeps a picture where the environment asks for it.
func (s *screen) shoot(name string) {
	s.t.Helper()
	dir := os.Getenv("FIREPOST_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(s.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// box is one text or panel as it is laid out, in pixels of the page.
type box struct {
	Text  string
	Class string
	// Size is the letters' height in pixels.
	Size       float64
	L, T, R, B float64
}

func (b box) meets(o box, slack float64) bool {
	return b.L < o.R-slack && o.L < b.R-slack && b.T < o.B-slack && o.T < b.B-slack
}

// boxes are the texts, or the elements that match, that can be seen at present.
func (s *screen) boxes(selector string) []box {
	s.t.Helper()
	var out []box
	// A font's line box has much room above and below its letters: what is measured of a text is
	// is what ink its letters have: Chinese ones stand higher, Latin ones reach lower.
	raw := s.ask(`JSON.stringify([...document.querySelectorAll(` + fmt.Sprintf("%q", selector) + `)].map(e => {
		const r = e.getBoundingClientRect(), b = {Text: e.textContent, Class: e.getAttribute('class') || '', Size: 0, L: r.left, T: r.top, R: r.right, B: r.bottom};
		if (e.localName === 'text' && r.width > 0) {
			const m = e.getScreenCTM(), scale = Math.hypot(m.a, m.b), at = e.getStartPositionOfChar(0).matrixTransform(m);
			b.Size = scale * parseFloat(getComputedStyle(e).fontSize);
			const en = b.Class === 'en';
			if (Math.abs(m.b) < 0.01) { b.T = at.y - (en ? 0.78 : 0.88) * b.Size; b.B = at.y + (en ? 0.24 : 0.14) * b.Size; }
			else { const c = (r.left + r.right) / 2; b.L = c - b.Size / 2; b.R = c + b.Size / 2; }
		}
		return b;
	}).filter(b => b.R > b.L && b.B > b.T))`)
	if err := json.Unmarshal([]byte(raw), &out); err != nil {
		s.t.Fatal(err)
	}
	return out
}

// sizes are the two ways that a television hangs.
var sizes = []struct {
	name          string
	width, height int64
}{{"wide", 1920, 1080}, {"tall", 1080, 1920}}

// TestPostersFitAndCanBeRead: every word inside its screen, none over another or over the
// drawing's panel, and all of a size that is legible from ten metres.
func TestPostersFitAndCanBeRead(t *testing.T) {
	posters, err := filepath.Glob("posters/*.svg")
	if err != nil || len(posters) < 12 {
		t.Fatalf("%d posters, %v", len(posters), err)
	}
	s := browser(t)
	for _, p := range posters {
		path, err := filepath.Abs(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range sizes {
			name := strings.TrimSuffix(filepath.Base(p), ".svg") + "-" + size.name
			s.open(path, size.width, size.height)
			words, panels := s.boxes(".words text, text.mn"), s.boxes("rect.panel")
			if len(words) < 10 || len(panels) != 1 {
				t.Errorf("%s: %d texts and %d panels can be seen", name, len(words), len(panels))
				continue
			}
			legible(t, name, words)
			apart(t, name, words, panels[0], float64(size.width), float64(size.height))
			s.asImage(path, size.width, size.height)
			s.shoot(name)
		}
	}
}

// legible checks how large the letters are.
func legible(t *testing.T, name string, words []box) {
	t.Helper()
	for _, w := range words {
		least := map[string]float64{"zh title": 150, "zh": 80, "en": 40, "mn": 80, "no": 60}[w.Class]
		if least == 0 || w.Size < least-0.1 {
			t.Errorf("%s: %q of class %q has %.0f px, at least %.0f", name, w.Text, w.Class, w.Size, least)
		}
	}
}

// apart checks that nothing lies over anything else or off the page.
func apart(t *testing.T, name string, words []box, panel box, width, height float64) {
	t.Helper()
	const margin = 16
	for i, w := range words {
		if w.L < margin || w.T < margin || w.R > width-margin || w.B > height-margin {
			t.Errorf("%s: %q leaves the page: %.0f %.0f %.0f %.0f", name, w.Text, w.L, w.T, w.R, w.B)
		}
		if w.Class != "mn" && w.meets(panel, 0) {
			t.Errorf("%s: %q lies on the drawing's panel: %.0f > %.0f", name, w.Text, w.R, panel.L)
		}
		for _, o := range words[i+1:] {
			if w.meets(o, 1) {
				t.Errorf("%s: %q lies on %q", name, w.Text, o.Text)
			}
		}
	}
}

// asImage shows a drawing as the booth's page does: as a picture, where it can't run anything.
func (s *screen) asImage(path string, width, height int64) {
	s.t.Helper()
	page := filepath.Join(s.t.TempDir(), "page.html")
	html := `<!doctype html><style>html,body{margin:0;background:#000}img{display:block;width:100vw;height:100vh;object-fit:contain}</style><img src="file://` + path + `">`
	if err := os.WriteFile(page, []byte(html), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.open(page, width, height)
	if got := s.ask(`String(document.querySelector('img').naturalWidth > 0)`); got != "true" {
		s.t.Errorf("%s is no picture", path)
	}
}
