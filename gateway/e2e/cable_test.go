package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
	"firepost/firmware-contracts/message"
)

// adapter is a USB adapter as udev shows it: a link that points to the terminal of the moment.
type adapter struct {
	t    *testing.T
	link string
	line *sim.Line
	stop func() error
}

// make opens a terminal; plug lets the link point to it.
func (a *adapter) make() (line *sim.Line, stop func() error) {
	a.t.Helper()
	set, err := devices.Contracts()
	if err != nil {
		a.t.Fatal(err)
	}
	model, ok := set.Get("smoke-generic@1")
	if !ok {
		a.t.Fatal("no contract smoke-generic@1")
	}
	var slaves []*sim.Slave
	for unit := range uint8(3) {
		s, err := sim.NewSlave(unit+1, model)
		if err != nil {
			a.t.Fatal(err)
		}
		slaves = append(slaves, s)
	}
	if line, err = sim.NewLine(sim.LineConfig{Baud: 9600, Pace: true, Slaves: slaves}); err != nil {
		a.t.Fatal(err)
	}
	stop = line.Start(context.WithoutCancel(a.t.Context()))
	a.t.Cleanup(func() { _ = stop() })
	return line, stop
}

func (a *adapter) plug(line *sim.Line, stop func() error) {
	a.t.Helper()
	a.line, a.stop = line, stop
	if err := os.Symlink(a.line.Path(), a.link); err != nil {
		a.t.Fatal(err)
	}
}

func (a *adapter) pull() {
	a.t.Helper()
	if err := os.Remove(a.link); err != nil {
		a.t.Fatal(err)
	}
	if err := a.stop(); err != nil {
		a.t.Fatal(err)
	}
}

// TestCablePulled pulls an adapter and plugs it in again under another number.
func TestCablePulled(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	folder := filepath.Join(t.TempDir(), "serial", "by-id")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	a := &adapter{t: t, link: filepath.Join(folder, "usb-adapter-port0")}
	a.plug(a.make())
	usb := line{name: "usb", baud: 9600, port: a.link}
	for i := range 3 {
		usb.devices = append(usb.devices, device{fmt.Sprintf("shop-%d", i+1), uint8(i + 1), "smoke-generic@1"})
	}
	su := setup{broker: m.Addr, lines: usual(), faultAfter: 5}
	s := newSite(t, su, "")
	with := s.setup
	with.lines = append(usual(), usb)
	s.writeConfig(with.yaml(s.state, s.sim.Path))
	s.open()
	// Both exist for a moment, so that the second has another number.
	next, stop := a.make()
	seen := s.stored()

	a.pull()
	_, seen = s.event(seen, message.ClassFault, message.KindRaised, "booth", "bus_down")
	s.look("the booth says that the bus is down", func() error { return s.item("bus.down.usb") })
	// Its devices are a fault of their own, and the other lines go on.
	for i := range 3 {
		s.event(0, message.ClassFault, message.KindRaised, fmt.Sprintf("shop-%d", i+1), "no_data")
	}
	s.polled(s.setup.detectors()...)
	s.smoke(true, "smoke-1")
	s.output(siren, true)

	a.plug(next, stop)
	_, seen = s.event(seen, message.ClassFault, message.KindCleared, "booth", "bus_down")
	_, _, err := a.line.SetMeaningAt(2, "smoke", contract.Fire)
	s.must(err)
	s.event(seen, message.ClassFire, message.KindConfirmed, "shop-2", "")
	s.event(0, message.ClassFault, message.KindCleared, "shop-1", "no_data")
	s.look("the booth says that the bus is up", func() error { return s.noItem("bus.down.usb") })
	s.clean()
	s.latched()
}
