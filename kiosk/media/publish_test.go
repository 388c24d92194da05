package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestPublishAllOrNothing(t *testing.T) {
	changes := 0
	dir := t.TempDir()
	s := openStore(t, dir, func(o *Options) { o.Changed = func() { changes++ } })
	a, b, c := newThing(1000, 1), newThing(70_000, 2), newThing(3, 3)
	add(t, s, a, c)
	err := s.Publish(t.Context(), manifestOf(1, a, b, c))
	var missing *Missing
	if !errors.As(err, &missing) || !errors.Is(err, ErrMissing) || len(missing.Items) != 1 || missing.Items[0] != b.Item || missing.Bytes != 70_000 {
		t.Fatalf("got %v, want what is missing", err)
	}
	if playing(t, s) != 0 || s.Playable(a.SHA256) {
		t.Error("something plays")
	}
	add(t, s, b)
	before := changes
	publish(t, s, manifestOf(1, a, b, c))
	if playing(t, s) != 1 || !s.Playable(b.SHA256) || changes != before+1 {
		t.Errorf("version %d plays, %d changes", playing(t, s), changes-before)
	}
	publish(t, s, manifestOf(1, a, b, c)) // once more is nothing
	if p, _ := s.Current(); p.N != 1 {
		t.Errorf("publication %d", p.N)
	}
	for _, m := range []Manifest{manifestOf(1, a), manifestOf(1)} {
		if err := s.Publish(t.Context(), m); !errors.Is(err, ErrOld) {
			t.Errorf("the same version with other content: %v", err)
		}
	}
	if err := s.Publish(t.Context(), Manifest{}); !errors.Is(err, ErrManifest) {
		t.Errorf("no manifest: %v", err)
	}
	// Another start plays the same.
	s = openStore(t, dir, nil)
	if playing(t, s) != 1 || !s.Playable(c.SHA256) {
		t.Error("the next start does not play it")
	}
}

func TestPublishChecks(t *testing.T) {
	verdict := map[string]error{}
	checks := 0
	s := openStore(t, t.TempDir(), func(o *Options) {
		o.Profile = "pi4"
		o.Check = func(_ context.Context, path string, it Item) error {
			checks++
			if _, err := os.Stat(path); err != nil {
				return err
			}
			return verdict[it.Name]
		}
		o.Accept = func(m Manifest) error {
			if m.Version == 13 {
				return errors.New("item x is in no playlist")
			}
			return nil
		}
	})
	a, b := newThing(1000, 1), newThing(1000, 2)
	add(t, s, a, b)
	verdict[b.Name] = &Unfit{Name: b.Name, Wrong: []string{"too wide"}}
	if err := s.Publish(t.Context(), manifestOf(1, a, b)); !errors.Is(err, ErrUnfit) || playing(t, s) != 0 {
		t.Errorf("unfit: %v", err)
	}
	verdict[b.Name] = fmt.Errorf("%w: not installed", ErrNoProbe)
	if err := s.Publish(t.Context(), manifestOf(1, a, b)); !errors.Is(err, ErrNoProbe) || playing(t, s) != 0 {
		t.Errorf("no probe: %v", err)
	}
	if err := s.Publish(t.Context(), manifestOf(13, a)); !errors.Is(err, ErrManifest) {
		t.Errorf("programme does not fit: %v", err)
	}
	s.opts.Unchecked = true
	publish(t, s, manifestOf(1, a, b))
	if p, _ := s.Current(); len(p.Unchecked) != 1 || p.Unchecked[0] != b.Item {
		t.Errorf("unchecked: %v", p.Unchecked)
	}
	if st := s.Status(); len(st.Unchecked) != 1 || len(st.Faults) != 1 || st.Faults[0].Code != "media.unchecked" {
		t.Errorf("status: %+v", st.Faults)
	}
	// What was checked is not checked again, after a restart either; what was not is.
	checks, verdict = 0, map[string]error{}
	s = openStore(t, s.opts.Dir, func(o *Options) { *o = s.opts })
	publish(t, s, manifestOf(2, b, a))
	if p, _ := s.Current(); checks != 1 || len(p.Unchecked) != 0 {
		t.Errorf("%d checks, unchecked %v", checks, p.Unchecked)
	}
	s = openStore(t, s.opts.Dir, func(o *Options) { *o = s.opts; o.Profile = "pi3" })
	publish(t, s, manifestOf(3, b, a))
	if checks != 3 {
		t.Errorf("%d checks after the board changed", checks)
	}
}

func TestRollback(t *testing.T) {
	s := newStore(t)
	if err := s.Rollback(); !errors.Is(err, ErrNotHere) {
		t.Errorf("nothing to go back to: %v", err)
	}
	a, b := newThing(1000, 1), newThing(1000, 2)
	add(t, s, a, b)
	first, second := manifestOf(1, a), manifestOf(2, b)
	publish(t, s, first)
	publish(t, s, second)
	if err := s.Rollback(); err != nil || playing(t, s) != 1 {
		t.Fatalf("rollback: %v", err)
	}
	for range 2 {
		if err := s.Publish(t.Context(), second); !errors.Is(err, ErrHeld) {
			t.Errorf("held: %v", err)
		}
		if err := s.Want(t.Context(), second); !errors.Is(err, ErrHeld) {
			t.Errorf("held: %v", err)
		}
		s = openStore(t, s.opts.Dir, nil)
	}
	if playing(t, s) != 1 || !s.Playable(b.SHA256) {
		t.Error("the next start plays something else, or a screen lost what it may still play")
	}
	if err := s.Rollback(); err != nil || playing(t, s) != 2 {
		t.Errorf("and back: %v", err)
	}
	if err := s.Rollback(); err != nil {
		t.Fatal(err)
	}
	publish(t, s, manifestOf(3, a, b))
	if p, _ := s.Previous(); p.Manifest.Version != 1 {
		t.Errorf("the way back is version %d", p.Manifest.Version)
	}
	if err := s.DropPrevious(); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Previous(); ok || playing(t, s) != 3 {
		t.Error("the way back is still there")
	}
	entries, _ := os.ReadDir(filepath.Join(s.opts.Dir, "published"))
	if len(entries) != 1 {
		t.Errorf("%d publications on the disk", len(entries))
	}
}

var errCut = errors.New("the power went")

// TestEveryCutOfPublication: wherever the power goes, the next start plays the old or the new
// version, whole, and the one after it can publish.
func TestEveryCutOfPublication(t *testing.T) {
	for _, act := range []string{"publish", "rollback", "first"} {
		for cut := 1; ; cut++ {
			dir := t.TempDir()
			s := openStore(t, dir, nil)
			a, b := newThing(1000, 1), newThing(1000, 2)
			add(t, s, a, b)
			if act != "first" {
				publish(t, s, manifestOf(1, a))
				publish(t, s, manifestOf(2, a, b))
			}
			was := playing(t, s)
			if err := s.Want(t.Context(), manifestOf(3, b)); err != nil {
				t.Fatal(err)
			}
			step, dead := 0, false
			s.step = func(string) error {
				if step++; dead || step == cut {
					dead = true
					return errCut
				}
				return nil
			}
			var err error
			if act == "rollback" {
				err = s.Rollback()
			} else {
				err = s.Publish(t.Context(), manifestOf(3, b))
			}
			if err == nil {
				if cut < 3 {
					t.Errorf("%s has only %d steps", act, cut-1)
				}
				break
			}
			if !errors.Is(err, errCut) {
				t.Fatalf("%s, step %d: %v", act, cut, err)
			}
			now := playing(t, s)
			s = openStore(t, dir, nil)
			if v := playing(t, s); v != was && v != map[string]uint64{"publish": 3, "first": 3, "rollback": 1}[act] {
				t.Errorf("%s, step %d: version %d plays", act, cut, v)
			} else if v != now {
				t.Errorf("%s, step %d: version %d played on, after the start it is %d", act, cut, now, v)
			}
			if len(s.Status().Faults) > 0 {
				t.Errorf("%s, step %d: %+v", act, cut, s.Status().Faults)
			}
			publish(t, s, manifestOf(4, a, b))
			if playing(t, s) != 4 {
				t.Errorf("%s, step %d: stuck", act, cut)
			}
			honest(t, dir)
		}
	}
}

func TestDamagedRecords(t *testing.T) {
	prepare := func(t *testing.T) (*Store, thing, thing) {
		s := newStore(t)
		a, b := newThing(1000, 1), newThing(1000, 2)
		add(t, s, a, b)
		publish(t, s, manifestOf(1, a))
		publish(t, s, manifestOf(2, b))
		return s, a, b
	}
	for name, c := range map[string]struct {
		harm func(t *testing.T, dir string)
		want uint64
	}{
		"pointer flipped": {func(t *testing.T, dir string) { flip(t, filepath.Join(dir, "current")) }, 2},
		"pointer gone":    {func(_ *testing.T, dir string) { os.Remove(filepath.Join(dir, "current")) }, 2},
		"pointer empty":   {func(_ *testing.T, dir string) { os.Truncate(filepath.Join(dir, "current"), 0) }, 2},
		"current flipped": {func(t *testing.T, dir string) { flip(t, filepath.Join(dir, "published", "2.json")) }, 1},
		"current cut":     {func(_ *testing.T, dir string) { os.Truncate(filepath.Join(dir, "published", "2.json"), 100) }, 1},
		"current swapped": {func(_ *testing.T, dir string) {
			os.Rename(filepath.Join(dir, "published", "1.json"), filepath.Join(dir, "published", "2.json"))
		}, 0},
		"current and pointer wrong": {func(t *testing.T, dir string) {
			flip(t, filepath.Join(dir, "current"))
			flip(t, filepath.Join(dir, "published", "2.json"))
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s, a, b := prepare(t)
			c.harm(t, s.opts.Dir)
			s = openStore(t, s.opts.Dir, nil)
			if v := playing(t, s); v != c.want {
				t.Errorf("version %d plays, want %d", v, c.want)
			}
			st := s.Status()
			if len(st.Faults) != 1 || st.Faults[0].Code != "media.publication" || st.Faults[0].ZH == "" {
				t.Errorf("faults %+v", st.Faults)
			}
			add(t, s, a, b)
			publish(t, s, manifestOf(3, a, b))
			if len(s.Status().Faults) > 0 {
				t.Errorf("faults after a new publication: %+v", s.Status().Faults)
			}
		})
	}
}

func TestLeftoversAreSwept(t *testing.T) {
	s := newStore(t)
	a := newThing(1000, 1)
	add(t, s, a)
	publish(t, s, manifestOf(1, a))
	dir := s.opts.Dir
	stranger := newThing(5, 9)
	for _, name := range []string{
		"objects/ab/x", "objects/ff/" + a.SHA256, "parts/" + stranger.SHA256 + ".part", "parts/junk", "parts/" + a.SHA256 + ".part",
		"published/9.json", "published/.1.json12345", ".current987", "objects/" + a.SHA256[:2] + "/." + a.SHA256,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("junk"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s = openStore(t, dir, nil)
	if playing(t, s) != 1 || len(s.Status().Faults) > 0 {
		t.Errorf("faults %+v", s.Status().Faults)
	}
	var left []string
	_ = filepath.WalkDir(dir, func(path string, e os.DirEntry, _ error) error {
		if !e.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			left = append(left, rel)
		}
		return nil
	})
	if len(left) != 3 {
		t.Errorf("left: %q", left)
	}
}

func TestOpenStoreRefuses(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"folder": func(o *Options) { o.Dir = "" }, "check": func(o *Options) { o.Check = nil },
		"budget": func(o *Options) { o.MaxBytes = 0 }, "floor": func(o *Options) { o.FreeFloor = -1 },
	} {
		o := Options{Dir: t.TempDir(), MaxBytes: 1, Check: fits}
		change(&o)
		if _, err := OpenStore(o); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenStore(Options{Dir: file, MaxBytes: 1, Check: fits}); !errors.Is(err, ErrStorage) {
		t.Errorf("a file for a folder: %v", err)
	}
}

func TestAddRefuses(t *testing.T) {
	s := newStore(t)
	a := newThing(1000, 1)
	other := newThing(1000, 2)
	long := io.MultiReader(reader(a), reader(other))
	for name, c := range map[string]struct {
		from io.Reader
		want error
	}{
		"another content": {reader(other), ErrContent},
		"too short":       {reader(newThing(999, 1)), ErrContent},
		"too long":        {long, ErrSource},
	} {
		if err := s.Add(t.Context(), a.Item, c.from); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Add(t.Context(), Item{SHA256: "../x"}, reader(a)); !errors.Is(err, ErrManifest) {
		t.Errorf("not an item: %v", err)
	}
	honest(t, s.opts.Dir)
	add(t, s, a)
	add(t, s, a)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Add(ctx, other.Item, reader(other)); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
}
