package store

import (
	"encoding/json"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

// ticketState completes once. err is written before done is closed.
type ticketState struct {
	done chan struct{}
	err  error
}

func newTicket() *ticketState { return &ticketState{done: make(chan struct{})} }

func (t *ticketState) complete(err error) {
	if t == nil {
		return
	}
	select {
	case <-t.done:
	default:
		t.err = err
		close(t.done)
	}
}

// Ticket tells when what was given to the store is durable. The zero Ticket is that of
// nothing: it is complete.
type Ticket struct{ t *ticketState }

// Done is closed when the records are durable, or kept in memory only.
func (t Ticket) Done() <-chan struct{} {
	if t.t == nil {
		done := make(chan struct{})
		close(done)
		return done
	}
	return t.t.done
}

// Err waits for Done; it is nil when the records are durable and ErrMemoryOnly when they are
// kept in memory because the disk does not take them.
func (t Ticket) Err() error {
	if t.t == nil {
		return nil
	}
	<-t.t.done
	return t.t.err
}

// op is one thing for the writer: an event or a small value.
type op struct {
	it     *item
	meta   *metaRow
	ticket *ticketState
}

// numbers are the last ones given.
type numbers struct {
	epoch, seq uint64
	pos        uplink.Position
	last       [2]string // id of the last event by lane
}

// Append takes records at once: it numbers each event in place (station and district too, if
// empty), keeps it, and returns. It never waits for the disk. The ticket completes when all
// of recs are durable.
func (s *Store) Append(recs []Record) Ticket {
	t := newTicket()
	if len(recs) == 0 {
		t.complete(nil)
		return Ticket{t}
	}
	s.mu.Lock()
	for i := range recs {
		s.appendLocked(&recs[i])
	}
	memory, closed := s.memoryWhy != nil, s.closed
	if memory || closed {
		s.visible = s.num.pos
		s.boundMemory()
	} else {
		s.pending[len(s.pending)-1].ticket = t
	}
	s.mu.Unlock()
	switch {
	case closed:
		t.complete(ErrClosed)
	case memory:
		t.complete(ErrMemoryOnly)
		s.signalAll()
	default:
		s.kick()
	}
	return Ticket{t}
}

// appendLocked numbers one record and puts it into its lane and the writer's queue.
func (s *Store) appendLocked(rec *Record) {
	e := rec.Event
	if e.Lane != message.LaneRest {
		e.Lane = message.LaneAlarm
	}
	lane := laneNumber(uplink.Lane(e.Lane))
	s.num.seq++
	s.num.pos++
	e.Epoch, e.Seq, e.Prev = s.num.epoch, s.num.seq, s.num.last[lane]
	if e.Station == "" {
		e.Station = s.opts.Station
	}
	if e.District == "" {
		e.District = s.opts.District
	}
	e.ID = message.EventID(s.opts.Station, e.Epoch, e.Seq)
	s.num.last[lane] = e.ID
	if rec.Numbered != nil {
		rec.Snapshot = s.numbered(rec)
	}
	it := &item{
		pos: s.num.pos, lane: lane, epoch: e.Epoch, seq: e.Seq, id: e.ID, class: string(e.Class),
		device: e.Device, at: e.At.UnixMilli(), trusted: e.ClockTrusted, payload: encodeEvent(e),
	}
	if rec.Key != "" && rec.Snapshot != nil {
		it.point = s.setPoint(rec.Key, PointRecord{Epoch: e.Epoch, Seq: e.Seq, State: e.State, Snapshot: rec.Snapshot})
	}
	s.lanes[lane].push(it)
	s.pending = append(s.pending, op{it: it})
	s.waiting[lane]++
	for _, o := range s.boxes {
		o.mu.Lock()
		o.lanes[lane].backlog++
		o.mu.Unlock()
	}
}

// numbered asks the caller for the snapshot. Its panic must cost neither the event nor the
// lock that is held.
func (s *Store) numbered(rec *Record) (snapshot []byte) {
	err := shielded("snapshot", func() { snapshot = rec.Numbered(rec.Event) })
	if err != nil {
		s.opts.Log.Error("an event is kept without its point's snapshot", "id", rec.Event.ID, "error", err)
	}
	return snapshot
}

// encodeEvent is the exact JSON that is sent. An event that can't be encoded (a value that is
// no number, a detail that is no JSON) loses that part, never itself.
func encodeEvent(e *message.Event) []byte {
	if out, err := json.Marshal(e); err == nil {
		return out
	}
	e.Value = nil
	if out, err := json.Marshal(e); err == nil {
		return out
	}
	e.Detail = nil
	out, err := json.Marshal(e)
	if err != nil {
		return []byte("{}")
	}
	return out
}

// setPoint keeps the latest snapshot of a point. With s.mu held.
func (s *Store) setPoint(key string, rec PointRecord) *pointRow {
	old := s.points[key]
	if old != nil && old.State != 0 || rec.State != 0 || s.memoryWhy != nil {
		s.secondDue = true
	}
	p := &pointRow{key: key, PointRecord: rec, gone: len(rec.Snapshot) == 0}
	s.points[key] = p
	return p
}

// boundMemory drops what memory can't hold: the rest lane first, then the oldest alarm
// events that are no fires, then the oldest fires. With s.mu held.
func (s *Store) boundMemory() {
	for lane, limit := range [...]int{laneAlarm: s.opts.MemoryAlarms, laneRest: s.opts.MemoryRest} {
		if s.waiting[lane] <= limit {
			continue
		}
		want := s.waiting[lane] - limit + limit/64 // in steps: each one walks the whole queue
		want -= s.markDropped(lane, want, false)
		s.markDropped(lane, want, true)
		s.lanes[lane].purge()
		s.purgePending()
		s.dropDue = true
	}
}

// markDropped marks up to want of the oldest waiting events of lane.
func (s *Store) markDropped(lane, want int, fires bool) int {
	n := 0
	for i := range s.pending {
		it := s.pending[i].it
		if n == want {
			break
		}
		if it == nil || it.lane != lane || it.dropped || it.prevail() && !fires {
			continue
		}
		it.dropped = true
		n++
		if it.point != nil {
			s.orphans[it.point.key] = struct{}{} // its snapshot must reach the disk all the same
		}
		for _, o := range s.boxes {
			o.mu.Lock()
			c := &o.lanes[lane]
			if !c.isConfirmed(it.pos) {
				c.confirm(it.pos)
				c.advance()
			}
			o.mu.Unlock()
		}
	}
	s.waiting[lane] -= n
	s.dropped[lane] += uint64(n)
	return n
}

func (s *Store) purgePending() {
	kept := s.pending[:0]
	for _, o := range s.pending {
		if o.it == nil || !o.it.dropped {
			kept = append(kept, o)
		}
	}
	clear(s.pending[len(kept):])
	s.pending = kept
}

// PutMeta keeps a small value (a command counter, a last result, a hash) under key, in the
// journal and in the second copy; nil deletes it.
func (s *Store) PutMeta(key string, value []byte) Ticket {
	t := newTicket()
	s.mu.Lock()
	s.metaVer++
	m := &metaRow{key: key, value: append([]byte{}, value...), ver: s.metaVer, ours: true}
	if value == nil {
		m.value = nil
		delete(s.meta, key)
	} else {
		s.meta[key] = m
	}
	memory, closed := s.memoryWhy != nil, s.closed
	o := op{meta: m}
	if !memory && !closed {
		o.ticket = t
	}
	s.pending = append(s.pending, o)
	if memory {
		s.replaceMeta(m)
	}
	s.secondDue = true
	s.mu.Unlock()
	switch {
	case closed:
		t.complete(ErrClosed)
	case memory:
		t.complete(ErrMemoryOnly)
	}
	s.kick()
	return Ticket{t}
}

// replaceMeta removes older waiting versions of a key, so that memory stays bounded while
// the disk is away. With s.mu held.
func (s *Store) replaceMeta(m *metaRow) {
	kept := s.pending[:0]
	for _, o := range s.pending {
		if o.meta == nil || o.meta == m || o.meta.key != m.key {
			kept = append(kept, o)
		}
	}
	clear(s.pending[len(kept):])
	s.pending = kept
}

// GetMeta returns the value kept under key.
func (s *Store) GetMeta(key string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.meta[key]
	if !ok {
		return nil, false
	}
	return append([]byte(nil), m.value...), true
}
