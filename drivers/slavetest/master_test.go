package slavetest

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

// Addresses and words as the contracts write them.
const (
	acknowledged = 0x0020
	key          = 0x0030
	setAddress   = 0x0037
	action       = 0x003A
	apply        = 0x4150
	commit       = 0x434F
	factoryReset = 0x4652
)

// unlocking is the request that unlocks the device with the serial number of these tests.
func unlocking(unit uint8) *modbus.Request {
	return request(unit, modbus.WriteMultipleRegisters, key, 5, 0x554E, 0x0123, 0x4567, 0x89AB, 0xCDEF)
}

// A healthy device reads good and normal in every point of its contract.
func TestEveryPointOfTheContract(t *testing.T) {
	for _, name := range []string{"smoke", "gauge"} {
		t.Run(name, func(t *testing.T) {
			d, c := start(t, name), model(t, name)
			_, m := d.open(9600)
			d.tell("test 1")
			d.tell("beat")
			write(t, m, 1, acknowledged, 0x0101)
			for _, span := range c.Readable {
				data := read(t, m, 1, span.From, span.To-span.From+1)
				for i := range c.Points {
					s, err := c.Decode(i, data, span.From)
					if err != nil {
						t.Fatal(err)
					}
					if s.Quality != contract.Good || s.Means != contract.Normal {
						t.Errorf("point %s: raw 0x%X is %s, means %s", c.Points[i].Name, s.Raw, s.Quality, s.Means)
					}
				}
				if got := sample(t, c, "serial_number", data, 0); got.Raw != 0x0123456789ABCDEF {
					t.Errorf("serial number %X", got.Raw)
				}
			}
		})
	}
}

func TestShortAlarmBetweenTwoPolls(t *testing.T) {
	d, c := start(t, "smoke"), model(t, "smoke")
	_, m := d.open(9600)
	write(t, m, 1, acknowledged, 0x0101)
	poll := func() (contract.Sample, uint16) {
		t.Helper()
		data := read(t, m, 1, 0, 4)
		return sample(t, c, "smoke", data, 0), uint16(sample(t, c, "event_sequence", data, 0).Raw)
	}
	if s, n := poll(); s.Means != contract.Normal || n != 0x0101 {
		t.Fatalf("before: %s, sequence %04X", s.Means, n)
	}
	d.tell("level 2")
	d.tell("level 0")
	s, n := poll()
	if s.Means != contract.Fire || s.Quality != contract.Good || s.Raw != 0xDF20 || n != 0x0102 {
		t.Fatalf("after a short alarm: 0x%04X %s, sequence %04X", s.Raw, s.Means, n)
	}
	// A second one between the poll and its acknowledgement is not acknowledged with it.
	d.tell("level 2")
	d.tell("level 0")
	write(t, m, 1, acknowledged, n)
	if s, n = poll(); s.Means != contract.Fire || n != 0x0103 {
		t.Fatalf("the second alarm: %s, sequence %04X", s.Means, n)
	}
	write(t, m, 1, acknowledged, n)
	if s, n = poll(); s.Means != contract.Normal || n != 0x0103 {
		t.Errorf("acknowledged: 0x%04X %s, sequence %04X", s.Raw, s.Means, n)
	}
	var refused modbus.Exception
	if _, err := do(t, m, request(1, modbus.WriteSingleRegister, acknowledged, 1, 0x0104)); !errors.As(err, &refused) || refused != modbus.IllegalDataValue {
		t.Errorf("an event that has not been: %v", err)
	}
}

func TestShortTamperAndDischarge(t *testing.T) {
	d, c := start(t, "gauge"), model(t, "gauge")
	_, m := d.open(9600)
	for _, command := range []string{"level 3", "level 0", "status 1 1", "status 1 0"} {
		d.tell(command)
	}
	data := read(t, m, 1, 0, 4)
	if s := sample(t, c, "alarm", data, 0); s.Raw != 0xCF30 || s.Means != contract.Supervisory {
		t.Errorf("discharge: 0x%04X %s", s.Raw, s.Means)
	}
	if s := sample(t, c, "tamper", data, 0); s.Raw != 0x0200 || s.Means != contract.Fault {
		t.Errorf("tamper: 0x%04X %s", s.Raw, s.Means)
	}
}

func TestDamagedSplitAndNoisy(t *testing.T) {
	d := start(t, "smoke")
	port, m := d.open(9600)
	// Read register 0 of unit 1: 01 03 00 00 00 01 84 0A.
	for i, c := range []struct {
		name string
		b    []byte
	}{
		{"wrong check sum", []byte{0x01, 0x03, 0x00, 0x00, 0x00, 0x01, 0x84, 0x0B}},
		{"first half only", []byte{0x01, 0x03, 0x00, 0x00}},
		{"second half only", []byte{0x00, 0x01, 0x84, 0x0A}},
		{"noise", []byte{0x55, 0xFF, 0x00}},
		{"one byte", []byte{0xFF}},
		{"longer than any frame", make([]byte, 400)},
	} {
		if err := port.Write(c.b); err != nil {
			t.Fatal(err)
		}
		// The long one may arrive in several pieces on a busy machine.
		if got := d.expect("dropped "); i < 5 && got != "dropped "+string(rune('1'+i)) {
			t.Errorf("%s: %s", c.name, got)
		}
		if data := read(t, m, 1, 0, 1); binary.BigEndian.Uint16(data) != 0xFF00 {
			t.Errorf("after %s: % X", c.name, data)
		}
	}
	if data := read(t, m, 1, 0x000C, 1); data[1] < 6 {
		t.Errorf("the device counts %d bad frames, want 6 or more", data[1])
	}
	if s := m.Stats(); s.CRCErrors+s.ShortFrames+s.LateBytes+s.Timeouts != 0 {
		t.Errorf("the slave answered something that it should have dropped: %+v", s)
	}
}

func TestOthersRequestsPass(t *testing.T) {
	d := start(t, "smoke")
	_, m := d.open(9600)
	r := request(2, modbus.ReadHoldingRegisters, 0, 4)
	r.ReplyWithin = 100 * time.Millisecond
	if _, err := do(t, m, r); !errors.Is(err, modbus.ErrTimeout) {
		t.Errorf("another address: %v", err)
	}
	var refused modbus.Exception
	for _, c := range []struct {
		r    *modbus.Request
		want modbus.Exception
	}{
		{request(1, modbus.ReadHoldingRegisters, 0x0050, 1), modbus.IllegalDataAddress},
		{request(1, modbus.ReadCoils, 0, 1), modbus.IllegalFunction},
		{request(1, modbus.WriteSingleRegister, 0, 1, 0), modbus.IllegalDataAddress},
		{request(1, modbus.WriteSingleRegister, action, 1, apply), modbus.IllegalDataValue},
	} {
		if _, err := do(t, m, c.r); !errors.As(err, &refused) || refused != c.want {
			t.Errorf("%s 0x%04X: %v, want %v", c.r.Function, c.r.Address, err, c.want)
		}
	}
	if data := read(t, m, 1, 0x000C, 1); data[1] != 0 {
		t.Errorf("%d frames of others were counted as damaged", data[1])
	}
}

// A transceiver that hears itself must not make the slave answer its own replies.
func TestEcho(t *testing.T) {
	d := start(t, "smoke")
	_, m := d.open(9600)
	d.tell("echo on")
	for range 5 {
		write(t, m, 1, acknowledged, 0x0101)
		read(t, m, 1, 0, 4)
	}
	if s := m.Stats(); s.Good != 10 || s.LateBytes+s.ForeignFrames != 0 {
		t.Errorf("stats %+v", s)
	}
	if data := read(t, m, 1, 0x000C, 1); data[1] != 0 {
		t.Errorf("%d frames were dropped", data[1])
	}
}

func TestAddressChange(t *testing.T) {
	d := start(t, "smoke")
	port, m := d.open(9600)
	if _, err := do(t, m, unlocking(1)); err != nil {
		t.Fatal(err)
	}
	// Address 17, 19200 baud, 8N1, apply: the reply comes in the old settings.
	if _, err := do(t, m, request(1, modbus.WriteMultipleRegisters, setAddress, 4, 17, 192, 0, apply)); err != nil {
		t.Fatal(err)
	}
	d.expect("port 17 19200 0")
	if err := port.Close(); err != nil {
		t.Fatal(err)
	}
	_, m = d.open(19200)
	write(t, m, 17, action, commit)
	d.expect("stored 17 19200 0")
	d.tell("skip 120")
	if data := read(t, m, 17, setAddress, 3); data[1] != 17 || data[3] != 192 {
		t.Errorf("settings % X", data)
	}
}

// An installer who applies a speed that his bus can't do loses nothing: it comes back.
func TestUncommittedChangeComesBack(t *testing.T) {
	d := start(t, "smoke")
	_, m := d.open(9600)
	if _, err := do(t, m, unlocking(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := do(t, m, request(1, modbus.WriteMultipleRegisters, setAddress, 4, 17, 1152, 3, apply)); err != nil {
		t.Fatal(err)
	}
	d.expect("port 17 115200 3")
	r := request(17, modbus.ReadHoldingRegisters, 0, 1) // at the old speed
	r.ReplyWithin = 100 * time.Millisecond
	if _, err := do(t, m, r); !errors.Is(err, modbus.ErrTimeout) {
		t.Errorf("at the wrong speed: %v", err)
	}
	d.expect("dropped")
	d.tell("level 2")
	d.tell("skip 61")
	d.expect("port 1 9600 0")
	if data := read(t, m, 1, 0, 1); binary.BigEndian.Uint16(data) != 0xDD22 {
		t.Errorf("the alarm of the meantime: % X", data)
	}
}

func TestFactoryResetIsGuarded(t *testing.T) {
	d := start(t, "smoke")
	_, m := d.open(9600)
	refused := func(want modbus.Exception) {
		t.Helper()
		var got modbus.Exception
		if _, err := do(t, m, request(1, modbus.WriteSingleRegister, action, 1, factoryReset)); !errors.As(err, &got) || got != want {
			t.Errorf("factory reset: %v, want %v", err, want)
		}
	}
	refused(modbus.IllegalDataValue) // locked
	d.tell("level 2")
	d.tell("level 0")
	if _, err := do(t, m, unlocking(1)); err != nil {
		t.Fatal(err)
	}
	refused(modbus.ServerDeviceBusy) // an alarm that nobody has acknowledged
	write(t, m, 1, acknowledged, 0x0102)
	d.tell("store fails")
	refused(modbus.ServerDeviceFailure)
	d.tell("store works")
	write(t, m, 1, action, factoryReset)
	d.expect("stored 1 9600 0")
}
