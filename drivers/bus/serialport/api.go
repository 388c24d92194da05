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
