package pins_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"firepost/drivers/bus/pins"
	"firepost/drivers/bus/pins/pinstest"
)

// relay is a board with an output and its feedback contact.
type relay struct {
	*pinstest.Board
	out, back *pinstest.Line
}

func newRelay(t *testing.T) relay {
	r := relay{out: pinstest.NewLine("out", pinstest.GoodEdges), back: pinstest.NewLine("back", pinstest.GoodEdges)}
	r.Board = pinstest.NewBoard(r.out, r.back)
	t.Cleanup(func() {
		for _, l := range []*pinstest.Line{r.out, r.back} {
			if w := l.Wrong(); len(w) > 0 {
				t.Errorf("misuse of %s: %v", l.Name(), w)
			}
		}
		if r.out.Reads() != 0 || r.out.Released() != 0 {
			t.Errorf("the output was read %d times and released %d times", r.out.Reads(), r.out.Released())
		}
	})
	return r
}

func TestOutputDrivesItsLine(t *testing.T) {
	for _, inverted := range []bool{false, true} {
		r := newRelay(t)
		o := pins.NewOutput(r, pins.OutputSpec{Name: "siren", Line: "out", Inverted: inverted})
		if r.Asked("out") != 0 {
			t.Error("opened before anything was asked of it")
		}
		for _, on := range []bool{true, true, false, true} {
			if err := o.Set(t.Context(), on); err != nil {
				t.Fatal(err)
			}
		}
		if err := o.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		want := []gpio.Level{true, true, false, true}
		if inverted {
			want = []gpio.Level{false, false, true, false}
		}
		if got := r.out.Outs(); !slices.Equal(got, want) {
			t.Errorf("inverted %v: written %v, want %v and nothing at the end", inverted, got, want)
		}
	}
}

func TestOutputOnStopSwitchesOffWhereToldTo(t *testing.T) {
	r := newRelay(t)
	o := pins.NewOutput(r, pins.OutputSpec{Name: "heater", Line: "out", OnStop: pins.SwitchOff})
	if err := errors.Join(o.Set(t.Context(), true), o.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}
	if got := r.out.Outs(); !slices.Equal(got, []gpio.Level{true, false}) {
		t.Errorf("written %v", got)
	}
}

func TestWithoutFeedbackNothingIsVerified(t *testing.T) {
	r := newRelay(t)
	o := pins.NewOutput(r, pins.OutputSpec{Name: "siren", Line: "out"})
	if on, err := o.On(t.Context()); on || !errors.Is(err, pins.ErrNoFeedback) {
		t.Errorf("before any Set: %v, %v", on, err)
	}
	if err := o.Set(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if on, err := o.On(t.Context()); !on || !errors.Is(err, pins.ErrNoFeedback) || !strings.Contains(err.Error(), "siren") {
		t.Errorf("after Set: %v, %v", on, err)
	}
	r.out.Break(errors.New("input/output error"))
	if err := o.Set(t.Context(), false); err == nil {
		t.Fatal("a write that failed was not told")
	}
	if on, err := o.On(t.Context()); on || !errors.Is(err, pins.ErrNoFeedback) {
		t.Errorf("after a Set that failed: %v, %v", on, err)
	}
}

func TestFeedbackFollowsWithinItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRelay(t)
		o := pins.NewOutput(r, pins.OutputSpec{Name: "siren", Line: "out", Feedback: "back"})
		if on, err := o.On(t.Context()); on || err != nil {
			t.Errorf("at first: %v, %v", on, err)
		}
		if r.back.Pull() != gpio.PullUp {
			t.Errorf("feedback pull %v", r.back.Pull())
		}
		if err := o.Set(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(15 * time.Millisecond) // the relay's own time
			r.back.Drive(gpio.Low)
		}()
		begun := time.Now()
		if on, err := o.On(t.Context()); !on || err != nil {
			t.Errorf("after the relay's time: %v, %v", on, err)
		}
		if took := time.Since(begun); took < 15*time.Millisecond || took > 25*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
}

func TestFeedbackThatDisagreesIsTheTruth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRelay(t)
		o := pins.NewOutput(r, pins.OutputSpec{Name: "siren", Line: "out", Feedback: "back", Settle: 100 * time.Millisecond})
		if err := o.Set(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if on, err := o.On(t.Context()); on || err != nil || time.Since(begun) < 100*time.Millisecond {
			t.Errorf("a relay that does not follow: %v, %v after %v", on, err, time.Since(begun))
		}
		// Asserting the same again gives no new time to settle.
		begun = time.Now()
		if err := o.Set(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if on, err := o.On(t.Context()); on || err != nil || time.Since(begun) != 0 {
			t.Errorf("asserted again: %v, %v after %v", on, err, time.Since(begun))
		}
	})
}

func TestFeedbackThatFailsIsNoAnswer(t *testing.T) {
	r := newRelay(t)
	o := pins.NewOutput(r, pins.OutputSpec{Name: "siren", Line: "out", Feedback: "back"})
	cut := errors.New("input/output error")
	r.back.Break(cut)
	if on, err := o.On(t.Context()); on || !errors.Is(err, cut) || !strings.Contains(err.Error(), "back") {
		t.Errorf("%v, %v", on, err)
	}
	r.back.Break(nil)
	r.back.Drive(gpio.Low)
	if on, err := o.On(t.Context()); !on || err != nil {
		t.Errorf("repaired: %v, %v", on, err)
	}
}

func TestCurrentTellsOnFromOff(t *testing.T) {
	for _, c := range []struct {
		amps float64
		err  error
		on   bool
		want error
	}{
		{amps: 0, on: false}, {amps: 0.199, on: false}, {amps: 0.2, on: true}, {amps: 3, on: true}, {amps: -0.01, on: false},
		{amps: math.NaN(), want: pins.ErrFeedback}, {amps: math.Inf(1), want: pins.ErrFeedback},
		{amps: -0.5, want: pins.ErrFeedback}, {amps: 1, err: errLost, want: errLost},
	} {
		r := newRelay(t)
		o := pins.NewOutput(r, pins.OutputSpec{
			Name: "siren", Line: "out", Threshold: 0.2,
			Current: func(context.Context) (float64, error) { return c.amps, c.err },
		})
		if on, err := o.On(t.Context()); on != c.on || !errors.Is(err, c.want) {
			t.Errorf("%v A, %v: %v, %v, want %v, %v", c.amps, c.err, on, err, c.on, c.want)
		}
	}
}

var errLost = errors.New("sensor lost")

// TestContactAndCurrentMustAgree: the relay pulls, and the siren's wire is cut.
func TestContactAndCurrentMustAgree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, amps := newRelay(t), 0.0
		o := pins.NewOutput(r, pins.OutputSpec{
			Name: "siren", Line: "out", Feedback: "back", Threshold: 0.2,
			Current: func(context.Context) (float64, error) { return amps, nil },
		})
		if err := o.Set(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		r.back.Drive(gpio.Low)
		if on, err := o.On(t.Context()); on || !errors.Is(err, pins.ErrFeedback) || !strings.Contains(err.Error(), "wires") {
			t.Errorf("contact on, no current: %v, %v", on, err)
		}
		amps = 1
		if on, err := o.On(t.Context()); !on || err != nil {
			t.Errorf("both on: %v, %v", on, err)
		}
	})
}

func TestStuckOutputGivesBackToItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRelay(t)
		o := pins.NewOutput(r, pins.OutputSpec{Name: "siren", Line: "out"})
		free := r.out.Stick()
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := o.Set(ctx, true); !errors.Is(err, pins.ErrStuck) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("stuck: %v", err)
			}
			cancel()
		}
		free()
		synctest.Wait()
		if err := o.Set(t.Context(), true); err != nil {
			t.Errorf("freed: %v", err)
		}
		if got := r.out.Outs(); !slices.Equal(got, []gpio.Level{true, true}) {
			t.Errorf("written %v: the call that was given up while waiting must not write", got)
		}
	})
}

func TestEndedContextSwitchesNothing(t *testing.T) {
	r := newRelay(t)
	o := pins.NewOutput(r, pins.OutputSpec{Name: "siren", Line: "out"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 {
		if err := o.Set(ctx, true); !errors.Is(err, context.Canceled) {
			t.Fatalf("%v", err)
		}
	}
	if got := r.out.Outs(); len(got) != 0 {
		t.Errorf("written %v", got)
	}
}

func TestPanicUnderAnOutputIsAnError(t *testing.T) {
	r := newRelay(t)
	o := pins.NewOutput(r, pins.OutputSpec{Name: "siren", Line: "out"})
	r.out.Panic(true)
	if err := o.Set(t.Context(), true); !errors.Is(err, pins.ErrPanic) {
		t.Errorf("%v", err)
	}
	r.out.Panic(false)
	if err := o.Set(t.Context(), true); err != nil {
		t.Error(err)
	}
}

func TestOutputsThatCanNeverWork(t *testing.T) {
	amps := func(context.Context) (float64, error) { return 0, nil }
	for name, spec := range map[string]pins.OutputSpec{
		"no line":       {Name: "x"},
		"feedback":      {Name: "x", Line: "out", Feedback: "out"},
		"no threshold":  {Name: "x", Line: "out", Current: amps},
		"NaN threshold": {Name: "x", Line: "out", Current: amps, Threshold: math.NaN()},
	} {
		r := newRelay(t)
		o := pins.NewOutput(r, spec)
		_, err := o.On(t.Context())
		if !errors.Is(err, pins.ErrConfig) || !errors.Is(o.Set(t.Context(), true), pins.ErrConfig) || len(r.out.Outs()) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOutputWhoseLineIsMissingIsTriedAgain(t *testing.T) {
	r := newRelay(t)
	r.Fail(pins.ErrNoChip)
	o := pins.NewOutput(r, pins.OutputSpec{Name: "siren", Line: "out"})
	if err := o.Set(t.Context(), true); !errors.Is(err, pins.ErrNoChip) || !strings.Contains(err.Error(), "out") {
		t.Errorf("%v", err)
	}
	r.Fail(nil)
	if err := o.Set(t.Context(), true); err != nil || o.Name() != "siren" {
		t.Error(err)
	}
}
