package player

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"firepost/firmware-contracts/message"
)

// Close codes of the connection to a page.
const (
	closeGoingAway = websocket.CloseGoingAway
	closeGarbage   = websocket.ClosePolicyViolation
	// closeReplaced tells a page that a newer one shows its screen now.
	closeReplaced = 4001
)

// BuildHeader tells a player that is no page, when it connects, the build to say in its beats.
const BuildHeader = "X-Firepost-Build"

// most bytes of one state; a programme beyond it is not sent, a takeover always is.
const maxState = 512 << 10

// conn is one page.
type conn struct {
	hub    *Hub
	screen *screen
	ws     *websocket.Conn
	// build is what the page said it is when it came.
	build string
	wake  chan struct{}
	// order waits to be sent; painted is the takeover that the page last said to show; asked is
	// when a reload was asked for last. Guarded by Hub.mu.
	order    Order
	painted  string
	revision uint64
	asked    time.Duration
	reloads  bool

	leaving sync.Once
	left    chan struct{}
	code    int
	reason  string
}

// poke makes the writer send, without waiting for it.
func (c *conn) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// leave ends the connection with a code and a reason; only the first call counts.
func (c *conn) leave(code int, reason string) {
	c.leaving.Do(func() {
		c.code, c.reason = code, reason
		close(c.left)
	})
}

// socket serves one page's WebSocket until it ends.
func (h *Hub) socket(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	sc := h.known(name)
	if sc == nil {
		http.Error(w, "no screen of that name", http.StatusNotFound)
		return
	}
	if why := h.refuses(sc, r.URL.Query().Has("yield")); why != "" {
		http.Error(w, why, http.StatusServiceUnavailable)
		return
	}
	up := websocket.Upgrader{ReadBufferSize: 4 << 10, WriteBufferSize: 4 << 10, CheckOrigin: ownOrigin, HandshakeTimeout: h.pace.stall}
	ws, err := up.Upgrade(w, r, http.Header{BuildHeader: {h.build}})
	if err != nil {
		h.opts.Log.Warn("player page refused", "screen", name, "error", err)
		return
	}
	// A player that is no page has no build of its own, and says the hub's in its beats.
	build := cmp.Or(clip(r.URL.Query().Get("build"), 64), h.build)
	c := &conn{hub: h, screen: sc, ws: ws, build: build, wake: make(chan struct{}, 1), left: make(chan struct{})}
	if !h.join(c) {
		_ = ws.Close()
		return
	}
	defer h.pages.Done()
	var writer sync.WaitGroup
	writer.Go(c.write)
	err = c.read()
	c.leave(closeGoingAway, "")
	writer.Wait()
	_ = ws.Close()
	h.part(c, err)
}

// known returns the screen of that name, or nil.
func (h *Hub) known(name string) *screen {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.screens[name]
}

// refuses says why a page is not let in now; a yielding page comes only where none is.
func (h *Hub) refuses(sc *screen, yields bool) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !h.running:
		return "the player is stopped"
	case yields && sc.page != nil:
		return "another page shows this screen"
	}
	return ""
}

// join makes c its screen's page in place of the one before.
func (h *Hub) join(c *conn) bool {
	at := h.opts.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.running {
		return false
	}
	st := &c.screen.status
	if old := c.screen.page; old != nil {
		old.leave(closeReplaced, "a newer page shows this screen")
		st.Replaced++
	}
	c.screen.page = c
	st.Connected, st.Since = true, at
	st.Pages++
	h.pages.Add(1)
	c.poke()
	h.opts.Log.Info("player page came", "screen", c.screen.name, "build", c.build)
	return true
}

// part forgets c.
func (h *Hub) part(c *conn, err error) {
	at := h.opts.Now()
	h.mu.Lock()
	st := &c.screen.status
	if errors.Is(err, ErrBeat) {
		st.Garbage++
	}
	if c.screen.page == c {
		c.screen.page = nil
		st.Connected, st.Since = false, at
	}
	h.mu.Unlock()
	h.opts.Log.Info("player page went", "screen", c.screen.name, "reason", c.reason, "error", err)
}

// read takes beats until the connection ends.
func (c *conn) read() error {
	c.ws.SetReadLimit(maxBeat)
	var flood flood
	for {
		// The sockets' deadlines are the machine's own time.
		_ = c.ws.SetReadDeadline(time.Now().Add(c.hub.pace.silence))
		kind, data, err := c.ws.ReadMessage()
		if errors.Is(err, websocket.ErrReadLimit) {
			err = beatError("more than %d bytes", maxBeat)
		}
		if err != nil {
			return c.garbage(err)
		}
		if kind != websocket.TextMessage {
			return c.garbage(beatError("a binary message"))
		}
		b, err := ParseBeat(data)
		at := c.hub.opts.Now()
		if err == nil && !flood.allows(at.Mono) {
			err = beatError("more than %d in %s", floodBeats, floodSpan)
		}
		if err != nil {
			return c.garbage(err)
		}
		c.hub.beat(c, b, at)
	}
}

// garbage closes the connection where err is the page's own doing.
func (c *conn) garbage(err error) error {
	if errors.Is(err, ErrBeat) {
		c.leave(closeGarbage, clip(err.Error(), 100))
	}
	return err
}

// beat records one beat of c and passes it on while c is its screen's page.
func (h *Hub) beat(c *conn, b Beat, at message.Stamp) {
	h.mu.Lock()
	current := c.screen.page == c
	c.build = b.Build
	c.painted, c.revision = b.Takeover, b.TakeoverRev
	if st := &c.screen.status; current {
		st.Beat, st.At = b, at
		if b.Pong > st.Pong && b.Pong <= st.Ping {
			st.Pong, st.PongAt = b.Pong, at
		}
	}
	h.mu.Unlock()
	if current && h.opts.OnBeat != nil {
		h.opts.OnBeat(c.screen.name, b, at)
	}
}

// write sends the state at each change and every so often besides, until the connection ends.
func (c *conn) write() {
	tick := time.NewTicker(c.hub.pace.resend)
	defer tick.Stop()
	for {
		select {
		case <-c.left:
			_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(c.code, c.reason), time.Now().Add(c.hub.pace.stall/5))
			_ = c.ws.Close()
			return
		case <-c.wake:
		case <-tick.C:
		}
		data := c.hub.next(c)
		if data == nil {
			continue
		}
		_ = c.ws.SetWriteDeadline(time.Now().Add(c.hub.pace.stall))
		if err := c.ws.WriteMessage(websocket.TextMessage, data); err != nil {
			c.hub.stalled(c)
			_ = c.ws.Close()
			return
		}
	}
}

// stalled counts a page that could not be written to.
func (h *Hub) stalled(c *conn) {
	h.mu.Lock()
	c.screen.status.Stalled++
	h.mu.Unlock()
	c.leave(closeGoingAway, "writing stalled")
}

// next is what to send c now, nil where there is nothing to say.
func (h *Hub) next(c *conn) []byte {
	at := h.opts.Now()
	h.mu.Lock()
	var down Down
	if c.screen.state != nil {
		s := *c.screen.state
		down.State = &s
	}
	if h.outdated(c, at) {
		c.order.Reload = true
	}
	if c.order != (Order{}) {
		o := c.order
		down.Order, c.order = &o, Order{}
	}
	h.mu.Unlock()
	if down == (Down{}) {
		return nil
	}
	return h.encode(c, down, at)
}

// encode stamps and writes down a message within its bound.
func (h *Hub) encode(c *conn, down Down, at message.Stamp) []byte {
	if s := down.State; s != nil {
		s.Mono = at.Mono.Milliseconds()
		s.Wall = ""
		if at.Trusted {
			s.Wall = at.Wall.In(time.FixedZone("UTC+8", 8*3600)).Format(time.RFC3339)
		}
	}
	data, err := json.Marshal(down)
	if err == nil && len(data) > maxState && down.State != nil {
		h.opts.Log.Error("programme too large to be shown", "screen", c.screen.name, "programme", down.State.Showing.Programme, "bytes", len(data), "limit", maxState)
		down.State.Showing.Zones = nil
		data, err = json.Marshal(down)
	}
	if err != nil {
		h.opts.Log.Error("state can't be written down", "screen", c.screen.name, "error", err)
		return nil
	}
	return data
}

// outdated reports whether c, a page of another build, should be reloaded now: at once while
// nothing is taken over, and during a takeover only once it has failed to paint it; h.mu is held.
func (h *Hub) outdated(c *conn, at message.Stamp) bool {
	if c.build == h.build || c.reloads && at.Mono-c.asked < h.pace.nag {
		return false
	}
	if s := c.screen.state; s != nil && s.Takeover != nil {
		shown := c.painted == s.Takeover.ID && c.revision == s.Takeover.Rev
		if shown || at.Mono-c.screen.changed < h.pace.patience {
			return false
		}
	}
	c.asked, c.reloads = at.Mono, true
	c.screen.status.Reloads++
	return true
}
