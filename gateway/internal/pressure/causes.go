package pressure

import (
	"time"

	"firepost/firmware-contracts/contract"
)

// The causes that a vessel's watch gives, most urgent first.
const (
	// CausePressureLow: below the low limit at 20 °C; the vessel must be refilled.
	CausePressureLow = "pressure_low"
	// CausePressureHigh: above the high limit at 20 °C; the vessel must be relieved.
	CausePressureHigh = "pressure_high"
	// CauseSensorInvalid: the gauge gave no measurement.
	CauseSensorInvalid = "sensor_invalid"
	// CauseSensorRange: the gauge gave a value that no such vessel can have.
	CauseSensorRange = "sensor_range"
	// CauseSensorStuck: the gauge does not move with the temperature.
	CauseSensorStuck = "sensor_stuck"
	// CauseSensorNoisy: the gauge's readings scatter.
	CauseSensorNoisy = "sensor_noisy"
	// CauseSensorJump: the reading changed at once: a fault of the gauge, or a vessel used
	// (down) or refilled (up).
	CauseSensorJump = "sensor_jump"
	// CauseSensorDrift: the pressure rises over days, which no closed vessel does.
	CauseSensorDrift = "sensor_drift"
	// CauseSensorOffset: the gauge never showed a pressure within the vessel's band; unit,
	// rating or zero is wrong.
	CauseSensorOffset = "sensor_offset"
	// CauseRules: the vessel's Spec can't be applied; see Spec.Check.
	CauseRules = "pressure_rules"
	// CauseLeakSlow: the pressure falls over days; see Leak.
	CauseLeakSlow = "leak_slow"
	// CauseExpired: the vessel is past its service or scrapping day; CauseExpirySoon that
	// day is near.
	CauseExpired    = "expired"
	CauseExpirySoon = "expiry_soon"
	// CauseTemperatureOutsideRating: the vessel is colder or warmer than it is made for.
	// Information, unless the filling may be ice.
	CauseTemperatureOutsideRating = "temperature_outside_rating"
	// CauseTemperatureUnknown: the pressure can't be compensated, so that only gross changes are
	// seen. Information as long as the pressure is enough at any temperature; a fault once
	// nobody could tell for a day whether it is.
	CauseTemperatureUnknown = "temperature_unknown"
)

// causes orders the findings; a cause's place is its bit in the state, so that new ones go
// to the end.
//
//nolint:gochecknoglobals // lookup table
var causes = [...]string{
	CausePressureLow, CausePressureHigh, CauseSensorInvalid, CauseSensorRange, CauseSensorStuck, CauseSensorNoisy,
	CauseSensorJump, CauseSensorDrift, CauseSensorOffset, CauseRules, CauseLeakSlow, CauseExpired, CauseExpirySoon,
	CauseTemperatureOutsideRating, CauseTemperatureUnknown,
}

// Finding is one thing found, with the figures for its text.
type Finding struct {
	Cause     string
	Condition contract.Condition
	// Value is what was found: MPa; MPa per month for a leak or a drift; °C for a temperature.
	Value float64
	// Limit is what it is held against, in the same unit; MPa for a leak.
	Limit float64
	// Day is when it will be, or was, so far: a crossing or an expiry. Zero where the clock
	// is not trusted. Early and Late bound a crossing.
	Day, Early, Late time.Time
	// Days is how far away Day is, in days; negative when it has passed. Known without a clock
	// for a crossing.
	Days float64
	// Scrap: the expiry is the vessel's end, not a service.
	Scrap bool
}

// Leak is the slow change that the days' medians prove, for display and telemetry.
type Leak struct {
	// Proven: the slope differs from zero at 99 %.
	Proven bool
	// MPaPerDay is the slope; Low and High bound it.
	MPaPerDay, Low, High float64
	// SpanDays is how many days it was fitted over.
	SpanDays float64
}

// Verdict is what a reading, and all before it, mean. It is a value of its own.
type Verdict struct {
	// Condition is the worst of Findings.
	Condition contract.Condition
	// Findings in order of urgency; empty is normal.
	Findings []Finding
	// P20MPa is the gauge pressure at 20 °C, and the bounds it lies within. It means nothing
	// unless Believed.
	P20MPa, LowestMPa, HighestMPa float64
	// Believed: the gauge is believed. Compensated: by a known temperature.
	Believed, Compensated bool
	// VesselCelsius is the vessel's temperature, if Compensated.
	VesselCelsius float64
	// Leak is the present slope; its zero value while too few days are known.
	Leak Leak
	// Days is how many days of history there are.
	Days int
	// Expires is the vessel's next service or scrapping day; zero when unknown.
	Expires time.Time
	// Changed: the set of causes differs from the one before. Save: the state should be
	// stored: Changed, or a day was closed.
	Changed, Save bool
	// Stale: the reading was older than the one before and was not used.
	Stale bool
}

// Find returns the finding with this cause.
func (v *Verdict) Find(cause string) (Finding, bool) {
	for _, f := range v.Findings {
		if f.Cause == cause {
			return f, true
		}
	}
	return Finding{}, false
}

// Has reports whether there is a finding with this cause.
func (v *Verdict) Has(cause string) bool {
	_, ok := v.Find(cause)
	return ok
}

func (v *Verdict) find(f Finding) {
	v.Findings = append(v.Findings, f)
	v.Condition = max(v.Condition, f.Condition)
}
