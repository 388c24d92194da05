package contract

import (
	"errors"
	"testing"
)

func TestWords(t *testing.T) {
	for _, l := range []Lane{Slow, Alarm} {
		if got, err := ParseLane(l.String()); err != nil || got != l {
			t.Errorf("%s: %v (%v)", l, got, err)
		}
	}
	for _, x := range []Table{Holding, Input, Coil, Discrete} {
		if got, err := ParseTable(x.String()); err != nil || got != x {
			t.Errorf("%s: %v (%v)", x, got, err)
		}
	}
	for _, x := range []Type{Bool, U16, I16, U32, I32, F32, U64} {
		if got, err := ParseType(x.String()); err != nil || got != x {
			t.Errorf("%s: %v (%v)", x, got, err)
		}
	}
	for _, x := range []Condition{Normal, Fault, Supervisory, Prealarm, Fire} {
		if got, err := ParseCondition(x.String()); err != nil || got != x {
			t.Errorf("%s: %v (%v)", x, got, err)
		}
	}
	for _, x := range []Quality{Good, Invalid, OutOfRange, Unknown} {
		if got, err := ParseQuality(x.String()); err != nil || got != x {
			t.Errorf("%s: %v (%v)", x, got, err)
		}
	}
	for _, x := range []Role{
		RoleSmoke, RoleFault, RoleTamper, RoleBattery, RoleDensity, RolePressure,
		RoleTemperature, RoleHumidity, RolePower, RoleInput, RoleRelay, RoleInfo,
	} {
		if got, err := ParseRole(string(x)); err != nil || got != x {
			t.Errorf("%s: %v (%v)", x, got, err)
		}
	}
}

func TestUnknownWords(t *testing.T) {
	_, lane := ParseLane("Alarm")
	_, table := ParseTable("")
	_, typ := ParseType("uint16")
	_, condition := ParseCondition("fire ")
	_, quality := ParseQuality("stale")
	_, role := ParseRole("smokes")
	for _, err := range []error{lane, table, typ, condition, quality, role} {
		if !errors.Is(err, ErrName) {
			t.Error(err)
		}
	}
	if want := `parse lane "Alarm": unknown name: it is one of slow, alarm`; lane.Error() != want {
		t.Errorf("%v, want %s", lane, want)
	}
	if got := Lane(9).String() + Quality(200).String(); got != "lane 9quality 200" {
		t.Errorf("out of the table: %q", got)
	}
}

func TestParseRef(t *testing.T) {
	for ref, want := range map[string]struct {
		name    string
		version int
	}{"smoke-generic@1": {"smoke-generic", 1}, "a@9999": {"a", 9999}, "p300@12": {"p300", 12}} {
		name, version, err := ParseRef(ref)
		if err != nil || name != want.name || version != want.version {
			t.Errorf("%s: %q %d (%v)", ref, name, version, err)
		}
	}
	for _, ref := range []string{
		"", "@", "a", "a@", "@1", "a@0", "a@-1", "a@01", "a@+1", "a@1.5", "a@10000", "A@1", "a b@1", "a_b@1", "-a@1", "a-@1",
		"a--b@1", "1a@1", "a@1@1", "烟感@1", "a/b@1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@1",
	} {
		if name, version, err := ParseRef(ref); !errors.Is(err, ErrName) {
			t.Errorf("%q is taken for %q %d (%v)", ref, name, version, err)
		}
	}
}

func TestWidths(t *testing.T) {
	for typ, want := range map[Type]struct {
		bits      uint
		registers uint16
	}{Bool: {1, 1}, U16: {16, 1}, I16: {16, 1}, U32: {32, 2}, I32: {32, 2}, F32: {32, 2}, U64: {64, 4}} {
		p := Point{Type: typ, Address: 10}
		if typ.Width() != want.bits || p.Registers() != want.registers || p.Last() != 9+want.registers {
			t.Errorf("%s: %d bits, %d registers, last %d", typ, typ.Width(), p.Registers(), p.Last())
		}
	}
	if !Coil.Bits() || !Discrete.Bits() || Holding.Bits() || Input.Bits() {
		t.Error("tables of bits")
	}
}
