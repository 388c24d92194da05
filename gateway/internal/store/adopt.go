package store

import (
	"context"
	"fmt"
	"slices"

	"firepost/cloud-bridge/uplink"
)

// adoptLate joins a journal that could not be opened at the start with what happened since.
func (s *Store) adoptLate(ctx context.Context, c *contents) {
	s.mu.Lock()
	late := s.mergePoints(c)
	for key, m := range c.meta {
		if old := s.meta[key]; old == nil || !old.ours && old.ver < m.ver {
			s.meta[key] = m
		}
	}
	s.metaVer = max(s.metaVer, c.metaVer)
	for _, m := range s.meta {
		if m.ours {
			s.metaVer++
			s.pending = append(s.pending, op{meta: &metaRow{key: m.key, value: m.value, ver: s.metaVer}})
		}
	}
	for key := range s.points {
		s.orphans[key] = struct{}{}
	}
	for _, o := range s.boxes {
		o.joinCursors(c)
	}
	s.epochDue = true
	s.adopted = true
	if c.salvage != "" && s.salvage == nil {
		s.salvage = &salvage{file: c.salvage}
		s.gated = true
	}
	if s.salvage != nil {
		s.salvageMark = &s.salvage.file
		s.wakeSalvage()
	}
	s.mu.Unlock()
	if n, err := s.j.wipeTelemetry(ctx); err != nil {
		s.noticeReadError(err)
	} else if n > 0 {
		s.mu.Lock()
		s.dropped[laneTelemetry] += uint64(n)
		s.mu.Unlock()
	}
	s.recountAll(ctx)
	s.RaiseEpoch(c.head.Epoch)
	s.tellLate(late)
}

// wipeTelemetry gives up telemetry whose positions this run may have given again.
func (j *journal) wipeTelemetry(ctx context.Context) (n int64, err error) {
	err = guard(func() error {
		res, err := j.conn.ExecContext(ctx, "DELETE FROM telemetry")
		if err != nil {
			return fmt.Errorf("wipe telemetry: %w", err)
		}
		n, err = res.RowsAffected()
		return err
	})
	return n, err
}

// mergePoints takes over snapshots that this run does not know better. With s.mu held.
func (s *Store) mergePoints(c *contents) map[string]PointRecord {
	late := make(map[string]PointRecord)
	for key, p := range c.points {
		old := s.points[key]
		if old != nil {
			if _, ours := s.runEpochs[old.Epoch]; ours || !p.newer(old.PointRecord) {
				continue
			}
		}
		s.points[key] = p
		late[key] = p.PointRecord
	}
	return late
}

// tellLate hands snapshots to the engine that it could not have had at the start.
func (s *Store) tellLate(late map[string]PointRecord) {
	if len(late) == 0 {
		return
	}
	s.mu.Lock()
	for key := range late {
		s.orphans[key] = struct{}{}
	}
	s.secondDue = true
	s.mu.Unlock()
	s.opts.Log.Warn("snapshots of points were found late", "points", len(late))
	if s.opts.Late != nil {
		s.opts.Late(late)
	}
}

// joinCursors puts this uplink's cursors back to where a journal that came late has them;
// what was confirmed since stays confirmed. With Store.mu held.
func (o *outbox) joinCursors(c *contents) {
	o.mu.Lock()
	defer o.mu.Unlock()
	rows, known := c.cursors[o.name]
	for lane := range laneTelemetry {
		cur := &o.lanes[lane]
		var at uplink.Position
		var early spans
		if r := rows[lane]; known && r != nil {
			at, early = r.pos, decodeSpans(r.ranges)
		} else {
			for _, other := range c.cursors {
				if r := other[lane]; r != nil {
					at = max(at, r.pos)
				}
			}
		}
		since := cur.ranges()
		if cur.pos > o.s.base {
			since = since.add(o.s.base+1, cur.pos)
		}
		for _, r := range since {
			early = early.add(r.from, r.to)
		}
		cur.restart(min(at, o.s.base), early)
	}
}

// recountAll counts every uplink's backlog afresh, after entries appeared or vanished.
func (s *Store) recountAll(ctx context.Context) {
	s.mu.Lock()
	boxes := make([]*outbox, 0, len(s.boxes))
	for _, o := range s.boxes {
		boxes = append(boxes, o)
	}
	s.mu.Unlock()
	for _, o := range boxes {
		for lane := range laneTelemetry {
			s.recount(ctx, o, lane)
		}
	}
}

// recount counts one backlog: on disk, and waiting in memory. The count is of a moment, so it
// is taken again when the cursor moved meanwhile; a busy cursor keeps the last count.
func (s *Store) recount(ctx context.Context, o *outbox, lane int) {
	for range 5 {
		o.mu.Lock()
		c := &o.lanes[lane]
		pos, ranges, moves := c.pos, slices.Clone(c.ranges()), c.moves
		o.mu.Unlock()
		s.jmu.RLock()
		if s.j == nil {
			s.jmu.RUnlock()
			return
		}
		n, err := s.j.backlog(ctx, lane, pos, ranges)
		s.jmu.RUnlock()
		if err != nil {
			s.noticeReadError(err)
			return
		}
		s.mu.Lock()
		o.mu.Lock()
		for _, list := range [][]op{s.inHand, s.pending} {
			for _, p := range list {
				if p.it != nil && p.it.lane == lane && !c.isConfirmed(p.it.pos) {
					n++
				}
			}
		}
		c.backlog = n
		same := c.moves == moves
		o.mu.Unlock()
		s.mu.Unlock()
		if same {
			return
		}
	}
}
