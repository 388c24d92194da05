package power_test

import (
	"math"
	"testing"
	"time"

	"firepost/gateway/internal/power"
	"firepost/gateway/internal/power/powertest"
)

const tick = 5 * time.Second

func config(chem power.Chemistry) power.Config {
	volts := 12.8
	if chem == power.LeadAcid {
		volts = 12
	}
	return power.Config{
		Chemistry: chem, CapacityAh: 40, Volts: volts, InternalOhm: 0.02,
		Watts: power.Watts{
			Board: 6, Buses: 8, Uplink: 5, Sounder: 15, Heater: 150, Television: 90, LED: 60, Camera: 6,
		},
	}
}

// rig is a booth: battery, loads, charger, keeper.
type rig struct {
	t       *testing.T
	c       power.Config
	b       *powertest.Battery
	s       power.State
	d       power.Decision
	now     time.Duration
	dead    bool
	served  time.Duration // alarm time sounded
	wanted  time.Duration
	takeOn  bool
	sound   bool
	worst   float64 // worst error of Likely, hours
	faulted map[string]time.Duration
	// blind hides sensors.
	noVolts, noAmps, noTemp, noMains, gauge bool
	estimates                               bool
}

func newRig(t *testing.T, c power.Config, b *powertest.Battery) *rig {
	t.Helper()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return &rig{t: t, c: c, b: b, faulted: map[string]time.Duration{}}
}

// run goes on for d with the mains on or off.
func (r *rig) run(d time.Duration, mains bool) {
	r.t.Helper()
	for end := r.now + d; r.now < end; r.now += tick {
		r.step(mains)
	}
}

func (r *rig) step(mains bool) {
	r.t.Helper()
	if r.sound {
		r.wanted += tick
	}
	if r.dead {
		if !mains {
			return
		}
		// The board boots: what was saved is all that it knows.
		data, err := r.s.Snapshot("before")
		if err != nil {
			r.t.Fatal(err)
		}
		if r.s, err = power.Restore(data, "after", r.now, r.c); err != nil {
			r.t.Fatal(err)
		}
		r.dead = false
	}
	w := r.c.Watts
	watts := w.Watch()
	for _, l := range r.d.On.List() {
		watts += map[power.Load]float64{power.Television: w.Television, power.LED: w.LED, power.Camera: w.Camera}[l]
	}
	if r.sound {
		watts += w.Sounder
	}
	var volts, amps float64
	if mains {
		charge := 8.0
		if !r.d.ChargeAllowed {
			charge = 0
		}
		volts, amps = r.b.Charge(charge, tick)
	} else {
		var alive bool
		if volts, amps, alive = r.b.Draw(watts, tick); !alive {
			r.dead = true
			return
		}
	}
	if r.sound {
		r.served += tick
	}
	r.s, r.d = power.Step(r.s, r.reading(mains, volts, amps), r.c)
	r.check(mains)
}

func (r *rig) reading(mains bool, volts, amps float64) power.Reading {
	in := power.Reading{At: r.now, MainsAt: r.now, Takeover: r.takeOn, Sounding: r.sound}
	if !r.noMains {
		in.Mains = power.MainsAbsent
		if mains {
			in.Mains = power.MainsPresent
		}
	}
	noise := 0.01 * math.Sin(float64(r.now/tick)*1.7)
	if !r.noVolts {
		in.Voltage = power.Measured(volts+noise, r.now)
	}
	if !r.noAmps {
		in.Current = power.Measured(amps, r.now)
	}
	if !r.noTemp {
		in.Temperature = power.Measured(r.b.Celsius, r.now)
	}
	if r.gauge {
		in.Charge = power.Measured(max(0, 1-r.b.Removed/r.b.TrueAh), r.now)
	}
	return in
}

// check holds the invariants after each step.
func (r *rig) check(mains bool) {
	r.t.Helper()
	d := &r.d
	for _, f := range d.Faults {
		if _, ok := r.faulted[f.Cause]; !ok {
			r.faulted[f.Cause] = r.now
		}
		if f.Text.ZH == "" || f.Text.EN == "" {
			r.t.Fatalf("%s: fault %s without words", r.now, f.Cause)
		}
	}
	if d.Shed.Has(power.Camera) && !d.Shed.Has(power.LED) || d.Shed.Has(power.LED) && !d.Shed.Has(power.Television) {
		r.t.Fatalf("%s: shed out of order: %v", r.now, d.Shed.List())
	}
	if d.ChargeAllowed && r.c.Chemistry == power.LiFePO4 && (r.noTemp || r.b.Celsius < 0) {
		r.t.Fatalf("%s: charging lithium at %g °C", r.now, r.b.Celsius)
	}
	m := d.Remaining
	if m.Known && (m.Least > m.Likely || m.Likely > m.Most || m.LeastWh > m.MostWh) {
		r.t.Fatalf("%s: estimate out of order: %+v", r.now, m)
	}
	if !mains && m.Known && m.MeasuredLoad && r.estimates && r.now%(10*time.Minute) == 0 {
		truth := r.b.Lasts(m.Watts)
		if m.Least > truth+truth/50+6*time.Minute || m.Most < truth-truth/50-6*time.Minute {
			r.t.Errorf("%s: estimate %s to %s (%s), the truth is %s", r.now, m.Least, m.Most, m.How, truth)
		}
		r.worst = math.Max(r.worst, math.Abs((m.Likely - truth).Hours()))
	}
}

// watchThenAlarms is GB/T 45839-2025 5.7.2: 8 h of watch, then 30 min with ten alarms.
func (r *rig) watchThenAlarms() {
	r.t.Helper()
	r.run(8*time.Hour, false)
	for range 10 {
		r.sound = true
		r.run(90*time.Second, false)
		r.takeOn = true
		r.run(90*time.Second, false)
		r.sound, r.takeOn = false, false
	}
}

func TestEightHoursThenTenAlarms(t *testing.T) {
	t.Logf("%-34s %7s %8s %9s %9s %9s %7s", "battery", "served", "of", "left Wh", "least Wh", "worst h", "state")
	for _, tt := range []struct {
		name    string
		chem    power.Chemistry
		health  float64
		celsius float64
		bias    float64
		gauge   bool
	}{
		{"LiFePO4 new 20 °C", power.LiFePO4, 1, 20, 0, false},
		{"LiFePO4 new 20 °C with gauge", power.LiFePO4, 1, 20, 0, true},
		{"LiFePO4 new -10 °C", power.LiFePO4, 1, -10, 0, false},
		{"LiFePO4 used -10 °C", power.LiFePO4, 0.85, -10, -0.03, false},
		{"LiFePO4 used 5 °C, better in cold", power.LiFePO4, 0.85, 5, 0.04, false},
		{"lead-acid new 20 °C", power.LeadAcid, 1, 20, 0, false},
		{"lead-acid new -10 °C", power.LeadAcid, 1, -10, 0, false},
		{"lead-acid used -10 °C", power.LeadAcid, 0.85, -10, -0.03, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := powertest.New(tt.chem, 40, config(tt.chem).Volts, tt.health)
			b.Bias, b.Gain, b.Offset = tt.bias, 0.02, -0.02
			r := newRig(t, config(tt.chem), b)
			r.gauge, r.estimates = tt.gauge, true
			r.run(time.Hour, true)
			if r.d.Has(power.CauseBatteryLow) || r.d.Shed != 0 {
				t.Fatalf("a full battery on mains: %v shed %v", r.d.Faults, r.d.Shed.List())
			}
			b.Celsius = tt.celsius
			r.run(time.Minute, true)
			r.watchThenAlarms()
			t.Logf("%-34s %7s %8s %9.0f %9.0f %9.2f", tt.name, r.served, r.wanted,
				r.b.Lasts(19).Hours()*19, r.d.Remaining.LeastWh, r.worst)
			if r.dead || r.served != r.wanted || r.wanted != 30*time.Minute {
				t.Errorf("alarms sounded for %s of %s, dead %v", r.served, r.wanted, r.dead)
			}
			if r.worst > 3 {
				t.Errorf("the estimate was off by %.1f h", r.worst)
			}
		})
	}
}

func TestCutsOfAllLengths(t *testing.T) {
	t.Logf("%-10s %6s %10s %10s %10s %12s", "cut", "dead", "on_battery", "low at", "shed all", "full again")
	for _, cut := range []time.Duration{
		tick, 15 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 4 * time.Hour,
		9 * time.Hour, 15 * time.Hour, 24 * time.Hour, 60 * time.Hour,
	} {
		for _, chem := range []power.Chemistry{power.LiFePO4, power.LeadAcid} {
			b := powertest.New(chem, 40, config(chem).Volts, 0.9)
			b.Gain, b.Offset = -0.02, 0.02
			r := newRig(t, config(chem), b)
			r.run(time.Hour, true)
			from := r.now
			clear(r.faulted)
			r.run(cut, false)
			dead := r.dead
			_, lost := r.faulted[power.CauseOnBattery]
			low, wasLow := r.faulted[power.CauseBatteryLow]
			switch {
			case lost != (cut >= 10*time.Second):
				t.Errorf("%s %s: on_battery %v", chem, cut, lost)
			case dead && !wasLow:
				t.Errorf("%s %s: empty without a word", chem, cut)
			case wasLow && dead && low-from > cut-30*time.Minute:
				t.Errorf("%s %s: low only %s after the cut", chem, cut, low-from)
			}
			if cut >= 15*time.Second && !dead && !r.d.Shed.Has(power.Television) {
				t.Errorf("%s %s: the television is on", chem, cut)
			}
			back := r.now
			for r.now < back+24*time.Hour && (r.b.Removed > 0.1 || r.now < back+30*time.Minute) {
				r.run(10*time.Minute, true)
			}
			t.Logf("%-10s %-9s dead %-5v low %-8v after %-10s full after %s", cut, chem, dead, wasLow, low-from, r.now-back)
			if r.d.OnBattery || r.d.Shed != 0 || r.d.Has(power.CauseRecharge) || r.d.Has(power.CauseBatteryAged) {
				t.Errorf("%s %s: afterwards %v, shed %v", chem, cut, r.d.Faults, r.d.Shed.List())
			}
		}
	}
}

// Days of cuts, dips and cold as they come: the estimate holds, every alarm sounds while
// there is energy, an empty battery was low before, and what was shed comes back.
func TestDaysOfCuts(t *testing.T) {
	t.Logf("%-10s %4s %6s %8s %8s %9s %s", "battery", "seed", "cuts", "longest", "deaths", "worst h", "faults seen")
	for _, seed := range []uint64{0, 1, 4, 7} {
		chem := []power.Chemistry{power.LiFePO4, power.LeadAcid}[seed%2]
		b := powertest.New(chem, 40, config(chem).Volts, 0.84+0.02*float64(seed))
		b.Gain, b.Offset, b.Bias = 0.02*float64(seed%3)-0.02, 0.01*float64(seed%3), 0.02*float64(seed%3)-0.02
		r := newRig(t, config(chem), b)
		r.estimates, r.gauge = true, seed%4 == 3
		random := seed
		next := func(n uint64) int {
			random = random*6364136223846793005 + 1442695040888963407
			return int(random >> 33 % n)
		}
		r.run(12*time.Hour, true)
		cuts, deaths, longest := 0, 0, time.Duration(0)
		for r.now < 4*24*time.Hour {
			b.Celsius = float64(next(35)) - 12
			cut := time.Duration([...]int{1, 3, 30, 120, 2400, 9600}[next(6)]*(1+next(3))) * tick
			cuts, longest = cuts+1, max(longest, cut)
			clear(r.faulted)
			from := r.now
			r.run(cut/2, false)
			r.sound = !r.dead
			r.run(3*time.Minute, false)
			r.sound = false
			r.run(cut/2, false)
			if r.dead {
				deaths++
				if low, ok := r.faulted[power.CauseBatteryLow]; !ok {
					t.Errorf("seed %d: empty without a word: %+v %+v, battery %+v, cut %s", seed, r.d.Remaining, r.d.Capacity, *b, cut)
				} else {
					t.Logf("seed %d: low after %s of a cut of %s at %g °C", seed, low-from, r.now-from, b.Celsius)
				}
			}
			b.Celsius = max(b.Celsius, 8)
			r.run(time.Duration(1+next(9))*time.Hour, true)
			weak := r.d.Remaining.LeastWh < r.c.NeedWh()/2
			if r.d.OnBattery || r.d.Shed != 0 && !weak || r.d.Has(power.CauseBatteryAged) {
				t.Errorf("seed %d: an hour after: shed %v, %v", seed, r.d.Shed.List(), r.d.Faults)
			}
		}
		t.Logf("%-10s %4d %6d %8s %8d %9.2f", chem, seed, cuts, longest, deaths, r.worst)
	}
}
