package pins

import (
	"context"
	"time"
)

// shortestNap keeps a line whose next look is overdue from spinning.
const shortestNap = 50 * time.Microsecond

// storm counts edges within a window.
type storm struct {
	edges int
	from  time.Time
	until time.Time // edges are not listened to before
}

// edge takes in one edge and reports whether a storm begins with it.
func (s *storm) edge(at time.Time) bool {
	if at.Sub(s.from) > stormWindow {
		s.from, s.edges = at, 0
	}
	if s.edges++; s.edges < stormEdges {
		return false
	}
	s.edges, s.until = 0, at.Add(stormPause)
	return true
}

// wait waits for the next look and reports whether an edge ended the wait.
func (w *watcher) wait(ctx context.Context) (edge bool, err error) {
	now := time.Now()
	next := w.next(now)
	if !w.edges || now.Before(w.storm.until) {
		w.nap(ctx, next)
		return false, nil
	}
	d := max(next.Sub(now), shortestWait)
	err = w.safely(func() error {
		edge = w.pin.WaitForEdge(d)
		return nil
	})
	if err != nil {
		return false, err
	}
	at := time.Now()
	switch {
	case edge:
		w.early = 0
		if w.storm.edge(at) {
			w.noteStorm()
		}
	case at.Sub(now) < d/2:
		if w.early++; w.early >= earlyWaits {
			err = w.safely(w.withoutEdges)
			w.notePolled()
			return false, err
		}
	default:
		w.early = 0
	}
	return edge, nil
}

// next is when the line must be looked at again.
func (w *watcher) next(now time.Time) time.Time {
	var next time.Time
	if w.edges && !now.Before(w.storm.until) {
		next = now.Add(w.opts.Relook)
	} else {
		next = w.onGrid(now)
	}
	if w.settler.settling() {
		next = earlier(next, w.settler.due())
	}
	if !w.confirm.IsZero() && !w.settler.pending() {
		next = earlier(next, w.confirm)
	}
	next = earlier(next, w.beat)
	if soonest := now.Add(shortestNap); next.Before(soonest) {
		return soonest
	}
	return next
}

// onGrid is the next moment of the common grid on which all polled lines are looked at. What
// was missed is left out, so that a slow line neither drifts nor catches up in a burst.
func (w *watcher) onGrid(now time.Time) time.Time {
	passed := now.Sub(w.base)
	return w.base.Add(passed - passed%w.opts.Poll + w.opts.Poll)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// judgeEdges compares what an edge promised with what was seen; noise is a pulse that was
// over before the level could be read. A line on which changes come without edges is polled
// from then on.
func (w *watcher) judgeEdges(edge, moved bool) (noise bool) {
	switch {
	case edge && moved:
		w.lost, w.owed = 0, false
	case edge:
		// The queued edge of a change that was seen before it is no second pulse.
		noise = !w.owed
		w.lost, w.owed = 0, false
	case moved:
		w.owed = true
		w.noteLost()
		if w.lost++; w.lost >= lostEdges {
			w.edges = false
			w.notePolled()
		}
	}
	return noise
}

// nap waits until a moment or the end of ctx.
func (w *watcher) nap(ctx context.Context, until time.Time) {
	d := time.Until(until)
	if d <= 0 {
		return
	}
	w.timer.Reset(d)
	select {
	case <-ctx.Done():
	case <-w.timer.C:
	}
}
