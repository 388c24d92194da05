package mqttlink

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	// softBuffer is how many bytes may stand in the buffer before a publisher waits. As
	// many may be in the write that is going on; both together are what an alarm finds ahead
	// of itself in user space.
	softBuffer = 16 << 10
	// hardBuffer bounds the unsent bytes whatever the client library does: one largest
	// message and its envelope.
	hardBuffer = 4 << 20
	// maxInbound is the largest packet taken from the broker. The client library would
	// otherwise allocate whatever length (up to 256 MB) a packet announces.
	maxInbound = 1 << 20
	// writeStall is how long one write may make no progress.
	writeStall = 10 * time.Second
	// farewellTime bounds the last flush of a polite close.
	farewellTime = 500 * time.Millisecond
)

// errLost stands for net.ErrClosed towards the client library, which takes the text of that one
// for a close of its own, tells nobody and lives on.
var errLost = errors.New("connection is gone")

// errInboundTooLarge ends a connection whose broker announces a packet above maxInbound.
var errInboundTooLarge = errors.New("packet from the broker is too large")

// wire wraps the network connection under the client library. Writes go to a buffer that a
// goroutine of its own empties, so one system call carries many packets and a full socket
// never blocks the library's internals; publishers wait in waitRoom instead. Reads are
// buffered (the library reads byte by byte) and watched for oversized packets.
//
// The library learns of a lost connection from Read alone, and only while no publication is
// being handed over: one that meets its shutdown would be left standing until a time-out.
type wire struct {
	net.Conn
	in    *bufio.Reader
	frame frameGuard

	mu      sync.Mutex
	buf     []byte
	err     error
	closing bool

	handing sync.Mutex // held while a publication is handed to the library

	kick chan struct{} // the buffer has something, or closing was set
	room chan struct{} // the buffer was taken
	done chan struct{} // the flusher has ended
}

func newWire(c net.Conn) *wire {
	w := &wire{
		Conn: c, in: bufio.NewReaderSize(c, 8<<10),
		kick: make(chan struct{}, 1), room: make(chan struct{}, 1), done: make(chan struct{}),
	}
	go w.flush()
	return w
}

// Read implements net.Conn.
func (w *wire) Read(p []byte) (int, error) {
	n, err := w.in.Read(p)
	if ferr := w.frame.pass(p[:n]); ferr != nil {
		n, err = 0, ferr
	}
	if err != nil {
		w.fail(err)
		w.handing.Lock()
		defer w.handing.Unlock()
		if _, first := w.state(); first != nil && !errors.Is(first, net.ErrClosed) {
			err = first // why the flusher closed the connection says more than that it did
		}
		if errors.Is(err, net.ErrClosed) {
			err = errLost
		}
	}
	return n, err
}

// fail ends the connection for publishers.
func (w *wire) fail(err error) {
	w.mu.Lock()
	if w.err == nil {
		w.err = err
	}
	w.mu.Unlock()
	signal(w.room)
}

// Write takes p into the buffer; it never blocks. On a connection that is lost it succeeds
// into nothing: what counts is the broker's answer, and Read tells of the loss.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.err != nil || w.closing:
		return len(p), nil
	case len(w.buf)+len(p) > hardBuffer:
		return 0, fmt.Errorf("buffer %d bytes: more than %d unsent", len(p), hardBuffer)
	}
	w.buf = append(w.buf, p...)
	signal(w.kick)
	return len(p), nil
}

// handOver runs f, which hands one publication to the library, unless the connection is lost.
func (w *wire) handOver(f func()) error {
	w.handing.Lock()
	defer w.handing.Unlock()
	if _, err := w.state(); err != nil {
		return err
	}
	f()
	return nil
}

// state is how much is buffered, and why nothing more may be.
func (w *wire) state() (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil && w.closing {
		return 0, net.ErrClosed
	}
	return len(w.buf), w.err
}

// SetWriteDeadline does nothing: the flusher has deadlines of its own.
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline bounds reads; see SetWriteDeadline for writes.
func (w *wire) SetDeadline(t time.Time) error { return w.SetReadDeadline(t) }

// waitRoom waits until the buffer is below softBuffer. One caller at a time.
func (w *wire) waitRoom(ctx context.Context) error {
	for {
		n, err := w.state()
		if err != nil {
			return err
		}
		if n < softBuffer {
			return nil
		}
		select {
		case <-w.room:
		case <-w.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// flush empties the buffer until the wire is closed or a write fails, then closes the
// connection, which also ends the reader.
func (w *wire) flush() {
	defer close(w.done)
	defer func() { _ = w.Conn.Close() }()
	var out []byte
	for {
		w.mu.Lock()
		out, w.buf = w.buf, out[:0]
		closing := w.closing
		w.mu.Unlock()
		signal(w.room)
		if len(out) > 0 {
			if err := w.writeAll(out, closing); err != nil {
				w.fail(err)
				return
			}
			if cap(out) > 2*softBuffer {
				out = nil // one large burst must not pin memory
			}
			continue
		}
		if closing {
			return
		}
		<-w.kick
	}
}

func (w *wire) writeAll(p []byte, closing bool) error {
	stall := writeStall
	if closing {
		stall = farewellTime
	}
	for len(p) > 0 {
		if err := w.Conn.SetWriteDeadline(time.Now().Add(stall)); err != nil {
			return err
		}
		n, err := w.Conn.Write(p)
		p = p[n:]
		if err != nil && n == 0 {
			return err
		}
	}
	return nil
}

// Close flushes what is buffered, bounded by farewellTime, and closes.
func (w *wire) Close() error {
	w.mu.Lock()
	first := !w.closing
	w.closing = true
	w.mu.Unlock()
	if first {
		signal(w.kick)
		// A write that is stuck right now must not outlive the farewell.
		_ = w.Conn.SetWriteDeadline(time.Now().Add(farewellTime))
	}
	return nil
}

// abort closes at once, whatever is buffered.
func (w *wire) abort() {
	w.mu.Lock()
	w.closing, w.buf = true, nil
	w.mu.Unlock()
	w.fail(net.ErrClosed)
	_ = w.Conn.Close()
	signal(w.kick)
}

// signal puts a mark into a channel of capacity one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// frameGuard follows the fixed headers of an MQTT byte stream: type, then the remaining
// length in one to four bytes of seven bits (MQTT 3.1.1, 2.2.3), then that many bytes.
type frameGuard struct {
	left   int // bytes of the packet's body still to come
	length int
	shift  uint
	inside bool // in the length field
}

func (g *frameGuard) pass(p []byte) error {
	for len(p) > 0 {
		if g.left > 0 {
			n := min(g.left, len(p))
			g.left -= n
			p = p[n:]
			continue
		}
		b := p[0]
		p = p[1:]
		if !g.inside {
			g.inside, g.length, g.shift = true, 0, 0
			continue
		}
		g.length |= int(b&0x7f) << g.shift
		g.shift += 7
		if b&0x80 == 0 {
			g.inside, g.left = false, g.length
		} else if g.shift >= 28 {
			return fmt.Errorf("%w: length field of more than four bytes", errInboundTooLarge)
		}
		if g.length > maxInbound {
			return fmt.Errorf("%w: %d bytes, at most %d", errInboundTooLarge, g.length, maxInbound)
		}
	}
	return nil
}
