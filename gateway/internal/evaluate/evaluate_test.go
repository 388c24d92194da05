package evaluate

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"firepost/firmware-contracts/contract"
)

func good(v float64) contract.Sample { return contract.Sample{Value: v, Quality: contract.Good} }

func smoke() *contract.Point {
	return &contract.Point{
		Name: "smoke", Role: contract.RoleSmoke, Type: contract.U16,
		Values: []contract.ValueMeaning{
			{Raw: 0},
			{Raw: 1, Means: contract.Fire},
			{Raw: 2, Means: contract.Prealarm},
			{Raw: 3, Means: contract.Fault, Cause: "dirty"},
			{Raw: 4, Means: contract.Supervisory},
		},
	}
}

func flagBits() *contract.Point {
	return &contract.Point{
		Name: "flags", Role: contract.RoleSmoke, Type: contract.U16,
		Bits: []contract.BitMeaning{
			{Bit: 0, When: true, Means: contract.Fault, Cause: "battery"},
			{Bit: 1, When: true, Means: contract.Fire, Cause: "heat"},
			{Bit: 2, When: true, Means: contract.Supervisory, Cause: "door"},
		},
	}
}

func TestContractMeanings(t *testing.T) {
	for _, tt := range []struct {
		name  string
		point *contract.Point
		s     contract.Sample
		flags Flags
		worst contract.Condition
		words []string
	}{
		{"normal value", smoke(), contract.Sample{Raw: 0}, 0, contract.Normal, nil},
		{"fire value", smoke(), contract.Sample{Raw: 1, Means: contract.Fire}, Fire, contract.Fire, []string{"fire"}},
		{"prealarm is not fire", smoke(), contract.Sample{Raw: 2, Means: contract.Prealarm}, Prealarm, contract.Prealarm, []string{"prealarm"}},
		{"device fault with its cause", smoke(), contract.Sample{Raw: 3, Means: contract.Fault}, Fault, contract.Fault, []string{"dirty"}},
		{"supervisory", smoke(), contract.Sample{Raw: 4, Means: contract.Supervisory}, Supervisory, contract.Supervisory, []string{"supervisory"}},
		{"unlisted value is a fault", smoke(), contract.Sample{Raw: 9, Means: contract.Fault, Quality: contract.Unknown}, Fault, contract.Fault, []string{"unknown"}},
		{"several bits hold at once", flagBits(), contract.Sample{Raw: 7, Fired: 7, Means: contract.Fire}, Fire | Fault | Supervisory, contract.Fire, []string{"heat", "battery", "door"}},
		{"bit without fire", flagBits(), contract.Sample{Raw: 5, Fired: 5, Means: contract.Supervisory}, Fault | Supervisory, contract.Supervisory, []string{"battery", "door"}},
		{"out of range with fire: fire wins and the fault is reported", flagBits(), contract.Sample{Raw: 2, Fired: 2, Means: contract.Fire, Quality: contract.OutOfRange}, Fire | Fault, contract.Fire, []string{"heat", "out_of_range"}},
		{"out of range keeps other bits", flagBits(), contract.Sample{Raw: 4, Fired: 4, Means: contract.Fault, Quality: contract.OutOfRange}, Fault | Supervisory, contract.Supervisory, []string{"out_of_range", "door"}},
		{"invalid says nothing else", flagBits(), contract.Sample{Raw: 0xFFFD, Fired: 5, Means: contract.Fault, Quality: contract.Invalid}, Fault, contract.Fault, []string{"invalid"}},
		{"invalid with fire: fire wins", flagBits(), contract.Sample{Raw: 0xFFFF, Fired: 7, Means: contract.Fire, Quality: contract.Invalid}, Fire | Fault, contract.Fire, []string{"heat", "invalid"}},
		{"the decoder's verdict counts without a matching meaning", &contract.Point{Role: contract.RoleTamper}, contract.Sample{Means: contract.Fault}, Fault, contract.Fault, []string{"tamper"}},
		{"not a number", &contract.Point{}, good(math.NaN()), Fault, contract.Fault, []string{"invalid"}},
		{"a condition of a later version is a fault", &contract.Point{}, contract.Sample{Means: 77}, Fault, 77, []string{"unknown"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Evaluate(Result{}, tt.point, tt.s, Rules{}, Context{})
			if got.Flags != tt.flags || got.Condition != tt.worst {
				t.Errorf("flags %04b condition %d, want %04b %d", got.Flags, got.Condition, tt.flags, tt.worst)
			}
			words := got.Causes.Words()
			if len(words) != len(tt.words) {
				t.Fatalf("causes %q, want %q", words, tt.words)
			}
			for i := range words {
				if words[i] != tt.words[i] {
					t.Errorf("causes %q, want %q", words, tt.words)
				}
			}
		})
	}
}

func TestMaskedValueAndOtherwise(t *testing.T) {
	p := smoke()
	p.Mask = 0x000F
	if r := Evaluate(Result{}, p, contract.Sample{Raw: 0x30 | 3, Means: contract.Fault}, Rules{}, Context{}); !r.Causes.Has(contract.Fault, "dirty") {
		t.Errorf("masked value: causes %q", r.Causes.Words())
	}
	p.Otherwise = &contract.ValueMeaning{Means: contract.Fault, Cause: "odd"}
	if r := Evaluate(Result{}, p, contract.Sample{Raw: 8, Means: contract.Fault}, Rules{}, Context{}); !r.Causes.Has(contract.Fault, "odd") {
		t.Errorf("otherwise: causes %q", r.Causes.Words())
	}
}

func TestEveryCauseFitsOrFireSurvives(t *testing.T) {
	p := &contract.Point{Role: contract.RoleFault}
	for i := range uint8(16) {
		p.Bits = append(p.Bits, contract.BitMeaning{Bit: i, When: true, Means: contract.Fault, Cause: string(rune('a' + i))})
	}
	p.Bits[15].Means = contract.Fire
	r := Evaluate(Result{}, p, contract.Sample{Fired: 0xFFFF, Means: contract.Fire, Quality: contract.OutOfRange}, Rules{}, Context{})
	if r.Causes.Len() != MaxCauses || !r.Flags.Has(Fire|Fault) ||
		!r.Causes.Has(contract.Fire, "p") || !r.Causes.Has(contract.Fault, CauseOutOfRange) {
		t.Errorf("flags %04b causes %q", r.Flags, r.Causes.Words())
	}
}

func TestLimitsByRole(t *testing.T) {
	for _, tt := range []struct {
		role contract.Role
		v    float64
		l    Limits
		cond contract.Condition
		word string
	}{
		{contract.RoleBattery, 20, Limits{Low: At(20)}, contract.Fault, CauseBattery},
		{contract.RoleBattery, 21, Limits{Low: At(20)}, contract.Normal, ""},
		{contract.RoleBattery, 15, Limits{High: At(14.6)}, contract.Fault, CauseBatteryHigh},
		{contract.RoleTemperature, 61, Limits{High: At(60)}, contract.Supervisory, CauseHighTemperature},
		{contract.RoleTemperature, 3, Limits{Low: At(5)}, contract.Supervisory, CauseLowTemperature},
		{contract.RoleHumidity, 3, Limits{Low: At(5)}, contract.Supervisory, CauseLowHumidity},
		{contract.RoleHumidity, 96, Limits{High: At(95)}, contract.Supervisory, CauseHighHumidity},
		{contract.RolePower, 180, Limits{Low: At(187)}, contract.Supervisory, CauseLow},
		{contract.RolePower, 270, Limits{High: At(253)}, contract.Supervisory, CauseHigh},
		{contract.RoleDensity, 2, Limits{Prealarm: At(2)}, contract.Prealarm, CausePrealarm},
		{contract.RoleDensity, 1e9, Limits{Prealarm: At(2)}, contract.Prealarm, CausePrealarm},
	} {
		r := Evaluate(Result{}, &contract.Point{Unit: "x"}, good(tt.v), Rules{Role: tt.role, Limits: &tt.l}, Context{})
		if r.Condition != tt.cond || (tt.word != "" && !r.Causes.Has(tt.cond, tt.word)) {
			t.Errorf("%s %g: condition %d causes %q, want %d %q", tt.role, tt.v, r.Condition, r.Causes.Words(), tt.cond, tt.word)
		}
	}
}

func TestHysteresisOutlivesBadReadings(t *testing.T) {
	p := &contract.Point{Role: contract.RoleTemperature}
	rules := Rules{Limits: &Limits{High: At(60), Prealarm: At(50), Hysteresis: 2}}
	var r Result
	for i, step := range []struct {
		s    contract.Sample
		high bool
		pre  bool
	}{
		{good(60), false, true},
		{good(60.1), true, true},
		{good(59), true, true},
		{contract.Sample{Value: 10, Quality: contract.Invalid}, false, false},
		{good(59), true, true},
		{good(58), false, true},
		{good(59), false, true},
		{good(48), false, true},
		{good(47.9), false, false},
		{good(49), false, false},
	} {
		r = Evaluate(r, p, step.s, rules, Context{})
		if got := r.Causes.Has(contract.Supervisory, CauseHighTemperature); got != step.high {
			t.Errorf("step %d: high %v, want %v", i, got, step.high)
		}
		if got := r.Flags.Has(Prealarm); got != step.pre {
			t.Errorf("step %d: prealarm %v, want %v", i, got, step.pre)
		}
	}
}

func TestEvaluateDoesNotAllocate(t *testing.T) {
	p, s := flagBits(), contract.Sample{Fired: 7, Means: contract.Fire, Quality: contract.OutOfRange}
	rules := Rules{Limits: &Limits{Low: At(1)}}
	var r Result
	if n := testing.AllocsPerRun(100, func() { r = Evaluate(r, p, s, rules, Context{}) }); n != 0 {
		t.Errorf("%v allocations per reading", n)
	}
}

func TestCheckRefusesLimitsThatCannotBeApplied(t *testing.T) {
	mpa := &contract.Point{Name: "p", Role: contract.RolePressure, Unit: "MPa"}
	psi := &contract.Point{Name: "p", Role: contract.RolePressure, Unit: "psi"}
	for _, tt := range []struct {
		name string
		p    *contract.Point
		l    *Limits
		ok   bool
	}{
		{"no limits", psi, nil, true},
		{"plain", mpa, &Limits{Low: At(1), High: At(1.4), Hysteresis: 0.02}, true},
		{"rated alone", mpa, &Limits{RatedMPa: 1.2}, true},
		{"not finite", mpa, &Limits{Low: At(math.NaN())}, false},
		{"infinite", mpa, &Limits{High: At(math.Inf(1))}, false},
		{"negative hysteresis", mpa, &Limits{Low: At(1), Hysteresis: -1}, false},
		{"negative rated", mpa, &Limits{RatedMPa: -1}, false},
		{"crossed", mpa, &Limits{Low: At(2), High: At(1)}, false},
		{"hysteresis eats the band", mpa, &Limits{Low: At(1), High: At(1.4), Hysteresis: 0.2}, false},
		{"unknown unit", psi, &Limits{Low: At(1)}, false},
	} {
		if err := (Rules{Role: tt.p.Role, Limits: tt.l}).Check(tt.p); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if r := Evaluate(Result{}, psi, good(15), Rules{Limits: &Limits{Low: At(1)}}, Context{}); !r.Causes.Has(contract.Fault, CauseRules) {
		t.Errorf("a pressure in an unknown unit: causes %q", r.Causes.Words())
	}
	v := 3.0
	if BoundOf(nil).Set || BoundOf(&v) != At(3) {
		t.Error("BoundOf")
	}
}

func TestOnlyTheContractMakesAFire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &contract.Point{Role: rapid.SampledFrom([]contract.Role{
			contract.RoleSmoke, contract.RoleDensity, contract.RoleTemperature, contract.RolePressure, contract.RoleBattery,
		}).Draw(t, "role"), Unit: rapid.SampledFrom([]string{"MPa", "kPa", "°C"}).Draw(t, "unit")}
		l := &Limits{
			Low: At(rapid.Float64().Draw(t, "low")), High: At(rapid.Float64().Draw(t, "high")),
			Prealarm: At(rapid.Float64().Draw(t, "pre")), Hysteresis: rapid.Float64Min(0).Draw(t, "hysteresis"),
		}
		ctx := Context{Temperature: rapid.Float64().Draw(t, "temperature"), Known: rapid.Bool().Draw(t, "known")}
		s := contract.Sample{
			Value: rapid.Float64().Draw(t, "value"), Quality: contract.Quality(rapid.Uint8Range(0, 3).Draw(t, "quality")),
			Means: contract.Condition(rapid.Uint8Range(0, 4).Draw(t, "means")),
		}
		r := Evaluate(Result{}, p, s, Rules{Limits: l}, ctx)
		if r.Flags.Has(Fire) != (s.Means == contract.Fire) {
			t.Fatalf("fire %v from a sample that means %d", r.Flags.Has(Fire), s.Means)
		}
		if s.Quality != contract.Good && !r.Flags.Has(Fault) {
			t.Fatalf("quality %d without a fault", s.Quality)
		}
		if (r.Condition == contract.Normal) != (r.Flags == 0) {
			t.Fatalf("condition %d with flags %04b", r.Condition, r.Flags)
		}
	})
}
