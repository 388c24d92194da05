package cec

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"firepost/drivers/sim"
	"firepost/drivers/tv"
	"firepost/drivers/tv/tvsim"
	"firepost/drivers/tv/tvtest"
)

func open(t *testing.T) (*Set, *tvsim.CEC) {
	t.Helper()
	c := tvsim.NewCEC()
	s, err := New(Options{Open: func() (Kernel, error) { return c.Open(), nil }, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, c
}

func TestConformance(t *testing.T) {
	tvtest.Run(t, tvtest.Options{
		Own: Own, Without: []tvsim.Fault{tvsim.SingleBytes},
		Open: func(t *testing.T) (tv.Set, tvtest.Device) {
			s, c := open(t)
			return s, c
		}})
}

// TestStructures compares with what a C compiler makes of linux/cec.h.
func TestStructures(t *testing.T) {
	for name, c := range map[string]struct {
		request uint32
		size    int
	}{
		"caps": {ReqCaps, sizeCaps}, "phys": {ReqPhysAddr, 2}, "log": {ReqLogAddrs, sizeLogAddrs},
		"set log": {ReqSetLogAddrs, sizeLogAddrs}, "transmit": {ReqTransmit, sizeMsg}, "receive": {ReqReceive, sizeMsg},
	} {
		if got := int(c.request >> 16 & 0x3FFF); got != c.size {
			t.Errorf("%s: the request says %d bytes, the structure has %d", name, got, c.size)
		}
	}
	// struct cec_msg {.len = 2, .timeout = 1000, .msg = {0x40, 0x8f}, .reply = 0x90}
	m := message{data: []byte{0x40, 0x8F}, reply: 0x90, timeout: 1000}
	want := "0000000000000000" + "0000000000000000" + "02000000" + "e8030000" + "00000000" + "00000000" +
		"408f0000000000000000000000000000" + "90" + "00000000000000"
	if got := hex.EncodeToString(m.encode()); got != want {
		t.Errorf("cec_msg\n%s, want\n%s", got, want)
	}
	want = "00000000" + "0000" + "05" + "01" + "ffffffff" + "01000000" + "46697265706f7374" + "00000000000000" +
		"04000000" + "03000000" + "10000000" + "000000000000000000000000000000000000000000000000" +
		"000000000000000000000000000000000000000000000000" + "00"
	if got := hex.EncodeToString(claim("Firepost")); got != want {
		t.Errorf("cec_log_addrs\n%s, want\n%s", got, want)
	}
	if long := claim("a name of more than fourteen"); long[30] != 0 {
		t.Error("the name has no end")
	}
}

func TestDecode(t *testing.T) {
	b := make([]byte, sizeMsg)
	b[16] = 17
	if _, err := decode(b); err == nil {
		t.Error("a message of 17 bytes is accepted")
	}
}

// TestOnItsWay: a set that is waking is neither on nor off.
func TestOnItsWay(t *testing.T) {
	k := &scripted{power: powerToOn}
	s, err := New(Options{Open: func() (Kernel, error) { return k, nil }})
	if err != nil {
		t.Fatal(err)
	}
	if st, err := s.Status(t.Context()); err != nil || st.On != nil {
		t.Errorf("%+v, %v", st, err)
	}
	k.power = 4
	if _, err := s.Status(t.Context()); !errors.Is(err, tv.ErrGarbled) {
		t.Error(err)
	}
}

// scripted is an adapter with an address whose set reports one power status.
type scripted struct {
	power byte
	err   error
	last  []byte
}

func (k *scripted) Ioctl(request uint32, arg []byte) error {
	switch request {
	case ReqLogAddrs:
		arg[0], arg[4] = 4, 1<<4
	case ReqTransmit:
		arg[24] = 1
		k.last = append([]byte(nil), arg...)
		return k.err
	}
	return nil
}

func (k *scripted) Receive(_ context.Context, arg []byte) error {
	copy(arg, k.last)
	arg[16], arg[32], arg[33], arg[34], arg[49], arg[50] = 3, 0x04, 0x90, k.power, 1, 1
	return nil
}

func (k *scripted) Close() error { return nil }

func TestKernelErrors(t *testing.T) {
	for errno, want := range map[error]error{
		unix.EBUSY: tv.ErrNoAnswer, unix.ENODEV: tv.ErrNoAnswer, unix.EINVAL: tv.ErrNoAnswer, unix.ENOTTY: tv.ErrUnsupported,
	} {
		s, err := New(Options{Open: func() (Kernel, error) { return &scripted{err: errno}, nil }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Status(t.Context()); !errors.Is(err, want) || !errors.Is(err, errno) {
			t.Errorf("%v: %v, want %v", errno, err, want)
		}
	}
}

// TestCable: without a set at the other end nothing is known, and a new cable is found.
func TestCable(t *testing.T) {
	s, c := open(t)
	c.Plug(0xFFFF)
	if st, err := s.Status(t.Context()); !errors.Is(err, tv.ErrNoAnswer) || st.On != nil {
		t.Errorf("%+v, %v", st, err)
	}
	c.Plug(0x2300)
	if err := s.Input(t.Context(), Own); err != nil || c.State().Input != tvsim.Own {
		t.Errorf("%v, the set shows %s", err, c.State().Input)
	}
}

func TestRealNodes(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "cec0")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an adapter that is not there: %v", err)
	}
	p, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	k, err := Open(p.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if err := k.Ioctl(ReqCaps, make([]byte, sizeCaps)); !errors.Is(err, unix.ENOTTY) {
		t.Errorf("a terminal's abilities: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := k.Receive(ctx, make([]byte, sizeMsg)); err == nil {
		t.Error("a terminal has a message")
	}
	s, err := New(Options{Open: func() (Kernel, error) { return Open(p.Path) }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Status(t.Context()); !errors.Is(err, tv.ErrUnsupported) {
		t.Errorf("a terminal as an adapter: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestOptions(t *testing.T) {
	opener := func() (Kernel, error) { return nil, os.ErrNotExist }
	for name, o := range map[string]Options{
		"no adapter": {}, "long name": {Open: opener, Name: "more than fourteen"}, "Chinese name": {Open: opener, Name: "消防"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	s, err := New(Options{Open: opener})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Status(t.Context()); !errors.Is(err, tv.ErrNoAnswer) || !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
