package app

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
)

// ownSlave is the reference slave's program, running.
type ownSlave struct {
	t     *testing.T
	path  string
	in    io.Writer
	lines chan string
}

func startSlave(t *testing.T) *ownSlave {
	t.Helper()
	const source = "../../../firmware-contracts/slave"
	program := filepath.Join(t.TempDir(), "slave")
	sources, err := filepath.Glob(filepath.Join(source, "fp_*.c"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("the slave's sources: %v", err)
	}
	args := append([]string{"-std=c11", "-O1", "-o", program, filepath.Join(source, "host", "main.c")}, sources...)
	if out, err := exec.CommandContext(t.Context(), "gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("build the slave: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), program, "smoke", "0123456789ABCDEF", "20000")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &ownSlave{t: t, in: in, lines: make(chan string, 1024)}
	go func() {
		defer close(s.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			s.lines <- scan.Text()
		}
	}()
	t.Cleanup(func() {
		fmt.Fprintln(in, "quit")
		for range s.lines {
		}
		_ = cmd.Wait() // how it ended is another test's
	})
	s.path = strings.TrimPrefix(s.expect("line "), "line ")
	return s
}

func (s *ownSlave) expect(prefix string) string {
	s.t.Helper()
	for line := range s.lines {
		if strings.HasPrefix(line, prefix) {
			return line
		}
	}
	s.t.Fatalf("the slave ended before %q", prefix)
	return ""
}

func (s *ownSlave) tell(command string) {
	s.t.Helper()
	fmt.Fprintln(s.in, command)
	s.expect("ok")
}

// TestShortAlarmIsKeptUntilRecorded: smoke that is gone before the next poll is a fire all the
// same; once that is recorded the device is told so, and then the fire can be reset.
func TestShortAlarmIsKeptUntilRecorded(t *testing.T) {
	s := startSlave(t)
	h := newHouse(t)
	cfg, err := h.parse(fmt.Sprintf(`station: hs-03
district: hongshan
clock: {trust: always}
journal: {dir: %s, max_bytes: 64MiB, alarm_reserve: 16MiB, telemetry_bytes: 16MiB}
http: {listen: ""}
host: {every: 0s}
buses:
  - {name: rs485-1, port: %s}
devices:
  - {name: own, bus: rs485-1, unit: 1, contract: firepost-smoke@1, premises: HS-1, label: {zh: 张记面馆}}
`, h.state, s.path))
	if err != nil {
		t.Fatal(err)
	}
	h.start(cfg)
	h.eventually("the device is read", func() bool {
		for _, p := range h.device("own").Points {
			if p.Name == "smoke" {
				return p.Quality == message.Good
			}
		}
		return false
	})
	s.tell("level 2")
	s.tell("level 0")
	h.eventually("the short alarm is a fire", func() bool { return h.device("own").State.Has(message.Fire | message.Latched) })
	h.eventually("the device has let go of it", func() bool { return !h.device("own").State.Has(message.Active) })
	h.must(message.Command{Action: message.ActionReset, Device: "own", Author: "王", Event: h.lastEvent(), Outcome: "test", Note: "spray"})
	if h.device("own").State.Has(message.Fire) {
		t.Error("the fire stays after the reset")
	}
	h.stop()
}

// TestHeartbeatIsJudgedByItsReadings: one that stands still is a fault; one that is read seldom,
// or not at all, is none, and what was not read twice says nothing.
func TestHeartbeatIsJudgedByItsReadings(t *testing.T) {
	x := &latch{}
	for _, step := range []struct {
		at   int
		beat uint64
		want pulse
	}{
		{1, 7, pulseUnknown}, {10, 7, pulseUnknown}, {11, 8, pulseMoves}, {41, 38, pulseMoves}, {101, 98, pulseMoves},
		{102, 98, pulseMoves}, {117, 98, pulseStopped}, {118, 0, pulseMoves}, {119, 0, pulseMoves}, {134, 0, pulseStopped},
	} {
		if x.hear(step.beat, time.Duration(step.at)*time.Second); x.beats != step.want {
			t.Errorf("at %ds with %d: %d, want %d", step.at, step.beat, x.beats, step.want)
		}
	}
}
