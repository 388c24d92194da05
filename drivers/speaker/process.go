package speaker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// keepStderr is how much of aplay's words is kept, from the end.
	keepStderr = 4 << 10
	// lastWait is how long a killed child's pipes may stay open.
	lastWait = 2 * time.Second
	// pipeSize is how much waits between us and aplay: half a second at 16 kHz mono, which
	// with aplay's own half second bridges a busy processor.
	pipeSize = 16 << 10
	// usualPipe is what a pipe holds where the kernel would not change it (pipe(7)).
	usualPipe = 64 << 10
)

// child is one running aplay that is fed raw samples.
type child struct {
	cmd    *exec.Cmd
	in     *os.File
	format Format
	// capacity is how many bytes the pipe holds: what was written beyond it aplay has read.
	capacity int
	written  int64
	started  time.Time
	stderr   *tail
	ended    chan struct{}
	err      error
}

// start starts aplay in a process group of its own. The caller's thread must be locked: the
// death signal belongs to the thread that forked. The child must be ended by finish or kill.
func (s *Speaker) start(f Format) (*child, error) {
	if s.stuck != nil && !s.stuck.gone() {
		return nil, fmt.Errorf("start %s: %w: the one before can't be killed", s.opt.Command, ErrHung)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w: %w", s.opt.Command, ErrFailed, err)
	}
	c := &child{in: w, format: f, capacity: usualPipe, stderr: &tail{}, ended: make(chan struct{}), started: time.Now()}
	c.shrink()
	c.cmd = exec.Command(s.opt.Command, "-q", "-N", "-D", s.opt.Device, "-t", "raw", "-f", "S16_LE",
		"-r", strconv.Itoa(f.Rate), "-c", strconv.Itoa(f.Channels))
	c.cmd.Stdin, c.cmd.Stderr = r, c.stderr
	c.cmd.Dir = "/"
	// No translated errors, no loader tricks. ALSA reads a user's .asoundrc from HOME.
	c.cmd.Env = []string{"LC_ALL=C", "HOME=/", "PATH=/usr/bin:/bin"}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c.cmd.WaitDelay = lastWait
	err = c.cmd.Start()
	_ = r.Close()
	if err != nil {
		_ = w.Close()
		return nil, startError(s.opt.Command, err)
	}
	go func() {
		c.err = c.cmd.Wait()
		// Whatever aplay started goes with it.
		_ = unix.Kill(-c.cmd.Process.Pid, unix.SIGKILL)
		close(c.ended)
	}()
	return c, nil
}

// shrink makes the pipe small where the kernel allows it: less is lost in it, and that aplay
// has begun to read is known sooner.
func (c *child) shrink() {
	raw, err := c.in.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		if n, err := unix.FcntlInt(fd, unix.F_SETPIPE_SZ, pipeSize); err == nil && n > 0 {
			c.capacity = n
		}
	})
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

// write hands samples over and waits at most stall for aplay to take them.
func (c *child) write(ctx context.Context, p []byte, stall time.Duration) error {
	if err := c.in.SetWriteDeadline(time.Now().Add(stall)); err != nil {
		return fmt.Errorf("feed aplay: %w: %w", ErrFailed, err)
	}
	// After the deadline was set, so that the end of the context always has the last word.
	stop := context.AfterFunc(ctx, func() { _ = c.in.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	n, err := c.in.Write(p)
	c.written += int64(n)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%w: no samples taken for %s", ErrHung, stall)
	}
	// The pipe broke: aplay has closed it, and what it died of says more than that.
	return c.outcome(ctx, stall)
}

// taken says whether aplay has read anything: it does so only once it has opened the device.
func (c *child) taken() bool { return c.written > int64(c.capacity) }

// ahead is how much longer what was handed over plays than time has passed since the start.
func (c *child) ahead() time.Duration {
	perSecond := int64(c.format.bytesPerSecond())
	// Seconds first: days of an alarm in bytes times nanoseconds would overflow.
	played := time.Duration(c.written/perSecond)*time.Second + time.Duration(c.written%perSecond)*time.Second/time.Duration(perSecond)
	return played - time.Since(c.started)
}

// finish tells aplay that no more samples come and waits until it has played the rest.
func (c *child) finish(ctx context.Context, stall time.Duration) error {
	_ = c.in.Close()
	rest := max(c.ahead(), 0) + time.Duration(c.capacity)*time.Second/time.Duration(c.format.bytesPerSecond())
	timer := time.NewTimer(rest + stall)
	defer timer.Stop()
	select {
	case <-c.ended:
	case <-ctx.Done():
		c.kill()
		return ctx.Err()
	case <-timer.C:
		c.kill()
		return fmt.Errorf("%w: still there %s after the last sample", ErrHung, stall)
	}
	if c.err != nil {
		return c.trouble()
	}
	return nil
}

// outcome waits for an aplay that has stopped reading and says what it died of.
func (c *child) outcome(ctx context.Context, stall time.Duration) error {
	timer := time.NewTimer(stall)
	defer timer.Stop()
	select {
	case <-c.ended:
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return fmt.Errorf("%w: closed its input without ending", ErrHung)
	}
	return c.trouble()
}

// trouble is what an ended aplay died of.
func (c *child) trouble() error {
	words := c.stderr.String()
	if words == "" && c.err == nil {
		return fmt.Errorf("%w: ended before its input", ErrFailed)
	}
	if c.err == nil {
		return fmt.Errorf("%w: %s", classify(words), lastLines(words))
	}
	return fmt.Errorf("%w: %w: %s", classify(words), c.err, lastLines(words))
}

// kill ends aplay at once and waits for its end. It says whether it ended: one that sits in
// the kernel, waiting for a card that was pulled out, can't be killed. It may be called again.
func (c *child) kill() bool {
	_ = c.in.Close()
	if c.gone() {
		return true
	}
	_ = unix.Kill(-c.cmd.Process.Pid, unix.SIGKILL)
	timer := time.NewTimer(2 * lastWait)
	defer timer.Stop()
	select {
	case <-c.ended:
		return true
	case <-timer.C:
		return false
	}
}

// gone says whether aplay has ended.
func (c *child) gone() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// tail keeps the last keepStderr bytes.
type tail struct{ data []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.data = append(t.data, p...)
	if cut := len(t.data) - keepStderr; cut > 0 {
		t.data = append(t.data[:0], t.data[cut:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return strings.ToValidUTF8(string(t.data), "?") }
