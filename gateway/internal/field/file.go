package field

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"firepost/firmware-contracts/durable"

	"github.com/google/renameio/v2"
)

// Insert adds a device to the text of a configuration, behind the last one, and leaves every
// other byte as it is. ErrFile: the list of devices is not written as lines.
func Insert(text []byte, e *Entry) ([]byte, error) {
	eol := "\n"
	if bytes.Contains(text, []byte("\r\n")) {
		eol = "\r\n"
	}
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	head := -1
	for i, l := range lines {
		if key, rest, ok := strings.Cut(l, ":"); ok && key == "devices" {
			head = i
			rest = strings.TrimSpace(rest)
			if rest, _, _ = strings.Cut(rest, "#"); strings.TrimSpace(rest) != "" && strings.TrimSpace(rest) != "[]" {
				return nil, fmt.Errorf("%w: devices: is written on one line (line %d): write it as a list of lines first", ErrFile, i+1)
			}
			lines[i] = strings.Replace(l, "[]", "", 1)
			lines[i] = strings.TrimRight(lines[i], " ")
			break
		}
	}
	if head < 0 {
		lines = trimEnd(lines)
		lines = append(lines, "", "devices:")
		head = len(lines) - 1
	}
	at, indent := endOfList(lines, head)
	entry := e.lines(indent)
	if at > head+1 {
		entry = append([]string{""}, entry...)
	}
	out := append(append(append([]string{}, lines[:at]...), entry...), lines[at:]...)
	if at == len(lines) {
		out = append(out, "")
	}
	return []byte(strings.Join(out, eol)), nil
}

func trimEnd(lines []string) []string {
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// endOfList is the line behind the last one of the list under head, and how far its entries are
// indented. Comments before the next key belong to that.
func endOfList(lines []string, head int) (at int, indent string) {
	at, indent = head+1, "  "
	first := true
	for i := head + 1; i < len(lines); i++ {
		l := lines[i]
		body := strings.TrimLeft(l, " ")
		switch {
		case body == "" || strings.HasPrefix(body, "#"):
			continue
		case len(body) == len(l) && !strings.HasPrefix(l, "-"):
			return at, indent
		}
		if first && strings.HasPrefix(body, "-") {
			indent, first = l[:len(l)-len(body)], false
		}
		at = i + 1
	}
	return at, indent
}

// Append adds a device to a configuration file: check must accept the new text before anything
// is written, and accept the file afterwards, or the old one is put back. The old text stays
// beside it as FILE.bak. Both are safe on the disk when Append returns.
func Append(path string, e *Entry, check func(name string, text []byte) error) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	old, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	text, err := Insert(old, e)
	if err != nil {
		return err
	}
	if err := check(path, text); err != nil {
		return fmt.Errorf("%w: with %s in it, it would be refused: %w", ErrFile, e.Name, err)
	}
	if err := write(path+".bak", path, old); err != nil {
		return fmt.Errorf("%w: keep the old one: %w", ErrFile, err)
	}
	if err := write(path, path, text); err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	got, err := os.ReadFile(path)
	if err == nil {
		err = check(path, got)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%w: what was written is refused, the old one is put back: %w", ErrFile, err), write(path, path, old))
	}
	return nil
}

// write replaces path at once, with the mode and the owner of like.
func write(path, like string, data []byte) error {
	mode, uid, gid := os.FileMode(0o640), -1, -1
	if st, err := os.Stat(like); err == nil {
		mode = st.Mode().Perm()
		if sys, ok := st.Sys().(*syscall.Stat_t); ok {
			uid, gid = int(sys.Uid), int(sys.Gid)
		}
	}
	dir := filepath.Dir(path)
	f, err := renameio.NewPendingFile(path, renameio.WithTempDir(dir), renameio.WithPermissions(mode), renameio.IgnoreUmask())
	if err != nil {
		return err
	}
	// After the replacement there is nothing left to clean up.
	defer func() { _ = f.Cleanup() }()
	if uid != os.Getuid() || gid != os.Getgid() {
		if err := f.Chown(uid, gid); err != nil {
			return fmt.Errorf("keep the owner of %s: %w", like, err)
		}
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return err
	}
	return durable.SyncFolder(dir)
}
