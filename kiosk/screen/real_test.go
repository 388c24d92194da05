package screen

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net/http"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"firepost/firmware-contracts/message"
	"firepost/kiosk/judge"
	"firepost/kiosk/player"
	"firepost/kiosk/programme"
	"firepost/kiosk/takeover"
)

const chromium = "/usr/bin/chromium"

// booth is a real hub, desk and judge, for a real runner with a real Chromium.
type booth struct {
	*office
	hub   *player.Hub
	began time.Time
	beats chan player.Beat

	mu    sync.Mutex
	judge *judge.Judge
	want  judge.Want
	acts  []judge.Rung
	last  judge.Verdict
}

func (b *booth) mono() time.Duration { return time.Since(b.began) }

func newRealBooth(t *testing.T) *booth {
	t.Helper()
	b := &booth{began: time.Now(), beats: make(chan player.Beat, 1000)}
	var err error
	// The judge's patience is for boards ten times slower than this machine and busy tests
	// are slower still: the paces are the real ones.
	if b.judge, err = judge.New(judge.Settings{Runner: true}, "boot", 0); err != nil {
		t.Fatal(err)
	}
	b.office = newOffice(t)
	b.hub, err = player.New(player.Options{
		Screens: []string{"tv"}, StationZH: "红山三号站", StationEN: "Hongshan 3", Log: quiet(),
		Now: func() message.Stamp { return message.Stamp{Mono: b.mono(), Wall: time.Now(), Trusted: true} },
		OnBeat: func(_ string, beat player.Beat, at message.Stamp) {
			b.mu.Lock()
			b.judge.Beat(beat, at.Mono)
			b.mu.Unlock()
			b.beats <- beat
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", b.hub.Handler())
	mux.Handle("GET /screen/{name}/runner", b.desk)
	b.srv.Config.Handler = mux
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = b.hub.Run(ctx) })
	wg.Go(func() { b.watch(ctx) })
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
	return b
}

// watch is what the daemon does: look twice a second, and act.
func (b *booth) watch(ctx context.Context) {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		hub, _ := b.hub.Status("tv")
		st, _ := b.desk.Status("tv")
		b.mu.Lock()
		at := b.mono()
		b.judge.Page(hub, at)
		// There is no connector in a test; the tree of files has its own tests.
		b.judge.Runner(judge.Runner{Connected: st.Connected, Up: st.Report.Browser.Up, Starts: st.Report.Browser.Starts, Plug: judge.PlugIn}, at)
		v := b.judge.Look(b.want, programme.Moment{Mono: at})
		b.last = v
		if v.Action != judge.None {
			b.acts = append(b.acts, v.Action)
		}
		b.mu.Unlock()
		switch v.Action {
		case judge.Page:
			b.hub.Order("tv", player.Order{Reload: true})
		case judge.Browser:
			_ = b.desk.Restart("tv") // away: the next Look sees it
		}
	}
}

// take makes the screen show a takeover.
func (b *booth) take(id string) {
	b.mu.Lock()
	b.want.Takeover, b.want.TakeoverRev = id, 1
	b.mu.Unlock()
	b.hub.Set("tv", player.State{
		Showing: programme.Showing{On: true, Brightness: 100},
		Takeover: &takeover.Scene{
			ID: id, Rev: 1, Kind: takeover.Test, Stage: takeover.Verifying,
			Title:  takeover.Text{ZH: "测试", EN: "Test"},
			Banner: takeover.Text{ZH: "测试", EN: "Test"}, Line: takeover.Text{ZH: "测试", EN: "Test"},
		},
	})
}

// painted waits for a beat after which the takeover is on the glass.
func (b *booth) painted(id string) {
	b.t.Helper()
	limit := time.After(later)
	for {
		select {
		case beat := <-b.beats:
			if beat.Takeover == id {
				return
			}
		case <-limit:
			b.mu.Lock()
			defer b.mu.Unlock()
			st, _ := b.desk.Status("tv")
			b.t.Fatalf("takeover %s was never painted: %s, did %v\n%s\n%s", id, b.last.TextEN, b.acts, st.Report.Browser.Why, st.Report.Tail)
		}
	}
}

// well waits for a beat after which the judge calls the screen well.
func (b *booth) well() {
	b.t.Helper()
	limit := time.After(later)
	for {
		select {
		case <-b.beats:
		case <-limit:
			b.t.Fatal("the screen is never called well")
		}
		b.mu.Lock()
		is := b.last.Health == judge.OK
		b.mu.Unlock()
		if is {
			return
		}
	}
}

// forget drops beats of before.
func (b *booth) forget() {
	for len(b.beats) > 0 {
		<-b.beats
	}
}

func (b *booth) pid() (int, uint64) {
	s, _ := b.desk.Status("tv")
	return s.Report.Browser.PID, s.Report.Browser.Starts
}

// TestChromium: killed, frozen and stuck, a real browser shows the takeover again each time.
func TestChromium(t *testing.T) {
	b := newRealBooth(t)
	b.take("t1")
	r, err := NewRunner(Options{
		Screen: "tv", Daemon: b.srv.URL, Browser: chromium, Profiles: t.TempDir(), DRM: t.TempDir(), Log: quiet(),
		Extra: []string{"--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=640,360"},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	b.painted("t1")
	t.Logf("first picture after %v", b.mono().Round(10*time.Millisecond))
	shot, err := b.desk.Screenshot(t.Context(), "tv")
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil || img.Bounds().Dx() < 300 {
		t.Fatalf("%d bytes: %v", len(shot), err)
	}
	for i, h := range harms(t, r) {
		b.harm(fmt.Sprint("t", i+2), h)
	}
}

// harm does something to the browser as a takeover comes, and waits until it is painted.
func (b *booth) harm(id string, h harm) {
	b.t.Helper()
	b.well()
	pid, starts := b.pid()
	b.mu.Lock()
	b.acts = nil
	b.mu.Unlock()
	h.do(pid)
	harmed := b.mono()
	b.take(id)
	b.forget()
	b.painted(id)
	took := b.mono() - harmed
	b.mu.Lock()
	acts := append([]judge.Rung(nil), b.acts...)
	b.mu.Unlock()
	b.t.Logf("%s: painted again after %v, by %v", h.name, took.Round(10*time.Millisecond), acts)
	if now, n := b.pid(); now == pid || n == starts {
		b.t.Errorf("%s: still browser %d", h.name, pid)
	}
	if !gone(pid) {
		b.t.Errorf("%s: browser %d lives on", h.name, pid)
	}
	if h.ordered && len(acts) == 0 {
		b.t.Errorf("%s: nothing was ordered", h.name)
	}
}

// harm is one way to spoil a browser.
type harm struct {
	name string
	do   func(pid int)
	// ordered: the runner alone does not notice; the judge has to order a new browser.
	ordered bool
}

func harms(t *testing.T, r *Runner) []harm {
	return []harm{
		// With all that it has started: a page whose browser alone is gone can still paint.
		{"killed", func(pid int) { _ = unix.Kill(-pid, unix.SIGKILL) }, false},
		{"frozen", func(pid int) { _ = unix.Kill(-pid, unix.SIGSTOP) }, true},
		{"stuck in a loop", func(int) {
			r.mu.Lock()
			br := r.browser
			r.mu.Unlock()
			session, _ := br.page()
			// There is no answer, of course.
			_ = br.dev.call(t.Context(), 100*time.Millisecond, session, "Runtime.evaluate", map[string]string{"expression": "for(;;){}"}, nil)
		}, true},
	}
}
