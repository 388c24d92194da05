package ledtest

import (
	"context"
	"testing"
	"time"

	"firepost/drivers/led"
)

// show shows s and asserts that the card does.
func (b *bench) show(t *testing.T, s led.Scene) {
	t.Helper()
	call(t, "show "+s.ID, func(ctx context.Context) error { return b.sign.Show(ctx, s) })
	b.check(t, s)
}

func (b *bench) clear(t *testing.T) {
	t.Helper()
	call(t, "clear", func(ctx context.Context) error { return b.sign.Clear(ctx) })
	if b.card.Shown().Scene {
		t.Fatal("the scene is still there after it was cleared")
	}
}

// showAndClear asserts that a scene replaces the one before and that clearing is idempotent.
func showAndClear(t *testing.T, o Options) {
	b := open(t, o)
	if !b.shows() {
		return
	}
	b.clear(t)
	b.show(t, b.scene(1))
	b.show(t, b.scene(1))
	if b.can.Has(led.CanText) {
		one := b.scene(2)
		one.Lines = one.Lines[:1]
		b.show(t, one)
	}
	b.show(t, b.scene(3))
	b.clear(t)
	b.clear(t)
	b.show(t, b.scene(4))
}

// renewal asserts that a scene goes by itself and that showing it again renews it.
func renewal(t *testing.T, o Options) {
	b := open(t, o)
	if !b.can.Has(led.CanExpire) {
		return
	}
	s := b.scene(1)
	b.show(t, s)
	for range 3 {
		b.card.Elapse(s.For * 2 / 3)
		if !b.card.Shown().Scene {
			t.Fatalf("the scene went before its %v were over", s.For)
		}
		b.show(t, s)
	}
	b.card.Elapse(s.For + 2*time.Second)
	if b.card.Shown().Scene {
		t.Fatalf("the scene is still there %v after it was last renewed", s.For+2*time.Second)
	}
	b.clear(t)
	b.show(t, s)
	s.For = 0
	b.show(t, s)
	b.card.Elapse(48 * time.Hour)
	if !b.card.Shown().Scene {
		t.Error("a scene without an end went by itself")
	}
}

// powerCycle asserts that a card that lost what it held can be cleared, asked and shown to.
func powerCycle(t *testing.T, o Options) {
	for _, first := range []string{"show", "clear", "other"} {
		t.Run(first, func(t *testing.T) {
			b := open(t, o)
			if b.shows() {
				b.show(t, b.scene(1))
			}
			b.card.PowerCycle()
			if !b.shows() {
				for _, op := range b.ops() {
					call(t, op.name, op.do)
				}
				return
			}
			switch first {
			case "clear":
				b.clear(t)
			case "other":
				b.show(t, b.scene(2))
			}
			b.show(t, b.scene(1))
			b.clear(t)
		})
	}
}

// preload asserts that a stored scene is not shown before it is asked for, and that showing it
// sends it no more.
func preload(t *testing.T, o Options) {
	b := open(t, o)
	if !b.can.Has(led.CanStore) {
		return
	}
	alarm, drill := b.scene(1), b.scene(2)
	for _, s := range []led.Scene{alarm, drill} {
		call(t, "preload", func(ctx context.Context) error { return b.sign.Preload(ctx, s) })
		if b.card.Shown().Scene {
			t.Fatal("a scene that was only stored is on the glass")
		}
	}
	stored := b.card.Shown().Uploads
	if stored == 0 {
		t.Fatal("nothing was stored")
	}
	call(t, "preload again", func(ctx context.Context) error { return b.sign.Preload(ctx, alarm) })
	stored = max(stored, b.card.Shown().Uploads)
	for _, s := range []led.Scene{drill, alarm, alarm, drill} {
		b.show(t, s)
	}
	b.clear(t)
	b.show(t, alarm)
	if got := b.card.Shown().Uploads; got != stored {
		t.Errorf("showing stored scenes sent %d scenes", got-stored)
	}
	changed := b.scene(3)
	changed.ID = alarm.ID
	b.show(t, changed)
}

// speech asserts that what is spoken is the text given, and that silence is possible.
func speech(t *testing.T, o Options) {
	b := open(t, o)
	if !b.can.Has(led.CanSpeak) {
		return
	}
	s := b.scene(1)
	b.show(t, s)
	s.Speech = "现在是演练，3号楼请按路线疏散。"
	b.show(t, s)
	s.Speech = ""
	b.show(t, s)
	s.Speech = "火警🔥"
	before := b.card.Heard()
	if err := b.try(t, func(ctx context.Context) error { return b.sign.Show(ctx, s) }); err == nil {
		t.Error("a speech that can't be encoded: no error")
	}
	if b.card.Heard() != before {
		t.Error("the card heard of a speech that can't be encoded")
	}
}
