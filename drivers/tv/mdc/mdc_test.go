package mdc

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"firepost/drivers/bus/line"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestGoldenRequests compares with frames from Samsung's document, as repository
// vgavro/samsung-mdc and makers of room controllers quote it.
func TestGoldenRequests(t *testing.T) {
	for _, c := range []struct {
		what, want string
		cmd, id    byte
		data       []byte
	}{
		{"on", "aa 11 01 01 01 14", cmdPower, 1, []byte{1}},
		{"off", "aa 11 01 01 00 13", cmdPower, 1, []byte{0}},
		{"is it on", "aa 11 01 00 12", cmdPower, 1, nil},
		{"HDMI 1", "aa 14 01 01 21 37", cmdInput, 1, []byte{0x21}},
		{"volume 20", "aa 12 01 01 14 28", cmdVolume, 1, []byte{20}},
		{"status", "aa 00 01 00 01", cmdStatus, 1, nil},
	} {
		if got := appendRequest(nil, c.cmd, c.id, c.data); !bytes.Equal(got, unhex(t, c.want)) {
			t.Errorf("%s: % x, want %s", c.what, got, c.want)
		}
	}
}

// TestGoldenReplies: sums were added up by hand.
func TestGoldenReplies(t *testing.T) {
	for _, c := range []struct {
		what, in string
		want     reply
		used     int
		found    bool
	}{
		{"on", "aa ff 01 03 41 11 01 56", reply{1, 'A', 0x11, []byte{1}}, 8, true},
		{"off", "aa ff 01 03 41 11 00 55", reply{1, 'A', 0x11, []byte{0}}, 8, true},
		{"refused", "aa ff 01 03 4e 14 01 66", reply{1, 'N', 0x14, []byte{1}}, 8, true},
		{"status", "aa ff 01 09 41 00 01 0a 00 21 10 00 00 86", reply{1, 'A', 0, []byte{1, 10, 0, 0x21, 0x10, 0, 0}}, 14, true},
		{"behind noise", "00 aa aa 11 aa ff 01 03 41 11 01 56 aa", reply{1, 'A', 0x11, []byte{1}}, 12, true},
		{"behind a long promise", "aa ff 01 f0 41 aa ff 01 03 41 11 01 56", reply{1, 'A', 0x11, []byte{1}}, 13, true},
		{"wrong sum", "aa ff 01 03 41 11 01 57", reply{}, 8, false},
		{"not an answer", "aa ff 01 03 42 11 01 57", reply{}, 8, false},
		{"too short a length", "aa ff 01 01 41 43 00", reply{}, 7, false},
		{"our own echo", "aa 11 01 01 01 14", reply{}, 6, false},
		{"begun", "13 aa ff 01 03 41", reply{}, 1, false},
		{"only a head", "13 37 aa", reply{}, 2, false},
		{"nothing", "", reply{}, 0, false},
	} {
		got, used, found := next(unhex(t, c.in))
		if found != c.found || used != c.used || got.id != c.want.id || got.verdict != c.want.verdict ||
			got.cmd != c.want.cmd || !bytes.Equal(got.data, c.want.data) {
			t.Errorf("%s: %+v, %d used, %v; want %+v, %d, %v", c.what, got, used, found, c.want, c.used, c.found)
		}
	}
}

func TestOptions(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("a set without a line is accepted")
	}
	for id, want := range map[byte]bool{0: true, 1: true, 253: true, 254: false, 255: false} {
		if _, err := New(Options{Dial: line.TCP("127.0.0.1:1"), ID: id}); (err == nil) != want {
			t.Errorf("id %d: %v", id, err)
		}
	}
}

func TestInputNames(t *testing.T) {
	for code, want := range map[byte]string{0x21: "hdmi1", 0x22: "hdmi1", 0x24: "hdmi2", 0x14: "pc", 0x00: "code 00", 0x77: "code 77"} {
		if got := inputName(code); got != want {
			t.Errorf("%02x: %q, want %q", code, got, want)
		}
	}
}

func FuzzNext(f *testing.F) {
	f.Add([]byte{0xAA, 0xFF, 1, 3, 'A', 0x11, 1, 0x56})
	f.Add([]byte{0xAA, 0xFF, 1, 0xF0, 'A', 0xAA, 0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, used, found := next(b)
		if used < 0 || used > len(b) || found && used < replyMin {
			t.Fatalf("used %d of %d", used, len(b))
		}
		if !found {
			return
		}
		raw := b[used-5-2-len(r.data) : used]
		if raw[0] != header || raw[1] != replyTo || raw[2] != r.id || sum(raw[1:len(raw)-1]) != raw[len(raw)-1] {
			t.Fatalf("%+v is not in % x", r, raw)
		}
	})
}
