package modbus_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"firepost/drivers/bus/modbus"
)

// Frames from makers' documents and public captures, each with its check sum as seen.
var goldenFrames = []string{
	"01030010000185CF", // smoke detector, read 0x0010
	"0103020000B844",   // normal
	"01030200017984",   // alarm
	"010400010001600A", // XY-MD02, read temperature
	"01040201317974",   // 30.5 °C in tenths
	"0104020BEA3F8F",   // 30.5 °C in hundredths
	"010400020001900A", // XY-MD02, read humidity
	"010400010002200B", // both
	"010301010001D436", // XY-MD02, read id
	"010500000000CDCA", // coil 0 off
	"01020000000879CC", // eight discrete inputs
	"0106000106039BAB", // R421A08 relay 1, delay 3 s
	"0103040C00020538", // SW-P300 temperature
	"FF02000000086C12", // Novabo SQR query
	"FF0201009060",     // Novabo SQR alarm
	"01041408D1006C000000F400000026000001F4006400005134", // PZEM-016
	"010300030001740A", // RS-YG-N01
	"0103040A0002E539", // SW-P300 pressure
	"FF0307D000019159", // broadcast identity query
	"0101000000083DCC", // Waveshare, read eight coils
}

func TestCRC16GoldenFrames(t *testing.T) {
	for _, s := range goldenFrames {
		frame := hx(t, s)
		if got := modbus.CRC16(frame); got != 0 {
			t.Errorf("%s: residue %04X, want 0", s, got)
		}
		body, sum := frame[:len(frame)-2], frame[len(frame)-2:]
		if got := modbus.CRC16(body); got != binary.LittleEndian.Uint16(sum) {
			t.Errorf("%s: check sum %04X", s, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOf(rapid.Byte()).Draw(t, "p")
		if got, want := modbus.CRC16(p), crcBitwise(p); got != want {
			t.Fatalf("CRC16(% X) = %04X, bit by bit %04X", p, got, want)
		}
	})
}

func TestGoldenExchanges(t *testing.T) {
	r := func(unit uint8, f modbus.Function, addr, count uint16, data ...byte) modbus.Request {
		return modbus.Request{Unit: unit, Function: f, Address: addr, Count: count, Data: data}
	}
	rw := r(17, modbus.ReadWriteRegisters, 3, 6, 0x00, 0xFF, 0x00, 0xFF, 0x00, 0xFF)
	rw.WriteAddress = 14
	for _, c := range []struct {
		name           string
		req            modbus.Request
		request, reply string
		data           string
	}{
		{"smoke normal", r(1, 3, 0x10, 1), "01030010000185CF", "0103020000B844", "0000"},
		{"smoke alarm", r(1, 3, 0x10, 1), "01030010000185CF", "01030200017984", "0001"},
		{"temperature", r(1, 4, 1, 1), "010400010001600A", "01040201317974", "0131"},
		{"inverted input", r(255, 2, 0, 8), "FF02000000086C12", "FF0201009060", "00"},
		{
			"power meter", r(1, 4, 0, 10), "01040000000A700D",
			"01041408D1006C000000F400000026000001F4006400005134",
			"08D1006C000000F400000026000001F400640000",
		},
		{"coil off", r(1, 5, 0, 1, 0, 0), "010500000000CDCA", "010500000000CDCA", ""},
		{"relay delay", r(1, 6, 1, 1, 6, 3), "0106000106039BAB", "0106000106039BAB", ""},
		// Parameters from the examples of the application protocol, 6.11, 6.12 and 6.17;
		// their frames have no check sum, so those here come from the bitwise one.
		{"coils", r(17, 15, 0x13, 10, 0xCD, 0x01), "110F0013000A02CD01", "110F0013000A", ""},
		{"registers", r(17, 16, 1, 2, 0, 0x0A, 1, 2), "11100001000204000A0102", "111000010002", ""},
		{
			"read and write", rw, "111700030006000E00030600FF00FF00FF",
			"11170C00FE0ACD00010003000D00FF", "00FE0ACD00010003000D00FF",
		},
		{"read coils", r(17, 1, 0x13, 0x13), "110100130013", "110103CD6B05", "CD6B05"},
	} {
		t.Run(c.name, func(t *testing.T) {
			request, reply := sealed(t, c.request), sealed(t, c.reply)
			l := newLine(9600, 10)
			l.answer = script(5*time.Millisecond, reply)
			got := mustDo(t, newRTU(l), c.req)
			if !bytes.Equal(l.sent[0], request) {
				t.Errorf("sent % X, want % X", l.sent[0], request)
			}
			if want := hx(t, c.data); !bytes.Equal(got, want) {
				t.Errorf("data % X, want % X", got, want)
			}
		})
	}
}

// sealed completes a frame that a document gives without check sum.
func sealed(t *testing.T, s string) []byte {
	p := hx(t, s)
	if crcBitwise(p) == 0 {
		return p
	}
	return withCRC(p...)
}

func TestValidate(t *testing.T) {
	long := make([]byte, 300)
	for _, c := range []struct {
		req  modbus.Request
		want string // part of the message; empty if the request is good
	}{
		{modbus.Request{Unit: 0, Function: 3, Count: 1}, "broadcast"},
		{modbus.Request{Unit: 1, Function: 7, Count: 1}, "function 7"},
		{modbus.Request{Unit: 1, Function: 0, Count: 1}, "function 0"},
		{modbus.Request{Unit: 1, Function: 1, Count: 2000}, ""},
		{modbus.Request{Unit: 1, Function: 1, Count: 2001}, "1–2000"},
		{modbus.Request{Unit: 1, Function: 2, Count: 0}, "count 0"},
		{modbus.Request{Unit: 247, Function: 3, Count: 125}, ""},
		{modbus.Request{Unit: 255, Function: 4, Count: 126}, "1–125"},
		{modbus.Request{Unit: 1, Function: 3, Address: 0xFFFF, Count: 1}, ""},
		{modbus.Request{Unit: 1, Function: 3, Address: 0xFFFF, Count: 2}, "0xFFFF"},
		{modbus.Request{Unit: 1, Function: 5, Count: 1, Data: []byte{0xFF, 0}}, ""},
		{modbus.Request{Unit: 1, Function: 5, Count: 1, Data: []byte{0x55, 0}}, "FF 00"},
		{modbus.Request{Unit: 1, Function: 5, Count: 1, Data: []byte{0xFF, 1}}, "FF 00"},
		{modbus.Request{Unit: 1, Function: 5, Count: 2, Data: []byte{0, 0}}, "count 2"},
		{modbus.Request{Unit: 1, Function: 6, Count: 1, Data: []byte{1}}, "1 bytes of data"},
		{modbus.Request{Unit: 1, Function: 15, Count: 1968, Data: long[:246]}, ""},
		{modbus.Request{Unit: 1, Function: 15, Count: 1969, Data: long[:247]}, "1–1968"},
		{modbus.Request{Unit: 1, Function: 15, Count: 9, Data: long[:1]}, "takes 2"},
		{modbus.Request{Unit: 1, Function: 16, Count: 123, Data: long[:246]}, ""},
		{modbus.Request{Unit: 1, Function: 16, Count: 124, Data: long[:248]}, "1–123"},
		{modbus.Request{Unit: 1, Function: 3, Count: 1, Data: long[:2]}, "takes 0"},
		{modbus.Request{Unit: 1, Function: 23, Count: 125, Data: long[:242]}, ""},
		{modbus.Request{Unit: 1, Function: 23, Count: 125, Data: long[:244]}, "1–121"},
		{modbus.Request{Unit: 1, Function: 23, Count: 1, Data: long[:3]}, "two each"},
		{modbus.Request{Unit: 1, Function: 23, Count: 0, Data: long[:2]}, "count 0"},
	} {
		err := c.req.Validate()
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%+v: %v", c.req, err)
		case c.want != "" && (!errors.Is(err, modbus.ErrRequest) || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s 0x%04X×%d: %v, want %q", c.req.Function, c.req.Address, c.req.Count, err, c.want)
		}
	}
	l := newLine(9600, 10)
	if _, err := do(t, newRTU(l), modbus.Request{Unit: 0, Function: 3, Count: 1}); !errors.Is(err, modbus.ErrRequest) {
		t.Errorf("Do of a bad request: %v", err)
	}
	if len(l.sent) != 0 {
		t.Error("a bad request was sent")
	}
}

func TestErrorTexts(t *testing.T) {
	err := error(&modbus.Error{
		Bus: "rs485-1", Device: "zhang-noodles", Unit: 7, Function: modbus.ReadHoldingRegisters,
		Address: 0x10, Count: 1, Err: modbus.IllegalDataAddress,
	})
	const want = "bus rs485-1: zhang-noodles (unit 7): read holding 0x0010×1: exception 0x02 (illegal data address)"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	seen := map[string]bool{}
	for _, e := range []modbus.Exception{1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 99} {
		if seen[e.Error()] {
			t.Errorf("exception %d has another's text: %s", e, e)
		}
		seen[e.Error()] = true
	}
	for _, f := range []modbus.Function{1, 2, 3, 4, 5, 6, 15, 16, 23, 66} {
		if seen[f.String()] {
			t.Errorf("function %d has another's text: %s", f, f)
		}
		seen[f.String()] = true
	}
}
