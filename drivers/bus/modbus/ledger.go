package modbus

import "time"

// A ledger remembers, for each unit of a bus, which replies may still straggle in, and so
// which requests would be ambiguous now. It holds two rules.
//
// Silence: a unit that left a request unanswered (or answered it with garbage) is asked
// nothing until its late_reply has passed.
//
// Shape: a reply to a read carries no register address, only unit, function and length. So
// for late_reply after any read, however it ended, the same unit is asked for no other
// registers with the same function and length: a duplicate of the first reply would pass
// for the second. The same registers may be asked again; what a duplicate could then bring
// is their value of at most late_reply ago.
type ledger struct {
	base  time.Time
	units [256]unitLedger
}

// shapesPerUnit is how many different shapes of a unit's recent reads are remembered
// exactly; beyond that the ledger errs on the side of waiting.
const shapesPerUnit = 6

// Times here are nanoseconds since the ledger's base; until 0 is free.
type unitLedger struct {
	barred    int64 // nothing is asked before
	forgotten int64 // a read that fell out of shapes may be answered until then
	shapes    [shapesPerUnit]shape
}

type shape struct {
	until          int64
	address, count uint16
	function       Function
	bytes          uint8
}

func newLedger(now time.Time) *ledger { return &ledger{base: now.Add(-1)} }

func (l *ledger) since(t time.Time) int64 { return int64(t.Sub(l.base)) }

func (s *shape) sameShape(req *Request) bool {
	return s.function == req.Function && int(s.bytes) == req.dataBytes()
}

func (s *shape) sameRegisters(req *Request) bool {
	return s.function == req.Function && s.address == req.Address && s.count == req.Count
}

// readyAt is the earliest time at which req is unambiguous, the zero time if that is now.
func (l *ledger) readyAt(req *Request, now time.Time) (time.Time, string) {
	u, at := &l.units[req.Unit], l.since(now)
	ready, why := u.barred, "an earlier request to this unit is unanswered and its reply may still arrive"
	if req.Function.isRead() {
		if t := u.shapeClear(req, at); t > ready {
			ready, why = t, "a duplicate of an earlier reply from other registers would look the same"
		}
	}
	if ready <= at {
		return time.Time{}, ""
	}
	return l.base.Add(time.Duration(ready)), why
}

// shapeClear is when no reply to a read of other registers can pass for one to req.
func (u *unitLedger) shapeClear(req *Request, at int64) int64 {
	for i := range u.shapes {
		s := &u.shapes[i]
		if s.until <= at || !s.sameShape(req) {
			continue
		}
		if s.sameRegisters(req) {
			return 0
		}
		return s.until
	}
	return u.forgotten
}

// sent records that req leaves the wire at end.
func (l *ledger) sent(req *Request, end time.Time) {
	if !req.Function.isRead() {
		return
	}
	u, until := &l.units[req.Unit], l.since(end.Add(req.lateReply()))
	slot := &u.shapes[0]
	for i := range u.shapes {
		s := &u.shapes[i]
		if s.sameShape(req) {
			slot = s
			break
		}
		if s.until < slot.until {
			slot = s
		}
	}
	if slot.sameRegisters(req) {
		until = max(until, slot.until)
	} else if !slot.sameShape(req) {
		u.forgotten = max(u.forgotten, slot.until)
	}
	*slot = shape{
		until: until, address: req.Address, count: req.Count,
		function: req.Function, bytes: uint8(req.dataBytes()), //nolint:gosec // at most 250
	}
}

// unanswered records that req, which left the wire at end, has no reply yet.
func (l *ledger) unanswered(req *Request, end time.Time) {
	l.bar(req.Unit, end.Add(req.lateReply()))
}

// bar forbids asking unit anything before t.
func (l *ledger) bar(unit uint8, t time.Time) {
	u := &l.units[unit]
	u.barred = max(u.barred, l.since(t))
}
