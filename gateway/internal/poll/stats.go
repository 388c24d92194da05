package poll

import (
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/message"
)

// Use is the part of the last minute that the wire spent on each lane, 0 to 1.
type Use struct {
	Alarm, Slow, Probe, Command, Confirm float64
}

// Total is the part of the last minute that the wire was in use.
func (u Use) Total() float64 { return u.Alarm + u.Slow + u.Probe + u.Command + u.Confirm }

// Stats is what is known of a bus at a moment.
type Stats struct {
	// Bus is the configured name. Up is whether the port is there; Err says why not.
	Bus string
	Up  bool
	Err error
	// Opened counts how often the port was opened.
	Opened uint64
	// Modbus holds the master's counters, over all openings.
	Modbus modbus.Stats
	// Use is the last minute's, or that since the bus was made.
	Use Use
	// Sweep is how long the last whole sweep took, from the first read of one to the first
	// of the next; zero before there was one.
	Sweep   time.Duration
	Devices []DeviceStats
}

// DeviceStats is what is known of one device.
type DeviceStats struct {
	Name  string
	Unit  uint8
	State State
	// LastGood is the last good read; its zero value means none yet.
	LastGood message.Stamp
	// Misses counts attempts in a row without a good read.
	Misses int
	// Attempts and Good count polls, probes and confirming reads, but not commands.
	Attempts, Good uint64
	// Reply is how long the device takes to reply, smoothed over some eight reads.
	Reply time.Duration
	// Gap is the longest time between two good reads so far, of any block.
	Gap time.Duration
}

// minute is how many one-second cells a minute's use is kept in.
const minute = 60

// ledger keeps the books of a bus, under the bus's lock.
type ledger struct {
	known, up bool
	err       error
	opened    uint64
	master    modbus.Master
	before    counters
	sweep     time.Duration
	devices   []deviceBook
	cells     [minute]cell
	units     [256]int16 // index into devices, or -1
}

type deviceBook struct {
	DeviceStats
	lastGood time.Duration
}

// cell is one second's use by lane.
type cell struct {
	second int64
	busy   [lanes]time.Duration
}

// counters sums the counters of several masters.
type counters struct{ modbus.Stats }

func (c *counters) add(s modbus.Stats) {
	c.Requests += s.Requests
	c.Good += s.Good
	c.Exceptions += s.Exceptions
	c.Timeouts += s.Timeouts
	c.CRCErrors += s.CRCErrors
	c.ForeignFrames += s.ForeignFrames
	c.ShortFrames += s.ShortFrames
	c.LateBytes += s.LateBytes
	c.Disconnects += s.Disconnects
	c.Held += s.Held
	c.EchoFrames += s.EchoFrames
	c.TxBytes += s.TxBytes
	c.RxBytes += s.RxBytes
	c.Busy += s.Busy
}

func (l *ledger) init(p *Plan) {
	l.devices = make([]deviceBook, len(p.Config.Devices))
	for i := range l.units {
		l.units[i] = -1
	}
	for i := range l.devices {
		d := &p.Config.Devices[i]
		l.devices[i].Name, l.devices[i].Unit = d.Name, d.Unit
		l.units[d.Unit] = int16(i)
	}
	for i := range l.cells {
		l.cells[i].second = -1
	}
}

// spend books wire time to a lane, in the second in which it ended.
func (l *ledger) spend(lane Lane, start, end time.Duration) {
	second := int64(end / time.Second)
	c := &l.cells[second%minute]
	if c.second != second {
		*c = cell{second: second}
	}
	c.busy[lane] += end - start
}

// book notes how a poll ended.
func (b *Bus) book(dev, block int, lane Lane, start, end time.Duration, o outcome, at message.Stamp) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l, s := &b.stats, &b.sched.devices[dev]
	l.spend(lane, start, end)
	l.sweep = b.sched.sweepTook
	d := &l.devices[dev]
	d.Attempts++
	d.State = s.state
	if o != good {
		d.Misses++
		return
	}
	d.Misses = 0
	reply := max(end-start-b.bare[block], 0)
	if d.Good == 0 {
		d.Reply = reply
	} else {
		d.Gap = max(d.Gap, end-d.lastGood)
		d.Reply += (reply - d.Reply) / 8
	}
	d.Good++
	d.LastGood, d.lastGood = at, end
}

// bookCommand notes how a command ended, and what that says about its device.
func (b *Bus) bookCommand(unit uint8, start, end time.Duration, o outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stats.spend(LaneCommand, start, end)
	i := b.stats.units[unit]
	if i < 0 {
		return
	}
	s := &b.sched.devices[i]
	if o == good || o == refused {
		b.sched.answered(s)
	} else {
		b.sched.missed(s, start, end-start, o)
	}
	b.stats.devices[i].State = s.state
}

// Stats is what is known now. It is safe for concurrent use and never waits for the wire.
func (b *Bus) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := &b.stats
	out := Stats{Bus: b.Name(), Up: l.up, Err: l.err, Opened: l.opened, Sweep: l.sweep}
	total := l.before
	if l.master != nil {
		total.add(l.master.Stats())
	}
	out.Modbus = total.Stats
	out.Use = l.use(b.since())
	out.Devices = make([]DeviceStats, len(l.devices))
	for i := range l.devices {
		out.Devices[i] = l.devices[i].DeviceStats
	}
	return out
}

// use adds up the cells of the minute before now.
func (l *ledger) use(now time.Duration) Use {
	if now <= 0 {
		return Use{}
	}
	var busy [lanes]time.Duration
	oldest := int64(now/time.Second) - minute + 1
	for i := range l.cells {
		c := &l.cells[i]
		if c.second < oldest || c.second < 0 {
			continue
		}
		for lane := range busy {
			busy[lane] += c.busy[lane]
		}
	}
	// The oldest cell began a full minute less the running second's rest ago.
	span := float64(min(now, now-time.Duration(oldest)*time.Second))
	part := func(lane Lane) float64 { return float64(busy[lane]) / span }
	return Use{
		Alarm: part(LaneAlarm), Slow: part(LaneSlow), Probe: part(LaneProbe),
		Command: part(LaneCommand), Confirm: part(LaneConfirm),
	}
}
