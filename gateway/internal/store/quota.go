package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"firepost/cloud-bridge/uplink"
)

// measure reads the file's size and the part in use.
func (j *journal) measure(ctx context.Context) (used, file int64, err error) {
	var pages, free int64
	if err := j.conn.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return 0, 0, fmt.Errorf("measure journal: %w", err)
	}
	if err := j.conn.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&free); err != nil {
		return 0, 0, fmt.Errorf("measure journal: %w", err)
	}
	return (pages - free) * pageSize, pages * pageSize, nil
}

// trim deletes until the used part is within limit: telemetry beyond its own quota, then any
// telemetry, then the rest lane, then confirmed alarms; with hard, unconfirmed ones too. It
// does a bounded amount of work and reports whether anything went.
func (s *Store) trim(ctx context.Context, limit int64, hard bool) bool {
	if s.j == nil {
		return false
	}
	gone := false
	err := guard(func() error {
		if s.stats.teleBytes > s.opts.Quota.TelemetryBytes {
			n, err := s.deleteTelemetry(ctx, s.stats.teleBytes-s.opts.Quota.TelemetryBytes)
			gone = gone || n > 0
			if err != nil {
				return err
			}
		}
		for range 8 {
			used, file, err := s.j.measure(ctx)
			if err != nil {
				return err
			}
			s.mu.Lock()
			s.stats.used, s.stats.file = used, file
			s.mu.Unlock()
			if used <= limit {
				return nil
			}
			n, err := s.deleteSome(ctx, hard)
			if err != nil || n == 0 {
				return err
			}
			gone = true
		}
		s.w.sinceQuota = quotaEvery // more to do: look again after the next commit
		return nil
	})
	if err != nil {
		s.noticeReadError(err)
	}
	return gone
}

// recordFloor is how many of the newest events a full disk never takes (GB/T 45839-2025 5.3.3).
const recordFloor = 999

// spare makes room on a disk that something else has filled: telemetry goes, then what every
// uplink has confirmed beyond the newest recordFloor events. The rest stays: a new record can
// wait in memory, an old one is gone for ever. It reports whether anything went.
func (s *Store) spare(ctx context.Context) bool {
	gone := false
	err := guard(func() error {
		n, err := s.deleteTelemetry(ctx, 1<<20)
		if n > 0 || err != nil {
			gone = n > 0
			return err
		}
		var floor sql.NullInt64
		row := s.j.conn.QueryRowContext(ctx, "SELECT min(n) FROM (SELECT n FROM events ORDER BY n DESC LIMIT ?) HAVING count(*)=?", recordFloor, recordFloor)
		if err := row.Scan(&floor); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("find the newest events: %w", classify(err))
		}
		s.mu.Lock()
		upTo := [2]uplink.Position{s.durable, s.durable}
		if len(s.boxes) > 0 {
			upTo = [2]uplink.Position{s.confirmedByAll(laneAlarm), s.confirmedByAll(laneRest)}
		}
		s.mu.Unlock()
		for lane := range upTo {
			n, err := s.deleteEvents(ctx, lane, min(upTo[lane], uplink.Position(floor.Int64)-1), 8*deleteChunk)
			gone = gone || n > 0
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.noticeReadError(err)
	}
	return gone
}

// deleteSome deletes one chunk of what may go first.
func (s *Store) deleteSome(ctx context.Context, hard bool) (int, error) {
	if n, err := s.deleteTelemetry(ctx, 256<<10); n > 0 || err != nil {
		return n, err
	}
	s.mu.Lock()
	alarms := s.confirmedByAll(laneAlarm)
	if len(s.boxes) == 0 || hard {
		alarms = s.durable
	}
	durable := s.durable
	s.mu.Unlock()
	if n, err := s.deleteEvents(ctx, laneRest, durable, deleteChunk); n > 0 || err != nil {
		return n, err
	}
	return s.deleteEvents(ctx, laneAlarm, alarms, deleteChunk)
}

// deleteEvents deletes up to limit of the oldest events of a lane up to a position. What was
// not confirmed counts as dropped. The newest event of a lane stays: prev links need it.
func (s *Store) deleteEvents(ctx context.Context, lane int, upTo uplink.Position, limit int) (int, error) {
	var first, last sql.NullInt64
	var n int
	row := s.j.conn.QueryRowContext(ctx, "SELECT min(n), max(n), count(*) FROM (SELECT n FROM events INDEXED BY events_lane WHERE lane=? AND n<=? "+
		"AND n<(SELECT max(n) FROM events WHERE lane=?) ORDER BY n LIMIT ?)", lane, int64(upTo), lane, limit)
	if err := row.Scan(&first, &last, &n); err != nil {
		return 0, fmt.Errorf("choose events to delete: %w", classify(err))
	}
	if n == 0 {
		return 0, nil
	}
	if _, err := s.j.conn.ExecContext(ctx, "DELETE FROM events WHERE lane=? AND n>=? AND n<=?", lane, first.Int64, last.Int64); err != nil {
		return 0, fmt.Errorf("delete events: %w", classify(err))
	}
	s.forgotten(ctx, lane, uplink.Position(last.Int64), n)
	return n, nil
}

// forgotten moves cursors over deleted entries and counts the unconfirmed ones as dropped.
func (s *Store) forgotten(ctx context.Context, lane int, upTo uplink.Position, n int) {
	s.mu.Lock()
	var behind []*outbox
	for _, o := range s.boxes {
		o.mu.Lock()
		if o.lanes[lane].pos < upTo {
			o.lanes[lane].forget(upTo)
			behind = append(behind, o)
		}
		o.mu.Unlock()
	}
	if lane != laneTelemetry {
		s.stats.events -= int64(n)
	}
	if len(behind) > 0 {
		s.dropped[lane] += uint64(n)
		s.dropDue = s.dropDue || lane != laneTelemetry
	}
	s.mu.Unlock()
	for _, o := range behind {
		s.recount(ctx, o, lane)
	}
}

// deleteTelemetry deletes at least size bytes of the oldest telemetry, in one step.
func (s *Store) deleteTelemetry(ctx context.Context, size int64) (int, error) {
	rows, err := s.j.conn.QueryContext(ctx, "SELECT n, length(payload) FROM telemetry ORDER BY n LIMIT 1024")
	if err != nil {
		return 0, fmt.Errorf("choose telemetry to delete: %w", classify(err))
	}
	var upTo, bytes int64
	n := 0
	for rows.Next() && bytes < size {
		var length int64
		if err := rows.Scan(&upTo, &length); err != nil {
			break
		}
		bytes += length
		n++
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, fmt.Errorf("choose telemetry to delete: %w", classify(err))
	}
	if n == 0 {
		return 0, nil
	}
	if _, err := s.j.conn.ExecContext(ctx, "DELETE FROM telemetry WHERE n<=?", upTo); err != nil {
		return 0, fmt.Errorf("delete telemetry: %w", classify(err))
	}
	s.mu.Lock()
	s.stats.teleBytes = max(0, s.stats.teleBytes-bytes)
	s.mu.Unlock()
	s.forgotten(ctx, laneTelemetry, uplink.Position(upTo), n)
	return n, nil
}

// expire deletes by age what every uplink has confirmed, beyond the newest MinEvents. An event
// with an untrusted clock is as old as the next trusted one after it.
func (s *Store) expire(ctx context.Context) {
	now := s.opts.Now()
	if !now.Trusted {
		return
	}
	limit := now.Wall.Add(-s.opts.Quota.Keep).UnixMilli()
	for ctx.Err() == nil {
		s.wmu.Lock()
		n, err := s.expireChunk(ctx, limit)
		s.wmu.Unlock()
		if err != nil {
			s.noticeReadError(err)
		}
		if err != nil || n == 0 {
			return
		}
	}
}

func (s *Store) expireChunk(ctx context.Context, limit int64) (n int, err error) {
	if s.j == nil {
		return 0, nil
	}
	s.mu.Lock()
	spare := s.stats.events - int64(s.opts.Quota.MinEvents)
	counted := s.stats.counted
	confirmed := [2]uplink.Position{s.durable, s.durable}
	if len(s.boxes) > 0 {
		confirmed = [2]uplink.Position{s.confirmedByAll(laneAlarm), s.confirmedByAll(laneRest)}
	}
	s.mu.Unlock()
	if !counted || spare <= 0 {
		return 0, nil
	}
	err = guard(func() error {
		upTo, err := s.oldest(ctx, limit, min(int(spare), deleteChunk), confirmed)
		if err != nil || upTo == 0 {
			return err
		}
		for lane := range confirmed {
			k, err := s.deleteEvents(ctx, lane, min(uplink.Position(upTo), confirmed[lane]), deleteChunk)
			n += k
			if err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// oldest returns the position up to which the oldest events are confirmed and past limit.
func (s *Store) oldest(ctx context.Context, limit int64, count int, confirmed [2]uplink.Position) (int64, error) {
	rows, err := s.j.conn.QueryContext(ctx, "SELECT n, lane, at, trusted FROM events ORDER BY n LIMIT ?", count)
	if err != nil {
		return 0, fmt.Errorf("choose old events: %w", classify(err))
	}
	defer func() { _ = rows.Close() }()
	var upTo int64
	for rows.Next() {
		var n, at, trusted int64
		var lane int
		if err := rows.Scan(&n, &lane, &at, &trusted); err != nil {
			return 0, scanError("event", err)
		}
		if lane < 0 || lane > 1 || uplink.Position(n) > confirmed[lane] || trusted == 1 && at >= limit {
			break
		}
		if trusted == 1 {
			upTo = n
		}
	}
	return upTo, rows.Err()
}
