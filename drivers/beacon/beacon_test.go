package beacon_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/conntest"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spitest"

	"firepost/drivers/beacon"
)

var signs = []beacon.Sign{beacon.Fault, beacon.Normal, beacon.Test, beacon.Fire}

// rhythmOf is when a sign is lit within 8 s, whatever its colour, in steps of 50 ms.
func rhythmOf(s beacon.Sign) string {
	var b strings.Builder
	for at := time.Duration(0); at < 8*time.Second; at += 50 * time.Millisecond {
		c, keeps := beacon.At(s, at)
		if keeps <= 0 {
			return "stands still"
		}
		if c.R != 0 || c.G != 0 || c.B != 0 {
			b.WriteByte('#')
		} else {
			b.WriteByte('.')
		}
	}
	return b.String()
}

func TestSignsDifferInRhythmAlone(t *testing.T) {
	seen := map[string]beacon.Sign{}
	for _, s := range signs {
		r := rhythmOf(s)
		if other, ok := seen[r]; ok {
			t.Errorf("%v and %v have one rhythm", s, other)
		}
		seen[r] = s
		if !strings.Contains(r, "#") || !strings.Contains(r, ".") {
			t.Errorf("%v stands still: a light that stands still proves nothing", s)
		}
	}
	if r := rhythmOf(beacon.Dark); strings.Contains(r, "#") {
		t.Error("dark is lit")
	}
	if r := rhythmOf(beacon.Fire); r[:20] != "#####.....#####....." {
		t.Errorf("fire: %s", r[:20])
	}
	if r := rhythmOf(beacon.Normal); strings.Count(r, "#") != 4 {
		t.Errorf("normal winks: %s", r)
	}
	// Three flashes within any second can cause a seizure (WCAG 2.3.1).
	for _, s := range signs {
		r := rhythmOf(s)
		for at := 0; at+20 <= len(r); at++ {
			if n := strings.Count("."+r[at:at+20], ".#"); n > 3 {
				t.Errorf("%v: %d flashes in a second", s, n)
			}
		}
	}
}

func TestColours(t *testing.T) {
	for s, want := range map[beacon.Sign][3]byte{
		beacon.Fault: {255, 160, 0}, beacon.Normal: {0, 255, 0}, beacon.Test: {0, 0, 255}, beacon.Fire: {255, 0, 0},
		beacon.Sign(99): {255, 160, 0},
	} {
		for _, at := range []time.Duration{0, -time.Hour} {
			if c, _ := beacon.At(s, at); [3]byte{c.R, c.G, c.B} != want {
				t.Errorf("%v at %v: %+v", s, at, c)
			}
		}
	}
	if beacon.Fire.String() != "fire" || beacon.Sign(99).String() != "unknown" {
		t.Error("names")
	}
}

// One APA102 frame for two LEDs, from the data sheet's pages 3–4: 32 zero bits, for each LED
// 111, five bits of brightness, blue, green, red; then at least one clock per two LEDs of ones.
func TestAPA102Bytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		red := []byte{0, 0, 0, 0, 0xFF, 0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF}
		off := []byte{0, 0, 0, 0, 0xFF, 0, 0, 0, 0xFF, 0, 0, 0, 0xFF}
		port := &spitest.Playback{Playback: conntest.Playback{DontPanic: true, Ops: []conntest.IO{
			{W: red}, {W: off}, {W: red}, {W: red},
		}}}
		b, err := beacon.New(port, beacon.Options{Chip: beacon.APA102, Pixels: 2})
		if err != nil {
			t.Fatal(err)
		}
		b.Show(beacon.Fire)
		// On, off, on; then the last frame, steadily red.
		ctx, cancel := context.WithTimeout(t.Context(), 600*time.Millisecond)
		defer cancel()
		if err := b.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if err := b.Err(); err != nil {
			t.Fatal(err)
		}
		if err := port.Close(); err != nil {
			t.Error(err)
		}
	})
}

// One WS2812B LED at 2.5 MHz, four SPI bits to one of its own (data sheet pages 4–5): 0 is
// 1000, 1 is 1100 here; green, red, blue, highest bit first; three zero bytes before and after.
func TestWS2812Bytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got bytes.Buffer
		b, err := beacon.New(spitest.NewRecordRaw(&got), beacon.Options{Chip: beacon.WS2812, Pixels: 1})
		if err != nil {
			t.Fatal(err)
		}
		b.Show(beacon.Fire)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := b.Run(ctx); err != nil {
			t.Fatal(err)
		}
		frame := got.Bytes()[:18]
		for i, v := range frame {
			switch {
			case i < 3 || i >= 15:
				if v != 0 {
					t.Errorf("byte %d is %02X: the latch is zeros", i, v)
				}
			case i >= 7 && i < 11: // red: eight ones
				if v == 0x88 {
					t.Errorf("byte %d is %02X, red ought to be on", i, v)
				}
			case v != 0x88:
				t.Errorf("byte %d is %02X, green and blue ought to be off", i, v)
			}
		}
	})
}

// lamp is a port that keeps the colour of the first LED of every APA102 frame.
type lamp struct {
	mu     sync.Mutex
	frames []string
	start  time.Time
	err    error
}

func (l *lamp) String() string                    { return "lamp" }
func (l *lamp) Close() error                      { return nil }
func (l *lamp) LimitSpeed(physic.Frequency) error { return nil }
func (l *lamp) Duplex() conn.Duplex               { return conn.Half }
func (l *lamp) TxPackets([]spi.Packet) error      { return errors.New("not there") }
func (l *lamp) Connect(physic.Frequency, spi.Mode, int) (spi.Conn, error) {
	l.start = time.Now()
	return l, nil
}

func (l *lamp) Tx(w, _ []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	l.frames = append(l.frames, fmt.Sprintf("%v %X", time.Since(l.start), w[5:8]))
	return nil
}

func (l *lamp) seen() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.frames...)
}

func (l *lamp) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

func lit(t *testing.T, l *lamp) (b *beacon.Beacon, stop func()) {
	t.Helper()
	b, err := beacon.New(l, beacon.Options{Chip: beacon.APA102, Pixels: 1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	return b, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

const (
	red, yellow, green, dark = "0000FF", "00A0FF", "00FF00", "000000"
)

func TestToldNothingItShowsFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lamp{}
		_, stop := lit(t, l)
		time.Sleep(200 * time.Millisecond)
		stop()
		if got := l.seen(); got[0] != "0s "+yellow {
			t.Errorf("%q", got)
		}
	})
}

func TestStaleSignBecomesFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lamp{}
		b, stop := lit(t, l)
		defer stop()
		for range 10 {
			b.Show(beacon.Normal)
			time.Sleep(5 * time.Second)
		}
		for _, f := range l.seen() {
			if strings.Contains(f, yellow) && !strings.HasPrefix(f, "0s") {
				t.Fatalf("renewed, and yet: %s", f)
			}
		}
		time.Sleep(6 * time.Second)
		synctest.Wait()
		got := l.seen()
		at := -1
		for i, f := range got {
			if strings.HasSuffix(f, yellow) && !strings.HasPrefix(f, "0s") {
				at = i
				break
			}
		}
		if at < 0 || got[at] != "55s "+yellow {
			t.Errorf("ten seconds after the last renewal: %q", got[max(0, len(got)-8):])
		}
	})
}

func TestFireStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lamp{}
		b, stop := lit(t, l)
		b.Show(beacon.Normal)
		time.Sleep(time.Second)
		b.Show(beacon.Fire)
		time.Sleep(time.Hour)
		stop()
		got := l.seen()
		if last := got[len(got)-1]; !strings.HasSuffix(last, red) {
			t.Errorf("after the end, during a fire: %s", last)
		}
		if n := len(got); n < 4*3600 {
			t.Errorf("%d frames in an hour", n)
		}
		if before := got[len(got)-2]; !strings.HasSuffix(before, red) && !strings.HasSuffix(before, dark) {
			t.Errorf("an hour later: %s", before)
		}
	})
}

func TestEndIsDark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lamp{}
		b, stop := lit(t, l)
		b.Show(beacon.Normal)
		time.Sleep(4050 * time.Millisecond)
		stop()
		got := l.seen()
		if got[len(got)-2] != "4s "+green || !strings.HasSuffix(got[len(got)-1], dark) {
			t.Errorf("%q", got)
		}
		// Everything is sent at least once a second.
		for i, want := range []string{"1.1s", "2.1s", "3.1s"} {
			if !strings.HasPrefix(got[len(got)-5+i], want) {
				t.Errorf("%q: nothing at %s", got, want)
			}
		}
	})
}

func TestFailedFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lamp{}
		b, stop := lit(t, l)
		defer stop()
		own := errors.New("no port")
		l.fail(own)
		b.Show(beacon.Fire)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if err := b.Err(); !errors.Is(err, own) {
			t.Error(err)
		}
		l.fail(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		if err := b.Err(); err != nil {
			t.Error(err)
		}
	})
}

func TestIntensity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var full, half bytes.Buffer
		for w, intensity := range map[*bytes.Buffer]uint8{&full: 0, &half: 128} {
			b, err := beacon.New(spitest.NewRecordRaw(w), beacon.Options{Chip: beacon.WS2812, Pixels: 1, Intensity: intensity})
			if err != nil {
				t.Fatal(err)
			}
			b.Show(beacon.Fire)
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			_ = b.Run(ctx)
			cancel()
		}
		if bytes.Equal(full.Bytes(), half.Bytes()) {
			t.Error("half is as bright as full")
		}
	})
}

func TestOptions(t *testing.T) {
	for _, o := range []beacon.Options{
		{Chip: beacon.APA102}, {Chip: beacon.APA102, Pixels: 301}, {Chip: beacon.APA102, Pixels: -1}, {Chip: "neon", Pixels: 1}, {Pixels: 1},
		{Chip: beacon.APA102, Pixels: 1, Stale: -1},
	} {
		if _, err := beacon.New(spitest.NewRecordRaw(io.Discard), o); !errors.Is(err, beacon.ErrOptions) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	used := spitest.NewRecordRaw(io.Discard)
	used.Initialized = true
	for _, chip := range []beacon.Chip{beacon.APA102, beacon.WS2812} {
		if _, err := beacon.New(used, beacon.Options{Chip: chip, Pixels: 1}); !errors.Is(err, beacon.ErrPort) {
			t.Errorf("%s on a port in use: %v", chip, err)
		}
	}
	for _, name := range []string{"", "/dev/no-such-spi"} {
		if _, err := beacon.Open(name); !errors.Is(err, beacon.ErrPort) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
