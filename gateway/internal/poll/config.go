package poll

import (
	"errors"
	"fmt"
	"time"

	"firepost/firmware-contracts/contract"
)

// The reasons for which this package fails.
var (
	// ErrConfig is wrapped when a Config makes no sense at all: no contract, two devices at
	// one address, a point that no request can hold.
	ErrConfig = errors.New("invalid bus")
	// ErrInfeasible is wrapped when the deadlines can't be met; the text has the arithmetic.
	ErrInfeasible = errors.New("the deadlines can't be met")
	// ErrDown is wrapped by Do while the port is away. Try again once it is back.
	ErrDown = errors.New("bus is down")
	// ErrLent means that the port is in an installer's hands; nobody watches the bus meanwhile.
	ErrLent = errors.New("in the hands of an installer")
	// ErrBusy is wrapped by Do when too many commands are waiting already.
	ErrBusy = errors.New("too many commands are waiting")
	// ErrStopped is wrapped by Do when Run ended before the command's turn.
	ErrStopped = errors.New("bus was stopped")
)

// The values that Config and Device mean where they say zero.
const (
	// DefaultDeadline is the longest time between two reads of an alarm point.
	DefaultDeadline = 10 * time.Second
	// DefaultSlowEvery is the interval of the slow points.
	DefaultSlowEvery = 60 * time.Second
	// DefaultShare of the wire is for the slow lane, and again for probing.
	DefaultShare = 0.10
	// Reassert is how often every output is written and read back: design value, counted
	// in the plan.
	Reassert = 10 * time.Second
)

// Device is one device on the bus.
type Device struct {
	// Name is the configured name; Unit the address, 1–255, unique on the bus.
	Name string
	Unit uint8
	// Contract describes what can be read.
	Contract *contract.Contract
	// Deadline is the longest time between two reads of an alarm point; zero means
	// DefaultDeadline. SlowEvery is the interval of the slow points; zero means
	// DefaultSlowEvery.
	Deadline  time.Duration
	SlowEvery time.Duration
}

// Config is one bus.
type Config struct {
	// Name is the configured name, for people and errors.
	Name string
	// Baud is the line's speed; zero means Modbus TCP, where only turnarounds count.
	Baud int
	// CharBits is the length of a character on the wire: 10 for 8N1, 11 for 8E1 and 8N2.
	// Zero means 10.
	CharBits int
	// Devices in any order.
	Devices []Device
	// SlowShare of the wire is for the slow lane; ProbeShare for devices that don't answer.
	// Zero means DefaultShare.
	SlowShare  float64
	ProbeShare float64
}

// withDefaults returns c with every zero replaced. It copies the devices.
func (c Config) withDefaults() Config {
	if c.CharBits == 0 {
		c.CharBits = 10
	}
	if c.SlowShare == 0 {
		c.SlowShare = DefaultShare
	}
	if c.ProbeShare == 0 {
		c.ProbeShare = DefaultShare
	}
	devices := make([]Device, len(c.Devices))
	for i, d := range c.Devices {
		if d.Deadline <= 0 {
			d.Deadline = DefaultDeadline
		}
		if d.SlowEvery <= 0 {
			d.SlowEvery = DefaultSlowEvery
		}
		devices[i] = d
	}
	c.Devices = devices
	return c
}

// check refuses what no plan could be made of.
func (c *Config) check() error {
	if c.Baud < 0 || c.CharBits < 7 || c.CharBits > 12 {
		return fmt.Errorf("%w %s: %d baud with %d bits a character: a line has 1 baud or more and 7–12 bits", ErrConfig, c.Name, c.Baud, c.CharBits)
	}
	if !(c.SlowShare > 0 && c.ProbeShare > 0 && c.SlowShare+c.ProbeShare < 1) {
		return fmt.Errorf("%w %s: shares of %g (slow) and %g (probes): both are above 0 and together below 1", ErrConfig, c.Name, c.SlowShare, c.ProbeShare)
	}
	var at [256]string
	for i := range c.Devices {
		d := &c.Devices[i]
		switch {
		case d.Contract == nil:
			return fmt.Errorf("%w %s: device %s has no contract", ErrConfig, c.Name, d.Name)
		case d.Unit == 0:
			return fmt.Errorf("%w %s: device %s has unit 0, the broadcast address: use 1–255", ErrConfig, c.Name, d.Name)
		case at[d.Unit] != "":
			return fmt.Errorf("%w %s: devices %s and %s both have unit %d: give one another address", ErrConfig, c.Name, at[d.Unit], d.Name, d.Unit)
		}
		at[d.Unit] = d.Name
	}
	return nil
}
