package huidu

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"

	"firepost/drivers/led"
)

// pair is a session and the card's end of its connection.
func pair(t *testing.T) (*session, net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _ = ours.Close(); _ = theirs.Close() })
	return &session{conn: ours, guid: "g"}, theirs
}

// answer takes one request from the connection and sends what is given.
func answer(t *testing.T, c net.Conn, reply []byte) chan struct{} {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 4096)
		if _, err := c.Read(buf); err != nil {
			return
		}
		_, _ = c.Write(reply)
	}()
	return done
}

// xmlAnswer is one answer in one piece.
func xmlAnswer(text string) []byte {
	b := askFrames(text)
	b[2] = byte(cmdAnswer & 0xFF)
	return b
}

// TestOtherAnswers: an answer to another method, a GPS report and heartbeats are passed over.
func TestOtherAnswers(t *testing.T) {
	s, card := pair(t)
	var reply []byte
	for _, f := range [][]byte{
		frame(nil, cmdGPS, []byte("somewhere")), frame(nil, cmdHeartbeatAnswer), frame(nil, cmdFileEnded, []byte{0, 0}),
		xmlAnswer(`<sdk guid="g"><out result="kSuccess" method="OpenScreen"/></sdk>`),
		xmlAnswer(`<sdk guid="g"><out method="CloseScreen" result="kPermissionDenied"/></sdk>`),
	} {
		reply = append(reply, f...)
	}
	done := answer(t, card, reply)
	_, _, err := s.call("CloseScreen")
	if !errors.Is(err, led.ErrRefused) || !refusedAs(err, "kPermissionDenied") || refusedAs(err, "kSuccess") {
		t.Errorf("%v", err)
	}
	<-done
}

// TestHalfFrame: a connection on which half of something is left over is not used again; whole
// frames do no harm, and a heartbeat among them is answered.
func TestHalfFrame(t *testing.T) {
	for name, c := range map[string]struct {
		left  []byte
		alive bool
	}{
		"nothing":      {nil, true},
		"a report":     {frame(nil, cmdGPS, []byte("somewhere")), true},
		"half":         {[]byte{8, 0, 4}, false},
		"half at last": {append(frame(nil, cmdGPS), 8, 0), false},
		"garbage":      {[]byte{3, 0, 0, 0}, false},
	} {
		s, _ := pair(t)
		s.buf = c.left
		if got := s.alive(); got != c.alive {
			t.Errorf("%s: used again: %v", name, got)
		}
	}
	s, card := pair(t)
	s.buf = frame(nil, cmdHeartbeatAsk)
	heard := make(chan []byte)
	go func() {
		b := make([]byte, 4)
		_, _ = io.ReadFull(card, b)
		heard <- b
	}()
	if err := s.settle(); err != nil {
		t.Error(err)
	}
	if got := <-heard; !bytes.Equal(got, []byte{4, 0, 0x60, 0}) {
		t.Errorf("the heartbeat is answered with % x", got)
	}
	_ = card.Close()
	if s.alive() {
		t.Error("a connection that ended is used again")
	}
}

// TestUploadAnswers: every way in which a card can turn a file down.
func TestUploadAnswers(t *testing.T) {
	started := func(code byte, have byte) []byte {
		return frame(nil, cmdFileStarted, []byte{code, 0, have, 0, 0, 0, 0, 0, 0, 0})
	}
	ended := func(code byte) []byte { return frame(nil, cmdFileEnded, []byte{code, 0}) }
	for name, c := range map[string]struct {
		replies [][]byte
		want    error
	}{
		"stored":         {[][]byte{started(0, 0), nil, ended(0)}, nil},
		"stored before":  {[][]byte{started(0, 3), ended(1)}, nil},
		"no room":        {[][]byte{started(9, 0), ended(0)}, led.ErrRefused},
		"longer already": {[][]byte{started(0, 4), ended(0)}, led.ErrRefused},
		"not finished":   {[][]byte{started(0, 0), nil, ended(19)}, led.ErrRefused},
		"no length":      {[][]byte{frame(nil, cmdFileStarted, []byte{0, 0})}, errFrame},
		"no code":        {[][]byte{frame(nil, cmdFileStarted)}, errFrame},
		"error frame":    {[][]byte{frame(nil, cmdError, []byte{4, 0})}, led.ErrRefused},
		"cut":            {nil, errHung},
	} {
		s, card := pair(t)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for _, reply := range append(c.replies, nil) {
				// net.Pipe hands over one write at a time: one frame of ours.
				if _, err := card.Read(make([]byte, 4096)); err != nil {
					return
				}
				if len(reply) > 0 {
					_, _ = card.Write(reply)
				}
			}
			_ = card.Close()
		}()
		if err := s.upload("a.png", "d41d8cd98f00b204e9800998ecf8427e", []byte("abc")); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		_ = s.conn.Close()
		<-done
	}
}
