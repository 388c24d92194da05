package poll

import (
	"math"
	"time"

	"firepost/firmware-contracts/contract"
)

// Lane is what a transaction was for.
type Lane uint8

// The lanes in which a bus accounts for its time.
const (
	LaneAlarm Lane = iota
	LaneSlow
	// LaneProbe is the time lost on devices that don't answer, or answer with garbage,
	// whatever they were asked for.
	LaneProbe
	LaneCommand
	LaneConfirm
	lanes
)

// never is the start of an attempt that has not been made; long before any other, and far
// from overflow.
const never = time.Duration(math.MinInt64 / 4)

// firstShare is the part of the wire that silent devices may take while they are being asked
// for the first time.
const firstShare = 0.25

// firstFree is how long after opening that share is not yet a limit: within it, a whole bus
// with a few silent devices is asked once, and nobody has waited for a second read too long.
const firstFree = 750 * time.Millisecond

// idleConfirm is how soon a block is read again for a sink's doubt when no alarm block can
// be read that would make a sweep.
const idleConfirm = time.Second

// far is a wake-up time that never comes first.
const far = time.Duration(math.MaxInt64 / 4)

// sched decides what the bus does next. It is pure: times are handed in, as durations since
// the bus was made. The zero block index means block 0, so "none" is -1.
type sched struct {
	plan    *Plan
	blocks  []blockState
	devices []deviceState
	// turns holds, per group of look-alike reads, the only block that may run.
	turns []turn
	// ready is when the master would accept a block, now or earlier if at once.
	ready func(block int) time.Duration

	slow, probe bucket
	// first is what devices that were never asked may cost when they are silent, while
	// others answer.
	first bucket
	// opened is when the port was opened.
	opened time.Duration
	// alive and untried count devices; when both are zero, probing is free.
	alive, untried int
	// scale is the part of its deadline after which a block is due.
	scale float64
	// A sweep is over when every alarm block that can be read has been since sweepFrom.
	sweep     uint32
	sweepFrom time.Duration
	sweepTook time.Duration
	confirms  int // confirming reads left before the next sweep
}

type blockState struct {
	dev   int
	group int
	alarm bool
	idle  bool          // on demand: never chosen
	every time.Duration // deadline or interval
	cost  time.Duration // smoothed, of answered reads
	last  time.Duration // start of the last attempt
	hold  time.Duration // the master would refuse it before
	rest  time.Duration // left alone until then, while the device answers to other blocks
	due   time.Duration // slow lane: when next
	// confirm is the sweep at whose end the block is read again, when doubt is set.
	confirm uint32
	doubt   bool
	misses  uint8
}

type turn struct {
	block int
	// since is when the last slow turn ended: every alarm block of the group is read
	// before the next one.
	since time.Duration
}

// pick is a decision.
type pick struct {
	block int
	lane  Lane
}

func newSched(p *Plan) *sched {
	s := &sched{
		plan:    p,
		blocks:  make([]blockState, len(p.Blocks)),
		devices: make([]deviceState, len(p.Config.Devices)),
		turns:   make([]turn, p.groups()),
		ready:   func(int) time.Duration { return 0 },
		slow:    bucket{share: p.Config.SlowShare},
		probe:   bucket{share: p.Config.ProbeShare},
		sweep:   1, confirms: p.Confirms,
	}
	for i := range s.turns {
		s.turns[i].block = -1
	}
	for i := range p.Blocks {
		b := &p.Blocks[i]
		s.blocks[i] = blockState{
			dev: b.Device, group: b.Group, alarm: b.Lane == contract.Alarm && !b.OnDemand, idle: b.OnDemand,
			every: b.Every, cost: b.Cost, last: never,
		}
		if !b.OnDemand {
			s.devices[b.Device].add(i)
			s.probe.limit = max(s.probe.limit, b.MissCost)
			if b.Lane != contract.Alarm {
				s.slow.limit = max(s.slow.limit, b.Cost)
			}
		}
	}
	for i := range s.devices {
		d := &s.devices[i]
		d.late, d.lastTry, d.lastMiss = lateReply(&p.Config.Devices[i].Contract.Limits), never, never
		if d.n > 0 {
			s.untried++
		}
	}
	s.slow.credit, s.probe.credit = s.slow.limit, s.probe.limit
	s.first = bucket{share: firstShare, limit: max(s.probe.limit, p.Wire/4)}
	s.first.credit = s.first.limit
	for g := range s.turns {
		s.passTurn(g)
	}
	s.rescale()
	return s
}

// next is what to do at now. With nothing to do the block is -1 and wake says until when.
func (s *sched) next(now time.Duration) (p pick, wake time.Duration) {
	s.slow.fill(now)
	s.probe.fill(now)
	s.first.fill(now)
	for {
		p, wake = s.choose(now)
		if p.block < 0 {
			return p, wake
		}
		at := s.ready(p.block)
		if at <= now {
			return p, now
		}
		s.blocks[p.block].hold = at
	}
}

// candidates are the best of each kind found in one pass over the devices.
type candidates struct {
	probe, alarm, slow int
	// fresh is a block that was never read, when the budget for such has run out.
	fresh                      int
	probeAt, alarmDue, slowDue time.Duration
	// doubted is the oldest block with a confirming read to come, confirm the oldest whose
	// turn is at the end of this sweep.
	doubted, confirm int
	wake             time.Duration
	// turn is set when the slow block has the turn of its group.
	turn bool
	// unread is set when an alarm block has not had its read of this sweep.
	unread bool
}

// choose looks at every device and block once.
func (s *sched) choose(now time.Duration) (pick, time.Duration) {
	c := candidates{probe: -1, alarm: -1, slow: -1, fresh: -1, doubted: -1, confirm: -1, wake: far}
	for i := range s.devices {
		d := &s.devices[i]
		switch {
		case d.paused || d.n == 0:
		case d.silent():
			s.considerProbe(&c, d, now)
		default:
			for b := d.first; b < d.first+d.n; b++ {
				s.consider(&c, b, now)
			}
		}
	}
	return s.decide(&c, now)
}

func (s *sched) considerProbe(c *candidates, d *deviceState, now time.Duration) {
	at := d.probeAt
	if s.alive+s.untried == 0 {
		at = d.lastTry + d.late
	}
	b := s.probeBlock(d)
	at = max(at, s.blocks[b].hold)
	if at > now {
		c.wake = min(c.wake, at)
		return
	}
	if c.probe < 0 || at < c.probeAt {
		c.probe, c.probeAt = b, at
	}
}

func (s *sched) consider(c *candidates, i int, now time.Duration) {
	b := &s.blocks[i]
	if b.idle {
		return
	}
	if b.group >= 0 && s.turns[b.group].block != i && !s.mayTakeTurn(i, now) {
		return
	}
	if at := max(b.hold, b.rest); at > now {
		c.wake = min(c.wake, at)
		return
	}
	if b.doubt {
		if c.doubted < 0 || b.last < s.blocks[c.doubted].last {
			c.doubted = i
		}
		if b.confirm <= s.sweep && (c.confirm < 0 || b.last < s.blocks[c.confirm].last) {
			c.confirm = i
		}
	}
	if b.alarm {
		s.considerAlarm(c, i, now)
		return
	}
	if b.due > now {
		c.wake = min(c.wake, b.due)
		return
	}
	// A block whose look-alikes wait for it goes before one that nothing waits for.
	if turn := s.hasTurn(i); c.slow < 0 || turn && !c.turn || turn == c.turn && b.due < c.slowDue {
		c.slow, c.slowDue, c.turn = i, b.due, turn
	}
}

// considerAlarm looks at an alarm block that can be read. One that was never read comes
// first; but when many of those turn out to be silent, from firstFree on only within a
// budget, for a quarter of its deadline: the devices that answer must not wait for all the
// others to be given up.
func (s *sched) considerAlarm(c *candidates, i int, now time.Duration) {
	b := &s.blocks[i]
	open := now - s.opened
	if b.last == never && open > firstFree && open < b.every/4 && !s.first.holds(s.plan.Blocks[i].MissCost) {
		if c.fresh < 0 {
			c.fresh = i
		}
		return
	}
	if due := b.last + time.Duration(s.scale*float64(b.every)); c.alarm < 0 || due < c.alarmDue {
		c.alarm, c.alarmDue = i, due
	}
	c.unread = c.unread || b.last < s.sweepFrom
}

// decide ranks the candidates: what has a share takes it, then confirming reads at the end
// of a sweep, then the alarm lane, then whatever would otherwise leave the wire idle.
func (s *sched) decide(c *candidates, now time.Duration) (pick, time.Duration) {
	if c.probe >= 0 {
		if s.alive+s.untried == 0 || s.probe.holds(s.plan.Blocks[c.probe].MissCost) {
			return pick{c.probe, LaneProbe}, now
		}
		c.wake = min(c.wake, now+s.probe.wait(s.plan.Blocks[c.probe].MissCost))
	}
	if c.slow >= 0 && (c.turn || s.slow.holds(s.plan.Blocks[c.slow].Cost)) {
		return pick{c.slow, LaneSlow}, now
	}
	if c.alarm < 0 {
		c.alarm, c.unread = c.fresh, true
	}
	if c.alarm >= 0 {
		if c.confirm >= 0 && !c.unread && s.confirms > 0 {
			return pick{c.confirm, LaneConfirm}, now
		}
		if !c.unread {
			s.newSweep(now)
		}
		return pick{c.alarm, LaneAlarm}, now
	}
	if c.doubted >= 0 {
		// No sweep sets a pace here, and a sink may doubt every read.
		if at := s.blocks[c.doubted].last + idleConfirm; at > now {
			c.wake = min(c.wake, at)
		} else {
			return pick{c.doubted, LaneConfirm}, now
		}
	}
	if c.slow >= 0 {
		return pick{c.slow, LaneSlow}, now
	}
	return pick{block: -1}, c.wake
}

func (s *sched) newSweep(now time.Duration) {
	s.sweepTook = now - s.sweepFrom
	s.sweepFrom = now
	s.sweep++
	s.confirms = s.plan.Confirms
	s.rescale()
}

// rescale recomputes the scale from what reads really cost and which devices answer.
func (s *sched) rescale() {
	load, left := 0.0, 1.0
	for i := range s.blocks {
		if b := &s.blocks[i]; b.alarm && !s.devices[b.dev].silent() {
			load += float64(b.cost) / float64(b.every)
		}
	}
	if s.slow.limit > 0 {
		left -= s.slow.share
	}
	if s.alive+s.untried < len(s.devices) {
		left -= s.probe.share
	}
	s.scale = min(load/left, 1)
}

// doubtBlock notes that a sink asked for a confirming read of the block. One that was
// itself a confirming read waits for the end of the next sweep, or in the slow lane for that
// lane's share, so that a sink that doubts everything can't take the wire.
func (s *sched) doubtBlock(p pick) {
	b := &s.blocks[p.block]
	if !b.alarm && p.lane == LaneConfirm {
		b.due = b.last
		return
	}
	b.doubt, b.confirm = true, s.sweep
	if p.lane == LaneConfirm {
		b.confirm++
	}
}
