package contract

import (
	"math"
	"slices"
	"testing"
)

func TestSampleOfARawValue(t *testing.T) {
	contact := Point{Type: Bool, Scale: 1, Values: []ValueMeaning{{Raw: 0, Means: Normal}, {Raw: 1, Means: Fire}}}
	loop := Point{Type: U16, Scale: 1, Mask: 0x0F, Values: []ValueMeaning{{Raw: 0, Means: Normal}, {Raw: 2, Means: Fault, Cause: "wire_open"}}}
	signed := Point{Type: I16, Scale: 0.1, Range: &Range{-40, 85}, Invalid: []uint64{0x8000}}
	for name, c := range map[string]struct {
		p    *Point
		raw  uint64
		want Sample
	}{
		"open":              {&contact, 0, Sample{}},
		"closed":            {&contact, 1, Sample{Raw: 1, Value: 1, Means: Fire}},
		"any bit is true":   {&contact, 8, Sample{Raw: 1, Value: 1, Means: Fire}},
		"a listed fault":    {&loop, 2, Sample{Raw: 2, Value: 2, Means: Fault}},
		"masked":            {&loop, 0x32, Sample{Raw: 2, Value: 2, Means: Fault}},
		"not listed":        {&loop, 7, Sample{Raw: 7, Value: 7, Quality: Unknown, Means: Fault}},
		"too wide":          {&loop, 0x10000, Sample{Raw: 0x10000, Quality: Invalid, Means: Fault}},
		"negative":          {&signed, 0xFFF6, Sample{Raw: 0xFFF6, Value: -1}},
		"invalid":           {&signed, 0x8000, Sample{Raw: 0x8000, Value: -3276.8, Quality: Invalid, Means: Fault}},
		"out of range":      {&signed, 900, Sample{Raw: 900, Value: 90, Quality: OutOfRange, Means: Fault}},
		"a float's bits":    {&Point{Type: F32}, uint64(math.Float32bits(1.5)), Sample{Raw: 0x3FC00000, Value: 1.5}},
		"more than 32 bits": {&Point{Type: F32}, 1 << 32, Sample{Raw: 1 << 32, Quality: Invalid, Means: Fault}},
	} {
		if got := c.p.Sample(c.raw); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestSampleOfAMeasuredValue(t *testing.T) {
	pressure := Point{Type: F32, Scale: 7, Offset: 3, Range: &Range{0, 1.6}}
	state := Point{Type: U16, Values: []ValueMeaning{{Raw: 0, Means: Normal}, {Raw: 1, Means: Fault}}}
	for name, c := range map[string]struct {
		p     *Point
		value float64
		want  Sample
	}{
		// The value is not rounded to 32 bits, and scale and offset are the wire's, not the driver's.
		"exact":        {&pressure, 0.1, Sample{Raw: 0x3DCCCCCD, Value: 0.1}},
		"below range":  {&pressure, -1e-9, Sample{Raw: 0xB089705F, Value: -1e-9, Quality: OutOfRange, Means: Fault}},
		"above range":  {&pressure, 1.6000000001, Sample{Raw: 0x3FCCCCCD, Value: 1.6000000001, Quality: OutOfRange, Means: Fault}},
		"at the end":   {&pressure, 1.6, Sample{Raw: 0x3FCCCCCD, Value: 1.6}},
		"beyond f32":   {&Point{Type: F32}, 1e300, Sample{Raw: 0x7F800000, Value: 1e300, Quality: Invalid, Means: Fault}},
		"listed":       {&state, 1, Sample{Raw: 1, Value: 1, Means: Fault}},
		"not listed":   {&state, 2, Sample{Raw: 2, Value: 2, Quality: Unknown, Means: Fault}},
		"not in u16":   {&state, -1, Sample{Value: -1, Quality: Invalid, Means: Fault}},
		"above u16":    {&state, 65536, Sample{Value: 65536, Quality: Invalid, Means: Fault}},
		"i16":          {&Point{Type: I16}, -32768, Sample{Raw: 0x8000, Value: -32768}},
		"below i16":    {&Point{Type: I16}, -32769, Sample{Value: -32769, Quality: Invalid, Means: Fault}},
		"above i16":    {&Point{Type: I16}, 32768, Sample{Value: 32768, Quality: Invalid, Means: Fault}},
		"beyond a u64": {&Point{Type: U64}, 0x1p64, Sample{Value: 0x1p64, Quality: Invalid, Means: Fault}},
	} {
		if got := c.p.Measured(c.value); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, p := range []*Point{&pressure, &state, {Type: Bool}} {
			if s := p.Measured(bad); s.Quality != Invalid || s.Means != Fault {
				t.Errorf("%s of %v: %+v", p.Type, bad, s)
			}
		}
	}
	if all := slices.Repeat([]Point{pressure}, 1); testing.AllocsPerRun(100, func() { all[0].Measured(0.5) }) != 0 {
		t.Error("Measured takes memory")
	}
}
