package pins

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
)

// stopWithin is how long Run waits, once its context has ended, for lines that are inside a
// call into the kernel.
const stopWithin = 2 * time.Second

// Source watches contacts. Make it with NewSource, give it a goroutine with Run; Progress
// and Stats are safe for concurrent use.
type Source struct {
	bus      string
	watchers []*watcher
	bad      error
	progress atomic.Uint64

	mu sync.Mutex
	// told is what the sink was told of the bus last: nothing, up or down.
	told  told
	err   error
	sink  source.Sink
	now   func() message.Stamp
	tries int // lines that were tried at least once
	up    int // lines that are being watched
}

type told uint8

const (
	toldNothing told = iota
	toldUp
	toldDown
)

var _ source.Source = (*Source)(nil)

// NewSource returns a source; it starts nothing and opens nothing. bus is the configured
// name of the bus, now stamps what is delivered. Contacts that can't work, such as two on one
// line or a point that the contract has not, make Run fail with ErrConfig.
func NewSource(bus string, open Opener, contacts []Contact, now func() message.Stamp, opts Options) *Source {
	s := &Source{bus: bus, now: now, bad: check(bus, contacts)}
	if s.bad != nil {
		return s
	}
	opts = opts.filled()
	for _, c := range contacts {
		s.watchers = append(s.watchers, newWatcher(s, c, open, opts))
	}
	return s
}

// check finds what can never work.
func check(bus string, contacts []Contact) error {
	var errs []error
	bad := func(c *Contact, format string, args ...any) {
		errs = append(errs, fmt.Errorf("bus %s device %s line %q: %w: %s", bus, c.Device, c.Line, ErrConfig, fmt.Sprintf(format, args...)))
	}
	lines := map[string]string{}
	points := map[string]bool{}
	for i := range contacts {
		c := &contacts[i]
		switch {
		case c.Line == "":
			bad(c, "the line has no name: say GPIO17 or gpiochip0/17")
		case lines[c.Line] != "":
			bad(c, "the line is already %s's: one line, one contact", lines[c.Line])
		case c.Model == nil:
			bad(c, "it has no contract")
		case c.Point < 0 || c.Point >= len(c.Model.Points):
			bad(c, "contract %s has no point %d", c.Model.Ref(), c.Point)
		case points[fmt.Sprint(c.Device, "/", c.Point)]:
			bad(c, "point %s is fed by two contacts", c.Model.Points[c.Point].Name)
		case c.Debounce < 0:
			bad(c, "debounce %v is negative: 30ms is usual", c.Debounce)
		}
		lines[c.Line] = c.Device
		points[fmt.Sprint(c.Device, "/", c.Point)] = true
	}
	return errors.Join(errs...)
}

// Name is the configured name of the bus.
func (s *Source) Name() string { return s.bus }

// Progress counts looks at lines and failed attempts to open one. A count that stands still
// for longer than a few seconds means that every line is stuck in the kernel, or that the
// source is. A single stuck line is no reason to restart a booth: its device falls silent and
// is faulted for that.
func (s *Source) Progress() uint64 { return s.progress.Load() }

// Run watches until ctx ends; then it returns nil, within some 100 ms. A line that can't be
// opened or read is delivered as an error of its device and tried again; the others don't
// notice. The errors wrap ErrConfig, or ErrPanic when the sink panicked. Run must not run
// twice at a time.
func (s *Source) Run(ctx context.Context, sink source.Sink) error {
	if s.bad != nil {
		return s.bad
	}
	s.begin(sink)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(s.watchers))
	base := time.Now()
	for _, w := range s.watchers {
		go func() {
			defer func() {
				var err error
				if p := recover(); p != nil {
					err = fmt.Errorf("bus %s line %s: %w: %v\n%s", s.bus, w.contact.Line, ErrPanic, p, debug.Stack())
				}
				ended <- err
			}()
			w.run(ctx, sink, base)
		}()
	}
	return s.wait(ctx, cancel, ended)
}

// wait returns once every watcher has ended, or has had its time to.
func (s *Source) wait(ctx context.Context, cancel context.CancelFunc, ended <-chan error) error {
	left, failure := len(s.watchers), error(nil)
	idle := time.NewTicker(time.Second)
	defer idle.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case err := <-ended:
			left--
			failure = err
			cancel()
		case <-idle.C:
			if len(s.watchers) == 0 {
				s.progress.Add(1)
			}
		}
	}
	late := time.NewTimer(stopWithin)
	defer late.Stop()
	for ; left > 0; left-- {
		select {
		case err := <-ended:
			if failure == nil {
				failure = err
			}
		case <-late.C:
			return failure
		}
	}
	return failure
}

func (s *Source) begin(sink source.Sink) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sink, s.told, s.err, s.tries, s.up = sink, toldNothing, nil, 0, 0
}

// report notes that a line is watched or is not, and tells the sink when that changes the
// bus as a whole: up with the first line, down when none is left.
func (s *Source) report(first bool, change int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first {
		s.tries++
	}
	s.up += change
	if err != nil {
		s.err = err
	}
	switch {
	case s.up > 0 && s.told != toldUp:
		s.told, s.err = toldUp, nil
		s.sink.Bus(source.BusState{Bus: s.bus, Up: true, At: s.now()})
	case s.up == 0 && s.tries == len(s.watchers) && s.told != toldDown:
		s.told = toldDown
		s.sink.Bus(source.BusState{Bus: s.bus, Err: fmt.Errorf("none of %d lines can be watched: %w", len(s.watchers), s.err), At: s.now()})
	}
}

// Stats is what is known of a source.
type Stats struct {
	// Up tells that at least one line is being watched; Err is why not.
	Up  bool
	Err error
	// Lines are in the order of the contacts.
	Lines []LineStats
}

// Stats is what is known now.
func (s *Source) Stats() Stats {
	s.mu.Lock()
	out := Stats{Up: s.told == toldUp, Lines: make([]LineStats, 0, len(s.watchers))}
	if !out.Up {
		out.Err = s.err
	}
	s.mu.Unlock()
	for _, w := range s.watchers {
		out.Lines = append(out.Lines, w.snapshot())
	}
	return out
}
