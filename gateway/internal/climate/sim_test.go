package climate

import (
	"math"
	"testing"
	"time"
)

// booth is a thermal model: the air with the electronics, a wall, a screen, and the vapour in
// the air. It shares nothing with the keeper but the idea of a dew point.
type booth struct {
	air, wall, screen float64 // °C
	vapour            float64 // hPa
	heaterWatts       float64
	// what is broken
	heaterDead, heaterWelded, fanDead, cutoutOpen bool
	heats, blows                                  bool
}

const (
	airJ    = 45e3 // J/K, air and light metal
	wallJ   = 60e3
	screenJ = 25e3
)

// saturation is the vapour pressure of saturated air in hPa (Magnus).
func saturation(c float64) float64 { return 6.112 * math.Exp(17.62*c/(243.12+c)) }

func (b *booth) step(dt time.Duration, outside, outRH, sun float64, heater, fan, screens bool) {
	s := dt.Seconds()
	b.heats = (heater && !b.heaterDead || b.heaterWelded) && !b.cutoutOpen
	b.blows = fan && !b.fanDead
	q := 15.0 // board and bus supplies
	if b.heats {
		q += b.heaterWatts
	}
	leak, exchange := 2.0, s/5400
	if b.blows {
		leak, exchange = 60, s/120
	}
	qs := 0.0
	if screens {
		qs = 110
	}
	toWall, toScreen := 14*(b.air-b.wall), 8*(b.air-b.screen)
	b.air += (q - toWall - toScreen - leak*(b.air-outside)) / airJ * s
	b.wall += (toWall + 0.4*sun - 12*(b.wall-outside)) / wallJ * s
	b.screen += (qs + toScreen + 0.6*sun*0.5 - 4*(b.screen-outside)) / screenJ * s
	b.vapour += (saturation(outside)*outRH/100 - b.vapour) * math.Min(exchange, 1)
	if most := saturation(math.Min(b.wall, b.screen)); b.vapour > most {
		b.vapour += (most - b.vapour) * math.Min(s/600, 1) // it condenses
	}
}

func (b *booth) humidity() float64 { return math.Min(100, b.vapour/saturation(b.air)*100) }

// weather is one of Chifeng's days, by hour.
type weather struct {
	name            string
	month           time.Month
	low, high       float64
	humidLow, high2 float64 // % at the coldest and the warmest hour
	sun             float64 // W onto the booth at noon
}

func (w weather) at(t time.Duration) (outside, rh, sun float64) {
	h := math.Mod(t.Hours(), 24)
	k := (1 - math.Cos((h-4)/24*2*math.Pi)) / 2 // coldest at 4, warmest at 16
	if h > 6 && h < 18 {
		sun = w.sun * math.Sin((h-6)/12*math.Pi)
	}
	return w.low + k*(w.high-w.low), w.humidLow + k*(w.high2-w.humidLow), sun
}

// sim runs a booth and its keeper.
type sim struct {
	t   *testing.T
	b   *booth
	c   Config
	w   weather
	s   State
	d   Decision
	now time.Duration

	noInside, noHumidity, noOutside, noParts, power bool
	rpm                                             bool
	onBattery                                       bool
	wantScreens                                     bool
	dust                                            bool

	heaterOn, fanOn, wetOn   time.Duration
	switches                 int
	was                      Decision
	changed                  [2]time.Duration
	coldOn, hottest, coldest float64
	seen                     map[string]time.Duration
}

func newSim(t *testing.T, w weather) *sim {
	t.Helper()
	c := Config{HeaterWatts: 300, HeaterRise: 24, FanFitted: true}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	out, rh, _ := w.at(0)
	return &sim{
		t: t, c: c, w: w, wantScreens: true, seen: map[string]time.Duration{}, coldOn: math.Inf(1), hottest: -100, coldest: 100,
		b: &booth{air: out, wall: out, screen: out, vapour: saturation(out) * rh / 100, heaterWatts: 300},
	}
}

func (m *sim) reading(outside float64) Reading {
	v := func(x float64, hidden bool) Value {
		if hidden {
			return Value{}
		}
		return Measured(math.Round(x*10)/10, m.now)
	}
	r := Reading{
		At: m.now, Wall: time.Date(2026, m.w.month, 15, 0, 0, 0, 0, time.UTC).Add(m.now), Trusted: true,
		Inside: v(m.b.air, m.noInside), Humidity: v(m.b.humidity(), m.noHumidity), Surface: v(m.b.wall, m.noParts),
		Screen: v(m.b.screen, m.noParts), Outside: v(outside, m.noOutside),
		OnBattery: m.onBattery, HeaterBudget: 300, ScreensOn: m.d.Screens && m.wantScreens, Dust: m.dust,
		CutoutOpen: m.b.cutoutOpen, CutoutKnown: m.power,
	}
	if m.onBattery {
		r.HeaterBudget = 0
	}
	if m.power {
		watts := 0.0
		if m.b.heats {
			watts = 300
		}
		r.HeaterWatts = Measured(watts, m.now)
	}
	if m.rpm {
		turns := 0.0
		if m.b.blows {
			turns = 2400
		}
		r.FanRPM = Measured(turns, m.now)
	}
	return r
}

func (m *sim) run(d time.Duration) {
	m.t.Helper()
	const dt = 10 * time.Second
	for end := m.now + d; m.now < end; m.now += dt {
		outside, rh, sun := m.w.at(m.now)
		m.b.step(dt, outside, rh, sun, m.d.Heater, m.d.Fan, m.d.Screens && m.wantScreens)
		m.s, m.d = Step(m.s, m.reading(outside), m.c)
		m.check(dt)
	}
}

func (m *sim) check(dt time.Duration) {
	m.t.Helper()
	for _, list := range [][]Condition{m.d.Faults, m.d.Supervisory} {
		for _, f := range list {
			if _, ok := m.seen[f.Cause]; !ok {
				m.seen[f.Cause] = m.now
			}
			if f.Text.ZH == "" || f.Text.EN == "" {
				m.t.Fatalf("%s: %s without words", m.now, f.Cause)
			}
		}
	}
	for i, on := range [][2]bool{{m.d.Heater, m.was.Heater}, {m.d.Fan, m.was.Fan}} {
		if on[0] == on[1] {
			continue
		}
		m.switches++
		if m.now-m.changed[i] < 2*time.Minute && m.changed[i] > 0 && !m.onBattery {
			m.t.Fatalf("%s: relay %d switched after %s", m.now, i, m.now-m.changed[i])
		}
		m.changed[i] = m.now
	}
	if m.d.Screens && !m.was.Screens {
		m.coldOn = math.Min(m.coldOn, m.b.screen)
		if low := m.b.screen; !m.noParts && low < *m.c.WithDefaults().ScreenFrom {
			m.t.Fatalf("%s: screens got power at %.1f °C", m.now, low)
		}
		if m.d.DewKnown && m.d.Margin < 1 {
			m.t.Fatalf("%s: screens got power %.1f K above the dew point", m.now, m.d.Margin)
		}
	}
	if m.d.Heater && (m.b.air > 38 && !m.noInside) {
		m.t.Fatalf("%s: heating at %.1f °C", m.now, m.b.air)
	}
	if m.d.Heater {
		m.heaterOn += dt
	}
	if m.d.Fan {
		m.fanOn += dt
	}
	if m.b.vapour > saturation(math.Min(m.b.wall, m.b.screen)) {
		m.wetOn += dt
	}
	m.hottest, m.coldest = math.Max(m.hottest, m.b.air), math.Min(m.coldest, m.b.air)
	m.was = m.d
}

var (
	winter  = weather{"winter night -30", time.January, -30, -15, 70, 45, 150}
	thaw    = weather{"thaw", time.March, -12, 6, 85, 40, 300}
	morning = weather{"wet morning", time.September, 4, 22, 98, 60, 250}
	summer  = weather{"summer +38", time.July, 22, 38, 80, 35, 260}
	spring  = weather{"dry spring", time.April, 2, 20, 40, 15, 300}
)

func TestDaysInChifeng(t *testing.T) {
	t.Logf("%-18s %8s %8s %8s %8s %8s %8s %8s %8s", "day", "min °C", "max °C", "heater", "fan", "wet", "switches", "screens", "faults")
	for _, w := range []weather{winter, thaw, spring, morning, summer} {
		m := newSim(t, w)
		m.run(24 * time.Hour)
		first := m.coldest
		m.coldest, m.heaterOn, m.fanOn, m.wetOn, m.switches = 100, 0, 0, 0, 0
		clear(m.seen)
		m.run(72 * time.Hour)
		t.Logf("%-18s %8.1f %8.1f %8s %8s %8s %8d %8v %v (first day from %.1f)", w.name, m.coldest, m.hottest,
			m.heaterOn.Truncate(time.Minute), m.fanOn.Truncate(time.Minute), m.wetOn.Truncate(time.Minute), m.switches, m.d.Screens, m.seen, first)
		for cause := range m.seen {
			if cause != CauseWet {
				t.Errorf("%s: %s on a healthy booth", w.name, cause)
			}
		}
		if m.hottest > 55 || m.coldest < -10 {
			t.Errorf("%s: %.1f to %.1f °C", w.name, m.coldest, m.hottest)
		}
		if m.wetOn > time.Hour {
			t.Errorf("%s: wet for %s", w.name, m.wetOn)
		}
	}
}
