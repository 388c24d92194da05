package playertest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/chromedp/chromedp"

	"firepost/firmware-contracts/message"
	"firepost/kiosk/player"
)

// Screen is the name of the rig's one screen.
const Screen = "tv"

// Options are what a rig is made of.
type Options struct {
	// Dir is for the browser's profile and the media; the caller removes it.
	Dir string
	// Chromium is the browser's path; empty: /usr/bin/chromium.
	Chromium string
	// Width and Height are the window's pixels; 0: 1920 by 1080.
	Width, Height int64
	// Speech holds recordings; nil: none.
	Speech fs.FS
	// Log takes the hub's lines; nil: nowhere.
	Log *slog.Logger
}

// Rig is a hub, its door on loopback and a browser page before it.
type Rig struct {
	opts  Options
	began time.Time
	gate  gate
	// Media is what the programme may show.
	Media *Media

	mu     sync.Mutex
	hub    *player.Hub
	addr   string
	stop   func() error
	state  *player.State
	watch  map[int]func(player.Beat) bool
	number int

	page   context.Context //nolint:containedctx // chromedp keeps its browser in a context
	cancel func()
}

// Start starts a daemon's end and a browser that shows its page. Close ends both.
func Start(ctx context.Context, opts Options) (*Rig, error) {
	if opts.Chromium == "" {
		opts.Chromium = "/usr/bin/chromium"
	}
	if opts.Width == 0 {
		opts.Width, opts.Height = 1920, 1080
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	r := &Rig{opts: opts, began: time.Now(), watch: map[int]func(player.Beat) bool{}, Media: &Media{dir: opts.Dir, files: map[string]file{}}}
	if err := r.Daemon(); err != nil {
		return nil, err
	}
	r.browse(ctx)
	if err := r.Do(chromedp.EmulateViewport(opts.Width, opts.Height), chromedp.Navigate(r.URL())); err != nil {
		return nil, errors.Join(fmt.Errorf("open the player's page: %w", err), r.Close())
	}
	return r, nil
}

// browse makes the browser's context; the browser starts with the first action.
func (r *Rig) browse(ctx context.Context) {
	alloc, end := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(r.opts.Chromium), chromedp.UserDataDir(r.opts.Dir+"/profile"), chromedp.WindowSize(int(r.opts.Width), int(r.opts.Height)),
		chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("no-first-run", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("mute-audio", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"), chromedp.Flag("enable-precise-memory-info", true))...)
	page, cancel := chromedp.NewContext(alloc)
	r.page = page
	r.cancel = func() {
		cancel()
		end()
	}
}

// URL is the page's address.
func (r *Rig) URL() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return "http://" + r.addr + "/screen/" + Screen
}

// Now is the rig's time: an hour after boot when it began, with a clock to be trusted.
func (r *Rig) Now() message.Stamp {
	return message.Stamp{Boot: "rig", Mono: time.Hour + time.Since(r.began), Wall: time.Now().UTC(), Trusted: true}
}

// Daemon starts the daemon's end, at the same address as before. The last state that Set gave is
// set again, as a daemon does that remembers.
func (r *Rig) Daemon() error {
	hub, err := player.New(player.Options{
		Screens: []string{Screen}, StationZH: "红山区三号消防驿站", StationEN: "Hongshan fire post no. 3",
		Now: r.Now, Media: r.Media, Speech: r.opts.Speech, Log: r.opts.Log, OnBeat: r.beat,
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at := r.addr
	if at == "" {
		at = "127.0.0.1:0"
	}
	ln, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", at)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", at, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	srv := &http.Server{Handler: hub.Handler(), ReadHeaderTimeout: 5 * time.Second}
	var done sync.WaitGroup
	done.Go(func() { _ = hub.Run(ctx) })
	done.Go(func() { _ = srv.Serve(listener{ln, &r.gate}) })
	r.hub, r.addr = hub, ln.Addr().String()
	r.stop = func() error {
		cancel()
		err := srv.Close()
		done.Wait()
		return err
	}
	if r.state != nil {
		hub.Set(Screen, *r.state)
	}
	return nil
}

// Kill ends the daemon's end; the page is on its own.
func (r *Rig) Kill() error {
	r.mu.Lock()
	stop := r.stop
	r.stop = nil
	r.mu.Unlock()
	if stop == nil {
		return nil
	}
	return stop()
}

// Freeze stops every byte between page and daemon without closing anything, as a stopped process
// does; Thaw lets them go on.
func (r *Rig) Freeze() { r.gate.shut() }

// Thaw ends Freeze.
func (r *Rig) Thaw() { r.gate.open() }

// Hub is the daemon's end of now.
func (r *Rig) Hub() *player.Hub {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hub
}

// Set shows s on the screen.
func (r *Rig) Set(s player.State) {
	r.mu.Lock()
	r.state = &s
	hub := r.hub
	r.mu.Unlock()
	hub.Set(Screen, s)
}

// beat hands a beat to who waits for it.
func (r *Rig) beat(_ string, b player.Beat, _ message.Stamp) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n, f := range r.watch {
		if f(b) {
			delete(r.watch, n)
		}
	}
}

// Watch calls f with each beat from now on until it returns true. It must not block.
func (r *Rig) Watch(f func(b player.Beat) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.number++
	r.watch[r.number] = f
}

// Await does something, nil for nothing, and waits for a beat for which want is true.
func (r *Rig) Await(ctx context.Context, do func(), want func(b player.Beat) bool) (player.Beat, error) {
	found := make(chan player.Beat, 1)
	var last player.Beat
	r.Watch(func(b player.Beat) bool {
		last = b
		if ctx.Err() != nil {
			return true
		}
		if !want(b) {
			return false
		}
		found <- b
		return true
	})
	if do != nil {
		do()
	}
	select {
	case b := <-found:
		return b, nil
	case <-ctx.Done():
		r.mu.Lock()
		defer r.mu.Unlock()
		return player.Beat{}, fmt.Errorf("wait for a beat: %w; the last was %+v", ctx.Err(), last)
	}
}

// Do runs actions in the page.
func (r *Rig) Do(steps ...chromedp.Action[chromedp.Void]) error { return chromedp.Do(r.page, steps...) }

// Page is the context of the browser's page.
func (r *Rig) Page() context.Context { return r.page }

// Ask evaluates an expression in the page, and waits for what it promises.
func Ask[T any](r *Rig, js string) (T, error) {
	return chromedp.Run(r.page, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
}

// Shot is a picture of the page as PNG.
func (r *Rig) Shot() ([]byte, error) { return chromedp.Run(r.page, chromedp.CaptureScreenshot()) }

// Close ends the browser and the daemon's end.
func (r *Rig) Close() error {
	r.gate.open()
	if r.cancel != nil {
		r.cancel()
	}
	return r.Kill()
}

// gate holds back what passes through it.
type gate struct {
	mu   sync.Mutex
	free chan struct{}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.free == nil {
		g.free = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.free != nil {
		close(g.free)
		g.free = nil
	}
}

func (g *gate) wait() {
	g.mu.Lock()
	free := g.free
	g.mu.Unlock()
	if free != nil {
		<-free
	}
}

type listener struct {
	net.Listener
	gate *gate
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return held{c, l.gate}, nil
}

type held struct {
	net.Conn
	gate *gate
}

func (h held) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	h.gate.wait()
	return n, err
}

func (h held) Write(p []byte) (int, error) {
	h.gate.wait()
	return h.Conn.Write(p)
}
