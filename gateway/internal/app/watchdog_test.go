package app

import (
	"context"
	"io/fs"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/health"
)

// TestFeed: the service manager hears of the daemon while attempts complete, and no more
// once a part is stuck, which is named once.
func TestFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		told, log := &notes{}, &lockedBuffer{}
		var attempts atomic.Uint64
		a := &App{opts: Options{Notify: told.add, WatchdogEvery: 4 * time.Second}, log: slog.New(slog.NewTextHandler(log, nil))}
		a.dog = health.NewWatchdog(func() time.Duration { return time.Since(begin) })
		a.dog.Watch("bus rs485-1", 30*time.Second, func() (uint64, bool) { return attempts.Load(), true })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- a.feed(ctx) }()
		for range 10 {
			attempts.Add(1) // failed ones
			time.Sleep(20 * time.Second)
		}
		fed := told.count("WATCHDOG=1")
		if fed < 100 || log.String() != "" {
			t.Errorf("fed %d times in 200 s; log: %s", fed, log)
		}
		time.Sleep(11 * time.Second)
		synctest.Wait()
		fed = told.count("WATCHDOG=1")
		time.Sleep(5 * time.Minute)
		if n := told.count("WATCHDOG=1"); n != fed {
			t.Errorf("a stuck part is fed %d times more", n-fed)
		}
		if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "bus rs485-1 has completed no attempt") {
			t.Errorf("the log says %q", said)
		}
		attempts.Add(1)
		time.Sleep(3 * time.Second)
		if told.count("WATCHDOG=1") == fed {
			t.Error("a part that goes on is not fed")
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestWithoutAServiceManager: nobody is told, the dog watches all the same.
func TestWithoutAServiceManager(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := &notes{}
		a := &App{opts: Options{Notify: told.add}, log: slog.New(slog.DiscardHandler)}
		a.dog = health.NewWatchdog(func() time.Duration { return 0 })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := a.feed(ctx); err != nil || told.count("WATCHDOG=1") != 0 {
			t.Errorf("%v, told %v", err, told.list)
		}
	})
}

// skewed lets a test move the app's clock on.
func (h *house) skewed() (move func(time.Duration)) {
	var skew atomic.Int64
	h.prepare = func(a *App) {
		real := a.now
		a.now = func() message.Stamp { return real().Add(time.Duration(skew.Load())) }
	}
	return func(d time.Duration) { skew.Add(int64(d)) }
}

// patient checks that a long time, in each part of which every part completes some attempt,
// is no reason to restart.
func (h *house) patient(move func(time.Duration), attempts func() uint64) {
	h.t.Helper()
	for range 4 {
		before, engine := attempts(), h.gen().engine.Progress()
		h.eventually("attempts", func() bool { return attempts() > before && h.gen().engine.Progress() > engine })
		if err := h.app.dog.Check(); err != nil {
			h.t.Errorf("%v", err)
		}
		// Less than any limit but the engine's, whose clock this is.
		move(25 * time.Second)
	}
}

// TestACutCableIsNoReasonToRestart: nor is a gateway that refuses.
func TestACutCableIsNoReasonToRestart(t *testing.T) {
	h := newHouse(t)
	h.port = "/dev/ttyUSB-gone"
	cfg := h.config()
	cfg.Buses[0].Port, cfg.Buses[0].TCP = "", "127.0.0.1:1"
	move := h.skewed()
	h.start(cfg)
	h.patient(move, h.gen().buses[0].Progress)
	if h.notes.count("WATCHDOG=1") == 0 {
		t.Error("the service manager heard nothing")
	}
	if !h.device("a").Unreachable {
		t.Error("a cut cable is no fault")
	}
}

// TestAFullDiskIsNoReasonToRestart: it is a fault, and the siren follows all the same.
func TestAFullDiskIsNoReasonToRestart(t *testing.T) {
	h := newHouse(t)
	var full atomic.Bool
	h.faults.Commit = func() error {
		if full.Load() {
			return &fs.PathError{Op: "write", Path: "journal.db", Err: unix.ENOSPC}
		}
		return nil
	}
	move := h.skewed()
	h.start(nil)
	full.Store(true)
	h.smoke("a", true)
	h.eventually("the siren", func() bool { return h.relay("output_1") })
	h.eventually("a fault", func() bool { return h.part("journal").Has(message.Fault) })
	h.patient(move, func() uint64 { return h.app.store.Health().CommitErrors })
	if !h.item("journal.memory") {
		t.Error("health does not tell")
	}
	full.Store(false)
	h.stop()
	fires := 0
	for _, e := range h.journal() {
		if e.Class == message.ClassFire && e.Kind == message.KindRaised {
			fires++
		}
	}
	if fires != 1 {
		t.Errorf("%d fires in the journal, want 1", fires)
	}
}

// TestAHangingDisk: outputs and polls don't wait for it, people are told, and after a minute
// without an attempt the journal is called stuck.
func TestAHangingDisk(t *testing.T) {
	h := newHouse(t)
	hang := make(chan struct{})
	var hangs atomic.Bool
	h.faults.Commit = func() error {
		if hangs.Load() {
			<-hang
		}
		return nil
	}
	move := h.skewed()
	h.start(nil)
	h.eventually("it runs", func() bool { return h.gen().Ready() == nil })
	hangs.Store(true)
	h.smoke("a", true)
	h.eventually("the siren", func() bool { return h.relay("output_1") })
	h.eventually("a transaction hangs", func() bool { return h.app.store.Health().Waiting > 0 })
	if err := h.app.dog.Check(); err != nil {
		t.Errorf("at once: %v", err)
	}
	h.eventually("it is told", func() bool { return h.part("journal").Has(message.Fault) })
	polls := h.gen().buses[0].Progress()
	h.eventually("polls", func() bool { return h.gen().buses[0].Progress() > polls+10 })
	for range 3 {
		engine := h.gen().engine.Progress()
		h.eventually("ticks", func() bool { return h.gen().engine.Progress() > engine })
		_ = h.app.dog.Check()
		move(25 * time.Second)
	}
	err := h.app.dog.Check()
	if err == nil || !strings.Contains(err.Error(), "journal") {
		t.Errorf("after 75 s: %v", err)
	}
	if !h.item("daemon.stuck") || h.gen().Alive() == nil {
		t.Error("health does not tell")
	}
	close(hang)
	h.eventually("it goes on", func() bool { return h.app.dog.Check() == nil })
}
