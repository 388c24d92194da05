package contract

import (
	"github.com/goccy/go-yaml/ast"
)

// The words of byte_order and word_order; the second one sets the flag.
var (
	byteOrders = [...]string{"big", "little"}           //nolint:gochecknoglobals // lookup table
	wordOrders = [...]string{"high_first", "low_first"} //nolint:gochecknoglobals // lookup table
)

// loadedPoint is a point with its place in the file, for the checks.
type loadedPoint struct {
	Point
	o *object
	// sound is true when table, address and type were read, so that further checks make sense.
	sound bool
	// values and bits are where each meaning stands.
	values, bits []*object
	otherwise    *object
	// vague is true when some meaning could not be read.
	vague bool
}

func (r *reader) points(o *object) []*loadedPoint {
	var points []*loadedPoint
	o.list(o.required("points"), func(path string, at spot, node ast.Node) {
		if p := r.object("point", path, at, node); p != nil {
			points = append(points, loadPoint(p))
		}
	})
	if o.good("points") && (len(points) == 0 || len(points) > maxPoints) {
		o.problem("points", "a device is polled for its points", "a contract has 1 to %d points, not %d", maxPoints, len(points))
	}
	return points
}

func loadPoint(o *object) *loadedPoint {
	p := &loadedPoint{o: o}
	p.Name = o.name(o.required("name"), '_')
	p.Title = o.title(o.required("title"))
	if i, ok := o.word(o.required("role"), roleNames[:]); ok {
		p.Role = Role(roleNames[i])
	}
	if i, ok := o.word(o.required("lane"), laneNames[:]); ok {
		p.Lane = Lane(i) //nolint:gosec // an index of a short table
	}
	table, tableOK := o.word(o.required("table"), tableNames[:])
	p.Table = Table(table) //nolint:gosec // an index of a short table
	p.Address = o.wireAddress(o.required("address"))
	typ, typeOK := o.word(o.required("type"), typeNames[:])
	p.Type = Type(typ) //nolint:gosec // an index of a short table
	p.sound = tableOK && typeOK && o.good("address")
	if i, ok := o.word(o.optional("byte_order"), byteOrders[:]); ok {
		p.LittleBytes = i == 1
	}
	if i, ok := o.word(o.optional("word_order"), wordOrders[:]); ok {
		p.LowWordFirst = i == 1
	}
	if f := o.optional("mask"); f != nil {
		p.Mask = o.number(f, 1, ^uint64(0))
	}
	p.scaling()
	o.list(o.optional("invalid"), func(path string, at spot, node ast.Node) {
		if raw, ok := p.raw64(&field{key: path[len(o.path)+1:], at: at, node: node}, o); ok {
			p.Invalid = append(p.Invalid, raw)
		}
	})
	p.meanings()
	o.end()
	if p.sound {
		p.check()
	}
	return p
}

// scaling reads what turns a raw value into an engineering value.
func (p *loadedPoint) scaling() {
	o := p.o
	p.Scale = 1
	if v, ok := o.real(o.optional("scale")); ok {
		p.Scale = v
	}
	if v, ok := o.real(o.optional("offset")); ok {
		p.Offset = v
	}
	p.Unit = o.text(o.optional("unit"))
	if r := o.child("range", "range", o.optional("range")); r != nil {
		low, lowOK := r.real(r.required("min"))
		high, highOK := r.real(r.required("max"))
		r.end()
		switch {
		case !lowOK || !highOK:
		case low >= high:
			r.problem("min", "swap the two", "min %g is not below max %g", low, high)
		default:
			p.Range = &Range{Min: low, Max: high}
		}
	}
}

// meanings reads values, otherwise and bits.
func (p *loadedPoint) meanings() {
	o := p.o
	o.list(o.optional("values"), func(path string, at spot, node ast.Node) {
		v := o.r.object("value", path, at, node)
		if v == nil {
			return
		}
		raw, _ := p.raw64(v.required("raw"), v)
		p.Values = append(p.Values, ValueMeaning{Raw: raw})
		p.values = append(p.values, v)
		m := &p.Values[len(p.Values)-1]
		m.Means, m.Cause, m.Title = p.meaning(v)
		v.end()
	})
	if v := o.child("otherwise", "value", o.optional("otherwise")); v != nil {
		p.Otherwise = &ValueMeaning{}
		p.otherwise = v
		p.Otherwise.Means, p.Otherwise.Cause, p.Otherwise.Title = p.meaning(v)
		v.end()
	}
	o.list(o.optional("bits"), func(path string, at spot, node ast.Node) {
		b := o.r.object("bit", path, at, node)
		if b == nil {
			return
		}
		m := BitMeaning{When: true}
		m.Bit = uint8(b.number(b.required("bit"), 0, 63)) //nolint:gosec // bounded
		if f := b.optional("when"); f != nil {
			m.When = b.truth(f)
		}
		m.Means, m.Cause, m.Title = p.meaning(b)
		b.end()
		p.Bits = append(p.Bits, m)
		p.bits = append(p.bits, b)
	})
}

// meaning reads the part that value and bit meanings share.
func (p *loadedPoint) meaning(o *object) (means Condition, cause string, title Text) {
	i, ok := o.word(o.required("means"), conditionNames[:])
	p.vague = p.vague || !ok
	means = Condition(i) //nolint:gosec // an index of a short table
	cause = o.name(o.optional("cause"), '_')
	title = Text{ZH: o.text(o.required("zh")), EN: o.text(o.required("en"))}
	if ok && (means == Fault || means == Supervisory) && o.find("cause") == nil {
		o.problem("means", o.help("cause"), "a %s meaning needs a cause", means)
	}
	return means, cause, title
}

// raw64 reads a raw value; a negative one, for signed types, becomes its two's complement.
func (p *loadedPoint) raw64(f *field, o *object) (uint64, bool) {
	if f == nil {
		return 0, false
	}
	negative, v, ok := wholeNumber(f.node)
	if !ok {
		o.wrong(f, "must be a whole number, not %s", describe(f.node))
		return 0, false
	}
	if !p.sound {
		return v, true
	}
	width := p.Type.Width()
	if negative {
		signed := p.Type == I16 || p.Type == I32
		if !signed || v == 0 || v > 1<<(width-1) {
			o.wrong(f, "%s does not fit %s", plain(f.node), p.Type.article())
			return 0, false
		}
		return (-v) & (1<<width - 1), true
	}
	if v > ones(width) {
		o.wrong(f, "%s does not fit %s", plain(f.node), p.Type.article())
		return 0, false
	}
	return v, true
}

// ones is a value with the lowest n bits set.
func ones(n uint) uint64 {
	if n >= 64 {
		return ^uint64(0)
	}
	return 1<<n - 1
}

// loadedOutput is an output with its place in the file.
type loadedOutput struct {
	Output
	o     *object
	sound bool
}

func (r *reader) outputs(o *object) []*loadedOutput {
	var outputs []*loadedOutput
	o.list(o.optional("outputs"), func(path string, at spot, node ast.Node) {
		if out := r.object("output", path, at, node); out != nil {
			outputs = append(outputs, loadOutput(out))
		}
	})
	return outputs
}

func loadOutput(o *object) *loadedOutput {
	out := &loadedOutput{o: o}
	out.Name = o.name(o.required("name"), '_')
	out.Title = o.title(o.required("title"))
	table, ok := o.word(o.required("table"), tableNames[:])
	out.Table = Table(table) //nolint:gosec // an index of a short table
	out.Address = o.wireAddress(o.required("address"))
	out.sound = ok && o.good("address")
	switch {
	case !ok:
		o.optional("on")
		o.optional("off")
	case out.Table == Coil:
		out.On, out.Off = 0xFF00, 0x0000
		for _, key := range [...]string{"on", "off"} {
			if f := o.optional(key); f != nil {
				o.problem(key, "leave it out", "a coil is always written FF00 and 0000")
			}
		}
	case out.Table == Holding:
		out.On, out.Off = o.wireAddress(o.required("on")), o.wireAddress(o.required("off"))
		if o.good("on") && o.good("off") && out.On == out.Off {
			o.problem("off", "", "on and off are both 0x%04X", out.On)
		}
	default:
		o.problem("table", o.help("table"), "%s can't be written", out.Table)
		o.optional("on")
		o.optional("off")
	}
	if b := o.child("read_back", "read_back", o.required("read_back")); b != nil {
		out.ReadBack = loadReadBack(b)
	}
	o.end()
	return out
}

func loadReadBack(o *object) ReadBack {
	table, ok := o.word(o.required("table"), tableNames[:])
	rb := ReadBack{Table: Table(table), Address: o.wireAddress(o.required("address"))} //nolint:gosec // an index of a short table
	if f := o.optional("mask"); f != nil {
		rb.Mask = uint16(o.number(f, 1, 0xFFFF)) //nolint:gosec // bounded
	}
	rb.On = o.wireAddress(o.required("on"))
	o.end()
	if !ok || !o.good("on") {
		return rb
	}
	switch {
	case rb.Table.Bits() && rb.Mask != 0:
		o.problem("mask", "leave it out", "a %s is a single bit", rb.Table)
	case rb.Table.Bits() && rb.On > 1:
		o.problem("on", "", "a %s is 0 or 1, never %d", rb.Table, rb.On)
	case rb.Mask != 0 && rb.On&^rb.Mask != 0:
		o.problem("on", "", "0x%04X can't occur under mask 0x%04X", rb.On, rb.Mask)
	}
	return rb
}
