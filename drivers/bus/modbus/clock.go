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
