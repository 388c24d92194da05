package climate

import "time"

// fanWatch compares what the fan is told with what it does.
type fanWatch struct {
	stuck   bool
	off, on hold
	was     bool
	since   time.Duration
	base    float64
	hasBase bool
}

func (w *fanWatch) step(in *seen, c *Config, r relay) {
	if !c.FanFitted {
		return
	}
	if r.on != w.was {
		w.was, w.since, w.hasBase = r.on, in.at, false
	}
	if in.rpm.ok {
		turns := in.rpm.v > 100
		bad := w.on.keep(w.was && !turns, in.at) >= 30*time.Second
		bad = w.off.keep(!w.was && turns, in.at) >= time.Minute || bad
		if bad {
			w.stuck = true
		} else if w.was == turns {
			w.stuck = false
		}
		return
	}
	if !w.was || !in.inside.ok || !in.outside.ok {
		return
	}
	x := in.inside.v - in.outside.v
	if !w.hasBase {
		w.base, w.hasBase = x, true
	}
	if in.at-w.since >= c.StuckAfter {
		// It should have brought the booth near to the air that it draws in.
		w.stuck = x > 15 && x > w.base-2
		if x < 12 {
			w.stuck = false
		}
	}
}

// cooling decides the fan: no more than needed, for it draws in dust.
func (s *State) cooling(in *seen, c *Config, d *Decision) {
	if !c.FanFitted {
		return
	}
	on := c.FanOn
	if in.dust {
		on = c.FanDust
	}
	t := hottest(in.inside, in.board)
	if !in.inside.ok {
		t = hottest(in.board, in.battery, in.surface, in.screen)
	}
	want := t.ok && (t.v >= on || s.fan.on && t.v > c.FanOff)
	switch {
	case t.ok && in.outside.ok && in.outside.v >= t.v:
		// Air that is hotter than the booth cools nothing.
		want = false
	case !t.ok && in.outside.ok:
		want = in.outside.v >= c.FanOff-5
	case !t.ok && in.trusted && in.month >= time.May && in.month <= time.September:
		want = in.at%c.Cycle < c.Cycle/2
	}
	s.fan.set(want, false, in.at, c.FanOnFor, c.FanOffFor)
	d.Fan = s.fan.on
	if d.Fan {
		weight := 1.0
		if in.dust {
			weight = 5
		}
		s.fanHours += weight * in.dt.Hours()
	}
}
