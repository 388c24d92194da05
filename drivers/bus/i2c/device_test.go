package i2c

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel's layout, include/uapi/linux/i2c.h and i2c-dev.h: u16 addr, u16 flags, u16 len,
// then a pointer; a pointer, then u32.
func TestKernelLayout(t *testing.T) {
	var m kernelMessage
	var d kernelMessages
	word := unsafe.Sizeof(uintptr(0))
	for name, c := range map[string][2]uintptr{
		"addr": {unsafe.Offsetof(m.addr), 0}, "flags": {unsafe.Offsetof(m.flags), 2}, "len": {unsafe.Offsetof(m.length), 4},
		"buf": {unsafe.Offsetof(m.buf), 8}, "size": {unsafe.Sizeof(m), 8 + word},
		"msgs": {unsafe.Offsetof(d.first), 0}, "nmsgs": {unsafe.Offsetof(d.count), word}, "data size": {unsafe.Sizeof(d), 2 * word},
	} {
		if c[0] != c[1] {
			t.Errorf("%s at %d, the kernel has it at %d", name, c[0], c[1])
		}
	}
}

// opened is a device whose node is a plain file and whose kernel is do.
func opened(t *testing.T, do func(msgs []kernelMessage) (int, error)) *device {
	t.Helper()
	path := filepath.Join(t.TempDir(), "i2c-7")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	node, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	d := &device{path: path, fd: fd, node: node, rdwr: func(_ int, msgs []kernelMessage) (int, error) { return do(msgs) }}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestTransaction(t *testing.T) {
	d := opened(t, func(msgs []kernelMessage) (int, error) {
		if len(msgs) != 2 || msgs[0].addr != 0x48 || msgs[0].flags != 0 || msgs[0].length != 1 || *msgs[0].buf != 0x01 ||
			msgs[1].addr != 0x48 || msgs[1].flags != 1 || msgs[1].length != 2 {
			t.Errorf("%+v", msgs)
		}
		copy(unsafe.Slice(msgs[1].buf, 2), []byte{0x85, 0x83})
		return 2, nil
	})
	r := make([]byte, 2)
	if err := d.Tx(0x48, []byte{1}, r); err != nil || r[0] != 0x85 || r[1] != 0x83 {
		t.Errorf("% X, %v", r, err)
	}
}

func TestTransactionErrors(t *testing.T) {
	for _, c := range []struct {
		n    int
		err  error
		want error
	}{
		{0, unix.ENXIO, ErrNoAnswer}, {0, unix.EREMOTEIO, ErrNoAnswer}, {0, unix.ENODEV, ErrGone}, {0, unix.ESHUTDOWN, ErrGone},
		{0, unix.EAGAIN, ErrStuck}, {0, unix.EBUSY, ErrStuck}, {0, unix.ETIMEDOUT, ErrStuck}, {0, unix.EIO, ErrTransfer},
		{1, nil, ErrShort}, {0, nil, ErrShort},
	} {
		d := opened(t, func(msgs []kernelMessage) (int, error) {
			*msgs[1].buf = 0x55 // what a broken transfer left
			return c.n, c.err
		})
		r := make([]byte, 2)
		err := d.Tx(0x48, []byte{0}, r)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), d.path) {
			t.Errorf("%d, %v: %v, want %v", c.n, c.err, err, c.want)
		}
		if c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("%v hides %v", err, c.err)
		}
		if r[0] != 0 {
			t.Errorf("%v: a failed transfer left % X", c.err, r)
		}
	}
}

// A node that is gone, or another one now, makes any error mean that the bus is gone.
func TestVanishedNode(t *testing.T) {
	d := opened(t, func([]kernelMessage) (int, error) { return 0, unix.EIO })
	if err := d.Tx(0x48, []byte{0}, make([]byte, 1)); !errors.Is(err, ErrTransfer) {
		t.Errorf("node in place: %v", err)
	}
	if err := os.Rename(d.path, d.path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := d.Tx(0x48, []byte{0}, make([]byte, 1)); !errors.Is(err, ErrGone) {
		t.Errorf("node away: %v", err)
	}
	if err := os.WriteFile(d.path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Tx(0x48, []byte{0}, make([]byte, 1)); !errors.Is(err, ErrGone) {
		t.Errorf("another node: %v", err)
	}
}

func TestTransactionRefusals(t *testing.T) {
	d := opened(t, func([]kernelMessage) (int, error) {
		t.Error("must not reach the kernel")
		return 0, nil
	})
	for _, addr := range []uint16{0, 0x07, 0x78, 0x3FF, 0xFFFF} {
		if err := d.Tx(addr, []byte{0}, nil); !errors.Is(err, ErrInvalid) {
			t.Errorf("address 0x%02x: %v", addr, err)
		}
	}
	if err := d.Tx(0x48, make([]byte, 8193), nil); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	if err := d.Tx(0x48, nil, nil); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := d.Tx(0x48, []byte{0}, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := d.SetSpeed(0); !errors.Is(err, ErrUnsupported) {
		t.Error(err)
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"1": "/dev/i2c-1", "i2c-1": "/dev/i2c-1", "/dev/i2c-22": "/dev/i2c-22", "/dev/booth": "/dev/booth", " 0 ": "/dev/i2c-0",
		"007": "/dev/i2c-7", "/dev/../etc/x": "/etc/x",
	} {
		if got, ok := nodeOf(name, "/dev"); !ok || got != want {
			t.Errorf("%q: %q, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", "I2C1", "-1", "70000", "i2c-", "i2c-x", "dev/i2c-1"} {
		if got, ok := nodeOf(name, "/dev"); ok {
			t.Errorf("%q is taken for %q", name, got)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "i2c-5")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(plain); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "no I²C bus") {
		t.Errorf("a plain file: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "i2c-6")); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), plain) {
		t.Errorf("another number: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "none", "i2c-6")); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "load i2c-dev") {
		t.Errorf("no bus at all: %v", err)
	}
	if _, err := Open("no-such-bus"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a registered name: %v", err)
	}
	if _, err := Open(" "); !errors.Is(err, ErrInvalid) {
		t.Errorf("no name: %v", err)
	}
	if err := openError("/dev/i2c-1", unix.EACCES); !errors.Is(err, ErrPermission) || !strings.Contains(err.Error(), "group") {
		t.Errorf("%v", err)
	}
}
