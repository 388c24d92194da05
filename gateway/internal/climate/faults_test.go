package climate

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPreheatBeforePower(t *testing.T) {
	m := newSim(t, winter)
	m.run(20 * time.Minute)
	if m.d.Screens || !m.d.Heater || m.d.Why != WhySurvival || m.d.ScreenText.ZH == "" {
		t.Errorf("at %.1f °C: screens %v, heater %v for %q", m.b.screen, m.d.Screens, m.d.Heater, m.d.Why)
	}
	if m.d.TakeoverScreens {
		t.Errorf("a takeover may switch on screens of %.1f °C", m.b.screen)
	}
	for !m.d.Screens && m.now < 24*time.Hour {
		m.run(time.Minute)
	}
	t.Logf("from -30 °C the screens had power after %s, at %.1f °C", m.now, m.coldOn)
	if !m.d.Screens || m.coldOn < 2 {
		t.Errorf("screens %v at %.1f °C after %s", m.d.Screens, m.coldOn, m.now)
	}
}

func TestAWarmWetWindOntoAColdBooth(t *testing.T) {
	m := newSim(t, weather{"warm front", time.March, 6, 12, 97, 90, 50})
	m.b.air, m.b.wall, m.b.screen, m.b.vapour = 3, -8, -8, saturation(-6)
	for range 60 {
		m.b.wall, m.b.screen = math.Min(m.b.wall, -2), math.Min(m.b.screen, -2)
		m.run(time.Minute)
	}
	wet := m.d.DewKnown && m.d.Margin < 2
	if !wet || !m.d.Heater || m.d.Screens {
		t.Errorf("margin %.1f K: heater %v (%s), screens %v", m.d.Margin, m.d.Heater, m.d.Why, m.d.Screens)
	}
	m.run(12 * time.Hour)
	if !m.d.Screens || m.d.Has(CauseWet) {
		t.Errorf("dry at last: margin %.1f K, screens %v, %v", m.d.Margin, m.d.Screens, m.d.Supervisory)
	}
}

func TestABrokenHeaterIsNamed(t *testing.T) {
	for _, tt := range []struct {
		name  string
		w     weather
		power bool
		brk   func(*booth)
		cause string
		limit time.Duration
	}{
		{"dead, by temperature", winter, false, func(b *booth) { b.heaterDead = true }, CauseHeaterDead, 3 * time.Hour},
		{"dead, by power", winter, true, func(b *booth) { b.heaterDead = true }, CauseHeaterDead, time.Hour},
		{"cut-out", winter, true, func(b *booth) { b.cutoutOpen = true }, CauseCutout, time.Minute},
		{"welded, by temperature", thaw, false, func(b *booth) { b.heaterWelded = true }, CauseHeaterOn, 15 * time.Hour},
		{"welded, by power", thaw, true, func(b *booth) { b.heaterWelded = true }, CauseHeaterOn, 15 * time.Hour},
		{"welded in spring", spring, false, func(b *booth) { b.heaterWelded = true }, CauseHeaterOn, 2 * time.Hour},
	} {
		m := newSim(t, tt.w)
		m.power = tt.power
		m.run(24 * time.Hour)
		if len(m.d.Faults) != 0 {
			t.Fatalf("%s: before: %v", tt.name, m.d.Faults)
		}
		at := m.now
		tt.brk(m.b)
		for m.now < at+48*time.Hour && !m.d.Has(tt.cause) {
			m.run(time.Minute)
		}
		t.Logf("%-24s named after %s", tt.name, m.now-at)
		if m.now-at > tt.limit {
			t.Errorf("%s: after %s: %v at %.1f °C", tt.name, m.now-at, m.d.Faults, m.b.air)
		}
		m.b.heaterDead, m.b.heaterWelded, m.b.cutoutOpen = false, false, false
		m.run(72 * time.Hour)
		if m.d.Has(tt.cause) {
			t.Errorf("%s: still a fault three days after the repair", tt.name)
		}
	}
}

func TestADeadFanIsNamed(t *testing.T) {
	for _, rpm := range []bool{true, false} {
		w := summer
		w.sun = 1500 // what a closed booth of dark steel takes in
		m := newSim(t, w)
		m.rpm = rpm
		m.run(36 * time.Hour)
		at := m.now
		if m.d.Has(CauseFan) {
			t.Fatal("before it broke")
		}
		m.b.fanDead = true
		for m.now < at+24*time.Hour && !m.d.Has(CauseFan) {
			m.run(time.Minute)
		}
		t.Logf("tachometer %v: named after %s at %.1f °C", rpm, m.now-at, m.b.air)
		if !m.d.Has(CauseFan) || rpm && m.now-at > 10*time.Minute {
			t.Errorf("tachometer %v: %v after %s, %.1f °C, outside %.1f", rpm, m.d.Faults, m.now-at, m.b.air, m.d.Control)
		}
		m.b.fanDead = false
		if m.run(24 * time.Hour); m.d.Has(CauseFan) {
			t.Error("still a fault a day after the repair")
		}
	}
}

func TestWithoutThermometerTheHeaterIsBounded(t *testing.T) {
	t.Logf("%-16s %-28s %8s %8s %10s", "day", "lost", "min °C", "max °C", "heater")
	for _, w := range []weather{winter, thaw, summer} {
		for name, lose := range map[string]func(*sim){
			"air":                     func(m *sim) { m.noInside = true },
			"air, parts":              func(m *sim) { m.noInside, m.noParts = true, true },
			"air, parts, outside":     func(m *sim) { m.noInside, m.noParts, m.noOutside = true, true, true },
			"all and power of heater": func(m *sim) { m.noInside, m.noParts, m.noOutside, m.power = true, true, true, true },
		} {
			m := newSim(t, w)
			m.run(12 * time.Hour)
			lose(m)
			m.heaterOn, m.hottest, m.coldest = 0, -100, 100
			m.run(48 * time.Hour)
			part := m.heaterOn.Hours() / 48
			t.Logf("%-16s %-28s %8.1f %8.1f %9.0f%%", w.name, name, m.coldest, m.hottest, part*100)
			if !m.d.Has(CauseSensor) {
				t.Errorf("%s, %s: no fault", w.name, name)
			}
			if name != "air" && part > dutyMost+0.02 {
				t.Errorf("%s, %s: heated %.0f %% of the time", w.name, name, part*100)
			}
			if m.hottest > 70 {
				t.Errorf("%s, %s: %.1f °C", w.name, name, m.hottest)
			}
		}
	}
}

func TestOnBatteryTheHeaterIsShed(t *testing.T) {
	m := newSim(t, winter)
	for m.run(24 * time.Hour); !m.d.Heater; {
		m.run(time.Minute)
	}
	m.onBattery = true
	m.run(20 * time.Second)
	if m.d.Heater || m.d.Why != WhyNoEnergy {
		t.Errorf("heater %v, %q", m.d.Heater, m.d.Why)
	}
}

func TestAnImplausibleThermometerIsNotFollowed(t *testing.T) {
	var s State
	var d Decision
	c := Config{HeaterWatts: 300, FanFitted: true}
	on := time.Duration(0)
	for at := time.Duration(0); at < 6*time.Hour; at += 10 * time.Second {
		s, d = Step(s, Reading{At: at, Inside: Measured(-20, at), Outside: Measured(25, at), HeaterBudget: 300}, c)
		if d.Heater {
			on += 10 * time.Second
		}
	}
	if on != 0 || !d.Has(CauseHumidity) {
		t.Errorf("heated for %s, %v", on, d.Faults)
	}
}

func TestDustDelaysTheFanAndAgesTheFilter(t *testing.T) {
	run := func(dust bool) (bool, float64, bool) {
		var s State
		var d Decision
		c := Config{FanFitted: true, FilterHours: 100}
		for at := time.Duration(0); at < 60*time.Hour; at += time.Minute {
			v := 38.0
			if at > time.Hour {
				v = 45
			}
			s, d = Step(s, Reading{At: at, Inside: Measured(v, at), Dust: dust}, c)
			if at == 30*time.Minute && d.Fan == dust {
				t.Errorf("dust %v: fan %v at 38 °C", dust, d.Fan)
			}
		}
		data, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Restore(data)
		if err != nil || back.fanHours != s.fanHours {
			t.Errorf("restored %g hours of %g: %v", back.fanHours, s.fanHours, err)
		}
		if fresh := s.NewFilter(); fresh.fanHours != 0 {
			t.Error("a new filter is old")
		}
		return d.Fan, d.FanHours, d.Has(CauseFilter)
	}
	if on, hours, due := run(false); !on || hours > 61 || due {
		t.Errorf("clear air: fan %v, %.0f h, due %v", on, hours, due)
	}
	if on, hours, due := run(true); !on || hours < 250 || !due {
		t.Errorf("dust: fan %v, %.0f h, due %v", on, hours, due)
	}
}

func TestDewPoint(t *testing.T) {
	// From the psychrometric table of WMO-No. 8: saturated air, and 20 °C at 50 %.
	for _, tt := range []struct{ c, rh, dew float64 }{{20, 50, 9.3}, {20, 100, 20}, {-10, 80, -12.8}, {30, 70, 23.9}} {
		if got := DewPoint(tt.c, tt.rh); math.Abs(got-tt.dew) > 0.1 {
			t.Errorf("%g °C %g %%: %.2f, want %.1f", tt.c, tt.rh, got, tt.dew)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for name, c := range map[string]Config{
		"nan": {HeaterRise: math.NaN()}, "turned": {FanOn: 20, FanOff: 30}, "heat most": {HeatMost: 5},
		"time": {Soak: -time.Second}, "cold screens": {ScreenTo: -5},
	} {
		if err := c.Check(); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{"", "{}", "null", `{"v":2,"fan_hours":1}`, `{"v":1,"fan_hours":-1}`, `{"v":1,"fan_hours":1}x`, `{"v":1,"fan":1}`} {
		if _, err := Restore([]byte(bad)); !errors.Is(err, ErrSnapshot) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// Whatever is read: no heating without energy, on a known warm part, or for long without a
// thermometer; no power onto screens that are cold or wet; the relays keep their times; the
// unknown is a fault.
func TestWhateverIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{HeaterWatts: 300, FanFitted: true}
		var s State
		var d, was Decision
		at := time.Duration(0)
		blind, on := time.Duration(0), time.Duration(0)
		value := func(name string, lo, hi float64) Value { return drawn(t, at, name, lo, hi) }
		lost := rapid.Bool().Draw(t, "lost")
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			dt := time.Duration(rapid.IntRange(1, 120).Draw(t, "dt")) * time.Second
			at += dt
			r := Reading{
				At: at, Wall: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Trusted: rapid.Bool().Draw(t, "trusted"),
				Outside: value("outside", -40, 45), OnBattery: rapid.Bool().Draw(t, "battery"),
				HeaterBudget: rapid.SampledFrom([]float64{0, 300}).Draw(t, "budget"), WantWarmth: rapid.Bool().Draw(t, "warmth"),
				ScreensOn: d.Screens, Dust: rapid.Bool().Draw(t, "dust"),
			}
			if !lost {
				r.Inside, r.Humidity = value("inside", -40, 60), value("humidity", 0, 100)
				r.Screen, r.Battery = value("screen", -40, 70), value("cell", -40, 60)
			}
			s, d = Step(s, r, c)
			if d.Heater && r.HeaterBudget < 300 {
				t.Fatal("heating without energy")
			}
			in := r.look(func() *Config { k := c.WithDefaults(); return &k }())
			if hot := hottest(in.inside, in.screen, in.battery); d.Heater && hot.ok && hot.v >= 35 {
				t.Fatalf("heating at %g °C", hot.v)
			}
			if part := in.screens(); d.Screens && !was.Screens && (!part.ok || part.v < 0) {
				t.Fatalf("screens on at %+v", part)
			}
			if d.Screens && !was.Screens && d.DewKnown && d.Margin < 2 {
				t.Fatalf("screens on %g K above the dew point", d.Margin)
			}
			if lost {
				blind += dt
				if d.Heater {
					on += dt
				}
			}
			if math.IsNaN(d.Margin) || math.IsNaN(d.Control) {
				t.Fatal("not a number")
			}
			was = d
		}
		if lost && blind > 20*time.Minute && on > blind*6/10+5*time.Minute {
			t.Fatalf("heated %s of %s without a thermometer", on, blind)
		}
		if lost && blind > 3*time.Minute && !d.Has(CauseSensor) {
			t.Fatal("no fault")
		}
	})
}

// drawn is a value that is missing, absurd, stale or good.
func drawn(t *rapid.T, at time.Duration, name string, lo, hi float64) Value {
	switch rapid.IntRange(0, 6).Draw(t, name+"?") {
	case 0:
		return Value{}
	case 1:
		return Measured(rapid.Float64().Draw(t, name), at)
	case 2:
		return Measured(20, at-time.Hour)
	}
	return Measured(rapid.Float64Range(lo, hi).Draw(t, name), at)
}
