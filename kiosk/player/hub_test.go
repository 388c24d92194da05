package player

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"firepost/kiosk/programme"
)

func TestNewRefuses(t *testing.T) {
	good := Options{Screens: []string{"tv"}, Now: (&clock{}).now, Log: slog.New(slog.DiscardHandler)}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(o *Options){
		"no screen":    func(o *Options) { o.Screens = nil },
		"empty name":   func(o *Options) { o.Screens = []string{""} },
		"path in name": func(o *Options) { o.Screens = []string{"../x"} },
		"twice":        func(o *Options) { o.Screens = []string{"tv", "tv"} },
		"no clock":     func(o *Options) { o.Now = nil },
		"no log":       func(o *Options) { o.Log = nil },
	} {
		o := good
		change(&o)
		if _, err := New(o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func get(t *testing.T, url, host string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// TestDoors: what is served, under which policy, and to whom.
func TestDoors(t *testing.T) {
	b := run(t, nil)
	hash := strings.Repeat("0a", 32)
	for _, c := range []struct {
		path, host string
		status     int
		has        string
	}{
		{"/screen/tv", "", 200, `data-build="` + b.Build() + `" data-screen="tv"`},
		{"/screen/tv", "", 200, `三号&lt;驿站&gt;`},
		{"/screen/tv", "localhost:80", 200, "No. &#34;3&#34;"},
		{"/screen/tv", "[::1]:80", 200, ""},
		{"/screen/tv", "[::1]", 200, ""},
		{"/screen/tv", "evil.example", 421, ""},
		{"/screen/tv", "localhost.evil.example", 421, ""},
		{"/screen/tv", "192.168.1.7", 421, ""},
		{"/screen/nobody", "", 404, ""},
		{"/player/main.js", "", 200, "import"},
		{"/player/index.html", "", 404, ""},
		{"/player/nothing.js", "", 404, ""},
		{"/player/..%2fhub.go", "", 404, ""},
		{"/media/" + hash, "", 200, "/media/" + hash},
		{"/media/short", "", 404, ""},
		{"/media/" + strings.ToUpper(hash), "", 404, ""},
		{"/speech/alarm", "", 200, "RIFF"},
		{"/speech/alarm.wav", "", 200, "RIFF"},
		{"/speech/notes.txt", "", 404, ""},
		{"/speech/..%2falarm", "", 404, ""},
		{"/speech/dir", "", 500, ""},
		{"/speech/none", "", 404, ""},
		{"/", "", 404, ""},
	} {
		resp, body := get(t, b.url+c.path, c.host)
		if resp.StatusCode != c.status || !strings.Contains(body, c.has) {
			t.Errorf("%s of %q: %d %.200s", c.path, c.host, resp.StatusCode, body)
		}
		policy := resp.Header.Get("Content-Security-Policy")
		if want := strings.HasPrefix(c.path, "/media/") && c.status == 200; strings.HasPrefix(policy, "sandbox") != want || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s has the policy %q", c.path, policy)
		}
		if resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", c.path, resp.Header)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodDelete, http.MethodPut} {
		rec := httptest.NewRecorder()
		req := httptest.NewRequest(method, "http://localhost/screen/tv", nil)
		b.Handler().ServeHTTP(rec, req)
		if rec.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, rec.Code)
		}
	}
}

// TestOrigins: only a page of this address opens the socket.
func TestOrigins(t *testing.T) {
	b := run(t, nil)
	for _, origin := range []string{"", "null", "http://evil.example", "https://" + strings.TrimPrefix(b.url, "http://"), "http://localhost:1", "http://127.0.0.1"} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		if ws, resp, err := b.dial("", header); err == nil || resp.StatusCode != http.StatusForbidden {
			t.Errorf("origin %q was let in", origin)
			if ws != nil {
				_ = ws.Close()
			}
		}
	}
	b.page("")
	b.end()
	if _, _, err := b.dial("", nil); err == nil {
		t.Error("a stopped hub lets pages in")
	}
}

// TestStates: a new page is told the whole of the present state; its time, clock, name and number
// are the hub's.
func TestStates(t *testing.T) {
	b := run(t, nil)
	b.Set("tv", State{Takeover: fireScene("f", 1), Sound: 7})
	b.Set("nobody", State{})
	ws := b.page("?build=" + b.Build())
	d := down(t, ws)
	if s := d.State; s == nil || s.Rev != 1 || s.Mono != 3_600_000 || s.Wall != "2026-11-24T14:03:05+08:00" || s.StationZH != "三号<驿站>" || s.Sound != 7 || s.Takeover.ID != "f" || d.Order != nil {
		t.Fatalf("%+v", d.State)
	}
	b.clock.mu.Lock()
	b.clock.at.Trusted = false
	b.clock.mu.Unlock()
	b.Set("tv", State{Rev: 9, StationZH: "另一个"})
	if s := down(t, ws).State; s.Rev != 9 || s.Wall != "" || s.StationZH != "另一个" || s.Takeover != nil {
		t.Errorf("%+v", s)
	}
	b.Set("tv", State{Rev: 9})
	if s := down(t, ws).State; s.Rev != 10 {
		t.Errorf("number %d", s.Rev)
	}
	b.Order("tv", Order{Ping: 41})
	if o := down(t, ws).Order; o == nil || o.Ping != 41 {
		t.Errorf("%+v", o)
	}
	beat(t, ws, Beat{Seq: 1, Build: b.Build(), Pong: 41})
	<-b.beats
	if st, ok := b.Status("tv"); !ok || st.Pong != 41 || st.Ping != 41 || !st.Connected || st.Pages != 1 {
		t.Errorf("%+v", st)
	}
	if _, ok := b.Status("nobody"); ok {
		t.Error("an unknown screen has a status")
	}
	b.end()
	if code := closed(ws); code != websocket.CloseGoingAway {
		t.Errorf("closed with %d", code)
	}
}

func beat(t *testing.T, ws *websocket.Conn, b Beat) {
	t.Helper()
	if err := ws.WriteJSON(b); err != nil {
		t.Fatal(err)
	}
}

// TestASlowPage: setting never waits, and a page that takes nothing is closed.
func TestASlowPage(t *testing.T) {
	b := run(t, func(h *Hub) { h.pace.stall, h.pace.resend = 50*time.Millisecond, 5*time.Millisecond })
	long := strings.Repeat("x", 200<<10)
	b.Set("tv", State{StationZH: long})
	ws, _, err := b.dial("", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	for {
		b.Set("tv", State{StationZH: long})
		if st, _ := b.Status("tv"); st.Stalled == 1 && !st.Connected {
			break
		}
	}
	// A new page hears the newest at once.
	b.Set("tv", State{StationZH: "new"})
	if s := down(t, b.page("")).State; s.StationZH != "new" {
		t.Errorf("%.20s", s.StationZH)
	}
}

// TestTooLarge: a programme beyond the bound is left out; the takeover is not.
func TestTooLarge(t *testing.T) {
	b := run(t, nil)
	item := programme.Item{ID: "x", Kind: programme.Text, ZH: strings.Repeat("长", 300<<10)}
	b.Set("tv", State{Takeover: fireScene("f", 1), Showing: programme.Showing{On: true, Zones: map[programme.Zone][]programme.Slot{programme.Main: {{Item: item, Until: 1}}}}})
	s := down(t, b.page("")).State
	if s.Takeover == nil || s.Showing.Zones != nil || !s.Showing.On {
		t.Errorf("%+v", s)
	}
}

// TestGarbage: what is no beat closes the page and is counted.
func TestGarbage(t *testing.T) {
	b := run(t, nil)
	for i, send := range []func(ws *websocket.Conn) error{
		func(ws *websocket.Conn) error {
			return ws.WriteMessage(websocket.TextMessage, []byte(`{"seq":1,"x":2}`))
		},
		func(ws *websocket.Conn) error { return ws.WriteMessage(websocket.TextMessage, []byte(`[]`)) },
		func(ws *websocket.Conn) error { return ws.WriteMessage(websocket.BinaryMessage, []byte{1}) },
		func(ws *websocket.Conn) error {
			return ws.WriteMessage(websocket.TextMessage, bytes.Repeat([]byte(" "), maxBeat+1))
		},
		func(ws *websocket.Conn) error {
			for n := range floodBeats + 1 {
				if err := ws.WriteJSON(Beat{Seq: uint64(n + 1), Build: b.Build()}); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		ws := b.page("")
		var taken sync.WaitGroup
		stop := make(chan struct{})
		taken.Go(func() {
			for {
				select {
				case <-b.beats:
				case <-stop:
					return
				}
			}
		})
		if err := send(ws); err != nil {
			t.Fatal(err)
		}
		closed(ws)
		for {
			if st, _ := b.Status("tv"); !st.Connected {
				if st.Garbage != uint64(i+1) {
					t.Errorf("case %d: %+v", i, st)
				}
				break
			}
		}
		close(stop)
		taken.Wait()
	}
}

// TestReplaced: the newest page is the screen's; a yielding one comes only where none is.
func TestReplaced(t *testing.T) {
	b := run(t, nil)
	first, second := b.page("?build=a"), b.page("?build=b")
	if code := closed(first); code != closeReplaced {
		t.Errorf("closed with %d", code)
	}
	if _, resp, err := b.dial("?yield=1", nil); err == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Error("a page that yields was let in beside another")
	}
	beat(t, second, Beat{Seq: 5, Build: "b"})
	if got := <-b.beats; got.Seq != 5 {
		t.Errorf("%+v", got)
	}
	_ = second.Close()
	for {
		if st, _ := b.Status("tv"); !st.Connected {
			break
		}
	}
	b.page("?yield=1")
	if st, _ := b.Status("tv"); st.Pages != 3 || st.Replaced != 1 {
		t.Errorf("%+v", st)
	}
}

// TestOtherBuilds: a page of another build is told to reload, at once while nothing is taken over,
// never while it shows the takeover, and after a while if it does not.
func TestOtherBuilds(t *testing.T) {
	c := &clock{}
	h, err := New(Options{Screens: []string{"tv"}, Now: c.now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	page := func(build string) *conn {
		return &conn{hub: h, screen: h.screens["tv"], build: build, wake: make(chan struct{}, 1)}
	}
	asked := func(p *conn) bool {
		data := h.next(p)
		var d Down
		if data != nil {
			if err := json.Unmarshal(data, &d); err != nil {
				t.Fatal(err)
			}
		}
		return d.Order != nil && d.Order.Reload
	}
	if asked(page(h.build)) || !asked(page("old")) || !asked(page("")) {
		t.Error("the build decides")
	}
	p := page("old")
	if !asked(p) || asked(p) {
		t.Error("asked for again at once")
	}
	c.move(11 * time.Second)
	if !asked(p) {
		t.Error("not asked for again")
	}
	h.Set("tv", State{Takeover: fireScene("f", 2)})
	c.move(time.Minute)
	p = page("old")
	p.painted, p.revision = "f", 2
	if asked(p) {
		t.Error("reloaded while the takeover is shown")
	}
	p.revision = 1
	if !asked(p) {
		t.Error("a page that can't paint the takeover was left alone")
	}
	h.Set("tv", State{Takeover: fireScene("g", 1)})
	if p = page("old"); asked(p) {
		t.Error("no time was given to paint")
	}
	c.move(4 * time.Second)
	if !asked(p) {
		t.Error("still not reloaded")
	}
}

// TestPings: every page is pinged through the way that orders take.
func TestPings(t *testing.T) {
	b := run(t, func(h *Hub) { h.pace.ping = time.Millisecond })
	ws := b.page("?build=" + b.Build())
	for last := uint64(0); last < 3; {
		if o := down(t, ws).Order; o != nil {
			if o.Ping <= last || o.Reload {
				t.Fatalf("%+v after %d", o, last)
			}
			last = o.Ping
		}
	}
}
