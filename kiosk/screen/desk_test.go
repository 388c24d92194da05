package screen

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// office is a desk with a server and everything it was told.
type office struct {
	t     *testing.T
	desk  *Desk
	srv   *httptest.Server
	heard chan Status
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, heard: make(chan Status, 1000)}
	desk, err := NewDesk(DeskOptions{Screens: []string{"tv", "led"}, Log: quiet(), Changed: func(name string, s Status) {
		if name == "tv" {
			o.heard <- s
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	o.desk = desk
	o.srv = httptest.NewServer(desk.Handler())
	t.Cleanup(func() {
		desk.Close()
		o.srv.Close()
	})
	return o
}

// runner connects as the runner of tv.
func (o *office) runner() *websocket.Conn {
	o.t.Helper()
	ws, resp, err := websocket.DefaultDialer.DialContext(o.t.Context(), "ws"+strings.TrimPrefix(o.srv.URL, "http")+Path("tv"), http.Header{runnerHeader: {"tv"}})
	if err != nil {
		o.t.Fatal(err, resp)
	}
	o.t.Cleanup(func() { _ = ws.Close() })
	o.until(func(s Status) bool { return s.Connected })
	return ws
}

// until waits for a status.
func (o *office) until(is func(Status) bool) Status {
	o.t.Helper()
	for {
		select {
		case s := <-o.heard:
			if is(s) {
				return s
			}
		case <-o.t.Context().Done():
			o.t.Fatal("never heard")
		}
	}
}

func up(t *testing.T, ws *websocket.Conn, u RunnerUp) {
	t.Helper()
	if err := ws.WriteJSON(u); err != nil {
		t.Fatal(err)
	}
}

func down(t *testing.T, ws *websocket.Conn) RunnerDown {
	t.Helper()
	var d RunnerDown
	if err := ws.ReadJSON(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDeskLetsOnlyRunnersIn(t *testing.T) {
	o := newOffice(t)
	for _, row := range []struct {
		name, path string
		head       map[string]string
		host       string
		want       int
	}{
		{"no header", "/screen/tv/runner", nil, "", 403},
		{"another's header", "/screen/tv/runner", map[string]string{runnerHeader: "led"}, "", 403},
		{"a web page", "/screen/tv/runner", map[string]string{runnerHeader: "tv", "Origin": "http://127.0.0.1:8471"}, "", 403},
		{"a sandboxed page", "/screen/tv/runner", map[string]string{runnerHeader: "tv", "Origin": "null"}, "", 403},
		{"by a foreign name", "/screen/tv/runner", map[string]string{runnerHeader: "tv"}, "booth.example", 403},
		{"no such screen", "/screen/wall/runner", map[string]string{runnerHeader: "wall"}, "", 404},
		{"no WebSocket", "/screen/tv/runner", map[string]string{runnerHeader: "tv"}, "", 400},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.srv.URL+row.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range row.head {
			req.Header.Set(k, v)
		}
		req.Host = row.host
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != row.want {
			t.Errorf("%s: %s, want %d", row.name, resp.Status, row.want)
		}
	}
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/screen/tv/runner", http.NoBody)
	req.SetPathValue("name", "tv")
	req.Header.Set(runnerHeader, "tv")
	req.RemoteAddr = "192.0.2.7:999"
	o.desk.ServeHTTP(rec, req)
	if rec.Code != 403 {
		t.Errorf("from another machine: %d", rec.Code)
	}
}

func TestDeskOrders(t *testing.T) {
	o := newOffice(t)
	if err := o.desk.Restart("wall"); !errors.Is(err, ErrScreen) {
		t.Error(err)
	}
	if err := o.desk.Restart("tv"); !errors.Is(err, ErrAway) {
		t.Error(err)
	}
	ws := o.runner()
	if err := errors.Join(o.desk.Restart("tv"), o.desk.Compositor("tv")); err != nil {
		t.Fatal(err)
	}
	if a, b := down(t, ws), down(t, ws); a != (RunnerDown{Restart: true}) || b != (RunnerDown{Compositor: true}) {
		t.Errorf("%+v, %+v", a, b)
	}
	up(t, ws, RunnerUp{Status: &RunnerStatus{Browser: BrowserUp{Up: true, PID: 7, Starts: 3}, Connectors: []Connector{{Name: "HDMI-A-1", Plug: PlugIn}}}})
	s := o.until(func(s Status) bool { return s.Report.Browser.PID == 7 })
	if got, ok := o.desk.Status("tv"); !ok || got.Report.Browser != s.Report.Browser || PlugOf(got.Report.Connectors, "") != PlugIn || got.At.IsZero() {
		t.Errorf("%+v", got)
	}
	if _, ok := o.desk.Status("wall"); ok {
		t.Error("a screen that is not there has a status")
	}
	// A newer runner takes over; the older one's leaving changes nothing.
	next := o.runner()
	if _, _, err := ws.ReadMessage(); err == nil {
		t.Error("the older runner is kept")
	}
	if err := o.desk.Restart("tv"); err != nil {
		t.Error(err)
	}
	if d := down(t, next); !d.Restart {
		t.Errorf("%+v", d)
	}
	_ = next.Close()
	if s := o.until(func(s Status) bool { return !s.Connected }); s.Runners != 2 || s.Since.IsZero() {
		t.Errorf("%+v", s)
	}
}

func TestDeskLetsGarbageGo(t *testing.T) {
	for _, row := range []struct {
		name string
		kind int
		data string
	}{
		{"no JSON", websocket.TextMessage, "{"},
		{"binary", websocket.BinaryMessage, "{}"},
		{"too long", websocket.TextMessage, `{"status":{"tail":"` + strings.Repeat("x", maxUp) + `"}}`},
	} {
		o := newOffice(t)
		ws := o.runner()
		if err := ws.WriteMessage(row.kind, []byte(row.data)); err != nil {
			t.Fatal(err)
		}
		o.until(func(s Status) bool { return !s.Connected })
	}
	o := newOffice(t)
	ws := o.runner()
	up(t, ws, RunnerUp{Status: &RunnerStatus{Tail: strings.Repeat("x", maxTail+999), Connectors: make([]Connector, 200)}})
	s := o.until(func(s Status) bool { return len(s.Report.Tail) > 0 })
	if len(s.Report.Tail) != maxTail || len(s.Report.Connectors) != maxConnectors {
		t.Errorf("keeps %d bytes and %d connectors", len(s.Report.Tail), len(s.Report.Connectors))
	}
}

func TestScreenshot(t *testing.T) {
	big := strings.Repeat("z", partSize)
	for _, row := range []struct {
		name  string
		parts func(id uint64) []ShotPart
		want  string
		err   string
	}{
		{"one part", func(id uint64) []ShotPart { return []ShotPart{{ID: id, PNG: []byte("abc"), Last: true}} }, "abc", ""},
		{"three parts", func(id uint64) []ShotPart {
			return []ShotPart{{ID: id, PNG: []byte(big)}, {ID: id, PNG: []byte("b")}, {ID: id, Last: true}}
		}, big + "b", ""},
		{"parts of one given up before", func(id uint64) []ShotPart {
			return []ShotPart{{ID: id + 9, PNG: []byte("old")}, {ID: id, PNG: []byte("new"), Last: true}}
		}, "new", ""},
		{"an error", func(id uint64) []ShotPart { return []ShotPart{{ID: id, Error: "no page", Last: true}} }, "", "no page"},
		{"nothing", func(id uint64) []ShotPart { return []ShotPart{{ID: id, Last: true}} }, "", "empty"},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := newOffice(t)
			ws := o.runner()
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				for _, p := range row.parts(down(t, ws).Screenshot) {
					up(t, ws, RunnerUp{Shot: &p})
				}
			}()
			png, err := o.desk.Screenshot(t.Context(), "tv")
			<-sent
			if row.err != "" {
				if !errors.Is(err, ErrScreenshot) || !strings.Contains(err.Error(), row.err) || png != nil {
					t.Errorf("%d bytes, %v", len(png), err)
				}
				return
			}
			if err != nil || string(png) != row.want {
				t.Errorf("%d bytes, %v", len(png), err)
			}
		})
	}
}

func TestScreenshotThatComesToNothing(t *testing.T) {
	o := newOffice(t)
	if _, err := o.desk.Screenshot(t.Context(), "tv"); !errors.Is(err, ErrAway) {
		t.Error(err)
	}
	if _, err := o.desk.Screenshot(t.Context(), "wall"); !errors.Is(err, ErrScreen) {
		t.Error(err)
	}
	ws := o.runner()
	// Given up: the next one is not mixed with it.
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = down(t, ws)
		cancel()
	}()
	if _, err := o.desk.Screenshot(ctx, "tv"); !errors.Is(err, ErrScreenshot) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// The runner goes in the middle.
	leaving := make(chan struct{})
	go func() {
		defer close(leaving)
		d := down(t, ws)
		up(t, ws, RunnerUp{Shot: &ShotPart{ID: d.Screenshot, PNG: []byte("half")}})
		_ = ws.Close()
	}()
	var half bytes.Buffer
	if err := o.desk.ScreenshotTo(t.Context(), "tv", &half); !errors.Is(err, ErrAway) {
		t.Error(err)
	}
	<-leaving
	// Nobody takes it: a full disk.
	ws = o.runner()
	go func() {
		d := down(t, ws)
		up(t, ws, RunnerUp{Shot: &ShotPart{ID: d.Screenshot, PNG: []byte("x"), Last: true}})
	}()
	if err := o.desk.ScreenshotTo(t.Context(), "tv", full{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestDeskOptions(t *testing.T) {
	for _, bad := range []DeskOptions{{}, {Log: quiet(), Screens: []string{"TV"}}, {Log: quiet(), Screens: []string{"tv", "tv"}}, {Log: quiet(), Screens: []string{"../x"}}} {
		if _, err := NewDesk(bad); !errors.Is(err, ErrOptions) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// TestWire pins the words that the two ends exchange: they may be of different versions for
// the moment of an upgrade.
func TestWire(t *testing.T) {
	got, err := json.Marshal([]any{RunnerDown{Restart: true, Screenshot: 4}, RunnerUp{Status: &RunnerStatus{
		Browser: BrowserUp{Up: true, PID: 7, Starts: 1, Loaded: true}, Connectors: []Connector{{Name: "HDMI-A-1", Card: "card0", Plug: PlugIn, Mode: "1920x1080", Enabled: true, EDID: true}},
	}}, RunnerUp{Shot: &ShotPart{ID: 4, PNG: []byte("abc"), Last: true}}})
	want := `[{"restart":true,"screenshot":4},` +
		`{"status":{"browser":{"up":true,"pid":7,"starts":1,"loaded":true},"connectors":[{"name":"HDMI-A-1","card":"card0","plug":"in","mode":"1920x1080","enabled":true,"edid":true}]}},` +
		`{"shot":{"id":4,"png":"YWJj","last":true}}]`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

// later bounds what must come soon or never.
const later = time.Minute
