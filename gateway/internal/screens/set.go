package screens

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"firepost/drivers/tv"
)

// Times of a television set.
const (
	// setEvery is how often a set is asked whether it is as it should be: somebody with a remote
	// control, or a power cut, may have switched it off. setUrgent is the same while a takeover
	// waits for it.
	setEvery  = time.Minute
	setUrgent = 3 * time.Second
	setWithin = 10 * time.Second
	// setPatience is how often a set must have failed in a row before that is a fault: many say
	// nothing while they start.
	setPatience = 3
)

// The causes of a set's faults.
const (
	CauseSetSilent = "tv_no_answer"
	CauseSetOff    = "tv_off"
)

// SetOptions are what the loop of a television set is made of.
type SetOptions struct {
	Name string
	// Input is the booth's plug on the set; empty: it is left alone.
	Input string
	// Open connects; it is called again after every failure.
	Open func() (tv.Set, error)
	// Want says whether the set should be on, and whether a takeover waits for it.
	Want func() (on, urgent bool)
	// Follow tells of changes.
	Follow <-chan struct{}
	Fault  func(cause string)
	Log    *slog.Logger
}

// SetStatus is what is known of a set.
type SetStatus struct {
	Name string `json:"name"`
	// On is as it was read back; nil: not known, which is never shown as on.
	On    *bool  `json:"on"`
	Input string `json:"input,omitempty"`
	Err   string `json:"err,omitempty"`
}

// Set keeps one television set on, or off, and at the booth's input.
type Set struct {
	o      SetOptions
	set    tv.Set
	failed int
	fault  string

	mu     sync.Mutex
	status SetStatus
}

// NewSet returns a set's loop; it starts nothing.
func NewSet(o SetOptions) *Set { return &Set{o: o, status: SetStatus{Name: o.Name}} }

// Status is what is known of the set.
func (s *Set) Status() SetStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Run keeps the set as it should be until ctx ends, and leaves it as it is then.
func (s *Set) Run(ctx context.Context) error {
	defer s.drop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.o.Follow:
		case <-timer.C:
		}
		on, urgent := s.o.Want()
		err := s.follow(ctx, on)
		if ctx.Err() != nil {
			return nil
		}
		s.note(on, err)
		next := setEvery
		if err != nil || urgent && !s.is(on) {
			next = setUrgent
		}
		if err != nil && !urgent {
			next = min(setUrgent<<min(s.failed, 6), setEvery)
		}
		timer.Reset(next)
	}
}

func (s *Set) drop() {
	if s.set != nil {
		_ = s.set.Close() // it is opened anew
	}
	s.set = nil
}

// is reports whether the set is known to be as it should.
func (s *Set) is(on bool) bool {
	st := s.Status()
	return st.On != nil && *st.On == on
}

// follow asks the set and switches it where it is otherwise.
func (s *Set) follow(ctx context.Context, on bool) error {
	ctx, cancel := context.WithTimeout(ctx, setWithin)
	defer cancel()
	if s.set == nil {
		set, err := s.o.Open()
		if err != nil {
			return err
		}
		s.set = set
	}
	st, err := s.set.Status(ctx)
	if err != nil {
		// Many sets answer nothing in standby; being told to come on they still do.
		if on {
			if perr := s.set.Power(ctx, true); perr != nil {
				return fmt.Errorf("switch on after no answer: %w", perr)
			}
		}
		return fmt.Errorf("ask: %w", err)
	}
	s.mu.Lock()
	s.status.On, s.status.Input = st.On, st.Input
	s.mu.Unlock()
	if st.On == nil || *st.On != on {
		if err := s.set.Power(ctx, on); err != nil {
			return fmt.Errorf("switch: %w", err)
		}
	}
	if on && s.o.Input != "" && st.Input != s.o.Input {
		if err := s.set.Input(ctx, s.o.Input); err != nil {
			return fmt.Errorf("choose input %s: %w", s.o.Input, err)
		}
	}
	return nil
}

// note keeps what is wrong, and reports it once it has lasted.
func (s *Set) note(on bool, err error) {
	s.mu.Lock()
	s.status.Err = ""
	if err != nil {
		s.status.Err, s.status.On = err.Error(), nil
	}
	st := s.status
	s.mu.Unlock()
	if err != nil {
		s.failed++
		s.drop()
	} else {
		s.failed = 0
	}
	cause := ""
	switch {
	case err != nil && s.failed < setPatience:
		return
	case err != nil:
		cause = CauseSetSilent
	case on && st.On != nil && !*st.On:
		// Told to come on just now; the next look says whether it did.
		if s.fault == "" {
			s.fault = "switching"
			return
		}
		cause = CauseSetOff
	}
	if s.fault == "switching" {
		s.fault = ""
	}
	if cause != s.fault {
		if err != nil {
			s.o.Log.Error("a television set does not follow", "screen", s.o.Name, "error", err)
		}
		s.fault = cause
		s.o.Fault(cause)
	}
}
