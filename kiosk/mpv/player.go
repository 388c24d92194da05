package mpv

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
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
	// Resolve gives the file of an item, an absolute path.
	Resolve func(programme.Item) (string, error)
	// Pages gives the takeover's pictures in their order, absolute paths of whole pages. The
	// files must stay until the next call.
	Pages func(takeover.Scene) ([]string, error)
	// PageFor is how long each page stands; 6 s by default.
	PageFor time.Duration
	// Now is the time since boot, as slots have it.
	Now func() time.Duration
	// Beat takes what a page would report. It must not wait.
	Beat func(player.Beat)
	Log  *slog.Logger
}

const (
	beatEvery = 2 * time.Second
	// startWithin is how long mpv may take to open its socket, answerWithin to answer, and
	// paintWithin to show a takeover's page.
	startWithin, answerWithin, paintWithin = 10 * time.Second, 3 * time.Second, 2 * time.Second
	// The pauses between starts: at once, then ever longer; one that ran for stable is good.
	firstPause, mostPause, stable = 250 * time.Millisecond, 30 * time.Second, time.Minute
)

// Player shows one screen by mpv. Its methods are safe for concurrent use.
type Player struct {
	opts Options

	mu     sync.Mutex
	state  player.State
	pong   uint64
	pid    int
	starts uint64
	why    string
	shot   chan shotRequest
	wake   chan struct{}
	again  chan struct{}
	seq    uint64
	left   []player.Played // not reported yet; Run's own
}

type shotRequest struct {
	done chan error
	path string
}

// New checks the options; it starts nothing. Errors wrap ErrOptions.
func New(opts Options) (*Player, error) {
	switch {
	case opts.Resolve == nil || opts.Pages == nil || opts.Now == nil || opts.Beat == nil || opts.Log == nil:
		return nil, fmt.Errorf("%w: Resolve, Pages, Now, Beat and Log must be given", ErrOptions)
	case !filepath.IsAbs(opts.Dir) || len(opts.Dir) > 80:
		return nil, fmt.Errorf("%w: folder %q: give an absolute path of at most 80 characters, for a socket's name has no more room", ErrOptions, opts.Dir)
	case opts.PageFor < 0:
		return nil, fmt.Errorf("%w: a page for %v: leave it out for six seconds", ErrOptions, opts.PageFor)
	}
	if opts.Program == "" {
		opts.Program = "mpv"
	}
	if opts.PageFor == 0 {
		opts.PageFor = 6 * time.Second
	}
	return &Player{opts: opts, shot: make(chan shotRequest), wake: make(chan struct{}, 1), again: make(chan struct{}, 1)}, nil
}

// Set makes s what the screen should show. It never waits. What s points to must not change
// afterwards.
func (p *Player) Set(s player.State) {
	p.mu.Lock()
	p.state = s
	p.mu.Unlock()
	poke(p.wake)
}

// Order carries out what would be asked of a page: a ping is answered in the next beat, a
// reload starts mpv anew.
func (p *Player) Order(o player.Order) {
	p.mu.Lock()
	p.pong = max(p.pong, o.Ping)
	p.mu.Unlock()
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

func (p *Player) now() (player.State, uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state, p.pong
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

func (p *Player) socket() string { return filepath.Join(p.opts.Dir, "mpv.sock") }

// flags is mpv's command line.
func (p *Player) flags() []string {
	return append([]string{
		// Nothing of the user's configuration, scripts or downloads; no keys, no words on the
		// picture, no mouse pointer.
		"--no-config", "--load-scripts=no", "--ytdl=no", "--osc=no", "--osd-level=0", "--osd-bar=no",
		"--input-default-bindings=no", "--input-vo-keyboard=no", "--input-terminal=no", "--cursor-autohide=always",
		"--msg-level=all=warn", "--msg-color=no",
		// A file must not name others, on the network or anywhere.
		"--access-references=no", "--audio-file-auto=no", "--sub-auto=no", "--audio-display=no",
		// One window that stays, black without a file; pictures stand until they are replaced,
		// films hold their last picture.
		"--idle=yes", "--force-window=yes", "--fullscreen", "--keep-open=always", "--image-display-duration=inf",
		"--hwdec=auto-safe", "--stop-screensaver=yes",
		// Local files need no large buffers.
		"--cache=no", "--demuxer-max-bytes=16MiB", "--demuxer-max-back-bytes=1MiB",
		"--input-ipc-server=" + p.socket(),
	}, p.opts.Args...)
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
	proc, err := child.Start(child.Command{Program: p.opts.Program, Args: p.flags()})
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
	s := &session{p: p, ipc: c}
	s.beat.Played, p.left = p.left, nil
	err = s.run(ctx)
	s.part(p.opts.Now(), player.Interrupted, "")
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

// slotAt is the main zone's slot of that moment.
func slotAt(s *player.State, at time.Duration) (slot programme.Slot, next time.Duration, found bool) {
	slots := s.Showing.Zones[programme.Main]
	i := slices.IndexFunc(slots, func(x programme.Slot) bool { return x.From <= at && at < x.Until })
	if i >= 0 {
		return slots[i], slots[i].Until, true
	}
	next = at + beatEvery
	for _, x := range slots {
		if x.From > at {
			next = min(next, x.From)
		}
	}
	return programme.Slot{}, next, false
}
