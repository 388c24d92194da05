package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

func TestWatcher(t *testing.T) {
	b := newBoard(t)
	o := b.options()
	o.Sys, o.Proc = b.path("sys"), b.path("proc")
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var told []Report
		w, err := NewWatcher(WatcherOptions{Reader: newReader(t, o), Limits: DefaultLimits(), Tell: func(r Report) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, r)
		}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		at := func(d time.Duration) []Report {
			time.Sleep(d) // the bubble's clock
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(told)
		}
		reports := at(time.Millisecond)
		if len(reports) != 1 || w.Progress() != 1 || reports[0].Facts.Boot.Value != bootA {
			t.Fatalf("at once: %d reports, progress %d", len(reports), w.Progress())
		}
		// A dip between two readings, as long as the kernel shows it.
		at(10 * time.Second)
		b.write(alarm, "1\n")
		at(2 * time.Second)
		b.write(alarm, "0\n")
		reports = at(18 * time.Second)
		if len(reports) != 2 || reports[1].Facts.Undervoltage.Value != (Undervoltage{Seen: true}) {
			t.Errorf("%d reports, undervoltage %+v", len(reports), reports[len(reports)-1].Facts.Undervoltage)
		}
		if f, ok := find(Verdict{Findings: reports[1].Findings}, CodeUndervoltage, ""); !ok || f.Severity != "fault" {
			t.Errorf("findings %+v", reports[1].Findings)
		}
		reports = at(60 * time.Second)
		if len(reports) != 4 || w.Progress() != 4 {
			t.Errorf("%d reports, progress %d, want 4", len(reports), w.Progress())
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	})
}

// TestWatcherAfterARestart: the supervisor starts it again, and it remembers.
func TestWatcherAfterARestart(t *testing.T) {
	b := newBoard(t)
	b.write("sys/class/thermal/thermal_zone0/temp", "95000")
	var last Report
	cancel := func() {}
	w, err := NewWatcher(WatcherOptions{Reader: b.reader(), Limits: DefaultLimits(), Tell: func(r Report) {
		last = r
		cancel()
	}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		cancel = stop
		if err := w.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("ended with %v", err)
		}
	}
	if f, ok := find(Verdict{Findings: last.Findings}, CodeTemperature, "cpu-thermal"); !ok || f.Severity != "fault" {
		t.Errorf("the second reading found %+v", last.Findings)
	}
}

func TestWatcherOptions(t *testing.T) {
	b := newBoard(t)
	good := WatcherOptions{Reader: b.reader(), Limits: DefaultLimits(), Tell: func(Report) {}}
	for name, spoil := range map[string]func(*WatcherOptions){
		"no reader":    func(o *WatcherOptions) { o.Reader = nil },
		"nobody told":  func(o *WatcherOptions) { o.Tell = nil },
		"no limits":    func(o *WatcherOptions) { o.Limits = Limits{} },
		"out of order": func(o *WatcherOptions) { o.Limits.Hot.Warn = 1000 },
		"too fast":     func(o *WatcherOptions) { o.Every = time.Millisecond },
		"backwards":    func(o *WatcherOptions) { o.Every = -time.Hour },
	} {
		o := good
		spoil(&o)
		if _, err := NewWatcher(o); !errors.Is(err, ErrOptions) && !errors.Is(err, ErrLimits) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBoardThatLosesEverything: from well to nothing at all, as when a disk controller dies.
func TestBoardThatLosesEverything(t *testing.T) {
	b := newBoard(t)
	o := b.options()
	broken := false
	o.Statfs = func(_ string, st *unix.Statfs_t) error {
		if broken {
			return unix.EIO
		}
		*st = unix.Statfs_t{Bsize: 4096, Blocks: 1000, Bfree: 500, Bavail: 450}
		return nil
	}
	r := newReader(t, o)
	v := Judge(Verdict{}, read(t, r), DefaultLimits())
	broken = true
	for _, tree := range []string{"proc", "sys"} {
		if err := os.Rename(b.path(tree), filepath.Join(b.root, "gone-"+tree)); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		v = Judge(v, read(t, r), DefaultLimits())
	}
	for _, code := range []string{CodeTemperature, CodeUndervoltage, CodeDisk, CodeMount, CodeMemory, CodeLoad, CodeOOM, CodeNetwork, CodeWear} {
		found := false
		for _, f := range v.Findings {
			found = found || f.Code == code && f.Unknown && f.Severity != "ok"
		}
		if !found {
			t.Errorf("%s is not among %+v", code, v.Findings)
		}
	}
}
