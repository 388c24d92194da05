package serialport

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// fakeDriver is a UART driver's RS-485 part.
type fakeDriver struct {
	state  serialRS485
	refuse error
	keep   uint32 // the flags that it knows
	force  uint32 // flags that it sets whatever it is told
}

func (d *fakeDriver) ioctl(request uint, s *serialRS485) error {
	if d.refuse != nil {
		return d.refuse
	}
	if request == unix.TIOCSRS485 {
		d.state = *s
		d.state.flags = s.flags&d.keep | d.force
		return nil
	}
	*s = d.state
	return nil
}

func TestRS485(t *testing.T) {
	full := RS485{
		RTSOnSend: true, RxDuringTx: true, TerminateBus: true,
		DelayBeforeSend: time.Millisecond, DelayAfterSend: 2 * time.Millisecond,
	}
	for _, c := range []struct {
		name   string
		driver fakeDriver
		want   RS485
		flags  uint32 // what reaches the kernel, from linux/serial.h
		got    RS485
		err    error
	}{
		{name: "all of it", driver: fakeDriver{keep: 0x3F}, want: full, flags: 0x33, got: full},
		{name: "RTS low while sending", driver: fakeDriver{keep: 0x3F}, want: RS485{}, flags: 0x05},
		{
			name: "a flag that the driver doesn't know", driver: fakeDriver{keep: 0x07}, want: full, flags: 0x03,
			got: RS485{RTSOnSend: true, DelayBeforeSend: time.Millisecond, DelayAfterSend: 2 * time.Millisecond},
		},
		{name: "left off", driver: fakeDriver{}, want: full, err: ErrUnsupported},
		{name: "wrong way round", driver: fakeDriver{keep: 0x35, force: 0x04}, want: full, err: ErrUnsupported},
		{name: "no such mode", driver: fakeDriver{refuse: unix.ENOTTY}, want: full, err: ErrUnsupported},
		{name: "pulled", driver: fakeDriver{refuse: unix.EIO}, want: full, err: unix.EIO},
	} {
		got, err := applyRS485(c.driver.ioctl, c.want)
		if c.err != nil {
			if !errors.Is(err, c.err) {
				t.Errorf("%s: %v, want %v", c.name, err, c.err)
			}
			continue
		}
		if err != nil || got != c.got || c.driver.state.flags != c.flags {
			t.Errorf("%s: %+v flags %#x, %v; want %+v flags %#x", c.name, got, c.driver.state.flags, err, c.got, c.flags)
		}
	}
}

func TestRS485OnAPseudoTerminal(t *testing.T) {
	pty := newPTY(t)
	_, err := Open(Spec{Name: pty.Path, RS485: &RS485{RTSOnSend: true}})
	if !errors.Is(err, ErrUnsupported) || !errors.Is(err, unix.ENOTTY) || !strings.Contains(err.Error(), "leave rs485 out") {
		t.Fatalf("= %v, want ErrUnsupported with a way out", err)
	}
	p, err := Open(Spec{Name: pty.Path})
	if err != nil {
		t.Fatalf("the refused attempt left the port taken: %v", err)
	}
	if got, ok := AcceptedRS485(p); ok {
		t.Errorf("RS-485 reported without having been asked for: %+v", got)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestLineDiffers(t *testing.T) {
	e81 := format{data: 8, parity: 'E', stop: 1}
	line := func(cflag, speed uint32) *unix.Termios { return &unix.Termios{Cflag: cflag, Ospeed: speed} }
	for _, c := range []struct {
		name string
		got  *unix.Termios
		want format
		pty  bool
		ok   bool
	}{
		{"as asked", line(unix.CS8|unix.PARENB, 9600), e81, false, true},
		{"rate a little off", line(unix.CS8|unix.PARENB, 9615), e81, false, true},
		{"another rate", line(unix.CS8|unix.PARENB, 19200), e81, false, false},
		{"rate 4 % off", line(unix.CS8|unix.PARENB, 9216), e81, false, false},
		{"no parity", line(unix.CS8, 9600), e81, false, false},
		{"odd instead of even", line(unix.CS8|unix.PARENB|unix.PARODD, 9600), e81, false, false},
		{"seven bits", line(unix.CS7|unix.PARENB, 9600), e81, false, false},
		{"two stop bits", line(unix.CS8|unix.PARENB|unix.CSTOPB, 9600), e81, false, false},
		{"a pseudo-terminal has no parity", line(unix.CS8, 9600), e81, true, true},
		{"a pseudo-terminal has stop bits", line(unix.CS8|unix.CSTOPB, 9600), e81, true, false},
	} {
		if err := lineDiffers(c.got, 9600, c.want, c.pty); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestNotASerialPort(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/dev/null", file} {
		if _, err := Open(Spec{Name: name}); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "not a serial port") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	for cause, want := range map[error]error{
		unix.ENOENT: ErrNotFound, unix.ENXIO: ErrGone, unix.ENODEV: ErrGone, unix.EIO: ErrGone,
		unix.EBUSY: ErrBusy, unix.EACCES: ErrPermission, unix.EPERM: ErrPermission, unix.EINVAL: unix.EINVAL,
		&fs.PathError{Op: "open", Path: "/dev/ttyUSB0", Err: unix.EACCES}: ErrPermission,
	} {
		err := openError("/dev/ttyUSB0", cause)
		if !errors.Is(err, want) || !strings.Contains(err.Error(), "/dev/ttyUSB0") {
			t.Errorf("%v becomes %v, want %v", cause, err, want)
		}
	}
}

func TestFindLock(t *testing.T) {
	const locks = `1: POSIX  ADVISORY  WRITE 501 fd:01:77 0 EOF
2: FLOCK  ADVISORY  WRITE 4242 00:05:301 0 EOF
2: -> FLOCK  ADVISORY  WRITE 4243 00:05:301 0 EOF
3: FLOCK  ADVISORY  WRITE -1 00:05:302 0 EOF
4: FLOCK  ADVISORY  WRITE 4244 103:1a:302 0 EOF
`
	for _, c := range []struct {
		major, minor uint32
		inode        uint64
		pid          int
	}{{0, 5, 301, 4242}, {0, 5, 302, 0}, {0xfd, 1, 77, 0}, {0x103, 0x1a, 302, 4244}, {0, 5, 30, 0}} {
		if pid := findLock([]byte(locks), c.major, c.minor, c.inode); pid != c.pid {
			t.Errorf("%x:%x:%d is held by %d, want %d", c.major, c.minor, c.inode, pid, c.pid)
		}
	}
}

// TestBusyNamesTheHolder uses a process that locks as serial programs do.
func TestBusyNamesTheHolder(t *testing.T) {
	flock, err := exec.LookPath("flock")
	if err != nil {
		t.Fatalf("flock is part of every Debian system: %v", err)
	}
	pty := newPTY(t)
	cmd := exec.Command(flock, pty.Path, "sh", "-c", "echo locked; exec cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	_, err = Open(Spec{Name: pty.Path})
	if !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), fmt.Sprintf("pid %d", cmd.Process.Pid)) {
		t.Errorf("= %v, want ErrBusy naming pid %d", err, cmd.Process.Pid)
	}
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		t.Fatal(err)
	}
	p, err := Open(Spec{Name: pty.Path})
	if err != nil {
		t.Fatalf("the lock outlives its holder: %v", err)
	}
	_, err = Open(Spec{Name: pty.Path})
	if !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "another port of this process") {
		t.Errorf("= %v, want ErrBusy naming this process", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestLatencyTimer(t *testing.T) {
	sys := t.TempDir()
	dir := filepath.Join(sys, "bus", "usb-serial", "devices", "ttyUSB0")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "latency_timer")
	quicken(sys, "/dev/ttyUSB0")
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("a setting that the driver hasn't got was made up: %v", err)
	}
	if err := os.WriteFile(file, []byte("16\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	quicken(sys, "/dev/ttyUSB0")
	if got, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(got), "1\n") {
		t.Errorf("latency timer %q, %v, want 1", got, err)
	}
}

// TestFarDeadline: a deadline beyond one system call's reach is kept all the same.
func TestFarDeadline(t *testing.T) {
	pty := newPTY(t)
	p, err := Open(Spec{Name: pty.Path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pty.Master.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if n, err := p.Read(make([]byte, 8), time.Now().Add(200*365*24*time.Hour)); n != 1 || err != nil {
		t.Errorf("= %d, %v", n, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
