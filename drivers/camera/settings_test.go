package camera

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestClassifyKnowsWhatFFmpegSays(t *testing.T) {
	for said, want := range map[string]error{
		"[video4linux2,v4l2 @ 0x55] [error] Cannot open video device /dev/video0: Permission denied":   ErrPermission,
		"[video4linux2,v4l2 @ 0x55] [error] ioctl(VIDIOC_STREAMON): Device or resource busy":           ErrBusy,
		"[video4linux2,v4l2 @ 0x55] [error] Not a video capture device.":                               ErrNotCamera,
		"[rtsp @ 0x55] [error] method DESCRIBE failed: 401 Unauthorized":                               ErrUnauthorised,
		"[rtsp @ 0x55] [error] method DESCRIBE failed: 404 Not Found":                                  ErrNoStream,
		"[tcp @ 0x55] [error] Connection to tcp://10.0.0.9:554?timeout=0 failed: No route to host":     ErrUnreachable,
		"[tcp @ 0x55] [error] Connection to tcp://10.0.0.9:554?timeout=0 failed: Connection timed out": ErrUnreachable,
		"[error] pipe:0: Invalid data found when processing input":                                     ErrNotImage,
		"[error] Stream map '0:v:0' matches no streams.":                                               ErrNotImage,
		"[error] something new": ErrFailed,
	} {
		if got := classify(said); !errors.Is(got, want) {
			t.Errorf("%q is %v, want %v", said, got, want)
		}
	}
}

func TestSettingsThatCanNeverWork(t *testing.T) {
	good := testSettings(KindRTSP, "rtsp://192.0.2.1:554/live")
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Settings){
		"no kind":            func(s *Settings) { s.Kind = "" },
		"http":               func(s *Settings) { s.Address = "http://192.0.2.1/" },
		"no host":            func(s *Settings) { s.Address = "rtsp:///live" },
		"quote":              func(s *Settings) { s.Address = "rtsp://192.0.2.1/a'b" },
		"newline":            func(s *Settings) { s.Address = "rtsp://192.0.2.1/a\nfile b" },
		"device outside":     func(s *Settings) { s.Kind, s.Address = KindV4L2, "/etc/passwd" },
		"device dots":        func(s *Settings) { s.Kind, s.Address = KindV4L2, "/dev/../etc/passwd" },
		"option as device":   func(s *Settings) { s.Kind, s.Address = KindV4L2, "-version" },
		"bad input format":   func(s *Settings) { s.Kind, s.Address, s.InputFormat = KindV4L2, "/dev/video0", "-x" },
		"half a size":        func(s *Settings) { s.Kind, s.Address, s.InputWidth = KindV4L2, "/dev/video0", 640 },
		"no graph":           func(s *Settings) { s.Kind, s.Address = KindLavfi, "" },
		"user without rtsp":  func(s *Settings) { s.Kind, s.Address, s.User = KindLavfi, "testsrc", "u" },
		"file without user":  func(s *Settings) { s.PasswordFile = "/x" },
		"mask outside":       func(s *Settings) { s.Masks = []Area{{900, 0, 200, 10}} },
		"mask without size":  func(s *Settings) { s.Masks = []Area{{0, 0, 0, 10}} },
		"mask overflows":     func(s *Settings) { s.Masks = []Area{{1 << 30, 0, 1 << 30, 10}} },
		"too many masks":     func(s *Settings) { s.Masks = slices.Repeat([]Area{{0, 0, 1, 1}}, 17) },
		"no width":           func(s *Settings) { s.MaxWidth = 0 },
		"quality":            func(s *Settings) { s.Quality = 1 },
		"bytes":              func(s *Settings) { s.MaxBytes = 1 << 30 },
		"no limit":           func(s *Settings) { s.Limit = 0 },
		"relative program":   func(s *Settings) { s.Program = "ffmpeg" },
		"negative skip":      func(s *Settings) { s.Skip = -1 },
		"unreadable address": func(s *Settings) { s.Address = "rtsp://u:sEcret9@[::1/" },
	} {
		s := good
		change(&s)
		_, err := New(s)
		if !errors.Is(err, ErrSettings) {
			t.Errorf("%s: %v, want %v", name, err, ErrSettings)
		}
		if err != nil && strings.Contains(err.Error(), "sEcret9") {
			t.Errorf("%s: leaks the password: %v", name, err)
		}
	}
}

func FuzzRedactNeverShowsThePassword(f *testing.F) {
	f.Add("[tcp] rtsp://u:%s@h/x: refused", "hunter22")
	f.Add("a://%s@b://%s@c", "://@")
	f.Fuzz(func(t *testing.T, said, password string) {
		if len(password) < 3 || strings.ContainsAny(password, "…:/@") || strings.Contains("…", password) {
			return
		}
		got := redact(strings.ReplaceAll(said, "%s", password), []string{password})
		if strings.Contains(strings.ReplaceAll(got, "…", " "), password) {
			t.Fatalf("%q shows %q", got, password)
		}
	})
}

func TestRedactKeepsTheHost(t *testing.T) {
	got := redact("[error] rtsp://u:pass@10.0.0.8:554/a/b?c=d: Connection refused", []string{"pass"})
	if want := "[error] rtsp://…@10.0.0.8:554/… Connection refused"; got != want {
		t.Fatalf("%q, want %q", got, want)
	}
	if got := redact("plain", nil); got != "plain" {
		t.Fatalf("%q", got)
	}
}
