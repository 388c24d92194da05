package contract

import (
	"reflect"
	"strings"
	"testing"
)

// commissioned is the contract of load_test.go with everything that setup and identity can say.
const commissioned = base + `setup:
  address: {register: 0x0037}
  baud: {register: 0x0038, codes: [{baud: 4800, code: 48}, {baud: 9600, code: 96}]}
  format: {register: 0x0039, multiple: true, codes: [{format: 8N1, code: 0}, {format: 8E1, code: 2}]}
  unlock: {register: 0x0030, value: 0x554E, with: {table: holding, from: 0x0016, to: 0x0019}}
  save: {register: 0x003A, value: 0x4150}
  confirm: {register: 0x003A, value: 0x434F}
  takes: saved
identity:
  - {table: holding, address: 0x0012, mask: 0x00FF, min: 1, max: 2}
`

func TestSetupIsLoaded(t *testing.T) {
	c, err := Load("probe@1.yaml", []byte(commissioned))
	if err != nil {
		t.Fatal(err)
	}
	want := &Setup{
		Address: &SetupRegister{Address: 0x0037},
		Baud:    &SetupRegister{Address: 0x0038, Codes: []SetupCode{{4800, 48}, {9600, 96}}},
		Format:  &SetupRegister{Address: 0x0039, Multiple: true, Codes: []SetupCode{{0, 0}, {1, 2}}},
		Unlock:  &SetupWrite{Address: 0x0030, Value: 0x554E, With: &Span{Table: Holding, From: 0x0016, To: 0x0019}},
		Save:    &SetupWrite{Address: 0x003A, Value: 0x4150},
		Confirm: &SetupWrite{Address: 0x003A, Value: 0x434F},
		Takes:   TakesSaved,
	}
	if !reflect.DeepEqual(c.Setup, want) {
		t.Errorf("setup %+v", c.Setup)
	}
	if id := []Identity{{Table: Holding, Address: 0x0012, Mask: 0x00FF, Min: 1, Max: 2}}; !reflect.DeepEqual(c.Identity, id) {
		t.Errorf("identity %+v", c.Identity)
	}
	if c, err := Load("probe@1.yaml", []byte(base)); err != nil || c.Setup != nil || c.Identity != nil {
		t.Errorf("without: %+v, %v", c, err)
	}
}

func TestSetupCodes(t *testing.T) {
	r := SetupRegister{Codes: []SetupCode{{9600, 3}}}
	if code, ok := r.Code(9600); code != 3 || !ok {
		t.Errorf("code %d %t", code, ok)
	}
	if _, ok := r.Code(4800); ok {
		t.Error("a rate without a code has one")
	}
	if baud, ok := r.Value(3); baud != 9600 || !ok {
		t.Errorf("value %d %t", baud, ok)
	}
	if _, ok := r.Value(0); ok {
		t.Error("a code that is not listed has a value")
	}
	for i, format := range []string{"8N1", "8E1", "8O1", "8N2"} {
		if code, ok := FormatCode(format); code != i || !ok {
			t.Errorf("%s is %d %t", format, code, ok)
		}
	}
	if _, ok := FormatCode("7E1"); ok {
		t.Error("7E1 is taken")
	}
}

func TestIdentityFits(t *testing.T) {
	id := Identity{Mask: 0x00FF, Min: 1, Max: 2}
	for value, want := range map[uint16]bool{0: false, 1: true, 2: true, 3: false, 0xAB01: true, 0xFFFF: false} {
		if id.Fits(value) != want {
			t.Errorf("0x%04X fits: %t", value, !want)
		}
	}
	all := Identity{Min: 0x4650, Max: 0x4650}
	if !all.Fits(0x4650) || all.Fits(0x0050) {
		t.Error("without a mask all bits count")
	}
}

// Each row is one mistake in commissioned: a text and what stands there instead.
func TestSetupMistakes(t *testing.T) {
	for _, row := range []mistake{
		{"  takes: saved\n", "", []string{"66:3: setup.takes: is missing (one of now, saved, power; when a change takes effect)"}},
		{"takes: saved", "takes: later", []string{"72:10: setup.takes: \"later\" is not known here (one of now, saved, power; when a change takes effect)"}},
		{"takes: saved", "takes: power", []string{"71:12: setup.confirm: what takes effect after a power cycle can't be confirmed at once (leave it out)"}},
		{"  save: {register: 0x003A, value: 0x4150}\n", "", []string{"71:10: setup.takes: takes effect when saved, but nothing is written to save it (add save:, or write takes: now)"}},
		{"address: {register: 0x0037}", "addrass: {register: 0x0037}", []string{"66:3: setup.addrass: unknown key \"addrass\" (did you mean address?)"}},
		{"{register: 0x0037}", "{register: 0x0038}", []string{"67:20: setup.baud.register: 0x0038 is the register of address too"}},
		{"{register: 0x0037}", "{}", []string{"66:12: setup.address.register: is missing (the holding register's 0-based address, such as 0x0100)"}},
		{"baud: 4800, code: 48", "baud: 2400, code: 24", []string{"67:43: setup.baud.codes[0].baud: 2400 is not among the device's baud rates (add it to serial.bauds, or leave it out)"}},
		{"baud: 4800, code: 48", "baud: 9600, code: 48", []string{"67:67: setup.baud.codes[1].baud: is listed twice"}},
		{"baud: 4800, code: 48", "baud: 4800, code: 96", []string{"67:79: setup.baud.codes[1].code: code 96 is listed twice"}},
		{"codes: [{baud: 4800, code: 48}, {baud: 9600, code: 96}]", "codes: []", []string{"67:35: setup.baud.codes: is empty (name the code of each setting)"}},
		{"{format: 8E1, code: 2}", "{format: 8O1, code: 2}", []string{"68:87: setup.format.codes[1].format: 8O1 is not among the device's formats (add it to serial.formats, or leave it out)"}},
		{"value: 0x554E, with", "value: 0x1554E, with", []string{"69:37: setup.unlock.value: 0x1554E is out of range (what is written; from 0 to 65535)"}},
		{"from: 0x0016, to: 0x0019", "from: 0x0019, to: 0x0016", []string{"69:74: setup.unlock.with.from: from 0x0019 is above to 0x0016 (swap the two)"}},
		{"from: 0x0016, to: 0x0019", "from: 0x0000, to: 0x007A", []string{"69:86: setup.unlock.with.to: 123 registers don't fit one write, at most 122"}},
		{"with: {table: holding, from", "with: {table: coil, from", []string{"69:59: setup.unlock.with.table: a coil is no register (holding or input)"}},
		{"0x00FF, min: 1, max: 2", "0x00FF, min: 3, max: 2", []string{"74:58: identity[0].min: min 0x0003 is above max 0x0002 (swap the two)"}},
		{"0x00FF, min: 1, max: 2", "0x00FF, min: 0, max: 2", []string{"74:58: identity[0].min: 0 tells nothing apart (a device that answers 0 for every register would be taken for this one)"}},
		{"0x00FF, min: 1, max: 2", "0x00FF, min: 1, max: 0x0102", []string{"74:66: identity[0].max: 0x0102 can't occur under mask 0x00FF"}},
		{"  - {table: holding, address: 0x0012, mask: 0x00FF, min", "  - {table: coil, address: 0x0012, min", []string{"74:13: identity[0].table: a coil is a single bit (holding or input)"}},
	} {
		t.Run(row.now, func(t *testing.T) {
			if !strings.Contains(commissioned, row.old) {
				t.Fatalf("the contract holds no %q", row.old)
			}
			c, err := Load("probe@1.yaml", []byte(strings.Replace(commissioned, row.old, row.now, 1)))
			if err == nil {
				t.Fatalf("taken: %+v", c.Setup)
			}
			if got, want := err.Error(), "probe@1.yaml:"+strings.Join(row.want, "\nprobe@1.yaml:"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestSetupMeansNothingElsewhere(t *testing.T) {
	text := `name: contact
version: 1
title: {zh: 触点, en: contact}
class: input
transport: pins
hardware: false
sources:
  - {title: a contact, where: anywhere, mark: S}
points:
  - {name: contact, title: {zh: 触点, en: contact}, role: input, lane: alarm}
setup: {address: {register: 1}, takes: now}
identity: [{table: holding, address: 1, min: 1, max: 1}]
`
	_, err := Load("contact@1.yaml", []byte(text))
	want := `contact@1.yaml:11:8: setup: means nothing for transport pins (leave it out)
contact@1.yaml:12:11: identity: means nothing for transport pins (leave it out)`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
