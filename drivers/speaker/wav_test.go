package speaker

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What SoX, Audacity and ffmpeg write before the samples, byte by byte.
const (
	plain = "RIFF\x28\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data\x04\x00\x00\x00abcd"
	// A LIST chunk of odd length stands before the samples, with its pad byte.
	listed = "RIFF\x34\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x80\xbb\x00\x00\x00\xee\x02\x00\x04\x00\x10\x00LIST\x03\x00\x00\x00xyz\x00data\x04\x00\x00\x00abcd"
	// WAVEFORMATEXTENSIBLE with the PCM sub-format.
	extended = "RIFF\x40\x00\x00\x00WAVEfmt \x28\x00\x00\x00\xfe\xff\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00\x16\x00\x10\x00\x04\x00\x00\x00\x01\x00\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71data\x04\x00\x00\x00abcd"
)

func TestRecordingsThatPlay(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		want    Recording
		lasts   time.Duration
	}{
		"plain":      {plain, Recording{Format{16000, 1}, 44, 4}, 125 * time.Microsecond},
		"listed":     {listed, Recording{Format{48000, 2}, 56, 4}, time.Second / 48000},
		"extensible": {extended, Recording{Format{16000, 1}, 68, 4}, 125 * time.Microsecond},
		// Half a frame at the end is left out.
		"odd": {strings.Replace(plain, "data\x04", "data\x03", 1), Recording{Format{16000, 1}, 44, 2}, 62500 * time.Nanosecond},
	} {
		path := filepath.Join(t.TempDir(), "x.wav")
		write(t, path, []byte(c.content))
		got, err := Inspect(path)
		if err != nil || got != c.want || got.Duration() != c.lasts {
			t.Errorf("%s: %+v of %s, %v; want %+v of %s", name, got, got.Duration(), err, c.want, c.lasts)
		}
	}
}

func TestRecordingsThatAreRefused(t *testing.T) {
	change := func(from, to string) string {
		if !strings.Contains(plain, from) {
			t.Fatalf("no %q to change", from)
		}
		return strings.Replace(plain, from, to, 1)
	}
	for name, c := range map[string]struct{ content, says string }{
		"nothing":        {"", "no RIFF/WAVE header"},
		"text":           {strings.Repeat("not a sound ", 10), "no RIFF/WAVE header"},
		"header only":    {plain[:12], "no samples"},
		"cut":            {plain[:46], "cut short"},
		"piped":          {change("data\x04\x00\x00\x00", "data\xff\xff\xff\xff"), "written by a pipe"},
		"no samples":     {change("data\x04", "data\x00"), "no samples"},
		"data first":     {"RIFF\x10\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd", "before their format"},
		"float":          {change("\x01\x00\x01\x00\x80", "\x03\x00\x01\x00\x80"), "coding 0x0003"},
		"24 bits":        {change("\x02\x00\x10\x00", "\x03\x00\x18\x00"), "24 bits"},
		"no channel":     {change("\x01\x00\x01\x00\x80", "\x01\x00\x00\x00\x80"), "0 channels"},
		"six channels":   {change("\x01\x00\x01\x00\x80", "\x01\x00\x06\x00\x80"), "6 channels"},
		"rate 0":         {change("\x80\x3e\x00\x00", "\x00\x00\x00\x00"), "rate 0 Hz"},
		"rate 2^32-1":    {change("\x80\x3e\x00\x00", "\xff\xff\xff\xff"), "rate 4294967295 Hz"},
		"short format":   {change("fmt \x10", "fmt \x08"), "format chunk of 8 bytes"},
		"too many parts": {plain[:36] + strings.Repeat("junk\x00\x00\x00\x00", 80), "no samples in the first"},
	} {
		path := filepath.Join(t.TempDir(), "x.wav")
		write(t, path, []byte(c.content))
		if _, err := Inspect(path); !errors.Is(err, ErrRecording) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v; want one that says %q and names the file", name, err, c.says)
		}
	}
	if _, err := Inspect(filepath.Join(t.TempDir(), "none.wav")); !errors.Is(err, ErrRecording) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Inspect(t.TempDir()); !errors.Is(err, ErrRecording) {
		t.Errorf("a folder: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{plain, listed, extended, "", "RIFF"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parse(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		if r.Size <= 0 || r.Offset < 20 || r.Offset+r.Size > int64(len(b)) || r.Duration() <= 0 || r.Size%int64(2*r.Format.Channels) != 0 {
			t.Fatalf("%+v of %d bytes", r, len(b))
		}
	})
}
