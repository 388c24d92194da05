package drivertest

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"firepost/drivers/bus/serialport"
	"firepost/drivers/sim"
)

// OpenSerial opens the port that is tested. The suite fills in Spec's name, format and
// roots; the function adds what makes the implementation the one under test.
type OpenSerial func(serialport.Spec) (serialport.Port, error)

// far is a deadline that no test reaches: a read that waits for it hangs, and fails by the
// test's own time-out.
func far() time.Time { return time.Now().Add(time.Hour) }

// SerialPort asserts that the ports made by open behave as serialport.Port says, and as g
// states.
func SerialPort(t *testing.T, g serialport.Guarantees, open OpenSerial) {
	for _, c := range []struct {
		name string
		test func(*testing.T, serialport.Guarantees, OpenSerial)
	}{
		{"every byte value both ways", everyByte},
		{"settings reach the line", settings},
		{"any baud rate", anyBaud},
		{"read returns what is there", partialRead},
		{"read of nothing times out", timesOut},
		{"garbage burst then silence", burst},
		{"discard", discard},
		{"write to a peer that reads nothing ends", stuckWrite},
		{"close wakes a read", closeWakes},
		{"use after close", afterClose},
		{"pull is told from a time-out", pulled},
		{"pull wakes a waiting read", pulledWhileReading},
		{"sleep", sleeps},
		{"taken up again after a pull", returns},
		{"one user at a time", exclusive},
		{"no child inherits the port", notInherited},
		{"no memory per exchange", noAllocs},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, g, open) })
	}
}

// pair is a port and the simulated end of its line.
type pair struct {
	t    *testing.T
	pty  *sim.PTY
	port serialport.Port
}

func newPTY(t *testing.T) *sim.PTY {
	t.Helper()
	pty, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pty.Close(); err != nil {
			t.Errorf("close the pseudo-terminal: %v", err)
		}
	})
	return pty
}

func newPair(t *testing.T, open OpenSerial, spec serialport.Spec) *pair {
	t.Helper()
	pty := newPTY(t)
	spec.Name = pty.Path
	port, err := open(spec)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := port.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &pair{t: t, pty: pty, port: port}
}

// send sends from the simulated end.
func (p *pair) send(b []byte) {
	p.t.Helper()
	if _, err := p.pty.Master.Write(b); err != nil {
		p.t.Fatalf("send from the simulated end: %v", err)
	}
}

// receive reads n bytes at the simulated end.
func (p *pair) receive(n int) []byte {
	p.t.Helper()
	b := make([]byte, 0, n)
	for len(b) < n {
		m, err := p.pty.Master.Read(b[len(b):n])
		if err != nil {
			p.t.Fatalf("read at the simulated end after %d of %d bytes: %v", len(b), n, err)
		}
		b = b[:len(b)+m]
	}
	return b
}

// read reads n bytes from the port under test.
func (p *pair) read(n int) []byte {
	p.t.Helper()
	b := make([]byte, 0, n)
	for len(b) < n {
		m, err := p.port.Read(b[len(b):n], far())
		if err != nil {
			p.t.Fatalf("read after %d of %d bytes: %v", len(b), n, err)
		}
		if m == 0 {
			p.t.Fatal("read returned neither a byte nor an error")
		}
		b = b[:len(b)+m]
	}
	return b
}

func everyByte(t *testing.T, _ serialport.Guarantees, open OpenSerial) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, format := range []string{"8N1", "8E1", "8O1", "8N2"} {
		p := newPair(t, open, serialport.Spec{Format: format})
		if err := p.port.Write(all); err != nil {
			t.Fatalf("%s: write: %v", format, err)
		}
		if got := p.receive(len(all)); !bytes.Equal(got, all) {
			t.Errorf("%s: the line got % x", format, got)
		}
		p.send(all)
		if got := p.read(len(all)); !bytes.Equal(got, all) {
			t.Errorf("%s: the port got % x", format, got)
		}
	}
}

func partialRead(t *testing.T, _ serialport.Guarantees, open OpenSerial) {
	p := newPair(t, open, serialport.Spec{})
	p.send([]byte{1, 2, 3})
	if got := p.read(2); !bytes.Equal(got, []byte{1, 2}) {
		t.Errorf("first two bytes are % x", got)
	}
	big := make([]byte, 64)
	n, err := p.port.Read(big, far())
	if n != 1 || err != nil || big[0] != 3 {
		t.Errorf("read of a larger buffer = %d, %v, first byte %d; want the one byte that is there", n, err, big[0])
	}
	if n, err := p.port.Read(nil, far()); n != 0 || err != nil {
		t.Errorf("read into nothing = %d, %v", n, err)
	}
}

func timesOut(t *testing.T, _ serialport.Guarantees, open OpenSerial) {
	p := newPair(t, open, serialport.Spec{})
	for _, wait := range []time.Duration{-time.Hour, 0, 100 * time.Microsecond, 3 * time.Millisecond} {
		deadline := time.Now().Add(wait)
		n, err := p.port.Read(make([]byte, 8), deadline)
		if n != 0 || !errors.Is(err, serialport.ErrTimeout) {
			t.Errorf("read of a silent line = %d, %v, want ErrTimeout", n, err)
		}
		if errors.Is(err, serialport.ErrGone) {
			t.Errorf("a time-out looks like a pull: %v", err)
		}
		if time.Now().Before(deadline) {
			t.Errorf("a read with %v to go returned before its deadline", wait)
		}
	}
	p.send([]byte{7})
	if n, err := p.port.Read(make([]byte, 8), time.Time{}); n != 1 || err != nil {
		t.Errorf("read with a deadline in the past = %d, %v, want the byte that waits", n, err)
	}
}

func burst(t *testing.T, _ serialport.Guarantees, open OpenSerial) {
	p := newPair(t, open, serialport.Spec{})
	for _, n := range []int{1, 5, 255, 1024} {
		noise := bytes.Repeat([]byte{0xFF, 0x00, 0x11, 0x13, 0x03, 0x04, 0x1A}, n/7+1)[:n]
		p.send(noise)
		if got := p.read(n); !bytes.Equal(got, noise) {
			t.Fatalf("%d bytes of noise came out changed", n)
		}
		if n, err := p.port.Read(make([]byte, 8), time.Time{}); n != 0 || !errors.Is(err, serialport.ErrTimeout) {
			t.Fatalf("after the noise: %d, %v", n, err)
		}
	}
}

func discard(t *testing.T, _ serialport.Guarantees, open OpenSerial) {
	p := newPair(t, open, serialport.Spec{})
	if n, err := p.port.Discard(); n != 0 || err != nil {
		t.Fatalf("discard on a silent line = %d, %v", n, err)
	}
	p.send(make([]byte, 1000))
	// The last byte of the burst is known to be there once the first 999 have been read.
	p.read(1)
	total := 0
	for total < 999 {
		n, err := p.port.Discard()
		if err != nil {
			t.Fatalf("discard after %d bytes: %v", total, err)
		}
		total += n
		runtime.Gosched()
	}
	if total != 999 {
		t.Errorf("discarded %d bytes of 999", total)
	}
	p.send([]byte{42})
	if got := p.read(1); got[0] != 42 {
		t.Errorf("after a discard the port reads %d", got[0])
	}
}

func stuckWrite(t *testing.T, _ serialport.Guarantees, open OpenSerial) {
	for _, size := range []int{200, 1000, 5000} {
		stuck(t, newPair(t, open, serialport.Spec{Baud: 115200}), make([]byte, size))
	}
}

func stuck(t *testing.T, p *pair, block []byte) {
	t.Helper()
	const plenty = 256_000
	for range plenty / len(block) {
		err := p.port.Write(block)
		if err == nil {
			continue
		}
		if !errors.Is(err, serialport.ErrTimeout) {
			t.Errorf("write to a peer that reads nothing: %v, want ErrTimeout", err)
		}
		// What didn't get out was dropped, or it would go out as a stray request later; so
		// there is room again, although nobody has read.
		if err := p.port.Write([]byte{1}); err != nil {
			t.Errorf("write after the time-out: %v; were the unsent bytes kept?", err)
		}
		return
	}
	t.Errorf("a peer that reads nothing took %d bytes", plenty)
}

func closeWakes(t *testing.T, g serialport.Guarantees, open OpenSerial) {
	if !g.Port.CloseWakesRead {
		t.Fatal("every port must promise that Close wakes a Read")
	}
	for range 20 {
		p := newPair(t, open, serialport.Spec{})
		got, started := make(chan error, 1), make(chan struct{})
		go func() {
			close(started)
			_, err := p.port.Read(make([]byte, 8), far())
			got <- err
		}()
		<-started
		runtime.Gosched()
		if err := p.port.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
		if err := <-got; !errors.Is(err, serialport.ErrClosed) {
			t.Fatalf("the waiting read returned %v, want ErrClosed", err)
		}
	}
}

func afterClose(t *testing.T, _ serialport.Guarantees, open OpenSerial) {
	p := newPair(t, open, serialport.Spec{})
	for range 2 {
		if err := p.port.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	_, readErr := p.port.Read(make([]byte, 8), far())
	_, discardErr := p.port.Discard()
	for op, err := range map[string]error{"read": readErr, "write": p.port.Write([]byte{1}), "discard": discardErr} {
		if !errors.Is(err, serialport.ErrClosed) {
			t.Errorf("%s after close: %v, want ErrClosed", op, err)
		}
	}
	again, err := open(serialport.Spec{Name: p.pty.Path})
	if err != nil {
		t.Fatalf("open after close: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// sleeps asserts serialport.Sleeper, of which an implementation may do without.
func sleeps(t *testing.T, _ serialport.Guarantees, open OpenSerial) {
	p := newPair(t, open, serialport.Spec{})
	s, ok := p.port.(serialport.Sleeper)
	if !ok {
		return
	}
	p.send([]byte{1, 2})
	for _, pause := range []time.Duration{-time.Second, 0, 300 * time.Microsecond, 4 * time.Millisecond} {
		until := time.Now().Add(pause)
		if err := s.SleepUntil(until); err != nil {
			t.Errorf("sleep of %v: %v", pause, err)
		}
		if time.Now().Before(until) {
			t.Errorf("a sleep of %v ended early", pause)
		}
	}
	if got := p.read(2); !bytes.Equal(got, []byte{1, 2}) {
		t.Errorf("what came during the sleep is % x", got)
	}
	got, started := make(chan error, 1), make(chan struct{})
	go func() {
		close(started)
		got <- s.SleepUntil(far())
	}()
	<-started
	if err := p.pty.HangUp(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, serialport.ErrGone) {
		t.Errorf("sleep over a pull: %v, want ErrGone", err)
	}
	if err := p.port.Close(); err != nil {
		t.Error(err)
	}
	if err := s.SleepUntil(far()); !errors.Is(err, serialport.ErrClosed) {
		t.Errorf("sleep after close: %v, want ErrClosed", err)
	}
}

func noAllocs(t *testing.T, _ serialport.Guarantees, open OpenSerial) {
	if raceEnabled {
		t.Log("the race detector counts memory of its own; nothing to assert in this build")
		return
	}
	p := newPair(t, open, serialport.Spec{})
	request := []byte{0x01, 0x03, 0x00, 0x10, 0x00, 0x01, 0x85, 0xCF}
	reply := []byte{0x01, 0x03, 0x02, 0x00, 0x00, 0xB8, 0x44}
	line, buf := make([]byte, 64), make([]byte, 64)
	exchange := func() {
		_, discardErr := p.port.Discard()
		writeErr := p.port.Write(request)
		_, lineErr := p.pty.Master.Read(line)
		_, sendErr := p.pty.Master.Write(reply)
		_, readErr := p.port.Read(buf, far())
		_, silence := p.port.Read(buf, time.Now().Add(50*time.Microsecond))
		if discardErr != nil || writeErr != nil || lineErr != nil || sendErr != nil || readErr != nil {
			t.Fatal(discardErr, writeErr, lineErr, sendErr, readErr)
		}
		if !errors.Is(silence, serialport.ErrTimeout) {
			t.Fatal(silence)
		}
	}
	if n := testing.AllocsPerRun(200, exchange); n != 0 {
		t.Errorf("an exchange takes %v pieces of memory, want none", n)
	}
}

// linkTo makes dir/ttyUSB0 lead to the pseudo-terminal, as a plugged-in adapter would.
func linkTo(t *testing.T, dir string, pty *sim.PTY) {
	t.Helper()
	link := filepath.Join(dir, "ttyUSB0")
	if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.Symlink(pty.Path, link); err != nil {
		t.Fatal(err)
	}
}
