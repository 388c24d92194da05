package sim

import "errors"

// The errors of this package; all others are those of the system.
var (
	// ErrValue means that a value or word does not fit where it should be stored.
	ErrValue = errors.New("value does not fit")
	// ErrUnknown means that a unit, point, device, bus, contract or operation has no such name.
	ErrUnknown = errors.New("unknown name")
	// ErrSpec means that a description of a line, slave or booth contradicts itself.
	ErrSpec = errors.New("impossible description")
	// ErrStopped means that a line, or the process that runs it, has ended.
	ErrStopped = errors.New("line has stopped")

	errClosed  = errors.New("line process is closed")
	errRefused = errors.New("line process refused")
)
