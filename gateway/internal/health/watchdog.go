// Package health judges whether the daemon is alive and what ops must know. Alive means
// that attempts complete, whether they succeed, fail or time out: a cut cable or a full
// disk must not reboot a booth, a stuck goroutine must.
package health

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Progress counts completed attempts of one part, and says whether it has any work. A part
// without work makes no progress and is not stuck. It must return at once: a lock that the
// part itself may hold is not for it.
type Progress func() (attempts uint64, working bool)

// Watchdog notices parts that have work and complete nothing. It is safe for concurrent use.
type Watchdog struct {
	now func() time.Duration

	mu    sync.Mutex
	parts []*part
}

type part struct {
	name  string
	limit time.Duration
	fn    Progress
	last  uint64
	since time.Duration
}

// NewWatchdog returns a watchdog; now is a monotonic clock.
func NewWatchdog(now func() time.Duration) *Watchdog { return &Watchdog{now: now} }

// Watch adds a part that must complete an attempt at least every limit while it has work.
// forget, which may be called twice, takes it out again.
func (w *Watchdog) Watch(name string, limit time.Duration, fn Progress) (forget func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, _ := fn()
	p := &part{name: name, limit: limit, fn: fn, last: n, since: w.now()}
	w.parts = append(w.parts, p)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.parts = slices.DeleteFunc(w.parts, func(q *part) bool { return q == p })
	}
}

// Parts names what is watched, in order.
func (w *Watchdog) Parts() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	names := make([]string, len(w.parts))
	for i, p := range w.parts {
		names[i] = p.name
	}
	return names
}

// Check looks at every part and returns an error that names the first one that is stuck.
// It must be called more often than the shortest limit.
func (w *Watchdog) Check() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	var stuck error
	for _, p := range w.parts {
		n, working := p.fn()
		if n != p.last || !working {
			p.last, p.since = n, now
			continue
		}
		if idle := now - p.since; idle > p.limit && stuck == nil {
			stuck = fmt.Errorf("%s has completed no attempt for %v (limit %v)", p.name, idle.Round(time.Second), p.limit)
		}
	}
	return stuck
}
