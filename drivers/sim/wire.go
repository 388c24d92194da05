package sim

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// wire is the engine's only view of time and bytes.
type wire interface {
	// wait returns when bytes can be read, or when the clock reaches until (0: never). now
	// is the time of its return. ErrStopped: the line was told to end.
	wait(until int64) (now int64, readable bool, err error)
	read(p []byte) (int, error)
	// write delivers bytes to the master and returns the time just before they could be seen.
	write(p []byte) (at int64, err error)
}

// ptyWire is the simulated end of a pseudo-terminal. One wait covers bytes, time and stop:
// ppoll takes nanoseconds and, with the thread's timer slack at 1 ns, wakes as precisely as
// clock_nanosleep, yet a request's arrival is stamped also while a reply is under way.
//
// A processor that has gone to sleep needs tens of microseconds to wake, more so in a
// virtual machine. An exact wire learns how many, wakes that much earlier, and spins for
// the few microseconds that remain.
type ptyWire struct {
	pty   *PTY
	fd    int
	stop  int // eventfd, readable for ever once the line is told to end
	exact bool
	late  int64 // ns, moving average of how late a sleep ends

	once    sync.Once
	overrun atomic.Uint64
}

func newPTYWire() (*ptyWire, error) {
	p, err := OpenPTY()
	if err != nil {
		return nil, err
	}
	w := &ptyWire{pty: p, fd: -1}
	raw, err := p.Master.SyscallConn()
	if err == nil {
		// Not Fd(), which would take the file away from the runtime's poller for good.
		err = raw.Control(func(fd uintptr) { w.fd = int(fd) })
	}
	if err == nil {
		w.stop, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	}
	if err != nil {
		return nil, fmt.Errorf("open wire on %s: %w", p.Path, errors.Join(err, p.Close()))
	}
	return w, nil
}

func (w *ptyWire) wait(until int64) (int64, bool, error) {
	fds := [2]unix.PollFd{{Fd: int32(w.fd), Events: unix.POLLIN}, {Fd: int32(w.stop), Events: unix.POLLIN}}
	for {
		var timeout *unix.Timespec
		alarm, slept := until, false
		if until != 0 {
			if w.exact {
				alarm -= min(w.late+spinMargin, maxLead)
			}
			left := max(0, alarm-Now())
			// The system call writes the rest into ts, so that it can't be asked later.
			ts := unix.NsecToTimespec(left)
			timeout, slept = &ts, left > 0
		}
		n, err := unix.Ppoll(fds[:], timeout, nil)
		now := Now()
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return now, false, fmt.Errorf("wait on %s: %w", w.pty.Path, err)
		case fds[1].Revents != 0:
			return now, false, ErrStopped
		case n == 0:
			return w.spin(now, alarm, until, slept), false, nil
		case fds[0].Revents&^unix.POLLIN != 0:
			return now, false, fmt.Errorf("wait on %s: hung up: %w", w.pty.Path, ErrStopped)
		}
		return now, true, nil
	}
}

// How much earlier than due an exact wire wakes, beyond what sleeps are late on average,
// and at most.
const (
	spinMargin = int64(20 * time.Microsecond)
	maxLead    = int64(150 * time.Microsecond)
)

// spin learns from a sleep that should have ended at alarm and passes the rest of the time.
func (w *ptyWire) spin(now, alarm, until int64, slept bool) int64 {
	if slept {
		w.late += (min(now-alarm, maxLead) - w.late) / 16
	}
	for now < until {
		now = Now()
	}
	return now
}

func (w *ptyWire) read(p []byte) (int, error) {
	for {
		n, err := unix.Read(w.fd, p)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			return 0, nil
		case err != nil:
			return 0, fmt.Errorf("read %s: %w", w.pty.Path, err)
		default:
			return n, nil
		}
	}
}

// write loses what a master that has stopped reading leaves no room for, as a UART would.
func (w *ptyWire) write(p []byte) (int64, error) {
	at := Now()
	for len(p) > 0 {
		n, err := unix.Write(w.fd, p)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			w.overrun.Add(uint64(len(p)))
			return at, nil
		case err != nil:
			return at, fmt.Errorf("write %s: %w", w.pty.Path, err)
		default:
			p = p[n:]
		}
	}
	return at, nil
}

// wake ends wait; it may be called from any goroutine, any number of times.
func (w *ptyWire) wake() {
	w.once.Do(func() {
		one := [8]byte{1, 1, 1, 1, 1, 1, 1, 1}
		// A counter that has never been written takes any value but all ones.
		_, _ = unix.Write(w.stop, one[:])
	})
}

// close releases the terminal; nothing may use the wire any more.
func (w *ptyWire) close() error {
	return errors.Join(w.pty.Close(), unix.Close(w.stop))
}

// steady makes the calling thread's sleeps exact to the microsecond, and lets it run before
// all normal threads if realtime is asked for and allowed. It reports whether it was.
func steady(realtime bool) bool {
	// Without it sleeps are up to 50 µs longer; there is nothing to do if it is refused.
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	if !realtime {
		return false
	}
	attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 1}
	return unix.SchedSetAttr(0, &attr, 0) == nil
}

// charTime is the time of one character: a start bit, the data bits, a parity bit if there
// is one, and the stop bits. ErrSpec: not a format such as 8N1.
func charTime(baud int, format string) (time.Duration, error) {
	if len(format) != 3 || format[0] < '7' || format[0] > '8' || format[2] < '1' || format[2] > '2' {
		return 0, fmt.Errorf("read serial format %q: want data bits, parity and stop bits such as 8N1: %w", format, ErrSpec)
	}
	bits := 1 + int(format[0]-'0') + int(format[2]-'0')
	switch format[1] {
	case 'N':
	case 'E', 'O':
		bits++
	default:
		return 0, fmt.Errorf("read serial format %q: parity is N, E or O: %w", format, ErrSpec)
	}
	if baud < 300 || baud > 4_000_000 {
		return 0, fmt.Errorf("read baud rate %d: want 300 to 4000000: %w", baud, ErrSpec)
	}
	return time.Duration(bits) * time.Second / time.Duration(baud), nil
}

// silenceAfter is the legal silence between frames: 3.5 characters, and 1.75 ms above
// 19200 baud (MODBUS over Serial Line V1.02, section 2.5.1.1).
func silenceAfter(baud int, char time.Duration) time.Duration {
	if baud > 19200 {
		return 1750 * time.Microsecond
	}
	return char * 7 / 2
}
