package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
)

const senderCommands = `set POINT VALUE      a raw number, or normal|fault|supervisory|prealarm|fire; and sends a frame
send                 sends a frame
every TIME|off       sends a frame that often
bytes HEX            sends bytes as they are: noise, or a part of a frame
crc on|off           spoils the check sums
duplicate on|off     sends every frame twice
dead on|off          sends nothing
get                  what the device holds
quit                 ends the simulation`

// simSender is a device that sends frames by itself.
type simSender struct {
	c    *contract.Contract
	id   string
	out  *sim.FrameSender
	kick chan struct{}

	mu                 sync.Mutex
	raws               map[string]uint64
	every              time.Duration
	bad, double, quiet bool
}

func (f *simFlags) sender(c *contract.Contract) (simDevice, error) {
	if f.unit != 0 {
		return nil, fmt.Errorf("%w: -unit is for models that are polled; frames carry an -id", errUsage)
	}
	s := &simSender{c: c, id: f.id, every: f.every, raws: map[string]uint64{}, kick: make(chan struct{}, 1)}
	if s.id == "" && c.Frame.ID.Bytes > 0 {
		s.id = strings.Repeat("01", c.Frame.ID.Bytes)
		if c.Frame.ID.ASCII {
			s.id = strings.Repeat("1", c.Frame.ID.Bytes)
		}
	}
	if s.every == 0 {
		s.every = c.Frame.Heartbeat / 2
	}
	for i := range c.Points {
		if raw, ok := rawOf(&c.Points[i], contract.Normal); ok {
			s.raws[c.Points[i].Name] = raw
		}
	}
	if _, err := sim.BuildFrame(c, s.id, s.raws, 0); err != nil {
		return nil, err
	}
	var err error
	s.out, err = sim.NewFrameSender()
	return s, err
}

func (s *simSender) path() string { return s.out.Path() }

func (s *simSender) close() { _ = s.out.Close() }

func (s *simSender) describe() string {
	return fmt.Sprintf("%s with id %q, a frame every %v,", s.c.Ref(), s.id, s.every)
}

// run sends a frame at the chosen pace.
func (s *simSender) run(ctx context.Context) error {
	// A port that nobody reads fills up; closing it ends a send that waits.
	defer context.AfterFunc(ctx, func() { _ = s.out.HangUp() })()
	for {
		s.mu.Lock()
		every := s.every
		s.mu.Unlock()
		var tick <-chan time.Time
		if every > 0 {
			tick = time.After(every)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.kick:
		case <-tick:
			if err := s.send(); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

func (s *simSender) send() error {
	s.mu.Lock()
	frame, err := sim.BuildFrame(s.c, s.id, s.raws, 0)
	bad, double, quiet := s.bad, s.double, s.quiet
	s.mu.Unlock()
	if err != nil || quiet {
		return err
	}
	if n := s.c.Frame.Check.Kind.Bytes(); bad && n > 0 {
		at := s.c.Frame.Check.At
		if at < 0 {
			at += len(frame)
		}
		frame[at] ^= 0xFF
	}
	if double {
		frame = append(frame, frame...)
	}
	return s.out.Send(frame)
}

func (s *simSender) obey(words []string) (string, error) {
	args := words[1:]
	switch words[0] {
	case "help":
		return senderCommands, nil
	case "quit", "exit":
		return "", errQuit
	case "set":
		if err := s.set(args); err != nil {
			return "", err
		}
		return "", s.send()
	case "send":
		return "", s.send()
	case "bytes":
		b, err := hex.DecodeString(strings.Join(args, ""))
		if err != nil || len(b) == 0 {
			return "", errors.New("bytes takes hexadecimal digits, two each")
		}
		return "", s.out.Send(b)
	case "get":
		s.mu.Lock()
		defer s.mu.Unlock()
		var out []string
		for _, name := range slices.Sorted(maps.Keys(s.raws)) {
			out = append(out, fmt.Sprintf("%s 0x%X", name, s.raws[name]))
		}
		return strings.Join(out, "\n"), nil
	}
	return "", s.change(words[0], args)
}

// change sets how frames are sent.
func (s *simSender) change(name string, args []string) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var on bool
	switch name {
	case "every":
		var d time.Duration
		if d, err = lateBy(args); err == nil {
			s.every = d
			select {
			case s.kick <- struct{}{}:
			default:
			}
		}
	case "crc":
		if on, err = onOff(args); err == nil {
			s.bad = on
		}
	case "duplicate":
		if on, err = onOff(args); err == nil {
			s.double = on
		}
	case "dead":
		if on, err = onOff(args); err == nil {
			s.quiet = on
		}
	default:
		return fmt.Errorf("%q is no command: %w", name, errCommand)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// set stores a raw value; one that no frame can carry is refused and changes nothing.
func (s *simSender) set(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("set takes a point and a value: %w", errCommand)
	}
	i := slices.IndexFunc(s.c.Points, func(p contract.Point) bool { return p.Name == args[0] })
	if i < 0 {
		return fmt.Errorf("%s has no point %q", s.c.Ref(), args[0])
	}
	raw, err := strconv.ParseUint(args[1], 0, 64)
	if err != nil {
		cond, err := contract.ParseCondition(args[1])
		if err != nil {
			return fmt.Errorf("%q is neither a raw number nor normal, fault, supervisory, prealarm or fire", args[1])
		}
		var ok bool
		if raw, ok = rawOf(&s.c.Points[i], cond); !ok {
			return fmt.Errorf("%s: no raw value of %s means %s", s.c.Ref(), args[0], cond)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := maps.Clone(s.raws)
	next[args[0]] = raw
	if _, err := sim.BuildFrame(s.c, s.id, next, 0); err != nil {
		return err
	}
	s.raws = next
	return nil
}

// rawOf is a raw value of the point that means cond.
func rawOf(p *contract.Point, cond contract.Condition) (uint64, bool) {
	for _, v := range p.Values {
		if s := p.Sample(v.Raw); s.Quality == contract.Good && s.Means == cond {
			return v.Raw, true
		}
	}
	clear := uint64(0)
	for _, b := range p.Bits {
		if !b.When {
			clear |= 1 << b.Bit
		}
	}
	if s := p.Sample(clear); s.Quality == contract.Good && s.Means == cond {
		return clear, true
	}
	for _, b := range p.Bits {
		if s := p.Sample(clear ^ 1<<b.Bit); s.Quality == contract.Good && s.Means == cond {
			return clear ^ 1<<b.Bit, true
		}
	}
	return 0, false
}
