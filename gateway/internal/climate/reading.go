package climate

import (
	"math"
	"time"
)

// Value is one measured number. The zero Value is unknown.
type Value struct {
	V float64
	// At is when it was measured, by the monotonic clock of this boot.
	At    time.Duration
	Known bool
}

// Measured is a known Value.
func Measured(v float64, at time.Duration) Value { return Value{V: v, At: at, Known: true} }

// Reading is what is known at a moment. Temperatures are in °C.
type Reading struct {
	// At is now, by the monotonic clock of this boot; Wall the wall clock's local time, to
	// be believed only if Trusted.
	At      time.Duration
	Wall    time.Time
	Trusted bool
	// Inside and Humidity (% relative) are of the air in the booth; Surface is the coldest
	// wall or glass, Screen the screens, Battery the battery, Board the electronics'
	// surroundings; Outside the air in the shade.
	Inside, Humidity, Surface, Screen, Battery, Board, Outside Value
	// HeaterWatts is the heater's measured power, FanRPM the fan's measured speed, where
	// fitted. CutoutOpen is the cut-out's own contact, if CutoutKnown.
	HeaterWatts, FanRPM     Value
	CutoutOpen, CutoutKnown bool
	// OnBattery, HeaterBudget (watts) and WantWarmth are package power's decisions.
	OnBattery    bool
	HeaterBudget float64
	WantWarmth   bool
	// ScreensOn: the screens have power now. Dust: a dust storm, see package drift.
	ScreensOn, Dust bool
}

// number is a believed Value.
type number struct {
	v  float64
	ok bool
}

func (v Value) believe(now, stale time.Duration, low, high float64) number {
	ok := v.Known && !math.IsNaN(v.V) && v.V >= low && v.V <= high && v.At <= now && now-v.At <= stale
	return number{v.V, ok}
}

// seen is a reading with everything unbelievable taken out.
type seen struct {
	at                                               time.Duration
	dt                                               time.Duration
	month                                            time.Month
	trusted                                          bool
	inside, surface, screen, battery, board, outside number
	humidity, heaterWatts, rpm                       number
	cutout, onBattery, wantWarmth, screensOn, dust   bool
	budget                                           float64
}

func (r *Reading) look(c *Config) seen {
	t := func(v Value) number { return v.believe(r.At, c.Stale, -60, 110) }
	return seen{
		at: r.At, month: r.Wall.Month(), trusted: r.Trusted,
		inside: t(r.Inside), surface: t(r.Surface), screen: t(r.Screen), battery: t(r.Battery),
		board: t(r.Board), outside: t(r.Outside),
		humidity:    r.Humidity.believe(r.At, c.Stale, 0.5, 100),
		heaterWatts: r.HeaterWatts.believe(r.At, c.Stale, 0, 20000),
		rpm:         r.FanRPM.believe(r.At, c.Stale, 0, 50000),
		cutout:      r.CutoutKnown && r.CutoutOpen, onBattery: r.OnBattery,
		wantWarmth: r.WantWarmth, screensOn: r.ScreensOn, dust: r.Dust, budget: r.HeaterBudget,
	}
}

// coldest and hottest of the numbers that are known.
func coldest(ns ...number) number { return pick(ns, func(a, b float64) bool { return a < b }) }
func hottest(ns ...number) number { return pick(ns, func(a, b float64) bool { return a > b }) }

func pick(ns []number, better func(a, b float64) bool) number {
	var best number
	for _, n := range ns {
		if n.ok && (!best.ok || better(n.v, best.v)) {
			best = n
		}
	}
	return best
}

// DewPoint is the dew point in °C of air at celsius °C and humidity % relative, by the Magnus
// formula over water.
func DewPoint(celsius, humidity float64) float64 {
	const a, b = 17.62, 243.12
	g := math.Log(humidity/100) + a*celsius/(b+celsius)
	return b * g / (a - g)
}

// wall is the coldest surface: measured, or reckoned halfway between inside and outside.
func (s *seen) wall() number {
	if n := coldest(s.surface, s.screen); n.ok {
		return n
	}
	if s.inside.ok && s.outside.ok {
		return number{math.Min(s.inside.v, (s.inside.v+s.outside.v)/2), true}
	}
	return s.inside
}

// margin is how far the coldest surface is above the dew point.
func (s *seen) margin() (dew, margin number) {
	w := s.wall()
	if !s.inside.ok || !s.humidity.ok {
		return number{}, number{}
	}
	d := DewPoint(s.inside.v, s.humidity.v)
	return number{d, true}, number{w.v - d, w.ok}
}
