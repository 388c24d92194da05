package screen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"firepost/kiosk/player"
)

const (
	// feedSilence is how long the daemon may say nothing: it repeats itself every two seconds.
	feedSilence = 7 * time.Second
	// The pauses between calls, and that of a player whose screen another one shows.
	feedFirst, feedMost, feedYield = 200 * time.Millisecond, 2 * time.Second, 5 * time.Second
	// feedReplaced is the code of a connection that a newer player's has replaced.
	feedReplaced = 4001
	// maxFeed is the longest message taken from the daemon, maxBeat the longest sent, within the
	// hub's own limit of 32 KiB.
	maxFeed, maxBeat = 4 << 20, 24 << 10
	// What is kept for a daemon that is away, and what goes into one beat.
	heldPlayed, heldPainted, mostPlayed, mostPainted = 256, 16, 32, 16
)

// feed is a player's way to the daemon, the same as the page's: states and orders down, beats
// up, opened again for ever.
type feed struct {
	url, origin string
	state       func(player.State)
	order       func(player.Order)
	// came is told of each connection: a beat is due.
	came func()
	log  *slog.Logger

	time   boothTime
	build  string // the daemon's, of this connection; run's own
	yields bool   // another player shows this screen; run's own

	mu sync.Mutex
	// beat is the newest that is not sent, nil where there is none; painted and played wait with
	// it, over many of them.
	beat    *player.Beat
	there   bool
	frames  int
	seq     uint64
	painted []player.Painted
	played  []player.Played
	wrong   string
	wake    chan struct{}
}

func newFeed(daemon, screen string, log *slog.Logger) *feed {
	return &feed{
		url: "ws" + strings.TrimPrefix(daemon, "http") + "/screen/" + screen + "/ws", origin: daemon,
		log: log, wake: make(chan struct{}, 1), time: boothTime{began: time.Now()},
	}
}

// report takes a beat; it never waits.
func (f *feed) report(b player.Beat) {
	f.mu.Lock()
	f.painted = last(append(f.painted, b.Painted...), heldPainted)
	f.played = last(append(f.played, b.Played...), heldPlayed)
	b.Painted, b.Played = nil, nil
	if f.there {
		f.frames = min(f.frames+b.Frames, 1e6)
		f.beat = &b
	}
	f.mu.Unlock()
	poke(f.wake)
}

func last[T any](list []T, n int) []T { return slices.Delete(list, 0, max(0, len(list)-n)) }

// take returns the next message, nil where there is none, and whether more is to follow.
func (f *feed) take() (data []byte, more bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.beat == nil {
		return nil, false, nil
	}
	b := *f.beat
	b.Build, b.Frames = f.build, f.frames
	if b.Error == "" {
		b.Error = f.wrong
	}
	b.Painted = f.painted
	for n := min(len(f.played), mostPlayed); ; n /= 2 {
		b.Seq, b.Played = f.seq+1, f.played[:n]
		if data, err = json.Marshal(b); err != nil {
			return nil, false, fmt.Errorf("write a beat down: %w", err)
		}
		if len(data) > maxBeat && n > 0 {
			continue
		}
		f.seq++
		f.frames, f.wrong, f.painted = 0, "", nil
		f.played = slices.Delete(f.played, 0, n)
		if more = len(f.played) > 0; !more {
			f.beat = nil
		}
		return data, more, nil
	}
}

// run keeps a connection for as long as ctx lasts.
func (f *feed) run(ctx context.Context) {
	pause, said := feedFirst, false
	for ctx.Err() == nil {
		heard, err := f.once(ctx)
		if ctx.Err() != nil {
			return
		}
		if heard {
			pause, said = feedFirst, false
		}
		if !said {
			f.log.Warn("the daemon is away; the picture stays", "error", err)
			said = true
		}
		wait := pause
		if f.yields {
			wait = feedYield
		}
		// Jitter: several screens of a booth do not call in step.
		timer := time.NewTimer(wait/2 + rand.N(wait))
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
		pause = min(2*pause, feedMost)
	}
}

// once is one connection; heard says that the daemon spoke.
func (f *feed) once(ctx context.Context) (heard bool, err error) {
	address := f.url
	if f.yields {
		address += "?yield=1"
	}
	dialer := websocket.Dialer{HandshakeTimeout: dialWithin, ReadBufferSize: 4 << 10, WriteBufferSize: 4 << 10}
	//nolint:bodyclose // the connection's own once it is made; closed below where it is not
	ws, resp, err := dialer.DialContext(ctx, address, http.Header{"Origin": {f.origin}})
	if err != nil {
		if resp != nil {
			err = errors.Join(fmt.Errorf("%w (%s)", err, resp.Status), resp.Body.Close())
		}
		return false, err
	}
	f.mu.Lock()
	f.there, f.yields, f.build = true, false, clip(resp.Header.Get(player.BuildHeader), 64)
	f.mu.Unlock()
	f.log.Info("connected to the daemon as the screen's player")
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		<-ctx.Done()
		_ = ws.Close() // wakes the reader
	})
	wg.Go(func() {
		defer cancel()
		f.write(ctx, ws)
	})
	f.came()
	heard, err = f.listen(ws)
	cancel()
	wg.Wait()
	f.mu.Lock()
	f.there, f.beat, f.frames = false, nil, 0 // of a moment that is over when the next comes
	f.mu.Unlock()
	var closed *websocket.CloseError
	f.yields = errors.As(err, &closed) && closed.Code == feedReplaced
	return heard, err
}

// write sends what is reported until ctx ends.
func (f *feed) write(ctx context.Context, ws *websocket.Conn) {
	for {
		data, more, err := f.take()
		if err != nil {
			f.log.Error("a beat is lost", "error", err)
			return
		}
		if data != nil {
			if ws.SetWriteDeadline(time.Now().Add(writeWithin)) != nil || ws.WriteMessage(websocket.TextMessage, data) != nil {
				return
			}
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
		}
	}
}

// listen takes states and orders until the connection ends. What can't be read or believed is
// left out and said: what stands is better than what nobody meant.
func (f *feed) listen(ws *websocket.Conn) (heard bool, err error) {
	ws.SetReadLimit(maxFeed)
	for {
		if err := ws.SetReadDeadline(time.Now().Add(feedSilence)); err != nil {
			return heard, err
		}
		_, data, err := ws.ReadMessage()
		if err != nil {
			return heard, err
		}
		var d player.Down
		err = json.Unmarshal(data, &d)
		if err == nil {
			err = believable(d.State)
		}
		if err != nil {
			f.log.Warn("a message of the daemon can't be read", "error", err)
			f.mu.Lock()
			f.wrong = clip("the daemon's message: "+err.Error(), 200)
			f.mu.Unlock()
			continue
		}
		heard = true
		if d.State != nil {
			f.time.heard(time.Duration(d.State.Mono) * time.Millisecond)
			f.state(*d.State)
		}
		if d.Order != nil {
			// A daemon that does not say its build would ask for a reload again and again.
			d.Order.Reload = d.Order.Reload && f.build != ""
			f.order(*d.Order)
		}
	}
}

// century is longer than any booth runs, in milliseconds.
const century = 100 * 366 * 24 * 3600 * 1000

// believable checks what would lead astray.
func believable(s *player.State) error {
	switch {
	case s == nil:
		return nil
	case s.Mono < 0 || s.Mono > century:
		return fmt.Errorf("a time since boot of %d ms", s.Mono)
	case s.Takeover != nil && (s.Takeover.ID == "" || len(s.Takeover.ID) > 256):
		return fmt.Errorf("a takeover whose id has %d bytes", len(s.Takeover.ID))
	}
	return nil
}

// boothTime is the booth's time since boot, kept by this process's own clock between two states.
type boothTime struct {
	began time.Time

	mu     sync.Mutex
	known  bool
	offset time.Duration
}

// heard takes the booth's time of a message that has just come. A message can only be late, so
// that the earliest counts; a difference beyond a quarter of a second is another boot.
func (t *boothTime) heard(mono time.Duration) {
	now := mono - time.Since(t.began)
	t.mu.Lock()
	defer t.mu.Unlock()
	if d := now - t.offset; !t.known || d > 0 || d < -250*time.Millisecond {
		t.known, t.offset = true, now
	}
}

// now is the booth's time, never below zero; this process's own until the daemon has spoken.
func (t *boothTime) now() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(0, time.Since(t.began)+t.offset)
}
