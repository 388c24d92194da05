package power

import (
	"math"
	"time"
)

// spare is how much more than needed must be there for a load to stay on in a cut.
const spare = 1.15

type shedState struct {
	begun bool
	shed  Loads
	// changed is when a load was switched last.
	changed time.Duration
	// woken are the screens that a takeover has.
	screen, led bool
}

// step decides what is shed. On the way down the set only grows; on the way up one load
// returns at a time, in the opposite order. So of television, LED board and camera the first
// few are shed. The heater goes with the first and returns before all of them.
func (s *shedState) step(in *seen, c *Config, m *mainsState, d *Decision, w *wattState) {
	if !s.begun {
		// A start may be the end of a cut: everything waits until the mains have stood.
		s.begun, s.shed, s.changed = true, All, in.at
	}
	switch {
	case m.believed != MainsPresent || m.contradicted:
		if in.at-m.since >= c.ShedAfter || m.contradicted {
			s.down(in, c, m, d, w)
		}
	case s.shed.Has(Heater) && m.stood(in.at) >= c.Stagger:
		// Warmth first: what was cold for hours must not be switched on cold.
		s.shed, s.changed = s.shed.with(Heater, false), in.at
	case s.shed != 0 && m.stood(in.at) >= m.steady(in.at, c) && in.at-s.changed >= c.Stagger && ready(c, d):
		s.up(in.at)
	}
	away := m.believed != MainsPresent || m.contradicted
	s.takeover(in, c, m, d, w)
	d.Shed = s.shed
	d.On = All &^ s.shed
	if in.takeover {
		d.On = d.On.with(Television, d.On.Has(Television) || s.screen).with(LED, d.On.Has(LED) || s.led)
	}
	d.HeaterWatts = c.Watts.Heater
	if away || s.shed.Has(Heater) {
		d.HeaterWatts = heaterWatts(c, m, in.at, d)
		d.On = d.On.with(Heater, d.HeaterWatts > 0)
	}
}

// down sheds what the energy does not last for; never fewer than before.
func (s *shedState) down(in *seen, c *Config, m *mainsState, d *Decision, w *wattState) {
	want := Loads(0).with(Heater, true).with(Television, true)
	have := -1.0
	if d.Remaining.Known {
		have = d.Remaining.LeastWh
	}
	hours := watchLeft(c, m, in.at).Hours()
	need := spare * (watchWatts(c, w)*hours + c.ReserveWh())
	need += spare * w.of(Camera, c) * hours
	if have < need {
		want = All
	} else if have < need+spare*w.of(LED, c)*hours {
		want = want.with(LED, true)
	}
	if m.believed == MainsUnknown {
		want = All
	}
	if next := s.shed | want; next != s.shed {
		s.shed, s.changed = next, in.at
	}
}

// ready reports whether the battery would carry the screens for the seconds that the next cut
// takes to be noticed: one that is nearly empty and cold breaks down under them at once. A
// battery that nobody knows does not keep them dark for ever.
func ready(c *Config, d *Decision) bool {
	return !d.Remaining.Known || d.Remaining.LeastWh >= c.NeedWh()/2
}

// up gives the last load of the order back.
func (s *shedState) up(now time.Duration) {
	for i := range loads {
		l := loads - 1 - i
		if l != Heater && s.shed.Has(l) {
			s.shed, s.changed = s.shed.with(l, false), now
			return
		}
	}
}

// watchLeft is what is left of the watch; nothing less than a tenth of it, because nobody
// knows when the mains return.
func watchLeft(c *Config, m *mainsState, now time.Duration) time.Duration {
	return max(c.Watch-(now-m.since), c.Watch/10)
}

// watchWatts is the load of the watch, as measured when that is more than configured.
func watchWatts(c *Config, w *wattState) float64 { return math.Max(c.Watts.Watch(), w.watch) }

// takeover decides whether a takeover may use the screens. It is refused only when the
// battery is known to feed the booth and its energy is not known to suffice.
func (s *shedState) takeover(in *seen, c *Config, m *mainsState, d *Decision, w *wattState) {
	if !m.onBattery() {
		s.screen, s.led = true, true
	} else {
		have, known := d.Remaining.LeastWh, d.Remaining.Known
		hours := c.TakeoverFor.Hours()
		empty := in.hasVolts && in.volts <= c.emptyVolts()
		reserve := c.ReserveWh()
		led := w.of(LED, c) * hours
		s.led = !empty && (!known || have >= reserve+led || s.led && have >= reserve)
		s.screen = known && !empty && (have >= reserve+led+w.of(Television, c)*hours || s.screen && have >= reserve+led)
	}
	d.AllowTakeoverScreen, d.AllowTakeoverLED = s.screen, s.led
}

// heaterWatts is what a heater may draw in a cut: what is not needed, spread over what is
// left of the watch, and nothing unless that is the heater's whole power.
func heaterWatts(c *Config, m *mainsState, now time.Duration, d *Decision) float64 {
	if !m.onBattery() || !d.Remaining.Known || c.Watts.Heater <= 0 {
		return 0
	}
	hours := watchLeft(c, m, now).Hours()
	over := (d.Remaining.LeastWh - 1.5*(c.Watts.Watch()*hours+c.ReserveWh())) / hours
	if over < c.Watts.Heater {
		return 0
	}
	return c.Watts.Heater
}
