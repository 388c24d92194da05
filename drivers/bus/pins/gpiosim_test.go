//go:build gpiosim

package pins_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"

	"firepost/drivers/bus/pins"
	"firepost/drivers/drivertest"
	"firepost/firmware-contracts/source"
)

// TestKernelSimulator runs on the kernel's gpio-sim, as root, on Linux 5.19 or newer with
// CONFIG_GPIO_SIM and configfs (Documentation/admin-guide/gpio/gpio-sim.rst):
//
//	go test -tags gpiosim -run KernelSimulator ./drivers/bus/pins
//
// It makes a chip of three lines, one of them named, and asserts that a change of the
// simulated pull reaches the sink, and that an output shows at the simulated wire.
func TestKernelSimulator(t *testing.T) {
	chip, wires := simulate(t)
	open, err := pins.Host()
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 64)
	var contacts []pins.Contact
	for _, l := range []string{"FIREPOST_SIM", chip + "/1"} {
		contacts = append(contacts, pins.Contact{Device: l, Model: drivertest.ContactModel(), Line: l, Pull: gpio.PullUp, Debounce: 10 * time.Millisecond})
	}
	src := pins.NewSource("gpio", open, contacts, noStamp, pins.Options{})
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	go func() {
		ended <- src.Run(ctx, sinkFunc(func(b *source.Batch) {
			word := b.Device + " error"
			if b.Err == nil {
				word = b.Device + []string{" open", " closed"}[b.Samples[0].Raw]
			}
			select {
			case heard <- word:
			default:
			}
		}))
	}()
	for i, c := range contacts {
		for _, step := range []struct{ pull, want string }{{"pull-down", " closed"}, {"pull-up", " open"}} {
			put(t, step.pull, wires, "sim_gpio"+string(rune('0'+i)), "pull")
			for w := range heard { // fails by the test's own time-out
				if w == c.Device+step.want {
					break
				}
			}
		}
	}
	o := pins.NewOutput(open, pins.OutputSpec{Name: "siren", Line: chip + "/2"})
	for _, on := range []bool{true, false, true} {
		if err := o.Set(ctx, on); err != nil {
			t.Fatal(err)
		}
		if got, want := get(t, wires, "sim_gpio2", "value"), map[bool]string{true: "1", false: "0"}[on]; got != want {
			t.Errorf("set %v, and the wire is %s", on, got)
		}
	}
}

// simulate makes a chip of three lines, the first of them named, and returns its name and the
// folder of its simulated wires.
func simulate(t *testing.T) (chip, wires string) {
	t.Helper()
	config := filepath.Join("/sys/kernel/config/gpio-sim", "firepost")
	dirs := []string{config, filepath.Join(config, "bank0"), filepath.Join(config, "bank0", "line0")}
	for _, d := range dirs {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatalf("make the simulated chip: %v: modprobe gpio-sim, mount configfs, run as root", err)
		}
		t.Cleanup(func() { _ = os.Remove(d) }) // the last one first
	}
	put(t, "3", config, "bank0", "num_lines")
	put(t, "FIREPOST_SIM", config, "bank0", "line0", "name")
	put(t, "1", config, "live")
	t.Cleanup(func() { put(t, "0", config, "live") })
	chip = get(t, config, "bank0", "chip_name")
	wires = filepath.Join("/sys/devices/platform", get(t, config, "dev_name"), chip)
	return chip, wires
}

func put(t *testing.T, text string, path ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(path...), []byte(text), 0); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}
