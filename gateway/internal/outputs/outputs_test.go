package outputs

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fake is a relay with a memory of its own, which a power cut clears.
type fake struct {
	mu     sync.Mutex
	on     bool
	err    error
	writes int
}

func (f *fake) Set(_ context.Context, on bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writes++
	if f.err == nil {
		f.on = on
	}
	return f.err
}

func (f *fake) On(context.Context) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.on, f.err
}

func (f *fake) force(on bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on, f.err = on, err
}

func (f *fake) state() (on bool, writes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.on, f.writes
}

type rig struct {
	sw   *fake
	out  *Output
	mu   sync.Mutex
	want Wish
	seen []Status
}

func start(t *testing.T) *rig {
	t.Helper()
	r := &rig{sw: &fake{}}
	r.out = New("siren", Sounder, r.sw, func(Kind, string) Wish {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.want
	}, func(s Status) { r.seen = append(r.seen, s) })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = r.out.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return r
}

func (r *rig) wish(w Wish) {
	r.mu.Lock()
	r.want = w
	r.mu.Unlock()
	r.out.Wake()
	synctest.Wait()
}

func TestOutputFollowsAndIsReadBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		r.wish(Wish{On: true})
		if s := r.out.Status(); !s.Want || !s.Actual || !s.Verified || s.Err != "" {
			t.Errorf("after a fire: %+v", s)
		}
	})
}

func TestRelayThatForgetsIsSwitchedOnAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		r.wish(Wish{On: true})
		r.sw.force(false, nil) // the module lost power
		time.Sleep(reassert + time.Second)
		synctest.Wait()
		if on, _ := r.sw.state(); !on {
			t.Error("the relay stayed off for longer than the re-assert interval")
		}
	})
}

// TestWakesThatChangeNothing: a burst of alarms wakes every output again and again; only a
// change of what it should do goes over the wire.
func TestWakesThatChangeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		r.wish(Wish{On: true})
		_, before := r.sw.state()
		for range 200 {
			r.wish(Wish{On: true})
		}
		if _, after := r.sw.state(); after != before {
			t.Errorf("%d writes for nothing", after-before)
		}
		r.wish(Wish{})
		if on, _ := r.sw.state(); on {
			t.Error("a change is not followed at once")
		}
	})
}

func TestFailingOutputIsReportedOnceAndRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		r.sw.force(false, errors.New("no reply"))
		r.wish(Wish{On: true})
		_, before := r.sw.state()
		time.Sleep(10 * retry)
		synctest.Wait()
		_, after := r.sw.state()
		if after-before < 9 {
			t.Errorf("%d attempts in %v, want one every %v", after-before, 10*retry, retry)
		}
		faults := 0
		for _, s := range r.seen {
			if s.Err != "" {
				faults++
			}
		}
		if faults != 1 {
			t.Errorf("the fault was reported %d times, want once", faults)
		}
		r.sw.force(false, nil)
		time.Sleep(2 * retry)
		synctest.Wait()
		if s := r.out.Status(); !s.Actual || s.Err != "" {
			t.Errorf("after the module answers again: %+v", s)
		}
	})
}

func TestStoppingLeavesTheSounderOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sw := &fake{}
		out := New("siren", Sounder, sw, func(Kind, string) Wish { return Wish{On: true} }, func(Status) {})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- out.Run(ctx) }()
		synctest.Wait()
		cancel()
		<-done
		if on, _ := sw.state(); !on {
			t.Error("stopping silenced the sounder")
		}
	})
}

func TestPatternIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sw := &fake{}
		begin := time.Now()
		out := New("siren", Sounder, sw, func(Kind, string) Wish {
			// Three seconds on, one second off.
			phase := time.Since(begin) % (4 * time.Second)
			if phase < 3*time.Second {
				return Wish{On: true, Next: 3*time.Second - phase}
			}
			return Wish{Next: 4*time.Second - phase}
		}, func(Status) {})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = out.Run(ctx) }()
		for _, want := range []bool{true, true, true, false, true} {
			time.Sleep(500 * time.Millisecond)
			synctest.Wait()
			if on, _ := sw.state(); on != want {
				t.Errorf("at %v the sounder is %v, want %v", time.Since(begin), on, want)
			}
			time.Sleep(500 * time.Millisecond)
		}
		cancel()
		<-done
	})
}
