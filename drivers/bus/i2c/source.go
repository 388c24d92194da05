package i2c

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	periph "periph.io/x/conn/v3/i2c"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
)

// Reader makes one measurement with one chip, or with one channel of it.
type Reader interface {
	// Read returns the samples of the device's contract, or an error that names chip and
	// address; never both, and never a sample with quality Good that stems from a failed
	// transaction. The samples are borrowed until the next Read. It returns soon after ctx has
	// ended, unless a transaction hangs in the kernel. It must not keep bus: the next Read may
	// bring another one, and the chip may have lost its settings meanwhile.
	Read(ctx context.Context, bus periph.Bus) ([]contract.Sample, error)
}

// Entry is one device on the bus.
type Entry struct {
	// Device is the configured name.
	Device string
	// Every is the time from one reading to the next.
	Every time.Duration
	// Reader reads it.
	Reader Reader
}

// The times of a source.
const (
	// readWithin bounds one reading; openWithin one attempt to open.
	readWithin = 2 * time.Second
	openWithin = 5 * time.Second
	// firstReopen and lastReopen are the pauses between failed attempts to open.
	firstReopen = 100 * time.Millisecond
	lastReopen  = 2 * time.Second
	// A device that failed more than patience times in a row is asked less and less often,
	// at least every longestPause.
	patience     = 2
	longestPause = 10 * time.Second
	// confirmAfter is how soon a doubted reading is repeated.
	confirmAfter = 20 * time.Millisecond
	// longestNap bounds an idle wait, which counts as progress.
	longestNap = time.Second
	// stuckLimit is how many failures that concern the whole bus, one after the other and
	// without a success between them, make the bus be opened again.
	stuckLimit = 3
)

// Source reads the chips of one bus in turn. Make it with NewSource, give it a goroutine with
// Run. Do, Stats, Name and Progress are safe for concurrent use.
type Source struct {
	name    string
	open    func(ctx context.Context) (periph.BusCloser, error)
	now     func() message.Stamp
	invalid error

	jobs     chan *job
	progress atomic.Uint64

	// What follows belongs to the goroutine in Run.
	devices []member
	sink    source.Sink
	batch   source.Batch
	stuck   int
	doubted bool // the bus was stuck: it is up only once something has been read

	mu    sync.Mutex
	stats Stats
}

// member is an entry and where it stands.
type member struct {
	Entry
	start time.Time // of its grid of due times
	due   time.Time
}

var _ source.Source = (*Source)(nil)

// NewSource returns a source for the bus of that name; it starts nothing and opens nothing.
// open opens the bus, now stamps batches. Entries that can't work make Run fail with
// ErrInvalid.
func NewSource(bus string, open func(ctx context.Context) (periph.BusCloser, error), entries []Entry, now func() message.Stamp) *Source {
	s := &Source{name: bus, open: open, now: now, jobs: make(chan *job)}
	seen := make(map[string]bool, len(entries))
	for _, e := range entries {
		switch {
		case e.Device == "" || e.Reader == nil || e.Every <= 0:
			s.invalid = fmt.Errorf("bus %s: device %q, every %v: %w: a device needs a name, a reader and a period",
				bus, e.Device, e.Every, ErrInvalid)
		case seen[e.Device]:
			s.invalid = fmt.Errorf("bus %s: device %q: %w: it stands there twice", bus, e.Device, ErrInvalid)
		}
		seen[e.Device] = true
		s.devices = append(s.devices, member{Entry: e})
		s.stats.Devices = append(s.stats.Devices, DeviceStats{Device: e.Device})
	}
	if open == nil || now == nil {
		s.invalid = fmt.Errorf("bus %s: %w: nothing to open it with, or no clock", bus, ErrInvalid)
	}
	return s
}

// Name is the configured name of the bus.
func (s *Source) Name() string { return s.name }

// Progress counts finished attempts, good or not: readings, jobs, attempts to open, and idle
// waits of a second at most. A count that stands still for more than openWithin means that a
// transaction hangs in the kernel.
func (s *Source) Progress() uint64 { return s.progress.Load() }

// Run opens the bus, reads its devices, and opens it again when it is gone, until ctx ends;
// then it returns nil, after at most one transaction. sink hears of the bus only when that
// changes. The only error is ErrInvalid. Run must not run twice at a time.
func (s *Source) Run(ctx context.Context, sink source.Sink) error {
	if s.invalid != nil {
		return s.invalid
	}
	s.sink = sink
	pause := firstReopen
	for ctx.Err() == nil {
		bus, err := s.openBus(ctx)
		if err == nil {
			var good bool
			good, err = s.serve(ctx, bus)
			if good {
				pause = firstReopen
			}
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // whoever ends the source does not make its bus faulty
		}
		s.down(err)
		s.pauseDown(ctx, pause, err)
		pause = min(2*pause, lastReopen)
	}
	return nil
}

func (s *Source) openBus(ctx context.Context) (periph.BusCloser, error) {
	within, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	bus, err := s.open(within)
	s.progress.Add(1)
	if err == nil && bus == nil {
		err = fmt.Errorf("open bus %s: %w: no bus and no error", s.name, ErrInvalid)
	}
	return bus, err
}

// pauseDown waits before the next attempt to open; jobs are refused meanwhile.
func (s *Source) pauseDown(ctx context.Context, pause time.Duration, err error) {
	t := time.NewTimer(pause)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-s.jobs:
			j.done <- fmt.Errorf("bus %s: %w: %w", s.name, ErrDown, err)
		case <-t.C:
			s.progress.Add(1)
			return
		}
	}
}

// serve reads until the bus is of no further use or ctx ends. good reports whether anything
// was read at all.
func (s *Source) serve(ctx context.Context, bus periph.BusCloser) (good bool, err error) {
	defer func() { _ = bus.Close() }()
	if !s.doubted {
		s.up()
	}
	s.stuck = 0
	start := time.Now()
	for i := range s.devices {
		s.devices[i].start, s.devices[i].due = start, start
	}
	before := s.goodReads()
	for ctx.Err() == nil && err == nil {
		select {
		case j := <-s.jobs:
			err = s.do(ctx, j, bus)
		default:
		}
		if err != nil || ctx.Err() != nil {
			break
		}
		if i := s.next(); i >= 0 && !s.devices[i].due.After(time.Now()) {
			err = s.read(ctx, i, bus)
		} else {
			err = s.idle(ctx, i, bus)
		}
	}
	return s.goodReads() > before, err
}

// next is the device that is due first, or -1 when there is none.
func (s *Source) next() int {
	first := -1
	for i := range s.devices {
		if first < 0 || s.devices[i].due.Before(s.devices[first].due) {
			first = i
		}
	}
	return first
}

// idle waits for the next device's time, a job, or the end.
func (s *Source) idle(ctx context.Context, i int, bus periph.Bus) error {
	nap := longestNap
	if i >= 0 {
		nap = min(nap, time.Until(s.devices[i].due))
	}
	t := time.NewTimer(nap)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
		s.progress.Add(1)
	case j := <-s.jobs:
		return s.do(ctx, j, bus)
	}
	return nil
}

// read reads device i and hands over what it taught. The error means that the bus itself must
// be opened again.
func (s *Source) read(ctx context.Context, i int, bus periph.Bus) error {
	d := &s.devices[i]
	begun := time.Now()
	within, cancel := context.WithTimeout(ctx, readWithin)
	samples, err := d.Reader.Read(within, &lease{Bus: bus})
	cancel()
	s.progress.Add(1)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // whoever ends the source does not make its devices faulty
	}
	if err == nil && len(samples) == 0 {
		err = ErrEmpty
	}
	s.batch = source.Batch{Device: d.Device, Samples: samples, At: s.now()}
	if err != nil {
		err = fmt.Errorf("bus %s: device %s: %w", s.name, d.Device, err)
		s.batch.Samples, s.batch.Err = nil, err
	} else {
		s.sound()
	}
	inRow := s.count(i, err, time.Since(begun))
	want := s.sink.Deliver(&s.batch)
	s.schedule(d, inRow, want)
	return s.verdict(err)
}

// schedule sets when d is read next: on its grid, so that nothing drifts; later while it is
// dead; soon when the sink doubts what it got.
func (s *Source) schedule(d *member, inRow uint64, want source.Want) {
	now := time.Now()
	if inRow > patience {
		pause := d.Every
		for k := uint64(patience); k < inRow && pause < longestPause; k++ {
			pause *= 2
		}
		d.due = now.Add(max(d.Every, min(pause, longestPause)))
		return
	}
	periods := int64(now.Sub(d.start)/d.Every) + 1
	next := d.start.Add(time.Duration(periods * int64(d.Every)))
	if skipped := next.Sub(d.due)/d.Every - 1; skipped > 0 && !d.due.Before(d.start) {
		s.skip(uint64(skipped))
	}
	d.due = next
	if want == source.Confirm && inRow == 0 {
		if soon := now.Add(confirmAfter); soon.Before(next) {
			d.due = soon
		}
	}
}

// verdict is the error that ends this use of the bus, or nil.
func (s *Source) verdict(err error) error {
	switch {
	case err == nil:
		s.stuck = 0
		return nil
	case errors.Is(err, ErrGone), errors.Is(err, ErrClosed):
		return err
	case errors.Is(err, ErrStuck):
		s.stuck++
		if s.stuck >= stuckLimit {
			s.doubted = true
			return err
		}
	}
	return nil
}

// lease hides Close from readers and jobs.
type lease struct{ periph.Bus }
