package scene

import (
	"bytes"
	"errors"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestPictureCarriesItsCaption(t *testing.T) {
	c := newClock()
	o := albumOptions(t, c)
	a := mustOpen(t, o)
	p := mustAdd(t, a, c, "hs-03-1-17", KindFire, 0)
	data, err := os.ReadFile(filepath.Join(o.Dir, p.ID+".jpg"))
	if err != nil {
		t.Fatal(err)
	}
	if identity(data) != p.ID || !p.First || p.Width != 128 || p.Height != 96 {
		t.Fatalf("%+v", p)
	}
	if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
		t.Fatalf("a picture with its caption is no JPEG: %v", err)
	}
	got, err := ReadCaption(data)
	if err != nil || got.Event != "hs-03-1-17" || got.Station != "hs-03" || got.Seq != 1 || !got.Trusted || got.Premises != "P0001" {
		t.Fatalf("%+v, %v", got, err)
	}
	sound(t, a, o)
}

func TestSamePictureOfTwoEventsIsTwoPictures(t *testing.T) {
	c := newClock()
	o := albumOptions(t, c)
	a := mustOpen(t, o)
	if p, q := mustAdd(t, a, c, "e1", KindFire, 0), mustAdd(t, a, c, "e2", KindFire, 0); p.ID == q.ID {
		t.Fatal("one file for two events")
	}
	sound(t, a, o)
}

func TestOldestGoFirstAndFirstPicturesLast(t *testing.T) {
	c := newClock()
	o := albumOptions(t, c)
	o.MaxPictures = 4
	a := mustOpen(t, o)
	mustAdd(t, a, c, "fire1", KindFire, 0)
	mustAdd(t, a, c, "fire1b", KindCommand, 0)
	mustAdd(t, a, c, "fire2", KindFire, 0)
	mustAdd(t, a, c, "cmd", KindCommand, 0)
	mustAdd(t, a, c, "cmd2", KindCommand, 0)
	if got := events(a.List()); got != "fire1 fire2 cmd cmd2" {
		t.Fatalf("%s", got)
	}
	mustAdd(t, a, c, "fire3", KindFire, 0)
	mustAdd(t, a, c, "fire4", KindFire, 0)
	// Three quarters of four are three: the oldest fire is plain now.
	mustAdd(t, a, c, "cmd3", KindCommand, 0)
	if got := events(a.List()); got != "fire2 fire3 fire4 cmd3" {
		t.Fatalf("%s", got)
	}
	if s := a.Stats(); s.Dropped != 4 {
		t.Fatalf("%d dropped, want 4", s.Dropped)
	}
	sound(t, a, o)
	// The same after a restart.
	if got := events(mustOpen(t, o).List()); got != "fire2 fire3 fire4 cmd3" {
		t.Fatalf("after a restart: %s", got)
	}
}

func TestOnlyTheFirstPictureOfAFireHasPriority(t *testing.T) {
	c := newClock()
	o := albumOptions(t, c)
	a := mustOpen(t, o)
	for shot := range 3 {
		if p := mustAdd(t, a, c, "fire", KindFire, shot); p.First != (shot == 0) {
			t.Fatalf("shot %d: first is %v", shot, p.First)
		}
	}
	if p := mustAdd(t, a, c, "cmd", KindCommand, 0); p.First {
		t.Fatal("a command's picture has a fire's priority")
	}
}

func TestNothingPlainPushesOutFirstPictures(t *testing.T) {
	c := newClock()
	o := albumOptions(t, c)
	o.MaxBytes = 64 << 10
	a := mustOpen(t, o)
	big := append(scenery(t, 1)[:2:2], bytes.Repeat(append([]byte{0xff, 0xfe, 0x40, 0x00}, make([]byte, 0x3ffe)...), 2)...)
	big = append(big, scenery(t, 1)[2:]...) // 32 KiB of comments within
	if _, err := a.Add(New{Event: "fire", Kind: KindFire, At: c.now()}, big); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Add(New{Event: "cmd", Kind: KindCommand, At: c.now()}, big); !errors.Is(err, ErrNoRoom) {
		t.Fatalf("%v, want %v", err, ErrNoRoom)
	}
	if _, err := a.Add(New{Event: "fire2", Kind: KindFire, At: c.now()}, big); err != nil {
		t.Fatalf("a new fire always has its picture: %v", err)
	}
	if got := events(a.List()); got != "fire2" {
		t.Fatalf("%s", got)
	}
	sound(t, a, o)
}

func TestAddRefusesNonsense(t *testing.T) {
	c := newClock()
	o := albumOptions(t, c)
	a := mustOpen(t, o)
	for name, n := range map[string]New{
		"no event": {Kind: KindFire}, "no kind": {Event: "e"}, "negative shot": {Event: "e", Kind: KindFire, Shot: -1},
		"caption too long": {Event: strings.Repeat("e", 70000), Kind: KindFire},
	} {
		if _, err := a.Add(n, scenery(t, 0)); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v, want %v", name, err, ErrOptions)
		}
	}
	for name, data := range map[string][]byte{"nothing": nil, "text": []byte("hello"), "only a begin": {0xff, 0xd8}} {
		if _, err := a.Add(New{Event: "e", Kind: KindFire}, data); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want %v", name, err, ErrDamaged)
		}
	}
	a.Close()
	if _, err := a.Add(New{Event: "e", Kind: KindFire}, scenery(t, 0)); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if got := len(a.List()); got != 0 {
		t.Errorf("%d pictures kept", got)
	}
}

func TestAlbumNeedsItsBounds(t *testing.T) {
	if _, err := OpenAlbum(AlbumOptions{}); !errors.Is(err, ErrOptions) {
		t.Fatalf("%v, want %v", err, ErrOptions)
	}
	c := newClock()
	o := albumOptions(t, c)
	if err := os.WriteFile(o.Dir, []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenAlbum(o); err == nil {
		t.Fatal("a file was opened as a folder")
	}
}

// TestPowerCutAtEveryStep stops all writing at the nth step, and starts again from what is there.
func TestPowerCutAtEveryStep(t *testing.T) {
	cut := errors.New("power is gone")
	for step := 1; ; step++ {
		c := newClock()
		o := albumOptions(t, c)
		o.MaxPictures = 3
		n := 0
		a, err := openAlbum(o, disk{fault: func(string, string) error {
			if n++; n >= step {
				return cut
			}
			return nil
		}})
		var kept []Picture
		if err == nil {
			for i := range 5 {
				p, err := a.Add(New{Event: fmt.Sprintf("e%d", i), Kind: KindCommand, Shot: i, At: c.now()}, scenery(t, i))
				if err == nil {
					kept = append(kept, p)
				}
				if i == 3 && n < step {
					_ = a.Announced(p.ID)
				}
			}
		}
		again := mustOpen(t, o)
		// The files of pictures that had to go may still be there: the newest count.
		for len(again.List()) > o.MaxPictures {
			t.Fatalf("step %d: %d pictures", step, len(again.List()))
		}
		sound(t, again, o)
		// One more may have got its name without Add having returned: it counts as the newest.
		for _, p := range kept[max(0, len(kept)-o.MaxPictures+1):] {
			if _, found := again.Get(p.ID); !found {
				t.Errorf("step %d: picture of %s was kept and is gone", step, p.Event)
			}
		}
		if n < step {
			return
		}
		if step > 200 {
			t.Fatal("the steps do not end")
		}
	}
}

func TestHalfWrittenFilesAreCleared(t *testing.T) {
	c := newClock()
	o := albumOptions(t, c)
	a := mustOpen(t, o)
	p := mustAdd(t, a, c, "e1", KindFire, 0)
	q := mustAdd(t, a, c, "e2", KindFire, 0)
	data, err := a.Blob(p.ID)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(o.Dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("."+p.ID+".jpg123456", data[:100])
	write(".index.json98", []byte(`{"crc32c":1,"bo`))
	write(p.ID+".jpg", data[:len(data)/2])
	write(strings.Repeat("ab", 32)+".jpg", data)
	write("notes.txt", []byte("mine"))
	write(".hidden", []byte("mine too"))
	again := mustOpen(t, o)
	if got := events(again.List()); got != "e2" {
		t.Fatalf("%s", got)
	}
	if data, err := again.Blob(q.ID); err != nil || len(data) == 0 {
		t.Fatal(err)
	}
	s := again.Stats()
	if s.Damaged != 2 || len(s.Repairs) < 4 {
		t.Fatalf("%+v", s)
	}
	for name, want := range map[string]bool{
		"." + p.ID + ".jpg123456": false, ".index.json98": false, p.ID + ".jpg": false, p.ID + ".jpg.damaged": true, "notes.txt": true, ".hidden": true,
	} {
		if _, err := os.Stat(filepath.Join(o.Dir, name)); (err == nil) != want {
			t.Errorf("%s: there %v, want %v", name, err == nil, want)
		}
	}
}

func TestLostIndexIsReadFromThePictures(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"gone":     os.Remove,
		"cut":      func(p string) error { return os.Truncate(p, 40) },
		"empty":    func(p string) error { return os.Truncate(p, 0) },
		"bit flip": func(p string) error { return flip(p, 60) },
		"zeroes":   func(p string) error { return os.WriteFile(p, make([]byte, 500), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			o := albumOptions(t, c)
			a := mustOpen(t, o)
			mustAdd(t, a, c, "fire", KindFire, 0)
			mustAdd(t, a, c, "fire", KindFire, 1)
			mustAdd(t, a, c, "cmd", KindCommand, 0)
			want := a.List()
			if err := spoil(filepath.Join(o.Dir, indexName)); err != nil {
				t.Fatal(err)
			}
			again := mustOpen(t, o)
			got := again.List()
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%+v\nwant %+v", got, want)
			}
			if len(again.Stats().Repairs) == 0 {
				t.Error("no word about the repair")
			}
			if p := mustAdd(t, again, c, "next", KindFire, 0); p.Seq != 4 {
				t.Errorf("next picture has number %d, want 4", p.Seq)
			}
			sound(t, again, o)
		})
	}
}

func flip(path string, at int) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data[at] ^= 0x10
	return os.WriteFile(path, data, 0o600)
}

func TestFullDiskKeepsWhatIsThere(t *testing.T) {
	c := newClock()
	o := albumOptions(t, c)
	full := false
	a, err := openAlbum(o, disk{fault: func(step, _ string) error {
		if full && (step == "write" || step == "append") {
			return syscall.ENOSPC
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := mustAdd(t, a, c, "e1", KindFire, 0)
	full = true
	if _, err := a.Add(New{Event: "e2", Kind: KindFire, At: c.now()}, scenery(t, 0)); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("%v, want %v", err, syscall.ENOSPC)
	}
	if _, _, err := a.Open(p.ID, "王工 (值班)", "核实火警"); !errors.Is(err, ErrNotLogged) {
		t.Fatalf("a view that can't be logged: %v, want %v", err, ErrNotLogged)
	}
	if err := a.Announced(p.ID); err == nil || a.Stats().Err == "" {
		t.Fatal("an index that is behind must be seen")
	}
	full = false
	mustAdd(t, a, c, "e2", KindFire, 0)
	if s := a.Stats(); s.Err != "" || s.Pictures != 2 {
		t.Fatalf("%+v", s)
	}
	sound(t, a, o)
}

func TestDamagedPictureIsNeverShown(t *testing.T) {
	c := newClock()
	o := albumOptions(t, c)
	a := mustOpen(t, o)
	p, gone := mustAdd(t, a, c, "e1", KindFire, 0), mustAdd(t, a, c, "e2", KindFire, 0)
	if err := flip(filepath.Join(o.Dir, p.ID+".jpg"), 900); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(o.Dir, gone.ID+".jpg")); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{p.ID, gone.ID} {
		if _, _, err := a.Open(id, "王工", "核实火警"); !errors.Is(err, ErrDamaged) {
			t.Errorf("%v, want %v", err, ErrDamaged)
		}
		if _, err := a.Blob(id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v, want %v", err, ErrNotFound)
		}
	}
	if s := a.Stats(); s.Damaged != 2 || s.Pictures != 0 || s.Bytes != 0 {
		t.Fatalf("%+v", s)
	}
}
