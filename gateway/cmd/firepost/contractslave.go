package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
)

const slaveCommands = `set POINT VALUE      a number in the point's unit, or normal|fault|supervisory|prealarm|fire
point POINT RAW      the point's raw value, such as a code for "no measurement"
raw ADDRESS WORD…    registers as they are, from an address of the first point's table
raw TABLE ADDRESS WORD…   the same in holding, input, coil or discrete
get [POINT]          what the device holds
dead on|off          no reply, nothing is carried out
mute on|off          carried out, but not answered
stuck on|off         outputs are acknowledged and do not switch
late TIME|off        replies come that much later: 500ms
duplicate [N|off]    every reply comes N more times (1)
crc on|off|CHANCE    wrong check sums; 0.1 is one reply in ten, for all faults that are set
truncate N|off       so many bytes are missing at the end of a reply
exception CODE|off   everything is refused with that code
foreign UNIT|off     a reply of that other device comes first
address N            moves the device to another address
power                off and on: relays fall off
healthy              ends all faults; registers stay as they are
stats                what the line has seen
quit                 ends the simulation`

// simSlave is a device that is polled.
type simSlave struct {
	c      *contract.Contract
	slave  *sim.Slave
	line   *sim.Line
	faults sim.Faults
	how    string
}

func (f *simFlags) slave(c *contract.Contract) (simDevice, error) {
	unit := f.unit
	if unit == 0 {
		unit = int(c.Address.Default)
	}
	if unit < int(c.Address.Min) || unit > int(c.Address.Max) {
		return nil, fmt.Errorf("%w: -unit %d: %s takes addresses %d to %d", errUsage, unit, c.Ref(), c.Address.Min, c.Address.Max)
	}
	s, err := sim.NewSlave(uint8(unit), c) //nolint:gosec // within the contract's range
	if err != nil {
		return nil, err
	}
	cfg := sim.LineConfig{
		Baud: f.baud, Format: orElse(f.format, c.Serial.Format), Pace: !f.instant, Turnaround: f.turnaround,
		Commissioning: true, Slaves: []*sim.Slave{s},
	}
	if cfg.Baud == 0 {
		cfg.Baud = c.Serial.Baud
	}
	if cfg.Turnaround == 0 && !f.instant {
		cfg.Turnaround = c.Limits.Turnaround
	}
	line, err := sim.NewLine(cfg)
	if err != nil {
		return nil, err
	}
	return &simSlave{c: c, slave: s, line: line, how: fmt.Sprintf("%d %s", cfg.Baud, cfg.Format)}, nil
}

func (s *simSlave) path() string { return s.line.Path() }

func (s *simSlave) close() { _ = s.line.Close() }

func (s *simSlave) run(ctx context.Context) error { return s.line.Run(ctx) }

func (s *simSlave) describe() string {
	return fmt.Sprintf("%s at address %d, %s,", s.c.Ref(), s.slave.Address(), s.how)
}

// errCommand is wrapped by what a command lacks.
var errCommand = errors.New("help lists the commands")

func (s *simSlave) obey(words []string) (string, error) {
	args := words[1:]
	switch words[0] {
	case "help":
		return slaveCommands, nil
	case "quit", "exit":
		return "", errQuit
	case "set":
		if len(args) != 2 {
			return "", fmt.Errorf("set takes a point and a value: %w", errCommand)
		}
		return "", setPoint(s.slave, args[0], args[1])
	case "point":
		return "", s.pointRaw(args)
	case "raw":
		return "", s.raw(args)
	case "get":
		return s.get(args)
	case "address":
		u, err := oneNumber(args, 1, 255)
		if err != nil {
			return "", err
		}
		return "", s.slave.SetAddress(uint8(u)) //nolint:gosec // within 1 to 255
	case "power":
		s.slave.PowerCycle()
		return "", nil
	case "healthy":
		s.faults = sim.Faults{}
		s.slave.SetFaults(s.faults)
		return "", nil
	case "stats":
		st := s.line.Stats()
		return fmt.Sprintf("%d requests, %d answered, %d characters that belonged to none, %d requests too early", st.Requests, st.Good, st.Dropped, st.Violations), nil
	}
	return "", s.fault(words[0], args)
}

// fault sets one fault beside those that are set.
func (s *simSlave) fault(name string, args []string) error {
	f := s.faults
	var err error
	switch name {
	case "dead":
		f.Dead, err = onOff(args)
	case "mute":
		f.Mute, err = onOff(args)
	case "stuck":
		f.Stuck, err = onOff(args)
	case "late":
		f.Late, err = lateBy(args)
	case "duplicate":
		f.Duplicates, f.DuplicateAfter = 1, 50*time.Millisecond
		if len(args) > 0 {
			f.Duplicates, err = numberOrOff(args, 1, 100)
		}
	case "crc":
		f.WrongCRC, f.Probability, err = chance(args)
	case "truncate":
		f.Truncate, err = numberOrOff(args, 1, 256)
	case "exception":
		var n int
		n, err = numberOrOff(args, 1, 255)
		f.Exception = byte(n) //nolint:gosec // within 0 to 255
	case "foreign":
		var n int
		n, err = numberOrOff(args, 1, 255)
		f.ForeignUnit = byte(n) //nolint:gosec // within 0 to 255
	default:
		return fmt.Errorf("%q is no command: %w", name, errCommand)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.faults = f
	s.slave.SetFaults(f)
	return nil
}

func (s *simSlave) pointRaw(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("point takes a point and a raw value: %w", errCommand)
	}
	raw, err := strconv.ParseUint(args[1], 0, 64)
	if err != nil {
		return fmt.Errorf("raw value %q: a whole number such as 0x7FFF", args[1])
	}
	return s.slave.SetPointRaw(args[0], raw)
}

func (s *simSlave) raw(args []string) error {
	table := s.c.Points[0].Table
	if len(args) > 0 {
		if t, err := contract.ParseTable(args[0]); err == nil {
			table, args = t, args[1:]
		}
	}
	if len(args) < 2 {
		return fmt.Errorf("raw takes an address and words: %w", errCommand)
	}
	words := make([]uint16, len(args))
	for i, a := range args {
		v, err := strconv.ParseUint(a, 0, 16)
		if err != nil {
			return fmt.Errorf("%q: addresses and words are 0 to 0xFFFF", a)
		}
		words[i] = uint16(v)
	}
	return s.slave.SetRaw(table, words[0], words[1:]...)
}

// get lists one point, or all points and outputs.
func (s *simSlave) get(args []string) (string, error) {
	var out []string
	for i := range s.c.Points {
		p := &s.c.Points[i]
		if len(args) > 0 && !slices.Contains(args, p.Name) {
			continue
		}
		v, err := s.slave.Get(p.Name)
		if err != nil {
			return "", err
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %v %s", p.Name, v, p.Unit)))
	}
	for i := range s.c.Outputs {
		name := s.c.Outputs[i].Name
		if on, err := s.slave.Output(name); err == nil && (len(args) == 0 || slices.Contains(args, name)) {
			out = append(out, fmt.Sprintf("output %s %v", name, on))
		}
	}
	if len(out) == 0 {
		return "", fmt.Errorf("no point or output is called %s", strings.Join(args, " "))
	}
	return strings.Join(out, "\n"), nil
}
