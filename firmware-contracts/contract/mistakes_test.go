package contract

import (
	"strings"
	"testing"
)

// Each row is one mistake in the contract of load_test.go: a text and what stands there
// instead. The messages are complete, and in the order of the file.
func TestMistakes(t *testing.T) {
	for _, row := range mistakes() {
		t.Run(row.now, func(t *testing.T) {
			if !strings.Contains(base, row.old) {
				t.Fatalf("the contract holds no %q", row.old)
			}
			c, err := Load("probe@1.yaml", []byte(strings.Replace(base, row.old, row.now, 1)))
			if err == nil {
				t.Fatalf("taken: %+v", c)
			}
			if got, want := err.Error(), "probe@1.yaml:"+strings.Join(row.want, "\nprobe@1.yaml:"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

type mistake struct {
	old, now string
	want     []string
}

func mistakes() []mistake {
	return []mistake{
		{"name: probe", "nam: probe", []string{
			"1:1: nam: unknown key \"nam\" (did you mean name?)",
			"1:1: name: is missing (lower-case letters, digits and single hyphens, such as smoke-generic)",
		}},
		{"name: probe", "name: Probe", []string{"1:7: name: \"Probe\" is not a name (lower-case letters, digits and single hyphens, such as smoke-generic)"}},
		{"name: probe", "name: other", []string{"1:7: name: file is called \"probe@1.yaml\" but holds \"other@1.yaml\" (rename the file, or correct name and version)"}},
		{"name: probe", "name: 7", []string{"1:7: name: want text, found the number 7 (lower-case letters, digits and single hyphens, such as smoke-generic)"}},
		{"version: 1", "version: one", []string{"2:10: version: want a whole number, found the text \"one\" (a changed meaning is a new version; from 1 to 9999)"}},
		{"version: 1", "version: 0", []string{"2:10: version: 0 is out of range (a changed meaning is a new version; from 1 to 9999)"}},
		{"version: 1", "version: 01", []string{"2:10: version: want a whole number, found the number 01 (a changed meaning is a new version; from 1 to 9999)"}},
		{"version: 1\n", "", []string{"1:1: version: is missing (a changed meaning is a new version; from 1 to 9999)"}},
		{"version: 1", "version: 1\nversion: 2", []string{"3:1: version: \"version\" is already defined on line 2 (remove one of the two)"}},
		{"zh: 探头, en: probe", "zh: 探头", []string{"3:9: title.en: is missing (the text in English)"}},
		{"zh: 探头, en: probe", "zh: 探头, en: ", []string{"3:17: title.en: the value is missing (the text in English)"}},
		{"title: {zh: 探头, en: probe}", "title: probe", []string{"3:8: title: want keys and values, found the text \"probe\" ({zh: 烟感, en: smoke detector})"}},
		{"class: detector", "class: detektor", []string{"4:8: class: \"detektor\" is not known here (did you mean detector? one of detector, pressure, input, relay, climate, meter)"}},
		{"class: detector", "class: relais", []string{"4:8: class: \"relais\" is not known here (did you mean relay? one of detector, pressure, input, relay, climate, meter)"}},
		{"hardware: false", "hardware: no", []string{"5:11: hardware: want true or false, found the text \"no\" (true once it has been run against the real device, else false)"}},
		{"sources:\n  - {title: manual, where: page 7, mark: S}\n", "", []string{"1:1: sources: is missing (a list of where the facts come from: - {title: …, where: …, mark: S})"}},
		{"sources:\n  - {title: manual, where: page 7, mark: S}", "sources: []", []string{"6:10: sources: names no source (say where the facts come from: - {title: …, where: …, mark: S})"}},
		{"mark: S", "mark: X", []string{"7:42: sources[0].mark: \"X\" is not known here (one of V, S, M; verified, from the named source, from memory)"}},
		{"where: page 7, ", "", []string{"7:6: sources[0].where: is missing (a page, address or repository)"}},
		{"baud: 9600", "baud: 9601", []string{"8:16: serial.baud: 9601 is not a usual baud rate (such as 4800, 9600, 19200 or 115200)"}},
		{"baud: 9600", "baud: 9600.5", []string{"8:16: serial.baud: want a whole number, found the number 9600.5 (the factory baud rate, such as 9600; from 300 to 1000000)"}},
		{"format: 8N1", "format: 7E1", []string{"8:30: serial.format: \"7E1\" is not known here (did you mean 8E1? one of 8N1, 8E1, 8O1, 8N2)"}},
		{"bauds: [4800, 19200]", "bauds: 4800", []string{"8:42: serial.bauds: want a list, found the number 4800 (a list of the other baud rates that can be set; from 300 to 1000000)"}},
		{"bauds: [4800, 19200]", "bauds: [4800, 1920]", []string{"8:49: serial.bauds[1]: 1920 is not a usual baud rate (such as 4800, 9600, 19200 or 115200)"}},
		{"formats: [8E1]", "formats: [8M1]", []string{"8:67: serial.formats[0]: \"8M1\" is not known here (did you mean 8N1? one of 8N1, 8E1, 8O1, 8N2; a list of the other formats that can be set)"}},
		{"min: 1, max: 247", "min: 100, max: 47", []string{"9:28: address.min: min 100 is above max 47 (swap the two)"}},
		{"default: 1", "default: 0", []string{"9:20: address.default: 0 is out of range (the factory address; from 1 to 255)"}},
		{"default: 1, min: 1", "default: 1, min: 2", []string{"9:20: address.default: default 1 is not within min 2 and max 247"}},
		{"max: 247", "max: 256", []string{"9:36: address.max: 256 is out of range (the highest address that can be set; the standard ends at 247; from 1 to 255)"}},
		{"max_registers: 16", "max_registers: 126", []string{"10:25: limits.max_registers: 126 is out of range (the most registers in one read; from 1 to 125)"}},
		{"max_registers: 16", "max_registers: 1", []string{"10:9: limits: point \"pressure\" needs 2 registers in one read, max_registers is 1"}},
		{"reply_within: 150ms", "reply_within: 150", []string{"10:68: limits.reply_within: \"150\" is not a length of time (write it with its unit: 100ms, 2s, 30m, 12h, 365d; the longest wait for a reply's first byte; from 5ms to 10s)"}},
		{"reply_within: 150ms", "reply_within: 1ms", []string{"10:68: limits.reply_within: 1ms is out of range (the longest wait for a reply's first byte; from 5ms to 10s)"}},
		{"late_reply: 1s", "late_reply: 100ms", []string{"10:87: limits.late_reply: late_reply 100ms is shorter than reply_within 150ms"}},
		{"turnaround: 20ms", "turnaround: 200ms", []string{"10:103: limits.turnaround: turnaround 200ms is longer than reply_within 150ms"}},
		{"limits:", "limit:", []string{"10:1: limit: unknown key \"limit\" (did you mean limits?)"}},
		{"from: 0x0000, to: 0x000F", "from: 0x0010, to: 0x000F", []string{"12:28: readable[0].from: from 0x0010 is above to 0x000F (swap the two)"}},
		{"from: 0x0000, to: 0x000F", "from: 0x0000, to: 0x1000F", []string{"12:40: readable[0].to: 0x1000F is out of range (the last address, 0x0000 to 0xFFFF; from 0 to 65535)"}},
		{"  - {table: holding, from: 0x0000, to: 0x000F}\n", "  - {table: holding, from: 0x0000, to: 0x000F}\n  - {table: holding, from: 0x0008, to: 0x0009}\n", []string{"13:28: readable[1].from: overlaps readable[0], 0x0000–0x000F (join the two spans)"}},
		{"  - name: flags", "  - name: smoke", []string{"27:11: points[1].name: points[0] is called \"smoke\" too"}},
		{"name: smoke", "name: smoke-1", []string{"14:11: points[0].name: \"smoke-1\" is not a name (lower-case letters, digits and single underscores, such as smoke)"}},
		{"role: smoke", "role: smokes", []string{"16:11: points[0].role: \"smokes\" is not known here (did you mean smoke? one of smoke, fault, tamper, battery, density, pressure, temperature, humidity, power, input, relay, info)"}},
		{"lane: alarm", "lane: slow", []string{"17:11: points[0].lane: a point that can mean fire may not be slow (write lane: alarm)"}},
		{"lane: alarm", "lane: fast", []string{"17:11: points[0].lane: \"fast\" is not known here (one of slow, alarm; alarm for what must be seen at once)"}},
		{"table: holding\n    address: 0x0010", "table: coils\n    address: 0x0010", []string{"18:12: points[0].table: \"coils\" is not known here (did you mean coil? one of holding, input, coil, discrete)"}},
		{"address: 0x0010", "address: 010", []string{"19:14: points[0].address: want a whole number, found the number 010 (the 0-based address on the wire, such as 0x0010; a manual's 40001 is 0x0000)"}},
		{"address: 0x0010", "address: 40001.0", []string{"19:14: points[0].address: want a whole number, found the number 40001.0 (the 0-based address on the wire, such as 0x0010; a manual's 40001 is 0x0000)"}},
		{"address: 0x0010", "address: 70000", []string{"19:14: points[0].address: 70000 is out of range (the 0-based address on the wire, such as 0x0010; a manual's 40001 is 0x0000; from 0 to 65535)"}},
		{"address: 0x0020", "address: 0xFFFF", []string{"43:14: points[2].address: an i32 at 0xFFFF would end at 0x10000, after the last address 0xFFFF"}},
		{"address: 0x0010", "address: '0x0010'", []string{"19:14: points[0].address: want a whole number, found the text \"0x0010\" (the 0-based address on the wire, such as 0x0010; a manual's 40001 is 0x0000)"}},
		{"type: u16", "type: uint16", []string{"20:11: points[0].type: \"uint16\" is not known here (one of bool, u16, i16, u32, i32, f32, u64)"}},
		{"table: holding\n    address: 0x0010\n    type: u16\n    mask: 0x00FF", "table: coil\n    address: 0x0010\n    type: u16\n    mask: 0x00FF", []string{
			"20:11: points[0].type: a coil is a single bit, not a u16 (write type: bool)",
			"21:11: points[0].mask: a coil is a single bit (leave it out)",
		}},
		{"mask: 0x00FF", "mask: 0", []string{"21:11: points[0].mask: 0 is out of range (the bits that count, such as 0x00FF; from 1 on)"}},
		{"mask: 0x00FF", "mask: 0x100FF", []string{"21:11: points[0].mask: 0x100FF does not fit the 16 bits of a u16"}},
		{"mask: 0x00FF", "mask: 0x01FF", []string{"32:14: points[1].address: overlaps points[0] \"smoke\" at holding 0x0010 (let both read the same word with masks or bits that share nothing)"}},
		{"byte_order: little", "mask: 0xFF", []string{
			"45:11: points[2].mask: a mask would cut the sign or exponent of an i32 (take the unsigned type)",
			"51:14: points[2].invalid: 0x80000000 can't occur under mask 0xFF",
			"51:14: points[2].invalid: 0xFFFFFFFE can't occur under mask 0xFF",
		}},
		{"word_order: low_first", "word_order: low", []string{"46:17: points[2].word_order: \"low\" is not known here (one of high_first, low_first; low_first when the least significant register comes first)"}},
		{"mask: 0x00FF", "word_order: low_first\n    mask: 0x00FF", []string{
			"21:17: points[0].word_order: a u16 is one register and has no word order (leave it out)",
			"33:14: points[1].address: overlaps points[0] \"smoke\" at holding 0x0010 (let both read the same word with masks or bits that share nothing)",
		}},
		{"mask: 0xFF00", "mask: 0xFE00", []string{"36:15: points[1].bits[0].bit: bit 8 is cut off by mask 0xFE00"}},
		{"scale: 0.001", "scale: 0", []string{"47:12: points[2].scale: scale 0 makes every value the same (what one raw step is worth, such as 0.1)"}},
		{"scale: 0.001", "scale: .nan", []string{"47:12: points[2].scale: want a number, found .nan (what one raw step is worth, such as 0.1)"}},
		{"scale: 0.001", "scale: -.inf", []string{"47:12: points[2].scale: want a number, found -.inf (what one raw step is worth, such as 0.1)"}},
		{"scale: 0.001", "scale: 1000000000000", []string{"47:12: points[2].scale: scale 1e+12 is not believable: its size must be within 1e-09–1e+09 (what one raw step is worth, such as 0.1)"}},
		{"scale: 0.001", "scale: '0.001'", []string{"47:12: points[2].scale: want a number, found the text \"0.001\" (what one raw step is worth, such as 0.1)"}},
		{"offset: -1", "offset: 1e300", []string{"48:13: points[2].offset: offset 1e+300 is not believable: its size must be at most 1e+09 (what is added after scaling, such as -40)"}},
		{"unit: MPa", "unit: at", []string{"49:11: points[2].unit: \"at\" is not a unit of pressure here (one of MPa, kPa, Pa, bar, mbar, psi)"}},
		{"    unit: MPa\n", "", []string{"38:5: points[2].unit: a pressure needs its unit (one of MPa, kPa, Pa, bar, mbar, psi)"}},
		{"range: {min: -1, max: 2.5}", "range: {min: 2.5, max: -1}", []string{"50:18: points[2].range.min: min 2.5 is not below max -1 (swap the two)"}},
		{"range: {min: -1, max: 2.5}", "range: {min: 5000000, max: 6000000}", []string{"50:12: points[2].range: no i32 × 0.001 lies within 5e+06–6e+06 (check scale and range)"}},
		{"range: {min: -1, max: 2.5}", "range: {min: -1}", []string{"50:13: points[2].range.max: is missing (the highest valid value, in the point's unit)"}},
		{"range: {min: -1, max: 2.5}", "range: [-1, 2.5]", []string{"50:12: points[2].range: want keys and values, found a list (the valid range of the scaled value: {min: 0, max: 2.5})"}},
		{"invalid: [0x80000000, -2]", "invalid: [0x100000000]", []string{"51:15: points[2].invalid[0]: 0x100000000 does not fit an i32 (at most 0xFFFFFFFF; negative for i16 and i32 only)"}},
		{"invalid: [0x80000000, -2]", "invalid: [-2147483649]", []string{"51:15: points[2].invalid[0]: -2147483649 does not fit an i32 (at most 0xFFFFFFFF; negative for i16 and i32 only)"}},
		{"invalid: [0x80000000, -2]", "invalid: [7, 7]", []string{"51:14: points[2].invalid: 0x7 is listed twice"}},
		{"invalid: [0x00EE]", "invalid: [0x01EE]", []string{"22:14: points[0].invalid: 0x1EE can't occur under mask 0xFF"}},
		{"invalid: [0x00EE]", "invalid: [1]", []string{"25:15: points[0].values[1].raw: raw 0x1 is listed under invalid too"}},
		{"{raw: 1, means: fire", "{raw: 0, means: fire", []string{"25:15: points[0].values[1].raw: raw 0x0 is listed twice"}},
		{"{raw: 1, means: fire", "{raw: 70000, means: fire", []string{"25:15: points[0].values[1].raw: 70000 does not fit a u16 (at most 0xFFFF; negative for i16 and i32 only)"}},
		{"{raw: 1, means: fire", "{raw: 0x0101, means: fire", []string{"25:15: points[0].values[1].raw: raw 0x101 can't occur under mask 0xFF"}},
		{"{raw: 1, means: fire", "{raw: -1, means: fire", []string{"25:15: points[0].values[1].raw: -1 does not fit a u16 (at most 0xFFFF; negative for i16 and i32 only)"}},
		{"{raw: 1, means: fire", "{raw: yes, means: fire", []string{"25:15: points[0].values[1].raw: want a whole number, found the text \"yes\" (the raw value, after the mask, such as 1 or 0x00FF)"}},
		{"{raw: 1, means: fire", "{raw: 1, means: flames", []string{"25:25: points[0].values[1].means: \"flames\" is not known here (one of normal, fault, supervisory, prealarm, fire)"}},
		{"{raw: 1, means: fire", "{raw: 1, means: prealarm", []string{"16:11: points[0].role: a smoke point where nothing means fire (name the raw value or bit that means fire)"}},
		{"{raw: 0, means: normal", "{raw: 0, means: prealarm", []string{"24:7: points[0].values: a smoke point that is never normal (name the raw value that means normal)"}},
		{"{means: fault, cause: odd_value", "{means: normal", []string{"26:24: points[0].otherwise.means: a smoke point that takes every other value for normal (leave otherwise out: what is not listed is a fault)"}},
		{"{means: fault, cause: odd_value", "{means: fault", []string{"26:24: points[0].otherwise.means: a fault meaning needs a cause (add cause: and one stable word, such as battery, tamper or dirty)"}},
		{"cause: odd_value", "cause: Odd value", []string{"26:38: points[0].otherwise.cause: \"Odd value\" is not a name (one stable word, such as battery, tamper or dirty)"}},
		{", zh: 火警, en: fire}", "}", []string{
			"25:10: points[0].values[1].zh: is missing (the text in Chinese)",
			"25:10: points[0].values[1].en: is missing (the text in English)",
		}},
		{"{bit: 8,", "{bit: 16,", []string{"36:15: points[1].bits[0].bit: bit 16 is beyond the highest of a u16, 15"}},
		{"{bit: 8,", "{bit: 64,", []string{"36:15: points[1].bits[0].bit: 64 is out of range (the bit's number, 0 for the lowest; from 0 to 63)"}},
		{"{bit: 8,", "{bit: 7,", []string{"36:15: points[1].bits[0].bit: bit 7 is cut off by mask 0xFF00"}},
		{"{bit: 9, when: false,", "{bit: 8,", []string{"37:15: points[1].bits[1].bit: bit 8 is listed twice"}},
		{"when: false", "when: 0", []string{"37:24: points[1].bits[1].when: want true or false, found the number 0 (true when a set bit means it (the default), false when a cleared bit does)"}},
		{"cause: dirty, ", "cause: dirty, colour: red, ", []string{"36:46: points[1].bits[0].colour: unknown key \"colour\" (known keys here: bit, when, means, cause, zh, en)"}},
		{"means: fault, cause: dirty", "means: fire", []string{"30:11: points[1].lane: a point that can mean fire may not be slow (write lane: alarm)"}},
		{"type: i32\n    byte_order", "type: f32\n    values: [{raw: 1, means: normal, zh: 一, en: one}]\n    byte_order", []string{
			"45:13: points[2].values: an f32 has no list of values (use range)",
			"52:27: points[2].invalid[1]: -2 does not fit an f32 (at most 0xFFFFFFFF; negative for i16 and i32 only)",
		}},
		{"type: i32\n    byte_order", "type: i32\n    bits: [{bit: 1, means: normal, zh: 一, en: one}]\n    byte_order", []string{"45:11: points[2].bits: an i32 has no single bits (take the unsigned type)"}},
		{"    byte_order: little\n    word_order: low_first\n    scale: 0.001\n    offset: -1\n    unit: MPa\n    range: {min: -1, max: 2.5}\n    invalid: [0x80000000, -2]\n", "    otherwise: {means: normal, zh: 一, en: one}\n    unit: MPa\n", []string{"45:16: points[2].otherwise: otherwise without values (list the values that it is otherwise than)"}},
		{"address: 0x0020", "address: &a 0x0020", []string{"43:14: points[2].address: anchors, aliases, merges and tags are not used here (write the value out)"}},
		{"table: input", "table: input\n    <<: {scale: 1}", []string{"43:5: points[2]: anchors, aliases, merges and tags are not used here (write the keys out)"}},
		{"name: lamp", "name: siren", []string{"58:11: outputs[1].name: outputs[0] is called \"siren\" too"}},
		{"  - name: lamp", "  - name: bell\n    title: {zh: 铃, en: bell}\n    table: coil\n    address: 0x0000\n    read_back: {table: coil, address: 0x0001, on: 1}\n  - name: lamp", []string{"61:14: outputs[1].address: outputs[0] \"siren\" is written at coil 0x0000 too"}},
		{"table: coil\n", "table: input\n", []string{"55:12: outputs[0].table: input can't be written (coil (written with FC05) or holding (FC06))"}},
		{"    address: 0x0000\n    read_back", "    address: 0x0000\n    on: 1\n    read_back", []string{"57:9: outputs[0].on: a coil is always written FF00 and 0000 (leave it out)"}},
		{"    on: 0x0100\n", "", []string{"58:5: outputs[1].on: is missing (the value written for it, such as 0x0100)"}},
		{"off: 0x0200", "off: 0x0100", []string{"63:10: outputs[1].off: on and off are both 0x0100"}},
		{"    read_back: {table: coil, address: 0x0000, on: 1}\n", "", []string{"53:5: outputs[0].read_back: is missing (where the true state is read: {table: coil, address: 0x0000, on: 1})"}},
		{"{table: coil, address: 0x0000, on: 1}", "{table: coil, address: 0x0000, on: 2}", []string{"57:51: outputs[0].read_back.on: a coil is 0 or 1, never 2"}},
		{"{table: coil, address: 0x0000, on: 1}", "{table: coil, address: 0x0000, mask: 1, on: 1}", []string{"57:53: outputs[0].read_back.mask: a coil is a single bit (leave it out)"}},
		{"mask: 0x0001, on: 1", "mask: 0x0001, on: 2", []string{"64:68: outputs[1].read_back.on: 0x0002 can't occur under mask 0x0001"}},
		{"points:\n", "points: []\nmore:\n", []string{
			"4:8: class: class detector needs a point with role smoke",
			"13:9: points: a contract has 1 to 256 points, not 0 (a device is polled for its points)",
			"14:1: more: unknown key \"more\" (known keys here: name, version, title, class, transport, hardware, sources, serial, address, frame, electrical, chip, limits, readable, points, outputs, setup, identity)",
		}},
		{"points:\n", "points:\n  -\n", []string{"14:3: points[0]: the value is missing (a list: - {name: smoke, role: smoke, lane: alarm, table: holding, address: 0x0010, type: u16, …})"}},
		{"points:\n", "points:\n  - 7\n", []string{"14:5: points[0]: want keys and values, found the number 7 (a list: - {name: smoke, role: smoke, lane: alarm, table: holding, address: 0x0010, type: u16, …})"}},
		{"points:\n", "points: none\nmore:\n", []string{
			"13:9: points: want a list, found the text \"none\" (a list: - {name: smoke, role: smoke, lane: alarm, table: holding, address: 0x0010, type: u16, …})",
			"14:1: more: unknown key \"more\" (known keys here: name, version, title, class, transport, hardware, sources, serial, address, frame, electrical, chip, limits, readable, points, outputs, setup, identity)",
		}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0030\n    type: bool\n    scale: 2\n    range: {min: 0, max: 1}\n  - name: pressure\n", []string{
			"45:12: points[2].scale: a bool has no scale (leave it out)",
			"46:12: points[2].range: a bool has no range (leave it out)",
		}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0030\n    type: bool\n    invalid: [1]\n  - name: pressure\n", []string{"45:14: points[2].invalid: a bool has no invalid value (leave it out)"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0030\n    type: bool\n    mask: 0x10000\n  - name: pressure\n", []string{"45:11: points[2].mask: 0x10000 does not fit the 16 bits of a bool"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0030\n    type: bool\n    bits: [{bit: 1, means: normal, zh: 一, en: one}]\n  - name: pressure\n", []string{"45:18: points[2].bits[0].bit: bit 1 is beyond the highest of a bool, 0"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0030\n    type: bool\n    values: [{raw: 1, means: normal, zh: 一, en: one}]\n  - name: pressure\n", []string{"45:13: points[2].values: a bool that lists only one of its two values (name both raw 0 and raw 1)"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0030\n    type: bool\n    values: [{raw: 2, means: normal, zh: 一, en: one}, {raw: 0, means: normal, zh: 零, en: nil}]\n  - name: pressure\n", []string{"45:20: points[2].values[0].raw: 2 does not fit a bool (at most 0x1; negative for i16 and i32 only)"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: input\n    lane: alarm\n    table: discrete\n    address: 0x0001\n    type: bool\n    byte_order: little\n  - name: pressure\n", []string{"45:17: points[2].byte_order: a discrete has no byte order (leave it out)"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: input\n    lane: alarm\n    table: discrete\n    address: 0x0001\n    type: bool\n    mask: 1\n  - name: pressure\n", []string{"45:11: points[2].mask: a discrete is a single bit (leave it out)"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: smoke\n    lane: slow\n    table: discrete\n    address: 0x0001\n    type: bool\n  - name: pressure\n", []string{"41:11: points[2].lane: a smoke point may not be slow (write lane: alarm)"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: smoke\n    lane: alarm\n    table: holding\n    address: 0x0001\n    type: u16\n    invalid: [0xFFFF]\n    bits: [{bit: 0, means: fire, zh: 火, en: fire}]\n  - name: pressure\n", []string{"45:14: points[2].invalid: 0xFFFF also says fire by bit 0 (name it under values instead)"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: temperature\n    lane: slow\n    table: holding\n    address: 0x0031\n    type: u16\n    scale: 0.1\n    unit: K\n  - name: pressure\n", []string{"46:11: points[2].unit: \"K\" is not a unit of temperature here (one of °C)"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0010\n    type: u16\n    bits: [{bit: 7, means: normal, zh: 一, en: one}]\n  - name: pressure\n", []string{"43:14: points[2].address: overlaps points[0] \"smoke\" at holding 0x0010 (let both read the same word with masks or bits that share nothing)"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x000F\n    type: u64\n  - name: pressure\n", []string{
			"43:14: points[2].address: overlaps points[0] \"smoke\" at holding 0x0010 (let both read the same word with masks or bits that share nothing)",
			"43:14: points[2].address: overlaps points[1] \"flags\" at holding 0x0010 (let both read the same word with masks or bits that share nothing)",
		}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0030\n    type: u16\n    mask: 0x0F\n    scale: -1\n    range: {min: 0.5, max: 9}\n  - name: pressure\n", []string{"47:12: points[2].range: no u16 × -1 lies within 0.5–9 (check scale and range)"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0030\n    type: f32\n    scale: 0.0000000001\n  - name: pressure\n", []string{"45:12: points[2].scale: scale 1e-10 is not believable: its size must be within 1e-09–1e+09 (what one raw step is worth, such as 0.1)"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0030\n    type: u16\n    color: red\n    scal: 1\n  - name: pressure\n", []string{
			"45:5: points[2].color: unknown key \"color\" (known keys here: name, title, role, lane, table, address, type, field, byte_order, word_order, mask, scale, offset, unit, range, invalid, values, otherwise, bits)",
			"46:5: points[2].scal: unknown key \"scal\" (did you mean scale?)",
		}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0030\n    type: u16\n    values: {raw: 1}\n  - name: pressure\n", []string{"45:13: points[2].values: want a list, found keys and values (a list: - {raw: 1, means: fire, zh: 火警, en: smoke alarm})"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0030\n    type: u16\n    values: [{raw: 0.5, means: normal, zh: 一, en: one}]\n  - name: pressure\n", []string{"45:20: points[2].values[0].raw: want a whole number, found the number 0.5 (the raw value, after the mask, such as 1 or 0x00FF)"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0030\n    type: u16\n    scale: true\n    unit: 5\n    range: 7\n  - name: pressure\n", []string{
			"45:12: points[2].scale: want a number, found true (what one raw step is worth, such as 0.1)",
			"46:11: points[2].unit: want text, found the number 5 (the unit of the scaled value, such as MPa)",
			"47:12: points[2].range: want keys and values, found the number 7 (the valid range of the scaled value: {min: 0, max: 2.5})",
		}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0030\n    type: u16\n    scale: 0x10\n  - name: pressure\n", []string{"45:12: points[2].scale: want a number, found the number 0x10 (what one raw step is worth, such as 0.1)"}},
		{"  - name: pressure\n", "  - name: extra\n    title: {zh: 外, en: extra}\n    role: info\n    lane: slow\n    table: holding\n    address: 0x0030\n    type: u16\n    values: [{raw: 1, means: normal, zh: \"a\\tb\", en: one}]\n  - name: pressure\n", []string{"45:42: points[2].values[0].zh: \"a\\tb\" holds a control character (the text in Chinese)"}},
		{"en: probe", "en: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", []string{"3:21: title.en: the text is longer than 200 letters (the text in English)"}},
		{"where: page 7", "where: \"  \"", []string{"7:28: sources[0].where: the text is empty (a page, address or repository)"}},
		{"hardware: false", "hardware: false\n1: 2", []string{"6:1: key \"1\" is not a plain word (put it in quotes if it is meant)"}},
		{"hardware: false", "hardware: |\n  false", []string{"5:11: hardware: want true or false, found a block of text (true once it has been run against the real device, else false)"}},
		{"name: siren", "name: a__b", []string{"53:11: outputs[0].name: \"a__b\" is not a name (lower-case letters, digits and single underscores, such as relay_1)"}},
	}
}
