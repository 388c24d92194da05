package tvtest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"firepost/drivers/tv"
	"firepost/drivers/tv/tvsim"
)

// Device is the simulated set behind the driver.
type Device interface {
	// State is what the set does; Change is somebody with the remote control.
	State() tvsim.State
	Change(func(*tvsim.State))
	// Heard is how many well-formed requests have reached it.
	Heard() int
	// AwaitHeard waits until n of them have.
	AwaitHeard(ctx context.Context, n int) error
	// Inject makes one thing wrong; Release lets a late reply go.
	Inject(tvsim.Fault)
	Release()
}

// Options is what the suite needs to know of one driver.
type Options struct {
	// Open makes a new simulated set, which is off, and the driver that is connected to it;
	// what it starts ends with the test. The driver's own time for a reply should be long.
	Open func(t *testing.T) (tv.Set, Device)
	// Inputs are two or more that the simulated set has; empty where the line can't choose.
	Inputs []string
	// Own is an input that Input takes and after which State().Input is that name, for lines
	// that can only choose their own.
	Own string
	// Volume says whether the volume can be set and read.
	Volume bool
	// SilentStandby says that the set does not answer in standby.
	SilentStandby bool
	// Without lists the faults that can't happen on this line.
	Without []tvsim.Fault
	// Patience is how long a call waits for an answer that does not come; zero: 300 ms. It
	// must be longer than the time for which the line is kept silent after such a call.
	Patience time.Duration
}

// Run asserts everything that the package's documentation lists, each as a subtest.
func Run(t *testing.T, o Options) {
	t.Helper()
	if o.Patience == 0 {
		o.Patience = 300 * time.Millisecond
	}
	t.Run("power", func(t *testing.T) { power(t, o) })
	t.Run("input", func(t *testing.T) { input(t, o) })
	t.Run("volume", func(t *testing.T) { volume(t, o) })
	t.Run("remote control", func(t *testing.T) { remote(t, o) })
	t.Run("standby", func(t *testing.T) { standby(t, o) })
	t.Run("faults", func(t *testing.T) { faults(t, o) })
	t.Run("harmless faults", func(t *testing.T) { harmless(t, o) })
	t.Run("late reply", func(t *testing.T) { late(t, o) })
	t.Run("reply sent twice", func(t *testing.T) { twice(t, o) })
	t.Run("ended context", func(t *testing.T) { ended(t, o) })
	t.Run("closed", func(t *testing.T) { closed(t, o) })
}

// open makes a set that is on.
func (o Options) open(t *testing.T) (tv.Set, Device) {
	t.Helper()
	s, d := o.Open(t)
	d.Change(func(st *tvsim.State) { st.On = true })
	return s, d
}

func ok(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func status(t *testing.T, s tv.Set) tv.Status {
	t.Helper()
	st, err := s.Status(t.Context())
	ok(t, "status", err)
	return st
}

func isOn(st tv.Status, want bool) bool { return st.On != nil && *st.On == want }

func power(t *testing.T, o Options) {
	s, d := o.Open(t)
	for _, on := range []bool{true, false, true, true} {
		ok(t, "power", s.Power(t.Context(), on))
		if d.State().On != on {
			t.Fatalf("the set's power is %v after Power(%v)", d.State().On, on)
		}
		if on && !isOn(status(t, s), true) {
			t.Fatal("the status does not say that the set is on")
		}
	}
}

func input(t *testing.T, o Options) {
	s, d := o.open(t)
	names := o.Inputs
	if o.Own != "" {
		names = []string{o.Own}
	}
	for _, name := range names {
		ok(t, "input", s.Input(t.Context(), name))
		if d.State().Input != name {
			t.Fatalf("the set shows %q after Input(%q)", d.State().Input, name)
		}
		if got := status(t, s).Input; len(o.Inputs) > 0 && got != name {
			t.Fatalf("the status says %q, want %q", got, name)
		}
	}
	heard := d.Heard()
	for _, name := range []string{"", "hdmi", "HDMI1", "hdmi99", "hdmi1\r"} {
		if err := s.Input(t.Context(), name); !errors.Is(err, tv.ErrUnsupported) {
			t.Errorf("Input(%q): %v, want it unsupported", name, err)
		}
	}
	if d.Heard() != heard {
		t.Error("the set heard of an input that does not exist")
	}
}

func volume(t *testing.T, o Options) {
	s, d := o.open(t)
	if !o.Volume {
		if err := s.Volume(t.Context(), 30); !errors.Is(err, tv.ErrUnsupported) || d.Heard() != 0 {
			t.Fatalf("Volume: %v after %d requests, want it unsupported and unheard", err, d.Heard())
		}
		return
	}
	for _, v := range []int{0, 1, 20, 100} {
		ok(t, "volume", s.Volume(t.Context(), v))
		if d.State().Volume != v {
			t.Fatalf("the set's volume is %d after Volume(%d)", d.State().Volume, v)
		}
		if got := status(t, s).Volume; got == nil || *got != v {
			t.Fatalf("the status says %v, want %d", got, v)
		}
	}
	heard := d.Heard()
	for _, v := range []int{-1, 101, 255, 256, -256} {
		if s.Volume(t.Context(), v) == nil {
			t.Errorf("Volume(%d) is accepted", v)
		}
	}
	if d.Heard() != heard {
		t.Error("the set heard of a volume that does not exist")
	}
}

// remote: what somebody does with the remote control is seen.
func remote(t *testing.T, o Options) {
	s, d := o.open(t)
	if !isOn(status(t, s), true) {
		t.Fatal("the status does not say that the set is on")
	}
	if o.Volume {
		d.Change(func(st *tvsim.State) { st.Volume, st.Muted = 77, true })
		st := status(t, s)
		if st.Volume == nil || *st.Volume != 77 || st.Muted == nil || !*st.Muted {
			t.Fatalf("volume %v, muted %v", st.Volume, st.Muted)
		}
	}
	if len(o.Inputs) > 1 {
		d.Change(func(st *tvsim.State) { st.Input = o.Inputs[1] })
		if got := status(t, s).Input; got != o.Inputs[1] {
			t.Fatalf("input %q, want %q", got, o.Inputs[1])
		}
	}
}

// standby: a set that is off says so, or nothing is known.
func standby(t *testing.T, o Options) {
	s, _ := o.Open(t)
	ctx, cancel := context.WithTimeout(t.Context(), o.Patience)
	defer cancel()
	if !o.SilentStandby {
		ctx = t.Context()
	}
	st, err := s.Status(ctx)
	if o.SilentStandby {
		if !errors.Is(err, tv.ErrNoAnswer) || st.On != nil {
			t.Fatalf("status %+v, %v; want no answer and nothing known", st, err)
		}
		return
	}
	if err != nil || !isOn(st, false) || st.Input != "" || st.Volume != nil {
		t.Fatalf("status %+v, %v; want off and nothing else known", st, err)
	}
}

func faults(t *testing.T, o Options) {
	silent, garbled, refused := []error{tv.ErrNoAnswer}, []error{tv.ErrGarbled}, []error{tv.ErrRefused}
	for _, c := range []struct {
		fault tvsim.Fault
		want  []error
	}{
		{tvsim.Silence, silent},
		{tvsim.Mute, silent},
		{tvsim.Garbage, garbled},
		{tvsim.Damaged, garbled},
		{tvsim.Refusal, refused},
		{tvsim.CutReply, []error{tv.ErrNoAnswer, tv.ErrGarbled}},
	} {
		if slices.Contains(o.Without, c.fault) {
			continue
		}
		t.Run(c.fault.String(), func(t *testing.T) {
			t.Parallel()
			for name, call := range map[string]func(context.Context, tv.Set) error{
				"power":  func(ctx context.Context, s tv.Set) error { return s.Power(ctx, true) },
				"status": func(ctx context.Context, s tv.Set) error { _, err := s.Status(ctx); return err },
			} {
				s, d := o.open(t)
				ok(t, "first call", s.Power(t.Context(), true))
				d.Inject(c.fault)
				ctx, cancel := context.WithTimeout(t.Context(), o.Patience)
				err := call(ctx, s)
				cancel()
				if !slices.ContainsFunc(c.want, func(want error) bool { return errors.Is(err, want) }) {
					t.Errorf("%s: %v, want one of %v", name, err, c.want)
				}
				d.Inject(tvsim.Healthy)
				if !isOn(status(t, s), true) {
					t.Errorf("%s: the call after it does not find the set on", name)
				}
			}
		})
	}
}

// harmless: what must not disturb.
func harmless(t *testing.T, o Options) {
	for _, f := range []tvsim.Fault{tvsim.SingleBytes, tvsim.Noise, tvsim.Cut} {
		if slices.Contains(o.Without, f) {
			continue
		}
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			s, d := o.open(t)
			ok(t, "first call", s.Power(t.Context(), true))
			d.Inject(f)
			ok(t, "power", s.Power(t.Context(), true))
			if !isOn(status(t, s), true) {
				t.Fatal("the status does not say that the set is on")
			}
		})
	}
}

// late: the reply to an unanswered "off" comes when somebody has switched the set on.
func late(t *testing.T, o Options) {
	s, d := o.open(t)
	ok(t, "first call", s.Power(t.Context(), true))
	d.Inject(tvsim.Late)
	ctx, cancel := context.WithTimeout(t.Context(), o.Patience)
	defer cancel()
	if err := s.Power(ctx, false); !errors.Is(err, tv.ErrNoAnswer) {
		t.Fatalf("power: %v, want no answer", err)
	}
	d.Change(func(st *tvsim.State) { st.On = true })
	d.Release()
	d.Inject(tvsim.Healthy)
	if !isOn(status(t, s), true) {
		t.Fatal("a late reply was taken for the answer to a later question")
	}
}

// twice: the second copy of "off" comes when somebody has switched the set on.
func twice(t *testing.T, o Options) {
	if slices.Contains(o.Without, tvsim.Twice) {
		return
	}
	s, d := o.open(t)
	d.Inject(tvsim.Twice)
	ok(t, "power", s.Power(t.Context(), false))
	d.Inject(tvsim.Healthy)
	d.Change(func(st *tvsim.State) { st.On = true })
	if !isOn(status(t, s), true) {
		t.Fatal("a reply sent twice was taken for the answer to a later question")
	}
}

func ended(t *testing.T, o Options) {
	s, d := o.open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range map[string]error{
		"power": s.Power(ctx, true), "status": second(s.Status(ctx)),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want the context's error", name, err)
		}
	}
	if d.Heard() != 0 {
		t.Error("the set heard of a call whose context had ended")
	}
	d.Inject(tvsim.Late)
	ctx, cancel = context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Power(ctx, true) }()
	ok(t, "wait", d.AwaitHeard(t.Context(), 1))
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("power: %v, want the context's error", err)
	}
}

func second[T any](_ T, err error) error { return err }

func closed(t *testing.T, o Options) {
	s, d := o.open(t)
	ok(t, "first call", s.Power(t.Context(), true))
	heard := d.Heard()
	ok(t, "close", s.Close())
	ok(t, "close again", s.Close())
	if s.Power(t.Context(), true) == nil || second(s.Status(t.Context())) == nil {
		t.Error("a closed set still works")
	}
	if d.Heard() != heard {
		t.Error("the set heard of a call after Close")
	}
}
