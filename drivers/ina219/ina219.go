package ina219

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	driver "periph.io/x/devices/v3/ina219"

	"firepost/drivers/bus/i2c"
	"firepost/firmware-contracts/contract"
)

// The points that the chip gives.
const (
	PointVoltage = "voltage"
	PointCurrent = "current"
	PointPower   = "power"
)

// The addresses that the pins A1 and A0 choose (SBOS448G table 1, page 14).
const (
	MinAddress = 0x40
	MaxAddress = 0x4F
)

// Errors that a caller tells apart with errors.Is.
var (
	// ErrOptions means that address, shunt or range can't work.
	ErrOptions = errors.New("invalid settings")
	// ErrLostSettings means that the chip had lost its settings, by a cut of its supply.
	ErrLostSettings = errors.New("chip has lost its settings")
	// ErrStale means that the chip has made no conversion since the last reading.
	ErrStale = errors.New("no new conversion")
)

// The registers (SBOS448G table 2, page 18) and their bits.
const (
	regConfig      = 0x00
	regBus         = 0x02 // bits 15–3: 4 mV each; bit 1: CNVR; bit 0: OVF
	regPower       = 0x03 // reading it clears CNVR
	regCalibration = 0x05 // bit 0 is always 0
	bitReady       = 0x0002

	// config: 32 V, ±320 mV, 128 samples of 12 bits each (68.1 ms), both, for ever.
	config = 0x3FFF
)

const (
	chip = "ina219"
	// One conversion of both voltages takes 136 ms.
	pollEvery = 20 * time.Millisecond
	polls     = 20

	fullShunt = 320 * physic.MilliVolt
	fullBus   = 32 * physic.Volt
)

// Options are one chip's settings.
type Options struct {
	// Address is 0x40 to 0x4F; 0 means 0x40.
	Address uint16
	// ShuntOhms is the resistor in the supply line; 0 means 0.1.
	ShuntOhms float64
	// MaxAmps is the highest current to be measured; 0 means as much as the shunt allows,
	// 0.32 V divided by its ohms.
	MaxAmps float64
}

// Reader reads one chip.
type Reader struct {
	opts    driver.Opts
	c       *contract.Contract
	index   []int
	session i2c.Session
	wire    wire
	dev     *driver.Dev // nil until the chip is set up
	samples []contract.Sample
}

var _ i2c.Reader = (*Reader)(nil)

// New returns a reader that gives the samples of c; it touches no hardware. The error wraps
// ErrOptions or i2c.ErrInvalid.
func New(o Options, c *contract.Contract) (*Reader, error) {
	if o.Address == 0 {
		o.Address = MinAddress
	}
	if o.ShuntOhms == 0 {
		o.ShuntOhms = 0.1
	}
	at := fmt.Sprintf("%s at 0x%02x", chip, o.Address)
	if o.Address < MinAddress || o.Address > MaxAddress {
		return nil, fmt.Errorf("%s: %w: the pins give 0x40 to 0x4f", at, ErrOptions)
	}
	if !(o.ShuntOhms >= 0.0001 && o.ShuntOhms <= 100) {
		return nil, fmt.Errorf("%s: %w: shunt of %g ohms: 0.0001 to 100", at, ErrOptions, o.ShuntOhms)
	}
	most := 0.32 / o.ShuntOhms
	if o.MaxAmps == 0 {
		o.MaxAmps = most
	}
	if !(o.MaxAmps > 0 && o.MaxAmps <= most*1.0001) {
		return nil, fmt.Errorf("%s: %w: up to %g A over %g ohms: the chip measures 0.32 V at most, so %.3g A",
			at, ErrOptions, o.MaxAmps, o.ShuntOhms, most)
	}
	// SBOS448G equation 1, page 12: 0.04096 / (current LSB × shunt), 16 bits, the lowest of
	// which can't be set.
	if cal := 0.04096 / (o.MaxAmps / (1 << 15) * o.ShuntOhms); cal >= 1<<16-1 || cal < 2 {
		return nil, fmt.Errorf("%s: %w: %g A over %g ohms give a calibration of %.0f: 2 to 65534, raise the highest current",
			at, ErrOptions, o.MaxAmps, o.ShuntOhms, cal)
	}
	index, err := i2c.Points(c, chip, PointVoltage, PointCurrent, PointPower)
	if err != nil {
		return nil, err
	}
	return &Reader{
		opts: driver.Opts{
			Address:       int(o.Address),
			SenseResistor: physic.ElectricResistance(math.Round(o.ShuntOhms * float64(physic.Ohm))),
			MaxCurrent:    physic.ElectricCurrent(math.Round(o.MaxAmps * float64(physic.Ampere))),
		},
		c: c, index: index, samples: make([]contract.Sample, 0, len(index)),
	}, nil
}

// Read takes one measurement. The error names chip and address.
func (r *Reader) Read(ctx context.Context, bus periph.Bus) ([]contract.Sample, error) {
	r.session.Begin(ctx, bus, chip, uint16(r.opts.Address)) //nolint:gosec // 0x40 to 0x4F
	doing, pm, overflow, err := r.measure()
	if err = r.session.Fail(doing, err); err != nil {
		return nil, err
	}
	volts := float64(pm.Voltage) / float64(physic.Volt)
	amps, watts := float64(pm.Current)/float64(physic.Ampere), float64(pm.Power)/float64(physic.Watt)
	if pm.Voltage >= fullBus {
		volts, watts = math.NaN(), math.NaN()
	}
	if overflow || pm.Shunt >= fullShunt || pm.Shunt <= -fullShunt {
		amps, watts = math.NaN(), math.NaN()
	}
	if amps < 0 {
		watts = -watts
	}
	r.samples = r.samples[:0]
	for i, v := range [...]float64{volts, amps, watts} {
		if p := r.index[i]; p >= 0 {
			s := r.c.Points[p].Measured(v)
			s.Point = p
			r.samples = append(r.samples, s)
		}
	}
	return r.samples, nil
}

// measure talks to the chip; doing says at what it failed.
func (r *Reader) measure() (doing string, pm driver.PowerMonitor, overflow bool, err error) {
	if err := r.setUp(); err != nil {
		r.dev = nil
		return "set up", pm, false, err
	}
	if err := r.await(); err != nil {
		r.dev = nil
		return "wait for a conversion", pm, false, err
	}
	pm, err = r.dev.Sense()
	switch {
	case r.session.Err() != nil:
		return "read", pm, false, err
	case err != nil:
		// The one judgement of the driver's own: OVF. It has left the power register unread,
		// which would keep the ready bit set.
		overflow = true
		if _, err := r.register(regPower); err != nil {
			return "read", pm, false, err
		}
	}
	if err := r.verify(); err != nil {
		r.dev = nil
		return "verify", pm, false, err
	}
	return "", pm, overflow, nil
}

// setUp writes calibration and settings unless that has been done.
func (r *Reader) setUp() error {
	if r.dev != nil {
		return nil
	}
	r.wire = wire{Session: &r.session}
	dev, err := driver.New(&r.wire, &r.opts)
	if err != nil {
		return err
	}
	// Also clears CNVR, so that the first value is of these settings.
	if err := r.session.Tx(r.addr(), []byte{regConfig, config >> 8, config & 0xFF}, nil); err != nil {
		return err
	}
	r.dev = dev
	return nil
}

// await waits until the chip has made a conversion since the last reading.
func (r *Reader) await() error {
	for range polls {
		v, err := r.register(regBus)
		if err != nil {
			return err
		}
		if v&bitReady != 0 {
			return nil
		}
		if err := r.session.Sleep(pollEvery); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w within %v", ErrStale, polls*pollEvery)
}

// verify reads back what was written.
func (r *Reader) verify() error {
	for _, want := range [...]struct {
		register byte
		value    uint16
	}{{regConfig, config}, {regCalibration, r.wire.calibration &^ 1}} {
		got, err := r.register(want.register)
		if err != nil {
			return err
		}
		if got != want.value {
			return fmt.Errorf("%w: register %d is 0x%04X, 0x%04X was written", ErrLostSettings, want.register, got, want.value)
		}
	}
	return nil
}

func (r *Reader) register(n byte) (uint16, error) {
	var b [2]byte
	if err := r.session.Tx(r.addr(), []byte{n}, b[:]); err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint16(b[:]), nil
}

func (r *Reader) addr() uint16 { return uint16(r.opts.Address) } //nolint:gosec // 0x40 to 0x4F

// wire is the bus that periph's driver works on; it notes the calibration that is written.
type wire struct {
	*i2c.Session
	calibration uint16
}

// Tx carries one transaction out.
func (w *wire) Tx(addr uint16, out, in []byte) error {
	if err := w.Session.Tx(addr, out, in); err != nil {
		return err
	}
	if len(out) == 3 && out[0] == regCalibration {
		w.calibration = binary.BigEndian.Uint16(out[1:])
	}
	return nil
}
