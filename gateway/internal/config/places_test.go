package config

import (
	"strings"
	"testing"
)

// wired is a booth with every kind of bus.
const wired = `station: hs-03
district: hongshan
buses:
  - {name: board, kind: gpio}
  - {name: chips, kind: i2c, i2c: "1"}
  - {name: radio, kind: frames, port: /dev/ttyUSB1}
devices:
  - name: call-point
    bus: board
    line: GPIO17
    contract: contact@1
    inputs: {contact: {means: fire, cause: call_point}}
  - {name: key, bus: board, line: gpiochip0/27, contract: contact@1, contact: {pull: down, debounce: 50ms}, inputs: {contact: {means: silence}}}
  - {name: battery, bus: chips, unit: 0x40, contract: ina219@1, slow_every: 10s}
  - name: shop-loop
    bus: chips
    unit: 0x48
    channel: 1
    contract: contact-supervised@1
    inputs: {contact: {means: fire, cause: smoke}}
    analog: {loop: {supply_volts: 3.3, pull_up_ohms: 4700, end_of_line_ohms: 10000, alarm_ohms: 2200}}
  - {name: gauge, bus: chips, unit: 0x48, channel: 2, contract: gauge-4-20ma@1, analog: {shunt_ohms: 100, span: {from: 0, to: 2.5}}}
  - {name: far-gauge, bus: radio, id: SHMK19060013, contract: gauge-mingkong@1, fault_after: 2h}
outputs:
  - {name: siren, kind: sounder, bus: board, line: GPIO22, feedback: GPIO23, inverted: true}
`

func TestWired(t *testing.T) {
	c, err := Parse("f.yaml", []byte(wired), builtin(t))
	if err != nil {
		t.Fatal(err)
	}
	d := c.Devices
	if d[0].Contact == nil || d[0].Contact.Pull != "up" || d[0].Contact.Debounce != 30e6 || d[1].Contact.Debounce != 50e6 {
		t.Errorf("contacts %+v, %+v", d[0].Contact, d[1].Contact)
	}
	if v := d[3].Model.Points[0].Values; len(v) != 5 || v[0].Raw != 1 || v[0].Cause != "smoke" {
		t.Errorf("a supervised contact keeps its loop's own states: %+v", v)
	}
	if d[4].Analog.Divider != 1 || d[5].FaultAfter.D().Hours() != 2 {
		t.Errorf("%+v, %v", d[4].Analog, d[5].FaultAfter)
	}
}

func TestMistakesOfPlace(t *testing.T) {
	set := builtin(t)
	for _, m := range []mistake{
		{"kind of bus", "kind: gpio", "kind: gipo", `buses[0].kind: "gipo" is not known here (did you mean gpio?`},
		{"gpio with a port", "kind: gpio}", "kind: gpio, port: /dev/x}", `buses[0].port: a bus of kind gpio has no port`},
		{"two boards", "kind: i2c, i2c: \"1\"", "kind: gpio", `buses[1].kind: buses[0] is of kind gpio too`},
		{"i2c without bus", `, i2c: "1"`, "", `buses[1].i2c: is missing (the bus's number`},
		{"i2c with a speed", `i2c: "1"`, `i2c: "1", baud: 9600`, `buses[1].baud: a bus of kind i2c has no baud`},
		{"frames without port", ", port: /dev/ttyUSB1", "", `buses[2].port: is missing`},
		{"frames over tcp", "port: /dev/ttyUSB1", "port: /dev/ttyUSB1, tcp: \"10.0.0.1:1\"", `a bus of kind frames has no tcp`},
		{"frames with a share", "port: /dev/ttyUSB1", "port: /dev/ttyUSB1, slow_share: 5%", `a bus of kind frames has no slow_share`},
		{"no line", "    line: GPIO17\n", "", `devices[0].line: is missing (the GPIO line`},
		{"line twice", "gpiochip0/27", "GPIO17", `line GPIO17 is already call-point's`},
		{"line of an output", "line: GPIO22", "line: GPIO17", `outputs[0].line: line GPIO17 is already call-point's`},
		{"unit on a line", "    line: GPIO17\n", "    line: GPIO17\n    unit: 3\n", `devices[0].unit: a device on board, of kind gpio, has no unit`},
		{"channel on a line", "    line: GPIO17\n", "    line: GPIO17\n    channel: 3\n", `has no channel`},
		{"pull", "pull: down", "pull: sideways", `devices[1].contact.pull: "sideways" is not known here`},
		{"debounce", "debounce: 50ms", "debounce: 1h", `devices[1].contact.debounce: 1h0m0s is not between`},
		{"a contact that means nothing", "    inputs: {contact: {means: fire, cause: call_point}}\n", "", `devices[0].inputs: the contact of call-point means nothing`},
		{"wrong bus", "bus: chips, unit: 0x40", "bus: board, line: GPIO5", `bus board is of kind gpio, which does not carry ina219@1 (put it on a bus of kind i2c)`},
		{"address", "unit: 0x40", "unit: 0x03", `0x03 is not an address on an I²C bus`},
		{"channel twice", "channel: 2", "channel: 1", `channel 1 of 0x48 on bus chips is already shop-loop's`},
		{"a converter's input without a number", "unit: 0x48, channel: 2,", "unit: 0x48,", `devices[4].channel: is missing (the converter's input`},
		{"a chip with a channel", "unit: 0x40", "unit: 0x40, channel: 2", `devices[2].channel: ina219@1 is a chip of its own`},
		{"a chip where a converter is", "unit: 0x40", "unit: 0x48", `devices[3].unit: at 0x48 on bus chips is chip ina219 already`},
		{"one chip bus twice", "  - {name: radio,", "  - {name: more, kind: i2c, i2c: /dev/i2c-1}\n  - {name: radio,", `/dev/i2c-1 is already used by buses[1]`},
		{"a cut wire that silences", "{means: silence}", "{means: silence, normally_closed: true}", `a cut wire would silence the sounder`},
		{"channel", "channel: 1", "channel: 7", `devices[3].channel: 7 is out of range (from 0 to 3)`},
		{"loop without resistors", "    analog: {loop: {supply_volts: 3.3, pull_up_ohms: 4700, end_of_line_ohms: 10000, alarm_ohms: 2200}}\n", "", `devices[3].analog.loop: is missing`},
		{"resistor", "pull_up_ohms: 4700", "pull_up_ohms: 4", `devices[3].analog.loop.pull_up_ohms: 4 Ω is out of range`},
		{"normally closed loop", "cause: smoke}", "cause: smoke, normally_closed: true}", `the end-of-line resistor shows a cut wire already`},
		{"span", "from: 0, to: 2.5", "from: 2.5, to: 0", `2.5 is not below 0`},
		{"gauge without a shunt", "shunt_ohms: 100, ", "", `devices[4].analog: `},
		{"gauge without a span", ", span: {from: 0, to: 2.5}", "", `devices[4].analog: `},
		{"states too close", "alarm_ohms: 2200", "alarm_ohms: 100000", `devices[3].analog: `},
		{"sender", "SHMK19060013", "SHMK190600134", `"SHMK190600134" is no id of gauge-mingkong@1`},
		{"silence of a radio", "fault_after: 2h", "fault_after: 48h", `48h0m0s is not between 5s and 25h0m0s`},
		{"output on another bus", "bus: board, line: GPIO22", "bus: chips, line: GPIO22", `bus chips is of kind i2c (name the bus of kind gpio)`},
		{"a heater without climate", "kind: sounder", "kind: heater", `outputs[0].kind: nothing decides when a heater is on`},
		{"a fan without climate", "kind: sounder", "kind: fan", `outputs[0].kind: nothing decides when a fan is on`},
		{"a charger without power", "kind: sounder", "kind: charger", `outputs[0].kind: nothing decides when a charger may charge`},
		{"line and channel", "line: GPIO22", "line: GPIO22, device: gauge", `both a line and a device's channel are given`},
		{"pattern", "feedback: GPIO23", "pattern: waltz", `outputs[0].pattern: "waltz" is not known here`},
		{"pattern of a lock", "kind: sounder, bus: board, line: GPIO22", "kind: cabinet, bus: board, pattern: flash, line: GPIO22", `a cabinet has no pattern`},
		{"current of nobody", "feedback: GPIO23", "current_from: batterie/current, current_min: 0.2", `there is no device "batterie" (did you mean battery?)`},
		{"current without threshold", "feedback: GPIO23", "current_from: battery/current", `outputs[0].current_min: 0 A is no threshold`},
		{"feedback", "feedback: GPIO23", "feedback: GPIO22", `line GPIO22 is already siren's`},
	} {
		t.Run(m.name, func(t *testing.T) {
			if !strings.Contains(wired, m.old) {
				t.Fatalf("the file has no %q", m.old)
			}
			_, err := Parse("f.yaml", []byte(strings.Replace(wired, m.old, m.new, 1)), set)
			if err == nil || !strings.Contains(err.Error(), m.want) {
				t.Errorf("got:\n%v\nwant: %s", err, m.want)
			}
		})
	}
}

// TestVessel: an extinguisher is described as on its label, and refused where a pressure says
// nothing of it.
func TestVessel(t *testing.T) {
	set := builtin(t)
	const limits = "    limits: {pressure: {low: 1.0, high: 1.4, hysteresis: 0.03}}\n"
	with := func(vessel string) string {
		return strings.Replace(minimal, limits, limits+"    vessel: {"+vessel+"}\n", 1)
	}
	c, err := Parse("f.yaml", []byte(with("medium: powder, rated_mpa: 1.2, manufactured: 2024-05-31")), set)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := c.Devices[1].Spec()
	if err != nil || spec.Limits.LowMPa.Value != 1.0 || spec.Limits.LowMPa.Mark != "C" || spec.Manufactured.IsZero() {
		t.Errorf("%+v, %v", spec, err)
	}
	for vessel, want := range map[string]string{
		"medium: powdr, rated_mpa: 1.2":                           `devices[1].vessel.medium: "powdr" is not known here (did you mean powder?`,
		"medium: co2, rated_mpa: 1.2":                             "weight",
		"medium: powder, rated_mpa: 120":                          "rated",
		"medium: powder, rated_mpa: 1.2, manufactured: 31.5.2024": `"31.5.2024" is not a date`,
	} {
		if _, err := Parse("f.yaml", []byte(with(vessel)), set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", vessel, err, want)
		}
	}
	text := strings.Replace(with("medium: powder, rated_mpa: 1.2"), "    temperature_from: booth-climate/temperature\n", "", 1)
	if _, err := Parse("f.yaml", []byte(text), set); err == nil || !strings.Contains(err.Error(), "follows the temperature") {
		t.Errorf("without a temperature: %v", err)
	}
}

// TestMistakesOfSupply: power, climate, display and beacon name points and buses that exist.
func TestMistakesOfSupply(t *testing.T) {
	set := builtin(t)
	const good = `power: {mains: key/contact, current: battery/current, voltage: battery/voltage, chemistry: lifepo4, capacity_ah: 100, volts: 12.8, internal_ohm: 0.02, coldest_c: -10, watts: {board: 6, buses: 4, uplink: 4, sounder: 20}}
climate: {inside: far-gauge/pressure, heater_watts: 300, heater_rise: 30}
display: {bus: chips, unit: 0x3C}
beacon: {spi: SPI0.0, chip: apa102, pixels: 8}
`
	if _, err := Parse("f.yaml", []byte(wired+good), set); err != nil {
		t.Fatal(err)
	}
	for _, m := range []mistake{
		{"mains of nobody", "mains: key/contact", "mains: kay/contact", `power.mains: there is no device "kay" (did you mean key?)`},
		{"mains that are no contact", "mains: key/contact", "mains: battery/voltage", `power.mains: battery/voltage has the role`},
		{"too old to decide by", ", slow_every: 10s", "", `battery/current is read every 1m0s and counts as unknown after 30s (give battery slow_every: 15s or less)`},
		{"no such point", "battery/voltage", "battery/volts", `power.voltage: there is no point "volts"`},
		{"no mains at all", "mains: key/contact, current: battery/current, ", "", `nothing tells whether the mains are there`},
		{"chemistry", "lifepo4", "nimh", `power: `},
		{"too small", "capacity_ah: 100", "capacity_ah: 2", `power: `},
		{"climate without inside", "inside: far-gauge/pressure, ", "", `climate.inside: is missing`},
		{"display on another bus", "bus: chips, unit: 0x3C", "bus: board", `bus board is of kind gpio (name a bus of kind i2c)`},
		{"display's address", "unit: 0x3C", "unit: 0x50", `0x50 is no address of an SSD1306`},
		{"beacon's chip", "chip: apa102", "chip: apa103", `"apa103" is not known here (did you mean apa102?`},
		{"beacon without LEDs", "pixels: 8", "pixels: 0", `beacon.pixels: 0 is out of range`},
	} {
		_, err := Parse("f.yaml", []byte(strings.Replace(wired+good, m.old, m.new, 1)), set)
		if err == nil || !strings.Contains(err.Error(), m.want) {
			t.Errorf("%s: got:\n%v\nwant: %s", m.name, err, m.want)
		}
	}
}
