package store

import (
	"sort"

	"firepost/cloud-bridge/uplink"
)

// teleBuf holds the newest batches of telemetry: all that are not on disk, and a few that
// are. Batches that every uplink confirms in time never touch the disk.
type teleBuf struct {
	items []teleRow
	bytes int
	last  uplink.Position // last one given
	from  uplink.Position // every batch after from is in items
	disk  uplink.Position // last one written to disk
}

func (t *teleBuf) after(p uplink.Position) []teleRow {
	i := sort.Search(len(t.items), func(i int) bool { return t.items[i].pos > p })
	return t.items[i:]
}

func (t *teleBuf) fromMemory(p uplink.Position, limit int, dst []uplink.Entry) (out []uplink.Entry, upTo uplink.Position, gated, caughtUp bool) {
	if p < t.from {
		return dst, t.from, false, false
	}
	for _, r := range t.after(p) {
		if limit == 0 {
			break
		}
		dst = append(dst, uplink.Entry{Pos: r.pos, Lane: uplink.Telemetry, Payload: r.payload})
		limit--
	}
	return dst, 0, false, true
}

// cut forgets the batches up to p and returns how many there were.
func (t *teleBuf) cut(p uplink.Position) int {
	n := sort.Search(len(t.items), func(i int) bool { return t.items[i].pos > p })
	for i := range n {
		t.bytes -= len(t.items[i].payload)
	}
	if n > 0 {
		t.from = t.items[n-1].pos
		kept := copy(t.items, t.items[n:])
		clear(t.items[kept:])
		t.items = t.items[:kept]
	}
	return n
}

// AppendTelemetry puts one batch into the telemetry lane. It is visible to the uplinks at
// once and written to disk within TelemetryEvery, unless all uplinks have confirmed it by
// then. When there is no room the oldest batches go. The store keeps t.
func (s *Store) AppendTelemetry(t []byte) error {
	s.mu.Lock()
	s.tele.last++
	s.tele.items = append(s.tele.items, teleRow{pos: s.tele.last, payload: t})
	s.tele.bytes += len(t)
	for _, o := range s.boxes {
		o.mu.Lock()
		o.lanes[laneTelemetry].backlog++
		o.mu.Unlock()
	}
	s.boundTelemetry()
	for _, o := range s.boxes {
		o.signal()
	}
	first := len(s.tele.items) == 1
	s.mu.Unlock()
	if first {
		s.kick()
	}
	return nil
}

// boundTelemetry drops the oldest batches beyond what memory may hold. With s.mu held.
func (s *Store) boundTelemetry() {
	drop := 0
	for left := s.tele.bytes; left > s.opts.MemoryTelemetry && drop < len(s.tele.items)-1; drop++ {
		left -= len(s.tele.items[drop].payload)
	}
	if drop == 0 {
		return
	}
	p := s.tele.items[drop-1].pos
	lost := 0
	for _, r := range s.tele.items[:drop] {
		if r.pos > s.tele.disk {
			lost++
		}
	}
	s.tele.cut(p)
	if lost == 0 {
		return // all of them are on disk
	}
	s.dropped[laneTelemetry] += uint64(lost)
	// Batches on disk below the lost ones stay readable; the gap is simply not there.
	for _, o := range s.boxes {
		o.mu.Lock()
		c := &o.lanes[laneTelemetry]
		c.backlog = max(0, c.backlog-int64(lost))
		o.mu.Unlock()
	}
}

// telemetryConfirmed frees what every uplink has confirmed.
func (s *Store) telemetryConfirmed(at uplink.Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tele.items) > 0 && at >= s.tele.items[0].pos {
		s.tele.cut(s.confirmedByAll(laneTelemetry))
	}
}

// confirmedByAll is the lowest cursor of a lane over all uplinks. With s.mu held.
func (s *Store) confirmedByAll(lane int) uplink.Position {
	first := true
	var low uplink.Position
	for _, o := range s.boxes {
		o.mu.Lock()
		p := o.lanes[lane].pos
		o.mu.Unlock()
		if first || p < low {
			low, first = p, false
		}
	}
	return low
}
