package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// The paces of a Watcher.
const (
	DefaultEvery = 30 * time.Second
	// voltageEvery is half the two seconds for which the kernel's undervoltage alarm shows a dip.
	voltageEvery = time.Second
)

// Report is one reading and what was found in it.
type Report struct {
	Facts    Facts
	Findings []Finding
}

// WatcherOptions says what a Watcher does.
type WatcherOptions struct {
	Reader *Reader
	Limits Limits
	// Every is the pace; zero means DefaultEvery.
	Every time.Duration
	// Tell takes each report. It is called from Run's goroutine and must return soon.
	Tell func(Report)
}

// Watcher reads and judges at a fixed pace, and looks at the supply voltage every second.
type Watcher struct {
	o     WatcherOptions
	done  atomic.Uint64
	prev  Verdict
	dozes func(context.Context, time.Duration) bool
}

// NewWatcher checks the options. It starts nothing.
func NewWatcher(o WatcherOptions) (*Watcher, error) {
	if o.Reader == nil || o.Tell == nil {
		return nil, fmt.Errorf("%w: a watcher needs a reader and somebody to tell", ErrOptions)
	}
	if err := o.Limits.Validate(); err != nil {
		return nil, err
	}
	if o.Every == 0 {
		o.Every = DefaultEvery
	}
	if o.Every < voltageEvery {
		return nil, fmt.Errorf("%w: every %v, at least %v", ErrOptions, o.Every, voltageEvery)
	}
	return &Watcher{o: o, dozes: doze}, nil
}

// Progress counts the readings that were completed and told.
func (w *Watcher) Progress() uint64 { return w.done.Load() }

// Run reads, judges and tells, at once and then every Every, until ctx ends; then it returns
// ctx's error. A second Run goes on from the verdict of the first.
func (w *Watcher) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer cancel()
	beside.Go(func() { w.sample(ctx) })
	for {
		facts, err := w.o.Reader.Read(ctx)
		if err != nil {
			return fmt.Errorf("watch host: %w", err)
		}
		w.prev = Judge(w.prev, facts, w.o.Limits)
		w.o.Tell(Report{Facts: facts, Findings: w.prev.Findings})
		w.done.Add(1)
		if !w.dozes(ctx, w.o.Every) {
			return fmt.Errorf("watch host: %w", ctx.Err())
		}
	}
}

// sample looks at the supply voltage between the readings. What goes wrong with it shows
// in the next reading, which looks at the same files.
func (w *Watcher) sample(ctx context.Context) {
	for w.dozes(ctx, voltageEvery) {
		if err := w.o.Reader.SampleUndervoltage(ctx); errors.Is(err, context.Canceled) {
			return
		}
	}
}

// doze waits and says whether to go on.
func doze(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
