package modbus

import (
	"time"

	"golang.org/x/sys/unix"
)

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
