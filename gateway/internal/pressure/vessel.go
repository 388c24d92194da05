package pressure

import (
	"math"
	"time"

	"firepost/gateway/internal/evaluate"
)

const (
	// A temperature outside these is a broken sensor's.
	coldestBelievable = -60
	hottestBelievable = 100
	// startSlack is how far, in K, a vessel may be from the air when it is first seen.
	startSlack = 10
	// slackPerHour is how fast, in K, a vessel's temperature is lost sight of.
	slackPerHour = 5
	// knownSlack is the slack in K up to which the temperature counts as known; a vessel that
	// was not looked at for long has followed the air up to that.
	knownSlack = 5
)

// metal is the temperature of the vessel behind the air's.
type metal struct {
	Seen bool    `json:"s,omitempty"`
	T    float64 `json:"t,omitempty"` // °C
	Air  float64 `json:"a,omitempty"` // °C, as last known
	// Slack is how far, in K, the truth can lie outside of T and Air.
	Slack float64 `json:"k,omitempty"`
}

// believable reports whether t is a temperature that may be used.
func (t Temperature) believable(oldest time.Duration) bool {
	return t.Known && t.Age >= 0 && t.Age <= oldest &&
		!math.IsNaN(t.Celsius) && t.Celsius >= coldestBelievable && t.Celsius <= hottestBelievable
}

func (m *metal) step(t Temperature, dt time.Duration, spec *Spec) {
	if !t.believable(spec.TemperatureAge) {
		m.Slack = min(m.Slack+slackPerHour*dt.Hours(), 200)
		return
	}
	switch {
	case !m.Seen, m.Slack > startSlack && dt <= 8*spec.ThermalLag:
		*m = metal{Seen: true, T: t.Celsius, Air: t.Celsius, Slack: startSlack}
		return
	case dt > 8*spec.ThermalLag:
		*m = metal{Seen: true, T: t.Celsius, Air: t.Celsius, Slack: knownSlack}
		return
	}
	keep := math.Exp(-dt.Seconds() / spec.ThermalLag.Seconds())
	m.T = t.Celsius + (m.T-t.Celsius)*keep
	m.Air = t.Celsius
	m.Slack *= keep
}

// known reports whether the temperature is good enough to fit slopes by.
func (m *metal) known() bool { return m.Seen && m.Slack <= knownSlack }

// interval is where the vessel's temperature can lie, in °C.
func (m *metal) interval() (low, high float64) {
	if !m.Seen {
		return evaluate.ColdestAssumed, evaluate.HottestAssumed
	}
	low, high = min(m.T, m.Air)-m.Slack, max(m.T, m.Air)+m.Slack
	if m.Slack > knownSlack {
		low, high = max(low, min(evaluate.ColdestAssumed, m.T)), min(high, max(evaluate.HottestAssumed, m.T))
	}
	return low, high
}

// span is where a pressure at 20 °C can lie, in MPa, and the likeliest value.
type span struct{ min, mid, max float64 }

func (m *metal) at20(gauge float64, law Law) span {
	if law == AsRead {
		return span{gauge, gauge, gauge}
	}
	low, high := m.interval()
	mid := (low + high) / 2
	if m.Seen {
		mid = m.T
	}
	return span{
		min: evaluate.PressureAt20(gauge, high),
		mid: evaluate.PressureAt20(gauge, mid),
		max: evaluate.PressureAt20(gauge, low),
	}
}

// perKelvin is how much a gauge should move with each K, in MPa.
func perKelvin(gauge, celsius float64) float64 {
	return (max(gauge, 0) + 0.101) / (celsius + 273.15)
}
