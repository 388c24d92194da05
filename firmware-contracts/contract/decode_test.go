package contract

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// one makes a contract of a single point.
func one(p Point) *Contract { return &Contract{Name: "x", Version: 1, Points: []Point{p}} }

// Shared by the points below and never changed.
var ( //nolint:gochecknoglobals // test data
	smokeValues = []ValueMeaning{{Raw: 0, Means: Normal}, {Raw: 1, Means: Fire}}
	valueRange  = &Range{Min: -40, Max: 80}
)

func TestDecode(t *testing.T) {
	for name, c := range map[string]struct {
		point Point
		data  []byte
		want  Sample
	}{
		"u16":                  {Point{Type: U16}, []byte{0x12, 0x34}, Sample{Raw: 0x1234, Value: 0x1234}},
		"u16 little":           {Point{Type: U16, LittleBytes: true}, []byte{0x12, 0x34}, Sample{Raw: 0x3412, Value: 0x3412}},
		"u16 full":             {Point{Type: U16}, []byte{0xFF, 0xFF}, Sample{Raw: 0xFFFF, Value: 65535}},
		"i16 negative":         {Point{Type: I16, Scale: 0.1}, []byte{0xFF, 0x01}, Sample{Raw: 0xFF01, Value: -25.5}},
		"i16 lowest":           {Point{Type: I16}, []byte{0x80, 0x00}, Sample{Raw: 0x8000, Value: -32768}},
		"u32":                  {Point{Type: U32}, []byte{1, 2, 3, 4}, Sample{Raw: 0x01020304, Value: 0x01020304}},
		"u32 low first":        {Point{Type: U32, LowWordFirst: true}, []byte{1, 2, 3, 4}, Sample{Raw: 0x03040102, Value: 0x03040102}},
		"u32 little":           {Point{Type: U32, LittleBytes: true}, []byte{1, 2, 3, 4}, Sample{Raw: 0x02010403, Value: 0x02010403}},
		"u32 little low first": {Point{Type: U32, LittleBytes: true, LowWordFirst: true}, []byte{1, 2, 3, 4}, Sample{Raw: 0x04030201, Value: 0x04030201}},
		"i32 negative":         {Point{Type: I32}, []byte{0xFF, 0xFF, 0xFF, 0xFE}, Sample{Raw: 0xFFFFFFFE, Value: -2}},
		"u64":                  {Point{Type: U64}, []byte{0, 0, 0, 1, 0, 0, 0, 0}, Sample{Raw: 1 << 32, Value: 1 << 32}},
		"u64 low first":        {Point{Type: U64, LowWordFirst: true}, []byte{0, 1, 0, 2, 0, 3, 0, 4}, Sample{Raw: 0x0004000300020001, Value: 0x0004000300020001}},
		"f32":                  {Point{Type: F32}, []byte{0x43, 0x66, 0x33, 0x34}, Sample{Raw: 0x43663334, Value: 230.20001220703125}},
		"f32 NaN":              {Point{Type: F32}, []byte{0x7F, 0xC0, 0, 0}, Sample{Raw: 0x7FC00000, Value: math.NaN(), Quality: Invalid, Means: Fault}},
		"f32 infinite":         {Point{Type: F32}, []byte{0xFF, 0x80, 0, 0}, Sample{Raw: 0xFF800000, Value: math.Inf(-1), Quality: Invalid, Means: Fault}},
		"scale and offset":     {Point{Type: U16, Scale: 0.5, Offset: -40}, []byte{0, 100}, Sample{Raw: 100, Value: 10}},
		"mask":                 {Point{Type: U16, Mask: 0x0FF0}, []byte{0x12, 0x34}, Sample{Raw: 0x0230, Value: 0x0230}},
		"bool in a register":   {Point{Type: Bool}, []byte{0x10, 0x00}, Sample{Raw: 1, Value: 1}},
		"bool, masked away":    {Point{Type: Bool, Mask: 1}, []byte{0x10, 0x00}, Sample{}},
		"discrete":             {Point{Table: Discrete, Address: 9, Type: Bool}, []byte{0, 0x02}, Sample{Raw: 1, Value: 1}},
		"coil":                 {Point{Table: Coil, Address: 8, Type: Bool}, []byte{0xFF, 0xFE}, Sample{}},
		"at the range's end":   {Point{Type: I16, Range: valueRange}, []byte{0, 80}, Sample{Raw: 80, Value: 80}},
		"above the range":      {Point{Type: I16, Range: valueRange}, []byte{0, 81}, Sample{Raw: 81, Value: 81, Quality: OutOfRange, Means: Fault}},
		"below the range":      {Point{Type: I16, Range: valueRange}, []byte{0xFF, 0xD7}, Sample{Raw: 0xFFD7, Value: -41, Quality: OutOfRange, Means: Fault}},
		"invalid":              {Point{Type: U16, Invalid: []uint64{7, 0xFFFF}}, []byte{0xFF, 0xFF}, Sample{Raw: 0xFFFF, Value: 65535, Quality: Invalid, Means: Fault}},
		"fire":                 {Point{Type: U16, Values: smokeValues}, []byte{0, 1}, Sample{Raw: 1, Value: 1, Means: Fire}},
		"not listed":           {Point{Type: U16, Values: smokeValues}, []byte{0, 2}, Sample{Raw: 2, Value: 2, Quality: Unknown, Means: Fault}},
		"otherwise":            {Point{Type: U16, Values: smokeValues, Otherwise: &ValueMeaning{Means: Prealarm}}, []byte{0, 2}, Sample{Raw: 2, Value: 2, Means: Prealarm}},
		"invalid before otherwise": {
			Point{Type: U16, Values: smokeValues, Otherwise: &ValueMeaning{Means: Fire}, Invalid: []uint64{2}},
			[]byte{0, 2}, Sample{Raw: 2, Value: 2, Quality: Invalid, Means: Fault},
		},
		"fire out of range": {
			Point{Type: U16, Values: smokeValues, Range: &Range{Min: 5, Max: 6}},
			[]byte{0, 1}, Sample{Raw: 1, Value: 1, Quality: OutOfRange, Means: Fire},
		},
		"bits, the worst counts": {
			Point{Type: U16, Bits: []BitMeaning{{Bit: 0, When: true, Means: Fault}, {Bit: 1, When: true, Means: Fire}, {Bit: 2, When: true, Means: Prealarm}, {Bit: 3, When: true, Means: Normal}}},
			[]byte{0, 0x0F}, Sample{Raw: 0x0F, Value: 0x0F, Means: Fire, Fired: 0x0F},
		},
		"a cleared bit": {
			Point{Type: U16, Bits: []BitMeaning{{Bit: 15, When: false, Means: Supervisory}, {Bit: 0, When: true, Means: Fire}}},
			[]byte{0, 0}, Sample{Means: Supervisory, Fired: 1},
		},
		"a fire bit wins over invalid": {
			Point{Type: U16, Invalid: []uint64{0xFFFF}, Bits: []BitMeaning{{Bit: 4, When: true, Means: Fire}}},
			[]byte{0xFF, 0xFF}, Sample{Raw: 0xFFFF, Value: 65535, Quality: Invalid, Means: Fire, Fired: 1},
		},
		"a prealarm bit doesn't": {
			Point{Type: U16, Invalid: []uint64{0xFFFF}, Bits: []BitMeaning{{Bit: 4, When: true, Means: Prealarm}}},
			[]byte{0xFF, 0xFF}, Sample{Raw: 0xFFFF, Value: 65535, Quality: Invalid, Means: Fault, Fired: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := one(c.point).Decode(0, c.data, 0)
			if err != nil {
				t.Fatal(err)
			}
			if math.IsNaN(got.Value) && math.IsNaN(c.want.Value) {
				got.Value, c.want.Value = 0, 0
			}
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestDecodeFindsItsPlace(t *testing.T) {
	c := one(Point{Name: "p", Table: Holding, Address: 0x0102, Type: U32})
	data := []byte{0, 1, 0, 2, 0, 3, 0, 4}
	for start, want := range map[uint16]uint64{0x0102: 0x00010002, 0x0101: 0x00020003, 0x0100: 0x00030004} {
		got, err := c.Decode(0, data, start)
		if err != nil || got.Raw != want {
			t.Errorf("from 0x%04X: raw 0x%08X (%v), want 0x%08X", start, got.Raw, err, want)
		}
	}
	for _, start := range []uint16{0x0103, 0x00FF, 0x0000, 0xFFFF} {
		got, err := c.Decode(0, data, start)
		if !errors.Is(err, ErrOutsideBlock) || got != (Sample{}) {
			t.Errorf("from 0x%04X: %+v (%v)", start, got, err)
		}
	}
	_, err := c.Decode(0, data, 0)
	if want := "decode x@1 point p: holding 0x0102–0x0103 in 8 bytes from 0x0000: outside the block that was read"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	for _, i := range []int{-1, 1} {
		if _, err := c.Decode(i, data, 0x0102); !errors.Is(err, ErrNoPoint) {
			t.Errorf("point %d: %v", i, err)
		}
	}
	last := one(Point{Table: Input, Address: 0xFFFF, Type: U16})
	if s, err := last.Decode(0, []byte{0, 1, 0, 2}, 0xFFFE); err != nil || s.Raw != 2 {
		t.Errorf("the last address: %+v (%v)", s, err)
	}
}

func TestReadBack(t *testing.T) {
	coil := ReadBack{Table: Coil, Address: 10, On: 1}
	if on, err := coil.IsOn([]byte{0, 4}, 0); err != nil || !on {
		t.Errorf("coil: %v (%v)", on, err)
	}
	if on, err := coil.IsOn([]byte{0xFF, 0xFB}, 0); err != nil || on {
		t.Errorf("coil off: %v (%v)", on, err)
	}
	word := ReadBack{Table: Holding, Address: 2, Mask: 0x00FF, On: 1}
	for raw, want := range map[uint16]bool{0x0001: true, 0xAB01: true, 0x0000: false, 0x0002: false, 0x0100: false} {
		if on, err := word.IsOn(binary.BigEndian.AppendUint16(nil, raw), 2); err != nil || on != want {
			t.Errorf("word 0x%04X: %v (%v)", raw, on, err)
		}
	}
	if _, err := word.IsOn([]byte{0, 1}, 3); !errors.Is(err, ErrOutsideBlock) {
		t.Errorf("outside: %v", err)
	}
}

func TestMeaning(t *testing.T) {
	p := Point{Type: U16, Values: smokeValues, Otherwise: &ValueMeaning{Means: Fault, Cause: "odd"}, Invalid: []uint64{9}}
	c := one(p)
	for raw, want := range map[byte]*ValueMeaning{0: &smokeValues[0], 1: &smokeValues[1], 2: p.Otherwise, 9: nil} {
		s, err := c.Decode(0, []byte{0, raw}, 0)
		if got := p.Meaning(s); err != nil || got != want {
			t.Errorf("raw %d: %+v (%v), want %+v", raw, got, err, want)
		}
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	c, err := Load("probe@1.yaml", []byte(base))
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 0x42)
	if n := testing.AllocsPerRun(1000, func() {
		for i := range c.Points {
			if _, err := c.Decode(i, data, 0x0010); err != nil {
				t.Error(err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations per read", n)
	}
}

func BenchmarkDecode(b *testing.B) {
	c, err := Load("probe@1.yaml", []byte(base))
	if err != nil {
		b.Fatal(err)
	}
	data := make([]byte, 0x42)
	b.ReportAllocs()
	for b.Loop() {
		for i := range c.Points {
			if _, err := c.Decode(i, data, 0x0010); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// anyPoint draws a point such as the loader lets through, and some that it would not.
func anyPoint(t *rapid.T) Point {
	p := Point{
		Name: "p", Table: Table(rapid.IntRange(0, 3).Draw(t, "table")), Type: Type(rapid.IntRange(0, 6).Draw(t, "type")),
		Address:     rapid.Uint16Range(0, 20).Draw(t, "address"),
		LittleBytes: rapid.Bool().Draw(t, "little"), LowWordFirst: rapid.Bool().Draw(t, "low first"),
		Scale: rapid.SampledFrom([]float64{0, 1, 0.1, -2}).Draw(t, "scale"),
	}
	if rapid.Bool().Draw(t, "has range") {
		p.Range = &Range{Min: -100, Max: 100}
	}
	cond := func(label string) Condition { return Condition(rapid.IntRange(0, 4).Draw(t, label)) }
	for range rapid.IntRange(0, 3).Draw(t, "values") {
		p.Values = append(p.Values, ValueMeaning{Raw: rapid.Uint64Range(0, 3).Draw(t, "raw"), Means: cond("value means")})
	}
	for range rapid.IntRange(0, 3).Draw(t, "bits") {
		p.Bits = append(p.Bits, BitMeaning{Bit: rapid.Uint8Range(0, 15).Draw(t, "bit"), When: rapid.Bool().Draw(t, "when"), Means: cond("bit means")})
	}
	p.Invalid = rapid.SliceOfN(rapid.Uint64Range(0, 3), 0, 2).Draw(t, "invalid")
	return p
}

// Whoever looks at Means alone never takes a value that can't be believed for normal, and a
// fire that a bit or a value names is never lost.
func TestMeansIsNeverNormalUnlessGood(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPoint(t)
		data := rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "data")
		start := rapid.Uint16Range(0, 20).Draw(t, "start")
		s, err := one(p).Decode(0, data, start)
		if err != nil {
			if s != (Sample{}) {
				t.Fatalf("a sample beside an error: %+v", s)
			}
			return
		}
		if s.Quality != Good && s.Means != Fault && s.Means != Fire {
			t.Fatalf("quality %s means %s", s.Quality, s.Means)
		}
		for i, b := range p.Bits {
			holds := (s.Raw>>b.Bit&1 == 1) == b.When
			if holds != (s.Fired>>i&1 == 1) {
				t.Fatalf("bit %d of raw 0x%X: fired 0b%b", b.Bit, s.Raw, s.Fired)
			}
			if holds && b.Means == Fire && s.Means != Fire {
				t.Fatalf("bit %d says fire, means is %s", b.Bit, s.Means)
			}
		}
		if m := p.Meaning(s); m != nil && m.Means == Fire && s.Means != Fire {
			t.Fatalf("the value says fire, means is %s", s.Means)
		}
	})
}

// What an independent encoder writes, Decode reads: every integer type and order.
func TestDecodeReadsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Point{
			Type:        rapid.SampledFrom([]Type{U16, I16, U32, I32, U64}).Draw(t, "type"),
			Address:     rapid.Uint16Range(3, 9).Draw(t, "address"),
			LittleBytes: rapid.Bool().Draw(t, "little"), LowWordFirst: rapid.Bool().Draw(t, "low first"),
		}
		n := int(p.Registers())
		raw := rapid.Uint64().Draw(t, "raw")
		bytes := new(big.Int).SetUint64(raw).FillBytes(make([]byte, 8))[8-2*n:]
		data := make([]byte, 40)
		for w := range n {
			from := bytes[2*w : 2*w+2]
			at := 2*int(p.Address-3) + 2*w
			if p.LowWordFirst {
				at = 2*int(p.Address-3) + 2*(n-1-w)
			}
			data[at], data[at+1] = from[0], from[1]
			if p.LittleBytes {
				data[at], data[at+1] = from[1], from[0]
			}
		}
		want := new(big.Int).SetBytes(bytes)
		if (p.Type == I16 || p.Type == I32) && bytes[0]&0x80 != 0 {
			want.Sub(want, new(big.Int).Lsh(big.NewInt(1), uint(16*n)))
		}
		value, _ := new(big.Float).SetInt(want).Float64()
		if s, err := one(p).Decode(0, data, 3); err != nil || s.Value != value {
			t.Fatalf("%+v: %v (%v), want %v", p, s.Value, err, value)
		}
	})
}

// FuzzDecode reads arbitrary blocks with every kind of point: none may panic, and what comes
// out keeps the promise of Means.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{0, 1}, uint16(0), uint16(0), uint8(0), uint64(0))
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8}, uint16(0xFFFC), uint16(0xFFFC), uint8(0x76), uint64(0xFF))
	f.Add([]byte{0x7F, 0xC0, 0, 0}, uint16(2), uint16(2), uint8(0x05), uint64(0))
	f.Fuzz(func(t *testing.T, data []byte, start, address uint16, shape uint8, mask uint64) {
		p := Point{
			Table: Table(shape >> 6 & 3), Type: Type(shape & 7 % 7), LittleBytes: shape&8 != 0, LowWordFirst: shape&16 != 0,
			Address: address, Mask: mask, Values: smokeValues, Range: valueRange, Bits: []BitMeaning{{Bit: 3, When: true, Means: Prealarm}},
		}
		s, err := one(p).Decode(0, data, start)
		if err != nil {
			if !errors.Is(err, ErrOutsideBlock) {
				t.Fatal(err)
			}
			return
		}
		if s.Quality != Good && s.Means != Fault && s.Means != Fire {
			t.Fatalf("quality %s means %s", s.Quality, s.Means)
		}
	})
}
