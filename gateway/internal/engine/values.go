package engine

import (
	"time"

	"firepost/firmware-contracts/message"
)

// Value is a point's present value and when it was read, by the monotonic clock; false while
// it is not good or the point is not there.
func (e *Engine) Value(src Source) (v float64, at time.Duration, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.byName[src.Device]
	if d == nil {
		return 0, 0, false
	}
	p := d.pointNamed(src.Point)
	if p == nil || !p.read || p.model == nil || p.quality(e.opts.Now()) != message.Good {
		return 0, 0, false
	}
	return p.last.Value, p.at.Mono, true
}

// Bits are the states of all points together.
func (e *Engine) Bits() message.Bits {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all message.Bits
	for _, d := range e.devices {
		for _, p := range d.points {
			all |= p.state.Bits()
		}
	}
	return all
}
