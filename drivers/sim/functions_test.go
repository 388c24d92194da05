package sim

import (
	"testing"

	"firepost/firmware-contracts/contract"
)

// exchange gives one request to a slave and returns what it sends.
func exchange(t testing.TB, s *Slave, request string) string {
	t.Helper()
	var out []byte
	for _, b := range s.answer(nil, unhex(t, request), 0, 0) {
		out = append(out, b.data...)
	}
	return spaced(out)
}

// The requests and replies are the worked examples of MODBUS Application Protocol V1.1b3,
// sections 6.1 to 6.17, at unit 11; the checksums were computed by another program.
func TestFunctionsAgainstTheStandardsExamples(t *testing.T) {
	s := NewRawSlave(0x11)
	set := func(table contract.Table, address uint16, words ...uint16) {
		t.Helper()
		if err := s.SetRaw(table, address, words...); err != nil {
			t.Fatal(err)
		}
	}
	bits := func(packed ...byte) (w []uint16) {
		for _, b := range packed {
			for i := range 8 {
				w = append(w, uint16(b>>i&1))
			}
		}
		return w
	}
	set(contract.Coil, 0x13, bits(0xCD, 0x6B, 0xB2, 0x0E, 0x1B)[:37]...)
	set(contract.Discrete, 0xC4, bits(0xAC, 0xDB, 0x35)[:22]...)
	set(contract.Holding, 0x6B, 0xAE41, 0x5652, 0x4340)
	set(contract.Input, 8, 0x000A)
	set(contract.Holding, 3, 0x00FE, 0x0ACD, 1, 3, 0x0D, 0xFF)
	for _, c := range []struct{ name, request, reply string }{
		{"01 read coils", "11 01 00 13 00 25 0E 84", "11 01 05 CD 6B B2 0E 1B 45 E6"},
		{"02 read discrete inputs", "11 02 00 C4 00 16 BA A9", "11 02 03 AC DB 35 20 18"},
		{"03 read holding registers", "11 03 00 6B 00 03 76 87", "11 03 06 AE 41 56 52 43 40 49 AD"},
		{"04 read input registers", "11 04 00 08 00 01 B2 98", "11 04 02 00 0A F8 F4"},
		{"05 write coil", "11 05 00 AC FF 00 4E 8B", "11 05 00 AC FF 00 4E 8B"},
		{"06 write register", "11 06 00 01 00 03 9A 9B", "11 06 00 01 00 03 9A 9B"},
		{"23 read and write", "11 17 00 03 00 06 00 0E 00 03 06 00 FF 00 FF 00 FF 4B 54", "11 17 0C 00 FE 0A CD 00 01 00 03 00 0D 00 FF 0D 75"},
		{"15 write coils", "11 0F 00 13 00 0A 02 CD 01 BF 0B", "11 0F 00 13 00 0A 26 99"},
		{"16 write registers", "11 10 00 01 00 02 04 00 0A 01 02 C6 F0", "11 10 00 01 00 02 12 98"},
		{"unknown function", "11 42 8D D1", "11 C2 01 B1 65"},
		{"too many registers", "11 03 00 6B 00 7E B6 A6", "11 83 03 00 F4"},
		{"past the end", "11 03 FF FF 00 02 C6 BF", "11 83 02 C1 34"},
		{"coil neither on nor off", "11 05 00 AC 12 34 02 0C", "11 85 03 03 54"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := exchange(t, s, c.request); got != c.reply {
				t.Errorf("reply is %s, want %s", got, c.reply)
			}
		})
	}
	checkWritten(t, s)
}

// checkWritten looks for what the examples' writes have left.
func checkWritten(t *testing.T, s *Slave) {
	t.Helper()
	for _, c := range []struct {
		table   contract.Table
		address uint16
		want    uint16
	}{
		{contract.Coil, 0xAC, 1},
		{contract.Holding, 1, 0x000A},
		{contract.Holding, 2, 0x0102},
		{contract.Holding, 0x0E, 0xFF},
		{contract.Holding, 0x10, 0xFF},
		{contract.Coil, 0x13, 1},
		{contract.Coil, 0x14, 0},
		{contract.Coil, 0x1B, 1},
		{contract.Coil, 0x1C, 0},
	} {
		if got := s.GetRaw(c.table, c.address); got != c.want {
			t.Errorf("%v %#x is %#x after the writes, want %#x", c.table, c.address, got, c.want)
		}
	}
}

func TestRawSlaveHoldsItsAddresses(t *testing.T) {
	s := NewRawSlave(1)
	if got, want := exchange(t, s, "01 03 01 2C 00 01 44 3F"), "01 03 02 01 2C B8 09"; got != want {
		t.Errorf("register 300 reads %s, want %s", got, want)
	}
	if got, want := exchange(t, s, "01 03 00 C8 00 01 05 F4"), "01 03 02 00 C8 B9 D2"; got != want {
		t.Errorf("register 200 reads %s, want %s", got, want)
	}
}

func TestSlaveRefusesWhatItsContractHasNot(t *testing.T) {
	s := newTestSlave(t, 1, "smoke-generic@1")
	for _, c := range []struct{ name, request, reply string }{
		{"its point", readSmoke, "01 03 02 00 00 B8 44"},
		{"the next address", "01 03 00 11 00 01 D4 0F", "01 83 02 C0 F1"},
		{"more than it can", "01 03 00 10 00 02 C5 CE", "01 83 03 01 31"},
		{"a table that it lacks", "01 04 00 10 00 01 30 0F", "01 84 01 82 C0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := exchange(t, s, c.request); got != c.reply {
				t.Errorf("reply is %s, want %s", got, c.reply)
			}
		})
	}
}

func TestBroadcastIsCarriedOutInSilence(t *testing.T) {
	s := NewRawSlave(1)
	if got := exchange(t, s, "00 06 00 05 12 34 95 6D"); got != "" {
		t.Errorf("a broadcast was answered: %s", got)
	}
	if v := s.GetRaw(contract.Holding, 5); v != 0x1234 {
		t.Errorf("register 5 is %#x after the broadcast, want 0x1234", v)
	}
}

func TestRelayBoardWithCommandRegisters(t *testing.T) {
	s := newTestSlave(t, 1, "relay-r421a08@1")
	watch := s.Watch()
	state := func(want bool) {
		t.Helper()
		if on, err := s.Output("relay_1"); err != nil || on != want {
			t.Errorf("relay_1 is %v, %v; want %v", on, err, want)
		}
	}
	exchange(t, s, "01 06 00 01 01 00 D9 9A")
	state(true)
	if got := exchange(t, s, "01 03 00 01 00 01 D5 CA"); got != "01 03 02 00 01 79 84" {
		t.Errorf("read-back is %s after on", got)
	}
	if c := <-watch; c.Output != "relay_1" || !c.On || c.Unit != 1 || c.At == 0 {
		t.Errorf("watched %+v", c)
	}
	exchange(t, s, "01 06 00 01 03 00 D8 FA")
	state(false)
	exchange(t, s, "01 06 00 01 01 00 D9 9A")
	s.PowerCycle()
	state(false)
	s.SetFaults(Faults{Stuck: true})
	if got := exchange(t, s, "01 06 00 01 01 00 D9 9A"); got != "01 06 00 01 01 00 D9 9A" {
		t.Errorf("a stuck relay answers %s", got)
	}
	state(false)
}

func TestWatchKeepsTheNewestChanges(t *testing.T) {
	s := newTestSlave(t, 1, "relay-r421a08@1")
	watch := s.Watch()
	for range 100 {
		exchange(t, s, "01 06 00 01 01 00 D9 9A")
		s.PowerCycle()
	}
	exchange(t, s, "01 06 00 01 01 00 D9 9A")
	var last OutputChange
	for range len(watch) {
		last = <-watch
	}
	if !last.On {
		t.Error("the newest change was lost")
	}
}
