package modbus_test

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/drivers/bus/serialport"
	"firepost/drivers/sim"
)

// ptySlave answers whole requests on a pty's far end until it is closed; unit 9 is dead.
func ptySlave(master *os.File) {
	var buf []byte
	var p [256]byte
	for {
		n, err := master.Read(p[:])
		if err != nil {
			return
		}
		for buf = append(buf, p[:n]...); len(buf) >= 8; buf = buf[8:] {
			if buf[0] == 9 {
				continue
			}
			if _, err := master.Write(registers(buf[:8])); err != nil {
				return
			}
		}
	}
}

// openPTY is a real pty with a slave on it, its near end opened by the real library.
func openPTY(t *testing.T, spec serialport.Spec) (*sim.PTY, serialport.Port) {
	t.Helper()
	pty, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { ptySlave(pty.Master) })
	t.Cleanup(func() { _ = pty.Close(); wg.Wait() })
	spec.Name = pty.Path
	port, err := serialport.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = port.Close() })
	return pty, port
}

// told is a port that tells of its first write.
type told struct {
	serialport.Port
	wrote chan struct{}
	once  sync.Once
}

func (p *told) Write(b []byte) error {
	defer p.once.Do(func() { close(p.wrote) })
	return p.Port.Write(b)
}

func TestOverARealPTY(t *testing.T) {
	pty, port := openPTY(t, serialport.Spec{Baud: 115200})
	m := modbus.NewRTU("pty", port, modbus.RTUOptions{})
	// On a machine busy with other things a pty's far end may take its time.
	req := holding(7, 0x0110, 4)
	req.ReplyWithin = 10 * time.Second
	for range 20 {
		if got := mustDo(t, m, req); !bytes.Equal(got, hx(t, "0110011101120113")) {
			t.Fatalf("read % X", got)
		}
	}
	dead := holding(9, 1, 1)
	dead.ReplyWithin = time.Millisecond
	if _, err := do(t, m, dead); !errors.Is(err, modbus.ErrTimeout) {
		t.Errorf("dead unit: %v", err)
	}
	if err := pty.HangUp(); err != nil {
		t.Fatal(err)
	}
	if _, err := do(t, m, req); !errors.Is(err, modbus.ErrGone) {
		t.Errorf("pulled adapter: %v", err)
	}
	if s := m.Stats(); s.Good < 20 || s.Timeouts != 1 || s.Disconnects != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestCloseEndsAWait(t *testing.T) {
	_, port := openPTY(t, serialport.Spec{Baud: 115200})
	link := &told{Port: port, wrote: make(chan struct{})}
	m := modbus.NewRTU("pty", link, modbus.RTUOptions{})
	req := holding(9, 1, 1)
	req.ReplyWithin = time.Hour
	done := make(chan error)
	go func() {
		_, err := m.Do(t.Context(), &req, nil)
		done <- err
	}()
	<-link.wrote
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, modbus.ErrGone) {
		t.Errorf("closed: %v", err)
	}
}
