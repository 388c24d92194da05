// Package outputs drives sounders and strobes: it makes the wire follow what the alarm
// picture asks for, reads every output back, and asserts it again and again, because relay
// modules forget on power loss. Stopping never switches anything off.
package outputs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Switch is one physical output: a relay's coil now, a GPIO line later.
type Switch interface {
	// Set switches the output. An error means that its state is not known.
	Set(ctx context.Context, on bool) error
	// On reads the output's true state back: from a feedback contact or the module's own
	// report, never from what was last written. ErrNoFeedback says that nothing is fitted
	// which could tell.
	On(ctx context.Context) (bool, error)
}

// ErrNoFeedback says that nothing is fitted which could read an output back. The output is
// driven all the same, and never called verified.
var ErrNoFeedback = errors.New("no feedback is fitted")

// Kind is what an output is for.
type Kind string

// The kinds of outputs.
const (
	Sounder Kind = "sounder"
	Strobe  Kind = "strobe"
	// Cabinet is the lock of the extinguishers and blankets: on is unlocked.
	Cabinet Kind = "cabinet"
	// Heater, Fan, Charger, Screen, LED and CameraPower are switched by climate and power.
	Heater      Kind = "heater"
	Fan         Kind = "fan"
	Charger     Kind = "charger"
	Screen      Kind = "screen"
	LED         Kind = "led"
	CameraPower Kind = "camera"
)

// Kinds are the words of all kinds.
func Kinds() []string {
	return []string{
		string(Sounder), string(Strobe), string(Cabinet), string(Heater), string(Fan), string(Charger),
		string(Screen), string(LED), string(CameraPower),
	}
}

// Wish is what an output should do at a moment, and until when that holds.
type Wish struct {
	On bool
	// Next is how long On holds before the pattern changes; zero means until further notice.
	Next time.Duration
}

// Desire says what an output of this kind should do now. It is called often and must be quick.
type Desire func(kind Kind, name string) Wish

// Status is what is known of one output.
type Status struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Want is what was last asked for, Actual what was read back, and Verified whether
	// the last read-back succeeded. "Sounded" means Actual, never Want.
	Want     bool      `json:"want"`
	Actual   bool      `json:"actual"`
	Verified bool      `json:"verified"`
	At       time.Time `json:"at"`
	Err      string    `json:"error,omitempty"`
}

// reassert is how often an unchanged output is written and read back.
const reassert = 10 * time.Second

// retry is the pause after a failed attempt. A module that left a request unanswered is
// not asked anything for late_reply anyhow.
const retry = 500 * time.Millisecond

// attempt bounds one write and read-back, whatever the bus is doing.
const attempt = 5 * time.Second

// Output is one driven output.
type Output struct {
	name   string
	kind   Kind
	sw     Switch
	desire Desire
	report func(Status)
	wake   chan struct{}

	mu     sync.Mutex
	status Status
}

// New returns an output. report is called after every attempt that changed what is known:
// an error that begins or ends, a verified change of state.
func New(name string, kind Kind, sw Switch, desire Desire, report func(Status)) *Output {
	return &Output{
		name: name, kind: kind, sw: sw, desire: desire, report: report,
		wake:   make(chan struct{}, 1),
		status: Status{Name: name, Kind: kind},
	}
}

// Wake makes Run look at the desired state at once. It never blocks.
func (o *Output) Wake() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Status is what is known now.
func (o *Output) Status() Status {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.status
}

// Run follows the desired state until ctx ends. It leaves the output as it is. A wake that
// changes nothing costs no transaction: in a burst of alarms the bus is for the detectors.
func (o *Output) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var due time.Time // when it is asserted although nothing has changed
	on := false
	for {
		wish := o.desire(o.kind, o.name)
		if wish.On != on || !time.Now().Before(due) {
			pause := reassert
			if err := o.assert(ctx, wish.On); err != nil {
				pause = retry
			}
			if ctx.Err() != nil {
				return nil
			}
			on, due = wish.On, time.Now().Add(pause)
		}
		wait := time.Until(due)
		if wish.Next > 0 && wish.Next < wait {
			wait = wish.Next
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return nil
		case <-o.wake:
		case <-timer.C:
		}
	}
}

func (o *Output) assert(ctx context.Context, on bool) error {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	s := Status{Name: o.name, Kind: o.kind, Want: on, At: time.Now()}
	err := o.sw.Set(ctx, on)
	if err == nil {
		s.Actual, err = o.sw.On(ctx)
		s.Verified = err == nil
		if errors.Is(err, ErrNoFeedback) {
			s.Actual, err = on, nil
		}
	}
	if err == nil && s.Actual != on {
		err = fmt.Errorf("output %s was set %s but reads back %s", o.name, word(on), word(s.Actual))
	}
	if err != nil {
		s.Err = err.Error()
	}
	o.mu.Lock()
	was := o.status
	if s.Err != "" && !s.Verified {
		s.Actual = was.Actual
	}
	o.status = s
	o.mu.Unlock()
	if was.At.IsZero() || (was.Err == "") != (s.Err == "") || was.Actual != s.Actual || was.Verified != s.Verified {
		o.report(s)
	}
	return err
}

func word(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
