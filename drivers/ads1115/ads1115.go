package ads1115

import (
	"context"
	"fmt"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/devices/v3/ads1x15"

	"firepost/drivers/analog"
	"firepost/drivers/bus/i2c"
	"firepost/firmware-contracts/contract"
)

// The addresses that the pin ADDR chooses (SBAS444D table 4, page 23): to GND, VDD, SDA, SCL.
const (
	MinAddress = 0x48
	MaxAddress = 0x4B
)

const (
	// chip is the name in errors.
	chip = "ads1115"
	// rate is conversions per second: 128 is the power-on value and averages well.
	rate = 128 * physic.Hertz
	// topCode is the end of the scale.
	topCode = 32767
	// channels is how many inputs there are.
	channels = 4
)

// Options are one converter's settings.
type Options struct {
	// Address is 0x48 to 0x4B; 0 means 0x48.
	Address uint16
	// Supply is the chip's own supply in V; 0 means 3.3. Inputs above it can't be measured.
	Supply float64
}

// Converter is one chip. All its channels must be read on one goroutine, as an i2c.Source
// does.
type Converter struct {
	addr   uint16
	supply float64
	taken  [channels]bool
}

// New returns a converter; it touches no hardware. The error wraps ErrOptions.
func New(o Options) (*Converter, error) {
	if o.Address == 0 {
		o.Address = MinAddress
	}
	if o.Supply == 0 {
		o.Supply = 3.3
	}
	if o.Address < MinAddress || o.Address > MaxAddress {
		return nil, fmt.Errorf("%s: %w: address 0x%02x: the pin ADDR gives 0x48 to 0x4b", chip, ErrOptions, o.Address)
	}
	if o.Supply < 2 || o.Supply > 5.5 || o.Supply != o.Supply {
		return nil, fmt.Errorf("%s at 0x%02x: %w: supply %g V: the chip takes 2 to 5.5 V", chip, o.Address, ErrOptions, o.Supply)
	}
	return &Converter{addr: o.Address, supply: o.Supply}, nil
}

// Channel is one input of a converter with the sensor that is wired to it. It is an
// i2c.Reader.
type Channel struct {
	conv    *Converter
	number  int
	sensor  *analog.Sensor
	supply  *probe // measures the sensor's supply, nil when that is taken as nominal
	probe   *probe
	session i2c.Session
	samples []contract.Sample
}

var _ i2c.Reader = (*Channel)(nil)

// Channel returns the reader of input 0 to 3 (AIN0 to AIN3 against GND), which gives the
// samples of c, wired as w says. The error wraps ErrOptions or one of package analog's.
func (v *Converter) Channel(input int, c *contract.Contract, w analog.Wiring) (*Channel, error) {
	w.SupplyMeasured = false
	return v.channel(input, c, w, nil)
}

// ChannelWithSupply is Channel for a sensor whose supply is measured at another input, through
// a divider that makes it smaller by the factor divider.
func (v *Converter) ChannelWithSupply(input int, c *contract.Contract, w analog.Wiring, supplyInput int, divider float64) (*Channel, error) {
	w.SupplyMeasured = true
	if divider < 1 || divider != divider {
		return nil, fmt.Errorf("%s at 0x%02x: %w: divider %g of the supply: at least 1", chip, v.addr, ErrOptions, divider)
	}
	if supplyInput == input || supplyInput < 0 || supplyInput >= channels {
		return nil, fmt.Errorf("%s at 0x%02x: %w: input %d for the supply: another one of 0 to 3", chip, v.addr, ErrOptions, supplyInput)
	}
	return v.channel(input, c, w, &probe{channel: channelOf(supplyInput), full: fullScale(v.supply), factor: divider})
}

func (v *Converter) channel(input int, c *contract.Contract, w analog.Wiring, supply *probe) (*Channel, error) {
	if input < 0 || input >= channels {
		return nil, fmt.Errorf("%s at 0x%02x: %w: input %d: there are 0 to 3", chip, v.addr, ErrOptions, input)
	}
	if v.taken[input] {
		return nil, fmt.Errorf("%s at 0x%02x: %w: input %d is taken twice", chip, v.addr, ErrOptions, input)
	}
	sensor, err := analog.New(c, w)
	if err != nil {
		return nil, fmt.Errorf("%s at 0x%02x input %d: %w", chip, v.addr, input, err)
	}
	need := sensor.MaxVolts()
	if need > v.supply {
		return nil, fmt.Errorf("%s at 0x%02x input %d: %w: up to %.2f V must be told apart, the chip's supply is %.2f V: "+
			"use a smaller shunt or a divider, or supply the chip with 5 V", chip, v.addr, input, ErrOptions, need, v.supply)
	}
	ch := &Channel{
		conv: v, number: input, sensor: sensor, supply: supply,
		probe:   &probe{channel: channelOf(input), full: fullScale(need), factor: 1},
		samples: make([]contract.Sample, 0, sensor.Points()),
	}
	for _, p := range []*probe{ch.supply, ch.probe} {
		if err := p.init(&ch.session, v.addr); err != nil {
			return nil, fmt.Errorf("%s at 0x%02x input %d: %w: %w", chip, v.addr, input, ErrOptions, err)
		}
	}
	v.taken[input] = true
	return ch, nil
}

// channelOf is the input against GND.
func channelOf(input int) ads1x15.Channel { return ads1x15.Channel0 + ads1x15.Channel(input) }

// fullScale is the least range that holds volts (SBAS444D page 28, bits PGA).
func fullScale(volts float64) physic.ElectricPotential {
	for _, full := range [...]physic.ElectricPotential{2048 * physic.MilliVolt, 4096 * physic.MilliVolt} {
		if volts <= float64(full)/float64(physic.Volt) {
			return full
		}
	}
	return 6144 * physic.MilliVolt
}

// Read measures the input, and the sensor's supply first where that is measured, and returns
// the contract's samples. The error names chip, address and input.
func (c *Channel) Read(ctx context.Context, bus periph.Bus) ([]contract.Sample, error) {
	c.session.Begin(ctx, bus, chip, c.conv.addr)
	var in analog.Input
	if c.supply != nil {
		volts, saturated, err := c.supply.measure()
		if err != nil {
			return nil, c.session.Fail(fmt.Sprintf("input %d: measure the sensor's supply", c.number), err)
		}
		in.Supply = volts
		if saturated {
			in.Supply = 0 // no supply that can be believed
		}
	}
	volts, saturated, err := c.probe.measure()
	if err = c.session.Fail(fmt.Sprintf("input %d", c.number), err); err != nil {
		return nil, err
	}
	in.Volts, in.Saturated = volts, saturated
	return c.sensor.Convert(c.samples[:0], in), nil
}

// probe measures one input.
type probe struct {
	channel ads1x15.Channel
	full    physic.ElectricPotential
	factor  float64
	guard   guard
	pin     ads1x15.PinADC
}

// init makes periph's pin for the input; it touches no hardware.
func (p *probe) init(s *i2c.Session, addr uint16) error {
	if p == nil {
		return nil
	}
	p.guard.s = s
	dev, err := ads1x15.NewADS1115(&p.guard, &ads1x15.Opts{I2cAddress: addr})
	if err != nil {
		return err
	}
	p.pin, err = dev.PinForChannel(p.channel, p.full, rate, ads1x15.BestQuality)
	return err
}

// measure makes one conversion. saturated means that the input may be higher than volts.
func (p *probe) measure() (volts float64, saturated bool, err error) {
	p.guard.started = 0
	reading, err := p.pin.Read()
	if err != nil {
		return 0, false, err
	}
	return float64(reading.V) / float64(physic.Volt) * p.factor, reading.Raw >= topCode, nil
}
