package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
)

const contractSimHelp = `usage: firepost contract sim REF|FILE [flags]

Runs a simulated device of the contract on a pseudo-terminal and prints its path: a serial port
that firepost, or any other Modbus master, can open without hardware. It answers at its own
speed, format and address only, and takes as long as a real line. Commands come from standard
input, one a line; help lists them. It runs until quit or Ctrl-C; the end of the input
leaves it running.

A model that sends frames by itself (transport frames) sends them: every -every, and on command.

examples:
  firepost contract sim firepost-smoke@1
  firepost contract sim smoke-generic@1 -unit 7 -link /tmp/detector
  echo set smoke fire | firepost contract sim smoke-generic@1 -link /tmp/detector
  firepost contract test smoke-generic@1 -port /tmp/detector -unit 7`

// simFlags are the flags of contract sim.
type simFlags struct {
	unit, baud        int
	format, link, id  string
	instant           bool
	every, turnaround time.Duration
}

func contractSim(ctx context.Context, args []string, std streams) error {
	var f simFlags
	fs := flags("contract sim", std, contractSimHelp)
	fs.IntVar(&f.unit, "unit", 0, "address (default: the contract's)")
	fs.IntVar(&f.baud, "baud", 0, "speed (default: the contract's)")
	fs.StringVar(&f.format, "format", "", "character format such as 8E1 (default: the contract's)")
	fs.DurationVar(&f.turnaround, "turnaround", 0, "time from request to reply (default: the contract's)")
	fs.BoolVar(&f.instant, "instant", false, "characters take no time: faster than any real line")
	fs.StringVar(&f.link, "link", "", "make this symbolic `link` to the port, so that its name stays the same")
	fs.StringVar(&f.id, "id", "", "frames only: the sender's id")
	fs.DurationVar(&f.every, "every", 0, "frames only: send one this often (default: half the contract's heartbeat)")
	c, err := oneContract(fs, args, std)
	if err != nil {
		return err
	}
	dev, err := f.device(c)
	if err != nil {
		return err
	}
	defer dev.close()
	if f.link != "" {
		if err := makeLink(f.link, dev.path()); err != nil {
			return err
		}
		defer os.Remove(f.link) //nolint:errcheck // it may be gone already
	}
	fmt.Fprintf(std.out, "%s\n%s on %s\n", dev.path(), dev.describe(), orElse(f.link, dev.path()))
	return simulate(ctx, dev, std)
}

func orElse(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

// simDevice is a simulated device under command.
type simDevice interface {
	path() string
	describe() string
	// run serves until ctx ends.
	run(ctx context.Context) error
	// obey carries out a command and returns what there is to say.
	obey(words []string) (string, error)
	close()
}

// device makes the device that the contract describes.
func (f *simFlags) device(c *contract.Contract) (simDevice, error) {
	switch c.Transport {
	case contract.Modbus:
		if f.id != "" || f.every != 0 {
			return nil, fmt.Errorf("%w: -id and -every are for models that send frames", errUsage)
		}
		return f.slave(c)
	case contract.Frames:
		return f.sender(c)
	case contract.Pins, contract.Analog, contract.Chips:
	}
	return nil, fmt.Errorf("contract %s: its transport is %s: only devices on a serial line can be simulated here", c.Ref(), c.Transport)
}

// makeLink makes or renews a symbolic link; it never replaces anything else.
func makeLink(link, to string) error {
	info, err := os.Lstat(link)
	switch {
	case err == nil && info.Mode()&os.ModeSymlink == 0:
		return fmt.Errorf("make link %s: something that is no link stands there; choose another name", link)
	case err == nil:
		if err := os.Remove(link); err != nil {
			return fmt.Errorf("renew link: %w", err)
		}
	case !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("make link: %w", err)
	}
	if err := os.Symlink(to, link); err != nil {
		return fmt.Errorf("make link: %w", err)
	}
	return nil
}

// errQuit ends a simulation.
var errQuit = errors.New("quit")

// simulate runs the device and obeys until quit or the end of ctx.
func simulate(ctx context.Context, dev simDevice, std streams) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ran := make(chan error, 1)
	go func() { ran <- dev.run(ctx) }()
	lines := make(chan string)
	go readLines(ctx, std.in, lines)
	for {
		select {
		case err := <-ran:
			return err
		case line, more := <-lines:
			if !more {
				lines = nil
				continue
			}
			words := strings.Fields(line)
			if len(words) == 0 || strings.HasPrefix(words[0], "#") {
				continue
			}
			said, err := dev.obey(words)
			switch {
			case errors.Is(err, errQuit):
				cancel()
				return <-ran
			case err != nil:
				fmt.Fprintf(std.out, "error: %v\n", err)
			default:
				fmt.Fprintln(std.out, orElse(said, "ok"))
			}
		}
	}
}

// readLines passes lines on until the input or ctx ends. A reader that blocks for ever, as a
// terminal does, is left behind with the process.
func readLines(ctx context.Context, r io.Reader, lines chan<- string) {
	defer close(lines)
	for s := bufio.NewScanner(r); s.Scan(); {
		select {
		case lines <- s.Text():
		case <-ctx.Done():
			return
		}
	}
}

// setPoint stores a meaning, or a value in the point's unit.
func setPoint(s *sim.Slave, name, value string) error {
	if cond, err := contract.ParseCondition(value); err == nil {
		return s.SetMeaning(name, cond)
	}
	v, err := number(value)
	if err != nil {
		return fmt.Errorf("%q is neither a number nor normal, fault, supervisory, prealarm or fire", value)
	}
	return s.Set(name, v)
}
