package mpv

import (
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"firepost/kiosk/player"
	"firepost/kiosk/programme"
	"firepost/kiosk/screen/child"
	"firepost/kiosk/takeover"
)

// Options are what a player is made of. Dir, Resolve, Pages, Now, Beat and Log must be given.
type Options struct {
	// Program is mpv; "mpv" by default. Args are more of its options, for the board.
	Program string
	Args    []string
	// Dir is a folder of this user only, in memory, for the socket and screenshots.
	Dir string
	// Item gives what mpv is to show of an item, in at most half a second: its file, or
	// pictures drawn for it. Errors that wrap ErrLater are asked again during the item's slot.
	Item func(ctx context.Context, i programme.Item, size image.Point) ([]Page, error)
	// Scene gives the takeover's pictures, at once; it may give some together with an error, and
	// they are shown and the error is said. Size is mpv's own picture, zero while not known.
	Scene func(s takeover.Scene, size image.Point) ([]Page, error)
	// Idle gives what stands while there is nothing else; nil: black.
	Idle func(s player.State, size image.Point) ([]Page, error)
	// Now is the time since boot, as slots have it.
	Now func() time.Duration
	// Beat takes what a page would report. It must not wait.
	Beat func(player.Beat)
	// Changed is told that Process has something new to say; it must not wait. Nil: nobody asks.
	Changed func()
	Log     *slog.Logger
}

// Page is one whole picture or film.
type Page struct {
	// File is an absolute path, or an address that begins with http://. A path must stay until
	// the second call after it that gives pages.
	File string
	// For is how long it stands before the next of several pages, and after the last comes the
	// first again; zero: six seconds.
	For time.Duration
}

const (
	// A beat every so often, and more often while somebody waits for it.
	beatEvery, urgentEvery = 2 * time.Second, time.Second
	// pageFor is how long a page stands that does not say.
	pageFor = 6 * time.Second
	// laterEvery is how often an item is asked for that can't be shown yet.
	laterEvery = time.Second
	// startWithin is how long mpv may take to open its socket, answerWithin to answer, and
	// paintWithin to show a takeover's page.
	startWithin, answerWithin, paintWithin = 10 * time.Second, 3 * time.Second, 2 * time.Second
	// The pauses between starts: at once, then ever longer; one that ran for stable is good.
	firstPause, mostPause, stable = 250 * time.Millisecond, 30 * time.Second, time.Minute
)

// Player shows one screen by mpv. Its methods are safe for concurrent use.
type Player struct {
	opts  Options
	began time.Time

	mu     sync.Mutex
	state  player.State
	came   time.Duration // when the state's takeover came, by local
	pong   uint64
	pid    int
	starts uint64
	why    string

	shot  chan shotRequest
	wake  chan struct{}
	again chan struct{}
	tell  chan struct{}

	// Run's own: what is not reported yet, and what outlives one mpv.
	seq   uint64
	left  []player.Played
	size  image.Point
	drawn drawn
}

// drawn is the takeover's pictures, in the revision and for the size that they were drawn for.
type drawn struct {
	of    what
	size  image.Point
	pages []Page
	wrong string
}

type shotRequest struct {
	done chan error
	path string
}

// New checks the options; it starts nothing. Errors wrap ErrOptions.
func New(opts Options) (*Player, error) {
	switch {
	case opts.Item == nil || opts.Scene == nil || opts.Now == nil || opts.Beat == nil || opts.Log == nil:
		return nil, fmt.Errorf("%w: Item, Scene, Now, Beat and Log must be given", ErrOptions)
	case !filepath.IsAbs(opts.Dir) || len(opts.Dir) > 80:
		return nil, fmt.Errorf("%w: folder %q: give an absolute path of at most 80 characters, for a socket's name has no more room", ErrOptions, opts.Dir)
	}
	if opts.Program == "" {
		opts.Program = "mpv"
	}
	return &Player{
		opts: opts, began: time.Now(), shot: make(chan shotRequest),
		wake: make(chan struct{}, 1), again: make(chan struct{}, 1), tell: make(chan struct{}, 1),
	}, nil
}

// Set makes s what the screen should show. It never waits. What s points to must not change
// afterwards.
func (p *Player) Set(s player.State) {
	at := p.local()
	p.mu.Lock()
	if s.Takeover != nil && (p.state.Takeover == nil || p.state.Takeover.ID != s.Takeover.ID || p.state.Takeover.Rev != s.Takeover.Rev) {
		p.came = at
	}
	p.state = s
	p.mu.Unlock()
	poke(p.wake)
}

// Report asks for a beat at once, such as for a daemon that has just come.
func (p *Player) Report() { poke(p.tell) }

// local is a time that never jumps, whatever the daemon says of its own.
func (p *Player) local() time.Duration { return time.Since(p.began) }

// Order carries out what would be asked of a page: a ping is answered in the next beat, a
// reload starts mpv anew.
func (p *Player) Order(o player.Order) {
	if o.Ping != 0 {
		// The newest, not the largest: a daemon that has started again counts anew.
		p.mu.Lock()
		p.pong = o.Ping
		p.mu.Unlock()
	}
	if o.Reload {
		p.Restart()
	}
}

// Restart ends mpv and starts it anew: a repair, or the daily recycle.
func (p *Player) Restart() { poke(p.again) }

// Process is mpv's process, 0 while there is none, how often it was started, and why the last
// one ended.
func (p *Player) Process() (pid int, starts uint64, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pid, p.starts, p.why
}

func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

func (p *Player) changed() {
	if p.opts.Changed != nil {
		p.opts.Changed()
	}
}

var errOrdered = errors.New("a new mpv was ordered")

// Run keeps mpv running and showing until ctx ends; then mpv is gone and Run returns nil.
func (p *Player) Run(ctx context.Context) error {
	for pause := time.Duration(0); ctx.Err() == nil; {
		pause = p.round(ctx, pause)
	}
	return nil
}

// round runs one mpv and the pause after it, and returns the pause after the next.
func (p *Player) round(ctx context.Context, pause time.Duration) time.Duration {
	began := time.Now()
	why := p.once(ctx)
	if ctx.Err() != nil {
		return 0
	}
	p.mu.Lock()
	p.pid, p.why = 0, why.Error()
	takes := p.state.Takeover != nil
	p.mu.Unlock()
	p.changed()
	if errors.Is(why, errOrdered) || time.Since(began) >= stable {
		pause = 0
	}
	if takes {
		pause = min(pause, time.Second) // what is to be shown can't wait
	}
	p.opts.Log.Warn("mpv has ended and is started again", "why", why, "pause", pause)
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-p.again:
		pause = 0
	}
	return min(max(2*pause, firstPause), mostPause)
}

// once runs one mpv from its start to its end.
func (p *Player) once(ctx context.Context) error {
	// A socket of before would be taken for the new one's.
	if err := os.Remove(p.socket()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the old socket: %w", err)
	}
	select {
	case <-p.again: // for the mpv before
	default:
	}
	proc, err := child.Start(child.Command{Program: p.opts.Program, Args: p.flags(), Env: environment(os.Environ())})
	if err != nil {
		return err
	}
	defer func() {
		proc.Kill()
		<-proc.Ended()
	}()
	p.mu.Lock()
	p.pid = proc.PID
	p.starts++
	p.mu.Unlock()
	p.changed()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, err := connect(ctx, p.socket(), proc)
	if err != nil {
		return err
	}
	c := newIPC(conn)
	var wg sync.WaitGroup
	wg.Go(func() { c.read(ctx) })
	defer wg.Wait()
	defer func() { _ = conn.Close() }() // lets the reader go
	defer cancel()
	s := &session{p: p, ipc: c, began: p.local()}
	s.beat.Played, p.left = p.left, nil
	err = s.run(ctx)
	s.part(p.opts.Now(), player.Interrupted)
	p.left = s.beat.Played // for the next one to report
	if words := proc.Words.Tail(500); words != "" {
		err = fmt.Errorf("%w; mpv said: %s", err, words)
	}
	return err
}

// Screenshot returns what mpv shows, as PNG.
func (p *Player) Screenshot(ctx context.Context) ([]byte, error) {
	path := filepath.Join(p.opts.Dir, "shot.png")
	req := shotRequest{make(chan error, 1), path}
	select {
	case p.shot <- req:
	case <-ctx.Done():
		return nil, fmt.Errorf("take a screenshot of mpv: %w", ctx.Err())
	}
	if err := <-req.done; err != nil {
		return nil, fmt.Errorf("take a screenshot of mpv: %w", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("take a screenshot of mpv: %w", err)
	}
	if err := os.Remove(path); err != nil {
		return nil, fmt.Errorf("take a screenshot of mpv: %w", err)
	}
	return data, nil
}
