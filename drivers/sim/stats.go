package sim

import "time"

// LineStats is what a line has seen since it began, or since its last ResetStats.
type LineStats struct {
	Path     string        `json:"path"`
	Baud     int           `json:"baud"`
	Format   string        `json:"format"`
	Paced    bool          `json:"paced"`
	Realtime bool          `json:"realtime"`
	Char     time.Duration `json:"char_ns"`
	Silence  time.Duration `json:"silence_ns"`
	// Since and Until bound the measurement, monotonic ns; see Now.
	Since int64 `json:"since_ns"`
	Until int64 `json:"until_ns"`

	Requests uint64 `json:"requests"`
	// Good counts intact replies delivered to the last character, exceptions excluded;
	// GoodPerSecond is over Since to Until.
	Good          uint64  `json:"good"`
	GoodPerSecond float64 `json:"good_per_second"`
	// Idle is the master's idle time beyond the legal silence: from the last character of
	// a reply to the arrival of the next request, less the silence. Waits is the same
	// after a request that was not answered: the master's time-out.
	Idle  Summary `json:"idle"`
	Waits Summary `json:"waits"`
	// Violations counts requests that came more than Allowance before the silence was over.
	Violations uint64        `json:"violations"`
	Allowance  time.Duration `json:"allowance_ns"`
	// Collisions counts requests that began while a reply was on the wire. Such a request
	// is not heard, and what it overlaps of the reply is garbled.
	Collisions uint64 `json:"collisions"`
	// Unknown counts requests to units that are not on the line; Dropped the characters
	// that belonged to no request; Overrun those that the master had left no room for.
	Unknown uint64 `json:"unknown"`
	Dropped uint64 `json:"dropped"`
	Overrun uint64 `json:"overrun"`
	// Cycle is the mean time between two reads of one slave: all slaves' intervals
	// together. Reads means reads of an alarm point where the contract has one.
	Cycle time.Duration `json:"cycle_ns"`
	// Jitter is how much later than its end on the wire each character was delivered.
	Jitter Summary      `json:"jitter"`
	Slaves []SlaveStats `json:"slaves"`
}

// SlaveStats is one slave's part in LineStats. Reads and gaps are those of its alarm points;
// a slave without any, or without a contract, has all its reads counted.
type SlaveStats struct {
	Unit       uint8  `json:"unit"`
	Requests   uint64 `json:"requests"`
	Good       uint64 `json:"good"`
	Late       uint64 `json:"late"`
	Exceptions uint64 `json:"exceptions"`
	Bad        uint64 `json:"bad"`
	Reads      uint64 `json:"reads"`
	GoodReads  uint64 `json:"good_reads"`
	// Cycle is the mean time between two reads, answered or not.
	Cycle time.Duration `json:"cycle_ns"`
	// LongestGap is the longest time between the last characters of two consecutive good
	// replies to reads, the first counted from the line's first request; it ended at
	// GapEnd. OpenGap is the time from the last one until now. A gap that a ResetStats
	// falls into counts whole afterwards.
	LongestGap time.Duration `json:"longest_gap_ns"`
	GapEnd     int64         `json:"gap_end_ns"`
	OpenGap    time.Duration `json:"open_gap_ns"`
}

// Transaction is one request and what came of it, as the wire saw it.
type Transaction struct {
	// Arrived is when the master sent it, Ended when its last character left the wire,
	// Replied when the last character of a reply was delivered (0: never).
	Arrived int64 `json:"arrived_ns"`
	Ended   int64 `json:"ended_ns"`
	Replied int64 `json:"replied_ns"`
	// Excess is the silence before the request beyond the legal one; negative: too short.
	Excess   time.Duration `json:"excess_ns"`
	Unit     uint8         `json:"unit"`
	Function uint8         `json:"function"`
	Address  uint16        `json:"address"`
	Count    uint16        `json:"count"`
	// Outcome is none, good, late, exception or bad.
	Outcome string `json:"outcome"`
}

// meter is the counters behind LineStats.
type meter struct {
	since, firstRequest     int64
	requests, good, unknown uint64
	violations, collisions  uint64
	dropped, droppedBefore  uint64
	idle, waits, jitter     samples
	slaves                  [256]slaveMeter
}

type slaveMeter struct {
	requests, good, late, exceptions, bad uint64
	reads, goodReads                      uint64
	firstRead, lastRead                   int64
	lastGood, longestGap, gapEnd          int64
}

// reset begins a new measurement. Times that a gap is counted from survive.
func (m *meter) reset(now int64) {
	m.since = now
	m.requests, m.good, m.unknown, m.violations, m.collisions = 0, 0, 0, 0, 0
	m.droppedBefore = m.dropped
	m.idle.reset()
	m.waits.reset()
	m.jitter.reset()
	for i := range m.slaves {
		m.slaves[i] = slaveMeter{lastGood: m.slaves[i].lastGood}
	}
}

func (m *slaveMeter) asked(at int64, watched bool) {
	m.requests++
	if !watched {
		return
	}
	m.reads++
	if m.firstRead == 0 {
		m.firstRead = at
	}
	m.lastRead = at
}

func (m *slaveMeter) answered(at int64, watched bool, firstRequest int64) {
	m.good++
	if !watched {
		return
	}
	m.goodReads++
	from := m.lastGood
	if from == 0 {
		from = firstRequest
	}
	if gap := at - from; gap > m.longestGap {
		m.longestGap, m.gapEnd = gap, at
	}
	m.lastGood = at
}

func (m *slaveMeter) stats(unit uint8, now, firstRequest int64) SlaveStats {
	s := SlaveStats{
		Unit: unit, Requests: m.requests, Good: m.good, Late: m.late, Exceptions: m.exceptions, Bad: m.bad,
		Reads: m.reads, GoodReads: m.goodReads, LongestGap: time.Duration(m.longestGap), GapEnd: m.gapEnd,
	}
	if m.reads > 1 {
		s.Cycle = time.Duration((m.lastRead - m.firstRead) / int64(m.reads-1))
	}
	switch {
	case m.lastGood != 0:
		s.OpenGap = time.Duration(now - m.lastGood)
	case firstRequest != 0:
		s.OpenGap = time.Duration(now - firstRequest)
	}
	return s
}

// stats fills what the book knows; the samples are summarised outside of the lock.
func (b *book) stats() LineStats {
	b.mu.Lock()
	m := &b.m
	s := LineStats{
		Since: m.since, Until: b.clock(), Requests: m.requests, Good: m.good, Allowance: allowance,
		Violations: m.violations, Collisions: m.collisions, Unknown: m.unknown, Dropped: m.dropped - m.droppedBefore,
	}
	var span int64
	var intervals uint64
	for i, slave := range b.slaves {
		if slave == nil {
			continue
		}
		u := &m.slaves[i]
		s.Slaves = append(s.Slaves, u.stats(uint8(i), s.Until, m.firstRequest))
		if u.reads > 1 {
			span += u.lastRead - u.firstRead
			intervals += u.reads - 1
		}
	}
	idle, waits, jitter := m.idle.copied(), m.waits.copied(), m.jitter.copied()
	b.mu.Unlock()
	if intervals > 0 {
		s.Cycle = time.Duration(span / int64(intervals))
	}
	if d := s.Until - s.Since; d > 0 {
		s.GoodPerSecond = float64(s.Good) / (float64(d) / float64(time.Second))
	}
	s.Idle, s.Waits, s.Jitter = idle.summary(), waits.summary(), jitter.summary()
	return s
}

// transactions returns the log, oldest first.
func (b *book) transactions() []Transaction {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := uint64(len(b.log))
	if n == 0 {
		return nil
	}
	var out []Transaction
	for seq := b.logged - min(b.logged, n); seq < b.logged; seq++ {
		out = append(out, b.log[seq%n])
	}
	return out
}
