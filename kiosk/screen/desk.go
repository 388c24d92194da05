package screen

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// DeskOptions are what a desk is made of; Screens and Log must be given.
type DeskOptions struct {
	// Screens are the names of the booth's browser screens.
	Screens []string
	Log     *slog.Logger
	// Changed is told a screen's status whenever its runner reports, comes or goes. It must
	// not wait.
	Changed func(screen string, s Status)
}

// Status is how one screen's runner fares.
type Status struct {
	// Connected: the runner is there now. The report is its newest; from before where it is
	// not connected.
	Connected bool
	Report    RunnerStatus
	// At is when the newest report came, Since when the runner came or went; zero: never.
	At, Since time.Time
	// Runners counts runners that came.
	Runners uint64
}

// Desk is the daemon's end: it takes the reports of the screens' runners and passes orders on.
// It holds no picture in memory and is safe for concurrent use.
type Desk struct {
	opts DeskOptions

	mu      sync.Mutex
	screens map[string]*deskScreen
	shots   uint64
	stopped bool
}

// deskScreen is one screen; its fields are guarded by Desk.mu.
type deskScreen struct {
	name   string
	status Status
	runner *deskConn
	// shooting is held while a picture is taken: one at a time.
	shooting chan struct{}
}

// deskConn is one runner.
type deskConn struct {
	ws     *websocket.Conn
	orders chan RunnerDown
	parts  chan ShotPart
	gone   chan struct{}
	leave  sync.Once
}

func (c *deskConn) close() {
	c.leave.Do(func() {
		close(c.gone)
		_ = c.ws.Close()
	})
}

// NewDesk checks the options; it starts nothing. Errors wrap ErrOptions.
func NewDesk(opts DeskOptions) (*Desk, error) {
	if opts.Log == nil {
		return nil, fmt.Errorf("%w: Log must be given", ErrOptions)
	}
	d := &Desk{opts: opts, screens: map[string]*deskScreen{}}
	for _, name := range opts.Screens {
		if !screenName.MatchString(name) || d.screens[name] != nil {
			return nil, fmt.Errorf("%w: screen name %q: use lower-case letters, digits, - and _, at most 64, each once", ErrOptions, name)
		}
		d.screens[name] = &deskScreen{name: name, shooting: make(chan struct{}, 1)}
	}
	return d, nil
}

// Status returns how a screen's runner fares, false where there is no such screen.
func (d *Desk) Status(name string) (Status, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.screens[name]
	if s == nil {
		return Status{}, false
	}
	return s.status, true
}

// Restart orders a new browser with a fresh profile. Errors are ErrScreen and ErrAway.
func (d *Desk) Restart(name string) error { return d.order(name, RunnerDown{Restart: true}) }

// Compositor orders the compositor to start anew. Errors are ErrScreen and ErrAway.
func (d *Desk) Compositor(name string) error { return d.order(name, RunnerDown{Compositor: true}) }

func (d *Desk) order(name string, o RunnerDown) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.screens[name]
	switch {
	case s == nil:
		return fmt.Errorf("order of screen %q: %w", name, ErrScreen)
	case s.runner == nil:
		return fmt.Errorf("order of screen %s: %w", name, ErrAway)
	}
	select {
	case s.runner.orders <- o:
		return nil
	default:
		// It takes nothing any more: as good as away, and let go so that it comes anew.
		s.runner.close()
		return fmt.Errorf("order of screen %s: %w: it takes no orders", name, ErrAway)
	}
}

// Screenshot returns what the screen's page shows, as PNG, at most MaxShot bytes. It waits for
// another one of the same screen. Errors wrap ErrScreen, ErrAway or ErrScreenshot.
func (d *Desk) Screenshot(ctx context.Context, name string) ([]byte, error) {
	var buf bytes.Buffer
	if err := d.ScreenshotTo(ctx, name, &buf); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// ScreenshotTo is Screenshot that writes the picture as it comes, so that the daemon never
// holds more than a part of it. After an error w may hold the beginning of a picture.
func (d *Desk) ScreenshotTo(ctx context.Context, name string, w io.Writer) error {
	d.mu.Lock()
	s := d.screens[name]
	d.mu.Unlock()
	if s == nil {
		return fmt.Errorf("screenshot of screen %q: %w", name, ErrScreen)
	}
	select {
	case s.shooting <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("screenshot of screen %s: %w: another is being taken: %w", name, ErrScreenshot, ctx.Err())
	}
	defer func() { <-s.shooting }()
	d.mu.Lock()
	runner := s.runner
	d.shots++
	id := d.shots
	d.mu.Unlock()
	if err := d.order(name, RunnerDown{Screenshot: id}); err != nil {
		return err
	}
	if runner == nil {
		return fmt.Errorf("screenshot of screen %s: %w", name, ErrAway)
	}
	if err := runner.receive(ctx, id, w); err != nil {
		return fmt.Errorf("screenshot of screen %s: %w", name, err)
	}
	return nil
}

// receive writes the parts of one picture.
func (c *deskConn) receive(ctx context.Context, id uint64, w io.Writer) error {
	for total := 0; ; {
		var p ShotPart
		select {
		case p = <-c.parts:
		case <-c.gone:
			return fmt.Errorf("%w: %w meanwhile", ErrScreenshot, ErrAway)
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrScreenshot, ctx.Err())
		}
		if p.ID != id {
			continue // of one that was given up
		}
		if p.Error != "" {
			return fmt.Errorf("%w: %s", ErrScreenshot, clip(p.Error, 500))
		}
		if total += len(p.PNG); total > MaxShot {
			return fmt.Errorf("%w: more than %d bytes come", ErrScreenshot, MaxShot)
		}
		if _, err := w.Write(p.PNG); err != nil {
			return fmt.Errorf("%w: pass it on: %w", ErrScreenshot, err)
		}
		if p.Last {
			if total == 0 {
				return fmt.Errorf("%w: the picture is empty", ErrScreenshot)
			}
			return nil
		}
	}
}

func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return s
}

// ServeHTTP answers GET /screen/{name}/runner, and only a runner on this machine: the page
// items of a programme run in a browser on the same machine and must not pass for one.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	switch {
	case !remoteLoopback(r) || r.Header.Get("Origin") != "" || r.Header.Get(runnerHeader) != name:
		http.Error(w, "for the screen's runner on this machine only", http.StatusForbidden)
		return
	case d.known(name) == nil:
		http.Error(w, "no screen of that name", http.StatusNotFound)
		return
	}
	up := websocket.Upgrader{ReadBufferSize: 4 << 10, WriteBufferSize: 1 << 10, HandshakeTimeout: writeWithin}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		d.opts.Log.Warn("screen runner refused", "screen", name, "error", err)
		return
	}
	c := &deskConn{ws: ws, orders: make(chan RunnerDown, 8), parts: make(chan ShotPart), gone: make(chan struct{})}
	if !d.join(name, c) {
		c.close()
		return
	}
	var writer sync.WaitGroup
	writer.Go(c.write)
	err = d.read(name, c)
	c.close()
	writer.Wait()
	d.part(name, c, err)
}

// Handler is the desk as a handler of its own, for GET /screen/{name}/runner.
func (d *Desk) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /screen/{name}/runner", d)
	return mux
}

// Close lets every runner go and refuses new ones. An http.Server's Shutdown does not end
// connections that were taken over.
func (d *Desk) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	for _, s := range d.screens {
		if s.runner != nil {
			s.runner.close()
		}
	}
}

func (d *Desk) known(name string) *deskScreen {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.screens[name]
}

// join makes c its screen's runner in place of the one before: a newer compositor's.
func (d *Desk) join(name string, c *deskConn) bool {
	d.mu.Lock()
	if d.stopped {
		d.mu.Unlock()
		return false
	}
	s := d.screens[name]
	if s.runner != nil {
		s.runner.close()
	}
	s.runner = c
	s.status = Status{Connected: true, Since: time.Now(), Runners: s.status.Runners + 1}
	st := s.status
	d.mu.Unlock()
	d.opts.Log.Info("screen runner came", "screen", name)
	d.tell(name, st)
	return true
}

// part forgets c.
func (d *Desk) part(name string, c *deskConn, err error) {
	d.mu.Lock()
	s := d.screens[name]
	current := s.runner == c
	if current {
		s.runner = nil
		s.status.Connected, s.status.Since = false, time.Now()
	}
	st := s.status
	d.mu.Unlock()
	d.opts.Log.Info("screen runner went", "screen", name, "error", err)
	if current {
		d.tell(name, st)
	}
}

func (d *Desk) tell(name string, s Status) {
	if d.opts.Changed != nil {
		d.opts.Changed(name, s)
	}
}

// read takes reports and parts of pictures until the connection ends.
func (d *Desk) read(name string, c *deskConn) error {
	c.ws.SetReadLimit(maxUp)
	for {
		if err := c.ws.SetReadDeadline(time.Now().Add(silence)); err != nil {
			return err
		}
		kind, data, err := c.ws.ReadMessage()
		if err != nil {
			return err
		}
		var up RunnerUp
		if kind != websocket.TextMessage {
			return errors.New("read a report: a binary message")
		}
		if err := json.Unmarshal(data, &up); err != nil {
			return fmt.Errorf("read a report: %w", err)
		}
		if up.Status != nil {
			d.report(name, c, up.Status)
		}
		if up.Shot != nil {
			select {
			case c.parts <- *up.Shot:
			case <-c.gone:
			case <-time.After(writeWithin): // nobody wants it any more
			}
		}
	}
}

// report keeps a runner's status, within bounds.
func (d *Desk) report(name string, c *deskConn, r *RunnerStatus) {
	r.Tail = clip(r.Tail, maxTail)
	r.Connectors = r.Connectors[:min(len(r.Connectors), maxConnectors)]
	d.mu.Lock()
	s := d.screens[name]
	current := s.runner == c
	if current {
		s.status.Report, s.status.At = *r, time.Now()
	}
	st := s.status
	d.mu.Unlock()
	if current {
		d.tell(name, st)
	}
}

// write sends orders, and a ping every so often, until the connection ends.
func (c *deskConn) write() {
	tick := time.NewTicker(silence / 3)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-c.gone:
			return
		case o := <-c.orders:
			err = send(c.ws, o)
		case <-tick.C:
			err = c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin))
		}
		if err != nil {
			c.close()
			return
		}
	}
}
