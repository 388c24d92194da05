package power

import (
	"math"
	"time"
)

const (
	// fullFor is how long the signs of a full battery must last.
	fullFor = 10 * time.Minute
	// settle is how long a discharge must last before its voltage says anything: before
	// that the surface charge does.
	settle = 5 * time.Minute
	// gap is the longest time that one current stands for.
	gap = time.Minute
	// gainDoubt and offsetDoubt are how wrong a current may be: a part of it, and amperes.
	gainDoubt   = 0.03
	offsetDoubt = 0.03
	// measureFrom °C is the lowest temperature at which a capacity is measured: below it
	// the curve's own doubt would make healthy batteries look old.
	measureFrom = 5.0
	// measureDoubt is the widest interval, by its middle, that counts as a measurement.
	measureDoubt = 0.3
)

// span is an interval in ampere hours.
type span struct{ lo, hi float64 }

// gauge keeps what is known of the battery.
type gauge struct {
	cap      span
	measured bool
	// age of the measurement, in running time; candidate is the doubt of the best
	// measurement of the present discharge.
	age       time.Duration
	candidate float64

	// anchored: removed is what was taken since the battery was last seen full.
	anchored  bool
	removed   span
	full      hold
	discharge hold

	// ohm is the resistance at 25 °C, learned from steps of the load.
	ohm                 float64
	prevVolts, prevAmps float64
	prevAt              time.Duration
	hasPrev             bool

	// usable is what can still be drawn, in ampere hours, at the temperature expected.
	usable span
	known  bool
	how    How
}

func (g *gauge) begin(c *Config) {
	if g.cap.hi == 0 {
		// A battery that was never measured may be anything from new to used up.
		g.cap = span{endOfLife * c.CapacityAh, c.CapacityAh}
	}
	if g.ohm == 0 {
		g.ohm = c.InternalOhm
	}
}

func (g *gauge) step(in *seen, c *Config, onBattery bool, dt time.Duration) {
	if g.measured {
		g.age += dt
	}
	g.count(in, c, onBattery, dt)
	g.anchor(in, c, onBattery)
	g.resistance(in, c, onBattery)
	cold, warm := g.temperatures(in, c)
	flowing := g.discharge.keep(onBattery && in.hasAmps && in.amps < 0, in.at)
	var byVoltage span
	hasVoltage := false
	if in.hasVolts && flowing >= settle {
		byVoltage, hasVoltage = g.byVoltage(in, c), true
		g.measure(in, c, byVoltage)
	}
	g.estimate(in, c, cold, warm, byVoltage, hasVoltage)
}

// count follows the charge taken since the battery was full.
func (g *gauge) count(in *seen, c *Config, onBattery bool, dt time.Duration) {
	h := dt.Hours()
	if !g.anchored || h <= 0 {
		return
	}
	if in.hasAmps && dt <= gap {
		taken := -in.amps * h
		doubt := math.Abs(taken)*gainDoubt + offsetDoubt*h
		g.removed.lo += taken - doubt
		g.removed.hi += taken + doubt
	} else {
		// Nobody saw what flowed: at most everything that is connected, at best a charge.
		most := (c.Watts.Watch() + c.Watts.Sounder + c.Watts.Television + c.Watts.LED + c.Watts.Camera + c.Watts.Heater) / c.Volts
		g.removed.hi += most * h
		if !onBattery {
			g.removed.lo -= 0.3 * c.CapacityAh * h
		}
	}
	g.removed.lo = max(g.removed.lo, 0)
	g.removed.hi = min(max(g.removed.hi, 0), c.CapacityAh)
	g.removed.lo = min(g.removed.lo, g.removed.hi)
}

// anchor notices a full battery: on its charger, at the end voltage, with a small current.
func (g *gauge) anchor(in *seen, c *Config, onBattery bool) {
	byGauge := in.hasCharge && in.charge >= 0.99 && !onBattery
	byVolts := !onBattery && in.hasVolts && in.volts >= c.fullVolts() && in.hasAmps && math.Abs(in.amps) <= 0.03*c.CapacityAh
	if g.full.keep(byGauge || byVolts, in.at) < fullFor {
		return
	}
	g.anchored, g.candidate = true, 0
	g.removed = span{0, 0.02 * c.CapacityAh}
}

// isFull reports a battery that counts as recharged.
func (g *gauge) isFull(in *seen, c *Config) bool {
	return g.anchored && g.removed.hi <= 0.08*c.CapacityAh || in.hasCharge && in.charge >= 0.95
}

// resistance learns from steps of the load: between two readings close in time only the
// current changed.
func (g *gauge) resistance(in *seen, c *Config, onBattery bool) {
	ok := onBattery && in.hasVolts && in.hasAmps && in.amps < 0
	if ok && g.hasPrev && in.at-g.prevAt <= 5*time.Second {
		di := in.amps - g.prevAmps
		if math.Abs(di) >= max(0.5, 0.01*c.CapacityAh) {
			r := (in.volts - g.prevVolts) / di
			if in.hasC {
				r /= Stiffening(in.celsius)
			}
			if r > 0.2*c.InternalOhm && r < 10*c.InternalOhm {
				g.ohm += (r - g.ohm) / 4
			}
		}
	}
	g.hasPrev = ok
	g.prevVolts, g.prevAmps, g.prevAt = in.volts, in.amps, in.at
}

// temperatures are the coldest and the warmest that the energy may have to be drawn at.
func (g *gauge) temperatures(in *seen, c *Config) (cold, warm float64) {
	if !in.hasC {
		return math.Min(*c.ColdestC, -10), 25
	}
	return in.celsius - c.ColdMargin, in.celsius + 2
}

// byVoltage is the part of the usable charge that is left, by the voltage under load.
func (g *gauge) byVoltage(in *seen, c *Config) span {
	celsius := *c.ColdestC
	if in.hasC {
		celsius = in.celsius
	}
	drop := -in.amps * g.ohm * Stiffening(celsius)
	doubt := c.voltsDoubt() + 0.3*drop
	rest := in.volts + drop
	return span{left(c.Chemistry, c.Volts, rest-doubt), left(c.Chemistry, c.Volts, rest+doubt)}
}

// measure takes the capacity from a discharge: what was removed since the battery was full,
// and the part that its voltage says is left.
func (g *gauge) measure(in *seen, c *Config, u span) {
	if !g.anchored || !in.hasC || in.celsius < measureFrom || u.hi >= 0.95 || g.removed.lo < 0.1*c.CapacityAh {
		return
	}
	f := Usable(c.Chemistry, in.celsius) * c.rate(-in.amps)
	m := span{g.removed.lo / (1 - u.lo) / (f * 1.02), g.removed.hi / (1 - u.hi) / (f * 0.98)}
	if m.hi < m.lo {
		return
	}
	doubt := (m.hi - m.lo) / (m.hi + m.lo) * 2
	// A wide interval is worth something only if all of it is too small.
	if doubt > measureDoubt && m.hi >= c.smallestAh() || g.candidate != 0 && doubt >= g.candidate {
		return
	}
	m.hi = min(m.hi, 1.3*c.CapacityAh)
	m.lo = min(m.lo, m.hi)
	g.cap, g.measured, g.age, g.candidate = m, true, 0, doubt
}

// estimate brings together what count, voltage and the battery's own gauge say.
func (g *gauge) estimate(in *seen, c *Config, cold, warm float64, u span, hasVoltage bool) {
	low := Usable(c.Chemistry, cold) * c.rate(math.Max(-in.amps, c.Watts.Watch()/c.Volts))
	high := Usable(c.Chemistry, warm)
	g.known, g.how = false, ByNothing
	if g.anchored {
		// What the cold locks is not there: it comes off the capacity, not off the rest.
		g.take(span{g.cap.lo*low - g.removed.hi, (g.cap.hi - g.removed.lo) * high}, ByCount)
	}
	if in.hasCharge {
		g.take(span{g.cap.lo * (in.charge - 0.1 - (1 - low)), g.cap.hi * min(in.charge+0.1, 1) * high}, ByGauge)
	}
	if hasVoltage {
		g.take(span{g.cap.lo * u.lo * low, g.cap.hi * u.hi * high}, ByVoltage)
	}
}

// take adds one source. Where sources overlap the common part counts, otherwise the lower.
func (g *gauge) take(s span, how How) {
	s.lo, s.hi = max(s.lo, 0), max(s.hi, 0)
	if !g.known {
		g.usable, g.known, g.how = s, true, how
		return
	}
	lo, hi := max(g.usable.lo, s.lo), min(g.usable.hi, s.hi)
	if lo <= hi {
		if s.hi-s.lo < g.usable.hi-g.usable.lo {
			g.how = how
		}
		g.usable = span{lo, hi}
		return
	}
	g.how = ByLowest
	if s.hi < g.usable.lo {
		g.usable = s
	}
}

// aged reports a battery that was measured to be too small for watch and reserve.
func (g *gauge) aged(c *Config) bool {
	return g.measured && (g.cap.lo+g.cap.hi)/2 < c.smallestAh()
}

func (g *gauge) capacity(c *Config) Capacity {
	return Capacity{
		LowAh: g.cap.lo, HighAh: g.cap.hi, Measured: g.measured, Age: g.age,
		TestDue: !g.measured || g.age >= c.TestEvery,
	}
}
