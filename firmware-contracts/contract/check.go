package contract

import (
	"math"
	"slices"
	"strings"
)

// Bounds of a believable scale or offset.
const (
	minScale = 1e-9
	maxScale = 1e9
)

// The units that other parts of the house compute with.
var (
	pressureUnits    = []string{"MPa", "kPa", "Pa", "bar", "mbar", "psi"} //nolint:gochecknoglobals // lookup table
	temperatureUnits = []string{"°C"}                                     //nolint:gochecknoglobals // lookup table
)

// check relates one point's keys to each other.
func (p *loadedPoint) check() {
	p.checkLayout()
	p.checkMask()
	p.checkScaling()
	p.checkUnit()
	p.checkInvalid()
	p.checkValues()
	p.checkBits()
	p.checkAlarm()
}

func (p *loadedPoint) checkLayout() {
	o := p.o
	if p.transport != Modbus {
		return
	}
	if p.Table.Bits() && p.Type != Bool {
		o.problem("type", "write type: bool", "a %s is a single bit, not %s", p.Table, p.Type.article())
	}
	if last := uint32(p.Address) + uint32(p.Registers()) - 1; last > 0xFFFF {
		o.problem("address", "", "%s at 0x%04X would end at 0x%05X, after the last address 0xFFFF", p.Type.article(), p.Address, last)
	}
	if o.has("byte_order") && p.Table.Bits() {
		o.problem("byte_order", "leave it out", "a %s has no byte order", p.Table)
	}
	if o.has("word_order") && p.Registers() == 1 {
		o.problem("word_order", "leave it out", "%s is one register and has no word order", p.Type.article())
	}
}

func (p *loadedPoint) checkMask() {
	if !p.o.good("mask") {
		return
	}
	width := p.bits()
	if p.Type == Bool {
		width = 16
		if p.transport == Frames {
			width = uint(8 * p.field.Bytes) //nolint:gosec // at most 64
		}
	}
	switch {
	case p.Table.Bits():
		p.o.problem("mask", "leave it out", "a %s is a single bit", p.Table)
	case p.Type == I16 || p.Type == I32 || p.Type == F32:
		p.o.problem("mask", "take the unsigned type", "a mask would cut the sign or exponent of %s", p.Type.article())
	case p.Mask > ones(width):
		p.o.problem("mask", "", "0x%X does not fit the %d bits of %s", p.Mask, width, p.what())
	}
}

func (p *loadedPoint) checkScaling() {
	o := p.o
	if p.Type == Bool {
		for _, key := range [...]string{"scale", "offset", "range"} {
			if o.has(key) {
				o.problem(key, "leave it out", "a bool has no %s", key)
			}
		}
		return
	}
	switch size := math.Abs(p.Scale); {
	case p.Scale == 0:
		o.problem("scale", "what one raw step is worth, such as 0.1", "scale 0 makes every value the same")
	case size < minScale || size > maxScale:
		o.problem("scale", "what one raw step is worth, such as 0.1", "scale %g is not believable: its size must be within %g–%g", p.Scale, minScale, maxScale)
	case math.Abs(p.Offset) > maxScale:
		o.problem("offset", "what is added after scaling, such as -40", "offset %g is not believable: its size must be at most %g", p.Offset, maxScale)
	case p.Range != nil && p.Type != F32:
		low, high := p.reach()
		if p.Range.Min > high || p.Range.Max < low {
			o.problem("range", "check scale and range", "no %s × %g lies within %g–%g", p.Type, p.Scale, p.Range.Min, p.Range.Max)
		}
	}
}

// reach is the lowest and highest value that the type and the scale allow.
func (p *loadedPoint) reach() (low, high float64) {
	low, high = 0, float64(ones(p.bits()))
	if p.Mask != 0 {
		high = float64(p.Mask)
	}
	if p.Type == I16 || p.Type == I32 {
		high = float64(ones(p.bits() - 1))
		low = -high - 1
	}
	low, high = low*p.Scale+p.Offset, high*p.Scale+p.Offset
	return min(low, high), max(low, high)
}

func (p *loadedPoint) checkUnit() {
	var units []string
	switch p.Role { //nolint:exhaustive // the other roles may have any unit
	case RolePressure:
		units = pressureUnits
	case RoleTemperature:
		units = temperatureUnits
	default:
		return
	}
	if hint := "one of " + strings.Join(units, ", "); !p.o.has("unit") {
		p.o.problem("unit", hint, "a %s needs its unit", p.Role)
	} else if p.Unit != "" && !slices.Contains(units, p.Unit) {
		p.o.problem("unit", hint, "%q is not a unit of %s here", p.Unit, p.Role)
	}
}

func (p *loadedPoint) checkInvalid() {
	if len(p.Invalid) > 0 && p.Type == Bool {
		p.o.problem("invalid", "leave it out", "a bool has no invalid value")
		return
	}
	for i, raw := range p.Invalid {
		if slices.Contains(p.Invalid[:i], raw) {
			p.o.problem("invalid", "", "0x%X is listed twice", raw)
		}
		if p.Mask != 0 && raw&^p.Mask != 0 {
			p.o.problem("invalid", "", "0x%X can't occur under mask 0x%X", raw, p.Mask)
		}
		for _, b := range p.Bits {
			if b.Means == Fire && (raw>>b.Bit&1 == 1) == b.When {
				p.o.problem("invalid", "name it under values instead", "0x%X also says fire by bit %d", raw, b.Bit)
			}
		}
	}
}

func (p *loadedPoint) checkValues() {
	if p.Type == F32 && (len(p.Values) > 0 || p.Otherwise != nil) {
		p.o.problem("values", "use range", "an f32 has no list of values")
		return
	}
	if p.Otherwise != nil && len(p.Values) == 0 {
		p.o.problem("otherwise", "list the values that it is otherwise than", "otherwise without values")
	}
	seen, unread := make(map[uint64]bool, len(p.Values)), false
	for i, v := range p.Values {
		o := p.o.at("values", i)
		if p.unread[i] {
			unread = true
			continue
		}
		switch {
		case seen[v.Raw]:
			o.problem("raw", "", "raw 0x%X is listed twice", v.Raw)
		case p.Mask != 0 && p.Type != Bool && v.Raw&^p.Mask != 0:
			o.problem("raw", "", "raw 0x%X can't occur under mask 0x%X", v.Raw, p.Mask)
		case slices.Contains(p.Invalid, v.Raw):
			o.problem("raw", "", "raw 0x%X is listed under invalid too", v.Raw)
		}
		seen[v.Raw] = true
	}
	if p.Type == Bool && len(p.Values) > 0 && p.Otherwise == nil && !unread && (!seen[0] || !seen[1]) {
		p.o.problem("values", "name both raw 0 and raw 1", "a bool that lists only one of its two values")
	}
}

func (p *loadedPoint) checkBits() {
	if len(p.Bits) > 0 && (p.Type == F32 || p.Type == I16 || p.Type == I32) {
		p.o.problem("bits", "take the unsigned type", "%s has no single bits", p.Type.article())
		return
	}
	for i, b := range p.Bits {
		o := p.o.at("bits", i)
		if !o.good("bit") {
			continue
		}
		switch {
		case uint(b.Bit) >= p.bits():
			o.problem("bit", "", "bit %d is beyond the highest of %s, %d", b.Bit, p.what(), p.bits()-1)
		case p.Mask != 0 && p.Type != Bool && p.Mask>>b.Bit&1 == 0:
			o.problem("bit", "", "bit %d is cut off by mask 0x%X", b.Bit, p.Mask)
		case slices.ContainsFunc(p.Bits[:i], func(x BitMeaning) bool { return x.Bit == b.Bit && x.When == b.When }):
			o.problem("bit", "", "bit %d is listed twice", b.Bit)
		}
	}
}

// checkAlarm keeps a fire in the alarm lane, and a smoke alarm able to say fire and normal.
func (p *loadedPoint) checkAlarm() {
	o := p.o
	fire := p.says(Fire)
	if fire && p.Lane == Slow && o.good("lane") {
		o.problem("lane", "write lane: alarm", "a point that can mean fire may not be slow")
	}
	if p.Role != RoleSmoke {
		return
	}
	switch {
	case p.Lane == Slow && o.good("lane") && !fire:
		o.problem("lane", "write lane: alarm", "a smoke point may not be slow")
	case p.vague:
		// A meaning that can't be read may be the one that is asked for below.
	case !fire:
		o.problem("role", "name the raw value or bit that means fire", "a smoke point where nothing means fire")
	case p.Otherwise != nil && p.Otherwise.Means == Normal:
		p.o.in("otherwise").problem("means", "leave otherwise out: what is not listed is a fault", "a smoke point that takes every other value for normal")
	case len(p.Values) > 0 && !p.says(Normal):
		o.problem("values", "name the raw value that means normal", "a smoke point that is never normal")
	}
}

// says reports whether any value or bit of the point has the meaning.
func (p *Point) says(c Condition) bool {
	return slices.ContainsFunc(p.Values, func(v ValueMeaning) bool { return v.Means == c }) ||
		slices.ContainsFunc(p.Bits, func(b BitMeaning) bool { return b.Means == c }) ||
		p.Otherwise != nil && p.Otherwise.Means == c
}

// checkPoints relates the points of a contract to each other.
func checkPoints(points []*loadedPoint) {
	for i, p := range points {
		for j, q := range points[:i] {
			if p.Name != "" && p.Name == q.Name {
				p.o.problem("name", "", "points[%d] is called %q too", j, q.Name)
			}
			if p.transport == Modbus && p.sound && q.sound && !p.o.failed("mask") && !q.o.failed("mask") && overlap(&p.Point, &q.Point) {
				p.o.problem("address", "let both read the same word with masks or bits that share nothing",
					"overlaps points[%d] %q at %s 0x%04X", j, q.Name, q.Table, q.Address)
			}
		}
	}
}

// overlap reports whether two points read the same register without sharing it properly:
// as the same word, each its own bits of it.
func overlap(p, q *Point) bool {
	pEnd, qEnd := uint32(p.Address)+uint32(p.Registers()), uint32(q.Address)+uint32(q.Registers())
	if p.Table != q.Table || uint32(p.Address) >= qEnd || uint32(q.Address) >= pEnd {
		return false
	}
	sameWord := !p.Table.Bits() && p.Address == q.Address && p.Registers() == q.Registers() &&
		p.LittleBytes == q.LittleBytes && p.LowWordFirst == q.LowWordFirst
	return !sameWord || p.reads()&q.reads() != 0
}

// reads is the set of raw bits that the point looks at.
func (p *Point) reads() uint64 {
	if p.Mask != 0 {
		return p.Mask
	}
	if len(p.Bits) == 0 || len(p.Values) > 0 || p.Type == Bool {
		return ^uint64(0)
	}
	var set uint64
	for _, b := range p.Bits {
		set |= 1 << b.Bit
	}
	return set
}

func checkOutputs(outputs []*loadedOutput) {
	for i, p := range outputs {
		for j, q := range outputs[:i] {
			if p.Name != "" && p.Name == q.Name {
				p.o.problem("name", "", "outputs[%d] is called %q too", j, q.Name)
			}
			if p.sound && q.sound && p.Table == q.Table && p.Address == q.Address {
				p.o.problem("address", "", "outputs[%d] %q is written at %s 0x%04X too", j, q.Name, q.Table, q.Address)
			}
		}
	}
}

// checkLimits makes sure that every point fits one read.
func (o place) checkLimits(c *Contract) {
	for _, p := range c.Points {
		if n := p.Registers(); c.Transport == Modbus && !p.Table.Bits() && n > c.Limits.MaxRegisters && c.Limits.MaxRegisters > 0 {
			o.problem("limits", "", "point %q needs %d registers in one read, max_registers is %d", p.Name, n, c.Limits.MaxRegisters)
		}
	}
}

// checkClass makes sure that a device can do what its class promises.
func (o place) checkClass(c *Contract, points []*loadedPoint) {
	if slices.ContainsFunc(points, func(p *loadedPoint) bool { return !p.o.good("role") }) {
		return
	}
	has := func(r Role) bool { return slices.ContainsFunc(c.Points, func(p Point) bool { return p.Role == r }) }
	var lacks string
	switch {
	case c.Class == "detector" && !has(RoleSmoke):
		lacks = "a point with role smoke"
	case c.Class == "pressure" && !has(RolePressure):
		lacks = "a point with role pressure"
	case c.Class == "relay" && len(c.Outputs) == 0:
		lacks = "an output"
	}
	if lacks != "" && o.good("points") {
		o.problem("class", "", "class %s needs %s", c.Class, lacks)
	}
}
