package ledtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"firepost/drivers/led"
)

// abilities asserts that every ability claimed works, and that the card really changed.
func abilities(t *testing.T, o Options) {
	for _, o2 := range open(t, o).ops() {
		t.Run(o2.name, func(t *testing.T) {
			b := open(t, o)
			for _, op := range b.ops() {
				if op.name != o2.name {
					continue
				}
				if op.name == "clear" {
					call(t, "show", func(ctx context.Context) error { return b.sign.Show(ctx, b.scene(1)) })
				}
				call(t, op.name, op.do)
				if got := b.card.Shown(); !op.done(got) {
					t.Errorf("confirmed, and the card is %+v", got)
				}
			}
		})
	}
	t.Run("levels", func(t *testing.T) { levels(t, open(t, o)) })
	t.Run("status", func(t *testing.T) { status(t, open(t, o)) })
}

func levels(t *testing.T, b *bench) {
	if b.can.Has(led.CanDim) {
		for _, want := range []int{1, 2, 10, 33, 50, 75, 99, 100} {
			call(t, "brightness", func(ctx context.Context) error { return b.sign.Brightness(ctx, want) })
			got := b.card.Shown().Brightness
			if got < want-b.o.Step || got > want+b.o.Step || got == 0 {
				t.Errorf("brightness %d became %d on the card", want, got)
			}
		}
	}
	if b.can.Has(led.CanPower) {
		for _, want := range []bool{false, false, true, true} {
			call(t, "power", func(ctx context.Context) error { return b.sign.Power(ctx, want) })
			if got := b.card.Shown().Lit; got != want {
				t.Errorf("power %t, and the card is lit: %t", want, got)
			}
		}
	}
}

// status asserts that what is read back is what the card is, and that nothing is made up.
func status(t *testing.T, b *bench) {
	if b.can.Has(led.CanDim) {
		call(t, "brightness", func(ctx context.Context) error { return b.sign.Brightness(ctx, 60) })
	}
	if b.shows() {
		call(t, "show", func(ctx context.Context) error { return b.sign.Show(ctx, b.scene(1)) })
	}
	first, err := b.status(t)
	if b.can&(led.CanReadBack|led.CanSense) == 0 {
		if err != nil && !errors.Is(err, led.ErrUnsupported) {
			t.Fatal(err)
		}
		if first != (led.Status{Model: first.Model, Firmware: first.Firmware}) {
			t.Errorf("a card that can't be asked is said to be %+v", first)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	shown := b.card.Shown()
	if first.Lit != nil && *first.Lit != shown.Lit {
		t.Errorf("lit is read as %t and is %t", *first.Lit, shown.Lit)
	}
	if first.Brightness != nil && (*first.Brightness < shown.Brightness-1 || *first.Brightness > shown.Brightness+1) {
		t.Errorf("brightness is read as %d and is %d", *first.Brightness, shown.Brightness)
	}
	if b.can.Has(led.CanReadBack) && first.Holds == "" && first.Lit == nil && first.Brightness == nil && first.Signal == nil {
		t.Error("nothing is read back")
	}
	if b.can.Has(led.CanSense) && first.Celsius == nil && first.Smoke == nil && first.Door == nil {
		t.Error("nothing is sensed")
	}
	b.holds(t, first)
}

// holds asserts that equal content reads equal, and other content otherwise.
func (b *bench) holds(t *testing.T, first led.Status) {
	if again, err := b.status(t); err != nil || again.Holds != first.Holds {
		t.Errorf("the same content reads as %q and %q (%v)", first.Holds, again.Holds, err)
	}
	if first.Holds == "" || !b.can.Has(led.CanPicture) && !b.can.Has(led.CanText) {
		return
	}
	call(t, "show", func(ctx context.Context) error { return b.sign.Show(ctx, b.scene(2)) })
	if other, err := b.status(t); err != nil || other.Holds == first.Holds {
		t.Errorf("two scenes read as the same %q (%v)", other.Holds, err)
	}
}

func (b *bench) status(t *testing.T) (led.Status, error) {
	ctx, cancel := context.WithTimeout(t.Context(), plenty)
	defer cancel()
	return b.sign.Status(ctx)
}

// unclaimed asserts that what the card can't do is said so, without troubling it.
func unclaimed(t *testing.T, o Options) {
	b := open(t, o)
	before := b.card.Heard()
	for _, c := range []struct {
		name string
		can  bool
		do   func(context.Context) error
	}{
		{"preload", b.can.Has(led.CanStore), func(ctx context.Context) error { return b.sign.Preload(ctx, b.scene(1)) }},
		{"show", b.shows(), func(ctx context.Context) error { return b.sign.Show(ctx, b.scene(1)) }},
		{"clear", b.shows(), func(ctx context.Context) error { return b.sign.Clear(ctx) }},
		{"brightness", b.can.Has(led.CanDim), func(ctx context.Context) error { return b.sign.Brightness(ctx, 50) }},
		{"power", b.can.Has(led.CanPower), func(ctx context.Context) error { return b.sign.Power(ctx, true) }},
		{"time", b.can.Has(led.CanTime), func(ctx context.Context) error { return b.sign.SetTime(ctx, aTime()) }},
	} {
		if c.can {
			continue
		}
		if err := b.try(t, c.do); !errors.Is(err, led.ErrUnsupported) {
			t.Errorf("%s: %v, want %v", c.name, err, led.ErrUnsupported)
		}
	}
	if got := b.card.Heard(); got != before {
		t.Errorf("the card heard %d requests that it can't do", got-before)
	}
}

// outOfRange asserts that what can't be meant is an error, and the card hears nothing.
func outOfRange(t *testing.T, o Options) {
	b := open(t, o)
	before := b.card.Heard()
	refuse := func(what string, do func(context.Context) error) {
		t.Helper()
		if err := b.try(t, do); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	for _, n := range []int{-1, 0, 101, 256, 1 << 30} {
		refuse("brightness", func(ctx context.Context) error { return b.sign.Brightness(ctx, n) })
	}
	for _, at := range []time.Time{{}, time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)} {
		refuse("time", func(ctx context.Context) error { return b.sign.SetTime(ctx, at) })
	}
	empty := led.Scene{ID: "empty", Colour: "red"}
	if b.can&(led.CanText|led.CanPicture) != 0 {
		refuse("empty scene", func(ctx context.Context) error { return b.sign.Show(ctx, empty) })
	}
	if b.can.Has(led.CanText) && !b.can.Has(led.CanPicture) {
		s := b.scene(1)
		s.Colour = "infrared"
		refuse("colour", func(ctx context.Context) error { return b.sign.Show(ctx, s) })
	}
	if b.can.Has(led.CanPicture) && !b.can.Has(led.CanText) {
		s := b.scene(1)
		s.Picture = picture(o.Size.Add(o.Size), 1)
		refuse("picture of the wrong size", func(ctx context.Context) error { return b.sign.Show(ctx, s) })
	}
	if b.can.Has(led.CanExpire) {
		s := b.scene(1)
		s.For = -time.Second
		refuse("negative time to live", func(ctx context.Context) error { return b.sign.Show(ctx, s) })
	}
	if got := b.card.Heard(); got != before {
		t.Errorf("the card heard %d requests", got-before)
	}
}
