// Package child starts a program that must never outlive its parent, hold memory, or leave
// anything behind: in a process group of its own, with the last of its words in a ring of
// fixed size, first in line when the kernel needs memory.
package child

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// lastWait is how long a killed child's pipes may stay open.
	lastWait = 2 * time.Second
	// oomScore makes the kernel end the child long before anything else on the board.
	oomScore = "800"
)

// Command is what to start.
type Command struct {
	Program string
	Args    []string
	// Env is the whole environment; nil: the parent's own.
	Env []string
	// Files become the child's files 3 and up. Start closes them.
	Files []*os.File
}

// Child is one running program.
type Child struct {
	// PID is also its process group.
	PID int
	// Words are the last of what it wrote to its output and error output.
	Words *Ring
	ended chan struct{}
	err   error
}

// Start starts the program. It dies with the calling process.
func Start(c Command) (*Child, error) {
	child := &Child{Words: &Ring{}, ended: make(chan struct{})}
	cmd := exec.Command(c.Program, c.Args...)
	cmd.ExtraFiles = c.Files
	cmd.Stdout, cmd.Stderr = child.Words, child.Words
	cmd.Env = c.Env
	cmd.Dir = "/"
	cmd.WaitDelay = lastWait
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go child.live(cmd, started)
	err := <-started
	for _, f := range c.Files {
		// The child has its own copies; without closing ours its end would never be noticed.
		_ = f.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Program, err)
	}
	return child, nil
}

// live starts the program and waits for its end on one thread: the death signal belongs to
// the thread that forked.
func (c *Child) live(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		started <- err
		return
	}
	c.PID = cmd.Process.Pid
	// Best effort: without it the kernel may choose the gateway.
	_ = os.WriteFile(filepath.Join("/proc", strconv.Itoa(c.PID), "oom_score_adj"), []byte(oomScore), 0)
	started <- nil
	c.err = cmd.Wait()
	c.Kill() // what it has left behind
	close(c.ended)
}

// Kill ends the program and whatever it started; a stopped one too. It does not wait.
func (c *Child) Kill() {
	// The only error is that nothing is left.
	_ = unix.Kill(-c.PID, unix.SIGKILL)
}

// Ended is closed once the program has ended and what it started is killed.
func (c *Child) Ended() <-chan struct{} { return c.ended }

// Err is how the program ended, nil for an exit without complaint; valid once Ended is closed.
func (c *Child) Err() error { return c.err }
