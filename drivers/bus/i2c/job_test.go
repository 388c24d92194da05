package i2c_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/i2c"

	"firepost/drivers/bus/i2c"
)

func TestDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, k := &bus{}, newSink()
		s := i2c.NewSource("chips", always(b), []i2c.Entry{{Device: "a", Every: 100 * time.Millisecond, Reader: reads(0x48, 60*time.Millisecond)}}, stamp)
		early, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if err := s.Do(early, func(periph.Bus) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("before Run: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, k) }()
		time.Sleep(10 * time.Millisecond)
		begun := time.Now()
		own := errors.New("own")
		err := s.Do(t.Context(), func(p periph.Bus) error {
			if _, ok := p.(periph.BusCloser); ok {
				t.Error("a job can close the bus")
			}
			return own
		})
		if !errors.Is(err, own) || time.Since(begun) > 60*time.Millisecond {
			t.Errorf("%v after %v: a job waits for one reading at most", err, time.Since(begun))
		}
		short, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer stop()
		release := make(chan struct{})
		err = s.Do(short, func(periph.Bus) error { <-release; return nil })
		if !errors.Is(err, i2c.ErrStillRunning) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a job that hangs: %v", err)
		}
		before := s.Progress()
		time.Sleep(time.Minute)
		if s.Progress() != before {
			t.Error("a hung transaction counts as progress")
		}
		close(release)
		time.Sleep(time.Second)
		synctest.Wait()
		if s.Progress() == before || s.Stats().Jobs != 2 || s.Stats().FailedJobs != 1 {
			t.Errorf("%+v", s.Stats())
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestPanickingJobAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := i2c.NewSource("chips", always(&bus{}), nil, stamp)
		panicked := make(chan any, 1)
		go func() {
			defer func() { panicked <- recover() }()
			_ = s.Run(t.Context(), newSink())
		}()
		if err := s.Do(t.Context(), func(periph.Bus) error { panic("boom") }); !errors.Is(err, i2c.ErrPanicked) {
			t.Error(err)
		}
		if p := <-panicked; p != "boom" {
			t.Errorf("the panic became %v", p)
		}
	})
}
