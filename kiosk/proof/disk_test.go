package proof

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWritesOnceAMinute(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	path := filepath.Join(dir, "2026-11-10.json")
	must(t, b.Tick(stamp(t, "2026-11-10 12:00:00")))
	if _, err := os.Stat(path); err == nil {
		t.Error("nothing was shown, and a file was written")
	}
	must(t, b.Add(shown(stamp(t, "2026-11-10 12:00:30"))))
	must(t, b.Tick(stamp(t, "2026-11-10 12:00:30")))
	first, err := os.ReadFile(path)
	must(t, err)
	must(t, b.Add(shown(stamp(t, "2026-11-10 12:01:00"))))
	must(t, b.Tick(stamp(t, "2026-11-10 12:01:29")))
	if second, err := os.ReadFile(path); err != nil || string(second) != string(first) {
		t.Errorf("written before its time: %v", err)
	}
	must(t, b.Tick(stamp(t, "2026-11-10 12:01:30")))
	if third, err := os.ReadFile(path); err != nil || string(third) == string(first) {
		t.Errorf("not written: %v", err)
	}
}

// A disk that refuses delays the file; nothing is lost and nothing counted twice.
func TestDiskRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "proof")
	must(t, os.WriteFile(dir, []byte("in the way"), 0o600))
	b := open(t, dir)
	for _, at := range []string{"12:00:30", "12:01:30", "12:02:30"} {
		must(t, b.Add(shown(stamp(t, "2026-11-10 "+at))))
		if err := b.Tick(stamp(t, "2026-11-10 "+at)); err == nil {
			t.Error("the disk refused, and nobody said so")
		}
	}
	must(t, os.Remove(dir))
	must(t, b.Tick(stamp(t, "2026-11-10 12:04:00")))
	b = open(t, dir)
	if d := report(t, b, "2026-11-10", "2026-11-10")[0]; len(d.Rows) != 1 || d.Rows[0].Count != 3 {
		t.Errorf("%+v", d)
	}
	// Days that the disk never took are given up at last, and said to be.
	must(t, os.RemoveAll(dir))
	must(t, os.WriteFile(dir, []byte("in the way"), 0o600))
	b = open(t, dir)
	lost := 0
	for day := 10; day < 20; day++ {
		at := stamp(t, fmt.Sprintf("2026-11-%d 12:00:30", day))
		must(t, b.Add(shown(at)))
		if errors.Is(b.Tick(at), ErrLost) {
			lost++
		}
	}
	if lost == 0 || len(b.sheets) > mostSheets {
		t.Errorf("%d lost, %d in memory", lost, len(b.sheets))
	}
}

// A file that is cut or changed anywhere is set aside, and counting goes on.
func TestCorruptFileIsSetAside(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	must(t, b.Add(shown(stamp(t, "2026-11-10 12:00:00"))))
	must(t, b.Flush())
	path := filepath.Join(dir, "2026-11-10.json")
	good, err := os.ReadFile(path)
	must(t, err)
	for n := range good {
		if _, err := decode("2026-11-10", good[:n]); err == nil {
			t.Fatalf("cut at %d of %d and believed", n, len(good))
		}
		bent := slices.Clone(good)
		bent[n] ^= 1
		if _, err := decode("2026-11-10", bent); err == nil {
			t.Fatalf("changed at %d of %d and believed", n, len(good))
		}
	}
	must(t, os.WriteFile(path, good[:20], 0o600))
	b = open(t, dir)
	must(t, b.Add(shown(stamp(t, "2026-11-10 12:01:00"))))
	if d := report(t, b, "2026-11-10", "2026-11-10")[0]; d.Err == nil || d.Rows != nil {
		t.Errorf("%+v", d)
	}
	if err := b.Tick(stamp(t, "2026-11-10 12:01:00")); !errors.Is(err, ErrCorrupt) || b.Corrupt() != 1 {
		t.Errorf("%v, %d", err, b.Corrupt())
	}
	if set, err := os.ReadFile(path + ".bad"); err != nil || string(set) != string(good[:20]) {
		t.Errorf("%q %v", set, err)
	}
	if d := report(t, b, "2026-11-10", "2026-11-10")[0]; d.Err != nil || d.Rows[0].Count != 1 {
		t.Errorf("%+v", d)
	}
	must(t, b.Tick(stamp(t, "2026-11-10 12:03:00")))
	// A file that can't be read for another reason is never replaced.
	day := filepath.Join(dir, "2026-11-11.json")
	must(t, os.Mkdir(day, 0o700))
	must(t, b.Add(shown(stamp(t, "2026-11-11 12:00:00"))))
	if err := b.Tick(stamp(t, "2026-11-11 12:00:00")); err == nil || errors.Is(err, ErrCorrupt) {
		t.Errorf("%v", err)
	}
	must(t, os.Remove(day))
	must(t, b.Tick(stamp(t, "2026-11-11 12:02:00")))
	if d := report(t, b, "2026-11-11", "2026-11-11")[0]; d.Rows[0].Count != 1 {
		t.Errorf("%+v", d)
	}
}

// The oldest go first, by their number and their bytes; a clock far in the future empties nothing.
func TestOldDaysGo(t *testing.T) {
	dir := t.TempDir()
	opts := Defaults()
	opts.Dir, opts.Screens, opts.Days = dir, []string{"tv"}, 5
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 9 {
		must(t, os.WriteFile(filepath.Join(dir, first.AddDate(0, 0, i).Format(time.DateOnly)+".json"), []byte("x"), 0o600))
	}
	for _, name := range []string{".2026-01-01.json123", "2026-01-01.json.bad", "unclocked.json", "note.txt"} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600))
	}
	b, err := New(opts)
	must(t, err)
	b.Know(edition(t, 1))
	must(t, b.Add(shown(stamp(t, "2099-06-01 12:00:00"))))
	must(t, b.Tick(stamp(t, "2099-06-01 12:00:00")))
	list := func() string {
		entries, err := os.ReadDir(dir)
		must(t, err)
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return strings.Join(names, " ")
	}
	want := "2026-01-01.json.bad 2026-01-06.json 2026-01-07.json 2026-01-08.json 2026-01-09.json 2099-06-01.json note.txt unclocked.json"
	if got := list(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	must(t, os.Truncate(filepath.Join(dir, "2026-01-07.json"), 40<<20))
	must(t, b.Tick(stamp(t, "2099-06-02 12:00:00")))
	if got := list(); got != "2026-01-08.json 2026-01-09.json 2099-06-01.json note.txt unclocked.json" {
		t.Errorf("got  %s", got)
	}
}
