package player

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"regexp"
	"sync"
	"time"

	"firepost/firmware-contracts/message"
)

// ErrOptions is wrapped by every error of New.
var ErrOptions = errors.New("player options")

// Options are what a hub is made of.
type Options struct {
	// Screens are the names of the booth's browser screens: lower-case letters, digits, - and _.
	Screens []string
	// StationZH and StationEN are the booth's name, shown before any state arrives.
	StationZH, StationEN string
	// Now tells the booth's time; states are stamped with it when they are sent.
	Now func() message.Stamp
	// Media answers GET and HEAD of /media/{sha256} with the right Content-Type and with byte
	// ranges; the path is passed on as it is. Nil: every item fails, and is said to.
	Media http.Handler
	// Speech holds the recordings that a takeover names, and its tones. Nil: the page is silent
	// but for a tone of its own.
	Speech fs.FS
	// Log takes a line for each page that comes or goes.
	Log *slog.Logger
	// OnBeat is told each beat of the newest page of a screen, one at a time per screen. It may
	// block; that page then waits.
	OnBeat func(screen string, b Beat, at message.Stamp)
}

// Hub holds for each screen what it should show, and serves the page that shows it. Its methods
// are safe for concurrent use.
type Hub struct {
	opts   Options
	build  string
	pace   pace
	routes http.Handler

	mu      sync.Mutex
	screens map[string]*screen
	running bool
	pages   sync.WaitGroup
}

// pace is how often and how long; tests shorten it.
type pace struct {
	// resend is how often a state is sent that has not changed; stall how long one write may
	// take; silence how long a page may say nothing; ping how often the order path is tried;
	// patience how long a page of another build may take to paint a takeover before a reload
	// is the better hope; nag how often a reload is asked for again.
	resend, stall, silence, ping, patience, nag time.Duration
}

// screen is one named screen. Its fields are guarded by Hub.mu.
type screen struct {
	name  string
	state *State
	// changed is when the state's takeover changed last.
	changed time.Duration
	page    *conn
	ping    uint64
	status  Status
}

// Status is how the pages of one screen fare.
type Status struct {
	// Connected: a page is there now. Since is when the newest came or the last one went.
	Connected bool
	Since     message.Stamp
	// Beat is the newest beat and At when it came; zero before the first.
	Beat Beat
	At   message.Stamp
	// Ping is the newest ping sent, PingAt when; Pong the newest answered, PongAt when the beat
	// with the answer came.
	Ping, Pong     uint64
	PingAt, PongAt message.Stamp
	// Pages counts pages that came, Replaced those that a newer one took over from, Garbage
	// those closed for a beat that can't be believed, Stalled those too slow to be written to,
	// Reloads the reloads asked for because of another build.
	Pages, Replaced, Garbage, Stalled, Reloads uint64
}

var screenName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// New checks the options and returns a hub whose screens show the starting picture. It starts
// nothing: pages are refused until Run. Errors wrap ErrOptions.
func New(opts Options) (*Hub, error) {
	h := &Hub{
		opts: opts, screens: map[string]*screen{},
		pace: pace{
			resend: 2 * time.Second, stall: 5 * time.Second, silence: 20 * time.Second,
			ping: 5 * time.Second, patience: 3 * time.Second, nag: 10 * time.Second,
		},
	}
	if opts.Now == nil || opts.Log == nil {
		return nil, fmt.Errorf("%w: Now and Log must be given", ErrOptions)
	}
	if len(opts.Screens) == 0 {
		return nil, fmt.Errorf("%w: no screen named", ErrOptions)
	}
	for _, name := range opts.Screens {
		if !screenName.MatchString(name) {
			return nil, fmt.Errorf("%w: screen name %q: use lower-case letters, digits, - and _, at most 64", ErrOptions, name)
		}
		if h.screens[name] != nil {
			return nil, fmt.Errorf("%w: screen name %q is given twice", ErrOptions, name)
		}
		h.screens[name] = &screen{name: name}
	}
	h.build = buildOf(assets())
	h.routes = h.routing()
	return h, nil
}

// Build is the page's build: a word for all its files.
func (h *Hub) Build() string { return h.build }

// Handler serves /screen/{name}, its WebSocket /screen/{name}/ws, the page's own files under
// /player/, /media/{sha256} and /speech/{name}. It answers only requests that name a loopback
// host, so that it can't be reached through a name of a foreign page's choice (DNS rebinding).
func (h *Hub) Handler() http.Handler { return h.routes }

// Set makes s what the screen should show. It never waits for a page. The hub fills in Mono and
// Wall when it sends, the station's name where it is empty, and a Rev above the last one where s
// has none; it keeps s, so nothing that s points to may change afterwards. A screen that Options
// did not name is logged and otherwise ignored.
func (h *Hub) Set(name string, s State) {
	at := h.opts.Now()
	h.mu.Lock()
	sc := h.screens[name]
	if sc == nil {
		h.mu.Unlock()
		h.opts.Log.Error("state for a screen that is not configured", "screen", name)
		return
	}
	var last uint64
	if sc.state != nil {
		last = sc.state.Rev
	}
	if s.Rev <= last {
		s.Rev = last + 1
	}
	if s.StationZH == "" {
		s.StationZH, s.StationEN = h.opts.StationZH, h.opts.StationEN
	}
	if !sameTakeover(sc.state, &s) {
		sc.changed = at.Mono
	}
	sc.state = &s
	page := sc.page
	h.mu.Unlock()
	if page != nil {
		page.poke()
	}
}

// sameTakeover reports whether both states show the same takeover in the same revision.
func sameTakeover(a, b *State) bool {
	if a == nil || a.Takeover == nil || b.Takeover == nil {
		return (a == nil || a.Takeover == nil) && b.Takeover == nil
	}
	return a.Takeover.ID == b.Takeover.ID && a.Takeover.Rev == b.Takeover.Rev
}

// Order asks something of the screen's page. Without a page it is dropped: an order is for the
// page of now. Orders that a slow page has not been sent yet are merged.
func (h *Hub) Order(name string, o Order) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if sc := h.screens[name]; sc != nil {
		sc.ping = max(sc.ping, o.Ping)
		h.order(sc, o, h.opts.Now())
	}
}

// order hands o to the screen's page; h.mu is held.
func (h *Hub) order(sc *screen, o Order, at message.Stamp) {
	if sc.page == nil {
		return
	}
	if o.Ping > sc.status.Ping {
		sc.status.Ping, sc.status.PingAt = o.Ping, at
	}
	sc.page.order.Ping = max(sc.page.order.Ping, o.Ping)
	sc.page.order.Reload = sc.page.order.Reload || o.Reload
	sc.page.poke()
}

// Status returns how the screen's pages fare, false for a screen that Options did not name.
func (h *Hub) Status(name string) (Status, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	sc := h.screens[name]
	if sc == nil {
		return Status{}, false
	}
	return sc.status, true
}

// Run lets pages in and pings them until ctx ends; then it closes every page and waits for it.
func (h *Hub) Run(ctx context.Context) error {
	h.mu.Lock()
	h.running = true
	h.mu.Unlock()
	defer h.stop()
	tick := time.NewTicker(h.pace.ping)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("player: %w", ctx.Err())
		case <-tick.C:
			h.pings()
		}
	}
}

// pings sends every page the next ping.
func (h *Hub) pings() {
	at := h.opts.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, sc := range h.screens {
		if sc.page != nil {
			sc.ping++
			h.order(sc, Order{Ping: sc.ping}, at)
		}
	}
}

// stop closes every page and waits for it.
func (h *Hub) stop() {
	h.mu.Lock()
	h.running = false
	for _, sc := range h.screens {
		if sc.page != nil {
			sc.page.leave(closeGoingAway, "the daemon stops")
		}
	}
	h.mu.Unlock()
	h.pages.Wait()
}
