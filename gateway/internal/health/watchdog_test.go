package health

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWatchdog(t *testing.T) {
	var now time.Duration
	var attempts uint64
	working := true
	w := NewWatchdog(func() time.Duration { return now })
	w.Watch("bus rs485-1", 30*time.Second, func() (uint64, bool) { return attempts, working })

	now = 29 * time.Second
	if err := w.Check(); err != nil {
		t.Errorf("before the limit: %v", err)
	}
	attempts++ // a time-out counts as much as a success
	now = 58 * time.Second
	if err := w.Check(); err != nil {
		t.Errorf("after an attempt: %v", err)
	}
	now = 89 * time.Second
	if err := w.Check(); err == nil || !strings.Contains(err.Error(), "bus rs485-1") {
		t.Errorf("a part that is stuck for 31 s: %v", err)
	}
	working = false
	if err := w.Check(); err != nil {
		t.Errorf("a part without work: %v", err)
	}
	working = true
	now += time.Second
	if err := w.Check(); err != nil {
		t.Errorf("work that has just come: %v", err)
	}
}

func TestForget(t *testing.T) {
	var now time.Duration
	w := NewWatchdog(func() time.Duration { return now })
	stuck := func() (uint64, bool) { return 0, true }
	forget := w.Watch("old", time.Second, stuck)
	w.Watch("other", time.Hour, stuck)
	now = time.Minute
	if err := w.Check(); err == nil || !strings.Contains(err.Error(), "old") {
		t.Fatalf("before: %v", err)
	}
	forget()
	forget()
	if err := w.Check(); err != nil {
		t.Errorf("a part that is gone: %v", err)
	}
	if got := w.Parts(); !slices.Equal(got, []string{"other"}) {
		t.Errorf("still watched: %v", got)
	}
}

// TestOneStuckPartDoesNotHideAnother: the first one is named, the others are looked at.
func TestOneStuckPartDoesNotHideAnother(t *testing.T) {
	var now time.Duration
	w := NewWatchdog(func() time.Duration { return now })
	var n uint64
	forget := w.Watch("first", time.Second, func() (uint64, bool) { return 0, true })
	w.Watch("second", time.Second, func() (uint64, bool) { n++; return n, true })
	for range 5 {
		now += time.Second
		_ = w.Check()
	}
	forget()
	if err := w.Check(); err != nil {
		t.Errorf("the second was not looked at while the first was stuck: %v", err)
	}
}
