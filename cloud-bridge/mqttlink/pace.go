package mqttlink

import (
	"sync"
	"time"
)

const (
	// paceTarget is how long a PUBACK of the backlog may take before the window shrinks: an
	// alarm would stand behind that window on a slow line.
	paceTarget = 250 * time.Millisecond
	// paceLeast keeps a slow line busy.
	paceLeast = 16
	// paceStart is the window of a fresh connection; it doubles each round trip.
	paceStart = 64
)

// pace is the adaptive window of everything that is not an alarm: one more per prompt PUBACK,
// half on a late one, between paceLeast and limit.
type pace struct {
	mu      sync.Mutex
	limit   int
	window  int
	lastCut time.Time
}

func newPace(limit int) *pace {
	return &pace{limit: limit, window: min(limit, paceStart)}
}

// acked takes in one PUBACK that came at now after took.
func (p *pace) acked(now time.Time, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case took <= paceTarget:
		p.window = min(p.limit, p.window+1)
	case now.Sub(p.lastCut) > took:
		// One cut per round trip: the other late ones of it are the same news.
		p.window = min(p.limit, max(paceLeast, p.window/2))
		p.lastCut = now
	}
}

func (p *pace) open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.window
}
