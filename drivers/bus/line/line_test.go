package line

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// server answers each connection with what handle does; it ends with the test.
func server(t *testing.T, handle func(n int, c net.Conn)) Dial {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(t.Context(), func() { _ = c.Close() })
			all.Go(func() {
				defer stop()
				defer func() { _ = c.Close() }()
				handle(n, c)
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
	return TCP(l.Addr().String())
}

// one takes one byte as the whole answer.
func one(got *byte) Take {
	return func(b []byte) (int, bool, error) { *got = b[0]; return 1, true, nil }
}

func read1(c net.Conn) (byte, error) {
	var b [1]byte
	_, err := io.ReadFull(c, b[:])
	return b[0], err
}

func TestExchange(t *testing.T) {
	l := New(server(t, func(_ int, c net.Conn) {
		for {
			b, err := read1(c)
			if err != nil {
				return
			}
			_, _ = c.Write([]byte{b + 1})
		}
	}), Options{})
	defer l.Close()
	for i := range byte(5) {
		var got byte
		if err := l.Exchange(t.Context(), []byte{i}, one(&got)); err != nil || got != i+1 {
			t.Fatalf("%d: %d, %v", i, got, err)
		}
	}
	if !l.Open() {
		t.Error("the connection was given up without need")
	}
}

// TestStaleConnection: a set that hangs up after each answer is asked on a new connection.
func TestStaleConnection(t *testing.T) {
	l := New(server(t, func(n int, c net.Conn) {
		if _, err := read1(c); err == nil {
			_, _ = c.Write([]byte{byte(n)})
		}
	}), Options{})
	defer l.Close()
	for i := range byte(3) {
		var got byte
		if err := l.Exchange(t.Context(), []byte{9}, one(&got)); err != nil || got != i {
			t.Fatalf("%d: %d, %v", i, got, err)
		}
	}
}

// TestUnaskedBytes: what came between two requests is no answer to the second.
func TestUnaskedBytes(t *testing.T) {
	answered, sent := make(chan struct{}), make(chan struct{})
	l := New(server(t, func(_ int, c net.Conn) {
		_, _ = read1(c)
		_, _ = c.Write([]byte{1})
		<-answered
		_, _ = c.Write([]byte{1, 1, 1})
		close(sent)
		_, _ = read1(c)
		_, _ = c.Write([]byte{2})
		_, _ = read1(c)
	}), Options{})
	defer l.Close()
	var got byte
	if err := l.Exchange(t.Context(), []byte{0}, one(&got)); err != nil || got != 1 {
		t.Fatal(got, err)
	}
	close(answered)
	<-sent
	if err := l.Exchange(t.Context(), []byte{0}, one(&got)); err != nil || got != 2 {
		t.Fatal(got, err)
	}
}

func TestFailures(t *testing.T) {
	hold := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	for _, c := range []struct {
		name   string
		handle func(c net.Conn)
		take   Take
		want   error
	}{
		{"silence", hold, one(new(byte)), ErrSilent},
		{"noise", func(c net.Conn) { _, _ = c.Write([]byte("noise")); hold(c) },
			func(b []byte) (int, bool, error) { return len(b), false, nil }, ErrNoise},
		{"flood", func(c net.Conn) {
			for {
				if _, err := c.Write(make([]byte, 1000)); err != nil {
					return
				}
			}
		}, func([]byte) (int, bool, error) { return 0, false, nil }, ErrFlood},
		{"cut", func(c net.Conn) { _, _ = read1(c) }, one(new(byte)), ErrCut},
		{"the taker's own", func(c net.Conn) { _, _ = c.Write([]byte{1}); hold(c) },
			func([]byte) (int, bool, error) { return 0, false, io.ErrUnexpectedEOF }, io.ErrUnexpectedEOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := New(server(t, func(_ int, conn net.Conn) { c.handle(conn) }), Options{Timeout: 100 * time.Millisecond, Late: -1, Limit: 10_000})
			defer l.Close()
			if err := l.Exchange(t.Context(), []byte{1}, c.take); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if l.Open() {
				t.Error("the connection is kept after a failure")
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	l := New(func(context.Context) (Conn, error) { return nil, io.ErrClosedPipe }, Options{})
	if err := l.Exchange(t.Context(), nil, nil); !errors.Is(err, ErrCut) || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v", err)
	}
}

// TestQuietAfterSilence: after an unanswered request nothing is sent until its reply can't come
// any more, and a caller who can't wait so long is told.
func TestQuietAfterSilence(t *testing.T) {
	requests := make(chan struct{}, 10)
	l := New(server(t, func(_ int, c net.Conn) {
		for {
			if _, err := read1(c); err != nil {
				return
			}
			requests <- struct{}{}
		}
	}), Options{Timeout: 50 * time.Millisecond, Late: time.Hour})
	defer l.Close()
	if err := l.Exchange(t.Context(), []byte{1}, one(new(byte))); !errors.Is(err, ErrSilent) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := l.Exchange(ctx, []byte{2}, one(new(byte)))
	if !errors.Is(err, ErrSilent) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	if len(requests) != 1 {
		t.Errorf("%d requests were sent, want 1", len(requests))
	}
}

func TestEndedContext(t *testing.T) {
	l := New(func(context.Context) (Conn, error) { t.Error("dialled"); return nil, io.EOF }, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Exchange(ctx, nil, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
