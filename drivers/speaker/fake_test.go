package speaker

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test's own binary stand in for aplay: it is told by aplay's first argument.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-q" {
		pretend(os.Args[1:])
		return
	}
	os.Exit(m.Run())
}

// pretend behaves as the device's name says: what@where. "as" takes what from the file where.
func pretend(args []string) {
	device := args[slices.Index(args, "-D")+1]
	if path, ok := strings.CutPrefix(device, "as@"); ok {
		text, err := os.ReadFile(path)
		if err != nil {
			os.Exit(2)
		}
		device = string(text)
	}
	what, where, _ := strings.Cut(device, "@")
	switch what {
	case "missing":
		die("aplay: main:831: audio open error: No such file or directory\n")
	case "busy":
		die("aplay: main:831: audio open error: Device or resource busy\n")
	case "early":
		return
	case "record":
		conn := call(where, args)
		_, _ = io.Copy(conn, os.Stdin)
		_ = conn.Close()
	case "hang":
		_, _ = call(where, args).Read(make([]byte, 1))
	case "linger":
		conn := call(where, args)
		_, _ = io.Copy(io.Discard, os.Stdin)
		_, _ = conn.Read(make([]byte, 1))
	case "unplugged":
		_ = call(where, args)
		_, _ = io.CopyN(io.Discard, os.Stdin, 100<<10)
		die("aplay: pcm_write:2127: write error: No such device\n")
	case "environment":
		die(strings.Join(os.Environ(), " "))
	}
}

func die(words string) {
	_, _ = os.Stderr.WriteString(words)
	os.Exit(1)
}

// call tells the test that it was started, and how.
func call(address string, args []string) net.Conn {
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		os.Exit(2)
	}
	_, _ = fmt.Fprintln(conn, strings.Join(args, " "))
	return conn
}

// ears hear what pretenders play.
type ears struct {
	t *testing.T
	l net.Listener
}

func listen(t *testing.T) *ears {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &ears{t, l}
}

func (e *ears) device(what string) string { return what + "@" + e.l.Addr().String() }

// heard is one aplay.
type heard struct {
	t    *testing.T
	args string
	*bufio.Reader
}

// next waits for the next aplay that is started.
func (e *ears) next() *heard {
	e.t.Helper()
	conn, err := e.l.Accept()
	if err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() { _ = conn.Close() })
	h := &heard{e.t, "", bufio.NewReader(conn)}
	line, err := h.ReadString('\n')
	if err != nil {
		e.t.Fatal(err)
	}
	h.args = strings.TrimSpace(line)
	return h
}

// expect reads as much as want and fails where it differs.
func (h *heard) expect(want []byte) {
	h.t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(h, got); err != nil {
		h.t.Fatalf("heard less than %d bytes: %v", len(want), err)
	}
	if !slices.Equal(got, want) {
		h.t.Fatal("heard other samples than those of the recordings in their order")
	}
}

// over waits until aplay is gone, whatever it still played.
func (h *heard) over() {
	_, _ = io.Copy(io.Discard, h)
}

// recording writes a WAV file of n samples that all are value, and returns its path and samples.
func recording(t *testing.T, name string, rate uint32, n int, value int16) (string, []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	samples := make([]byte, 0, 2*n)
	for range n {
		samples = binary.LittleEndian.AppendUint16(samples, uint16(value))
	}
	write(t, path, append(header(rate, uint32(len(samples))), samples...))
	return path, samples
}

// header is the usual 44 bytes before 16-bit mono samples.
func header(rate, size uint32) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
	binary.LittleEndian.PutUint32(b[4:], 36+size)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, 2*rate)
	b = append(b, 2, 0, 16, 0)
	b = append(b, "data"...)
	return binary.LittleEndian.AppendUint32(b, size)
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// pretender is a speaker whose aplay behaves as the device's name says, with reports in a
// channel, and without regard to how long its recordings would play.
func pretender(t *testing.T, device string, stall time.Duration) (*Speaker, chan error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	reports := make(chan error, 100)
	s, err := New(Options{
		Device: device, Command: self, Stall: stall, LeastPause: time.Millisecond, MostPause: 4 * time.Millisecond,
		Report: func(err error) { reports <- err },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.lead = 1000 * time.Hour
	return s, reports
}

// run runs s until the test's end, or until the returned function has ended it.
func run(t *testing.T, s *Speaker) func() {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	ended := false
	stop := func() {
		cancel()
		if !ended {
			ended = true
			if err := <-done; err != nil {
				t.Errorf("Run returned %v", err)
			}
		}
	}
	t.Cleanup(stop)
	return stop
}
