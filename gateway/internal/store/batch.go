package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"firepost/cloud-bridge/uplink"
)

// maxBatch bounds one transaction, so that an alarm never waits for a long one.
const maxBatch = 512

// pagesPerCommit is about how many pages even a small transaction writes.
const pagesPerCommit = 6

// batch is what one transaction writes.
type batch struct {
	ops     []op
	points  []*pointRow
	head    *metaRow
	epoch   uint64 // of head
	cursors []cursorRow
	tele    []teleRow
	// spool is the telemetry's size on disk after the batch.
	spool int64
	// salvage, if not nil, is the name of the journal being read back; empty removes the mark.
	salvage *string
	// again re-inserts events that may already be there: they don't count as waiting.
	again []*item
}

func (b *batch) empty() bool {
	return len(b.ops) == 0 && len(b.points) == 0 && b.head == nil && len(b.cursors) == 0 && len(b.tele) == 0 &&
		b.salvage == nil && len(b.again) == 0
}

// collect takes what is due out of the queues. With all, everything is due.
func (s *Store) collect(now time.Time, all bool) *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &batch{}
	n := min(maxBatch, len(s.pending))
	b.ops = append(b.ops, s.pending[:n]...)
	kept := copy(s.pending, s.pending[n:])
	clear(s.pending[kept:])
	s.pending = s.pending[:kept]
	s.inHand = b.ops
	for key := range s.orphans {
		if p := s.points[key]; p != nil {
			b.points = append(b.points, p)
		}
	}
	if s.epochDue {
		s.metaVer++
		value, err := json.Marshal(s.headNow())
		if err == nil {
			b.epoch = s.num.epoch
			b.head = &metaRow{key: headKey, value: value, ver: s.metaVer}
		}
	}
	b.salvage, b.again = s.salvageMark, s.again
	s.collectTelemetry(b, now, all)
	s.collectCursors(b, now, all)
	if !b.empty() {
		s.began = now
	}
	return b
}

// headNow is what the journal's head should say. With s.mu held.
func (s *Store) headNow() head {
	return head{Epoch: s.num.epoch, Seq: s.num.seq, Pos: s.num.pos, Last: s.num.last}
}

// collectTelemetry takes batches that are not on disk and that some uplink still lacks.
func (s *Store) collectTelemetry(b *batch, now time.Time, all bool) {
	if !s.teleDue(now) && !all || len(s.boxes) == 0 {
		return
	}
	b.spool = s.stats.teleBytes
	for _, r := range s.tele.after(max(s.tele.disk, s.confirmedByAll(laneTelemetry))) {
		b.tele = append(b.tele, r)
		b.spool += int64(len(r.payload))
	}
	s.w.lastTele = now
}

// teleDue reports whether telemetry may be written now. With s.mu held.
func (s *Store) teleDue(now time.Time) bool {
	return len(s.tele.items) > 0 && s.tele.last > s.tele.disk && now.Sub(s.w.lastTele) >= s.opts.TelemetryEvery
}

// collectCursors takes the cursors that moved. Telemetry's alone are not worth a write while
// no telemetry is on disk.
func (s *Store) collectCursors(b *batch, now time.Time, all bool) {
	if !all && now.Sub(s.w.lastCursors) < s.opts.CursorEvery {
		return
	}
	if worth := all || !b.empty() || s.cursorsWorth(); !worth {
		return
	}
	for name, o := range s.boxes {
		o.mu.Lock()
		for lane := range o.lanes {
			if c := &o.lanes[lane]; c.dirty {
				b.cursors = append(b.cursors, cursorRow{uplink: name, lane: lane, pos: c.pos, ranges: c.ranges().encode()})
				c.dirty = false
			}
		}
		o.mu.Unlock()
	}
	if len(b.cursors) > 0 {
		s.w.lastCursors = now
	}
}

// cursorsWorth reports whether a cursor moved that is worth a write. With s.mu held.
func (s *Store) cursorsWorth() bool {
	for _, o := range s.boxes {
		o.mu.Lock()
		worth := o.lanes[laneAlarm].dirty || o.lanes[laneRest].dirty || o.lanes[laneTelemetry].dirty && s.stats.teleBytes > 0
		o.mu.Unlock()
		if worth {
			return true
		}
	}
	return false
}

// settle records that a batch is on disk.
func (s *Store) settle(b *batch, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inHand, s.began = nil, time.Time{}
	s.stats.commits++
	s.stats.lastCommit = took
	s.stats.walPages += pagesPerCommit + (len(b.ops)+len(b.again))/2 + len(b.tele)
	events := false
	for _, o := range b.ops {
		if it := o.it; it != nil {
			events = true
			s.durable = max(s.durable, it.pos)
			s.waiting[it.lane]--
			s.stats.events++
			if it.point != nil {
				s.markDurable(it.point)
			}
		}
		o.ticket.complete(nil)
	}
	for _, p := range b.points {
		s.markDurable(p)
	}
	if b.head != nil && b.epoch == s.num.epoch {
		s.epochDue = false
	}
	if b.salvage == s.salvageMark {
		s.salvageMark = nil
	}
	if len(b.again) > 0 {
		s.again = nil
	}
	if n := len(b.tele); n > 0 {
		s.tele.disk = b.tele[n-1].pos
		s.stats.teleBytes = b.spool
		if k := len(s.tele.items); k > 8 {
			s.tele.cut(min(s.tele.items[k-8].pos, s.tele.disk))
		}
	}
	s.visible = max(s.visible, s.durable)
	for lane := range s.lanes {
		s.lanes[lane].trim(s.durable)
	}
	s.leaveMemory()
	if events {
		for _, o := range s.boxes {
			o.signal()
		}
	}
}

// markDurable notes that the journal has this version of a point. With s.mu held.
func (s *Store) markDurable(p *pointRow) {
	p.durable = true
	if s.points[p.key] != p {
		return
	}
	delete(s.orphans, p.key)
	if p.gone {
		delete(s.points, p.key)
	}
}

// putBack returns a batch that could not be written.
func (s *Store) putBack(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inHand, s.began = nil, time.Time{}
	s.stats.commitErrors++
	if len(b.ops) > 0 {
		s.pending = append(append(make([]op, 0, len(b.ops)+len(s.pending)), b.ops...), s.pending...)
	}
	for _, r := range b.cursors {
		if o := s.boxes[r.uplink]; o != nil {
			o.mu.Lock()
			o.lanes[r.lane].dirty = true
			o.mu.Unlock()
		}
	}
}

// commit writes a batch in one transaction.
func (j *journal) commit(ctx context.Context, b *batch) error {
	return guard(func() error {
		if _, err := j.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		err := j.fill(ctx, b)
		if err == nil {
			if _, cerr := j.conn.ExecContext(ctx, "COMMIT"); cerr != nil {
				err = fmt.Errorf("commit: %w", cerr)
			}
		}
		if err != nil {
			_, _ = j.conn.ExecContext(ctx, "ROLLBACK")
		}
		return err
	})
}

// fill writes a batch's rows within the running transaction.
func (j *journal) fill(ctx context.Context, b *batch) error {
	for _, it := range b.again {
		if err := j.putEvent(ctx, it); err != nil {
			return err
		}
	}
	for _, o := range b.ops {
		if o.it != nil {
			if err := j.putEvent(ctx, o.it); err != nil {
				return err
			}
			if err := j.putPoint(ctx, o.it.point); err != nil {
				return err
			}
		}
		if o.meta != nil {
			m := &metaRow{key: userPrefix + o.meta.key, value: o.meta.value, ver: o.meta.ver}
			if err := j.putMeta(ctx, m); err != nil {
				return err
			}
		}
	}
	for _, p := range b.points {
		if err := j.putPoint(ctx, p); err != nil {
			return err
		}
	}
	return j.fillRest(ctx, b)
}

func (j *journal) fillRest(ctx context.Context, b *batch) error {
	for i := range b.cursors {
		c := &b.cursors[i]
		if _, err := j.cursor.ExecContext(ctx, c.uplink, c.lane, int64(c.pos), c.ranges, c.crc()); err != nil {
			return fmt.Errorf("write cursor: %w", err)
		}
	}
	for i := range b.tele {
		t := &b.tele[i]
		if _, err := j.tele.ExecContext(ctx, int64(t.pos), t.payload, t.crc()); err != nil {
			return fmt.Errorf("write telemetry: %w", err)
		}
	}
	if len(b.tele) > 0 {
		if err := j.putMeta(ctx, &metaRow{key: spoolKey, value: strconv.AppendInt(nil, b.spool, 10)}); err != nil {
			return err
		}
	}
	if b.salvage != nil {
		m := &metaRow{key: salvageKey, value: []byte(*b.salvage)}
		if *b.salvage == "" {
			m.value = nil
		}
		if err := j.putMeta(ctx, m); err != nil {
			return err
		}
	}
	if b.head == nil {
		return nil
	}
	return j.putMeta(ctx, b.head)
}

func (j *journal) putEvent(ctx context.Context, it *item) error {
	_, err := j.event.ExecContext(ctx, int64(it.pos), int64(it.epoch), int64(it.seq), it.lane, it.id, it.class,
		it.device, it.at, boolNum(it.trusted), it.payload, it.crc())
	if err != nil {
		return fmt.Errorf("write event %s: %w", it.id, err)
	}
	return nil
}

func (j *journal) putPoint(ctx context.Context, p *pointRow) (err error) {
	switch {
	case p == nil:
		return nil
	case p.gone:
		_, err = j.unpt.ExecContext(ctx, p.key)
	default:
		_, err = j.point.ExecContext(ctx, p.key, int64(p.Epoch), int64(p.Seq), int64(p.State), p.Snapshot, p.crc())
	}
	if err != nil {
		return fmt.Errorf("write point %q: %w", p.key, err)
	}
	return nil
}

// putMeta writes one value; nil deletes it.
func (j *journal) putMeta(ctx context.Context, m *metaRow) (err error) {
	if m.value == nil {
		_, err = j.unmeta.ExecContext(ctx, m.key)
	} else {
		_, err = j.meta.ExecContext(ctx, m.key, m.value, m.ver, m.crc())
	}
	if err != nil {
		return fmt.Errorf("write value %q: %w", m.key, err)
	}
	return nil
}

// noticeReadError tells the writer about damage that a reader met.
func (s *Store) noticeReadError(err error) {
	if err = classify(err); !errors.Is(err, errCorrupt) {
		return
	}
	s.mu.Lock()
	s.corrupt = err
	s.mu.Unlock()
	s.kick()
}

// lookup finds an event by its id. Positions and sequence numbers grow together, so this run's
// events are a subtraction away and older ones a search.
func (s *Store) lookup(id string, epoch, seq uint64) (uplink.Position, int, bool) {
	s.mu.Lock()
	for lane := range s.lanes {
		for _, it := range s.lanes[lane].live() {
			if it.epoch == epoch && it.seq == seq && it.id == id {
				s.mu.Unlock()
				return it.pos, lane, true
			}
		}
	}
	high := s.durable
	s.mu.Unlock()
	s.jmu.RLock()
	defer s.jmu.RUnlock()
	if s.j == nil {
		return 0, 0, false
	}
	var low uplink.Position
	for low < high {
		mid := low + (high-low+1)/2
		it, err := s.j.atOrBefore(mid)
		switch {
		case err != nil:
			s.noticeReadError(err)
			return 0, 0, false
		case it == nil:
			low = mid
		case it.id == id:
			return it.pos, it.lane, true
		case it.epoch < epoch || it.epoch == epoch && it.seq < seq:
			low = mid
		default:
			high = it.pos - 1
		}
	}
	return 0, 0, false
}
