package screens

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/kiosk/judge"
	"firepost/kiosk/player"
	"firepost/kiosk/programme"
	"firepost/kiosk/proof"
	"firepost/kiosk/takeover"
)

// Times of a television.
const (
	// lookEvery is how often the screen is judged: a takeover has to be back within five seconds.
	lookEvery = 500 * time.Millisecond
	// planEvery is how often the slots that follow are worked out anew.
	planEvery = 20 * time.Second
	// unwellFor is how long a screen must be unwell before that is a fault: repairs take time.
	unwellFor = 45 * time.Second
)

// The causes of a screen's faults.
const (
	CauseScreenBlack     = "screen_black"
	CauseScreenUnplugged = "screen_unplugged"
	CauseScreenDegraded  = "screen_degraded"
	CauseScreenUnknown   = "screen_unknown"
)

// Player is what shows the states: the hub of browser pages, or a player of another kind.
type Player interface {
	// Set makes s what the screen should show; it never waits.
	Set(screen string, s player.State)
	// Order asks something of the screen's page.
	Order(screen string, o player.Order)
	// Status is how the screen's page fares.
	Status(screen string) (player.Status, bool)
	// Build is the page's build that is served; empty where there is none.
	Build() string
}

// Hands carry out what a judge says.
type Hands interface {
	// Restart starts the browser anew, Compositor what it runs under.
	Restart(screen string) error
	Compositor(screen string) error
	// Runner is what is known of the screen's runner and its plug.
	Runner(screen string) judge.Runner
}

// TelevisionOptions are what a television's loop is made of.
type TelevisionOptions struct {
	Name          string
	Width, Height int
	// AnyItem: which item is shown is not judged, for players that leave out what they can't show.
	AnyItem bool
	// Volume is how loud the page may be, 0–100.
	Volume     int
	Directions map[string]takeover.Direction
	Now        func() message.Stamp
	Control    *Control
	Library    *Library
	Player     Player
	// Hands are nil for a browser that somebody else looks after.
	Hands Hands
	// Reboot starts the board anew; nil: never.
	Reboot func() error
	// Dark reports whether the screen has no power by the booth's own decision.
	Dark func() bool
	// Proof takes what was shown; nil: nobody counts.
	Proof *proof.Book
	// Painted is told that a takeover is on the glass, and how long after it was handed over.
	Painted func(p player.Painted, s *takeover.Scene, after time.Duration)
	// Fault is told what is wrong; empty: nothing.
	Fault func(cause string)
	Load  func(key string) []byte
	Save  func(key string, data []byte)
	Log   *slog.Logger
}

// TelevisionStatus is how one television fares.
type TelevisionStatus struct {
	Name string `json:"name"`
	// Verdict is the judge's, Page what the hub knows.
	Verdict judge.Verdict `json:"verdict"`
	Page    player.Status `json:"-"`
	// Item is what is painted in the main zone, Takeover what is painted of a takeover, Wanted
	// what should be.
	Item     string `json:"item"`
	Takeover string `json:"takeover,omitempty"`
	Wanted   string `json:"wanted,omitempty"`
	// BeatAge is how old the newest beat is, in milliseconds; negative: never one.
	BeatAge int64 `json:"beat_age_ms"`
	Heap    int64 `json:"heap,omitempty"`
	// Paints are the last takeover's times from the level's change to the report of its paint.
	PaintMS float64 `json:"paint_ms,omitempty"`
}

// Television keeps one screen at the level and judges it.
type Television struct {
	o TelevisionOptions

	mu      sync.Mutex
	judge   *judge.Judge
	verdict judge.Verdict
	state   player.State
	showing programme.Showing
	scene   *takeover.Scene
	handed  []handed // the newest last
	paintMS float64
	fault   string
	unwell  time.Duration
}

// handed is one revision of a takeover that was handed over to the player.
type handed struct {
	scene *takeover.Scene
	at    time.Duration
}

// maxHanded is how many revisions a page may lag behind and still be told apart.
const maxHanded = 8

// NewTelevision returns a television's loop; it starts nothing. Errors wrap judge.ErrSettings.
func NewTelevision(o TelevisionOptions) (*Television, error) {
	now := o.Now()
	t := &Television{o: o, unwell: now.Mono}
	set := judge.Settings{Runner: o.Hands != nil}
	if o.Hands == nil {
		// Somebody else's browser: its page can be asked to load itself anew, nothing more.
		set.Caps = judge.Caps{Browser: -1, Compositor: -1, Reboot: -1}
		set.TakeoverCaps = set.Caps
	}
	j, err := judge.New(set, now.Boot, now.Mono)
	if err != nil {
		return nil, fmt.Errorf("screen %s: %w", o.Name, err)
	}
	if data := o.Load(t.key()); data != nil {
		if err := j.Restore(data); err != nil {
			o.Log.Warn("how often the screen was restarted is not known any more", "screen", o.Name, "error", err)
		}
	}
	t.judge = j
	return t, nil
}

func (t *Television) key() string { return "screens-judge-" + t.o.Name }

// Run keeps the screen at the level until ctx ends.
func (t *Television) Run(ctx context.Context) error {
	level, library := t.o.Control.Follow(), t.o.Library.Follow()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	plan := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-level:
			plan = 0
		case <-library:
			if p := t.o.Library.Programme(); p != nil && t.o.Proof != nil {
				t.o.Proof.Know(p)
			}
			plan = 0
		case <-look.C:
		}
		now := t.o.Now()
		if now.Mono >= plan {
			plan = t.show(now)
		}
		t.look(now)
	}
}

// show hands the level to the player and returns when to do so again.
func (t *Television) show(now message.Stamp) time.Duration {
	l := t.o.Control.Level()
	s := player.State{Sound: t.o.Volume, Showing: t.plan(now, l)}
	if l.Scene != nil {
		s.Takeover = l.Scene.Before(t.o.Directions)
	}
	t.mu.Lock()
	if s.Takeover != nil && (t.scene == nil || t.scene.ID != s.Takeover.ID || t.scene.Rev != s.Takeover.Rev) {
		t.handed = append(t.handed[max(0, len(t.handed)-maxHanded+1):], handed{s.Takeover, now.Mono})
	}
	t.state, t.showing, t.scene = s, s.Showing, s.Takeover
	t.mu.Unlock()
	t.o.Player.Set(t.o.Name, s)
	next := now.Mono + planEvery
	if u := s.Showing.Until; u > now.Mono {
		next = min(next, u)
	}
	return next
}

// plan is what the programme shows, with the notice in its ticker.
func (t *Television) plan(now message.Stamp, l Level) programme.Showing {
	p := t.o.Library.Programme()
	if p == nil {
		return programme.Showing{On: true, Brightness: 100, Taken: l.Scene != nil, Zones: map[programme.Zone][]programme.Slot{}}
	}
	alarm := programme.Quiet
	if l.Scene != nil {
		alarm = programme.Taken
	}
	s := p.At(t.o.Name, MomentOf(now), alarm)
	if l.Notice != nil && l.Scene == nil {
		s.Zones[programme.Ticker] = []programme.Slot{l.Notice.slot(now)}
	}
	return s
}

// MomentOf is a moment as programmes want it.
func MomentOf(now message.Stamp) programme.Moment {
	return programme.Moment{Wall: now.Wall.In(beijing()), Trusted: now.Trusted, Mono: now.Mono}
}

// slot is the notice as an item of a ticker.
func (n *Notice) slot(now message.Stamp) programme.Slot {
	return programme.Slot{
		Item: programme.Item{ID: "notice", Kind: programme.Text, For: n.ends - now.Mono, ZH: n.ZH, MN: n.MN, EN: n.EN},
		From: now.Mono, Until: n.ends,
	}
}

// look judges the screen and does what the judge says.
func (t *Television) look(now message.Stamp) {
	st, _ := t.o.Player.Status(t.o.Name)
	t.mu.Lock()
	t.judge.Page(st, now.Mono)
	if t.o.Hands != nil {
		t.judge.Runner(t.o.Hands.Runner(t.o.Name), now.Mono)
	}
	v := t.judge.Look(t.wants(now), MomentOf(now))
	t.verdict = v
	var kept []byte
	if v.Save {
		kept = t.judge.Snapshot()
	}
	t.mu.Unlock()
	if kept != nil {
		t.o.Save(t.key(), kept)
	}
	t.act(&v)
	t.report(&v, now.Mono)
}

// wants is what the judge compares the screen with. The caller holds the lock.
func (t *Television) wants(now message.Stamp) judge.Want {
	w := judge.Want{On: t.showing.On && !t.o.Dark(), Width: t.o.Width, Height: t.o.Height, Build: t.o.Player.Build()}
	if t.scene != nil {
		w.Takeover, w.TakeoverRev, w.Hold = t.scene.ID, t.scene.Rev, true
	}
	for _, s := range t.showing.Zones[programme.Main] {
		if !t.o.AnyItem && s.From <= now.Mono && now.Mono < s.Until {
			w.Item = s.Item.ID
		}
	}
	return w
}

// act carries out one rung of the ladder.
func (t *Television) act(v *judge.Verdict) {
	if v.Action == judge.None {
		return
	}
	t.o.Log.Warn("a screen is helped", "screen", t.o.Name, "by", v.Action, "planned", v.Planned, "because", v.TextEN)
	var err error
	switch v.Action { //nolint:exhaustive // None is above
	case judge.Page:
		t.o.Player.Order(t.o.Name, player.Order{Reload: true})
	case judge.Browser:
		err = t.o.Hands.Restart(t.o.Name)
	case judge.Compositor:
		err = t.o.Hands.Compositor(t.o.Name)
	case judge.Reboot:
		if t.o.Reboot == nil {
			err = errors.New("the daemon may not start the board anew")
		} else {
			err = t.o.Reboot()
		}
	}
	if err != nil {
		t.o.Log.Error("a screen can't be helped", "screen", t.o.Name, "by", v.Action, "error", err)
	}
}

// report turns the verdict into a fault once it has lasted.
func (t *Television) report(v *judge.Verdict, now time.Duration) {
	cause := ""
	switch v.Health {
	case judge.OK:
	case judge.Black:
		cause = CauseScreenBlack
	case judge.Unplugged:
		cause = CauseScreenUnplugged
	case judge.Degraded:
		cause = CauseScreenDegraded
	case judge.Unknown:
		cause = CauseScreenUnknown
	}
	if t.o.Dark() {
		cause = ""
	}
	t.mu.Lock()
	if cause == "" {
		t.unwell = now
	}
	news := cause != t.fault && (cause == "" || now-t.unwell >= unwellFor || t.scene != nil)
	if news {
		t.fault = cause
	}
	t.mu.Unlock()
	// Without the lock: whoever is told may be waiting to ask how the screen is.
	if news {
		t.o.Fault(cause)
	}
}

// Beat takes a beat of the screen's page.
func (t *Television) Beat(b player.Beat, at message.Stamp) {
	t.mu.Lock()
	t.judge.Beat(b, at.Mono)
	programmeName := t.showing.Programme
	var painted []player.Painted
	var of []handed
	for _, p := range b.Painted {
		if h, ok := t.handedOver(p); ok {
			painted, of = append(painted, p), append(of, h)
			t.paintMS = float64(at.Mono-h.at) / float64(time.Millisecond)
		}
	}
	t.mu.Unlock()
	for i, p := range painted {
		t.o.Painted(p, of[i].scene, at.Mono-of[i].at)
	}
	if t.o.Proof == nil {
		return
	}
	for _, p := range b.Played {
		if p.Item == "notice" || p.Zone == string(programme.Clock) {
			continue
		}
		err := t.o.Proof.Add(proof.Record{
			Screen: t.o.Name, Zone: p.Zone, Item: p.Item, Programme: programmeName,
			From: time.Duration(p.FromMS) * time.Millisecond, Until: time.Duration(p.UntilMS) * time.Millisecond,
			How: proof.How(p.How), Why: p.Why, At: at,
		})
		if err != nil {
			t.o.Log.Debug("a play is not believed", "screen", t.o.Name, "error", err)
		}
	}
}

// handedOver finds what a page says that it has painted: the present takeover, in this revision
// or one before. What a daemon before this one handed over counts from this one's word. The
// caller holds the lock.
func (t *Television) handedOver(p player.Painted) (handed, bool) {
	if t.scene == nil || p.ID != t.scene.ID || p.Rev > t.scene.Rev || len(t.handed) == 0 {
		return handed{}, false
	}
	for _, h := range t.handed {
		if h.scene.ID == p.ID && h.scene.Rev == p.Rev {
			return h, true
		}
	}
	return t.handed[len(t.handed)-1], true
}

// Lit reports whether the programme wants the screen lit.
func (t *Television) Lit() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.showing.On
}

// Status is how the television fares.
func (t *Television) Status() TelevisionStatus {
	page, _ := t.o.Player.Status(t.o.Name)
	now := t.o.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	s := TelevisionStatus{Name: t.o.Name, Verdict: t.verdict, Page: page, BeatAge: -1, PaintMS: t.paintMS}
	if page.At.Mono > 0 {
		s.BeatAge = now.Sub(page.At).Milliseconds()
		s.Item, s.Takeover, s.Heap = page.Beat.Item, page.Beat.Takeover, page.Beat.Heap
	}
	if t.scene != nil {
		s.Wanted = t.scene.ID
	}
	return s
}
