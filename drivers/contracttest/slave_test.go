package contracttest_test

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"firepost/drivers/bus/serialport"
	"firepost/drivers/contracttest"
)

// TestReferenceSlave: the portable C core keeps its contracts, the change of its address
// included.
func TestReferenceSlave(t *testing.T) {
	t.Parallel()
	const source = "../../firmware-contracts/slave"
	program := filepath.Join(t.TempDir(), "slave")
	sources, err := filepath.Glob(filepath.Join(source, "fp_*.c"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources in %s (%v)", source, err)
	}
	args := append([]string{"-std=c11", "-O1", "-o", program, filepath.Join(source, "host", "main.c")}, sources...)
	if out, err := exec.CommandContext(t.Context(), "gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("build the slave: %v\n%s", err, out)
	}
	for _, model := range []string{"smoke", "gauge"} {
		t.Run(model, func(t *testing.T) {
			t.Parallel()
			c, ok := builtin(t).Get("firepost-" + model + "@1")
			if !ok {
				t.Fatal("no contract")
			}
			c = patient(c)
			port, err := serialport.Open(serialport.Spec{Name: startSlave(t, program, model)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = port.Close() })
			rep, err := contracttest.Run(t.Context(), port, c, contracttest.Options{Setup: true})
			if err != nil {
				t.Error(err)
			}
			complain(t, rep)
			if !rep.OK() || rep.Find("setup.address").Status != contracttest.Passed {
				t.Errorf("%s does not pass: %+v", c.Ref(), rep.Find("setup.address"))
			}
		})
	}
}

// startSlave starts the slave's program and returns the path of its line. 20 ms of silence end
// a frame, for a busy machine's sake.
func startSlave(t *testing.T, program, model string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, model, "0123456789ABCDEF", "20000")
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
	lines := bufio.NewScanner(out)
	path := ""
	for path == "" && lines.Scan() {
		path, _ = strings.CutPrefix(lines.Text(), "line ")
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for lines.Scan() { // what it tells must not block it
			continue
		}
	}()
	t.Cleanup(func() {
		_ = in.Close() // the end of its input ends it
		<-drained
		_ = cmd.Wait()
	})
	if path == "" {
		t.Fatal("the slave names no line")
	}
	return path
}
