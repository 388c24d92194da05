package camera

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
)

// testSettings give a loaded machine time enough: no test waits for this limit to pass.
func testSettings(kind Kind, address string) Settings {
	s := Defaults()
	s.Kind, s.Address, s.Limit = kind, address, 2*time.Minute
	return s
}

func shoot(t *testing.T, s Settings) Still {
	t.Helper()
	c, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	still, err := c.Shot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return still
}

// luma returns the picture's luminance at a point given in thousandths.
func luma(t *testing.T, still Still, x, y int) int {
	t.Helper()
	decoded, err := jpeg.Decode(bytes.NewReader(still.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	p, ok := decoded.(*image.YCbCr)
	if !ok {
		t.Fatalf("decoded to %T", decoded)
	}
	px, py := min(x*still.Width/1000, still.Width-1), min(y*still.Height/1000, still.Height-1)
	return int(p.Y[p.YOffset(px, py)])
}

func TestStillKeepsWithinItsResolution(t *testing.T) {
	for _, c := range []struct {
		source        string
		width, height int
	}{
		{"640x480", 640, 480},
		{"1920x1080", 1280, 720},
		{"2560x1920", 960, 720},
		{"480x1920", 180, 720},
		{"161x121", 160, 120},
	} {
		still := shoot(t, testSettings(KindLavfi, "testsrc=size="+c.source+":rate=5"))
		if still.Width != c.width || still.Height != c.height {
			t.Errorf("source %s: %dx%d, want %dx%d", c.source, still.Width, still.Height, c.width, c.height)
		}
	}
}

func TestMasksAreBlackAndNothingElseIs(t *testing.T) {
	// White all over: a mask that is not drawn is as visible as one that is drawn too large.
	for _, size := range []string{"640x360", "1920x1080", "641x363"} {
		s := testSettings(KindLavfi, "color=white:size="+size+":rate=5")
		s.Masks = []Area{{X: 100, Y: 200, W: 300, H: 400}, {X: 900, Y: 0, W: 100, H: 150}}
		still := shoot(t, s)
		for _, p := range [][2]int{{103, 204}, {250, 400}, {397, 596}, {103, 596}, {397, 204}, {905, 5}, {998, 145}, {998, 2}} {
			if got := luma(t, still, p[0], p[1]); got > 12 {
				t.Errorf("%s: luminance at %v under the mask is %d, want black", size, p, got)
			}
		}
		for _, p := range [][2]int{{50, 400}, {450, 400}, {250, 150}, {250, 650}, {850, 50}, {950, 200}, {10, 990}} {
			if got := luma(t, still, p[0], p[1]); got < 240 {
				t.Errorf("%s: luminance at %v outside the masks is %d, want white", size, p, got)
			}
		}
	}
}

func TestMaskOverEverythingLeavesNothing(t *testing.T) {
	s := testSettings(KindLavfi, "testsrc=size=641x363:rate=5")
	s.Masks = []Area{{0, 0, 1000, 1000}}
	still := shoot(t, s)
	decoded, err := jpeg.Decode(bytes.NewReader(still.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	p := decoded.(*image.YCbCr)
	for y := range still.Height {
		for x := range still.Width {
			if c := p.YCbCrAt(x, y); c.Y > 8 || c.Cb < 120 || c.Cb > 136 || c.Cr < 120 || c.Cr > 136 {
				t.Fatalf("pixel %d,%d shows %+v", x, y, c)
			}
		}
	}
}

func TestSkipLeavesTheFirstFramesOut(t *testing.T) {
	// Black for the first five frames, white from then on.
	s := testSettings(KindLavfi, "color=white:size=320x240:rate=10,drawbox=color=black:t=fill:enable=lt(n\\,5)")
	if got := luma(t, shoot(t, s), 500, 500); got > 12 {
		t.Fatalf("first frame has luminance %d, want black", got)
	}
	s.Skip = 5
	if got := luma(t, shoot(t, s), 500, 500); got < 240 {
		t.Fatalf("sixth frame has luminance %d, want white", got)
	}
}

func TestMasksComeBeforeScaleAndEncoder(t *testing.T) {
	for _, kind := range []Kind{KindV4L2, KindRTSP, KindLavfi} {
		s := testSettings(kind, map[Kind]string{KindV4L2: "/dev/video0", KindRTSP: "rtsp://192.0.2.1/x", KindLavfi: "testsrc"}[kind])
		s.Masks = []Area{{10, 20, 30, 40}}
		c, err := New(s)
		if err != nil {
			t.Fatal(err)
		}
		cmd, err := c.command()
		if err != nil {
			t.Fatal(err)
		}
		i := slices.Index(cmd.args, "-vf")
		if i < 0 {
			t.Fatalf("%s: no filters in %q", kind, cmd.args)
		}
		graph := cmd.args[i+1]
		if box, scale := strings.Index(graph, "drawbox="), strings.Index(graph, "scale="); box < 0 || scale < box {
			t.Errorf("%s: masks must come before scale: %s", kind, graph)
		}
	}
}

func TestLocalDeviceIsAskedForItsFormat(t *testing.T) {
	s := testSettings(KindV4L2, "/dev/v4l/by-id/usb-cam-video-index0")
	s.InputFormat, s.InputWidth, s.InputHeight = "mjpeg", 1280, 720
	c, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	cmd, err := c.command()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(cmd.args, " ")
	if want := "-f v4l2 -input_format mjpeg -video_size 1280x720 -i /dev/v4l/by-id/usb-cam-video-index0 "; !strings.Contains(got, want) {
		t.Fatalf("arguments %q lack %q", got, want)
	}
}

func TestErrorsNameWhatIsWrong(t *testing.T) {
	closed, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	closed.Close()
	for _, c := range []struct {
		name, address string
		kind          Kind
		want          error
	}{
		{"missing device", "/dev/video987", KindV4L2, ErrNoDevice},
		{"no camera", "/dev/null", KindV4L2, ErrNotCamera},
		{"nobody listens", "rtsp://user:sEcret9@" + nobody + "/live", KindRTSP, ErrRefused},
		{"no such host", "rtsp://user:sEcret9@camera.invalid/live", KindRTSP, ErrUnreachable},
	} {
		cam, err := New(testSettings(c.kind, c.address))
		if err != nil {
			t.Fatal(err)
		}
		_, err = cam.Shot(t.Context())
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
			continue
		}
		if zh, en := Hint(err); zh == "" || en == "" {
			t.Errorf("%s: no hint for %v", c.name, err)
		}
		if s := err.Error() + cam.String(); strings.Contains(s, "sEcret9") || strings.Contains(s, "/live") {
			t.Errorf("%s: leaks the address: %s", c.name, s)
		}
	}
}

func TestMissingProgram(t *testing.T) {
	s := testSettings(KindLavfi, "testsrc")
	s.Program = filepath.Join(t.TempDir(), "ffmpeg")
	c, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Shot(t.Context()); !errors.Is(err, ErrNoProgram) {
		t.Fatalf("%v, want %v", err, ErrNoProgram)
	}
}

func TestStillFromRealStream(t *testing.T) {
	for name, coding := range map[string][]string{
		"mjpeg": {"-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-huffman", "default", "-q:v", "5"},
		"h264":  {"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "5"},
	} {
		t.Run(name, func(t *testing.T) {
			server := serveRTSP(t, "booth", "p@ss'w/ört")
			server.publish(t, "color=white:size=640x480:rate=10,drawbox=x=0:y=0:w=320:h=480:color=gray:t=fill", coding...)
			file := filepath.Join(t.TempDir(), "password")
			if err := os.WriteFile(file, []byte("p@ss'w/ört\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			cam := server.camera(t, "/live", func(s *Settings) {
				s.User, s.PasswordFile = "booth", file
				s.Masks = []Area{{0, 0, 250, 1000}}
			})
			for range 2 {
				still, err := cam.Shot(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if still.Width != 640 || still.Height != 480 {
					t.Errorf("%dx%d, want 640x480", still.Width, still.Height)
				}
				mask, left, right := luma(t, still, 100, 500), luma(t, still, 400, 500), luma(t, still, 900, 500)
				if mask > 12 || left < 100 || left > 150 || right < 240 {
					t.Errorf("mask %d, left %d, right %d; want black, grey, white", mask, left, right)
				}
			}
			server.mu.Lock()
			defer server.mu.Unlock()
			for _, p := range server.transports {
				if p != gortsplib.ProtocolTCP {
					t.Errorf("stream was asked for over %v, want TCP", p)
				}
			}
			if len(server.transports) < 2 {
				t.Errorf("%d readers, want 2", len(server.transports))
			}
		})
	}
}

func TestWrongPasswordAndWrongPath(t *testing.T) {
	server := serveRTSP(t, "booth", "right-one")
	server.publish(t, "testsrc=size=320x240:rate=10", "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-huffman", "default")
	with := func(user, password, path string) *Camera {
		c, err := New(testSettings(KindRTSP, "rtsp://"+user+":"+password+"@"+server.address+path))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	_, err := with("booth", "wrong-one", "/live").Shot(t.Context())
	if !errors.Is(err, ErrUnauthorised) {
		t.Errorf("wrong password: %v, want %v", err, ErrUnauthorised)
	}
	if err != nil && strings.Contains(err.Error(), "wrong-one") {
		t.Errorf("error leaks the password: %v", err)
	}
	if _, err := with("booth", "right-one", "/dead").Shot(t.Context()); !errors.Is(err, ErrNoStream) {
		t.Errorf("wrong path: %v, want %v", err, ErrNoStream)
	}
	if _, err := with("booth", "right-one", "/live").Shot(t.Context()); err != nil {
		t.Errorf("right password: %v", err)
	}
}

func TestPasswordNeverStandsInTheArguments(t *testing.T) {
	c, err := New(testSettings(KindRTSP, "rtsp://user:sEcret9@192.0.2.1/stream?key=sEcret9"))
	if err != nil {
		t.Fatal(err)
	}
	cmd, err := c.command()
	if err != nil {
		t.Fatal(err)
	}
	if args := strings.Join(cmd.args, " "); strings.Contains(args, "sEcret9") || strings.Contains(args, "192.0.2.1") {
		t.Fatalf("arguments show the address: %s", args)
	}
	if !strings.Contains(cmd.stdin, "file 'rtsp://user:sEcret9@192.0.2.1/stream?key=sEcret9'") {
		t.Fatalf("standard input lacks the address: %s", cmd.stdin)
	}
}

// strange listens and gives each connection to serve until the test ends.
func strange(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}

func TestCameraThatHangsAfterConnect(t *testing.T) {
	gone := make(chan struct{})
	address := strange(t, func(c net.Conn) {
		// Until the other side is killed; nothing is ever answered.
		buf := make([]byte, 1024)
		for {
			if _, err := c.Read(buf); err != nil {
				close(gone)
				return
			}
		}
	})
	s := testSettings(KindRTSP, "rtsp://user:sEcret9@"+address+"/live")
	s.Limit = time.Second
	c, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Shot(t.Context())
	if !errors.Is(err, ErrTimeout) || strings.Contains(err.Error(), "sEcret9") {
		t.Fatalf("%v, want %v without the password", err, ErrTimeout)
	}
	<-gone
}

func TestCameraThatTalksNonsense(t *testing.T) {
	for _, said := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n",
		strings.Repeat("\x00\xff\x80garbage\n", 2000),
		"",
	} {
		address := strange(t, func(c net.Conn) {
			buf := make([]byte, 4096)
			_, _ = c.Read(buf)
			_, _ = c.Write([]byte(said))
		})
		c, err := New(testSettings(KindRTSP, "rtsp://"+address+"/live"))
		if err != nil {
			t.Fatal(err)
		}
		if still, err := c.Shot(t.Context()); err == nil {
			t.Errorf("a picture of %d bytes out of %.20q", len(still.JPEG), said)
		}
	}
}

func TestEndedContextIsNoTimeout(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	address := strange(t, func(c net.Conn) {
		cancel()
		_, _ = c.Read(make([]byte, 1))
		for {
			if _, err := c.Read(make([]byte, 1024)); err != nil {
				return
			}
		}
	})
	c, err := New(testSettings(KindRTSP, "rtsp://"+address+"/live"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Shot(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, ErrTimeout) {
		t.Fatalf("%v, want %v", err, context.Canceled)
	}
}

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
