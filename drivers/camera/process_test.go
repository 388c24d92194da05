package camera

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test's own binary stand in for ffmpeg: it is told by ffmpeg's first argument.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "-hide_banner" || os.Args[1] == "grandchild") {
		pretend(os.Args)
		return
	}
	os.Exit(m.Run())
}

// pretend behaves as the filter graph says: a word, and for some an address to hold on to.
func pretend(args []string) {
	if args[1] == "grandchild" {
		hold(args[2])
		return
	}
	what, where, _ := strings.Cut(args[slices.Index(args, "-i")+1], "@")
	switch what {
	case "nothing":
	case "text":
		_, _ = os.Stdout.WriteString("this is no picture")
	case "cut":
		_, _ = os.Stdout.Write([]byte{0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F'})
	case "empty jpeg":
		_, _ = os.Stdout.Write([]byte{0xff, 0xd8, 0xff, 0xd9})
	case "flood":
		for {
			if _, err := os.Stdout.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	case "babble":
		for range 10000 {
			_, _ = os.Stderr.WriteString("[error] rtsp://u:sEcret9@h/x went wrong, and much more was said about it\n")
		}
		_, _ = os.Stderr.WriteString("[error] Device or resource busy\n")
		os.Exit(1)
	case "family":
		// A grandchild that keeps our standard output open and outlives us, unless the group goes.
		self, err := os.Executable()
		if err != nil {
			os.Exit(2)
		}
		cmd := exec.Command(self, "grandchild", where)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Start(); err != nil {
			os.Exit(2)
		}
		hold(where)
	case "environment":
		_, _ = os.Stderr.WriteString("[error] " + strings.Join(os.Environ(), " ") + "\n")
		os.Exit(1)
	}
}

// hold keeps a connection open until it is killed.
func hold(address string) {
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		os.Exit(2)
	}
	_, _ = conn.Write([]byte("here"))
	_, _ = conn.Read(make([]byte, 1))
}

func pretender(t *testing.T, what string, limit time.Duration) *Camera {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := testSettings(KindLavfi, what)
	s.Program, s.Limit = self, limit
	c, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatComesIsNotBelieved(t *testing.T) {
	for what, want := range map[string]error{
		"nothing": ErrNotImage, "text": ErrNotImage, "cut": ErrNotImage, "empty jpeg": ErrNotImage,
		"flood": ErrTooLarge, "babble": ErrBusy,
	} {
		still, err := pretender(t, what, 2*time.Minute).Shot(t.Context())
		if !errors.Is(err, want) || len(still.JPEG) > 0 {
			t.Errorf("%s: %d bytes, %v; want %v", what, len(still.JPEG), err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "sEcret9") || len(err.Error()) > 1000) {
			t.Errorf("%s: error says too much: %.300s", what, err)
		}
	}
}

func TestPictureLargerThanAllowedIsRefused(t *testing.T) {
	s := testSettings(KindLavfi, "testsrc2=size=1280x720:rate=5,noise=alls=80:allf=t")
	s.MaxBytes = 8 << 10
	c, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Shot(t.Context()); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("%v, want %v", err, ErrTooLarge)
	}
}

func TestWholeProcessGroupIsKilled(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := pretender(t, "family@"+l.Addr().String(), 2*time.Minute).Shot(ctx)
		ended <- err
	}()
	var family []net.Conn
	for range 2 {
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.ReadFull(conn, make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
		family = append(family, conn)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want %v", err, context.Canceled)
	}
	for _, conn := range family {
		// The kernel closes the connection when its process is gone.
		if n, err := conn.Read(make([]byte, 1)); err == nil {
			t.Fatalf("read %d bytes from a process that should be gone", n)
		}
	}
}

func TestChildGetsNoEnvironmentOfOurs(t *testing.T) {
	t.Setenv("FIREPOST_SECRET", "sEcret9")
	t.Setenv("http_proxy", "http://192.0.2.9")
	_, err := pretender(t, "environment", 2*time.Minute).Shot(t.Context())
	if err == nil || strings.Contains(err.Error(), "sEcret9") || strings.Contains(err.Error(), "192.0.2.9") || !strings.Contains(err.Error(), "LC_ALL=C") {
		t.Fatalf("child's environment: %v", err)
	}
}

func TestOneStillAtATime(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cam := pretender(t, "family@"+l.Addr().String(), 2*time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := cam.Shot(ctx)
		first <- err
	}()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// The first holds the camera: a second one waits, and ends with its own context.
	second, stop := context.WithCancel(t.Context())
	stop()
	if _, err := cam.Shot(second); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want %v", err, context.Canceled)
	}
	cancel()
	<-first
}

func TestTailKeepsTheEndAndNoHalfLine(t *testing.T) {
	var w tail
	_, _ = w.Write(bytes.Repeat([]byte("x"), keepStderr))
	_, _ = w.Write([]byte("y\nlast words\n"))
	if got := w.String(); got != "last words\n" {
		t.Fatalf("%q", got)
	}
}
