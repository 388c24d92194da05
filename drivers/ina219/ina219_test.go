package ina219_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/physic"

	"firepost/drivers/bus/i2c"
	"firepost/drivers/drivertest"
	"firepost/drivers/ina219"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
)

func model() *contract.Contract {
	return &contract.Contract{
		Name: "ina219", Version: 1, Transport: contract.Chips, Chip: "ina219",
		Points: []contract.Point{
			{Name: "voltage", Type: contract.F32, Unit: "V", Range: &contract.Range{Min: 0, Max: 32}, Role: contract.RolePower},
			{Name: "current", Type: contract.F32, Unit: "A", Range: &contract.Range{Min: -50, Max: 50}, Role: contract.RolePower},
			{Name: "power", Type: contract.F32, Unit: "W", Range: &contract.Range{Min: -1000, Max: 1000}, Role: contract.RolePower},
		},
	}
}

func newReader(t *testing.T, o ina219.Options) *ina219.Reader {
	t.Helper()
	r, err := ina219.New(o, model())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// monitor is a simulated chip: SBOS448G section 8.6.
type monitor struct {
	shunt   int16  // 10 µV each
	bus     uint16 // 4 mV each
	regs    [6]uint16
	fresh   time.Time // when the next conversion is done
	dead    bool      // makes no conversions
	nobody  bool
	address uint16
}

func newMonitor(shunt int16, bus uint16) *monitor {
	m := &monitor{shunt: shunt, bus: bus, address: 0x40}
	m.Cut()
	return m
}

func (m *monitor) String() string                  { return "fake" }
func (m *monitor) SetSpeed(physic.Frequency) error { return nil }

func (m *monitor) Cut() {
	m.regs = [6]uint16{0x399F, 0, 0, 0, 0, 0}
	m.fresh = time.Now().Add(time.Millisecond)
}

func (m *monitor) convert() {
	if m.dead || time.Now().Before(m.fresh) {
		return
	}
	current := int64(m.shunt) * int64(m.regs[5]) / 4096
	m.regs[1] = uint16(m.shunt)
	m.regs[2] = m.bus<<3 | 2
	if current > math.MaxInt16 || current < math.MinInt16 {
		m.regs[2] |= 1
		current = int64(int16(current))
	}
	m.regs[4] = uint16(int16(current))
	m.regs[3] = uint16(max(current, -current) * int64(m.bus) / 5000)
}

func (m *monitor) Tx(addr uint16, w, r []byte) error {
	if addr != m.address || m.nobody {
		return fmt.Errorf("%w: nobody at 0x%02x", i2c.ErrNoAnswer, addr)
	}
	m.convert()
	switch {
	case len(w) == 3 && w[0] == 0:
		m.regs[0] = binary.BigEndian.Uint16(w[1:])
		m.regs[2] &^= 2
		m.fresh = time.Now().Add(136 * time.Millisecond)
	case len(w) == 3 && w[0] == 5:
		m.regs[5] = binary.BigEndian.Uint16(w[1:]) &^ 1
	case len(w) == 1 && w[0] < 6 && len(r) == 2:
		binary.BigEndian.PutUint16(r, m.regs[w[0]])
		if w[0] == 3 {
			m.regs[2] &^= 2
			m.fresh = time.Now().Add(136 * time.Millisecond)
		}
	default:
		return fmt.Errorf("unknown access: % x", w)
	}
	return nil
}

func TestConformance(t *testing.T) {
	drivertest.Chips(t, drivertest.ChipSpec{
		Name: "ina219", Address: 0x40, Points: 3,
		New:  func(t *testing.T) i2c.Reader { return newReader(t, ina219.Options{}) },
		Chip: func() drivertest.FakeChip { return newMonitor(1000, 3000) },
	})
}

// The example of the data sheet (SBOS448F page 24, table 3; SBOS448G section 9.2.2.1): 12 V,
// 10 A over 2 mΩ. Shunt 07D0h, bus 5D98h (with CNVR here: 5D9Ah), calibration 5000h, current
// 2710h = 10 A, power 1766h = 119.8 W. Its current LSB of 1 mA is a full scale of 32.768 A.
func TestDataSheetExample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := &i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{
			{Addr: 0x40, W: []byte{0x05, 0x50, 0x00}},
			{Addr: 0x40, W: []byte{0x00, 0x1F, 0xFF}}, // the driver's own: 16 V
			{Addr: 0x40, W: []byte{0x00, 0x3F, 0xFF}}, // 32 V
			{Addr: 0x40, W: []byte{0x02}, R: []byte{0x00, 0x00}},
			{Addr: 0x40, W: []byte{0x02}, R: []byte{0x5D, 0x9A}},
			{Addr: 0x40, W: []byte{0x01}, R: []byte{0x07, 0xD0}},
			{Addr: 0x40, W: []byte{0x02}, R: []byte{0x5D, 0x9A}},
			{Addr: 0x40, W: []byte{0x04}, R: []byte{0x27, 0x10}},
			{Addr: 0x40, W: []byte{0x03}, R: []byte{0x17, 0x66}},
			{Addr: 0x40, W: []byte{0x00}, R: []byte{0x3F, 0xFF}},
			{Addr: 0x40, W: []byte{0x05}, R: []byte{0x50, 0x00}},
		}}
		samples, err := newReader(t, ina219.Options{ShuntOhms: 0.002, MaxAmps: 32.768}).Read(t.Context(), bus)
		if err != nil {
			t.Fatal(err)
		}
		if err := bus.Close(); err != nil {
			t.Fatal(err)
		}
		for i, want := range []float64{11.98, 10, 119.8} {
			if s := samples[i]; s.Point != i || s.Quality != contract.Good || math.Abs(s.Value-want) > 1e-6 {
				t.Errorf("point %d: %+v, want %g", i, s, want)
			}
		}
	})
}

func read(t *testing.T, m *monitor, o ina219.Options) []contract.Sample {
	t.Helper()
	samples, err := newReader(t, o).Read(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return samples
}

func TestValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A 24 V battery: the driver's own range ends at 16 V.
		if s := read(t, newMonitor(1000, 6450), ina219.Options{}); math.Abs(s[0].Value-25.8) > 1e-9 || s[0].Quality != contract.Good {
			t.Errorf("25.8 V: %+v", s[0])
		}
		// Discharging: current and power are negative.
		s := read(t, newMonitor(-10000, 3000), ina219.Options{})
		if math.Abs(s[1].Value+1) > 0.001 || math.Abs(s[2].Value+12) > 0.02 {
			t.Errorf("-1 A at 12 V: %+v", s)
		}
		// Overflow, and the end of the shunt's scale: no current, no power, but the voltage.
		for name, s := range map[string][]contract.Sample{
			"overflow":   read(t, newMonitor(20000, 3000), ina219.Options{MaxAmps: 1}),
			"saturation": read(t, newMonitor(32000, 3000), ina219.Options{}),
			"below":      read(t, newMonitor(-32000, 3000), ina219.Options{}),
		} {
			if s[0].Quality != contract.Good || s[1].Quality != contract.Invalid || s[2].Quality != contract.Invalid || s[1].Means != contract.Fault {
				t.Errorf("%s: %+v", name, s)
			}
		}
		if s := read(t, newMonitor(0, 8000), ina219.Options{}); s[0].Quality != contract.Invalid {
			t.Errorf("32 V, the end of the scale: %+v", s[0])
		}
	})
}

// After an overflow the ready bit must not stay set, or the next value could be an old one.
func TestOverflowClearsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, r := newMonitor(20000, 3000), newReader(t, ina219.Options{MaxAmps: 1})
		if _, err := r.Read(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		m.dead = true
		if s, err := r.Read(t.Context(), m); !errors.Is(err, ina219.ErrStale) {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

func TestFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, r := newMonitor(1000, 3000), newReader(t, ina219.Options{})
		if _, err := r.Read(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		m.Cut()
		time.Sleep(time.Second)
		if s, err := r.Read(t.Context(), m); !errors.Is(err, ina219.ErrLostSettings) || s != nil {
			t.Errorf("after a cut supply: %+v, %v", s, err)
		}
		if s, err := r.Read(t.Context(), m); err != nil || math.Abs(s[1].Value-0.1) > 0.001 {
			t.Errorf("set up again: %+v, %v", s, err)
		}
		m.dead = true
		if s, err := r.Read(t.Context(), m); !errors.Is(err, ina219.ErrStale) || s != nil {
			t.Errorf("a chip that stands still: %+v, %v", s, err)
		}
		m.dead, m.nobody = false, true
		if s, err := r.Read(t.Context(), m); !errors.Is(err, i2c.ErrNoAnswer) || s != nil {
			t.Errorf("nobody: %+v, %v", s, err)
		}
	})
}

func TestOptions(t *testing.T) {
	for _, o := range []ina219.Options{
		{Address: 0x3F}, {Address: 0x50}, {ShuntOhms: -1}, {ShuntOhms: math.NaN()}, {MaxAmps: -1},
		{MaxAmps: 4}, {MaxAmps: math.NaN()}, {ShuntOhms: 0.0001, MaxAmps: 1}, {ShuntOhms: math.Inf(1)},
	} {
		if _, err := ina219.New(o, model()); !errors.Is(err, ina219.ErrOptions) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	wrong := model()
	wrong.Points[1].Name = "frequency"
	for _, c := range []*contract.Contract{nil, {}, wrong, {Transport: contract.Chips, Chip: "ina219"}} {
		if _, err := ina219.New(ina219.Options{}, c); !errors.Is(err, i2c.ErrInvalid) {
			t.Errorf("contract %v: %v", c, err)
		}
	}
}

// The contract that booths use fits this driver, and its values are floats.
func TestBuiltInContract(t *testing.T) {
	set, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	c, ok := set.Get("ina219@1")
	if !ok {
		t.Fatal("there is none")
	}
	if _, err := ina219.New(ina219.Options{}, c); err != nil {
		t.Error(err)
	}
	for i := range c.Points {
		if s := c.Points[i].Measured(12.25); s.Value != 12.25 {
			t.Errorf("%s: 12.25 becomes %g", c.Points[i].Name, s.Value)
		}
	}
}
