package evaluate

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"firepost/firmware-contracts/contract"
)

func gauge(unit string) *contract.Point {
	return &contract.Point{Name: "pressure", Role: contract.RolePressure, Unit: unit}
}

func vessel() Rules { return Rules{Limits: &Limits{RatedMPa: 1.2, Hysteresis: 0.02}} }

func at(celsius float64) Context { return Context{Temperature: celsius, Known: true} }

// The column of 1.2 MPa at 20 °C in the project's collection of facts, ideal gas.
func TestTwelveBarsAtManyTemperaturesAreTheSame(t *testing.T) {
	for _, row := range []struct{ celsius, reads float64 }{
		{-30, 0.978}, {-25, 1.000}, {-20, 1.022}, {0, 1.111}, {20, 1.2}, {45, 1.311}, {55, 1.355},
	} {
		if got := PressureAt20(row.reads, row.celsius); math.Abs(got-1.2) > 0.001 {
			t.Errorf("%.3f MPa at %g °C is %.4f at 20 °C, want 1.2", row.reads, row.celsius, got)
		}
		r := Evaluate(Result{}, gauge("MPa"), good(row.reads), vessel(), at(row.celsius))
		if r.Flags != 0 || !r.Compensated || math.Abs(r.Judged-1.2) > 0.001 || r.Value != row.reads {
			t.Errorf("%g °C: flags %04b compensated %v judged %.3f", row.celsius, r.Flags, r.Compensated, r.Judged)
		}
		kpa := Evaluate(Result{}, gauge("kPa"), good(row.reads*1000), vessel(), at(row.celsius))
		if kpa.Flags != 0 || math.Abs(kpa.Judged-1200) > 1 {
			t.Errorf("%g °C in kPa: flags %04b judged %.1f", row.celsius, kpa.Flags, kpa.Judged)
		}
	}
}

func TestAColdNightRaisesNoLowPressure(t *testing.T) {
	rules := Rules{Limits: &Limits{Low: At(1.05), High: At(1.4)}}
	if r := Evaluate(Result{}, gauge("MPa"), good(1.0), rules, at(-25)); r.Flags != 0 {
		t.Errorf("1.0 MPa at -25 °C: causes %q", r.Causes.Words())
	}
	r := Evaluate(Result{}, gauge("MPa"), good(1.0), rules, at(20))
	if !r.Causes.Has(contract.Supervisory, CauseLowPressure) {
		t.Errorf("1.0 MPa at 20 °C is low: causes %q", r.Causes.Words())
	}
	pipe := Rules{Limits: &Limits{Low: At(1.05), Pipe: true}}
	if r := Evaluate(Result{}, gauge("MPa"), good(1.0), pipe, at(-25)); !r.Flags.Has(Supervisory) || r.Compensated {
		t.Error("a pipe is judged as read")
	}
}

func TestOutsideTheRatingIsInformationOnly(t *testing.T) {
	r := Evaluate(Result{}, gauge("MPa"), good(1.0), vessel(), at(-25))
	if r.Condition != contract.Normal || !r.Causes.Has(contract.Normal, CauseTemperatureOutOfRating) {
		t.Errorf("condition %d causes %q", r.Condition, r.Causes.Words())
	}
	wide := vessel()
	wide.Limits.RatedFrom, wide.Limits.RatedTo = At(-40), At(30)
	if r := Evaluate(Result{}, gauge("MPa"), good(1.0), wide, at(-25)); r.Causes.Len() != 0 {
		t.Errorf("within its own rating: causes %q", r.Causes.Words())
	}
	if r := Evaluate(Result{}, gauge("MPa"), good(1.25), wide, at(31)); !r.Causes.Has(contract.Normal, CauseTemperatureOutOfRating) {
		t.Errorf("above its own rating: causes %q", r.Causes.Words())
	}
}

func TestWithoutTemperatureTheBandIsWidened(t *testing.T) {
	for _, ctx := range []Context{{}, {Temperature: math.NaN(), Known: true}, at(-90), at(400)} {
		for _, tt := range []struct {
			v    float64
			word string
		}{
			// A unit at exactly 1.0 MPa reads 0.793 at −35 °C, one at 1.4 reads 1.579 at 55 °C.
			{0.80, ""}, {0.78, CauseLowPressure}, {1.57, ""}, {1.59, CauseHighPressure},
		} {
			r := Evaluate(Result{}, gauge("MPa"), good(tt.v), vessel(), ctx)
			if r.Compensated || r.Judged != tt.v {
				t.Errorf("%+v: compensated %v judged %g", ctx, r.Compensated, r.Judged)
			}
			if (tt.word == "") != (r.Flags == 0) || (tt.word != "" && !r.Causes.Has(contract.Supervisory, tt.word)) {
				t.Errorf("%+v %g: causes %q, want %q", ctx, tt.v, r.Causes.Words(), tt.word)
			}
		}
	}
}

func TestLosingTheTemperatureNeverEndsALowPressure(t *testing.T) {
	r := Evaluate(Result{}, gauge("MPa"), good(0.9), vessel(), at(20))
	r = Evaluate(r, gauge("MPa"), good(0.9), vessel(), Context{})
	if !r.Causes.Has(contract.Supervisory, CauseLowPressure) {
		t.Fatal("the low pressure vanished with the temperature")
	}
	// 1.13 MPa could be 1.0 at 20 °C if it were 55 °C; 1.2 is above 1.02 even then.
	r = Evaluate(r, gauge("MPa"), good(1.13), vessel(), Context{})
	if !r.Flags.Has(Supervisory) {
		t.Error("1.13 MPa at an unknown temperature is no proof")
	}
	r = Evaluate(r, gauge("MPa"), good(1.2), vessel(), Context{})
	if r.Flags != 0 {
		t.Errorf("1.2 MPa is enough at any temperature: causes %q", r.Causes.Words())
	}
}

func TestPressureHysteresis(t *testing.T) {
	var r Result
	for i, step := range []struct {
		v         float64
		low, high bool
	}{
		{1.0, false, false}, {0.999, true, false}, {1.01, true, false}, {1.021, false, false},
		{1.41, false, true}, {1.39, false, true}, {1.38, false, false},
	} {
		r = Evaluate(r, gauge("MPa"), good(step.v), vessel(), at(20))
		low := r.Causes.Has(contract.Supervisory, CauseLowPressure)
		high := r.Causes.Has(contract.Supervisory, CauseHighPressure)
		if low != step.low || high != step.high {
			t.Errorf("step %d, %g MPa: low %v high %v", i, step.v, low, high)
		}
	}
}

// Whatever the true temperature within −35…55 °C, not knowing it raises nothing that
// knowing it would not.
func TestIgnoranceRaisesNothingFalse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(0, 2).Draw(t, "MPa")
		celsius := rapid.Float64Range(ColdestAssumed, HottestAssumed).Draw(t, "celsius")
		blind := Evaluate(Result{}, gauge("MPa"), good(v), vessel(), Context{})
		known := Evaluate(Result{}, gauge("MPa"), good(v), vessel(), at(celsius))
		if blind.Flags != 0 && known.Flags == 0 {
			t.Fatalf("%g MPa at %g °C is normal but raised without temperature", v, celsius)
		}
	})
}

func TestWhatIsFoundElsewhereJoinsTheResult(t *testing.T) {
	r := Evaluate(Result{}, gauge("MPa"), good(1.2), Rules{}, at(20))
	r.Add(contract.Normal, "note")
	if r.Flags != 0 || !r.Causes.Has(contract.Normal, "note") {
		t.Errorf("information changed the condition: flags %04b causes %q", r.Flags, r.Causes.Words())
	}
	r.Add(contract.Fault, "sensor_stuck")
	r.Add(contract.Fire, "pressure")
	if r.Flags != Fault || r.Condition != contract.Fault || r.Causes.Len() != 2 {
		t.Errorf("flags %04b condition %d causes %q, want a fault and no fire", r.Flags, r.Condition, r.Causes.Words())
	}
	for unit, want := range map[string]float64{"MPa": 1, "kPa": 1e-3, "Pa": 1e-6, "bar": 0.1, "psi": 0} {
		if got, ok := MPaPer(unit); got != want || ok != (want != 0) {
			t.Errorf("one %s is %g MPa, %v; want %g", unit, got, ok, want)
		}
	}
}
