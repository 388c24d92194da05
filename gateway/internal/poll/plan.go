package poll

import (
	"fmt"
	"math"
	"time"

	"firepost/firmware-contracts/contract"
)

// Plan is what a bus reads when, what that costs, and whether it is in time. It is
// immutable.
type Plan struct {
	// Config is the bus, with every default filled in.
	Config Config
	// Blocks are the requests, device by device.
	Blocks []Block
	// Wire is the wire time of one read of every alarm block. Sweep is the longest time in
	// which a block with the shortest deadline comes round when slow lane, probes and
	// commands use all that they may and a transaction of each is just under way; with
	// equal deadlines that is a whole round.
	Wire, Sweep time.Duration
	// Deadline is the shortest of the detectors' deadlines; zero without alarm points.
	Deadline time.Duration
	// SlowShare, ProbeShare and CommandShare are the parts of the wire that are not the
	// alarm lane's. SlowNeed is what the slow points need at their intervals.
	SlowShare, ProbeShare, CommandShare, SlowNeed float64
	// Confirms is how many confirming reads fit between two sweeps; what exceeds it is
	// confirmed by the next sweep's own reads. At least one is counted in Sweep.
	Confirms int
	// Vanish is how many devices can fall silent in the same sweep before another one,
	// once, waits longer than the shortest deadline.
	Vanish int
	// Notes say what an installer should know: reads that must pause, slow points that
	// come less often than asked for.
	Notes []contract.Text
}

// MakePlan plans a bus. When the deadlines can't be met it returns the plan all the same,
// with an error that wraps ErrInfeasible and gives the arithmetic and the ways out. When no
// plan can be made the plan is nil and the error wraps ErrConfig.
func MakePlan(cfg Config) (*Plan, error) {
	p, err := makePlan(cfg)
	if err != nil {
		return nil, err
	}
	p.note()
	return p, p.verdict()
}

func makePlan(cfg Config) (*Plan, error) {
	p := &Plan{Config: cfg.withDefaults()}
	if err := p.Config.check(); err != nil {
		return nil, err
	}
	w := newWire(p.Config.Baud, p.Config.CharBits)
	groups := 0
	for i := range p.Config.Devices {
		blocks, err := layOut(&p.Config.Devices[i], w)
		if err != nil {
			return nil, fmt.Errorf("plan bus %s: %w", cfg.Name, err)
		}
		grouped := 0
		for _, b := range blocks {
			b.Device = i
			if b.Group >= 0 {
				grouped = max(grouped, b.Group+1)
				b.Group += groups
			}
			p.Blocks = append(p.Blocks, b)
		}
		groups += grouped
	}
	p.count(w)
	return p, nil
}

// count does the arithmetic.
func (p *Plan) count(w wire) {
	l := p.loads()
	p.SlowNeed, p.Deadline = l.slow, l.deadline
	if l.slowest > 0 {
		p.SlowShare = p.Config.SlowShare
	}
	p.ProbeShare = p.Config.ProbeShare
	p.CommandShare = p.commands(w)
	if p.Deadline == 0 {
		return
	}
	d := float64(p.Deadline)
	p.Wire = l.wire
	left := max(1-p.SlowShare-p.ProbeShare-p.CommandShare, 1e-3)
	// One of each that may be under way or saved up: a slow block, a probe, a confirming read.
	blocking := float64(l.slowest + l.miss + l.longest)
	p.Sweep = time.Duration(min((l.alarm*d+blocking)/left, math.MaxInt64/4))
	slack := (d - float64(p.Sweep)) * left
	p.Confirms = min(1+int(max(slack, 0)/float64(l.longest)), len(p.Blocks))
	p.Vanish = min(int(max(slack, 0)/float64(l.miss)), len(p.Config.Devices))
}

// loads is what the blocks ask of the wire.
type loads struct {
	// alarm and slow are the parts of the wire that the lanes need at their intervals.
	alarm, slow float64
	// longest and slowest are the longest answered read of each lane, miss the longest
	// unanswered one; wire is one read of every alarm block.
	longest, slowest, miss time.Duration
	wire, deadline         time.Duration
}

func (p *Plan) loads() loads {
	var l loads
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.OnDemand {
			continue
		}
		l.miss = max(l.miss, b.MissCost)
		share := float64(b.Cost) / float64(b.Every)
		if b.Lane != contract.Alarm {
			l.slow += share
			l.slowest = max(l.slowest, b.Cost)
			continue
		}
		l.alarm += share
		l.wire += b.Cost
		l.longest = max(l.longest, b.Cost)
		if l.deadline == 0 || b.Every < l.deadline {
			l.deadline = b.Every
		}
	}
	return l
}

// commands is the part of the wire that writing and reading back every output takes.
func (p *Plan) commands(w wire) float64 {
	var t time.Duration
	for i := range p.Config.Devices {
		d := &p.Config.Devices[i]
		for j := range d.Contract.Outputs {
			r := &d.Contract.Outputs[j].ReadBack
			t += w.write(d.Contract.Limits.Turnaround)
			for k := range p.Blocks {
				if b := &p.Blocks[k]; b.Device == i && b.covers(r.Table, r.Address, r.Address) {
					t += b.Cost
					break
				}
			}
		}
	}
	return float64(t) / float64(Reassert)
}

// groupGap is how long a member of the group waits for its turn because of the others: each
// different read in between stands late_reply apart from the next.
func (p *Plan) groupGap(g int) (gap, deadline time.Duration) {
	alarms, others := 0, 0
	var late time.Duration
	for i := range p.Blocks {
		b := &p.Blocks[i]
		if b.Group != g {
			continue
		}
		d := &p.Config.Devices[b.Device]
		late, deadline = lateReply(&d.Contract.Limits), d.Deadline
		switch {
		case b.Lane == contract.Alarm && !b.OnDemand:
			alarms++
		case b.OnDemand:
			others |= 2
		default:
			others |= 1
		}
	}
	if alarms == 0 {
		return 0, 0
	}
	turns := alarms - 1
	if alarms > 1 {
		turns++ // round the circle
	}
	for _, bit := range []int{1, 2} {
		if others&bit != 0 {
			turns++
			if turns == 1 {
				turns++ // there and back
			}
		}
	}
	return time.Duration(turns) * late, deadline
}

// groups is the number of groups.
func (p *Plan) groups() int {
	n := 0
	for i := range p.Blocks {
		n = max(n, p.Blocks[i].Group+1)
	}
	return n
}
