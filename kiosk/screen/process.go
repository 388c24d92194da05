package screen

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// lastWait is how long a killed browser's pipes may stay open.
	lastWait = 2 * time.Second
	// oomScore makes the kernel end the browser long before anything else on the board.
	oomScore = "800"
)

// process is one browser with its two pipes.
type process struct {
	pid int
	// out is written to the browser, in is read from it.
	out, in *os.File
	words   *ring
	// ended is closed after it has ended and everything it started is killed; err then says how.
	ended chan struct{}
	err   error
}

// launch starts the program in a process group of its own, with file 3 to read orders from
// and file 4 to write answers to.
func launch(program string, args, env []string) (*process, error) {
	theirIn, out, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("open a pipe: %w", err)
	}
	in, theirOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open a pipe: %w", err), theirIn.Close(), out.Close())
	}
	p := &process{out: out, in: in, words: &ring{}, ended: make(chan struct{})}
	child := exec.Command(program, args...)
	child.ExtraFiles = []*os.File{theirIn, theirOut}
	child.Stdout, child.Stderr = p.words, p.words
	child.Env = env
	child.Dir = "/"
	child.WaitDelay = lastWait
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go p.live(child, started)
	err = <-started
	// The child has its own copies; without closing ours its end would never be noticed.
	_, _ = theirIn.Close(), theirOut.Close()
	if err != nil {
		_, _ = out.Close(), in.Close()
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	return p, nil
}

// live starts the child and waits for its end on one thread: the death signal belongs to the
// thread that forked.
func (p *process) live(child *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := child.Start(); err != nil {
		started <- err
		return
	}
	p.pid = child.Process.Pid
	// Best effort: without it the kernel may choose the gateway.
	_ = os.WriteFile(filepath.Join("/proc", strconv.Itoa(p.pid), "oom_score_adj"), []byte(oomScore), 0)
	started <- nil
	p.err = child.Wait()
	p.kill() // what it has left behind
	_, _ = p.out.Close(), p.in.Close()
	close(p.ended)
}

// kill ends the browser and whatever it started; a stopped process too.
func (p *process) kill() {
	// The only error is that nothing is left.
	_ = unix.Kill(-p.pid, unix.SIGKILL)
}

// environment is the browser's: the runner's own, with a home inside the profile, and
// without an X server where a Wayland compositor is.
func environment(own []string, profile string) []string {
	wayland := slices.ContainsFunc(own, func(v string) bool {
		return strings.HasPrefix(v, "WAYLAND_DISPLAY=") && v != "WAYLAND_DISPLAY="
	})
	env := make([]string, 0, len(own)+5)
	for _, v := range own {
		name, _, _ := strings.Cut(v, "=")
		switch {
		case name == "HOME", name == "XDG_CONFIG_HOME", name == "XDG_CACHE_HOME", name == "NOTIFY_SOCKET", name == "WATCHDOG_PID":
		case wayland && (name == "DISPLAY" || name == "XSESSION_TYPE" || name == "XDG_SESSION_TYPE"):
		default:
			env = append(env, v)
		}
	}
	env = append(env, "HOME="+profile, "XDG_CONFIG_HOME="+profile, "XDG_CACHE_HOME="+profile)
	if wayland {
		env = append(env, "XDG_SESSION_TYPE=wayland")
	}
	return env
}

// freshProfile makes an empty profile folder below dir and removes those of earlier starts.
func freshProfile(dir, screen string) (string, error) {
	prefix := "firepost-" + screen + "-profile-"
	old, err := filepath.Glob(filepath.Join(dir, prefix+"*"))
	if err != nil {
		return "", fmt.Errorf("look for old profiles: %w", err)
	}
	for _, o := range old {
		// One that stays takes room, nothing else.
		_ = os.RemoveAll(o)
	}
	path, err := os.MkdirTemp(dir, prefix)
	if err != nil {
		return "", fmt.Errorf("make a profile: %w", err)
	}
	return path, nil
}

// memoryDir is a folder in memory that only this user can use, or the system's temporary one.
func memoryDir(runtimeDir string) string {
	for _, dir := range []string{runtimeDir, "/dev/shm"} {
		var fs unix.Statfs_t
		if dir != "" && unix.Statfs(dir, &fs) == nil && uint32(fs.Type) == unix.TMPFS_MAGIC && unix.Access(dir, unix.W_OK) == nil {
			return dir
		}
	}
	return os.TempDir()
}

// boardMemory is the board's memory in bytes, 0 where it can't be told.
func boardMemory() uint64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return uint64(info.Totalram) * uint64(info.Unit)
}
