package sim

import (
	"slices"

	"firepost/firmware-contracts/contract"
)

// maxEvents bounds the log of register changes; the oldest are forgotten.
const maxEvents = 1 << 14

// Event is one register change that was set with SetAt, and its way over the wire. Times
// are monotonic ns, 0 while they have not come.
type Event struct {
	ID    uint64  `json:"id"`
	Unit  uint8   `json:"unit"`
	Point string  `json:"point"`
	Value float64 `json:"value"`
	// Set is when the register changed.
	Set int64 `json:"set_ns"`
	// Sampled is when the request that first read the change, and whose reply was
	// delivered intact, ended on the wire.
	Sampled int64 `json:"sampled_ns"`
	// Delivered is when the last character of that reply was handed to the master.
	Delivered int64 `json:"delivered_ns"`
	// Superseded: another SetAt changed the point before any request had read this one.
	Superseded bool `json:"superseded,omitempty"`
}

// change is an event with where it stands.
type change struct {
	Event
	table    contract.Table
	from, to uint16
}

// eventLog is a bounded list; ids count from 1, and those not yet delivered are in open.
type eventLog struct {
	all  []change
	base uint64 // id of all[0], less one
	open []uint64
}

func (l *eventLog) get(id uint64) *change {
	if id <= l.base || id > l.base+uint64(len(l.all)) {
		return nil
	}
	return &l.all[id-l.base-1]
}

// add enters a change and closes an unread one of the same point.
func (l *eventLog) add(c change) uint64 {
	kept := l.open[:0]
	for _, id := range l.open {
		old := l.get(id)
		if old == nil {
			continue
		}
		if old.Unit == c.Unit && old.Point == c.Point && old.Sampled == 0 {
			old.Superseded = true
			continue
		}
		kept = append(kept, id)
	}
	l.open = kept
	if len(l.all) == maxEvents {
		// A quarter at a time, so that the copying stays rare.
		n := copy(l.all, l.all[maxEvents/4:])
		l.all = l.all[:n]
		l.base += maxEvents / 4
	}
	c.ID = l.base + uint64(len(l.all)) + 1
	l.all = append(l.all, c)
	l.open = append(l.open, c.ID)
	return c.ID
}

// sampled marks what a read carries and returns the ids.
func (l *eventLog) sampled(unit uint8, t contract.Table, from, to uint16, end, now int64) []uint64 {
	var ids []uint64
	for _, id := range l.open {
		c := l.get(id)
		if c == nil || c.Unit != unit || c.table != t || c.from > to || from > c.to || c.Sampled != 0 {
			continue
		}
		// The line may wake a little after the request's end: what changed in between was read.
		c.Sampled = end
		if c.Set > end {
			c.Sampled = max(now, c.Set)
		}
		ids = append(ids, id)
	}
	return ids
}

// delivered closes events whose reply arrived intact, and lets the others be read again.
func (l *eventLog) delivered(ids []uint64, intact bool, at int64) {
	for _, id := range ids {
		c := l.get(id)
		if c == nil || c.Delivered != 0 {
			continue
		}
		if !intact {
			c.Sampled = 0
			continue
		}
		c.Delivered = at
		if i := slices.Index(l.open, id); i >= 0 {
			l.open = slices.Delete(l.open, i, i+1)
		}
	}
}

// since copies the events with an id above after.
func (l *eventLog) since(after uint64) []Event {
	var out []Event
	for i := range l.all {
		if l.all[i].ID > after {
			out = append(out, l.all[i].Event)
		}
	}
	return out
}

// SetAt is Slave.Set with a log: it returns the change's id and the monotonic time at which
// the register changed, and the line then notes when a request read the change and when
// its reply was delivered; see Events. ErrUnknown: no such unit or point.
func (l *Line) SetAt(unit uint8, point string, value float64) (id uint64, at int64, err error) {
	return l.changeAt(unit, point, value, func(s *Slave) error { return s.Set(point, value) })
}

// SetMeaningAt is SetAt with a meaning in place of a value; the event's value is the
// condition's number.
func (l *Line) SetMeaningAt(unit uint8, point string, cond contract.Condition) (id uint64, at int64, err error) {
	return l.changeAt(unit, point, float64(cond), func(s *Slave) error { return s.SetMeaning(point, cond) })
}

func (l *Line) changeAt(unit uint8, point string, value float64, set func(*Slave) error) (uint64, int64, error) {
	s, err := l.slave(unit)
	if err != nil {
		return 0, 0, err
	}
	c := change{Event: Event{Unit: unit, Point: point, Value: value}}
	if c.table, c.from, c.to, err = s.span(point); err != nil {
		return 0, 0, err
	}
	b := l.book
	b.mu.Lock()
	defer b.mu.Unlock()
	c.Set = b.clock()
	if err := set(s); err != nil {
		return 0, 0, err
	}
	return b.events.add(c), c.Set, nil
}

// Events returns the logged changes with an id above after, oldest first; 0 returns all
// that are kept, the last 12 000 at least.
func (l *Line) Events(after uint64) []Event {
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	return l.book.events.since(after)
}
