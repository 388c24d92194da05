package modbus

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// TCPOptions are what can be set about a TCP client.
type TCPOptions struct {
	// Dial opens the connection; nil means a plain TCP dial.
	Dial func(ctx context.Context, addr string) (net.Conn, error)
	// DialTimeout bounds a dial; zero means 3 s.
	DialTimeout time.Duration
	// RedialAfter is the pause after a failed dial, during which Do fails at once; zero
	// means 500 ms.
	RedialAfter time.Duration
	// Gateway says that a serial line is behind the address. Some gateways put the number of
	// the present request on a late reply to an earlier one; so the rules of RTU for
	// unanswered and for similar requests are kept here too.
	Gateway bool
}

const (
	defaultDialTimeout = 3 * time.Second
	defaultRedialAfter = 500 * time.Millisecond
	// silentLimit is the number of unanswered requests in a row after which a connection is
	// taken for half open and dialled anew.
	silentLimit = 3
	mbapLen     = 7 // transaction 2, protocol 2, length 2, unit 1
	minReply    = 3 // unit, function, one byte more, as the length field counts them
)

// TCP is a Modbus TCP client of one address (MODBUS Messaging on TCP/IP V1.0b). It dials
// when it is first used and again after a failure. Replies are matched by transaction
// number, so that a late one is dropped and counted, never attributed. One goroutine calls
// Do and ReadyAt; Stats and Close may be called from any.
type TCP struct {
	bus, addr string
	opts      TCPOptions
	ledger    *ledger

	mu     sync.Mutex // guards conn and closed against Close
	conn   net.Conn
	closed bool

	next    uint16
	silent  int
	redial  time.Time
	lastErr error

	frame [mbapLen + maxPDU]byte
	reply [mbapLen + maxPDU]byte
	buf   [2 * (mbapLen + maxPDU)]byte
	have  int
	n     counters
}

var (
	_ Master = (*TCP)(nil)
	_ Master = (*RTU)(nil)
)

// NewTCP makes a client of the device or gateway at addr (host:port). It dials nothing yet.
func NewTCP(bus, addr string, opts TCPOptions) *TCP {
	if opts.Dial == nil {
		opts.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", addr)
		}
	}
	if opts.DialTimeout <= 0 {
		opts.DialTimeout = defaultDialTimeout
	}
	if opts.RedialAfter <= 0 {
		opts.RedialAfter = defaultRedialAfter
	}
	return &TCP{bus: bus, addr: addr, opts: opts, ledger: newLedger(time.Now())}
}

// Do implements Master. It dials where there is no connection.
func (t *TCP) Do(ctx context.Context, req *Request, dst []byte) ([]byte, error) {
	dst = dst[:0]
	if err := req.Validate(); err != nil {
		return dst, fail(t.bus, req, err)
	}
	if t.opts.Gateway {
		if at, why := t.ledger.readyAt(req, time.Now()); !at.IsZero() {
			t.n.held.Add(1)
			return dst, fail(t.bus, req, &HeldError{Until: at, Reason: why})
		}
	}
	conn, err := t.connect(ctx)
	if err != nil {
		return dst, fail(t.bus, req, err)
	}
	begin := time.Now()
	data, err := t.exchange(ctx, conn, req)
	t.n.busy.Add(int64(time.Since(begin)))
	if t.n.outcome(err) {
		t.ledger.unanswered(req, begin)
		t.blame(conn, err)
	} else {
		t.silent = 0
	}
	if err != nil {
		return dst, fail(t.bus, req, err)
	}
	return append(dst, data...), nil
}

// connect returns the open connection or dials one.
func (t *TCP) connect(ctx context.Context) (net.Conn, error) {
	t.mu.Lock()
	conn, closed := t.conn, t.closed
	t.mu.Unlock()
	switch {
	case closed:
		return nil, fmt.Errorf("%w: %w", ErrGone, net.ErrClosed)
	case conn != nil:
		return conn, ctx.Err()
	case time.Now().Before(t.redial):
		return nil, fmt.Errorf("%w: %w", ErrGone, t.lastErr)
	}
	dctx, cancel := context.WithTimeout(ctx, t.opts.DialTimeout)
	defer cancel()
	conn, err := t.opts.Dial(dctx, t.addr)
	if err != nil && ctx.Err() != nil {
		return nil, errors.Join(ctx.Err(), err)
	}
	if err != nil {
		t.n.disconnects.Add(1)
		t.lastErr = fmt.Errorf("dial %s: %w", t.addr, err)
		t.redial = time.Now().Add(t.opts.RedialAfter)
		return nil, fmt.Errorf("%w: %w", ErrGone, t.lastErr)
	}
	t.have, t.silent = 0, 0
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrGone, net.ErrClosed), conn.Close())
	}
	t.conn = conn
	return conn, nil
}

// blame drops the connection if err says that it is of no more use.
func (t *TCP) blame(conn net.Conn, err error) {
	if errors.Is(err, ErrTimeout) {
		t.silent++
	}
	if !errors.Is(err, ErrGone) && t.silent < silentLimit {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn == conn {
		t.conn = nil
	}
	_ = conn.Close() // nothing more is expected of it
}

// exchange sends req and waits for the reply with its transaction number.
func (t *TCP) exchange(ctx context.Context, conn net.Conn, req *Request) ([]byte, error) {
	t.next++
	frame := req.appendBody(t.frame[:mbapLen-1])
	binary.BigEndian.PutUint16(frame[0:], t.next)
	binary.BigEndian.PutUint16(frame[2:], 0)
	binary.BigEndian.PutUint16(frame[4:], uint16(len(frame)-(mbapLen-1))) //nolint:gosec // at most 254
	due := time.Now().Add(req.replyWithin())
	if err := conn.SetWriteDeadline(due); err != nil {
		return nil, t.gone("write", err)
	}
	t.n.requests.Add(1)
	if t.opts.Gateway {
		t.ledger.sent(req, time.Now())
	}
	n, err := conn.Write(frame)
	add(&t.n.txBytes, n)
	if err != nil {
		return nil, t.gone("write", err)
	}
	for {
		data, done, err := t.take(req)
		if done || err != nil {
			return data, err
		}
		if err := t.more(ctx, conn, req, due); err != nil {
			return nil, err
		}
	}
}

// more reads at least one byte.
func (t *TCP) more(ctx context.Context, conn net.Conn, req *Request, due time.Time) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		until := time.Now().Add(sleepSlice)
		if until.After(due) {
			until = due
		}
		if err := conn.SetReadDeadline(until); err != nil {
			return t.gone("read", err)
		}
		n, err := conn.Read(t.buf[t.have:])
		add(&t.n.rxBytes, n)
		t.have += n
		switch {
		case n > 0:
			return nil
		case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			return t.gone("read", err)
		case !time.Now().Before(due):
			t.n.timeouts.Add(1)
			return fmt.Errorf("%w within %v", ErrTimeout, req.replyWithin())
		}
	}
}

// take removes whole frames from the buffer until one answers the present request.
func (t *TCP) take(req *Request) (data []byte, done bool, err error) {
	for t.have >= mbapLen {
		size := int(binary.BigEndian.Uint16(t.buf[4:])) + mbapLen - 1
		if binary.BigEndian.Uint16(t.buf[2:]) != 0 || size < mbapLen-1+minReply || size > mbapLen+maxPDU {
			t.n.crcErrors.Add(1)
			return nil, false, fmt.Errorf("%w: %w: no Modbus TCP header in % X", ErrGone, ErrCRC, t.buf[:mbapLen])
		}
		if t.have < size {
			return nil, false, nil
		}
		// The frame is copied out, so that what follows can close up behind it.
		body := t.reply[:copy(t.reply[:], t.buf[:size])]
		t.have = copy(t.buf[:], t.buf[size:t.have])
		if binary.BigEndian.Uint16(body) != t.next {
			add(&t.n.lateBytes, size)
			continue
		}
		return t.judge(req, body[mbapLen-1:])
	}
	return nil, false, nil
}

// judge reads the reply p, from its unit on, which carries the right transaction number.
func (t *TCP) judge(req *Request, p []byte) (data []byte, done bool, err error) {
	if p[0] == req.Unit && p[1] == byte(req.Function)|0x80 && len(p) == 3 {
		return nil, true, Exception(p[2])
	}
	var head [6]byte
	n := req.replyHead(&head)
	want := req.replyLen() - 2
	if len(p) != want || string(p[:n]) != string(head[:n]) {
		t.n.foreign.Add(1)
		return nil, false, nil
	}
	if !req.Function.isRead() {
		return nil, true, nil
	}
	return p[3:], true, nil
}

func (t *TCP) gone(op string, err error) error {
	t.n.disconnects.Add(1)
	return fmt.Errorf("%w: %s: %w", ErrGone, op, err)
}

// ReadyAt implements Master: transaction numbers leave nothing ambiguous, unless the
// options say that a gateway is in between.
func (t *TCP) ReadyAt(req *Request) time.Time {
	if !t.opts.Gateway {
		return time.Time{}
	}
	at, _ := t.ledger.readyAt(req, time.Now())
	return at
}

// Cost implements Master: the device's turnaround; a network's own time is small beside it.
func (t *TCP) Cost(_ *Request, turnaround time.Duration) time.Duration { return turnaround }

// Stats implements Master.
func (t *TCP) Stats() Stats { return t.n.stats() }

// Close implements Master. It may be called from any goroutine and ends a Do in progress.
func (t *TCP) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.conn == nil {
		return nil
	}
	conn := t.conn
	t.conn = nil
	if err := conn.Close(); err != nil {
		return fmt.Errorf("close bus %s: %w", t.bus, err)
	}
	return nil
}
