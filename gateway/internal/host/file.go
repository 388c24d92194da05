package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

var (
	errEmpty        = errors.New("file is empty")
	errLong         = errors.New("file is too long for one value")
	errUnbelievable = errors.New("unbelievable value")
)

// maxValue is the most that a file with one value may hold: a page of the kernel's.
const maxValue = 4096

// readValue reads a file that holds one value, without the white space around it.
func readValue(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read value: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxValue+1))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return "", fmt.Errorf("read value: %w", err)
	}
	text := strings.TrimSpace(string(raw))
	switch {
	case len(raw) > maxValue:
		return "", fmt.Errorf("read value: %s: %w", path, errLong)
	case text == "":
		return "", fmt.Errorf("read value: %s: %w", path, errEmpty)
	}
	return text, nil
}

// names lists a folder. One that isn't there is empty; one that can't be read is an error,
// which filepath.Glob would swallow: no hardware and no permission are not the same.
func names(dir string) ([]string, error) {
	all, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("list folder: %w", err)
	}
	list := make([]string, len(all))
	for i, e := range all {
		list[i] = e.Name()
	}
	return list, nil
}

// readCount reads a file that holds one number that is never negative.
func readCount(path string) (uint64, error) {
	text, err := readValue(path)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read value: %s: %w", path, err)
	}
	return n, nil
}

// bootIDLength is that of a UUID in text.
const bootIDLength = 36

func (r *Reader) readBoot(context.Context) Fact[string] {
	id, err := r.bootID()
	if err != nil {
		return unknown[string](err)
	}
	return known(id)
}

func (r *Reader) bootID() (string, error) {
	path := r.proc("sys", "kernel", "random", "boot_id")
	id, err := readValue(path)
	if err != nil {
		return "", err
	}
	// Half an id would be taken for another boot.
	if len(id) != bootIDLength {
		return "", fmt.Errorf("%w: %s: boot id %q, want %d characters", errUnbelievable, path, id, bootIDLength)
	}
	return id, nil
}
