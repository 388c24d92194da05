package judge

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/kiosk/player"
	"firepost/kiosk/programme"
)

// booth is a judge with a page, a runner and a clock that a test turns by hand. A page beats
// every two seconds and answers pings; what it shows is the test's.
type booth struct {
	t    *testing.T
	j    *Judge
	at   time.Duration
	want Want
	wall time.Time // the wall clock at boot; zero: not trusted
	page player.Beat
	hub  player.Status
	run  Runner
	// alive: beats come. hears: pings are answered. play: the video moves.
	alive, hears, play bool
	seq                uint64
	done               []Rung
	planned            int
	last               Verdict
	// mends is called for each action.
	mends func(r Rung)
}

func newBooth(t *testing.T, set Settings) *booth {
	t.Helper()
	set.Runner = true
	j, err := New(set, "boot-1", 0)
	if err != nil {
		t.Fatal(err)
	}
	return &booth{
		t: t, j: j, alive: true, hears: true, play: true,
		want: Want{On: true, Item: "a", Width: 1920, Height: 1080, Build: "b1"},
		page: player.Beat{Build: "b1", Item: "a", Frames: 120, Width: 1920, Height: 1080},
		hub:  player.Status{Connected: true, Pages: 1},
		run:  Runner{Connected: true, Up: true, Starts: 1, Plug: PlugIn},
	}
}

// pass lets time pass in steps of half a second.
func (b *booth) pass(d time.Duration) Verdict {
	b.t.Helper()
	for end := b.at + d; b.at < end; {
		b.at += 500 * time.Millisecond
		b.step()
	}
	return b.last
}

func (b *booth) step() {
	if b.at%(5*time.Second) == 0 && b.hub.Connected {
		b.hub.Ping++
		b.hub.PingAt = message.Stamp{Mono: b.at}
	}
	if b.alive && b.hub.Connected && b.at%(2*time.Second) == 0 {
		b.seq++
		beat := b.page
		beat.Seq = b.seq
		if beat.Video != nil && b.play {
			beat.Video = &player.VideoBeat{At: b.at.Seconds()}
		}
		if b.hears {
			beat.Pong, b.hub.Pong = b.hub.Ping, b.hub.Ping
		}
		b.j.Page(b.hub, b.at)
		b.j.Beat(beat, b.at)
	}
	b.j.Runner(b.run, b.at)
	b.j.Page(b.hub, b.at)
	b.last = b.j.Look(b.want, b.moment())
	if b.last.Action == None {
		return
	}
	if b.last.Planned {
		b.planned++
	} else {
		b.done = append(b.done, b.last.Action)
	}
	if b.mends != nil {
		b.mends(b.last.Action)
	}
}

func (b *booth) moment() programme.Moment {
	if b.wall.IsZero() {
		return programme.Moment{Mono: b.at, Wall: time.Unix(int64(b.at/time.Second), 0)}
	}
	return programme.Moment{Mono: b.at, Wall: b.wall.Add(b.at), Trusted: true}
}

func (b *booth) expect(h Health, causes ...Cause) {
	b.t.Helper()
	if b.last.Health != h || !slices.Equal(b.last.Causes, causes) {
		b.t.Errorf("at %v: %s %v, want %s %v", b.at, b.last.Health, b.last.Causes, h, causes)
	}
}

func (b *booth) did(want ...Rung) {
	b.t.Helper()
	if !slices.Equal(b.done, want) {
		b.t.Errorf("at %v: did %v, want %v", b.at, b.done, want)
	}
}

func TestWellAfterTheFirstBeatAndNotBefore(t *testing.T) {
	b := newBooth(t, Settings{})
	b.hub.Connected = false
	b.pass(10 * time.Second)
	b.expect(Unknown)
	b.hub.Connected = true
	b.pass(4 * time.Second)
	b.expect(OK)
	b.pass(20 * time.Hour)
	b.expect(OK)
	b.did()
}

// TestEachTrouble: what is seen, what is said, and which rungs follow in which order.
func TestEachTrouble(t *testing.T) {
	for _, row := range []struct {
		name    string
		trouble func(b *booth)
		wait    time.Duration
		health  Health
		causes  []Cause
		did     []Rung
	}{
		{"stuck main thread", func(b *booth) { b.alive, b.hears = false, false }, 14 * time.Second, Black, []Cause{NoBeat}, []Rung{Browser}},
		{"page gone", func(b *booth) { b.hub.Connected = false }, 16 * time.Second, Black, []Cause{NoPage}, nil},
		{"browser gone", func(b *booth) { b.hub.Connected, b.run.Up = false, false }, 16 * time.Second, Black, []Cause{NoBrowser, NoPage}, []Rung{Browser}},
		{"no pictures", func(b *booth) { b.page.Frames = 0 }, 12 * time.Second, Black, []Cause{NoFrames}, []Rung{Page}},
		{"deaf", func(b *booth) { b.hears = false }, 20 * time.Second, Degraded, []Cause{Deaf}, []Rung{Browser}},
		{"video stuck", func(b *booth) { b.page.Video = &player.VideoBeat{At: 3.5}; b.play = false }, 12 * time.Second, Degraded, []Cause{VideoStuck}, []Rung{Page}},
		{"other item", func(b *booth) { b.page.Item = "z" }, 14 * time.Second, Degraded, []Cause{WrongItem}, []Rung{Page}},
		{"wrong size", func(b *booth) { b.page.Width = 1024 }, 4 * time.Second, Degraded, []Cause{WrongSize}, []Rung{Page}},
		{"fallback", func(b *booth) { b.run.Plug = PlugFallback }, time.Minute, Degraded, []Cause{FallbackMode}, nil},
		{"memory", func(b *booth) { b.page.Heap = 300 << 20 }, 4 * time.Second, Degraded, []Cause{HeapHigh}, []Rung{Page}},
		{"old build", func(b *booth) { b.page.Build = "b0" }, 4 * time.Second, Degraded, []Cause{OldBuild}, []Rung{Page}},
		{"page error", func(b *booth) { b.page.Error = "TypeError" }, 4 * time.Second, Degraded, []Cause{PageError}, nil},
		{"takeover lingers", func(b *booth) { b.page.Takeover = "t0" }, 8 * time.Second, Degraded, []Cause{TakeoverLingers}, []Rung{Page}},
		{"unplugged", func(b *booth) { b.run.Plug, b.hub.Connected = PlugOut, false }, time.Hour, Unplugged, []Cause{NoScreen}, nil},
		{"connector unknown", func(b *booth) { b.run.Plug = PlugUnknown }, 17 * time.Second, Unknown, []Cause{ConnectorUnknown}, nil},
		{"runner gone", func(b *booth) { b.run.Connected = false }, 17 * time.Second, Unknown, []Cause{NoRunner}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBooth(t, Settings{})
			b.pass(90 * time.Second)
			b.expect(OK)
			row.trouble(b)
			b.pass(row.wait)
			b.expect(row.health, row.causes...)
			if row.name == "page gone" {
				b.pass(30 * time.Second) // a browser may be starting: it has its time
				row.did = []Rung{Browser}
			}
			b.did(row.did...)
			if b.last.TextZH == "" || b.last.TextEN == "" || strings.Contains(b.last.TextZH, "正常") && b.last.Health == OK {
				t.Errorf("says %q, %q", b.last.TextZH, b.last.TextEN)
			}
		})
	}
}

func TestWhatIsNoTrouble(t *testing.T) {
	for _, row := range []struct {
		name string
		set  func(b *booth)
	}{
		{"a paused video", func(b *booth) { b.page.Video = &player.VideoBeat{At: 3.5, Paused: true}; b.play = false }},
		{"a dark screen draws nothing", func(b *booth) {
			b.want.On, b.page.Frames, b.page.Item = false, 0, ""
			b.page.Video, b.play = &player.VideoBeat{At: 1}, false
		}},
		{"no size known", func(b *booth) { b.want.Width, b.page.Width = 0, 1 }},
		{"no programme", func(b *booth) { b.want.Item, b.page.Item = "", "z" }},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBooth(t, Settings{})
			row.set(b)
			b.pass(time.Hour)
			b.expect(OK)
			b.did()
		})
	}
}

// TestTheLadder: everything fails; each rung is climbed as often as its caps say, and then
// it is given up quietly.
func TestTheLadder(t *testing.T) {
	b := newBooth(t, Settings{})
	b.page.Frames = 0
	b.pass(20 * time.Second)
	b.did(Page)
	b.pass(20 * time.Minute)
	b.did(Page, Browser, Browser, Compositor, Reboot)
	if b.last.GaveUp {
		t.Error("given up while caps are left")
	}
	b.pass(20 * time.Hour)
	var n [rungs]int
	for _, r := range b.done {
		n[r]++
	}
	if n != [rungs]int{Page: 6, Browser: 4, Compositor: 3, Reboot: 1} {
		t.Errorf("climbed %v", n)
	}
	b.expect(Black, NoFrames)
	if !b.last.GaveUp || !strings.Contains(b.last.TextZH, "需人工处理") {
		t.Errorf("not given up: %q", b.last.TextZH)
	}
	if b.planned != 0 {
		t.Errorf("%d planned recycles within a day", b.planned)
	}
	b.pass(24 * time.Hour)
	if b.planned != 1 {
		t.Errorf("%d planned recycles: the daily hope is gone", b.planned)
	}
}

// TestTakeoverIsBackInFiveSeconds: the browser is stuck when a takeover comes, or gets stuck
// during it; a new one needs 1.5 s. The allowance is there also after a bad month.
func TestTakeoverIsBackInFiveSeconds(t *testing.T) {
	for _, bad := range []bool{false, true} {
		b := newBooth(t, Settings{})
		if bad {
			b.page.Frames = 0
			b.pass(30 * time.Hour)
			b.page.Frames = 120
		}
		b.pass(2 * time.Minute)
		b.expect(OK)
		b.done = nil
		b.want.Takeover, b.want.TakeoverRev = "t1", 1
		b.page.Takeover, b.page.TakeoverRev = "t1", 1
		b.pass(time.Minute)
		b.expect(OK)
		b.did()
		b.alive = false
		stuck := b.at
		var ended time.Duration
		b.mends = func(Rung) { ended = b.at }
		b.pass(5 * time.Second)
		b.did(Browser)
		if ended-stuck > 3500*time.Millisecond {
			t.Errorf("the browser was ended after %v", ended-stuck)
		}
		b.expect(Black, NoBeat)
	}
}

// TestFrozenAsTheTakeoverComes: no time is lost on a reload that a stuck page can't hear.
func TestFrozenAsTheTakeoverComes(t *testing.T) {
	b := newBooth(t, Settings{})
	b.pass(time.Minute)
	b.alive = false
	b.want.Takeover = "t1"
	b.pass(3500 * time.Millisecond)
	b.did(Browser)
}

func TestTakeoverNotPainted(t *testing.T) {
	b := newBooth(t, Settings{})
	b.pass(time.Minute)
	b.want.Takeover = "t1"
	b.pass(3 * time.Second)
	b.expect(Black, TakeoverMissing)
	b.did(Page)
	b.pass(2 * time.Second)
	b.did(Page, Browser)
	b.pass(time.Hour)
	if slices.Contains(b.done, Reboot) {
		t.Error("rebooted during a takeover")
	}
	if len(b.done) != 12+8+4 || !b.last.GaveUp {
		t.Errorf("%d climbs, given up %v", len(b.done), b.last.GaveUp)
	}
	// Older words of the right takeover are not black, and not well.
	b = newBooth(t, Settings{})
	b.want.Takeover, b.want.TakeoverRev = "t1", 2
	b.page.Takeover, b.page.TakeoverRev = "t1", 1
	b.pass(4 * time.Second)
	b.expect(Degraded, TakeoverOld)
}

// TestAPageThatSleepsThroughItems: items shorter than the ten seconds.
func TestAPageThatSleepsThroughItems(t *testing.T) {
	b := newBooth(t, Settings{})
	for i := range 10 {
		b.want.Item = []string{"a", "b"}[i%2]
		b.pass(5 * time.Second)
	}
	if !slices.Contains(b.last.Causes, WrongItem) {
		t.Errorf("%v", b.last.Causes)
	}
	b.did(Page, Browser)
	// One that follows is well.
	b = newBooth(t, Settings{})
	for i := range 20 {
		b.want.Item = []string{"a", "b"}[i%2]
		b.page.Item = b.want.Item
		b.pass(5 * time.Second)
	}
	b.did()
}

func TestReplugged(t *testing.T) {
	b := newBooth(t, Settings{})
	b.pass(time.Minute)
	b.run.Plug, b.page.Frames = PlugOut, 0
	b.pass(24*time.Hour + 30*time.Hour)
	b.expect(Unplugged, NoScreen)
	if b.planned+len(b.done) != 0 {
		t.Errorf("did %v and recycled %d times without a screen", b.done, b.planned)
	}
	b.run.Plug, b.page.Frames = PlugIn, 120
	b.pass(4 * time.Second)
	b.expect(OK)
}

func TestRunnerAwayOrdersNothingOfIt(t *testing.T) {
	b := newBooth(t, Settings{})
	b.pass(time.Minute)
	b.run.Connected, b.hub.Connected = false, false
	b.pass(9 * time.Minute)
	b.expect(Black, NoPage, NoRunner)
	b.did()
	b.pass(2 * time.Minute)
	b.did(Reboot)
}

func TestSettings(t *testing.T) {
	for _, bad := range []Settings{{Grace: -1}, {RecycleAt: 24 * time.Hour}, {HeapMax: -1}, {Urgent: Pace{Beat: -1}}} {
		if _, err := New(bad, "b", 0); !errors.Is(err, ErrSettings) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestRestoreRefusesNonsense(t *testing.T) {
	for _, bad := range []string{"", "null x", "{", `{"boot":""}`, `{"boot":"boot-1","used":[0,-1,0,0,0]}`, `{"boot":"boot-1","fresh_ms":99999999}`, `{"boot":"x","acted":9}`, `{"colour":1}`} {
		b := newBooth(t, Settings{})
		if err := b.j.Restore([]byte(bad)); !errors.Is(err, ErrSnapshot) {
			t.Errorf("%q: %v", bad, err)
		}
		b.page.Frames = 0
		b.pass(time.Hour)
		if slices.Contains(b.done, Reboot) {
			t.Errorf("%q: rebooted, though nobody knows whether it was just done", bad)
		}
	}
}
