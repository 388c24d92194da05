package power

import (
	"math"
	"time"
)

const (
	// calm is how long after a switching the load is left to settle, and samples how many
	// readings make a measurement.
	calm    = 3 * time.Second
	samples = 8
)

// wattState learns what the loads draw. It can only do so on battery: on mains the battery's
// current says nothing about them.
type wattState struct {
	learned [loads]float64
	has     [loads]bool
	// watch is the measured load with everything shed and no sounder; 0 before.
	watch float64

	on       Loads
	sounding bool
	since    time.Duration
	total    float64
	n        int
	// before is the load before the one change that is being measured; 0 without one.
	before  float64
	changed Load
}

func (w *wattState) step(in *seen, c *Config, onBattery bool, on Loads) {
	on = on.with(Heater, on.Has(Heater) && in.heater)
	if !onBattery || !in.hasAmps || !in.hasVolts || in.amps > 0 {
		w.n, w.before, w.on, w.sounding, w.since = 0, 0, on, in.sounding, in.at
		return
	}
	if on != w.on || in.sounding != w.sounding {
		w.switched(on, in)
		return
	}
	if in.at-w.since < calm {
		return
	}
	watts := -in.amps * in.volts
	w.n++
	w.total += (watts - w.total) / float64(min(w.n, 4*samples))
	if w.n != samples {
		return
	}
	if w.before > 0 {
		w.learn(c)
	}
	if on == 0 && !in.sounding {
		w.watch = w.total
	}
}

// switched notes a change of what is on. One load at a time can be measured.
func (w *wattState) switched(on Loads, in *seen) {
	diff := on ^ w.on
	w.before = 0
	if diff.single() && in.sounding == w.sounding && w.n >= samples {
		w.before = w.total
		w.changed = diff.List()[0]
	}
	w.on, w.sounding, w.since, w.n = on, in.sounding, in.at, 0
}

func (s Loads) single() bool { return s != 0 && s&(s-1) == 0 }

// learn takes a difference as the load's power, if it can be.
func (w *wattState) learn(c *Config) {
	d := math.Abs(w.total - w.before)
	w.before = 0
	if conf := c.Watts.of(w.changed); d < 0.1*conf || d > 3*conf {
		return
	}
	if !w.has[w.changed] {
		w.learned[w.changed], w.has[w.changed] = d, true
		return
	}
	w.learned[w.changed] += (d - w.learned[w.changed]) / 2
}

// of is the best knowledge of a load in watts.
func (w *wattState) of(l Load, c *Config) float64 {
	if w.has[l] {
		return w.learned[l]
	}
	return c.Watts.of(l)
}

func (w *wattState) all(c *Config) [loads]float64 {
	var a [loads]float64
	for l := range loads {
		a[l] = w.of(l, c)
	}
	return a
}

// now is the present load in watts, and whether it was measured.
func (w *wattState) now(c *Config, onBattery bool) (float64, bool) {
	if onBattery && w.n >= samples {
		return math.Max(w.total, 0.1), true
	}
	watts := watchWatts(c, w)
	if !onBattery {
		return watts, w.watch > 0
	}
	for _, l := range w.on.List() {
		watts += w.of(l, c)
	}
	if w.sounding {
		watts += c.Watts.Sounder
	}
	return watts, false
}
