package ads1115

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"firepost/drivers/bus/i2c"
)

// The registers and bits, SBAS444D section 9.6, pages 27–29.
const (
	regConversion = 0x00   // result, two's complement
	regConfig     = 0x01   // settings; power-on value 0x8583
	bitIdle       = 0x8000 // OS: no conversion is under way; written, it starts one
	bitSingle     = 0x0100 // MODE: one conversion per start, not one after the other
)

// Errors that a caller tells apart with errors.Is.
var (
	// ErrNotReady means that the converter did not finish, or was busy before it was asked.
	ErrNotReady = errors.New("conversion did not finish")
	// ErrOtherConversion means that the config register is not what was written: the result
	// would be another channel's, or that of a chip that has lost its supply.
	ErrOtherConversion = errors.New("result belongs to another conversion")
	// ErrUnstable means that the same result, read twice, was not the same.
	ErrUnstable = errors.New("result read twice differs")
	// ErrOptions means that address, channel or wiring can't work.
	ErrOptions = errors.New("invalid settings")
)

// The polling of the idle bit: at 128 conversions a second one takes 7.8 ms ±10 %.
const (
	pollEvery = time.Millisecond
	polls     = 20
)

// guard is the bus that periph's driver works on. It lets a start through only when the chip
// is idle, and hands out a result only when it is that start's.
type guard struct {
	s       *i2c.Session
	started uint16 // the config that was written, 0 when none was
}

var _ periph.Bus = (*guard)(nil)

func (g *guard) String() string { return g.s.String() }

func (g *guard) SetSpeed(f physic.Frequency) error { return g.s.SetSpeed(f) }

// Tx is what the driver calls: a write of the config register or a read of the result.
func (g *guard) Tx(addr uint16, w, r []byte) error {
	switch {
	case len(w) == 3 && w[0] == regConfig && len(r) == 0:
		if err := g.await(addr, 0); err != nil {
			return err
		}
		if err := g.s.Tx(addr, w, nil); err != nil {
			return err
		}
		g.started = binary.BigEndian.Uint16(w[1:])
		return nil
	case len(w) == 1 && w[0] == regConversion && len(r) == 2:
		return g.result(addr, r)
	default:
		return fmt.Errorf("%w: the driver does what it was not known to do: writes % x, reads %d bytes", ErrOptions, w, len(r))
	}
}

// result reads the result of the conversion that was started.
func (g *guard) result(addr uint16, r []byte) error {
	if g.started == 0 {
		return fmt.Errorf("%w: none was started", ErrOtherConversion)
	}
	if err := g.await(addr, g.started); err != nil {
		return err
	}
	var first, second [2]byte
	if err := g.s.Tx(addr, []byte{regConversion}, first[:]); err != nil {
		return err
	}
	if err := g.s.Tx(addr, []byte{regConversion}, second[:]); err != nil {
		return err
	}
	config, err := g.config(addr)
	if err != nil {
		return err
	}
	if config != g.started|bitIdle {
		return fmt.Errorf("%w: config is 0x%04X after reading, 0x%04X was written", ErrOtherConversion, config, g.started)
	}
	if first != second {
		return fmt.Errorf("%w: % X and % X", ErrUnstable, first, second)
	}
	copy(r, first[:])
	g.started = 0
	return nil
}

// await waits until the chip is idle; want, when not 0, is what its config must be then.
func (g *guard) await(addr, want uint16) error {
	var config uint16
	for range polls {
		var err error
		if config, err = g.config(addr); err != nil {
			return err
		}
		if want != 0 && config|bitIdle != want|bitIdle {
			return fmt.Errorf("%w: config is 0x%04X, 0x%04X was written", ErrOtherConversion, config, want)
		}
		if config&bitIdle != 0 {
			return nil
		}
		if want == 0 && config&bitSingle == 0 {
			// Somebody made it convert for ever, and so it is never idle: end that first.
			if err := g.s.Tx(addr, []byte{regConfig, byte(config>>8)&^0x80 | bitSingle>>8, byte(config)}, nil); err != nil {
				return err
			}
		}
		if err := g.s.Sleep(pollEvery); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: still busy %v later, config 0x%04X", ErrNotReady, polls*pollEvery, config)
}

func (g *guard) config(addr uint16) (uint16, error) {
	var b [2]byte
	if err := g.s.Tx(addr, []byte{regConfig}, b[:]); err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint16(b[:]), nil
}
