package player

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gorilla/websocket"

	"firepost/firmware-contracts/message"
	"firepost/kiosk/takeover"
)

// clock is a booth's time that a test moves.
type clock struct {
	mu sync.Mutex
	at message.Stamp
}

func (c *clock) now() message.Stamp {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// booth is a running hub behind a server.
type booth struct {
	*Hub
	t     *testing.T
	clock *clock
	url   string
	beats chan Beat
	end   func()
}

func run(t *testing.T, change func(h *Hub)) *booth {
	t.Helper()
	b := &booth{t: t, clock: &clock{at: message.Stamp{Boot: "b", Mono: time.Hour, Wall: time.Date(2026, 11, 24, 6, 3, 5, 0, time.UTC), Trusted: true}}, beats: make(chan Beat, 64)}
	media := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, r.URL.Path)
	})
	h, err := New(Options{
		Screens: []string{"tv", "led"}, StationZH: "三号<驿站>", StationEN: `No. "3"`, Now: b.clock.now, Media: media,
		Speech: fstest.MapFS{"alarm.wav": {Data: []byte("RIFF")}, "notes.txt": {Data: []byte("secret")}, "dir.wav/x": {Data: nil}},
		Log:    slog.New(slog.DiscardHandler), OnBeat: func(_ string, beat Beat, _ message.Stamp) { b.beats <- beat },
	})
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(h)
	}
	b.Hub = h
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	srv := httptest.NewServer(h.Handler())
	b.url = srv.URL
	b.end = sync.OnceFunc(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("run: %v", err)
		}
		srv.Close()
	})
	t.Cleanup(b.end)
	// Run lets pages in.
	for {
		h.mu.Lock()
		ready := h.running
		h.mu.Unlock()
		if ready {
			return b
		}
	}
}

// dial opens a page's socket.
func (b *booth) dial(query string, header http.Header) (*websocket.Conn, *http.Response, error) {
	if header == nil {
		header = http.Header{"Origin": {b.url}}
	}
	return websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(b.url, "http")+"/screen/tv/ws"+query, header)
}

func (b *booth) page(query string) *websocket.Conn {
	b.t.Helper()
	ws, _, err := b.dial(query, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = ws.Close() })
	_ = ws.SetReadDeadline(time.Now().Add(30 * time.Second))
	return ws
}

func down(t *testing.T, ws *websocket.Conn) Down {
	t.Helper()
	var d Down
	if err := ws.ReadJSON(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

// closed reads until the connection ends and returns how.
func closed(ws *websocket.Conn) int {
	for {
		if _, _, err := ws.ReadMessage(); err != nil {
			if c, ok := errors.AsType[*websocket.CloseError](err); ok {
				return c.Code
			}
			return -1
		}
	}
}

func fireScene(id string, rev uint64) *takeover.Scene {
	return &takeover.Scene{ID: id, Rev: rev, Kind: takeover.Real, Stage: takeover.Evacuate, Title: takeover.Text{ZH: "火警"}}
}
