package starter

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPagesFitAtEveryStep: at each step of each page, in both sizes, one caption can be seen,
// everything is inside the screen and legible from ten metres, and the loop closes.
func TestPagesFitAtEveryStep(t *testing.T) {
	pages, err := filepath.Glob("pages/*.html")
	if err != nil || len(pages) < 3 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	s := browser(t)
	for _, p := range pages {
		path, err := filepath.Abs(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range sizes {
			s.open(path, size.width, size.height)
			name := strings.TrimSuffix(filepath.Base(p), ".html") + "-" + size.name
			// The fifth is the first again: a loop that goes on does not drift.
			for step := range 5 {
				s.at(4000*step + 3000)
				s.shoot("page-" + name + "-" + string(rune('1'+step)))
				s.step(name, step%4, float64(size.width), float64(size.height))
			}
		}
	}
}

// at stops every animation of the page at a time.
func (s *screen) at(ms int) {
	s.t.Helper()
	if _, err := chromedp.Run(s.ctx, chromedp.Evaluate[int](`(ms => { for (const a of document.getAnimations()) { a.pause(); a.currentTime = ms; } return document.getAnimations().length; })(`+strconv.Itoa(ms)+`)`)); err != nil {
		s.t.Fatal(err)
	}
}

// step checks what one step shows.
func (s *screen) step(name string, step int, width, height float64) {
	s.t.Helper()
	t := s.t
	shown := s.ask(`[...document.querySelectorAll('.step')].map(e => getComputedStyle(e).opacity > 0.5 ? '1' : '0').join('')`)
	if want := []string{"1000", "0100", "0010", "0001"}[step]; shown != want {
		t.Errorf("%s, step %d: captions shown %s, want %s", name, step+1, shown, want)
	}
	if over := s.ask(`String(document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight)`); over != "false" {
		t.Errorf("%s: the page is larger than the screen", name)
	}
	parts := s.boxes("h1, svg, .steps, .step b, .step span, .step small")
	if len(parts) != 15 {
		t.Errorf("%s: %d parts, want 15", name, len(parts))
	}
	for _, b := range parts {
		if b.L < 8 || b.T < 0 || b.R > width-8 || b.B > height-8 {
			t.Errorf("%s: %.20q leaves the screen: %.0f %.0f %.0f %.0f", name, b.Text, b.L, b.T, b.R, b.B)
		}
	}
	if parts[0].meets(parts[1], 1) || parts[1].meets(parts[2], 1) || parts[1].B-parts[1].T < height/3 || parts[1].R-parts[1].L < width/2 {
		t.Errorf("%s: title, drawing and caption lie on each other, or nothing is left for the drawing", name)
	}
	for selector, least := range map[string]float64{"h1": 150, ".step span": 80, ".step b": 80, "small": 40} {
		if got := s.ask(`String(Math.min(...[...document.querySelectorAll('` + selector + `')].map(e => parseFloat(getComputedStyle(e).fontSize))) >= ` + strconv.Itoa(int(least)) + `)`); got != "true" {
			t.Errorf("%s: %s is smaller than %.0f px", name, selector, least)
		}
	}
}
