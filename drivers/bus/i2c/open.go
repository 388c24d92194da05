package i2c

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/host/v3"
)

// Open opens the bus that name says: a number or a node ("1", "i2c-1", "/dev/i2c-1", a link
// to a node), or else a name of periph's registry. The error is an *Error that wraps
// ErrNotFound, ErrPermission, ErrUnsupported or ErrInvalid and names the way out.
func Open(name string) (periph.BusCloser, error) {
	if node, ok := nodeOf(name, "/dev"); ok {
		return openNode(node)
	}
	if strings.TrimSpace(name) == "" {
		return nil, &Error{Op: "open", Bus: strconv.Quote(name), Err: ErrInvalid, Hint: "name a bus, such as 1 for /dev/i2c-1"}
	}
	return openRegistered(name)
}

// nodeOf is the node that a name means; false when it is none of i2c-dev's names.
func nodeOf(name, dev string) (string, bool) {
	name = strings.TrimSpace(name)
	if filepath.IsAbs(name) {
		return filepath.Clean(name), true
	}
	number := strings.TrimPrefix(name, "i2c-")
	if n, err := strconv.ParseUint(number, 10, 16); err == nil {
		return filepath.Join(dev, "i2c-"+strconv.FormatUint(n, 10)), true
	}
	return "", false
}

func openNode(node string) (periph.BusCloser, error) {
	fd, err := unix.Open(node, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, openError(node, err)
	}
	d := &device{path: node, fd: fd, rdwr: rdwr}
	if err := d.adopt(); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return d, nil
}

// openError turns what open(2) says into what a technician can act on.
func openError(node string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENOTDIR):
		return &Error{Op: "open", Bus: node, Err: fmt.Errorf("%w: %w", ErrNotFound, err), Hint: missingHint(node)}
	case errors.Is(err, fs.ErrPermission):
		return &Error{
			Op: "open", Bus: node, Err: fmt.Errorf("%w: %w", ErrPermission, err),
			Hint: "add the user to the group that owns the node, usually i2c",
		}
	default:
		return &Error{Op: "open", Bus: node, Err: fmt.Errorf("%w: %w", ErrUnsupported, err)}
	}
}

// missingHint says what is there instead, or how to get a bus at all.
func missingHint(node string) string {
	found, err := filepath.Glob(filepath.Join(filepath.Dir(node), "i2c-*"))
	if err != nil || len(found) == 0 {
		return "there is no I²C bus at all: switch the controller on in the device tree " +
			"(on a Raspberry Pi dtparam=i2c_arm=on) and load i2c-dev"
	}
	return "there are " + strings.Join(found, ", ")
}

func openRegistered(name string) (periph.BusCloser, error) {
	if _, err := host.Init(); err != nil {
		return nil, &Error{Op: "open", Bus: name, Err: fmt.Errorf("%w: %w", ErrUnsupported, err)}
	}
	for _, ref := range i2creg.All() {
		if ref.Name != name && !slices.Contains(ref.Aliases, name) {
			continue
		}
		bus, err := ref.Open()
		switch {
		case err == nil:
			return bus, nil
		case errors.Is(err, os.ErrPermission):
			return nil, &Error{Op: "open", Bus: name, Err: fmt.Errorf("%w: %w", ErrPermission, err)}
		default:
			return nil, &Error{Op: "open", Bus: name, Err: fmt.Errorf("%w: %w", ErrNotFound, err)}
		}
	}
	return nil, &Error{Op: "open", Bus: name, Err: ErrNotFound, Hint: missingHint("/dev/" + name)}
}
