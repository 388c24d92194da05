package camera

import (
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// Kind says how a camera is reached.
type Kind string

// The ways to a picture.
const (
	// KindV4L2 is a local device; Address is /dev/v4l/by-id/… or /dev/videoN.
	KindV4L2 Kind = "v4l2"
	// KindRTSP is an IP camera; Address is rtsp://host:port/path or rtsps://….
	KindRTSP Kind = "rtsp"
	// KindLavfi is a synthetic source for tests and demonstrations; Address is a filter graph.
	KindLavfi Kind = "lavfi"
)

// Area is a rectangle of the picture in thousandths of its width and height, from its top left
// corner, so that it holds at every resolution.
type Area struct {
	X, Y, W, H int
}

// Settings describe one camera. Start from Defaults: New fills in nothing.
type Settings struct {
	Kind Kind
	// Address is a device path, an RTSP address or a filter graph, as Kind says.
	Address string
	// User and PasswordFile are for RTSP and override what stands in the address. The file is
	// read again for every still; white space at its end is not part of the password.
	User, PasswordFile string
	// InputFormat is a V4L2 pixel or stream format such as mjpeg or yuyv422; empty leaves the
	// choice to the device.
	InputFormat string
	// InputWidth and InputHeight are what a V4L2 device is asked for, in pixels; zero leaves
	// the choice to the device.
	InputWidth, InputHeight int
	// Skip drops this many frames first: V4L2 cameras adjust their exposure over the first few.
	Skip int
	// Masks are filled black before a frame is scaled or encoded.
	Masks []Area
	// MaxWidth and MaxHeight bound the still, in pixels; larger frames are scaled down.
	MaxWidth, MaxHeight int
	// Quality is ffmpeg's JPEG quantiser: 2 is best, 31 worst.
	Quality int
	// MaxBytes bounds the still's size.
	MaxBytes int
	// Limit bounds one still from start to end, waiting for the camera included.
	Limit time.Duration
	// Program is ffmpeg's absolute path.
	Program string
}

// Defaults returns settings for a picture of at most 1280 by 720 pixels and 512 KiB within
// 15 s; Kind and Address are still to be set.
func Defaults() Settings {
	return Settings{
		MaxWidth: 1280, MaxHeight: 720, Quality: 5, MaxBytes: 512 << 10,
		Limit: 15 * time.Second, Program: "/usr/bin/ffmpeg",
	}
}

// Validate names everything that is wrong with the settings; each error wraps ErrSettings. It
// touches neither files nor devices.
func (s Settings) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, settingsError(format, args...)) }
	errs = append(errs, s.checkSource())
	for i, m := range s.Masks {
		if !m.valid() {
			bad("mask %d (%+v) must lie within 0 to 1000 thousandths of the picture", i+1, m)
		}
	}
	if len(s.Masks) > maxMasks {
		bad("%d masks: at most %d", len(s.Masks), maxMasks)
	}
	for _, f := range []struct {
		name          string
		value, lo, hi int
	}{
		{"max width", s.MaxWidth, 64, 4096}, {"max height", s.MaxHeight, 64, 4096},
		{"quality", s.Quality, 2, 31}, {"max bytes", s.MaxBytes, 4 << 10, 16 << 20}, {"skip", s.Skip, 0, 300},
	} {
		if f.value < f.lo || f.value > f.hi {
			bad("%s %d is not within %d to %d", f.name, f.value, f.lo, f.hi)
		}
	}
	if s.Limit < time.Second || s.Limit > 2*time.Minute {
		bad("limit %s is not within 1s to 2m", s.Limit)
	}
	if !filepath.IsAbs(s.Program) {
		bad("program %q must be an absolute path such as /usr/bin/ffmpeg", s.Program)
	}
	return errors.Join(errs...)
}

// maxMasks keeps the filter graph short.
const maxMasks = 16

func (s Settings) checkSource() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, settingsError(format, args...)) }
	switch s.Kind {
	case KindV4L2:
		if clean := filepath.Clean(s.Address); clean != s.Address || !strings.HasPrefix(clean, "/dev/") {
			bad("device %q must be a plain path below /dev", s.Address)
		}
		if strings.Trim(s.InputFormat, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			bad("input format %q: lower-case letters and digits only, such as mjpeg", s.InputFormat)
		}
		if (s.InputWidth == 0) != (s.InputHeight == 0) || s.InputWidth < 0 || s.InputHeight < 0 || s.InputWidth > 8192 || s.InputHeight > 8192 {
			bad("input size %dx%d: give both within 1 to 8192, or neither", s.InputWidth, s.InputHeight)
		}
	case KindRTSP:
		if err := checkURL(s.Address); err != nil {
			errs = append(errs, err)
		}
	case KindLavfi:
		if s.Address == "" {
			bad("no filter graph; try testsrc=size=640x480:rate=5")
		}
	default:
		bad("kind %q is none of v4l2, rtsp, lavfi", s.Kind)
	}
	if s.Kind != KindRTSP && (s.User != "" || s.PasswordFile != "") {
		bad("user and password file belong to rtsp only")
	}
	if s.PasswordFile != "" && s.User == "" && s.Kind == KindRTSP {
		bad("a password file needs a user")
	}
	return errors.Join(errs...)
}

// checkURL never repeats the address: it may hold a password.
func checkURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return settingsError("the rtsp address can't be read; write rtsp://host:port/path")
	case u.Scheme != "rtsp" && u.Scheme != "rtsps":
		return settingsError("the rtsp address has scheme %q; write rtsp:// or rtsps://", u.Scheme)
	case u.Hostname() == "":
		return settingsError("the rtsp address has no host; write rtsp://host:port/path")
	case strings.ContainsAny(address, "'\\\r\n\x00 "):
		return settingsError("the rtsp address holds a quote, a backslash, a blank or a control character; write it percent-encoded")
	}
	return nil
}

func (a Area) valid() bool {
	in := func(v int) bool { return v >= 0 && v <= 1000 }
	return in(a.X) && in(a.Y) && a.W > 0 && a.H > 0 && in(a.X+a.W) && in(a.Y+a.H)
}
