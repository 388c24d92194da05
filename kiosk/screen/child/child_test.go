package child

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestChild(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Start(Command{Program: "/bin/sh", Args: []string{"-c", "echo $WORD; sleep 1000 & echo $! >&3; exit 7"}, Env: []string{"PATH=/usr/bin:/bin", "WORD=hello"}, Files: []*os.File{out}})
	if err != nil {
		t.Fatal(err)
	}
	<-c.Ended()
	var exit *exec.ExitError
	// The grandchild keeps the output open; the wait for it is cut short.
	if !errors.As(c.Err(), &exit) && !errors.Is(c.Err(), exec.ErrWaitDelay) {
		t.Errorf("ended with %v", c.Err())
	}
	if got := c.Words.Tail(100); got != "hello\n" {
		t.Errorf("said %q", got)
	}
	said, err := io.ReadAll(in) // ends, for the grandchild is killed too
	if err != nil || strings.TrimSpace(string(said)) == "" {
		t.Errorf("%q, %v", said, err)
	}
}

func TestAStoppedChildIsKilled(t *testing.T) {
	c, err := Start(Command{Program: "sleep", Args: []string{"1000"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(-c.PID, unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if score, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", c.PID)); err != nil || string(score) != oomScore+"\n" {
		t.Errorf("the kernel's choice: %q, %v", score, err)
	}
	c.Kill()
	<-c.Ended()
	if c.Err() == nil {
		t.Error("ended without complaint")
	}
}

func TestNoSuchProgram(t *testing.T) {
	if _, err := Start(Command{Program: "/nonexistent/x"}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
