package e2e

import (
	"os/exec"
	"strings"
	"testing"
)

// TestDemoOnce tells the demonstration's story with every step checked.
func TestDemoOnce(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), built.demo, "-mode", "once", "-firepost", built.firepost).CombinedOutput()
	if err != nil {
		t.Fatalf("demo: %v\n%s", err, out)
	}
	if n := strings.Count(string(out), "✓"); n < 7 {
		t.Errorf("the story has %d finished steps, at least 7:\n%s", n, out)
	}
}
