package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

// How often what is looked after.
const (
	checkpointPages = 1000 // WAL pages between two checkpoints, as SQLite's own default
	quotaEvery      = 64   // commits between two looks at the size
	agePeriod       = time.Hour
	deleteChunk     = 128
	maxLogBytes     = 16 << 20 // of the WAL, before the writer itself cleans it
)

// ballastPath is the file that is given up when the file system is full.
func (s *Store) ballastPath() string { return filepath.Join(s.opts.Dir, "ballast") }

// runKeeper checks the file once after the start, then applies the age limit, renews the
// ballast and copies the WAL back.
func (s *Store) runKeeper(ctx context.Context) {
	s.quickCheck(ctx)
	period := time.NewTicker(s.opts.CursorEvery)
	defer period.Stop()
	var lastAge time.Time
	for {
		s.keepLog(ctx)
		if lastAge.IsZero() || time.Since(lastAge) >= agePeriod {
			lastAge = time.Now()
			s.countEvents(ctx)
			s.expire(ctx)
			s.renewBallast()
		}
		select {
		case <-ctx.Done():
			return
		case <-period.C:
		}
	}
}

// quickCheck lets SQLite look over the whole file, on a reader's connection.
func (s *Store) quickCheck(ctx context.Context) {
	s.jmu.RLock()
	defer s.jmu.RUnlock()
	if s.j == nil {
		return
	}
	err := guard(func() error {
		var verdict string
		if err := s.j.reader.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
			return fmt.Errorf("check journal: %w", err)
		}
		if verdict != "ok" {
			return fmt.Errorf("check journal: %s: %w", verdict, errCorrupt)
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		s.noticeReadError(err)
	}
}

// countEvents counts the events on disk once per start or salvage.
func (s *Store) countEvents(ctx context.Context) {
	s.mu.Lock()
	counted, before := s.stats.counted, s.stats.events
	s.mu.Unlock()
	s.jmu.RLock()
	defer s.jmu.RUnlock()
	if counted || s.j == nil {
		return
	}
	var n int64
	err := guard(func() error {
		return s.j.reader.QueryRowContext(ctx, "SELECT count(*) FROM events INDEXED BY events_lane WHERE lane IN (0,1)").Scan(&n)
	})
	if err != nil {
		s.noticeReadError(err)
		return
	}
	s.mu.Lock()
	s.stats.events = n + s.stats.events - before
	s.stats.counted = true
	s.mu.Unlock()
}

// keepLog copies the WAL back once it has grown.
func (s *Store) keepLog(ctx context.Context) {
	st, err := os.Stat(s.path() + "-wal")
	if err != nil || st.Size() < checkpointPages*pageSize {
		return
	}
	s.jmu.RLock()
	if s.j != nil {
		if err := checkpoint(ctx, s.path()); err != nil && ctx.Err() == nil {
			s.noticeReadError(err)
		}
	}
	s.jmu.RUnlock()
	if st.Size() < maxLogBytes {
		return
	}
	s.wmu.Lock()
	defer s.wmu.Unlock()
	if s.j != nil {
		_ = guard(func() error {
			_, err := s.j.conn.ExecContext(ctx, "PRAGMA wal_checkpoint(RESTART)")
			return err
		})
	}
}

// afterCommit looks at the size now and then. The caller is the writer.
func (s *Store) afterCommit(ctx context.Context, records int) {
	s.w.sinceQuota += 1 + records/quotaEvery
	if s.w.sinceQuota < quotaEvery {
		return
	}
	s.w.sinceQuota = 0
	s.trim(ctx, s.opts.Quota.MaxBytes-s.opts.Quota.AlarmReserve, false)
}

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

// makeRoom is the answer to a full disk or a full quota. The caller is the writer.
func (s *Store) makeRoom(ctx context.Context) bool {
	freed := os.Remove(s.ballastPath()) == nil
	if freed {
		s.opts.Log.Warn("disk is full, the ballast was given up")
	}
	used, _, err := s.usedNow(ctx)
	if err != nil {
		return freed
	}
	// Room for one full batch, whatever fills the disk.
	trimmed := s.trim(ctx, min(used, s.opts.Quota.MaxBytes)-1<<20, s.opts.Quota.MaxBytes-used < 2<<20)
	return trimmed || freed
}

func (s *Store) usedNow(ctx context.Context) (used, file int64, err error) {
	if s.j == nil {
		return 0, 0, errors.New("journal is not open")
	}
	err = guard(func() error {
		used, file, err = s.j.measure(ctx)
		return err
	})
	return used, file, err
}

// renewBallast makes the ballast again once there is plenty of room.
func (s *Store) renewBallast() {
	size := s.opts.BallastBytes
	if size <= 0 {
		return
	}
	if st, err := os.Stat(s.ballastPath()); err == nil && st.Size() >= size {
		return
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(s.opts.Dir, &fs); err != nil || int64(fs.Bavail)*int64(fs.Bsize) < 4*size {
		return
	}
	f, err := os.Create(s.ballastPath())
	if err != nil {
		return
	}
	err = unix.Fallocate(int(f.Fd()), 0, 0, size)
	if cerr := f.Close(); err != nil || cerr != nil {
		_ = os.Remove(s.ballastPath()) // a file system without preallocation
	}
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

// reportSetAside appends the event that tells of a quarantined journal.
func (s *Store) reportSetAside(path, reason string) {
	s.report(message.KindJournalSetAside, "corrupt", map[string]any{"file": filepath.Base(path), "reason": reason})
}

// reportDrops appends the event that tells of dropped records, once memory or disk has room.
func (s *Store) reportDrops() {
	s.mu.Lock()
	due := s.dropDue && (s.memoryWhy == nil || s.j != nil)
	detail := make(map[string]any)
	if due {
		s.dropDue = false
		for lane, n := range s.dropped {
			if d := n - s.reported[lane]; d > 0 {
				detail[string(laneNames[lane])] = d
			}
			s.reported[lane] = n
		}
	}
	s.mu.Unlock()
	if len(detail) > 0 {
		s.report(message.KindDropped, "no_space", detail)
	}
}

// report appends one of the store's own events.
func (s *Store) report(kind message.Kind, cause string, detail map[string]any) {
	now := s.opts.Now()
	data, err := json.Marshal(detail)
	if err != nil {
		data = nil
	}
	s.Append([]Record{{Event: &message.Event{
		At: message.Time{Time: now.Wall}, ReceivedAt: message.Time{Time: now.Wall}, ClockTrusted: now.Trusted,
		Boot: now.Boot, MonoMS: now.Mono.Milliseconds(), Lane: message.LaneRest, Class: message.ClassLifecycle,
		Kind: kind, Cause: cause, Detail: data,
	}}})
}
