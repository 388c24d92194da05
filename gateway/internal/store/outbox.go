package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"firepost/cloud-bridge/uplink"
)

// outbox is the journal as one uplink sees it.
type outbox struct {
	s    *Store
	name string
	wake chan struct{}

	mu    sync.Mutex // after Store.mu
	lanes [laneCount]cursor
}

var _ uplink.Outbox = (*outbox)(nil)

// Outbox returns the journal as the named uplink sees it; always the same one for a name. An
// uplink that is new to this journal begins behind what other uplinks have confirmed, or at
// the beginning when there are none.
func (s *Store) Outbox(name string) uplink.Outbox {
	s.mu.Lock()
	o := s.boxes[name]
	if o != nil {
		s.mu.Unlock()
		return o
	}
	o = s.outboxLocked(name)
	s.mu.Unlock()
	for lane := range laneTelemetry {
		s.recount(context.Background(), o, lane)
	}
	return o
}

// outboxLocked makes the outbox of an uplink. With s.mu held.
func (s *Store) outboxLocked(name string) *outbox {
	if o := s.boxes[name]; o != nil {
		return o
	}
	if o := s.parked[name]; o != nil {
		delete(s.parked, name)
		s.boxes[name] = o
		return o
	}
	o := &outbox{s: s, name: name, wake: make(chan struct{}, 1)}
	for lane := range o.lanes {
		var begin uplink.Position
		for _, other := range s.boxes {
			other.mu.Lock()
			begin = max(begin, other.lanes[lane].pos)
			other.mu.Unlock()
		}
		o.lanes[lane].restart(begin, nil)
	}
	s.boxes[name] = o
	return o
}

// signal tells the uplink that there may be more.
func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Wake implements uplink.Outbox.
func (o *outbox) Wake() <-chan struct{} { return o.wake }

// Next implements uplink.Outbox. It answers from memory when the caller has kept up and
// reads the disk otherwise. While unsent events of a quarantined journal are being read back
// it gives nothing that would overtake them.
func (o *outbox) Next(ctx context.Context, lane uplink.Lane, after uplink.Position, limit int, dst []uplink.Entry) ([]uplink.Entry, error) {
	n, start := laneNumber(lane), len(dst)
	if limit <= 0 {
		return dst, nil
	}
	from := after
	for len(dst)-start < limit {
		upTo, gated := uplink.Position(0), false
		var caughtUp bool
		dst, upTo, gated, caughtUp = o.s.fromMemory(n, from, limit-(len(dst)-start), dst)
		if caughtUp || gated {
			break
		}
		had := len(dst)
		var err error
		dst, err = o.s.fromDisk(ctx, n, from, upTo, limit-(len(dst)-start), dst)
		if err != nil {
			return dst[:start], fmt.Errorf("read outbox %s/%s after %d: %w", o.name, lane, from, err)
		}
		if got := len(dst) - had; got > 0 {
			from = dst[len(dst)-1].Pos
		}
		if len(dst)-start < limit {
			from = max(from, upTo)
		}
	}
	o.mu.Lock()
	o.lanes[n].deliver(after, dst[start:])
	o.mu.Unlock()
	return dst, nil
}

// fromMemory appends entries after p when memory holds all of them; else it says up to which
// position the disk must be asked, and whether the disk may be asked now.
func (s *Store) fromMemory(lane int, p uplink.Position, limit int, dst []uplink.Entry) (out []uplink.Entry, upTo uplink.Position, gated, caughtUp bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if lane == laneTelemetry {
		return s.tele.fromMemory(p, limit, dst)
	}
	buf := &s.lanes[lane]
	if p < buf.from {
		return dst, buf.from, s.gated, false
	}
	for _, it := range buf.after(p) {
		if it.pos > s.visible || limit == 0 {
			break
		}
		dst = append(dst, it.entry())
		limit--
	}
	return dst, 0, false, true
}

// fromDisk appends entries of lane in (p, upTo].
func (s *Store) fromDisk(ctx context.Context, lane int, p, upTo uplink.Position, limit int, dst []uplink.Entry) ([]uplink.Entry, error) {
	s.jmu.RLock()
	defer s.jmu.RUnlock()
	if s.j == nil {
		return dst, nil
	}
	out, err := s.j.read(ctx, lane, p, upTo, limit, dst)
	if err != nil {
		s.noticeReadError(err)
	}
	return out, err
}

// Cursor implements uplink.Outbox.
func (o *outbox) Cursor(lane uplink.Lane) uplink.Position {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lanes[laneNumber(lane)].pos
}

// Confirmed implements uplink.Outbox.
func (o *outbox) Confirmed(lane uplink.Lane, pos uplink.Position) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lanes[laneNumber(lane)].isConfirmed(pos)
}

// Confirm implements uplink.Outbox.
func (o *outbox) Confirm(lane uplink.Lane, pos ...uplink.Position) {
	n := laneNumber(lane)
	o.mu.Lock()
	c := &o.lanes[n]
	changed := false
	for _, p := range pos {
		changed = c.confirm(p) || changed
	}
	changed = c.advance() || changed
	first := changed && !c.dirty
	c.dirty = c.dirty || changed
	at := c.pos
	o.mu.Unlock()
	if n == laneTelemetry && changed {
		o.s.telemetryConfirmed(at)
	}
	if first {
		o.s.kick()
	}
}

// Find implements uplink.Outbox. An id that was handed out before a restart is looked up in
// the journal: within an epoch position and sequence number grow together.
func (o *outbox) Find(id string) (uplink.Position, uplink.Lane, bool) {
	o.mu.Lock()
	for n := range o.lanes {
		if p, ok := o.lanes[n].byID[id]; ok {
			o.mu.Unlock()
			return p, laneNames[n], true
		}
	}
	o.mu.Unlock()
	epoch, seq, ok := parseID(id)
	if !ok {
		return 0, "", false
	}
	p, lane, ok := o.s.lookup(id, epoch, seq)
	if !ok {
		return 0, "", false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lanes[lane].isConfirmed(p) {
		return 0, "", false
	}
	return p, laneNames[lane], true
}

// parseID takes epoch and sequence number from an event's id.
func parseID(id string) (epoch, seq uint64, ok bool) {
	rest, seqText, ok1 := cutLast(id)
	_, epochText, ok2 := cutLast(rest)
	epoch, err1 := strconv.ParseUint(epochText, 10, 64)
	seq, err2 := strconv.ParseUint(seqText, 10, 64)
	return epoch, seq, ok1 && ok2 && err1 == nil && err2 == nil
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '-')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// Backlog implements uplink.Outbox.
func (o *outbox) Backlog(lane uplink.Lane) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lanes[laneNumber(lane)].backlog
}
