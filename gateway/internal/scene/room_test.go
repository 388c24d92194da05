package scene

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

func TestRetentionTrustsNoWrongClock(t *testing.T) {
	day := 24 * time.Hour
	start := time.Date(2026, 12, 1, 4, 0, 0, 0, time.UTC)
	c := newClock()
	o := albumOptions(t, c)
	a := mustOpen(t, o)
	c.set(time.Unix(100, 0), false)
	mustAdd(t, a, c, "in 1970", KindFire, 0)
	sweep := func(wall time.Time, trusted bool, want int) {
		t.Helper()
		c.set(wall, trusted)
		if n, err := a.Sweep(); n != want || err != nil {
			t.Fatalf("at %s: %d expired, %v; want %d", wall, n, err, want)
		}
	}
	sweep(start.Add(1000*day), false, 0) // nobody believes this clock
	sweep(start, true, 0)                // the first trusted moment: its time begins here
	mustAdd(t, a, c, "day 0", KindFire, 0)
	sweep(start.Add(20*day), true, 0)
	mustAdd(t, a, c, "day 20", KindFire, 0)
	a = mustOpen(t, o) // the dates survive a restart
	sweep(start.Add(30*day-time.Second), true, 0)
	sweep(start.Add(30*day), true, 2)
	if got := events(a.List()); got != "day 20" {
		t.Fatalf("%s", got)
	}
	sound(t, a, o)
}

func TestOrderEndsPicturesFromAFutureThatNeverWas(t *testing.T) {
	day := 24 * time.Hour
	c := newClock()
	o := albumOptions(t, c)
	a := mustOpen(t, o)
	start := c.now().Wall
	c.set(start.Add(9999*day), true)
	mustAdd(t, a, c, "future", KindFire, 0)
	c.set(start, true)
	mustAdd(t, a, c, "now", KindFire, 0)
	c.set(start.Add(30*day), true)
	if n, err := a.Sweep(); n != 2 || err != nil {
		t.Fatalf("%d expired, %v; want 2", n, err)
	}
}

func TestBoundsHoldWhateverComes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	c := newClock()
	o := albumOptions(t, c)
	o.MaxPictures, o.MaxBytes = 12, 64<<10
	a := mustOpen(t, o)
	for i := range 150 {
		kind := KindCommand
		if random.IntN(3) == 0 {
			kind = KindFire
		}
		pad := bytes.Repeat(append([]byte{0xff, 0xfe, 0x10, 0x00}, make([]byte, 0x0ffe)...), random.IntN(4))
		base := scenery(t, i)
		data := append(append([]byte{0xff, 0xd8}, pad...), base[2:]...)
		p, err := a.Add(New{Event: fmt.Sprintf("e%d", random.IntN(60)), Kind: kind, Shot: i, At: c.now()}, data)
		if err != nil && !errors.Is(err, ErrNoRoom) {
			t.Fatal(err)
		}
		if err == nil {
			if _, found := a.Get(p.ID); !found {
				t.Fatal("the newest picture is gone at once")
			}
		}
		if i%30 == 0 {
			a = mustOpen(t, o)
		}
	}
	sound(t, a, o)
}

func TestPendingAndAnnouncedSurviveARestart(t *testing.T) {
	c := newClock()
	o := albumOptions(t, c)
	a := mustOpen(t, o)
	p := mustAdd(t, a, c, "e1", KindFire, 0)
	mustAdd(t, a, c, "e2", KindFire, 0)
	if err := a.Announced(p.ID); err != nil {
		t.Fatal(err)
	}
	if got := events(mustOpen(t, o).Pending()); got != "e2" {
		t.Fatalf("%s", got)
	}
	if err := a.Announced("x"); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
}

func FuzzReadCaption(f *testing.F) {
	f.Add([]byte{0xff, 0xd8, 0xff, 0xfe, 0, 4, 'h', 'i'})
	f.Add([]byte("\xff\xd8\xff\xfe\x00\x20firepost:{\"v\":1,\"event\":\"e\"}\xff\xd9"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := ReadCaption(data); (err == nil) == (c.Event == "") {
			t.Fatalf("%+v, %v", c, err)
		}
	})
}
