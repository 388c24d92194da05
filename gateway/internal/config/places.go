package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"firepost/drivers/analog"
	"firepost/firmware-contracts/contract"
	y "firepost/firmware-contracts/strictyaml"
)

// Where a device stands on a bus: what each kind of bus asks for, and what it refuses.

// serialOnly are the keys that mean something on a serial line only.
func serialOnly() []string {
	return []string{"port", "tcp", "backend", "baud", "format", "rs485", "echo_strip"}
}

// foreign refuses keys that a bus of this kind has no use for.
func (k *checker) foreign(at, kind string, keys ...string) {
	for _, key := range keys {
		if k.doc.Has(at + "." + key) {
			k.addf(at+"."+key, "leave it out, or correct kind:", "a bus of kind %s has no %s", kind, key)
		}
	}
}

// otherBus checks a bus that is not Modbus.
func (k *checker) otherBus(b *Bus, at string) {
	k.oneOf(at+".kind", b.Kind, KindModbus, KindFrames, KindGPIO, KindI2C)
	k.foreign(at, b.Kind, "slow_share", "probe_share")
	switch b.Kind {
	case KindFrames:
		k.foreign(at, b.Kind, "i2c", "tcp", "echo_strip")
		if b.Port == "" {
			k.add(at+".port", "is missing", "the serial port that the frames arrive on, such as /dev/ttyUSB1")
			return
		}
		k.oneOf(at+".backend", b.Backend, "bugst", "tarm")
		k.serial(b, at)
	case KindGPIO:
		k.foreign(at, b.Kind, append(serialOnly(), "i2c")...)
		if first, taken := k.names["gpio"]; taken {
			k.addf(at+".kind", "one bus holds all lines of the board", "%s is of kind gpio too", first)
		}
		k.names["gpio"] = at
	case KindI2C:
		k.foreign(at, b.Kind, serialOnly()...)
		if b.I2C == "" {
			k.add(at+".i2c", "is missing", "the bus's number, such as 1 for /dev/i2c-1")
			return
		}
		// Two masters on one converter would give each other's inputs.
		line := strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(b.I2C), "/dev/"), "i2c-")
		if first, taken := k.names["i2c "+line]; taken {
			k.addf(at+".i2c", "one bus owns one line", "%s is already used by %s", b.I2C, first)
		}
		k.names["i2c "+line] = at
	}
}

func (k *checker) serial(b *Bus, at string) {
	if first, taken := k.names["port "+b.Port]; taken {
		k.addf(at+".port", "one bus owns one port", "%s is already used by %s", b.Port, first)
	}
	k.names["port "+b.Port] = at
	if err := serialSpec(b).Validate(); err != nil {
		k.add(at+".port", err.Error(), "")
	}
}

// kindOf is the kind of bus that devices with a transport stand on.
func kindOf(t contract.Transport) string {
	switch t {
	case contract.Modbus:
		return KindModbus
	case contract.Frames:
		return KindFrames
	case contract.Pins:
		return KindGPIO
	case contract.Analog, contract.Chips:
		return KindI2C
	}
	return KindModbus
}

// carries refuses a device on a bus of another kind.
func (k *checker) carries(b *Bus, d *Device, at string) bool {
	want := kindOf(d.Model.Transport)
	if b.Kind == want {
		return true
	}
	k.addf(at+".bus", "put it on a bus of kind "+want, "bus %s is of kind %s, which does not carry %s", b.Name, b.Kind, d.Contract)
	return false
}

// placeKeys are the keys of a device's place, by the kind of bus that has a use for them.
func placeKeys() map[string][]string {
	return map[string][]string{
		"unit": {KindModbus, KindI2C}, "id": {KindFrames}, "line": {KindGPIO}, "contact": {KindGPIO},
		"channel": {KindI2C}, "analog": {KindI2C},
	}
}

// place checks where on its bus a device stands, and that nobody else stands there.
func (k *checker) place(d *Device, at string) {
	b := k.busNamed(d.Bus)
	if b == nil {
		return
	}
	for key, kinds := range placeKeys() {
		if k.doc.Has(at+"."+key) && !slices.Contains(kinds, b.Kind) {
			k.addf(at+"."+key, "leave it out, or put it on a bus of kind "+strings.Join(kinds, " or "),
				"a device on %s, of kind %s, has no %s", b.Name, b.Kind, key)
		}
	}
	switch b.Kind {
	case KindModbus:
		if d.Unit != 0 {
			k.claim(d, at+".unit", fmt.Sprintf("address %d", d.Unit), "give one of them another address")
		}
	case KindFrames:
		k.claim(d, at+".id", fmt.Sprintf("sender %q", k.sender(d, at)), "every sender needs an id of its own")
	case KindGPIO:
		k.gpio(d, at)
	case KindI2C:
		k.i2c(d, at)
	}
}

// sender checks how a device names itself in its frames, and returns the id as its frames give
// it: an id can be written in several ways.
func (k *checker) sender(d *Device, at string) string {
	m, ok := k.contractOf(d)
	if !ok || m.Frame == nil {
		return d.ID // said where the contract stands
	}
	if m.Frame.ID.Bytes == 0 {
		if d.ID != "" {
			k.addf(at+".id", "leave it out; the line carries this device alone", "the frames of %s carry no id", d.Contract)
		}
		return d.ID
	}
	id, err := m.Frame.ID.ParseID(d.ID)
	if err != nil {
		k.addf(at+".id", err.Error(), "%q is no id of %s", d.ID, d.Contract)
		return d.ID
	}
	return id
}

func (k *checker) contractOf(d *Device) (*contract.Contract, bool) {
	if k.c.Set == nil {
		return nil, false
	}
	return k.c.Set.Get(d.Contract)
}

// claim takes a place on a bus for one device.
func (k *checker) claim(d *Device, path, place, hint string) {
	key := "place " + d.Bus + "/" + place
	if first, taken := k.names[key]; taken {
		k.addf(path, hint, "%s on bus %s is already %s's", place, d.Bus, first)
		return
	}
	k.names[key] = d.Name
}

// Bounds of a contact's debounce time: shorter sees every spark, longer adds to the alarm.
const (
	shortestDebounce = time.Millisecond
	longestDebounce  = 2 * time.Second
)

func (k *checker) gpio(d *Device, at string) {
	if d.Line == "" {
		k.add(at+".line", "is missing", "the GPIO line: its name, such as GPIO17, or gpiochip0/17")
	} else {
		k.claimLine(at+".line", d.Line, d.Name)
	}
	if d.Contact == nil {
		d.Contact = &Contact{Pull: defaultPull, Debounce: y.Duration(defaultDebounce)}
	}
	k.oneOf(at+".contact.pull", d.Contact.Pull, "up", "down", "none")
	k.times(at+".contact.debounce", d.Contact.Debounce, shortestDebounce, longestDebounce, "30ms is usual")
}

// claimLine takes a GPIO line for one device, output or feedback contact.
func (k *checker) claimLine(path, line, owner string) {
	if first, taken := k.names["line "+line]; taken {
		k.addf(path, "one line, one wire", "line %s is already %s's", line, first)
		return
	}
	k.names["line "+line] = owner
}

// The addresses that I²C leaves to devices (UM10204, 3.1.12), and a converter's inputs.
const (
	lowestI2C   = 0x08
	highestI2C  = 0x77
	lastChannel = 3
)

func (k *checker) i2c(d *Device, at string) {
	if d.Unit < lowestI2C || d.Unit > highestI2C {
		k.addf(at+".unit", "0x08 to 0x77, as in the chip's data sheet", "0x%02X is not an address on an I²C bus", d.Unit)
		return
	}
	place, chip := fmt.Sprintf("address 0x%02X", d.Unit), "another chip"
	if m, ok := k.contractOf(d); ok {
		chip = "chip " + m.Chip
		switch analog := m.Transport == contract.Analog; {
		case analog && d.Channel == nil:
			k.add(at+".channel", "is missing", "the converter's input, 0 to 3")
			return
		case !analog && d.Channel != nil:
			k.addf(at+".channel", "leave it out", "%s is a chip of its own, not a converter's input", d.Contract)
			return
		}
	}
	if d.Channel != nil {
		chip = "a converter"
		if k.between(at+".channel", *d.Channel, 0, lastChannel); *d.Channel >= 0 {
			place = fmt.Sprintf("channel %d of 0x%02X", *d.Channel, d.Unit)
		}
	}
	k.claim(d, at+".unit", place, "give one of them another address or channel")
	// One chip read as another gives values that look sound.
	key := fmt.Sprintf("chip %s/%d", d.Bus, d.Unit)
	if other, taken := k.names[key]; taken && other != chip {
		k.addf(at+".unit", "give one of them another address", "at 0x%02X on bus %s is %s already", d.Unit, d.Bus, other)
	}
	k.names[key] = chip
	if d.Analog != nil {
		k.analog(d, at+".analog")
	}
}

// analog checks how a converter's input is wired.
func (k *checker) analog(d *Device, at string) {
	a := d.Analog
	if a.ShuntOhms < 0 || a.ShuntOhms > 1000 {
		k.addf(at+".shunt_ohms", "100 to 250 is usual", "%g is out of range", a.ShuntOhms)
	}
	if a.Divider < 1 || a.Divider > 100 {
		k.addf(at+".divider", "1 without a divider, 2 for two equal resistors", "%g is out of range", a.Divider)
	}
	if s := a.Span; s != nil && s.From >= s.To {
		k.addf(at+".span.from", "the lowest value first", "%g is not below %g", s.From, s.To)
	}
	if l := a.Loop; l != nil {
		for _, v := range [...]struct {
			key string
			ohm float64
		}{{"pull_up_ohms", l.PullUpOhms}, {"end_of_line_ohms", l.EndOfLineOhms}, {"alarm_ohms", l.AlarmOhms}} {
			if v.ohm < 10 || v.ohm > 1e6 {
				k.addf(at+".loop."+v.key, "the resistor that is fitted, 10 to 1000000", "%g Ω is out of range", v.ohm)
			}
		}
		if l.SupplyVolts <= 0 || l.SupplyVolts > 30 {
			k.addf(at+".loop.supply_volts", "the voltage that feeds the loop", "%g V is out of range", l.SupplyVolts)
		}
	}
}

// Wiring is how a converter's input is connected, as the driver wants it.
func (d *Device) Wiring() analog.Wiring {
	var w analog.Wiring
	if a := d.Analog; a != nil {
		w.ShuntOhms, w.Divider = a.ShuntOhms, a.Divider
		if a.Span != nil {
			w.From, w.To = a.Span.From, a.Span.To
		}
		if a.Loop != nil {
			w.Loop = analog.Loop(*a.Loop)
		}
	}
	return w
}

// current checks an output's read-back by its current.
func (k *checker) current(o *Output, at string) {
	if o.CurrentFrom == "" {
		return
	}
	k.pointRef(at+".current_from", o.CurrentFrom)
	dev, _, _ := strings.Cut(o.CurrentFrom, "/")
	if d := k.deviceNamed(dev); d != nil {
		if b := k.busNamed(d.Bus); b != nil && b.Kind != KindI2C {
			k.addf(at+".current_from", "a sensor on a bus of kind i2c, such as an INA219", "%s is on bus %s of kind %s", dev, b.Name, b.Kind)
		}
	}
	if o.CurrentMin <= 0 {
		k.addf(at+".current_min", "half of what the load draws, in amperes", "%g A is no threshold", o.CurrentMin)
	}
}

// lineOutput checks an output on a GPIO line.
func (k *checker) lineOutput(o *Output, at string) {
	for _, key := range [...]string{"device", "channel"} {
		if k.doc.Has(at + "." + key) {
			k.add(at+"."+key, "both a line and a device's channel are given", "keep one of them")
		}
	}
	b := k.busNamed(o.Bus)
	switch {
	case b == nil:
		k.reference(at+".bus", "bus", o.Bus, k.busNames())
	case b.Kind != KindGPIO:
		k.addf(at+".bus", "name the bus of kind gpio", "bus %s is of kind %s", b.Name, b.Kind)
	}
	if o.Line == "" {
		k.add(at+".line", "is empty", "the GPIO line: its name, such as GPIO22, or gpiochip0/22")
		return
	}
	k.claimLine(at+".line", o.Line, o.Name)
	if o.Pattern != "" {
		k.oneOf(at+".pattern", o.Pattern, "steady", "temporal3", "flash")
		if o.Kind != "sounder" && o.Kind != "strobe" {
			k.addf(at+".pattern", "leave it out", "a %s has no pattern", o.Kind)
		}
	}
	k.current(o, at)
	if o.Feedback != "" {
		k.claimLine(at+".feedback", o.Feedback, o.Name+"'s feedback")
	}
}

// wiring refuses a converter's input that can't work as it is wired.
func (k *checker) wiring(d *Device, at string) {
	if d.Model.Transport != contract.Analog || d.Model.Electrical.Kind == contract.Supervised && (d.Analog == nil || d.Analog.Loop == nil) {
		return
	}
	if _, err := analog.New(d.Model, d.Wiring()); err != nil {
		k.add(at+".analog", err.Error(), "")
	}
}

// CharBits is how many bits one character takes on the wire, start bit included.
func (b *Bus) CharBits() int {
	bits := 1 + int(b.Format[0]-'0')
	if b.Format[1] != 'N' {
		bits++
	}
	return bits + int(b.Format[2]-'0')
}
