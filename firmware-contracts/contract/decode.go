package contract

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// maxRegisters is the widest type: a u64 in four registers.
const maxRegisters = 4

// Width is how many bits a raw value of the type has.
func (t Type) Width() uint {
	switch t {
	case Bool:
		return 1
	case U16, I16:
		return 16
	case U32, I32, F32:
		return 32
	case U64:
		return 64
	default:
		return 0
	}
}

// Registers is how many addresses a value of the type takes up: 1 for a bool, which stands
// on one coil or input, or in one register.
func (t Type) Registers() uint16 {
	switch t {
	case U32, I32, F32:
		return 2
	case U64:
		return 4
	case Bool, U16, I16:
		return 1
	default:
		return 1
	}
}

// Bits reports whether the table holds single bits (FC01, FC02) rather than registers.
func (t Table) Bits() bool { return t == Coil || t == Discrete }

// Registers is how many addresses the point takes up in its table, from Address on.
func (p *Point) Registers() uint16 { return p.Type.Registers() }

// Last is the last address that the point takes up.
func (p *Point) Last() uint16 { return p.Address + p.Registers() - 1 }

// Decode reads point i out of a block: data is the payload of a reply (after its byte count)
// to a read that began at address start of the point's table. Registers are big-endian, as
// on the wire; coils and discrete inputs are packed lowest first.
//
// A value that can't be believed is never made up, clamped or taken for normal: its Quality
// says what is wrong, and Means is then Fault, or Fire when one of the contract's own values
// or bits says fire. Decode allocates nothing unless it fails. Its errors wrap
// ErrOutsideBlock or ErrNoPoint.
func (c *Contract) Decode(i int, data []byte, start uint16) (Sample, error) {
	if i < 0 || i >= len(c.Points) {
		return Sample{}, fmt.Errorf("decode %s: point %d of %d: %w", c.Ref(), i, len(c.Points), ErrNoPoint)
	}
	p := &c.Points[i]
	raw, ok := p.raw(data, start)
	if !ok {
		return Sample{}, fmt.Errorf("decode %s point %s: %s 0x%04X–0x%04X in %d bytes from 0x%04X: %w",
			c.Ref(), p.Name, p.Table, p.Address, p.Last(), len(data), start, ErrOutsideBlock)
	}
	s := p.sample(raw)
	s.Point = i
	return s, nil
}

// raw fetches the raw value, masked and in its true order; false when the block lacks it.
func (p *Point) raw(data []byte, start uint16) (uint64, bool) {
	if p.Address < start {
		return 0, false
	}
	at := int(p.Address - start)
	if p.Table.Bits() {
		if at/8 >= len(data) {
			return 0, false
		}
		return p.masked(uint64(data[at/8]>>(at%8)) & 1), true
	}
	n := int(p.Type.Registers())
	if len(data) < 2*(at+n) {
		return 0, false
	}
	var words [maxRegisters]uint16
	for w := range n {
		word := binary.BigEndian.Uint16(data[2*(at+w):])
		if p.LittleBytes {
			word = bits.ReverseBytes16(word)
		}
		words[w] = word
	}
	var raw uint64
	for w := range n {
		if p.LowWordFirst {
			raw = raw<<16 | uint64(words[n-1-w])
		} else {
			raw = raw<<16 | uint64(words[w])
		}
	}
	return p.masked(raw), true
}

func (p *Point) masked(raw uint64) uint64 {
	if p.Mask != 0 {
		raw &= p.Mask
	}
	if p.Type == Bool && raw != 0 {
		// A bool in a register is true for any bit that the mask leaves.
		return 1
	}
	return raw
}

// sample turns a raw value into what it means.
func (p *Point) sample(raw uint64) Sample {
	s := Sample{Raw: raw, Value: p.value(raw)}
	worst := Normal
	switch {
	case slices.Contains(p.Invalid, raw), math.IsNaN(s.Value), math.IsInf(s.Value, 0):
		s.Quality = Invalid
	default:
		var listed bool
		worst, listed = p.valueMeans(raw)
		switch {
		case !listed:
			s.Quality = Unknown
		case p.Range != nil && (s.Value < p.Range.Min || s.Value > p.Range.Max):
			s.Quality = OutOfRange
		}
	}
	for i := range p.Bits {
		b := &p.Bits[i]
		if (raw>>b.Bit&1 == 1) == b.When {
			s.Fired |= 1 << i
			worst = max(worst, b.Means)
		}
	}
	if s.Quality != Good && worst != Fire {
		worst = Fault
	}
	s.Means = worst
	return s
}

// value is the engineering value. A scale of zero, which no loaded contract has, counts as 1.
func (p *Point) value(raw uint64) float64 {
	var v float64
	switch p.Type {
	case I16:
		v = float64(int16(raw)) //nolint:gosec // two's complement is meant
	case I32:
		v = float64(int32(raw)) //nolint:gosec // two's complement is meant
	case F32:
		v = float64(math.Float32frombits(uint32(raw))) //nolint:gosec // 32 bits by construction
	case Bool, U16, U32, U64:
		v = float64(raw)
	}
	if p.Scale != 0 {
		v *= p.Scale
	}
	return v + p.Offset
}

// valueMeans is what the contract says of the raw value as a whole; listed is false when the
// point lists values and this is none of them.
func (p *Point) valueMeans(raw uint64) (means Condition, listed bool) {
	for i := range p.Values {
		if p.Values[i].Raw == raw {
			return p.Values[i].Means, true
		}
	}
	if p.Otherwise != nil {
		return p.Otherwise.Means, true
	}
	return Normal, len(p.Values) == 0
}

// Meaning is the value meaning that s matched: one of Values, or Otherwise; nil when the
// point has none for it. It names the cause and the text for people.
func (p *Point) Meaning(s Sample) *ValueMeaning {
	if s.Quality == Invalid {
		return nil
	}
	for i := range p.Values {
		if p.Values[i].Raw == s.Raw {
			return &p.Values[i]
		}
	}
	return p.Otherwise
}

// IsOn reads an output's true state out of a block, as Decode does: data answers a read of
// r.Table that began at start. On is false also when the raw value is neither on nor off.
// The error wraps ErrOutsideBlock.
func (r *ReadBack) IsOn(data []byte, start uint16) (bool, error) {
	p := Point{Table: r.Table, Address: r.Address, Type: U16, Mask: uint64(r.Mask)}
	raw, ok := p.raw(data, start)
	if !ok {
		return false, fmt.Errorf("read back %s 0x%04X in %d bytes from 0x%04X: %w",
			r.Table, r.Address, len(data), start, ErrOutsideBlock)
	}
	return raw == uint64(r.On), nil
}
