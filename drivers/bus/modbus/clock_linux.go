package modbus

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// timerSlack is how late the kernel may wake a thread that has called LockTiming, in
// nanoseconds. The kernel's own default, 50 µs, costs a twentieth of a character at 9600.
const timerSlack = 1000

// systemClock sleeps in the kernel: the Go runtime rounds its timers up to whole
// milliseconds, which is a character's time at 9600 baud.
type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) SleepUntil(t time.Time) {
	left := time.Until(t)
	if left <= 0 {
		return
	}
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		time.Sleep(left)
		return
	}
	wake := unix.NsecToTimespec(now.Nano() + int64(left))
	for {
		err := unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &wake, nil)
		if err != unix.EINTR { //nolint:errorlint // a bare errno, asked once per sleep
			return
		}
	}
}

// LockTiming ties the calling goroutine to a thread of its own and asks the kernel to wake
// that thread within microseconds. The goroutine that owns an RTU calls it once, at its
// start; the thread ends with the goroutine. Where the kernel refuses, sleeps are some 50 µs
// longer and nothing else changes.
func LockTiming() {
	runtime.LockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, timerSlack, 0, 0, 0)
}
