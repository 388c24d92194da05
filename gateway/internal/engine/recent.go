package engine

import (
	"sync"

	"firepost/firmware-contracts/message"
)

// recentEvents is how many events the local page shows without asking the journal.
const recentEvents = 50

// recent is a ring of the newest events.
type recent struct {
	ring [recentEvents]message.Event
	n    int
}

func (r *recent) add(ev message.Event) {
	r.ring[r.n%recentEvents] = ev
	r.n++
}

// newest returns the events, newest first.
func (r *recent) newest() []message.Event {
	count := min(r.n, recentEvents)
	out := make([]message.Event, 0, count)
	for i := range count {
		out = append(out, r.ring[(r.n-1-i)%recentEvents])
	}
	return out
}

// watchBuffer is how many names a watcher may be behind before further ones wait, each
// once, for the next change or tick.
const watchBuffer = 256

// watchers tells who is interested which device changed. Telling never blocks, and no name
// is ever lost.
type watchers struct {
	mu   sync.Mutex
	list map[*watcher]struct{}
}

type watcher struct {
	ch chan string
	// owed are the names that found the channel full, in order; waits has each of them.
	owed  []string
	waits map[string]struct{}
}

func (w *watchers) add() (<-chan string, func()) {
	x := &watcher{ch: make(chan string, watchBuffer), waits: make(map[string]struct{})}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.list == nil {
		w.list = make(map[*watcher]struct{})
	}
	w.list[x] = struct{}{}
	return x.ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if _, open := w.list[x]; open {
			delete(w.list, x)
			close(x.ch)
		}
	}
}

func (w *watchers) notify(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for x := range w.list {
		if x.flush() && x.try(name) {
			continue
		}
		if _, waits := x.waits[name]; !waits {
			x.waits[name] = struct{}{}
			x.owed = append(x.owed, name)
		}
	}
}

// flush tells everybody what is still owed.
func (w *watchers) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for x := range w.list {
		x.flush()
	}
}

// flush reports whether nothing is owed any more.
func (x *watcher) flush() bool {
	for len(x.owed) > 0 && x.try(x.owed[0]) {
		delete(x.waits, x.owed[0])
		x.owed = x.owed[1:]
	}
	return len(x.owed) == 0
}

func (x *watcher) try(name string) bool {
	select {
	case x.ch <- name:
		return true
	default:
		return false
	}
}
