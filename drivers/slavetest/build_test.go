package slavetest

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const source = "../../firmware-contracts/slave"

var (
	warnings   = []string{"-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef", "-Werror"}
	sanitizers = []string{"-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"}
)

// run runs a command; the test fails with all that it printed.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func files(t *testing.T, patterns ...string) []string {
	t.Helper()
	var out []string
	for _, p := range patterns {
		names, err := filepath.Glob(filepath.Join(source, p))
		if err != nil || len(names) == 0 {
			t.Fatalf("no files %s (%v)", p, err)
		}
		out = append(out, names...)
	}
	return out
}

// compilers are gcc, and clang where there is one.
func compilers(t *testing.T) []string {
	out := []string{"gcc"}
	if _, err := exec.LookPath("clang"); err == nil {
		out = append(out, "clang")
	} else {
		t.Log("no clang here: tried with gcc only")
	}
	return out
}

func build(t *testing.T, cc, binary string, sources ...string) {
	t.Helper()
	run(t, cc, append(append(append(append([]string{}, warnings...), sanitizers...), "-o", binary), sources...)...)
}

func TestUnitTests(t *testing.T) {
	for _, cc := range compilers(t) {
		binary := filepath.Join(t.TempDir(), "unit")
		build(t, cc, binary, files(t, "fp_*.c", "test/*.c")...)
		t.Log(strings.TrimSpace(run(t, binary)))
	}
}

// The core alone, as for a microcontroller: 32 bits, optimised, no C library to lean on.
func TestCoreNeedsNothing(t *testing.T) {
	for _, cc := range compilers(t) {
		for _, f := range files(t, "fp_*.c") {
			object := filepath.Join(t.TempDir(), "core.o")
			for _, flags := range [][]string{{"-O2"}, {"-Os", "-m32"}, {"-O0", "-m32", "-funsigned-char"}} {
				args := append(append([]string{}, warnings...), "-ffreestanding", "-fno-stack-protector", "-c", f, "-o", object)
				run(t, cc, append(args, flags...)...)
			}
			// 64-bit divisions and copies may call the compiler's own helpers, nothing else may be asked for.
			for line := range strings.SplitSeq(run(t, "nm", "-u", object), "\n") {
				name := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "U"))
				if own := strings.HasPrefix(name, "fp_") || strings.HasPrefix(name, "__") || strings.HasPrefix(name, "_GLOBAL_OFFSET_TABLE_"); name != "" && !own && name != "memcpy" && name != "memset" {
					t.Errorf("%s needs %s", f, name)
				}
			}
			if out := run(t, "nm", object); bytes.ContainsAny([]byte(symbols(out)), "bBdDC") {
				t.Errorf("%s has global state:\n%s", f, out)
			}
		}
	}
}

// symbols are the kinds of a list of symbols.
func symbols(list string) string {
	var kinds strings.Builder
	for line := range strings.SplitSeq(list, "\n") {
		if f := strings.Fields(line); len(f) >= 2 {
			kinds.WriteString(f[len(f)-2])
		}
	}
	return kinds.String()
}
