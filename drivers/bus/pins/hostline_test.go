package pins

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// kernel is a fake of gpioioctl's GPIOLine that keeps its mistakes: the direction is noted
// before the kernel is asked, Read on an output makes it an input, and a Read that fails says
// Low.
type kernel struct {
	refuse error // of the next requests
	dead   bool  // the chip behind does not answer
	held   bool  // requested from the kernel
	dir    direction
	level  gpio.Level
	events []string
}

func (k *kernel) log(format string, args ...any) {
	k.events = append(k.events, fmt.Sprintf(format, args...))
}

func (k *kernel) request() error {
	if k.held {
		return nil
	}
	if k.refuse != nil {
		return fmt.Errorf("line_request ioctl: %w", errors.New(k.refuse.Error())) // text alone
	}
	k.held = true
	return nil
}

func (k *kernel) In(_ gpio.Pull, edge gpio.Edge) error {
	k.dir = input
	if err := k.request(); err != nil {
		return err
	}
	k.log("in %v", edge)
	if k.dead {
		return errors.New(syscall.EIO.Error())
	}
	return nil
}

func (k *kernel) Out(l gpio.Level) error {
	if k.dir != output {
		k.dir = output
		if err := k.request(); err != nil {
			return fmt.Errorf("GPIOLine.Out(): %w", err)
		}
	}
	if !k.held {
		return errors.New(syscall.ENOTTY.Error()) // descriptor 0
	}
	if k.dead {
		return errors.New(syscall.EIO.Error())
	}
	k.level = l
	k.log("out %v", l)
	return nil
}

func (k *kernel) Read() gpio.Level {
	if k.dir == output {
		k.log("an output was read")
		k.dir = input
	}
	if k.dead || !k.held {
		return gpio.Low
	}
	return k.level
}

func (k *kernel) WaitForEdge(d time.Duration) bool { k.log("wait %v", d); return true }

func (k *kernel) Close() {
	k.log("close")
	k.held, k.dir = false, unused
}

// fakeSet is a LineSet of one line.
type fakeSet struct {
	k      *kernel
	closed bool
}

func (s *fakeSet) Read(gpio.GPIOValue) (gpio.GPIOValue, error) {
	if s.k.dead {
		return 0, errors.New(syscall.EIO.Error())
	}
	if s.k.level {
		return 1, nil
	}
	return 0, nil
}

func (s *fakeSet) WaitForEdge(d time.Duration) (int, gpio.Edge, error) {
	s.k.log("set wait %v", d)
	if s.k.dead {
		return 0, gpio.NoEdge, errors.New(syscall.ENODEV.Error())
	}
	return 0, gpio.FallingEdge, nil
}

func (s *fakeSet) Close() error { s.closed = true; s.k.log("set close"); return nil }

// newLine is a line; a named one has a read that can fail.
func newLine(k *kernel, named bool) *hostLine {
	h := &hostLine{name: "gpiochip0/17", number: 17, line: k}
	if named {
		h.request = func(gpio.Pull, gpio.Edge) (lineSet, error) {
			if k.refuse != nil {
				return nil, fmt.Errorf("LineSetFromConfig: %w", errors.New(k.refuse.Error()))
			}
			return &fakeSet{k: k}, nil
		}
	}
	return h
}

func TestOutputLineIsNeverReadNorLetGo(t *testing.T) {
	k := &kernel{}
	h := newLine(k, false)
	if err := h.Out(gpio.High); err != nil {
		t.Fatal(err)
	}
	if l := h.Read(); l != gpio.High {
		t.Errorf("Read = %v, want what was written", l)
	}
	if _, err := h.Level(); !errors.Is(err, ErrIsOutput) {
		t.Errorf("Level: %v", err)
	}
	if err := h.In(gpio.PullUp, gpio.NoEdge); !errors.Is(err, ErrIsOutput) {
		t.Errorf("In: %v", err)
	}
	if h.WaitForEdge(time.Second) {
		t.Error("an output waits for no edge")
	}
	_, _, _, _ = h.String(), h.Function(), h.Func(), h.Pull()
	if err := h.Halt(); err != nil {
		t.Error(err)
	}
	if err := h.Out(gpio.Low); err != nil {
		t.Error(err)
	}
	if want := []string{"out High", "out Low"}; !slices.Equal(k.events, want) {
		t.Errorf("the kernel saw %q, want %q", k.events, want)
	}
}

func TestOutputLineInUseIsTakenWhenItIsFree(t *testing.T) {
	k := &kernel{refuse: syscall.EBUSY}
	h := newLine(k, true)
	for range 2 {
		if err := h.Out(gpio.High); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "gpiochip0/17") {
			t.Errorf("in use: %v", err)
		}
	}
	k.refuse = nil
	if err := h.Out(gpio.High); err != nil || k.level != gpio.High {
		t.Errorf("free again: %v, line %v", err, k.level)
	}
	k.dead = true
	if err := h.Out(gpio.Low); err == nil {
		t.Error("a dead chip took the level")
	}
	if slices.Contains(k.events[slices.Index(k.events, "out High"):], "close") {
		t.Errorf("an output that had been driven was let go of: %q", k.events)
	}
}

func TestWatchedLineIsNotDriven(t *testing.T) {
	for _, named := range []bool{false, true} {
		k := &kernel{level: gpio.High}
		h := newLine(k, named)
		if _, err := h.Level(); err == nil {
			t.Error("read before In")
		}
		if err := h.In(gpio.PullUp, gpio.BothEdges); err != nil {
			t.Fatal(err)
		}
		if err := h.Out(gpio.High); !errors.Is(err, ErrIsInput) {
			t.Errorf("Out: %v", err)
		}
		if l, err := h.Level(); l != gpio.High || err != nil {
			t.Errorf("Level = %v, %v", l, err)
		}
		if err := h.Halt(); err != nil {
			t.Fatal(err)
		}
		if err := h.Out(gpio.Low); err != nil {
			t.Errorf("once it is not watched any more: %v", err)
		}
	}
}

// TestDeadChipIsNotAClosedContact: to periph a failed read is Low.
func TestDeadChipIsNotAClosedContact(t *testing.T) {
	for _, named := range []bool{false, true} {
		k := &kernel{level: gpio.High}
		h := newLine(k, named)
		if err := h.In(gpio.PullUp, gpio.NoEdge); err != nil {
			t.Fatal(err)
		}
		if l, err := h.Level(); l != gpio.High || err != nil {
			t.Fatalf("%v, %v", l, err)
		}
		k.dead = true
		if l, err := h.Level(); err == nil {
			t.Errorf("named %v: a dead chip reads %v", named, l)
		} else if !strings.Contains(err.Error(), "supply") {
			t.Errorf("%v says no way out", err)
		}
		if h.Read() != gpio.Low {
			t.Error("Read of a dead chip")
		}
		k.dead, k.level = false, gpio.Low
		if l, err := h.Level(); l != gpio.Low || err != nil {
			t.Errorf("named %v: alive again: %v, %v", named, l, err)
		}
	}
}

func TestInputThatCouldNotBeSetUpIsNotHeld(t *testing.T) {
	k := &kernel{dead: true}
	if err := newLine(k, false).In(gpio.PullUp, gpio.BothEdges); err == nil || k.held {
		t.Errorf("%v, held %v", err, k.held)
	}
}

func TestInputThatIsInUseIsTakenWhenItIsFree(t *testing.T) {
	for _, named := range []bool{false, true} {
		k := &kernel{refuse: syscall.EBUSY, level: gpio.High}
		h := newLine(k, named)
		for _, edge := range []gpio.Edge{gpio.BothEdges, gpio.NoEdge} {
			if err := h.In(gpio.PullUp, edge); !errors.Is(err, ErrBusy) {
				t.Errorf("in use: %v", err)
			}
		}
		k.refuse = nil
		if err := h.In(gpio.PullUp, gpio.BothEdges); err != nil {
			t.Fatal(err)
		}
		if l, err := h.Level(); l != gpio.High || err != nil {
			t.Errorf("%v, %v", l, err)
		}
	}
}

// TestTimeoutsMeanWhatConnSays, whatever gpioioctl makes of them.
func TestTimeoutsMeanWhatConnSays(t *testing.T) {
	for _, named := range []bool{false, true} {
		k := &kernel{}
		h := newLine(k, named)
		if err := h.In(gpio.PullUp, gpio.BothEdges); err != nil {
			t.Fatal(err)
		}
		k.events = nil
		for _, d := range []time.Duration{-1, 0, time.Second} {
			if !h.WaitForEdge(d) {
				t.Errorf("no edge within %v", d)
			}
		}
		prefix := map[bool]string{true: "set "}[named]
		if want := []string{prefix + "wait 0s", prefix + "wait 1ns", prefix + "wait 1s"}; !slices.Equal(k.events, want) {
			t.Errorf("gpioioctl was asked for %q, want %q", k.events, want)
		}
		if k.dead = true; named && h.WaitForEdge(time.Second) {
			t.Error("an error is no edge")
		}
	}
}
