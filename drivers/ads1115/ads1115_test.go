package ads1115_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/devices/v3/ads1x15"

	"firepost/drivers/ads1115"
	"firepost/drivers/analog"
	"firepost/drivers/bus/i2c"
	"firepost/drivers/drivertest"
	"firepost/firmware-contracts/contract"
)

func gauge() *contract.Contract {
	return &contract.Contract{
		Name: "gauge-4-20ma", Version: 1, Transport: contract.Analog,
		Electrical: &contract.Electrical{Kind: contract.Current, Zero: 4, Full: 20, Broken: 3.6, Short: 21},
		Points: []contract.Point{
			{Name: "pressure", Type: contract.F32, Unit: "MPa", Range: &contract.Range{Min: 0, Max: 1.6}, Role: contract.RolePressure},
			loopPoint(),
		},
	}
}

func ratiometric() *contract.Contract {
	c := gauge()
	c.Name = "gauge-ratiometric"
	c.Electrical = &contract.Electrical{Kind: contract.Ratiometric, Zero: 0.5, Full: 4.5, Broken: 0.25, Short: 4.75, Supply: 5}
	return c
}

func loopPoint() contract.Point {
	return contract.Point{Name: "loop", Type: contract.U16, Role: contract.RoleFault, Values: []contract.ValueMeaning{
		{Raw: 0, Means: contract.Normal}, {Raw: 1, Means: contract.Fault}, {Raw: 2, Means: contract.Fault},
		{Raw: 3, Means: contract.Fault}, {Raw: 4, Means: contract.Fault},
	}}
}

func newChannel(t *testing.T, input int) *ads1115.Channel {
	t.Helper()
	conv, err := ads1115.New(ads1115.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ch, err := conv.Channel(input, gauge(), analog.Wiring{ShuntOhms: 100})
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

// converter is a simulated chip: SBAS444D section 9.6. Conversions take time, a start while
// one is under way has no effect, and the result is the input's that was chosen when the
// conversion began.
type converter struct {
	codes  [4]int16
	config uint16
	result uint16
	slow   float64 // how much longer a conversion takes than it should
	until  time.Time
	next   int16
	never  bool // conversions never end
	noisy  bool // every read of the result differs
	reads  int
	after  func() // called once after a read of the result
}

func newConverter(codes ...int16) *converter {
	c := &converter{slow: 1}
	copy(c.codes[:], codes)
	c.Cut()
	return c
}

func (c *converter) String() string                  { return "fake" }
func (c *converter) SetSpeed(physic.Frequency) error { return nil }
func (c *converter) Cut()                            { c.config, c.result, c.until = 0x8583, 0, time.Time{} }

func (c *converter) settle() {
	if c.config&0x8000 == 0 && !c.never && !time.Now().Before(c.until) {
		c.config |= 0x8000
		c.result = uint16(c.next)
	}
}

func (c *converter) Tx(addr uint16, w, r []byte) error {
	if addr != 0x48 {
		return fmt.Errorf("%w: nobody at 0x%02x", i2c.ErrNoAnswer, addr)
	}
	c.settle()
	switch {
	case len(w) == 3 && w[0] == 1:
		v := binary.BigEndian.Uint16(w[1:])
		start := v&0x8000 != 0 && c.config&0x8000 != 0
		c.config = c.config&0x8000 | v&0x7FFF
		if start {
			c.config &= 0x7FFF
			if mux := v >> 12 & 7; mux >= 4 {
				c.next = c.codes[mux-4]
			} else {
				c.next = 0
			}
			c.until = time.Now().Add(time.Duration(c.slow * float64(time.Second) / 128))
		}
	case len(w) == 1 && w[0] == 1 && len(r) == 2:
		binary.BigEndian.PutUint16(r, c.config)
	case len(w) == 1 && w[0] == 0 && len(r) == 2:
		c.reads++
		v := c.result
		if c.noisy {
			v += uint16(c.reads)
		}
		binary.BigEndian.PutUint16(r, v)
		if c.after != nil {
			c.after()
			c.after = nil
		}
	default:
		return fmt.Errorf("unknown access: % x", w)
	}
	return nil
}

func TestConformance(t *testing.T) {
	drivertest.Chips(t, drivertest.ChipSpec{
		Name: "ads1115", Address: 0x48, Points: 2,
		New:  func(t *testing.T) i2c.Reader { return newChannel(t, 1) },
		Chip: func() drivertest.FakeChip { return newConverter(1, 8000, 3, 4) },
	})
}

func TestConformanceWithMeasuredSupply(t *testing.T) {
	drivertest.Chips(t, drivertest.ChipSpec{
		Name: "ads1115", Address: 0x48, Points: 2,
		New: func(t *testing.T) i2c.Reader {
			conv, err := ads1115.New(ads1115.Options{Supply: 5.5})
			if err != nil {
				t.Fatal(err)
			}
			ch, err := conv.ChannelWithSupply(0, ratiometric(), analog.Wiring{}, 3, 1)
			if err != nil {
				t.Fatal(err)
			}
			return ch
		},
		Chip: func() drivertest.FakeChip { return newConverter(13333, 0, 0, 26667) },
	})
}

// The bytes of one reading of AIN0, from SBAS444D pages 27–29: config 0xC383 is OS 1, MUX 100
// (AIN0 against GND), PGA 001 (±4.096 V), MODE 1, DR 100 (128 a second), comparator off. Code
// 0x2580 is 9600, so 1.2 V, which over 100 ohms is 12 mA.
func TestReadBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := &i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{
			{Addr: 0x48, W: []byte{0x01}, R: []byte{0x85, 0x83}}, // idle, power-on settings
			{Addr: 0x48, W: []byte{0x01, 0xC3, 0x83}},            // start
			{Addr: 0x48, W: []byte{0x01}, R: []byte{0x43, 0x83}}, // not yet
			{Addr: 0x48, W: []byte{0x01}, R: []byte{0xC3, 0x83}}, // done
			{Addr: 0x48, W: []byte{0x00}, R: []byte{0x25, 0x80}}, // result
			{Addr: 0x48, W: []byte{0x00}, R: []byte{0x25, 0x80}}, // the same
			{Addr: 0x48, W: []byte{0x01}, R: []byte{0xC3, 0x83}}, // still the same settings
		}}
		samples, err := newChannel(t, 0).Read(t.Context(), bus)
		if err != nil {
			t.Fatal(err)
		}
		if err := bus.Close(); err != nil {
			t.Fatal(err)
		}
		if len(samples) != 2 || samples[0].Quality != contract.Good || math.Abs(samples[0].Value-0.8) > 1e-9 {
			t.Errorf("12 mA of 0 to 1.6 MPa: %+v", samples)
		}
		if samples[1].Point != 1 || samples[1].Raw != 0 || samples[1].Means != contract.Normal {
			t.Errorf("loop: %+v", samples[1])
		}
	})
}

// A slow oscillator makes the nominal wait too short: the result register still holds another
// channel's value then.
func TestSlowOscillatorNeverGivesAnotherChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip := newConverter(9600, 16000, 12800, 6400)
		conv, err := ads1115.New(ads1115.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var channels [4]*ads1115.Channel
		for i := range channels {
			if channels[i], err = conv.Channel(i, gauge(), analog.Wiring{ShuntOhms: 100}); err != nil {
				t.Fatal(err)
			}
		}
		want := [4]float64{0.8, 1.6, 1.2, 0.4} // 12, 20, 16 and 8 mA
		for _, slow := range []float64{0.5, 0.9, 1, 1.1, 1.5, 2, 3.4} {
			chip.slow = slow
			for i, ch := range channels {
				samples, err := ch.Read(t.Context(), chip)
				if err != nil {
					t.Fatalf("oscillator slower by %g, input %d: %v", slow, i, err)
				}
				if math.Abs(samples[0].Value-want[i]) > 1e-9 || samples[0].Quality != contract.Good {
					t.Fatalf("oscillator slower by %g, input %d: %+v, want %g", slow, i, samples[0], want[i])
				}
			}
		}
		chip.slow = 10
		if s, err := channels[0].Read(t.Context(), chip); !errors.Is(err, ads1115.ErrNotReady) {
			t.Errorf("a conversion that takes ten times as long: %+v, %v", s, err)
		}
		// The conversion goes on while the next channel is asked. Its start has no effect, and
		// what comes out of the register then is the first channel's.
		if s, err := channels[1].Read(t.Context(), chip); err == nil && math.Abs(s[0].Value-want[1]) > 1e-9 {
			t.Errorf("after one that was given up: %+v", s)
		}
		chip.slow = 1
		time.Sleep(time.Second)
		for i, ch := range channels {
			if s, err := ch.Read(t.Context(), chip); err != nil || math.Abs(s[0].Value-want[i]) > 1e-9 {
				t.Errorf("sound again, input %d: %+v, %v", i, s, err)
			}
		}
	})
}

// The simulated chip does show the trap: periph's driver alone reads another channel's value.
func TestTrapIsReal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip := newConverter(9600, 16000)
		chip.slow = 1.1
		dev, err := ads1x15.NewADS1115(chip, &ads1x15.DefaultOpts)
		if err != nil {
			t.Fatal(err)
		}
		var raw [2]int32
		for range 2 {
			for i := range raw {
				pin, err := dev.PinForChannel(ads1x15.Channel0+ads1x15.Channel(i), 4096*physic.MilliVolt, 128*physic.Hertz, ads1x15.BestQuality)
				if err != nil {
					t.Fatal(err)
				}
				reading, err := pin.Read()
				if err != nil {
					t.Fatal(err)
				}
				raw[i] = reading.Raw
			}
		}
		if raw[0] == 9600 && raw[1] == 16000 {
			t.Error("the simulated chip is too kind to prove anything")
		}
	})
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*converter)
		want  error
	}{
		{"never done", func(c *converter) { c.never = true }, ads1115.ErrNotReady},
		{"result differs", func(c *converter) { c.noisy = true }, ads1115.ErrUnstable},
		{"somebody else starts one", func(c *converter) {
			c.after = func() { _ = c.Tx(0x48, []byte{1, 0xD3, 0x83}, nil) }
		}, ads1115.ErrOtherConversion},
		{"supply cut after the result", func(c *converter) { c.after = c.Cut }, ads1115.ErrOtherConversion},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				chip := newConverter(9600)
				c.spoil(chip)
				samples, err := newChannel(t, 0).Read(t.Context(), chip)
				if !errors.Is(err, c.want) || samples != nil {
					t.Errorf("%+v, %v; want %v", samples, err, c.want)
				}
				if err != nil && !strings.Contains(err.Error(), "input 0") {
					t.Errorf("%v does not name the input", err)
				}
			})
		})
	}
}

// A chip that was put into continuous mode is never idle: it is stopped first.
func TestContinuousModeIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := &i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{
			{Addr: 0x48, W: []byte{0x01}, R: []byte{0x44, 0x83}},
			{Addr: 0x48, W: []byte{0x01, 0x45, 0x83}},
			{Addr: 0x48, W: []byte{0x01}, R: []byte{0xC5, 0x83}},
			{Addr: 0x48, W: []byte{0x01, 0xC3, 0x83}},
			{Addr: 0x48, W: []byte{0x01}, R: []byte{0xC3, 0x83}},
			{Addr: 0x48, W: []byte{0x00}, R: []byte{0x25, 0x80}},
			{Addr: 0x48, W: []byte{0x00}, R: []byte{0x25, 0x80}},
			{Addr: 0x48, W: []byte{0x01}, R: []byte{0xC3, 0x83}},
		}}
		if _, err := newChannel(t, 0).Read(t.Context(), bus); err != nil {
			t.Fatal(err)
		}
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestSaturation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		samples, err := newChannel(t, 0).Read(t.Context(), newConverter(0x7FFF))
		if err != nil || samples[0].Quality != contract.Invalid || samples[1].Raw != analog.LoopShort {
			t.Errorf("%+v, %v", samples, err)
		}
	})
}

func TestOptions(t *testing.T) {
	for _, o := range []ads1115.Options{{Address: 0x47}, {Address: 0x4C}, {Supply: 1}, {Supply: 6}, {Supply: math.NaN()}} {
		if _, err := ads1115.New(o); !errors.Is(err, ads1115.ErrOptions) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	conv, err := ads1115.New(ads1115.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, input := range []int{-1, 4} {
		if _, err := conv.Channel(input, gauge(), analog.Wiring{ShuntOhms: 100}); !errors.Is(err, ads1115.ErrOptions) {
			t.Errorf("input %d: %v", input, err)
		}
	}
	// 21 mA over 250 ohms are 5.25 V, at a chip that has 3.3 V.
	if _, err := conv.Channel(0, gauge(), analog.Wiring{ShuntOhms: 250}); !errors.Is(err, ads1115.ErrOptions) {
		t.Errorf("too much voltage: %v", err)
	}
	if _, err := conv.Channel(0, gauge(), analog.Wiring{}); !errors.Is(err, analog.ErrWiring) {
		t.Errorf("no shunt: %v", err)
	}
	if _, err := conv.Channel(0, gauge(), analog.Wiring{ShuntOhms: 100}); err != nil {
		t.Errorf("refused wiring must leave the input free: %v", err)
	}
	if _, err := conv.Channel(0, gauge(), analog.Wiring{ShuntOhms: 100}); !errors.Is(err, ads1115.ErrOptions) {
		t.Errorf("input taken twice: %v", err)
	}
	if _, err := conv.ChannelWithSupply(1, ratiometric(), analog.Wiring{Divider: 2}, 1, 2); !errors.Is(err, ads1115.ErrOptions) {
		t.Errorf("supply at the same input: %v", err)
	}
	if _, err := conv.ChannelWithSupply(1, ratiometric(), analog.Wiring{Divider: 2}, 3, 0.5); !errors.Is(err, ads1115.ErrOptions) {
		t.Errorf("divider below 1: %v", err)
	}
}

var _ periph.Bus = (*converter)(nil)
