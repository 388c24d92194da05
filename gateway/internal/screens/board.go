package screens

import (
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"strings"
	"sync"
	"time"

	"firepost/drivers/led"
	"firepost/firmware-contracts/message"
	"firepost/kiosk/takeover"
)

// Times of a board.
const (
	// alarmFor is after how long a card drops an alarm that nobody renews, where it can: a
	// gateway that dies leaves no old text for days. It is renewed at a third of that.
	alarmFor = 3 * time.Minute
	// boardWithin is how long one command to a card may take.
	boardWithin = 15 * time.Second
	// auditEvery is how often a card is asked what it really holds.
	auditEvery = time.Hour
	// senseEvery is how often one is asked that has sensors of its own: smoke among them.
	senseEvery = 30 * time.Second
	// clockEvery is how often a card's clock is set.
	clockEvery = 24 * time.Hour
	// firstPause and the last one between attempts; a takeover is never waited for longer.
	firstPause  = time.Second
	lastPause   = time.Minute
	urgentPause = 2 * time.Second
)

// The causes of a board's faults.
const (
	CauseBoardSilent = "led_no_answer"
	CauseBoardRefuse = "led_refused"
	CauseTamper      = "tamper"
	CauseScreenSmoke = "screen_smoke"
	CauseScreenDoor  = "screen_door"
)

// BoardOptions are what a board's loop is made of.
type BoardOptions struct {
	Name string
	Now  func() message.Stamp
	// Open connects; it is called again after every failure.
	Open func() (led.Sign, error)
	// Level is what should be shown; Follow tells of changes.
	Level  func() Level
	Follow <-chan struct{}
	// Plan is what the programme wants of the board now.
	Plan func(now message.Stamp) Plan
	// Draw makes the pages of a takeover, or else of lines of text, at the board's pixels, for
	// cards that take pictures; nil: none do. Bare are pictures without a place, which cards
	// that store scenes are given beforehand.
	Draw func(s *takeover.Scene, lines []string) ([]BoardPage, error)
	Bare func(k takeover.Kind, stage takeover.Stage) (image.Image, error)
	// Painted is told when the card has confirmed a takeover, Fault what is wrong; empty: nothing.
	Painted func(s *takeover.Scene, after time.Duration)
	Fault   func(cause string)
	Log     *slog.Logger
}

// BoardPage is one picture of several that follow each other.
type BoardPage struct {
	Image image.Image
	// For is how long it stays before the next one; zero for the only one.
	For time.Duration
}

// Plan is what the programme wants of a board.
type Plan struct {
	On         bool
	Brightness int
	// Lines are the words to show, empty for the card's own programme.
	Lines []string
	// Until is when that changes, by the time since boot.
	Until time.Duration
}

// BoardStatus is how a board is doing.
type BoardStatus struct {
	Name string `json:"name"`
	// Up: the last command was confirmed. Err is what the last failure said.
	Up  bool   `json:"up"`
	Err string `json:"err,omitempty"`
	// Shows is the takeover, "programme", "notice" or "dark"; only what the card confirmed.
	Shows    string `json:"shows"`
	Takeover string `json:"takeover,omitempty"`
	// Tamper: the card holds something that nobody here has put there.
	Tamper bool `json:"tamper,omitempty"`
	// Card is what the card said last of itself.
	Card led.Status `json:"card"`
}

// Board keeps one LED board at the level.
type Board struct {
	o    BoardOptions
	poke chan struct{}

	mu     sync.Mutex
	status BoardStatus
	anew   bool // put the content there once more

	sign led.Sign
	// What the card has confirmed since it was opened.
	shown      string
	content    string
	renewAt    time.Duration
	pages      pages
	stored     bool // the scenes without a place
	lit        *bool
	brightness int
	clockAt    time.Duration
	auditAt    time.Duration
	holds      string
	fault      string
}

// NewBoard returns a board's loop; it starts nothing.
func NewBoard(o BoardOptions) *Board {
	return &Board{o: o, poke: make(chan struct{}, 1), status: BoardStatus{Name: o.Name}}
}

// Status is how the board is doing.
func (b *Board) Status() BoardStatus {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status
}

// Run keeps the board at the level until ctx ends. It leaves the board as it is: a takeover
// outlives a restart, and goes away by itself where the card can do that.
func (b *Board) Run(ctx context.Context) error {
	defer b.drop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	failures := 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-b.o.Follow:
		case <-b.poke:
		case <-timer.C:
		}
		next, err := b.follow(ctx)
		if ctx.Err() != nil {
			return nil
		}
		b.note(err)
		if err != nil {
			failures++
			next = min(firstPause<<min(failures-1, 6), lastPause)
			if b.o.Level().Scene != nil {
				next = min(next, urgentPause)
			}
			b.drop()
		} else {
			failures = 0
		}
		timer.Reset(next)
	}
}

// drop lets go of the card; what it confirmed is asked for again on the next connection.
func (b *Board) drop() {
	if b.sign != nil {
		_ = b.sign.Close() // it is opened anew
	}
	b.sign, b.shown, b.lit, b.brightness, b.clockAt = nil, "", nil, 0, 0
	b.pages = pages{}
}

// want is what the board should show.
type want struct {
	key        string // equal for equal content on the glass
	content    string // the same for all pages of one content
	shows      string
	scene      *takeover.Scene
	led        led.Scene
	on         bool
	brightness int
}

// follow makes the card show what it should and returns when to look again.
func (b *Board) follow(ctx context.Context) (time.Duration, error) {
	now := b.o.Now()
	if b.sign == nil {
		sign, err := b.o.Open()
		if err != nil {
			return 0, err
		}
		b.sign = sign
	}
	b.mu.Lock()
	if b.anew {
		b.anew, b.shown = false, ""
	}
	b.mu.Unlock()
	w, until := b.wants(now)
	until = b.turn(&w, now.Mono, until)
	if b.Status().Tamper && w.scene == nil {
		// Whatever somebody wrote there is not shown, nor written over; a fire is.
		w.on, w.key = false, b.shown
	}
	// Content before brightness: a scene that is there a second earlier is worth more than a
	// well-lit one.
	if w.scene != nil {
		if err := b.light(ctx, &w); err != nil {
			return 0, err
		}
	}
	if err := b.show(ctx, &w, now); err != nil {
		return 0, err
	}
	if w.scene == nil {
		if err := b.light(ctx, &w); err != nil {
			return 0, err
		}
	}
	if err := b.chores(ctx, now); err != nil {
		return 0, err
	}
	next := min(b.askEvery(), max(until-now.Mono, time.Second))
	if b.renewAt > 0 {
		next = min(next, max(b.renewAt-now.Mono, time.Second))
	}
	return next, nil
}

// wants works out what the board should show.
func (b *Board) wants(now message.Stamp) (want, time.Duration) {
	l := b.o.Level()
	p := b.o.Plan(now)
	switch {
	case l.Scene != nil:
		return b.alarm(l.Scene), now.Mono + auditEvery
	case l.Notice != nil:
		n := l.Notice
		w := want{
			key: "notice " + n.ID, shows: "notice", on: p.On, brightness: p.Brightness,
			led: led.Scene{ID: "notice", Lines: []string{n.ZH}, Colour: "yellow", For: alarmFor},
		}
		return w, min(n.ends, p.Until)
	case len(p.Lines) > 0 && b.sign.Can().Has(led.CanText):
		// A card that takes pictures keeps them in its flash, which wears: it plays its own.
		return want{
			key: "programme " + strings.Join(p.Lines, "\n"), shows: "programme", on: p.On, brightness: p.Brightness,
			led: led.Scene{ID: "programme", Lines: p.Lines, Colour: "green", For: alarmFor},
		}, p.Until
	}
	return want{key: "clear", shows: "programme", on: p.On, brightness: p.Brightness}, p.Until
}

// alarm is a takeover for the board: as bright as it can be.
func (b *Board) alarm(s *takeover.Scene) want {
	places := s.Places[0].Label.ZH
	if more := len(s.Places); more > 1 {
		places = fmt.Sprintf("%s等%d处", places, more)
	}
	lines := []string{s.Title.ZH, places}
	for _, a := range s.Advice {
		lines = append(lines, a.ZH)
	}
	w := want{
		key: fmt.Sprintf("alarm %s %d", s.ID, s.Rev), shows: "takeover", scene: s, on: true, brightness: 100,
		led: led.Scene{ID: "alarm", Lines: append(lines, s.Report.ZH), Colour: colourOf(s), For: alarmFor},
	}
	if len(s.Speech) > 0 {
		w.led.Speech = s.Title.ZH + "，" + places + "，" + s.Advice[0].ZH
	}
	return w
}

func colourOf(s *takeover.Scene) string {
	switch {
	case s.Kind != takeover.Real:
		return "green"
	case s.Stage == takeover.Verifying:
		return "yellow"
	}
	return "red"
}

// show puts the content on the card unless it is there.
func (b *Board) show(ctx context.Context, w *want, now message.Stamp) error {
	can := b.sign.Can()
	due := b.renewAt > 0 && now.Mono >= b.renewAt
	if w.key == b.shown && !due || !can.Has(led.CanText) && !can.Has(led.CanPicture) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, boardWithin)
	defer cancel()
	var err error
	if w.key == "clear" {
		err = b.sign.Clear(ctx)
	} else {
		b.switchTo(ctx, w)
		err = b.sign.Show(ctx, w.led)
		if errors.Is(err, led.ErrUnshowable) && w.scene != nil {
			err = b.plainer(ctx, w, err)
		}
	}
	if err != nil {
		return fmt.Errorf("show %s: %w", w.shows, err)
	}
	b.renewAt = 0
	if can.Has(led.CanExpire) && w.key != "clear" {
		b.renewAt = b.o.Now().Mono + alarmFor/3
	}
	first := w.content != b.content
	b.content = w.content
	b.shown, b.holds, b.auditAt = w.key, "", 0
	b.mu.Lock()
	b.status.Shows, b.status.Takeover = w.shows, ""
	if w.scene != nil {
		b.status.Takeover = w.scene.ID
	}
	b.mu.Unlock()
	if w.scene != nil && first {
		b.o.Painted(w.scene, b.o.Now().Mono-now.Mono)
	}
	return nil
}

// light makes the board lit or dark, and as bright as it should be.
func (b *Board) light(ctx context.Context, w *want) error {
	ctx, cancel := context.WithTimeout(ctx, boardWithin)
	defer cancel()
	can := b.sign.Can()
	if can.Has(led.CanPower) && (b.lit == nil || *b.lit != w.on) {
		if err := b.sign.Power(ctx, w.on); err != nil {
			return fmt.Errorf("light: %w", err)
		}
		b.lit = &w.on
	}
	if can.Has(led.CanDim) && w.on && b.brightness != w.brightness {
		if err := b.sign.Brightness(ctx, w.brightness); err != nil {
			return fmt.Errorf("brightness: %w", err)
		}
		b.brightness = w.brightness
	}
	return nil
}
