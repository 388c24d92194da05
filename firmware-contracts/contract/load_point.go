package contract

import (
	"fmt"

	"firepost/firmware-contracts/strictyaml"
)

// loadedPoint is a point with its place in the file, for the checks.
type loadedPoint struct {
	Point
	o place
	// sound is true when the point's place and type were read, so that further checks make sense.
	sound     bool
	transport Transport
	// field is the point's place in a frame, for Frames.
	field FrameField
	// unread[i] is true when the raw value of Values[i] could not be read.
	unread []bool
	// vague is true when some meaning could not be read.
	vague bool
}

// point checks one point; known is false when the transport could not be read.
func (o place) point(raw *rawPoint, transport Transport, known bool) *loadedPoint {
	p := &loadedPoint{o: o, transport: transport}
	p.Point = Point{
		Name: string(raw.Name), Title: raw.Title.text(), Table: raw.Table, Address: raw.Address, Type: raw.Type,
		LittleBytes: raw.ByteOrder != 0, LowWordFirst: raw.WordOrder != 0, Mask: raw.Mask,
		Scale: 1, Offset: raw.Offset, Unit: string(raw.Unit), Role: raw.Role, Lane: raw.Lane,
	}
	p.sound = known && p.pointKeys(raw)
	if raw.Scale != nil && o.good("scale") {
		p.Scale = *raw.Scale
	}
	if in := o.in("range"); in.good("min") && in.good("max") {
		if r := Range(*raw.Range); r.Min >= r.Max {
			in.problem("min", "swap the two", "min %g is not below max %g", r.Min, r.Max)
		} else {
			p.Range = &r
		}
	}
	for i, v := range raw.Invalid {
		if bits, ok := p.raw64(v, o, fmt.Sprintf("invalid[%d]", i)); ok {
			p.Invalid = append(p.Invalid, bits)
		}
	}
	p.meanings(raw)
	if p.sound {
		p.check()
	}
	return p
}

// meanings takes over values, otherwise and bits.
func (p *loadedPoint) meanings(raw *rawPoint) {
	for i := range raw.Values {
		v, at := &raw.Values[i], p.o.at("values", i)
		bits, ok := p.raw64(v.Raw, at, "raw")
		p.unread = append(p.unread, !ok)
		p.meaning(at, &v.rawMeaning)
		p.Values = append(p.Values, ValueMeaning{bits, v.Means, string(v.Cause), v.title()})
	}
	if v := raw.Otherwise; v != nil {
		p.meaning(p.o.in("otherwise"), v)
		p.Otherwise = &ValueMeaning{Means: v.Means, Cause: string(v.Cause), Title: v.title()}
	}
	for i := range raw.Bits {
		b := &raw.Bits[i]
		p.meaning(p.o.at("bits", i), &b.rawMeaning)
		p.Bits = append(p.Bits, BitMeaning{b.Bit, b.When == nil || *b.When, b.Means, string(b.Cause), b.title()})
	}
}

func (m *rawMeaning) title() Text { return Text{ZH: string(m.ZH), EN: string(m.EN)} }

// meaning checks the part that value and bit meanings share.
func (p *loadedPoint) meaning(o place, m *rawMeaning) {
	ok := o.good("means")
	p.vague = p.vague || !ok
	if ok && (m.Means == Fault || m.Means == Supervisory) && !o.has("cause") {
		o.problem("means", "add cause: and one stable word, such as battery, tamper or dirty", "a %s meaning needs a cause", m.Means)
	}
}

// raw64 is a raw value as the point holds it: a negative one, for signed types, is its two's
// complement. It is false for a value that could not be read or does not fit.
func (p *loadedPoint) raw64(v strictyaml.Integer, o place, key string) (uint64, bool) {
	if !o.good(key) || !p.sound {
		return v.Abs, o.good(key)
	}
	width, bits := p.Type.Width(), p.bits()
	signed := p.Type == I16 || p.Type == I32
	switch {
	case !v.Negative && v.Abs <= ones(bits):
		return p.Type.extend(v.Abs, int(bits+7)/8), true //nolint:gosec // at most 8
	case v.Negative && signed && v.Abs > 0 && v.Abs <= 1<<(bits-1):
		return (-v.Abs) & ones(width), true
	}
	o.problem(key, fmt.Sprintf("at most 0x%X; negative for i16 and i32 only", ones(bits)), "%s does not fit %s", v.Text, p.what())
	return 0, false
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
	o     place
	sound bool
}

func (o place) output(raw *rawOutput) *loadedOutput {
	out := &loadedOutput{o: o, sound: o.good("table") && o.good("address")}
	out.Output = Output{
		Name: string(raw.Name), Title: raw.Title.text(), Table: raw.Table, Address: raw.Address,
		On: raw.On, Off: raw.Off, ReadBack: ReadBack(raw.ReadBack),
	}
	switch {
	case !o.good("table"):
	case out.Table == Coil:
		out.On, out.Off = 0xFF00, 0x0000
		for _, key := range [...]string{"on", "off"} {
			if o.has(key) {
				o.problem(key, "leave it out", "a coil is always written FF00 and 0000")
			}
		}
	case out.Table == Holding:
		for _, key := range [...]string{"on", "off"} {
			if !o.has(key) {
				o.problem(key, "the value written for it, such as 0x0100", "is missing")
			}
		}
		if o.good("on") && o.good("off") && out.On == out.Off {
			o.problem("off", "", "on and off are both 0x%04X", out.On)
		}
	default:
		o.problem("table", "coil (written with FC05) or holding (FC06)", "%s can't be written", out.Table)
	}
	o.in("read_back").checkReadBack(&out.ReadBack)
	return out
}

func (o place) checkReadBack(rb *ReadBack) {
	switch {
	case !o.good("table") || !o.good("on"):
	case rb.Table.Bits() && rb.Mask != 0:
		o.problem("mask", "leave it out", "a %s is a single bit", rb.Table)
	case rb.Table.Bits() && rb.On > 1:
		o.problem("on", "", "a %s is 0 or 1, never %d", rb.Table, rb.On)
	case rb.Mask != 0 && rb.On&^rb.Mask != 0:
		o.problem("on", "", "0x%04X can't occur under mask 0x%04X", rb.On, rb.Mask)
	}
}
