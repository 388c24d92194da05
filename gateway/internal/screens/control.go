package screens

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/kiosk/takeover"
)

// Keys under which things are kept over restarts.
const (
	takeoverKey = "screens-takeover"
	noticeKey   = "screens-notice"
)

const (
	// followEvery is how often what is reported and answered is looked at while a takeover
	// lasts: people read it.
	followEvery = 250 * time.Millisecond
	// keepEvery is how often what is left of a lease is kept: a restart lengthens it by at most
	// so much.
	keepEvery = 30 * time.Second
)

// Options are what a Control is made of.
type Options struct {
	Now func() message.Stamp
	// Fires are the booth's own fires, from memory: it must not wait for anybody.
	Fires func() []takeover.Fire
	// Radius and Unanswered are the takeover's.
	Radius     float64
	Unanswered time.Duration
	// Templates are the notices that one person may order, by name.
	Templates map[string]Words
	// Act puts an event into the journal.
	Act func(kind message.Kind, cause string, detail any)
	// Load and Save keep small things over restarts; neither waits for the disk.
	Load func(key string) []byte
	Save func(key string, data []byte)
	Log  *slog.Logger
}

// Words are a notice's words.
type Words struct {
	ZH string `json:"zh"`
	MN string `json:"mn,omitempty"`
	EN string `json:"en,omitempty"`
}

// Level is what everything that shows or sounds should show now.
type Level struct {
	// Scene is nil while the programme may run.
	Scene *takeover.Scene
	// Notice is nil when there is none.
	Notice *Notice
}

// Control works the level out and tells those who follow it. It is safe for concurrent use.
type Control struct {
	o    Options
	wake chan struct{}

	mu        sync.Mutex
	book      takeover.Book
	notice    *Notice
	level     Level
	followers []chan struct{}
	began     bool // the level stands
	dirty     bool // those who follow have not been told of it
	next      time.Duration
	ended     []takeover.Order
	kept      time.Duration
	said      said
}

// said is what the journal was told last of the takeover.
type said struct {
	id    string
	stage takeover.Stage
}

// NewControl returns a control that knows what was kept; it starts nothing.
func NewControl(o Options) *Control {
	c := &Control{o: o, wake: make(chan struct{}, 1)}
	now := o.Now()
	if data := o.Load(takeoverKey); data != nil {
		if err := c.book.Restore(data, now); err != nil {
			o.Log.Error("takeovers of before the restart are lost; fires of the booth's own come from the journal", "error", err)
		}
	}
	if data := o.Load(noticeKey); data != nil {
		n, err := restoreNotice(data, now)
		if err != nil {
			o.Log.Error("the notice of before the restart is lost", "error", err)
		}
		c.notice = n
	}
	return c
}

// Wake says that the fires have changed. It never waits; it is called from the alarm path.
func (c *Control) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Follow returns a channel on which a value comes after every change of the level, and now.
func (c *Control) Follow() <-chan struct{} {
	ch := make(chan struct{}, 1)
	ch <- struct{}{}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.followers = append(c.followers, ch)
	return ch
}

// Level is what should be shown now.
func (c *Control) Level() Level {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.began {
		c.decide()
	}
	return c.level
}

// Taken reports whether the screens are taken over.
func (c *Control) Taken() bool { return c.Level().Scene != nil }

// Run keeps the level until ctx ends.
func (c *Control) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			c.keep(c.o.Now(), true)
			return nil
		case <-c.wake:
		case <-timer.C:
		}
		timer.Reset(c.step())
	}
}

// step brings the level up to date: those who follow it first, then the journal. It returns
// when to look again at the latest.
func (c *Control) step() time.Duration {
	c.mu.Lock()
	c.decide()
	changed := c.dirty
	level, ended, before := c.level, c.ended, c.said
	c.ended, c.dirty = nil, false
	now := c.o.Now()
	if level.Scene != nil {
		c.said = said{level.Scene.ID, level.Scene.Stage}
	} else {
		c.said = said{}
	}
	after, next, followers := c.said, c.next, c.followers
	c.mu.Unlock()
	if changed {
		for _, f := range followers {
			select {
			case f <- struct{}{}:
			default:
			}
		}
	}
	c.tell(level.Scene, before, after, ended)
	c.keep(now, changed)
	return pause(level, next, now.Mono)
}

// pause is how long the level may be left alone.
func pause(l Level, next, now time.Duration) time.Duration {
	wait := keepEvery
	if l.Scene != nil {
		wait = followEvery
	}
	if next != 0 {
		wait = min(wait, max(next-now, time.Millisecond))
	}
	return wait
}

// decide works the level out. The caller holds the lock.
func (c *Control) decide() {
	now := c.o.Now()
	scene, next, ended := c.book.Decide(takeover.Input{
		Fires: c.o.Fires(), Radius: c.o.Radius, Unanswered: c.o.Unanswered, Now: now,
	})
	c.ended = append(c.ended, ended...)
	if c.notice != nil && now.Mono >= c.notice.ends {
		c.notice = nil
	}
	if c.notice != nil && (next == 0 || c.notice.ends < next) {
		next = c.notice.ends
	}
	old := c.level
	c.level, c.next = Level{scene, c.notice}, next
	if !c.began || old.Notice != c.level.Notice || (old.Scene == nil) != (scene == nil) ||
		scene != nil && (old.Scene.ID != scene.ID || old.Scene.Rev != scene.Rev) {
		c.dirty = true
	}
	c.began = true
}

// sceneDetail is what the journal keeps of a takeover.
type sceneDetail struct {
	Takeover string           `json:"takeover"`
	Rev      uint64           `json:"rev,omitempty"`
	Kind     takeover.Kind    `json:"kind,omitempty"`
	Stage    takeover.Stage   `json:"stage,omitempty"`
	Places   []takeover.Place `json:"places,omitempty"`
}

// tell puts into the journal what people must be able to read later.
func (c *Control) tell(s *takeover.Scene, before, after said, ended []takeover.Order) {
	for _, o := range ended {
		c.o.Log.Warn("a takeover that the district ordered was not renewed", "takeover", o.ID)
		c.o.Act(message.KindTakeover, "lease_ended", sceneDetail{Takeover: o.ID, Kind: o.Kind, Stage: o.Stage})
	}
	if before == after {
		return
	}
	if before.id != "" && before.id != after.id {
		c.o.Act(message.KindTakeover, "ended", sceneDetail{Takeover: before.id})
	}
	if s != nil {
		c.o.Act(message.KindTakeover, string(s.Stage), sceneDetail{s.ID, s.Rev, s.Kind, s.Stage, s.Places})
	}
}

// keep saves what must outlive a restart.
func (c *Control) keep(now message.Stamp, changed bool) {
	c.mu.Lock()
	due := changed || c.book.Leases() && now.Mono-c.kept >= keepEvery
	var book, notice []byte
	if due {
		c.kept = now.Mono
		book, notice = c.book.Snapshot(now), c.notice.snapshot(now)
	}
	c.mu.Unlock()
	if due {
		c.o.Save(takeoverKey, book)
		c.o.Save(noticeKey, notice)
	}
}

// Saw looks at an event on its way into the journal: an acknowledgement tells people when the
// desk answered. It is called with the engine locked and does not wait.
func (c *Control) Saw(ev *message.Event) {
	if ev.Kind != message.KindAcknowledged {
		return
	}
	at := ev.At
	if !ev.ClockTrusted {
		at = message.Time{}
	}
	c.mu.Lock()
	c.book.Answered(ev.Device, ev.Point, at)
	c.mu.Unlock()
	c.Wake()
}
