package lg

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"firepost/drivers/bus/line"
	"firepost/drivers/tv"
)

// query as data asks for the present value.
const query byte = 0xFF

// maxID is the highest set id (decimal 99).
const maxID = 99

// replyLen is the length of "a 01 OK01x".
const replyLen = 10

type input struct {
	name string
	code byte
}

// inputs is the table of command x b.
var inputs = []input{ //nolint:gochecknoglobals // lookup table
	{"hdmi1", 0x90}, {"hdmi2", 0x91}, {"hdmi3", 0x92}, {"hdmi4", 0x93}, {"tv", 0x00}, {"av1", 0x20},
	{"component1", 0x40}, {"pc", 0x60},
}

// Inputs lists the names that Input takes. Not every set has each of them.
func Inputs() []string {
	var names []string
	for _, i := range inputs {
		names = append(names, i.name)
	}
	return names
}

// Options are one set's settings.
type Options struct {
	// Dial opens the line: line.Serial at 9600 8N1, or line.TCP of a serial server.
	Dial line.Dial
	// ID is the set's number from its menu, 1–99; sets come with 1.
	ID int
	// Timeout is for one request; Late is how long a reply may be late. Zero means the
	// defaults of package line. Sets have been seen to take up to five seconds.
	Timeout, Late time.Duration
}

// Set is one LG set.
type Set struct {
	id     byte
	line   *line.Line
	closed bool
}

var _ tv.Set = (*Set)(nil)

var errClosed = errors.New("set is closed")

// New checks the options and opens nothing.
func New(o Options) (*Set, error) {
	if o.Dial == nil {
		return nil, errors.New("lg: no line given: set Dial, for example line.Serial of /dev/ttyUSB0")
	}
	if o.ID < 1 || o.ID > maxID {
		return nil, fmt.Errorf("lg: set id %d: must be 1 to %d, a single set's own", o.ID, maxID)
	}
	return &Set{id: byte(o.ID), line: line.New(o.Dial, line.Options{Timeout: o.Timeout, Late: o.Late, Limit: 4096})}, nil
}

// Power switches the set on or to standby.
func (s *Set) Power(ctx context.Context, on bool) error {
	if on {
		return s.set(ctx, "switch the set on", "ka", 1)
	}
	return s.set(ctx, "switch the set off", "ka", 0)
}

// Input chooses an input; the set must be on.
func (s *Set) Input(ctx context.Context, name string) error {
	i := slices.IndexFunc(inputs, func(i input) bool { return i.name == name })
	if i < 0 {
		return fmt.Errorf("choose input %q: %w: known are %v", name, tv.ErrUnsupported, Inputs())
	}
	return s.set(ctx, "choose input "+name, "xb", inputs[i].code)
}

// Volume sets 0–100 percent; the set must be on.
func (s *Set) Volume(ctx context.Context, percent int) error {
	if err := tv.CheckVolume(percent); err != nil {
		return err
	}
	return s.set(ctx, fmt.Sprintf("set volume to %d percent", percent), "kf", byte(percent))
}

// Status asks whether the set is on, and the rest only if it is.
func (s *Set) Status(ctx context.Context) (tv.Status, error) {
	var st tv.Status
	p, err := s.flag(ctx, "ka")
	if err != nil {
		return st, fmt.Errorf("read whether the set is on: %w", err)
	}
	st.On = &p
	if !p {
		return st, nil
	}
	code, err := s.ask(ctx, "xb", query)
	if err != nil {
		return st, fmt.Errorf("read the chosen input: %w", err)
	}
	st.Input = inputName(code)
	v, err := s.ask(ctx, "kf", query)
	if err == nil && v > 100 {
		err = fmt.Errorf("%w: volume %d, at most 100", tv.ErrGarbled, v)
	}
	if err != nil {
		return st, fmt.Errorf("read the volume: %w", err)
	}
	volume := int(v)
	st.Volume = &volume
	sound, err := s.flag(ctx, "ke") // 01: the sound is on
	if err != nil {
		return st, fmt.Errorf("read whether the sound is cut off: %w", err)
	}
	muted := !sound
	st.Muted = &muted
	return st, nil
}

func inputName(code byte) string {
	for _, i := range inputs {
		if i.code == code {
			return i.name
		}
	}
	return fmt.Sprintf("code %02x", code)
}

// Close lets go of the line.
func (s *Set) Close() error {
	s.closed = true
	return s.line.Close()
}

func (s *Set) flag(ctx context.Context, command string) (bool, error) {
	v, err := s.ask(ctx, command, query)
	if err == nil && v > 1 {
		err = fmt.Errorf("%w: %02x, want 00 or 01", tv.ErrGarbled, v)
	}
	return v == 1, err
}

// set sends one value and wants it acknowledged with the same value.
func (s *Set) set(ctx context.Context, what, command string, value byte) error {
	got, err := s.ask(ctx, command, value)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if got != value {
		return fmt.Errorf("%s: %w: acknowledged with %02x, not %02x", what, tv.ErrRefused, got, value)
	}
	return nil
}

// ask sends a command and returns the value of its reply.
func (s *Set) ask(ctx context.Context, command string, value byte) (byte, error) {
	if s.closed {
		return 0, errClosed
	}
	var got byte
	strangers := 0
	request := fmt.Sprintf("%s %02x %02x\r", command, s.id, value)
	err := s.line.Exchange(ctx, []byte(request), func(b []byte) (int, bool, error) {
		total := 0
		for {
			r, used, found := next(b[total:])
			total += used
			switch {
			case !found:
				return total, false, nil
			case r.id != s.id || r.command != command[1]:
				strangers++
			case !r.ok:
				return total, true, fmt.Errorf("%w: %s", tv.ErrRefused, reason(r.value))
			default:
				got = r.value
				return total, true, nil
			}
		}
	})
	return got, tv.LineError(err, strangers)
}

// reason is the manuals' meaning of the data after NG.
func reason(v byte) string {
	switch v {
	case 0, 1:
		return "illegal code"
	case 2:
		return "not supported"
	case 3:
		return "wait more time"
	}
	return fmt.Sprintf("reason %02x", v)
}

// reply is "a 01 OK01x".
type reply struct {
	command, id, value byte
	ok                 bool
}

// next finds the first whole reply, behind whatever noise, and says how many bytes are used up:
// without a reply what can't begin one any more.
func next(b []byte) (r reply, used int, found bool) {
	for i := range b {
		if len(b)-i < replyLen {
			return reply{}, i, false
		}
		if r, ok := parse(b[i : i+replyLen]); ok {
			return r, i + replyLen, true
		}
	}
	return reply{}, len(b), false
}

func parse(b []byte) (r reply, ok bool) {
	verdict := string(b[5:7])
	if b[0] < 'a' || b[0] > 'z' || b[1] != ' ' || b[4] != ' ' || b[9] != 'x' || verdict != "OK" && verdict != "NG" {
		return r, false
	}
	id, err := strconv.ParseUint(string(b[2:4]), 16, 8)
	if err != nil {
		return r, false
	}
	value, err := strconv.ParseUint(string(b[7:9]), 16, 8)
	if err != nil {
		return r, false
	}
	return reply{command: b[0], id: byte(id), value: byte(value), ok: verdict == "OK"}, true
}
