package pins

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
)

// board is a pin of periph's registry.
type board struct {
	gpio.PinIO
	name  string
	outs  int
	read  int
	halts int
}

func (b *board) Name() string                          { return b.name }
func (b *board) In(gpio.Pull, gpio.Edge) error         { return nil }
func (b *board) Out(gpio.Level) error                  { b.outs++; return nil }
func (b *board) Read() gpio.Level                      { b.read++; return gpio.Low }
func (b *board) Halt() error                           { b.halts++; return nil }
func (b *board) PWM(gpio.Duty, physic.Frequency) error { return nil }

// alias is a board's name for a pin.
type alias struct {
	gpio.PinIO
	real gpio.PinIO
}

func (a alias) Real() gpio.PinIO { return a.real }

// pi is a system like a Raspberry Pi: duplicate names, unnamed lines, aliases.
func pi() (system, map[string]*int) {
	counts := map[string]*int{"start": new(int)}
	chips := func() []*chip {
		var out []*chip
		for n, names := range [][]string{{"ID_SDA", "GPIO17", "WAKE", ""}, {"WAKE", "-", ""}, {}} {
			c := &chip{name: fmt.Sprintf("gpiochip%d", n), label: []string{"pinctrl-bcm2711", "exp", "exp"}[n], names: names}
			for i := range names {
				c.lines = append(c.lines, &hostLine{name: fmt.Sprintf("%s/%d", c.name, i), number: i, line: &kernel{}})
			}
			out = append(out, c)
		}
		return out
	}
	registry := map[string]gpio.PinIO{
		"P1_11": alias{real: &board{name: "GPIO17"}}, "P1_13": &board{name: "GPIO99"}, "P1_15": alias{real: &board{name: "WAKE"}},
	}
	return system{
		devices: func() []string { return []string{"/dev/gpiochip0", "/dev/gpiochip1"} },
		try:     func(string) error { return nil },
		start:   func() error { *counts["start"]++; return nil },
		chips:   chips,
		byName:  func(name string) gpio.PinIO { return registry[name] },
	}, counts
}

func TestLinesAreFound(t *testing.T) {
	sys, counts := pi()
	o := newOpener(sys)
	for name, want := range map[string]string{
		"GPIO17": "gpiochip0/1", "gpiochip0/1": "gpiochip0/1", "P1_11": "gpiochip0/1", "pinctrl-bcm2711/3": "gpiochip0/3",
		"gpiochip1/1": "gpiochip1/1", "P1_13": "P1_13",
	} {
		p, err := o.Line(name)
		if err != nil || p.String() != want {
			t.Errorf("%s: %v, %v, want %s", name, p, err, want)
		}
		if again, err := o.Line(name); again != p || err != nil {
			t.Errorf("%s is another line the second time", name)
		}
	}
	if n := *counts["start"]; n != 1 {
		t.Errorf("periph was started %d times", n)
	}
}

func TestLinesAreNotFound(t *testing.T) {
	sys, _ := pi()
	o := newOpener(sys)
	for name, c := range map[string]struct {
		want error
		says string
	}{
		"":             {ErrNoLine, "gpiochip0/0 to gpiochip0/3: ID_SDA GPIO17 WAKE;"},
		"GPIO18":       {ErrNoLine, "GPIO17"},
		"-":            {ErrNoLine, "gpiochip1"},
		"gpiochip7/1":  {ErrNoLine, "gpiochip0 (pinctrl-bcm2711)"},
		"gpiochip0/4":  {ErrNoLine, "gpiochip0/3"},
		"gpiochip0/-1": {ErrNoLine, "gpiochip0/3"},
		"gpiochip0/x":  {ErrNoLine, "gpiochip0/3"},
		"exp/0":        {ErrAmbiguous, "gpiochip1/0"},
		"WAKE":         {ErrAmbiguous, "gpiochip0/2 or gpiochip1/0"},
		"P1_15":        {ErrAmbiguous, "gpiochip1/0"},
	} {
		p, err := o.Line(name)
		if p != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v, %v; want %v, saying %q", name, p, err, c.want, c.says)
		}
	}
}

func TestChipsThatComeLater(t *testing.T) {
	sys, counts := pi()
	var paths []string
	refuse := fmt.Errorf("open /dev/gpiochip0: %w", fs.ErrPermission)
	sys.devices = func() []string { return paths }
	sys.try = func(string) error { return refuse }
	o := newOpener(sys)
	if _, err := o.Line("GPIO17"); !errors.Is(err, ErrNoChip) || !strings.Contains(err.Error(), "GPIO17") {
		t.Errorf("no chip: %v", err)
	}
	paths = []string{"/dev/gpiochip0"}
	if _, err := o.Line("GPIO17"); !errors.Is(err, ErrPermission) || !strings.Contains(err.Error(), "group") {
		t.Errorf("no permission: %v", err)
	}
	if *counts["start"] != 0 {
		t.Error("periph, which can be started only once, was started in vain")
	}
	refuse = nil
	if _, err := o.Line("GPIO17"); err != nil || *counts["start"] != 1 {
		t.Errorf("then: %v", err)
	}
}

func TestPeriphThatDoesNotStart(t *testing.T) {
	sys, _ := pi()
	sys.start = func() error { return errors.New("cycle") }
	if _, err := newOpener(sys).Line("GPIO17"); !errors.Is(err, ErrNoChip) || !strings.Contains(err.Error(), "cycle") {
		t.Errorf("%v", err)
	}
}

func TestOldKernelHasNoChips(t *testing.T) {
	sys, _ := pi()
	sys.chips = func() []*chip { return nil }
	if _, err := newOpener(sys).Line("GPIO17"); !errors.Is(err, ErrNoLine) || !strings.Contains(err.Error(), "5.10") {
		t.Errorf("%v", err)
	}
}

// TestHostOnThisMachine only asserts that it answers: there may or may not be a chip here.
func TestHostOnThisMachine(t *testing.T) {
	o, err := Host()
	if o == nil {
		t.Fatal("no opener")
	}
	if err != nil && !errors.Is(err, ErrNoChip) && !errors.Is(err, ErrPermission) {
		t.Errorf("%v", err)
	}
	if _, err := o.Line("no such line"); err == nil {
		t.Error("a line that is nowhere was found")
	}
}

func TestOtherPinsAreGuardedToo(t *testing.T) {
	b := &board{name: "GPIO99"}
	l := &otherLine{PinIO: b, name: "P1_13"}
	if err := errors.Join(l.In(gpio.PullUp, gpio.NoEdge), l.Halt()); err != nil {
		t.Fatal(err)
	}
	if err := l.Out(gpio.High); err != nil {
		t.Fatal(err)
	}
	if l.Read() != gpio.High || l.Function() != "" || b.read != 0 {
		t.Error("an output was read")
	}
	if err := l.In(gpio.PullUp, gpio.NoEdge); !errors.Is(err, ErrIsOutput) {
		t.Errorf("In on an output: %v", err)
	}
	if err := l.Halt(); err != nil || b.halts != 1 {
		t.Errorf("Halt of an output: %v, %d", err, b.halts)
	}
	w := &otherLine{PinIO: b, name: "P1_13"}
	if err := w.In(gpio.PullUp, gpio.NoEdge); err != nil {
		t.Fatal(err)
	}
	if err := w.Out(gpio.High); !errors.Is(err, ErrIsInput) || w.Read() != gpio.Low {
		t.Errorf("Out on an input: %v", err)
	}
}
