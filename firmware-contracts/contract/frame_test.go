package contract

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// frameBase is a contract of frames with one of everything; the mistakes in
// mistakes_transport_test.go are edits of it.
const frameBase = `name: radio
version: 1
title: {zh: 无线, en: radio}
class: detector
transport: frames
hardware: false
sources: [{title: manual, where: page 7, mark: S}]
serial: {baud: 9600, format: 8N1}
frame:
  start: [0xA5, 0x5A]
  end: [0x0D]
  length: {at: 2, bytes: 1, add: 4, min: 16, max: 40}
  check: {kind: crc16-ccitt, from: 2, to: -3, at: -3, order: little}
  id: {at: 4, bytes: 3}
  match:
    - {at: 3, value: 0x10, mask: 0xF0}
  heartbeat: 2h
points:
  - name: smoke
    title: {zh: 烟雾, en: smoke}
    role: smoke
    lane: alarm
    type: u16
    field: {at: 7, bytes: 1}
    mask: 0x03
    values:
      - {raw: 0, means: normal, zh: 正常, en: normal}
      - {raw: 1, means: fire, zh: 火警, en: fire}
  - name: tamper
    title: {zh: 防拆, en: tamper}
    role: tamper
    lane: slow
    type: bool
    field: {at: 7, bytes: 1}
    mask: 0x80
  - name: temperature
    title: {zh: 温度, en: temperature}
    role: temperature
    lane: slow
    type: i16
    field: {at: 8, bytes: 1}
    unit: "°C"
    invalid: [-128]
  - name: counter
    title: {zh: 计数, en: counter}
    role: info
    lane: slow
    type: u32
    field: {at: -7, bytes: 3, order: little}
`

func loadFrames(t testing.TB, text string) *Contract {
	t.Helper()
	c, err := Load("", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLoadReadsFrames(t *testing.T) {
	c := loadFrames(t, frameBase)
	f := c.Frame
	if c.Transport != Frames || f == nil || len(c.Warnings) != 0 || c.Limits != (Limits{}) || c.Address != (AddressRange{}) {
		t.Fatalf("%+v", c)
	}
	if !slices.Equal(f.Start, []byte{0xA5, 0x5A}) || !slices.Equal(f.End, []byte{0x0D}) || f.Heartbeat != 2*time.Hour {
		t.Errorf("%+v", f)
	}
	if f.Length != (FrameLength{0, 2, 1, false, 4, 16, 40}) || f.Check != (FrameCheck{CheckCCITT, 2, -3, -3, true}) ||
		f.ID != (FrameID{4, 3, false}) || !slices.Equal(f.Match, []FrameMatch{{3, 0xF0, 0x10}}) {
		t.Errorf("%+v", f)
	}
	if !slices.Equal(f.Fields, []FrameField{{7, 1, false}, {7, 1, false}, {8, 1, false}, {-7, 3, true}}) || !slices.Equal(c.Points[2].Invalid, []uint64{0xFF80}) {
		t.Errorf("%+v, %+v", f.Fields, c.Points[2])
	}
}

// A field without bytes is as wide as its type, and a bool is one byte.
func TestFieldsTakeTheWidthOfTheirType(t *testing.T) {
	text := strings.NewReplacer("{at: 7, bytes: 1}\n    mask: 0x80", "{at: 9}\n    mask: 0x80",
		"type: i16\n    field: {at: 8, bytes: 1}", "type: i16\n    field: {at: 10}", "at: -7, bytes: 3", "at: -7").Replace(frameBase)
	c := loadFrames(t, strings.Replace(text, "min: 16", "min: 20", 1))
	if !slices.Equal(c.Frame.Fields[1:], []FrameField{{9, 1, false}, {10, 2, false}, {-7, 4, true}}) {
		t.Errorf("%+v", c.Frame.Fields)
	}
}

// The frames of frameBase, their checks computed by another program, bit by bit.
const (
	radioFire   = "A5 5A 0C 1F 01 AB 02 81 E7 04 03 02 00 FC 06 0D"
	radioLonger = "A5 5A 10 10 01 AB 02 00 80 A5 A5 A5 A5 FF FF FF 00 30 18 0D"
	radioOdd    = "A5 5A 0C 10 01 AB 02 02 7F 00 00 00 00 E9 9B 0D"
)

func TestDecodeFrame(t *testing.T) {
	c := loadFrames(t, frameBase)
	for text, want := range map[string][]Sample{
		radioFire: {
			{Point: 0, Raw: 1, Value: 1, Means: Fire}, {Point: 1, Raw: 1, Value: 1},
			{Point: 2, Raw: 0xFFE7, Value: -25}, {Point: 3, Raw: 0x020304, Value: 0x020304},
		},
		radioLonger: {
			{Point: 0}, {Point: 1},
			{Point: 2, Raw: 0xFF80, Value: -128, Quality: Invalid, Means: Fault}, {Point: 3, Raw: 0xFFFFFF, Value: 0xFFFFFF},
		},
		radioOdd: {
			{Point: 0, Raw: 2, Value: 2, Quality: Unknown, Means: Fault}, {Point: 1},
			{Point: 2, Raw: 0x7F, Value: 127}, {Point: 3},
		},
	} {
		got, id, err := c.DecodeFrame(unhex(t, text), []Sample{{Point: 9}})
		if err != nil || id != "01AB02" || !slices.Equal(got, append([]Sample{{Point: 9}}, want...)) {
			t.Errorf("%s: %+v from %q: %v", text, got, id, err)
		}
	}
}

func TestDecodeFrameRefuses(t *testing.T) {
	c, dst := loadFrames(t, frameBase), []Sample{{Point: 9}}
	for name, f := range map[string]struct {
		text string
		want error
	}{
		"nothing":         {"", ErrFrameShort},
		"one byte":        {"A5", ErrFrameShort},
		"no length":       {"A5 5A", ErrFrameShort},
		"cut off":         {radioFire[:len(radioFire)-3], ErrFrameShort},
		"a byte too many": {radioFire + "0D", ErrFrameLength},
		"another start":   {strings.Replace(radioFire, "5A", "5B", 1), ErrFrameMark},
		"another end":     {radioFire[:len(radioFire)-2] + "0A", ErrFrameMark},
		"another type":    {strings.Replace(radioFire, "1F", "2F", 1), ErrFrameMark},
		"length 0":        {strings.Replace(radioFire, "0C", "00", 1), ErrFrameLength},
		"below min":       {strings.Replace(radioFire, "0C", "0B", 1), ErrFrameLength},
		"above max":       {strings.Replace(radioFire, "0C", "25", 1), ErrFrameLength},
		"wrong check":     {strings.Replace(radioFire, "FC 06", "06 FC", 1), ErrFrameCheck},
	} {
		got, id, err := c.DecodeFrame(unhex(t, f.text), dst)
		if !errors.Is(err, f.want) || id != "" || !slices.Equal(got, dst) || !strings.HasPrefix(err.Error(), "decode radio@1: ") {
			t.Errorf("%s: %+v, %q, %v; want %v", name, got, id, err, f.want)
		}
	}
	modbus := loadFrames(t, base)
	if _, _, err := modbus.DecodeFrame(unhex(t, radioFire), nil); !errors.Is(err, ErrNoFrames) {
		t.Errorf("a contract of registers: %v", err)
	}
}

// What Scan asks for is never more than what a frame needs, and always more than there is.
func TestScanOfEveryBeginning(t *testing.T) {
	c := loadFrames(t, frameBase)
	frame := unhex(t, radioFire)
	for n := range frame {
		need, err := c.Frame.Scan(frame[:n])
		if !errors.Is(err, ErrFrameShort) || need <= n || need > len(frame) {
			t.Errorf("%d bytes: need %d, %v", n, need, err)
		}
	}
	long := append(slices.Clone(frame), 1, 2, 3)
	if n, err := c.Frame.Scan(long); n != len(frame) || err != nil {
		t.Errorf("with more behind it: %d, %v", n, err)
	}
}

func TestIDs(t *testing.T) {
	hexID, text, none := FrameID{4, 3, false}, FrameID{4, 6, true}, FrameID{}
	for _, c := range []struct {
		id         FrameID
		text, want string
	}{
		{hexID, "01ab02", "01AB02"}, {hexID, "01:AB:02", "01AB02"}, {hexID, "01-ab 02", "01AB02"}, {text, "AB12", "AB12"}, {none, "", ""},
	} {
		if got, err := c.id.ParseID(c.text); got != c.want || err != nil {
			t.Errorf("%q: %q, %v", c.text, got, err)
		}
	}
	for id, bad := range map[FrameID][]string{hexID: {"", "01AB", "01AB0203", "01ABXX"}, text: {"", "AB12345", "A B", "烟", "AB "}, none: {"1"}} {
		for _, s := range bad {
			if got, err := id.ParseID(s); got != "" || !errors.Is(err, ErrFrameID) {
				t.Errorf("%q: %q, %v", s, got, err)
			}
		}
	}
	for raw, want := range map[string]string{"AB12\x00\x00": "AB12", "AB12  ": "AB12", "ABCDEF": "ABCDEF", "\x00\x00\x00\x00\x00\x00": "", "A\x00B\x00\x00\x00": "", "\xFFABCDE": ""} {
		if got, err := text.text([]byte(raw)); got != want || (want == "") != errors.Is(err, ErrFrameID) {
			t.Errorf("%q: %q, %v", raw, got, err)
		}
	}
}

// The check values of "123456789" in the catalogue of parametrised CRC algorithms; sums by hand.
func TestChecks(t *testing.T) {
	nine := []byte("123456789")
	for kind, want := range map[CheckKind]uint16{
		CheckSum8: 0xDD, CheckXor8: 0x31, CheckSum16: 0x01DD, CheckModbus: 0x4B37, CheckXmodem: 0x31C3, CheckCCITT: 0x29B1, CheckCRC8: 0xF4, CheckNone: 0,
	} {
		if got := kind.Sum(nine); got != want {
			t.Errorf("%s is %04X, want %04X", kind, got, want)
		}
	}
}

func TestDecodeFrameTakesNoMemoryButForTheID(t *testing.T) {
	c, frame := loadFrames(t, strings.Replace(frameBase, "  id: {at: 4, bytes: 3}\n", "", 1)), unhex(t, radioFire)
	dst := make([]Sample, 0, len(c.Points))
	if n := testing.AllocsPerRun(100, func() {
		if _, id, err := c.DecodeFrame(frame, dst); err != nil || id != "" {
			t.Fatal(id, err)
		}
	}); n != 0 {
		t.Errorf("%v pieces of memory per frame", n)
	}
	bad := unhex(t, strings.Replace(radioFire, "FC 06", "06 FC", 1))
	if n := testing.AllocsPerRun(100, func() { _, _ = c.Frame.Scan(bad) }); n != 0 {
		t.Errorf("%v pieces of memory for a frame that is none", n)
	}
}

func BenchmarkDecodeFrame(b *testing.B) {
	c, frame := loadFrames(b, frameBase), unhex(b, radioFire)
	dst := make([]Sample, 0, len(c.Points))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.DecodeFrame(frame, dst); err != nil {
			b.Fatal(err)
		}
	}
}
