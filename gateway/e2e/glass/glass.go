package glass

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"firepost/gateway/e2e/booth"
)

// ErrNoBrowser means that there is no browser at the moment.
var ErrNoBrowser = errors.New("no browser is running")

// Options are what a screen is made of.
type Options struct {
	// Firepost is the binary, Daemon the daemon's address for screens, Name the screen's name.
	Firepost, Daemon, Name string
	// Dir is for the browser's profile and the connectors; the caller removes it.
	Dir string
	// Width and Height are the panel's pixels; 0: 1920 by 1080.
	Width, Height int
	// Log takes the runner's lines; nil: nowhere.
	Log io.Writer
}

// serviceRestarts is RestartSec of firepost-screen@.service.
const serviceRestarts = 2 * time.Second

// Glass is one running screen.
type Glass struct {
	opts Options
	stop chan struct{}
	done sync.WaitGroup

	mu      sync.Mutex
	runner  *booth.Daemon
	runners int
	before  string // the words of the runner before this one
}

// Start starts a screen's runner, and starts it again where it ends, as its unit does. Its plug
// is in; Start does not wait for the browser.
func Start(opts Options) (*Glass, error) {
	if opts.Width == 0 {
		opts.Width, opts.Height = 1920, 1080
	}
	g := &Glass{opts: opts, stop: make(chan struct{})}
	if err := errors.Join(os.MkdirAll(g.profiles(), 0o700), g.Plug(true)); err != nil {
		return nil, err
	}
	if err := g.run(); err != nil {
		return nil, err
	}
	g.done.Go(g.keep)
	return g, nil
}

// run starts a runner.
func (g *Glass) run() error {
	r, err := booth.StartCommand([]string{
		g.opts.Firepost, "screen", "-screen", g.opts.Name, "-daemon", g.opts.Daemon, "-profiles", g.profiles(), "-connectors", g.connectors(),
		"-browser-flag", "--headless=new", "-browser-flag", "--no-sandbox", "-browser-flag", "--disable-gpu",
		"-browser-flag", fmt.Sprintf("--window-size=%d,%d", g.opts.Width, g.opts.Height),
		"-browser-flag", "--mute-audio", "-browser-flag", "--enable-precise-memory-info",
		"-browser-flag", "--remote-debugging-port=0",
	}, g.opts.Log)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.runner != nil {
		g.before = g.runner.Log()
	}
	g.runner = r
	g.runners++
	return nil
}

// keep starts a runner that has ended again.
func (g *Glass) keep() {
	for {
		select {
		case <-g.stop:
			return
		case <-g.now().Done():
		}
		t := time.NewTimer(serviceRestarts)
		select {
		case <-g.stop:
			t.Stop()
			return
		case <-t.C:
		}
		// One that can't be started leaves one that has ended: the next round tries again.
		_ = g.run()
	}
}

func (g *Glass) now() *booth.Daemon {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.runner
}

// Runners is how often a runner was started: once, and again whenever the compositor was ordered
// to start anew.
func (g *Glass) Runners() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.runners
}

func (g *Glass) profiles() string   { return filepath.Join(g.opts.Dir, "profiles") }
func (g *Glass) connectors() string { return filepath.Join(g.opts.Dir, "connectors") }

// Plug puts the television's plug in, or pulls it out.
func (g *Glass) Plug(in bool) error {
	dir := filepath.Join(g.connectors(), "card0-HDMI-A-1")
	status, modes, edid := "disconnected\n", "", ""
	if in {
		status, modes = "connected\n", fmt.Sprintf("%dx%d\n1280x720\n", g.opts.Width, g.opts.Height)
		edid = strings.Repeat("\x00", 128)
	}
	errs := []error{os.MkdirAll(dir, 0o755)}
	for name, text := range map[string]string{"modes": modes, "edid": edid, "enabled": "enabled\n", "status": status} {
		// As in sysfs a reader never meets half a file.
		tmp := filepath.Join(g.opts.Dir, "new-"+name)
		errs = append(errs, os.WriteFile(tmp, []byte(text), 0o600), os.Rename(tmp, filepath.Join(dir, name)))
	}
	return errors.Join(errs...)
}

// Log is what the runner, and the one before it, have said so far.
func (g *Glass) Log() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.before + g.runner.Log()
}

// Browser is the present browser's process, which leads its group.
func (g *Glass) Browser() (int, error) {
	list, err := children(g.now().Pid())
	if err != nil {
		return 0, err
	}
	if len(list) == 0 {
		return 0, ErrNoBrowser
	}
	return list[0], nil
}

// children are the processes that a process has started and that are not dead yet.
func children(pid int) ([]int, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil, err
	}
	var list []int
	for _, path := range tasks {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // a thread that has ended
		}
		for word := range strings.FieldsSeq(string(data)) {
			if n, err := strconv.Atoi(word); err == nil && !zombie(n) {
				list = append(list, n)
			}
		}
	}
	return list, nil
}

// stat returns a process's state and group; false: it is gone.
func stat(pid int) (state byte, group int, ok bool) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, false
	}
	// The name stands in parentheses and may hold anything.
	_, rest, _ := strings.Cut(string(data[strings.LastIndexByte(string(data), ')'):]), " ")
	f := strings.Fields(rest)
	if len(f) < 3 {
		return 0, 0, false
	}
	group, err = strconv.Atoi(f[2])
	return f[0][0], group, err == nil
}

func zombie(pid int) bool {
	state, _, ok := stat(pid)
	return !ok || state == 'Z'
}

// KillBrowser ends the browser with everything that it has started, as a crash of all would; that
// there is none is an error.
func (g *Glass) KillBrowser() error {
	pid, err := g.Browser()
	if err != nil {
		return err
	}
	if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill browser %d: %w", pid, err)
	}
	return nil
}

// Renderers are the browser's processes that draw pages.
func (g *Glass) Renderers() ([]int, error) {
	pid, err := g.Browser()
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var list []int
	for _, p := range paths {
		n, err := strconv.Atoi(filepath.Base(p))
		if err != nil {
			continue
		}
		if _, group, ok := stat(n); !ok || group != pid {
			continue
		}
		line, err := os.ReadFile(p + "/cmdline")
		if err == nil && strings.Contains(string(line), "--type=renderer") {
			list = append(list, n)
		}
	}
	return list, nil
}

// Freeze stops every process that draws pages, as one that hangs in its driver does.
func (g *Glass) Freeze() error {
	list, err := g.Renderers()
	if err == nil && len(list) == 0 {
		err = ErrNoBrowser
	}
	for _, pid := range list {
		err = errors.Join(err, syscall.Kill(pid, syscall.SIGSTOP))
	}
	return err
}

// Stop ends runner and browser.
func (g *Glass) Stop() error {
	close(g.stop)
	g.done.Wait()
	r := g.now()
	select {
	case <-r.Done():
		return nil // it was between two runs
	default:
		return r.Stop()
	}
}

// Up waits for a browser.
func (g *Glass) Up(ctx context.Context) (int, error) {
	for {
		pid, err := g.Browser()
		if err == nil || !errors.Is(err, ErrNoBrowser) {
			return pid, err
		}
		if err := pause(ctx); err != nil {
			return 0, fmt.Errorf("wait for a browser: %w\n%s", err, g.Log())
		}
	}
}

// again is how soon something that is not there yet is looked for again.
const again = 20 * time.Millisecond

func pause(ctx context.Context) error {
	t := time.NewTimer(again)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
