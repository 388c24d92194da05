package speaker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"
)

// piece is how many bytes are read and handed over at a time: an eighth of a second at 16 kHz.
const piece = 4 << 10

// Run makes the level sound until ctx ends, and then ends what sounds and returns nil. Nothing
// that is wrong with a device or a recording ends it. Only one Run may be active.
func (s *Speaker) Run(ctx context.Context) error {
	// The death signal of every child belongs to this thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var pause time.Duration
	for ctx.Err() == nil {
		sequence, level, cancel := s.level(ctx)
		if len(sequence) == 0 {
			cancel()
			pause = 0
			s.wait(ctx, -1)
			continue
		}
		started, err := s.repeat(level, sequence)
		changed := level.Err() != nil
		cancel()
		if changed {
			pause = 0
			continue
		}
		s.failed(err)
		if started {
			// It had sounded: what ended it may be over at once.
			pause = 0
		}
		pause = min(max(2*pause, s.opt.LeastPause), s.opt.MostPause)
		s.wait(ctx, pause)
	}
	return nil
}

// level is what should sound, with a context that ends when that changes.
func (s *Speaker) level(ctx context.Context) ([]string, context.Context, func()) {
	level, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	// What woke us is known from here on.
	select {
	case <-s.woken:
	default:
	}
	if len(s.want) == 0 {
		// A Play may be under way: its end stays its own.
		return nil, level, cancel
	}
	if s.end != nil {
		s.end()
	}
	s.end = cancel
	return slices.Clone(s.want), level, cancel
}

// wait waits until the level changes, ctx ends, or d is over; a negative d never is.
func (s *Speaker) wait(ctx context.Context, d time.Duration) {
	var over <-chan time.Time
	if d >= 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-ctx.Done():
	case <-s.woken:
	case <-over:
	}
}

// Play plays the recordings once, one after the other, and returns when the last has ended.
// The level goes before: while one is set, Play returns an error that wraps ErrBusy, and one
// that is set meanwhile ends it with ErrInterrupted. Another Play is waited for.
func (s *Speaker) Play(ctx context.Context, files []string) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, f := range files {
		if _, err := Inspect(f); err != nil {
			return fmt.Errorf("play: %w", err)
		}
	}
	if len(s.Status().Want) > 0 {
		return fmt.Errorf("play: %w: the level sounds", ErrBusy)
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return fmt.Errorf("play: %w", ctx.Err())
	}
	mine, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.mu.Lock()
	if len(s.want) > 0 {
		s.mu.Unlock()
		return fmt.Errorf("play: %w: the level sounds", ErrBusy)
	}
	s.end = func() { cancel(ErrInterrupted) }
	s.mu.Unlock()
	st := stream{Speaker: s, ctx: mine}
	defer st.close()
	for _, f := range files {
		if err := st.file(f); err != nil {
			return fmt.Errorf("play %s: %w", f, cause(mine, err))
		}
	}
	if err := st.finish(); err != nil {
		return fmt.Errorf("play: %w", cause(mine, err))
	}
	return nil
}

// cause tells a Play that was interrupted from one that its caller ended.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return context.Cause(ctx)
	}
	return err
}

// repeat plays the sequence again and again until ctx ends or the device fails. It says
// whether anything sounded, and never returns nil while ctx lasts.
func (s *Speaker) repeat(ctx context.Context, sequence []string) (bool, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	st := stream{Speaker: s, ctx: ctx}
	defer st.close()
	for {
		var bad error
		played := 0
		for _, f := range sequence {
			err := st.file(f)
			switch {
			case err == nil:
				played++
			case errors.Is(err, ErrRecording) && ctx.Err() == nil:
				bad = err
			default:
				return st.sounded, err
			}
		}
		switch {
		case played == 0:
			return st.sounded, bad
		case bad != nil:
			s.failed(bad)
		case st.sounded:
			s.well()
		}
	}
}

// stream feeds recordings to one aplay after another; it lives as long as one call, whose
// context it holds.
type stream struct {
	*Speaker
	ctx     context.Context
	child   *child
	sounded bool
}

// file plays one recording: an ErrRecording leaves the stream as it is, any other error ends it.
func (st *stream) file(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRecording, err)
	}
	defer func() { _ = f.Close() }()
	r, err := inspect(f)
	if err != nil {
		return err
	}
	if st.child != nil && st.child.format != r.Format {
		if err := st.finish(); err != nil {
			return err
		}
	}
	if st.child == nil {
		if st.child, err = st.start(r.Format); err != nil {
			return err
		}
	}
	samples := io.NewSectionReader(f, r.Offset, r.Size)
	buf := make([]byte, piece)
	for {
		n, err := io.ReadFull(samples, buf)
		if n > 0 {
			if err := st.feed(buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return fmt.Errorf("%w: read %s: %w", ErrRecording, path, err)
		}
	}
}

// feed hands samples over, at most lead ahead of the time.
func (st *stream) feed(p []byte) error {
	if early := st.child.ahead() - st.lead; early > 0 {
		timer := time.NewTimer(early)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-st.child.ended:
		case <-st.ctx.Done():
			return st.ctx.Err()
		}
	}
	if err := st.child.write(st.ctx, p, st.opt.Stall); err != nil {
		return err
	}
	if !st.sounded && st.child.taken() {
		st.sounded = true
		st.sounding(true)
	}
	return nil
}

// finish lets aplay play what it has and end.
func (st *stream) finish() error {
	if st.child == nil {
		return nil
	}
	err := st.child.finish(st.ctx, st.opt.Stall)
	if err == nil {
		st.child = nil
	}
	return err
}

// close ends whatever still plays.
func (st *stream) close() {
	if st.child != nil && !st.child.kill() {
		st.stuck = st.child
	}
	st.sounding(false)
}
