package line

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// Errors that a caller tells apart with errors.Is. Beside them an error may wrap the context's.
var (
	// ErrSilent: nothing at all came within the time.
	ErrSilent = errors.New("no answer")
	// ErrNoise: something came within the time, but not an answer to the request.
	ErrNoise = errors.New("no answer among what came")
	// ErrFlood: more came than any answer can be long.
	ErrFlood = errors.New("more than an answer")
	// ErrCut: the line could not be opened, or went away.
	ErrCut = errors.New("no connection")
)

// Conn is an open line. A *net.TCPConn is one, and so is what Serial opens.
type Conn interface {
	io.ReadWriteCloser
	// SetDeadline bounds both reading and writing; a moment in the past wakes both.
	SetDeadline(t time.Time) error
}

// Dial opens the line within ctx.
type Dial func(ctx context.Context) (Conn, error)

// TCP dials an address ("192.168.1.20:1515") each time it is called.
func TCP(address string) Dial {
	return func(ctx context.Context) (Conn, error) {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("reach %s: %w", address, err)
		}
		return c, nil
	}
}

// The values that zero fields of Options stand for.
const (
	DefaultTimeout = 2 * time.Second
	DefaultLate    = 2 * time.Second
	DefaultLimit   = 64 << 10
)

// drainFor is how long a connection is listened to before it is used again.
const drainFor = 2 * time.Millisecond

// Options are a line's patience and its bounds.
type Options struct {
	// Timeout is how long one request may take once the line is free, opening it included;
	// zero means DefaultTimeout. The context may end it sooner.
	Timeout time.Duration
	// Late is how long after an unanswered request its reply may still come; zero means
	// DefaultLate, negative none: for protocols that number their replies.
	Late time.Duration
	// Limit is how many unused bytes are kept at most; zero means DefaultLimit.
	Limit int
	// Once never sends a request a second time, whatever happened to the connection.
	Once bool
}

// Line is one line, whichever way it is opened. It is used by one goroutine at a time.
type Line struct {
	dial  Dial
	o     Options
	conn  Conn
	buf   []byte
	doubt time.Time // until when a late reply may come
}

// New opens nothing yet.
func New(dial Dial, o Options) *Line {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Late == 0 {
		o.Late = DefaultLate
	}
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	return &Line{dial: dial, o: o}
}

// Close gives the connection up; the next Exchange opens a new one.
func (l *Line) Close() error {
	if l.conn == nil {
		return nil
	}
	c := l.conn
	l.conn, l.buf = nil, nil
	return c.Close()
}

// Open reports whether a connection is up as far as is known.
func (l *Line) Open() bool { return l.conn != nil }

// Take looks at what was received and not yet used, and says how many bytes it has used and
// whether the answer is complete. Used bytes are not shown again. An error ends the exchange.
type Take func(received []byte) (used int, done bool, err error)

// Exchange sends request and shows what comes back to take until it is done. A nil take means
// that nothing is awaited. After an error the connection has been given up.
func (l *Line) Exchange(ctx context.Context, request []byte, take Take) error {
	if err := l.settle(ctx); err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, l.o.Timeout)
	defer cancel()
	again, err := l.try(within, request, take)
	if again {
		_, err = l.try(within, request, take)
	}
	if cause := ctx.Err(); err != nil && cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w (%w)", err, cause)
	}
	return err
}

// try makes one attempt; again means that a connection from before was found dead.
func (l *Line) try(ctx context.Context, request []byte, take Take) (again bool, err error) {
	l.drain()
	fresh := l.conn == nil
	if fresh {
		conn, err := l.dial(ctx)
		if err != nil {
			return false, fmt.Errorf("%w: %w", ErrCut, err)
		}
		l.conn = conn
	}
	conn := l.conn
	// A failure to set a deadline shows as the read's own failure or as its success.
	_ = conn.SetDeadline(time.Time{})
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	heard, err := l.exchange(request, take)
	stop()
	if err == nil {
		return false, nil
	}
	if l.o.Late > 0 {
		l.doubt = time.Now().Add(l.o.Late)
	}
	again = errors.Is(err, ErrCut) && !heard && !fresh && !l.o.Once && ctx.Err() == nil
	if again {
		l.doubt = time.Time{}
	}
	return again, errors.Join(err, l.Close())
}

// exchange is the plain work; heard says whether any byte came.
func (l *Line) exchange(request []byte, take Take) (heard bool, err error) {
	l.buf = l.buf[:0]
	if _, err := l.conn.Write(request); err != nil {
		return false, failure("send", err, false)
	}
	if take == nil {
		return false, nil
	}
	var chunk [2048]byte
	for {
		n, err := l.conn.Read(chunk[:])
		l.buf = append(l.buf, chunk[:n]...)
		if n > 0 {
			heard = true
			used, done, takeErr := take(l.buf)
			l.buf = l.buf[:copy(l.buf, l.buf[min(max(used, 0), len(l.buf)):])]
			if done || takeErr != nil {
				return heard, takeErr
			}
		}
		if err != nil {
			return heard, failure("receive", err, heard)
		}
		if len(l.buf) > l.o.Limit {
			return heard, fmt.Errorf("%w: %d bytes without an end", ErrFlood, len(l.buf))
		}
	}
}

func failure(op string, err error, heard bool) error {
	switch {
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%w: %s: %w", ErrCut, op, err)
	case heard:
		return fmt.Errorf("%s: %w", op, ErrNoise)
	default:
		return fmt.Errorf("%s: %w", op, ErrSilent)
	}
}

// drain throws away what came unasked since the last request, and gives a connection up that
// has ended meanwhile.
func (l *Line) drain() {
	if l.conn == nil {
		return
	}
	_ = l.conn.SetDeadline(time.Now().Add(drainFor))
	var chunk [2048]byte
	for total := 0; total <= l.o.Limit; {
		n, err := l.conn.Read(chunk[:])
		total += n
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		if err != nil {
			break
		}
	}
	_ = l.Close() // ended or flooding: a new one is opened
}

// settle waits until no reply to an earlier request can come any more.
func (l *Line) settle(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrSilent, err)
	}
	wait := time.Until(l.doubt)
	if wait <= 0 {
		return nil
	}
	t := time.NewTimer(min(wait, l.o.Late)) // a clock that was set back must not make it longer
	defer t.Stop()
	select {
	case <-t.C:
		l.doubt = time.Time{}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: the reply to an earlier request may still come: %w", ErrSilent, ctx.Err())
	}
}
