package huidu

import (
	"bytes"
	"encoding/hex"
	"errors"
	"image"
	"image/png"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestGoldenFrames compares with bytes that two independent implementations send (repositories
// KryQ/node-huidu-sdk and alparslanahmed/huidu-led).
func TestGoldenFrames(t *testing.T) {
	version := unhex(t, "05 00 00 01")
	for name, c := range map[string]struct {
		got  []byte
		want string
	}{
		"heartbeat": {frame(nil, cmdHeartbeatAsk), "04 00 5f 00"},
		"version":   {frame(nil, cmdVersionAsk, version), "08 00 01 20 05 00 00 01"},
		"file end":  {frame(nil, cmdFileEnd), "04 00 05 80"},
		"content":   {frame(nil, cmdFileContent, []byte("abc")), "07 00 03 80 61 62 63"},
		// Offsets as in both: MD5 at 4 to 35, 0 at 36, size at 37, type at 45, name at 47.
		"file start": {frame(nil, cmdFileStart, fileStart("a.png", "d41d8cd98f00b204e9800998ecf8427e", 0x01020304)),
			"35 00 01 80" + hex.EncodeToString([]byte("d41d8cd98f00b204e9800998ecf8427e")) + "00" + "0403020100000000" + "0000" + "612e706e6700"},
		// 12 bytes of head, then the text; its length at 4, its offset at 8.
		"request": {askFrames("<sdk/>"), "12 00 03 20 06 00 00 00 00 00 00 00" + hex.EncodeToString([]byte("<sdk/>"))},
	} {
		if !bytes.Equal(c.got, unhex(t, c.want)) {
			t.Errorf("%s: % x, want %s", name, c.got, c.want)
		}
	}
	if protocolVersion != 0x1000005 {
		t.Errorf("version %#x", protocolVersion)
	}
}

// TestPieces: a long request goes in pieces of 8000 bytes, and comes together again.
func TestPieces(t *testing.T) {
	text := strings.Repeat("x", 2*maxChunk+1)
	frames := askFrames(text)
	var a assembly
	for i := 0; len(frames) > 0; i++ {
		n := int(frames[0]) | int(frames[1])<<8
		whole, err := a.add(frames[4:n])
		if err != nil || whole != (i == 2) {
			t.Fatalf("piece %d: %v, %v", i, whole, err)
		}
		frames = frames[n:]
	}
	if string(a.xml) != text {
		t.Error("what came together is something else")
	}
}

func TestAssemblyRefuses(t *testing.T) {
	for name, pieces := range map[string][]string{
		"no head":          {"01 00 00"},
		"begins late":      {"0a000000 01000000 61"},
		"too much":         {"01000000 00000000 6161"},
		"changed its mind": {"04000000 00000000 6161", "05000000 02000000 61"},
		"a gap":            {"04000000 00000000 61", "04000000 02000000 61"},
		"too long":         {"ffffffff 00000000 61"},
	} {
		var a assembly
		var err error
		for _, p := range pieces {
			_, err = a.add(unhex(t, p))
		}
		if !errors.Is(err, errFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var a assembly
	_, _ = a.add(unhex(t, "04000000 00000000 61"))
	if whole, err := a.add(unhex(t, "02000000 00000000 6262")); !whole || err != nil || string(a.xml) != "bb" {
		t.Errorf("an answer after one that broke off: %v, %v, %q", whole, err, a.xml)
	}
}

func TestNextFrame(t *testing.T) {
	for name, in := range map[string]string{
		"length 3": "03 00 5f 00", "length 0": "00 00 5f 00", "too long": "ff ff 04 20", "a request": "08 00 01 20",
		"unknown": "04 00 77 77", "the other protocol": "48 54 00 00",
	} {
		if _, _, _, err := nextFrame(unhex(t, in)); !errors.Is(err, errFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if cmd, body, n, err := nextFrame(unhex(t, "06 00 00 20 09 00 04")); err != nil || cmd != cmdError || n != 6 || !bytes.Equal(body, []byte{9, 0}) {
		t.Error(cmd, body, n, err)
	}
	for _, in := range []string{"", "06", "06 00 00", "06 00 00 20 09"} {
		if _, _, n, err := nextFrame(unhex(t, in)); n != 0 || err != nil {
			t.Errorf("%q: %d, %v", in, n, err)
		}
	}
}

func TestCodes(t *testing.T) {
	if codeText(9) != "no room left on the card" || codeText(0) != "error 0" || codeText(999) != "error 999" {
		t.Error(codeText(9), codeText(0), codeText(999))
	}
	if _, err := code([]byte{1}); err == nil {
		t.Error("half a code is accepted")
	}
}

func TestNames(t *testing.T) {
	sh, err := pack("fire-1", image.NewGray(image.Rect(0, 0, 4, 2)), image.Pt(4, 2))
	if err != nil {
		t.Fatal(err)
	}
	if id, ours := idOf(sh.guid); !ours || id != "fire-1" {
		t.Errorf("%q is %q, %v", sh.guid, id, ours)
	}
	if _, err := png.Decode(bytes.NewReader(sh.png)); err != nil {
		t.Error(err)
	}
	again, err := pack("fire-1", image.NewGray(image.Rect(0, 0, 4, 2)), image.Pt(4, 2))
	if err != nil || again.guid != sh.guid {
		t.Errorf("the same picture is %s and %s, %v", sh.guid, again.guid, err)
	}
	for _, guid := range []string{"", "firepost-", "firepost-x", "firepost--0123456789ab", "firepost-x-0123456789a", "firepost-x-0123456789ag", "advert-x-0123456789ab", "firepost-X-0123456789ab"} {
		if id, ours := idOf(guid); ours {
			t.Errorf("%q is taken for our %q", guid, id)
		}
	}
}

// TestGoldenScreen holds the screen to what both implementations send, word by word: elements
// and attributes are theirs, the values ours.
func TestGoldenScreen(t *testing.T) {
	const base, fire = "firepost-base-000000000000", "firepost-fire-111111111111"
	var b strings.Builder
	screen(1694718748428, image.Pt(128, 64), []string{base, fire}, map[string]bool{base: true}).write(&b)
	programme := func(id, guid, control string) string {
		return `<program type="normal" id="` + id + `" guid="` + guid + `" name="` + guid + `">` + control +
			`<area guid="` + guid + `-a" name="" alpha="255"><rectangle x="0" y="0" width="128" height="64"/><resources>` +
			`<image guid="` + guid + `-i" name="" fit="stretch"><effect in="0" inSpeed="0" out="0" outSpeed="0" duration="6000"/>` +
			`<file name="` + guid + `.png"/></image></resources></area></program>`
	}
	want := `<screen timeStamps="1694718748428">` +
		programme("0", base, `<playControl count="999" disabled="false"/>`) +
		programme("1", fire, `<playControl count="999" disabled="false"><date start="1991-02-03" end="1991-02-03"/></playControl>`) + `</screen>`
	if b.String() != want {
		t.Errorf("\n%s, want\n%s", b.String(), want)
	}
}

func FuzzNextFrame(f *testing.F) {
	f.Add([]byte{4, 0, 0x5F, 0})
	f.Add([]byte{6, 0, 0, 0x20, 9, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, body, n, err := nextFrame(b)
		if err != nil && n != 0 || n > len(b) || n > 0 && len(body) != n-headLen {
			t.Fatalf("%d bytes, body %d, %v", n, len(body), err)
		}
		var a assembly
		for len(b) > 0 {
			k := min(len(b), 11)
			if whole, err := a.add(b[:k]); whole && (err != nil || len(a.xml) > maxXML) {
				t.Fatal(err)
			}
			b = b[k:]
		}
	})
}
