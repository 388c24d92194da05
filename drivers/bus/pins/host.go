package pins

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/host/v3"
	"periph.io/x/host/v3/gpioioctl"
)

// chip is one GPIO chip of the machine.
type chip struct {
	name, label string
	lines       []*hostLine
	// names are the lines' own names, without the chip's name that periph puts before a name
	// which it has met already.
	names []string
}

// system is the machine as the opener sees it; tests bring their own.
type system struct {
	// devices lists the device nodes of GPIO chips, try opens one for a moment.
	devices func() []string
	try     func(path string) error
	// start loads periph's drivers; it works only once in a process.
	start func() error
	chips func() []*chip
	// byName asks periph's registry, which knows the pins of boards.
	byName func(name string) gpio.PinIO
}

// opener finds lines on a system.
type opener struct {
	sys system

	mu      sync.Mutex
	started bool
	chips   []*chip
	others  map[gpio.PinIO]*otherLine
}

// Host returns the machine's own lines. The error says why there are none now: it wraps
// ErrNoChip or ErrPermission. The opener is of use all the same: each Line tries again. Chips
// that appear after one has been found are seen after a restart only.
func Host() (Opener, error) {
	o := newOpener(system{
		devices: func() []string {
			paths, _ := filepath.Glob("/dev/gpiochip*") // the pattern is well formed
			return paths
		},
		try: func(path string) error {
			f, err := os.Open(path) //nolint:gosec // a device node, by name
			if err != nil {
				return err
			}
			return f.Close()
		},
		start:  func() error { _, err := host.Init(); return err },
		chips:  hostChips,
		byName: gpioreg.ByName,
	})
	o.mu.Lock()
	defer o.mu.Unlock()
	return o, o.ready()
}

func newOpener(sys system) *opener {
	return &opener{sys: sys, others: map[gpio.PinIO]*otherLine{}}
}

// hostChips are periph's chips. They are never closed: GPIOChip.Close closes descriptor 0.
func hostChips() []*chip {
	out := make([]*chip, 0, len(gpioioctl.Chips))
	for _, c := range gpioioctl.Chips {
		ours := &chip{name: c.Name(), label: c.Label()}
		for _, l := range c.Lines() {
			h := &hostLine{name: c.Name() + "/" + strconv.Itoa(l.Number()), number: l.Number(), line: l}
			if name := l.Name(); name != "" && c.ByName(name) == l {
				h.request = func(pull gpio.Pull, edge gpio.Edge) (lineSet, error) {
					set, err := c.LineSet(gpioioctl.LineInput, edge, pull, name)
					if err != nil {
						return nil, err
					}
					return set, nil
				}
			}
			ours.lines = append(ours.lines, h)
			ours.names = append(ours.names, strings.TrimPrefix(l.Name(), c.Name()+"-"))
		}
		out = append(out, ours)
	}
	return out
}

// ready finds the chips, once there are any that can be opened. The caller holds the lock.
func (o *opener) ready() error {
	if o.started {
		return nil
	}
	paths := o.sys.devices()
	if len(paths) == 0 {
		return &Error{
			Op: "open", Line: "of any name", Err: ErrNoChip,
			Hint: "there is no /dev/gpiochip*: this machine has no GPIO, or its driver is not loaded (CONFIG_GPIO_CDEV, device tree)",
		}
	}
	var errs []error
	for _, p := range paths {
		if err := o.sys.try(p); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == len(paths) {
		return lineError("open", "of any name", errors.Join(errs...))
	}
	if err := o.sys.start(); err != nil {
		return &Error{Op: "open", Line: "of any name", Err: fmt.Errorf("%w: load periph's drivers: %w", ErrNoChip, err)}
	}
	o.chips = o.sys.chips()
	o.started = true
	return nil
}

// Line finds a line: by chip and offset, by its own name, or by the name of a board's pin.
func (o *opener) Line(name string) (gpio.PinIO, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.ready(); err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			return nil, &Error{Op: e.Op, Line: name, Err: e.Err, Hint: e.Hint}
		}
		return nil, err
	}
	if where, offset, ok := strings.Cut(name, "/"); ok {
		return o.byOffset(name, where, offset)
	}
	if h, err := o.byLineName(name, name); h != nil || err != nil {
		return h.pin(), err
	}
	p := o.sys.byName(name)
	if p == nil || name == "" {
		return nil, o.unknown(name)
	}
	if real, ok := p.(gpio.RealPin); ok {
		p = real.Real()
	}
	// The kernel's own line is better than the registry's: it is exclusive and has edges.
	if h, err := o.byLineName(name, p.Name()); h != nil || err != nil {
		return h.pin(), err
	}
	return o.other(name, p), nil
}

// pin keeps a nil line from becoming an interface that is not nil.
func (h *hostLine) pin() gpio.PinIO {
	if h == nil {
		return nil
	}
	return h
}

// other guards a pin that is not the kernel's.
func (o *opener) other(name string, p gpio.PinIO) *otherLine {
	l := o.others[p]
	if l == nil {
		l = &otherLine{PinIO: p, name: name}
		o.others[p] = l
	}
	return l
}

// byOffset finds "gpiochip0/17"; the chip may be given by its label too.
func (o *opener) byOffset(name, where, offset string) (gpio.PinIO, error) {
	var found *chip
	for _, c := range o.chips {
		if c.name == where {
			found = c
			break
		}
		if c.label != where {
			continue
		}
		if found != nil {
			return nil, &Error{
				Op: "open", Line: name, Err: fmt.Errorf("%w: %s and %s have the label %s", ErrAmbiguous, found.name, c.name, where),
				Hint: "say " + c.name + "/" + offset + " or " + found.name + "/" + offset,
			}
		}
		found = c
	}
	n, err := strconv.Atoi(offset)
	switch {
	case found == nil:
		return nil, o.unknown(name)
	case err != nil || n < 0 || n >= len(found.lines):
		return nil, &Error{
			Op: "open", Line: name, Err: ErrNoLine,
			Hint: fmt.Sprintf("%s has the lines %s/0 to %s/%d", found.name, found.name, found.name, len(found.lines)-1),
		}
	}
	return found.lines[n], nil
}

// named tells a name from what device trees put in place of one.
func named(n string) bool { return n != "" && n != "-" && n != "_" }

// byLineName finds the line that has a name on any chip; none is no error.
func (o *opener) byLineName(asked, name string) (*hostLine, error) {
	var found []*hostLine
	for _, c := range o.chips {
		for i, n := range c.names {
			if n == name && named(n) {
				found = append(found, c.lines[i])
			}
		}
	}
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	which := make([]string, len(found))
	for i, h := range found {
		which[i] = h.name
	}
	return nil, &Error{
		Op: "open", Line: asked, Err: fmt.Errorf("%w: %s", ErrAmbiguous, strings.Join(which, ", ")),
		Hint: "say " + strings.Join(which, " or "),
	}
}

// mostNames bounds how many names of one chip an error lists.
const mostNames = 40

// unknown lists what there is.
func (o *opener) unknown(name string) error {
	var there []string
	for _, c := range o.chips {
		var names []string
		for _, n := range c.names {
			if !named(n) {
				continue
			}
			if len(names) == mostNames {
				names = append(names, "…")
				break
			}
			names = append(names, n)
		}
		text := fmt.Sprintf("%s (%s), %s/0 to %s/%d", c.name, c.label, c.name, c.name, len(c.lines)-1)
		if len(names) > 0 {
			text += ": " + strings.Join(names, " ")
		}
		there = append(there, text)
	}
	hint := "there is " + strings.Join(there, "; ")
	if len(there) == 0 {
		hint = "no chip could be read: the kernel must be 5.10 or newer"
	}
	return &Error{Op: "open", Line: name, Err: ErrNoLine, Hint: hint}
}
