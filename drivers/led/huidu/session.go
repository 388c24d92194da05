package huidu

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"firepost/drivers/bus/line"
	"firepost/drivers/led"
)

// drainFor is how long a connection is listened to before it is used again.
const drainFor = 2 * time.Millisecond

// declaration begins every request.
const declaration = `<?xml version="1.0" encoding="utf-8"?>`

// errHung: the connection ended or nothing more came.
var errHung = errors.New("no connection")

// refusal is an answer whose result is not kSuccess.
type refusal struct{ method, result string }

// Error says it in words.
func (r *refusal) Error() string { return fmt.Sprintf("%s: %s", r.method, r.result) }

// Unwrap makes it a led.ErrRefused.
func (r *refusal) Unwrap() error { return led.ErrRefused }

// refusedAs reports whether err is an answer with that result.
func refusedAs(err error, results ...string) bool {
	var r *refusal
	return errors.As(err, &r) && slices.Contains(results, r.result)
}

// session is one connection on which the handshake is done.
type session struct {
	conn  line.Conn
	buf   []byte
	guid  string // of the connection, as the card gave it
	heard bool   // something came since the last request
}

// open connects and shakes hands: versions, then the session's GUID.
func open(ctx context.Context, dial line.Dial) (*session, error) {
	conn, err := dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errHung, err)
	}
	s := &session{conn: conn}
	stop := s.watch(ctx)
	defer stop()
	if err := s.shakeHands(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

func (s *session) shakeHands() error {
	var version [4]byte
	binary.LittleEndian.PutUint32(version[:], protocolVersion)
	if err := s.send(frame(nil, cmdVersionAsk, version[:])); err != nil {
		return err
	}
	body, err := s.await(cmdVersionAnswer)
	if err != nil {
		return fmt.Errorf("agree on a version: %w", err)
	}
	if len(body) < len(version) {
		return fmt.Errorf("agree on a version: %w: answer of %d bytes", errFrame, len(body))
	}
	s.guid = "##GUID"
	_, sdk, err := s.call("GetIFVersion", el("version", "value", "1000000"))
	if err != nil {
		return fmt.Errorf("begin a session: %w", err)
	}
	s.guid = sdk.get("guid")
	if s.guid == "" || s.guid == "##GUID" {
		return fmt.Errorf("begin a session: %w: the card gave no GUID", errFrame)
	}
	return nil
}

// watch makes ctx's end wake whatever waits on the connection, until it is stopped.
func (s *session) watch(ctx context.Context) (stop func() bool) {
	// A failure to set a deadline shows as the read's own failure or as its success.
	_ = s.conn.SetDeadline(time.Time{})
	return context.AfterFunc(ctx, func() { _ = s.conn.SetDeadline(time.Unix(1, 0)) })
}

// alive throws away what came unasked since the last request, and reports whether the
// connection can be used again.
func (s *session) alive() bool {
	_ = s.conn.SetDeadline(time.Now().Add(drainFor))
	for range 64 {
		var chunk [2048]byte
		n, err := s.conn.Read(chunk[:])
		s.buf = append(s.buf, chunk[:n]...)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return s.settle() == nil
		}
		if err != nil {
			return false
		}
	}
	return false
}

// settle drops whole frames that answer nothing any more. Half a frame would be taken for the
// answer to the next request, so it ends the connection.
func (s *session) settle() error {
	for len(s.buf) > 0 {
		cmd, _, n, err := nextFrame(s.buf)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%w: half of a frame is left over", errFrame)
		}
		s.buf = s.buf[:copy(s.buf, s.buf[n:])]
		if cmd == cmdHeartbeatAsk {
			if _, err := s.conn.Write(frame(nil, cmdHeartbeatAnswer)); err != nil {
				return err
			}
		}
	}
	return nil
}

// send writes frames; what was received before is not looked at any more.
func (s *session) send(frames []byte) error {
	if err := s.settle(); err != nil {
		return err
	}
	s.heard = false
	if _, err := s.conn.Write(frames); err != nil {
		return fmt.Errorf("%w: send: %w", errHung, err)
	}
	return nil
}

// await reads until a frame of that command, answers heartbeats, and passes over answers to
// nothing. The card's error frame is a led.ErrRefused.
func (s *session) await(want uint16) ([]byte, error) {
	var chunk [2048]byte
	for {
		cmd, body, n, err := nextFrame(s.buf)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			n, err := s.conn.Read(chunk[:])
			s.buf = append(s.buf, chunk[:n]...)
			s.heard = s.heard || n > 0
			if err != nil {
				return nil, fmt.Errorf("%w: receive: %w", errHung, err)
			}
			continue
		}
		body = append([]byte(nil), body...)
		s.buf = s.buf[:copy(s.buf, s.buf[n:])]
		switch cmd {
		case want:
			return body, nil
		case cmdHeartbeatAsk:
			if _, err := s.conn.Write(frame(nil, cmdHeartbeatAnswer)); err != nil {
				return nil, fmt.Errorf("%w: answer a heartbeat: %w", errHung, err)
			}
		case cmdError:
			c, err := code(body)
			if err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("%w: %s", led.ErrRefused, codeText(c))
		}
	}
}

// call makes one SDK request and returns the answer's <out> and <sdk>.
func (s *session) call(method string, args ...*node) (out, sdk *node, err error) {
	var b strings.Builder
	b.WriteString(declaration)
	el("sdk", "guid", s.guid).with(el("in", "method", method).with(args...)).write(&b)
	if err := s.send(askFrames(b.String())); err != nil {
		return nil, nil, err
	}
	var a assembly
	for {
		body, err := s.await(cmdAnswer)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", method, err)
		}
		whole, err := a.add(body)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", method, err)
		}
		if !whole {
			continue
		}
		sdk, err := parseXML(string(a.xml))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", method, err)
		}
		out := sdk.child("out")
		if sdk.name != "sdk" || out == nil {
			return nil, nil, fmt.Errorf("%s: %w: answer without <sdk><out>", method, errXML)
		}
		if out.get("method") != method {
			continue // an answer to something else
		}
		if result := out.get("result"); result != "kSuccess" {
			return nil, nil, &refusal{method, result}
		}
		return out, sdk, nil
	}
}

// beat asks whether the card is there.
func (s *session) beat() error {
	if err := s.send(frame(nil, cmdHeartbeatAsk)); err != nil {
		return err
	}
	_, err := s.await(cmdHeartbeatAnswer)
	return err
}

// upload stores a file; what the card has of it already is not sent again.
func (s *session) upload(name, md5 string, content []byte) error {
	if err := s.send(frame(nil, cmdFileStart, fileStart(name, md5, len(content)))); err != nil {
		return err
	}
	body, err := s.await(cmdFileStarted)
	if err != nil {
		return err
	}
	c, err := code(body)
	switch {
	case err != nil:
		return err
	case c != codeOK:
		// The card stays in its file mode until it hears the end.
		_, endErr := s.end()
		return errors.Join(fmt.Errorf("%w: %s", led.ErrRefused, codeText(c)), endErr)
	case len(body) < 10:
		return fmt.Errorf("%w: answer of %d bytes to the start of a file", errFrame, len(body))
	}
	have := binary.LittleEndian.Uint64(body[2:])
	if have > uint64(len(content)) {
		_, endErr := s.end()
		return errors.Join(fmt.Errorf("%w: the card holds %d bytes of %s, which has %d", led.ErrRefused, have, name, len(content)), endErr)
	}
	for rest := content[have:]; len(rest) > 0; {
		n := min(len(rest), maxChunk)
		if _, err := s.conn.Write(frame(nil, cmdFileContent, rest[:n])); err != nil {
			return fmt.Errorf("%w: send a file: %w", errHung, err)
		}
		rest = rest[n:]
	}
	c, err = s.end()
	if err == nil && c != codeOK && c != codeFinished {
		err = fmt.Errorf("%w: %s", led.ErrRefused, codeText(c))
	}
	return err
}

// end says that the file is over, and returns the card's verdict.
func (s *session) end() (uint16, error) {
	if err := s.send(frame(nil, cmdFileEnd)); err != nil {
		return 0, err
	}
	body, err := s.await(cmdFileEnded)
	if err != nil {
		return 0, err
	}
	return code(body)
}
