package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// writer is the state of whoever acts as the writer; guarded by Store.wmu, lastTele and
// lastCursors by Store.mu.
type writer struct {
	lastCursors, lastTele time.Time
	retryAt               time.Time
	backoff               time.Duration
	sinceQuota            int
}

// Run is the writer: it commits what Append took, in groups, and looks after retention, the
// WAL, the second copy and a disk that went away. It returns when ctx ends, after one last
// commit, or when one of its parts panicked; a supervisor may start it again.
func (s *Store) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts := [...]struct {
		name string
		run  func(context.Context)
	}{
		{"writer", s.runWriter}, {"second copy", s.runSecond}, {"stall watch", s.runStall}, {"keeper", s.runKeeper},
		{"salvage", s.runSalvage},
	}
	var wg sync.WaitGroup
	errs := make([]error, len(parts))
	for i, p := range parts {
		wg.Go(func() {
			defer cancel()
			errs[i] = shielded(p.name, func() { p.run(ctx) })
		})
	}
	wg.Wait()
	s.flush(context.WithoutCancel(ctx))
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return ctx.Err()
}

// shielded turns a panic into an error for the supervisor.
func shielded(name string, f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("journal %s panicked: %v", name, r)
		}
	}()
	f()
	return nil
}

// runWriter writes whenever something is due.
func (s *Store) runWriter(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		wait := s.writeDue(context.WithoutCancel(ctx), false)
		if wait <= 0 {
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-s.work:
		case <-timer.C:
		}
	}
}

// idleWait is how long the writer sleeps when nothing is due.
const idleWait = time.Minute

// writeDue does one round of what is due and returns how long nothing will be.
func (s *Store) writeDue(ctx context.Context, all bool) time.Duration {
	s.wmu.Lock()
	defer s.wmu.Unlock()
	now := time.Now()
	if wait := s.w.retryAt.Sub(now); wait > 0 && !all {
		return wait
	}
	s.reportDrops()
	if err := s.repair(ctx); err != nil {
		s.mu.Lock()
		s.stats.commitErrors++ // an attempt that failed is a sign of life too
		s.mu.Unlock()
		return s.failed(err)
	}
	b := s.collect(now, all)
	if b.empty() {
		s.mu.Lock()
		s.leaveMemory()
		s.mu.Unlock()
		return s.nextDue(now)
	}
	err := s.write(ctx, b)
	if errors.Is(err, errCorrupt) {
		// A new journal takes the records at once; nobody waits for a back-off.
		if _, err = s.replace(ctx, err); err == nil {
			b = s.collect(now, true)
			err = s.write(ctx, b)
		}
	}
	if err != nil {
		return s.failed(err)
	}
	s.w.backoff = 0
	s.afterCommit(ctx, len(b.ops))
	return s.nextDue(time.Now())
}

// nextDue is how long until something waiting may be written.
func (s *Store) nextDue(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending) > 0 || s.corrupt != nil || s.epochDue || s.dropDue || len(s.orphans) > 0 {
		return 0
	}
	wait := idleWait
	if s.cursorsWorth() {
		wait = min(wait, max(time.Millisecond, s.opts.CursorEvery-now.Sub(s.w.lastCursors)))
	}
	if len(s.boxes) > 0 && s.tele.last > s.tele.disk && len(s.tele.items) > 0 {
		wait = min(wait, max(time.Millisecond, s.opts.TelemetryEvery-now.Sub(s.w.lastTele)))
	}
	return wait
}

// write commits a batch; when there is no room it makes some and tries once more.
func (s *Store) write(ctx context.Context, b *batch) error {
	begin := time.Now()
	err := s.attempt(ctx, b)
	if errors.Is(err, errFull) {
		if s.makeRoom(ctx) {
			err = s.attempt(ctx, b)
		}
	}
	if err != nil {
		s.putBack(b)
		return err
	}
	s.settle(b, time.Since(begin))
	s.kickSecond()
	return nil
}

// attempt is one transaction.
func (s *Store) attempt(ctx context.Context, b *batch) error {
	if f := s.opts.Faults.Commit; f != nil {
		if err := f(); err != nil {
			return classify(fmt.Errorf("commit: %w", err))
		}
	}
	if s.j == nil {
		return errors.New("journal is not open")
	}
	return classify(s.j.commit(ctx, b))
}

// reserve makes this start's epoch durable, with what the second copy knew better.
func (s *Store) reserve(ctx context.Context) error {
	s.wmu.Lock()
	defer s.wmu.Unlock()
	if s.salvage != nil {
		s.inherit()
	}
	s.mu.Lock()
	for _, o := range s.boxes {
		for lane := range o.lanes {
			o.lanes[lane].dirty = true
		}
	}
	s.mu.Unlock()
	if s.salvage != nil {
		s.salvageMark = &s.salvage.file
	}
	b := s.collect(time.Now(), true)
	if err := s.write(ctx, b); err != nil {
		s.closeJournal()
		return err
	}
	s.adopted = true
	return nil
}

// failed goes on in memory and says when to try the disk again.
func (s *Store) failed(err error) time.Duration {
	if errors.Is(err, errCorrupt) {
		s.mu.Lock()
		s.corrupt = err
		s.mu.Unlock()
	} else if !errors.Is(err, errFull) {
		s.closeJournal() // opening it again checks it again
	}
	s.enterMemory(err, false)
	if s.w.backoff == 0 {
		s.w.backoff = s.opts.RetryFirst
	} else {
		s.w.backoff = min(2*s.w.backoff, s.opts.RetryMax)
	}
	s.w.retryAt = time.Now().Add(s.w.backoff)
	return s.w.backoff
}

// closeJournal gives up the open file.
func (s *Store) closeJournal() {
	s.jmu.Lock()
	defer s.jmu.Unlock()
	if s.j != nil {
		s.j.close()
		s.j = nil
	}
}

// enterMemory lets entries out without waiting for the disk.
func (s *Store) enterMemory(err error, stalled bool) {
	s.mu.Lock()
	first := s.memoryWhy == nil
	s.memoryWhy, s.stalled = err, stalled
	for _, list := range [][]op{s.inHand, s.pending} {
		for i := range list {
			list[i].ticket.complete(ErrMemoryOnly)
		}
	}
	s.visible = s.num.pos
	s.boundMemory()
	s.secondDue = true
	for _, o := range s.boxes {
		o.signal()
	}
	s.mu.Unlock()
	s.kickSecond()
	if first {
		s.opts.Log.Error("journal does not take records, events are kept in memory", "error", err)
	}
}

// leaveMemory returns to disk mode once nothing waits. With s.mu held.
func (s *Store) leaveMemory() {
	if s.memoryWhy == nil || len(s.pending) > 0 || len(s.inHand) > 0 || s.epochDue || s.j == nil {
		return
	}
	s.memoryWhy, s.stalled = nil, false
	s.opts.Log.Info("journal takes records again")
}

// runStall lets entries out from memory when a transaction hangs: a flash card that thinks
// for a minute must not hold back a fire.
func (s *Store) runStall(ctx context.Context) {
	tick := time.NewTicker(max(time.Millisecond, s.opts.StallAfter/4))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s.mu.Lock()
		began, memory := s.began, s.memoryWhy != nil
		s.mu.Unlock()
		if !began.IsZero() && !memory && time.Since(began) > s.opts.StallAfter {
			s.enterMemory(fmt.Errorf("a transaction takes longer than %s", s.opts.StallAfter), true)
		}
	}
}

// kickSecond wakes the writer of the second copy if there is something to write.
func (s *Store) kickSecond() {
	s.mu.Lock()
	due := s.secondDue
	s.mu.Unlock()
	if !due {
		return
	}
	select {
	case s.copy <- struct{}{}:
	default:
	}
}

// runSecond writes the second copy when something in it changed, and again when that failed.
func (s *Store) runSecond(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.copy:
			// The alarm's own commit and what it sets off go first.
			if !pause(ctx, s.opts.SecondEvery/20) {
				return
			}
		case <-timer.C:
		}
		s.mu.Lock()
		due := s.secondDue
		s.mu.Unlock()
		if due && s.writeSecond() != nil {
			s.mu.Lock()
			s.secondDue = true
			s.mu.Unlock()
			timer.Reset(s.opts.RetryMax)
		}
		if !pause(ctx, s.opts.SecondEvery) {
			return
		}
	}
}

// pause waits and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// flush writes everything that waits, once, without retries.
func (s *Store) flush(ctx context.Context) {
	for {
		s.mu.Lock()
		waiting := len(s.pending)
		s.mu.Unlock()
		s.writeDue(ctx, true)
		s.mu.Lock()
		left := len(s.pending)
		s.mu.Unlock()
		if left == 0 || left >= waiting {
			break
		}
	}
	s.mu.Lock()
	due := s.secondDue
	s.mu.Unlock()
	if due {
		_ = s.writeSecond()
	}
}

// Close writes what still waits and gives the files back. Run must have returned. Tickets
// that can't be served complete with ErrClosed; Append goes on numbering but keeps nothing.
func (s *Store) Close() error {
	s.flush(context.Background())
	s.wmu.Lock()
	defer s.wmu.Unlock()
	s.closeJournal()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for i := range s.pending {
		s.pending[i].ticket.complete(ErrClosed)
	}
	if n := len(s.pending); n > 0 {
		return fmt.Errorf("close journal: %d records are lost: %w", n, ErrClosed)
	}
	return nil
}

// RaiseEpoch begins a new epoch above floor if the present one is not above it: the platform
// remembers an epoch of this station that a replaced board never heard of.
func (s *Store) RaiseEpoch(floor uint64) {
	s.mu.Lock()
	if s.num.epoch > floor {
		s.mu.Unlock()
		return
	}
	s.num.epoch = floor + 1
	if s.memoryWhy != nil {
		s.num.epoch = jumpEpoch(floor)
	}
	s.runEpochs[s.num.epoch] = struct{}{}
	s.epochDue, s.secondDue = true, true
	s.mu.Unlock()
	s.kick()
	s.kickSecond()
}

// Points returns the latest snapshot of every point, from the journal or the second copy,
// whichever is newer.
func (s *Store) Points() map[string]PointRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]PointRecord, len(s.points))
	for key, p := range s.points {
		if !p.gone {
			out[key] = p.PointRecord
		}
	}
	return out
}
