package media

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// bubble is a service in fake time, whose server is h.
type bubble struct {
	*Service
	t     *testing.T
	end   func()
	clock *fakeClock
}

type fakeClock struct {
	mu      sync.Mutex
	trusted bool
	// ahead is what the wall clock shows beyond fake time.
	ahead time.Duration
}

func (c *fakeClock) now() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead), c.trusted
}

func (c *fakeClock) trust(yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trusted = yes
}

func newBubble(t *testing.T, dir string, h http.Handler, change func(*Config)) *bubble {
	t.Helper()
	p := newPipes()
	server := &http.Server{Handler: h, ErrorLog: nil, ReadHeaderTimeout: time.Hour}
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(p) }()
	b := &bubble{t: t, clock: &fakeClock{}}
	cfg := Defaults()
	cfg.Server, cfg.Insecure, cfg.BytesPerSecond, cfg.Clock = "http://district", true, 0, b.clock.now
	if change != nil {
		change(&cfg)
	}
	v, err := NewService(openStore(t, dir, nil), cfg)
	if err != nil {
		t.Fatal(err)
	}
	v.fetch.dial, v.random = p.dial, func() float64 { return 0.5 }
	b.Service = v
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	b.end = func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("run ended with %v", err)
		}
		_ = server.Close()
		<-served
	}
	return b
}

func (b *bubble) want(m Manifest) {
	b.t.Helper()
	if err := b.Want(b.t.Context(), m); err != nil {
		b.t.Fatal(err)
	}
}

// after lets fake time pass and everything settle.
func (b *bubble) after(d time.Duration) Status {
	time.Sleep(d)
	synctest.Wait()
	return b.Status()
}

func TestServiceFetchesAndPublishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, y := newThing(100_000, 1), newThing(50_000, 2)
		b := newBubble(t, t.TempDir(), newShelf(x, y), func(c *Config) { c.BytesPerSecond = 10_000 })
		defer b.end()
		if st := b.after(time.Hour); st.Version != 0 || st.Waiting != WaitNothing || len(st.Faults) > 0 {
			t.Errorf("with nothing to do: %+v", st)
		}
		b.want(manifestOf(1, x, y))
		// 150 000 bytes at 10 000 a second.
		if st := b.after(9 * time.Second); st.Version != 0 || st.Wanted != 1 || st.Fetching != x.Name || st.FetchingAt < 70_000 || st.FetchingAt > 100_000 || st.Missing != 2 {
			t.Errorf("on the way: %+v", st)
		}
		if st := b.after(7 * time.Second); st.Version != 1 || st.Wanted != 0 || st.Fetching != "" || st.Missing != 0 || st.SinceFetch == 0 {
			t.Errorf("done: %+v", st)
		}
	})
}

func TestServiceKeepsItsHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newThing(2_000_000, 1)
		h, err := ParseHours("01:00-05:00")
		if err != nil {
			t.Fatal(err)
		}
		// A bubble begins on 2000-01-01 at 00:00 UTC, 08:00 in Beijing.
		y := newThing(20_000_000, 2)
		b := newBubble(t, t.TempDir(), newShelf(x, y), func(c *Config) { c.Hours, c.BytesPerSecond = []Hours{h}, 1024 })
		defer b.end()
		b.clock.trust(true)
		b.want(manifestOf(1, x))
		if st := b.after(16*time.Hour + 59*time.Minute); st.Waiting != WaitHours || st.Fetching != "" || st.MissingBytes != 2_000_000 {
			t.Errorf("00:59: %+v", st)
		}
		if st := b.after(2 * time.Minute); st.Fetching == "" {
			t.Errorf("01:01: %+v", st)
		}
		if st := b.after(4 * time.Hour); st.Version != 1 {
			t.Errorf("05:01: %+v", st)
		}
		// Too long for what is left of the night: it goes on in the next, where it stopped.
		b.want(manifestOf(2, y))
		st := b.after(24 * time.Hour) // 05:01 of the next day
		if st.Waiting != WaitHours || st.MissingBytes < 1_000_000 || st.MissingBytes > 19_000_000 || st.LastError == "" {
			t.Errorf("the morning after: %+v", st)
		}
		left := st.MissingBytes
		if st = b.after(24 * time.Hour); st.MissingBytes >= left || st.WrongHash > 0 {
			t.Errorf("the second morning: %+v", st)
		}
		if st = b.after(48 * time.Hour); st.Version != 2 {
			t.Errorf("in the end: %+v", st)
		}
	})
}

func TestHoursWithoutATrustedClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newThing(1000, 1)
		b := newBubble(t, t.TempDir(), newShelf(x), func(c *Config) { c.Hours = []Hours{{60, 300}} })
		defer b.end()
		b.want(manifestOf(1, x))
		if st := b.after(23*time.Hour + 59*time.Minute); st.Waiting != WaitClock || st.Version != 0 {
			t.Errorf("on the first day: %+v", st)
		}
		if st := b.after(2 * time.Minute); st.Version != 1 {
			t.Errorf("after it: %+v", st)
		}
	})
}

func TestStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newThing(100_000, 1)
		stuck := true
		shelf := newShelf(x)
		shelf.wrap = func(w http.ResponseWriter, r *http.Request, data []byte) bool {
			if !stuck {
				return false
			}
			stuck = false
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write(data[:70_000])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return true
		}
		b := newBubble(t, t.TempDir(), shelf, nil)
		defer b.end()
		b.want(manifestOf(1, x))
		if st := b.after(29 * time.Second); st.FetchingAt != 70_000 {
			t.Errorf("before: %+v", st)
		}
		if st := b.after(2 * time.Second); st.Fetching != "" || st.Waiting != WaitRetry || !strings.Contains(st.LastError, "no byte within") {
			t.Errorf("stalled: %+v", st)
		}
		if st := b.after(10 * time.Second); st.Version != 1 {
			t.Errorf("afterwards: %+v", st)
		}
	})
}

func TestOneBadObjectDoesNotHoldUpTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad, good := newThing(1000, 1), newThing(1000, 2)
		shelf := newShelf(good)
		shelf.data[bad.SHA256] = good.data
		b := newBubble(t, t.TempDir(), shelf, nil)
		defer b.end()
		b.want(manifestOf(1, bad, good))
		st := b.after(24 * time.Hour)
		if st.Missing != 1 || st.Waiting != WaitManifest || st.WrongHash != maxWrong || len(st.LeftAlone) != 1 || st.Version != 0 {
			t.Errorf("status %+v", st)
		}
		if n := len(shelf.asked()); n != maxWrong+1 {
			t.Errorf("%d requests in a day", n)
		}
		if len(st.Faults) != 1 || st.Faults[0].Code != "media.content" {
			t.Errorf("faults %+v", st.Faults)
		}
		b.want(manifestOf(2, good))
		if st := b.after(time.Second); st.Version != 2 || len(st.Faults) > 0 {
			t.Errorf("with another manifest: %+v", st)
		}
	})
}

func TestBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newThing(1000, 1)
		shelf := newShelf(x)
		shelf.wrap = func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		b := newBubble(t, t.TempDir(), shelf, nil)
		defer b.end()
		b.want(manifestOf(1, x))
		st := b.after(24 * time.Hour)
		if n := len(shelf.asked()); n < 24*6 || n > 24*6*3 {
			t.Errorf("%d requests in a day of failures", n)
		}
		if st.Waiting != WaitRetry || st.LastError == "" {
			t.Errorf("status %+v", st)
		}
		before := len(shelf.asked())
		shelf.mu.Lock()
		shelf.wrap = func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
		shelf.mu.Unlock()
		b.after(24 * time.Hour)
		if n := len(shelf.asked()) - before; n > 25 {
			t.Errorf("%d requests in a day, asked to come hourly", n)
		}
	})
}

func TestServiceRepairsWhatRots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, y := newThing(100_000, 1), newThing(1000, 2)
		dir := t.TempDir()
		b := newBubble(t, dir, newShelf(x, y), func(c *Config) { c.Hours, c.Clock = nil, nil })
		defer b.end()
		b.want(manifestOf(1, x, y))
		if st := b.after(time.Second); st.Version != 1 {
			t.Fatalf("status %+v", st)
		}
		flip(t, filepath.Join(dir, "objects", x.SHA256[:2], x.SHA256))
		if !b.s.Playable(x.SHA256) {
			t.Error("nobody can know yet")
		}
		st := b.after(b.cfg.VerifyAfter + time.Minute)
		if st.Verified.Rotten != 1 || st.Rotten != 1 || len(st.OutOfPlay) != 0 || st.Version != 1 || !b.s.Playable(x.SHA256) {
			t.Errorf("after the first walk: %+v", st)
		}
		honest(t, dir)
		if st := b.after(b.cfg.VerifyEvery + time.Minute); st.Verified.Rotten != 0 || st.Verified.Objects != 2 || st.Verified.Bytes != 101_000 {
			t.Errorf("after the second walk: %+v", st)
		}
	})
}

func TestUnfitWaitsForAnotherManifest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, y := newThing(1000, 1), newThing(1000, 2)
		b := newBubble(t, t.TempDir(), newShelf(x, y), nil)
		defer b.end()
		checks := 0
		b.s.opts.Check = func(_ context.Context, _ string, it Item) error {
			checks++
			if it.SHA256 == x.SHA256 {
				return &Unfit{Name: it.Name, Wrong: []string{"codec is vc1"}, Convert: []string{"ffmpeg", "-i", "a b"}}
			}
			return nil
		}
		b.want(manifestOf(1, x, y))
		st := b.after(24 * time.Hour)
		if st.Waiting != WaitManifest || st.Version != 0 || checks != 2 || len(st.Faults) != 1 || st.Faults[0].Code != "media.unfit" || !strings.Contains(st.Faults[0].Detail, "ffmpeg -i 'a b'") {
			t.Errorf("%d checks: %+v", checks, st)
		}
		b.want(manifestOf(2, y))
		if st := b.after(time.Second); st.Version != 2 || len(st.Faults) > 0 {
			t.Errorf("with another manifest: %+v", st)
		}
	})
}

func TestServiceWithoutAServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newThing(1000, 1)
		b := newBubble(t, t.TempDir(), newShelf(), func(c *Config) { c.Server = "" })
		defer b.end()
		b.want(manifestOf(1, x))
		if st := b.after(time.Hour); st.Waiting != WaitManifest {
			t.Errorf("status %+v", st)
		}
		add(t, b.s, x)
		if st := b.after(time.Hour); st.Version != 1 {
			t.Errorf("status %+v", st)
		}
	})
}

func TestConfigRefuses(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"http":            func(c *Config) { c.Server = "http://district" },
		"a path":          func(c *Config) { c.Server = "https://district/media" },
		"not an address":  func(c *Config) { c.Server = "https://dis trict:x" },
		"a password":      func(c *Config) { c.Server = "https://a:b@district" },
		"no certificate":  func(c *Config) { c.CertFile, c.KeyFile = "", "" },
		"no key":          func(c *Config) { c.KeyFile = "" },
		"rate":            func(c *Config) { c.BytesPerSecond = 1 },
		"stall":           func(c *Config) { c.Stall = 0 },
		"pauses":          func(c *Config) { c.MostPause = c.LeastPause - 1 },
		"hours, no clock": func(c *Config) { c.Hours = []Hours{{0, 60}} },
		"hours":           func(c *Config) { c.Hours, c.Clock = []Hours{{0, 1440}}, (&fakeClock{}).now },
		"walks":           func(c *Config) { c.VerifyEvery = 0 },
	} {
		cfg := Defaults()
		cfg.Server, cfg.CertFile, cfg.KeyFile = "https://district:8443", "cert.pem", "key.pem"
		if _, err := NewService(nil, cfg); err != nil {
			t.Fatal(err)
		}
		change(&cfg)
		if _, err := NewService(nil, cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHours(t *testing.T) {
	at := func(hour, minute int) time.Time { return time.Date(2026, 11, 24, hour, minute, 59, 0, beijing).UTC() }
	for text, c := range map[string]struct{ open, closed []time.Time }{
		"01:00-05:00": {[]time.Time{at(1, 0), at(4, 59)}, []time.Time{at(0, 59), at(5, 0), at(13, 0)}},
		"22:30–06:00": {[]time.Time{at(22, 30), at(23, 59), at(0, 0), at(5, 59)}, []time.Time{at(22, 29), at(6, 0)}},
		"00:00-24:00": {[]time.Time{at(0, 0), at(12, 0), at(23, 59)}, nil},
		"12:00-24:00": {[]time.Time{at(12, 0), at(23, 59)}, []time.Time{at(11, 59), at(0, 0)}},
	} {
		h, err := ParseHours(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		for _, x := range c.open {
			if !h.Open(x) {
				t.Errorf("%s is closed at %s", text, x)
			}
		}
		for _, x := range c.closed {
			if h.Open(x) {
				t.Errorf("%s is open at %s", text, x)
			}
		}
	}
	for _, text := range []string{"", "1:00-5:00", "01:00", "25:00-05:00", "01:60-05:00", "01:00-24:01", "01:00 05:00", "-1:00-05:00", "01:00-05:00 ", "01-00:05-00", "一一:00-05:00", "24:00-05:00"} {
		if h, err := ParseHours(text); !errors.Is(err, ErrConfig) {
			t.Errorf("%q: %v, %v", text, h, err)
		}
	}
}
