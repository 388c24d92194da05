package ssd1306

import (
	"context"
	"errors"
	"fmt"
	"time"

	periph "periph.io/x/conn/v3/i2c"
	driver "periph.io/x/devices/v3/ssd1306"

	"firepost/drivers/bus/i2c"
)

// The addresses that the pin D/C# chooses (data sheet section 8.1.5, page 19).
const (
	MinAddress = 0x3C
	MaxAddress = 0x3D
)

// ErrOptions means that the address can't work.
var ErrOptions = errors.New("invalid settings")

const (
	chip = "ssd1306"
	// refresh is how often everything is sent anew.
	refresh = time.Minute

	commands   = 0x00 // control byte: commands follow (data sheet page 20)
	displayOff = 0xAE // data sheet page 28
)

// Display is one display. It is used by one goroutine at a time, as i2c.Source.Do does.
type Display struct {
	addr    uint16
	session i2c.Session
	wire    wire
	dev     *driver.Dev // nil until the display is set up
	since   time.Time   // when it was
}

// New returns a display at the address, 0 meaning 0x3C; it touches no hardware. The error
// wraps ErrOptions.
func New(address uint16) (*Display, error) {
	if address == 0 {
		address = MinAddress
	}
	if address != MinAddress && address != MaxAddress {
		return nil, fmt.Errorf("%s at 0x%02x: %w: displays have 0x3c or 0x3d", chip, address, ErrOptions)
	}
	return &Display{addr: address}, nil
}

// Show brings the display to s. It sends only what has changed, and everything when a minute
// has passed since that, or after an error. The error names chip and address.
func (d *Display) Show(ctx context.Context, bus periph.Bus, s Status) error {
	d.session.Begin(ctx, bus, chip, d.addr)
	err := d.show(s)
	if err = d.session.Fail("show", err); err != nil {
		// The driver takes a frame for shown before it has been sent.
		d.dev = nil
	}
	return err
}

func (d *Display) show(s Status) error {
	if d.dev == nil || time.Since(d.since) >= refresh {
		d.dev = nil
		d.wire = wire{Session: &d.session, addr: d.addr}
		dev, err := driver.NewI2C(&d.wire, &driver.DefaultOpts)
		if err != nil {
			return err
		}
		// The driver asks for horizontal addressing and then uses commands that the data sheet
		// (table 9, page 30) allows in page addressing only.
		if err := d.session.Tx(d.addr, []byte{commands, 0x20, 0x02}, nil); err != nil {
			return err
		}
		d.dev, d.since = dev, time.Now()
	}
	frame := Render(s)
	return d.dev.Draw(frame.Bounds(), frame, frame.Bounds().Min)
}

// Off darkens the display.
func (d *Display) Off(ctx context.Context, bus periph.Bus) error {
	d.session.Begin(ctx, bus, chip, d.addr)
	d.dev = nil
	return d.session.Fail("switch off", d.session.Tx(d.addr, []byte{commands, displayOff}, nil))
}

// wire is the bus that periph's driver works on, which knows one address only.
type wire struct {
	*i2c.Session
	addr uint16
}

// Tx carries one transaction out at the display's true address.
func (w *wire) Tx(_ uint16, out, in []byte) error { return w.Session.Tx(w.addr, out, in) }
