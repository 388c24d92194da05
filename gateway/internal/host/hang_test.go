package host

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestPermissionDenied reads as nobody: chmod alone doesn't stop root.
func TestPermissionDenied(t *testing.T) {
	b := newBoard(t)
	for _, name := range []string{"proc", "sys"} {
		if err := os.Chmod(b.path(name), 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(b.path(name), 0o755) })
	}
	r := b.reader()
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The thread keeps the other user id and dies with this goroutine.
		runtime.LockOSThread()
		if os.Geteuid() == 0 {
			if _, err := unix.SetfsuidRetUid(65534); err != nil {
				t.Error(err)
				return
			}
		}
		ctx := t.Context()
		wantUnknown(t, "memory", r.readMemory(ctx))
		wantUnknown(t, "load", r.readLoad(ctx))
		wantUnknown(t, "oom", r.readOOM(ctx))
		wantUnknown(t, "boot", r.readBoot(ctx))
		wantUnknown(t, "rtc", r.readRTC(ctx))
		wantUnknown(t, "temperatures", r.readTemperatures(ctx))
		wantUnknown(t, "undervoltage", r.readUndervoltage(ctx))
		wantUnknown(t, "wear", r.readWear(ctx))
		wantUnknown(t, "file system errors", r.readFSErrors(ctx))
		wantUnknown(t, "network", r.readNetwork(ctx))
		if _, err := readValue(b.path("proc/meminfo")); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("read without permission: %v", err)
		}
	}()
	<-done
}

// TestHangingFile: a driver that never answers costs its own fact only, is not asked twice
// at the same time, and is believed again once it answers.
func TestHangingFile(t *testing.T) {
	b := newBoard(t)
	fifo := "sys/class/thermal/thermal_zone0/temp"
	b.remove(fifo)
	if err := unix.Mkfifo(b.path(fifo), 0o600); err != nil {
		t.Fatal(err)
	}
	r := b.reader()
	at := slices.IndexFunc(r.sources, func(s *source) bool { return s.name == "temperature" })
	hung := r.sources[at]
	hung.limit = time.Millisecond
	for i, reason := range []error{errSlow, errStuck, errStuck} {
		f := read(t, r)
		wantUnknown(t, "temperature", f.Temperatures)
		if !strings.Contains(f.Temperatures.Err, reason.Error()) {
			t.Errorf("reading %d: %q, want %q", i, f.Temperatures.Err, reason)
		}
		want(t, "memory beside it", f.Memory, Memory{Total: 3885396 << 10, Available: 2912340 << 10})
	}
	// The driver answers the old question; the pipe becomes a file again.
	w, err := os.OpenFile(b.path(fifo), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	b.remove(fifo)
	b.write(fifo, "21000\n")
	if _, err := w.WriteString("20000\n"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for hung.busy.Load() {
		runtime.Gosched()
	}
	hung.limit = patient
	want(t, "temperature", read(t, r).Temperatures.Value[0].Celsius, 21)
}

func TestReadEndsWithItsContext(t *testing.T) {
	b := newBoard(t)
	o := b.options()
	release := make(chan struct{})
	entered := make(chan struct{})
	o.Statfs = func(path string, _ *unix.Statfs_t) error {
		if path == "/" {
			close(entered)
			<-release
		}
		return unix.EIO
	}
	r := newReader(t, o)
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-entered
		cancel()
	}()
	f, err := r.Read(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	wantUnknown(t, "the disk that hangs", f.Root)
}

func TestPanicIsUnknown(t *testing.T) {
	o := newBoard(t).options()
	o.Statfs = func(string, *unix.Statfs_t) error { panic("strange kernel") }
	f := read(t, newReader(t, o))
	wantUnknown(t, "journal", f.Journal)
	if !strings.Contains(f.Journal.Err, "strange kernel") {
		t.Errorf("reason %q", f.Journal.Err)
	}
	want(t, "boot beside it", f.Boot, bootA)
}
