package camera

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
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
