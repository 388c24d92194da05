package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// call runs the tool as the shell would.
func call(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = dispatch(t.Context(), args, streams{strings.NewReader(""), &o, &e})
	return code, o.String(), e.String()
}

func TestHelpNamesEveryCommand(t *testing.T) {
	code, out, _ := call(t, "help")
	if code != 0 {
		t.Errorf("help exits %d", code)
	}
	for _, c := range commands() {
		if !strings.Contains(out, "  "+c.name) {
			t.Errorf("help does not name %s", c.name)
		}
	}
}

func TestMistakesOnTheCommandLine(t *testing.T) {
	for _, row := range []struct {
		args []string
		want string
	}{
		{nil, ""},
		{[]string{"rnu"}, `there is no command "rnu"`},
		{[]string{"check", "extra"}, `"extra" is one word too many`},
		{[]string{"check", "-colour"}, "flag provided but not defined"},
		{[]string{"bus"}, "say bus plan"},
		{[]string{"bus", "plan", "-lang", "fr"}, `-lang "fr": en or zh`},
		{[]string{"account"}, "say account add, remove or list"},
		{[]string{"account", "add"}, "needs a name"},
		{[]string{"account", "add", "wang", "-role", "king"}, "installer or viewer"},
		{[]string{"premises"}, "say premises check or premises convert"},
		{[]string{"premises", "check"}, "takes 1 files, not 0"},
		{[]string{"journal", "delete"}, "say journal list or journal export"},
	} {
		code, _, errs := call(t, row.args...)
		if code != 2 {
			t.Errorf("%v exits %d, want 2", row.args, code)
		}
		if !strings.Contains(errs, row.want) {
			t.Errorf("%v says %q, want %q", row.args, errs, row.want)
		}
	}
}

const shipped = "../../../configs/firepost.yaml"

func TestCheckOfTheShippedFile(t *testing.T) {
	code, out, errs := call(t, "check", "-config", shipped)
	if code != 0 || !strings.Contains(out, "fine: station hs-03, 1 buses, 4 devices") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	if !strings.Contains(out, "serial backend bugst") || !strings.Contains(out, "has not been confirmed on real hardware") {
		t.Errorf("check hides what it knows:\n%s", out)
	}
}

func TestCheckNamesTheMistake(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.yaml")
	if err := os.WriteFile(path, []byte("station: hs-03\ndistrict: hongshan\nbuses:\n  - {name: b1, prot: /dev/ttyUSB0}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := call(t, "check", "-config", path)
	if code != 1 || !strings.Contains(errs, path+`:4:16: buses[0].prot: unknown key "prot" (did you mean port?)`) {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestCheckRefusesWhatTheWireCannotCarry: the arithmetic is in the message.
func TestCheckRefusesWhatTheWireCannotCarry(t *testing.T) {
	var b strings.Builder
	b.WriteString("station: hs-03\ndistrict: hongshan\nbuses:\n  - {name: b1, port: /dev/ttyUSB0}\ndevices:\n")
	for i := 1; i <= 200; i++ {
		b.WriteString("  - {name: d" + strconv.Itoa(i) + ", bus: b1, unit: " + strconv.Itoa(i) + ", contract: smoke-generic@1, premises: P, label: {zh: 店}, deadline: 2s}\n")
	}
	path := filepath.Join(t.TempDir(), "f.yaml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := call(t, "check", "-config", path)
	if code != 1 || !strings.Contains(errs, "deadlines can't be met") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestPlanInBothLanguages(t *testing.T) {
	for lang, want := range map[string]string{"en": "zhang-noodles-smoke", "zh": "总线 rs485-1"} {
		code, out, errs := call(t, "bus", "plan", "-config", shipped, "-lang", lang)
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("%s: exit %d\n%s%s", lang, code, out, errs)
		}
	}
	if code, _, errs := call(t, "bus", "plan", "-config", shipped, "-bus", "nope"); code != 1 || !strings.Contains(errs, `has no bus "nope" that is polled`) {
		t.Errorf("unknown bus: exit %d: %s", code, errs)
	}
}

func TestJournalThatIsNotThere(t *testing.T) {
	code, _, errs := call(t, "journal", "list", "-dir", t.TempDir())
	if code != 1 || errs == "" {
		t.Errorf("exit %d: %q", code, errs)
	}
}

func TestVersion(t *testing.T) {
	if code, out, _ := call(t, "version"); code != 0 || !strings.HasPrefix(out, "firepost ") {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestFallbackConfigurations(t *testing.T) {
	dir := t.TempDir()
	good, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "firepost.yaml")
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bad := bytes.Replace(good, []byte("unit: 3"), []byte("unit: 300"), 1)

	write(path, bad)
	cfg, fault, err := firstConfig(path, dir)
	if err != nil || fault == "" || cfg.Station != "hs-03" || len(cfg.Devices) == 4 {
		t.Errorf("with no last good one: %d devices, fault %q, %v", len(cfg.Devices), fault, err)
	}
	write(lastGood(dir), good)
	cfg, fault, err = firstConfig(path, dir)
	if err != nil || !strings.Contains(fault, "last good") || len(cfg.Devices) != 4 {
		t.Errorf("with a last good one: %d devices, fault %q, %v", len(cfg.Devices), fault, err)
	}
	write(path, good)
	if _, fault, err = firstConfig(path, dir); err != nil || fault != "" {
		t.Errorf("with a good file: fault %q, %v", fault, err)
	}
	if _, fault, err = firstConfig(filepath.Join(dir, "missing.yaml"), t.TempDir()); err != nil || fault == "" {
		t.Errorf("with no file at all: fault %q, %v", fault, err)
	}
}
