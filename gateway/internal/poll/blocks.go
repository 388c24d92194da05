package poll

import (
	"fmt"
	"slices"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

// The limits of one read (MODBUS Application Protocol V1.1b3, 6.1 and 6.3).
const (
	mostRegisters = 125
	mostBits      = 2000
)

// Block is one request: neighbouring points of one device, table and lane.
type Block struct {
	// Device is an index into the plan's Devices.
	Device int
	// Lane is the most urgent lane of the points that the block is read for. OnDemand
	// blocks hold nothing but the read-back of outputs and are read with commands only.
	Lane     contract.Lane
	OnDemand bool
	// Function, Table, Address and Count are the request.
	Function modbus.Function
	Table    contract.Table
	Address  uint16
	Count    uint16
	// Points are indices into the contract's Points: all that lie wholly inside.
	Points []int
	// Cost is the wire time of an answered read, MissCost that of one without an answer.
	Cost, MissCost time.Duration
	// Every is the longest time between two reads: the device's Deadline in the alarm
	// lane, its SlowEvery in the slow lane, Reassert for read-backs.
	Every time.Duration
	// Group numbers the blocks of one device whose replies can't be told apart, or is -1.
	// Between two different ones of a group the device's late_reply must pass.
	Group int
}

func (b *Block) last() uint16 { return b.Address + b.Count - 1 }

func (b *Block) covers(table contract.Table, from, to uint16) bool {
	return b.Table == table && b.Address <= from && to <= b.last()
}

// span is a run of addresses being gathered, both ends included.
type span struct{ from, to uint16 }

func (s span) count() int { return int(s.to) - int(s.from) + 1 }

// layout gathers one device's points into blocks.
type layout struct {
	c      *contract.Contract
	w      wire
	blocks []Block
}

// layOut returns the blocks of a device: alarm lane first, then slow, then read-backs.
func layOut(d *Device, w wire) ([]Block, error) {
	l := &layout{c: d.Contract, w: w}
	if err := l.lane(contract.Alarm); err != nil {
		return nil, fmt.Errorf("device %s: %w", d.Name, err)
	}
	l.rideAlong()
	if err := l.lane(contract.Slow); err != nil {
		return nil, fmt.Errorf("device %s: %w", d.Name, err)
	}
	l.readBacks()
	l.separate()
	for i := range l.blocks {
		l.finish(&l.blocks[i], d)
	}
	return l.blocks, nil
}

// lane adds blocks for every point of the lane that no block covers yet.
func (l *layout) lane(lane contract.Lane) error {
	for table := contract.Holding; table <= contract.Discrete; table++ {
		var spans []span
		for i := range l.c.Points {
			p := &l.c.Points[i]
			if p.Table != table || p.Lane != lane || l.covered(table, p.Address, p.Last()) {
				continue
			}
			s := span{p.Address, p.Last()}
			if s.to < s.from || s.count() > l.most(table) {
				return fmt.Errorf("%w: point %s takes %d addresses from 0x%04X, a read of this device holds %d",
					ErrConfig, p.Name, p.Registers(), p.Address, l.most(table))
			}
			spans = append(spans, s)
		}
		for _, s := range l.gather(table, spans) {
			l.add(Block{Lane: lane, Table: table}, s)
		}
	}
	return nil
}

func (l *layout) add(b Block, s span) {
	b.Function = modbus.FunctionOf(b.Table)
	b.Address, b.Count = s.from, uint16(s.count())
	b.Group = -1
	l.blocks = append(l.blocks, b)
}

// gather joins spans that one read can hold and that are cheaper read together.
func (l *layout) gather(table contract.Table, spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return int(a.from) - int(b.from) })
	var out []span
	for _, s := range spans {
		if n := len(out); n > 0 && l.joins(table, out[n-1], s) {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

func (l *layout) joins(table contract.Table, a, b span) bool {
	whole := span{a.from, max(a.to, b.to)}
	if whole.count() > l.most(table) {
		return false
	}
	gap := int(b.from) - int(a.to) - 1
	if gap <= 0 {
		return true
	}
	if gap > int(l.c.Limits.MaxGap) || !l.readable(table, a.to+1, b.from-1) {
		return false
	}
	t := l.c.Limits.Turnaround
	apart := l.w.good(valueBytes(table, a.count()), t) + l.w.good(valueBytes(table, b.count()), t)
	return l.w.good(valueBytes(table, whole.count()), t) <= apart
}

// rideAlong stretches alarm blocks of bits over slow bits that fit into the same bytes of
// the reply: they cost nothing there. A slow register is cheaper once a minute on its own.
func (l *layout) rideAlong() {
	for i := range l.c.Points {
		p := &l.c.Points[i]
		if p.Lane != contract.Slow || !p.Table.Bits() || l.covered(p.Table, p.Address, p.Last()) {
			continue
		}
		for j := range l.blocks {
			b := &l.blocks[j]
			s := span{min(b.Address, p.Address), max(b.last(), p.Address)}
			if b.Table == p.Table && s.count() <= l.most(p.Table) && l.readable(p.Table, s.from, s.to) &&
				valueBytes(p.Table, s.count()) == valueBytes(p.Table, int(b.Count)) {
				b.Address, b.Count = s.from, uint16(s.count())
				break
			}
		}
	}
}

// readBacks adds blocks for outputs whose state no polled block shows.
func (l *layout) readBacks() {
	for table := contract.Holding; table <= contract.Discrete; table++ {
		var spans []span
		for i := range l.c.Outputs {
			r := &l.c.Outputs[i].ReadBack
			if r.Table == table && !l.covered(table, r.Address, r.Address) {
				spans = append(spans, span{r.Address, r.Address})
			}
		}
		for _, s := range l.gather(table, spans) {
			l.add(Block{Lane: contract.Slow, OnDemand: true, Table: table}, s)
		}
	}
}

// finish fills in what follows from a block's final extent.
func (l *layout) finish(b *Block, d *Device) {
	for i := range l.c.Points {
		p := &l.c.Points[i]
		if b.covers(p.Table, p.Address, p.Last()) {
			b.Points = append(b.Points, i)
		}
	}
	lim := &l.c.Limits
	b.Cost = l.w.good(valueBytes(b.Table, int(b.Count)), lim.Turnaround)
	b.MissCost = l.w.miss(replyWithin(lim))
	switch {
	case b.OnDemand:
		b.Every = Reassert
	case b.Lane == contract.Alarm:
		b.Every = d.Deadline
	default:
		b.Every = d.SlowEvery
	}
}

// most is how many addresses one read of the table may have.
func (l *layout) most(table contract.Table) int {
	limit, standard := int(l.c.Limits.MaxRegisters), mostRegisters
	if table.Bits() {
		limit, standard = int(l.c.Limits.MaxBits), mostBits
	}
	if limit == 0 {
		return standard
	}
	return min(limit, standard)
}

func (l *layout) covered(table contract.Table, from, to uint16) bool {
	for i := range l.blocks {
		if l.blocks[i].covers(table, from, to) {
			return true
		}
	}
	return false
}

// readable reports whether every address from–to may be read: a point, an output's
// read-back, or one of the contract's readable spans stands there.
func (l *layout) readable(table contract.Table, from, to uint16) bool {
	for a := int(from); a <= int(to); a++ {
		if !l.mayRead(table, uint16(a)) {
			return false
		}
	}
	return true
}

func (l *layout) mayRead(table contract.Table, a uint16) bool {
	for _, s := range l.c.Readable {
		if s.Table == table && s.From <= a && a <= s.To {
			return true
		}
	}
	for i := range l.c.Points {
		if p := &l.c.Points[i]; p.Table == table && p.Address <= a && a <= p.Last() {
			return true
		}
	}
	for i := range l.c.Outputs {
		if r := &l.c.Outputs[i].ReadBack; r.Table == table && r.Address == a {
			return true
		}
	}
	return false
}
