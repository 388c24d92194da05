package serialport

import (
	"errors"
	"fmt"
	"io"

	bugst "go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// helper is our own descriptor of the device. It is opened before the library opens the
// device and closed after it: it holds the lock, notices a hang-up, sets RS-485 up (some
// drivers forget that on the last close) and reads back what the driver accepted. It never
// reads or writes a byte.
type helper struct {
	fd   int
	path string
	pty  bool
}

// The majors of Unix 98 pseudo-terminal slaves (Documentation/admin-guide/devices.txt).
const minPTYMajor, maxPTYMajor = 136, 143

// openHelper opens the device without waiting for a carrier and locks it.
func openHelper(path string) (*helper, error) {
	fd, err := retry(func() (int, error) {
		return unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, openError(path, err)
	}
	h := &helper{fd: fd, path: path}
	if err := h.prepare(); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return h, nil
}

func (h *helper) prepare() error {
	var st unix.Stat_t
	if err := unix.Fstat(h.fd, &st); err != nil {
		return openError(h.path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFCHR {
		return notSerial(h.path)
	}
	if _, err := unix.IoctlGetTermios(h.fd, unix.TCGETS); err != nil {
		if errors.Is(err, unix.ENOTTY) {
			return notSerial(h.path)
		}
		return openError(h.path, err)
	}
	major := unix.Major(uint64(st.Rdev))
	h.pty = major >= minPTYMajor && major <= maxPTYMajor
	_, err := retry(func() (int, error) { return 0, unix.Flock(h.fd, unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return busyError(h.path, lockHolder(&st))
	}
	if err != nil {
		return &Error{Op: "lock", Port: h.path, Err: err}
	}
	return nil
}

// seal asks the kernel to refuse further opens; root is refused by the lock instead.
func (h *helper) seal() error {
	if err := unix.IoctlSetInt(h.fd, unix.TIOCEXCL, 0); err != nil {
		return openError(h.path, err)
	}
	return nil
}

// dropOutput forgets what the driver has not sent yet.
func (h *helper) dropOutput() error {
	if err := unix.IoctlSetInt(h.fd, unix.TCFLSH, unix.TCOFLUSH); err != nil {
		return fmt.Errorf("drop unsent bytes: %w", err)
	}
	return nil
}

// close lifts the exclusion and gives the lock back. A device that is gone can't be asked
// any more, and need not be.
func (h *helper) close() error {
	err := unix.IoctlSetInt(h.fd, unix.TIOCNXCL, 0)
	if err != nil && isGone(err) {
		err = nil
	}
	return errors.Join(err, unix.Close(h.fd))
}

// isGone tells an error that says that the device is no longer there.
func isGone(err error) bool {
	for _, e := range [...]error{unix.EIO, unix.ENXIO, unix.ENODEV} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// openError gives an error of the operating system or of a library its meaning.
func openError(path string, err error) error {
	e := &Error{Op: "open", Port: path, Err: err}
	var lib *bugst.PortError
	switch {
	case errors.Is(err, unix.ENOENT):
		e.Err, e.Hint = ErrNotFound, "is the adapter plugged in?"
	case errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV), errors.Is(err, unix.EIO):
		e.Err, e.Hint = fmt.Errorf("%w: %w", ErrGone, err), "the device node is there but no device answers"
	case errors.Is(err, unix.EBUSY), errors.As(err, &lib) && lib.Code() == bugst.PortBusy:
		return busyError(path, openHolder(path))
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM), errors.As(err, &lib) && lib.Code() == bugst.PermissionDenied:
		e.Err, e.Hint = ErrPermission, "add the service's user to the group dialout"
	}
	return e
}

func notSerial(path string) error {
	return &Error{
		Op: "open", Port: path, Err: fmt.Errorf("%w: not a serial port", ErrUnsupported),
		Hint: "name a tty such as /dev/ttyUSB0 or /dev/ttyS1",
	}
}

func busyError(path, holder string) error {
	e := &Error{Op: "open", Port: path, Err: ErrBusy, Hint: "stop the other program, or name another port"}
	if holder != "" {
		e.Err = fmt.Errorf("%w by %s", ErrBusy, holder)
	}
	return e
}

func joinClose(err error, c io.Closer) error { return errors.Join(err, c.Close()) }
