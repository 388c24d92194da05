package ledtest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"firepost/drivers/led"
)

// fault is one fault and the errors of which its error must be one.
type fault struct {
	inject Fault
	want   []error
	// carried says whether the card carries the request out none the less.
	carried bool
}

// eachOp runs test for every call that the card can do, each with a card of its own and all at
// once, whatever -parallel says: they mostly wait.
func eachOp(t *testing.T, o Options, test func(t *testing.T, b *bench, op op)) {
	var running sync.WaitGroup
	for i, named := range open(t, o).ops() {
		running.Go(func() {
			t.Run(named.name, func(t *testing.T) {
				b := open(t, o)
				test(t, b, b.ops()[i])
			})
		})
	}
	running.Wait()
}

// faults asserts what each fault is called, and that the next call works.
func faults(t *testing.T, o Options) {
	noAnswer, garbled := []error{led.ErrNoAnswer}, []error{led.ErrGarbled}
	for _, f := range []fault{
		{Silence, noAnswer, false},
		{Mute, noAnswer, true},
		{Garbage, garbled, false},
		{Damaged, garbled, true},
		{Refusal, []error{led.ErrRefused}, false},
		{Cut, noAnswer, false},
		{CutReply, []error{led.ErrNoAnswer, led.ErrGarbled}, true},
	} {
		if slices.Contains(o.Without, f.inject) {
			continue
		}
		t.Run(f.inject.String(), func(t *testing.T) {
			eachOp(t, o, func(t *testing.T, b *bench, op op) { oneFault(t, b, op, f) })
		})
	}
}

func oneFault(t *testing.T, b *bench, op op, f fault) {
	if op.name == "clear" {
		b.show(t, b.scene(3))
	}
	b.card.Inject(f.inject)
	err := b.try(t, op.do)
	if err == nil {
		t.Fatal("no error")
	}
	if !slices.ContainsFunc(f.want, func(w error) bool { return errors.Is(err, w) }) {
		t.Errorf("%v, want one of %v", err, f.want)
	}
	if errors.Is(err, led.ErrUnsupported) {
		t.Errorf("%v: what failed is said to be impossible", err)
	}
	if op.name != "status" && op.name != "preload" && !f.carried && op.done(b.card.Shown()) {
		t.Errorf("the card carried out what it should not have: %+v", b.card.Shown())
	}
	b.card.Inject(Healthy)
	call(t, op.name+" after it", op.do)
	if got := b.card.Shown(); !op.done(got) {
		t.Errorf("confirmed, and the card is %+v", got)
	}
}

// harmless asserts that what is no fault of the card's is no error.
func harmless(t *testing.T, o Options) {
	for _, f := range []Fault{SingleBytes, Noise, Twice} {
		if f == Noise && !o.Noise || slices.Contains(o.Without, f) {
			continue
		}
		t.Run(f.String(), func(t *testing.T) {
			eachOp(t, o, func(t *testing.T, b *bench, op op) {
				b.card.Inject(f)
				for range 3 {
					call(t, op.name, op.do)
				}
				if got := b.card.Shown(); !op.done(got) {
					t.Errorf("confirmed, and the card is %+v", got)
				}
			})
		})
	}
}

// lateReply asserts that a reply that comes too late confirms nothing else.
func lateReply(t *testing.T, o Options) {
	if slices.Contains(o.Without, Late) {
		return
	}
	eachOp(t, o, func(t *testing.T, b *bench, op op) {
		b.card.Inject(Late)
		if err := b.try(t, op.do); !errors.Is(err, led.ErrNoAnswer) {
			t.Fatalf("%v, want %v", err, led.ErrNoAnswer)
		}
		if o.SharedLine {
			b.card.Release()
		}
		// The same again, and something else.
		for _, next := range []func(context.Context) error{op.do, b.ops()[0].do} {
			if err := b.try(t, next); !errors.Is(err, led.ErrNoAnswer) {
				t.Errorf("the call after an unanswered %s: %v, and the card never answered it", op.name, err)
			}
		}
		b.card.Inject(Healthy)
		call(t, op.name, op.do)
	})
}

// twice asserts that the second copy of a reply does not confirm the next request.
func twice(t *testing.T, o Options) {
	if slices.Contains(o.Without, Twice) {
		return
	}
	eachOp(t, o, func(t *testing.T, b *bench, op op) {
		b.card.Inject(Twice)
		call(t, op.name, op.do)
		b.card.Inject(Silence)
		if err := b.try(t, op.do); !errors.Is(err, led.ErrNoAnswer) {
			t.Errorf("%v, want %v: the card did not answer", err, led.ErrNoAnswer)
		}
	})
}

// endedContext asserts that nothing is sent when the context has ended, and that a call ends
// with it.
func endedContext(t *testing.T, o Options) {
	eachOp(t, o, func(t *testing.T, b *bench, op op) {
		before := b.card.Heard()
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := op.do(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("%v does not wrap %v", err, context.Canceled)
		}
		if got := b.card.Heard(); got != before {
			t.Errorf("the card heard %d requests", got-before)
		}
		b.card.Inject(Silence)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan error, 1)
		go func() { ended <- op.do(ctx) }()
		wait, done := context.WithTimeout(t.Context(), plenty)
		defer done()
		if err := b.card.Await(wait, before+1); err != nil {
			t.Fatalf("the card heard nothing: %v", err)
		}
		cancel()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v does not wrap %v", err, context.Canceled)
			}
		case <-time.After(plenty):
			t.Fatal("the call goes on after its context ended")
		}
		b.card.Inject(Healthy)
		call(t, op.name, op.do)
	})
}

// closed asserts that a closed sign says so, and can be closed again.
func closed(t *testing.T, o Options) {
	b := open(t, o)
	for _, op := range b.ops() {
		call(t, op.name, op.do)
		break
	}
	if err := b.sign.Close(); err != nil {
		t.Fatal(err)
	}
	for _, op := range b.ops() {
		if err := b.try(t, op.do); err == nil {
			t.Errorf("%s on a closed sign: no error", op.name)
		}
	}
}
