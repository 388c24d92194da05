package modbus

import (
	"context"
	"time"
)

// Clock is the time that a bus keeps; tests put their own in.
type Clock interface {
	// Now is the present time, with a monotonic reading.
	Now() time.Time
	// SleepUntil returns at t or a little later, at once if t has passed.
	SleepUntil(t time.Time)
}

// sleepSlice bounds how long a cancelled context can go unnoticed.
const sleepSlice = 25 * time.Millisecond

// sleep waits until t in slices, so that ctx can end it.
func sleep(ctx context.Context, c Clock, t time.Time) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		left := t.Sub(c.Now())
		if left <= 0 {
			return nil
		}
		c.SleepUntil(c.Now().Add(min(left, sleepSlice)))
	}
}

// sleeper is a link that can sleep by itself, more cheaply than a blocked thread can, and
// that notices meanwhile when it is gone (serialport.Sleeper).
type sleeper interface {
	SleepUntil(t time.Time) error
}

// linkClock is the system's time with the link's own sleep.
type linkClock struct{ link sleeper }

func (linkClock) Now() time.Time { return time.Now() }

// SleepUntil sleeps in the link. A link that is gone cuts the sleep short; the rest is slept
// without it, so that a caller who loops does not spin until it touches the link.
func (c linkClock) SleepUntil(t time.Time) {
	if c.link.SleepUntil(t) != nil {
		systemClock{}.SleepUntil(t)
	}
}

// clockOf is the best clock for a link.
func clockOf(link Link) Clock {
	if s, ok := link.(sleeper); ok {
		return linkClock{s}
	}
	return systemClock{}
}
