package evaluate

import (
	"errors"
	"fmt"
	"math"

	"firepost/firmware-contracts/contract"
)

// ErrRules is wrapped by every error of Rules.Check.
var ErrRules = errors.New("limits can't be applied")

// Bound is an optional number. The zero value is "not set".
type Bound struct {
	Value float64
	Set   bool
}

// At returns a bound that is set to v.
func At(v float64) Bound { return Bound{Value: v, Set: true} }

// BoundOf returns the bound that an optional configuration value stands for.
func BoundOf(v *float64) Bound {
	if v == nil {
		return Bound{}
	}
	return At(*v)
}

// Rules is how one point is judged beyond what its contract says.
type Rules struct {
	Role contract.Role
	// Limits are optional numeric limits; nil judges by the contract alone.
	Limits *Limits
}

// Limits are numeric limits in the point's own unit; for a pressure they are gauge
// pressure at 20 °C.
type Limits struct {
	// Low: at or below it is off-normal; a pressure only below it.
	Low Bound
	// High: above it is off-normal.
	High Bound
	// Prealarm: at or above it is a pre-alarm. Never a fire.
	Prealarm Bound
	// Hysteresis is how far a value must come back inside before a limit lets go; ≥ 0.
	Hysteresis float64

	// RatedMPa is a vessel's filling pressure at 20 °C, in MPa whatever the point's unit. Where Low or High is not set it
	// gives them: 10/12 and 14/12 of it (1.0 and 1.4 for the usual 1.2 MPa); 0 gives none.
	RatedMPa float64
	// Pipe marks a pressure that does not follow the temperature of a gas (a water pipe):
	// it is judged as read. All other pressures are brought to 20 °C first.
	Pipe bool
	// RatedFrom and RatedTo are the temperatures in °C that a vessel is rated for; not set
	// means −20 and +55.
	RatedFrom, RatedTo Bound
}

// Context is what else is known when a reading is judged.
type Context struct {
	// Temperature in °C at the vessel; believed only when Known. A stale or bad
	// temperature is not known.
	Temperature float64
	Known       bool
}

// Check reports why these rules can't be applied to p, wrapping ErrRules, or nil.
// Evaluate reports a fault with cause "rules" for a reading of such a point.
func (r Rules) Check(p *contract.Point) error {
	l := r.Limits
	if l == nil {
		return nil
	}
	for _, b := range [...]struct {
		name string
		v    float64
	}{
		{"low", l.Low.Value}, {"high", l.High.Value}, {"prealarm", l.Prealarm.Value},
		{"hysteresis", l.Hysteresis}, {"rated_mpa", l.RatedMPa},
		{"rated_from", l.RatedFrom.Value}, {"rated_to", l.RatedTo.Value},
	} {
		if math.IsNaN(b.v) || math.IsInf(b.v, 0) {
			return fmt.Errorf("point %s: %w: %s is not a finite number", p.Name, ErrRules, b.name)
		}
	}
	if l.Hysteresis < 0 || l.RatedMPa < 0 {
		return fmt.Errorf("point %s: %w: hysteresis %g and rated_mpa %g must not be negative", p.Name, ErrRules, l.Hysteresis, l.RatedMPa)
	}
	per := 1.0
	if r.Role == contract.RolePressure {
		var ok bool
		if per, ok = mpaPer(p.Unit); !ok {
			return fmt.Errorf("point %s: %w: pressure in unit %q; use MPa, kPa, Pa or bar in the contract", p.Name, ErrRules, p.Unit)
		}
	}
	low, high := l.band(per)
	if low.Set && high.Set && low.Value+2*l.Hysteresis >= high.Value {
		return fmt.Errorf("point %s: %w: low %g and high %g leave no normal band with hysteresis %g; move them apart", p.Name, ErrRules, low.Value, high.Value, l.Hysteresis)
	}
	return nil
}

// band is the low and high limit with those that the rated pressure implies; per is MPa
// per unit.
func (l *Limits) band(per float64) (low, high Bound) {
	low, high = l.Low, l.High
	if l.RatedMPa > 0 {
		if !low.Set {
			low = At(l.RatedMPa * 10 / 12 / per)
		}
		if !high.Set {
			high = At(l.RatedMPa * 14 / 12 / per)
		}
	}
	return low, high
}

// MPaPer is how many MPa one of unit is, and whether unit is one that a pressure can be
// judged in: MPa, kPa, Pa or bar.
func MPaPer(unit string) (float64, bool) { return mpaPer(unit) }

// mpaPer is how many MPa one unit is.
func mpaPer(unit string) (float64, bool) {
	switch unit {
	case "MPa":
		return 1, true
	case "kPa":
		return 1e-3, true
	case "Pa":
		return 1e-6, true
	case "bar":
		return 0.1, true
	}
	return 0, false
}

// word is the condition and cause of one side of a limit.
type word struct {
	cond  contract.Condition
	cause string
}

func lowWord(role contract.Role) word {
	switch role {
	case contract.RoleBattery:
		return word{contract.Fault, CauseBattery}
	case contract.RolePressure:
		return word{contract.Supervisory, CauseLowPressure}
	case contract.RoleTemperature:
		return word{contract.Supervisory, CauseLowTemperature}
	case contract.RoleHumidity:
		return word{contract.Supervisory, CauseLowHumidity}
	default:
		return word{contract.Supervisory, CauseLow}
	}
}

func highWord(role contract.Role) word {
	switch role {
	case contract.RoleBattery:
		return word{contract.Fault, CauseBatteryHigh}
	case contract.RolePressure:
		return word{contract.Supervisory, CauseHighPressure}
	case contract.RoleTemperature:
		return word{contract.Supervisory, CauseHighTemperature}
	case contract.RoleHumidity:
		return word{contract.Supervisory, CauseHighHumidity}
	default:
		return word{contract.Supervisory, CauseHigh}
	}
}
