package bme280

import (
	"context"
	"errors"
	"fmt"
	"math"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/devices/v3/bmxx80"

	"firepost/drivers/bus/i2c"
	"firepost/firmware-contracts/contract"
)

// The points that the chip gives.
const (
	PointTemperature = "temperature"
	PointHumidity    = "humidity"
	PointPressure    = "air_pressure"
	PointDewPoint    = "dew_point"
)

// The addresses that the pin SDO chooses (data sheet section 6.2, page 32).
const (
	MinAddress = 0x76
	MaxAddress = 0x77
)

// Errors that a caller tells apart with errors.Is.
var (
	// ErrOptions means that the address can't work.
	ErrOptions = errors.New("invalid settings")
	// ErrChip means that another chip answers at the address.
	ErrChip = errors.New("wrong chip")
	// ErrTrim means that the trimming parameters can't be believed.
	ErrTrim = errors.New("implausible trimming parameters")
	// ErrStarting means that the chip still copies its parameters.
	ErrStarting = errors.New("chip is still starting")
	// ErrNotMeasured means that a value was not measured: the chip has lost its settings.
	ErrNotMeasured = errors.New("not measured")
	// ErrFrozen means that the chip gives the same bytes again and again.
	ErrFrozen = errors.New("value is frozen")
)

// The registers (data sheet table 18, page 27).
const (
	regTrimLow  = 0x88
	regTrimHigh = 0xE1
	regID       = 0xD0
	regCtrlHum  = 0xF2 // then status 0xF3, ctrl_meas 0xF4, config 0xF5
	regStatus   = 0xF3
	regData     = 0xF7
	bitUpdate   = 0x01 // of regStatus: parameters are being copied
	idBME280    = 0x60
	idBMP280    = 0x58
	skipped20   = 0x80000 // of temperature and pressure
	skipped16   = 0x8000  // of humidity
)

// The settings that periph's driver makes of the options in setUp: every value measured once,
// asleep, no filter.
const (
	ctrlHum    = 0x01
	ctrlMeas   = 0x24
	ctrlConfig = 0xA0
)

const (
	chip = "bme280"
	// frozenAfter is how many equal readings in a row are not believed.
	frozenAfter = 16
)

// Options are one chip's settings.
type Options struct {
	// Address is 0x76 or 0x77; 0 means 0x76.
	Address uint16
}

// Reader reads one chip.
type Reader struct {
	addr    uint16
	c       *contract.Contract
	index   []int
	session i2c.Session
	wire    wire
	dev     *bmxx80.Dev // nil until the chip is set up
	trim    trim
	last    [8]byte
	equal   int
	samples []contract.Sample
}

var _ i2c.Reader = (*Reader)(nil)

// New returns a reader that gives the samples of c; it touches no hardware. The error wraps
// ErrOptions or i2c.ErrInvalid.
func New(o Options, c *contract.Contract) (*Reader, error) {
	if o.Address == 0 {
		o.Address = MinAddress
	}
	if o.Address != MinAddress && o.Address != MaxAddress {
		return nil, fmt.Errorf("%s at 0x%02x: %w: the pin SDO gives 0x76 or 0x77", chip, o.Address, ErrOptions)
	}
	index, err := i2c.Points(c, chip, PointTemperature, PointHumidity, PointPressure, PointDewPoint)
	if err != nil {
		return nil, err
	}
	return &Reader{addr: o.Address, c: c, index: index, samples: make([]contract.Sample, 0, len(index))}, nil
}

// Read takes one measurement. The error names chip and address.
func (r *Reader) Read(ctx context.Context, bus periph.Bus) ([]contract.Sample, error) {
	r.session.Begin(ctx, bus, chip, r.addr)
	doing, env, err := r.measure()
	if err = r.session.Fail(doing, err); err != nil {
		r.dev = nil
		return nil, err
	}
	celsius := float64(env.Temperature-physic.ZeroCelsius) / float64(physic.Celsius)
	humidity := r.trim.humidity(r.wire.rawT(), r.wire.rawH())
	hPa := float64(env.Pressure) / float64(100*physic.Pascal)
	r.samples = r.samples[:0]
	for i, v := range [...]float64{celsius, humidity, hPa, dewPoint(celsius, humidity)} {
		if p := r.index[i]; p >= 0 {
			s := r.c.Points[p].Measured(v)
			s.Point = p
			r.samples = append(r.samples, s)
		}
	}
	return r.samples, nil
}

// measure talks to the chip; doing says at what it failed.
func (r *Reader) measure() (doing string, env physic.Env, err error) {
	if err := r.setUp(); err != nil {
		return "set up", env, err
	}
	r.wire.data = [8]byte{}
	if err := r.dev.Sense(&env); err != nil {
		return "read", env, err
	}
	if err := r.verify(); err != nil {
		return "verify", env, err
	}
	w := &r.wire
	for _, v := range [...]struct {
		name         string
		raw, skipped uint32
	}{{"temperature", w.rawT(), skipped20}, {"pressure", w.rawP(), skipped20}, {"humidity", w.rawH(), skipped16}} {
		if v.raw == v.skipped || v.raw == 0 {
			return "read", env, fmt.Errorf("%w: %s is 0x%X", ErrNotMeasured, v.name, v.raw)
		}
	}
	if w.data != r.last {
		r.equal = 0
	}
	r.last = w.data
	if r.equal++; r.equal >= frozenAfter {
		return "read", env, fmt.Errorf("%w: % X for the %dth time", ErrFrozen, w.data, r.equal)
	}
	// The integer arithmetic of the driver wraps round for raw values that no sound chip gives;
	// the same by other arithmetic finds that out.
	celsius := float64(env.Temperature-physic.ZeroCelsius) / float64(physic.Celsius)
	if own := r.trim.fine(w.rawT()) / 5120; math.Abs(own-celsius) > 0.1 {
		return "read", env, fmt.Errorf("%w: temperature is %.2f by one formula and %.2f by another", ErrNotMeasured, celsius, own)
	}
	return "", env, nil
}

// verify reads back what was written, and that the chip has gone to sleep after measuring.
func (r *Reader) verify() error {
	var b [4]byte
	if err := r.session.Tx(r.addr, []byte{regCtrlHum}, b[:]); err != nil {
		return err
	}
	if b[0] != ctrlHum || b[2] != ctrlMeas || b[3] != ctrlConfig {
		return fmt.Errorf("%w: settings are % X, written were %02X .. %02X %02X", ErrNotMeasured, b, ctrlHum, ctrlMeas, ctrlConfig)
	}
	return nil
}

// setUp checks the chip and sets it up unless that has been done.
func (r *Reader) setUp() error {
	if r.dev != nil {
		return nil
	}
	var id, status [1]byte
	if err := r.session.Tx(r.addr, []byte{regID}, id[:]); err != nil {
		return err
	}
	switch id[0] {
	case idBME280:
	case idBMP280:
		return fmt.Errorf("%w: id 0x58 is a BMP280, which measures no humidity", ErrChip)
	default:
		return fmt.Errorf("%w: id 0x%02X, a BME280 has 0x60", ErrChip, id[0])
	}
	if err := r.session.Tx(r.addr, []byte{regStatus}, status[:]); err != nil {
		return err
	}
	if status[0]&bitUpdate != 0 {
		return ErrStarting
	}
	var low [26]byte
	var high [7]byte
	if err := r.session.Tx(r.addr, []byte{regTrimLow}, low[:]); err != nil {
		return err
	}
	if err := r.session.Tx(r.addr, []byte{regTrimHigh}, high[:]); err != nil {
		return err
	}
	t, err := parseTrim(low, high)
	if err != nil {
		return err
	}
	r.wire = wire{Session: &r.session}
	dev, err := bmxx80.NewI2C(&r.wire, r.addr, &bmxx80.Opts{Temperature: bmxx80.O1x, Pressure: bmxx80.O1x, Humidity: bmxx80.O1x})
	if err != nil {
		return err
	}
	if r.wire.low != low || r.wire.high != high {
		return fmt.Errorf("%w: read twice, they differ", ErrTrim)
	}
	r.dev, r.trim = dev, t
	return nil
}

// wire is the bus that periph's driver works on; it notes what the driver reads.
type wire struct {
	*i2c.Session
	low  [26]byte
	high [7]byte
	data [8]byte // pressure, temperature, humidity
}

// Tx carries one transaction out.
func (w *wire) Tx(addr uint16, out, in []byte) error {
	if err := w.Session.Tx(addr, out, in); err != nil {
		return err
	}
	if len(out) == 1 {
		switch out[0] {
		case regTrimLow:
			copy(w.low[:], in)
		case regTrimHigh:
			copy(w.high[:], in)
		case regData:
			copy(w.data[:], in)
		}
	}
	return nil
}

func (w *wire) rawP() uint32 { return raw20(w.data[0:3]) }
func (w *wire) rawT() uint32 { return raw20(w.data[3:6]) }
func (w *wire) rawH() uint32 { return uint32(w.data[6])<<8 | uint32(w.data[7]) }

// raw20 is 20 bits, highest first (data sheet section 5.4.7, page 31).
func raw20(b []byte) uint32 { return uint32(b[0])<<12 | uint32(b[1])<<4 | uint32(b[2])>>4 }
