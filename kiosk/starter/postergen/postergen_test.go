package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPostersAreThoseInTheFolder: what the program draws is what was committed.
func TestPostersAreThoseInTheFolder(t *testing.T) {
	dir := t.TempDir()
	if err := generate(dir); err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob("../posters/*.svg")
	if err != nil || len(kept) != len(posters()) {
		t.Fatalf("%d posters in the folder, %d are drawn: %v", len(kept), len(posters()), err)
	}
	for _, path := range kept {
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, filepath.Base(path)))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s is not what the program draws; run postergen", path)
		}
	}
}

// TestLinesAreShort: nine characters at most, so that they can be as large as they are.
func TestLinesAreShort(t *testing.T) {
	for _, p := range posters() {
		if w := width(p.title[0] + p.title[1]); w > 7 {
			t.Errorf("%s: the title is %.1f characters wide, at most 7", p.name, w)
		}
		for _, l := range p.lines {
			if w := width(l.zh); w > 9 || len(l.en) > 38 {
				t.Errorf("%s: %q is %.1f characters wide, at most 9; %q has %d letters, at most 38", p.name, l.zh, w, l.en, len(l.en))
			}
		}
	}
	if err := generate(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("drawn into a folder that is not there")
	}
	if _, err := (poster{name: "none"}).draw(); err == nil {
		t.Error("a poster without a drawing")
	}
}
