package sim

import (
	"testing"
	"time"

	"firepost/drivers/bus/serialport"
	"firepost/firmware-contracts/contract"
)

// setUp is a model with everything that a setup can say, taking effect at takes.
func setUp(takes contract.Takes) *contract.Contract {
	return &contract.Contract{
		Name: "probe", Version: 1, Address: contract.AddressRange{Default: 1, Min: 1, Max: 20},
		Points: []contract.Point{{Name: "value", Table: contract.Holding, Address: 0x10, Type: contract.U16, Scale: 1}},
		Setup: &contract.Setup{
			Address: &contract.SetupRegister{Address: 0},
			Baud:    &contract.SetupRegister{Address: 1, Codes: []contract.SetupCode{{Value: 9600, Code: 3}, {Value: 19200, Code: 4}}},
			Format:  &contract.SetupRegister{Address: 2, Codes: []contract.SetupCode{{Value: 0, Code: 0}, {Value: 1, Code: 2}}},
			Takes:   takes,
		},
		Identity: []contract.Identity{{Table: contract.Holding, Address: 0x20, Min: 7, Max: 9}},
	}
}

// stand is a slave on a line that is being commissioned, asked without a terminal.
type stand struct {
	t     *testing.T
	crowd *crowd
}

func newStand(t *testing.T, heard Serial, slaves ...*Slave) *stand {
	t.Helper()
	for _, s := range slaves {
		s.enlist(Serial{9600, "8N1"})
	}
	return &stand{t, &crowd{slaves: slaves, hear: func() Serial { return heard }}}
}

func mustSlave(t *testing.T, unit uint8, c *contract.Contract) *Slave {
	t.Helper()
	s, err := NewSlave(unit, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends a request and returns what is on the wire afterwards.
func (s *stand) ask(frame ...byte) []burst {
	var tk ticket
	return s.crowd.serve(nil, &tk, seal(frame), 5*time.Millisecond, 0)
}

// write is FC06; it returns the exception, 0 for none, or 0xFF when nobody answers.
func (s *stand) write(unit, register byte, value uint16) byte {
	got := s.ask(unit, fcWriteRegister, 0, register, byte(value>>8), byte(value))
	switch {
	case len(got) == 0:
		return 0xFF
	case got[0].data[0] != unit:
		s.t.Errorf("unit %d answers unit %d", got[0].data[0], unit)
	case got[0].data[1]&0x80 != 0:
		return got[0].data[2]
	}
	return 0
}

func (s *stand) there(unit byte) bool { return len(s.ask(unit, fcReadHolding, 0, 0x10, 0, 1)) > 0 }

func TestChangeTakesEffectWhenTheContractSays(t *testing.T) {
	now := mustSlave(t, 1, setUp(contract.TakesNow))
	l := newStand(t, Serial{9600, "8N1"}, now)
	if ex := l.write(1, 0, 5); ex != 0 || l.there(1) || !l.there(5) || now.Address() != 5 {
		t.Errorf("now: exception %d, at %d", ex, now.Address())
	}
	if ex := l.write(5, 1, 4); ex != 0 || l.there(5) || now.Serial() != (Serial{19200, "8N1"}) {
		t.Errorf("speed: exception %d, %+v", ex, now.Serial())
	}

	power := mustSlave(t, 1, setUp(contract.TakesPower))
	l = newStand(t, Serial{9600, "8N1"}, power)
	if ex := l.write(1, 0, 5); ex != 0 || !l.there(1) || l.there(5) {
		t.Errorf("power: exception %d, at %d before the power cycle", ex, power.Address())
	}
	if power.PowerCycle(); l.there(1) || !l.there(5) {
		t.Errorf("power: at %d after it", power.Address())
	}

	c := setUp(contract.TakesSaved)
	c.Setup.Save = &contract.SetupWrite{Address: 0x0F, Value: 0}
	saved := mustSlave(t, 1, c)
	l = newStand(t, Serial{9600, "8N1"}, saved)
	if l.write(1, 0, 5); !l.there(1) {
		t.Error("saved: it has moved before the save")
	}
	if saved.PowerCycle(); !l.there(1) {
		t.Error("saved: it has kept what was not saved")
	}
	l.write(1, 0, 5)
	if ex := l.write(1, 0x0F, 1); ex != exValue {
		t.Errorf("saved: another value gives exception %d", ex)
	}
	if ex := l.write(1, 0x0F, 0); ex != 0 || !l.there(5) || l.there(1) {
		t.Errorf("saved: exception %d, at %d", ex, saved.Address())
	}
	if saved.PowerCycle(); !l.there(5) {
		t.Errorf("saved: at %d after a power cycle", saved.Address())
	}
}

func TestChangeOnTrial(t *testing.T) {
	c := setUp(contract.TakesSaved)
	c.Setup.Unlock = &contract.SetupWrite{Address: 0x30, Value: 0x554E, With: &contract.Span{Table: contract.Holding, From: 0x20, To: 0x20}}
	c.Setup.Save = &contract.SetupWrite{Address: 0x3A, Value: 0x4150}
	c.Setup.Confirm = &contract.SetupWrite{Address: 0x3A, Value: 0x434F}
	s := mustSlave(t, 1, c)
	l := newStand(t, Serial{9600, "8N1"}, s)
	if ex := l.write(1, 0, 5); ex != exValue {
		t.Errorf("locked: exception %d", ex)
	}
	unlock := func(key uint16) byte {
		got := l.ask(1, fcWriteRegisters, 0, 0x30, 0, 2, 4, 0x55, 0x4E, byte(key>>8), byte(key))
		if got[0].data[1]&0x80 != 0 {
			return got[0].data[2]
		}
		return 0
	}
	if ex := unlock(8); ex != exValue || l.write(1, 0, 5) != exValue {
		t.Errorf("another's key: exception %d", ex)
	}
	if ex := unlock(7); ex != 0 || l.write(1, 0, 5) != 0 || l.write(1, 0x3A, 0x4150) != 0 || !l.there(5) {
		t.Errorf("unlocked: exception %d, at %d", ex, s.Address())
	}
	if s.PowerCycle(); !l.there(1) {
		t.Error("not confirmed, and kept")
	}
	unlock(7)
	l.write(1, 0, 5)
	l.write(1, 0x3A, 0x4150)
	if ex := l.write(5, 0x3A, 0x434F); ex != 0 {
		t.Errorf("confirm: exception %d", ex)
	}
	if s.PowerCycle(); !l.there(5) {
		t.Error("confirmed, and forgotten")
	}
}

func TestSettingsThatCantBe(t *testing.T) {
	l := newStand(t, Serial{9600, "8N1"}, mustSlave(t, 1, setUp(contract.TakesNow)))
	for register, value := range map[byte]uint16{0: 21, 1: 9, 2: 1} {
		if ex := l.write(1, register, value); ex != exValue {
			t.Errorf("register %d takes %d: exception %d", register, value, ex)
		}
	}
	if ex := l.write(1, 0, 0); ex != exValue || !l.there(1) {
		t.Errorf("address 0: exception %d", ex)
	}
}

func TestSettingsAndIdentityCanBeRead(t *testing.T) {
	s := mustSlave(t, 6, setUp(contract.TakesNow))
	s.SetSerial(Serial{19200, "8E1"})
	newStand(t, Serial{19200, "8E1"}, s)
	for register, want := range map[uint16]uint16{0: 6, 1: 4, 2: 2, 0x20: 7} {
		if got := s.GetRaw(contract.Holding, register); got != want {
			t.Errorf("register %d holds %d, want %d", register, got, want)
		}
	}
}

func TestWhoHearsWhat(t *testing.T) {
	for _, row := range []struct {
		device, master Serial
		hears          bool
	}{
		{Serial{9600, "8N1"}, Serial{9600, "8N1"}, true},
		{Serial{9600, "8N1"}, Serial{9600, "8N2"}, true},
		{Serial{9600, "8N2"}, Serial{9600, "8N1"}, true},
		{Serial{9600, "8E1"}, Serial{9600, "8N1"}, false},
		{Serial{9600, "8E1"}, Serial{9600, "8O1"}, false},
		{Serial{4800, "8N1"}, Serial{9600, "8N1"}, false},
	} {
		s := mustSlave(t, 1, setUp(contract.TakesNow))
		s.SetSerial(row.device)
		if l := newStand(t, row.master, s); l.there(1) != row.hears {
			t.Errorf("%+v hears %+v: %t", row.device, row.master, !row.hears)
		}
	}
	babbler := mustSlave(t, 1, setUp(contract.TakesNow))
	babbler.SetSerial(Serial{4800, "8N1"})
	babbler.SetBabble(true)
	l := newStand(t, Serial{9600, "8N1"}, babbler)
	if got := l.ask(1, fcReadHolding, 0, 0x10, 0, 1); len(got) != 1 || sealed(got[0].data) {
		t.Errorf("garbage is %+v", got)
	}
}

func TestTwoAtOneAddress(t *testing.T) {
	a, b := mustSlave(t, 1, setUp(contract.TakesNow)), mustSlave(t, 1, setUp(contract.TakesNow))
	if err := a.Set("value", 0x0FF0); err != nil {
		t.Fatal(err)
	}
	if err := b.Set("value", 0x3C3C); err != nil {
		t.Fatal(err)
	}
	l := newStand(t, Serial{9600, "8N1"}, a, b)
	if got := l.ask(1, fcReadHolding, 0, 0x10, 0, 1); len(got) != 1 || sealed(got[0].data) {
		t.Errorf("at once: %+v", got)
	}
	b.SetFaults(Faults{Turnaround: 40 * time.Millisecond})
	if got := l.ask(1, fcReadHolding, 0, 0x10, 0, 1); len(got) != 2 || !sealed(got[0].data) || !sealed(got[1].data) {
		t.Errorf("one after the other: %+v", got)
	}
	b.SetFaults(Faults{})
	if err := b.Set("value", 0x0FF0); err != nil {
		t.Fatal(err)
	}
	if got := l.ask(1, fcReadHolding, 0, 0x10, 0, 1); len(got) != 1 || !sealed(got[0].data) {
		t.Errorf("the same bits: %+v", got)
	}
}

func TestCollisionOfBurstsThatOverlap(t *testing.T) {
	a := burst{data: []byte{0xFF, 0x0F, 0xFF}, after: 10 * time.Millisecond}
	b := burst{data: []byte{0xF0, 0xAA}, after: 12 * time.Millisecond}
	for _, pair := range [][]burst{{a, b}, {b, a}} {
		got := collide(pair, time.Millisecond)
		if len(got) != 1 || string(got[0].data) != "\xFF\x0F\xF0\xAA" || got[0].after != a.after || got[0].what != outcomeBad {
			t.Errorf("mixed to %+v", got)
		}
	}
	if got := collide([]burst{a, {data: b.data, after: 13 * time.Millisecond}}, time.Millisecond); len(got) != 2 {
		t.Errorf("after each other: %+v", got)
	}
}

// A real terminal says how its other side is set, parity included.
func TestLineHearsHowThePortIsSet(t *testing.T) {
	l, err := NewLine(LineConfig{Commissioning: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, want := range []Serial{{4800, "8E1"}, {19200, "8O1"}, {115200, "8N2"}, {9600, "8N1"}} {
		setPort(t, l.Path(), want)
		if got := l.wire.settingsOf(Serial{}); got != want {
			t.Errorf("set to %+v, heard %+v", want, got)
		}
	}
}

// setPort sets a port as a master does.
func setPort(t *testing.T, path string, s Serial) {
	t.Helper()
	p, err := serialport.Open(serialport.Spec{Name: path, Baud: s.Baud, Format: s.Format})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}
