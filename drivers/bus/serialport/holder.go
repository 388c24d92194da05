package serialport

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// lockHolder names the process that holds the lock on st's file, or is empty where that
// can't be known.
func lockHolder(st *unix.Stat_t) string {
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		return ""
	}
	dev := uint64(st.Dev)
	return describe(findLock(locks, unix.Major(dev), unix.Minor(dev), st.Ino))
}

// findLock finds the process that holds an flock in the text of /proc/locks, 0 if none:
//
//	1: FLOCK  ADVISORY  WRITE 4242 00:1b:5 0 EOF
func findLock(locks []byte, major, minor uint32, inode uint64) int {
	file := fmt.Sprintf("%02x:%02x:%d", major, minor, inode)
	for lines := bufio.NewScanner(bytes.NewReader(locks)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 6 || f[1] != "FLOCK" || f[5] != file {
			continue
		}
		if pid, err := strconv.Atoi(f[4]); err == nil && pid > 0 {
			return pid
		}
	}
	return 0
}

// openHolder names a process that has path open, as far as this user may know: another one
// first, then this one.
func openHolder(path string) string {
	fds, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return ""
	}
	own := 0
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err != nil || target != path {
			continue
		}
		pid, err := strconv.Atoi(strings.Split(fd, "/")[2])
		if err == nil && pid != os.Getpid() {
			return describe(pid)
		}
		own = os.Getpid()
	}
	return describe(own)
}

func describe(pid int) string {
	switch pid {
	case 0:
		return ""
	case os.Getpid():
		return fmt.Sprintf("another port of this process (pid %d)", pid)
	}
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return fmt.Sprintf("pid %d", pid)
	}
	return fmt.Sprintf("%s (pid %d)", bytes.TrimSpace(name), pid)
}
