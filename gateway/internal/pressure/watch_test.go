package pressure

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/evaluate"
)

// rig steps one vessel through readings.
type rig struct {
	t       *testing.T
	st      State
	spec    Spec
	at      message.Stamp
	every   time.Duration
	celsius Temperature
	v       Verdict
}

func newRig(t *testing.T) *rig {
	t.Helper()
	limits, err := Lookup(Powder, 1.2)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{
		t: t, spec: Spec{Limits: limits}, every: 5 * time.Minute,
		at:      message.Stamp{Boot: "a", Mono: time.Minute, Wall: begin(), Trusted: true},
		celsius: Temperature{Celsius: 20, Known: true, Age: time.Minute},
	}
}

// read steps n readings of this gauge pressure, each a little off so that nothing is stuck.
func (r *rig) read(mpa float64, n int) *rig {
	for i := range n {
		r.at = r.at.Add(r.every)
		r.st, r.v = Step(r.st, Reading{
			GaugeMPa: mpa + []float64{0, 0.001, -0.001}[i%3], Temperature: r.celsius, At: r.at,
		}, r.spec)
	}
	return r
}

func (r *rig) causes() []string {
	var cs []string
	for _, f := range r.v.Findings {
		cs = append(cs, f.Cause)
	}
	return cs
}

func (r *rig) want(causes ...string) *rig {
	r.t.Helper()
	if got := r.causes(); !slices.Equal(got, causes) {
		r.t.Errorf("at %s found %q, want %q", r.at.Mono, got, causes)
	}
	return r
}

// settled has three hours of good readings: the temperature is known.
func settled(t *testing.T) *rig {
	t.Helper()
	return newRig(t).read(1.2, 36).want()
}

func TestALowPressureNeedsItsTime(t *testing.T) {
	r := settled(t)
	r.spec.JumpMPa = 1
	r.read(0.95, 2).want() // the median of three has just seen it, or not yet
	r.read(0.95, 6).want(CausePressureLow)
	if f, _ := r.v.Find(CausePressureLow); f.Condition != contract.Supervisory || f.Limit != 1 || math.Abs(f.Value-0.95) > 0.01 {
		t.Errorf("finding %+v", f)
	}
	r.read(1.01, 60).want(CausePressureLow) // within the hysteresis
	r.read(1.2, 2).want(CausePressureLow)
	r.read(1.2, 10).want()
}

func TestAnEmptiedVesselIsReportedWithoutDelay(t *testing.T) {
	r := settled(t)
	r.spec.MinDuration = 10 * time.Hour
	r.read(0, 5)
	if !r.v.Has(CausePressureLow) || !r.v.Has(CauseSensorJump) {
		t.Errorf("found %q", r.causes())
	}
	if f, _ := r.v.Find(CauseSensorJump); f.Condition != contract.Supervisory || !strings.Contains(f.Text().EN, "fell by 1.20 MPa") {
		t.Errorf("%+v: %s", f, f.Text().EN)
	}
}

func TestAHighPressure(t *testing.T) {
	r := settled(t)
	r.spec.JumpMPa = 1
	r.read(1.5, 12).want(CausePressureHigh)
	r.read(1.3, 12).want()
}

func TestAColdNightIsNoLowPressure(t *testing.T) {
	r := settled(t)
	for h := range 12 { // down to −30 °C in six hours, and there it stays
		r.celsius.Celsius = max(20-8*float64(h+1), -30)
		for range 12 {
			r.read(gaugeAt(1.2, r.st.d.Metal.T), 1)
			if r.v.Has(CausePressureLow) {
				t.Fatalf("low pressure at %.1f °C", r.celsius.Celsius)
			}
		}
	}
	r.want(CauseTemperatureOutsideRating)
	if f, _ := r.v.Find(CauseTemperatureOutsideRating); f.Condition != contract.Normal {
		t.Errorf("cold powder is information, got condition %d", f.Condition)
	}
	r.spec.Limits.Freezes = true
	r.read(gaugeAt(1.2, -30), 1)
	if r.v.Condition != contract.Supervisory {
		t.Errorf("ice in the vessel is condition %d", r.v.Condition)
	}
}

// gaugeAt is what a vessel of p20 shows at celsius, by the gas law.
func gaugeAt(p20, celsius float64) float64 {
	return (p20+absolut)*(celsius+273.15)/293.15 - absolut
}

// 1.2 MPa at 20 °C shows 0.978 MPa at −30 °C: the collection of facts, by hand.
func TestTheModelKeepsToTheGasLaw(t *testing.T) {
	if g := gaugeAt(1.2, -30); math.Abs(g-0.978) > 0.001 {
		t.Errorf("1.2 MPa at −30 °C shows %.4f", g)
	}
}

func TestASensorFailureIsNeverDelayed(t *testing.T) {
	for _, tt := range []struct {
		r     Reading
		cause string
	}{
		{Reading{Quality: contract.Invalid, GaugeMPa: 1.2}, CauseSensorInvalid},
		{Reading{Quality: contract.Unknown, GaugeMPa: 1.2}, CauseSensorInvalid},
		{Reading{Quality: contract.OutOfRange, GaugeMPa: 1.2}, CauseSensorRange},
		{Reading{GaugeMPa: math.NaN()}, CauseSensorInvalid},
		{Reading{GaugeMPa: math.Inf(1)}, CauseSensorInvalid},
		{Reading{GaugeMPa: -0.2}, CauseSensorRange},
		{Reading{GaugeMPa: 12}, CauseSensorRange}, // bar taken for MPa
	} {
		r := settled(t)
		tt.r.At, tt.r.Temperature = r.at.Add(r.every), r.celsius
		_, v := Step(r.st, tt.r, r.spec)
		if !v.Has(tt.cause) || v.Condition != contract.Fault || v.Believed || !v.Changed {
			t.Errorf("%+v: %+v, want %s at once", tt.r, v, tt.cause)
		}
	}
}

func TestABadReadingClearsNothing(t *testing.T) {
	r := settled(t)
	r.spec.JumpMPa = 1
	r.read(0.9, 12).want(CausePressureLow)
	for range 100 {
		r.at = r.at.Add(r.every)
		r.st, r.v = Step(r.st, Reading{Quality: contract.Invalid, Temperature: r.celsius, At: r.at}, r.spec)
	}
	r.want(CausePressureLow, CauseSensorInvalid)
}

func TestWithoutTemperatureOnlyGrossLossIsSeen(t *testing.T) {
	r := newRig(t)
	r.celsius = Temperature{}
	r.read(1.0, 40).want(CauseTemperatureUnknown)
	if r.v.Condition != contract.Normal || r.v.Compensated {
		t.Errorf("%+v", r.v)
	}
	// 1.0 MPa is low at 20 °C and plenty at −25 °C: a day later that is a fault.
	r.read(1.0, 12*24).want(CauseTemperatureUnknown)
	if r.v.Condition != contract.Fault || !strings.Contains(r.v.Findings[0].Text().EN, "can't be told") {
		t.Errorf("%+v", r.v)
	}
	r.spec.JumpMPa = 1
	r.read(1.2, 12*25).want(CauseTemperatureUnknown)
	if r.v.Condition != contract.Normal {
		t.Errorf("1.2 MPa is enough at any temperature: %+v", r.v)
	}
	// A unit at exactly 1.0 MPa reads 0.793 at −35 °C.
	r.read(0.75, 12).want(CausePressureLow, CauseTemperatureUnknown)
}

func TestAnOldOrMadTemperatureIsNotKnown(t *testing.T) {
	for _, bad := range []Temperature{
		{Celsius: 20}, {Celsius: 20, Known: true, Age: time.Hour}, {Celsius: 20, Known: true, Age: -time.Second},
		{Celsius: math.NaN(), Known: true}, {Celsius: -90, Known: true}, {Celsius: 300, Known: true},
	} {
		r := newRig(t)
		r.celsius = bad
		r.read(1.2, 36).want(CauseTemperatureUnknown)
	}
}

func TestTheTemperatureIsLostSightOfSlowly(t *testing.T) {
	r := settled(t)
	r.celsius = Temperature{}
	r.read(1.2, 5).want()
	narrow := r.v.HighestMPa - r.v.LowestMPa
	r.read(1.2, 60).want(CauseTemperatureUnknown)
	if wide := r.v.HighestMPa - r.v.LowestMPa; wide < 4*narrow {
		t.Errorf("bounds %.3f wide after half an hour, %.3f after five", narrow, wide)
	}
	r.read(1.2, 400)
	low, high := r.st.d.Metal.interval()
	if low != evaluate.ColdestAssumed || high != evaluate.HottestAssumed {
		t.Errorf("after two days the vessel is believed within %.0f to %.0f °C", low, high)
	}
}

func TestOneSpikeIsNothingThreeAreTheGauge(t *testing.T) {
	r := settled(t)
	for i := range 3 {
		if r.v.Has(CauseSensorJump) {
			t.Fatalf("jump after %d spikes", i)
		}
		r.read(0.5, 1).read(1.2, 40)
		if r.v.Has(CausePressureLow) {
			t.Fatal("a spike is no low pressure")
		}
	}
	r.want(CauseSensorJump)
	if f, _ := r.v.Find(CauseSensorJump); f.Condition != contract.Fault {
		t.Errorf("%+v", f)
	}
	r.read(1.2, 12*25).want()
}

func TestARefillIsAJumpUpForADay(t *testing.T) {
	r := newRig(t)
	r.read(1.05, 36).want()
	r.read(1.25, 4).want(CauseSensorJump)
	if f, _ := r.v.Find(CauseSensorJump); f.Condition != contract.Fault || !strings.Contains(f.Text().EN, "rose by 0.20 MPa") {
		t.Errorf("%+v %s", f, f.Text().EN)
	}
	r.read(1.25, 12*25).want()
}

func TestANoisyGauge(t *testing.T) {
	r := settled(t)
	for i := range 60 {
		r.read(1.2+[]float64{0.09, -0.08, 0.02, -0.09, 0.07}[i%5], 1)
		if r.v.Has(CausePressureLow) {
			t.Fatal("noise is no low pressure")
		}
	}
	r.want(CauseSensorNoisy)
	r.read(1.2, 12*30).want()
}

func TestAStuckGauge(t *testing.T) {
	r := settled(t)
	at := r.at
	for i := range 12 * 30 {
		r.celsius.Celsius = 20 + 8*math.Sin(float64(i)/12/24*2*math.Pi)
		r.at = r.at.Add(r.every)
		r.st, r.v = Step(r.st, Reading{GaugeMPa: 1.2, Temperature: r.celsius, At: r.at}, r.spec)
		if r.v.Has(CausePressureLow) || r.v.Has(CausePressureHigh) {
			t.Fatal("a stuck gauge's pressure is not judged")
		}
	}
	r.want(CauseSensorStuck)
	if r.v.Believed {
		t.Error("a stuck gauge is believed")
	}
	if took := r.at.Sub(at); took < day {
		t.Fatal("the test is too short")
	}
	r.read(gaugeAt(1.2, r.celsius.Celsius)+0.01, 2)
	if r.v.Has(CauseSensorStuck) {
		t.Error("it moves again")
	}
}

func TestASteadyRoomIsNoStuckGauge(t *testing.T) {
	r := settled(t)
	for i := range 12 * 24 * 5 {
		r.celsius.Celsius = 20 + math.Sin(float64(i)/12/24*2*math.Pi)
		r.at = r.at.Add(r.every)
		r.st, r.v = Step(r.st, Reading{GaugeMPa: 1.2, Temperature: r.celsius, At: r.at}, r.spec)
	}
	r.want()
}

func TestAGaugeThatScattersButDoesNotFollow(t *testing.T) {
	r := settled(t)
	for i := range 12 * 24 * 6 {
		r.celsius.Celsius = 15 + 8*math.Sin(float64(i)/12/24*2*math.Pi)
		r.read(1.2+0.004*float64(i%5-2), 1)
	}
	r.want(CauseSensorStuck)
	for i := range 12 * 24 * 8 {
		r.celsius.Celsius = 15 + 8*math.Sin(float64(i)/12/24*2*math.Pi)
		r.read(gaugeAt(1.2, r.st.d.Metal.T), 1)
	}
	if r.v.Has(CauseSensorStuck) {
		t.Error("it follows again")
	}
}

func TestNeverWithinTheBand(t *testing.T) {
	r := newRig(t)
	r.read(2.4, 12*25).want(CausePressureHigh, CauseSensorOffset)
}

func TestAnOlderReadingIsIgnored(t *testing.T) {
	r := settled(t)
	before := r.st
	old := r.at
	old.Mono -= time.Second
	st, v := Step(r.st, Reading{GaugeMPa: 0, Temperature: r.celsius, At: old}, r.spec)
	if !v.Stale || v.Changed || !reflect.DeepEqual(st, before) {
		t.Errorf("stale %v changed %v", v.Stale, v.Changed)
	}
}

func TestASpecThatCantBeUsedIsAFault(t *testing.T) {
	limits, _ := Lookup(Powder, 1.2)
	for name, change := range map[string]func(*Spec){
		"no limits":     func(s *Spec) { s.Limits = Limits{} },
		"nan":           func(s *Spec) { s.Limits.LowMPa.Value = math.NaN() },
		"crossed":       func(s *Spec) { s.Limits.LowMPa.Value = 1.5 },
		"no band":       func(s *Spec) { s.HysteresisMPa = 0.3 },
		"negative":      func(s *Spec) { s.NoiseMPa = -1 },
		"negative time": func(s *Spec) { s.ThermalLag = -1 },
		"range":         func(s *Spec) { s.Limits.RatedTo.Value = -30 },
		"dates":         func(s *Spec) { s.Manufactured, s.Charged = begin(), begin().AddDate(-1, 0, 0) },
	} {
		spec := Spec{Limits: limits}
		change(&spec)
		if err := spec.Check(); !errors.Is(err, ErrSpec) {
			t.Errorf("%s: %v", name, err)
		}
		_, v := Step(State{}, Reading{GaugeMPa: 1.2}, spec)
		if v.Condition != contract.Fault || !v.Has(CauseRules) {
			t.Errorf("%s: %+v", name, v)
		}
	}
	if err := (Spec{Limits: limits}).Check(); err != nil {
		t.Error(err)
	}
}

func TestAnEarlierStateIsNotChangedByLaterSteps(t *testing.T) {
	r := settled(t)
	r.read(1.2, 12*24*3)
	old := r.st
	was, err := old.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	a := *r
	a.read(1.15, 12*24*3)
	b := *r
	b.read(1.25, 12*24*3)
	is, err := old.Snapshot()
	if err != nil || string(is) != string(was) {
		t.Errorf("the old state changed: %v", err)
	}
}
