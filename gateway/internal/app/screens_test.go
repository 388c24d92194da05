package app

import (
	"encoding/json"
	"fmt"
	"image"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"firepost/drivers/led/ledsim"
	"firepost/firmware-contracts/message"
	"firepost/kiosk/player"
	"firepost/kiosk/takeover"
)

// glass is a screen's page as far as the daemon can tell: it takes states and beats back.
type glass struct {
	h  *house
	ws *websocket.Conn

	mu    sync.Mutex
	state player.State
	seq   uint64
}

// starterDir is the starter programme of this source.
func starterDir(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../../../kiosk/starter")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// screensOf is a section with one television, and further lines.
func screensOf(h *house, more string) string {
	return fmt.Sprintf(`screens:
  listen: "127.0.0.1:0"
  dir: %s
  starter: %s
  televisions:
    - name: tv
      directions:
        HS-1: {arrow: left, text: {zh: 向左}}
%s`, filepath.Join(h.state, "screens"), starterDir(h.t), more)
}

func (h *house) screensAddress() string {
	h.t.Helper()
	s := h.gen().stage
	a := <-s.addr
	s.addr <- a
	return a.String()
}

// open opens the page of the television.
func (h *house) open() *glass {
	h.t.Helper()
	address := h.screensAddress()
	g := &glass{h: h}
	h.eventually("the page is let in", func() bool {
		ws, resp, err := websocket.DefaultDialer.DialContext(h.t.Context(), "ws://"+address+"/screen/tv/ws", http.Header{"Origin": {"http://" + address}})
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close()
		}
		g.ws = ws
		return err == nil
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			_, data, err := g.ws.ReadMessage()
			if err != nil {
				return
			}
			var d player.Down
			if err := json.Unmarshal(data, &d); err != nil {
				h.t.Errorf("not a message: %v", err)
				return
			}
			if d.State != nil {
				g.mu.Lock()
				g.state = *d.State
				g.mu.Unlock()
			}
		}
	}()
	h.t.Cleanup(func() {
		_ = g.ws.Close()
		<-done
	})
	return g
}

// shown is the takeover that the page was sent last.
func (g *glass) shown() *takeover.Scene {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state.Takeover
}

// beat says that the page has painted what it was sent.
func (g *glass) beat() {
	g.h.t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seq++
	b := player.Beat{Seq: g.seq, Build: g.h.gen().stage.hub.Build(), Rev: g.state.Rev, Frames: 60, Width: 1920, Height: 1080}
	if s := g.state.Takeover; s != nil {
		b.Takeover, b.TakeoverRev = s.ID, s.Rev
		b.Painted = []player.Painted{{ID: s.ID, Rev: s.Rev, AfterMS: 17}}
	}
	if err := g.ws.WriteJSON(b); err != nil {
		g.h.t.Error(err)
	}
}

func (g *glass) shows(what string, f func(s *takeover.Scene) bool) *takeover.Scene {
	g.h.t.Helper()
	g.h.eventually(what, func() bool { return f(g.shown()) })
	return g.shown()
}

// TestAFireTakesTheScreensOver: from a register on the bus to the page, the journal and back.
func TestAFireTakesTheScreensOver(t *testing.T) {
	h := newHouse(t)
	h.extra = screensOf(h, "")
	h.start(nil)
	g := h.open()
	h.eventually("the programme runs", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.state.Takeover == nil && len(g.state.Showing.Zones) > 0
	})
	h.smoke("a", true)
	s := g.shows("being verified", func(s *takeover.Scene) bool { return s != nil })
	if s.Kind != takeover.Real || s.Stage != takeover.Verifying || s.Places[0].Label.ZH != "张记面馆" || s.Places[0].Direction != nil || s.Report.ZH != "请拨打119" {
		t.Errorf("shows %+v", s)
	}
	g.beat()
	h.eventually("painted is in the journal", func() bool { return h.kinds(message.KindPainted) == 1 })
	h.must(message.Command{Action: message.ActionAcknowledge, Device: "a", Author: "王", Event: h.lastEvent()})
	g.shows("answered", func(s *takeover.Scene) bool {
		return s != nil && len([]rune(s.Report.ZH)) == len([]rune("控制室已接警 14:03"))
	})
	h.must(message.Command{Action: message.ActionEvacuate, Author: "王"})
	s = g.shows("people are told to leave", func(s *takeover.Scene) bool { return s != nil && s.Stage == takeover.Evacuate })
	if s.Places[0].Direction == nil || s.Places[0].Direction.Arrow != "left" || s.Advice[0].ZH != "请按箭头方向撤离" {
		t.Errorf("the surveyed way out is not shown: %+v", s)
	}
	h.smoke("b", true)
	s = g.shows("a second place", func(s *takeover.Scene) bool { return s != nil && len(s.Places) == 2 })
	if s.Places[0].Direction != nil || !s.Places[0].First || s.Places[1].First || s.Report.ZH != "请拨打119" {
		t.Errorf("shows %+v", s)
	}

	// The daemon restarts in the middle: the stage does not go back.
	h.stop()
	h.start(nil)
	g = h.open()
	s = g.shows("the takeover is back", func(s *takeover.Scene) bool { return s != nil && len(s.Places) == 2 })
	if s.Stage != takeover.Evacuate {
		t.Errorf("after the restart: %+v", s)
	}
	for _, d := range []string{"a", "b"} {
		h.smoke(d, false)
		h.eventually("the detector is quiet", func() bool { return !h.device(d).State.Has(message.Active) })
		h.must(message.Command{Action: message.ActionReset, Device: d, Author: "王", Event: h.lastEvent(), Outcome: "test", Note: "n"})
	}
	g.shows("the programme is back", func(s *takeover.Scene) bool { return s == nil })
	h.stop()
	var got []string
	for _, ev := range h.journal() {
		if ev.Kind == message.KindTakeover {
			got = append(got, ev.Cause)
		}
	}
	if want := []string{"verifying", "evacuate_ordered", "evacuate", "evacuate", "ended"}; !slices.Equal(got, want) {
		t.Errorf("the journal says %q; want %q", got, want)
	}
}

// TestTheDistrictsWord: takeovers and notices that are ordered, and refused.
func TestTheDistrictsWord(t *testing.T) {
	h := newHouse(t)
	h.extra = screensOf(h, "  templates:\n    - {name: water-off, zh: 今日停水检修}\n")
	h.start(nil)
	g := h.open()
	order := &message.TakeoverOrder{ID: "o1", Kind: "drill", Stage: "evacuate", Places: []message.PublicLabel{{ZH: "演练点"}}}
	if res := h.command(message.Command{Action: message.ActionTakeover, Takeover: order}); res.OK || res.Code != "needs_author" || res.TextZH == "" {
		t.Errorf("without a name: %+v", res)
	}
	h.must(message.Command{Action: message.ActionTakeover, Takeover: order, Author: "王", Seconds: 3600})
	g.shows("the drill", func(s *takeover.Scene) bool { return s != nil && s.Kind == takeover.Drill && s.Banner.ZH == "演练" })
	h.smoke("a", true)
	g.shows("a real fire ends the drill", func(s *takeover.Scene) bool { return s != nil && s.Kind == takeover.Real })
	h.must(message.Command{Action: message.ActionTakeoverEnd, Takeover: &message.TakeoverOrder{ID: "o1", Kind: "drill", Stage: "evacuate"}, Author: "王"})
	h.smoke("a", false)
	h.eventually("the detector is quiet", func() bool { return !h.device("a").State.Has(message.Active) })
	h.must(message.Command{Action: message.ActionReset, Device: "a", Author: "王", Event: h.lastEvent(), Outcome: "test", Note: "n"})
	g.shows("the programme is back", func(s *takeover.Scene) bool { return s == nil })
	h.must(message.Command{Action: message.ActionNotice, Notice: &message.Notice{Template: "water-off"}, Author: "李"})
	h.eventually("the notice is in the ticker", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		slots := g.state.Showing.Zones["ticker"]
		return len(slots) == 1 && slots[0].Item.ZH == "今日停水检修"
	})
}

// TestABoardOnTheWire: a card that speaks real bytes shows the fire, and tells of it.
func TestABoardOnTheWire(t *testing.T) {
	h := newHouse(t)
	onbon := ledsim.NewOnbon(image.Pt(256, 64), false)
	card, err := ledsim.Listen(onbon)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := card.Close(); err != nil {
			t.Error(err)
		}
	})
	h.extra = screensOf(h, fmt.Sprintf("  boards:\n    - {name: led, kind: onbon-6k, address: %q, width: 256, height: 64}\n", card.Address()))
	h.start(nil)
	board := func() bool { s := h.gen().stage.boards["led"].Status(); return s.Up && s.Shows == "takeover" }
	h.smoke("a", true)
	h.eventually("the board shows the fire", board)
	h.eventually("and the journal knows", func() bool { return h.kinds(message.KindPainted) == 1 })
	if shown := card.Shown(); !shown.Scene || !shown.Lit || !strings.Contains(strings.Join(shown.Lines, " "), "张记面馆") {
		t.Errorf("the card shows %+v", shown)
	}
}

func TestScreensWithoutAnything(t *testing.T) {
	h := newHouse(t)
	h.extra = fmt.Sprintf("screens: {listen: \"127.0.0.1:0\", dir: %s, starter: /nowhere, televisions: [{name: tv}]}\n", filepath.Join(h.state, "screens"))
	h.start(nil)
	g := h.open()
	h.eventually("that there is no programme is a fault", func() bool { return h.part("media").Has(message.Fault) })
	h.smoke("a", true)
	g.shows("the fire is shown all the same", func(s *takeover.Scene) bool { return s != nil })
	if res := h.command(message.Command{Action: message.ActionNotice, Notice: &message.Notice{Template: "x"}, Author: "李"}); res.Code != "unknown_template" {
		t.Errorf("%+v", res)
	}
}

func TestNoScreens(t *testing.T) {
	h := newHouse(t)
	h.start(nil)
	if res := h.command(message.Command{Action: message.ActionEvacuate, Author: "李"}); res.OK || res.Code != "no_screens" {
		t.Errorf("%+v", res)
	}
}
