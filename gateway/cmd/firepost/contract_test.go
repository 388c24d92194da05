package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firepost/drivers/bus/serialport"
)

// quickContract is a contract whose test is over in a second: its late replies come soon enough.
const quickContract = `name: quick
version: 1
title: {zh: 快, en: quick}
class: detector
hardware: false
sources:
  - {title: made up, where: here, mark: M}
serial: {baud: 115200, format: 8N1}
address: {default: 5, min: 1, max: 247}
limits: {max_registers: 4, reply_within: 800ms, late_reply: 800ms}
points:
  - name: smoke
    title: {zh: 烟, en: smoke}
    role: smoke
    lane: alarm
    table: holding
    address: 0x0000
    type: u16
    values:
      - {raw: 0, means: normal, zh: 正常, en: normal}
      - {raw: 1, means: fire, zh: 火警, en: fire}
  - name: battery
    title: {zh: 电池, en: battery}
    role: battery
    lane: slow
    table: holding
    address: 0x0001
    type: u16
    unit: "%"
    range: {min: 0, max: 100}
outputs:
  - name: siren
    title: {zh: 警号, en: siren}
    table: coil
    address: 0x0000
    read_back: {table: coil, address: 0x0000, on: 1}
`

// contractIn writes a contract into a folder of its own.
func contractIn(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestContractMistakesOnTheCommandLine(t *testing.T) {
	quick := contractIn(t, "quick@1.yaml", quickContract)
	for _, row := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"contract"}, 2, "say contract check, list, header, doc, test or sim"},
		{[]string{"contract", "chekc"}, 2, "say contract check"},
		{[]string{"contract", "check"}, 2, "name the files or folders"},
		{[]string{"contract", "check", quick, quick, "-against", quick}, 2, "goes with one contract, not 2"},
		{[]string{"contract", "check", "nowhere"}, 1, "no such file"},
		{[]string{"contract", "check", t.TempDir()}, 1, "holds no name@version.yaml"},
		{[]string{"contract", "header"}, 2, "name one contract"},
		{[]string{"contract", "header", "smoke-generic@2"}, 1, "did you mean smoke-generic@1?"},
		{[]string{"contract", "header", "contact@1"}, 1, "only contracts with the transport modbus"},
		{[]string{"contract", "doc", "a@1", "b@1"}, 2, "name one contract"},
		{[]string{"contract", "list", "-lang", "fr"}, 2, "en or zh"},
		{[]string{"contract", "test", "smoke-generic@1"}, 2, "-port names the serial port"},
		{[]string{"contract", "test", "contact@1", "-port", "/dev/null"}, 1, "its transport is pins"},
		{[]string{"contract", "test", "-port", "/dev/null", "smoke-generic@1", "-unit", "248"}, 2, "takes addresses 1 to 247"},
		{[]string{"contract", "test", quick, "-port", "/dev/null", "-outputs"}, 1, "nothing was written"},
		{[]string{"contract", "sim", "bme280@1"}, 1, "its transport is chips"},
		{[]string{"contract", "sim", "smoke-generic@1", "-unit", "248"}, 2, "takes addresses 1 to 247"},
		{[]string{"contract", "sim", "smoke-generic@1", "-baud", "7"}, 1, "baud"},
		{[]string{"contract", "sim", "smoke-generic@1", "-id", "AA"}, 2, "models that send frames"},
		{[]string{"contract", "sim", "smoke-enocean-f6-05-02@1", "-unit", "3"}, 2, "-unit is for models that are polled"},
		{[]string{"contract", "sim", "smoke-enocean-f6-05-02@1", "-id", "xyz"}, 1, "id"},
		{[]string{"contract", "sim", quick, "-link", quick}, 1, "something that is no link stands there"},
	} {
		code, _, errs := call(t, row.args...)
		if code != row.code || !strings.Contains(errs, row.want) {
			t.Errorf("%v exits %d, want %d; says %q, want %q", row.args, code, row.code, errs, row.want)
		}
	}
	for _, sub := range []string{"check", "header", "test", "sim"} {
		if code, _, errs := call(t, "contract", sub, "--help"); code != 0 || !strings.Contains(errs, "examples:") {
			t.Errorf("contract %s --help exits %d: %s", sub, code, errs)
		}
	}
}

func TestContractCheck(t *testing.T) {
	quick := contractIn(t, "quick@1.yaml", quickContract)
	bad := contractIn(t, "quick@1.yaml", strings.Replace(quickContract, "role: smoke", "role: smokes", 1))
	wide := contractIn(t, "quick@1.yaml", strings.Replace(quickContract, "address: 0x0001", "address: 0x0003", 1))
	if code, out, errs := call(t, "contract", "check", quick); code != 0 || !strings.Contains(out, "fine: quick@1, 2 points, 1 outputs") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, out, errs := call(t, "contract", "check", quick, bad); code != 1 || !strings.Contains(out, quick+": fine") ||
		!strings.Contains(errs, `"smokes" is not known here (did you mean smoke?`) || !strings.Contains(errs, bad+":14:11:") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, _, errs := call(t, "contract", "check", quick, wide); code != 1 || !strings.Contains(errs, "quick@1 stands in "+quick+" too") {
		t.Errorf("twice: exit %d: %s", code, errs)
	}
	if code, out, errs := call(t, "contract", "check", quick, "-against", quick); code != 0 || !strings.Contains(out, "nothing breaks what quick@1 promised") {
		t.Errorf("against itself: exit %d: %s%s", code, out, errs)
	}
	if code, _, errs := call(t, "contract", "check", "-against", quick, wide); code != 1 || !strings.Contains(errs, "breaking: quick@1: battery") {
		t.Errorf("moved: exit %d: %s", code, errs)
	}
	if code, out, errs := call(t, "contract", "check", "../../../firmware-contracts/devices"); code != 0 || !strings.Contains(out, "firepost-smoke@1") {
		t.Errorf("the house's own: exit %d: %s", code, errs)
	}
	if code, _, errs := call(t, "contract", "check", quick, "-against", "firepost-smoke@1"); code != 1 || !strings.Contains(errs, "another contract") {
		t.Errorf("against another: exit %d: %s", code, errs)
	}
}

func TestContractHeaderDocList(t *testing.T) {
	dir := t.TempDir()
	if code, out, errs := call(t, "contract", "header", "firepost-smoke@1", "-o", dir); code != 0 || !strings.Contains(out, "written") {
		t.Fatalf("exit %d: %s", code, errs)
	}
	got, err := os.ReadFile(filepath.Join(dir, "firepost_smoke_1.h"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../../firmware-contracts/include/firepost_smoke_1.h")
	if err != nil || string(got) != string(want) {
		t.Errorf("the header is not the committed one (%v)", err)
	}
	if code, out, _ := call(t, "contract", "doc", "firepost-smoke@1"); code != 0 || !strings.Contains(out, "0x0030") || !strings.Contains(out, "烟雾报警") {
		t.Errorf("doc: exit %d: %s", code, out)
	}
	for lang, want := range map[string]string{"en": "reed contact", "zh": "感烟"} {
		code, out, _ := call(t, "contract", "list", "-lang", lang)
		if code != 0 || !strings.Contains(out, "firepost-gauge@1") || lang == "zh" && !strings.Contains(out, want) {
			t.Errorf("list: exit %d: %s", code, out)
		}
	}
}

// simulation is a running contract sim.
type simulation struct {
	t    *testing.T
	in   io.Writer
	out  *bufio.Scanner
	path string
	code chan int
}

func startSim(t *testing.T, args ...string) *simulation {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	s := &simulation{t: t, in: inW, out: bufio.NewScanner(outR), code: make(chan int, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		s.code <- dispatch(ctx, append([]string{"contract", "sim"}, args...), streams{inR, outW, outW})
		_ = outW.Close()
	}()
	t.Cleanup(func() {
		cancel()
		_ = inR.Close()
		_ = outR.Close()
		<-s.code
	})
	s.path = s.line()
	s.line()
	return s
}

func (s *simulation) line() string {
	s.t.Helper()
	if !s.out.Scan() {
		s.t.Fatal("the simulation has ended")
	}
	return s.out.Text()
}

// tell gives a command and returns the first line of the answer.
func (s *simulation) tell(command string) string {
	s.t.Helper()
	if _, err := fmt.Fprintln(s.in, command); err != nil {
		s.t.Fatal(err)
	}
	return s.line()
}

// quit ends the simulation and returns its exit code.
func (s *simulation) quit() int {
	s.t.Helper()
	fmt.Fprintln(s.in, "quit")
	for s.out.Scan() { // an answer of several lines may still be under way
		continue
	}
	code := <-s.code
	s.code <- code
	return code
}

// TestContractSimAndTest: an author tries firepost without hardware.
func TestContractSimAndTest(t *testing.T) {
	t.Parallel()
	quick := contractIn(t, "quick@1.yaml", quickContract)
	link := filepath.Join(t.TempDir(), "detector")
	if err := os.Symlink("/dev/pts/gone", link); err != nil { // left by one that was killed
		t.Fatal(err)
	}
	s := startSim(t, quick, "-link", link, "-instant", "-unit", "9")
	if to, err := os.Readlink(link); err != nil || to != s.path {
		t.Errorf("the link leads to %q, not %q (%v)", to, s.path, err)
	}
	for _, c := range []string{"set battery 80", "set smoke fire", "address 7"} {
		if got := s.tell(c); got != "ok" {
			t.Errorf("%s: %s", c, got)
		}
	}
	report := filepath.Join(t.TempDir(), "report.json")
	var out, errs strings.Builder
	code := dispatch(t.Context(), []string{"contract", "test", quick, "-port", link, "-unit", "7", "-outputs", "-json", report},
		streams{strings.NewReader("yes\n"), &out, &errs})
	if code != 0 {
		t.Fatalf("exit %d\n%s%s", code, out.String(), errs.String())
	}
	for _, want := range []string{"this WRITES to the device at address 7: siren", "80 %", "0x1 fire", "switched and read back", "0 failed"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, out.String())
		}
	}
	var saved struct {
		Contract string
		Unit     int
		Complete bool
	}
	data, err := os.ReadFile(report)
	if err != nil || json.Unmarshal(data, &saved) != nil || saved.Contract != "quick@1" || saved.Unit != 7 || !saved.Complete {
		t.Errorf("saved %+v (%v)", saved, err)
	}
	s.tell("set battery 120")
	code, text, bad := call(t, "contract", "test", quick, "-port", link, "-unit", "7", "-lang", "zh")
	if code != 1 || !strings.Contains(text, "不合格  battery 电池  —  值 120 超出 0 至 100 %") ||
		!strings.Contains(text, "> 07 03 00 01 00 01") || !strings.Contains(bad, "does not keep its contract") {
		t.Errorf("exit %d\n%s%s", code, text, bad)
	}
	if code := s.quit(); code != 0 {
		t.Errorf("the simulation exits %d", code)
	}
	if _, err := os.Lstat(link); err == nil {
		t.Error("the link was left behind")
	}
}

func TestContractSimCommands(t *testing.T) {
	s := startSim(t, contractIn(t, "quick@1.yaml", quickContract), "-instant")
	for _, row := range []struct{ command, want string }{
		{"set smoke 7", "ok"}, {"get smoke", "smoke 7"}, {"point battery 0x32", "ok"}, {"get battery", "battery 50 %"},
		{"raw 0x1 60", "ok"}, {"get battery", "battery 60 %"}, {"raw coil 0 1", "ok"}, {"get siren", "output siren"},
		{"dead on", "ok"}, {"late 500ms", "ok"}, {"late off", "ok"}, {"duplicate", "ok"}, {"duplicate off", "ok"},
		{"crc 0.1", "ok"}, {"crc off", "ok"}, {"truncate 2", "ok"}, {"exception 6", "ok"}, {"foreign 9", "ok"},
		{"mute on", "ok"}, {"stuck on", "ok"}, {"power", "ok"}, {"healthy", "ok"}, {"stats", "0 requests"},
		{"set smoke", "error: set takes"}, {"set smoke loud", "error: \"loud\" is neither"}, {"set colour 1", "error: "},
		{"set battery NaN", "error: "}, {"set battery 1e9", "error: "}, {"point battery x", "error: raw value"}, {"raw 1", "error: raw takes"},
		{"raw 0x10000 1", "error: "}, {"get nothing", "error: no point"}, {"dead", "error: dead: say on or off"}, {"late -1s", "error: late: takes a time"},
		{"late 2m", "error: "}, {"crc 2", "error: "}, {"crc NaN", "error: "}, {"address 0", "error: takes a number"}, {"address 248", "error: "},
		{"duplicate 1000", "error: "}, {"exception 256", "error: "}, {"sing", `error: "sing" is no command`},
	} {
		if got := s.tell(row.command); !strings.HasPrefix(got, row.want) {
			t.Errorf("%s: %q, want %q", row.command, got, row.want)
		}
	}
}

// TestContractSimFrames: a device that nobody asks sends what it is told to.
func TestContractSimFrames(t *testing.T) {
	s := startSim(t, "smoke-enocean-f6-05-02@1", "-every", "1h")
	port, err := serialport.Open(serialport.Spec{Name: s.path, Baud: 57600})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = port.Close() })
	for _, row := range []struct{ command, want string }{
		{"set smoke fire", "ok"}, {"bytes 55 00", "ok"}, {"send", "ok"}, {"every 30s", "ok"}, {"every off", "ok"}, {"crc on", "ok"},
		{"duplicate on", "ok"}, {"dead on", "ok"}, {"send", "ok"}, {"set smoke 0x1FFFF", "error: "},
		{"set nothing 1", "error: "}, {"set smoke", "error: set takes"}, {"bytes xyz", "error: bytes takes"}, {"crc maybe", "error: crc: say on or off"}, {"jump", "error: "},
		{"get", ""},
	} {
		if got := s.tell(row.command); !strings.HasPrefix(got, row.want) {
			t.Errorf("%s: %q, want %q", row.command, got, row.want)
		}
	}
	got := make([]byte, 64)
	n, err := port.Read(got, time.Now().Add(10*time.Second))
	if err != nil || n == 0 || got[0] != 0x55 {
		t.Errorf("heard % X (%v)", got[:n], err)
	}
	if code := s.quit(); code != 0 {
		t.Errorf("exit %d", code)
	}
}
