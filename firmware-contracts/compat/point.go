package compat

import (
	"fmt"
	"reflect"
	"slices"

	"firepost/firmware-contracts/contract"
)

// handledPoint are the parts of a point that have rules of their own, or that are free.
var handledPoint = map[string]bool{ //nolint:gochecknoglobals // lookup table
	"Name": true, "Title": true, "Lane": true, "Values": true, "Otherwise": true, "Bits": true, "Mask": true,
	"Invalid": true, "Range": true,
}

// onePoint compares a published point with the one of its name.
func (c *check) onePoint(published, next *contract.Contract, p *contract.Point) {
	c.point = p.Name
	i := pointIndex(next, p.Name)
	if i < 0 {
		c.add("point", p.Name, "", ruleGone)
		return
	}
	n := &next.Points[i]
	c.structs("", reflect.ValueOf(p).Elem(), reflect.ValueOf(n).Elem(), handledPoint)
	c.same("mask", fmt.Sprintf("0x%X", p.Mask), fmt.Sprintf("0x%X", n.Mask), ruleMeaning)
	c.same("range", p.Range, n.Range, ruleMeaning)
	before, after := slices.Sorted(slices.Values(p.Invalid)), slices.Sorted(slices.Values(n.Invalid))
	c.same("invalid", before, after, ruleMeaning)
	if p.Lane == contract.Alarm && n.Lane == contract.Slow {
		c.add("lane", p.Lane.String(), n.Lane.String(), ruleLane)
	}
	c.values(p, n)
	c.bits(p, n)
	c.same("field", field(published, p.Name), field(next, p.Name), ruleMeaning)
}

func pointIndex(c *contract.Contract, name string) int {
	return slices.IndexFunc(c.Points, func(p contract.Point) bool { return p.Name == name })
}

// field is where a point stands in the contract's frame; nil without frames.
func field(c *contract.Contract, name string) *contract.FrameField {
	i := pointIndex(c, name)
	if c.Frame == nil || i < 0 || i >= len(c.Frame.Fields) {
		return nil
	}
	return &c.Frame.Fields[i]
}

// meaning is what counts of a meaning: titles are free.
func meaning(means contract.Condition, cause string) string {
	if cause == "" {
		return means.String()
	}
	return means.String() + " (" + cause + ")"
}

func valueMeaning(v *contract.ValueMeaning) string {
	if v == nil {
		return ""
	}
	return meaning(v.Means, v.Cause)
}

// says is what the point takes a raw value for: named, otherwise, or "" for unknown.
func says(p *contract.Point, raw uint64) string {
	for i := range p.Values {
		if p.Values[i].Raw == raw {
			return valueMeaning(&p.Values[i])
		}
	}
	if p.Otherwise != nil || len(p.Values) > 0 {
		return valueMeaning(p.Otherwise)
	}
	return contract.Normal.String()
}

// values compares what single raw values mean.
func (c *check) values(p, n *contract.Point) {
	c.same("otherwise", valueMeaning(p.Otherwise), valueMeaning(n.Otherwise), ruleMeaning)
	if len(p.Values) == 0 && len(n.Values) > 0 && n.Otherwise == nil {
		c.add("values", "", fmt.Sprintf("%d named", len(n.Values)), ruleUnnamed)
		return
	}
	for _, v := range p.Values {
		before, after := says(p, v.Raw), says(n, v.Raw)
		if before != after {
			c.add(fmt.Sprintf("value 0x%04X", v.Raw), before, after, ruleMeaning)
		}
	}
	for _, v := range n.Values {
		if slices.ContainsFunc(p.Values, func(x contract.ValueMeaning) bool { return x.Raw == v.Raw }) {
			continue
		}
		before, after := says(p, v.Raw), says(n, v.Raw)
		what := fmt.Sprintf("value 0x%04X", v.Raw)
		switch {
		case before == after:
			// The same as otherwise, with a name.
		case before != "":
			c.add(what, before, after, ruleMeaning)
		case p.Role == contract.RoleSmoke && v.Means == contract.Normal:
			c.add(what, "unknown", after, ruleNormal)
		}
	}
}

// bits compares what single bits mean.
func (c *check) bits(p, n *contract.Point) {
	for _, b := range p.Bits {
		before, after := meaning(b.Means, b.Cause), ""
		if i := slices.IndexFunc(n.Bits, sameBit(b)); i >= 0 {
			after = meaning(n.Bits[i].Means, n.Bits[i].Cause)
		}
		c.same(bitName(b), before, after, ruleMeaning)
	}
	for _, b := range n.Bits {
		if !b.When && !slices.ContainsFunc(p.Bits, sameBit(b)) {
			c.add(bitName(b), "", meaning(b.Means, b.Cause), ruleCleared)
		}
	}
}

func sameBit(b contract.BitMeaning) func(contract.BitMeaning) bool {
	return func(x contract.BitMeaning) bool { return x.Bit == b.Bit && x.When == b.When }
}

func bitName(b contract.BitMeaning) string {
	if b.When {
		return fmt.Sprintf("bit %d", b.Bit)
	}
	return fmt.Sprintf("bit %d cleared", b.Bit)
}

// newPoint looks at a point that the published contract does not have.
func (c *check) newPoint(published, next *contract.Contract, n *contract.Point) {
	if pointIndex(published, n.Name) >= 0 || next.Transport != contract.Modbus || n.Lane != contract.Alarm {
		return
	}
	c.point = n.Name
	for a := uint32(n.Address); a <= uint32(n.Last()); a++ {
		if !covered(published, n.Table, uint16(a)) { //nolint:gosec // within Last, 16 bits
			c.add("point", "", fmt.Sprintf("%s 0x%04X in the alarm lane", n.Table, n.Address), ruleBlock)
			return
		}
	}
}
