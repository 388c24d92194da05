package mdc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"firepost/drivers/bus/line"
	"firepost/drivers/tv"
)

// Commands.
const (
	cmdStatus byte = 0x00 // get: power, volume, mute, input, aspect, N-time, F-time
	cmdPower  byte = 0x11 // get, set: 0 off, 1 on
	cmdVolume byte = 0x12 // get, set: 0–100
	cmdInput  byte = 0x14 // get, set: input source
)

// Bytes of a frame.
const (
	header   byte = 0xAA
	replyTo  byte = 0xFF
	ack      byte = 'A'
	nak      byte = 'N'
	replyMin      = 7 // AA FF id len A cmd sum
	allSets  byte = 0xFE
	muted    byte = 1
	statusAt      = 4 // bytes of a status reply that this driver needs
)

// Status fields.
const (
	fieldPower = iota
	fieldVolume
	fieldMute
	fieldInput
)

type input struct {
	name string
	code byte
	pc   byte // the same socket in its computer mode, only ever read; 0: none
}

// inputs is the table of command 0x14.
var inputs = []input{ //nolint:gochecknoglobals // lookup table
	{"hdmi1", 0x21, 0x22}, {"hdmi2", 0x23, 0x24}, {"hdmi3", 0x31, 0x32}, {"hdmi4", 0x33, 0x34},
	{"dp1", 0x25, 0}, {"dp2", 0x26, 0}, {"dvi", 0x18, 0x1F}, {"pc", 0x14, 0}, {"magicinfo", 0x20, 0}, {"tv", 0x40, 0},
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
	// Dial opens the line: line.TCP("…:1515") or line.Serial at 9600 8N1.
	Dial line.Dial
	// ID is the set's number from its menu, 0–253; sets come with 1 or 0.
	ID byte
	// Timeout is for one request; Late is how long a reply may be late. Zero means the
	// defaults of package line.
	Timeout, Late time.Duration
}

// Set is one Samsung set.
type Set struct {
	id     byte
	line   *line.Line
	closed bool
}

var _ tv.Set = (*Set)(nil)

// New checks the options and opens nothing.
func New(o Options) (*Set, error) {
	if o.Dial == nil {
		return nil, errors.New("mdc: no line given: set Dial, for example line.TCP(\"192.168.0.20:1515\")")
	}
	if o.ID >= allSets {
		return nil, fmt.Errorf("mdc: set id %d: must be 0 to 253, a single set's own: to all sets at once none answers", o.ID)
	}
	return &Set{id: o.ID, line: line.New(o.Dial, line.Options{Timeout: o.Timeout, Late: o.Late, Limit: 4096})}, nil
}

// Power switches the set on or to standby. Its picture may take ten seconds to come.
func (s *Set) Power(ctx context.Context, on bool) error {
	v, what := byte(0), "switch the set off"
	if on {
		v, what = 1, "switch the set on"
	}
	return s.set(ctx, what, cmdPower, v)
}

// Input chooses an input; the set must be on.
func (s *Set) Input(ctx context.Context, name string) error {
	i := slices.IndexFunc(inputs, func(i input) bool { return i.name == name })
	if i < 0 {
		return fmt.Errorf("choose input %q: %w: known are %v", name, tv.ErrUnsupported, Inputs())
	}
	return s.set(ctx, "choose input "+name, cmdInput, inputs[i].code)
}

// Volume sets 0–100 percent; the set must be on.
func (s *Set) Volume(ctx context.Context, percent int) error {
	if err := tv.CheckVolume(percent); err != nil {
		return err
	}
	return s.set(ctx, fmt.Sprintf("set volume to %d percent", percent), cmdVolume, byte(percent))
}

// Status asks whether the set is on, and the rest only if it is.
func (s *Set) Status(ctx context.Context) (tv.Status, error) {
	var st tv.Status
	p, err := s.ask(ctx, cmdPower)
	if err == nil && (len(p) != 1 || p[0] > 1) {
		err = fmt.Errorf("%w: power is % x, want 00 or 01", tv.ErrGarbled, p)
	}
	if err != nil {
		return st, fmt.Errorf("read whether the set is on: %w", err)
	}
	on := p[0] == 1
	st.On = &on
	if !on {
		return st, nil
	}
	b, err := s.ask(ctx, cmdStatus)
	if err == nil && len(b) < statusAt {
		err = fmt.Errorf("%w: status of %d bytes, want at least %d", tv.ErrGarbled, len(b), statusAt)
	}
	if err != nil {
		return st, fmt.Errorf("read the set's status: %w", err)
	}
	if v := int(b[fieldVolume]); v <= 100 { // FF while the set has no sound of its own
		st.Volume = &v
	}
	if m := b[fieldMute] == muted; b[fieldMute] <= muted {
		st.Muted = &m
	}
	st.Input = inputName(b[fieldInput])
	return st, nil
}

func inputName(code byte) string {
	for _, i := range inputs {
		if i.code == code || i.pc == code && code != 0 {
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

// set sends one value and wants it acknowledged with the same value.
func (s *Set) set(ctx context.Context, what string, cmd, value byte) error {
	got, err := s.ask(ctx, cmd, value)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !bytes.Equal(got, []byte{value}) {
		return fmt.Errorf("%s: %w: acknowledged with % x, not %02x", what, tv.ErrRefused, got, value)
	}
	return nil
}

// ask sends a command and returns a copy of its reply's data.
func (s *Set) ask(ctx context.Context, cmd byte, data ...byte) ([]byte, error) {
	if s.closed {
		return nil, errClosed
	}
	var got []byte
	strangers := 0
	err := s.line.Exchange(ctx, appendRequest(nil, cmd, s.id, data), func(b []byte) (int, bool, error) {
		total := 0
		for {
			r, used, found := next(b[total:])
			total += used
			switch {
			case !found:
				return total, false, nil
			case r.id != s.id || r.cmd != cmd:
				strangers++
			case r.verdict == nak:
				return total, true, fmt.Errorf("%w: reason % x", tv.ErrRefused, r.data)
			default:
				got = append([]byte(nil), r.data...)
				return total, true, nil
			}
		}
	})
	return got, tv.LineError(err, strangers)
}

var errClosed = errors.New("set is closed")

// reply is AA FF id len verdict cmd data sum.
type reply struct {
	id, verdict, cmd byte
	data             []byte
}

func appendRequest(dst []byte, cmd, id byte, data []byte) []byte {
	start := len(dst) + 1
	dst = append(dst, header, cmd, id, byte(len(data)))
	dst = append(dst, data...)
	return append(dst, sum(dst[start:]))
}

func sum(b []byte) byte {
	var s byte
	for _, c := range b {
		s += c
	}
	return s
}

// next finds the first whole reply, behind whatever noise, and says how many bytes are used up:
// without a reply what can't begin one any more.
func next(b []byte) (r reply, used int, found bool) {
	keep := len(b)
	for i := range b {
		if b[i] != header {
			continue
		}
		rest := b[i:]
		if len(rest) > 1 && rest[1] != replyTo {
			continue
		}
		if len(rest) < replyMin || len(rest) < int(rest[3])+5 {
			if len(rest) < 4 || rest[3] >= 2 {
				keep = min(keep, i)
			}
			continue
		}
		n := int(rest[3])
		if n < 2 || sum(rest[1:n+4]) != rest[n+4] || rest[4] != ack && rest[4] != nak {
			continue
		}
		return reply{id: rest[2], verdict: rest[4], cmd: rest[5], data: rest[6 : n+4]}, i + n + 5, true
	}
	return reply{}, keep, false
}
