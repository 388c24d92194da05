package camera

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// keepStderr is how much of ffmpeg's words is kept, from the end.
	keepStderr = 8 << 10
	// lastWait is how long a killed child's pipes may stay open.
	lastWait = 2 * time.Second
	// niceness puts a picture behind everything that watches and sounds.
	niceness = 10
	// oomScore makes the kernel end ffmpeg before it ends the booth.
	oomScore = "900"
)

// outcome is how one child ended.
type outcome struct {
	stdout     []byte
	stderr     string
	err        error
	tooLarge   bool
	notStarted bool
}

// run starts ffmpeg in a process group of its own and waits for its end. The group is killed
// when ctx ends, when more than MaxBytes come, and once more when the child has ended.
func (c *Camera) run(ctx context.Context, cmd command) outcome {
	// The death signal belongs to the thread that forked; it must outlive the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	child := exec.CommandContext(ctx, c.set.Program, cmd.args...)
	stdout := &bounded{limit: c.set.MaxBytes, over: cancel}
	stderr := &tail{}
	child.Stdout, child.Stderr = stdout, stderr
	if cmd.stdin != "" {
		child.Stdin = strings.NewReader(cmd.stdin)
	}
	child.Dir = "/"
	// No colours, no translated errors, no proxies, no loader tricks.
	child.Env = []string{"LC_ALL=C", "AV_LOG_FORCE_NOCOLOR=1", "HOME=/", "PATH=/usr/bin:/bin"}
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	child.WaitDelay = lastWait
	child.Cancel = func() error { return killGroup(child.Process.Pid) }
	if err := child.Start(); err != nil {
		if ctx.Err() != nil {
			return outcome{err: ctx.Err()}
		}
		return outcome{err: startError(c.set.Program, err), notStarted: true}
	}
	yieldToAlarms(child.Process.Pid)
	err := child.Wait()
	if kerr := killGroup(child.Process.Pid); err == nil && kerr != nil && !errors.Is(kerr, os.ErrProcessDone) {
		err = kerr
	}
	return outcome{stdout: stdout.data, stderr: stderr.String(), err: err, tooLarge: stdout.full}
}

func startError(program string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("start %s: %w", program, ErrNoProgram)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("start %s: %w", program, ErrPermission)
	}
	return fmt.Errorf("start %s: %w: %w", program, ErrFailed, err)
}

// killGroup ends the child and whatever it started.
func killGroup(pid int) error {
	err := unix.Kill(-pid, unix.SIGKILL)
	if errors.Is(err, unix.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// yieldToAlarms is best effort: without it a picture is as important as everything else.
func yieldToAlarms(pid int) {
	_ = unix.Setpriority(unix.PRIO_PGRP, pid, niceness)
	_ = os.WriteFile(filepath.Join("/proc", strconv.Itoa(pid), "oom_score_adj"), []byte(oomScore), 0)
}

var errFull = errors.New("limit reached")

// bounded keeps up to limit bytes and calls over when more come.
type bounded struct {
	data  []byte
	limit int
	full  bool
	over  func()
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.data)+len(p) > b.limit {
		b.full = true
		b.over()
		return 0, errFull
	}
	b.data = append(b.data, p...)
	return len(p), nil
}

// tail keeps the last keepStderr bytes.
type tail struct {
	data []byte
	cut  bool
}

func (t *tail) Write(p []byte) (int, error) {
	t.data = append(t.data, p...)
	if cut := len(t.data) - keepStderr; cut > 0 {
		t.data = append(t.data[:0], t.data[cut:]...)
		t.cut = true
	}
	return len(p), nil
}

// String leaves out a first line that was cut: half an address could not be told for one.
func (t *tail) String() string {
	s := string(t.data)
	if t.cut {
		_, s, _ = strings.Cut(s, "\n")
	}
	return strings.ToValidUTF8(s, "?")
}
