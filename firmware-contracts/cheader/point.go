package cheader

import (
	"fmt"
	"strings"

	"firepost/firmware-contracts/contract"
)

// cType is the C type of a point's raw value; a float's raw value is its bits.
func cType(t contract.Type) string {
	switch t {
	case contract.Bool:
		return "bool"
	case contract.I16:
		return "int16_t"
	case contract.U32, contract.F32:
		return "uint32_t"
	case contract.I32:
		return "int32_t"
	case contract.U64:
		return "uint64_t"
	case contract.U16:
		return "uint16_t"
	default:
		return "uint16_t"
	}
}

// wide is the unsigned C type in which a point's registers are put together.
func wide(t contract.Type) string {
	switch t.Registers() {
	case 1:
		return "uint16_t"
	case 2:
		return "uint32_t"
	default:
		return "uint64_t"
	}
}

// constant is a raw value as a constant of the point's type.
func constant(t contract.Type, raw uint64) string {
	switch t {
	case contract.Bool:
		return fmt.Sprint(raw != 0)
	case contract.I16:
		return fmt.Sprintf("((int16_t)%d)", int16(raw)) //nolint:gosec // two's complement is meant
	case contract.I32:
		// INT32_C(-2147483648) would be the negation of a constant that is too large.
		return fmt.Sprintf("((int32_t)INT64_C(%d))", int32(raw)) //nolint:gosec // two's complement is meant
	case contract.U32, contract.F32:
		return fmt.Sprintf("UINT32_C(0x%08X)", raw)
	case contract.U64:
		return fmt.Sprintf("UINT64_C(0x%016X)", raw)
	case contract.U16:
		return fmt.Sprintf("UINT16_C(0x%04X)", raw)
	default:
		return fmt.Sprintf("UINT16_C(0x%04X)", raw)
	}
}

// point writes everything about one point.
func (w *writer) point(p *contract.Point) {
	name := upper(p.Name)
	w.describe(p)
	w.define(name+"_FUNCTION", "%d", function(p.Table))
	w.define(name+"_ADDRESS", "UINT16_C(0x%04X)", p.Address)
	w.define(name+"_REGISTERS", "%d", p.Registers())
	if p.Mask != 0 {
		unsigned := p.Type
		if unsigned == contract.Bool {
			unsigned = contract.U16
		}
		w.define(name+"_MASK", "%s", constant(unsigned, p.Mask))
	}
	w.scale(name, p)
	for i, raw := range p.Invalid {
		w.define(fmt.Sprintf("%s_INVALID_%d", name, i), "%s", constant(p.Type, raw))
	}
	names := namer{}
	for _, v := range p.Values {
		w.defineNoted(name+"_VALUE_"+names.name(v.Title.EN, v.Raw), means(&v), "%s", constant(p.Type, v.Raw))
	}
	bits := namer{}
	for _, b := range p.Bits {
		note := means(&contract.ValueMeaning{Means: b.Means, Cause: b.Cause, Title: b.Title})
		if !b.When {
			note += "; the cleared bit means it"
		}
		w.defineNoted(name+"_BIT_"+bits.name(b.Title.EN, uint64(b.Bit)), note, "%s", bit(p.Type, b.Bit))
	}
	w.get(p)
	w.put(p)
	w.value(p)
	w.line("")
}

// bit is the mask of one bit in the type of the raw value.
func bit(t contract.Type, n uint8) string {
	if t == contract.Bool {
		return "true"
	}
	return constant(t, 1<<n)
}

func means(v *contract.ValueMeaning) string {
	s := v.Means.String()
	if v.Cause != "" {
		s += ", cause " + v.Cause
	}
	return s + ": " + v.Title.EN + ", " + v.Title.ZH
}

func (w *writer) describe(p *contract.Point) {
	where := "register"
	if p.Table.Bits() {
		where = "bit"
	}
	w.line("/* %s: %s (%s).", p.Name, comment(p.Title.EN), comment(p.Title.ZH))
	w.line(" * %s %s 0x%04X, %s, role %s, lane %s.", p.Table, where, p.Address, p.Type, p.Role, p.Lane)
	var order []string
	if p.LittleBytes {
		order = append(order, "low byte first")
	}
	if p.LowWordFirst {
		order = append(order, "low register first")
	}
	if len(order) > 0 {
		w.line(" * Order: %s.", strings.Join(order, ", "))
	}
	unit := ""
	if p.Unit != "" {
		unit = " " + comment(p.Unit)
	}
	if p.Type != contract.Bool && (p.Scale != 1 || p.Offset != 0 || unit != "") {
		w.line(" * Value = raw x %s + %s%s.", double(p.Scale), double(p.Offset), unit)
	}
	if p.Range != nil {
		w.line(" * Valid from %s to %s%s.", double(p.Range.Min), double(p.Range.Max), unit)
	}
	if p.Otherwise != nil {
		w.line(" * Any value that is not named here means %s.", comment(means(p.Otherwise)))
	} else if len(p.Values) > 0 {
		w.line(" * A value that is not named here is unknown, and shown as a fault.")
	}
	w.line(" */")
}

// scale writes scale and offset as whole fractions where they are exact, the unit and the range.
func (w *writer) scale(name string, p *contract.Point) {
	if p.Type == contract.Bool {
		return
	}
	if f, ok := exact(p.Scale); ok {
		w.define(name+"_SCALE_NUM", "INT32_C(%d)", f.num)
		w.define(name+"_SCALE_DEN", "INT32_C(%d)", f.den)
	}
	if f, ok := exact(p.Offset); ok {
		w.define(name+"_OFFSET_NUM", "INT32_C(%d)", f.num)
		w.define(name+"_OFFSET_DEN", "INT32_C(%d)", f.den)
	}
	if p.Unit != "" {
		w.define(name+"_UNIT", "%s", literal(p.Unit))
	}
	if p.Range != nil {
		w.define(name+"_RANGE_MIN", "(%s)", double(p.Range.Min))
		w.define(name+"_RANGE_MAX", "(%s)", double(p.Range.Max))
	}
}

// function starts a function of the point; the block is the payload of a read from start.
func (w *writer) function(p *contract.Point, result, verb, arguments string) {
	name := w.low + "_" + lower(p.Name) + "_" + verb
	w.claim(name)
	w.line("static inline %s %s(%s)\n{", result, name, arguments)
}

// index is the place of register k of the point in the block.
func index(k uint16) string {
	if k == 0 {
		return "at"
	}
	return fmt.Sprintf("at + %dU", k)
}

// order lists the registers of a point from the most to the least significant one.
func order(p *contract.Point) []uint16 {
	n := p.Registers()
	out := make([]uint16, n)
	for k := range n {
		out[k] = k
		if p.LowWordFirst {
			out[k] = n - 1 - k
		}
	}
	return out
}

func (w *writer) at(p *contract.Point) {
	w.line("\tconst uint32_t at = (uint32_t)(%s_%s_ADDRESS - start);", w.up, upper(p.Name))
}

// fetch puts the registers of the point together into "raw".
func (w *writer) fetch(p *contract.Point) {
	u := wide(p.Type)
	w.line("\t%s raw = 0;", u)
	for _, k := range order(p) {
		word := fmt.Sprintf("firepost_register(block, %s)", index(k))
		if p.LittleBytes {
			word = "firepost_swap(" + word + ")"
		}
		if p.Registers() == 1 {
			w.line("\traw = %s;", word)
		} else {
			w.line("\traw = (raw << 16) | %s;", word)
		}
	}
}

// get writes the function that reads the raw value out of a block.
func (w *writer) get(p *contract.Point) {
	w.function(p, cType(p.Type), "get", "const uint8_t *block, uint16_t start")
	w.at(p)
	if p.Table.Bits() {
		w.line("\treturn firepost_bit(block, at);\n}")
		return
	}
	w.fetch(p)
	if p.Mask != 0 {
		w.line("\traw = (%s)(raw & %s_%s_MASK);", wide(p.Type), w.up, upper(p.Name))
	}
	switch p.Type {
	case contract.Bool:
		w.line("\treturn raw != 0U;\n}")
	case contract.I16:
		w.line("\treturn (int16_t)(raw <= 0x7FFFU ? (int32_t)raw : (int32_t)raw - INT32_C(0x10000));\n}")
	case contract.I32:
		w.line("\treturn (int32_t)(raw <= UINT32_C(0x7FFFFFFF) ? (int64_t)raw : (int64_t)raw - INT64_C(0x100000000));\n}")
	case contract.U16, contract.U32, contract.F32, contract.U64:
		w.line("\treturn raw;\n}")
	}
}

// put writes the function that writes the raw value into a block; bits outside the mask stay.
func (w *writer) put(p *contract.Point) {
	w.function(p, "void", "put", fmt.Sprintf("uint8_t *block, uint16_t start, %s value", cType(p.Type)))
	w.at(p)
	if p.Table.Bits() {
		w.line("\tfirepost_put_bit(block, at, value);\n}")
		return
	}
	u, mask := wide(p.Type), fmt.Sprintf("%s_%s_MASK", w.up, upper(p.Name))
	switch {
	case p.Type == contract.Bool && p.Mask != 0:
		w.fetch(p)
		w.line("\traw = (uint16_t)(value ? raw | %s : raw & ~%s);", mask, mask)
	case p.Type == contract.Bool:
		w.line("\tconst uint16_t raw = value ? 1U : 0U;")
	case p.Mask != 0:
		w.fetch(p)
		w.line("\traw = (%s)((raw & ~%s) | (value & %s));", u, mask, mask)
	default:
		w.line("\tconst %s raw = (%s)value;", u, u)
	}
	n := p.Registers()
	for i, k := range order(p) {
		word := "raw"
		if n > 1 {
			word = fmt.Sprintf("(uint16_t)((raw >> %d) & 0xFFFFU)", 16*(int(n)-1-i))
		}
		if p.LittleBytes {
			word = "firepost_swap(" + word + ")"
		}
		w.line("\tfirepost_put_register(block, %s, %s);", index(k), word)
	}
	w.line("}")
}

// value writes the function that scales a raw value.
func (w *writer) value(p *contract.Point) {
	if p.Type == contract.Bool {
		return
	}
	w.function(p, "double", "value", cType(p.Type)+" raw")
	number := "(double)raw"
	if p.Type == contract.F32 {
		w.line("\tfloat number;\n\tmemcpy(&number, &raw, sizeof number);")
		number = "(double)number"
	}
	switch {
	case p.Scale == 1 && p.Offset == 0:
		w.line("\treturn %s;\n}", number)
	case p.Offset == 0:
		w.line("\treturn %s * %s;\n}", number, double(p.Scale))
	default:
		w.line("\treturn %s * %s + %s;\n}", number, double(p.Scale), paren(p.Offset))
	}
}

func paren(x float64) string {
	if x < 0 {
		return "(" + double(x) + ")"
	}
	return double(x)
}
