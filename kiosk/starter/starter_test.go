package starter

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"firepost/kiosk/media"
	"firepost/kiosk/programme"
)

var update = flag.Bool("update", false, "write the hashes of posters and pages into the programme")

var named = regexp.MustCompile(`media: [0-9a-f]+(\}? # )(\S+)`)

// TestProgrammeIsWhole: it parses without doubts, and everything in it is in the folder, every
// file in the folder in it.
func TestProgrammeIsWhole(t *testing.T) {
	if *update {
		rewrite(t)
	}
	s, err := Load(".")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Programme.Warnings) > 0 {
		t.Errorf("doubts: %v", s.Programme.Warnings)
	}
	all, err := Files(".")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Files) != len(all) || len(all) < 15 {
		t.Errorf("the programme shows %d of %d files", len(s.Files), len(all))
	}
	for _, f := range s.Files {
		if f.For < 10*time.Second || f.Size < 1000 || f.Size > 64<<10 {
			t.Errorf("%+v: shown too short to be read, or no poster's size", f)
		}
	}
	if m := s.Manifest(7); m.Validate() != nil || len(m.Items) != len(all) || string(m.Programme.Data) != string(s.Data) {
		t.Errorf("manifest %v: %v", m.Items, m.Validate())
	}
	checkWords(t, s.Programme.Items())
	// The comment beside each hash names the file that has it.
	for _, m := range named.FindAllStringSubmatch(string(s.Data), -1) {
		i := slices.IndexFunc(all, func(f File) bool { return f.Path == m[2] })
		if i < 0 || !strings.Contains(m[0], all[i].SHA256) {
			t.Errorf("%s: not the hash of %s", m[0], m[2])
		}
	}
}

// rewrite sets every hash to that of the file that the comment beside it names.
func rewrite(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile(Document)
	if err != nil {
		t.Fatal(err)
	}
	out := named.ReplaceAllFunc(data, func(b []byte) []byte {
		m := named.FindSubmatch(b)
		sum, _, err := digest(os.DirFS("."), string(m[2]))
		if err != nil {
			t.Fatal(err)
		}
		return []byte("media: " + sum + string(m[1]) + string(m[2]))
	})
	if err := os.WriteFile(Document, out, 0o600); err != nil {
		t.Fatal(err)
	}
}

// checkWords counts what was promised, and that cases say what they are.
func checkWords(t *testing.T, items []programme.Item) {
	t.Helper()
	lines, cases, mongolian := 0, 0, 0
	for _, it := range items {
		if it.Kind != programme.Text {
			continue
		}
		if it.ZH == "" || it.EN == "" {
			t.Errorf("%s: not in Chinese and English", it.ID)
		}
		if it.MN != "" {
			mongolian++
		}
		if strings.HasPrefix(it.ID, "case-") {
			cases++
			if !strings.HasPrefix(it.ZH, "典型场景（非真实报道）") || !strings.HasPrefix(it.EN, "Typical, not a report") {
				t.Errorf("%s does not say that it is a typical scene and no report", it.ID)
			}
			continue
		}
		lines++
		if n := len([]rune(it.ZH)); n > 32 {
			t.Errorf("%s: %d characters are too long for a ticker's line", it.ID, n)
		}
	}
	if lines < 20 || cases < 3 || mongolian < 4 {
		t.Errorf("%d lines, %d cases, %d with Mongolian", lines, cases, mongolian)
	}
}

// TestSomethingInTheFirstMinute: a booth without a clock, just started, shows posters at once.
func TestSomethingInTheFirstMinute(t *testing.T) {
	s, err := Load(".")
	if err != nil {
		t.Fatal(err)
	}
	show := s.Programme.At("tv", programme.Moment{}, programme.Quiet)
	first := show.Zones[programme.Main]
	if !show.On || len(first) == 0 || first[0].Item.Kind != programme.Image || len(show.Zones[programme.Ticker]) == 0 {
		t.Fatalf("a new booth shows %+v", show)
	}
	for _, slot := range first {
		if slot.Item.Sound {
			t.Errorf("%s may be heard", slot.Item.ID)
		}
	}
}

// TestDamagedPackageIsNoticed: a file that is gone, changed or no programme is an error.
func TestDamagedPackageIsNoticed(t *testing.T) {
	for name, spoil := range map[string]func(dir string) error{
		"gone": func(dir string) error { return os.Remove(filepath.Join(dir, "posters", "exits.svg")) },
		"changed": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "pages", "escape.html"), []byte("x"), 0o600)
		},
		"no document": func(dir string) error { return os.Remove(filepath.Join(dir, Document)) },
		"a folder": func(dir string) error {
			p := filepath.Join(dir, "posters", "lane.svg")
			return errors.Join(os.Remove(p), os.Mkdir(p, 0o700))
		},
	} {
		dir := t.TempDir()
		for _, sub := range []string{"posters", "pages"} {
			if err := os.CopyFS(filepath.Join(dir, sub), os.DirFS(sub)); err != nil {
				t.Fatal(err)
			}
		}
		data, err := os.ReadFile(Document)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, Document), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir); err != nil {
			t.Fatal(err)
		}
		if err := spoil(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%s: %v, want %v", name, err, ErrIncomplete)
		}
	}
}

// TestNothingReachesOut: well-formed drawings without scripts or addresses, pages without
// scripts, and everything as the booth's own check wants it.
func TestNothingReachesOut(t *testing.T) {
	files, err := Files(".")
	if err != nil {
		t.Fatal(err)
	}
	board := media.Profiles()[0]
	for _, f := range files {
		if err := media.Check(t.Context(), f.Path, board); err != nil {
			t.Errorf("%s: %v", f.Path, err)
		}
		data, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(data), `xmlns="http://www.w3.org/2000/svg"`, "")
		for _, word := range []string{"<script", "javascript:", "http:", "https:", "data:", "//", "url(", "@import", "<image", "<foreignObject", "onload", "<audio", "<video", "<!ENTITY"} {
			if strings.Contains(text, word) {
				t.Errorf("%s holds %q", f.Path, word)
			}
		}
		if f.Type != media.TypeSVG {
			continue
		}
		for d := xml.NewDecoder(strings.NewReader(string(data))); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.Path, err)
			}
		}
	}
}

// TestNoLookOfAnAlarm: no red ground, nothing that flashes.
func TestNoLookOfAnAlarm(t *testing.T) {
	files, err := Files(".")
	if err != nil {
		t.Fatal(err)
	}
	ground := regexp.MustCompile(`<rect width="100%" height="100%" fill="(#[0-9A-F]{6})"|body \{[^}]*background: (#[0-9A-F]{6})|html, body \{[^}]*background: (#[0-9A-F]{6})`)
	for _, f := range files {
		data, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		m := ground.FindStringSubmatch(string(data))
		if m == nil || m[1]+m[2]+m[3] != "#FFF9EE" {
			t.Errorf("%s: ground %v, want paper #FFF9EE", f.Path, m)
		}
		if strings.Contains(string(data), "blink") || strings.Contains(string(data), "警报") {
			t.Errorf("%s looks like an alarm", f.Path)
		}
	}
}
