package pinstest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"periph.io/x/conn/v3/gpio"

	"firepost/drivers/bus/pins"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
)

// Setup is what Measure measures.
type Setup struct {
	// Lines are watched at the same time, and shorted in turn. 16 unless above zero.
	Lines int
	// Shorts is how often. 1000 unless above zero.
	Shorts int
	// Debounce of every contact. 10 ms unless above zero.
	Debounce time.Duration
	// Abilities of every line: GoodEdges for edges, NoEdges for polling.
	Abilities Abilities
}

// Result is how long after the debounce time a short reached the sink, in order.
type Result struct {
	Setup
	P50, P99, Max time.Duration
	// Missed is how many shorts did not arrive within a second.
	Missed int
	// TimerP99 and TimerMax are how late a bare timer was meanwhile: what the machine itself
	// adds, be the source as good as it may.
	TimerP99, TimerMax time.Duration
}

// Measure shorts contacts on fake lines, in real time, and says how long each took from the
// wire to the sink's Deliver, less the debounce time. It takes some two debounce times for
// each short. The lines are free of any hardware's own delay, which is far below 1 ms.
func Measure(ctx context.Context, s Setup) (Result, error) {
	s.Lines, s.Shorts, s.Debounce = max(s.Lines, 0), max(s.Shorts, 0), max(s.Debounce, 0)
	if s.Lines == 0 {
		s.Lines = 16
	}
	if s.Shorts == 0 {
		s.Shorts = 1000
	}
	if s.Debounce == 0 {
		s.Debounce = 10 * time.Millisecond
	}
	board, lines, contacts := NewBoard(), make([]*Line, s.Lines), make([]pins.Contact, s.Lines)
	for i := range lines {
		lines[i] = NewLine(fmt.Sprintf("GPIO%d", i), s.Abilities)
		board.Add(lines[i])
		contacts[i] = pins.Contact{Device: lines[i].Name(), Model: model(), Line: lines[i].Name(), Pull: gpio.PullUp, Debounce: s.Debounce}
	}
	src := pins.NewSource("bench", board, contacts, stamp, pins.Options{})
	ctx, cancel := context.WithCancel(ctx)
	e := &ear{heard: make(chan hearing, 4*s.Lines)}
	ended := make(chan error, 1)
	go func() { ended <- src.Run(ctx, e) }()
	late := make(chan []time.Duration, 1)
	go func() { late <- lateness(ctx, s.Debounce) }()
	r, err := e.measure(ctx, s, lines)
	cancel()
	_, r.TimerP99, r.TimerMax = quantiles(<-late)
	if runErr := <-ended; err == nil {
		err = runErr
	}
	return r, err
}

func stamp() message.Stamp { return message.Stamp{Boot: "bench", Wall: time.Now()} }

func model() *contract.Contract {
	return &contract.Contract{
		Name: "bench", Version: 1, Transport: contract.Pins,
		Points: []contract.Point{{Name: "smoke", Type: contract.Bool, Lane: contract.Alarm, Role: contract.RoleSmoke, Scale: 1}},
	}
}

// hearing is one delivery.
type hearing struct {
	device string
	closed bool
	at     time.Time
}

// ear is the sink.
type ear struct{ heard chan hearing }

// Deliver implements source.Sink. It never blocks: what nobody waits for is dropped.
func (e *ear) Deliver(b *source.Batch) source.Want {
	at := time.Now()
	for _, s := range b.Samples {
		select {
		case e.heard <- hearing{b.Device, s.Raw == 1, at}:
		default:
		}
	}
	return source.Nothing
}

// Bus implements source.Sink.
func (e *ear) Bus(source.BusState) {}

// wait returns when a device's level arrived; false when that took too long.
func (e *ear) wait(ctx context.Context, device string, closed bool) (time.Time, bool) {
	late := time.NewTimer(time.Second)
	defer late.Stop()
	for {
		select {
		case h := <-e.heard:
			if h.device == device && h.closed == closed {
				return h.at, true
			}
		case <-late.C:
			return time.Time{}, false
		case <-ctx.Done():
			return time.Time{}, false
		}
	}
}

func (e *ear) measure(ctx context.Context, s Setup, lines []*Line) (Result, error) {
	r := Result{Setup: s}
	took := make([]time.Duration, 0, s.Shorts)
	for _, l := range lines {
		e.wait(ctx, l.Name(), false)
	}
	for i := range s.Shorts {
		l := lines[i%len(lines)]
		// Another phase each time, so that polling is not always met at the same moment.
		if err := sleep(ctx, time.Duration(i*7919%5000)*time.Microsecond); err != nil {
			return r, err
		}
		from := time.Now()
		l.Drive(gpio.Low)
		if at, ok := e.wait(ctx, l.Name(), true); ok {
			took = append(took, at.Sub(from)-s.Debounce)
		} else {
			r.Missed++
		}
		l.Drive(gpio.High)
		e.wait(ctx, l.Name(), false)
	}
	if err := ctx.Err(); err != nil {
		return r, fmt.Errorf("measure contacts: %w", err)
	}
	r.P50, r.P99, r.Max = quantiles(took)
	return r, nil
}

// quantiles sorts and picks.
func quantiles(d []time.Duration) (p50, p99, longest time.Duration) {
	slices.Sort(d)
	n := len(d)
	if n == 0 {
		return 0, 0, 0
	}
	return d[n/2], d[n*99/100], d[n-1]
}

// lateness is how late a timer of length d was, again and again until ctx ends.
func lateness(ctx context.Context, d time.Duration) []time.Duration {
	var late []time.Duration
	for {
		from := time.Now()
		if sleep(ctx, d) != nil {
			return late
		}
		late = append(late, time.Since(from)-d)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("measure contacts: %w", ctx.Err())
	}
}
