package pins

import (
	"sync"

	"periph.io/x/conn/v3/gpio"
)

// otherLine is a pin that periph drives without the kernel's line interface, such as one of a
// port expander or of a processor's registers. It guards the direction as hostLine does. A
// failed read can't be told from Low there.
type otherLine struct {
	gpio.PinIO
	name string

	mu   sync.Mutex
	dir  direction
	last gpio.Level
}

// String is the name that the line was asked for by; the pin's own may read it.
func (l *otherLine) String() string { return l.name }

// In makes the line an input. It is refused for a line that has been an output: the errors
// wrap ErrIsOutput then.
func (l *otherLine) In(pull gpio.Pull, edge gpio.Edge) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dir == output {
		return &Error{Op: "watch", Line: l.name, Err: ErrIsOutput, Hint: "give the contact a line of its own, or restart if the wiring changed"}
	}
	if err := l.PinIO.In(pull, edge); err != nil {
		return lineError("watch", l.name, err)
	}
	l.dir = input
	return nil
}

// Out drives the line. It is refused while the line is watched: the errors wrap ErrIsInput.
func (l *otherLine) Out(level gpio.Level) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dir == input {
		return &Error{Op: "set", Line: l.name, Err: ErrIsInput, Hint: "give the output a line of its own"}
	}
	if err := l.PinIO.Out(level); err != nil {
		return lineError("set", l.name, err)
	}
	l.dir, l.last = output, level
	return nil
}

// Read reads an input; for an output it is what was written last.
func (l *otherLine) Read() gpio.Level {
	l.mu.Lock()
	dir, last := l.dir, l.last
	l.mu.Unlock()
	if dir == output {
		return last
	}
	return l.PinIO.Read()
}

// Halt ends the watching of an input. An output stays as it is.
func (l *otherLine) Halt() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dir == output {
		return nil
	}
	l.dir = unused
	return l.PinIO.Halt()
}

// Function is empty: a pin's own may read it.
func (l *otherLine) Function() string { return "" }
