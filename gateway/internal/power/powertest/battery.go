// Package powertest is a battery to run the power keeper against: capacity that shrinks with
// cold and age, internal resistance that grows with cold, Peukert's loss at high currents, a
// charger with a constant current and a taper, and sensors that are wrong within bounds. It
// is pure. Its curves are those of package power disturbed by Bias, so that the keeper never
// meets exactly the battery that it believes in.
package powertest

import (
	"math"
	"time"

	"firepost/gateway/internal/power"
)

// Battery is a battery in the cold. All fields may be changed between two steps.
type Battery struct {
	Chemistry power.Chemistry
	// RatedAh is what the label says, TrueAh what it has at 25 °C; Volts is nominal.
	RatedAh, TrueAh, Volts float64
	// Ohm is the resistance at 25 °C.
	Ohm float64
	// Celsius is its temperature.
	Celsius float64
	// Removed is what was taken since it was full, in ampere hours.
	Removed float64
	// Bias disturbs the usable capacity (a part of it) and VoltsBias the rest voltage (V).
	Bias, VoltsBias float64
	// Shunt errors: Gain is a part of the current, Offset is in amperes.
	Gain, Offset float64
}

// New is a full battery of this chemistry and rating, health 1 when new, at 20 °C.
func New(c power.Chemistry, ah, volts, health float64) *Battery {
	return &Battery{Chemistry: c, RatedAh: ah, TrueAh: ah * health, Volts: volts, Ohm: 0.02 / health, Celsius: 20}
}

// left is the part of what is usable at this temperature and current that is left.
func (b *Battery) left(amperes float64) float64 {
	usable := b.TrueAh * power.Usable(b.Chemistry, b.Celsius) * (1 + b.Bias)
	k := 1.02
	if b.Chemistry == power.LeadAcid {
		k = 1.15
	}
	if over := amperes * 20 / b.RatedAh; over > 1 {
		usable *= math.Pow(over, 1-k)
	}
	return (usable - b.Removed) / usable
}

// Draw takes watts for dt and returns the terminal voltage and what the shunt shows in
// amperes (negative: out). alive is false once the battery can't give it any more: its
// protection opens, and nothing was taken.
func (b *Battery) Draw(watts float64, dt time.Duration) (volts, amps float64, alive bool) {
	amperes := watts / b.Volts
	u := b.left(amperes)
	if u <= 0 {
		return 0, 0, false
	}
	r := b.Ohm * power.Stiffening(b.Celsius)
	rest := power.OpenCircuit(b.Chemistry, b.Volts, u) + b.VoltsBias
	for range 3 {
		volts = rest - amperes*r
		if volts < 0.75*b.Volts {
			return 0, 0, false
		}
		amperes = watts / volts
	}
	b.Removed += amperes * dt.Hours()
	return volts, -amperes*(1+b.Gain) + b.Offset, true
}

// Charge gives at most amperes for dt and returns terminal voltage and shunt current. With
// amperes 0 the charger is off and the battery rests.
func (b *Battery) Charge(amperes float64, dt time.Duration) (volts, amps float64) {
	full := 13.8 * b.Volts / 12
	if b.Chemistry == power.LiFePO4 {
		full = 13.9 * b.Volts / 12.8
	}
	rest := power.OpenCircuit(b.Chemistry, b.Volts, max(b.left(0), 0)) + b.VoltsBias
	if amperes <= 0 {
		return rest, b.Offset
	}
	i := amperes * math.Min(1, b.Removed/(0.1*b.TrueAh))
	b.Removed = math.Max(0, b.Removed-i*dt.Hours())
	volts = math.Min(full, rest+i*b.Ohm*power.Stiffening(b.Celsius)+0.4)
	if i < amperes {
		volts = full
	}
	return volts, i*(1+b.Gain) + b.Offset
}

// Lasts is how long the battery gives watts from now on at its present temperature, without
// being changed by the question.
func (b *Battery) Lasts(watts float64) time.Duration {
	c := *b
	const dt = time.Minute
	for t := time.Duration(0); ; t += dt {
		if _, _, alive := c.Draw(watts, dt); !alive || t > 30*24*time.Hour {
			return t
		}
	}
}
