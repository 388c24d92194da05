package field

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
	"firepost/gateway/internal/poll"
)

// Grade is how sure a match is.
type Grade string

// The grades, surest first.
const (
	// Proven: registers made for that purpose name the model.
	Proven Grade = "proven"
	// Likely: the device holds its own address, and its speed where the contract says, in the
	// model's registers, and every value is plausible.
	Likely Grade = "likely"
	// Possible: every register of the contract answers with a plausible value.
	Possible Grade = "possible"
)

// Match is one model that fits a device.
type Match struct {
	Contract string        `json:"contract"`
	Title    contract.Text `json:"title"`
	Grade    Grade         `json:"grade"`
	// Points is how many of its points were read and are plausible.
	Points int `json:"points"`
}

// block is one read of a contract.
type block struct {
	request modbus.Request
	points  []int
}

// blocksOf is what is read of a device of the contract, the alarm lane first.
func blocksOf(c *contract.Contract) []block {
	plan, err := poll.MakePlan(poll.Config{Name: "field", Devices: []poll.Device{{Name: c.Name, Unit: max(1, c.Address.Default), Contract: c}}})
	if plan == nil || err != nil && len(plan.Blocks) == 0 {
		return nil
	}
	out := make([]block, 0, len(plan.Blocks))
	for i := range plan.Blocks {
		req := plan.Request(i)
		req.Device = ""
		out = append(out, block{req, plan.Blocks[i].Points})
	}
	return out
}

// reader asks one device and remembers what it said.
type reader struct {
	line *line
	unit uint8
	seen map[wanted]said
	// doubled is set when more than one answer came to one question.
	doubled bool
	garbled int
	reply   time.Duration
}

type wanted struct {
	f           modbus.Function
	addr, count uint16
}

type said struct {
	data []byte
	ex   modbus.Exception
	ok   bool
}

func newReader(l *line, unit uint8) *reader {
	return &reader{line: l, unit: unit, seen: map[wanted]said{}}
}

// readWithin is how long a device that is there may take for an answer.
const readWithin = 250 * time.Millisecond

// read asks once more when nothing intact comes. An error means that the line is gone.
func (r *reader) read(ctx context.Context, f modbus.Function, addr, count uint16) (said, error) {
	k := wanted{f, addr, count}
	if s, ok := r.seen[k]; ok {
		return s, nil
	}
	s, err := r.once(ctx, k)
	if err == nil && s.again() {
		if err = r.line.hush(ctx); err == nil {
			s, err = r.once(ctx, k)
		}
	}
	if err != nil {
		return said{}, err
	}
	r.seen[k] = s
	return s, nil
}

// again reports whether it is worth asking once more.
func (s *said) again() bool {
	return !s.ok || s.ex == modbus.ServerDeviceBusy || s.ex == modbus.Acknowledge
}

// once asks without the linger, which would cost more than the read: a second device has been
// looked for already.
func (r *reader) once(ctx context.Context, k wanted) (said, error) {
	req := modbus.Request{Unit: r.unit, Function: k.f, Address: k.addr, Count: k.count}
	a, err := r.line.prober.Ask(ctx, &req, max(readWithin, 2*r.reply), 4*r.line.char)
	if err != nil {
		return said{}, err
	}
	return r.take(&a, &req), nil
}

func (r *reader) take(a *modbus.Answer, req *modbus.Request) said {
	var s said
	replies := 0
	for i := range a.Frames {
		h := &a.Frames[i]
		if h.Unit != r.unit || h.Function != req.Function || !isReply(h, req.Count) {
			continue
		}
		if replies++; replies == 1 {
			s = said{data: h.Data, ex: h.Exception, ok: true}
		}
	}
	if replies > 1 {
		r.doubled = true
	}
	if replies == 0 && a.Noise >= collisionBytes {
		if r.garbled++; r.garbled > 1 {
			r.doubled = true
		}
	}
	return s
}

// word reads one register; false when the device does not give it.
func (r *reader) word(ctx context.Context, t contract.Table, addr uint16) (uint16, bool, error) {
	s, err := r.read(ctx, modbus.FunctionOf(t), addr, 1)
	if err != nil || !s.ok || s.ex != 0 {
		return 0, false, err
	}
	if t.Bits() {
		return uint16(s.data[0] & 1), true, nil
	}
	return binary.BigEndian.Uint16(s.data), true, nil
}

// identify tells which contracts fit the device, surest first. Contracts whose registers prove
// the model are tried first, and end the search.
func (r *reader) identify(ctx context.Context, contracts []*contract.Contract) ([]Match, error) {
	var out []Match
	order := slices.Clone(contracts)
	slices.SortStableFunc(order, func(a, b *contract.Contract) int { return cmp.Compare(len(b.Identity), len(a.Identity)) })
	for _, c := range order {
		if !speaks(c, r.line.speed) || r.unit < c.Address.Min || r.unit > c.Address.Max {
			continue
		}
		if len(c.Identity) == 0 && len(out) > 0 && out[0].Grade == Proven {
			break
		}
		m, fits, err := r.try(ctx, c)
		if err != nil {
			return nil, err
		}
		if fits {
			out = append(out, m)
		}
		if r.doubled {
			break
		}
	}
	rank := map[Grade]int{Proven: 0, Likely: 1, Possible: 2}
	slices.SortStableFunc(out, func(a, b Match) int {
		return cmp.Or(cmp.Compare(rank[a.Grade], rank[b.Grade]), cmp.Compare(b.Points, a.Points), cmp.Compare(a.Contract, b.Contract))
	})
	return dropIdle(out), nil
}

// dropIdle leaves out models for which nothing speaks, where something speaks for another one.
func dropIdle(matches []Match) []Match {
	if len(matches) == 0 || matches[0].Points == 0 {
		return matches
	}
	return slices.DeleteFunc(matches, func(m Match) bool { return m.Points == 0 && m.Grade == Possible })
}

// try holds the device against one contract.
func (r *reader) try(ctx context.Context, c *contract.Contract) (Match, bool, error) {
	m := Match{Contract: c.Ref(), Title: c.Title, Grade: Possible}
	for i := range c.Identity {
		id := &c.Identity[i]
		v, ok, err := r.word(ctx, id.Table, id.Address)
		if err != nil || !ok || !id.Fits(v) {
			return m, false, err
		}
		m.Grade = Proven
	}
	points, ok, err := r.points(ctx, c)
	if err != nil || !ok {
		return m, false, err
	}
	m.Points = points
	if m.Grade == Proven || c.Setup == nil || c.Setup.Address == nil {
		return m, true, nil
	}
	own, ok, err := r.ownSettings(ctx, c)
	if err != nil || !ok {
		return m, false, err
	}
	if own {
		m.Grade = Likely
	}
	return m, true, nil
}

// points reads all points of the contract and counts those that speak for it; ok is false when
// one speaks against it.
func (r *reader) points(ctx context.Context, c *contract.Contract) (count int, ok bool, err error) {
	for _, b := range blocksOf(c) {
		s, err := r.read(ctx, b.request.Function, b.request.Address, b.request.Count)
		if err != nil || !s.ok || s.ex != 0 {
			return 0, false, err
		}
		for _, i := range b.points {
			sample, err := c.Decode(i, s.data, b.request.Address)
			if err != nil {
				return 0, false, nil //nolint:nilerr // the reply does not hold the point: it speaks against the contract
			}
			switch judge(&c.Points[i], sample) {
			case against:
				return 0, false, nil
			case speaksFor:
				count++
			case neither:
			}
		}
	}
	return count, true, nil
}

// ownSettings reads where the contract says that the device keeps its address and speed; ok is
// false when it has another address there. own is true when they leave little to chance: address
// 1 alone proves nothing.
func (r *reader) ownSettings(ctx context.Context, c *contract.Contract) (own, ok bool, err error) {
	v, ok, err := r.word(ctx, contract.Holding, c.Setup.Address.Address)
	if err != nil || !ok || v != uint16(r.unit) {
		return false, false, err
	}
	agree := 1
	if r.unit > 1 {
		agree++
	}
	if b := c.Setup.Baud; b != nil {
		v, ok, err := r.word(ctx, contract.Holding, b.Address)
		if err != nil || !ok {
			return false, false, err
		}
		if code, known := b.Code(r.line.speed.Baud); known && code != v&0xFF && code != v {
			return false, true, nil
		}
		agree++
	}
	return agree > 1, true, nil
}

type verdict uint8

const (
	neither verdict = iota
	speaksFor
	against
)

// judge says what a value tells about the contract. A code for "no measurement", an alarm that
// stands for anything else, and a unit or decimals that are set otherwise tell nothing.
func judge(p *contract.Point, s contract.Sample) verdict {
	switch s.Quality {
	case contract.Invalid:
		if slices.Contains(p.Invalid, s.Raw) {
			return neither
		}
		return against
	case contract.Unknown, contract.OutOfRange:
		return against
	case contract.Good:
	}
	m := p.Meaning(s)
	if m == nil {
		if s.Raw == 0 {
			return neither
		}
		return speaksFor
	}
	if isSetting(p) {
		return neither
	}
	if m == p.Otherwise {
		if m.Means == contract.Fault {
			return against
		}
		return neither
	}
	return speaksFor
}

// isSetting tells a unit or decimals register: models with the same registers number their
// units differently, and one of them would seem to fit better by chance.
func isSetting(p *contract.Point) bool {
	return p.Otherwise != nil && (p.Otherwise.Cause == "wrong_unit" || p.Otherwise.Cause == "wrong_scale")
}

// Certain is the model that can be taken without asking anybody, or empty: the only one that
// is proven, or one that is likely where nothing else fits at all.
func Certain(matches []Match) string {
	switch {
	case len(matches) == 0 || matches[0].Grade == Possible:
		return ""
	case matches[0].Grade == Likely && len(matches) > 1,
		matches[0].Grade == Proven && len(matches) > 1 && matches[1].Grade == Proven:
		return ""
	}
	return matches[0].Contract
}
