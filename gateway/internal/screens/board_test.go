package screens

import (
	"context"
	"fmt"
	"image"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"firepost/drivers/led"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/kiosk/takeover"
)

// card is a sign in memory that can go wrong.
type card struct {
	mu     sync.Mutex
	can    led.Ability
	log    []string
	fail   error
	holds  string
	smoke  bool
	closed int
}

func (c *card) do(format string, args ...any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		return c.fail
	}
	c.log = append(c.log, fmt.Sprintf(format, args...))
	return nil
}

func (c *card) did() string {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	out := strings.Join(c.log, "; ")
	c.log = nil
	return out
}

func (c *card) set(f func()) { c.mu.Lock(); defer c.mu.Unlock(); f() }

func (c *card) Can() led.Ability { return c.can }

func (c *card) Preload(_ context.Context, s led.Scene) error { return c.do("store %s", s.ID) }

func (c *card) Show(_ context.Context, s led.Scene) error {
	if len(s.Lines) > 3 && strings.Contains(s.Lines[1], "龘") {
		return led.ErrUnshowable
	}
	c.set(func() { c.holds = strings.Join(s.Lines, "|") })
	picture := ""
	if s.Picture != nil {
		picture = " drawn"
	}
	first := ""
	if len(s.Lines) > 0 {
		first = s.Lines[0]
	}
	return c.do("show %s %s %s%s", s.ID, s.Colour, first, picture)
}

func (c *card) Clear(context.Context) error {
	c.set(func() { c.holds = "own" })
	return c.do("clear")
}

func (c *card) Brightness(_ context.Context, n int) error { return c.do("brightness %d", n) }
func (c *card) Power(_ context.Context, on bool) error    { return c.do("power %v", on) }
func (c *card) SetTime(_ context.Context, now time.Time) error {
	return c.do("time %s", now.Format("15:04"))
}
func (c *card) Close() error { c.set(func() { c.closed++ }); return nil }
func (c *card) Status(context.Context) (led.Status, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		return led.Status{}, c.fail
	}
	smoke := c.smoke
	return led.Status{Holds: c.holds, Smoke: &smoke}, nil
}

// wall is a board with a card and a level.
type wall struct {
	card    *card
	board   *Board
	follow  chan struct{}
	mu      sync.Mutex
	level   Level
	plan    Plan
	faults  []string
	painted []string
}

func newWall(t *testing.T, can led.Ability) *wall {
	t.Helper()
	w := &wall{card: &card{can: can}, follow: make(chan struct{}, 1), plan: Plan{On: true, Brightness: 60, Until: 1000 * time.Hour}}
	began := time.Now()
	w.board = NewBoard(BoardOptions{
		Name: "led", Log: slog.New(slog.DiscardHandler), Follow: w.follow,
		Now: func() message.Stamp {
			return message.Stamp{Boot: "b", Mono: time.Since(began) + time.Second, Wall: time.Now(), Trusted: true}
		},
		Open:  func() (led.Sign, error) { return w.card, nil },
		Level: func() Level { w.mu.Lock(); defer w.mu.Unlock(); return w.level },
		Plan:  func(message.Stamp) Plan { w.mu.Lock(); defer w.mu.Unlock(); return w.plan },
		Draw: func(s *takeover.Scene, _ []string) ([]BoardPage, error) {
			page := image.NewGray(image.Rect(0, 0, 8, 8))
			if s == nil {
				return []BoardPage{{Image: page}}, nil
			}
			return []BoardPage{{page, 4 * time.Second}, {page, 3 * time.Second}}, nil
		},
		Bare: func(takeover.Kind, takeover.Stage) (image.Image, error) {
			return image.NewGray(image.Rect(0, 0, 8, 8)), nil
		},
		Painted: func(s *takeover.Scene, _ time.Duration) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.painted = append(w.painted, s.ID)
		},
		Fault: func(cause string) { w.mu.Lock(); defer w.mu.Unlock(); w.faults = append(w.faults, cause) },
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.board.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *wall) set(f func()) {
	w.mu.Lock()
	f()
	w.mu.Unlock()
	select {
	case w.follow <- struct{}{}:
	default:
	}
}

func (w *wall) burn(label string) {
	w.set(func() {
		s, _, _ := takeover.Decide(takeover.Input{Fires: []takeover.Fire{{
			ID: "f1", Device: "a", Point: "smoke", Label: contract.Text{ZH: label}, Metres: -1, CallPoint: true,
			Bits: message.Fire | message.Active | message.Latched,
		}}}, takeover.Memory{})
		w.level.Scene = s
	})
}

const text = led.CanText | led.CanExpire | led.CanDim | led.CanPower | led.CanReadBack

func TestABoardFollowsTheLevel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWall(t, text|led.CanTime)
		if got := w.card.did(); got != "clear; power true; brightness 60; time 08:00" {
			t.Errorf("at first: %s", got)
		}
		w.set(func() { w.plan.Lines = []string{"人人讲消防"} })
		if got := w.card.did(); got != "show programme green 人人讲消防" {
			t.Errorf("the programme: %s", got)
		}
		w.burn("张记面馆")
		if got := w.card.did(); got != "brightness 100; show alarm red 火警　请立即疏散" {
			t.Errorf("a fire: %s", got)
		}
		if s := w.board.Status(); !s.Up || s.Shows != "takeover" || s.Takeover != "f1" {
			t.Errorf("status %+v", s)
		}
		time.Sleep(alarmFor/3 + time.Second)
		if got := w.card.did(); got != "show alarm red 火警　请立即疏散" {
			t.Errorf("the renewal: %s", got)
		}
		w.set(func() { w.level.Scene = nil })
		if got := w.card.did(); got != "show programme green 人人讲消防; brightness 60" {
			t.Errorf("afterwards: %s", got)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if !slices.Equal(w.painted, []string{"f1"}) {
			t.Errorf("painted %q; want once", w.painted)
		}
	})
}

func TestACardThatIsAwayGetsTheLevelWhenItComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWall(t, text)
		w.card.did()
		w.card.set(func() { w.card.fail = led.ErrNoAnswer })
		w.burn("张记面馆")
		if got := w.card.did(); got != "" {
			t.Errorf("did %s", got)
		}
		if s := w.board.Status(); s.Up || s.Err == "" || s.Shows != "" || s.Takeover != "" {
			t.Errorf("status of a card that is away: %+v", s)
		}
		w.card.set(func() { w.card.fail = nil })
		time.Sleep(urgentPause)
		if got := w.card.did(); got != "power true; brightness 100; show alarm red 火警　请立即疏散" {
			t.Errorf("when it is back: %s", got)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if want := []string{CauseBoardSilent, ""}; !slices.Equal(w.faults, want) {
			t.Errorf("faults %q; want %q", w.faults, want)
		}
	})
}

func TestTamper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWall(t, text)
		w.card.did()
		w.card.set(func() { w.card.holds = "买一送一" })
		time.Sleep(auditEvery + time.Second)
		if !w.board.Status().Tamper {
			t.Fatal("foreign content was not noticed within the hour")
		}
		time.Sleep(time.Minute)
		w.set(func() { w.plan.Lines = []string{"新内容"} })
		if got := w.card.did(); got != "power false" {
			t.Errorf("a board with foreign content: %s; want it dark, and nothing written over", got)
		}
		w.burn("张记面馆")
		if got := w.card.did(); got != "power true; brightness 100; show alarm red 火警　请立即疏散" {
			t.Errorf("a fire on a board with foreign content: %s", got)
		}
		w.set(func() { w.level.Scene = nil })
		if got := w.card.did(); got != "power false" {
			t.Errorf("afterwards: %s", got)
		}
		if !w.board.Trust() {
			t.Error("there was a tamper")
		}
		if got := w.card.did(); got != "show programme green 新内容; power true; brightness 60" {
			t.Errorf("after a person's word: %s", got)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if want := []string{CauseTamper, ""}; !slices.Equal(w.faults, want) {
			t.Errorf("faults %q; want %q", w.faults, want)
		}
	})
}

func TestATakeoverThatIsTooMuchIsShownPlain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWall(t, text)
		w.card.did()
		w.burn("龘店")
		if got := w.card.did(); got != "brightness 100; show alarm red 火警　请立即疏散" {
			t.Errorf("did %s", got)
		}
		if w.card.set(func() {}); !strings.HasPrefix(w.card.holds, "火警　请立即疏散|附近场所|") {
			t.Errorf("holds %q; want it without the name", w.card.holds)
		}
	})
}

func TestACardThatTakesPictures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWall(t, led.CanPicture|led.CanStore|led.CanPower)
		w.set(func() { w.plan.Lines = []string{"人人讲消防"} })
		if got := w.card.did(); got != "clear; power true; store bare-real-verifying; store bare-real-evacuate; store bare-drill-verifying" {
			t.Errorf("the programme would wear its flash: %s", got)
		}
		w.burn("张记面馆")
		if got := w.card.did(); got != "show bare-real-evacuate   drawn; show alarm-0 red 火警　请立即疏散 drawn" {
			t.Errorf("did %s", got)
		}
		time.Sleep(4 * time.Second)
		if got := w.card.did(); got != "show alarm-1 red 火警　请立即疏散 drawn" {
			t.Errorf("the second page: %s", got)
		}
		time.Sleep(3 * time.Second)
		if got := w.card.did(); got != "show alarm-0 red 火警　请立即疏散 drawn" {
			t.Errorf("the first page again: %s", got)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if !slices.Equal(w.painted, []string{"f1"}) {
			t.Errorf("painted %q; want it told once", w.painted)
		}
	})
}

func TestACardThatShowsNothingByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWall(t, led.CanDim|led.CanPower|led.CanSense)
		if got := w.card.did(); got != "power true; brightness 60" {
			t.Errorf("at first: %s", got)
		}
		w.burn("张记面馆")
		if got := w.card.did(); got != "brightness 100" {
			t.Errorf("a fire: %s", got)
		}
		w.card.set(func() { w.card.smoke = true })
		time.Sleep(senseEvery + time.Second)
		synctest.Wait()
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.painted) > 0 || !slices.Equal(w.faults, []string{CauseScreenSmoke}) {
			t.Errorf("painted %q, faults %q; want nothing painted, and the smoke", w.painted, w.faults)
		}
	})
}
