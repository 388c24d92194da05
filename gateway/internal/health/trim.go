package health

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Trim unmaps the pages of the program's own file; those that are in use come back at once. On
// a small board the others, code that only the start or a rare act needs, are a third of its
// resident size. What runs again is mapped again, from the
// page cache, for the price of a minor fault. Only mappings that can't be written to and hold
// nothing of our own are touched, so that nothing can be lost. It returns how many bytes of
// mappings it has let go of.
func Trim() (int64, error) {
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return 0, fmt.Errorf("trim: %w", err)
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return 0, fmt.Errorf("trim: %w", err)
	}
	defer func() { _ = f.Close() }()
	var freed int64
	var bad []error
	for _, m := range trimmable(bufio.NewScanner(f), exe) {
		if _, _, e := unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED); e != 0 {
			bad = append(bad, fmt.Errorf("trim %x–%x: %w", m.from, m.to, e))
			continue
		}
		freed += int64(m.to - m.from) //nolint:gosec // a mapping's length
	}
	return freed, errors.Join(bad...)
}

// mapping is a range of addresses.
type mapping struct{ from, to uintptr }

// trimmable finds the mappings of the file that are read-only and hold no page of our own: not
// one byte of them differs from the file. The format is that of proc_pid_smaps(5).
func trimmable(in *bufio.Scanner, file string) []mapping {
	var list []mapping
	var m mapping
	ours, clean, facts := false, true, 0
	done := func() {
		// Both figures must have been there: what is not known is not clean.
		if ours && clean && facts == 2 && m.from < m.to {
			list = append(list, m)
		}
		ours, clean, facts = false, true, 0
	}
	for in.Scan() {
		line := in.Text()
		if next, perms, path, ok := header(line); ok {
			done()
			m = next
			ours = path == file && (perms == "r-xp" || perms == "r--p")
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		switch key {
		// Private_Dirty also counts pages of the file that the disk has not taken yet.
		case "Anonymous", "Locked":
			facts++
			clean = clean && strings.TrimSpace(value) == "0 kB"
		}
	}
	done()
	return list
}

// header reads a mapping's first line: from-to perms offset dev inode path.
func header(line string) (m mapping, perms, path string, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 5 {
		return m, "", "", false
	}
	a, b, found := strings.Cut(fields[0], "-")
	from, err1 := strconv.ParseUint(a, 16, strconv.IntSize)
	to, err2 := strconv.ParseUint(b, 16, strconv.IntSize)
	if !found || err1 != nil || err2 != nil {
		return m, "", "", false
	}
	if len(fields) > 5 {
		path = strings.Join(fields[5:], " ")
	}
	return mapping{uintptr(from), uintptr(to)}, fields[1], path, true
}
