package climate

import "time"

const (
	// lag is how long a heater's own heat goes on after it was switched off.
	lag = 5 * time.Minute
	// quietAfterScreens is how long after the screens were switched on a rise is theirs.
	quietAfterScreens = time.Hour
)

// heaterWatch compares what the heater is told with what it does.
type heaterWatch struct {
	dead, stuckOn, tripped bool
	restUntil              time.Duration

	was       bool
	since     time.Duration
	base      float64
	baseAt    time.Duration
	hasBase   bool
	first     bool // the first window after it was switched off
	worked    bool // in this on-period its power was seen
	screens   bool
	screensAt time.Duration
	onPower   hold
	offPower  hold
	lost      hold
	plateau   hold
}

// resting reports a heater that rests after its cut-out has opened.
func (w *heaterWatch) resting(now time.Duration) bool { return w.tripped && now < w.restUntil }

// excess is how much warmer it is inside than outside, or just inside.
func (s *seen) excess() number {
	if s.inside.ok && s.outside.ok {
		return number{s.inside.v - s.outside.v, true}
	}
	return s.inside
}

func (w *heaterWatch) step(in *seen, c *Config, r relay) {
	if c.HeaterWatts <= 0 {
		return
	}
	if r.on != w.was {
		w.was, w.since, w.hasBase, w.first, w.worked = r.on, in.at, false, !r.on, false
	}
	if in.screensOn && !w.screens {
		w.screensAt = in.at
	}
	w.screens = in.screensOn
	w.cutout(in, c)
	if in.heaterWatts.ok {
		w.byPower(in, c)
		return
	}
	x := in.excess()
	if !x.ok {
		w.hasBase = false
		return
	}
	if w.was {
		w.whileOn(in, c, x.v)
	} else {
		w.whileOff(in, c, x.v)
	}
}

// cutout recognises the hardware cut-out: by its contact, or by power that ends while the
// heater is on.
func (w *heaterWatch) cutout(in *seen, c *Config) {
	ended := false
	if w.was && in.heaterWatts.ok {
		w.worked = w.worked || in.heaterWatts.v > 0.5*c.HeaterWatts
		ended = w.lost.keep(w.worked && in.heaterWatts.v < 0.1*c.HeaterWatts, in.at) >= 10*time.Second
	} else {
		w.lost = hold{}
	}
	switch {
	case in.cutout || ended:
		w.tripped, w.restUntil = true, in.at+cutoutRest
	case w.tripped && !w.resting(in.at) && w.was && in.at-w.since >= c.StuckAfter:
		// It has run through again.
		w.tripped = false
	case w.tripped && !w.resting(in.at) && !w.was && in.at >= w.restUntil+24*time.Hour:
		w.tripped = false
	}
}

// byPower needs no temperature: the heater draws what it is told, or it does not.
func (w *heaterWatch) byPower(in *seen, c *Config) {
	draws := in.heaterWatts.v > 0.2*c.HeaterWatts
	if w.was && draws {
		w.dead = false
	}
	if !w.was && !draws {
		w.stuckOn = false
	}
	if w.onPower.keep(w.was && !draws && !w.tripped, in.at) >= 30*time.Second {
		w.dead = true
	}
	if w.offPower.keep(!w.was && draws, in.at) >= 30*time.Second {
		w.stuckOn = true
	}
}

// window compares with the last one's beginning; done says that one has just ended.
func (w *heaterWatch) window(now time.Duration, x float64, long time.Duration) (rise float64, done bool) {
	if !w.hasBase {
		w.base, w.baseAt, w.hasBase = x, now, true
		return 0, false
	}
	if now-w.baseAt < long {
		return 0, false
	}
	rise = x - w.base
	w.base, w.baseAt = x, now
	return rise, true
}

// whileOn: within a window it must get warmer than the surroundings, unless it already is.
func (w *heaterWatch) whileOn(in *seen, c *Config, x float64) {
	w.stuckOn, w.plateau = false, hold{}
	rise, done := w.window(in.at, x, c.StuckAfter)
	if !done {
		return
	}
	// Near to where it holds the booth it may stand still, and fall only when the sun goes.
	low := !in.outside.ok || x < 0.5*c.HeaterRise || x < 0.9*c.HeaterRise && rise < -1
	w.dead = rise < 1 && low
}

// whileOff: it may not get warmer as only a heater can make it.
func (w *heaterWatch) whileOff(in *seen, c *Config, x float64) {
	if in.at-w.since < lag {
		return
	}
	settled := !in.screensOn || in.at-w.screensAt >= quietAfterScreens
	long := w.plateau.keep(in.outside.ok && x >= 0.85*c.HeaterRise && in.at-w.since >= 2*time.Hour, in.at) >= time.Hour
	start := w.base
	rise, done := w.window(in.at, x, 20*time.Minute)
	if done {
		fast := rise >= 0.12*c.HeaterRise
		notFalling := w.first && in.outside.ok && start >= 0.25*c.HeaterRise && rise >= 0.04*c.HeaterRise
		w.first = false
		switch {
		case settled && (fast || notFalling):
			w.stuckOn = true
		case rise <= -0.02*c.HeaterRise:
			w.stuckOn = false
		}
	}
	if settled && long {
		w.stuckOn = true
	}
}
