package drivertest

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"firepost/drivers/bus/serialport"
)

// lineState reads the settings of a line through a descriptor of the suite's own. The
// port's exclusion refuses a second descriptor unless it is there first.
func lineState(t *testing.T, open OpenSerial, spec serialport.Spec) (*unix.Termios, serialport.Port, error) {
	t.Helper()
	pty := newPTY(t)
	f, err := os.OpenFile(pty.Path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	spec.Name = pty.Path
	port, err := open(spec)
	if err != nil {
		return nil, nil, err
	}
	t.Cleanup(func() { _ = port.Close() })
	state, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS2)
	if err != nil {
		t.Fatal(err)
	}
	return state, port, nil
}

// settings asserts what can be seen on a pseudo-terminal, which keeps stop bits, the kind
// of parity and the rate, but never parity itself.
func settings(t *testing.T, g serialport.Guarantees, open OpenSerial) {
	for _, c := range []struct {
		format        string
		odd, two      bool
		bits, baud    int
		parityChecked bool
	}{
		{format: "8N1", bits: 10, baud: 9600},
		{format: "8E1", bits: 11, baud: 4800, parityChecked: true},
		{format: "8O1", bits: 11, baud: 19200, odd: true, parityChecked: true},
		{format: "8N2", bits: 11, baud: 115200, two: true},
		{format: "8E2", bits: 12, baud: 2400, two: true, parityChecked: true},
	} {
		state, port, err := lineState(t, open, serialport.Spec{Format: c.format, Baud: c.baud})
		if err != nil {
			t.Errorf("%s: %v", c.format, err)
			continue
		}
		if odd := state.Cflag&unix.PARODD != 0; odd != c.odd {
			t.Errorf("%s: odd parity %v", c.format, odd)
		}
		if two := state.Cflag&unix.CSTOPB != 0; two != c.two {
			t.Errorf("%s: two stop bits %v", c.format, two)
		}
		if int(state.Ospeed) != c.baud {
			t.Errorf("%s: rate %d, want %d", c.format, state.Ospeed, c.baud)
		}
		if checked := state.Iflag&unix.INPCK != 0; checked != (c.parityChecked && g.ParityChecked) {
			t.Errorf("%s: parity checked %v, stated %v", c.format, checked, g.ParityChecked)
		}
		if raw := state.Lflag&(unix.ICANON|unix.ECHO|unix.ISIG) == 0 && state.Oflag&unix.OPOST == 0 &&
			state.Iflag&(unix.IXON|unix.IXOFF|unix.ICRNL|unix.ISTRIP) == 0; !raw {
			t.Errorf("%s: the line edits what passes: %+v", c.format, state)
		}
		if port.CharBits() != c.bits || port.Baud() != c.baud {
			t.Errorf("%s: the port says %d bits at %d baud, want %d at %d", c.format, port.CharBits(), port.Baud(), c.bits, c.baud)
		}
	}
}

func anyBaud(t *testing.T, g serialport.Guarantees, open OpenSerial) {
	const odd = 250_000 // of DMX; not in the usual list
	state, _, err := lineState(t, open, serialport.Spec{Baud: odd})
	switch {
	case g.AnyBaud && err != nil:
		t.Errorf("any rate is stated, %d is refused: %v", odd, err)
	case g.AnyBaud && state.Ospeed != odd:
		t.Errorf("asked for %d baud, got %d", odd, state.Ospeed)
	case !g.AnyBaud && !errors.Is(err, serialport.ErrInvalid):
		t.Errorf("a rate outside the list must be refused before any hardware is touched, got %v", err)
	}
}

func pulled(t *testing.T, g serialport.Guarantees, open OpenSerial) {
	if !g.Port.GoneDetected {
		t.Fatal("every port must promise to notice a pull")
	}
	p := newPair(t, open, serialport.Spec{})
	if err := p.pty.HangUp(); err != nil {
		t.Fatal(err)
	}
	n, readErr := p.port.Read(make([]byte, 8), far())
	if n != 0 || errors.Is(readErr, serialport.ErrTimeout) {
		t.Errorf("read = %d, %v", n, readErr)
	}
	_, discardErr := p.port.Discard()
	for op, err := range map[string]error{"read": readErr, "write": p.port.Write([]byte{1}), "discard": discardErr} {
		if !errors.Is(err, serialport.ErrGone) {
			t.Errorf("%s after a pull: %v, want ErrGone", op, err)
			continue
		}
		if !strings.Contains(err.Error(), p.pty.Path) {
			t.Errorf("%s: %q doesn't name the port", op, err)
		}
	}
	if err := p.port.Close(); err != nil {
		t.Errorf("close after a pull: %v", err)
	}
}

func pulledWhileReading(t *testing.T, _ serialport.Guarantees, open OpenSerial) {
	p := newPair(t, open, serialport.Spec{})
	got, started := make(chan error, 1), make(chan struct{})
	go func() {
		close(started)
		_, err := p.port.Read(make([]byte, 8), far())
		got <- err
	}()
	<-started
	if err := p.pty.HangUp(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, serialport.ErrGone) {
		t.Errorf("the waiting read returned %v, want ErrGone", err)
	}
}

// returns is the life of a port whose adapter is pulled and plugged in again.
func returns(t *testing.T, _ serialport.Guarantees, open OpenSerial) {
	dev := t.TempDir()
	spec := serialport.Spec{Name: "/dev/ttyUSB0", Dev: dev, Sys: t.TempDir()}
	first := newPTY(t)
	linkTo(t, dev, first)
	port, err := open(spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.HangUp(); err != nil {
		t.Fatal(err)
	}
	if _, err := port.Read(make([]byte, 8), far()); !errors.Is(err, serialport.ErrGone) {
		t.Fatalf("read = %v, want ErrGone", err)
	}
	if err := port.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dev, "ttyUSB0")); err != nil {
		t.Fatal(err)
	}
	if _, err := open(spec); !errors.Is(err, serialport.ErrNotFound) {
		t.Fatalf("open of a pulled port: %v, want ErrNotFound", err)
	}
	back := make(chan error, 1)
	go func() { back <- serialport.Await(t.Context(), spec) }()
	second := newPTY(t)
	linkTo(t, dev, second)
	if err := <-back; err != nil {
		t.Fatalf("await: %v", err)
	}
	port, err = open(spec)
	if err != nil {
		t.Fatalf("open after the return: %v", err)
	}
	p := &pair{t: t, pty: second, port: port}
	p.send([]byte{9})
	if got := p.read(1); got[0] != 9 {
		t.Errorf("read %d after the return", got[0])
	}
	if err := port.Close(); err != nil {
		t.Error(err)
	}
}

func exclusive(t *testing.T, g serialport.Guarantees, open OpenSerial) {
	if !g.Port.Exclusive {
		t.Fatal("every port must promise exclusive use")
	}
	dev := t.TempDir()
	p := newPair(t, open, serialport.Spec{})
	linkTo(t, dev, p.pty)
	for _, spec := range []serialport.Spec{{Name: p.pty.Path}, {Name: "/dev/ttyUSB0", Dev: dev}} {
		second, err := open(spec)
		if err == nil {
			t.Errorf("%s opened twice: %v", spec.Name, second.Close())
			continue
		}
		if !errors.Is(err, serialport.ErrBusy) || !strings.Contains(err.Error(), p.pty.Path) {
			t.Errorf("second open of %s: %v, want ErrBusy naming %s", spec.Name, err, p.pty.Path)
		}
	}
	p.send([]byte{5})
	if got := p.read(1); got[0] != 5 {
		t.Errorf("after a refused second open the port reads %d", got[0])
	}
}

// notInherited looks at every descriptor of the device that this process has.
func notInherited(t *testing.T, _ serialport.Guarantees, open OpenSerial) {
	p := newPair(t, open, serialport.Spec{})
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if target, linkErr := os.Readlink(filepath.Join(dir, e.Name())); err != nil || linkErr != nil || target != p.pty.Path {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil {
			t.Fatal(err)
		}
		found++
		if flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("descriptor %d of %s passes to child processes", fd, p.pty.Path)
		}
	}
	if found == 0 {
		t.Error("no descriptor of the port found")
	}
}
