package analog_test

import (
	"errors"
	"math"
	"testing"

	"firepost/drivers/analog"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
)

func gauge(e contract.Electrical) *contract.Contract {
	loop := contract.Point{Name: "loop", Type: contract.U16, Role: contract.RoleFault}
	for raw := range uint64(5) {
		m := contract.Fault
		if raw == 0 {
			m = contract.Normal
		}
		loop.Values = append(loop.Values, contract.ValueMeaning{Raw: raw, Means: m})
	}
	return &contract.Contract{
		Name: "gauge", Version: 1, Transport: contract.Analog, Electrical: &e,
		Points: []contract.Point{
			{Name: "pressure", Type: contract.F32, Unit: "MPa", Range: &contract.Range{Min: 0, Max: 1.6}, Role: contract.RolePressure},
			loop,
		},
	}
}

func current() contract.Electrical {
	return contract.Electrical{Kind: contract.Current, Zero: 4, Full: 20, Broken: 3.6, Short: 21}
}

func ratiometric() contract.Electrical {
	return contract.Electrical{Kind: contract.Ratiometric, Zero: 0.5, Full: 4.5, Broken: 0.25, Short: 4.75, Supply: 5}
}

func supervised() *contract.Contract {
	return &contract.Contract{
		Name: "contact-supervised", Version: 1, Transport: contract.Analog,
		Electrical: &contract.Electrical{Kind: contract.Supervised},
		Points: []contract.Point{{Name: "contact", Type: contract.U16, Role: contract.RoleInput, Values: []contract.ValueMeaning{
			{Raw: 0, Means: contract.Normal}, {Raw: 1, Means: contract.Normal},
			{Raw: 2, Means: contract.Fault}, {Raw: 3, Means: contract.Fault},
		}}},
	}
}

func sensor(t *testing.T, c *contract.Contract, w analog.Wiring) *analog.Sensor {
	t.Helper()
	s, err := analog.New(c, w)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// NAMUR NE 43 at 100 ohms: 1 mA is 0.1 V.
func TestCurrentLoop(t *testing.T) {
	s := sensor(t, gauge(current()), analog.Wiring{ShuntOhms: 100})
	for _, c := range []struct {
		milliamps float64
		loop      uint64
		value     float64
	}{
		{-1, analog.LoopBroken, 0}, {0, analog.LoopBroken, 0}, {3.59, analog.LoopBroken, 0},
		{3.61, analog.LoopUnder, 0}, {3.79, analog.LoopUnder, 0},
		{3.80, analog.LoopSound, -0.02}, {3.95, analog.LoopSound, -0.005}, {4, analog.LoopSound, 0},
		{12, analog.LoopSound, 0.8}, {20, analog.LoopSound, 1.6}, {20.5, analog.LoopSound, 1.65},
		{20.51, analog.LoopOver, 0}, {20.99, analog.LoopOver, 0},
		{21.01, analog.LoopShort, 0}, {24, analog.LoopShort, 0}, {40, analog.LoopShort, 0},
	} {
		out := s.Convert(nil, analog.Input{Volts: c.milliamps / 10})
		if len(out) != 2 || out[0].Point != 0 || out[1].Point != 1 || out[1].Raw != c.loop {
			t.Errorf("%g mA: %+v", c.milliamps, out)
			continue
		}
		if c.loop != analog.LoopSound {
			if out[0].Quality != contract.Invalid || out[0].Means != contract.Fault || out[1].Means != contract.Fault || !math.IsNaN(out[0].Value) {
				t.Errorf("%g mA is no pressure: %+v", c.milliamps, out)
			}
			continue
		}
		if out[0].Quality != contract.Good || math.Abs(out[0].Value-c.value) > 1e-9 || out[1].Means != contract.Normal {
			t.Errorf("%g mA: %+v, want %g", c.milliamps, out, c.value)
		}
	}
}

func TestHopelessInputs(t *testing.T) {
	for name, s := range map[string]*analog.Sensor{
		"current":     sensor(t, gauge(current()), analog.Wiring{ShuntOhms: 100}),
		"ratiometric": sensor(t, gauge(ratiometric()), analog.Wiring{}),
		"supervised":  sensor(t, supervised(), analog.Wiring{Loop: goodLoop()}),
	} {
		for _, in := range []analog.Input{
			{Volts: math.NaN()}, {Volts: math.Inf(1)}, {Volts: math.Inf(-1)}, {Volts: 1, Saturated: true}, {Volts: -3},
		} {
			for _, out := range s.Convert(nil, in) {
				if out.Quality == contract.Good && out.Means == contract.Normal {
					t.Errorf("%s: %+v gives %+v", name, in, out)
				}
			}
		}
	}
}

func TestRatiometric(t *testing.T) {
	nominal := sensor(t, gauge(ratiometric()), analog.Wiring{Divider: 2})
	measured := sensor(t, gauge(ratiometric()), analog.Wiring{Divider: 2, SupplyMeasured: true})
	for _, c := range []struct {
		s      *analog.Sensor
		volts  float64 // at the sensor
		supply float64
		loop   uint64
		value  float64
	}{
		{nominal, 0.24, 0, analog.LoopBroken, 0}, {nominal, 0.26, 0, analog.LoopUnder, 0},
		{nominal, 0.5, 0, analog.LoopSound, 0}, {nominal, 2.5, 0, analog.LoopSound, 0.8},
		{nominal, 4.5, 0, analog.LoopSound, 1.6}, {nominal, 4.7, 0, analog.LoopOver, 0}, {nominal, 4.76, 0, analog.LoopShort, 0},
		{measured, 2.5, 5, analog.LoopSound, 0.8}, {measured, 2.4, 4.8, analog.LoopSound, 0.8},
		{measured, 2.6, 5.2, analog.LoopSound, 0.8}, {measured, 4.8, 5.4, analog.LoopSound, 1.6 * (4.8/5.4*5 - 0.5) / 4},
		{measured, 2.5, 0, analog.LoopSupply, 0}, {measured, 2.5, 4.2, analog.LoopSupply, 0},
		{measured, 2.5, math.NaN(), analog.LoopSupply, 0}, {measured, 2.5, -5, analog.LoopSupply, 0},
	} {
		out := c.s.Convert(nil, analog.Input{Volts: c.volts / 2, Supply: c.supply})
		if out[1].Raw != c.loop {
			t.Errorf("%g V of %g V: %+v, want %d", c.volts, c.supply, out, c.loop)
			continue
		}
		if good := out[0].Quality == contract.Good; good != (c.loop == 0) || good && math.Abs(out[0].Value-c.value) > 1e-9 {
			t.Errorf("%g V of %g V: %+v, want %g", c.volts, c.supply, out, c.value)
		}
		// A state that the contract doesn't list is a fault all the same.
		if c.loop != 0 && out[1].Means != contract.Fault {
			t.Errorf("loop %d means %v", c.loop, out[1].Means)
		}
	}
}

func TestSpanAndType(t *testing.T) {
	c := gauge(current())
	c.Points[0].Type = contract.I16
	s := sensor(t, c, analog.Wiring{ShuntOhms: 150, From: -100, To: 300})
	out := s.Convert(nil, analog.Input{Volts: 1.8}) // 12 mA
	if out[0].Value != 100 || out[0].Raw != 100 || out[0].Quality != contract.Good {
		t.Errorf("middle of -100 to 300: %+v", out[0])
	}
	if v := s.MaxVolts(); math.Abs(v-3.15) > 1e-9 {
		t.Errorf("21 mA over 150 ohms: %g V", v)
	}
}

func goodLoop() analog.Loop {
	return analog.Loop{SupplyVolts: 3.3, PullUpOhms: 10e3, EndOfLineOhms: 10e3, AlarmOhms: 3.3e3}
}

// 3.3 V, 10 kΩ, 10 kΩ, 3.3 kΩ by hand: normal 1.65 V; alarm: 2.481 kΩ, 0.656 V; open 3.3 V.
func TestSupervisedContact(t *testing.T) {
	s := sensor(t, supervised(), analog.Wiring{Loop: goodLoop()})
	for _, c := range []struct {
		volts float64
		want  uint64
	}{
		{0, analog.ContactShort}, {0.1, analog.ContactShort}, {0.5, analog.ContactAlarm},
		{0.656, analog.ContactAlarm}, {0.75, analog.ContactAlarm}, {0.9, analog.ContactAlarm},
		{1.3, analog.ContactUnclear}, {1.55, analog.ContactNormal}, {1.65, analog.ContactNormal}, {1.75, analog.ContactNormal},
		{2.0, analog.ContactUnclear}, {2.9, analog.ContactBroken}, {3.3, analog.ContactBroken},
	} {
		out := s.Convert(nil, analog.Input{Volts: c.volts})
		if len(out) != 1 || out[0].Raw != c.want {
			t.Errorf("%g V: %+v, want %d", c.volts, out, c.want)
			continue
		}
		if faulty := c.want >= 2; faulty != (out[0].Means == contract.Fault) {
			t.Errorf("%g V means %v", c.volts, out[0].Means)
		}
	}
	if out := s.Convert(nil, analog.Input{Volts: 1.65, Saturated: true}); out[0].Raw != analog.ContactBroken {
		t.Errorf("saturated: %+v", out)
	}
}

// Whatever the resistors are within their tolerance, each state is told, and never as normal
// when it is not; and no voltage at all between a closed contact and a sound one is normal.
func TestSupervisedTolerances(t *testing.T) {
	for _, l := range []analog.Loop{
		goodLoop(),
		{SupplyVolts: 24, PullUpOhms: 4700, EndOfLineOhms: 4700, AlarmOhms: 1500},
		{SupplyVolts: 12, PullUpOhms: 2200, EndOfLineOhms: 4700, AlarmOhms: 1000},
	} {
		w := analog.Wiring{Loop: l, Divider: max(1, l.SupplyVolts/3)}
		s := sensor(t, supervised(), w)
		at := func(supply, up, load float64) uint64 {
			v := supply
			if !math.IsInf(load, 1) {
				v = supply * load / (up + load)
			}
			return s.Convert(nil, analog.Input{Volts: v / w.Divider})[0].Raw
		}
		for _, a := range []float64{0.95, 1, 1.05} {
			for _, b := range []float64{0.95, 1, 1.05} {
				for _, c := range []float64{0.95, 1, 1.05} {
					for _, d := range []float64{0.95, 1, 1.05} {
						up, eol, al, supply := l.PullUpOhms*a, l.EndOfLineOhms*b, l.AlarmOhms*c, l.SupplyVolts*d
						got := [4]uint64{
							at(supply, up, eol), at(supply, up, eol*al/(eol+al)), at(supply, up, math.Inf(1)), at(supply, up, 0),
						}
						if got != [4]uint64{0, 1, 2, 3} {
							t.Fatalf("%+v with %g %g %g %g: %v", l, a, b, c, d, got)
						}
					}
				}
			}
		}
		// Leakage pulls a sound loop down; a bad contact leaves an alarm too high. Neither is ever
		// taken for normal before it is within normal's own tolerance.
		for ohms := l.AlarmOhms * 1.05; ohms < 20*l.EndOfLineOhms; ohms *= 1.02 {
			load := l.EndOfLineOhms * ohms / (l.EndOfLineOhms + ohms)
			if got := at(l.SupplyVolts, l.PullUpOhms, load); got == analog.ContactNormal && load < 0.75*l.EndOfLineOhms {
				t.Errorf("%+v: %g ohms across the loop read as normal", l, ohms)
			}
		}
	}
}

// Without an alarm resistor a short circuit is an alarm: never normal, and never only a fault.
func TestNoAlarmResistor(t *testing.T) {
	s := sensor(t, supervised(), analog.Wiring{Loop: analog.Loop{SupplyVolts: 3.3, PullUpOhms: 10e3, EndOfLineOhms: 10e3}})
	for volts, want := range map[float64]uint64{
		-0.02: analog.ContactAlarm, 0: analog.ContactAlarm, 0.02: analog.ContactAlarm, 0.5: analog.ContactAlarm,
		1.4: analog.ContactUnclear, 1.65: analog.ContactNormal, 3.3: analog.ContactBroken,
	} {
		if out := s.Convert(nil, analog.Input{Volts: volts}); out[0].Raw != want {
			t.Errorf("%g V: %+v, want %d", volts, out[0], want)
		}
	}
}

func TestRefusals(t *testing.T) {
	loop := func(up, eol, alarm float64) analog.Wiring {
		return analog.Wiring{Loop: analog.Loop{SupplyVolts: 3.3, PullUpOhms: up, EndOfLineOhms: eol, AlarmOhms: alarm}}
	}
	for name, w := range map[string]analog.Wiring{
		"alarm equals end of line": loop(10e3, 10e3, 200e3),
		"alarm too small":          loop(10e3, 10e3, 100),
		"end of line too large":    loop(1e3, 100e3, 1e3),
		"end of line too small":    loop(100e3, 1e3, 1e3),
	} {
		if _, err := analog.New(supervised(), w); !errors.Is(err, analog.ErrBands) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, w := range map[string]analog.Wiring{
		"no resistors": {}, "negative alarm": loop(10e3, 10e3, -1), "negative": loop(-1, 10e3, 3e3),
		"not a number": loop(math.NaN(), 10e3, 3e3), "divider": {Divider: 0.5, Loop: goodLoop()},
		"divider not a number": {Divider: math.NaN(), Loop: goodLoop()},
	} {
		if _, err := analog.New(supervised(), w); !errors.Is(err, analog.ErrWiring) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, w := range map[string]analog.Wiring{
		"no shunt": {}, "negative shunt": {ShuntOhms: -100}, "span": {ShuntOhms: 100, From: 2, To: 1},
		"span not a number": {ShuntOhms: 100, From: math.NaN(), To: 1},
	} {
		if _, err := analog.New(gauge(current()), w); !errors.Is(err, analog.ErrWiring) {
			t.Errorf("%s: %v", name, err)
		}
	}
	noLoop, three, noRange, order, modbus := gauge(current()), gauge(current()), gauge(current()), gauge(current()), gauge(current())
	noLoop.Points = noLoop.Points[:1]
	three.Points = append(three.Points, contract.Point{Name: "more"})
	order.Electrical.Broken = 5
	modbus.Transport = contract.Modbus
	for name, c := range map[string]*contract.Contract{"none": nil, "no loop": noLoop, "three points": three, "order": order, "modbus": modbus} {
		if _, err := analog.New(c, analog.Wiring{ShuntOhms: 100}); !errors.Is(err, analog.ErrContract) {
			t.Errorf("%s: %v", name, err)
		}
	}
	noRange.Points[0].Range = nil
	if _, err := analog.New(noRange, analog.Wiring{ShuntOhms: 100}); !errors.Is(err, analog.ErrWiring) {
		t.Error("no range and no span", err)
	}
}

func TestNoAllocations(t *testing.T) {
	s := sensor(t, gauge(current()), analog.Wiring{ShuntOhms: 100})
	dst := make([]contract.Sample, 0, s.Points())
	if n := testing.AllocsPerRun(100, func() { dst = s.Convert(dst[:0], analog.Input{Volts: 1}) }); n != 0 {
		t.Errorf("%v pieces of memory", n)
	}
}

func FuzzConvert(f *testing.F) {
	f.Add(1.2, 5.0, false)
	f.Add(math.NaN(), 0.0, true)
	c, err := analog.New(gauge(current()), analog.Wiring{ShuntOhms: 100})
	if err != nil {
		f.Fatal(err)
	}
	r, err := analog.New(gauge(ratiometric()), analog.Wiring{SupplyMeasured: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, volts, supply float64, saturated bool) {
		for _, s := range []*analog.Sensor{c, r} {
			out := s.Convert(nil, analog.Input{Volts: volts, Supply: supply, Saturated: saturated})
			good := out[0].Quality == contract.Good
			if good != (out[1].Raw == 0) || good && (math.IsNaN(out[0].Value) || out[0].Value < -0.1 || out[0].Value > 1.7) {
				t.Errorf("%g V, supply %g, saturated %v: %+v", volts, supply, saturated, out)
			}
		}
	})
}

// The contracts that booths use: every state means what it should.
func TestBuiltInContracts(t *testing.T) {
	set, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	for ref, w := range map[string]analog.Wiring{
		"gauge-4-20ma@1":       {ShuntOhms: 100, From: 0, To: 1.6},
		"gauge-ratiometric@1":  {Divider: 2, From: 0, To: 1.6, SupplyMeasured: true},
		"contact-supervised@1": {Loop: goodLoop()},
	} {
		c, ok := set.Get(ref)
		if !ok {
			t.Fatalf("no contract %s", ref)
		}
		s := sensor(t, c, w)
		for volts := -0.5; volts < 4; volts += 0.01 {
			for _, supply := range []float64{5, 3.9} {
				out := s.Convert(nil, analog.Input{Volts: volts, Supply: supply})
				status := out[len(out)-1]
				if status.Quality != contract.Good {
					t.Errorf("%s: %g V: state %d is not listed", ref, volts, status.Raw)
				}
				if alarm := len(out) == 1 && status.Raw == 1; !alarm && (status.Raw == 0) != (status.Means == contract.Normal) {
					t.Errorf("%s: state %d means %v", ref, status.Raw, status.Means)
				}
				if len(out) == 2 && (out[0].Quality == contract.Good) != (status.Raw == 0) {
					t.Errorf("%s: %+v", ref, out)
				}
			}
		}
	}
}
