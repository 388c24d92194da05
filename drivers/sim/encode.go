package sim

import (
	"fmt"
	"math"
	"math/bits"

	"firepost/firmware-contracts/contract"
)

// wordsOf is how many registers a point of type t takes.
func wordsOf(t contract.Type) int {
	switch t {
	case contract.U32, contract.I32, contract.F32:
		return 2
	case contract.U64:
		return 4
	case contract.Bool, contract.U16, contract.I16:
		return 1
	}
	return 1
}

func isBitTable(t contract.Table) bool { return t == contract.Coil || t == contract.Discrete }

func scaleOf(p *contract.Point) float64 {
	if p.Scale == 0 {
		return 1
	}
	return p.Scale
}

// encode turns an engineering value into the point's raw integer: (value − offset) ÷ scale,
// rounded, within the type and the mask.
func encode(p *contract.Point, value float64) (uint64, error) {
	v := (value - p.Offset) / scaleOf(p)
	if p.Type == contract.F32 {
		return uint64(math.Float32bits(float32(v))), nil
	}
	v = math.Round(v)
	low, high := typeRange(p)
	if math.IsNaN(v) || v < low || v > high {
		return 0, fmt.Errorf("encode point %q: %g is raw %.0f, outside %.0f to %.0f: %w", p.Name, value, v, low, high, ErrValue)
	}
	raw := truncate(p.Type, v)
	if p.Type == contract.Bool {
		raw = boolRaw(p, v != 0)
	}
	if p.Mask != 0 && raw&^p.Mask != 0 {
		return 0, fmt.Errorf("encode point %q: raw %#x does not fit mask %#x: %w", p.Name, raw, p.Mask, ErrValue)
	}
	return raw, nil
}

func typeRange(p *contract.Point) (low, high float64) {
	switch p.Type {
	case contract.Bool:
		return 0, 1
	case contract.U16:
		return 0, math.MaxUint16
	case contract.I16:
		return math.MinInt16, math.MaxInt16
	case contract.U32:
		return 0, math.MaxUint32
	case contract.I32:
		return math.MinInt32, math.MaxInt32
	case contract.U64:
		return 0, 1 << 63
	case contract.F32:
		return -math.MaxFloat32, math.MaxFloat32
	}
	return 0, math.MaxUint16
}

func truncate(t contract.Type, v float64) uint64 {
	switch t {
	case contract.I16:
		return uint64(uint16(int16(v)))
	case contract.I32:
		return uint64(uint32(int32(v)))
	case contract.Bool, contract.U16, contract.U32, contract.U64, contract.F32:
		return uint64(v)
	}
	return uint64(v)
}

func boolRaw(p *contract.Point, on bool) uint64 {
	switch {
	case !on:
		return 0
	case p.Mask != 0 && !isBitTable(p.Table):
		return p.Mask
	}
	return 1
}

// decode is the way back, for Get.
func decode(p *contract.Point, raw uint64) float64 {
	var v float64
	switch p.Type {
	case contract.I16:
		v = float64(int16(uint16(raw)))
	case contract.I32:
		v = float64(int32(uint32(raw)))
	case contract.F32:
		v = float64(math.Float32frombits(uint32(raw)))
	case contract.Bool:
		if raw != 0 {
			v = 1
		}
	case contract.U16, contract.U32, contract.U64:
		v = float64(raw)
	}
	return v*scaleOf(p) + p.Offset
}

// split lays raw out in registers, in the point's word and byte order.
func split(p *contract.Point, raw uint64) (w [4]uint16, n int) {
	n = wordsOf(p.Type)
	for i := range n {
		shift := 16 * (n - 1 - i)
		if p.LowWordFirst {
			shift = 16 * i
		}
		w[i] = uint16(raw >> shift)
		if p.LittleBytes {
			w[i] = bits.ReverseBytes16(w[i])
		}
	}
	return w, n
}

// join is split's way back.
func join(p *contract.Point, w []uint16) uint64 {
	var raw uint64
	n := len(w)
	for i, v := range w {
		if p.LittleBytes {
			v = bits.ReverseBytes16(v)
		}
		shift := 16 * (n - 1 - i)
		if p.LowWordFirst {
			shift = 16 * i
		}
		raw |= uint64(v) << shift
	}
	return raw
}
