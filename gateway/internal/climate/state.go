package climate

import "time"

// State is what the keeper remembers. The zero State is a start without any past.
type State struct {
	started bool
	last    time.Duration
	heater  relay
	fan     relay
	heat    heatState
	watch   heaterWatch
	breeze  fanWatch
	screens screenState
	// fanHours since the filter was changed.
	fanHours                    float64
	hot, cold, wet              bool
	noInside, noHumidity, dewed hold
}

// relay keeps the shortest times.
type relay struct {
	on    bool
	begun bool
	since time.Duration
}

// set asks for a state; force ignores the shortest time.
func (r *relay) set(on, force bool, now, minOn, minOff time.Duration) {
	if !r.begun {
		// Nobody knows how long it has been off before a start: it waits its time.
		r.begun, r.since = true, now
	}
	if on == r.on {
		return
	}
	least := minOff
	if r.on {
		least = minOn
	}
	if force && !on || now-r.since >= least {
		r.on, r.since = on, now
	}
}

// hold measures how long something has been so.
type hold struct {
	on    bool
	since time.Duration
}

func (h *hold) keep(on bool, now time.Duration) time.Duration {
	if !on {
		*h = hold{}
		return 0
	}
	if !h.on {
		*h = hold{on: true, since: now}
	}
	return now - h.since
}

// unknownAfter is how long a reading may be missing before that is a fault.
const unknownAfter = time.Minute

// Step takes a reading and says what to do. Readings come in the order of their time, every
// few seconds; one that is not later than the last is judged as if no time had passed.
func Step(s State, r Reading, c Config) (State, Decision) {
	c = c.WithDefaults()
	if !s.started {
		s.started, s.last = true, r.At
	}
	r.At = max(r.At, s.last)
	in := r.look(&c)
	in.dt = r.At - s.last
	s.last = r.At
	var d Decision
	dew, margin := in.margin()
	d.DewPoint, d.Margin, d.DewKnown = dew.v, margin.v, margin.ok
	s.wetness(&in, margin, &c)
	s.screens.step(&in, &c, &s, &d)
	s.heating(&in, &c, &d)
	s.cooling(&in, &c, &d)
	s.watch.step(&in, &c, s.heater)
	s.breeze.step(&in, &c, s.fan)
	s.judge(&in, &c, &d)
	return s, d
}

// wetness keeps whether a surface is too near to the dew point.
func (s *State) wetness(in *seen, margin number, c *Config) {
	switch {
	case margin.ok && margin.v < c.DewMargin:
		s.wet = true
	case !margin.ok && in.at-s.dewed.since < time.Hour:
		// A lost sensor does not dry a surface; an hour of it changes nothing more.
	case !margin.ok || margin.v >= c.DewMargin+2:
		s.wet = false
	}
	if margin.ok {
		s.dewed.since = in.at
	}
}

// judge adds what stands.
func (s *State) judge(in *seen, c *Config, d *Decision) {
	all := hottest(in.inside, in.board, in.battery)
	s.hot = all.ok && (all.v > c.TooHot || s.hot && all.v > c.TooHot-3)
	low := coldest(in.inside, in.battery)
	s.cold = low.ok && (low.v < *c.TooCold || s.cold && low.v < *c.TooCold+2)
	d.FanHours = s.fanHours
	d.fault(s.hot, CauseHot, "箱内温度过高", "the booth is too hot inside")
	d.fault(s.watch.stuckOn, CauseHeaterOn, "加热器已关闭但仍在加热", "the heater is off and heats all the same")
	d.fault(s.watch.tripped, CauseCutout, "加热器过温保护已动作", "the heater's over-temperature cut-out has opened")
	d.fault(s.watch.dead, CauseHeaterDead, "加热器已开启但温度不升", "the heater is on and nothing gets warmer")
	d.fault(s.breeze.stuck, CauseFan, "风扇异常", "the fan does not do what it is told")
	d.fault(s.cold, CauseCold, "箱内温度过低", "the booth is too cold inside")
	d.fault(s.noInside.keep(!in.inside.ok, in.at) >= unknownAfter, CauseSensor, "箱内温度未知", "the inside temperature is not known")
	d.fault(s.noHumidity.keep(!in.humidity.ok, in.at) >= unknownAfter, CauseHumidity, "箱内湿度未知,无法判断凝露", "the humidity is not known: condensation can't be judged")
	d.supervisory(d.DewKnown && d.Margin <= 0, CauseWet, "箱内可能凝露", "surfaces inside are at or below the dew point")
	d.supervisory(s.fanHours >= c.FilterHours, CauseFilter, "风扇滤网需要更换", "the fan's filter is due")
}
