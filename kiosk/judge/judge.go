package judge

import (
	"time"

	"firepost/kiosk/player"
	"firepost/kiosk/programme"
)

const (
	// freshBeat is how old a beat may be while it still says how the screen is now: the page
	// beats every two seconds, and one beat may be lost.
	freshBeat = 5 * time.Second
	// episode is how long a screen must have been well for its troubles to be over.
	episode = time.Minute
	// retry and retryUrgent are how long after the last rung all are tried anew, within the caps.
	retry       = 30 * time.Minute
	retryUrgent = 30 * time.Second
	// missedItems is how many changes of item a page may sleep through.
	missedItems = 4
	// slowest is the longest start of a browser that is waited for because the last one took so.
	slowest = time.Minute
)

// Want is what the screen should show at the moment of a Look.
type Want struct {
	// On: the screen is lit by its programme. While it is not, only a takeover is judged.
	On bool
	// Item is the id of the main zone's item; empty where the programme has none.
	Item string
	// Takeover and TakeoverRev name the takeover; empty: none.
	Takeover    string
	TakeoverRev uint64
	// Width and Height are the panel's pixels; zero: not known, not judged.
	Width, Height int
	// Build is the page's build that the daemon serves; empty: not judged.
	Build string
	// Hold forbids the reboot and the planned recycle for another reason: a fire latched, an
	// update, a drill.
	Hold bool
}

// Plug is what the connector says of the screen.
type Plug uint8

// The plugs.
const (
	// PlugUnknown: nobody can tell. Never taken for plugged in.
	PlugUnknown Plug = iota
	// PlugIn: connected, and with modes.
	PlugIn
	// PlugOut: not connected, or without any mode.
	PlugOut
	// PlugFallback: connected, but the screen did not say what it is: 1024x768 and less.
	PlugFallback
)

// Runner is what the runner under the compositor reports.
type Runner struct {
	// Connected: the runner is there. The rest means nothing while it is not.
	Connected bool
	// Up: the browser runs. Starts counts its starts since the runner's own.
	Up     bool
	Starts uint64
	Plug   Plug
}

// Judge watches one screen. It is not safe for concurrent use.
type Judge struct {
	set  Settings
	boot string
	at   time.Duration // the newest time seen

	link  link
	run   Runner
	runAt time.Duration // when the runner came or went
	upAt  time.Duration // when the browser was last seen to start
	took  time.Duration // how long the last browser took from its start to a page
	plug  time.Duration // when the plug last changed

	want    Want
	takenAt time.Duration // when the takeover became or ceased to be wanted
	item    itemWatch

	tries   [rungs]int // in this episode
	acted   Rung
	actedAt time.Duration
	mended  bool // the screen has been well since

	health   Health
	since    time.Duration
	blackAt  time.Duration
	started  time.Duration
	kept     counts
	recycled string // the Beijing date of the last planned recycle
	fresh    time.Duration
}

// link is what is known of the page.
type link struct {
	connected bool
	pages     uint64
	ever      bool
	changed   time.Duration // when the page came or went
	beat      player.Beat
	beatAt    time.Duration
	beats     bool          // a beat of this page has come
	framesAt  time.Duration // the last beat with pictures
	movedAt   time.Duration // the last time a video moved
	deafAt    time.Duration // the oldest ping that has no answer
	pong      uint64
	deaf      bool
	errorAt   time.Duration
	failed    bool
}

// New returns a judge for one screen, at a time since boot. Boot is the boot id that the
// counts belong to. Errors wrap ErrSettings.
func New(set Settings, boot string, at time.Duration) (*Judge, error) {
	set = set.withDefaults()
	if err := set.check(); err != nil {
		return nil, err
	}
	return &Judge{set: set, boot: boot, at: at, started: at, fresh: at, since: at, health: Unknown}, nil
}

// tick keeps time from running backwards.
func (j *Judge) tick(at time.Duration) time.Duration {
	j.at = max(j.at, at)
	return j.at
}

// Page tells the judge how the hub sees the screen's page: there or not, and which pings have
// an answer. Give it the hub's status before each Look.
func (j *Judge) Page(st player.Status, at time.Duration) {
	at = j.tick(at)
	l := &j.link
	if st.Connected != l.connected || st.Pages != l.pages {
		j.came(st.Connected, at)
		l.pages = st.Pages
	}
	if !st.Connected {
		return
	}
	switch {
	case st.Pong >= st.Ping:
		l.deaf = false
	case !l.deaf || st.Pong > l.pong:
		l.deaf, l.deafAt = true, max(st.PingAt.Mono, l.changed)
	}
	l.pong = st.Pong
}

// came notes a page that came, was replaced, or went.
func (j *Judge) came(connected bool, at time.Duration) {
	pages, ever := j.link.pages, j.link.ever
	j.link = link{connected: connected, pages: pages, ever: ever || connected, changed: at, framesAt: at, movedAt: at}
	j.item = itemWatch{}
	if connected && j.run.Connected && j.upAt > 0 && j.took == 0 {
		j.took = min(at-j.upAt, slowest)
	}
}

// Beat tells the judge of one beat of the newest page.
func (j *Judge) Beat(b player.Beat, at time.Duration) {
	at = j.tick(at)
	l := &j.link
	if !l.connected {
		j.came(true, at)
	}
	if !l.beats || b.Frames > 0 {
		l.framesAt = at
	}
	was, now := l.beat.Video, b.Video
	if !l.beats || now == nil || was == nil || now.Paused || now.At != was.At || b.Item != l.beat.Item {
		l.movedAt = at
	}
	if b.Error != "" {
		l.failed, l.errorAt = true, at
	}
	j.item.beat(b.Item)
	l.beat, l.beatAt, l.beats = b, at, true
}

// Runner tells the judge what the runner reports; tell it also when the runner went.
func (j *Judge) Runner(r Runner, at time.Duration) {
	at = j.tick(at)
	if !r.Connected {
		r = Runner{}
	}
	if r.Connected != j.run.Connected {
		j.runAt = at
	}
	if r.Plug != j.run.Plug {
		j.plug = at
	}
	if r.Connected && r.Up && (!j.run.Up || r.Starts != j.run.Starts) {
		// A browser found running is not a fresh one; one that starts before our eyes is.
		if j.run.Connected {
			j.fresh, j.upAt, j.took = at, at, 0
		}
	}
	j.run = r
}

// Look judges the screen at one moment and says what to do now. Call it twice a second, so
// that a takeover is back within its five seconds. An Action is counted when it is returned:
// keep a Snapshot first, then carry it out.
func (j *Judge) Look(w Want, now programme.Moment) Verdict {
	at := j.tick(now.Mono)
	j.wants(w, at)
	v := Verdict{Causes: j.causes(at)}
	v.Health = j.healthOf(v.Causes, at)
	if v.Health != j.health {
		j.health, j.since = v.Health, at
	}
	if v.Health != Black {
		j.blackAt = at
	}
	v.Since = j.since
	if v.Health == OK {
		j.mended = true
		if at-j.since >= episode {
			j.tries = [rungs]int{}
		}
		if j.kept.Rebooted && at >= j.set.RebootClear && at-j.since >= episode {
			j.kept.Rebooted, v.Save = false, true
		}
	}
	j.climb(&v, at)
	if v.Action == None {
		j.recycle(&v, now, at)
	}
	v.describe()
	return v
}

// wants notes what changes in what is wanted.
func (j *Judge) wants(w Want, at time.Duration) {
	if w.Takeover != j.want.Takeover || w.TakeoverRev != j.want.TakeoverRev {
		j.takenAt = at
	}
	if w.On != j.want.On || (w.Takeover == "") != (j.want.Takeover == "") {
		// What counts begins anew: pictures may rest while a screen is dark.
		j.link.framesAt, j.link.movedAt = at, at
		j.item = itemWatch{}
	}
	if (w.Takeover == "") != (j.want.Takeover == "") {
		j.tries = [rungs]int{}
	}
	j.item.wants(w.Item)
	j.want = w
}

func (j *Judge) urgent() bool { return j.want.Takeover != "" }

func (j *Judge) pace() Pace {
	if j.urgent() {
		return j.set.Urgent
	}
	return j.set.Normal
}

// healthOf is the worst of all causes; without any, well only if a fresh beat says so.
func (j *Judge) healthOf(causes []Cause, at time.Duration) Health {
	worst := OK
	for _, c := range causes {
		if h := traits[c].health; rank(h) > rank(worst) {
			worst = h
		}
	}
	if worst != OK && worst != Unknown {
		return worst
	}
	if j.set.Runner && (!j.run.Connected || j.run.Plug == PlugUnknown) {
		worst = Unknown // nobody says that a screen is there to see it
	}
	if j.link.connected && j.link.beats && at-j.link.beatAt <= freshBeat {
		return worst
	}
	// Nothing new is known: trouble is not over because nobody says so.
	if j.health == Black || j.health == Degraded {
		return j.health
	}
	return Unknown
}

func rank(h Health) int {
	switch h {
	case OK:
		return 0
	case Unknown:
		return 1
	case Degraded:
		return 2
	case Black:
		return 3
	case Unplugged:
		return 4
	}
	return 1
}
