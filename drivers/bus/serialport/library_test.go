package serialport

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	tarm "github.com/tarm/serial"
	bugst "go.bug.st/serial"
	"golang.org/x/sys/unix"

	"firepost/drivers/sim"
)

// What the libraries keep by themselves, asserted so that a new version of one that does
// better or worse is noticed, and the statement printed for operators corrected.

func newPTY(t *testing.T) *sim.PTY {
	t.Helper()
	pty, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pty.Close() })
	return pty
}

// TestTarmAloneRoundsTimeouts asserts the step where it is made: VTIME counts tenths of a
// second, and what is shorter becomes one.
func TestTarmAloneRoundsTimeouts(t *testing.T) {
	step := Tarm.Guarantees().Library.TimeoutStep
	for ask, tenths := range map[time.Duration]uint8{
		time.Millisecond: 1, 50 * time.Millisecond: 1, step: 1, 140 * time.Millisecond: 1, 2 * step: 2, time.Second: 10,
	} {
		pty := newPTY(t)
		line, err := os.OpenFile(pty.Path, os.O_RDWR|unix.O_NOCTTY, 0)
		if err != nil {
			t.Fatal(err)
		}
		port, err := tarm.OpenPort(&tarm.Config{Name: pty.Path, Baud: 9600, ReadTimeout: ask})
		if err != nil {
			t.Fatal(err)
		}
		state, err := unix.IoctlGetTermios(int(line.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		if state.Cc[unix.VTIME] != tenths || state.Cc[unix.VMIN] != 0 {
			t.Errorf("%v becomes VTIME %d VMIN %d, want %d and 0", ask, state.Cc[unix.VTIME], state.Cc[unix.VMIN], tenths)
		}
		if err := errors.Join(port.Close(), line.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestTarmAloneMistakesAPullForATimeout(t *testing.T) {
	if Tarm.Guarantees().Library.GoneDetected {
		t.Error("stated as detected")
	}
	pty := newPTY(t)
	port, err := openTarm(pty.Path, 9600, format{data: 8, parity: 'N', stop: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = port.Close() }()
	_, silent := port.Read(make([]byte, 8))
	if err := pty.HangUp(); err != nil {
		t.Fatal(err)
	}
	_, pulled := port.Read(make([]byte, 8))
	if !errors.Is(silent, io.EOF) || !errors.Is(pulled, io.EOF) {
		t.Errorf("time-out %v, pull %v: the library now tells them apart; correct the guarantees", silent, pulled)
	}
}

func TestBugstAloneTellsAPull(t *testing.T) {
	if !Bugst.Guarantees().Library.GoneDetected {
		t.Error("stated as not detected")
	}
	pty := newPTY(t)
	port, err := openBugst(pty.Path, 9600, format{data: 8, parity: 'N', stop: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = port.Close() }()
	if n, err := port.Read(make([]byte, 8)); n != 0 || err != nil {
		t.Errorf("time-out = %d, %v, want 0 and nil", n, err)
	}
	if err := pty.HangUp(); err != nil {
		t.Fatal(err)
	}
	var gone *bugst.PortError
	if _, err := port.Read(make([]byte, 8)); !errors.As(err, &gone) || gone.Code() != bugst.PortClosed {
		t.Errorf("pull = %v, want PortClosed", err)
	}
}

// TestLibrariesAloneShareAPort is why the helper locks: neither library keeps a second
// user out who has the device open already, or is root.
func TestLibrariesAloneShareAPort(t *testing.T) {
	for _, b := range [...]Backend{Bugst, Tarm} {
		if b.Guarantees().Library.Exclusive {
			t.Errorf("%s: stated as exclusive", b)
		}
	}
	pty := newPTY(t)
	f := format{data: 8, parity: 'N', stop: 1}
	first, err := openTarm(pty.Path, 9600, f)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	second, err := openBugst(pty.Path, 9600, f)
	if err != nil {
		t.Fatalf("a second library is refused now: %v; correct the guarantees", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

// TestSpuriousReadiness: bytes that are promised and not there must not spin for ever, nor
// pass for a time-out.
func TestSpuriousReadiness(t *testing.T) {
	pty := newPTY(t)
	opened, err := Open(Spec{Name: pty.Path})
	if err != nil {
		t.Fatal(err)
	}
	p := opened.(*port)
	thief := &emptyLibrary{library: p.lib}
	p.lib = thief
	if _, err := pty.Master.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	n, err := p.Read(make([]byte, 8), time.Now().Add(time.Hour))
	if n != 0 || !errors.Is(err, ErrGone) || thief.reads != maxSpurious {
		t.Errorf("= %d, %v after %d reads, want ErrGone after %d", n, err, thief.reads, maxSpurious)
	}
	if n, err := p.Discard(); n != 0 || err != nil {
		t.Errorf("discard = %d, %v", n, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// emptyLibrary never has a byte.
type emptyLibrary struct {
	library
	reads int
}

func (e *emptyLibrary) Read([]byte) (int, error) { e.reads++; return 0, nil }

// TestShortWrites: a library may take less than it was given, or be interrupted.
func TestShortWrites(t *testing.T) {
	pty := newPTY(t)
	opened, err := Open(Spec{Name: pty.Path})
	if err != nil {
		t.Fatal(err)
	}
	p := opened.(*port)
	p.lib = &shortLibrary{library: p.lib}
	want := []byte{0x01, 0x03, 0x00, 0x10, 0x00, 0x01, 0x85, 0xCF}
	if err := p.Write(want); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if _, err := io.ReadFull(pty.Master, got); err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the line got % x", got)
	}
	for err, sentinel := range map[error]error{unix.EIO: ErrGone, unix.ENODEV: ErrGone, unix.EINVAL: unix.EINVAL} {
		p.lib.(*shortLibrary).fail = err
		if got := p.Write(want); !errors.Is(got, sentinel) {
			t.Errorf("library fails with %v: %v, want %v", err, got, sentinel)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// shortLibrary takes one byte of two attempts, the other is interrupted.
type shortLibrary struct {
	library
	calls int
	fail  error
}

func (s *shortLibrary) Write(b []byte) (int, error) {
	if s.fail != nil {
		return 0, s.fail
	}
	if s.calls++; s.calls%2 == 1 {
		return 0, unix.EINTR
	}
	return s.library.Write(b[:1])
}
