package camera

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"strconv"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
)

// noonStamp is a trusted moment n minutes after noon in Beijing.
func noonStamp(n int) message.Stamp {
	d := time.Duration(n) * time.Minute
	return message.Stamp{Boot: "b1", Mono: time.Hour + d, Wall: time.Date(2026, 12, 1, 4, 0, 0, 0, time.UTC).Add(d), Trusted: true}
}

func nightStamp(n int) message.Stamp {
	s := noonStamp(n)
	s.Wall = s.Wall.Add(12 * time.Hour)
	return s
}

// watch takes a still from graph every five minutes for an hour and returns what is known then.
func watch(t *testing.T, graph string, at func(int) message.Stamp, except ...Area) Health {
	t.Helper()
	var h Health
	for i := range 5 {
		s := testSettings(KindLavfi, strings.ReplaceAll(graph, "%d", strconv.Itoa(i+1)))
		s.Masks = except
		sample, err := Measure(shoot(t, s).JPEG, at(5*i), except...)
		if err != nil {
			t.Fatal(err)
		}
		h = Check(h, sample, DefaultLimits())
	}
	return h
}

func causes(h Health) string {
	var out string
	for _, f := range h.Faults() {
		out += f.Cause + " "
	}
	return out
}

func TestSyntheticScenes(t *testing.T) {
	mask := []Area{{100, 100, 200, 300}}
	for _, c := range []struct {
		name, graph string
		at          func(int) message.Stamp
		masks       []Area
		want        string
	}{
		// A seed of its own for each still: no sensor gives the same noise twice.
		{"scene with noise", "testsrc=size=640x480:rate=5,noise=alls=10:allf=t:all_seed=%d", noonStamp, nil, ""},
		{"still scene without noise", "testsrc=size=640x480:rate=5", noonStamp, nil, "camera_frozen "},
		{"lens cap by day", "color=black:size=640x480:rate=5,noise=alls=6:allf=t:all_seed=%d", noonStamp, nil, "camera_covered camera_dark "},
		{"cloth by day", "color=gray:size=640x480:rate=5,noise=alls=12:allf=t:all_seed=%d", noonStamp, nil, "camera_covered "},
		{"cloth behind a mask", "color=gray:size=640x480:rate=5,noise=alls=12:allf=t:all_seed=%d", noonStamp, mask, "camera_covered "},
		{"black and frozen", "color=black:size=640x480:rate=5", noonStamp, nil, "camera_covered camera_dark camera_frozen "},
		{"dim scene by day", "testsrc=size=640x480:rate=5,eq=brightness=-0.5,noise=alls=6:allf=t:all_seed=%d", noonStamp, nil, "camera_dark "},
		{"dim scene by night", "testsrc=size=640x480:rate=5,eq=brightness=-0.5,noise=alls=6:allf=t:all_seed=%d", nightStamp, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := watch(t, c.graph, c.at, c.masks...)
			if got := causes(h); got != c.want {
				t.Errorf("%q, want %q (mean %.1f, detail %.1f)", got, c.want, h.Last.Mean, h.Last.Detail)
			}
			if h.Good() != (c.want == "") {
				t.Errorf("good is %v", h.Good())
			}
		})
	}
}

// sample is one picture in numbers.
func sample(at message.Stamp, mean, detail float64, print byte) Sample {
	return Sample{Stamp: at, Mean: mean, Detail: detail, Print: [32]byte{print}}
}

func TestNothingKnownIsNotGood(t *testing.T) {
	var h Health
	if h.Good() || len(h.Faults()) != 0 {
		t.Fatalf("zero value: good %v, faults %v", h.Good(), h.Faults())
	}
	h = Check(h, sample(noonStamp(0), 100, 50, 1), DefaultLimits())
	if h.Frozen.State != StateUnknown || h.Good() {
		t.Fatalf("one picture can't tell whether the camera is frozen: %+v", h.Frozen)
	}
	if h = Check(h, sample(noonStamp(5), 100, 50, 2), DefaultLimits()); !h.Good() {
		t.Fatalf("two different pictures: %+v", h)
	}
}

func TestHysteresis(t *testing.T) {
	l := DefaultLimits()
	var h Health
	at, n := 0, byte(0)
	look := func(detail float64) State {
		at, n = at+1, n+1
		h = Check(h, sample(noonStamp(at), 100, detail, n), l)
		return h.Covered.State
	}
	for i, c := range []struct {
		detail float64
		want   State
	}{
		{50, StateGood}, {1, StateGood}, {1, StateGood}, {50, StateGood}, {1, StateGood}, {1, StateGood}, {1, StateFault},
		{50, StateFault}, {1, StateFault}, {50, StateFault}, {50, StateGood},
	} {
		if got := look(c.detail); got != c.want {
			t.Fatalf("step %d: %q, want %q", i, got, c.want)
		}
	}
}

func TestBurstIsOneJudgement(t *testing.T) {
	var h Health
	for i := range 20 {
		at := noonStamp(0)
		at.Mono += time.Duration(i) * time.Second
		h = Check(h, sample(at, 100, 0, byte(i)), DefaultLimits())
		h = Miss(h, at, DefaultLimits())
	}
	if h.Covered.Bad != 1 || h.Away.State == StateFault {
		t.Fatalf("20 pictures within 20 s: %+v", h)
	}
}

func TestUntrustedClockJudgesOnlyWhatHoldsAtEveryHour(t *testing.T) {
	l := DefaultLimits()
	for _, c := range []struct {
		mean float64
		want State
	}{{100, StateGood}, {20, StateUnknown}, {1, StateFault}} {
		h := Check(Health{}, sample(noonStamp(0), 100, 50, 0), l)
		for i := 1; i < 5; i++ {
			at := message.Stamp{Boot: "b1", Mono: noonStamp(i).Mono, Wall: time.Unix(0, 0)}
			h = Check(h, sample(at, c.mean, 50, byte(i)), l)
		}
		if h.Dark.State != c.want {
			t.Errorf("mean %.0f in 1970: %q, want %q", c.mean, h.Dark.State, c.want)
		}
	}
}

func TestFrozenNeedsTimeAndOneBoot(t *testing.T) {
	l := DefaultLimits()
	h := Check(Health{}, sample(noonStamp(0), 100, 50, 1), l)
	for i := 1; i < 10; i++ {
		if h = Check(h, sample(noonStamp(i), 100, 50, 1), l); h.Frozen.State == StateFault {
			t.Fatalf("frozen after %d minutes, want 10", i)
		}
	}
	if h = Check(h, sample(noonStamp(10), 100, 50, 1), l); h.Frozen.State != StateFault {
		t.Fatalf("not frozen after 10 minutes: %+v", h.Frozen)
	}
	// Another boot, whose monotonic clock is younger: the fault stays, the time starts again.
	at := message.Stamp{Boot: "b2", Mono: time.Minute}
	if h = Check(h, sample(at, 100, 50, 1), l); h.Frozen.State != StateFault {
		t.Fatalf("a restart healed the camera: %+v", h.Frozen)
	}
	for i := range 2 {
		at.Mono += time.Minute
		h = Check(h, sample(at, 100, 50, byte(2+i)), l)
	}
	if h.Frozen.State != StateGood {
		t.Fatalf("two different pictures: %+v", h.Frozen)
	}
}

func TestFrozenSwitchedOffIsUnknown(t *testing.T) {
	l := DefaultLimits()
	l.FrozenFor = 0
	var h Health
	for i := range 5 {
		h = Check(h, sample(noonStamp(i), 100, 50, byte(i)), l)
	}
	if h.Frozen.State != StateUnknown || h.Good() {
		t.Fatalf("%+v", h.Frozen)
	}
}

func TestAwayMakesTheRestUnknown(t *testing.T) {
	l := DefaultLimits()
	var h Health
	for i := range 3 {
		h = Check(h, sample(noonStamp(i), 100, 50, byte(i)), l)
	}
	if !h.Good() {
		t.Fatalf("%+v", h)
	}
	for i := 3; i < 6; i++ {
		h = Miss(h, noonStamp(i), l)
		if h.Covered.State == StateGood || h.Dark.State == StateGood || h.Frozen.State == StateGood {
			t.Fatalf("without a picture something is still good: %+v", h)
		}
	}
	if causes(h) != "camera_away " {
		t.Fatalf("%q", causes(h))
	}
	for i := 6; i < 8; i++ {
		h = Check(h, sample(noonStamp(i), 100, 50, byte(i)), l)
	}
	if !h.Good() {
		t.Fatalf("the camera is back: %+v", h)
	}
}

func TestRestKeepsFaults(t *testing.T) {
	l := DefaultLimits()
	var h Health
	for i := range 3 {
		h = Check(h, sample(noonStamp(i), 100, 0, byte(i)), l)
	}
	h = Rest(h, l)
	if causes(h) != "camera_covered " || h.Away.State != StateUnknown || h.Dark.State != StateUnknown {
		t.Fatalf("%+v", h)
	}
}

// encode makes a JPEG without ffmpeg.
func encode(t *testing.T, width, height int, at func(x, y int) uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetGray(x, y, color.Gray{Y: at(x, y)})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestMeasure(t *testing.T) {
	half := encode(t, 640, 480, func(x, _ int) uint8 {
		if x < 320 {
			return 0
		}
		return 200
	})
	s, err := Measure(half, noonStamp(0))
	if err != nil || s.Mean < 98 || s.Mean > 102 {
		t.Fatalf("mean %.1f, %v; want 100", s.Mean, err)
	}
	// Without the black half only white is left, and no edge.
	s, err = Measure(half, noonStamp(0), Area{0, 0, 500, 1000})
	if err != nil || s.Mean < 198 || s.Detail > 1 {
		t.Fatalf("mean %.1f, detail %.1f, %v; want 200 and 0", s.Mean, s.Detail, err)
	}
	if _, err := Measure(half, noonStamp(0), Area{0, 0, 1000, 1000}); !errors.Is(err, ErrSettings) {
		t.Fatalf("everything excluded: %v, want %v", err, ErrSettings)
	}
	checks := encode(t, 640, 480, func(x, y int) uint8 { return uint8((x/16 + y/16) % 2 * 255) })
	if s, err = Measure(checks, noonStamp(0)); err != nil || s.Detail < 100 {
		t.Fatalf("detail %.1f, %v; want 127", s.Detail, err)
	}
}

func TestMeasureRefusesWhatIsNoPicture(t *testing.T) {
	good := encode(t, 64, 64, func(int, int) uint8 { return 9 })
	huge := bytes.Clone(good)
	// The height and width within SOF0 (T.81, B.2.2).
	i := bytes.Index(huge, []byte{0xff, 0xc0})
	copy(huge[i+5:], []byte{0xff, 0xff, 0xff, 0xff})
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing": {nil, ErrNotImage}, "text": {[]byte("hello"), ErrNotImage},
		"cut": {good[:len(good)-20], ErrNotImage}, "huge": {huge, ErrTooLarge},
	} {
		if _, err := Measure(c.data, noonStamp(0)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	tiny := encode(t, 3, 3, func(int, int) uint8 { return 9 })
	if _, err := Measure(tiny, noonStamp(0)); !errors.Is(err, ErrSettings) {
		t.Errorf("tiny: %v", err)
	}
}

func FuzzMeasureNeverPanics(f *testing.F) {
	f.Add([]byte{0xff, 0xd8, 0xff, 0xd9})
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _ = Measure(data, message.Stamp{}, Area{10, 10, 10, 10})
	})
}
