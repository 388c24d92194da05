package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

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
	s.check(ctx)
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

// check lets SQLite look over the whole file, indexes included, on a reader's connection. A
// damaged index is the one fault that hides events without an error.
func (s *Store) check(ctx context.Context) {
	s.jmu.RLock()
	defer s.jmu.RUnlock()
	sound := false
	defer func() {
		s.mu.Lock()
		s.stats.checked, s.stats.sound = true, sound
		s.mu.Unlock()
	}()
	if s.j == nil {
		return
	}
	err := guard(func() error {
		var verdict string
		if err := s.j.reader.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
			return fmt.Errorf("check journal: %w", err)
		}
		if verdict != "ok" {
			return fmt.Errorf("check journal: %s: %w", verdict, errCorrupt)
		}
		return nil
	})
	sound = err == nil
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

// keepLog copies the WAL back once enough was written to it.
func (s *Store) keepLog(ctx context.Context) {
	s.mu.Lock()
	due := s.stats.walPages >= checkpointPages
	if due {
		s.stats.walPages = 0
	}
	s.mu.Unlock()
	if !due {
		return
	}
	s.jmu.RLock()
	if s.j != nil {
		if err := checkpoint(ctx, s.path()); err != nil && ctx.Err() == nil {
			s.noticeReadError(err)
		}
	}
	s.jmu.RUnlock()
	st, err := os.Stat(s.path() + "-wal")
	if err != nil || st.Size() < maxLogBytes {
		return
	}
	s.wmu.Lock()
	defer s.wmu.Unlock()
	if s.j != nil {
		_ = guard(func() error {
			_, err := s.j.conn.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
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
	if s.opts.Quota.MaxBytes-used < 2<<20 {
		// Room for one full batch.
		return s.trim(ctx, min(used, s.opts.Quota.MaxBytes)-1<<20, true) || freed
	}
	return s.spare(ctx) || freed
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
