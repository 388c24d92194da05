package onbon

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"firepost/drivers/bus/serialport"
	"firepost/drivers/led"
)

// dialPipe makes connections whose far ends come out of the channel.
func dialPipe(ends chan net.Conn) func(context.Context) (io.ReadWriteCloser, error) {
	return func(context.Context) (io.ReadWriteCloser, error) {
		near, far := net.Pipe()
		ends <- far
		return near, nil
	}
}

// answering reads one whole request from each connection and writes what reply says.
func answering(ends chan net.Conn, reply func(n int) []byte) {
	for n := 0; ; n++ {
		conn, ok := <-ends
		if !ok {
			return
		}
		readRequest(conn)
		if b := reply(n); b != nil {
			// The sign may have gone meanwhile.
			_, _ = conn.Write(b)
		}
	}
}

// readRequest reads to the end mark.
func readRequest(conn net.Conn) {
	b := make([]byte, 1)
	for b[0] != end {
		if _, err := conn.Read(b); err != nil {
			return
		}
	}
}

func pipeSign(t *testing.T, o Options, reply func(n int) []byte) *Sign {
	t.Helper()
	ends := make(chan net.Conn, 1)
	o.Dial, o.Width, o.Height = dialPipe(ends), 64, 16
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	go answering(ends, reply)
	t.Cleanup(func() { close(ends) })
	return s
}

// A serial line is left alone after an unanswered request, and not after an answered one.
func TestLateReplyPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ack := acked(t)
		s := pipeSign(t, Options{LateReply: 2 * time.Second, Timeout: time.Second}, func(n int) []byte {
			if n == 0 {
				return nil
			}
			return ack
		})
		start := time.Now()
		if err := s.Power(t.Context(), true); !errors.Is(err, led.ErrNoAnswer) {
			t.Fatal(err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("silence was waited for %v", took)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Power(short, true); !errors.Is(err, led.ErrNoAnswer) || !strings.Contains(err.Error(), "nothing was sent") {
			t.Errorf("%v", err)
		}
		if err := s.Power(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("the next request was sent after %v", took)
		}
		start = time.Now()
		if err := s.Power(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != serialGap {
			t.Errorf("after an answer the next request was sent after %v", took)
		}
	})
}

// Over TCP nothing is waited for.
func TestNoPauseOverTCP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ack := acked(t)
		s := pipeSign(t, Options{Timeout: time.Second}, func(n int) []byte {
			if n == 0 {
				return nil
			}
			return ack
		})
		start := time.Now()
		if err := s.Power(t.Context(), true); !errors.Is(err, led.ErrNoAnswer) || errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if err := s.Power(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("both took %v", took)
		}
	})
}

// What is no reply to us confirms nothing.
func TestForeignFrames(t *testing.T) {
	for name, c := range map[string]struct {
		frame Frame
		want  error
	}{
		"ours":         {Frame{To: Host, From: 7, Payload: []byte{0xA0, 0, 0, 0, 0}}, nil},
		"refusal":      {Frame{To: Host, From: 7, Payload: []byte{0xA0, 1, 3, 0, 0}}, led.ErrRefused},
		"error in ack": {Frame{To: Host, From: 7, Payload: []byte{0xA0, 0, 4, 0, 0}}, led.ErrRefused},
		"another card": {Frame{To: Host, From: 8, Payload: []byte{0xA0, 0, 0, 0, 0}}, led.ErrNoAnswer},
		"echo":         {Frame{To: 7, From: Host, Payload: power(true)}, led.ErrNoAnswer},
		"query":        {Frame{To: Host, From: 7, Payload: []byte{0xA1, 2, 0, 0, 0}}, led.ErrNoAnswer},
		"no error":     {Frame{To: Host, From: 7, Payload: []byte{0xA0, 0}}, led.ErrNoAnswer},
		"empty":        {Frame{To: Host, From: 7}, led.ErrNoAnswer},
		"third":        {Frame{To: Host, From: 7, Payload: []byte{0xA0, 2, 0, 0, 0}}, led.ErrNoAnswer},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := pipeSign(t, Options{Address: 7}, func(int) []byte { return c.frame.Append(nil) })
			if err := s.Power(t.Context(), true); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		})
	}
}

// Frames behind the reply change nothing about it.
func TestFramesBehindReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reply := Frame{To: Host, From: 7, Payload: []byte{0xA0, 0, 0, 0, 0}}.Append(nil)
		reply = Frame{To: 7, From: Host, Payload: power(true)}.Append(reply)
		reply = Frame{To: Host, From: 7, Payload: []byte{0xA0, 1, 3, 0, 0}}.Append(reply)
		s := pipeSign(t, Options{Address: 7}, func(int) []byte { return reply })
		if err := s.Power(t.Context(), true); err != nil {
			t.Error(err)
		}
	})
}

// The same scene again refreshes; after a failure or anything else all areas are deleted first.
func TestRefresh(t *testing.T) {
	scene := led.Scene{ID: "a", Lines: []string{"火警"}}
	other := led.Scene{ID: "b", Lines: []string{"演练"}}
	good, bad := Frame{To: Host, From: 1, Payload: []byte{0xA0, 0, 0, 0, 0}}.Append(nil), Frame{To: Host, From: 1, Payload: []byte{0xA0, 1, 3, 0, 0}}.Append(nil)
	var deletes []byte
	ends := make(chan net.Conn, 1)
	s, err := New(Options{Dial: dialPipe(ends), Width: 64, Height: 16})
	if err != nil {
		t.Fatal(err)
	}
	reply := make(chan []byte, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for conn := range ends {
			var p Parser
			b := make([]byte, 256)
			for seen := false; !seen; {
				n, err := conn.Read(b)
				if err != nil {
					return
				}
				p.Feed(b[:n], func(f Frame) {
					seen = true
					deletes = append(deletes, f.Payload[5])
				})
			}
			_, _ = conn.Write(<-reply)
		}
	}()
	for i, step := range []struct {
		do    func() error
		reply []byte
	}{
		{func() error { return s.Show(t.Context(), scene) }, good}, // all deleted
		{func() error { return s.Show(t.Context(), scene) }, good}, // refreshed
		{func() error { return s.Show(t.Context(), other) }, good}, // all deleted
		{func() error { return s.Show(t.Context(), other) }, bad},  // refreshed, refused
		{func() error { return s.Show(t.Context(), other) }, good}, // all deleted
		{func() error { return s.Clear(t.Context()) }, good},       // all deleted
		{func() error { return s.Show(t.Context(), other) }, good}, // all deleted
	} {
		reply <- step.reply
		if err := step.do(); (err == nil) != (string(step.reply) == string(good)) {
			t.Errorf("step %d: %v", i, err)
		}
	}
	close(ends)
	<-done
	if want := "\xff\x00\xff\x00\xff\xff\xff"; string(deletes) != want {
		t.Errorf("deleted % X, want % X", deletes, want)
	}
}

func TestBadOptions(t *testing.T) {
	_, err := New(Options{
		LateReply: -1, Timeout: -1, Address: 70000, Kind: 9, FontHeight: 300, Width: 5, Height: 5000,
		Font: -1, Volume: 11,
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, word := range []string{"dial", "late reply", "timeout", "address", "kind", "font height", "width", "height", "font -1", "volume"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%v does not name %s", err, word)
		}
	}
}

// A port that is not there is no answer, and says why.
func TestSerialMissing(t *testing.T) {
	s, err := New(Options{Dial: Serial(serialport.Spec{Name: "/dev/ttyNONE9"}), Width: 64, Height: 16})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Power(t.Context(), true); !errors.Is(err, led.ErrNoAnswer) || !errors.Is(err, serialport.ErrNotFound) {
		t.Error(err)
	}
}

func TestCan(t *testing.T) {
	for _, speaks := range []bool{false, true} {
		s, err := New(Options{Dial: TCP("192.0.2.1:9"), Width: 64, Height: 16, Speaks: speaks})
		if err != nil {
			t.Fatal(err)
		}
		if s.Can().Has(led.CanSpeak) != speaks || s.Can().Has(led.CanStore) || s.Can().Has(led.CanReadBack) {
			t.Errorf("speaks %t: %b", speaks, s.Can())
		}
	}
}
