package speaker

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestOptionsThatNeverWork(t *testing.T) {
	for name, o := range map[string]Options{
		"an option as device": {Device: "-l"},
		"two words":           {Device: "default -t wav"},
		"a line":              {Device: "default\n"},
		"endless":             {Device: strings.Repeat("x", 201)},
		"relative command":    {Command: "aplay"},
		"odd command":         {Command: "/usr/bin/aplay\x00"},
		"stall":               {Stall: -1},
		"pause":               {LeastPause: -1},
		"pauses":              {LeastPause: time.Minute, MostPause: time.Second},
	} {
		if s, err := New(o); !errors.Is(err, ErrSettings) || s != nil {
			t.Errorf("%s: %v, want %v", name, err, ErrSettings)
		}
	}
	if _, err := New(Options{Device: "plughw:CARD=Headphones,DEV=0"}); err != nil {
		t.Error(err)
	}
}

// TestWordsOfAplay: aplay's own, as alsa-utils and alsa-lib write them in the C locale.
func TestWordsOfAplay(t *testing.T) {
	for words, want := range map[string]error{
		"ALSA lib confmisc.c:855:(parse_card) cannot find card '0'\naplay: main:831: audio open error: No such file or directory":   ErrNoDevice,
		"ALSA lib pcm.c:2721:(snd_pcm_open_noupdate) Unknown PCM hw9\naplay: main:831: audio open error: No such file or directory": ErrNoDevice,
		"aplay: main:831: audio open error: Device or resource busy":                                                                ErrBusy,
		"aplay: main:831: audio open error: Permission denied":                                                                      ErrPermission,
		"aplay: set_params:1352: Sample format non available":                                                                       ErrDeviceFormat,
		"aplay: set_params:1358: Channels count non available":                                                                      ErrDeviceFormat,
		"aplay: set_params:1435: Unable to install hw params:":                                                                      ErrDeviceFormat,
		"aplay: pcm_write:2127: write error: No such device":                                                                        ErrNoDevice,
		"aplay: pcm_write:2127: write error: Input/output error":                                                                    ErrFailed,
		"aplay: set_params:1339: Broken configuration for this PCM: x":                                                              ErrDeviceFormat,
		"": ErrFailed,
	} {
		if got := classify(words); !errors.Is(got, want) {
			t.Errorf("%q: %v, want %v", words, got, want)
		}
	}
}

func TestHintsSayWhatToDo(t *testing.T) {
	for _, err := range []error{ErrNoProgram, ErrNoDevice, ErrPermission, ErrBusy, ErrDeviceFormat, ErrHung, ErrRecording, ErrSettings} {
		if zh, en := Hint(fmt.Errorf("play: %w", err)); zh == "" || en == "" {
			t.Errorf("%v: no hint", err)
		}
	}
	if zh, en := Hint(ErrFailed); zh != "" || en != "" {
		t.Errorf("a hint for what nobody knows: %q %q", zh, en)
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	var w tail
	_, _ = w.Write([]byte(strings.Repeat("x", 3*keepStderr)))
	_, _ = w.Write([]byte("\none\n\ntwo\nthree\nfour\n"))
	if got := lastLines(w.String()); len(w.data) > keepStderr || got != "two; three; four" {
		t.Fatalf("%d bytes, %q", len(w.data), got)
	}
}

// TestDaysOfAlarm: a level may stand for longer than bytes times nanoseconds fit 64 bits.
func TestDaysOfAlarm(t *testing.T) {
	c := child{format: Format{48000, 2}, written: 30 * 24 * 3600 * 192000, started: time.Now()}
	if got := c.ahead(); got > 30*24*time.Hour || got < 30*24*time.Hour-time.Hour {
		t.Fatalf("a month is %s ahead", got)
	}
}
