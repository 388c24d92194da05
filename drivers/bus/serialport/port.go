package serialport

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// writeGrace is how much longer than the wire needs a write may take.
	writeGrace = time.Second
	// writeChunk is what a tty surely takes without blocking once it says that it can be
	// written to: a serial driver then holds less than 256 characters of a buffer of a page
	// (n_tty's WAKEUP_CHARS), and a pseudo-terminal takes up to one buffer, of some 1 800
	// characters, as a whole.
	writeChunk = 1024
	// discardLimit bounds a Discard on a line that never falls silent.
	discardLimit = 1 << 16
	// maxSpurious is how often a wait may promise bytes that are not there.
	maxSpurious = 8
)

// port is an open serial port: the library's descriptor moves the bytes, ours waits.
type port struct {
	path     string
	baud     int
	charBits int
	rs485    *RS485 // what the driver accepted, nil if not asked for

	closed  atomic.Bool
	mu      sync.Mutex // held while a descriptor is in use
	lib     library
	helper  *helper
	wait    *waiter
	scratch [256]byte

	errRead, errWrite, errDiscard, errSleep portErrors
}

// portErrors are the errors of one operation, made once so that none costs memory.
type portErrors struct{ gone, closed error }

func newPortErrors(op, path string) portErrors {
	return portErrors{
		gone: &Error{
			Op: op, Port: path, Err: ErrGone,
			Hint: "the adapter was pulled out or lost power; it is taken up again when it returns",
		},
		closed: &Error{Op: op, Port: path, Err: ErrClosed},
	}
}

// Path is the device node in use.
func (p *port) Path() string { return p.path }

// Baud is the rate in bits per second.
func (p *port) Baud() int { return p.baud }

// CharBits is the length of a character on the wire in bits, start, parity and stop
// included.
func (p *port) CharBits() int { return p.charBits }

// Read implements Port. The library reads only when bytes are waiting; the deadline is kept
// by our own descriptor, to the microsecond, for either library.
func (p *port) Read(b []byte, deadline time.Time) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for range maxSpurious {
		if err := p.await(unix.POLLIN, deadline, &p.errRead); err != nil {
			return 0, err
		}
		n, err := p.lib.Read(b)
		if n > 0 {
			return n, nil
		}
		// No byte in spite of the promise: another process took it, or the port hung up
		// just now. The next wait knows which.
		if err != nil && !errors.Is(err, io.EOF) && isGone(err) {
			return 0, p.errRead.gone
		}
	}
	return 0, p.errRead.gone
}

// Write implements Port. It takes at most the time of the bytes on the wire and a second;
// what could not be sent by then is dropped, so that it can't go out as a stray request
// later, and the error is ErrTimeout.
func (p *port) Write(b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	deadline := time.Now().Add(p.wireTime(len(b)) + writeGrace)
	for len(b) > 0 {
		chunk := b[:min(len(b), writeChunk)]
		if err := p.await(unix.POLLOUT, deadline, &p.errWrite); err != nil {
			if errors.Is(err, ErrTimeout) {
				return p.writeTimeout(len(b))
			}
			return err
		}
		n, err := p.lib.Write(chunk)
		b = b[n:]
		if err == nil || errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN) {
			continue
		}
		if isGone(err) {
			return p.errWrite.gone
		}
		return &Error{Op: "write", Port: p.path, Err: err}
	}
	return nil
}

func (p *port) writeTimeout(left int) error {
	err := fmt.Errorf("%w with %d bytes not sent", ErrTimeout, left)
	if e := p.helper.dropOutput(); e != nil {
		err = errors.Join(err, e)
	}
	return &Error{Op: "write", Port: p.path, Err: err, Hint: "the adapter takes no bytes; pull it out and plug it in again"}
}

// Discard implements Port.
func (p *port) Discard() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	total := 0
	for total < discardLimit {
		err := p.await(unix.POLLIN, time.Time{}, &p.errDiscard)
		if errors.Is(err, ErrTimeout) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
		n, err := p.lib.Read(p.scratch[:])
		if n == 0 {
			if err != nil && isGone(err) {
				return total, p.errDiscard.gone
			}
			return total, nil
		}
		total += n
	}
	return total, nil
}

// SleepUntil implements Sleeper.
func (p *port) SleepUntil(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.await(0, t, &p.errSleep); err != nil && !errors.Is(err, ErrTimeout) {
		return err
	}
	return nil
}

// await waits for the port and turns what it finds into an error of this package.
func (p *port) await(events int16, deadline time.Time, errs *portErrors) error {
	if p.closed.Load() {
		return errs.closed
	}
	r, err := p.wait.wait(events, deadline)
	switch {
	case err != nil:
		return &Error{Op: "wait for", Port: p.path, Err: err}
	case r == readyWoken:
		return errs.closed
	case r == readyGone:
		return errs.gone
	case r == readyTimeout:
		return ErrTimeout
	default:
		return nil
	}
}

// Close implements Port. A second Close does nothing.
func (p *port) Close() error {
	if !p.closed.CompareAndSwap(false, true) {
		return nil
	}
	wakeErr := p.wait.wakeUp()
	p.mu.Lock()
	defer p.mu.Unlock()
	// The library first: bugst closes its descriptor before it wakes a reader, which is
	// safe only because nobody can be reading now.
	err := errors.Join(wakeErr, p.lib.Close(), p.helper.close(), p.wait.close())
	if err != nil {
		return &Error{Op: "close", Port: p.path, Err: err}
	}
	return nil
}

// wireTime is how long n characters take on the line.
func (p *port) wireTime(n int) time.Duration {
	return time.Duration(n) * time.Duration(p.charBits) * time.Second / time.Duration(p.baud)
}
