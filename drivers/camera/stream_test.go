package camera

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
)

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
	came, gone := make(chan struct{}, 100), make(chan struct{}, 100)
	address := strange(t, func(c net.Conn) {
		// Until the other side is killed; nothing is ever answered.
		came <- struct{}{}
		buf := make([]byte, 1024)
		for {
			if _, err := c.Read(buf); err != nil {
				gone <- struct{}{}
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
	for connected := false; !connected; {
		_, err = c.Shot(t.Context())
		if !errors.Is(err, ErrTimeout) || strings.Contains(err.Error(), "sEcret9") {
			t.Fatalf("%v, want %v without the password", err, ErrTimeout)
		}
		select {
		case <-came:
			connected = true
		default: // on a loaded machine the child did not get as far as the camera
		}
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
