package climate

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrConfig is wrapped by every error of Config.Check.
var ErrConfig = errors.New("climate settings can't work")

// Config is how a booth is kept. Nil and zero settings take defaults, see WithDefaults.
// Temperatures are in °C, differences in kelvin.
type Config struct {
	// HeaterWatts is what the heater draws; 0: none fitted. HeaterRise is how much warmer
	// than outside it holds the booth in the end, by itself.
	HeaterWatts, HeaterRise float64
	// HeatBelow switches the heater on, HeatAbove off.
	HeatBelow, HeatAbove *float64
	// HeatMost: with any part of the booth above it, the heater is off.
	HeatMost float64
	// ScreenFrom and ScreenTo are the screens' rating; Soak is how long they must have been
	// above ScreenFrom before they get power. ScreenSurvive is the lowest temperature at
	// which a takeover may switch them on all the same.
	ScreenFrom, ScreenSurvive *float64
	ScreenTo                  float64
	Soak                      time.Duration
	// DewMargin is the least distance of the coldest surface from the dew point.
	DewMargin float64
	// FanFitted says whether there is a fan. FanOn and FanOff are its thermostat, FanDust
	// takes the place of FanOn in a dust storm.
	FanFitted              bool
	FanOn, FanOff, FanDust float64
	// TooHot and TooCold are where the booth itself is off-normal.
	TooHot  float64
	TooCold *float64
	// BatteryWarm is how warm a battery is made that waits to be charged.
	BatteryWarm float64
	// The shortest times that relays stay.
	HeaterOnFor, HeaterOffFor, FanOnFor, FanOffFor time.Duration
	// StuckAfter is how long a heater or fan may have no effect.
	StuckAfter time.Duration
	// Cycle is the period of a duty.
	Cycle time.Duration
	// FilterHours of the fan ask for a new filter; dusty hours count fivefold.
	FilterHours float64
	// Stale is the age from which a reading is unknown.
	Stale time.Duration
}

func f64(p **float64, v float64) {
	if *p == nil {
		*p = &v
	}
}

// WithDefaults is c with its nil and zero settings filled in.
func (c Config) WithDefaults() Config {
	f64(&c.HeatBelow, 5)
	f64(&c.HeatAbove, 8)
	f64(&c.ScreenFrom, 0)
	f64(&c.ScreenSurvive, -20)
	f64(&c.TooCold, -10)
	for p, v := range map[*float64]float64{
		&c.HeaterRise: 35, &c.HeatMost: 35, &c.ScreenTo: 50, &c.DewMargin: 2, &c.FanOn: 35,
		&c.FanOff: 30, &c.FanDust: 42, &c.TooHot: 55, &c.BatteryWarm: 5, &c.FilterHours: 1500,
	} {
		if *p == 0 {
			*p = v
		}
	}
	for p, v := range map[*time.Duration]time.Duration{
		&c.Soak: 10 * time.Minute, &c.HeaterOnFor: 2 * time.Minute, &c.HeaterOffFor: 2 * time.Minute,
		&c.FanOnFor: 3 * time.Minute, &c.FanOffFor: 3 * time.Minute, &c.StuckAfter: 20 * time.Minute,
		&c.Cycle: 10 * time.Minute, &c.Stale: time.Minute,
	} {
		if *p == 0 {
			*p = v
		}
	}
	return c
}

// Check reports everything that is wrong with c, after WithDefaults, each problem wrapping
// ErrConfig; nil when nothing is.
func (c Config) Check() error {
	c = c.WithDefaults()
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("check climate settings: "+format+": %w", append(args, ErrConfig)...))
	}
	for _, n := range []struct {
		name     string
		v        float64
		min, max float64
	}{
		{"heater watts", c.HeaterWatts, 0, 5000}, {"heater rise", c.HeaterRise, 5, 100},
		{"heat below", *c.HeatBelow, -30, 25}, {"heat above", *c.HeatAbove, *c.HeatBelow + 1, 30},
		{"heat most", c.HeatMost, *c.HeatAbove + 2, 60}, {"screen from", *c.ScreenFrom, -40, 20},
		{"screen survive", *c.ScreenSurvive, -50, *c.ScreenFrom}, {"screen to", c.ScreenTo, *c.ScreenFrom + 10, 80},
		{"dew margin", c.DewMargin, 0.5, 10}, {"fan on", c.FanOn, c.FanOff + 1, 70},
		{"fan off", c.FanOff, *c.HeatAbove + 2, 60}, {"fan in dust", c.FanDust, c.FanOn, c.TooHot},
		{"too hot", c.TooHot, 30, 85}, {"too cold", *c.TooCold, -40, *c.HeatBelow},
		{"battery warm", c.BatteryWarm, 2, 25}, {"filter hours", c.FilterHours, 10, 50000},
	} {
		if math.IsNaN(n.v) || n.v < n.min || n.v > n.max {
			bad("%s is %g (write %g to %g)", n.name, n.v, n.min, n.max)
		}
	}
	for _, d := range []struct {
		name     string
		v        time.Duration
		min, max time.Duration
	}{
		{"soak", c.Soak, time.Second, 6 * time.Hour}, {"heater on", c.HeaterOnFor, time.Second, time.Hour},
		{"heater off", c.HeaterOffFor, time.Second, time.Hour}, {"fan on", c.FanOnFor, time.Second, time.Hour},
		{"fan off", c.FanOffFor, time.Second, time.Hour}, {"stuck after", c.StuckAfter, 5 * time.Minute, 6 * time.Hour},
		{"cycle", c.Cycle, time.Minute, time.Hour}, {"stale", c.Stale, time.Second, 10 * time.Minute},
	} {
		if d.v < d.min || d.v > d.max {
			bad("%s is %s (write %s to %s)", d.name, d.v, d.min, d.max)
		}
	}
	return errors.Join(errs...)
}
