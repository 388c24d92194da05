package i2c

import (
	"context"
	"fmt"

	periph "periph.io/x/conn/v3/i2c"
)

// job is a function that wants the bus between two readings.
type job struct {
	ctx  context.Context //nolint:containedctx // a job is one call
	fn   func(periph.Bus) error
	done chan error // holds one
}

// Do gives fn the bus between two readings, after at most one of them, and returns fn's error.
// It is for what shares the bus with the devices: a display, the current of an output. fn
// should be short: nothing is read meanwhile. While the bus is down Do returns ErrDown at once
// and does not call fn; while Run does not run it waits for it until ctx ends. When ctx ends
// before fn was called, it is not called; when ctx ends while fn runs, Do returns
// ErrStillRunning and fn goes on, so fn must own what it uses.
func (s *Source) Do(ctx context.Context, fn func(bus periph.Bus) error) error {
	j := &job{ctx: ctx, fn: fn, done: make(chan error, 1)}
	select {
	case s.jobs <- j:
	case <-ctx.Done():
		return fmt.Errorf("bus %s: wait for a turn: %w", s.name, context.Cause(ctx))
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		select {
		case err := <-j.done:
			return err
		default:
			return fmt.Errorf("bus %s: %w: %w", s.name, ErrStillRunning, context.Cause(ctx))
		}
	}
}

// do runs a job; the error means that the bus itself must be opened again.
func (s *Source) do(ctx context.Context, j *job, bus periph.Bus) error {
	if ctx.Err() != nil || j.ctx.Err() != nil {
		j.done <- fmt.Errorf("bus %s: wait for a turn: %w", s.name, context.Canceled)
		return nil
	}
	answered := false
	defer func() {
		if !answered {
			j.done <- fmt.Errorf("bus %s: %w", s.name, ErrPanicked)
		}
	}()
	err := j.fn(&lease{Bus: bus})
	answered = true
	j.done <- err
	s.progress.Add(1)
	s.countJob(err)
	return s.verdict(err)
}
