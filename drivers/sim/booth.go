package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"firepost/firmware-contracts/contract"
)

// BusSpec is one bus of a simulated booth.
type BusSpec struct {
	Name string
	// Baud, Format, Pace, Turnaround and Log are those of LineConfig.
	Baud       int
	Format     string
	Pace       bool
	Turnaround time.Duration
	Log        int
	Devices    []DeviceSpec
}

// DeviceSpec is one device of a simulated booth.
type DeviceSpec struct {
	// Name is unique in the booth.
	Name     string
	Unit     uint8
	Contract *contract.Contract
}

// Booth is the wires of one booth: a line for each bus, and the devices by name.
type Booth struct {
	lines   map[string]*Line
	order   []string
	devices map[string]boothDevice
	stops   []func() error
}

type boothDevice struct {
	line  *Line
	slave *Slave
}

// NewBooth opens a line for every bus; nothing answers until Start. ErrSpec: a bus or
// device name stands twice, or a line is impossible.
func NewBooth(buses ...BusSpec) (*Booth, error) {
	b := &Booth{lines: make(map[string]*Line), devices: make(map[string]boothDevice)}
	for _, bus := range buses {
		if err := b.add(&bus); err != nil {
			return nil, errors.Join(fmt.Errorf("make booth: bus %q: %w", bus.Name, err), b.Stop())
		}
	}
	return b, nil
}

func (b *Booth) add(bus *BusSpec) error {
	if b.lines[bus.Name] != nil {
		return fmt.Errorf("the name stands twice: %w", ErrSpec)
	}
	l, err := NewLine(LineConfig{Baud: bus.Baud, Format: bus.Format, Pace: bus.Pace, Turnaround: bus.Turnaround, Log: bus.Log})
	if err != nil {
		return err
	}
	b.lines[bus.Name] = l
	b.order = append(b.order, bus.Name)
	for _, d := range bus.Devices {
		if _, twice := b.devices[d.Name]; twice {
			return fmt.Errorf("device %q: the name stands twice: %w", d.Name, ErrSpec)
		}
		s, err := NewSlave(d.Unit, d.Contract)
		if err != nil {
			return fmt.Errorf("device %q: %w", d.Name, err)
		}
		s.device = d.Name
		if err := l.Add(s); err != nil {
			return fmt.Errorf("device %q: %w", d.Name, err)
		}
		b.devices[d.Name] = boothDevice{line: l, slave: s}
	}
	return nil
}

// Start runs all lines until Stop or the end of ctx. It is called once.
func (b *Booth) Start(ctx context.Context) {
	for _, name := range b.order {
		b.stops = append(b.stops, b.lines[name].Start(ctx))
	}
}

// Stop ends the lines, waits for them and hangs them up.
func (b *Booth) Stop() error {
	var errs []error
	for _, stop := range b.stops {
		errs = append(errs, stop())
	}
	for _, name := range b.order {
		errs = append(errs, b.lines[name].Close())
	}
	return errors.Join(errs...)
}

// Path is the device node of a bus; empty if there is no such bus.
func (b *Booth) Path(bus string) string {
	if l := b.lines[bus]; l != nil {
		return l.Path()
	}
	return ""
}

// Line is the line of a bus; nil if there is no such bus.
func (b *Booth) Line(bus string) *Line { return b.lines[bus] }

// Slave is a device; nil if there is no such device.
func (b *Booth) Slave(device string) *Slave { return b.devices[device].slave }

// Dead makes a device stop answering, or lets it live again.
func (b *Booth) Dead(device string, dead bool) error {
	d, err := b.device(device)
	if err != nil {
		return err
	}
	d.slave.SetFaults(Faults{Dead: dead})
	return nil
}

// Smoke makes a detector report fire, or normal again, in its contract's own coding.
func (b *Booth) Smoke(device string, fire bool) error {
	d, err := b.device(device)
	if err != nil {
		return err
	}
	p, err := d.slave.pointOf(contract.RoleSmoke)
	if err != nil {
		return fmt.Errorf("smoke at %q: %w", device, err)
	}
	means := contract.Normal
	if fire {
		means = contract.Fire
	}
	_, _, err = d.line.SetMeaningAt(d.slave.unit, p.Name, means)
	return err
}

// Pressure makes a gauge measure the pressure, whatever unit its contract has. ErrValue:
// the unit can't be converted, or the gauge can't say so much.
func (b *Booth) Pressure(device string, mpa float64) error {
	return b.measure(device, contract.RolePressure, func(unit string) (float64, bool) { return fromMPa(mpa, unit) })
}

// Temperature makes a device measure the temperature, in °C.
func (b *Booth) Temperature(device string, celsius float64) error {
	return b.measure(device, contract.RoleTemperature, func(string) (float64, bool) { return celsius, true })
}

func (b *Booth) measure(device string, role contract.Role, convert func(unit string) (float64, bool)) error {
	d, err := b.device(device)
	if err != nil {
		return err
	}
	p, err := d.slave.pointOf(role)
	if err != nil {
		return fmt.Errorf("set %s of %q: %w", role, device, err)
	}
	v, ok := convert(p.Unit)
	if !ok {
		return fmt.Errorf("set %s of %q: no conversion to unit %q: %w", role, device, p.Unit, ErrValue)
	}
	_, _, err = d.line.SetAt(d.slave.unit, p.Name, v)
	return err
}

// Outputs is Slave.Watch of a relay module: a channel of what a master switches.
func (b *Booth) Outputs(device string) (<-chan OutputChange, error) {
	d, err := b.device(device)
	if err != nil {
		return nil, err
	}
	return d.slave.Watch(), nil
}

// Output says whether an output of a relay module is on.
func (b *Booth) Output(device, output string) (bool, error) {
	d, err := b.device(device)
	if err != nil {
		return false, err
	}
	return d.slave.Output(output)
}

func (b *Booth) device(name string) (boothDevice, error) {
	d, ok := b.devices[name]
	if !ok {
		return d, fmt.Errorf("find device %q: not in the booth: %w", name, ErrUnknown)
	}
	return d, nil
}

// pointOf is the first point of a role.
func (s *Slave) pointOf(role contract.Role) (*contract.Point, error) {
	if s.c != nil {
		for i := range s.c.Points {
			if s.c.Points[i].Role == role {
				return &s.c.Points[i], nil
			}
		}
	}
	return nil, fmt.Errorf("find a point of role %q of unit %d: its contract has none: %w", role, s.unit, ErrUnknown)
}
