package sim

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"firepost/firmware-contracts/contract"
)

func TestEncodeLaysOutRegisters(t *testing.T) {
	for _, c := range []struct {
		name  string
		p     contract.Point
		value float64
		want  []uint16
	}{
		{"u16", contract.Point{Type: contract.U16}, 258, []uint16{0x0102}},
		{"u16, low byte first", contract.Point{Type: contract.U16, LittleBytes: true}, 258, []uint16{0x0201}},
		{"i16 scaled", contract.Point{Type: contract.I16, Scale: 0.1}, -25.5, []uint16{0xFF01}},
		{"offset", contract.Point{Type: contract.U16, Scale: 0.1, Offset: -40}, 20, []uint16{600}},
		{"u32", contract.Point{Type: contract.U32}, 0x01020304, []uint16{0x0102, 0x0304}},
		{"u32, low word first", contract.Point{Type: contract.U32, LowWordFirst: true}, 0x01020304, []uint16{0x0304, 0x0102}},
		{"u32, all the other way", contract.Point{Type: contract.U32, LowWordFirst: true, LittleBytes: true}, 0x01020304, []uint16{0x0403, 0x0201}},
		{"i32", contract.Point{Type: contract.I32}, -2, []uint16{0xFFFF, 0xFFFE}},
		{"f32", contract.Point{Type: contract.F32}, 50, []uint16{0x4248, 0x0000}},
		{"f32, low word first", contract.Point{Type: contract.F32, LowWordFirst: true}, 50, []uint16{0x0000, 0x4248}},
		{"u64", contract.Point{Type: contract.U64}, 0x0001000200030004, []uint16{1, 2, 3, 4}},
		{"u64, low word first", contract.Point{Type: contract.U64, LowWordFirst: true}, 0x0001000200030004, []uint16{4, 3, 2, 1}},
		{"bool", contract.Point{Type: contract.Bool}, 1, []uint16{1}},
		{"bool in a mask", contract.Point{Type: contract.Bool, Mask: 0x10}, 1, []uint16{0x10}},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw, err := encode(&c.p, c.value)
			if err != nil {
				t.Fatal(err)
			}
			w, n := split(&c.p, raw)
			if n != len(c.want) {
				t.Fatalf("%d registers, want %d", n, len(c.want))
			}
			for i := range c.want {
				if w[i] != c.want[i] {
					t.Errorf("registers are %04X, want %04X", w[:n], c.want)
					break
				}
			}
		})
	}
}

func TestEncodeRefusesWhatDoesNotFit(t *testing.T) {
	for _, c := range []struct {
		name  string
		p     contract.Point
		value float64
	}{
		{"negative", contract.Point{Type: contract.U16}, -1},
		{"too great", contract.Point{Type: contract.I16, Scale: 0.1}, 3276.8},
		{"no number", contract.Point{Type: contract.U32}, math.NaN()},
		{"outside the mask", contract.Point{Type: contract.U16, Mask: 0x0F}, 16},
		{"neither on nor off", contract.Point{Type: contract.Bool}, 2},
	} {
		if _, err := encode(&c.p, c.value); !errors.Is(err, ErrValue) {
			t.Errorf("%s: %v, want ErrValue", c.name, err)
		}
	}
}

func TestSetAndGetAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := rapid.SampledFrom([]contract.Type{contract.U16, contract.I16, contract.U32, contract.I32}).Draw(t, "type")
		p := contract.Point{
			Name: "x", Table: contract.Holding, Address: 7, Type: typ, Scale: rapid.SampledFrom([]float64{0, 0.001, 0.1, 1, 10}).Draw(t, "scale"),
			LittleBytes: rapid.Bool().Draw(t, "bytes"), LowWordFirst: rapid.Bool().Draw(t, "words"),
		}
		low, high := typeRange(&p)
		n := rapid.Int64Range(int64(low), int64(high)).Draw(t, "raw")
		s, err := NewSlave(1, &contract.Contract{Name: "x", Version: 1, Points: []contract.Point{p}})
		if err != nil {
			t.Fatal(err)
		}
		want := float64(n) * scaleOf(&p)
		if err := s.Set("x", want); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get("x"); err != nil || math.Abs(got-want) > math.Abs(want)*1e-12 {
			t.Fatalf("set %g, got %g, %v", want, got, err)
		}
	})
}

func TestMaskedPointsShareARegister(t *testing.T) {
	c := &contract.Contract{Name: "x", Version: 1, Points: []contract.Point{
		{Name: "low", Type: contract.U16, Mask: 0x000F},
		{Name: "bit", Type: contract.Bool, Mask: 0x0100},
	}}
	s, err := NewSlave(1, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []struct {
		point string
		value float64
		want  uint16
	}{{"low", 9, 0x0009}, {"bit", 1, 0x0109}, {"low", 2, 0x0102}, {"bit", 0, 0x0002}} {
		if err := s.Set(set.point, set.value); err != nil {
			t.Fatal(err)
		}
		if got := s.GetRaw(contract.Holding, 0); got != set.want {
			t.Errorf("after %s = %g the register is %#04x, want %#04x", set.point, set.value, got, set.want)
		}
	}
}

func TestSetMeaningSpeaksTheContractsCoding(t *testing.T) {
	for _, c := range []struct {
		name         string
		p            contract.Point
		normal, fire uint64
	}{
		{"values", contract.Point{Values: []contract.ValueMeaning{{Raw: 0}, {Raw: 1, Means: contract.Fire}}}, 0, 1},
		{"inverted", contract.Point{Values: []contract.ValueMeaning{{Raw: 1}, {Raw: 0, Means: contract.Fire}}}, 1, 0},
		{"anything else is fire", contract.Point{Values: []contract.ValueMeaning{{Raw: 0}}, Invalid: []uint64{1}, Otherwise: &contract.ValueMeaning{Means: contract.Fire}}, 0, 2},
		{"bits", contract.Point{Bits: []contract.BitMeaning{{Bit: 0, When: false, Means: contract.Fault}, {Bit: 3, When: true, Means: contract.Fire}}}, 0x01, 0x09},
		{"inverted bit", contract.Point{Bits: []contract.BitMeaning{{Bit: 2, When: false, Means: contract.Fire}}}, 0x04, 0x00},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.p.Name, c.p.Type = "smoke", contract.U16
			s, err := NewSlave(1, &contract.Contract{Name: "x", Version: 1, Points: []contract.Point{c.p}})
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range []struct {
				means contract.Condition
				want  uint64
			}{{contract.Normal, c.normal}, {contract.Fire, c.fire}, {contract.Normal, c.normal}} {
				if err := s.SetMeaning("smoke", step.means); err != nil {
					t.Fatal(err)
				}
				if got := uint64(s.GetRaw(contract.Holding, 0)); got != step.want {
					t.Errorf("%v is %#x, want %#x", step.means, got, step.want)
				}
			}
			if err := s.SetMeaning("smoke", contract.Prealarm); !errors.Is(err, ErrValue) {
				t.Errorf("a meaning that the contract lacks: %v, want ErrValue", err)
			}
		})
	}
}

func TestUnknownPoints(t *testing.T) {
	s := newTestSlave(t, 1, "smoke-generic@1")
	if err := s.Set("fog", 1); !errors.Is(err, ErrUnknown) {
		t.Errorf("set: %v, want ErrUnknown", err)
	}
	if _, err := s.Get("fog"); !errors.Is(err, ErrUnknown) {
		t.Errorf("get: %v, want ErrUnknown", err)
	}
	if _, err := s.Output("siren"); !errors.Is(err, ErrUnknown) {
		t.Errorf("output: %v, want ErrUnknown", err)
	}
	if err := s.SetRaw(contract.Holding, 0xFFFF, 1, 2); !errors.Is(err, ErrValue) {
		t.Errorf("set past the end: %v, want ErrValue", err)
	}
	if _, err := NewSlave(1, nil); !errors.Is(err, ErrSpec) {
		t.Errorf("no contract: %v, want ErrSpec", err)
	}
}
