package pinstest

import (
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/pin"
)

// queued is how many edges of a line the kernel keeps.
const queued = 16

// Abilities are how a line treats edges.
type Abilities uint8

// The abilities of lines.
const (
	// GoodEdges: as the kernel's own lines.
	GoodEdges Abilities = iota
	// NoEdges: In refuses edges.
	NoEdges
	// StubEdges: In takes edges, and WaitForEdge returns false at once, as for most of
	// periph's port expanders.
	StubEdges
	// DeadEdges: In takes edges and none ever comes: an interrupt that is not wired.
	DeadEdges
)

// Line is one fake line. The outside world drives it with Drive, Break and Stick; it is safe
// for concurrent use.
type Line struct {
	name      string
	abilities Abilities
	edges     chan gpio.Level

	mu       sync.Mutex
	level    gpio.Level
	pull     gpio.Pull
	edge     gpio.Edge
	output   bool
	input    bool
	broken   error
	panics   bool
	stuck    chan struct{}
	released int
	reads    int
	outs     []gpio.Level
	wrong    []string
}

// NewLine returns a line whose wire is high.
func NewLine(name string, a Abilities) *Line {
	return &Line{name: name, abilities: a, level: gpio.High, edges: make(chan gpio.Level, queued)}
}

// Drive sets the level of the wire, and queues an edge if that is a change.
func (l *Line) Drive(level gpio.Level) {
	l.mu.Lock()
	changed := l.level != level
	l.level = level
	listening := l.input && l.edge != gpio.NoEdge && l.abilities == GoodEdges
	l.mu.Unlock()
	if !changed || !listening {
		return
	}
	select {
	case l.edges <- level:
	default: // the kernel drops it as well
	}
}

// DriveLate sets the level of the wire; its edge comes when the function that it returns is
// called.
func (l *Line) DriveLate(level gpio.Level) (edge func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.level = level
	return func() {
		select {
		case l.edges <- level:
		default:
		}
	}
}

// Break makes every use of the line fail with err until Break(nil).
func (l *Line) Break(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = err
}

// Panic makes every use of the line panic, or no longer.
func (l *Line) Panic(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.panics = on
}

// Stick makes every use of the line wait, as a call into the kernel for a chip that hangs,
// until the function that it returns is called.
func (l *Line) Stick() (free func()) {
	gate := make(chan struct{})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stuck = gate
	return func() {
		l.mu.Lock()
		l.stuck = nil
		l.mu.Unlock()
		close(gate)
	}
}

// Outs are the levels that were written, in order.
func (l *Line) Outs() []gpio.Level {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]gpio.Level(nil), l.outs...)
}

// Wrong lists the misuses of the line; a test must find it empty.
func (l *Line) Wrong() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.wrong...)
}

// Reads is how often the level was read.
func (l *Line) Reads() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reads
}

// Released is how often the line was halted.
func (l *Line) Released() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.released
}

func (l *Line) misuse(format string, args ...any) {
	l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
}

// enter waits while the line is stuck, and fails or panics as it was told to.
func (l *Line) enter() error {
	l.mu.Lock()
	gate := l.stuck
	l.mu.Unlock()
	if gate != nil {
		<-gate
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.panics {
		panic("fake line " + l.name)
	}
	return l.broken
}

// In makes the line an input.
func (l *Line) In(pull gpio.Pull, edge gpio.Edge) error {
	if err := l.enter(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.output {
		l.misuse("In on the output %s lets go of it", l.name)
	}
	if edge != gpio.NoEdge && l.abilities == NoEdges {
		return fmt.Errorf("line_config ioctl: operation not supported")
	}
	l.pull, l.edge, l.input = pull, edge, true
	return nil
}

// Level reads the level; the error is Break's.
func (l *Line) Level() (gpio.Level, error) {
	if err := l.enter(); err != nil {
		return gpio.Low, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.output {
		l.misuse("a read of the output %s makes it an input", l.name)
	}
	if !l.input {
		l.misuse("%s is read before In", l.name)
	}
	l.reads++
	return l.level, nil
}

// Read is Level, and Low when that fails.
func (l *Line) Read() gpio.Level {
	level, err := l.Level()
	return level && gpio.Level(err == nil)
}

// WaitForEdge waits as gpioioctl does: 0 is for ever, and below 0 not at all.
func (l *Line) WaitForEdge(timeout time.Duration) bool {
	if l.enter() != nil {
		return false
	}
	l.mu.Lock()
	if l.edge == gpio.NoEdge {
		l.misuse("%s: WaitForEdge without edges", l.name)
	}
	if timeout < time.Millisecond {
		// sysfs takes less than that for nothing.
		l.misuse("%s: WaitForEdge(%v)", l.name, timeout)
	}
	a := l.abilities
	l.mu.Unlock()
	if timeout < 0 || a == StubEdges || a == NoEdges {
		return false
	}
	var over <-chan time.Time
	if timeout > 0 {
		t := time.NewTimer(timeout)
		defer t.Stop()
		over = t.C
	}
	select {
	case <-l.edges:
		return true
	case <-over:
		return false
	}
}

// Out drives the line.
func (l *Line) Out(level gpio.Level) error {
	if err := l.enter(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.input {
		l.misuse("Out on the input %s", l.name)
	}
	l.output, l.level = true, level
	l.outs = append(l.outs, level)
	return nil
}

// Halt lets go of the line; for an output that is a misuse.
func (l *Line) Halt() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.output {
		l.misuse("Halt of the output %s", l.name)
	}
	l.input = false
	l.released++
	return nil
}

// Func reads the line, as gpioioctl's does, and is a misuse for that reason.
func (l *Line) Func() pin.Func {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.misuse("Func of %s reads it", l.name)
	return pin.FuncNone
}

// Function is Func as text.
func (l *Line) Function() string { return string(l.Func()) }

// String is the name.
func (l *Line) String() string { return l.name }

// Name is the name.
func (l *Line) Name() string { return l.name }

// Number is always 0.
func (l *Line) Number() int { return 0 }

// Pull is what In was given.
func (l *Line) Pull() gpio.Pull {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pull
}

// DefaultPull is not known.
func (l *Line) DefaultPull() gpio.Pull { return gpio.PullNoChange }

// PWM is not supported.
func (l *Line) PWM(gpio.Duty, physic.Frequency) error { return fmt.Errorf("not supported") }

var _ gpio.PinIO = (*Line)(nil)
