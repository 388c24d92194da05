package judge

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestNoRebootLoop(t *testing.T) {
	b := newBooth(t, Settings{})
	b.page.Frames = 0
	b.pass(time.Hour)
	if !slices.Contains(b.done, Reboot) {
		t.Fatal("no reboot at all")
	}
	kept := b.j.Snapshot()
	for boot := range 3 {
		b = newBooth(t, Settings{})
		b.j.boot = fmt.Sprint("boot-", boot+2)
		if err := b.j.Restore(kept); err != nil {
			t.Fatal(err)
		}
		b.page.Frames = 0
		b.pass(20 * time.Hour)
		if slices.Contains(b.done, Reboot) {
			t.Fatalf("boot %d: rebooted again without a good day between", boot)
		}
		kept = b.j.Snapshot()
	}
	// A good day, and the next bad one may reboot again.
	b.page.Frames = 120
	b.pass(26 * time.Hour)
	kept = b.j.Snapshot()
	b = newBooth(t, Settings{})
	b.j.boot = "boot-last"
	if err := b.j.Restore(kept); err != nil {
		t.Fatal(err)
	}
	b.page.Frames = 0
	b.pass(time.Hour)
	if !slices.Contains(b.done, Reboot) {
		t.Error("no reboot after a good day")
	}
}

func TestHoldForbidsRebootAndRecycle(t *testing.T) {
	b := newBooth(t, Settings{})
	b.want.Hold = true
	b.page.Frames = 0
	b.pass(60 * time.Hour)
	if slices.Contains(b.done, Reboot) || b.planned != 0 {
		t.Errorf("did %v, recycled %d times", b.done, b.planned)
	}
}

func TestPlannedRecycle(t *testing.T) {
	at := func(s string) time.Time {
		w, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	b := newBooth(t, Settings{})
	b.wall = at("2026-11-24T12:00:00+08:00")
	var when []string
	b.mends = func(Rung) { when = append(when, b.moment().Wall.In(time.FixedZone("", 8*3600)).Format("02 15:04")) }
	b.pass(72 * time.Hour)
	if want := []string{"25 04:10", "26 04:10", "27 04:10"}; !slices.Equal(when, want) {
		t.Errorf("recycled at %v, want %v", when, want)
	}
	// A takeover through the window: not then, and not again and again afterwards.
	b = newBooth(t, Settings{})
	b.wall = at("2026-11-24T04:00:00+08:00")
	b.pass(23 * time.Hour)
	b.want.Takeover, b.page.Takeover = "t1", "t1"
	b.pass(20 * time.Hour)
	if b.planned != 0 {
		t.Fatal("recycled during a takeover")
	}
	b.want.Takeover, b.page.Takeover = "", ""
	b.pass(time.Hour)
	if b.planned != 1 {
		t.Errorf("recycled %d times after a long takeover", b.planned)
	}
	// No trusted clock: by the time since boot.
	b = newBooth(t, Settings{})
	b.pass(50 * time.Hour)
	if b.planned != 2 {
		t.Errorf("recycled %d times in 50 h", b.planned)
	}
	b.did()
}
