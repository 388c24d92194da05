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

// watchBuffer is how many names a watcher may be behind before it is told to look at
// everything: an empty name.
const watchBuffer = 256

// watchers tells who is interested which device changed. Telling never blocks.
type watchers struct {
	mu   sync.Mutex
	list map[chan string]bool // true: names were lost, "" is owed
}

func (w *watchers) add() (<-chan string, func()) {
	ch := make(chan string, watchBuffer)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.list == nil {
		w.list = make(map[chan string]bool)
	}
	w.list[ch] = false
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if _, open := w.list[ch]; open {
			delete(w.list, ch)
			close(ch)
		}
	}
}

func (w *watchers) notify(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch, owed := range w.list {
		if owed {
			select {
			case ch <- "":
				w.list[ch] = false
			default:
				continue
			}
		}
		select {
		case ch <- name:
		default:
			w.list[ch] = true
		}
	}
}
