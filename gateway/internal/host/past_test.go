package host

import (
	"fmt"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
)

func TestOOMKills(t *testing.T) {
	l := DefaultLimits()
	step := func(v Verdict, n uint64, at time.Duration) Verdict {
		f := healthy()
		f.OOMKills.Value, f.At.Mono = n, at
		return Judge(v, f, l)
	}
	shown := func(v Verdict) string {
		f, ok := find(v, CodeOOM, "")
		if !ok {
			return "-"
		}
		return string(f.Severity)
	}
	v := step(Verdict{}, 3, time.Hour)
	if shown(v) != "warn" {
		t.Errorf("earlier kills: %s", shown(v))
	}
	v = step(v, 3, 24*time.Hour)
	if shown(v) != "warn" {
		t.Errorf("within the day: %s", shown(v))
	}
	v = step(step(v, 3, 25*time.Hour), 3, 25*time.Hour+time.Minute)
	if shown(v) != "-" {
		t.Errorf("a day later: %s", shown(v))
	}
	if v = step(v, 8, 26*time.Hour); shown(v) != "fault" {
		t.Errorf("five more: %s", shown(v))
	}
	if v = step(v, 2, 27*time.Hour); shown(v) != "fault" {
		t.Errorf("a counter that went back: %s", shown(v))
	}
	if f, _ := find(v, CodeOOM, ""); !strings.Contains(f.EN, "killed 7 processes") {
		t.Errorf("a counter that went back counts anew: %s", f.EN)
	}
	if v = step(v, 1<<63, 28*time.Hour); shown(v) != "fault" {
		t.Errorf("a huge counter: %s", shown(v))
	}
	f := healthy()
	f.At.Boot, f.At.Mono, f.Boot = bootB, time.Minute, known(bootB)
	if v = Judge(v, f, l); shown(v) != "-" {
		t.Errorf("the next boot: %s", shown(v))
	}
}

// TestNewBoot: monotonic times of two boots don't compare, so nothing is carried over.
func TestNewBoot(t *testing.T) {
	f := healthy()
	f.Temperatures.Value[0].Celsius.Value = 95
	v := after(Verdict{}, f, 2)
	f.At = message.Stamp{Boot: bootB}
	f.Boot = known(bootB)
	v = Judge(Judge(v, f, DefaultLimits()), f, DefaultLimits())
	if got, _ := find(v, CodeTemperature, "cpu-thermal"); got.Since.Boot != bootB {
		t.Errorf("finding %+v", got)
	}
}

func TestNetworkErrors(t *testing.T) {
	v, f := Verdict{}, healthy()
	step := func(packets, errors uint64, minutes int) string {
		f.Network.Value.Interfaces = []Interface{{"eth0", known(true), known(true), known(Counters{packets, errors})}}
		f.At.Mono += time.Duration(minutes) * time.Minute
		v = Judge(v, f, DefaultLimits())
		got, ok := find(v, CodeNetwork, "eth0 errors")
		if !ok {
			return "-"
		}
		return string(got.Severity)
	}
	for i, c := range []struct {
		packets, errors uint64
		minutes         int
		want            string
	}{
		{1000, 500, 0, "-"}, // what was before is nobody's window
		{1100, 520, 1, "-"}, // the window still runs
		{2000, 600, 4, "warn"},
		{2100, 601, 1, "warn"},
		{9000, 605, 4, "warn"}, // fewer than ten: good, for the first time
		{9100, 605, 1, "-"},
		{100, 0, 5, "-"}, // plugged in again
		{150, 50, 5, "fault"},
	} {
		if got := step(c.packets, c.errors, c.minutes); got != c.want {
			t.Errorf("step %d: %s, want %s", i, got, c.want)
		}
	}
}

// TestOneDiskOneFinding: root and journal on one file system are not told twice.
func TestOneDiskOneFinding(t *testing.T) {
	f := healthy()
	f.Journal.Value.Free = 1
	f.Root.Value = f.Journal.Value
	if v := after(Verdict{}, f, 1); len(v.Findings) != 1 || v.Findings[0].Subject != "journal" {
		t.Errorf("findings %+v", v.Findings)
	}
}

// TestRTCIsNotComparedWithAnUntrustedClock: the wall clock may be the wrong one.
func TestRTCIsNotComparedWithAnUntrustedClock(t *testing.T) {
	f := healthy()
	f.Clock.Value = Clock{Wall: time.Unix(60, 0)}
	if got, ok := find(after(Verdict{}, f, 2), CodeRTC, ""); ok {
		t.Errorf("finding %+v", got)
	}
}

// TestJudgeLeavesThePast: the verdict before is not changed, and the same comes out twice.
func TestJudgeLeavesThePast(t *testing.T) {
	f := healthy()
	f.OOMKills.Value = 2
	v := after(after(Verdict{}, f, 2), Facts{At: f.At}, 1)
	was := fmt.Sprintf("%+v", v)
	f.OOMKills.Value = 4
	a, b := Judge(v, f, DefaultLimits()), Judge(v, f, DefaultLimits())
	if got := fmt.Sprintf("%+v", v); got != was {
		t.Errorf("the past became\n%s\nfrom\n%s", got, was)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("two verdicts on one:\n%+v\n%+v", a, b)
	}
}

// TestJudgeIsPure: no clock, file, network, lock or goroutine can come in.
func TestJudgeIsPure(t *testing.T) {
	files, err := filepath.Glob("judge_*.go")
	if err != nil || len(files) < 3 {
		t.Fatalf("files %q, %v", files, err)
	}
	allowed := []string{"cmp", "errors", "fmt", "math", "slices", "strconv", "strings", "time", "firepost/firmware-contracts/message"}
	for _, name := range append(files, "verdict.go", "limits.go", "facts.go", "telemetry.go") {
		syntax, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range syntax.Imports {
			if p, err := strconv.Unquote(i.Path.Value); err != nil || !slices.Contains(allowed, p) {
				t.Errorf("%s imports %s", name, i.Path.Value)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	if err := DefaultLimits().Validate(); err != nil {
		t.Error(err)
	}
	l := DefaultLimits()
	l.Hot.Fault, l.DiskFree.Warn, l.Signal.Hysteresis, l.Clear = 10, 1, -1, 0
	err := l.Validate()
	for _, name := range []string{"hot", "disk_free", "signal", "clear"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in %v", name, err)
		}
	}
}

func TestValues(t *testing.T) {
	got := map[string]Value{}
	for _, v := range healthy().Values() {
		if _, twice := got[v.Name]; twice {
			t.Errorf("%s twice", v.Name)
		}
		got[v.Name] = v
	}
	for name, want := range map[string]Value{
		"temperature.cpu-thermal": {"temperature.cpu-thermal", 45, "°C"}, "disk_free.journal": {"disk_free.journal", 60, "%"},
		"wear.mmcblk0": {"wear.mmcblk0", 20, "%"}, "modem_signal": {"modem_signal", -75, "dBm"},
		"ups_runtime": {"ups_runtime", 3600, "s"}, "carrier.eth0": {"carrier.eth0", 1, "1"}, "clock_trusted": {"clock_trusted", 1, "1"},
	} {
		if got[name] != want {
			t.Errorf("%s is %+v, want %+v", name, got[name], want)
		}
	}
	f := Facts{Temperatures: known([]Temperature{{"温度 传感器" + strings.Repeat("x", 90), known(1.0)}})}
	if name := f.Values()[0].Name; len(name) > 64 || strings.ContainsAny(name, " 温") {
		t.Errorf("name %q", name)
	}
}
