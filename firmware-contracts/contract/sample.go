package contract

import "math"

// Sample is what a raw value of the point means, for values that no register or frame
// carries: a pin's level (0 or 1), a chip's reading, the state of a loop. The mask is applied
// first; a bool is true for any raw value but 0. A negative value of a signed type is given
// as its two's complement, an f32 as its bits. A raw value that does not fit the point's type
// has quality Invalid and means Fault. Point is left 0: the caller, who knows which point of
// the contract this is, sets it.
func (p *Point) Sample(raw uint64) Sample {
	if p.Type != Bool && raw > ones(p.Type.Width()) {
		return Sample{Raw: raw, Quality: Invalid, Means: Fault}
	}
	return p.sample(p.masked(raw))
}

// Measured is the sample of a value that a driver has measured, in the point's unit: scale
// and offset are not applied, the range and, for whole numbers, the meanings are. NaN and
// infinities, and what does not fit the point's type, have quality Invalid and mean Fault:
// a driver whose sensor is broken passes NaN. Raw is the value in the point's own type, an
// f32 as its bits. Point is left 0, as in Sample.
func (p *Point) Measured(value float64) Sample {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return Sample{Raw: uint64(math.Float32bits(float32(math.NaN()))), Value: value, Quality: Invalid, Means: Fault}
	}
	plain := *p
	plain.Scale, plain.Offset = 1, 0
	if p.Type == F32 {
		plain.Range = nil
		s := plain.sample(uint64(math.Float32bits(float32(value))))
		s.Value = value
		if s.Quality != Invalid && p.Range != nil && (value < p.Range.Min || value > p.Range.Max) {
			s.Quality, s.Means = OutOfRange, max(s.Means, Fault)
		}
		return s
	}
	raw, ok := p.Type.fit(math.Round(value))
	if !ok {
		return Sample{Value: value, Quality: Invalid, Means: Fault}
	}
	return plain.sample(plain.masked(raw))
}

// fit is a whole number as the type's raw value; false when the type can't hold it.
func (t Type) fit(v float64) (uint64, bool) {
	width := t.Width()
	if t == I16 || t == I32 {
		limit := math.Ldexp(1, int(width)-1) //nolint:gosec // at most 64
		if v < -limit || v >= limit {
			return 0, false
		}
		return uint64(int64(v)) & ones(width), true //nolint:gosec // two's complement is meant
	}
	if t == Bool {
		width = 64
	}
	if v < 0 || v >= math.Ldexp(1, int(width)) { //nolint:gosec // at most 64
		return 0, false
	}
	return uint64(v), true
}
