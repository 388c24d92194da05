package pressure

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrSpec is wrapped by every error of Spec.Check.
var ErrSpec = errors.New("vessel can't be watched")

// What a Spec's zero values stand for.
const (
	// DefaultHysteresis in MPa.
	DefaultHysteresis = 0.02
	// DefaultMinDuration is how long a limit must be exceeded, or kept again, to count.
	DefaultMinDuration = 10 * time.Minute
	// DefaultLag of a 4 kg vessel: some 6 kg at 0.9 kJ/kgK behind 0.2 m² at 8 W/m²K. Own
	// calculation [M].
	DefaultLag = time.Hour
	// DefaultTemperatureAge is how old a temperature may be to count as known.
	DefaultTemperatureAge = 30 * time.Minute
	// DefaultSoon is how long before its day an expiry is announced.
	DefaultSoon = 60 * 24 * time.Hour
)

// The defaults that follow from the rating, as shares of it.
const (
	noiseShare = 0.025 // standard deviation of one reading
	jumpShare  = 0.08
)

// Spec is what is known of one vessel and its gauge. Zero values mean the defaults.
type Spec struct {
	// Limits come from Lookup, or are put together by hand for a vessel that it refuses.
	Limits Limits
	// HysteresisMPa is how far a pressure must come back inside before a limit lets go.
	HysteresisMPa float64
	// MinDuration is how long a limit must be exceeded before it is reported, and kept before
	// it is cleared. It never delays a sensor's failure.
	MinDuration time.Duration
	// ThermalLag is the time constant with which the vessel follows the air.
	ThermalLag time.Duration
	// TemperatureAge is how old a temperature may be to count as known.
	TemperatureAge time.Duration
	// ResolutionMPa is the gauge's smallest step; 0 is learned from its readings.
	ResolutionMPa float64
	// NoiseMPa is the standard deviation above which a gauge is noisy; JumpMPa what it can't
	// change by between two readings.
	NoiseMPa, JumpMPa float64
	// Manufactured is the date on the vessel, Charged that of its last service or charge.
	// Only the civil date counts; the zero time means unknown, and then nothing expires.
	Manufactured, Charged time.Time
	// Soon is how long before its day an expiry is announced.
	Soon time.Duration
}

// Check reports why this vessel can't be watched, wrapping ErrSpec, or nil.
func (s Spec) Check() error {
	for _, n := range [...]struct {
		name string
		v    float64
	}{
		{"low", s.Limits.LowMPa.Value}, {"high", s.Limits.HighMPa.Value}, {"rated", s.Limits.RatedMPa.Value},
		{"rated_from", s.Limits.RatedFrom.Value}, {"rated_to", s.Limits.RatedTo.Value},
		{"hysteresis", s.HysteresisMPa}, {"resolution", s.ResolutionMPa}, {"noise", s.NoiseMPa}, {"jump", s.JumpMPa},
	} {
		if math.IsNaN(n.v) || math.IsInf(n.v, 0) {
			return fmt.Errorf("%w: %s is not a finite number", ErrSpec, n.name)
		}
	}
	if s.HysteresisMPa < 0 || s.ResolutionMPa < 0 || s.NoiseMPa < 0 || s.JumpMPa < 0 {
		return fmt.Errorf("%w: hysteresis, resolution, noise and jump must not be negative", ErrSpec)
	}
	if s.MinDuration < 0 || s.ThermalLag < 0 || s.TemperatureAge < 0 || s.Soon < 0 {
		return fmt.Errorf("%w: durations must not be negative", ErrSpec)
	}
	l, d := s.Limits, s.filled()
	if l.LowMPa.Value <= 0 || l.LowMPa.Value+2*d.HysteresisMPa >= l.HighMPa.Value {
		return fmt.Errorf("%w: low %g and high %g MPa leave no band with hysteresis %g; take them from Lookup or the label",
			ErrSpec, l.LowMPa.Value, l.HighMPa.Value, d.HysteresisMPa)
	}
	if l.RatedFrom.Value >= l.RatedTo.Value {
		return fmt.Errorf("%w: rated from %g to %g °C; give the range on the label", ErrSpec, l.RatedFrom.Value, l.RatedTo.Value)
	}
	if !s.Manufactured.IsZero() && !s.Charged.IsZero() && s.Charged.Before(s.Manufactured) {
		return fmt.Errorf("%w: charged on %s, before it was made on %s; read the dates off the vessel again",
			ErrSpec, s.Charged.Format(time.DateOnly), s.Manufactured.Format(time.DateOnly))
	}
	return nil
}

// filled is s with its defaults.
func (s Spec) filled() Spec {
	orFloat := func(v *float64, d float64) {
		if *v == 0 {
			*v = d
		}
	}
	orTime := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	orFloat(&s.Limits.RatedMPa.Value, s.Limits.LowMPa.Value/lowShare)
	rated := s.Limits.RatedMPa.Value
	orFloat(&s.HysteresisMPa, DefaultHysteresis)
	orFloat(&s.NoiseMPa, noiseShare*rated)
	orFloat(&s.JumpMPa, jumpShare*rated)
	orTime(&s.MinDuration, DefaultMinDuration)
	orTime(&s.ThermalLag, DefaultLag)
	orTime(&s.TemperatureAge, DefaultTemperatureAge)
	orTime(&s.Soon, DefaultSoon)
	return s
}
