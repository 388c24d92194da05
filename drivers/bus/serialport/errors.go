package serialport

import (
	"errors"
	"strings"
)

// The errors that a caller tells apart with errors.Is. All but ErrTimeout come wrapped in
// an *Error that names the port and, where there is one, the way out.
var (
	// ErrTimeout means that the deadline passed before a byte came or went.
	ErrTimeout = errors.New("time-out")
	// ErrGone means that the device was pulled out or its driver hung up. The port is of no
	// further use: Close it, Await its return and Open it again.
	ErrGone = errors.New("port is gone")
	// ErrClosed means that Close was called.
	ErrClosed = errors.New("port is closed")
	// ErrBusy means that another process, or another port of this one, uses the device.
	ErrBusy = errors.New("port is in use")
	// ErrNotFound means that no device answers to the name at this moment.
	ErrNotFound = errors.New("no such port")
	// ErrAmbiguous means that a name fits more than one device. Nothing is opened then:
	// the wrong bus would be read without anybody noticing.
	ErrAmbiguous = errors.New("name fits more than one port")
	// ErrPermission means that the operating system doesn't let this user have the device.
	ErrPermission = errors.New("permission denied")
	// ErrUnsupported means that the driver or the library can't do what was asked for.
	ErrUnsupported = errors.New("not supported")
	// ErrInvalid means that the Spec itself is wrong; it can never work.
	ErrInvalid = errors.New("invalid port settings")
)

// Error is a failure of one port.
type Error struct {
	// Op is what was tried: "open", "read", "write", "resolve", …
	Op string
	// Port is the device node, or the configured name while there is no node.
	Port string
	// Err is the cause; errors.Is sees one of this package's sentinels through it.
	Err error
	// Hint is the way out for the person who reads it, or empty.
	Hint string
}

// Error says what was tried with which port, what happened and what to do.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	b.WriteByte(' ')
	b.WriteString(e.Port)
	b.WriteString(": ")
	b.WriteString(e.Err.Error())
	if e.Hint != "" {
		b.WriteString(" (")
		b.WriteString(e.Hint)
		b.WriteByte(')')
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
