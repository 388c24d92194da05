package pins

import (
	"errors"
	"strings"
	"time"

	"periph.io/x/conn/v3/gpio"

	"firepost/firmware-contracts/contract"
)

// Opener finds lines by name. It is safe for concurrent use.
type Opener interface {
	// Line returns the line of a name, without touching the line itself: that happens with
	// the first In or Out. The same physical line is always the same value. The errors wrap
	// ErrNoChip, ErrNoLine, ErrAmbiguous or ErrPermission.
	Line(name string) (gpio.PinIO, error)
}

// Leveler is what a line offers that can tell a level from a failure to read it. periph's
// own Read says Low for both, and Low is a closed contact.
type Leveler interface {
	// Level reads the line; the error says why it can't be read.
	Level() (gpio.Level, error)
}

// The errors that a caller tells apart with errors.Is. They come wrapped in an *Error that
// names the line and, where there is one, the way out.
var (
	// ErrNoChip means that the machine has no GPIO chip, or none that periph can use.
	ErrNoChip = errors.New("no GPIO chip")
	// ErrNoLine means that no line answers to the name.
	ErrNoLine = errors.New("no such line")
	// ErrAmbiguous means that several lines have the name. None is opened then.
	ErrAmbiguous = errors.New("name fits more than one line")
	// ErrPermission means that the operating system doesn't let this user have the chip or line.
	ErrPermission = errors.New("permission denied")
	// ErrBusy means that another process or a kernel driver holds the line.
	ErrBusy = errors.New("line is in use")
	// ErrIsOutput means that an output line was to be read or made an input. That would
	// release the output, so it is refused until the process ends.
	ErrIsOutput = errors.New("line is an output")
	// ErrIsInput means that a line that is being watched was to be switched.
	ErrIsInput = errors.New("line is an input")
	// ErrUnsteady means that a contact's level changes faster than it can settle.
	ErrUnsteady = errors.New("contact is unsteady")
	// ErrStuck means that a call into the kernel has not come back.
	ErrStuck = errors.New("line does not answer")
	// ErrPanic means that the library under a line panicked.
	ErrPanic = errors.New("panic in the line's driver")
	// ErrConfig means that contacts, an output or a pattern can never work as they are given.
	ErrConfig = errors.New("invalid settings")
	// ErrNoFeedback means that nothing is fitted that could read an output back: what is
	// returned with it is what was last written, and is not verified.
	ErrNoFeedback = errors.New("not verified: no feedback contact and no current sensor are fitted")
	// ErrFeedback means that an output's read-back can't be believed.
	ErrFeedback = errors.New("read-back is not to be believed")
)

// Error is a failure of one line.
type Error struct {
	// Op is what was tried: "open", "read", "watch", "set", "read back".
	Op string
	// Line is the line's name as it was asked for.
	Line string
	// Err is the cause; errors.Is sees one of this package's sentinels through it.
	Err error
	// Hint is the way out for the person who reads it, or empty.
	Hint string
}

// Error says what was tried with which line, what happened and what to do.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	b.WriteString(" line ")
	b.WriteString(e.Line)
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

// Contact is one dry contact on a line.
type Contact struct {
	// Device is the configured device's name, Model its contract, and Point the index into
	// Model.Points of the point that the contact feeds.
	Device string
	Model  *contract.Contract
	Point  int
	// Line is the line's name; see Opener.
	Line string
	// Pull is the board's own resistor. With gpio.PullUp, gpio.Float and gpio.PullNoChange
	// the contact is to ground and the line is low while it is closed; with gpio.PullDown it
	// is to the supply and the line is high while it is closed.
	Pull gpio.Pull
	// Inverted turns that round, for an optocoupler or transistor in between.
	Inverted bool
	// Debounce is how long a new level must last to count. Zero: at once.
	Debounce time.Duration
}

// closed says what a level means for the contact.
func (c *Contact) closed(l gpio.Level) bool {
	closedLevel := gpio.Level(c.Pull == gpio.PullDown)
	if c.Inverted {
		closedLevel = !closedLevel
	}
	return l == closedLevel
}

// The times of a source.
const (
	// DefaultPoll is how often a line without edges is looked at. What it finds is found that
	// much late, on top of the debounce; 5 ms is what the house allows for all of it.
	DefaultPoll = 2 * time.Millisecond
	// DefaultRelook is how often a line with edges is looked at all the same, because edges
	// get lost.
	DefaultRelook = 100 * time.Millisecond
	// DefaultHeartbeat is the longest time between two deliveries of a contact.
	DefaultHeartbeat = 900 * time.Millisecond
)

// Options tune a source; the zero value is right for a booth.
type Options struct {
	// Poll, Relook and Heartbeat replace the defaults of those names when above zero.
	Poll, Relook, Heartbeat time.Duration
	// NoEdges makes every line be polled.
	NoEdges bool
}

func (o Options) filled() Options {
	o.Poll = positive(o.Poll, DefaultPoll)
	o.Relook = positive(o.Relook, DefaultRelook)
	o.Heartbeat = positive(o.Heartbeat, DefaultHeartbeat)
	return o
}

func positive(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
