package sim

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// PTY is a pseudo-terminal: the simulated end (Master) and the path that a real serial
// library opens (Path). The slave side is kept open so that a program that closes and
// reopens Path does not hang the line up.
type PTY struct {
	Master *os.File
	Path   string
	slave  *os.File
}

// OpenPTY makes a raw pseudo-terminal without echo or line editing.
func OpenPTY() (*PTY, error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open /dev/ptmx: %w", err)
	}
	master := os.NewFile(uintptr(fd), "/dev/ptmx")
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("unlock pty: %w", joinClose(err, master))
	}
	path := fmt.Sprintf("/dev/pts/%d", n)
	slave, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, joinClose(err, master))
	}
	if err := makeRaw(int(slave.Fd())); err != nil {
		return nil, fmt.Errorf("make %s raw: %w", path, joinClose(joinClose(err, slave), master))
	}
	return &PTY{Master: master, Path: path, slave: slave}, nil
}

// Forget ends exclusive use (TIOCEXCL) by a program that was killed. A real port forgets it
// with its last close; here the slave side that is kept open would remember it.
func (p *PTY) Forget() error {
	if err := unix.IoctlSetInt(int(p.slave.Fd()), unix.TIOCNXCL, 0); err != nil {
		return fmt.Errorf("end exclusive use of %s: %w", p.Path, err)
	}
	return nil
}

// HangUp closes the simulated end: what an adapter that is pulled out looks like.
func (p *PTY) HangUp() error { return p.Master.Close() }

// Close releases both ends.
func (p *PTY) Close() error {
	err := p.slave.Close()
	if e := p.Master.Close(); err == nil && e != nil && !isClosed(e) {
		err = e
	}
	return err
}
