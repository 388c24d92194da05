package onbon

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"firepost/drivers/led"
)

func board(t *testing.T, o Options) Options {
	t.Helper()
	o.Dial = TCP("192.0.2.1")
	o, err := o.check()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// These frames were put together by a script of another language from the documents' tables.
func TestScenes(t *testing.T) {
	for _, c := range []struct {
		name    string
		options Options
		scene   led.Scene
		want    string
	}{
		{
			"two lines and speech", Options{Width: 128, Height: 32, Speaks: true},
			led.Scene{
				ID: "a", Lines: []string{"火警", "请勿靠近"}, Colour: "red", Speech: "发生火警",
				For: 59*time.Second + 1,
			},
			"A5A5A5A5A5A5A5A5FEFF0080000000000001FE026200A306010100FF0231000000000000800010000000023C0002F00A0508000000B7A2C9FABBF0BEAF000A010101000008070000005C4331BBF0BEAF26000000001000800010000100023C0000000A0101010000080B0000005C4331C7EBCEF0BFBFBDFC65E45A",
		},
		{
			"a long line on a 5K, without a voice", Options{Width: 100, Height: 16, Kind: BX5K, Address: 1},
			led.Scene{ID: "b", Lines: []string{"红山区消防驿站提示"}, Colour: "yellow", Speech: "发生火警"},
			"A5A5A5A5A5A5A5A501000080000000000001FE023900A306010100FF013000000000000064801000000000000000000A010103000408150000005C4333BAECC9BDC7F8CFFBB7C0E6E4D5BECCE1CABE99995A",
		},
	} {
		o := board(t, c.options)
		areas, err := o.areas(c.scene)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		payload, err := dynamic(true, areas)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		got := Frame{To: uint16(o.Address), From: Host, Mode: DynamicMode, Device: AnyDevice, Payload: payload}.Append(nil)
		if h := strings.ToUpper(hex.EncodeToString(got)); h != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, h, c.want)
		}
	}
}

func TestClearFrame(t *testing.T) {
	want, err := hex.DecodeString("A5A5A5A5A5A5A5A5FEFF0080000000000001FE020700A306010000FF0080AC5A")
	if err != nil {
		t.Fatal(err)
	}
	got := Frame{To: AnyScreen, From: Host, Mode: DynamicMode, Device: AnyDevice, Payload: clearAreas()}.Append(nil)
	if !bytes.Equal(got, want) {
		t.Errorf("% X", got)
	}
}

func TestRows(t *testing.T) {
	for _, c := range []struct {
		height int
		lines  string
		want   string
	}{
		{16, "a", "a"},
		{16, "a|b|c", "a  b  c"},
		{32, "a|b|c", "a  b|c"},
		{32, "a|b|c|d", "a  b|c  d"},
		{48, "a|b|c|d", "a  b|c|d"},
		{64, "a|b", "a|b"},
		{64, "a||b", "a||b"},
		{32, "|a||b", "a|b"},
	} {
		rows, err := board(t, Options{Width: 64, Height: c.height}).rows(strings.Split(c.lines, "|"))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(bytes.Join(rows, []byte("|"))); got != c.want {
			t.Errorf("%s in %d rows: %s, want %s", c.lines, c.height/16, got, c.want)
		}
	}
}

// All areas lie on the board, beside each other, whatever its size and the number of lines.
func TestAreasOnBoard(t *testing.T) {
	for height := 16; height <= 100; height += 7 {
		for n := 1; n < 9; n++ {
			o := board(t, Options{Width: 65, Height: height})
			areas, err := o.areas(led.Scene{Lines: slicesOf("火", n)})
			if err != nil {
				t.Fatal(err)
			}
			var below uint16
			for i, a := range areas {
				if int(a.id) != i || a.y != below || a.h < 16 || a.w != 65 {
					t.Errorf("%d lines on %d pixels: area %d is %+v", n, height, i, a)
				}
				below = a.y + a.h
			}
			if int(below) > height {
				t.Errorf("%d lines on %d pixels end at %d", n, height, below)
			}
		}
	}
}

func slicesOf(s string, n int) []string {
	return strings.Split(strings.Repeat(s+"|", n-1)+s, "|")
}

func TestWidthUnits(t *testing.T) {
	for _, c := range []struct {
		kind  Kind
		width int
		want  uint16
	}{
		{BX5K, 128, 16},
		{BX5K, 100, 0x8064},
		{BX6K, 128, 128},
		{BX6K, 100, 100},
	} {
		if got := board(t, Options{Kind: c.kind, Width: c.width, Height: 16}).width(); got != c.want {
			t.Errorf("kind %d, %d pixels: %04X, want %04X", c.kind, c.width, got, c.want)
		}
	}
}

func TestExpiry(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		run  byte
		want uint16
		ok   bool
	}{
		{0, runLoop, 0, true},
		{1, runVanish, 1, true},
		{time.Second, runVanish, 1, true},
		{90 * time.Second, runVanish, 90, true},
		{65535 * time.Second, runVanish, 65535, true},
		{65535*time.Second + 1, 0, 0, false},
		{-1, 0, 0, false},
	} {
		run, got, err := expiry(c.d)
		if run != c.run || got != c.want || (err == nil) != c.ok {
			t.Errorf("%v: mode %d, %d s, %v", c.d, run, got, err)
		}
	}
}

func TestUnshowable(t *testing.T) {
	s, err := New(Options{Dial: TCP("192.0.2.1"), Width: 64, Height: 16, Speaks: true})
	if err != nil {
		t.Fatal(err)
	}
	fine := led.Scene{ID: "fine", Lines: []string{"火警"}}
	if err := s.Check(fine); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*led.Scene){
		"no lines":       func(s *led.Scene) { s.Lines = nil },
		"empty lines":    func(s *led.Scene) { s.Lines = []string{"", ""} },
		"colour":         func(s *led.Scene) { s.Colour = "Red" },
		"character":      func(s *led.Scene) { s.Lines[0] = "喆店" },
		"escape":         func(s *led.Scene) { s.Lines[0] = `\C2` },
		"speech":         func(s *led.Scene) { s.Speech = "🔥" },
		"speech in GBK":  func(s *led.Scene) { s.Speech = "喆店" },
		"too long":       func(s *led.Scene) { s.Lines[0] = strings.Repeat("火", 500) },
		"speech so long": func(s *led.Scene) { s.Speech = strings.Repeat("火", 500) },
	} {
		scene := led.Scene{ID: "s", Lines: []string{"火警"}}
		change(&scene)
		if err := s.Check(scene); !errors.Is(err, led.ErrUnshowable) || errors.Is(err, led.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The longest scene that is sent is MaxPayload exactly.
func TestMaxPayload(t *testing.T) {
	o := board(t, Options{Width: 64, Height: 16})
	base := led.Scene{Lines: []string{"a"}}
	areas, err := o.areas(base)
	if err != nil {
		t.Fatal(err)
	}
	p, err := dynamic(true, areas)
	if err != nil {
		t.Fatal(err)
	}
	room := MaxPayload - len(p)
	for _, c := range []struct {
		more int
		ok   bool
	}{{room, true}, {room + 1, false}, {1 << 20, false}} {
		areas, err := o.areas(led.Scene{Lines: []string{strings.Repeat("a", 1+c.more)}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dynamic(true, areas); (err == nil) != c.ok {
			t.Errorf("%d more: %v", c.more, err)
		}
	}
}

func TestCharacters(t *testing.T) {
	for _, c := range []struct {
		text string
		set  charset
		want string // empty: refused
	}{
		{"A火", gb2312, "A\xbb\xf0"},
		{"─┼", gb2312, "\xa9\xa4\xa9\xe0"},
		{"ê", gb2312, "\xa8\xba"},
		{"ɑ", gb2312, ""},
		{"ɑ", gbk, "\xa8\xbb"},
		{"ḿ", gbk, ""},
		{"ǹ", gbk, ""},
		{"喆", gb2312, ""},
		{"喆", gbk, "\x86\xb4"},
		{"ⅰ", gb2312, ""},
		{"︵", gb2312, ""},
		{"︵", gbk, "\xa6\xe0"},
		{"︐", gbk, ""},
		{"€", gbk, ""},
		{"乗", gbk, "\x81\x5c"},
		{"乗C", gbk, ""},
		{"乗 C", gbk, "\x81\x5c C"},
		{"\x80", gbk, ""},
		{"a\tb", gbk, ""},
		{"\x7f", gbk, ""},
		{"\u00a0", gbk, ""},
		{"\u200b火", gbk, ""},
	} {
		got, err := encode(c.text, c.set)
		if (err == nil) != (c.want != "") || string(got) != c.want {
			t.Errorf("%q in %v: % X, %v; want % X", c.text, c.set, got, err, c.want)
		}
	}
}
