package field_test

import (
	"testing"

	"firepost/drivers/bus/serialport"
	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
	"firepost/gateway/internal/field"
)

// own is the speed of the bus in the tests.
var own = field.Speed{Baud: 9600, Format: "8N1"} //nolint:gochecknoglobals // constant

func contracts(t testing.TB) *contract.Set {
	t.Helper()
	set, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// device is one simulated device.
type device struct {
	unit   uint8
	ref    string
	serial sim.Serial
	faults sim.Faults
}

func slave(t testing.TB, d device) *sim.Slave {
	t.Helper()
	c, ok := contracts(t).Get(d.ref)
	if !ok {
		t.Fatalf("no contract %s", d.ref)
	}
	s, err := sim.NewSlave(d.unit, c)
	if err != nil {
		t.Fatal(err)
	}
	if d.serial.Baud != 0 {
		s.SetSerial(d.serial)
	}
	s.SetFaults(d.faults)
	return s
}

// bus is a line that runs, with these devices.
func bus(t testing.TB, pace bool, list ...device) (*sim.Line, field.Open) {
	t.Helper()
	cfg := sim.LineConfig{Pace: pace, Commissioning: true, Log: 4096}
	for _, d := range list {
		cfg.Slaves = append(cfg.Slaves, slave(t, d))
	}
	l, err := sim.NewLine(cfg)
	if err != nil {
		t.Fatal(err)
	}
	stop := l.Start(t.Context())
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return l, field.Serial(serialport.Spec{Name: l.Path()})
}

// serial opens a path.
func serial(path string) field.Open { return field.Serial(serialport.Spec{Name: path}) }
