// Package booth starts the real daemon on a simulated booth, for the demonstration, the
// measurements and the tests.
package booth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Daemon is one running firepost process.
type Daemon struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error

	mu    sync.Mutex
	log   bytes.Buffer
	page  string
	paged chan struct{} // closed once there is a page
}

// keepLog bounds what is kept of a daemon's log.
const keepLog = 4 << 20

// pageLine finds the local page's address in the log.
var pageLine = regexp.MustCompile(`msg="local page".* address=(\S+)`) //nolint:gochecknoglobals // a compiled constant

// Start runs the binary with a configuration; log, if not nil, gets a copy of its log.
func Start(binary, config, state string, log io.Writer, env ...string) (*Daemon, error) {
	return StartCommand([]string{binary, "run", "-config", config, "-state", state}, log, env...)
}

// StartCommand runs a daemon by a whole command line, such as one that enters a namespace
// first; the command must become the daemon, not be its parent.
func StartCommand(argv []string, log io.Writer, env ...string) (*Daemon, error) {
	d := &Daemon{done: make(chan struct{}), paged: make(chan struct{})}
	d.cmd = exec.Command(argv[0], argv[1:]...)
	d.cmd.Env = append(os.Environ(), env...)
	// The daemon must not outlive a test or demonstration that is killed.
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	d.cmd.Stderr = &logWriter{d: d, tee: log}
	started := make(chan error, 1)
	go func() {
		// The kernel sends that signal when the starting thread ends, not the process: a
		// simulated line's thread, which ends with the line, must not be the one.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := d.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		d.err = d.cmd.Wait()
		close(d.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	return d, nil
}

type logWriter struct {
	d   *Daemon
	tee io.Writer
}

func (w *logWriter) Write(p []byte) (int, error) {
	w.d.mu.Lock()
	if w.d.log.Len() < keepLog {
		w.d.log.Write(p)
	}
	if m := pageLine.FindSubmatch(p); m != nil {
		if w.d.page == "" {
			close(w.d.paged)
		}
		w.d.page = string(m[1])
	}
	w.d.mu.Unlock()
	if w.tee != nil {
		return w.tee.Write(p)
	}
	return len(p), nil
}

// Page waits for the address of the local page, the latest one: a reload may change it.
func (d *Daemon) Page(ctx context.Context) (string, error) {
	select {
	case <-d.paged:
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.page, nil
	case <-d.done:
		return "", fmt.Errorf("the daemon ended: %w\n%s", d.err, d.Log())
	case <-ctx.Done():
		return "", fmt.Errorf("no local page: %w\n%s", ctx.Err(), d.Log())
	}
}

// Log is what the daemon has logged so far.
func (d *Daemon) Log() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.String()
}

// Pid is the process.
func (d *Daemon) Pid() int { return d.cmd.Process.Pid }

// Done is closed when the daemon has ended.
func (d *Daemon) Done() <-chan struct{} { return d.done }

// Signal sends a signal.
func (d *Daemon) Signal(s os.Signal) error { return d.cmd.Process.Signal(s) }

// Kill ends the daemon as a power cut would, and waits.
func (d *Daemon) Kill() {
	_ = d.cmd.Process.Kill()
	<-d.done
}

// stopWithin is how long a daemon may take to stop in order.
const stopWithin = 15 * time.Second

// Stop ends the daemon in order; an error is one that does not end, or ends badly.
func (d *Daemon) Stop() error {
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		if errors.Is(err, os.ErrProcessDone) {
			return nil
		}
		return err
	}
	t := time.NewTimer(stopWithin)
	defer t.Stop()
	select {
	case <-d.done:
		return d.err
	case <-t.C:
		d.Kill()
		return fmt.Errorf("the daemon did not stop within %v\n%s", stopWithin, d.Log())
	}
}

// Build compiles the daemon into dir, without cgo as it runs on the boards, and returns its
// path. args are for go build; with -race the daemon watches itself for data races, for
// which it needs cgo.
func Build(dir string, args ...string) (string, error) {
	out := filepath.Join(dir, "firepost")
	cmd := exec.Command("go", append(append([]string{"build", "-tags", "nethttpomithttp2", "-o", out}, args...), "firepost/gateway/cmd/firepost")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if slices.Contains(args, "-race") {
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	}
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the daemon: %w\n%s", err, text)
	}
	return out, nil
}
