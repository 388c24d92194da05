package sim

import (
	"math/rand/v2"
	"sync"
	"time"

	"firepost/firmware-contracts/contract"
)

// allowance is how much shorter than legal a silence may look before it counts as a
// violation: the two ends of the terminal take their time stamps on different threads.
const allowance = 50 * time.Microsecond

// book holds what the line has seen, for the line's goroutine and for its readers.
type book struct {
	mu      sync.Mutex
	clock   func() int64
	rnd     *rand.Rand
	slaves  [256]*Slave
	crowd   *crowd // on a line that is being commissioned
	watched [256][]contract.Span
	m       meter
	events  eventLog
	log     []Transaction // ring; len is its capacity
	logged  uint64
}

// ticket ties a reply to its request.
type ticket struct {
	slave   *Slave
	seq     uint64
	read    bool
	watched bool
	carried []uint64 // ids of the events that the reply carries
}

func newBook(seed uint64, clock func() int64, logSize int) *book {
	b := &book{clock: clock, rnd: rand.New(rand.NewPCG(seed, 0xB00C)), log: make([]Transaction, logSize)}
	b.m.reset(clock())
	return b
}

func (b *book) collision() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.m.collisions++
}

func (b *book) noise(total uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.m.dropped = total
}

func (b *book) jitter(ns int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.m.jitter.add(ns, b.rnd)
}

// gap records the silence before a request, beyond the legal one; after a reply it is the
// master's own idle time, after an unanswered request its wait.
func (b *book) gap(excess int64, replied bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if excess < -int64(allowance) {
		b.m.violations++
	}
	if replied {
		b.m.idle.add(excess, b.rnd)
	} else {
		b.m.waits.add(excess, b.rnd)
	}
}

// serve carries out a request at the moment at which it has ended on the wire.
func (b *book) serve(dst []burst, r *request, now int64, turnaround, halfChar time.Duration) ([]burst, ticket) {
	b.mu.Lock()
	defer b.mu.Unlock()
	unit := r.frame[0]
	b.m.requests++
	if b.m.firstRequest == 0 {
		b.m.firstRequest = r.end
	}
	t := ticket{slave: b.slaves[unit], seq: b.record(r)}
	if b.crowd != nil {
		t.slave = nil
		dst = b.crowd.serve(dst, &t, r.frame, turnaround, halfChar)
		return dst, t
	}
	if unit == 0 {
		for _, s := range b.slaves {
			if s != nil {
				s.answer(nil, r.frame, 0, 0)
			}
		}
		return dst, t
	}
	if t.slave == nil {
		b.m.unknown++
		return dst, t
	}
	before := len(dst)
	dst = t.slave.answer(dst, r.frame, turnaround, halfChar)
	if table, from, to, ok := readSpan(r.frame); ok {
		t.read = true
		t.watched = overlaps(b.watched[unit], table, from, to)
		if len(dst) > before {
			t.carried = b.events.sampled(unit, table, from, to, r.end, now)
		}
	}
	b.m.slaves[unit].asked(r.end, t.watched)
	return dst, t
}

// delivered records a reply whose last character has been handed over at the given time.
func (b *book) delivered(t *ticket, what outcome, at int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t.slave == nil {
		return
	}
	m := &b.m.slaves[t.slave.unit]
	switch what {
	case outcomeGood:
		m.answered(at, t.watched, b.m.firstRequest)
		b.m.good++
	case outcomeLate:
		m.late++
	case outcomeException:
		m.exceptions++
	case outcomeBad, outcomeNone:
		m.bad++
	}
	b.events.delivered(t.carried, what == outcomeGood || what == outcomeLate, at)
	if n := uint64(len(b.log)); n > 0 && b.logged-t.seq <= n && b.logged > t.seq {
		if e := &b.log[t.seq%n]; e.Replied == 0 || what == outcomeGood {
			e.Replied, e.Outcome = at, what.String()
		}
	}
}

// record enters the request into the transaction log and returns its place.
func (b *book) record(r *request) uint64 {
	seq := b.logged
	b.logged++
	if n := uint64(len(b.log)); n > 0 {
		e := Transaction{
			Arrived: r.arrived, Ended: r.end, Excess: time.Duration(r.excess),
			Unit: r.frame[0], Function: r.frame[1], Outcome: outcomeNone.String(),
		}
		if knownFunction(e.Function) {
			e.Address, e.Count = be16(r.frame[2:]), be16(r.frame[4:])
		}
		b.log[seq%n] = e
	}
	return seq
}

// readSpan is what a request reads.
func readSpan(frame []byte) (t contract.Table, from, to uint16, ok bool) {
	fc := frame[1]
	if fc > fcReadInput && fc != fcReadWrite || len(frame) < 8 {
		return 0, 0, 0, false
	}
	from = be16(frame[2:])
	return tableOf(fc), from, from + be16(frame[4:]) - 1, true
}

func overlaps(spans []contract.Span, t contract.Table, from, to uint16) bool {
	for _, s := range spans {
		if s.Table == t && s.From <= to && from <= s.To {
			return true
		}
	}
	return false
}

// watchedSpans is what a device is on the bus for: its alarm points, or, if its contract
// has none, everything.
func watchedSpans(s *Slave) []contract.Span {
	var spans []contract.Span
	if s.c != nil {
		for i := range s.c.Points {
			p := &s.c.Points[i]
			if p.Lane != contract.Alarm {
				continue
			}
			n := 1
			if !isBitTable(p.Table) {
				n = wordsOf(p.Type)
			}
			spans = append(spans, contract.Span{Table: p.Table, From: p.Address, To: p.Address + uint16(n-1)})
		}
	}
	if spans == nil {
		for t := contract.Holding; t <= contract.Discrete; t++ {
			spans = append(spans, contract.Span{Table: t, To: 0xFFFF})
		}
	}
	return spans
}
