package field

import (
	"context"
	"fmt"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

// The times of finding. A device that answers later than quickWithin is heard all the same,
// while the next address is asked, and looked at again.
const (
	quickWithin = 60 * time.Millisecond
	slowWithin  = time.Second
	// freeWithin is how long an address is listened to that should be nobody's.
	freeWithin = 400 * time.Millisecond
	// lingerFor is how long a second answer to one question is waited for, beyond the time of
	// lingerChars characters.
	lingerFor   = 15 * time.Millisecond
	lingerChars = 10
	// collisionBytes of noise in place of an answer are more than a glitch.
	collisionBytes = 3
	examinations   = 3
)

// State is what was heard from an address.
type State string

// The states.
const (
	// Single: one device, in time.
	Single State = "single"
	// Slow: one device that answers later than most; its contract's reply_within must allow it.
	Slow State = "slow"
	// Doubled: several devices answer at the address.
	Doubled State = "doubled"
)

// hit is one address at which something answers.
type hit struct {
	unit  uint8
	state State
	reply time.Duration
}

// finder asks addresses on one line.
type finder struct {
	line   *line
	within time.Duration
	// probes are what is asked of an address until one is answered.
	probes func(unit uint8) []modbus.Request
	tell   func(unit uint8, found int)
	// patience is how long an answer is waited for at the second look; zero means slowWithin.
	patience time.Duration

	asked    [256]bool
	answered map[uint8]time.Duration
	suspects map[uint8]bool
	noise    int
	masters  int
}

// firstProbe is what nearly every device answers, if only by a refusal.
func firstProbe() modbus.Request {
	return modbus.Request{Function: modbus.ReadHoldingRegisters, Address: 0, Count: 1}
}

// sweep asks the units in turn and returns those that are there, in that order.
func (f *finder) sweep(ctx context.Context, units []uint8) ([]hit, error) {
	f.answered, f.suspects = map[uint8]time.Duration{}, map[uint8]bool{}
	last := uint8(0)
	for _, u := range units {
		if f.tell != nil {
			f.tell(u, len(f.answered))
		}
		if err := f.probe(ctx, u, last); err != nil {
			return nil, fmt.Errorf("ask address %d: %w", u, err)
		}
		last = u
	}
	// Whoever was asked last may still be about to answer.
	a, err := f.line.drain(ctx, f.within)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	f.sort(&a, 0, last, 1)
	return f.settle(ctx, units)
}

// probe asks one unit until something is heard.
func (f *finder) probe(ctx context.Context, unit, last uint8) error {
	f.asked[unit] = true
	for _, req := range f.probes(unit) {
		req.Unit = unit
		a, err := f.line.ask(ctx, &req, f.within)
		if err != nil {
			return err
		}
		f.sort(&a, unit, last, req.Count)
		if _, ok := f.answered[unit]; ok || f.suspects[unit] {
			return nil
		}
	}
	return nil
}

// ask is one question, with a moment for a second answer.
func (l *line) ask(ctx context.Context, req *modbus.Request, within time.Duration) (modbus.Answer, error) {
	return l.prober.Ask(ctx, req, within, lingerFor+lingerChars*l.char)
}

// sort notes what an answer to unit says; unit 0 means that nobody was asked.
func (f *finder) sort(a *modbus.Answer, unit, last uint8, count uint16) {
	own := 0
	for i := range a.Frames {
		h := &a.Frames[i]
		switch {
		case !isReply(h, count):
			f.masters++
		case h.Unit == unit && unit != 0:
			if own++; own == 1 {
				f.answered[unit] = max(0, h.After)
			}
		case f.asked[h.Unit]:
			// Late, or a device that answers to more than one address.
			f.suspects[h.Unit] = true
		default:
			f.masters++
		}
	}
	if own > 1 {
		f.suspects[unit] = true
	}
	if own == 0 && a.Noise > 0 {
		f.noise += a.Noise
		if unit != 0 {
			f.suspects[unit] = true
		}
		// It may be the end of a late answer, into which this question was asked.
		if _, ok := f.answered[last]; !ok && last != 0 {
			f.suspects[last] = true
		}
	}
}

// isReply tells a reply from another master's request.
func isReply(h *modbus.Heard, count uint16) bool {
	if h.Exception != 0 {
		return true
	}
	switch h.Function {
	case modbus.ReadCoils, modbus.ReadDiscreteInputs:
		return len(h.Data) == (int(count)+7)/8
	case modbus.ReadHoldingRegisters, modbus.ReadInputRegisters:
		return len(h.Data) == 2*int(count)
	default:
		return len(h.Frame) == 8
	}
}

// settle looks at the suspects again, and lists who is there.
func (f *finder) settle(ctx context.Context, units []uint8) ([]hit, error) {
	var hits []hit
	for _, u := range units {
		reply, ok := f.answered[u]
		if !f.suspects[u] {
			if ok {
				hits = append(hits, hit{u, Single, reply})
			}
			continue
		}
		if f.tell != nil {
			f.tell(u, len(f.answered))
		}
		h, there, err := f.examine(ctx, u)
		if err != nil {
			return nil, fmt.Errorf("ask address %d again: %w", u, err)
		}
		if there {
			hits = append(hits, h)
		} else if ok {
			hits = append(hits, hit{u, Single, reply})
		}
	}
	return hits, nil
}

// examine asks one address with patience, several times.
func (f *finder) examine(ctx context.Context, unit uint8) (hit, bool, error) {
	h := hit{unit: unit, state: Single}
	garbled, clean := 0, 0
	for i := range examinations {
		if err := f.line.hush(ctx); err != nil {
			return h, false, err
		}
		a, req, err := f.patient(ctx, unit)
		if err != nil {
			return h, false, err
		}
		replies := 0
		for k := range a.Frames {
			if r := &a.Frames[k]; r.Unit == unit && isReply(r, req.Count) {
				replies++
				h.reply = max(h.reply, r.After)
			}
		}
		switch {
		case replies > 1:
			h.state = Doubled
			return h, true, nil
		case replies == 1:
			clean++
		case a.Noise >= collisionBytes:
			garbled++
		case i == 0:
			return h, false, nil // it was somebody else's noise
		}
	}
	switch {
	case garbled > 1:
		h.state = Doubled
	case h.reply > f.within:
		h.state = Slow
	}
	return h, clean+garbled > 0, nil
}

// patient asks the unit's probes until something is heard, waiting long.
func (f *finder) patient(ctx context.Context, unit uint8) (modbus.Answer, modbus.Request, error) {
	var a modbus.Answer
	var req modbus.Request
	within := f.patience
	if within == 0 {
		within = slowWithin
	}
	for _, req = range f.probes(unit) {
		req.Unit = unit
		var err error
		if a, err = f.line.ask(ctx, &req, within); err != nil || len(a.Frames) > 0 || a.Noise > 0 {
			return a, req, err
		}
	}
	return a, req, nil
}

// hush waits until the line has been silent for a while, but not for ever.
func (l *line) hush(ctx context.Context) error {
	for range 8 {
		a, err := l.drain(ctx, 40*time.Millisecond)
		if err != nil {
			return err
		}
		if len(a.Frames) == 0 && a.Noise == 0 {
			return nil
		}
	}
	return nil
}

// probesFor says what is asked of an address: the usual question, and for addresses that a
// model leaves the factory with (or for all) also the first thing that its contract reads.
func probesFor(contracts []*contract.Contract, s Speed, all bool) func(uint8) []modbus.Request {
	type key struct {
		f          modbus.Function
		addr, size uint16
	}
	first := firstProbe()
	var extra [256][]modbus.Request
	var seen [256]map[key]bool
	for _, c := range contracts {
		if !speaks(c, s) {
			continue
		}
		blocks := blocksOf(c)
		if len(blocks) == 0 {
			continue
		}
		req := blocks[0].request
		k := key{req.Function, req.Address, req.Count}
		for u := 1; u < 256; u++ {
			if !all && u != int(c.Address.Default) || u < int(c.Address.Min) || u > int(c.Address.Max) {
				continue
			}
			if seen[u] == nil {
				seen[u] = map[key]bool{{first.Function, first.Address, first.Count}: true}
			}
			if !seen[u][k] {
				seen[u][k] = true
				extra[u] = append(extra[u], req)
			}
		}
	}
	return func(unit uint8) []modbus.Request {
		return append([]modbus.Request{first}, extra[unit]...)
	}
}
