package contract

import "fmt"

// transport checks which keys mean something for the contract's transport, and takes over
// what belongs to the transport alone.
func (o place) transport(c *Contract, raw *rawContract) {
	if !o.good("transport") && o.has("transport") {
		return // which keys are wanted is not known
	}
	c.Transport = raw.Transport
	c.Chip = string(raw.Chip)
	t := c.Transport
	o.belongs("serial", t == Modbus || t == Frames, "the factory setting: {baud: 9600, format: 8N1}", t)
	o.belongs("address", t == Modbus, "{default: 1, min: 1, max: 247}", t)
	o.belongs("frame", t == Frames, "{start: [0xA5, 0x5A], length: {fixed: 12}, check: {…}}", t)
	o.belongs("electrical", t == Analog, "{kind: current, zero: 4, full: 20, broken: 3.6, short: 21}", t)
	o.belongs("chip", t == Chips, "the driver's name, such as ina219", t)
	for _, key := range [...]string{"limits", "readable", "outputs"} {
		if t != Modbus && o.has(key) {
			o.problem(key, "leave it out", "means nothing for transport %s", t)
		}
	}
	if t != Modbus {
		c.Limits = Limits{}
	}
	if t == Frames && raw.Frame != nil && o.good("frame") {
		c.Frame = o.in("frame").frame(raw.Frame)
	}
	if t == Analog && raw.Electrical != nil && o.good("electrical") {
		c.Electrical = o.in("electrical").electrical(raw.Electrical)
	}
}

// belongs asks for a key that the transport needs and refuses one that means nothing to it.
func (o place) belongs(key string, wanted bool, hint string, t Transport) {
	switch has := o.has(key); {
	case wanted && !has && o.begun():
		o.problem(key, hint, "is missing")
	case !wanted && has:
		o.problem(key, "leave it out", "means nothing for transport %s", t)
	}
}

// begun reports whether there is an object at all in which keys could be missing.
func (o place) begun() bool {
	if o.path != "" {
		return o.doc.Good(o.path)
	}
	return o.has("name") || o.has("version") || o.has("points")
}

// pointKeys does for a point what transport does for the contract, and sets the type that a
// point has when its transport lets it go unsaid. It reports whether the point can be checked
// further.
func (p *loadedPoint) pointKeys(raw *rawPoint) bool {
	o, t := p.o, p.transport
	o.belongs("table", t == Modbus, "one of holding, input, coil, discrete", t)
	o.belongs("address", t == Modbus, "the 0-based address on the wire, such as 0x0010; a manual's 40001 is 0x0000", t)
	o.belongs("field", t == Frames, "where the value stands in the frame: {at: 8, bytes: 2}", t)
	if t == Modbus || t == Frames {
		o.belongs("type", true, "one of bool, u16, i16, u32, i32, f32, u64", t)
	}
	for _, key := range [...]string{"byte_order", "word_order"} {
		if t != Modbus && o.has(key) {
			hint := "leave it out"
			if t == Frames {
				hint = "write order: little in the field"
			}
			o.problem(key, hint, "means nothing for transport %s", t)
		}
	}
	for _, key := range [...]string{"mask", "scale", "offset"} {
		if t != Modbus && t != Frames && o.has(key) {
			o.problem(key, "leave it out: the driver gives the value in its unit", "means nothing for transport %s", t)
		}
	}
	switch t {
	case Modbus:
		return o.good("table") && o.good("address") && o.good("type")
	case Frames:
		return o.good("type") && p.takeField(raw.Field)
	case Pins, Analog, Chips:
		if !o.has("type") {
			p.Type = defaultType(t, raw)
		}
		return !o.failed("type")
	default:
		return false
	}
}

// defaultType is the type of a point that a driver fills in: a level on a pin, a state that
// has names, or a measured value.
func defaultType(t Transport, raw *rawPoint) Type {
	switch {
	case t == Pins:
		return Bool
	case len(raw.Values) > 0 || len(raw.Bits) > 0:
		return U16
	default:
		return F32
	}
}

// takeField takes over where the point stands in a frame; false when that can't be read.
func (p *loadedPoint) takeField(raw *rawField) bool {
	at := p.o.in("field")
	if raw == nil || !p.o.good("field") || !at.good("at") || at.failed("bytes") {
		return false
	}
	p.field = FrameField{At: raw.At, Bytes: raw.Bytes, LittleEndian: raw.Order != 0}
	width := int(p.Type.Width()+7) / 8 //nolint:gosec // at most 8
	switch {
	case p.field.Bytes == 0:
		p.field.Bytes = width
	case p.Type == Bool:
	case p.field.Bytes > width:
		at.problem("bytes", "take a wider type, or fewer bytes", "a field of %d bytes does not fit %s", p.field.Bytes, p.Type.article())
		return false
	case p.Type == F32 && p.field.Bytes != width:
		at.problem("bytes", "", "an f32 has 4 bytes, not %d", p.field.Bytes)
		return false
	}
	if at.has("order") && p.field.Bytes == 1 {
		at.problem("order", "leave it out", "a single byte has no order")
		p.field.LittleEndian = false
	}
	return true
}

// bits is how many raw bits can differ: those of the type, or of a narrower field.
func (p *loadedPoint) bits() uint {
	width := p.Type.Width()
	if p.transport == Frames && p.field.Bytes > 0 {
		width = min(width, uint(8*p.field.Bytes)) //nolint:gosec // at most 64
	}
	return width
}

// what is the point's type for messages, with the size of a field that is narrower.
func (p *loadedPoint) what() string {
	switch bits := p.bits(); {
	case bits == p.Type.Width():
		return p.Type.article()
	case bits == 8:
		return p.Type.article() + " of 1 byte"
	default:
		return fmt.Sprintf("%s of %d bytes", p.Type.article(), bits/8)
	}
}

// electrical checks what a sensor's output says.
func (o place) electrical(raw *rawElectrical) *Electrical {
	e := Electrical{Kind: raw.Kind, Zero: raw.Zero, Full: raw.Full, Broken: raw.Broken, Short: raw.Short, Supply: raw.Supply}
	if !o.good("kind") {
		return &e
	}
	if e.Kind == Supervised {
		for _, key := range [...]string{"zero", "full", "broken", "short", "supply"} {
			if o.has(key) {
				o.problem(key, "leave it out: the resistors stand in the station's configuration", "a supervised loop has no %s", key)
			}
		}
		return &e
	}
	ok := true
	for _, key := range [...]string{"zero", "full", "broken", "short"} {
		if !o.has(key) {
			o.problem(key, "the output in mA or V", "is missing")
		}
		ok = ok && o.good(key)
	}
	switch {
	case e.Kind == Ratiometric && !o.has("supply"):
		o.problem("supply", "the supply in V at which zero and full hold, such as 5", "is missing")
	case e.Kind != Ratiometric && o.has("supply"):
		o.problem("supply", "leave it out", "an output of kind %s does not move with its supply", e.Kind)
	case o.good("supply") && e.Supply <= 0:
		o.problem("supply", "", "%g V is no supply", e.Supply)
	}
	if ok {
		o.checkOutput(&e)
	}
	return &e
}

// checkOutput makes sure that every output is either a value, a cut wire or a short circuit,
// with room between them.
func (o place) checkOutput(e *Electrical) {
	const most = 1000
	switch {
	case e.Broken < 0 || e.Short > most:
		o.problem("broken", "", "outputs are believed from 0 to %d mA or V", most)
	case e.Zero >= e.Full:
		o.problem("zero", "swap the two", "zero %g is not below full %g", e.Zero, e.Full)
	case e.Broken >= e.Zero:
		o.problem("broken", "a cut wire must be told from the lowest value", "broken %g is not below zero %g", e.Broken, e.Zero)
	case e.Short <= e.Full:
		o.problem("short", "a short circuit must be told from the highest value", "short %g is not above full %g", e.Short, e.Full)
	case e.Kind == Ratiometric && e.Supply > 0 && e.Short > e.Supply:
		o.problem("short", "", "short %g is above the supply of %g", e.Short, e.Supply)
	}
}
