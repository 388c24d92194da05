package pins

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"periph.io/x/conn/v3/gpio"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/source"
)

// The times of one line.
const (
	// firstRetry and lastRetry are the pauses between failed attempts to open a line; a line
	// that was watched for longer than lastRetry begins anew.
	firstRetry = 100 * time.Millisecond
	lastRetry  = 2 * time.Second
	// shortestWait keeps every wait positive: gpioioctl takes 0 for ever and -1 for no time
	// at all. sysfs counts in whole milliseconds.
	shortestWait = time.Millisecond
)

// The signs that a line's edges are not to be relied on.
const (
	// earlyWaits waits in a row that ended early, without an edge, mean a driver without edges
	// (most port expanders'); lostEdges changes in a row that no edge announced, an
	// interrupt that is not wired.
	earlyWaits = 3
	lostEdges  = 3
	// stormEdges within stormWindow are a storm: the line is polled for stormPause, so that
	// a chattering wire does not take the processor.
	stormEdges  = 64
	stormWindow = 100 * time.Millisecond
	stormPause  = time.Second
)

// watcher watches one line, in a goroutine of its own.
type watcher struct {
	src     *Source
	contact Contact
	open    Opener
	opts    Options

	// What follows belongs to the goroutine in run.
	pin      gpio.PinIO
	sink     source.Sink
	base     time.Time
	settler  settler
	edges    bool
	first    bool
	watching bool
	// steady is false after the sink was told that the contact is unsteady.
	steady bool
	// beat is when the next delivery is due at the latest, confirm when a second look is.
	beat    time.Time
	confirm time.Time
	// early and lost count towards earlyWaits and lostEdges; owed is an edge that is still
	// queued for a change that was seen without it.
	early, lost int
	owed        bool
	storm       storm
	timer       *time.Timer
	batch       source.Batch
	samples     [1]contract.Sample

	// turn is held by the goroutine in run: one that is still inside the kernel after its Run
	// has ended keeps the next one waiting.
	turn  chan struct{}
	looks atomic.Uint64
	mu    sync.Mutex
	stats LineStats
}

func newWatcher(s *Source, c Contact, open Opener, opts Options) *watcher {
	return &watcher{
		src: s, contact: c, open: open, opts: opts, turn: make(chan struct{}, 1),
		stats: LineStats{Device: c.Device, Point: c.Model.Points[c.Point].Name, Line: c.Line},
	}
}

// run watches the line, and opens it again when it fails, until ctx ends.
func (w *watcher) run(ctx context.Context, sink source.Sink, base time.Time) {
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
	case <-ctx.Done():
		return
	}
	w.sink, w.base, w.first, w.watching = sink, base, true, false
	w.timer = time.NewTimer(time.Hour)
	defer w.timer.Stop()
	pause := firstRetry
	for ctx.Err() == nil {
		begun := time.Now()
		err := w.attempt(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(begun) > lastRetry {
			pause = firstRetry
		}
		w.fail(err)
		w.nap(ctx, time.Now().Add(pause))
		pause = min(2*pause, lastRetry)
	}
}

// attempt opens the line and watches it until it fails or ctx ends. The line is an input, so
// that halting it at the end does no harm.
func (w *watcher) attempt(ctx context.Context) error {
	if err := w.safely(w.prepare); err != nil {
		return err
	}
	defer func() { _ = w.safely(w.pin.Halt) }()
	w.settler = settler{debounce: w.contact.Debounce}
	w.confirm, w.beat, w.steady = time.Time{}, time.Now().Add(w.opts.Heartbeat), true
	edge := false
	for ctx.Err() == nil {
		if err := w.look(ctx, edge); err != nil {
			return err
		}
		var err error
		if edge, err = w.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// safely turns a panic of the library under the line into an error of this line alone.
func (w *watcher) safely(call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &Error{Op: "use", Line: w.contact.Line, Err: fmt.Errorf("%w: %v", ErrPanic, p)}
		}
	}()
	return call()
}

// prepare opens the line as an input, with edges where the line has them.
func (w *watcher) prepare() error {
	pin, err := w.open.Line(w.contact.Line)
	if err != nil {
		return err
	}
	w.pin = pin
	w.early, w.lost, w.owed, w.storm = 0, 0, false, storm{}
	w.edges = !w.opts.NoEdges
	if w.edges {
		if err := pin.In(w.contact.Pull, gpio.BothEdges); err == nil {
			return nil
		}
	}
	return w.withoutEdges()
}

// withoutEdges makes the line one that is polled.
func (w *watcher) withoutEdges() error {
	w.edges = false
	if err := w.pin.In(w.contact.Pull, gpio.NoEdge); err != nil {
		return lineError("watch", w.contact.Line, err)
	}
	return nil
}

// read reads the level.
func (w *watcher) read() (level gpio.Level, err error) {
	err = w.safely(func() error {
		level, err = levelOf(w.pin)
		return err
	})
	if err != nil {
		return level, lineError("read", w.contact.Line, err)
	}
	return level, nil
}

// levelOf reads a line, with an error where the line can tell one.
func levelOf(pin gpio.PinIO) (gpio.Level, error) {
	if l, ok := pin.(Leveler); ok {
		return l.Level()
	}
	return pin.Read(), nil
}

// look reads the level, judges it and delivers what is due. edge tells that an edge led here.
func (w *watcher) look(ctx context.Context, edge bool) error {
	level, err := w.read()
	if err != nil || ctx.Err() != nil {
		return err
	}
	w.looks.Add(1)
	w.src.progress.Add(1)
	at := time.Now()
	if !w.watching {
		w.works()
	}
	before, begun := w.settler.raw, w.settler.begun
	changed, noise := w.settler.see(w.contact.closed(level), at)
	moved := begun && w.settler.raw != before
	if w.edges && !at.Before(w.storm.until) {
		noise = w.judgeEdges(edge, moved) || noise
	}
	if noise {
		w.noteNoise()
	}
	w.deliverDue(at, changed)
	return nil
}

// deliverDue delivers the level if it changed, if a second look is wanted, or if the sink has
// not heard of it for long.
func (w *watcher) deliverDue(at time.Time, changed bool) {
	if w.settler.unsteady(at) {
		w.confirm = time.Time{}
		if w.steady || !at.Before(w.beat) {
			w.steady = false
			w.refuse(at)
		}
		return
	}
	confirming := !w.confirm.IsZero() && !at.Before(w.confirm) && !w.settler.pending()
	recovered := !w.steady && !w.settler.pending()
	if w.settler.known && (changed || confirming || recovered || !at.Before(w.beat)) {
		w.steady = true
		w.deliver(at, changed)
	}
	if !at.Before(w.beat) {
		w.beat = at.Add(w.opts.Heartbeat) // nothing to tell yet
	}
}

// deliver hands the level that counts to the sink.
func (w *watcher) deliver(at time.Time, changed bool) {
	var raw uint64
	if w.settler.level {
		raw = 1
	}
	w.samples[0] = w.contact.Model.Points[w.contact.Point].Sample(raw)
	w.samples[0].Point = w.contact.Point
	w.batch = source.Batch{Device: w.contact.Device, Samples: w.samples[:], At: w.src.now()}
	w.noteLevel(changed)
	w.confirm = time.Time{}
	w.beat = at.Add(w.opts.Heartbeat)
	if w.sink.Deliver(&w.batch) == source.Confirm {
		w.confirm = at.Add(w.contact.Debounce / 2)
	}
}

// refuse tells the sink that the contact is unsteady.
func (w *watcher) refuse(at time.Time) {
	err := &Error{
		Op: "read", Line: w.contact.Line,
		Err:  fmt.Errorf("%w: no level lasted %v for %v", ErrUnsteady, w.contact.Debounce, at.Sub(w.settler.settled).Round(time.Millisecond)),
		Hint: "a loose wire, moisture, a missing pull resistor, or mains picked up by a long cable",
	}
	w.noteUnsteady(err)
	w.beat = at.Add(w.opts.Heartbeat)
	w.batch = source.Batch{Device: w.contact.Device, Err: err, At: w.src.now()}
	w.sink.Deliver(&w.batch)
}

// works notes that the line can be read.
func (w *watcher) works() {
	w.watching = true
	w.noteOpen()
	w.src.report(w.first, 1, nil)
	w.first = false
}

// fail notes that the line can't be watched, and tells the sink.
func (w *watcher) fail(err error) {
	w.src.progress.Add(1)
	w.noteFailure(err)
	change := 0
	if w.watching {
		change = -1
	}
	w.watching = false
	w.batch = source.Batch{Device: w.contact.Device, Err: err, At: w.src.now()}
	w.sink.Deliver(&w.batch)
	w.src.report(w.first, change, err)
	w.first = false
}
