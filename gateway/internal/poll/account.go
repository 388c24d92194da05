package poll

import "time"

// outcome is how an attempt ended, as far as the schedule cares.
type outcome uint8

const (
	good    outcome = iota
	refused         // an answer, but no value: an exception, a value in doubt
	noisy           // something arrived, but no intact reply
	silence         // nothing arrived
)

// State is what a device's answers say about it.
type State uint8

// The states of a device.
const (
	// Untried devices have not been asked yet.
	Untried State = iota
	// Alive devices answered the last request.
	Alive
	// Suspect devices missed the last one or two.
	Suspect
	// Dead devices missed more.
	Dead
)

// String is the state's word.
func (s State) String() string {
	switch s {
	case Untried:
		return "untried"
	case Alive:
		return "alive"
	case Suspect:
		return "suspect"
	case Dead:
		return "dead"
	default:
		return "unknown"
	}
}

// deadAfter is how many requests in a row stay unanswered before a device counts as dead.
const deadAfter = 3

// The back-off of probes: 2 s (or late_reply, if longer), 4 s, 8 s, then every 10 s.
const (
	firstBackOff = 2 * time.Second
	lastBackOff  = 10 * time.Second
)

// offender is how long after its last miss a device that misses again pays in full for it.
const offender = time.Minute

// deepest is how many unanswered requests the probes' bucket may be in debt: what many
// devices lost at once must not keep all of them out for longer than a deadline.
const deepest = 6

type deviceState struct {
	first, n int // its polled blocks
	state    State
	misses   int // in a row
	late     time.Duration
	lastTry  time.Duration
	lastMiss time.Duration
	probeAt  time.Duration
	paused   bool // a command waits for this device's replies to be told apart
}

// add takes in the device's next polled block; a device's blocks stand together.
func (d *deviceState) add(i int) {
	if d.n == 0 {
		d.first = i
	}
	d.n++
}

func (d *deviceState) silent() bool { return d.state == Suspect || d.state == Dead }

// probeBlock is what a silent device is asked: an alarm block that missed least, the oldest
// of these; a slow block only where it has no other.
func (s *sched) probeBlock(d *deviceState) int {
	best := -1
	for i := d.first; i < d.first+d.n; i++ {
		if best < 0 || s.blocks[i].probesBefore(&s.blocks[best]) {
			best = i
		}
	}
	return best
}

func (b *blockState) probesBefore(o *blockState) bool {
	switch {
	case b.alarm != o.alarm:
		return b.alarm
	case b.misses != o.misses:
		return b.misses < o.misses
	default:
		return b.last < o.last
	}
}

// done takes in how an attempt ended and returns the lane that its time is booked to.
func (s *sched) done(p pick, start, end time.Duration, o outcome) Lane {
	b := &s.blocks[p.block]
	took, lane := end-start, p.lane
	if lane == LaneConfirm {
		s.confirms--
	}
	if b.confirm <= s.sweep || o != good {
		b.doubt = false
	}
	d := &s.devices[b.dev]
	b.last = start
	if o == good || o == refused {
		b.misses = 0
		if o == good {
			b.cost += (took - b.cost) / 8
		}
		if lane == LaneProbe {
			lane = s.laneOf(b)
		}
		s.answered(d)
	} else {
		b.misses = min(b.misses+1, 16)
		if d.n > 1 && b.misses > 1 {
			b.rest = start + backOff(int(b.misses), d.late)
		}
		lane = LaneProbe
		s.missed(d, start, took, o)
	}
	if lane == LaneSlow && !s.hasTurn(p.block) {
		s.slow.pay(took)
	}
	if !b.alarm {
		b.due = max(b.due+b.every, start)
		if b.misses > 0 {
			b.due = start + b.every*time.Duration(b.misses)
		}
	}
	if b.group >= 0 && s.turns[b.group].block == p.block {
		if !b.alarm {
			s.turns[b.group].since = start
		}
		s.passTurn(b.group)
	}
	return lane
}

func (s *sched) laneOf(b *blockState) Lane {
	if b.alarm {
		return LaneAlarm
	}
	return LaneSlow
}

// answered makes a device alive at once, whatever it missed before.
func (s *sched) answered(d *deviceState) {
	if d.n > 0 && d.state != Alive {
		if s.alive+s.untried == 0 {
			s.hope()
		}
		if d.state == Untried {
			s.untried--
		}
		s.alive++
	}
	d.state, d.misses = Alive, 0
}

// hope starts the back-off of all silent devices afresh: where nothing answered and one does
// now, the line itself was at fault, and the others are likely back as well.
func (s *sched) hope() {
	for i := range s.devices {
		d := &s.devices[i]
		d.misses = min(d.misses, 1)
		d.probeAt = d.lastTry + d.late
	}
}

// missed takes a device out of the lanes until its next probe, and charges for the time.
func (s *sched) missed(d *deviceState, start, took time.Duration, o outcome) {
	free := s.alive+s.untried == 0
	if d.n > 0 {
		switch d.state {
		case Untried:
			s.untried--
			s.first.charge(took, -far)
		case Alive:
			s.alive--
		case Suspect, Dead:
		}
	}
	d.misses++
	d.lastTry = start
	d.state = Suspect
	d.probeAt = start + backOff(d.misses, d.late)
	switch {
	case o == noisy:
		// It is there: keep trying at an even pace, within the same budget.
		d.probeAt = start + max(firstBackOff, d.late)
	case d.misses >= deadAfter:
		d.state = Dead
	}
	floor := -deepest * s.probe.limit
	if start-d.lastMiss > offender {
		// A first miss is no habit. A cable that was touched takes many devices at once,
		// and their second chance must not wait for the first ones' debts.
		floor = -s.probe.limit
	}
	d.lastMiss = start
	if !free {
		s.probe.charge(took, floor)
	}
}

// backOff is how long after its n-th miss in a row a device is asked again.
func backOff(n int, late time.Duration) time.Duration {
	wait := min(firstBackOff<<min(n-1, 3), lastBackOff)
	return max(wait, late)
}

// bucket is time on the wire that a lane may use; it fills at the lane's share.
type bucket struct {
	share  float64
	credit time.Duration
	limit  time.Duration // what can be saved up: the lane's longest transaction
	at     time.Duration
}

func (b *bucket) fill(now time.Duration) {
	b.credit = min(b.credit+time.Duration(float64(now-b.at)*b.share), b.limit)
	b.at = now
}

func (b *bucket) holds(cost time.Duration) bool { return b.credit >= min(cost, b.limit) }

// wait is how long until the bucket holds cost.
func (b *bucket) wait(cost time.Duration) time.Duration {
	return time.Duration(float64(min(cost, b.limit)-b.credit)/b.share) + time.Microsecond
}

// charge takes d out, but leaves no more debt than floor, unless there was more already.
func (b *bucket) charge(d, floor time.Duration) {
	b.credit = max(b.credit-d, min(b.credit, floor))
}

// pay takes d out. What ran on an idle wire is not held against the lane for long.
func (b *bucket) pay(d time.Duration) { b.charge(d, -b.limit-d) }
