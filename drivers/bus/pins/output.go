package pins

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// SafeState is what happens to an output when the daemon stops in an orderly way.
type SafeState uint8

// The safe states.
const (
	// LeaveAsIs: the output stays as it is. For sounders, strobes, beacons and locks: during
	// a fire, safe means sounding.
	LeaveAsIs SafeState = iota
	// SwitchOff: the output is switched off. For heaters and other loads that somebody must
	// keep an eye on.
	SwitchOff
)

// The times of reading back.
const (
	// DefaultSettle is how long a relay and what it switches may take to follow.
	DefaultSettle = 200 * time.Millisecond
	// feedbackEvery is how often the read-back is looked at within that time.
	feedbackEvery = 5 * time.Millisecond
)

// OutputSpec says how an output is wired.
type OutputSpec struct {
	// Name is the configured output's name, Line the line that drives it.
	Name, Line string
	// Inverted: the line is low while the output is on, as for most relay modules.
	Inverted bool
	// Feedback is the line of a contact that is low while the output really is on; empty when
	// none is fitted. Its pull resistor is switched on.
	Feedback string
	// Current measures what the load draws, in A; nil when it can't be measured. The output
	// is on from Threshold on, in A.
	Current   func(ctx context.Context) (amps float64, err error)
	Threshold float64
	// Settle is how long after a change the read-back may still show the old state.
	// DefaultSettle unless above zero.
	Settle time.Duration
	// OnStop is what Stop does.
	OnStop SafeState
}

// Output switches one line and tells what has come of it. It is safe for concurrent use; one
// call at a time touches the lines. Nothing but Set and Stop changes the output: not making
// it, not dropping it, not the end of the process as far as that is up to us (see the
// package's text on what the kernel does).
type Output struct {
	spec OutputSpec
	open Opener
	bad  error
	// turn is held by the call that is inside the kernel, for as long as it is.
	turn chan struct{}

	mu  sync.Mutex
	set setting

	// What follows belongs to whoever has the turn.
	line, feedback gpio.PinIO
}

// setting is what is known of the output.
type setting struct {
	known, on bool
	at        time.Time // of the last change
}

// NewOutput returns an output; it opens and switches nothing. A spec that can't work makes
// every call fail with ErrConfig.
func NewOutput(open Opener, spec OutputSpec) *Output {
	spec.Settle = positive(spec.Settle, DefaultSettle)
	o := &Output{spec: spec, open: open, turn: make(chan struct{}, 1)}
	bad := func(text string) { o.bad = fmt.Errorf("output %s: %w: %s", spec.Name, ErrConfig, text) }
	switch {
	case spec.Line == "":
		bad("it has no line: say GPIO22 or gpiochip0/22")
	case spec.Line == spec.Feedback:
		bad("line and feedback are both " + spec.Line + ": reading an output lets go of it")
	case spec.Current != nil && !(spec.Threshold > 0):
		bad(fmt.Sprintf("a threshold of %v A can't tell on from off: say half of what the load draws", spec.Threshold))
	}
	return o
}

// Name is the configured name.
func (o *Output) Name() string { return o.spec.Name }

// Set switches the output. An error means that its state is not known. It returns when ctx
// ends, even if the kernel does not; the line is busy until that comes back.
func (o *Output) Set(ctx context.Context, on bool) error {
	return o.within(ctx, func() error {
		if err := o.prepare(); err != nil {
			o.note(func(s *setting) { s.known = false })
			return err
		}
		level := gpio.Level(on != o.spec.Inverted)
		if err := o.line.Out(level); err != nil {
			o.note(func(s *setting) { s.known = false })
			return lineError("set", o.spec.Line, err)
		}
		o.note(func(s *setting) {
			if !s.known || s.on != on {
				s.at = time.Now()
			}
			s.known, s.on = true, on
		})
		return nil
	})
}

// On reads the output's true state back: by its feedback contact, its current, or both, and
// then they must agree. It waits until the output has had time to follow. It never reads the
// output's own line. Errors wrap ErrNoFeedback when there is nothing to read back with (the
// state is then what was last written), ErrFeedback when the read-back can't be believed.
func (o *Output) On(ctx context.Context) (bool, error) {
	if o.bad == nil && o.spec.Feedback == "" && o.spec.Current == nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		return o.set.known && o.set.on, fmt.Errorf("output %s: %w", o.spec.Name, ErrNoFeedback)
	}
	var on bool
	err := o.within(ctx, func() (err error) {
		on, err = o.follow(ctx)
		return err
	})
	if err != nil {
		return false, err
	}
	return on, nil
}

// Stop does what OnStop says. The lines stay requested, so that nothing is let go before the
// process ends.
func (o *Output) Stop(ctx context.Context) error {
	if o.spec.OnStop == LeaveAsIs {
		return nil
	}
	return o.Set(ctx, false)
}

// within runs call in a goroutine of its own, one at a time: a call into the kernel knows no
// context, and a port expander's can hang.
func (o *Output) within(ctx context.Context, call func() error) error {
	if o.bad != nil {
		return o.bad
	}
	select {
	case o.turn <- struct{}{}:
	case <-ctx.Done():
		return o.stuck(ctx)
	}
	if ctx.Err() != nil {
		<-o.turn
		return fmt.Errorf("output %s: %w", o.spec.Name, ctx.Err())
	}
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- &Error{Op: "use", Line: o.spec.Line, Err: fmt.Errorf("%w: %v", ErrPanic, p)}
			}
			<-o.turn
		}()
		done <- call()
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		select {
		case err := <-done:
			return err
		default:
			return o.stuck(ctx)
		}
	}
}

func (o *Output) stuck(ctx context.Context) error {
	return &Error{Op: "use", Line: o.spec.Line, Err: fmt.Errorf("%w: %w", ErrStuck, ctx.Err()), Hint: "the chip behind the line: check its supply and its bus"}
}

// prepare opens the driving line.
func (o *Output) prepare() error {
	if o.line != nil {
		return nil
	}
	line, err := o.open.Line(o.spec.Line)
	if err != nil {
		return lineError("open", o.spec.Line, err)
	}
	o.line = line
	return nil
}

// follow reads back until the output is as it was set, or has had its time.
func (o *Output) follow(ctx context.Context) (bool, error) {
	for {
		on, err := o.readBack(ctx)
		o.mu.Lock()
		set := o.set
		o.mu.Unlock()
		late := !set.known || time.Since(set.at) >= o.spec.Settle
		if err == nil && set.known && on == set.on || late {
			return on, err
		}
		t := time.NewTimer(feedbackEvery)
		select {
		case <-ctx.Done():
			t.Stop()
			return false, fmt.Errorf("read output %s back: %w", o.spec.Name, ctx.Err())
		case <-t.C:
		}
	}
}

// readBack reads whatever is fitted, once.
func (o *Output) readBack(ctx context.Context) (bool, error) {
	contact, flows := false, false
	if o.spec.Feedback != "" {
		var err error
		if contact, err = o.contact(); err != nil {
			return false, err
		}
	}
	if o.spec.Current == nil {
		return contact, nil
	}
	amps, err := o.spec.Current(ctx)
	switch {
	case err != nil:
		return false, fmt.Errorf("read output %s back by its current: %w", o.spec.Name, err)
	case math.IsNaN(amps) || math.IsInf(amps, 0) || amps <= -o.spec.Threshold:
		return false, fmt.Errorf("read output %s back: %w: a current of %v A", o.spec.Name, ErrFeedback, amps)
	}
	flows = amps >= o.spec.Threshold
	if o.spec.Feedback != "" && contact != flows {
		return false, fmt.Errorf("read output %s back: %w: its contact says %s, its current of %.3f A says %s: look at the load and its wires",
			o.spec.Name, ErrFeedback, onOff(contact), amps, onOff(flows))
	}
	return flows, nil
}

// contact reads the feedback contact: low is on.
func (o *Output) contact() (bool, error) {
	if o.feedback == nil {
		pin, err := o.open.Line(o.spec.Feedback)
		if err != nil {
			return false, lineError("read back", o.spec.Feedback, err)
		}
		if err := pin.In(gpio.PullUp, gpio.NoEdge); err != nil {
			return false, lineError("read back", o.spec.Feedback, err)
		}
		o.feedback = pin
	}
	level, err := levelOf(o.feedback)
	if err != nil {
		o.feedback = nil // set up anew next time
		return false, lineError("read back", o.spec.Feedback, err)
	}
	return level == gpio.Low, nil
}

func (o *Output) note(change func(*setting)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change(&o.set)
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
