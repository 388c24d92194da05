package ledtest

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"slices"
	"testing"
	"time"

	"firepost/drivers/led"
)

// plenty is how long a call may take that is expected to work: no assertion, only an end.
const plenty = 20 * time.Second

// bench is one sign and its card.
type bench struct {
	o    Options
	sign led.Sign
	card Card
	can  led.Ability
}

func open(t *testing.T, o Options) *bench {
	t.Helper()
	sign, card := o.Open(t)
	t.Cleanup(func() {
		if err := sign.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &bench{o: o, sign: sign, card: card, can: sign.Can()}
}

// shows reports whether the card shows scenes at all.
func (b *bench) shows() bool {
	return b.can&(led.CanText|led.CanPicture|led.CanInput) != 0
}

// call runs do with plenty of time and fails the test on an error.
func call(t *testing.T, what string, do func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), plenty)
	defer cancel()
	if err := do(ctx); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// try runs do with the suite's patience.
func (b *bench) try(t *testing.T, do func(context.Context) error) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), b.o.Patience)
	defer cancel()
	return do(ctx)
}

// scene makes a scene that the card should be able to show; different numbers look different.
func (b *bench) scene(n int) led.Scene {
	s := led.Scene{
		ID:     fmt.Sprintf("fire-%d", n),
		Lines:  []string{fmt.Sprintf("火警 %d号", n), "请勿靠近"},
		Colour: []string{"red", "yellow", "green"}[n%3],
	}
	if b.can.Has(led.CanPicture) {
		s.Picture = picture(b.o.Size, n)
	}
	if b.can.Has(led.CanSpeak) {
		s.Speech = "发生火警，请勿靠近"
	}
	if b.can.Has(led.CanExpire) {
		s.For = time.Minute
	}
	return s
}

// picture draws stripes: no two neighbouring pixels, lines or numbers are the same.
func picture(size image.Point, n int) image.Image {
	img := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			img.SetRGBA(x, y, color.RGBA{R: uint8(x * 5), G: uint8(y * 7), B: uint8(n * 31), A: 255})
		}
	}
	return img
}

// check asserts that the card shows s.
func (b *bench) check(t *testing.T, s led.Scene) {
	t.Helper()
	got := b.card.Shown()
	if !got.Scene {
		t.Fatalf("the card shows its own programme instead of scene %s", s.ID)
	}
	if got.ID != "" && got.ID != s.ID {
		t.Errorf("the card shows scene %q, want %q", got.ID, s.ID)
	}
	if b.can.Has(led.CanText) && !slices.Equal(got.Lines, s.Lines) {
		t.Errorf("the card draws %q, want %q", got.Lines, s.Lines)
	}
	if b.can.Has(led.CanText) && got.Colour != s.Colour {
		t.Errorf("the card draws in %q, want %q", got.Colour, s.Colour)
	}
	if b.can.Has(led.CanPicture) && !b.can.Has(led.CanText) {
		samePicture(t, got.Picture, s.Picture)
	}
	if b.can.Has(led.CanSpeak) && got.Speech != s.Speech {
		t.Errorf("the card speaks %q, want %q", got.Speech, s.Speech)
	}
	if !b.can.Has(led.CanExpire) {
		return
	}
	if s.For == 0 && got.Expires != 0 {
		t.Errorf("the scene goes after %v, want never", got.Expires)
	}
	if s.For != 0 && (got.Expires <= 0 || got.Expires > s.For+time.Second) {
		t.Errorf("the scene goes after %v, want %v", got.Expires, s.For)
	}
}

func samePicture(t *testing.T, got, want image.Image) {
	t.Helper()
	if got == nil {
		t.Error("the card shows no picture")
		return
	}
	if got.Bounds().Size() != want.Bounds().Size() {
		t.Errorf("the card's picture is %v, want %v", got.Bounds().Size(), want.Bounds().Size())
		return
	}
	size := want.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			g := color.RGBAModel.Convert(got.At(got.Bounds().Min.X+x, got.Bounds().Min.Y+y))
			w := color.RGBAModel.Convert(want.At(want.Bounds().Min.X+x, want.Bounds().Min.Y+y))
			if g != w {
				t.Errorf("pixel %d,%d is %v, want %v", x, y, g, w)
				return
			}
		}
	}
}

// op is one thing that the card can do, and how to see on the card that it did.
type op struct {
	name string
	do   func(context.Context) error
	done func(Shown) bool
}

// ops are the confirmed calls that this card can do, each with a visible effect on a new card
// but Status, which has none.
func (b *bench) ops() []op {
	var ops []op
	if b.shows() {
		s := b.scene(1)
		ops = append(ops, op{
			"show", func(ctx context.Context) error { return b.sign.Show(ctx, s) },
			func(c Shown) bool { return c.Scene },
		}, op{
			"clear", func(ctx context.Context) error { return b.sign.Clear(ctx) },
			func(c Shown) bool { return !c.Scene },
		})
	}
	if b.can.Has(led.CanStore) {
		s := b.scene(2)
		ops = append(ops, op{
			"preload", func(ctx context.Context) error { return b.sign.Preload(ctx, s) },
			func(c Shown) bool { return c.Uploads > 0 },
		})
	}
	if b.can.Has(led.CanDim) {
		ops = append(ops, op{
			"brightness", func(ctx context.Context) error { return b.sign.Brightness(ctx, 40) },
			func(c Shown) bool { return c.Brightness >= 40-b.o.Step && c.Brightness <= 40+b.o.Step },
		})
	}
	if b.can.Has(led.CanPower) {
		ops = append(ops, op{
			"power", func(ctx context.Context) error { return b.sign.Power(ctx, false) },
			func(c Shown) bool { return !c.Lit },
		})
	}
	if b.can.Has(led.CanTime) {
		ops = append(ops, op{
			"time", func(ctx context.Context) error { return b.sign.SetTime(ctx, aTime()) },
			func(c Shown) bool { return sameTime(c.Clock, aTime()) },
		})
	}
	if b.can&(led.CanReadBack|led.CanSense) != 0 {
		ops = append(ops, op{
			"status", func(ctx context.Context) error { _, err := b.sign.Status(ctx); return err },
			func(Shown) bool { return true },
		})
	}
	return ops
}

// aTime is a Sunday, a second before the last minute of a leap year's February.
func aTime() time.Time {
	return time.Date(2032, 2, 29, 23, 58, 59, 0, time.FixedZone("CST", 8*3600))
}

func sameTime(a, b time.Time) bool {
	return a.Format(time.DateTime) == b.Format(time.DateTime)
}
