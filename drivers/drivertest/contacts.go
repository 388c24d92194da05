package drivertest

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
)

// The times that every source of contacts must keep, whatever it is made of.
const (
	// ContactWithin is how long after the debounce a change may take to reach the sink.
	ContactWithin = 5 * time.Millisecond
	// ContactSilence is the longest time between two deliveries of a contact.
	ContactSilence = time.Second
)

// ContactModel is a contract with one dry contact: closed is a fire.
func ContactModel() *contract.Contract {
	return &contract.Contract{
		Name: "contact-test", Version: 1, Class: "detector", Transport: contract.Pins,
		Points: []contract.Point{{
			Name: "smoke", Type: contract.Bool, Role: contract.RoleSmoke, Lane: contract.Alarm, Scale: 1,
			Values: []contract.ValueMeaning{{Raw: 0, Means: contract.Normal}, {Raw: 1, Means: contract.Fire}},
		}},
	}
}

// ContactWire is the outside world of one contact. It is safe for concurrent use.
type ContactWire interface {
	// Short closes or opens the contact.
	Short(closed bool)
	// Break makes the line fail with err; nil repairs it.
	Break(err error)
}

// ContactBench is a source under test and the world around it. The contacts are open at
// first, and each is point 0 of ContactModel on a device of its own.
type ContactBench struct {
	Source source.Source
	// Devices and Wires belong together by index; there are at least two.
	Devices  []string
	Wires    []ContactWire
	Debounce time.Duration
}

// Contacts asserts that a source of dry contacts keeps its promises, in the bubble's time of
// testing/synctest. newBench is called within the bubble, once for each promise.
func Contacts(t *testing.T, newBench func(t *testing.T, now func() message.Stamp) *ContactBench) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *contactRun)
	}{
		{"levels at the start", contactStart},
		{"a short and its end", contactShort},
		{"all at once", contactBurst},
		{"a pulse too short", contactPulse},
		{"a bouncing contact", contactBounce},
		{"every second", contactHeartbeat},
		{"a second look", contactConfirm},
		{"no second look at what is gone", contactConfirmGone},
		{"a line that fails", contactBroken},
		{"all lines fail", contactAllBroken},
		{"an unsteady contact", contactUnsteady},
		{"nothing after the end", contactStop},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startContacts(t, newBench)
				c.test(t, r)
				r.stop()
			})
		})
	}
}

// contactRun is a running source and what it delivered.
type contactRun struct {
	*ContactBench
	t      *testing.T
	cancel context.CancelFunc
	ended  chan error

	mu    sync.Mutex
	got   []contactDelivery
	bus   []source.BusState
	want  source.Want
	began time.Time
}

type contactDelivery struct {
	device string
	raw    uint64
	means  contract.Condition
	err    error
	at     time.Time
}

func startContacts(t *testing.T, newBench func(*testing.T, func() message.Stamp) *ContactBench) *contactRun {
	r := &contactRun{t: t, ended: make(chan error, 1), began: time.Now()}
	r.ContactBench = newBench(t, func() message.Stamp {
		return message.Stamp{Boot: "b", Mono: time.Since(r.began), Wall: time.Now()}
	})
	ctx, cancel := context.WithCancel(t.Context())
	r.cancel = cancel
	go func() { r.ended <- r.Source.Run(ctx, r) }()
	time.Sleep(r.Debounce + ContactWithin) // the bubble's time
	synctest.Wait()
	return r
}

func (r *contactRun) stop() {
	r.t.Helper()
	r.cancel()
	if err := <-r.ended; err != nil {
		r.t.Errorf("run: %v", err)
	}
}

// Deliver implements source.Sink.
func (r *contactRun) Deliver(b *source.Batch) source.Want {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := contactDelivery{device: b.Device, err: b.Err, at: time.Now()}
	switch {
	case b.Err != nil && len(b.Samples) > 0, b.Err == nil && len(b.Samples) != 1:
		r.t.Errorf("batch of %s with %d samples and error %v", b.Device, len(b.Samples), b.Err)
	case b.At.Mono != time.Since(r.began):
		r.t.Errorf("batch of %s at %v, want now, %v", b.Device, b.At.Mono, time.Since(r.began))
	}
	if b.Err == nil {
		d.raw, d.means = b.Samples[0].Raw, b.Samples[0].Means
	}
	r.got = append(r.got, d)
	return r.want
}

// Bus implements source.Sink.
func (r *contactRun) Bus(s source.BusState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bus = append(r.bus, s)
}

// forget drops what was delivered so far and sets what the sink asks for from now on.
func (r *contactRun) forget(want source.Want) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got, r.bus, r.want = nil, nil, want
	return time.Now()
}

// after lets time pass and returns what was delivered of one contact since forget.
func (r *contactRun) after(d time.Duration, wire int) []contactDelivery {
	time.Sleep(d)
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []contactDelivery
	for _, g := range r.got {
		if g.device == r.Devices[wire] {
			out = append(out, g)
		}
	}
	return out
}

func (r *contactRun) states() []source.BusState {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]source.BusState(nil), r.bus...)
}

// turn changes a contact and asserts that its new level arrives in time, exactly once.
func (r *contactRun) turn(wire int, closed bool) {
	r.t.Helper()
	from := r.forget(source.Nothing)
	r.Wires[wire].Short(closed)
	got := r.after(r.Debounce+ContactWithin, wire)
	raw, means := uint64(0), contract.Normal
	if closed {
		raw, means = 1, contract.Fire
	}
	n := 0
	for _, g := range got {
		if g.err != nil || g.raw != raw {
			continue
		}
		n++
		if took := g.at.Sub(from); took < r.Debounce {
			r.t.Errorf("closed %v counted after %v, debounce %v", closed, took, r.Debounce)
		}
		if g.means != means {
			r.t.Errorf("closed %v means %v", closed, g.means)
		}
	}
	if n != 1 {
		r.t.Errorf("closed %v was delivered %d times within %v: %+v", closed, n, r.Debounce+ContactWithin, got)
	}
}

func contactStart(t *testing.T, r *contactRun) {
	for i := range r.Wires {
		got := r.after(0, i)
		if len(got) != 1 || got[0].err != nil || got[0].raw != 0 || got[0].means != contract.Normal {
			t.Errorf("%s at the start: %+v, want one open contact", r.Devices[i], got)
		}
	}
	if s := r.states(); len(s) != 1 || !s[0].Up || s[0].Err != nil {
		t.Errorf("bus %+v, want up once", s)
	}
}

func contactShort(_ *testing.T, r *contactRun) {
	for range 20 {
		r.turn(0, true)
		time.Sleep(7300 * time.Microsecond) // another phase of any polling
		r.turn(0, false)
		time.Sleep(311 * time.Microsecond)
	}
}

func contactBurst(t *testing.T, r *contactRun) {
	from := r.forget(source.Confirm)
	for _, w := range r.Wires {
		w.Short(true)
	}
	r.after(r.Debounce+ContactWithin, 0)
	for i := range r.Wires {
		got := r.after(0, i)
		if len(got) == 0 || got[0].raw != 1 || got[0].at.Sub(from) > r.Debounce+ContactWithin {
			t.Errorf("%s in a burst: %+v", r.Devices[i], got)
		}
	}
}

func contactPulse(t *testing.T, r *contactRun) {
	r.forget(source.Nothing)
	for range 10 {
		r.Wires[0].Short(true)
		time.Sleep(r.Debounce * 2 / 3)
		r.Wires[0].Short(false)
		time.Sleep(3 * r.Debounce)
	}
	for _, g := range r.after(time.Second, 0) {
		if g.err != nil || g.raw != 0 {
			t.Errorf("pulses of %v led to %+v", r.Debounce*2/3, g)
		}
	}
}

func contactBounce(t *testing.T, r *contactRun) {
	r.forget(source.Nothing)
	for range 4 {
		r.Wires[0].Short(true)
		time.Sleep(r.Debounce / 5)
		r.Wires[0].Short(false)
		time.Sleep(r.Debounce / 7)
	}
	r.turn(0, true)
	for _, g := range r.after(time.Second/2, 0) {
		if g.err != nil || g.raw != 1 {
			t.Errorf("after a bouncing contact had closed: %+v", g)
		}
	}
}

func contactHeartbeat(t *testing.T, r *contactRun) {
	r.turn(1, true)
	last := r.forget(source.Nothing)
	r.after(20*time.Second, 0)
	for i := range r.Wires {
		r.evenly(i, last, func(g contactDelivery) bool { return g.err == nil && (g.raw == 1) == (i == 1) })
	}
	if s := r.states(); len(s) != 0 {
		t.Errorf("the bus did not change, and %+v was told", s)
	}
}

// evenly asserts that a contact was never silent for long since a moment, and that every
// delivery is as it should be.
func (r *contactRun) evenly(wire int, from time.Time, good func(contactDelivery) bool) {
	r.t.Helper()
	for _, g := range append(r.after(0, wire), contactDelivery{at: time.Now()}) {
		if gap := g.at.Sub(from); gap > ContactSilence {
			r.t.Errorf("%s was silent for %v", r.Devices[wire], gap)
		}
		if g.device != "" && !good(g) {
			r.t.Errorf("%s: unexpected %+v", r.Devices[wire], g)
		}
		from = g.at
	}
}

func contactConfirm(t *testing.T, r *contactRun) {
	from := r.forget(source.Confirm)
	r.Wires[0].Short(true)
	got := r.after(2*r.Debounce+ContactWithin, 0)
	if len(got) < 2 || got[0].raw != 1 || got[1].raw != 1 {
		t.Fatalf("within two debounces: %+v, want two deliveries of the fire", got)
	}
	if gap := got[1].at.Sub(got[0].at); gap <= 0 || gap > r.Debounce {
		t.Errorf("second look %v after the first, %v after the short; want it within %v", gap, got[1].at.Sub(from), r.Debounce)
	}
}

func contactConfirmGone(t *testing.T, r *contactRun) {
	r.forget(source.Nothing)
	r.Wires[0].Short(true)
	r.forget(source.Confirm)
	for len(r.after(time.Millisecond, 0)) == 0 {
	}
	r.Wires[0].Short(false)
	gone := time.Now()
	for _, g := range r.after(r.Debounce*3, 0) {
		if g.at.After(gone) && g.raw == 1 {
			t.Errorf("the contact opened, and %v later it was confirmed as closed", g.at.Sub(gone))
		}
	}
}
