package analog

import (
	"errors"
	"fmt"
	"math"

	"firepost/firmware-contracts/contract"
)

// The names of the points that a contract with an analogue output must have.
const (
	// PointLoop is how a gauge's signal is; the contract's other point is the value.
	PointLoop = "loop"
	// PointContact is a supervised contact.
	PointContact = "contact"
)

// The raw values of PointLoop.
const (
	LoopSound  uint64 = 0
	LoopBroken uint64 = 1
	LoopShort  uint64 = 2
	LoopOver   uint64 = 3
	LoopUnder  uint64 = 4
	LoopSupply uint64 = 5
)

// The raw values of PointContact.
const (
	ContactNormal  uint64 = 0
	ContactAlarm   uint64 = 1
	ContactBroken  uint64 = 2
	ContactShort   uint64 = 3
	ContactUnclear uint64 = 4
)

// Errors that a caller tells apart with errors.Is.
var (
	// ErrContract means that the contract has no analogue output that this package knows, or
	// lacks a point.
	ErrContract = errors.New("contract is not for an analogue input")
	// ErrWiring means that the wiring can't work.
	ErrWiring = errors.New("wiring can't work")
	// ErrBands means that two states of a supervised contact can't be told apart.
	ErrBands = errors.New("states can't be told apart")
)

// Wiring is how one sensor is connected to one input of a converter.
type Wiring struct {
	// ShuntOhms is the resistor that turns a current loop into a voltage.
	ShuntOhms float64
	// Divider is how many times the sensor's voltage is greater than the input's; 0 means 1.
	Divider float64
	// From and To are the measuring range in the point's unit; both 0: the point's own range.
	From, To float64
	// Loop are the resistors of a supervised contact.
	Loop Loop
	// SupplyMeasured is true when every Input carries the measured supply; otherwise the
	// nominal supply is taken for true, and a supervised contact allows for ±5 %.
	SupplyMeasured bool
	// Error is the converter's own error at its input; the zero value means ConverterError.
	Error Error
}

// Loop is a supervised contact: SupplyVolts through PullUpOhms, then the loop; EndOfLineOhms
// across its far end, and the contact, closing, puts AlarmOhms in parallel to it. AlarmOhms 0
// means that none is fitted: then a short circuit is an alarm as well.
type Loop struct {
	SupplyVolts, PullUpOhms, EndOfLineOhms, AlarmOhms float64
}

// Error is a bound of a measurement's error: Volts plus Share of the reading.
type Error struct{ Volts, Share float64 }

// ConverterError is the bound taken for an ADS1115 at −40 to 85 °C with a divider or shunt of
// 0.1 %: gain and offset of the data sheet's table 6.5 (0.15 %, a few LSB) and some slack.
func ConverterError() Error { return Error{Volts: 0.005, Share: 0.005} }

// Input is one measurement.
type Input struct {
	// Volts is the voltage at the converter's input, before any divider is undone.
	Volts float64
	// Saturated is true when the converter was at the end of its scale, so that the true
	// voltage may be higher.
	Saturated bool
	// Supply is the sensor's supply in V as measured; used with Wiring.SupplyMeasured only.
	Supply float64
}

// Sensor turns inputs into samples. It is immutable and safe for concurrent use.
type Sensor struct {
	kind     contract.ElectricalKind
	e        contract.Electrical
	w        Wiring
	value    contract.Point // without its range: the signal's limits bound the value
	valueAt  int
	status   contract.Point
	statusAt int
	bands    bands
}

// New checks that the contract and the wiring belong together and can work. The error wraps
// ErrContract, ErrWiring or ErrBands and names what is wrong and the way out.
func New(c *contract.Contract, w Wiring) (*Sensor, error) {
	if c == nil || c.Transport != contract.Analog || c.Electrical == nil {
		return nil, fmt.Errorf("%w: it has no electrical output", ErrContract)
	}
	s := &Sensor{kind: c.Electrical.Kind, e: *c.Electrical, w: w, valueAt: -1, statusAt: -1}
	if s.w.Divider == 0 {
		s.w.Divider = 1
	}
	if s.w.Error == (Error{}) {
		s.w.Error = ConverterError()
	}
	if err := positive("divider", s.w.Divider); err != nil {
		return nil, fmt.Errorf("contract %s: %w", c.Ref(), err)
	}
	if s.w.Divider < 1 {
		return nil, fmt.Errorf("contract %s: %w: divider %g: it is how many times the sensor's voltage is greater, so at least 1",
			c.Ref(), ErrWiring, s.w.Divider)
	}
	err := s.points(c)
	if err == nil {
		err = s.electrical()
	}
	if err != nil {
		return nil, fmt.Errorf("contract %s: %w", c.Ref(), err)
	}
	return s, nil
}

// points finds the points that the samples are for.
func (s *Sensor) points(c *contract.Contract) error {
	status := PointLoop
	if s.kind == contract.Supervised {
		status = PointContact
	}
	for i := range c.Points {
		switch {
		case c.Points[i].Name == status:
			s.status, s.statusAt = c.Points[i], i
		case s.valueAt < 0:
			s.value, s.valueAt = c.Points[i], i
		default:
			return fmt.Errorf("%w: point %s: one value and %s are all that an input can give", ErrContract, c.Points[i].Name, status)
		}
	}
	if s.statusAt < 0 {
		return fmt.Errorf("%w: it has no point named %s", ErrContract, status)
	}
	if s.kind == contract.Supervised {
		if s.valueAt >= 0 {
			return fmt.Errorf("%w: point %s: a supervised contact has the point %s only", ErrContract, s.value.Name, status)
		}
		return nil
	}
	if s.valueAt < 0 {
		return fmt.Errorf("%w: it has no point for the value", ErrContract)
	}
	return s.span()
}

// span settles the measuring range.
func (s *Sensor) span() error {
	if s.w.From == 0 && s.w.To == 0 {
		if s.value.Range == nil {
			return fmt.Errorf("%w: point %s has no range and the wiring gives no span", ErrWiring, s.value.Name)
		}
		s.w.From, s.w.To = s.value.Range.Min, s.value.Range.Max
	}
	if !finite(s.w.From, s.w.To) || s.w.From >= s.w.To {
		return fmt.Errorf("%w: span from %g to %g: from must be less than to", ErrWiring, s.w.From, s.w.To)
	}
	s.value.Range = nil
	return nil
}

// electrical checks the signal's limits against each other.
func (s *Sensor) electrical() error {
	if s.kind == contract.Supervised {
		b, err := makeBands(s.w)
		s.bands = b
		return err
	}
	e := &s.e
	if !finite(e.Broken, e.Zero, e.Full, e.Short) || e.Broken >= e.Zero || e.Zero >= e.Full || e.Full >= e.Short || e.Broken < 0 {
		return fmt.Errorf("%w: broken %g, zero %g, full %g and short %g must rise in that order", ErrContract, e.Broken, e.Zero, e.Full, e.Short)
	}
	switch s.kind {
	case contract.Current:
		return positive("shunt_ohms", s.w.ShuntOhms)
	case contract.Ratiometric:
		if err := positive("supply", e.Supply); err != nil {
			return fmt.Errorf("%w: %w", ErrContract, err)
		}
	case contract.Voltage, contract.Supervised:
	default:
		return fmt.Errorf("%w: output of kind %d", ErrContract, s.kind)
	}
	return nil
}

// MaxVolts is the highest voltage at the converter's input that must be told from its
// saturation: choose the converter's range to be no less.
func (s *Sensor) MaxVolts() float64 {
	switch s.kind {
	case contract.Current:
		return s.e.Short / 1000 * s.w.ShuntOhms / s.w.Divider
	case contract.Ratiometric:
		return s.e.Short * (1 + supplyTolerance) / s.w.Divider
	case contract.Supervised:
		return s.bands.brokenFrom * s.w.Loop.SupplyVolts * (1 + supplyTolerance) / s.w.Divider
	case contract.Voltage:
		return s.e.Short / s.w.Divider
	default:
		return math.Inf(1)
	}
}

// Points is how many samples Convert gives.
func (s *Sensor) Points() int {
	if s.kind == contract.Supervised {
		return 1
	}
	return 2
}

// Convert appends the samples of one measurement to dst. It allocates nothing when dst has room.
func (s *Sensor) Convert(dst []contract.Sample, in Input) []contract.Sample {
	if s.kind == contract.Supervised {
		return append(dst, s.statusSample(s.contact(in)))
	}
	signal, loop := s.signal(in)
	v := math.NaN()
	if loop == LoopSound {
		v = s.w.From + (signal-s.e.Zero)/(s.e.Full-s.e.Zero)*(s.w.To-s.w.From)
	}
	value := s.value.Measured(v)
	value.Point = s.valueAt
	return append(dst, value, s.statusSample(loop))
}

// statusSample is the sample of the point that says how the signal or the contact is.
func (s *Sensor) statusSample(raw uint64) contract.Sample {
	out := s.status.Sample(raw)
	faulty := raw != 0 && (s.kind != contract.Supervised || raw != ContactAlarm)
	if faulty && out.Means == contract.Normal {
		// A contract that forgot a state must not turn it into normal. An alarm is left alone:
		// what a closed contact means is for the configuration to say.
		out.Quality, out.Means = contract.Unknown, contract.Fault
	}
	out.Point = s.statusAt
	return out
}

// signal is the sensor's output in the contract's unit, and how it is.
func (s *Sensor) signal(in Input) (signal float64, loop uint64) {
	if !finite(in.Volts) {
		return 0, LoopBroken
	}
	signal = in.Volts * s.w.Divider
	switch s.kind {
	case contract.Current:
		signal = signal / s.w.ShuntOhms * 1000
	case contract.Ratiometric:
		if s.w.SupplyMeasured {
			if !finite(in.Supply) || math.Abs(in.Supply/s.e.Supply-1) > supplyLimits {
				return 0, LoopSupply
			}
			signal *= s.e.Supply / in.Supply
		}
	case contract.Voltage, contract.Supervised:
	}
	e := &s.e
	switch {
	case in.Saturated:
		return 0, LoopShort
	case signal < e.Broken:
		return 0, LoopBroken
	case signal < (e.Broken+e.Zero)/2-hair:
		return 0, LoopUnder
	case signal > e.Short:
		return 0, LoopShort
	case signal > (e.Full+e.Short)/2+hair:
		return 0, LoopOver
	}
	return signal, LoopSound
}

const (
	// supplyTolerance is how far a nominal supply may be off.
	supplyTolerance = 0.05
	// supplyLimits is how far a measured supply may be off before nothing is believed.
	supplyLimits = 0.15
	// hair keeps rounding from moving a limit that is itself still good.
	hair = 1e-9
)

func finite(vs ...float64) bool {
	for _, v := range vs {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

func positive(name string, v float64) error {
	if !finite(v) || v <= 0 {
		return fmt.Errorf("%w: %s is %g: it must be greater than 0", ErrWiring, name, v)
	}
	return nil
}
