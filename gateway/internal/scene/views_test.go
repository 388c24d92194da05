package scene

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEachViewIsWrittenDown(t *testing.T) {
	c := newClock()
	o := albumOptions(t, c)
	a := mustOpen(t, o)
	p := mustAdd(t, a, c, "e1", KindFire, 0)
	for _, reason := range []string{"核实火警", "复查\"引号\" <b>"} {
		data, q, err := a.Open(p.ID, "王工 (值班)", reason)
		if err != nil || identity(data) != p.ID || q.Event != "e1" {
			t.Fatalf("%d bytes, %+v, %v", len(data), q, err)
		}
	}
	views, bad, err := mustOpen(t, o).Views()
	if err != nil || bad != 0 || len(views) != 2 {
		t.Fatalf("%+v, %d unreadable, %v", views, bad, err)
	}
	v := views[1]
	if v.N != 2 || v.Viewer != "王工 (值班)" || v.Picture != p.ID || v.Event != "e1" || v.Reason != "复查\"引号\" <b>" || !v.At.Equal(c.now().Wall) || !v.Trusted {
		t.Fatalf("%+v", v)
	}
}

func TestViewNeedsWhoAndWhy(t *testing.T) {
	c := newClock()
	o := albumOptions(t, c)
	a := mustOpen(t, o)
	p := mustAdd(t, a, c, "e1", KindFire, 0)
	for _, v := range [][2]string{{"", "why"}, {"who", " "}, {"who\n", "why"}, {strings.Repeat("w", 101), "why"}, {"who", strings.Repeat("好", 501)}, {"who", "\xff"}} {
		if _, _, err := a.Open(p.ID, v[0], v[1]); !errors.Is(err, ErrNoReason) {
			t.Errorf("%.10q: %v, want %v", v, err, ErrNoReason)
		}
	}
	if _, _, err := a.Open(strings.Repeat("0", 64), "who", "why"); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v, want %v", err, ErrNotFound)
	}
	if _, _, err := a.Open("../../etc/passwd", "who", "why"); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v, want %v", err, ErrNotFound)
	}
	if views, _, err := a.Views(); err != nil || len(views) != 0 {
		t.Errorf("%+v, %v", views, err)
	}
}

func TestLogOfViewsIsBoundedAndSaysWhatItLost(t *testing.T) {
	c := newClock()
	o := albumOptions(t, c)
	o.LogBytes, o.LogFiles = 4<<10, 3
	a := mustOpen(t, o)
	p := mustAdd(t, a, c, "e1", KindFire, 0)
	for i := range 120 {
		if _, _, err := a.Open(p.ID, "王工", "核实火警"); err != nil {
			t.Fatal(err)
		}
		if i%25 == 0 {
			a = mustOpen(t, o)
		}
	}
	views, bad, err := a.Views()
	if err != nil || bad != 0 || len(views) == 0 {
		t.Fatalf("%d views, %d unreadable, %v", len(views), bad, err)
	}
	for i, v := range views {
		if v.N != views[0].N+uint64(i) {
			t.Fatalf("view %d has number %d after %d", i, v.N, views[max(0, i-1)].N)
		}
	}
	if last := views[len(views)-1].N; last != 120 {
		t.Fatalf("last view is %d, want 120", last)
	}
	if lost := a.Stats().ViewsLost; lost != views[0].N-1 || lost == 0 {
		t.Fatalf("%d lost, the oldest is %d", lost, views[0].N)
	}
	var total int64
	entries, err := filepath.Glob(filepath.Join(o.Dir, "views*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := os.Stat(e)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > o.LogBytes*int64(o.LogFiles) || len(entries) != 3 {
		t.Fatalf("%d bytes in %d files", total, len(entries))
	}
}

func TestTornLineSwallowsNothing(t *testing.T) {
	c := newClock()
	o := albumOptions(t, c)
	a := mustOpen(t, o)
	p := mustAdd(t, a, c, "e1", KindFire, 0)
	for range 2 {
		if _, _, err := a.Open(p.ID, "王工", "核实火警"); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(o.Dir, viewsName)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-20); err != nil {
		t.Fatal(err)
	}
	a = mustOpen(t, o)
	if _, _, err := a.Open(p.ID, "李工", "复查"); err != nil {
		t.Fatal(err)
	}
	views, bad, err := a.Views()
	if err != nil || bad != 1 || len(views) != 2 || views[1].Viewer != "李工" {
		t.Fatalf("%+v, %d unreadable, %v", views, bad, err)
	}
}

// TestPowerCutWhileRotating stops at each step of a rotation.
func TestPowerCutWhileRotating(t *testing.T) {
	cut := errors.New("power is gone")
	for step := 1; step < 12; step++ {
		c := newClock()
		o := albumOptions(t, c)
		o.LogBytes, o.LogFiles = 4<<10, 3
		a := mustOpen(t, o)
		p := mustAdd(t, a, c, "e1", KindFire, 0)
		n, armed, done := 0, false, 0
		a.views.disk.fault = func(string, string) error {
			if n++; armed && n >= step {
				return cut
			}
			return nil
		}
		for i := range 60 {
			if !armed && i > 20 && a.views.size > o.LogBytes-250 {
				armed, n = true, 0
			}
			if _, _, err := a.Open(p.ID, "王工", "核实火警"); err == nil {
				done++
			}
		}
		again := mustOpen(t, o)
		if _, _, err := again.Open(p.ID, "李工", "复查"); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		views, bad, err := again.Views()
		if err != nil || bad != 0 || len(views) == 0 || views[len(views)-1].Viewer != "李工" {
			t.Fatalf("step %d: %d views, %d unreadable, %v", step, len(views), bad, err)
		}
		for i := 1; i < len(views); i++ {
			if views[i].N <= views[i-1].N {
				t.Fatalf("step %d: view %d stands after %d", step, views[i].N, views[i-1].N)
			}
		}
	}
}
