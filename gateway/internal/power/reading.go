package power

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

// believe returns the value if it is known, fresh, finite and possible.
func (v Value) believe(now, stale time.Duration, low, high float64) (float64, bool) {
	ok := v.Known && !math.IsNaN(v.V) && v.V >= low && v.V <= high && now-v.At <= stale && v.At <= now
	return v.V, ok
}

// Mains is whether the mains feed the booth.
type Mains uint8

// What can be known of the mains.
const (
	MainsUnknown Mains = iota
	MainsPresent
	MainsAbsent
)

// String is the state's word.
func (m Mains) String() string {
	switch m {
	case MainsPresent:
		return "present"
	case MainsAbsent:
		return "absent"
	case MainsUnknown:
	}
	return "unknown"
}

// Reading is what is known at a moment.
type Reading struct {
	// At is now, by the monotonic clock of this boot.
	At time.Duration
	// Mains is the mains contact's word, taken at MainsAt; MainsUnknown without one.
	Mains   Mains
	MainsAt time.Duration
	// Voltage of the battery in volts; Current in amperes, positive into the battery;
	// Charge as the battery's own gauge gives it, 0 to 1; Temperature of the battery in °C.
	Voltage, Current, Charge, Temperature Value
	// Takeover: a takeover wants its screens now.
	Takeover bool
	// Sounding: the sounder is on.
	Sounding bool
	// HeaterOn: the climate keeper has the heater on.
	HeaterOn bool
}

// seen is a reading with everything unbelievable taken out.
type seen struct {
	at                                 time.Duration
	mains                              Mains
	volts, amps, charge, celsius       float64
	hasVolts, hasAmps, hasCharge, hasC bool
	takeover, sounding, heater         bool
}

func (r Reading) look(c *Config) seen {
	s := seen{at: r.At, takeover: r.Takeover, sounding: r.Sounding, heater: r.HeaterOn}
	s.volts, s.hasVolts = r.Voltage.believe(r.At, c.Stale, 0, 2*c.Volts)
	s.amps, s.hasAmps = r.Current.believe(r.At, c.Stale, -10*c.CapacityAh, 10*c.CapacityAh)
	s.charge, s.hasCharge = r.Charge.believe(r.At, c.Stale, 0, 1)
	s.celsius, s.hasC = r.Temperature.believe(r.At, 10*c.Stale, -60, 90)
	if (r.Mains == MainsPresent || r.Mains == MainsAbsent) && r.MainsAt <= r.At && r.At-r.MainsAt <= c.Stale {
		s.mains = r.Mains
	}
	return s
}
