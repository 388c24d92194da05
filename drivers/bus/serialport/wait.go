package serialport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// maxWait bounds one ppoll, so that far deadlines fit a 32-bit time.
const maxWait = time.Hour

// ready is what a wait has found.
type ready uint8

const (
	readyTimeout ready = iota
	readyIO
	readyGone
	readyWoken
)

// waiter waits for one descriptor, and can be woken by another goroutine. ppoll is used
// because its time-out counts nanoseconds; the runtime's poller rounds to milliseconds.
type waiter struct {
	fds  [2]unix.PollFd
	wake int // eventfd; wakes for ever once written to
}

func newWaiter(fd int) (*waiter, error) {
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("make eventfd: %w", err)
	}
	w := &waiter{wake: wake}
	w.fds[0].Fd = int32(fd)
	w.fds[1].Fd = int32(wake)
	w.fds[1].Events = unix.POLLIN
	return w, nil
}

// wait waits until the descriptor is ready for events, has hung up, the deadline has passed
// or wakeUp was called. A deadline in the past only looks. One goroutine at a time.
func (w *waiter) wait(events int16, deadline time.Time) (ready, error) {
	w.fds[0].Events = events
	for {
		left := max(time.Until(deadline), 0)
		ts := unix.NsecToTimespec(int64(min(left, maxWait)))
		n, err := unix.Ppoll(w.fds[:], &ts, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return readyTimeout, fmt.Errorf("ppoll: %w", err)
		case n == 0 && left > maxWait:
			continue
		case n == 0:
			return readyTimeout, nil
		case w.fds[1].Revents != 0:
			return readyWoken, nil
		case w.fds[0].Revents&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0:
			return readyGone, nil
		default:
			return readyIO, nil
		}
	}
}

// wakeUp ends the present wait and every later one.
func (w *waiter) wakeUp() error {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	_, err := retry(func() (int, error) { return unix.Write(w.wake, one[:]) })
	return err
}

func (w *waiter) close() error { return unix.Close(w.wake) }

// retry repeats a system call that a signal interrupted: the runtime preempts goroutines
// with signals, so any slow call can meet one.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
