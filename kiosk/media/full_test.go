package media

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAReallyFullDisk runs where file systems may be mounted; elsewhere TestDiskFull, with a
// disk that only says it is full, has to do.
func TestAReallyFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=512k"); err != nil {
		t.Logf("no file system of a test's own here: %v", err)
		return
	}
	defer func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	// The floor is kept by the kernel's own figures.
	s := openStore(t, dir+"/media", func(o *Options) { o.Disk, o.FreeFloor = nil, 100<<10 })
	a, x, y := newThing(100<<10, 1), newThing(250<<10, 2), newThing(350<<10, 3)
	add(t, s, a)
	publish(t, s, manifestOf(1, a))
	if err := s.Want(t.Context(), manifestOf(2, y)); !errors.Is(err, ErrNoRoom) {
		t.Errorf("below the floor: %v", err)
	}
	if err := fetchOne(t, fetcherFrom(t, s, newShelf(y), nil), y); !errors.Is(err, ErrNoRoom) {
		t.Errorf("below the floor: %v", err)
	}
	// Somebody else fills the disk while an object arrives.
	shelf := newShelf(x)
	v := fetcherFrom(t, s, shelf, nil)
	v.fetch.progress = func(Item, int64) {
		f, err := os.Create(dir + "/journal")
		if err != nil {
			t.Error(err)
			return
		}
		for err == nil {
			_, err = f.Write(make([]byte, 4096))
		}
		if !errors.Is(err, unix.ENOSPC) {
			t.Errorf("fill: %v", err)
		}
		_ = f.Close()
		v.fetch.progress = func(Item, int64) {}
	}
	if err := fetchOne(t, v, x); !errors.Is(err, ErrNoRoom) || !errors.Is(err, unix.ENOSPC) {
		t.Errorf("full: %v", err)
	}
	if err := s.Want(t.Context(), manifestOf(3, x)); !errors.Is(err, ErrNoRoom) {
		t.Errorf("want on a full disk: %v", err)
	}
	st := s.Status()
	if playing(t, s) != 1 || st.DiskFull != 1 || len(st.Faults) != 1 || st.Faults[0].Code != "media.room" {
		t.Errorf("status %+v", st)
	}
	// Another start on the full disk plays too.
	s = openStore(t, dir+"/media", func(o *Options) { o.Disk, o.FreeFloor = nil, 100<<10 })
	if playing(t, s) != 1 {
		t.Error("the next start does not play")
	}
	if err := s.Publish(t.Context(), manifestOf(2, a)); err != nil && !errors.Is(err, unix.ENOSPC) {
		t.Errorf("publish: %v", err)
	}
	if err := os.Remove(dir + "/journal"); err != nil {
		t.Fatal(err)
	}
	if err := fetchOne(t, fetcherFrom(t, s, shelf, nil), x); err != nil {
		t.Errorf("with room again: %v", err)
	}
	publish(t, s, manifestOf(4, a, x))
	if st := s.Status(); playing(t, s) != 4 || len(st.Faults) > 0 {
		t.Errorf("status %+v", st)
	}
	honest(t, s.opts.Dir)
}
