package contracttest

import (
	"context"
	"fmt"

	"firepost/firmware-contracts/contract"
)

// block is a run of addresses that a booth reads at once.
type block struct {
	table       contract.Table
	from, count uint16
}

// blocks gathers the points as a booth does: neighbours of one table and lane, and over
// readable gaps of at most max_gap. The result has one entry for each point.
func blocks(c *contract.Contract) []block {
	out := make([]block, len(c.Points))
	for i := range c.Points {
		p := &c.Points[i]
		b := block{p.Table, p.Address, p.Registers()}
		for grown := true; grown; {
			grown = false
			for j := range c.Points {
				q := &c.Points[j]
				if q.Table == p.Table && q.Lane == p.Lane && b.take(c, q) {
					grown = true
				}
			}
		}
		out[i] = b
	}
	return out
}

// take widens the block by a point, if the limits allow it.
func (b *block) take(c *contract.Contract, p *contract.Point) bool {
	from, last := min(b.from, p.Address), max(b.last(), p.Last())
	limit := c.Limits.MaxRegisters
	if p.Table.Bits() {
		limit = c.Limits.MaxBits
	}
	if from == b.from && last == b.last() || int(last)-int(from)+1 > int(limit) {
		return false
	}
	gapFrom, gapTo := int(b.last())+1, int(p.Address)-1
	if p.Address < b.from {
		gapFrom, gapTo = int(p.Last())+1, int(b.from)-1
	}
	if gapTo-gapFrom+1 > int(c.Limits.MaxGap) {
		return false
	}
	for a := gapFrom; a <= gapTo; a++ {
		if !known(c, p.Table, a) {
			return false
		}
	}
	b.from, b.count = from, last-from+1
	return true
}

func (b *block) last() uint16 { return b.from + b.count - 1 }

// known says that the contract lets an address be read.
func known(c *contract.Contract, t contract.Table, address int) bool {
	for i := range c.Points {
		p := &c.Points[i]
		if p.Table == t && int(p.Address) <= address && address <= int(p.Last()) {
			return true
		}
	}
	for _, s := range c.Readable {
		if s.Table == t && int(s.From) <= address && address <= int(s.To) {
			return true
		}
	}
	for i := range c.Outputs {
		if r := &c.Outputs[i].ReadBack; r.Table == t && int(r.Address) == address {
			return true
		}
	}
	return false
}

func (b *bench) points(ctx context.Context) error {
	all := blocks(b.c)
	for i := range b.c.Points {
		if err := b.point(ctx, i, all[i]); err != nil {
			return err
		}
	}
	return nil
}

// tries is how often a point is read alone and in its block.
const tries = 3

// point reads a point alone and in its block, in turn.
func (b *bench) point(ctx context.Context, i int, in block) error {
	p := &b.c.Points[i]
	title := Text{p.Name + " " + p.Title.ZH, p.Name + ": " + p.Title.EN}
	var alone, blocked [tries]contract.Sample
	equal := false
	var apart *heard
	for n := range tries {
		for _, x := range []struct {
			place  block
			sample *contract.Sample
			how    Text
		}{
			{block{p.Table, p.Address, p.Registers()}, &alone[n], Text{"单独读取", "read alone"}},
			{in, &blocked[n], text("在 %[1]s 0x%04[2]X×%[3]d 中一起读取", "read within its block, %[1]s 0x%04[2]X×%[3]d", in.table, in.from, in.count)},
		} {
			h, v, err := b.read(ctx, x.place.table, x.place.from, x.place.count)
			if err != nil {
				return err
			}
			if !equal {
				apart = &h
			}
			if v.kind == reply {
				*x.sample, err = b.c.Decode(i, v.data, x.place.from)
				if err != nil {
					return err
				}
			}
			if v.kind != reply {
				why := reason(v)
				b.fail(GroupPoints, p.Name, title, Text{x.how.ZH + "：" + why.ZH, x.how.EN + ": " + why.EN}, &h)
				return nil
			}
			if bad := quality(p, x.sample); bad != (Text{}) && x.sample.Quality != contract.Invalid {
				b.fail(GroupPoints, p.Name, title, bad, &h)
				return nil
			}
		}
		if alone[n].Raw == blocked[n].Raw {
			equal, apart = true, nil
		}
	}
	b.decide(p, title, alone, blocked, apart)
	return nil
}

// decide compares the readings of one point, all of which can be believed. apart is the last
// exchange if no two readings agreed.
func (b *bench) decide(p *contract.Point, title Text, alone, blocked [tries]contract.Sample, apart *heard) {
	last := &alone[tries-1]
	moves := false
	for n := 1; n < tries; n++ {
		moves = moves || alone[n].Raw != alone[0].Raw || blocked[n].Raw != blocked[0].Raw
	}
	named := len(p.Values) > 0 || len(p.Bits) > 0
	switch {
	case apart != nil && (!moves || named):
		b.fail(GroupPoints, p.Name, title, text("单独读取为 0x%X，与其他寄存器一起读取为 0x%X", "read alone it is 0x%X, within its block 0x%X", last.Raw, blocked[tries-1].Raw), apart)
	case last.Quality == contract.Invalid:
		b.skip(GroupPoints, p.Name, title, text("可以读取，但设备报告无测量值（原始值 0x%X）", "it can be read, but the device says that it has no measurement (raw 0x%X)", last.Raw))
	default:
		note := value(p, last)
		if moves {
			note = Text{note.ZH + "（读取间有变化）", note.EN + " (moved between the reads)"}
		}
		b.pass(GroupPoints, p.Name, title, note)
	}
}

// reason is why a read failed, for people.
func reason(v verdict) Text {
	if v.kind == exception {
		return text("被拒绝，异常 %d", "refused with exception %d", v.code)
	}
	return v.why
}

// quality says what is wrong with a value; empty for nothing.
func quality(p *contract.Point, s *contract.Sample) Text {
	switch s.Quality {
	case contract.Good:
		return Text{}
	case contract.OutOfRange:
		if p.Range == nil {
			return text("值 %v 超出范围", "value %v is out of range", s.Value)
		}
		return text("值 %v 超出 %v 至 %v %s", "value %v is not within %v to %v %s", s.Value, p.Range.Min, p.Range.Max, p.Unit)
	case contract.Unknown:
		return text("原始值 0x%X 未在契约中列出", "raw value 0x%X is not in the contract", s.Raw)
	case contract.Invalid:
		return text("无测量值（原始值 0x%X）", "no measurement (raw 0x%X)", s.Raw)
	default:
		return text("无法判读（原始值 0x%X）", "unreadable (raw 0x%X)", s.Raw)
	}
}

// value is a good value for people.
func value(p *contract.Point, s *contract.Sample) Text {
	out := Text{fmt.Sprintf("0x%X", s.Raw), fmt.Sprintf("0x%X", s.Raw)}
	if len(p.Values) == 0 && len(p.Bits) == 0 {
		v := fmt.Sprintf("%.6g", s.Value)
		if p.Unit != "" {
			v += " " + p.Unit
		}
		return Text{v, v}
	}
	if m := p.Meaning(*s); m != nil {
		out = Text{out.ZH + " " + m.Title.ZH, out.EN + " " + m.Title.EN}
	}
	for i := range p.Bits {
		if s.Fired>>i&1 == 1 {
			out = Text{out.ZH + " " + p.Bits[i].Title.ZH, out.EN + " " + p.Bits[i].Title.EN}
		}
	}
	return out
}

func (b *bench) identity(ctx context.Context) error {
	if len(b.c.Identity) == 0 {
		b.skip(GroupIdentity, "registers", GroupIdentity.Title(), Text{"契约没有写明识别寄存器", "the contract names no registers of identity"})
		return nil
	}
	for i, id := range b.c.Identity {
		name := fmt.Sprintf("register_%d", i+1)
		title := text("识别寄存器 %s 0x%04X", "register of identity %s 0x%04X", id.Table, id.Address)
		h, v, err := b.read(ctx, id.Table, id.Address, 1)
		if err != nil {
			return err
		}
		if v.kind != reply {
			b.fail(GroupIdentity, name, title, reason(v), &h)
			continue
		}
		got := uint16(v.data[0])
		if len(v.data) > 1 {
			got = got<<8 | uint16(v.data[1])
		}
		if !id.Fits(got) {
			b.fail(GroupIdentity, name, title, text("值 0x%04X 不在 0x%04X 至 0x%04X 之间：不是本型号", "0x%04X is not within 0x%04X to 0x%04X: not this model", got, id.Min, id.Max), &h)
			continue
		}
		b.pass(GroupIdentity, name, title, text("0x%04X", "0x%04X", got))
	}
	return nil
}
