package screen

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"firepost/kiosk/screen/child"
)

// process is one browser with its two pipes.
type process struct {
	*child.Child
	// out is written to the browser, in is read from it.
	out, in *os.File
}

// launch starts the program with file 3 to read orders from and file 4 to write answers to.
func launch(program string, args, env []string) (*process, error) {
	theirIn, out, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("open a pipe: %w", err)
	}
	in, theirOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open a pipe: %w", err), theirIn.Close(), out.Close())
	}
	c, err := child.Start(child.Command{Program: program, Args: args, Env: env, Files: []*os.File{theirIn, theirOut}})
	if err != nil {
		return nil, errors.Join(err, out.Close(), in.Close())
	}
	return &process{c, out, in}, nil
}

// close ends the browser, waits for its end and lets go of the pipes.
func (p *process) close() {
	p.Kill()
	<-p.Ended()
	// Errors would only say that the browser's driver has closed them already.
	_, _ = p.out.Close(), p.in.Close()
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
	return freshDir(dir, "firepost-"+screen+"-profile-")
}

// freshDir makes an empty folder below dir and removes those of earlier starts.
func freshDir(dir, prefix string) (string, error) {
	old, err := filepath.Glob(filepath.Join(dir, prefix+"*"))
	if err != nil {
		return "", fmt.Errorf("look for old folders: %w", err)
	}
	for _, o := range old {
		// One that stays takes room, nothing else.
		_ = os.RemoveAll(o)
	}
	path, err := os.MkdirTemp(dir, prefix)
	if err != nil {
		return "", fmt.Errorf("make a folder: %w", err)
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
