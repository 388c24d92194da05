package cheader_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"firepost/firmware-contracts/cheader"
	"firepost/firmware-contracts/contract"
)

var strict = []string{"-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef", "-Werror"}

// run runs a command in dir and returns what it printed; it fails the test with all of it.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, problems.String(), out.String())
	}
	return out.String()
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// trap is a contract with everything that could break a header or its functions.
func trap(t *testing.T) *contract.Contract {
	return load(t, `
  - {name: coil, title: {zh: 线圈, en: coil 9}, role: info, lane: slow, table: coil, address: 9, type: bool}
  - {name: flag, title: {zh: 位, en: flag}, role: info, lane: slow, table: input, address: 0, type: bool, mask: 0x0110}
  - {name: whole, title: {zh: 字, en: whole}, role: info, lane: slow, table: input, address: 1, type: bool, byte_order: little}
  - {name: low, title: {zh: 低, en: low}, role: info, lane: slow, table: input, address: 2, type: u16, mask: 0x0F0F, byte_order: little}
  - {name: high, title: {zh: 高, en: high}, role: info, lane: slow, table: input, address: 2, type: u16, mask: 0xF0F0, byte_order: little}
  - {name: i16, title: {zh: 负, en: negative}, role: temperature, unit: °C, lane: slow, table: input, address: 3, type: i16, scale: 0.1, offset: -40, invalid: [-32768]}
  - {name: i32, title: {zh: 负, en: negative}, role: info, lane: slow, table: input, address: 4, type: i32, word_order: low_first, invalid: [-2147483648], values: [{raw: -1, means: normal, zh: 负一, en: minus one}, {raw: 1, means: normal, zh: 一, en: minus one}], otherwise: {means: fault, cause: other, zh: 其他 */, en: "other */"}}
  - {name: u32, title: {zh: 大, en: big}, role: info, lane: slow, table: input, address: 6, type: u32, mask: 0x00FFFF00, word_order: low_first, byte_order: little}
  - {name: f32, title: {zh: 浮, en: float}, role: info, unit: '"\?', lane: slow, table: input, address: 8, type: f32, byte_order: little, scale: 0.333333333333}
  - {name: u64, title: {zh: 巨, en: huge}, role: info, lane: slow, table: input, address: 10, type: u64, word_order: low_first, bits: [{bit: 63, when: false, means: normal, zh: 顶, en: 顶}]}
  - {name: top, title: {zh: 末, en: last}, role: info, lane: slow, table: holding, address: 0xFFFC, type: u64, scale: 1e-9}
`)
}

// raws are raw values that a type can hold.
func raws(p *contract.Point) []uint64 {
	width := p.Type.Width()
	out := []uint64{0, 1}
	if width > 1 {
		top := ^uint64(0) >> (64 - width)
		out = append(out, top, top>>1, top>>1+1, 0x0123456789ABCDEF&top, 0xA55A_C33C_0FF0_9669&top)
	}
	for _, v := range p.Values {
		out = append(out, v.Raw)
	}
	return append(out, p.Invalid...)
}

const blockBytes = 16

// start is an address shortly before a point, so that the offset counts too.
func start(p *contract.Point) uint16 { return p.Address - min(p.Address, 3) }

// program writes a C program that puts every raw value of every point into a block full of
// 0xA5, gets it back, and prints contract, point, value put, value got, scaled value and block.
func program(cs []*contract.Contract) string {
	var b strings.Builder
	b.WriteString("#include <inttypes.h>\n#include <stdio.h>\n")
	for _, c := range cs {
		fmt.Fprintf(&b, "#include \"%s\"\n#include \"%s\"\n", cheader.FileName(c), cheader.FileName(c))
	}
	b.WriteString(`
static void dump(const uint8_t *block)
{
	for (int i = 0; i < 16; i++) {
		printf("%02X", (unsigned)block[i]);
	}
	printf("\n");
}
static void fill(uint8_t *block)
{
	for (int i = 0; i < 16; i++) {
		block[i] = 0xA5;
	}
}
int main(void)
{
	uint8_t block[16];
	printf("crc %04X\n", (unsigned)firepost_crc16((const uint8_t *)"\x01\x03\x00\x10\x00\x01", 6));
`)
	for n, c := range cs {
		low := strings.TrimSuffix(cheader.FileName(c), ".h")
		for i := range c.Points {
			p := &c.Points[i]
			for _, raw := range raws(p) {
				value := "0.0"
				fmt.Fprintf(&b, "\tfill(block);\n\t%s_%s_put(block, %d, %s);\n", low, p.Name, start(p), constant(p.Type, raw))
				get := fmt.Sprintf("%s_%s_get(block, %d)", low, p.Name, start(p))
				if p.Type != contract.Bool {
					value = fmt.Sprintf("%s_%s_value(%s)", low, p.Name, get)
				}
				fmt.Fprintf(&b, "\tprintf(\"%d %d %d %%\" PRIu64 \" %%.17g \", (uint64_t)%s, %s);\n\tdump(block);\n", n, i, raw, get, value)
			}
		}
	}
	b.WriteString("\treturn 0;\n}\n")
	return b.String()
}

// constant is written apart from the generator's own.
func constant(t contract.Type, raw uint64) string {
	switch t {
	case contract.Bool:
		return map[bool]string{true: "true", false: "false"}[raw != 0]
	case contract.I16:
		return fmt.Sprintf("(int16_t)(%d)", int16(raw))
	case contract.I32:
		return fmt.Sprintf("(int32_t)(INT64_C(%d))", int32(raw))
	default:
		return fmt.Sprintf("%dULL", raw)
	}
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	cs := append(modbusContracts(t), trap(t))
	for _, c := range cs {
		write(t, filepath.Join(dir, cheader.FileName(c)), string(generate(t, c)))
	}
	write(t, filepath.Join(dir, "main.c"), program(cs))
	run(t, dir, "gcc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsanitize=address,undefined",
		"-fno-sanitize-recover=all", "-o", "main", "main.c")
	lines := strings.Split(strings.TrimSpace(run(t, dir, filepath.Join(dir, "main"))), "\n")
	// 01 03 00 10 00 01 85 CF, a request from a public sketch.
	if lines[0] != "crc CF85" {
		t.Errorf("check sum: %s", lines[0])
	}
	seen := map[[2]int]bool{}
	for _, line := range lines[1:] {
		f := strings.Fields(line)
		if len(f) != 6 {
			t.Fatalf("line %q", line)
		}
		n, i := atoi(t, f[0]), atoi(t, f[1])
		seen[[2]int{n, i}] = true
		checkLine(t, cs[n], i, f)
	}
	for n, c := range cs {
		for i := range c.Points {
			if !seen[[2]int{n, i}] {
				t.Errorf("%s point %s was not tried", c.Ref(), c.Points[i].Name)
			}
		}
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// checkLine decodes with the house's own decoder what C has put, and compares.
func checkLine(t *testing.T, c *contract.Contract, i int, f []string) {
	t.Helper()
	p := &c.Points[i]
	where := fmt.Sprintf("%s point %s raw %s", c.Ref(), p.Name, f[2])
	raw, err1 := strconv.ParseUint(f[2], 10, 64)
	got, err2 := strconv.ParseUint(f[3], 10, 64)
	value, err3 := strconv.ParseFloat(strings.Replace(f[4], "-nan", "nan", 1), 64)
	block, err4 := hex.DecodeString(f[5])
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil || len(block) != blockBytes {
		t.Fatal(where, err1, err2, err3, err4)
	}
	s, err := c.Decode(i, block, start(p))
	if err != nil {
		t.Fatal(where, err)
	}
	want := raw
	if p.Mask != 0 && p.Type != contract.Bool {
		want &= p.Mask
	}
	if width := p.Type.Width(); width < 64 {
		got &= 1<<width - 1 // C has widened the sign
	}
	if s.Raw != want || got != want {
		t.Errorf("%s: decoded 0x%X, C reads back 0x%X, want 0x%X; block %s", where, s.Raw, got, want, f[5])
	}
	if p.Type != contract.Bool && !same(value, s.Value) {
		t.Errorf("%s: C says %v, the decoder %v", where, value, s.Value)
	}
	checkRest(t, p, block, where)
}

// same compares scaled values; a decimal fraction is exact only to the last bits.
func same(a, b float64) bool {
	return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-12*math.Abs(b)
}

// checkRest requires that nothing but the point's own bits was written.
func checkRest(t *testing.T, p *contract.Point, block []byte, where string) {
	t.Helper()
	at := int(p.Address - start(p))
	for k, b := range block {
		mine := byte(0)
		switch n := int(p.Registers()); {
		case p.Table.Bits() && k == at/8:
			mine = 1 << (at % 8)
		case !p.Table.Bits() && k >= 2*at && k < 2*(at+n):
			mine = 0xFF
			if p.Mask != 0 && n == 1 {
				mine = byte(p.Mask >> (8 * (1 - (k - 2*at))))
				if p.LittleBytes {
					mine = byte(p.Mask >> (8 * (k - 2*at)))
				}
			}
		}
		if (b^0xA5)&^mine != 0 {
			t.Errorf("%s: byte %d is %02X: bits outside the point were touched", where, k, b)
		}
	}
}

// Each header alone, under every warning that firmware authors use, in C and in C++.
func TestCompilersAcceptEachHeader(t *testing.T) {
	dir := t.TempDir()
	var all strings.Builder
	for _, c := range append(modbusContracts(t), trap(t)) {
		name := cheader.FileName(c)
		write(t, filepath.Join(dir, name), string(generate(t, c)))
		write(t, filepath.Join(dir, name+".c"), fmt.Sprintf("#include %q\nint main(void) { return 0; }\n", name))
		args := append([]string{"-std=c11", "-fsyntax-only"}, strict...)
		run(t, dir, "gcc", append(args, name+".c")...)
		// A 32-bit target without a C library.
		if !bytes.Contains(generate(t, c), []byte("string.h")) {
			run(t, dir, "gcc", append(args, "-m32", "-ffreestanding", name+".c")...)
		}
		fmt.Fprintf(&all, "#include %q\n", name)
	}
	write(t, filepath.Join(dir, "all.cpp"), all.String()+"int main() { return 0; }\n")
	if cxx, err := exec.LookPath("g++"); err == nil {
		run(t, dir, cxx, append(append([]string{"-std=c++17", "-fsyntax-only"}, strict...), "all.cpp")...)
	} else {
		t.Log("no C++ compiler here: the headers were tried in C only")
	}
}
