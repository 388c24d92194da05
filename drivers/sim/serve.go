package sim

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
)

// maxCommand bounds one line of the control protocol.
const maxCommand = 1 << 20

// server is the state of one line process.
type server struct {
	ctx       context.Context
	contracts *contract.Set
	lines     map[string]*Line
	stops     map[string]func() error
}

// Serve is the main of a line process: it reads commands from in, one JSON object a line,
// and answers each with one on out, until in ends. Process is the other side. A command
// that can't be carried out is answered with an error and ends nothing. The end of ctx ends
// the lines and is noticed at the next command.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	contracts, err := devices.Contracts()
	if err != nil {
		return fmt.Errorf("serve lines: %w", err)
	}
	return ServeWith(ctx, in, out, contracts)
}

// ServeWith is Serve with contracts other than the built-in ones.
func ServeWith(ctx context.Context, in io.Reader, out io.Writer, contracts *contract.Set) error {
	s := &server{ctx: ctx, contracts: contracts, lines: map[string]*Line{}, stops: map[string]func() error{}}
	err := s.loop(in, out)
	for _, stop := range s.stops {
		err = errors.Join(err, stop())
	}
	return err
}

func (s *server) loop(in io.Reader, out io.Writer) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, maxCommand)
	enc := json.NewEncoder(out)
	for s.ctx.Err() == nil && scanner.Scan() {
		var c command
		var r reply
		err := json.Unmarshal(scanner.Bytes(), &c)
		if err == nil {
			err = s.do(&c, &r)
		}
		if err != nil {
			r = reply{Error: err.Error()}
		}
		if err := enc.Encode(&r); err != nil {
			return fmt.Errorf("answer line command %q: %w", c.Op, err)
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("read line commands: %w", err)
	}
	return nil
}

// do carries out one command.
func (s *server) do(c *command, r *reply) error {
	switch c.Op {
	case opOpen:
		return s.open(c, r)
	case opNow:
		r.At = Now()
		return nil
	}
	l := s.lines[c.Line]
	if l == nil {
		return fmt.Errorf("do %q: no line %q is open: %w", c.Op, c.Line, ErrUnknown)
	}
	switch c.Op {
	case opClose:
		stop := s.stops[c.Line]
		delete(s.lines, c.Line)
		delete(s.stops, c.Line)
		return stop()
	case opStats:
		stats := l.Stats()
		r.Stats = &stats
		return nil
	case opResetStats:
		l.ResetStats()
		return nil
	case opEvents:
		r.Events = l.Events(c.After)
		return nil
	case opTransactions:
		r.Transactions = l.Transactions()
		return nil
	}
	return doSlave(l, c, r)
}

func doSlave(l *Line, c *command, r *reply) error {
	slave, err := l.slave(c.Unit)
	if err != nil {
		return err
	}
	switch c.Op {
	case opSet:
		r.ID, r.At, err = l.SetAt(c.Unit, c.Point, c.Value)
	case opSetMeaning:
		r.ID, r.At, err = l.SetMeaningAt(c.Unit, c.Point, c.Means)
	case opSetRaw:
		r.At, err = Now(), slave.SetRaw(c.Table, c.Address, c.Words...)
	case opGet:
		r.Value, err = slave.Get(c.Point)
	case opFault:
		slave.SetSchedule(c.Loop, c.Steps...)
		r.At = Now()
	default:
		err = fmt.Errorf("do %q: no such operation: %w", c.Op, ErrUnknown)
	}
	return err
}

func (s *server) open(c *command, r *reply) error {
	if c.Open == nil {
		return fmt.Errorf("open line: nothing said about it: %w", ErrSpec)
	}
	name := c.Open.Line
	if s.lines[name] != nil {
		return fmt.Errorf("open line %q: it is open: %w", name, ErrSpec)
	}
	cfg, err := c.Open.config(s.contracts)
	if err != nil {
		return fmt.Errorf("open line %q: %w", name, err)
	}
	l, err := NewLine(cfg)
	if err != nil {
		return fmt.Errorf("open line %q: %w", name, err)
	}
	s.lines[name], s.stops[name] = l, l.Start(s.ctx)
	r.Path = l.Path()
	return nil
}
