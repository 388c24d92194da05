package contract

import (
	"strings"
	"testing"
)

// contactBase, gaugeBase and chipBase are the smallest contracts of the other transports.
const (
	contactBase = `name: contact
version: 1
title: {zh: 接点, en: contact}
class: input
transport: pins
hardware: false
sources: [{title: switch, where: here, mark: V}]
points:
  - name: contact
    title: {zh: 接点, en: contact}
    role: input
    lane: alarm
`
	gaugeBase = `name: gauge
version: 1
title: {zh: 压力表, en: gauge}
class: pressure
transport: analog
hardware: false
sources: [{title: standard, where: here, mark: M}]
electrical: {kind: current, zero: 4, full: 20, broken: 3.6, short: 21}
points:
  - name: pressure
    title: {zh: 压力, en: pressure}
    role: pressure
    lane: slow
    unit: MPa
  - name: loop
    title: {zh: 回路, en: loop}
    role: fault
    lane: slow
    values:
      - {raw: 0, means: normal, zh: 正常, en: sound}
`
	chipBase = `name: chip
version: 1
title: {zh: 芯片, en: chip}
class: meter
transport: chips
hardware: false
sources: [{title: datasheet, where: page 3, mark: S}]
chip: ina219
points:
  - name: voltage
    title: {zh: 电压, en: voltage}
    role: power
    lane: slow
    unit: V
`
)

func TestTypesThatGoUnsaid(t *testing.T) {
	for text, want := range map[string][]Type{contactBase: {Bool}, gaugeBase: {F32, U16}, chipBase: {F32}} {
		c := loadFrames(t, text)
		for i, p := range c.Points {
			if p.Type != want[i] {
				t.Errorf("%s point %s is a %s", c.Ref(), p.Name, p.Type)
			}
		}
	}
	said := loadFrames(t, strings.Replace(chipBase, "    unit: V\n", "    unit: V\n    type: i16\n", 1))
	if said.Points[0].Type != I16 {
		t.Errorf("a type that is said is a %s", said.Points[0].Type)
	}
	if e := loadFrames(t, gaugeBase).Electrical; *e != (Electrical{Current, 4, 20, 3.6, 21, 0}) {
		t.Errorf("%+v", e)
	}
}

// Doubts don't keep a contract from being used.
func TestDoubtsAboutFrames(t *testing.T) {
	for _, row := range []mistake{
		{"check: {kind: crc16-ccitt, from: 2, to: -3, at: -3, order: little}", "check: {kind: none}", []string{
			"13:17: warning: frame.check.kind: a frame without a check: noise can change a value unnoticed (ask the maker for a check)",
		}},
		{"from: 2,", "from: 8,", []string{
			"14:12: warning: frame.id.at: the check does not cover the id (noise can give a value to the wrong device)",
			"24:17: warning: points[0].field.at: the check does not cover the field (noise can change it unnoticed)",
			"34:17: warning: points[1].field.at: the check does not cover the field (noise can change it unnoticed)",
		}},
	} {
		c := loadFrames(t, strings.Replace(frameBase, row.old, row.now, 1))
		var got []string
		for _, w := range c.Warnings {
			got = append(got, strings.TrimPrefix(w.Error(), ":"))
		}
		if strings.Join(got, "\n") != strings.Join(row.want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(row.want, "\n"))
		}
	}
}

// Each row is one mistake in one of the contracts above, as in TestMistakes.
func TestTransportMistakes(t *testing.T) {
	for _, table := range []struct {
		base string
		rows []mistake
	}{{frameBase, frameMistakes()}, {contactBase, contactMistakes()}, {gaugeBase, gaugeMistakes()}, {chipBase, chipMistakes()}, {base, modbusMistakes()}} {
		for _, row := range table.rows {
			t.Run(row.now, func(t *testing.T) {
				if !strings.Contains(table.base, row.old) {
					t.Fatalf("the contract holds no %q", row.old)
				}
				c, err := Load("", []byte(strings.Replace(table.base, row.old, row.now, 1)))
				if err == nil {
					t.Fatalf("taken: %+v", c)
				}
				got := strings.ReplaceAll("\n"+err.Error(), "\n:", "\n")
				if want := "\n" + strings.Join(row.want, "\n"); got != want {
					t.Errorf("got%s\nwant%s", got, want)
				}
			})
		}
	}
}

func frameMistakes() []mistake {
	return []mistake{
		{"transport: frames", "transport: frame", []string{"5:12: transport: \"frame\" is not known here (did you mean frames? one of modbus, frames, pins, analog, chips; modbus unless it says otherwise)"}},
		{"transport: frames", "transport: pins", []string{
			"8:9: serial: means nothing for transport pins (leave it out)",
			"10:3: frame: means nothing for transport pins (leave it out)",
			"24:12: points[0].field: means nothing for transport pins (leave it out)",
			"25:11: points[0].mask: means nothing for transport pins (leave it out: the driver gives the value in its unit)",
			"34:12: points[1].field: means nothing for transport pins (leave it out)",
			"35:11: points[1].mask: means nothing for transport pins (leave it out: the driver gives the value in its unit)",
			"41:12: points[2].field: means nothing for transport pins (leave it out)",
			"49:12: points[3].field: means nothing for transport pins (leave it out)",
		}},
		{"serial: {baud: 9600, format: 8N1}\n", "", []string{"1:1: serial: is missing (the factory setting: {baud: 9600, format: 8N1})"}},
		{"start: [0xA5, 0x5A]", "start: []", []string{"10:10: frame.start: 0 bytes; a frame's start has 1 to 16 (such as [0xA5, 0x5A])"}},
		{"start: [0xA5, 0x5A]", "start: [0xA5, 0x15A]", []string{"10:17: frame.start[1]: 0x15A is out of range (the bytes that every frame begins with, such as [0xA5, 0x5A]; from 0 to 255)"}},
		{"  start: [0xA5, 0x5A]\n", "", []string{"10:3: frame.start: is missing (the bytes that every frame begins with, such as [0xA5, 0x5A])"}},
		{"end: [0x0D]", "end: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]", []string{
			"11:8: frame.end: 17 bytes; a frame's end has 0 to 16 (such as [0xA5, 0x5A])",
			"12:42: frame.length.min: 16 bytes can't hold start, end and check, which have 21",
		}},
		{"length: {at: 2, bytes: 1, add: 4, min: 16, max: 40}", "length: {fixed: 4}", []string{"12:19: frame.length.fixed: 4 bytes can't hold start, end and check, which have 5"}},
		{"length: {at: 2, bytes: 1, add: 4, min: 16, max: 40}", "length: {fixed: 16, at: 2}", []string{"12:27: frame.length.at: a frame of fixed length has no length field (leave it out, or leave fixed out)"}},
		{"length: {at: 2, bytes: 1, add: 4, min: 16, max: 40}", "length: {at: 2}", []string{
			"12:11: frame.length.bytes: is missing ({fixed: 12}, or {at: 3, bytes: 2, min: 12, max: 64})",
			"12:11: frame.length.min: is missing ({fixed: 12}, or {at: 3, bytes: 2, min: 12, max: 64})",
			"12:11: frame.length.max: is missing ({fixed: 12}, or {at: 3, bytes: 2, min: 12, max: 64})",
		}},
		{"length: {at: 2, bytes: 1, add: 4, min: 16, max: 40}", "length: {}", []string{
			"12:11: frame.length.at: is missing ({fixed: 12}, or {at: 3, bytes: 2, min: 12, max: 64})",
			"12:11: frame.length.bytes: is missing ({fixed: 12}, or {at: 3, bytes: 2, min: 12, max: 64})",
			"12:11: frame.length.min: is missing ({fixed: 12}, or {at: 3, bytes: 2, min: 12, max: 64})",
			"12:11: frame.length.max: is missing ({fixed: 12}, or {at: 3, bytes: 2, min: 12, max: 64})",
		}},
		{"min: 16, max: 40", "min: 40, max: 16", []string{"12:42: frame.length.min: min 40 is above max 16 (swap the two)"}},
		{"min: 16", "min: 4", []string{"12:42: frame.length.min: 4 bytes can't hold start, end and check, which have 5"}},
		{"min: 16", "min: 15", []string{"49:17: points[3].field.at: overlaps points[2] \"temperature\" (let both read the same bytes with masks or bits that share nothing)"}},
		{"max: 40", "max: 5000", []string{"12:51: frame.length.max: 5000 is out of range (the longest frame that is believed; from 2 to 4096)"}},
		{"add: 4, min: 16, max: 40", "add: -300, min: 16, max: 40", []string{"12:34: frame.length.add: a field of 1 bytes with -300 added gives -300 to -45, never 16 to 40"}},
		{"add: 4, min: 16, max: 40", "add: 41, min: 16, max: 40", []string{"12:34: frame.length.add: a field of 1 bytes with 41 added gives 41 to 296, never 16 to 40"}},
		{"length: {at: 2, bytes: 1,", "length: {at: 2, bytes: 1, order: little,", []string{"12:36: frame.length.order: a single byte has no order (leave it out)"}},
		{"length: {at: 2,", "length: {at: 1,", []string{"12:16: frame.length.at: the length overlaps the start"}},
		{"length: {at: 2,", "length: {at: 30,", []string{
			"12:16: frame.length.at: the length at 30 lies outside the frame (the shortest frame has 16 bytes)",
			"13:51: frame.check.at: the check overlaps the length",
		}},
		{"kind: crc16-ccitt", "kind: crc16", []string{"13:17: frame.check.kind: \"crc16\" is not known here (one of none, sum8, xor8, sum16, crc16-modbus, crc16-xmodem, crc16-ccitt, crc8)"}},
		{"check: {kind: crc16-ccitt, from: 2, to: -3, at: -3, order: little}", "check: {kind: sum8}", []string{
			"13:10: frame.check.from: is missing ({kind: crc16-modbus, from: 0, to: -4, at: -4})",
			"13:10: frame.check.to: is missing ({kind: crc16-modbus, from: 0, to: -4, at: -4})",
			"13:10: frame.check.at: is missing ({kind: crc16-modbus, from: 0, to: -4, at: -4})",
		}},
		{"check: {kind: crc16-ccitt, from: 2, to: -3, at: -3, order: little}", "check: {kind: none, from: 2}", []string{
			"13:17: warning: frame.check.kind: a frame without a check: noise can change a value unnoticed (ask the maker for a check)",
			"13:29: frame.check.from: a frame without a check has no from (leave it out)",
		}},
		{"kind: crc16-ccitt, from: 2, to: -3, at: -3, order: little", "kind: sum8, from: 2, to: -3, at: -3, order: little", []string{"13:55: frame.check.order: a check of kind sum8 has no order (leave it out)"}},
		{"to: -3, at: -3", "to: -2, at: -3", []string{"13:43: frame.check.to: the check covers itself (to is the first byte that is not summed)"}},
		{"to: -3, at: -3", "to: -1, at: -3", []string{"13:43: frame.check.to: the check covers itself (to is the first byte that is not summed)"}},
		{"to: -3, at: -3", "to: -3, at: -2", []string{"13:51: frame.check.at: the check overlaps the end"}},
		{"to: -3, at: -3", "to: -3, at: 14", []string{
			"13:51: frame.check.at: the check overlaps the end",
			"49:17: points[3].field.at: the field overlaps the check",
		}},
		{"from: 2, to: -3, at: -3", "from: 2, to: -3, at: 9", []string{
			"13:43: frame.check.to: the check covers itself (to is the first byte that is not summed)",
			"49:17: points[3].field.at: the field overlaps the check",
		}},
		{"from: 2, to: -3", "from: 2, to: 2", []string{"13:43: frame.check.to: from 2 to 2 holds no byte of a frame of 16 (to is the first byte that is not summed)"}},
		{"from: 2, to: -3", "from: 17, to: -3", []string{"13:44: frame.check.to: from 17 to -3 holds no byte of a frame of 16 (to is the first byte that is not summed)"}},
		{"from: 2, to: -3", "from: -10, to: 13", []string{"13:45: frame.check.to: from -10 to 13 holds no byte of a frame of 40 (to is the first byte that is not summed)"}},
		{"  check: {kind: crc16-ccitt, from: 2, to: -3, at: -3, order: little}\n", "", []string{"10:3: frame.check: is missing ({kind: crc16-modbus, from: 0, to: -4, at: -4, order: little}, or {kind: none})"}},
		{"id: {at: 4, bytes: 3}", "id: {at: 1, bytes: 3}", []string{
			"14:12: frame.id.at: the id overlaps the start",
			"14:12: frame.id.at: the id overlaps the length",
			"14:12: warning: frame.id.at: the check does not cover the id (noise can give a value to the wrong device)",
		}},
		{"id: {at: 4, bytes: 3}", "id: {at: 4}", []string{"14:8: frame.id.bytes: is missing (how many bytes the id has; from 1 to 32)"}},
		{"id: {at: 4, bytes: 3}", "id: {at: -4, bytes: 3}", []string{
			"14:12: frame.id.at: the id overlaps the check",
			"14:12: warning: frame.id.at: the check does not cover the id (noise can give a value to the wrong device)",
		}},
		{"id: {at: 4, bytes: 3}", "id: {at: 14, bytes: 3}", []string{"14:12: frame.id.at: the id at 14 lies outside the frame (the shortest frame has 16 bytes)"}},
		{"{at: 3, value: 0x10, mask: 0xF0}", "{at: 3, value: 0x11, mask: 0xF0}", []string{"16:22: frame.match[0].value: 0x11 can't occur under mask 0xF0"}},
		{"{at: 3, value: 0x10, mask: 0xF0}", "{at: 0, value: 0xA5}", []string{"16:12: frame.match[0].at: the byte overlaps the start"}},
		{"{at: 3, value: 0x10, mask: 0xF0}", "{at: 2, value: 0x0C}", []string{"16:12: frame.match[0].at: the byte overlaps the length"}},
		{"{at: 3, value: 0x10, mask: 0xF0}", "{at: -17, value: 0x0C}", []string{"16:12: frame.match[0].at: the byte at -17 lies outside the frame (the shortest frame has 16 bytes)"}},
		{"{at: 3, value: 0x10, mask: 0xF0}", "{at: 3, value: 0x10}\n    - {at: 3, value: 0x20}", []string{"17:22: frame.match[1].value: match[0] asks for another value of the same byte"}},
		{"heartbeat: 2h", "heartbeat: 2", []string{"17:14: frame.heartbeat: \"2\" is not a length of time (write it with its unit: 100ms, 2s, 30m, 12h, 365d; the longest time between two frames of a sound device; from 1s to 2160h)"}},
		{"    field: {at: 7, bytes: 1}\n    mask: 0x03\n", "    mask: 0x03\n", []string{"19:5: points[0].field: is missing (where the value stands in the frame: {at: 8, bytes: 2})"}},
		{"    type: u16\n", "", []string{"19:5: points[0].type: is missing (one of bool, u16, i16, u32, i32, f32, u64)"}},
		{"type: u16\n    field: {at: 7, bytes: 1}", "type: u16\n    field: {at: 7, bytes: 3}", []string{"24:27: points[0].field.bytes: a field of 3 bytes does not fit a u16 (take a wider type, or fewer bytes)"}},
		{"type: u16\n    field: {at: 7, bytes: 1}", "type: u16\n    field: {at: 13, bytes: 1}", []string{
			"24:17: points[0].field.at: the field overlaps the check",
			"24:17: warning: points[0].field.at: the check does not cover the field (noise can change it unnoticed)",
			"49:17: points[3].field.at: overlaps points[0] \"smoke\" (let both read the same bytes with masks or bits that share nothing)",
		}},
		{"type: u16\n    field: {at: 7, bytes: 1}", "type: u16\n    field: {at: 40, bytes: 1}", []string{"24:17: points[0].field.at: the field at 40 lies outside the frame (the shortest frame has 16 bytes)"}},
		{"type: u16\n    field: {at: 7, bytes: 1}", "type: u16\n    field: {at: 7, bytes: 1, order: little}", []string{"24:37: points[0].field.order: a single byte has no order (leave it out)"}},
		{"type: u16\n    field: {at: 7, bytes: 1}", "type: u16\n    table: holding\n    byte_order: little\n    field: {at: 7, bytes: 1}", []string{
			"24:12: points[0].table: means nothing for transport frames (leave it out)",
			"25:17: points[0].byte_order: means nothing for transport frames (write order: little in the field)",
		}},
		{"mask: 0x03", "mask: 0x0103", []string{"25:11: points[0].mask: 0x103 does not fit the 8 bits of a u16 of 1 byte"}},
		{"mask: 0x03", "mask: 0x83", []string{"34:17: points[1].field.at: overlaps points[0] \"smoke\" (let both read the same bytes with masks or bits that share nothing)"}},
		{"{raw: 1, means: fire", "{raw: 0x100, means: fire", []string{"28:15: points[0].values[1].raw: 0x100 does not fit a u16 of 1 byte (at most 0xFF; negative for i16 and i32 only)"}},
		{"invalid: [-128]", "invalid: [-129]", []string{"43:15: points[2].invalid[0]: -129 does not fit an i16 of 1 byte (at most 0xFF; negative for i16 and i32 only)"}},
		{"field: {at: 8, bytes: 1}", "field: {at: -9, bytes: 1}", []string{
			"41:17: points[2].field.at: overlaps points[0] \"smoke\" (let both read the same bytes with masks or bits that share nothing)",
			"41:17: points[2].field.at: overlaps points[1] \"tamper\" (let both read the same bytes with masks or bits that share nothing)",
		}},
		{"type: u32\n    field: {at: -7, bytes: 3, order: little}", "type: f32\n    field: {at: -7, bytes: 3}", []string{"49:28: points[3].field.bytes: an f32 has 4 bytes, not 3"}},
		{"heartbeat: 2h\n", "heartbeat: 2h\naddress: {default: 1, min: 1, max: 247}\nlimits: {max_gap: 1}\nchip: x1\n", []string{
			"18:10: address: means nothing for transport frames (leave it out)",
			"19:9: limits: means nothing for transport frames (leave it out)",
			"20:7: chip: means nothing for transport frames (leave it out)",
		}},
		{"start: [0xA5, 0x5A]\n  end: [0x0D]\n  length: {at: 2, bytes: 1, add: 4, min: 16, max: 40}\n  check: {kind: crc16-ccitt, from: 2, to: -3, at: -3, order: little}", "start: [0xA5]\n  length: {fixed: 16}\n  check: {kind: none}", []string{"12:17: frame.check.kind: a frame with neither a check nor 2 fixed bytes can't be told from noise (describe more bytes that are the same in every frame: start, end, match)"}},
	}
}

func contactMistakes() []mistake {
	return []mistake{
		{"    lane: alarm\n", "    lane: alarm\n    table: discrete\n    address: 0x0001\n    field: {at: 1}\n", []string{
			"13:12: points[0].table: means nothing for transport pins (leave it out)",
			"14:14: points[0].address: means nothing for transport pins (leave it out)",
			"15:12: points[0].field: means nothing for transport pins (leave it out)",
		}},
		{"    lane: alarm\n", "    lane: alarm\n    mask: 1\n", []string{"13:11: points[0].mask: means nothing for transport pins (leave it out: the driver gives the value in its unit)"}},
		{"hardware: false\n", "hardware: false\nserial: {baud: 9600, format: 8N1}\n", []string{"7:9: serial: means nothing for transport pins (leave it out)"}},
		{"hardware: false\n", "hardware: false\noutputs: []\n", []string{"7:10: outputs: means nothing for transport pins (leave it out)"}},
	}
}

func gaugeMistakes() []mistake {
	return []mistake{
		{"electrical: {kind: current, zero: 4, full: 20, broken: 3.6, short: 21}\n", "", []string{"1:1: electrical: is missing ({kind: current, zero: 4, full: 20, broken: 3.6, short: 21})"}},
		{"kind: current", "kind: amps", []string{"8:20: electrical.kind: \"amps\" is not known here (one of current, voltage, ratiometric, supervised)"}},
		{"zero: 4, full: 20", "zero: 20, full: 4", []string{"8:35: electrical.zero: zero 20 is not below full 4 (swap the two)"}},
		{"broken: 3.6", "broken: 4", []string{"8:56: electrical.broken: broken 4 is not below zero 4 (a cut wire must be told from the lowest value)"}},
		{"broken: 3.6", "broken: -1", []string{"8:56: electrical.broken: outputs are believed from 0 to 1000 mA or V"}},
		{"short: 21", "short: 20", []string{"8:68: electrical.short: short 20 is not above full 20 (a short circuit must be told from the highest value)"}},
		{", short: 21", "", []string{"8:13: electrical.short: is missing (the output in mA or V)"}},
		{"short: 21", "short: 21, supply: 24", []string{"8:80: electrical.supply: an output of kind current does not move with its supply (leave it out)"}},
		{"kind: current", "kind: ratiometric", []string{"8:13: electrical.supply: is missing (the supply in V at which zero and full hold, such as 5)"}},
		{"{kind: current, zero: 4, full: 20, broken: 3.6, short: 21}", "{kind: ratiometric, zero: 0.5, full: 4.5, broken: 0.25, short: 4.75, supply: 4.6}", []string{"8:76: electrical.short: short 4.75 is above the supply of 4.6"}},
		{"{kind: current, zero: 4, full: 20, broken: 3.6, short: 21}", "{kind: ratiometric, zero: 0.5, full: 4.5, broken: 0.25, short: 4.75, supply: 0}", []string{"8:90: electrical.supply: 0 V is no supply"}},
		{"kind: current", "kind: supervised", []string{
			"8:38: electrical.zero: a supervised loop has no zero (leave it out: the resistors stand in the station's configuration)",
			"8:47: electrical.full: a supervised loop has no full (leave it out: the resistors stand in the station's configuration)",
			"8:59: electrical.broken: a supervised loop has no broken (leave it out: the resistors stand in the station's configuration)",
			"8:71: electrical.short: a supervised loop has no short (leave it out: the resistors stand in the station's configuration)",
		}},
		{"unit: MPa", "unit: MPa\n    scale: 0.1", []string{"15:12: points[0].scale: means nothing for transport analog (leave it out: the driver gives the value in its unit)"}},
	}
}

func chipMistakes() []mistake {
	return []mistake{
		{"chip: ina219\n", "", []string{"1:1: chip: is missing (the driver's name, such as ina219)"}},
		{"chip: ina219", "chip: INA219", []string{"8:7: chip: \"INA219\" is not a name (the driver's name, such as ina219)"}},
		{"chip: ina219", "chip: ina219\nframe: {start: [1], length: {fixed: 3}, check: {kind: none}}", []string{"9:8: frame: means nothing for transport chips (leave it out)"}},
	}
}

// modbusMistakes are the keys that only registers need.
func modbusMistakes() []mistake {
	return []mistake{
		{"serial: {baud: 9600, format: 8N1, bauds: [4800, 19200], formats: [8E1]}\n", "", []string{"1:1: serial: is missing (the factory setting: {baud: 9600, format: 8N1})"}},
		{"address: {default: 1, min: 1, max: 247}\n", "", []string{"1:1: address: is missing ({default: 1, min: 1, max: 247})"}},
		{"    table: holding\n    address: 0x0010\n    type: u16\n    mask: 0x00FF\n", "    mask: 0x00FF\n", []string{
			"14:5: points[0].table: is missing (one of holding, input, coil, discrete)",
			"14:5: points[0].address: is missing (the 0-based address on the wire, such as 0x0010; a manual's 40001 is 0x0000)",
			"14:5: points[0].type: is missing (one of bool, u16, i16, u32, i32, f32, u64)",
		}},
		{"class: detector\n", "class: detector\ntransport: modbus\nchip: ina219\n", []string{"6:7: chip: means nothing for transport modbus (leave it out)"}},
		{"    type: u16\n    mask: 0x00FF", "    type: u16\n    field: {at: 1}\n    mask: 0x00FF", []string{"21:12: points[0].field: means nothing for transport modbus (leave it out)"}},
	}
}
