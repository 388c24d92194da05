package compat_test

import (
	"slices"
	"strings"
	"testing"

	"firepost/firmware-contracts/compat"
	"firepost/firmware-contracts/contract"
)

const base = `name: x
version: 1
title: {zh: 烟感, en: detector}
class: detector
hardware: false
sources: [{title: manual, where: page 1, mark: S}]
serial: {baud: 9600, format: 8N1, bauds: [4800, 19200], formats: [8E1]}
address: {default: 5, min: 1, max: 100}
limits: {max_registers: 16, max_bits: 64, reply_within: 100ms, late_reply: 1s}
readable:
  - {table: holding, from: 0x0000, to: 0x000F}
points:
  - name: smoke
    title: {zh: 烟雾, en: smoke}
    role: smoke
    lane: alarm
    table: holding
    address: 0x0000
    type: u16
    values:
      - {raw: 0, means: normal, zh: 正常, en: normal}
      - {raw: 1, means: fire, zh: 火警, en: fire}
  - name: state
    title: {zh: 状态, en: state}
    role: fault
    lane: slow
    table: holding
    address: 0x0001
    type: u16
    mask: 0x00FF
    bits:
      - {bit: 0, means: fault, cause: battery, zh: 电池, en: battery}
      - {bit: 1, when: false, means: fault, cause: tamper, zh: 防拆, en: tamper}
  - name: temperature
    title: {zh: 温度, en: temperature}
    role: temperature
    lane: slow
    table: holding
    address: 0x0002
    type: i16
    scale: 0.1
    offset: 0
    unit: °C
    range: {min: -40, max: 80}
    invalid: [0x7FFF]
  - name: unit_code
    title: {zh: 单位, en: unit}
    role: info
    lane: slow
    table: holding
    address: 0x0003
    type: u16
    values:
      - {raw: 0, means: normal, zh: 度, en: degrees}
    otherwise: {means: fault, cause: wrong_unit, zh: 单位错, en: wrong unit}
  - name: count
    title: {zh: 计数, en: count}
    role: info
    lane: slow
    table: input
    address: 0x0010
    type: u32
outputs:
  - name: siren
    title: {zh: 警号, en: siren}
    table: coil
    address: 0x0000
    read_back: {table: coil, address: 0x0000, on: 1}
`

func load(t *testing.T, text string) *contract.Contract {
	t.Helper()
	c, err := contract.Load("", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// edit replaces text that occurs once. An old text of "" adds at the end.
func edit(t *testing.T, before, after string) *contract.Contract {
	t.Helper()
	if n := strings.Count(base, before); n != 1 {
		t.Fatalf("%q occurs %d times", before, n)
	}
	return load(t, strings.Replace(base, before, after, 1))
}

const alarmPoint = `
  - {name: heat, title: {zh: 热, en: heat}, role: fault, lane: alarm, table: holding, address: ADDRESS, type: u16, values: [{raw: 0, means: normal, zh: 正常, en: normal}, {raw: 1, means: fire, zh: 火, en: fire}]}
outputs:`

func TestWhatMayChange(t *testing.T) {
	for name, c := range map[string][2]string{
		"nothing":                 {"name: x", "name: x"},
		"title":                   {"en: detector}", "en: better detector}"},
		"sources":                 {"[{title: manual, where: page 1, mark: S}]", "[{title: captured, where: bench, mark: V}]"},
		"hardware":                {"hardware: false", "hardware: true"},
		"baud rate added":         {"bauds: [4800, 19200]", "bauds: [4800, 19200, 38400]"},
		"format added":            {"formats: [8E1]", "formats: [8E1, 8O1]"},
		"address range wider":     {"max: 100}", "max: 247}"},
		"more time to reply":      {"reply_within: 100ms", "reply_within: 200ms"},
		"more time for late ones": {"late_reply: 1s", "late_reply: 3s"},
		"turnaround":              {"late_reply: 1s}", "late_reply: 1s, turnaround: 9ms, max_gap: 4}"},
		"readable span added":     {"to: 0x000F}", "to: 0x000F}\n  - {table: input, from: 0, to: 9}"},
		"readable span joined":    {"to: 0x000F}", "to: 0x00FF}"},
		"text of a meaning":       {"en: fire}", "en: smoke alarm}"},
		"value named":             {"      - {raw: 1, means: fire", "      - {raw: 2, means: fire, zh: 二, en: two}\n      - {raw: 1, means: fire"},
		"value named as before":   {"en: degrees}", "en: degrees}\n      - {raw: 9, means: fault, cause: wrong_unit, zh: 九, en: nine}"},
		"bit named":               {"      - {bit: 0,", "      - {bit: 2, means: fault, cause: dirty, zh: 脏, en: dirty}\n      - {bit: 0,"},
		"slow point to alarm":     {"role: info\n    lane: slow\n    table: input", "role: info\n    lane: alarm\n    table: input"},
		"slow point added":        {"\noutputs:", "\n  - {name: more, title: {zh: 更多, en: more}, role: info, lane: slow, table: holding, address: 0x0100, type: u16}\noutputs:"},
		"alarm point in readable": {"\noutputs:", strings.Replace(alarmPoint, "ADDRESS", "0x000F", 1)},
		"output added":            {"\noutputs:", "\noutputs:\n  - {name: strobe, title: {zh: 闪灯, en: strobe}, table: coil, address: 1, read_back: {table: coil, address: 1, on: 1}}"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := compat.Check(load(t, base), edit(t, c[0], c[1])); got != nil {
				t.Errorf("refused: %v", got)
			}
		})
	}
}

func TestWhatMayNotChange(t *testing.T) {
	for name, c := range map[string]struct {
		before, after string
		point, what   string
		was, is       string
	}{
		"version":              {"version: 1", "version: 2", "", "reference", `x@1`, `x@2`},
		"class":                {"class: detector", "class: meter", "", "class", `"detector"`, `"meter"`},
		"factory speed":        {"baud: 9600", "baud: 4800", "", "factory baud rate", "9600", "4800"},
		"factory format":       {"format: 8N1", "format: 8N2", "", "factory format", `"8N1"`, `"8N2"`},
		"speed gone":           {"bauds: [4800, 19200]", "bauds: [4800]", "", "bauds", "19200", ""},
		"format gone":          {", formats: [8E1]", "", "", "formats", "8E1", ""},
		"default address":      {"default: 5,", "default: 2,", "", "default address", "5", "2"},
		"lowest address":       {"min: 1, max: 100", "min: 2, max: 100", "", "lowest address", "1", "2"},
		"highest address":      {"max: 100}", "max: 63}", "", "highest address", "100", "63"},
		"fewer registers":      {"max_registers: 16", "max_registers: 8", "", "max_registers", "16", "8"},
		"more registers":       {"max_registers: 16", "max_registers: 32", "", "max_registers", "16", "32"},
		"fewer bits":           {"max_bits: 64", "max_bits: 8", "", "max_bits", "64", "8"},
		"less time to reply":   {"reply_within: 100ms", "reply_within: 50ms", "", "reply_within", "100ms", "50ms"},
		"less time afterwards": {"late_reply: 1s", "late_reply: 500ms", "", "late_reply", "1s", "500ms"},
		"readable shorter":     {"to: 0x000F}", "to: 0x000E}", "", "readable", "holding 0x0000–0x000F", "without 0x000F"},
		"point renamed":        {"name: count", "name: counter", "count", "point", "count", ""},
		"table":                {"table: input\n    address: 0x0010", "table: holding\n    address: 0x0010", "count", "table", "input", "holding"},
		"address of a point":   {"address: 0x0010", "address: 0x0011", "count", "address", "16", "17"},
		"type":                 {"type: u32", "type: i32", "count", "type", "u32", "i32"},
		"word order":           {"type: u32", "type: u32\n    word_order: low_first", "count", "lowwordfirst", "false", "true"},
		"byte order":           {"type: u32", "type: u32\n    byte_order: little", "count", "littlebytes", "false", "true"},
		"mask":                 {"mask: 0x00FF", "mask: 0x000F", "state", "mask", `"0xFF"`, `"0xF"`},
		"scale":                {"scale: 0.1", "scale: 0.01", "temperature", "scale", "0.1", "0.01"},
		"offset":               {"offset: 0", "offset: -10", "temperature", "offset", "0", "-10"},
		"unit":                 {"type: u32", "type: u32\n    unit: s", "count", "unit", "", `"s"`},
		"range":                {"max: 80}", "max: 60}", "temperature", "range", "{Min:-40 Max:80}", "{Min:-40 Max:60}"},
		"range gone":           {"    range: {min: -40, max: 80}\n", "", "temperature", "range", "{Min:-40 Max:80}", ""},
		"range added":          {"type: u32", "type: u32\n    range: {min: 0, max: 9}", "count", "range", "", "{Min:0 Max:9}"},
		"invalid added":        {"invalid: [0x7FFF]", "invalid: [0x7FFF, 0x7FFE]", "temperature", "invalid", "[32767]", "[32766 32767]"},
		"invalid gone":         {"    invalid: [0x7FFF]\n", "", "temperature", "invalid", "[32767]", ""},
		"role":                 {"role: info\n    lane: slow\n    table: input", "role: battery\n    lane: slow\n    table: input", "count", "role", `"info"`, `"battery"`},
		"meaning of a value":   {"raw: 1, means: fire", "raw: 1, means: fire, zh: 火, en: f}\n      - {raw: 2, means: normal", "smoke", "value 0x0002", "unknown", "normal"},
		"fire to pre-alarm":    {"{raw: 1, means: fire, zh: 火警, en: fire}", "{raw: 1, means: prealarm, zh: 预警, en: pre}\n      - {raw: 2, means: fire, zh: 火警, en: fire}", "smoke", "value 0x0001", "fire", "prealarm"},
		"value gone":           {"{raw: 1, means: fire, zh: 火警, en: fire}", "{raw: 2, means: fire, zh: 火警, en: fire}", "smoke", "value 0x0001", "fire", ""},
		"cause of otherwise":   {"cause: wrong_unit", "cause: wrong_scale", "unit_code", "otherwise", `"fault (wrong_unit)"`, `"fault (wrong_scale)"`},
		"otherwise gone":       {"    otherwise: {means: fault, cause: wrong_unit, zh: 单位错, en: wrong unit}\n", "", "unit_code", "otherwise", `"fault (wrong_unit)"`, ""},
		"otherwise added":      {"en: fire}", "en: fire}\n    otherwise: {means: fault, cause: odd, zh: 怪, en: odd}", "smoke", "otherwise", "", `"fault (odd)"`},
		"value out of a fault": {"en: degrees}", "en: degrees}\n      - {raw: 1, means: normal, zh: 一, en: one}", "unit_code", "value 0x0001", "fault (wrong_unit)", "normal"},
		"values out of none":   {"type: u32", "type: u32\n    values: [{raw: 0, means: normal, zh: 零, en: zero}]", "count", "values", "", "1 named"},
		"cause of a bit":       {"cause: battery", "cause: mains", "state", "bit 0", `"fault (battery)"`, `"fault (mains)"`},
		"meaning of a bit":     {"bit: 0, means: fault", "bit: 0, means: supervisory", "state", "bit 0", `"fault (battery)"`, `"supervisory (battery)"`},
		"bit turned round":     {"bit: 1, when: false", "bit: 1, when: true", "state", "bit 1 cleared", `"fault (tamper)"`, ""},
		"cleared bit added":    {"      - {bit: 0,", "      - {bit: 2, when: false, means: fault, cause: dirty, zh: 脏, en: dirty}\n      - {bit: 0,", "state", "bit 2 cleared", "", "fault (dirty)"},
		"alarm point added":    {"\noutputs:", strings.Replace(alarmPoint, "ADDRESS", "0x0010", 1), "heat", "point", "", "holding 0x0010 in the alarm lane"},
		"output gone":          {"name: siren", "name: horn", "output siren", "output", "siren", ""},
		"output elsewhere":     {"table: coil\n    address: 0x0000", "table: coil\n    address: 0x0001", "output siren", "address", "0", "1"},
		"read-back elsewhere":  {"{table: coil, address: 0x0000, on: 1}", "{table: coil, address: 0x0000, on: 0}", "output siren", "readback", "{Table:coil Address:0 Mask:0 On:1}", "{Table:coil Address:0 Mask:0 On:0}"},
	} {
		t.Run(name, func(t *testing.T) {
			got := compat.Check(load(t, base), edit(t, c.before, c.after))
			if !slices.ContainsFunc(got, func(b compat.Breaking) bool {
				return b.Ref == "x@1" && b.Point == c.point && b.What == c.what && b.Old == c.was && b.New == c.is && b.Rule != ""
			}) || len(got) != 1 {
				t.Errorf("found %+v", got)
			}
		})
	}
}

// Lanes are checked on a point that may be slow: the loader itself keeps a fire in its lane.
func TestLane(t *testing.T) {
	before := edit(t, "role: info\n    lane: slow\n    table: input", "role: info\n    lane: alarm\n    table: input")
	got := compat.Check(before, load(t, base))
	if len(got) != 1 || got[0].What != "lane" || got[0].Old != "alarm" || got[0].New != "slow" || got[0].Point != "count" {
		t.Errorf("found %+v", got)
	}
	if s := got[0].String(); s != "x@1: count: lane: was alarm, is slow: an alarm point may not become slow" {
		t.Errorf("text %q", s)
	}
}

func TestFramesAndOthers(t *testing.T) {
	frames := func() *contract.Contract {
		return &contract.Contract{
			Name: "f", Version: 1, Transport: contract.Frames,
			Frame: &contract.Frame{
				Start: []byte{0xA5}, Length: contract.FrameLength{Fixed: 8}, Check: contract.FrameCheck{Kind: contract.CheckModbus, At: -2, To: -2},
				Fields: []contract.FrameField{{At: 1, Bytes: 2}, {At: 3, Bytes: 2}},
			},
			Points: []contract.Point{{Name: "a", Type: contract.U16}, {Name: "b", Type: contract.U16}},
		}
	}
	for what, change := range map[string]func(*contract.Contract){
		"transport":    func(c *contract.Contract) { c.Transport = contract.Pins },
		"chip":         func(c *contract.Contract) { c.Chip = "ina219" },
		"frame":        func(c *contract.Contract) { c.Frame = nil },
		"frame start":  func(c *contract.Contract) { c.Frame.Start = []byte{0x5A} },
		"frame length": func(c *contract.Contract) { c.Frame.Length.Fixed = 9 },
		"frame check":  func(c *contract.Contract) { c.Frame.Check.Kind = contract.CheckXmodem },
		"frame id":     func(c *contract.Contract) { c.Frame.ID.Bytes = 2 },
		"field":        func(c *contract.Contract) { c.Frame.Fields[1].At = 4 },
	} {
		next := frames()
		change(next)
		if got := compat.Check(frames(), next); len(got) == 0 || got[0].What != what {
			t.Errorf("%s: found %+v", what, got)
		}
	}
	// Points may change places, and one may be added, if each field stays where it was.
	next := frames()
	next.Points = []contract.Point{{Name: "c", Type: contract.U16, Lane: contract.Alarm}, next.Points[1], next.Points[0]}
	next.Frame.Fields = []contract.FrameField{{At: 5, Bytes: 1}, {At: 3, Bytes: 2}, {At: 1, Bytes: 2}}
	if got := compat.Check(frames(), next); got != nil {
		t.Errorf("refused: %v", got)
	}
	analog := contract.Contract{Name: "g", Version: 1, Transport: contract.Analog, Electrical: &contract.Electrical{Zero: 4, Full: 20, Broken: 3.6, Short: 21}}
	other := analog
	other.Electrical = &contract.Electrical{Zero: 4, Full: 20, Broken: 3.8, Short: 21}
	if got := compat.Check(&analog, &other); len(got) != 1 || got[0].What != "electrical" {
		t.Errorf("found %+v", got)
	}
}
