package evaluate

import "math"

// The temperatures in °C that pressure is judged by.
const (
	// ReferenceTemperature is where a vessel's limits hold.
	ReferenceTemperature = 20
	// ColdestAssumed and HottestAssumed bound the temperature where it is not known.
	ColdestAssumed = -35
	HottestAssumed = 55
	// RatedFrom and RatedTo are a vessel's usual rating.
	RatedFrom = -20
	RatedTo   = 55
)

const (
	kelvin        = 273.15
	atmosphereMPa = 0.101
	// A temperature outside these is a broken sensor's, not a street's.
	coldestBelievable = -60
	hottestBelievable = 100
)

// PressureAt20 brings gauge pressure in MPa, read at celsius °C, to 20 °C by the ideal gas
// law: P20 = (Pg + 0.101)·293.15/T − 0.101.
func PressureAt20(gaugeMPa, celsius float64) float64 {
	return (gaugeMPa+atmosphereMPa)*(ReferenceTemperature+kelvin)/(celsius+kelvin) - atmosphereMPa
}

// believable reports the temperature that a context gives, if any.
func (c Context) believable() (float64, bool) {
	t := c.Temperature
	ok := c.Known && !math.IsNaN(t) && t >= coldestBelievable && t <= hottestBelievable
	return t, ok
}

// interval is where the true value can lie: one number when everything is known.
type interval struct{ min, max float64 }

// at20 is where a vessel's pressure at 20 °C can lie, in the unit of gauge (per MPa each),
// and whether the temperature was known.
func at20(gauge, per float64, ctx Context) (interval, bool) {
	if t, ok := ctx.believable(); ok {
		p := PressureAt20(gauge*per, t) / per
		return interval{p, p}, true
	}
	return interval{
		min: PressureAt20(gauge*per, HottestAssumed) / per,
		max: PressureAt20(gauge*per, ColdestAssumed) / per,
	}, false
}

// outsideRating reports whether the vessel is known to be outside its rated temperatures.
func (l *Limits) outsideRating(ctx Context) bool {
	t, ok := ctx.believable()
	if !ok {
		return false
	}
	from, to := float64(RatedFrom), float64(RatedTo)
	if l.RatedFrom.Set {
		from = l.RatedFrom.Value
	}
	if l.RatedTo.Set {
		to = l.RatedTo.Value
	}
	return t < from || t > to
}
