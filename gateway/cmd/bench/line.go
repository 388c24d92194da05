package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
)

// lineCommand is the hidden subcommand that serves the simulated lines.
const lineCommand = "line"

// serveLine is the process on the other end of the wire.
func serveLine(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	fs := flag.NewFlagSet(lineCommand, flag.ContinueOnError)
	dir := fs.String("contracts", "", "folder with the measurements' own contracts")
	if err := fs.Parse(args); err != nil {
		return err
	}
	set, err := devices.Contracts()
	if err != nil {
		return err
	}
	more, err := contract.LoadFS(os.DirFS(*dir))
	if err != nil {
		return err
	}
	if set, err = set.With(more); err != nil {
		return err
	}
	return sim.ServeWith(ctx, in, out, set)
}

// The registers of the measurements' detectors.
const (
	smokeRegister = 0x0010
	otherRegister = 0x0011
)

// word is what a register of a device in good order holds: a function of unit and address,
// so that a value that came from anywhere else can't pass for it.
func word(unit uint8, register uint16) uint16 { return uint16(unit)<<8 | 0x80 | register }

// fireWord is what the smoke register holds in alarm.
func fireWord(unit uint8) uint16 { return word(unit, smokeRegister) ^ 0x0A }

// The first register of the alarm block. Every value but the device's own means fire: a value
// attributed to the wrong device or register is an alarm that the subscriber sees.
const smokeText = `name: %[1]s
version: 1
title: {zh: 测量用探测器, en: detector of the measurements}
class: detector
hardware: false
sources:
  - {title: made for measuring, where: gateway/cmd/bench, mark: V}
serial: {baud: 9600, format: 8N1, bauds: [19200, 38400, 57600, 115200]}
address: {default: %[2]d, min: %[2]d, max: %[2]d}
limits: {max_registers: 4, reply_within: 100ms}
points:
  - name: smoke
    title: {zh: 烟雾报警, en: smoke alarm}
    role: smoke
    lane: alarm
    table: holding
    address: %#04[3]x
    type: u16
    values:
      - {raw: %[4]d, means: normal, zh: 正常, en: normal}
      - {raw: %[5]d, means: fire, zh: 火警, en: smoke alarm}
    otherwise: {means: fire, zh: 错值, en: wrong value}
`

// The second register of the alarm block.
const otherText = `  - name: other
    title: {zh: 自检, en: self test}
    role: smoke
    lane: alarm
    table: holding
    address: %#04x
    type: u16
    values:
      - {raw: %d, means: normal, zh: 正常, en: normal}
    otherwise: {means: fire, zh: 错值, en: wrong value}
`

// Three slow registers beside an alarm block of one, as many detectors have them. Another
// length than the alarm block's, so that their replies can't be taken for each other.
const slowText = `  - {name: battery, title: {zh: 电池, en: battery}, role: battery, lane: slow, table: holding, address: 0x0020, type: u16, unit: "%", range: {min: 0, max: 100}}
  - {name: temperature, title: {zh: 温度, en: temperature}, role: temperature, lane: slow, table: holding, address: 0x0021, type: i16, scale: 0.1, unit: "°C"}
  - {name: density, title: {zh: 烟雾浓度, en: smoke density}, role: density, lane: slow, table: holding, address: 0x0022, type: u16}
`

// model names the contract of a unit.
func model(unit uint8, slow bool) string {
	if slow {
		return fmt.Sprintf("bench-slow-%03d", unit)
	}
	return fmt.Sprintf("bench-smoke-%03d", unit)
}

// writeContracts writes a contract for each unit in use.
func writeContracts(dir string, buses []bus) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, b := range buses {
		for _, d := range b.devices {
			if d.gauge {
				continue
			}
			name := model(d.unit, d.slow)
			text := fmt.Sprintf(smokeText, name, d.unit, smokeRegister, word(d.unit, smokeRegister), fireWord(d.unit))
			if d.slow {
				text += slowText
			} else {
				text += fmt.Sprintf(otherText, otherRegister, word(d.unit, otherRegister))
			}
			if err := os.WriteFile(filepath.Join(dir, name+"@1.yaml"), []byte(text), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// device is one device on a measured bus.
type device struct {
	unit   uint8
	slow   bool // one alarm register and three slow ones
	gauge  bool // a pressure gauge: one slow point
	faults sim.Faults
}

func (d *device) name(bus string) string { return fmt.Sprintf("%s-%03d", bus, d.unit) }

func (d *device) contract() string {
	if d.gauge {
		return gaugeModel
	}
	return model(d.unit, d.slow) + "@1"
}

// gaugeModel is a real gauge with one slow point.
const gaugeModel = "pressure-cdab@1"

// bus is one measured bus.
type bus struct {
	name       string
	baud       int
	pace       bool
	turnaround time.Duration
	log        int
	slowEvery  time.Duration
	devices    []device
}

// detectors are n of them with units from 1.
func detectors(n int, slow bool) []device {
	list := make([]device, n)
	for i := range list {
		list[i] = device{unit: uint8(i + 1), slow: slow}
	}
	return list
}

// standardBus is what most bars speak of: 16 devices at 9600 8N1 with 2 registers each.
func standardBus() bus {
	return bus{name: "line", baud: 9600, pace: true, turnaround: turnaround, devices: detectors(16, false)}
}

const turnaround = 5 * time.Millisecond

// readTime is the wire's own limit for one read: a request of 8 characters, the turnaround,
// a reply of 5 and two for each register, and 3.5 characters of silence (1.75 ms above
// 19200 baud).
func readTime(baud, registers int, turnaround time.Duration) time.Duration {
	char := 10 * time.Second / time.Duration(baud)
	silence := char * 7 / 2
	if baud > 19200 {
		silence = 1750 * time.Microsecond
	}
	return time.Duration(8+5+2*registers)*char + turnaround + silence
}

// pollTime is that of the two registers that most measurements read.
func pollTime(baud int, turnaround time.Duration) time.Duration { return readTime(baud, 2, turnaround) }

// limit is the most polls in a second that the wire allows: 37.9 for the standard bus.
func limit() float64 { return 1 / pollTime(9600, turnaround).Seconds() }

// open makes the line of a bus in the line process and gives every register its word.
func (b *bus) open(p *sim.Process, seed uint64) (path string, err error) {
	spec := sim.OpenSpec{Line: b.name, Baud: b.baud, Format: "8N1", Pace: b.pace, Turnaround: b.turnaround, Log: b.log, Seed: seed, Realtime: b.pace}
	for _, d := range b.devices {
		spec.Slaves = append(spec.Slaves, sim.SlaveSpec{Unit: d.unit, Contract: d.contract(), Faults: d.faults})
	}
	return p.Open(spec)
}

// configText is one bus and its devices as they stand in the daemon's configuration.
func (b *bus) configText(port string) (buses, devs string) {
	buses = fmt.Sprintf("  - {name: %s, port: %s, baud: %d}\n", b.name, port, b.baud)
	var t strings.Builder
	for i := range b.devices {
		d := &b.devices[i]
		fmt.Fprintf(&t, "  - {name: %s, bus: %s, unit: %d, contract: %q, premises: HS-%s-%d, label: {zh: 测点 %d, en: point %d}",
			d.name(b.name), b.name, d.unit, d.contract(), b.name, d.unit, d.unit, d.unit)
		if b.slowEvery > 0 {
			fmt.Fprintf(&t, ", slow_every: %s", b.slowEvery)
		}
		t.WriteString("}\n")
	}
	return buses, t.String()
}
