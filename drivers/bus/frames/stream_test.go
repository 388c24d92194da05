package frames

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"firepost/firmware-contracts/contract"
)

// collect feeds the pieces and returns the frames as text, and after which piece each came.
func collect(t *testing.T, s *Stream, pieces ...[]byte) (frames [][]byte, after []int) {
	t.Helper()
	for i, p := range pieces {
		s.Feed(p, func(f Found) {
			frames, after = append(frames, bytes.Clone(f.Frame)), append(after, i)
		})
	}
	return frames, after
}

func newStream(t testing.TB, models ...*contract.Contract) *Stream {
	t.Helper()
	s, err := NewStream(models...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func wantFrames(t *testing.T, got [][]byte, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d frames, want %d: % X", len(got), len(want), got)
	}
	for i := range want {
		if !bytes.Equal(got[i], raw(t, want[i])) {
			t.Errorf("frame %d is % X, want %s", i, got[i], want[i])
		}
	}
}

// A frame is there with its last byte, not with the next frame's first.
func TestALoneFrameIsFoundAtOnce(t *testing.T) {
	for _, text := range []string{gaugeHigh, gaugeNormal, smokeOn} {
		s, frame := newStream(t, gauge(t), smoke(t)), raw(t, text)
		frames, after := collect(t, s, slices.Collect(slices.Chunk(frame, 1))...)
		wantFrames(t, frames, text)
		if after[0] != len(frame)-1 {
			t.Errorf("found after byte %d of %d", after[0], len(frame)-1)
		}
		if want := (StreamStats{Bytes: uint64(len(frame)), Frames: 1}); s.Stats() != want || s.Pending() != 0 {
			t.Errorf("%+v, %d pending", s.Stats(), s.Pending())
		}
	}
}

func TestGarbageBetweenFrames(t *testing.T) {
	s := newStream(t, gauge(t), smoke(t))
	noise := raw(t, "00FF5A5A A55A 55 AA 5500 A5A5")
	pieces := [][]byte{noise, raw(t, gaugeHigh), noise, noise, raw(t, smokeOn), raw(t, smokeOff), noise, raw(t, gaugeNormal)}
	frames, after := collect(t, s, pieces...)
	wantFrames(t, frames, gaugeHigh, smokeOn, smokeOff, gaugeNormal)
	if !slices.Equal(after, []int{1, 4, 5, 7}) {
		t.Errorf("found after pieces %v", after)
	}
	if got := s.Stats(); got.Garbage != 4*uint64(len(noise)) || got.BadCheck != 0 {
		t.Errorf("%+v", got)
	}
}

// A beginning that is none promises 80 bytes; a true frame follows, and then nothing.
func TestAFalseStartHoldsUpUntilSilenceOnly(t *testing.T) {
	beginning := raw(t, falseStart)
	s := newStream(t, gauge(t))
	frames, _ := collect(t, s, beginning, raw(t, gaugeNormal))
	wantFrames(t, frames)
	s.Silence(func(f Found) { frames = append(frames, bytes.Clone(f.Frame)) })
	wantFrames(t, frames, gaugeNormal)
	if s.Pending() != 0 || s.Stats().Garbage != 24 {
		t.Errorf("%d pending, %+v", s.Pending(), s.Stats())
	}
	// When the line goes on, its bytes settle it: no silence is needed.
	s = newStream(t, gauge(t))
	frames, after := collect(t, s, beginning, raw(t, gaugeNormal), raw(t, gaugeNormal))
	wantFrames(t, frames, gaugeNormal, gaugeNormal)
	if !slices.Equal(after, []int{2, 2}) {
		t.Errorf("found after pieces %v", after)
	}
}

// The start also occurs within a frame's data: the frame is taken whole, its inside never.
func TestAStartInsideData(t *testing.T) {
	c := shortModel(t)
	s := newStream(t, c)
	// The inner AA 03 01 00 AE would be a frame of five bytes; the sum of all before 0E is 020E.
	frame := raw(t, "AA 07 01 AA 03 01 00 AE 0E")
	var found [][]byte
	s.Feed(frame, func(f Found) { found = append(found, bytes.Clone(f.Frame)) })
	if len(found) != 1 || !bytes.Equal(found[0], frame) {
		t.Fatalf("found % X", found)
	}
	// With a wrong check the outer one is none, and the inner one stands by itself.
	frame[8]++
	found = nil
	s.Feed(frame, func(f Found) { found = append(found, bytes.Clone(f.Frame)) })
	if len(found) != 1 || !bytes.Equal(found[0], frame[3:8]) || s.Stats().BadCheck != 1 {
		t.Errorf("found % X, %+v", found, s.Stats())
	}
}

// No single wrong bit passes, and the frame after it is found all the same.
func TestAWrongCheckIsNeverTaken(t *testing.T) {
	g, k := gauge(t), smoke(t)
	for _, text := range []string{gaugeNormal, smokeOn} {
		frame := raw(t, text)
		for i := range 8 * len(frame) {
			s := newStream(t, g, k)
			bad := bytes.Clone(frame)
			bad[i/8] ^= 1 << (i % 8)
			frames, _ := collect(t, s, bad, frame)
			s.Silence(func(f Found) { frames = append(frames, bytes.Clone(f.Frame)) })
			wantFrames(t, frames, text)
			if got := s.Stats(); got.Garbage != uint64(len(frame)) {
				t.Fatalf("bit %d: %+v", i, got)
			}
		}
	}
	s := newStream(t, gauge(t))
	bad := raw(t, gaugeHigh)
	bad[30] ^= 1
	if frames, _ := collect(t, s, bad); len(frames) != 0 || s.Stats().BadCheck != 1 {
		t.Errorf("%d frames, %+v", len(frames), s.Stats())
	}
}

// What is seen to be wrong before a frame is complete is not waited for either.
func TestAWrongMatchIsSeenAtOnce(t *testing.T) {
	s := newStream(t, gauge(t))
	beginning := raw(t, falseStart)
	beginning[23] = 0x02 // another type of device
	frames, after := collect(t, s, append(beginning, raw(t, gaugeNormal)...))
	wantFrames(t, frames, gaugeNormal)
	if after[0] != 0 || s.Stats().BadCheck != 0 {
		t.Errorf("found after piece %d, %+v", after[0], s.Stats())
	}
}

// A length that can't be believed is no reason to wait.
func TestImpossibleLengths(t *testing.T) {
	for _, length := range []string{"0000", "0026", "04D8", "FFFF"} {
		s := newStream(t, gauge(t))
		frames, after := collect(t, s, raw(t, "A55A00"+length), raw(t, gaugeNormal))
		wantFrames(t, frames, gaugeNormal)
		if after[0] != 1 {
			t.Errorf("length %s: found after piece %d", length, after[0])
		}
	}
}

// Two models may recognise the same bytes; which device they are from is for the id to say.
func TestSeveralModelsRecogniseOneFrame(t *testing.T) {
	twin := *smoke(t)
	twin.Name = "twin"
	s := newStream(t, gauge(t), smoke(t), &twin)
	var models []int
	s.Feed(raw(t, smokeLow), func(f Found) { models = slices.Clone(f.Models) })
	if !slices.Equal(models, []int{1, 2}) {
		t.Errorf("recognised by %v", models)
	}
}

// A line that sends nothing but beginnings costs no memory and hides nothing for ever.
func TestMemoryIsBounded(t *testing.T) {
	s := newStream(t, gauge(t), smoke(t))
	size := cap(s.buf)
	longest := raw(t, "A55A0004D7")
	frames := 0
	feed := func() {
		s.Feed(longest, func(Found) { frames++ })
	}
	if n := testing.AllocsPerRun(2000, feed); n != 0 {
		t.Errorf("%v pieces of memory for five bytes", n)
	}
	if cap(s.buf) != size || s.Pending() > size || frames != 0 {
		t.Errorf("%d bytes of room, %d before; %d frames", cap(s.buf), size, frames)
	}
	s.Feed(raw(t, gaugeHigh), func(Found) { frames++ })
	s.Silence(func(Found) { frames++ })
	if frames != 1 {
		t.Errorf("%d frames after all that", frames)
	}
	if n := testing.AllocsPerRun(100, func() { s.Feed(longest[:0], nil) }); n != 0 {
		t.Error("nothing takes memory")
	}
}

func TestAFrameTakesNoMemory(t *testing.T) {
	s, frame, frames := newStream(t, gauge(t), smoke(t)), raw(t, smokeOn), 0
	if n := testing.AllocsPerRun(200, func() { s.Feed(frame, func(Found) { frames++ }) }); n != 0 || frames != 201 {
		t.Errorf("%v pieces of memory per frame, %d frames", n, frames)
	}
}

func TestStreamsNeedModels(t *testing.T) {
	for _, models := range [][]*contract.Contract{nil, {nil}, {smoke(t), model(t, "smoke-generic@1")}} {
		if s, err := NewStream(models...); !errors.Is(err, ErrConfig) || s != nil {
			t.Errorf("%v: %v", models, err)
		}
	}
}
