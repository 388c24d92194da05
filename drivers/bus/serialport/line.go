package serialport

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// maxBaudError is by how much a driver's real rate may differ from the one asked for, in
// per cent: a character of eleven bits is lost at about 4.5, and the device errs as well.
const maxBaudError = 2

// checkLine reads back what the driver made of the settings. The kernel takes any and
// silently keeps what the hardware can do, so a wrong parity would look like a dead bus.
func (h *helper) checkLine(baud int, f format) error {
	t, err := unix.IoctlGetTermios(h.fd, unix.TCGETS2)
	if err != nil {
		// Emulators know only the older call, which doesn't tell the rate.
		if t, err = unix.IoctlGetTermios(h.fd, unix.TCGETS); err != nil {
			return openError(h.path, err)
		}
		t.Ospeed = uint32(baud)
	}
	if err := lineDiffers(t, baud, f, h.pty); err != nil {
		return &Error{
			Op: "set up", Port: h.path, Err: fmt.Errorf("%w: %w", ErrUnsupported, err),
			Hint: "the adapter's driver refused it; use another format or another adapter",
		}
	}
	return nil
}

// lineDiffers says how t differs from what was asked for, or nil. A pseudo-terminal has no
// parity and always eight bits, whatever it is told.
func lineDiffers(t *unix.Termios, baud int, f format, pty bool) error {
	if got := int64(t.Ospeed); got*100 < int64(baud)*(100-maxBaudError) || got*100 > int64(baud)*(100+maxBaudError) {
		return fmt.Errorf("asked for %d baud, got %d", baud, got)
	}
	got := format{data: 7, stop: 1, parity: 'N'}
	if t.Cflag&unix.CSIZE == unix.CS8 {
		got.data = 8
	}
	if t.Cflag&unix.CSTOPB != 0 {
		got.stop = 2
	}
	if t.Cflag&unix.PARENB != 0 {
		got.parity = 'E'
		if t.Cflag&unix.PARODD != 0 {
			got.parity = 'O'
		}
	}
	if pty {
		got.data, got.parity = f.data, f.parity
	}
	if got != f {
		return fmt.Errorf("asked for %s, got %s", f, got)
	}
	return nil
}

// String is the usual notation.
func (f format) String() string { return fmt.Sprintf("%d%c%d", f.data, f.parity, f.stop) }
