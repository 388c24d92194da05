package ledsim

import (
	"bytes"
	"encoding/hex"
	"image"
	"testing"
	"time"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// give puts one whole frame in and returns the reply.
func give(t *testing.T, o *Onbon, frame string) []byte {
	t.Helper()
	b := unhex(t, frame)
	s := o.Session()
	for i := range b {
		used, request := s.Next(b[:i+1])
		if used == 0 {
			continue
		}
		if i+1 != len(b) || request == nil {
			t.Fatalf("%s: byte %d ended a request", frame, i)
		}
		return s.Carry(request)
	}
	t.Fatalf("%s: no request", frame)
	return nil
}

// The acknowledgement that users of such cards recorded.
const ack = "A5A5A5A5A5A5A5A500800100000000000000FE020500A00000000064DC5A"

// Frames that users recorded and the vendor's own classes made (see package onbon's testdata)
// are understood without the driver's help.
func TestOnbonRecorded(t *testing.T) {
	o := NewOnbon(image.Pt(128, 48), false)
	say := func(frame string) {
		t.Helper()
		if got := give(t, o, frame); !bytes.Equal(got, unhex(t, ack)) {
			t.Errorf("%s: % X", frame, got)
		}
	}
	say("A5A5A5A5A5A5A5A501000080000000000000FE020500A20001000068F85A") // ping
	say("A5A5A5A5A5A5A5A501000080000000000000FE020D00A2030108001320012511172605B03F5A")
	if want := time.Date(2013, 1, 25, 11, 17, 26, 0, time.UTC); !o.Shown().Clock.Equal(want) {
		t.Errorf("clock %v", o.Shown().Clock)
	}
	say("A5A5A5A5A5A5A5A501000080000000000000FE020700A302010200010C262D5A")
	if got := o.Shown().Brightness; got != 80 {
		t.Errorf("brightness %d", got)
	}
	say("A5A5A5A5A5A5A5A5FEFF0080000000000000FE020600A300010000021DF05A")
	if o.Shown().Lit {
		t.Error("still lit")
	}
	say("A5A5A5A5A5A5A5A5FEFF0080000000000000FE020600A300010000015DF15A")
	if !o.Shown().Lit {
		t.Error("still dark")
	}
	say("A5A5A5A5A5A5A5A5FEFF0080000000000000FE022B00A306010000000122000000000000400010000000000500000000020102000008070000005C433230313233479D5A")
	if got := o.Shown(); len(got.Lines) != 1 || got.Lines[0] != "0123" || got.Colour != "green" || got.Scene {
		t.Errorf("%+v", got)
	}
	// No reply is asked for.
	if got := give(t, o, "A5A5A5A5A5A5A5A501000080000000000000FE023300A30602000000012A00000000180040000C00010A0102000000000101010017020F0000005C464F30303048554D3A3636255248367A5A"); got != nil {
		t.Errorf("% X", got)
	}
	if got := o.Shown(); len(got.Lines) != 2 || got.Lines[1] != "HUM:66%RH" {
		t.Errorf("%+v", got)
	}
	// The text is A5 A6 5A 5B 5A 5B, which is no text; its escapes and a checksum's are undone.
	say("A5A5A5A5A5A5A5A5FEFF0080000000000000FE022A00A30601000000012100000000000080002000010000050000000002010200000806000000A602A6015B025B015B025B01FE5B015A")
	if got := o.areas[1]; got.rect != image.Rect(0, 0, 128, 32) {
		t.Errorf("%+v", got)
	}
}

// What the documents don't allow is refused, and changes nothing.
func TestOnbonRefuses(t *testing.T) {
	o := NewOnbon(image.Pt(64, 16), false)
	carry := func(payload string) byte {
		body := unhex(t, "FEFF0080000000000001FE02")
		p := unhex(t, payload)
		return o.carry(append(append(body, byte(len(p)), 0), p...))
	}
	for name, c := range map[string]struct {
		payload string
		code    byte
	}{
		"group":           {"A700010000", 1},
		"command":         {"A377010000", 2},
		"level 16":        {"A30201000001FF", 2},
		"month 13":        {"A2030100003220132901010107", 14},
		"wrong weekday":   {"A2030100003220022923585901", 14},
		"area too large":  {"A306010000FF011B00000000000041001000000000000000000A01010100000800000000", 4},
		"area's length":   {"A306010000FF011C00000000000040001000000000000000000A01010100000800000000", 4},
		"no width":        {"A306010000FF011B00000000000000001000000000000000000A01010100000800000000", 4},
		"nothing follows": {"A306010000FF01", 4},
	} {
		if got := carry(c.payload); got != c.code {
			t.Errorf("%s: error %d, want %d", name, got, c.code)
		}
	}
	if got := o.Shown(); got.Scene || got.Uploads != 0 || !got.Clock.IsZero() || got.Brightness != 100 {
		t.Errorf("%+v", got)
	}
	if got := carry("A306010000FF011B00000000000040001000000000000000000A01010100000800000000"); got != 0 || !o.Shown().Scene {
		t.Errorf("a right area: error %d", got)
	}
}

// No data field breaks the card.
func FuzzOnbon(f *testing.F) {
	f.Add([]byte("\xa3\x06\x01\x01\x00\xff\x01\x1c\x00\x00"), uint8(1))
	f.Add([]byte("\xa2\x03\x01\x08\x00\x32\x20\x02\x29\x23\x58\x59\x07"), uint8(0))
	f.Fuzz(func(t *testing.T, payload []byte, mode uint8) {
		if len(payload) < 5 || len(payload) > 0xFFFF {
			return
		}
		o := NewOnbon(image.Pt(64, 16), true)
		frame := []byte{1, 0, 0, 0x80, 0, 0, 0, 0, 0, mode, 0xFE, 2, byte(len(payload)), byte(len(payload) >> 8)}
		request := append(frame, payload...)
		s := o.Session()
		s.Carry(request)
		for _, a := range o.areas {
			if !a.rect.In(image.Rect(0, 0, 64, 16)) {
				t.Fatalf("%+v is beyond the board", a)
			}
		}
		if used, _ := s.Next(payload); used > len(payload) {
			t.Fatalf("%d of %d bytes used", used, len(payload))
		}
		o.Shown()
	})
}
