package i2c

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/physic"
)

// The kernel's i2c-dev interface, include/uapi/linux/i2c-dev.h and i2c.h.
const (
	ioctlTimeout = 0x0702 // adapter's time-out, in units of 10 ms
	ioctlFuncs   = 0x0705 // what the adapter can do, an unsigned long
	ioctlRdwr    = 0x0707 // messages with repeated starts between them

	funcI2C   = 0x00000001 // plain I²C transactions
	flagRead  = 0x0001     // the message is a read
	tenMillis = 50         // half a second
	maxLength = 8192       // i2c-dev refuses longer messages
	maxAddr   = 0x77       // above and below are reserved addresses
	minAddr   = 0x08
)

// kernelMessage is struct i2c_msg.
type kernelMessage struct {
	addr   uint16
	flags  uint16
	length uint16
	buf    *byte
}

// kernelMessages is struct i2c_rdwr_ioctl_data.
type kernelMessages struct {
	first *kernelMessage
	count uint32
}

// rdwr carries the messages out and returns how many of them were.
func rdwr(fd int, msgs []kernelMessage) (int, error) {
	data := kernelMessages{first: &msgs[0], count: uint32(len(msgs))} //nolint:gosec // two at most
	n, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), ioctlRdwr, uintptr(unsafe.Pointer(&data)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// device is a bus behind i2c-dev.
type device struct {
	path string
	rdwr func(fd int, msgs []kernelMessage) (int, error)

	mu   sync.Mutex
	fd   int // -1 once closed
	node os.FileInfo
}

// adopt checks that the open node is an I²C bus that can do what is needed.
func (d *device) adopt() error {
	node, err := os.Stat(d.path)
	if err != nil {
		return openError(d.path, err)
	}
	d.node = node
	var funcs uintptr // unsigned long
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(d.fd), ioctlFuncs, uintptr(unsafe.Pointer(&funcs)))
	if errno != 0 {
		return &Error{
			Op: "open", Bus: d.path, Err: fmt.Errorf("%w: %w", ErrUnsupported, errno),
			Hint: "this is no I²C bus",
		}
	}
	if funcs&funcI2C == 0 {
		return &Error{
			Op: "open", Bus: d.path, Err: ErrUnsupported,
			Hint: "the adapter speaks SMBus only, chips need plain I²C: use another bus",
		}
	}
	// An adapter that can't set it keeps its own time-out, one second with most drivers.
	_, _, _ = unix.Syscall(unix.SYS_IOCTL, uintptr(d.fd), ioctlTimeout, tenMillis)
	return nil
}

// String is the node.
func (d *device) String() string { return d.path }

// Tx writes w and then reads r in one transaction. On an error nothing in r counts.
func (d *device) Tx(addr uint16, w, r []byte) error {
	if addr < minAddr || addr > maxAddr {
		return &Error{
			Op: "transfer", Bus: d.path, Err: fmt.Errorf("%w: address 0x%02x", ErrInvalid, addr),
			Hint: "addresses are 0x08 to 0x77",
		}
	}
	if len(w) > maxLength || len(r) > maxLength {
		return &Error{Op: "transfer", Bus: d.path, Err: fmt.Errorf("%w: %d and %d bytes", ErrInvalid, len(w), len(r))}
	}
	var buf [2]kernelMessage
	msgs := buf[:0]
	if len(w) > 0 {
		msgs = append(msgs, kernelMessage{addr: addr, length: uint16(len(w)), buf: &w[0]}) //nolint:gosec // bounded above
	}
	if len(r) > 0 {
		msgs = append(msgs, kernelMessage{addr: addr, flags: flagRead, length: uint16(len(r)), buf: &r[0]}) //nolint:gosec // bounded above
	}
	if len(msgs) == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fd < 0 {
		return &Error{Op: "transfer", Bus: d.path, Err: ErrClosed}
	}
	n, err := d.rdwr(d.fd, msgs)
	if err == nil && n != len(msgs) {
		err = fmt.Errorf("%w: %d of %d messages", ErrShort, n, len(msgs))
		clear(r)
		return &Error{Op: "transfer", Bus: d.path, Err: err}
	}
	if err != nil {
		clear(r)
		return d.broken(err)
	}
	return nil
}

// broken says what an error number means.
func (d *device) broken(err error) error {
	e := &Error{Op: "transfer", Bus: d.path}
	if d.vanished() {
		e.Err, e.Hint = fmt.Errorf("%w: %w", ErrGone, err), "the adapter was pulled out"
		return e
	}
	switch {
	case errors.Is(err, unix.ENXIO), errors.Is(err, unix.EREMOTEIO):
		e.Err = fmt.Errorf("%w: %w", ErrNoAnswer, err)
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ESHUTDOWN), errors.Is(err, unix.EBADF):
		e.Err = fmt.Errorf("%w: %w", ErrGone, err)
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EBUSY), errors.Is(err, unix.ETIMEDOUT), errors.Is(err, unix.ETIME):
		e.Err, e.Hint = fmt.Errorf("%w: %w", ErrStuck, err), "is a line held down or short-circuited?"
	default:
		e.Err = fmt.Errorf("%w: %w", ErrTransfer, err)
	}
	return e
}

// vanished reports whether the node is another one than was opened, or none.
func (d *device) vanished() bool {
	now, err := os.Stat(d.path)
	return err != nil || d.node != nil && !os.SameFile(now, d.node)
}

// SetSpeed always fails: i2c-dev has no such thing, the device tree sets the speed.
func (d *device) SetSpeed(physic.Frequency) error {
	return &Error{Op: "set the speed of", Bus: d.path, Err: ErrUnsupported, Hint: "the device tree sets it"}
}

// Close releases the bus. A second Close does nothing.
func (d *device) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fd < 0 {
		return nil
	}
	fd := d.fd
	d.fd = -1
	if err := unix.Close(fd); err != nil {
		return &Error{Op: "close", Bus: d.path, Err: err}
	}
	return nil
}
