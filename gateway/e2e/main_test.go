package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"firepost/gateway/e2e/booth"
)

// built are the binaries under test, made once.
var built struct{ firepost, demo string } //nolint:gochecknoglobals // made once in TestMain

// together is how many tests run at a time: they wait far more than they compute.
const together = "5"

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "test.parallel" })
	if !set {
		if err := flag.Set("test.parallel", together); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	dir, err := os.MkdirTemp("", "firepost-e2e-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		var args []string
		if raceFlag != "" {
			args = append(args, raceFlag)
		}
		built.firepost, err = booth.Build(dir, args...)
	}
	if err == nil {
		built.demo = filepath.Join(dir, "demo")
		err = compile(built.demo, "firepost/gateway/cmd/demo")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func compile(out, pkg string) error {
	var text bytes.Buffer
	cmd := exec.Command("go", "build", "-o", out, pkg)
	cmd.Stdout, cmd.Stderr = &text, &text
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, text.Bytes())
	}
	return nil
}
