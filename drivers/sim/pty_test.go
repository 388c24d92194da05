package sim

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestPTYPassesEveryByteUnchanged(t *testing.T) {
	p, err := OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	f := master(t, p.Path)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	if _, err := p.Master.Write(all); err != nil {
		t.Fatal(err)
	}
	got := poll(t, f, all, len(all))
	back := make([]byte, len(all))
	for n := 0; n < len(back); {
		k, err := p.Master.Read(back[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += k
	}
	if string(got) != string(all) || string(back) != string(all) {
		t.Error("a byte was changed, dropped or echoed")
	}
}

func TestPTYHangUp(t *testing.T) {
	p, err := OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	f := master(t, p.Path)
	if err := p.HangUp(); err != nil {
		t.Fatal(err)
	}
	if n, err := f.Read(make([]byte, 1)); err == nil {
		t.Errorf("read %d bytes from a terminal that is gone", n)
	}
	if err := p.Close(); err != nil {
		t.Errorf("close after a hang-up: %v", err)
	}
	if _, err := os.Stat(p.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Logf("%s is still there: another program holds its number", p.Path)
	}
}

func TestForgetEndsExclusiveUse(t *testing.T) {
	l := startLine(t, LineConfig{})
	fd, err := unix.Open(l.Path(), unix.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetInt(fd, unix.TIOCEXCL, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.Close(fd); err != nil {
		t.Fatal(err)
	}
	excl := func() int {
		v, err := unix.IoctlGetInt(int(l.wire.pty.slave.Fd()), unix.TIOCGEXCL)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if excl() == 0 {
		t.Fatal("the terminal did not remember exclusive use")
	}
	if err := l.Forget(); err != nil {
		t.Fatal(err)
	}
	if excl() != 0 {
		t.Error("the terminal is still in exclusive use")
	}
}
