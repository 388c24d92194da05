package cheader

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"firepost/firmware-contracts/contract"
)

// Sentinels that errors of this package wrap.
var (
	// ErrTransport is wrapped by Generate for a contract that has no registers.
	ErrTransport = errors.New("only contracts with the transport modbus have registers")
	// ErrCollision is wrapped by Generate when two names of a contract meet in C.
	ErrCollision = errors.New("two things would have one name in C")
)

// FileName is the name of the header of a contract: smoke_generic_1.h for smoke-generic@1.
func FileName(c *contract.Contract) string { return prefix(c) + ".h" }

// Generate writes the C header of a loaded contract. The error wraps ErrTransport, or
// ErrCollision when two points, or a point and an output, get the same name in C.
func Generate(c *contract.Contract) ([]byte, error) {
	if c.Transport != contract.Modbus {
		return nil, fmt.Errorf("header of %s: %w", c.Ref(), ErrTransport)
	}
	w := &writer{c: c, low: prefix(c), seen: map[string]bool{}}
	w.up = strings.ToUpper(w.low)
	w.head()
	w.shared()
	w.device()
	for i := range c.Points {
		w.point(&c.Points[i])
	}
	for i := range c.Outputs {
		w.output(&c.Outputs[i])
	}
	w.line("#ifdef __cplusplus\n}\n#endif\n")
	w.line("#endif /* FIREPOST_CONTRACT_%s_H */", w.up)
	if w.double != "" {
		return nil, fmt.Errorf("header of %s: %s: %w: rename a point or an output", c.Ref(), w.double, ErrCollision)
	}
	return []byte(w.b.String()), nil
}

func prefix(c *contract.Contract) string { return fmt.Sprintf("%s_%d", lower(c.Name), c.Version) }

// writer collects one header.
type writer struct {
	b    strings.Builder
	c    *contract.Contract
	low  string // prefix of functions
	up   string // prefix of macros
	seen map[string]bool
	// double is the first name that was defined twice.
	double string
}

// line writes one line, or several.
func (w *writer) line(format string, args ...any) {
	fmt.Fprintf(&w.b, format, args...)
	w.b.WriteByte('\n')
}

// define writes a macro of the contract.
func (w *writer) define(name, format string, args ...any) {
	w.defineNoted(name, "", format, args...)
}

// defineNoted writes a macro with a comment behind it.
func (w *writer) defineNoted(name, note, format string, args ...any) {
	name = w.up + "_" + name
	w.claim(name)
	value := fmt.Sprintf(format, args...)
	if note != "" {
		value += " /* " + comment(note) + " */"
	}
	w.line("#define %s %s", name, value)
}

func (w *writer) claim(name string) {
	if w.seen[name] && w.double == "" {
		w.double = name
	}
	w.seen[name] = true
}

func (w *writer) head() {
	c := w.c
	w.line("/*")
	w.line(" * %s: %s (%s)", c.Ref(), comment(c.Title.EN), comment(c.Title.ZH))
	w.line(" *")
	w.line(" * Generated from the device's contract. Change the contract, not this file.")
	for _, s := range c.Sources {
		w.line(" * Source [%s]: %s (%s)", comment(s.Mark), comment(s.Title), comment(s.Where))
	}
	w.line(" */")
	w.line("#ifndef FIREPOST_CONTRACT_%s_H\n#define FIREPOST_CONTRACT_%s_H\n", w.up, w.up)
	w.line("#include <stdbool.h>\n#include <stdint.h>")
	if slices.ContainsFunc(c.Points, func(p contract.Point) bool { return p.Type == contract.F32 }) {
		w.line("#include <string.h>")
	}
	w.line("\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n")
}

// shared is what all headers have in common; the first one that is included brings it.
const shared = `#ifndef FIREPOST_CONTRACT_SHARED
#define FIREPOST_CONTRACT_SHARED

/* The check sum of a Modbus RTU frame (MODBUS over Serial Line V1.02, 6.2.2), without a table.
 * The low byte goes first. Over a whole frame with its check sum it is 0. */
static inline uint16_t firepost_crc16(const uint8_t *data, uint32_t length)
{
	uint16_t crc = 0xFFFFU;
	for (uint32_t i = 0; i < length; i++) {
		crc = (uint16_t)(crc ^ data[i]);
		for (int bit = 0; bit < 8; bit++) {
			crc = (uint16_t)((crc & 1U) != 0U ? (crc >> 1) ^ 0xA001U : crc >> 1);
		}
	}
	return crc;
}

/* Register number index of a block as it stands on the wire: high byte first. */
static inline uint16_t firepost_register(const uint8_t *block, uint32_t index)
{
	return (uint16_t)(((unsigned)block[2U * index] << 8) | block[2U * index + 1U]);
}

static inline void firepost_put_register(uint8_t *block, uint32_t index, uint16_t value)
{
	block[2U * index] = (uint8_t)(value >> 8);
	block[2U * index + 1U] = (uint8_t)(value & 0xFFU);
}

/* Coil or input number index of a block as it stands on the wire: lowest bit first. */
static inline bool firepost_bit(const uint8_t *block, uint32_t index)
{
	return (((unsigned)block[index / 8U] >> (index % 8U)) & 1U) != 0U;
}

static inline void firepost_put_bit(uint8_t *block, uint32_t index, bool value)
{
	const uint8_t mask = (uint8_t)(1U << (index % 8U));
	block[index / 8U] = (uint8_t)(value ? block[index / 8U] | mask : block[index / 8U] & (uint8_t)~mask);
}

static inline uint16_t firepost_swap(uint16_t value)
{
	return (uint16_t)(((unsigned)value << 8) | ((unsigned)value >> 8));
}

#endif /* FIREPOST_CONTRACT_SHARED */
`

func (w *writer) shared() { w.line("%s", shared) }

// device writes what holds for the device as a whole.
func (w *writer) device() {
	c := w.c
	w.define("NAME", "%s", literal(c.Name))
	w.define("VERSION", "%d", c.Version)
	w.line("\n/* The serial port and the unit address as they leave the factory. */")
	w.define("BAUD", "INT32_C(%d)", c.Serial.Baud)
	w.define("FORMAT", "%s", literal(c.Serial.Format))
	w.define("UNIT_DEFAULT", "%d", c.Address.Default)
	w.define("UNIT_MIN", "%d", c.Address.Min)
	w.define("UNIT_MAX", "%d", c.Address.Max)
	w.line("\n/* Limits of the device: registers and bits in one read, times in ms. */")
	w.define("LIMIT_REGISTERS", "%d", c.Limits.MaxRegisters)
	w.define("LIMIT_BITS", "%d", c.Limits.MaxBits)
	w.define("LIMIT_REPLY_WITHIN_MS", "%d", c.Limits.ReplyWithin.Milliseconds())
	w.define("LIMIT_LATE_REPLY_MS", "%d", c.Limits.LateReply.Milliseconds())
	for _, table := range [...]contract.Table{contract.Holding, contract.Input, contract.Coil, contract.Discrete} {
		if spans := readable(c, table); len(spans) > 0 {
			w.line("\n/* Addresses of the table %s that can be read, as X(first, last) for each run. */", table)
			runs := make([]string, len(spans))
			for i, s := range spans {
				runs[i] = fmt.Sprintf("X(0x%04XU, 0x%04XU)", s.From, s.To)
			}
			name := "SPANS_" + upper(table.String())
			w.claim(w.up + "_" + name)
			w.line("#define %s_%s(X) %s", w.up, name, strings.Join(runs, " "))
		}
	}
	w.line("")
}

// readable joins points and readable spans of a table into runs of addresses.
func readable(c *contract.Contract, table contract.Table) []contract.Span {
	var all []contract.Span
	for _, s := range c.Readable {
		if s.Table == table {
			all = append(all, s)
		}
	}
	for i := range c.Points {
		if p := &c.Points[i]; p.Table == table {
			all = append(all, contract.Span{Table: table, From: p.Address, To: p.Last()})
		}
	}
	slices.SortFunc(all, func(a, b contract.Span) int { return int(a.From) - int(b.From) })
	var out []contract.Span
	for _, s := range all {
		if n := len(out); n > 0 && uint32(s.From) <= uint32(out[n-1].To)+1 {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}

// function is the Modbus function that reads a table.
func function(t contract.Table) int {
	switch t {
	case contract.Input:
		return 4
	case contract.Coil:
		return 1
	case contract.Discrete:
		return 2
	case contract.Holding:
		return 3
	default:
		return 3
	}
}

// output writes what switches an output, and where its state is read back.
func (w *writer) output(o *contract.Output) {
	name := "OUT_" + upper(o.Name)
	w.line("/* Output %s: %s (%s). ON and OFF are the values written. */", o.Name, comment(o.Title.EN), comment(o.Title.ZH))
	fc := 6
	if o.Table == contract.Coil {
		fc = 5
	}
	w.define(name+"_FUNCTION", "%d", fc)
	w.define(name+"_ADDRESS", "UINT16_C(0x%04X)", o.Address)
	w.define(name+"_ON", "UINT16_C(0x%04X)", o.On)
	w.define(name+"_OFF", "UINT16_C(0x%04X)", o.Off)
	mask := o.ReadBack.Mask
	if mask == 0 {
		mask = 0xFFFF
	}
	w.define(name+"_READ_FUNCTION", "%d", function(o.ReadBack.Table))
	w.define(name+"_READ_ADDRESS", "UINT16_C(0x%04X)", o.ReadBack.Address)
	w.define(name+"_READ_MASK", "UINT16_C(0x%04X)", mask)
	w.define(name+"_READ_ON", "UINT16_C(0x%04X)", o.ReadBack.On)
	w.line("")
}
