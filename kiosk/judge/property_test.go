package judge

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"firepost/kiosk/player"
)

// world is a booth in which everything happens by chance, also restarts of the daemon.
type world struct {
	*booth
	rt     *rapid.T
	used   [rungs]int
	urgent [rungs]int
}

func (w *world) drift() {
	r := w.rt
	w.hub.Connected = rapid.Bool().Draw(r, "connected")
	w.hub.Pages += uint64(rapid.IntRange(0, 1).Draw(r, "pages"))
	w.alive, w.hears, w.play = rapid.Bool().Draw(r, "alive"), rapid.Bool().Draw(r, "hears"), rapid.Bool().Draw(r, "play")
	w.page.Frames = rapid.SampledFrom([]int{0, 120}).Draw(r, "frames")
	w.page.Item = rapid.SampledFrom([]string{"a", "b"}).Draw(r, "item")
	w.page.Takeover = rapid.SampledFrom([]string{"", "t1"}).Draw(r, "painted")
	w.page.Heap = rapid.SampledFrom([]int64{0, 1 << 30}).Draw(r, "heap")
	w.page.Video = rapid.SampledFrom([]*player.VideoBeat{nil, {At: 1}}).Draw(r, "video")
	w.want.Takeover = rapid.SampledFrom([]string{"", "", "t1"}).Draw(r, "takeover")
	w.want.Hold = rapid.Bool().Draw(r, "hold")
	w.want.On = rapid.Bool().Draw(r, "on")
	w.run.Connected, w.run.Up = rapid.Bool().Draw(r, "runner"), rapid.Bool().Draw(r, "up")
	w.run.Starts += uint64(rapid.IntRange(0, 1).Draw(r, "starts"))
	w.run.Plug = rapid.SampledFrom([]Plug{PlugIn, PlugIn, PlugOut, PlugUnknown, PlugFallback}).Draw(r, "plug")
	w.wall = rapid.SampledFrom([]time.Time{{}, time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC), time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)}).Draw(r, "wall")
}

func (w *world) check() {
	v, r := w.last, w.rt
	switch {
	case v.Health == OK && (!w.hub.Connected || len(v.Causes) > 0 || !w.run.Connected || w.run.Plug != PlugIn):
		r.Fatalf("at %v: well with %v, connected %v, plug %d", w.at, v.Causes, w.hub.Connected, w.run.Plug)
	case v.Action == None:
		return
	case v.Health == OK && !v.Planned:
		r.Fatalf("a screen that is well climbs %s", v.Action)
	case v.Health == Unplugged:
		r.Fatalf("%s without a screen", v.Action)
	case !v.Save:
		r.Fatalf("%s is not to be kept", v.Action)
	case (v.Planned || v.Action == Reboot) && (w.want.Takeover != "" || w.want.Hold):
		r.Fatalf("%s (planned %v) during a takeover or a hold", v.Action, v.Planned)
	case v.Planned:
		if v.Action != Browser {
			r.Fatalf("planned %s", v.Action)
		}
		return
	}
	count, caps := &w.used, w.j.set.Caps
	if w.want.Takeover != "" {
		count, caps = &w.urgent, w.j.set.TakeoverCaps
	}
	count[v.Action]++
	if count[v.Action] > caps.of(v.Action) {
		r.Fatalf("%s for the %dth time", v.Action, count[v.Action])
	}
}

// TestNeverMoreThanTheCaps and never in the wrong moment, whatever happens, through restarts
// of the daemon too.
func TestNeverMoreThanTheCaps(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := &world{booth: newBooth(t, Settings{}), rt: r}
		for range rapid.IntRange(1, 60).Draw(r, "stretches") {
			w.drift()
			if rapid.IntRange(0, 9).Draw(r, "restart") == 0 {
				kept := w.j.Snapshot()
				j, err := New(Settings{Runner: true}, "boot-1", w.at)
				if err != nil {
					r.Fatal(err)
				}
				if err := j.Restore(kept); err != nil {
					r.Fatal(err)
				}
				w.j = j
			}
			stretch := rapid.SampledFrom([]time.Duration{time.Second, 10 * time.Second, 2 * time.Minute, 40 * time.Minute}).Draw(r, "for")
			step := max(500*time.Millisecond, (stretch / 200).Truncate(500*time.Millisecond))
			for end := w.at + stretch; w.at < end; {
				w.at += step
				w.step()
				w.check()
			}
		}
	})
}

// TestHealthyNeverClimbs: beats with small delays, items that change, takeovers that are
// painted, for days.
func TestHealthyNeverClimbs(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := newBooth(t, Settings{})
		b.pass(4 * time.Second)
		for range rapid.IntRange(1, 50).Draw(r, "stretches") {
			b.want.Item = rapid.StringMatching(`[a-d]`).Draw(r, "item")
			b.want.Takeover = rapid.SampledFrom([]string{"", "", "t1", "t2"}).Draw(r, "takeover")
			b.page.Item, b.page.Takeover = b.want.Item, b.want.Takeover
			b.page.Video = rapid.SampledFrom([]*player.VideoBeat{nil, {}}).Draw(r, "video")
			b.pass(rapid.SampledFrom([]time.Duration{3 * time.Second, 15 * time.Second, 10 * time.Minute}).Draw(r, "for"))
			if len(b.done) > 0 || b.last.Health != OK {
				r.Fatalf("at %v: %s %v, did %v", b.at, b.last.Health, b.last.Causes, b.done)
			}
		}
	})
}
