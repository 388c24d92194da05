package climate

import (
	"math"
	"time"
)

const (
	// dutyMost is the largest part of a cycle that a heater is on without knowing.
	dutyMost = 0.5
	// implausible is how much colder than outside no booth is, in kelvin.
	implausible = 15
	// tryEvery is how often a heater without effect runs for long enough to be judged anew.
	tryEvery = 3 * time.Hour
	// cutoutRest is how long a heater rests after its cut-out has opened.
	cutoutRest = 30 * time.Minute
)

type heatState struct {
	survive, battery, preheat bool
}

// heating decides the heater.
func (s *State) heating(in *seen, c *Config, d *Decision) {
	if c.HeaterWatts <= 0 {
		return
	}
	t := s.control(in, d)
	want, why := s.wants(in, c, t, d)
	force := false
	// Any part that is too warm ends it, whatever the others say.
	if hot := hottest(in.inside, in.screen, in.battery, in.surface); hot.ok && hot.v >= c.HeatMost {
		want, force = false, true
		if why != WhyNot {
			why = WhyForbidden
		}
	}
	if in.budget < c.HeaterWatts || in.onBattery && why != WhySurvival && why != WhyDuty {
		if want {
			why = WhyNoEnergy
		}
		want, force = false, true
	}
	if s.watch.resting(in.at) {
		want, force = false, true
	}
	s.heater.set(want, force, in.at, c.HeaterOnFor, c.HeaterOffFor)
	d.Heater, d.Why = s.heater.on, why
	if d.Heater && why == WhyNot {
		// The shortest on-time is being kept.
		d.Why = WhySurvival
	}
}

// control is the temperature that the heater follows: the air's or the coldest substitute.
func (s *State) control(in *seen, d *Decision) number {
	t := in.inside
	if t.ok && in.outside.ok && t.v < in.outside.v-implausible {
		// No booth is that much colder than the street: the thermometer is wrong.
		t.ok = false
	}
	if !t.ok {
		t = coldest(in.battery, in.surface, in.screen)
		d.Substitute = t.ok
	}
	d.Control, d.ControlKnown = t.v, t.ok
	return t
}

// wants is what the heater should do and why, most urgent first.
func (s *State) wants(in *seen, c *Config, t number, d *Decision) (bool, Why) {
	if !t.ok || s.watch.dead {
		// Dead heater or dead thermometer: either way it may not run on.
		s.heat = heatState{}
		duty := s.duty(in, c, t)
		if s.watch.dead && t.ok && t.v < *c.HeatBelow {
			duty = dutyMost
			if in.at%tryEvery < c.StuckAfter+lag {
				duty = 1
			}
		}
		if duty <= 0 {
			return false, WhyNot
		}
		return in.at%c.Cycle < time.Duration(duty*float64(c.Cycle)), WhyDuty
	}
	keep := func(on bool, v, below, above float64) bool { return v < below || on && v < above }
	s.heat.survive = keep(s.heat.survive, t.v, *c.HeatBelow, *c.HeatAbove)
	s.heat.battery = in.wantWarmth && in.battery.ok && keep(s.heat.battery, in.battery.v, c.BatteryWarm-1, c.BatteryWarm)
	part := in.screens()
	s.heat.preheat = part.ok && !d.Screens && keep(s.heat.preheat, part.v, *c.ScreenFrom+screenBack, *c.ScreenFrom+screenBack+1)
	switch {
	case s.heat.survive:
		return true, WhySurvival
	case s.heat.battery:
		return true, WhyBattery
	case s.wet && t.v < c.FanOff-2:
		return true, WhyDew
	case s.heat.preheat:
		return true, WhyPreheat
	}
	return false, WhyNot
}

// duty is the part of a cycle that a heater is on when no thermometer inside can be believed.
func (s *State) duty(in *seen, c *Config, t number) float64 {
	switch {
	case t.ok && t.v >= *c.HeatBelow:
		return 0
	case in.outside.ok:
		return math.Max(0, math.Min((*c.HeatBelow-in.outside.v)/c.HeaterRise, dutyMost))
	case !in.trusted:
		// A tenth lifts the booth by a few kelvin: harmless in summer, drier in winter.
		return 0.1
	}
	switch in.month {
	case time.November, time.December, time.January, time.February, time.March:
		return 0.3
	case time.April, time.October:
		return 0.1
	default:
		return 0
	}
}
