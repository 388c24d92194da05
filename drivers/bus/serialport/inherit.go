package serialport

import (
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// openUninherited opens the library's port so that no child process inherits it: bugst
// opens without O_CLOEXEC, and a player or a browser started later would hold the bus open.
// No child can start in between, since fork takes the same lock.
func openUninherited(b Backend, h *helper, baud int, f format) (library, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	lib, err := openLibrary(b, h.path, baud, f)
	if err != nil {
		return nil, err
	}
	h.closeOnExec()
	return lib, nil
}

// closeOnExec marks every descriptor of the helper's device. Without /proc nothing is
// marked and nothing else is the worse for it.
func (h *helper) closeOnExec() {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	var own, other unix.Stat_t
	if unix.Fstat(h.fd, &own) != nil {
		return
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err == nil && unix.Fstat(fd, &other) == nil && other.Mode&unix.S_IFMT == unix.S_IFCHR && other.Rdev == own.Rdev {
			unix.CloseOnExec(fd)
		}
	}
}
