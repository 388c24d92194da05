package store

import (
	"context"
	"errors"
	"path/filepath"

	"firepost/cloud-bridge/uplink"
)

// errStale ends a salvage that another one replaced.
var errStale = errors.New("another journal was set aside meanwhile")

// runSalvage reads a quarantined journal back whenever there is one.
func (s *Store) runSalvage(ctx context.Context) {
	for {
		s.mu.Lock()
		sv := s.salvage
		s.mu.Unlock()
		if sv == nil {
			select {
			case <-ctx.Done():
				return
			case <-s.mend:
			}
			continue
		}
		if err := guard(func() error { return s.readBack(ctx, sv) }); err != nil {
			if ctx.Err() != nil {
				return
			}
			s.opts.Log.Warn("salvage is interrupted", "file", sv.file, "error", err)
			if !pause(ctx, s.opts.RetryMax) {
				return
			}
		}
	}
}

// readBack salvages one journal: first its small tables, then unsent events, then history.
func (s *Store) readBack(ctx context.Context, sv *salvage) error {
	path := filepath.Join(s.opts.Dir, sv.file, journalName)
	if !sv.passed {
		if err := s.readSmall(sv, path); err != nil {
			return err
		}
		if err := s.readEvents(ctx, sv, path, true); err != nil {
			return err
		}
		s.recountAll(ctx)
		s.openGate(sv)
	}
	if err := s.readEvents(ctx, sv, path, false); err != nil && !errors.Is(err, errFull) {
		return err
	}
	s.mu.Lock()
	done := ""
	if s.salvage == sv {
		s.salvage, s.salvageMark = nil, &done
	}
	s.stats.counted = false
	n := s.stats.salvaged
	s.mu.Unlock()
	s.kick()
	s.opts.Log.Info("salvage is complete", "file", sv.file, "events", n)
	return nil
}

// openGate lets outboxes read the disk again.
func (s *Store) openGate(sv *salvage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sv.passed = true
	if s.salvage == sv {
		s.gated = false
	}
	for _, o := range s.boxes {
		o.signal()
	}
}

// readSmall takes over snapshots, values and cursors that are not known otherwise, and finds
// out how far other runs' positions must be moved.
func (s *Store) readSmall(sv *salvage, path string) error {
	c, err := scanContents(path)
	if err != nil {
		return err
	}
	foreign, err := s.highestForeign(path)
	if err != nil {
		return err
	}
	s.mu.Lock()
	sv.shift = max(0, foreign-s.base)
	late := s.mergePoints(c)
	for key, m := range c.meta {
		if s.meta[key] == nil {
			s.meta[key] = m
			s.pending = append(s.pending, op{meta: m})
		}
	}
	if sv.cursors {
		for _, rows := range c.cursors {
			for _, r := range rows {
				if r != nil && r.lane != laneTelemetry {
					r.pos -= sv.shift
					r.ranges = "" // moved ranges would only save repeats
				}
			}
		}
		for _, o := range s.boxes {
			o.joinCursors(c)
		}
		sv.cursors = false
	}
	_, ours := s.runEpochs[c.head.Epoch]
	s.mu.Unlock()
	if !ours {
		s.RaiseEpoch(c.head.Epoch)
	}
	s.tellLate(late)
	return nil
}

// highestForeign is the highest position of an event that this run did not number.
func (s *Store) highestForeign(path string) (uplink.Position, error) {
	p, err := openPages(path)
	if err != nil {
		return 0, err
	}
	defer p.close()
	var high uplink.Position
	p.rows(func(rowid int64, cols []any) bool {
		if it := rawEvent(rowid, cols); it != nil && s.foreign(it) {
			high = max(high, it.pos)
		}
		return true
	})
	return high, nil
}

func (s *Store) foreign(it *item) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ours := s.runEpochs[it.epoch]
	return !ours
}

// readEvents inserts the quarantined journal's events: those that some uplink still lacks, or
// the others.
func (s *Store) readEvents(ctx context.Context, sv *salvage, path string, unsent bool) error {
	p, err := openPages(path)
	if err != nil {
		return err
	}
	defer p.close()
	chunk := make([]*item, 0, salvageChunk)
	var failed error
	p.rows(func(rowid int64, cols []any) bool {
		it := rawEvent(rowid, cols)
		if it == nil {
			return ctx.Err() == nil
		}
		if s.foreign(it) {
			it.pos -= sv.shift
		}
		if s.unsent(it) != unsent {
			return ctx.Err() == nil
		}
		if chunk = append(chunk, it); len(chunk) == salvageChunk {
			failed = s.insertBack(ctx, sv, chunk)
			chunk = chunk[:0]
		}
		return failed == nil && ctx.Err() == nil
	})
	if failed == nil && ctx.Err() == nil && len(chunk) > 0 {
		failed = s.insertBack(ctx, sv, chunk)
	}
	if failed != nil {
		return failed
	}
	return ctx.Err()
}

// unsent reports whether some uplink still lacks an event.
func (s *Store) unsent(it *item) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.boxes {
		o.mu.Lock()
		confirmed := o.lanes[it.lane].isConfirmed(it.pos)
		o.mu.Unlock()
		if !confirmed {
			return true
		}
	}
	return false
}

// insertBack writes one chunk of salvaged events, as the writer.
func (s *Store) insertBack(ctx context.Context, sv *salvage, chunk []*item) error {
	s.wmu.Lock()
	defer s.wmu.Unlock()
	s.mu.Lock()
	stale := s.salvage != sv
	s.mu.Unlock()
	if stale {
		return errStale
	}
	b := &batch{again: chunk}
	err := s.attempt(ctx, b)
	if errors.Is(err, errFull) && s.makeRoom(ctx) {
		err = s.attempt(ctx, b)
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.stats.salvaged += uint64(len(chunk))
	s.mu.Unlock()
	return nil
}
