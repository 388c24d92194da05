package screen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"firepost/kiosk/mpv"
)

const (
	// A browser that ended is started again at once, then ever later up to mostPause; one that
	// ran for stable begins anew. An order from the daemon ends every pause. The longest is
	// short: a takeover must be back within five seconds, also on the tenth crash, and the
	// runner does not know what stands on the screen.
	firstPause, mostPause, stable = 250 * time.Millisecond, 1500 * time.Millisecond, 15 * time.Second
	// lookEvery is how often the connectors are read.
	lookEvery = 2 * time.Second
)

// Options are what a runner is made of. Screen, Daemon and Log must be given.
type Options struct {
	// Screen is the screen's name, as the daemon's configuration has it.
	Screen string
	// Daemon is the daemon's address on this machine: http://127.0.0.1:8471.
	Daemon string
	// Backend is Browser or MPV; Browser by default.
	Backend string
	// Browser is the program, Chromium's or mpv's; "chromium" or "mpv" by default.
	Browser string
	// Profiles is the folder for profiles and mpv's pictures, by default one in memory.
	Profiles string
	// Fonts draw what mpv shows of a takeover and of words, the first that has a character;
	// Debian's by default. Width and Height are the panel's dots; zero: what mpv says.
	Fonts         []string
	Width, Height int
	// LowMemory asks for the profile for boards below 1.5 GiB; nil: by the board's memory.
	LowMemory *bool
	// Extra are more flags for the program, for boards that need them.
	Extra []string
	// DRM is the folder of the video connectors; "/sys/class/drm" by default.
	DRM string
	Log *slog.Logger
}

// Runner keeps one screen's browser running, or its mpv.
type Runner struct {
	opts         Options
	daemon, page string
	low          bool

	mu      sync.Mutex
	status  RunnerStatus
	browser *browser
	mpv     *mpv.Player
	// changed wakes the link, restart the browser's keeper.
	changed, restart chan struct{}
	compositor       chan struct{}
}

// NewRunner checks the options; it starts nothing. Errors wrap ErrOptions.
func NewRunner(opts Options) (*Runner, error) {
	if !screenName.MatchString(opts.Screen) {
		return nil, fmt.Errorf("%w: screen name %q: use lower-case letters, digits, - and _, at most 64", ErrOptions, opts.Screen)
	}
	u, err := url.Parse(opts.Daemon)
	if err != nil || u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("%w: daemon %q: give its address on this machine, http://127.0.0.1:8471", ErrOptions, opts.Daemon)
	}
	if !loopback(u.Hostname()) {
		return nil, fmt.Errorf("%w: daemon %q is another machine; a screen follows its own booth", ErrOptions, opts.Daemon)
	}
	if opts.Log == nil {
		return nil, fmt.Errorf("%w: Log must be given", ErrOptions)
	}
	switch opts.Backend {
	case "", Browser:
		opts.Backend = Browser
		opts.Browser = cmp.Or(opts.Browser, "chromium")
	case MPV:
		opts.Browser = cmp.Or(opts.Browser, "mpv")
		if err := opts.checkMPV(); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%w: backend %q: %s or %s", ErrOptions, opts.Backend, Browser, MPV)
	}
	if opts.DRM == "" {
		opts.DRM = DRM
	}
	if opts.Profiles == "" {
		opts.Profiles = memoryDir(os.Getenv("XDG_RUNTIME_DIR"))
	}
	r := &Runner{
		opts: opts, daemon: "http://" + u.Host, page: "http://" + u.Host + "/screen/" + opts.Screen,
		changed: make(chan struct{}, 1), restart: make(chan struct{}, 1), compositor: make(chan struct{}, 1),
	}
	memory := boardMemory()
	r.low = memory > 0 && memory < lowMemory
	if opts.LowMemory != nil {
		r.low = *opts.LowMemory
	}
	return r, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Run keeps the browser running until ctx ends (nil) or the daemon orders the compositor to
// start anew (ErrCompositor). When it returns, the browser is gone.
func (r *Runner) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	if r.opts.Backend == MPV {
		wg.Go(func() { r.play(ctx) })
	} else {
		wg.Go(func() { r.keep(ctx) })
	}
	wg.Go(func() { r.dial(ctx) })
	wg.Go(func() { Watch(ctx, r.opts.DRM, lookEvery, r.connectors) })
	var err error
	select {
	case <-ctx.Done():
	case <-r.compositor:
		err = ErrCompositor
	}
	cancel()
	wg.Wait()
	return err
}

// set changes the status and tells the daemon.
func (r *Runner) set(change func(s *RunnerStatus)) {
	r.mu.Lock()
	change(&r.status)
	r.mu.Unlock()
	poke(r.changed)
}

func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// now is the status at present.
func (r *Runner) now() RunnerStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	s.Connectors = slices.Clone(s.Connectors)
	return s
}

func (r *Runner) connectors(list []Connector, err error) {
	said := ""
	if err != nil {
		said = err.Error()
	}
	r.set(func(s *RunnerStatus) { s.Connectors, s.ConnectorError = list, said })
	for _, c := range list {
		r.opts.Log.Info("video connector", "name", c.Name, "plug", string(c.Plug), "mode", c.Mode, "why", c.Why)
	}
	if err != nil {
		r.opts.Log.Warn("video connectors can't be read", "error", err)
	}
}

// keep starts the browser, and starts it again, until ctx ends.
func (r *Runner) keep(ctx context.Context) {
	pause := time.Duration(0)
	for ctx.Err() == nil {
		began := time.Now()
		err := r.once(ctx)
		if ctx.Err() != nil {
			return
		}
		ordered := errors.Is(err, errOrdered)
		if ordered || time.Since(began) >= stable {
			pause = 0
		}
		r.opts.Log.Warn("the browser has ended and is started again", "why", err, "after", time.Since(began).Round(time.Second), "pause", pause)
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-r.restart:
			pause = 0
		}
		timer.Stop()
		if !ordered {
			pause = min(max(2*pause, firstPause), mostPause)
		}
	}
}

var errOrdered = errors.New("the daemon has ordered it")

// once runs one browser from its start to its end.
func (r *Runner) once(ctx context.Context) error {
	profile, err := freshProfile(r.opts.Profiles, r.opts.Screen)
	if err != nil {
		r.set(func(s *RunnerStatus) { s.Browser.Why = err.Error() })
		return err
	}
	defer func() {
		// One that can't be removed now is removed at the next start.
		_ = os.RemoveAll(profile)
	}()
	select {
	case <-r.restart: // an order for the browser before
	default:
	}
	proc, err := launch(r.opts.Browser, flagsOf(profile, r.low, r.opts.Extra), environment(os.Environ(), profile))
	if err != nil {
		r.set(func(s *RunnerStatus) { s.Browser.Why = err.Error() })
		return err
	}
	b := &browser{
		proc: proc, url: r.page,
		dev:    newDevtools(proc.out, "Target.attachedToTarget", "Target.detachedFromTarget", "Inspector.targetCrashed", "Page.frameNavigated"),
		loaded: func(is bool) { r.set(func(s *RunnerStatus) { s.Browser.Loaded = is }) },
	}
	r.mu.Lock()
	r.browser = b
	r.mu.Unlock()
	r.set(func(s *RunnerStatus) {
		s.Browser = BrowserUp{Up: true, PID: proc.PID, Starts: s.Browser.Starts + 1, Why: s.Browser.Why}
	})
	err = r.until(ctx, b)
	proc.close()
	r.mu.Lock()
	r.browser = nil
	r.mu.Unlock()
	tail := proc.Words.Tail(maxTail)
	r.set(func(s *RunnerStatus) {
		s.Browser.Up, s.Browser.PID, s.Browser.Loaded, s.Browser.Why = false, 0, false, err.Error()
		s.Tail = tail
	})
	return err
}

// until drives the browser until it fails, ctx ends, or the daemon orders another.
func (r *Runner) until(ctx context.Context, b *browser) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var why error
	done := make(chan struct{})
	go func() {
		defer close(done)
		why = b.run(ctx)
	}()
	select {
	case <-done:
		return why
	case <-r.restart:
		cancel()
		b.proc.Kill() // at once: whatever is under way waits for an answer
		<-done
		return errOrdered
	}
}

// order carries out what the daemon asks.
func (r *Runner) order(d RunnerDown) {
	if d.Compositor {
		r.opts.Log.Warn("the daemon orders the compositor to start anew")
		poke(r.compositor)
	}
	if d.Restart {
		r.opts.Log.Warn("the daemon orders a new browser")
		poke(r.restart)
	}
}

// shoot takes a picture of the present browser.
func (r *Runner) shoot(ctx context.Context) ([]byte, error) {
	r.mu.Lock()
	b, p := r.browser, r.mpv
	r.mu.Unlock()
	if p != nil {
		return shootMPV(ctx, p)
	}
	if b == nil {
		return nil, fmt.Errorf("%w: the browser is not running", ErrScreenshot)
	}
	return b.shoot(ctx)
}
