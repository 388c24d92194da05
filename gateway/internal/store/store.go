package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"firepost/cloud-bridge/uplink"
)

// The journal stands in a folder of its own within Options.Dir: renaming that folder sets the
// file and its write-ahead log aside in one step.
const (
	journalDir  = "journal"
	journalName = "journal.db"
)

// Store is the booth's journal and outbox. Open makes it, Run writes it, Close ends it.
type Store struct {
	opts Options
	work chan struct{} // wakes the writer
	copy chan struct{} // wakes the second copy
	mend chan struct{} // wakes the salvage

	// mu guards everything below up to jmu. It is never held while the disk is touched.
	mu        sync.Mutex
	num       numbers
	runEpochs map[uint64]struct{} // epochs begun by this run
	base      uplink.Position     // positions of this run are above base
	lanes     [2]laneBuf
	tele      teleBuf
	pending   []op // waiting for the writer, in order
	inHand    []op // in the writer's hands
	waiting   [2]int
	orphans   map[string]struct{} // points whose event was dropped before it was written
	points    map[string]*pointRow
	meta      map[string]*metaRow
	metaVer   int64
	boxes     map[string]*outbox
	parked    map[string]*outbox // cursors of uplinks that are not configured
	memoryWhy error              // not nil: memory mode
	stalled   bool               // memory mode because a commit hangs
	visible   uplink.Position    // entries up to here are in the outboxes
	durable   uplink.Position    // entries up to here are on disk
	epochDue  bool               // the epoch is not on disk yet
	dropDue   bool               // drops are not reported yet
	reported  [laneCount]uint64
	secondDue bool
	secondErr error
	corrupt   error // a reader or the check found damage; the writer sets the file aside
	salvage   *salvage
	// salvageMark is the name to write into the journal, empty to remove it; nil for nothing.
	salvageMark *string
	again       []*item // entries in memory that a new journal must have again
	gated       bool
	dropped     [laneCount]uint64
	stats       stats
	closed      bool
	began       time.Time // of the running transaction, zero if none

	// jmu guards j: readers hold it shared during a query, the writer alone while it swaps.
	jmu     sync.RWMutex
	j       *journal
	adopted bool // this run's state is in the journal's small tables

	// wmu is held by whoever acts as the writer: Run, or Close after it.
	wmu sync.Mutex
	w   writer
}

// stats are counters for Health.
type stats struct {
	commits, commitErrors, quarantined, salvaged uint64
	lastCommit                                   time.Duration
	used, file, events, teleBytes                int64
	walPages                                     int  // written since the last checkpoint, about
	counted                                      bool // events is exact
	checked, sound                               bool // the background check has ended, and found nothing
}

// Open makes a store over a folder. It never fails for what is on the disk, or for the disk
// itself: the report says what was found, and the store goes on in memory if it must. Its
// only error is ErrOptions.
func Open(ctx context.Context, opts Options) (*Store, Report, error) {
	if opts.Dir == "" || opts.Station == "" || opts.Now == nil {
		return nil, Report{}, fmt.Errorf("%w: Dir, Station and Now are required", ErrOptions)
	}
	s := &Store{
		opts: opts.withDefaults(), work: make(chan struct{}, 1), copy: make(chan struct{}, 1), mend: make(chan struct{}, 1),
		runEpochs: make(map[uint64]struct{}), orphans: make(map[string]struct{}),
		points: make(map[string]*pointRow), meta: make(map[string]*metaRow), boxes: make(map[string]*outbox),
		parked: make(map[string]*outbox),
	}
	var rep Report
	second, note := readSecond(s.opts.Dir)
	rep.SecondCopy = note
	_, statErr := os.Stat(s.path())
	rep.Fresh = errors.Is(statErr, os.ErrNotExist)
	c, err := s.openAtStart(ctx, &rep, second)
	s.adoptStart(ctx, c, second, err, &rep)
	return s, rep, nil
}

func (s *Store) path() string { return filepath.Join(s.opts.Dir, journalDir, journalName) }

// openAtStart opens the journal, sets it aside if it is corrupt, or reads what it can when
// the disk does not let it be opened for writing.
func (s *Store) openAtStart(ctx context.Context, rep *Report, second *secondCopy) (*contents, error) {
	j, c, err := s.tryOpen(ctx)
	if damaged(err) {
		rep.Reason = err.Error()
		if c == nil || !c.known && second == nil {
			// No head and no second copy: latches are worth a full scan before the start goes on.
			c, _ = scanContents(s.path())
		}
		aside, qerr := s.setAside()
		if qerr != nil {
			return c, qerr
		}
		rep.Quarantined = aside
		s.stats.quarantined++
		s.opts.Log.Error("journal is corrupt and was set aside", "file", aside, "reason", rep.Reason)
		j, _, err = s.tryOpen(ctx)
		if err == nil {
			s.j = j
		}
		s.salvage = &salvage{file: filepath.Base(aside), cursors: c == nil || !c.cursorOK}
		if c == nil {
			c = newContents()
		}
		return c, err
	}
	if errors.Is(err, errLocked) {
		return nil, err
	}
	if err != nil {
		// Read-only or failing: what stands there is still the truth to start from.
		if c, serr := scanContents(s.path()); serr == nil && (c.known || c.maxPos > 0) {
			return c, err
		}
		return nil, err
	}
	s.j = j
	if c.salvage != "" {
		s.salvage = &salvage{file: c.salvage}
	}
	return c, nil
}

// damaged reports whether an opening error means that the file must be set aside.
func damaged(err error) bool {
	return errors.Is(err, errCorrupt) || errors.Is(err, errNewer) || errors.Is(err, errClash)
}

// tryOpen opens the journal and reads its small tables. When they are damaged it returns
// what could be read.
func (s *Store) tryOpen(ctx context.Context) (*journal, *contents, error) {
	if f := s.opts.Faults.Open; f != nil {
		if err := f(); err != nil {
			return nil, nil, fmt.Errorf("open journal: %w", err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(s.path()), 0o750); err != nil {
		return nil, nil, fmt.Errorf("make folder of the journal: %w", err)
	}
	j, err := openJournal(ctx, s.path(), s.opts.Quota.MaxBytes)
	if err != nil {
		return nil, nil, classify(err)
	}
	c, err := j.load(ctx, false)
	if err == nil {
		return j, c, nil
	}
	err = classify(err)
	if damaged(err) {
		c, _ = j.load(ctx, true)
	}
	j.close()
	return nil, c, err
}

// adoptStart takes over what was found and reserves this start's epoch.
func (s *Store) adoptStart(ctx context.Context, c *contents, second *secondCopy, openErr error, rep *Report) {
	known, aside := head{}, rep.Quarantined
	journalKnown := c != nil && c.known && rep.Quarantined == ""
	if c != nil {
		known = c.head
		s.takeContents(c)
	}
	if second != nil {
		known.raise(second.Head)
		rep.Restored = s.takeSecond(second)
	}
	s.begin(c, known, rep)
	s.addOutboxes(ctx, c)
	epoch := known.Epoch + 1
	switch {
	case known.Epoch == 0:
		epoch = freshEpoch()
	case openErr != nil || !journalKnown:
		epoch = jumpEpoch(known.Epoch)
	}
	s.num.epoch = epoch
	s.runEpochs[epoch] = struct{}{}
	s.epochDue = true
	if openErr == nil {
		openErr = s.reserve(ctx)
		if errors.Is(openErr, errCorrupt) {
			openErr = s.reserveAnew(ctx, openErr, rep)
		}
	}
	if openErr != nil {
		if epoch == known.Epoch+1 {
			delete(s.runEpochs, epoch)
			s.num.epoch = jumpEpoch(known.Epoch)
			s.runEpochs[s.num.epoch] = struct{}{}
		}
		s.memoryWhy = openErr
		rep.MemoryOnly = openErr.Error()
		s.opts.Log.Error("journal is not usable, events are kept in memory", "error", openErr)
	}
	if err := s.writeSecond(); err != nil {
		s.opts.Log.Warn("second copy of the state can't be written", "error", err)
		s.secondDue = true
	}
	rep.Epoch, rep.Durable, rep.SalvageUnsent = s.num.epoch, openErr == nil, s.gated
	if aside != "" {
		s.reportSetAside(aside, rep.Reason)
	}
}

// reserveAnew sets a journal aside whose damage showed at the first write.
func (s *Store) reserveAnew(ctx context.Context, why error, rep *Report) error {
	s.wmu.Lock()
	defer s.wmu.Unlock()
	s.adopted = true // its small tables were read
	aside, err := s.replace(ctx, why)
	if aside != "" {
		rep.Quarantined, rep.Reason = aside, why.Error()
	}
	if err != nil {
		return err
	}
	return s.write(ctx, s.collect(time.Now(), true))
}

// begin sets the numbers that this run counts on from. When the journal's own positions are
// not known, this run's begin far above whatever stands in it.
func (s *Store) begin(c *contents, known head, rep *Report) {
	s.num = numbers{seq: known.Seq, pos: known.Pos, last: known.Last}
	switch {
	case rep.Quarantined != "" || s.j == nil:
		if known.Pos == 0 {
			known.Pos = unknownBase
		}
		s.num.pos = known.Pos + positionGap
	default:
		if c != nil {
			s.num.pos = max(s.num.pos, c.maxPos)
		}
	}
	s.base, s.visible, s.durable = s.num.pos, s.num.pos, s.num.pos
	for lane := range s.lanes {
		s.lanes[lane].from = s.num.pos
	}
	s.gated = s.salvage != nil
}

// Gaps in positions mean nothing, so a generous one costs nothing.
const (
	positionGap = 1 << 20
	unknownBase = 1 << 40
)

// takeContents takes over a journal's small tables.
func (s *Store) takeContents(c *contents) {
	maps.Copy(s.points, c.points)
	maps.Copy(s.meta, c.meta)
	s.metaVer = max(s.metaVer, c.metaVer)
	s.tele.last, s.tele.from, s.tele.disk = c.telePos, c.telePos, c.telePos
	s.stats.teleBytes = c.teleBytes
}

// takeSecond takes over what the second copy knows better and names the points.
func (s *Store) takeSecond(second *secondCopy) []string {
	var names []string
	for _, q := range second.Points {
		rec := PointRecord{Epoch: q.Epoch, Seq: q.Seq, State: q.State, Snapshot: q.Snapshot}
		if old := s.points[q.Key]; old == nil || rec.newer(old.PointRecord) {
			s.points[q.Key] = &pointRow{key: q.Key, PointRecord: rec}
			s.orphans[q.Key] = struct{}{}
			names = append(names, q.Key)
		}
	}
	if second.MetaVer > s.metaVer {
		s.metaVer = second.MetaVer
		for key, value := range second.Meta {
			m := &metaRow{key: key, value: value, ver: second.MetaVer}
			s.meta[key] = m
			s.pending = append(s.pending, op{meta: m})
		}
	}
	return names
}

// addOutboxes makes the outboxes of the configured uplinks and of every cursor on disk.
func (s *Store) addOutboxes(ctx context.Context, c *contents) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c != nil {
		for name, rows := range c.cursors {
			o := &outbox{s: s, name: name, wake: make(chan struct{}, 1)}
			for lane, r := range rows {
				if r != nil {
					o.lanes[lane].restart(r.pos, decodeSpans(r.ranges))
					o.lanes[lane].dirty = false
				} else {
					o.lanes[lane].restart(0, nil)
				}
			}
			s.boxes[name] = o
		}
	}
	for _, name := range s.opts.Uplinks {
		s.outboxLocked(name)
	}
	for name, o := range s.boxes {
		if !slices.Contains(s.opts.Uplinks, name) {
			delete(s.boxes, name) // its cursor stays, but nothing waits for it
			s.parked[name] = o
			continue
		}
		s.countBacklog(ctx, o)
	}
}

// countBacklog counts what a cursor has before it on disk.
func (s *Store) countBacklog(ctx context.Context, o *outbox) {
	if s.j == nil {
		return
	}
	for lane := range o.lanes {
		c := &o.lanes[lane]
		if n, err := s.j.backlog(ctx, lane, c.pos, c.early); err == nil {
			c.backlog = n
		}
	}
}

// freshEpoch is a random epoch of 48 bits for a board that knows nothing.
func freshEpoch() uint64 { return 1<<44 + random(1<<48-1<<44) }

// jumpEpoch is an epoch above one that may not be the highest ever given.
func jumpEpoch(known uint64) uint64 { return known + 1 + random(1<<40) }

// random is uniform in [0, n) for practical purposes: n is far below 2^64.
func random(n uint64) uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return binary.LittleEndian.Uint64(b[:]) % n
}

// kick wakes the writer.
func (s *Store) kick() {
	select {
	case s.work <- struct{}{}:
	default:
	}
}

// signalAll wakes every uplink.
func (s *Store) signalAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.boxes {
		o.signal()
	}
}
