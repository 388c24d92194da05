package frames

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"firepost/drivers/bus/serialport"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
)

// The times of listening.
const (
	// Silence is how long the line must be silent for an incomplete frame to be none. It is
	// longer than any pause within a frame that adapters and receivers are known to make.
	Silence = 200 * time.Millisecond
	// RepeatWithin is how soon a frame with the same bytes counts as a repeat of the last.
	RepeatWithin = 2 * time.Second

	// idleRead bounds a read on a silent line, which counts as progress.
	idleRead = time.Second
	// openWithin bounds one attempt to open the port.
	openWithin = 5 * time.Second
	// firstReopen and lastReopen are the pauses before the port is opened again.
	firstReopen = 100 * time.Millisecond
	lastReopen  = 2 * time.Second
)

// Source listens to one line. Make it with NewSource, give it a goroutine with Run. Progress,
// Stats and Strangers are safe for concurrent use.
type Source struct {
	bus     string
	open    func(context.Context) (serialport.Port, error)
	devices []Device
	models  []*contract.Contract
	now     func() message.Stamp

	progress atomic.Uint64

	// What follows belongs to the goroutine in Run.
	sink    source.Sink
	byID    map[sender]int
	stream  *Stream
	samples []contract.Sample
	batch   source.Batch

	mu        sync.Mutex
	stats     Stats
	known     bool // whether the port is there has been said
	last      []lastFrame
	strangers strangers
}

// lastFrame is what a device sent last.
type lastFrame struct {
	bytes []byte
	at    message.Stamp
}

var _ source.Source = (*Source)(nil)

// NewSource returns a source for the line named bus; it starts nothing and opens nothing.
// open opens the port, bounded by its context; it may wait for a device that is away, with
// serialport.Await, or return an error at once. now stamps what is heard. Devices that Check
// refuses make Run fail.
func NewSource(bus string, open func(ctx context.Context) (serialport.Port, error), devices []Device, now func() message.Stamp) *Source {
	s := &Source{bus: bus, open: open, devices: devices, now: now, last: make([]lastFrame, len(devices))}
	s.stats.Devices = make([]DeviceStats, len(devices))
	for i := range devices {
		s.stats.Devices[i].Device = devices[i].Name
	}
	s.models = modelsOf(devices, nil)
	return s
}

// Listen makes the source recognise frames of more models than its devices have: their
// senders appear among the strangers, so that the first device of a model can be adopted.
// Call it before Run.
func (s *Source) Listen(models ...*contract.Contract) {
	s.models = modelsOf(s.devices, append(s.models, models...))
}

// Name is the configured name of the line.
func (s *Source) Name() string { return s.bus }

// Progress counts reads of the port, with and without frames, and attempts to open it. A
// watchdog may take a count that stands still for more than openWithin, 5 s, for a stall.
func (s *Source) Progress() uint64 { return s.progress.Load() }

// Run opens the port, listens, and opens it again when it is gone, until ctx ends; then it
// returns nil. sink hears of the port only when that changes. The error wraps ErrConfig.
func (s *Source) Run(ctx context.Context, sink source.Sink) error {
	byID, err := index(s.devices)
	if err != nil {
		return fmt.Errorf("line %s: %w", s.bus, err)
	}
	stream, err := NewStream(s.models...)
	if err != nil {
		return fmt.Errorf("line %s: %w", s.bus, err)
	}
	s.byID, s.stream, s.sink = byID, stream, sink
	for pause := firstReopen; ctx.Err() == nil; pause = min(2*pause, lastReopen) {
		worked, down := s.session(ctx)
		if ctx.Err() != nil {
			break
		}
		s.port(false, down)
		if worked {
			pause = firstReopen
		}
		nap(ctx, pause)
	}
	return nil //nolint:nilerr // ctx has ended
}

// session opens the port and listens until it fails; worked says that it ever gave something,
// if only a time-out.
func (s *Source) session(ctx context.Context) (worked bool, err error) {
	within, cancel := context.WithTimeout(ctx, openWithin)
	port, err := s.open(within)
	cancel()
	s.progress.Add(1)
	if err != nil {
		return false, err
	}
	// Close wakes the read, so that the end of ctx is not waited for.
	stop := context.AfterFunc(ctx, func() { _ = port.Close() })
	defer func() {
		stop()
		// A port that is gone has nothing more to say than the error that ended it.
		_ = port.Close()
	}()
	s.port(true, nil)
	// What an earlier session left incomplete did not go on here.
	s.stream.Silence(s.heard)
	buf := make([]byte, room)
	for ctx.Err() == nil {
		wait := idleRead
		if s.stream.Pending() > 0 {
			wait = Silence
		}
		n, err := port.Read(buf, time.Now().Add(wait))
		s.progress.Add(1)
		switch {
		case n > 0:
			s.stream.Feed(buf[:n], s.heard)
		case errors.Is(err, serialport.ErrTimeout):
			s.stream.Silence(s.heard)
		case err == nil:
			err = errNothing
		}
		s.count()
		if err != nil && !errors.Is(err, serialport.ErrTimeout) {
			return worked, err
		}
		worked = true
	}
	return worked, nil
}

// port notes whether the port is there and tells the sink when that is news.
func (s *Source) port(up bool, err error) {
	s.mu.Lock()
	news := !s.known || s.stats.Up != up
	s.known, s.stats.Up, s.stats.Err = true, up, err
	if up {
		s.stats.Opened++
	}
	s.mu.Unlock()
	if news {
		s.sink.Bus(source.BusState{Bus: s.bus, Up: up, Err: err, At: s.now()})
	}
}

// heard takes in one frame: for the device whose id it carries, else as a stranger's.
func (s *Source) heard(f Found) {
	at := s.now()
	var first *contract.Contract
	for _, i := range f.Models {
		m := s.models[i]
		samples, id, err := m.DecodeFrame(f.Frame, s.samples[:0])
		s.samples = samples[:0]
		if err != nil {
			continue
		}
		if d, ok := s.byID[sender{m, id}]; ok {
			s.book(d, f.Frame, at)
			s.batch = source.Batch{Device: s.devices[d].Name, Samples: samples, At: at}
			// A frame can't be asked for again, so there is nothing to confirm with.
			_ = s.sink.Deliver(&s.batch)
			return
		}
		if first == nil {
			first = m
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first == nil {
		s.stats.BadID++
		return
	}
	s.stats.Unknown++
	samples, id, err := first.DecodeFrame(f.Frame, s.samples[:0])
	s.samples = samples[:0]
	if err == nil {
		s.strangers.heard(first, id, samples, at)
	}
}

// book counts a device's frame.
func (s *Source) book(d int, frame []byte, at message.Stamp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, st := &s.last[d], &s.stats.Devices[d]
	if since := at.Sub(l.at); st.Frames > 0 && at.Boot == l.at.Boot && since >= 0 && since <= RepeatWithin && bytes.Equal(frame, l.bytes) {
		st.Duplicates++
		s.stats.Duplicates++
	}
	st.Frames++
	st.Last = at
	l.bytes, l.at = append(l.bytes[:0], frame...), at
}

// count takes over what the stream has counted.
func (s *Source) count() {
	s.mu.Lock()
	s.stats.StreamStats = s.stream.Stats()
	s.mu.Unlock()
}

// nap waits for d or the end of ctx.
func nap(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
