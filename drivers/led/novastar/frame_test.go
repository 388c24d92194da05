package novastar

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
)

// golden reads a file of frames that were not made by this code.
func golden(t testing.TB, name string) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	frames := map[string][]byte{}
	for l := range strings.Lines(string(text)) {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		what, bytes, ok := strings.Cut(l, "\t")
		b, err := hex.DecodeString(strings.ReplaceAll(bytes, " ", ""))
		if !ok || err != nil {
			t.Fatalf("%s: %q: %v", name, l, err)
		}
		frames[what+" "+bytes] = b
	}
	return frames
}

func TestGoldenFrames(t *testing.T) {
	frames := golden(t, "frames.txt")
	if len(frames) < 30 {
		t.Fatalf("only %d frames", len(frames))
	}
	for what, b := range frames {
		f, n, err := Parse(b)
		if err != nil || n != len(b) {
			t.Errorf("%s: %d of %d bytes, %v", what, n, len(b), err)
			continue
		}
		if again := f.Append(nil); !bytes.Equal(again, b) {
			t.Errorf("%s: written again % x", what, again)
		}
		for i := range b {
			if _, _, err := Parse(b[:i]); !errors.Is(err, ErrShort) {
				t.Errorf("%s cut to %d: %v", what, i, err)
			}
		}
		for i := 2; i < len(b); i++ {
			damaged := bytes.Clone(b)
			damaged[i] ^= 0x04
			if f, _, err := Parse(damaged); err == nil {
				t.Errorf("%s damaged at %d is taken for %+v", what, i, f)
			}
		}
	}
}

func TestRefusedFrames(t *testing.T) {
	for what, b := range golden(t, "refused.txt") {
		if _, _, err := Parse(b); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestGoldenFields says what some of the frames mean.
func TestGoldenFields(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Frame
	}{
		{"aa55001600fe000000000000170000020100018456", Frame{Reply: true, Serial: 0x16, Destination: Computer, Register: regPresent, Length: 1, Data: []byte{1}}},
		{"55aa0080fe0001ffffff0100000100020100ffd55a", Frame{
			Serial: 0x80, Source: Computer, Device: Receiving, Port: AllPorts, Index: AllCards,
			Write: true, Register: regBlack, Length: 1, Data: []byte{black},
		}},
		{"55aa009dfeff000000000100230000020100011758", Frame{
			Serial: 0x9D, Source: Computer, Destination: 0xFF, Write: true, Register: regInput, Length: 1, Data: []byte{byte(SDI)},
		}},
	} {
		b, err := hex.DecodeString(strings.ReplaceAll(c.in, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := Parse(b)
		if err != nil || string(got.Append(nil)) != string(c.want.Append(nil)) || got.Register != c.want.Register {
			t.Errorf("%s: %+v, %v; want %+v", c.in, got, err, c.want)
		}
	}
}

// TestGoldenRequests: what the sign writes is what other people's programs write, but for the
// serial number and the checksum over it.
func TestGoldenRequests(t *testing.T) {
	s := &Sign{}
	f := s.request(Receiving, Card{Port: AllPorts, Index: AllCards}, regBrightness)
	f.Write, f.Length, f.Data, f.Destination = true, 1, []byte{0xAA}, 0xFF
	if got := hex.EncodeToString(f.Append(nil)); got != "55aa0000feff01ffffff010001000002"+"0100aaff5a" {
		t.Error(got)
	}
	f = s.request(Sending, Card{}, regModel)
	f.Length = 2
	if got := hex.EncodeToString(f.Append(nil)); got != "55aa0000fe000000000000000200000002005756" {
		t.Error(got)
	}
	f = s.request(Receiving, Card{}, regMonitor)
	f.Length, f.Serial = 2, 0x32
	if got := hex.EncodeToString(f.Append(nil)); got != "55aa0032fe00010000000000"+"0000000a02009256" {
		t.Error(got)
	}
}

// TestRefusedRead: a verdict other than done comes with the bytes that were asked for, or
// without them.
func TestRefusedRead(t *testing.T) {
	bare := Frame{Reply: true, Ack: AckRequest, Serial: 7, Destination: Computer, Register: regMonitor, Length: 2}
	full := bare
	full.Data = []byte{1, 2}
	for _, f := range []Frame{bare, full} {
		b := f.Append(nil)
		got, n, err := Parse(b)
		if err != nil || n != len(b) || got.Ack != AckRequest {
			t.Errorf("% x: %+v, %d, %v", b, got, n, err)
		}
	}
}

func TestHeads(t *testing.T) {
	good := Frame{Source: Computer, Register: regModel, Length: 2}.Append(nil)
	for name, change := range map[string]func(b []byte){
		"no head":                func(b []byte) { b[0] = 0x54 },
		"twice the same":         func(b []byte) { b[0] = 0xAA },
		"direction":              func(b []byte) { b[10] = 2 },
		"a request's verdict":    func(b []byte) { b[2] = 1 },
		"length beyond any card": func(b []byte) { b[17] = 0x40 },
	} {
		b := bytes.Clone(good)
		change(b)
		binary.LittleEndian.PutUint16(b[len(b)-2:], checksum(b[2:len(b)-2]))
		if _, _, err := Parse(b); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNext finds replies behind noise, damage and promises that are never kept.
func TestNext(t *testing.T) {
	reply := golden(t, "frames.txt")["3.1.2 DVI signal checking aa 55 00 16 00 fe 00 00 00 00 00 00 17 00 00 02 01 00 01 84 56"]
	if reply == nil {
		t.Fatal("the frame is not there")
	}
	promise := bytes.Clone(reply[:18])
	promise[16], promise[17] = 0xFF, 0x03 // 1023 bytes are to follow
	damaged := bytes.Clone(reply)
	damaged[18] ^= 1
	request := golden(t, "frames.txt")["network read the model 55 aa 00 00 fe 00 00 00 00 00 00 00 02 00 00 00 02 00 57 56"]
	for name, before := range map[string][]byte{
		"nothing": nil, "noise": []byte("\x00\xff\xaa\xaa\x55"), "damage": damaged, "promise": promise, "our own echo": request,
	} {
		b := append(bytes.Clone(before), reply...)
		f, used, found := Next(append(bytes.Clone(b), 0xAA))
		if !found || used != len(b) || f.Register != regPresent || f.Data[0] != 1 {
			t.Errorf("%s: %+v, %d of %d, %v", name, f, used, len(b), found)
		}
		if _, used, found := Next(b[:len(b)-1]); found || used > len(before) {
			t.Errorf("%s, cut: found %v, %d used", name, found, used)
		}
	}
	if _, used, found := Next([]byte("no frame mark in here")); found || used != 21 {
		t.Errorf("%d used, %v", used, found)
	}
}

func TestLevels(t *testing.T) {
	for p := 1; p <= 100; p++ {
		if got := percent(level(p)); got != p || level(p) == 0 {
			t.Errorf("%d percent is level %d and comes back as %d", p, level(p), got)
		}
	}
	if level(1) != 3 || level(50) != 128 || level(100) != 255 {
		t.Error(level(1), level(50), level(100))
	}
}

func TestMonitorBlock(t *testing.T) {
	block := make([]byte, monitorLen)
	m, err := parseMonitor(block)
	if err != nil || m.Celsius != nil || m.Volts != nil || m.Smoke != nil || m.Door != nil || m.Fitted {
		t.Errorf("a block without one valid value: %+v, %v", m, err)
	}
	// 36.0 °C as in the document's reply 80 48.
	block[0], block[1] = 0x80, 0x48
	if m, err = parseMonitor(block); err != nil || *m.Celsius != 36 {
		t.Errorf("%+v, %v", m, err)
	}
	block[0] = 0x81
	if m, err = parseMonitor(block); err != nil || *m.Celsius != -36 {
		t.Errorf("%+v, %v", m, err)
	}
	block[1] = 0xFF
	if _, err = parseMonitor(block); !errors.Is(err, ErrFrame) {
		t.Errorf("−127.5 °C: %v", err)
	}
	block[1], block[0x20] = 0, 0x12
	if _, err = parseMonitor(block); !errors.Is(err, ErrFrame) {
		t.Errorf("half a monitoring card: %v", err)
	}
	if _, err = parseMonitor(block[:255]); !errors.Is(err, ErrFrame) {
		t.Errorf("a short block: %v", err)
	}
}

func TestSources(t *testing.T) {
	for _, name := range []string{"sdi", "hdmi", "hdmi-1.4", "dvi", "dual-dvi", "dp"} {
		if s, ok := ParseSource(name); !ok || s.String() != name {
			t.Errorf("%s: %v, %v", name, s, ok)
		}
	}
	for _, name := range []string{"", "none", "unknown input", "HDMI"} {
		if _, ok := ParseSource(name); ok {
			t.Errorf("%q is an input", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, b := range golden(f, "frames.txt") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, used, found := Next(b)
		if used < 0 || used > len(b) {
			t.Fatalf("%d of %d used", used, len(b))
		}
		if !found {
			// What is kept must not grow into something that was passed over.
			if _, _, again := Next(b[used:]); again {
				t.Fatal("a reply is found only after the noise is gone")
			}
			return
		}
		if !r.Reply || len(r.Data) > MaxData {
			t.Fatalf("%+v", r)
		}
		wire := r.Append(nil)
		if !bytes.Equal(wire[:10], b[used-len(wire) : used][:10]) {
			t.Fatalf("% x is not what was read", wire)
		}
	})
}
