package pins

import (
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/pin"
)

// recheck is how often a line without a readable error is asked whether it is still there.
const recheck = time.Second

// kernelLine is what a *gpioioctl.GPIOLine offers. Its Read and everything that calls it must
// never be used on an output: they make it an input.
type kernelLine interface {
	In(pull gpio.Pull, edge gpio.Edge) error
	Out(l gpio.Level) error
	Read() gpio.Level
	WaitForEdge(timeout time.Duration) bool
	Close()
}

// lineSet is what a *gpioioctl.LineSet of one line offers: a read that can fail.
type lineSet interface {
	Read(mask gpio.GPIOValue) (gpio.GPIOValue, error)
	WaitForEdge(timeout time.Duration) (number int, edge gpio.Edge, err error)
	Close() error
}

type direction uint8

const (
	unused direction = iota
	input
	output
)

// hostLine is one line of a GPIO chip, made safe: an output is never read, made an input or
// released; a failed read is an error and not Low; a time-out means what conn says. One
// goroutine uses it at a time; the direction is guarded all the same.
type hostLine struct {
	name   string
	number int
	line   kernelLine
	// request asks the kernel for the line as an input on its own, with a read that can fail.
	// It is nil for a line that the chip can't find by name.
	request func(pull gpio.Pull, edge gpio.Edge) (lineSet, error)

	mu      sync.Mutex
	dir     direction
	written bool // an Out has succeeded
	last    gpio.Level
	set     lineSet
	pull    gpio.Pull
	edge    gpio.Edge
	// seen is the level that was read last and checked, checked when that was.
	seen    gpio.Level
	checked time.Time
}

var (
	_ gpio.PinIO = (*hostLine)(nil)
	_ Leveler    = (*hostLine)(nil)
)

// String is the line's name; the library's own String would read the line.
func (h *hostLine) String() string { return h.name }

// Name is the line's name.
func (h *hostLine) Name() string { return h.name }

// Number is the line's offset on its chip.
func (h *hostLine) Number() int { return h.number }

// Function is empty: the library's own would read the line.
func (h *hostLine) Function() string { return "" }

// Func is unknown, for the reason that Function is empty.
func (h *hostLine) Func() pin.Func { return pin.FuncNone }

// DefaultPull is not known to the kernel's interface.
func (h *hostLine) DefaultPull() gpio.Pull { return gpio.PullNoChange }

// Pull is the resistor that was asked for.
func (h *hostLine) Pull() gpio.Pull {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.pull
}

// PWM is not offered by the kernel's interface.
func (h *hostLine) PWM(gpio.Duty, physic.Frequency) error {
	return h.fail("set", fmt.Errorf("PWM is not supported"), "")
}

func (h *hostLine) fail(op string, err error, hint string) error {
	return &Error{Op: op, Line: h.name, Err: err, Hint: hint}
}

// In makes the line an input. It is refused for a line that has been an output: the errors
// wrap ErrIsOutput then.
func (h *hostLine) In(pull gpio.Pull, edge gpio.Edge) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dir == output {
		return h.fail("watch", ErrIsOutput, "it would let go of what it drives; give the contact a line of its own, or restart if the wiring changed")
	}
	h.release()
	if h.request == nil {
		if err := h.line.In(pull, edge); err != nil {
			h.line.Close() // it believes that it is configured
			return lineError("watch", h.name, err)
		}
	} else {
		set, err := h.request(pull, edge)
		if err != nil {
			return lineError("watch", h.name, err)
		}
		h.set = set
	}
	h.dir, h.pull, h.edge, h.checked = input, pull, edge, time.Time{}
	return nil
}

// release gives an input back to the kernel.
func (h *hostLine) release() {
	switch {
	case h.dir != input:
	case h.set != nil:
		_ = h.set.Close()
		h.set = nil
	default:
		h.line.Close()
	}
	if h.dir == input {
		h.dir = unused
	}
}

// Halt gives an input back to the kernel. An output stays as it is: to let go of it could
// silence a sounder.
func (h *hostLine) Halt() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.release()
	return nil
}

// Read is Level without its error, for the interface's sake. For an output it is what was
// written last.
func (h *hostLine) Read() gpio.Level {
	h.mu.Lock()
	last, dir := h.last, h.dir
	h.mu.Unlock()
	if dir == output {
		return last
	}
	l, err := h.Level()
	if err != nil {
		return gpio.Low
	}
	return l
}

// Level reads an input.
func (h *hostLine) Level() (gpio.Level, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.dir == output:
		return gpio.Low, h.fail("read", ErrIsOutput, "an output is read back by a feedback contact or by its current")
	case h.dir == unused:
		return gpio.Low, h.fail("read", fmt.Errorf("it is not set up as an input"), "")
	case h.set == nil:
		return h.unsure()
	}
	bits, err := h.set.Read(1)
	if err != nil {
		return gpio.Low, lineError("read", h.name, err)
	}
	return bits&1 == 1, nil
}

// unsure reads a line whose failure looks like Low. Setting the line up again does tell a
// failure, for most chips, so that is done before a new level is believed, and now and then.
func (h *hostLine) unsure() (gpio.Level, error) {
	l, now := h.line.Read(), time.Now()
	if l == h.seen && now.Sub(h.checked) < recheck {
		return l, nil
	}
	if err := h.line.In(h.pull, h.edge); err != nil {
		return gpio.Low, lineError("read", h.name, err)
	}
	h.seen, h.checked = h.line.Read(), now
	return h.seen, nil
}

// WaitForEdge waits for an edge for as long as conn says: -1 and less for ever, 0 not at all.
func (h *hostLine) WaitForEdge(timeout time.Duration) bool {
	h.mu.Lock()
	set, listening := h.set, h.dir == input && h.edge != gpio.NoEdge
	h.mu.Unlock()
	if !listening {
		return false
	}
	switch {
	case timeout < 0:
		timeout = 0 // for ever, to gpioioctl
	case timeout == 0:
		timeout = 1
	}
	if set == nil {
		return h.line.WaitForEdge(timeout)
	}
	_, edge, err := set.WaitForEdge(timeout)
	return err == nil && edge != gpio.NoEdge
}

// Out drives the line. It is refused while the line is watched: the errors wrap ErrIsInput.
func (h *hostLine) Out(l gpio.Level) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dir == input {
		return h.fail("set", ErrIsInput, "give the output a line of its own")
	}
	if err := h.line.Out(l); err != nil {
		if !h.written {
			// The library believes now that the line is an output, and would never ask the
			// kernel for it again. Nothing has been driven yet, so nothing is let go.
			h.line.Close()
		}
		return lineError("set", h.name, err)
	}
	h.dir, h.written, h.last = output, true, l
	return nil
}
