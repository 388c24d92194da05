package ssd1306_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"periph.io/x/devices/v3/ssd1306/image1bit"

	"firepost/drivers/ssd1306"
)

var update = flag.Bool("update", false, "write the golden frames anew; look at them before committing")

// art draws a frame as text: one character per dot.
func art(f *image1bit.VerticalLSB) string {
	var b strings.Builder
	for y := range ssd1306.Height {
		line := make([]byte, ssd1306.Width)
		for x := range line {
			line[x] = '.'
			if f.BitAt(x, y) {
				line[x] = '#'
			}
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.String()
}

func normal() ssd1306.Status {
	return ssd1306.Status{Station: "hs-03", Address: "192.168.1.20", At: "14:05", Known: true, Uplink: ssd1306.UplinkUp}
}

func TestGoldenFrames(t *testing.T) {
	fire := normal()
	fire.Fires, fire.Faults, fire.Waiting, fire.Uplink = 2, 1, 12, ssd1306.UplinkDown
	fire.Detail = "smoke-07 and another 1"
	fault := normal()
	fault.Faults, fault.Test, fault.Disabled, fault.Station = 3, true, 1, "红山-03"
	for name, s := range map[string]ssd1306.Status{"unknown": {}, "normal": normal(), "fire": fire, "fault": fault} {
		path := filepath.Join("testdata", name+".txt")
		got := art(ssd1306.Render(s))
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

func TestHeadline(t *testing.T) {
	for _, c := range []struct {
		s    ssd1306.Status
		want string
	}{
		{ssd1306.Status{}, "UNKNOWN"},
		{ssd1306.Status{Known: true}, "NORMAL"},
		{ssd1306.Status{Known: true, Disabled: 1}, "DISABLED"},
		{ssd1306.Status{Known: true, Disabled: 1, Test: true}, "TEST"},
		{ssd1306.Status{Known: true, Supervisory: 1, Test: true}, "WATCH"},
		{ssd1306.Status{Known: true, Supervisory: 1, Faults: 1}, "FAULT"},
		{ssd1306.Status{Faults: 1}, "UNKNOWN"},
		{ssd1306.Status{Prealarms: 1, Faults: 1}, "PRE-ALARM"},
		{ssd1306.Status{Prealarms: 1, Fires: 1, Test: true}, "FIRE"},
	} {
		if got := c.s.Headline(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.s, got, c.want)
		}
	}
}

// Two different states never look the same, and no text of any length goes wrong.
func TestFramesDiffer(t *testing.T) {
	base := normal()
	seen := map[string]string{art(ssd1306.Render(base)): "normal"}
	for name, change := range map[string]func(*ssd1306.Status){
		"station": func(s *ssd1306.Status) { s.Station = "hs-04" }, "address": func(s *ssd1306.Status) { s.Address = "10.0.0.1" },
		"time": func(s *ssd1306.Status) { s.At = "14:06" }, "unknown": func(s *ssd1306.Status) { s.Known = false },
		"fire": func(s *ssd1306.Status) { s.Fires = 1 }, "two fires": func(s *ssd1306.Status) { s.Fires = 2 },
		"prealarm": func(s *ssd1306.Status) { s.Prealarms = 1 }, "supervisory": func(s *ssd1306.Status) { s.Supervisory = 1 },
		"fault": func(s *ssd1306.Status) { s.Faults = 1 }, "disabled": func(s *ssd1306.Status) { s.Disabled = 1 },
		"test": func(s *ssd1306.Status) { s.Test = true }, "detail": func(s *ssd1306.Status) { s.Detail = "x" },
		"uplink down": func(s *ssd1306.Status) { s.Uplink = ssd1306.UplinkDown }, "uplink unknown": func(s *ssd1306.Status) { s.Uplink = 0 },
		"uplink none": func(s *ssd1306.Status) { s.Uplink = ssd1306.UplinkNone }, "waiting": func(s *ssd1306.Status) { s.Waiting = 1 },
		"many waiting": func(s *ssd1306.Status) { s.Waiting = 1 << 30 }, "negative": func(s *ssd1306.Status) { s.Faults = -1 },
		"long": func(s *ssd1306.Status) {
			s.Station, s.Address, s.At, s.Detail = strings.Repeat("M", 500), strings.Repeat("W", 500), "12345678901234567890123", strings.Repeat("烟", 500)
		},
		"no UTF-8": func(s *ssd1306.Status) { s.Detail = "\xff\xfe\x00\x1b" },
	} {
		s := base
		change(&s)
		got := art(ssd1306.Render(s))
		if other, ok := seen[got]; ok {
			t.Errorf("%s looks like %s", name, other)
		}
		seen[got] = name
	}
}

// Every printable character has a drawing of its own, and every other one the box.
func TestGlyphsDiffer(t *testing.T) {
	seen := map[string]rune{}
	for r := '!'; r <= '~'; r++ {
		got := art(ssd1306.Render(ssd1306.Status{Detail: string(r)}))
		if other, ok := seen[got]; ok {
			t.Errorf("%q is drawn like %q", r, other)
		}
		seen[got] = r
	}
	box := art(ssd1306.Render(ssd1306.Status{Detail: "烟"}))
	if _, ok := seen[box]; ok || box == art(ssd1306.Render(ssd1306.Status{})) {
		t.Error("a character without a glyph disappears or looks like another")
	}
	if box != art(ssd1306.Render(ssd1306.Status{Detail: "\x01"})) {
		t.Error("control characters are boxes too")
	}
}
