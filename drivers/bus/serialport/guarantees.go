package serialport

import (
	"fmt"
	"time"
)

// Guarantees says what a caller can rely on with one backend. Port is what an open Port
// keeps, with the help of this package's own descriptor; Library is what the library would
// keep by itself, which matters to whoever reads a trace of system calls or wonders why the
// descriptor is there.
type Guarantees struct {
	Backend Backend
	Port    Promise
	Library Promise
	// AnyBaud means that rates outside the usual list can be set.
	AnyBaud bool
	// ParityChecked means that a character with a parity error arrives as a zero byte
	// instead of as it was received; a checksum finds both.
	ParityChecked bool
}

// Promise is one set of guarantees.
type Promise struct {
	// TimeoutStep is the granularity of a read's time-out; it is never early.
	TimeoutStep time.Duration
	// GoneDetected means that a pulled adapter is told apart from a time-out, at once.
	GoneDetected bool
	// Exclusive means that a second user of the device is refused, for root as well.
	Exclusive bool
	// CloseWakesRead means that Close ends a blocked Read.
	CloseWakesRead bool
}

// Guarantees returns what b keeps; drivers/drivertest asserts every field. An unknown
// backend keeps nothing.
func (b Backend) Guarantees() Guarantees {
	ours := Promise{TimeoutStep: time.Microsecond, GoneDetected: true, Exclusive: true, CloseWakesRead: true}
	switch b {
	case Bugst, "":
		return Guarantees{
			Backend: Bugst, Port: ours, AnyBaud: true, ParityChecked: true,
			Library: Promise{TimeoutStep: time.Microsecond, GoneDetected: true, CloseWakesRead: true},
		}
	case Tarm:
		return Guarantees{Backend: Tarm, Port: ours, Library: Promise{TimeoutStep: 100 * time.Millisecond}}
	default:
		return Guarantees{Backend: b}
	}
}

// String is the line that a configuration check prints for a port.
func (g Guarantees) String() string {
	return fmt.Sprintf("%s: time-outs in steps of %v (library alone: %v), pull detected %s (library alone: %s), "+
		"exclusive %s (library alone: %s), close wakes a read %s (library alone: %s), any baud rate %s, parity checked %s",
		g.Backend, g.Port.TimeoutStep, g.Library.TimeoutStep,
		yesNo(g.Port.GoneDetected), goneAlone(g.Library), yesNo(g.Port.Exclusive), yesNo(g.Library.Exclusive),
		yesNo(g.Port.CloseWakesRead), yesNo(g.Library.CloseWakesRead), yesNo(g.AnyBaud), yesNo(g.ParityChecked))
}

func goneAlone(p Promise) string {
	if p.GoneDetected {
		return "yes"
	}
	return "no, looks like a time-out"
}

func yesNo(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}
