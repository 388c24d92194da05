package poll

import "time"

// Blocks of one device whose replies look alike take turns: while one has the turn, the
// others are not asked, so that late_reply can pass. Alarm blocks of a group pass the turn
// on in the order of their age. A slow block that is due takes it once each alarm block of
// its group has been read since the last slow turn, so neither lane can starve the other.

// hasTurn is set for a slow block that the alarm blocks of its group already wait for.
func (s *sched) hasTurn(i int) bool {
	b := &s.blocks[i]
	return b.group >= 0 && !b.alarm && s.turns[b.group].block == i
}

// mayTakeTurn gives the turn of its group to a slow block that is due, if it may have it.
func (s *sched) mayTakeTurn(i int, now time.Duration) bool {
	b := &s.blocks[i]
	t := &s.turns[b.group]
	if b.alarm || b.due > now || !s.slow.holds(s.plan.Blocks[i].Cost) {
		return false
	}
	d := &s.devices[b.dev]
	for j := d.first; j < d.first+d.n; j++ {
		o := &s.blocks[j]
		if o.group != b.group || j == i {
			continue
		}
		if o.alarm && (o.last <= t.since || (o.doubt && now < b.due+b.every)) {
			return false
		}
		if !o.alarm && t.block == j {
			return false
		}
	}
	t.block = i
	// Paid in advance: what it takes must not be promised to another one meanwhile.
	s.slow.pay(s.plan.Blocks[i].Cost)
	return true
}

// passTurn hands the group's turn to its oldest alarm block, or its oldest slow one when it
// has no other.
func (s *sched) passTurn(g int) {
	best := -1
	for i := range s.blocks {
		b := &s.blocks[i]
		if b.group != g || b.idle {
			continue
		}
		if best < 0 || (b.alarm && !s.blocks[best].alarm) || (b.alarm == s.blocks[best].alarm && b.last < s.blocks[best].last) {
			best = i
		}
	}
	s.turns[g].block = best
}
