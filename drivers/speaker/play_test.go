package speaker

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const patience = 2 * time.Minute

func TestPlayIsOneStreamWithoutAGap(t *testing.T) {
	e := listen(t)
	a, first := recording(t, "a.wav", 16000, 9000, 1000)
	b, second := recording(t, "b.wav", 16000, 12345, -2000)
	s, _ := pretender(t, e.device("record"), patience)
	done := make(chan error, 1)
	go func() { done <- s.Play(t.Context(), []string{a, b}) }()
	h := e.next()
	if want := "-q -N -D " + e.device("record") + " -t raw -f S16_LE -r 16000 -c 1"; h.args != want {
		t.Errorf("aplay was asked %q, want %q", h.args, want)
	}
	h.expect(append(first, second...))
	h.over()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if st := s.Status(); st.Sounding || st.Err != nil {
		t.Errorf("after the end: %+v", st)
	}
}

func TestAnotherFormatIsAnotherStream(t *testing.T) {
	e := listen(t)
	a, first := recording(t, "a.wav", 16000, 5000, 1000)
	b, second := recording(t, "b.wav", 48000, 6000, -2000)
	s, _ := pretender(t, e.device("record"), patience)
	done := make(chan error, 1)
	go func() { done <- s.Play(t.Context(), []string{a, b}) }()
	h := e.next()
	h.expect(first)
	h.over()
	h = e.next()
	if !strings.Contains(h.args, "-r 48000") {
		t.Errorf("second stream: %q", h.args)
	}
	h.expect(second)
	h.over()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestLevelRepeatsChangesAndFallsSilent(t *testing.T) {
	e := listen(t)
	tone, first := recording(t, "tone.wav", 16000, 9001, 1000)
	words, second := recording(t, "words.wav", 16000, 7003, -2000)
	s, reports := pretender(t, e.device("record"), patience)
	stop := run(t, s)
	s.Set([]string{tone, words})
	h := e.next()
	once := append(bytes.Clone(first), second...)
	h.expect(bytes.Repeat(once, 5))
	// The same again: the stream goes on as if nothing had been said.
	s.Set([]string{tone, words})
	h.expect(bytes.Repeat(once, 5))
	if st := s.Status(); !st.Sounding || st.Err != nil || len(st.Want) != 2 {
		t.Errorf("while it sounds: %+v", st)
	}
	s.Set([]string{words})
	h.over()
	h = e.next()
	h.expect(bytes.Repeat(second, 5))
	s.Set(nil)
	h.over()
	s.Set([]string{tone})
	h = e.next()
	h.expect(first)
	stop()
	h.over()
	if st := s.Status(); st.Sounding || st.Failures != 0 {
		t.Errorf("after the end: %+v", st)
	}
	if len(reports) > 0 {
		t.Errorf("reported %v without a trouble", <-reports)
	}
}

func TestHungPlayerIsKilledAndTriedAgain(t *testing.T) {
	e := listen(t)
	tone, _ := recording(t, "tone.wav", 16000, 90000, 1000)
	s, reports := pretender(t, e.device("hang"), 20*time.Millisecond)
	run(t, s)
	s.Set([]string{tone})
	for range 3 {
		// over returns only once the kernel has closed what the killed one held.
		e.next().over()
	}
	if err := <-reports; !errors.Is(err, ErrHung) {
		t.Fatalf("reported %v, want %v", err, ErrHung)
	}
	s.Set(nil)
	if len(reports) > 0 {
		t.Errorf("reported again: %v", <-reports)
	}
}

func TestPlayEndsAHungPlayer(t *testing.T) {
	for _, what := range []string{"hang", "linger"} {
		e := listen(t)
		tone, _ := recording(t, "tone.wav", 48000, 100, 1000)
		s, _ := pretender(t, e.device(what), 20*time.Millisecond)
		done := make(chan error, 1)
		go func() { done <- s.Play(t.Context(), []string{tone}) }()
		e.next().over()
		if err := <-done; !errors.Is(err, ErrHung) {
			t.Errorf("%s: %v, want %v", what, err, ErrHung)
		}
	}
}

func TestMissingDeviceIsReportedOnceAndFoundAgain(t *testing.T) {
	e := listen(t)
	script := filepath.Join(t.TempDir(), "device")
	write(t, script, []byte("missing"))
	tone, samples := recording(t, "tone.wav", 16000, 30000, 1000)
	s, reports := pretender(t, "as@"+script, patience)
	run(t, s)
	s.Set([]string{tone})
	if err := <-reports; !errors.Is(err, ErrNoDevice) {
		t.Fatalf("reported %v, want %v", err, ErrNoDevice)
	}
	for s.Status().Failures < 4 {
		// Each failure starts a process: yield to them.
		<-time.After(time.Millisecond)
	}
	if len(reports) > 0 {
		t.Fatalf("reported again: %v", <-reports)
	}
	if st := s.Status(); st.Sounding || !errors.Is(st.Err, ErrNoDevice) {
		t.Errorf("without a device: %+v", st)
	}
	write(t, script+".new", []byte(e.device("record")))
	if err := os.Rename(script+".new", script); err != nil {
		t.Fatal(err)
	}
	h := e.next()
	h.expect(bytes.Repeat(samples, 3))
	if err := <-reports; err != nil {
		t.Fatalf("reported %v, want that it is well", err)
	}
	if st := s.Status(); st.Err != nil {
		t.Errorf("with a device: %+v", st)
	}
}

func TestUnpluggedWhileItSounds(t *testing.T) {
	e := listen(t)
	tone, _ := recording(t, "tone.wav", 16000, 9000, 1000)
	s, reports := pretender(t, e.device("unplugged"), patience)
	run(t, s)
	s.Set([]string{tone})
	e.next().over()
	if err := <-reports; !errors.Is(err, ErrNoDevice) {
		t.Fatalf("reported %v, want %v", err, ErrNoDevice)
	}
	e.next().over()
}

func TestPlayerThatEndsEarlyOrIsNotThere(t *testing.T) {
	tone, _ := recording(t, "tone.wav", 16000, 90000, 1000)
	for device, want := range map[string]error{"early": ErrFailed, "busy": ErrBusy, "missing": ErrNoDevice} {
		s, _ := pretender(t, device, patience)
		if err := s.Play(t.Context(), []string{tone}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", device, err, want)
		}
	}
	for command, want := range map[string]error{
		filepath.Join(t.TempDir(), "aplay"): ErrNoProgram, tone: ErrPermission,
	} {
		s, err := New(Options{Command: command})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Play(t.Context(), []string{tone}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", command, err, want)
		}
	}
}

func TestMissingRecordingLeavesTheOthersSounding(t *testing.T) {
	e := listen(t)
	tone, samples := recording(t, "tone.wav", 16000, 9000, 1000)
	gone := filepath.Join(t.TempDir(), "words.wav")
	s, reports := pretender(t, e.device("record"), patience)
	run(t, s)
	s.Set([]string{tone, gone})
	h := e.next()
	h.expect(bytes.Repeat(samples, 10))
	if err := <-reports; !errors.Is(err, ErrRecording) {
		t.Fatalf("reported %v, want %v", err, ErrRecording)
	}
	if len(reports) > 0 {
		t.Fatalf("reported again: %v", <-reports)
	}
	if st := s.Status(); !st.Sounding || !errors.Is(st.Err, ErrRecording) {
		t.Errorf("with a recording missing: %+v", st)
	}
	// It comes back while the other sounds.
	write(t, gone, append(header(16000, 4), 1, 2, 3, 4))
	for done := false; !done; {
		select {
		case err := <-reports:
			if err != nil {
				t.Fatalf("reported %v, want that it is well", err)
			}
			done = true
		default:
			_, _ = h.Discard(1 << 10)
		}
	}
}

func TestNothingToPlayIsReportedOnce(t *testing.T) {
	dir := t.TempDir()
	s, reports := pretender(t, "early", patience)
	run(t, s)
	s.Set([]string{filepath.Join(dir, "a.wav"), dir})
	if err := <-reports; !errors.Is(err, ErrRecording) {
		t.Fatalf("reported %v, want %v", err, ErrRecording)
	}
	for s.Status().Failures < 4 {
		<-time.After(time.Millisecond)
	}
	if len(reports) > 0 {
		t.Fatalf("reported again: %v", <-reports)
	}
}

func TestLevelGoesBeforePlay(t *testing.T) {
	e := listen(t)
	tone, samples := recording(t, "tone.wav", 16000, 90000, 1000)
	chirp, _ := recording(t, "chirp.wav", 16000, 5000000, 5)
	s, _ := pretender(t, e.device("record"), patience)
	run(t, s)
	done := make(chan error, 1)
	go func() { done <- s.Play(t.Context(), []string{chirp}) }()
	h := e.next()
	s.Set([]string{tone})
	h.over()
	if err := <-done; !errors.Is(err, ErrInterrupted) {
		t.Fatalf("Play under a level: %v, want %v", err, ErrInterrupted)
	}
	e.next().expect(samples)
	if err := s.Play(t.Context(), []string{chirp}); !errors.Is(err, ErrBusy) {
		t.Fatalf("Play under a level: %v, want %v", err, ErrBusy)
	}
}

func TestPlayEndsWithItsContext(t *testing.T) {
	e := listen(t)
	chirp, _ := recording(t, "chirp.wav", 16000, 5000000, 5)
	s, _ := pretender(t, e.device("hang"), patience)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Play(ctx, []string{chirp}) }()
	h := e.next()
	cancel()
	h.over()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want %v", err, context.Canceled)
	}
	if err := s.Play(ctx, []string{filepath.Join(t.TempDir(), "none.wav")}); !errors.Is(err, ErrRecording) {
		t.Fatalf("%v, want %v", err, ErrRecording)
	}
}

// TestDeviceThatTakesEverythingIsPaced: without the lead, a null device would be fed for ever.
func TestDeviceThatTakesEverythingIsPaced(t *testing.T) {
	e := listen(t)
	tone, samples := recording(t, "tone.wav", 8000, 4000, 1000)
	s, _ := pretender(t, e.device("record"), patience)
	s.lead = time.Hour
	run(t, s)
	s.Set([]string{tone})
	h := e.next()
	h.expect(bytes.Repeat(samples, 2*3600))
	// An hour of sound is out; whatever has passed of the second hour is all that may follow.
	s.Set(nil)
	n, _ := h.WriteTo(discard{})
	if limit := int64(len(samples)) * 2 * 600; n > limit {
		t.Fatalf("%d bytes beyond the lead, allowed are %d", n, limit)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func TestChildGetsNoEnvironmentOfOurs(t *testing.T) {
	t.Setenv("FIREPOST_SECRET", "sEcret9")
	tone, _ := recording(t, "tone.wav", 16000, 90000, 1000)
	s, _ := pretender(t, "environment", patience)
	err := s.Play(t.Context(), []string{tone})
	if !errors.Is(err, ErrFailed) || strings.Contains(err.Error(), "sEcret9") || !strings.Contains(err.Error(), "LC_ALL=C") {
		t.Fatalf("child's environment: %v", err)
	}
}
