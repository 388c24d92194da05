package screen

import (
	"firepost/kiosk/player"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// TestFeedHoldsPlays: what was played while the daemon is away is told in order afterwards, in
// beats that the hub takes; what was a moment's is not.
func TestFeedHoldsPlays(t *testing.T) {
	f := newFeed("http://127.0.0.1:1", "tv", quiet())
	for i := range 300 {
		f.report(player.Beat{Item: "old", Frames: 5, Played: []player.Played{{Zone: "main", Item: "i", FromMS: int64(i), UntilMS: int64(i), How: player.Failed, Why: strings.Repeat("<", 200)}}})
	}
	if data, more, err := f.take(); data != nil || more || err != nil {
		t.Errorf("%s, %v, %v", data, more, err)
	}
	f.there, f.build = true, "b"
	f.report(player.Beat{Item: "new", Frames: 2, Painted: make([]player.Painted, 1), Error: "e"})
	f.painted[0].ID = "t"
	next := int64(300 - heldPlayed)
	for n := uint64(1); ; n++ {
		data, more, err := f.take()
		if err != nil {
			t.Fatal(err)
		}
		b, err := player.ParseBeat(data)
		if err != nil || len(data) > maxBeat {
			t.Fatalf("%d bytes: %v", len(data), err)
		}
		if b.Item != "new" || b.Build != "b" || b.Seq != n || n == 1 && (b.Frames != 2 || len(b.Painted) != 1) || n > 1 && (b.Frames != 0 || len(b.Painted) != 0) {
			t.Errorf("%+v", b)
		}
		for _, p := range b.Played {
			if p.FromMS != next {
				t.Errorf("%d, want %d", p.FromMS, next)
			}
			next++
		}
		if !more {
			break
		}
	}
	if next != 300 {
		t.Errorf("told up to %d", next)
	}
}

// TestFeedYields: a player that was replaced comes back only where nobody else is.
func TestFeedYields(t *testing.T) {
	asked := make(chan string, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.RawQuery + " " + r.Header.Get("Origin")
		ws, err := upgrader().Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4001, ""), time.Now().Add(time.Second))
		_, _ = io.Copy(io.Discard, ws.NetConn())
		_ = ws.Close()
	}))
	defer srv.Close()
	f := newFeed(srv.URL, "tv", quiet())
	f.came = func() {}
	for _, want := range []string{"", "yield=1"} {
		if _, err := f.once(t.Context()); err == nil || !f.yields {
			t.Errorf("%v, %v", err, f.yields)
		}
		if got := <-asked; got != want+" "+srv.URL {
			t.Errorf("asked %q", got)
		}
	}
}

// TestBoothTime: messages that come late change nothing, another boot does.
func TestBoothTime(t *testing.T) {
	bt := boothTime{began: time.Now()}
	bt.heard(time.Hour)
	bt.heard(time.Hour - 100*time.Millisecond)
	if d := bt.now() - time.Hour; d < 0 || d > time.Minute {
		t.Error(d)
	}
	bt.heard(time.Second)
	if d := bt.now(); d < time.Second || d > time.Minute {
		t.Error(d)
	}
	bt.offset = -time.Hour
	if bt.now() != 0 {
		t.Error("time below zero")
	}
}
