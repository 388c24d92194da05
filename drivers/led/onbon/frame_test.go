package onbon

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// recorded are the frames that others made, by name.
func recorded(t testing.TB) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile("testdata/frames.txt")
	if err != nil {
		t.Fatal(err)
	}
	frames := map[string][]byte{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 {
			t.Fatalf("%q is not a name, a source and a frame", line)
		}
		b, err := hex.DecodeString(fields[2])
		if err != nil {
			t.Fatalf("%s: %v", fields[0], err)
		}
		frames[fields[0]] = b
	}
	return frames
}

// parse returns the frames in b, with payloads of their own.
func parse(p *Parser, b []byte) []Frame {
	var out []Frame
	p.Feed(b, func(f Frame) {
		f.Payload = bytes.Clone(f.Payload)
		out = append(out, f)
	})
	return out
}

// Every recorded frame is taken apart, and what is put together again is the same bytes.
func TestDecodeRecorded(t *testing.T) {
	frames := recorded(t)
	if len(frames) != 13 {
		t.Fatalf("%d frames", len(frames))
	}
	for name, b := range frames {
		var p Parser
		got := parse(&p, b)
		if len(got) != 1 || p.Skipped() != 0 || p.Unfinished() {
			t.Errorf("%s: %d frames, %d bytes skipped: %v", name, len(got), p.Skipped(), p.Reason())
			continue
		}
		if again := got[0].Append(nil); !bytes.Equal(again, b) {
			t.Errorf("%s became % X", name, again)
		}
	}
}

func TestDecodeFields(t *testing.T) {
	var p Parser
	frames := recorded(t)
	ack := parse(&p, frames["ack"])[0]
	if ack.To != 0x8000 || ack.From != 1 || ack.Mode != 0 || ack.Device != 0xFE || !bytes.Equal(ack.Payload, []byte{0xA0, 0, 0, 0, 0}) {
		t.Errorf("%+v", ack)
	}
	escaped := parse(&p, frames[`dyn_6K_escape_text=A5A65A5B5A5B_128x32_id1 (CRC byte 5B is escaped too)`])[0]
	if !bytes.HasSuffix(escaped.Payload, []byte{0xA5, 0xA6, 0x5A, 0x5B, 0x5A, 0x5B}) {
		t.Errorf("% X", escaped.Payload)
	}
}

// vendorArea is what the vendor's BxAreaDynamic makes of its defaults.
func vendorArea(id byte, w, h uint16, text string) area {
	return area{
		id: id, w: w, h: h, timeout: 5, single: 2, breaks: 1, display: 2, hold: 8, text: []byte(text),
	}
}

// What this driver can ask for comes out as others recorded it, byte for byte.
func TestEncodeRecorded(t *testing.T) {
	frames := recorded(t)
	text, err := dynamic(false, []area{vendorArea(0, 64, 16, `\C20123`)})
	if err != nil {
		t.Fatal(err)
	}
	escapes, err := dynamic(false, []area{vendorArea(1, 128, 32, "\xa5\xa6\x5a\x5b\x5a\x5b")})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2013, 1, 25, 11, 17, 26, 0, time.UTC)
	for _, c := range []struct {
		name    string
		to      uint16
		payload []byte
	}{
		{"ping", 1, ping()},
		{"set_clock_2013-01-25_11:17:26_Fri", 1, clock(at)},
		{"brightness_0x0C", 1, brightness(12)},
		{"screen_on_dstFFFE", AnyScreen, power(true)},
		{"screen_off_dstFFFE", AnyScreen, power(false)},
		{`dyn_6K_\C20123_64x16`, AnyScreen, text},
		{`dyn_6K_escape_text=A5A65A5B5A5B_128x32_id1 (CRC byte 5B is escaped too)`, AnyScreen, escapes},
	} {
		want, ok := frames[c.name]
		if !ok {
			t.Errorf("no frame %s", c.name)
		}
		got := Frame{To: c.to, From: Host, Mode: NormalMode, Device: AnyDevice, Payload: c.payload}.Append(nil)
		if !bytes.Equal(got, want) {
			t.Errorf("%s:\n got % X\nwant % X", c.name, got, want)
		}
	}
}

func TestClockSunday(t *testing.T) {
	got := clock(time.Date(2032, 2, 29, 23, 59, 8, 0, time.UTC))
	if want := []byte{0xA2, 3, 1, 8, 0, 0x32, 0x20, 0x02, 0x29, 0x23, 0x59, 0x08, 7}; !bytes.Equal(got, want) {
		t.Errorf("% X, want % X", got, want)
	}
}

// acked is the recorded acknowledgement.
func acked(t testing.TB) []byte { return recorded(t)["ack"] }

// Whatever stands before a frame, the frame is found.
func TestResynchronise(t *testing.T) {
	ack := acked(t)
	for name, before := range map[string]string{
		"nothing":           "",
		"noise":             "\x00\xff\x13",
		"an end":            "\x5a\x5a",
		"marks":             "\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5",
		"half a frame":      string(ack[:20]),
		"a bad escape":      "\xa5\xa5\xa6\x07",
		"an open escape":    "\xa5\xa5\x01\xa6",
		"an escape at once": "\xa5\x5b",
		"a short frame":     "\xa5\x01\x02\x5a",
		"an empty frame":    "\xa5\x5a",
		"a wrong checksum":  strings.Replace(string(ack), "\x64\xdc", "\x64\xdd", 1),
		"text":              "AT+CGMR?\r\nERROR\r\n",
		"very much":         "\xa5" + strings.Repeat("\x00", 3*maxFrame),
		"very much nothing": strings.Repeat("\x00", 3*maxFrame),
	} {
		var p Parser
		got := parse(&p, append([]byte(before), ack...))
		if len(got) != 1 || got[0].From != 1 {
			t.Errorf("%s: %d frames found", name, len(got))
		}
		if cap(p.raw) > 2*maxFrame {
			t.Errorf("%s: %d bytes kept", name, cap(p.raw))
		}
		if n := p.Skipped(); (n == 0) != (name == "nothing" || name == "marks") {
			t.Errorf("%s: %d bytes skipped", name, n)
		}
	}
}

func TestStream(t *testing.T) {
	ack := acked(t)
	var p Parser
	var n int
	for _, b := range bytes.Repeat(ack, 3) {
		p.Feed([]byte{b}, func(Frame) { n++ })
	}
	if n != 3 || p.Skipped() != 0 {
		t.Errorf("%d frames in single bytes, %d skipped", n, p.Skipped())
	}
	if got := parse(&p, bytes.Repeat(ack, 4)); len(got) != 4 {
		t.Errorf("%d frames at once", len(got))
	}
}

// A single wrong bit anywhere between the marks never gives another frame.
func TestEveryBit(t *testing.T) {
	ack := acked(t)
	for i := 8 * markCount; i < 8*len(ack); i++ {
		b := bytes.Clone(ack)
		b[i/8] ^= 1 << (i % 8)
		var p Parser
		if got := parse(&p, b); len(got) != 0 {
			t.Errorf("bit %d of byte %d: %+v", i%8, i/8, got)
		}
	}
}

// The frames below have right checksums, calculated apart from this code.
func TestReasons(t *testing.T) {
	for _, c := range []struct {
		name, hex string
		want      error
	}{
		{"checksum", "A5A5008001000000000000000000FE020500A00000000064DC5A", errCRC},
		{"length of 4", "A500800100000000000000FE020400A000000000741C5A", errLength},
		{"length of 600", "A500800100000000000000FE025802A000000000E9FB5A", errLength},
		{"bar code", "A500800100000000010000FE020500A000000000991F5A", errVariant},
		{"no checksum", "A500800100000000000200FE020500A0000000006F645A", errVariant},
		{"short", "A5A500805A", errShort},
		{"escape", "A5A50080A6055A", errEscape},
	} {
		b, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		var p Parser
		if parse(&p, b); !errors.Is(p.Reason(), c.want) {
			t.Errorf("%s: %v, want %v", c.name, p.Reason(), c.want)
		}
	}
}

// FuzzDecode: no stream breaks the parser, makes it keep much, or hides the frame behind it;
// and what it finds is what the same frame's bytes say.
func FuzzDecode(f *testing.F) {
	for _, b := range recorded(f) {
		f.Add(b, 3)
	}
	f.Add([]byte("\xa5\xa6\x5a\x5b\x01\x00\x5a\xa5\x5b"), 1)
	f.Fuzz(func(t *testing.T, stream []byte, cut int) {
		var whole, parts Parser
		want := parse(&whole, stream)
		at := 0
		if len(stream) > 0 {
			at = int(uint(cut) % uint(len(stream)))
		}
		got := append(parse(&parts, stream[:at]), parse(&parts, stream[at:])...)
		if len(got) != len(want) || parts.Skipped() != whole.Skipped() {
			t.Fatalf("cut at %d: %d frames and %d skipped, in one piece %d and %d", at, len(got), parts.Skipped(), len(want), whole.Skipped())
		}
		for i, f := range want {
			if !bytes.Equal(f.Payload, got[i].Payload) {
				t.Fatalf("cut at %d: % X, in one piece % X", at, got[i].Payload, f.Payload)
			}
			var again Parser
			if r := parse(&again, f.Append(nil)); len(r) != 1 || !bytes.Equal(r[0].Payload, f.Payload) || r[0].To != f.To {
				t.Fatalf("%+v became %+v", f, r)
			}
		}
		if cap(whole.raw) > 2*maxFrame {
			t.Fatalf("%d bytes kept", cap(whole.raw))
		}
		if found := parse(&whole, acked(t)); len(found) != 1 {
			t.Fatalf("the next frame is not found: %v", whole.Reason())
		}
	})
}
