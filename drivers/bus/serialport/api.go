// Package serialport opens serial ports: by path, by device id or by place on the USB
// tree, through one of two libraries, with the same guarantees where they can be had and
// a plain statement where they can't.
package serialport

import "time"

// Port is one open serial port. One goroutine reads and writes; Close may come from any.
type Port interface {
	// Read waits for at least one byte until the deadline and returns what is there. At the
	// deadline it returns 0 and ErrTimeout; when the adapter is gone, ErrGone.
	Read(p []byte, deadline time.Time) (int, error)
	// Write writes all of p.
	Write(p []byte) error
	// Discard drops whatever has been received and not read, and says how many bytes.
	Discard() (int, error)
	// Close releases the port and wakes a blocked Read with ErrClosed.
	Close() error
	// Path is the device node in use, after resolving an id or a USB place.
	Path() string
	// Baud and CharBits give the time of one character on the wire.
	Baud() int
	CharBits() int
}

// Sleeper is what every Port that Open returns also is. A bus loop that sleeps through it
// between its reads wakes some 70 µs after the time asked for, notices a pull and a Close
// meanwhile, and costs less than one that blocks a thread in nanosleep: a blocked thread
// keeps the runtime's monitor awake.
type Sleeper interface {
	// SleepUntil returns at t or a little later, at once if t has passed. The error is
	// ErrGone or ErrClosed, and then the sleep was cut short. Bytes that arrive meanwhile
	// neither wake nor get lost.
	SleepUntil(t time.Time) error
}
