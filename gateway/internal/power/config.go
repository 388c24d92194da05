package power

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrConfig is wrapped by every error of Config.Check.
var ErrConfig = errors.New("power settings can't work")

// Chemistry is what the battery is made of.
type Chemistry string

// The chemistries that curves are known for.
const (
	LiFePO4  Chemistry = "lifepo4"
	LeadAcid Chemistry = "lead_acid"
)

// Load is something that may be shed. What must never be shed has no Load.
type Load uint8

// The loads that may be shed, in the order in which they are.
const (
	Heater Load = iota
	Television
	LED
	Camera
	loads
)

// String is the load's word in logs, settings and status.
func (l Load) String() string {
	switch l {
	case Heater:
		return "heater"
	case Television:
		return "television"
	case LED:
		return "led"
	case Camera:
		return "camera"
	case loads:
	}
	return "unknown"
}

// Loads is a set of loads.
type Loads uint8

// All is every load that may be shed.
const All Loads = 1<<loads - 1

// Has reports whether l is in the set.
func (s Loads) Has(l Load) bool { return s&(1<<l) != 0 }

// List is the set in the order of shedding.
func (s Loads) List() []Load {
	list := make([]Load, 0, loads)
	for l := range loads {
		if s.Has(l) {
			list = append(list, l)
		}
	}
	return list
}

func (s Loads) with(l Load, on bool) Loads {
	if on {
		return s | 1<<l
	}
	return s &^ (1 << l)
}

// Watts is what each consumer draws from the battery side, in watts. What is configured is
// the start; see Decision.Learned.
type Watts struct {
	// Board, Buses and Uplink run always: the board with its modem, the powered bus
	// devices, the router.
	Board, Buses, Uplink float64
	// Sounder is sounder, strobe and beacon while they are on.
	Sounder float64
	// Heater, Television, LED and Camera draw this while they are switched on.
	Heater, Television, LED, Camera float64
}

// Watch is what the booth draws when everything that may be shed is.
func (w Watts) Watch() float64 { return w.Board + w.Buses + w.Uplink }

func (w Watts) of(l Load) float64 {
	switch l {
	case Heater:
		return w.Heater
	case Television:
		return w.Television
	case LED:
		return w.LED
	case Camera:
		return w.Camera
	case loads:
	}
	return 0
}

// Config is what is known of a booth's supply. Zero durations and limits take defaults, see
// WithDefaults.
type Config struct {
	Chemistry Chemistry
	// CapacityAh is the rated capacity at 25 °C, in ampere hours at the 20 h rate.
	CapacityAh float64
	// Volts is the nominal voltage: 12.8 or 25.6 for LiFePO4, 12 or 24 for lead-acid.
	Volts float64
	// InternalOhm is the battery's resistance with its cables, new and at 25 °C.
	InternalOhm float64
	Watts       Watts

	// Watch and Reserve are the hours to survive: 8 h, then 30 min with Alarms alarms of
	// AlarmFor each (ten of 3 min).
	Watch, Reserve time.Duration
	Alarms         int
	AlarmFor       time.Duration
	// ColdestC is the battery's lowest temperature in a watch, by its place: the
	// temperature that the capacity is checked at. ColdMargin is how much colder than now
	// it may become while on battery, in kelvin.
	ColdestC   *float64
	ColdMargin float64

	// Stale is the age from which a reading is unknown.
	Stale time.Duration
	// LostAfter and BackAfter filter the mains' coming and going.
	LostAfter, BackAfter time.Duration
	// ShedAfter is how long after the loss the first load is shed.
	ShedAfter time.Duration
	// Steady is how long the mains must stand before the first load returns, doubled by
	// every further loss within an hour up to SteadyMost; Stagger is the time from one
	// load to the next.
	Steady, SteadyMost, Stagger time.Duration
	// TakeoverFor is how long a takeover must be able to last for a screen to be woken.
	TakeoverFor time.Duration
	// Recharge is how long a battery may take to be full again: 24 h.
	Recharge time.Duration
	// TestEvery is how old a measured capacity may become: half a year.
	TestEvery time.Duration
}

// WithDefaults is c with its zero settings filled in.
func (c Config) WithDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&c.Watch, 8*time.Hour)
	def(&c.Reserve, 30*time.Minute)
	def(&c.AlarmFor, 3*time.Minute)
	def(&c.Stale, 30*time.Second)
	def(&c.LostAfter, 2*time.Second)
	def(&c.BackAfter, 10*time.Second)
	def(&c.ShedAfter, 5*time.Second)
	def(&c.Steady, 2*time.Minute)
	def(&c.SteadyMost, 30*time.Minute)
	def(&c.Stagger, 20*time.Second)
	def(&c.TakeoverFor, 10*time.Minute)
	def(&c.Recharge, 24*time.Hour)
	def(&c.TestEvery, 183*24*time.Hour)
	if c.Alarms == 0 {
		c.Alarms = 10
	}
	if c.ColdestC == nil {
		cold := -10.0
		c.ColdestC = &cold
	}
	if c.ColdMargin == 0 {
		c.ColdMargin = 5
	}
	if c.InternalOhm == 0 {
		c.InternalOhm = 0.02
	}
	return c
}

// Check reports everything that is wrong with c, after WithDefaults, each problem wrapping
// ErrConfig; nil when nothing is.
func (c Config) Check() error {
	c = c.WithDefaults()
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("check power settings: "+format+": %w", append(args, ErrConfig)...))
	}
	if c.Chemistry != LiFePO4 && c.Chemistry != LeadAcid {
		bad("chemistry %q is not known (write lifepo4 or lead_acid)", c.Chemistry)
	}
	for _, n := range []struct {
		name     string
		v        float64
		min, max float64
	}{
		{"capacity", c.CapacityAh, 1, 10000}, {"nominal voltage", c.Volts, 6, 60},
		{"internal resistance", c.InternalOhm, 0.0001, 2}, {"board watts", c.Watts.Board, 0.1, 2000},
		{"bus watts", c.Watts.Buses, 0, 2000}, {"uplink watts", c.Watts.Uplink, 0, 2000},
		{"sounder watts", c.Watts.Sounder, 0, 2000}, {"heater watts", c.Watts.Heater, 0, 5000},
		{"television watts", c.Watts.Television, 0, 5000}, {"led watts", c.Watts.LED, 0, 5000},
		{"camera watts", c.Watts.Camera, 0, 500}, {"coldest temperature", *c.ColdestC, -50, 40},
		{"cold margin", c.ColdMargin, 0, 40}, {"alarms", float64(c.Alarms), 1, 1000},
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
		{"watch", c.Watch, time.Minute, 30 * 24 * time.Hour}, {"reserve", c.Reserve, time.Minute, 24 * time.Hour},
		{"alarm length", c.AlarmFor, time.Second, time.Hour}, {"stale", c.Stale, time.Second, 5 * time.Minute},
		{"lost after", c.LostAfter, time.Millisecond, time.Minute}, {"back after", c.BackAfter, time.Millisecond, 10 * time.Minute},
		{"shed after", c.ShedAfter, time.Millisecond, 5 * time.Minute}, {"steady", c.Steady, time.Second, time.Hour},
		{"longest steady", c.SteadyMost, c.Steady, 24 * time.Hour}, {"stagger", c.Stagger, time.Second, time.Hour},
		{"takeover", c.TakeoverFor, time.Second, 24 * time.Hour}, {"recharge", c.Recharge, time.Hour, 7 * 24 * time.Hour},
		{"test interval", c.TestEvery, 24 * time.Hour, 5 * 365 * 24 * time.Hour},
	} {
		if d.v < d.min || d.v > d.max {
			bad("%s is %s (write %s to %s)", d.name, d.v, d.min, d.max)
		}
	}
	if len(errs) == 0 && c.CapacityAh < c.NeedAh() {
		bad("%g Ah is too small: watch and reserve at %g °C take %.0f Ah (a larger or warmer battery, or fewer watts)",
			c.CapacityAh, *c.ColdestC, math.Ceil(c.NeedAh()))
	}
	return errors.Join(errs...)
}

// NeedWh is what watch and reserve take, in watt hours.
func (c Config) NeedWh() float64 {
	c = c.WithDefaults()
	return c.Watts.Watch()*c.Watch.Hours() + c.ReserveWh()
}

// ReserveWh is what the reserve takes: the watch goes on, and the alarms sound.
func (c Config) ReserveWh() float64 {
	c = c.WithDefaults()
	sounding := min(float64(c.Alarms)*c.AlarmFor.Hours(), c.Reserve.Hours())
	return c.Watts.Watch()*c.Reserve.Hours() + c.Watts.Sounder*sounding
}

// NeedAh is the rated capacity, in ampere hours at 25 °C, that watch and reserve take at the
// coldest temperature with a battery that has aged to 80 %.
func (c Config) NeedAh() float64 {
	return c.smallestAh() / endOfLife
}

// smallestAh is the real capacity at 25 °C below which watch and reserve are not served.
func (c Config) smallestAh() float64 {
	c = c.WithDefaults()
	return c.NeedWh() / c.meanVolts() / Usable(c.Chemistry, *c.ColdestC) / c.rate(c.Watts.Watch()/c.Volts)
}
