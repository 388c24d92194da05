package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"firepost/cloud-bridge/uplink"
)

// childDir names the environment variable that turns this test binary into an appender.
const childDir = "FIREPOST_STORE_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		appendForEver(dir)
		return
	}
	os.Exit(m.Run())
}

// appendForEver appends and prints every id that is durable, until it is killed.
func appendForEver(dir string) {
	s, rep, err := Open(context.Background(), testOptions(dir))
	if err != nil || rep.MemoryOnly != "" {
		fmt.Println("error", err, rep.MemoryOnly)
		return
	}
	go func() { _ = s.Run(context.Background()) }()
	for i := 0; ; i++ {
		recs := []Record{record(fmt.Sprintf("d%d", i%5)), record("d9")}
		if err := s.Append(recs).Err(); err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println(recs[0].Event.ID)
		fmt.Println(recs[1].Event.ID)
	}
}

// TestKillLosesNothingThatWasAcknowledged kills an appending process again and again on the
// same folder; every id that it printed is there afterwards, in order, once.
func TestKillLosesNothingThatWasAcknowledged(t *testing.T) {
	dir := t.TempDir()
	kills := 8
	if os.Getenv(torture) != "" {
		kills = 40
	}
	exe, err := os.Executable()
	must(t, err)
	var printed []string
	for round := range kills {
		cmd := exec.CommandContext(t.Context(), exe)
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewReader(out)
		for n := 0; ; n++ {
			line, err := lines.ReadString('\n')
			if err != nil {
				break // a line cut by the kill was not acknowledged
			}
			if strings.HasPrefix(line, "error") {
				t.Fatal(line)
			}
			printed = append(printed, strings.TrimSuffix(line, "\n"))
			if n == 20+7*round {
				must(t, cmd.Process.Kill())
			}
		}
		_ = cmd.Wait()
	}
	r := start(t, testOptions(dir))
	have := ids(drain(t, r.Outbox("mqtt"), uplink.Alarm))
	if r.rep.Quarantined != "" {
		t.Fatalf("report %+v", r.rep)
	}
	at := 0
	for _, id := range printed {
		i := slices.Index(have[at:], id)
		if i < 0 {
			t.Fatalf("acknowledged event %s is lost or out of order (%d of %d found)", id, at, len(printed))
		}
		at += i + 1
	}
	slices.Sort(have)
	if len(slices.Compact(have)) != r.countStored(t) {
		t.Fatal("an id is stored twice")
	}
	if len(printed) < kills*20 {
		t.Fatalf("only %d acknowledged", len(printed))
	}
	if _, err := os.Stat(filepath.Join(dir, secondName)); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) countStored(t *testing.T) int {
	n := 0
	for _, err := range r.List(t.Context(), Filter{}) {
		must(t, err)
		n++
	}
	return n
}
