package compat

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"firepost/firmware-contracts/contract"
)

// Breaking is one change that a published contract may not have.
type Breaking struct {
	// Ref is the contract, name@version.
	Ref string
	// Point is the point or "output NAME"; empty when the contract as a whole is meant.
	Point string
	// What is the part that changed, such as "scale" or "value 0x0001".
	What string
	// Old and New are what it was and is, for people; empty for nothing.
	Old, New string
	// Rule says why it may not change.
	Rule string
}

// String is one line for people.
func (b Breaking) String() string {
	where := b.Ref
	if b.Point != "" {
		where += ": " + b.Point
	}
	return fmt.Sprintf("%s: %s: was %s, is %s: %s", where, b.What, nothing(b.Old), nothing(b.New), b.Rule)
}

func nothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// The rules, as they are told.
const (
	ruleVersion = "a changed contract of another name or version is another contract"
	ruleMeaning = "booths that are installed would misread devices; give the contract a new version"
	ruleGone    = "booths that are installed read it; leave it in, or give the contract a new version"
	ruleFactory = "devices that were sold still leave the factory so; give the contract a new version"
	ruleTighter = "what is installed relies on it; it may only get wider"
	ruleSold    = "devices that were sold can't do it; give the contract a new version"
	ruleLane    = "an alarm point may not become slow"
	ruleBlock   = "devices that were sold refuse these registers, and with them the whole block of the alarm; use the slow lane or registers that were readable before"
	ruleNormal  = "a smoke point may not take for normal what it did not know before"
	ruleCleared = "devices that were sold send the bit cleared, and would all report it"
	ruleUnnamed = "values that are not named would turn from normal into unknown"
)

// check collects what it finds about one contract.
type check struct {
	ref   string
	point string
	found []Breaking
}

func (c *check) add(what, before, after, rule string) {
	c.found = append(c.found, Breaking{Ref: c.ref, Point: c.point, What: what, Old: before, New: after, Rule: rule})
}

// same reports a difference between two values of a part.
func (c *check) same(what string, before, after any, rule string) {
	if !reflect.DeepEqual(before, after) {
		c.add(what, show(before), show(after), rule)
	}
}

// Check compares a published contract with what it is to become, and returns every change that
// the rules of this package refuse; nil when there is none. Neither is changed.
func Check(published, next *contract.Contract) []Breaking {
	c := &check{ref: published.Ref()}
	if next.Ref() != published.Ref() {
		c.add("reference", published.Ref(), next.Ref(), ruleVersion)
		return c.found
	}
	c.parts(published, next)
	c.serial(published.Serial, next.Serial)
	c.address(published.Address, next.Address)
	c.limits(published.Limits, next.Limits)
	c.readable(published, next)
	for i := range published.Points {
		c.onePoint(published, next, &published.Points[i])
	}
	for i := range next.Points {
		c.newPoint(published, next, &next.Points[i])
	}
	for i := range published.Outputs {
		c.output(next, &published.Outputs[i])
	}
	return c.found
}

// handled are the parts of a contract that have rules of their own, or that are free.
var handled = map[string]bool{ //nolint:gochecknoglobals // lookup table
	"Name": true, "Version": true, "Title": true, "Sources": true, "Hardware": true, "Warnings": true,
	"Frame": true, "Serial": true, "Address": true, "Limits": true, "Readable": true, "Points": true, "Outputs": true,
}

// parts compares all other parts of a contract, known or not.
func (c *check) parts(published, next *contract.Contract) {
	c.structs("", reflect.ValueOf(published).Elem(), reflect.ValueOf(next).Elem(), handled)
	switch {
	case published.Frame == nil:
		// Whether there may be one is a matter of the transport.
	case next.Frame == nil:
		c.add("frame", "described", "", ruleGone)
	default:
		// Where each point's field stands is compared with the point.
		c.structs("frame ", reflect.ValueOf(published.Frame).Elem(), reflect.ValueOf(next.Frame).Elem(), map[string]bool{"Fields": true})
	}
}

// structs compares two structs field by field; a part that was empty and is not any more is an
// addition when it is a pointer, a list or a table.
func (c *check) structs(prefix string, published, next reflect.Value, skip map[string]bool) {
	for i := range published.NumField() {
		name := published.Type().Field(i).Name
		if skip[name] {
			continue
		}
		before, after := published.Field(i), next.Field(i)
		switch before.Kind() { //nolint:exhaustive // only these can be empty
		case reflect.Pointer, reflect.Slice, reflect.Map:
			if before.IsNil() || before.Kind() != reflect.Pointer && before.Len() == 0 {
				continue
			}
		}
		c.same(prefix+strings.ToLower(name), before.Interface(), after.Interface(), ruleMeaning)
	}
}

func (c *check) serial(published, next contract.Serial) {
	c.same("factory baud rate", published.Baud, next.Baud, ruleFactory)
	c.same("factory format", published.Format, next.Format, ruleFactory)
	for _, b := range published.Bauds {
		if b != next.Baud && !slices.Contains(next.Bauds, b) {
			c.add("bauds", show(b), "", ruleGone)
		}
	}
	for _, f := range published.Formats {
		if f != next.Format && !slices.Contains(next.Formats, f) {
			c.add("formats", f, "", ruleGone)
		}
	}
}

func (c *check) address(published, next contract.AddressRange) {
	c.same("default address", published.Default, next.Default, ruleFactory)
	if next.Min > published.Min {
		c.add("lowest address", show(published.Min), show(next.Min), ruleTighter)
	}
	if next.Max < published.Max {
		c.add("highest address", show(published.Max), show(next.Max), ruleTighter)
	}
}

// limits lets only times grow. max_gap and turnaround are the plan's own affair.
func (c *check) limits(published, next contract.Limits) {
	size := func(what string, before, after uint16) {
		switch {
		case after < before:
			c.add(what, show(before), show(after), ruleTighter)
		case after > before:
			c.add(what, show(before), show(after), ruleSold)
		}
	}
	size("max_registers", published.MaxRegisters, next.MaxRegisters)
	size("max_bits", published.MaxBits, next.MaxBits)
	longer := func(what string, before, after time.Duration) {
		if after < before {
			c.add(what, show(before), show(after), ruleTighter)
		}
	}
	longer("reply_within", published.ReplyWithin, next.ReplyWithin)
	longer("late_reply", published.LateReply, next.LateReply)
}

// readable requires that what could be read, as a point or along with one, still can be.
func (c *check) readable(published, next *contract.Contract) {
	for _, s := range published.Readable {
		for a := uint32(s.From); a <= uint32(s.To); a++ {
			if !covered(next, s.Table, uint16(a)) { //nolint:gosec // within To, 16 bits
				c.add("readable", fmt.Sprintf("%s 0x%04X–0x%04X", s.Table, s.From, s.To), fmt.Sprintf("without 0x%04X", a), ruleGone)
				break
			}
		}
	}
}

// covered reports whether an address can be read according to the contract.
func covered(c *contract.Contract, table contract.Table, address uint16) bool {
	return slices.ContainsFunc(c.Readable, func(s contract.Span) bool {
		return s.Table == table && s.From <= address && address <= s.To
	}) || slices.ContainsFunc(c.Points, func(p contract.Point) bool {
		return p.Table == table && p.Address <= address && address <= p.Last()
	})
}

func (c *check) output(next *contract.Contract, o *contract.Output) {
	c.point = "output " + o.Name
	i := slices.IndexFunc(next.Outputs, func(x contract.Output) bool { return x.Name == o.Name })
	if i < 0 {
		c.add("output", o.Name, "", ruleGone)
		return
	}
	c.structs("", reflect.ValueOf(o).Elem(), reflect.ValueOf(&next.Outputs[i]).Elem(), map[string]bool{"Title": true})
}

// show writes a value for people.
func show(v any) string {
	switch x := reflect.ValueOf(v); x.Kind() { //nolint:exhaustive // the others print as they are
	case reflect.Pointer:
		if x.IsNil() {
			return ""
		}
		return fmt.Sprintf("%+v", x.Elem().Interface())
	case reflect.Slice, reflect.Map:
		if x.Len() == 0 {
			return ""
		}
	case reflect.String:
		if x.Len() == 0 {
			return ""
		}
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprintf("%+v", v)
}
