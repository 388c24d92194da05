package i2c

import (
	"errors"
	"strings"
)

// The errors that a caller tells apart with errors.Is.
var (
	// ErrNoAnswer means that no chip acknowledged the address, or that a chip refused a byte.
	ErrNoAnswer = errors.New("no answer (not acknowledged)")
	// ErrStuck means that the bus is busy, lost arbitration or timed out: a line is held down,
	// a chip stretches the clock for ever, or a cable is wet.
	ErrStuck = errors.New("bus is stuck")
	// ErrShort means that the kernel carried out less than was asked.
	ErrShort = errors.New("transaction was cut short")
	// ErrTransfer means that the kernel gave another error.
	ErrTransfer = errors.New("transfer broke off")
	// ErrGone means that the adapter was pulled out: the bus must be opened again.
	ErrGone = errors.New("bus is gone")
	// ErrNotFound means that there is no such bus at this moment.
	ErrNotFound = errors.New("no such bus")
	// ErrPermission means that the operating system doesn't let this user have the bus.
	ErrPermission = errors.New("permission denied")
	// ErrUnsupported means that the node is no I²C bus, or that its adapter can't do plain
	// I²C transactions.
	ErrUnsupported = errors.New("not supported")
	// ErrInvalid means that what was asked for can never work.
	ErrInvalid = errors.New("invalid settings")
	// ErrClosed means that the bus was closed by us.
	ErrClosed = errors.New("bus is closed")
	// ErrDown means that the bus could not be opened, so nothing was asked.
	ErrDown = errors.New("bus is down")
	// ErrStillRunning means that the context ended while a transaction was under way. The
	// function given to Do may go on after Do has returned.
	ErrStillRunning = errors.New("transaction is still under way")
	// ErrTooMany means that one reading took more transactions than any sound chip needs.
	ErrTooMany = errors.New("too many transactions in one reading")
	// ErrEmpty means that a reader gave neither a sample nor an error.
	ErrEmpty = errors.New("reader gave nothing")
	// ErrPanicked means that a function given to Do panicked; the panic goes on in Run.
	ErrPanicked = errors.New("function panicked")
)

// Error is a failure of one bus.
type Error struct {
	// Op is what was tried: "open", "transfer", …
	Op string
	// Bus is the node, or the configured name while there is no node.
	Bus string
	// Err is the cause; errors.Is sees one of this package's sentinels through it.
	Err error
	// Hint is the way out for the person who reads it, or empty.
	Hint string
}

// Error says what was tried with which bus, what happened and what to do.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	b.WriteByte(' ')
	b.WriteString(e.Bus)
	b.WriteString(": ")
	b.WriteString(e.Err.Error())
	if e.Hint != "" {
		b.WriteString(" (")
		b.WriteString(e.Hint)
		b.WriteByte(')')
	}
	return b.String()
}

// Unwrap gives errors.Is and errors.As the cause.
func (e *Error) Unwrap() error { return e.Err }
