package health

import (
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
