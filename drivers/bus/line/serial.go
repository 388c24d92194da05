package line

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"firepost/drivers/bus/serialport"
)

// Serial opens a serial port. What was received before it was opened is thrown away.
func Serial(spec serialport.Spec) Dial {
	return func(ctx context.Context) (Conn, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p, err := serialport.Open(spec)
		if err != nil {
			return nil, err
		}
		if _, err := p.Discard(); err != nil {
			return nil, errors.Join(fmt.Errorf("empty %s: %w", p.Path(), err), p.Close())
		}
		return &serial{port: p}, nil
	}
}

// slice is how long a read waits at most before it looks whether its deadline was moved; the
// port underneath is given its deadline once per read.
const slice = 50 * time.Millisecond

// serial gives a serial port the deadline of a connection.
type serial struct {
	port serialport.Port

	mu       sync.Mutex
	deadline time.Time
}

// SetDeadline bounds what follows; a read that waits notices within 50 ms.
func (s *serial) SetDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadline = t
	return nil
}

func (s *serial) due() (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := time.Now().Add(slice)
	if s.deadline.IsZero() || s.deadline.After(next) {
		return next, false
	}
	return s.deadline, true
}

// Read waits for at least one byte.
func (s *serial) Read(p []byte) (int, error) {
	for {
		until, last := s.due()
		n, err := s.port.Read(p, until)
		switch {
		case n > 0:
			return n, nil
		case errors.Is(err, serialport.ErrTimeout):
			if last {
				return 0, os.ErrDeadlineExceeded
			}
		case err != nil:
			return 0, err
		default:
			return 0, io.ErrNoProgress
		}
	}
}

// Write sends all of p.
func (s *serial) Write(p []byte) (int, error) {
	if err := s.port.Write(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close releases the port.
func (s *serial) Close() error { return s.port.Close() }
