package power_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"firepost/gateway/internal/power"
	"firepost/gateway/internal/power/powertest"
)

func TestAnAgedBatteryIsAFaultBeforeItIsNeeded(t *testing.T) {
	for _, tt := range []struct {
		chem   power.Chemistry
		health float64
		cut    time.Duration
		aged   bool
	}{
		{power.LiFePO4, 0.95, 15 * time.Hour, false}, {power.LiFePO4, 0.85, 12 * time.Hour, false},
		{power.LiFePO4, 0.4, 9 * time.Hour, true}, {power.LiFePO4, 0.3, 5 * time.Hour, true},
		{power.LeadAcid, 0.95, 15 * time.Hour, false}, {power.LeadAcid, 0.85, 12 * time.Hour, false},
		{power.LeadAcid, 0.4, 8 * time.Hour, true}, {power.LeadAcid, 0.3, 5 * time.Hour, true},
	} {
		b := powertest.New(tt.chem, 40, config(tt.chem).Volts, tt.health)
		b.Gain, b.Offset = 0.02, 0.02
		r := newRig(t, config(tt.chem), b)
		r.run(time.Hour, true)
		if r.d.Has(power.CauseBatteryAged) || !r.d.Capacity.TestDue {
			t.Errorf("%s %g: judged before it was measured", tt.chem, tt.health)
		}
		r.run(tt.cut, false)
		r.run(2*time.Hour, true)
		k, truth := r.d.Capacity, 40*tt.health
		t.Logf("%-9s health %.2f: measured %v %.1f to %.1f Ah, truth %.1f, aged %v", tt.chem, tt.health, k.Measured, k.LowAh, k.HighAh, truth, r.d.Has(power.CauseBatteryAged))
		if r.d.OnBattery || r.d.Has(power.CauseBatteryAged) != tt.aged {
			t.Errorf("%s %g: faults %v", tt.chem, tt.health, r.d.Faults)
		}
		if k.Measured && (k.LowAh > truth*1.05 || k.HighAh < truth*0.95) {
			t.Errorf("%s %g: capacity %.1f to %.1f Ah, truth %.1f", tt.chem, tt.health, k.LowAh, k.HighAh, truth)
		}
	}
}

func TestNothingFlapsOnMainsThatComeAndGo(t *testing.T) {
	r := newRig(t, config(power.LiFePO4), powertest.New(power.LiFePO4, 40, 12.8, 1))
	r.run(time.Hour, true)
	switched, before := 0, r.d.On
	for range 90 {
		for _, mains := range []bool{false, true} {
			r.run(20*time.Second, mains)
			if r.d.On != before {
				switched++
				before = r.d.On
			}
		}
	}
	if switched > 4 || !r.d.Has(power.CauseMainsUnstable) || r.d.On.Has(power.Television) {
		t.Errorf("switched %d times, on %v, faults %v", switched, r.d.On.List(), r.d.Faults)
	}
	r.run(25*time.Minute, true)
	if r.d.On.Has(power.Television) {
		t.Error("the television came back after 25 min of mains that had failed 90 times")
	}
	var order []power.Load
	for range 1000 {
		r.step(true)
		r.now += tick
		if r.d.On != before {
			order = append(order, (r.d.On &^ before).List()...)
			before = r.d.On
		}
	}
	if len(order) < 2 || order[len(order)-1] != power.Television || r.d.On != power.All {
		t.Errorf("came back as %v, on %v", order, r.d.On.List())
	}
	r.run(2*time.Hour, true)
	if len(r.d.Faults) != 0 {
		t.Errorf("hours later: %v", r.d.Faults)
	}
}

func TestWhatIsNotKnownIsNotGood(t *testing.T) {
	for name, tt := range map[string]struct {
		blind  func(*rig)
		mains  bool
		causes []string
		shed   power.Loads
	}{
		"all sensors, mains":     {func(*rig) {}, true, nil, 0},
		"nothing":                {func(r *rig) { r.noMains, r.noVolts, r.noAmps, r.noTemp = true, true, true, true }, true, []string{power.CauseMainsUnknown, power.CauseBatteryUnknown}, power.All},
		"contact, cut":           {func(r *rig) { r.noVolts, r.noAmps, r.noTemp = true, true, true }, false, []string{power.CauseOnBattery, power.CauseBatteryUnknown}, power.All},
		"contact, mains":         {func(r *rig) { r.noVolts, r.noAmps, r.noTemp = true, true, true }, true, []string{power.CauseBatteryUnknown}, 0},
		"current instead, cut":   {func(r *rig) { r.noMains = true }, false, []string{power.CauseOnBattery, power.CauseBatteryUnknown}, power.All},
		"gauge only, mains":      {func(r *rig) { r.noVolts, r.noAmps, r.gauge = true, true, true }, true, nil, 0},
		"resting current, mains": {func(r *rig) { r.noMains, r.noVolts = true, true }, true, []string{power.CauseMainsUnknown}, power.All},
		"voltage instead, mains": {func(r *rig) { r.noMains, r.noAmps = true, true }, true, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, config(power.LiFePO4), powertest.New(power.LiFePO4, 40, 12.8, 1))
			tt.blind(r)
			r.run(4*time.Minute, tt.mains)
			var causes []string
			for _, f := range r.d.Faults {
				if f.Cause != power.CauseBatteryUnknown || tt.causes != nil && tt.causes[len(tt.causes)-1] == power.CauseBatteryUnknown {
					causes = append(causes, f.Cause)
				}
			}
			if strings.Join(causes, " ") != strings.Join(tt.causes, " ") || r.d.Shed != tt.shed {
				t.Errorf("faults %v, shed %v, want %v, %v", causes, r.d.Shed.List(), tt.causes, tt.shed.List())
			}
			if tt.mains && !r.d.AllowTakeoverScreen {
				t.Error("a fire was refused its screen by a sensor")
			}
			if !tt.mains && r.d.AllowTakeoverScreen && !r.d.Remaining.Known {
				t.Error("a screen was woken on a battery that nobody knows")
			}
		})
	}
}

func TestLithiumIsNotChargedInTheCold(t *testing.T) {
	b := powertest.New(power.LiFePO4, 40, 12.8, 1)
	r := newRig(t, config(power.LiFePO4), b)
	r.run(time.Hour, true)
	r.run(2*time.Hour, false)
	b.Celsius = -15
	r.run(25*time.Hour, true)
	if r.d.ChargeAllowed || !r.d.WantWarmth || !r.d.Has(power.CauseRecharge) || r.d.ChargeText.EN == "" {
		t.Errorf("charge %v warmth %v faults %v", r.d.ChargeAllowed, r.d.WantWarmth, r.d.Faults)
	}
	for celsius, allowed := range map[float64]bool{-0.1: false, 1.9: false} {
		b.Celsius = celsius
		if r.run(time.Minute, true); r.d.ChargeAllowed != allowed {
			t.Errorf("%g °C: %v", celsius, r.d.ChargeAllowed)
		}
	}
	for _, step := range []struct {
		celsius float64
		allowed bool
	}{{2, true}, {0.1, true}, {-0.1, false}, {1, false}, {20, true}, {45.5, false}, {44, false}, {42, true}} {
		b.Celsius = step.celsius
		if r.run(tick, true); r.d.ChargeAllowed != step.allowed {
			t.Errorf("%g °C: %v", step.celsius, r.d.ChargeAllowed)
		}
	}
	r.run(10*time.Hour, true)
	if len(r.d.Faults) != 0 {
		t.Errorf("recharged: %v", r.d.Faults)
	}
}

func TestAChargerThatDoesNotObey(t *testing.T) {
	c := config(power.LiFePO4)
	var s power.State
	var d power.Decision
	for at := time.Duration(0); at < 3*time.Minute; at += time.Second {
		s, d = power.Step(s, power.Reading{
			At: at, Mains: power.MainsPresent, MainsAt: at, Voltage: power.Measured(13.5, at),
			Current: power.Measured(5, at), Temperature: power.Measured(-5, at),
		}, c)
	}
	if !d.Has(power.CauseCharging) {
		t.Errorf("%v", d.Faults)
	}
}

func TestASupplyThatFailsBehindItsContact(t *testing.T) {
	c := config(power.LiFePO4)
	var s power.State
	var d power.Decision
	for at := time.Duration(0); at < 3*time.Minute; at += time.Second {
		s, d = power.Step(s, power.Reading{
			At: at, Mains: power.MainsPresent, MainsAt: at, Voltage: power.Measured(13.0, at),
			Current: power.Measured(-9, at), Temperature: power.Measured(5, at),
		}, c)
	}
	if !d.OnBattery || !d.Has(power.CauseOnBattery) || !d.Has(power.CauseSupply) || !d.Shed.Has(power.Television) {
		t.Errorf("on battery %v, shed %v, %v", d.OnBattery, d.Shed.List(), d.Faults)
	}
}

func TestATakeoverWakesAScreenWithinTheBudget(t *testing.T) {
	r := newRig(t, config(power.LiFePO4), powertest.New(power.LiFePO4, 40, 12.8, 1))
	r.run(time.Hour, true)
	r.run(time.Hour, false)
	if r.d.On.Has(power.Television) || !r.d.AllowTakeoverScreen {
		t.Fatalf("on %v, screen %v", r.d.On.List(), r.d.AllowTakeoverScreen)
	}
	r.takeOn = true
	r.run(time.Minute, false)
	if !r.d.On.Has(power.Television) || !r.d.On.Has(power.LED) || !r.d.Shed.Has(power.Television) {
		t.Errorf("a takeover woke %v", r.d.On.List())
	}
	changes, was := 0, true
	for !r.dead {
		r.step(false)
		r.now += tick
		if r.d.AllowTakeoverScreen != was {
			was = !was
			changes++
		}
	}
	if changes != 1 || was {
		t.Errorf("the screen changed %d times, is %v", changes, was)
	}
}

func TestLoadsAreLearned(t *testing.T) {
	c := config(power.LiFePO4)
	c.Watts.Camera, c.CapacityAh = 12, 120 // the LED board stays on, one load changes at a time
	r := newRig(t, c, powertest.New(power.LiFePO4, 120, 12.8, 1))
	r.run(time.Hour, true)
	r.c.Watts.Television = 130 // the real one; the keeper is told 90 below
	real := r.c
	keeper := c
	r.takeOn = false
	for range 400 {
		watts := real.Watts.Watch()
		if r.d.On.Has(power.Television) {
			watts += 130
		}
		if r.d.On.Has(power.Camera) {
			watts += 12
		}
		if r.d.On.Has(power.LED) {
			watts += 60
		}
		volts, amps, _ := r.b.Draw(watts, tick)
		r.takeOn = r.now/time.Minute%4 >= 2
		r.s, r.d = power.Step(r.s, r.reading(false, volts, amps), keeper)
		r.now += tick
	}
	if got := r.d.Learned[power.Television]; math.Abs(got-130) > 10 {
		t.Errorf("television %.0f W", got)
	}
	if !r.d.Remaining.MeasuredLoad {
		t.Error("the load was not measured")
	}
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	if err := config(power.LiFePO4).Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*power.Config){
		"chemistry":   func(c *power.Config) { c.Chemistry = "alkaline" },
		"too small":   func(c *power.Config) { c.CapacityAh = 20 },
		"television":  func(c *power.Config) { c.Watts.Television = math.NaN() },
		"nominal":     func(c *power.Config) { c.Volts = 0 },
		"steady":      func(c *power.Config) { c.Steady = -time.Second },
		"coldest":     func(c *power.Config) { v := -60.0; c.ColdestC = &v },
		"board watts": func(c *power.Config) { c.Watts.Board = 0 },
	} {
		c := config(power.LiFePO4)
		change(&c)
		if err := c.Check(); !errors.Is(err, power.ErrConfig) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSnapshots(t *testing.T) {
	c := config(power.LeadAcid)
	r := newRig(t, c, powertest.New(power.LeadAcid, 40, 12, 0.45))
	r.run(time.Hour, true)
	r.run(9*time.Hour, false)
	data, err := r.s.Snapshot("boot-1")
	if err != nil {
		t.Fatal(err)
	}
	same, err := power.Restore(data, "boot-1", r.now+10*time.Second, c)
	if err != nil {
		t.Fatal(err)
	}
	in := r.reading(false, 12, -1.6)
	in.At += 15 * time.Second
	_, d := power.Step(same, in, c)
	if d.Capacity != r.d.Capacity && !d.Capacity.Measured || !d.Remaining.Known {
		t.Errorf("capacity %+v, was %+v; remaining %+v", d.Capacity, r.d.Capacity, d.Remaining)
	}
	fresh, d := power.Step(same.NewBattery(), in, c)
	if d.Capacity.Measured || d.Has(power.CauseBatteryAged) || d.Capacity.HighAh != 40 || fresh == same {
		t.Errorf("a new battery: %+v, %v", d.Capacity, d.Faults)
	}
	other, err := power.Restore(data, "boot-2", time.Second, c)
	if err != nil {
		t.Fatal(err)
	}
	if _, d := power.Step(other, power.Reading{At: time.Second}, c); d.Remaining.Known || !d.Capacity.Measured {
		t.Errorf("after a reboot: remaining %+v, capacity %+v", d.Remaining, d.Capacity)
	}
	for _, bad := range []string{
		"", "{}", "null", "[]", string(data) + "x", strings.Replace(string(data), `"v":1`, `"v":2`, 1),
		strings.Replace(string(data), `"measured"`, `"meassured"`, 1), strings.Replace(string(data), `"low_ah":`, `"low_ah":-`, 1),
		strings.Replace(string(data), `"low_ah":`, `"low_ah":99`, 1),
	} {
		if _, err := power.Restore([]byte(bad), "b", 0, c); !errors.Is(err, power.ErrSnapshot) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// Whatever is read, in whatever order: nothing vital is in reach, what is shed is a beginning
// of the order, lithium in the cold is not charged, the unknown is a fault, a fire on mains
// gets its screens, and nothing panics.
func TestWhateverIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := config(rapid.SampledFrom([]power.Chemistry{power.LiFePO4, power.LeadAcid}).Draw(t, "chemistry"))
		var s power.State
		at := time.Duration(rapid.Int64Range(int64(time.Minute), int64(time.Hour)).Draw(t, "start"))
		value := func(name string, lo, hi float64) power.Value {
			switch rapid.IntRange(0, 5).Draw(t, name+"?") {
			case 0:
				return power.Value{}
			case 1:
				return power.Measured(rapid.Float64().Draw(t, name), at)
			case 2:
				return power.Measured(math.NaN(), at)
			case 3:
				return power.Measured(rapid.Float64Range(lo, hi).Draw(t, name), at-time.Hour)
			}
			return power.Measured(rapid.Float64Range(lo, hi).Draw(t, name), at)
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			at += time.Duration(rapid.Int64Range(-int64(time.Second), int64(20*time.Minute)).Draw(t, "dt"))
			in := power.Reading{
				At: at, Mains: power.Mains(rapid.Uint8Range(0, 3).Draw(t, "mains")), MainsAt: at,
				Voltage: value("volts", 0, 16), Current: value("amps", -30, 30), Charge: value("charge", 0, 1),
				Temperature: value("celsius", -40, 50), Takeover: rapid.Bool().Draw(t, "takeover"), HeaterOn: rapid.Bool().Draw(t, "heater"),
			}
			var d power.Decision
			s, d = power.Step(s, in, c)
			cold := !in.Temperature.Known || !(in.Temperature.V >= 0) || in.Temperature.At < at-10*time.Minute
			if c.Chemistry == power.LiFePO4 && d.ChargeAllowed && cold {
				t.Fatalf("charging at %+v", in.Temperature)
			}
			if d.Shed.Has(power.Camera) && !d.Shed.Has(power.LED) || d.Shed.Has(power.LED) && !d.Shed.Has(power.Television) {
				t.Fatalf("shed %v", d.Shed.List())
			}
			if d.OnBattery != d.Has(power.CauseOnBattery) || (d.Mains == power.MainsUnknown) != d.Has(power.CauseMainsUnknown) {
				t.Fatalf("mains %s, on battery %v, faults %v", d.Mains, d.OnBattery, d.Faults)
			}
			if !d.OnBattery && !d.AllowTakeoverScreen {
				t.Fatal("a takeover was refused without a known cut")
			}
			if m := d.Remaining; math.IsNaN(m.LeastWh) || m.Least < 0 || m.Least > m.Most || !m.Known && m.Likely != 0 {
				t.Fatalf("remaining %+v", m)
			}
			data, err := s.Snapshot("b")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := power.Restore(data, "b", at, c); err != nil {
				t.Fatalf("restore %s: %v", data, err)
			}
		}
	})
}
