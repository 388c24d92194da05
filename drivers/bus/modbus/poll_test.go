package modbus_test

import (
	"net"
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
)

// instant is a line whose device has always answered already: what is left is our own work.
type instant struct {
	now   time.Time
	frame []byte
	reply []byte
}

func (l *instant) Now() time.Time { return l.now }
func (l *instant) SleepUntil(t time.Time) {
	if t.After(l.now) {
		l.now = t
	}
}
func (l *instant) Read(p []byte, _ time.Time) (int, error) {
	n := copy(p, l.frame)
	l.frame = l.frame[n:]
	return n, nil
}
func (l *instant) Write([]byte) error    { l.frame = l.reply; return nil }
func (l *instant) Discard() (int, error) { return 0, nil }
func (l *instant) Close() error          { return nil }
func (l *instant) Baud() int             { return 9600 }
func (l *instant) CharBits() int         { return 10 }

func newInstant() (*instant, *modbus.RTU) {
	l := &instant{now: start, reply: withCRC(7, 3, 4, 0, 1, 0, 2)}
	return l, modbus.NewRTU("b", l, modbus.RTUOptions{Clock: l})
}

func TestRTUPollsWithoutAllocating(t *testing.T) {
	l, m := newInstant()
	req, dst := holding(7, 1, 2), make([]byte, 0, 256)
	var err error
	poll := func() {
		if err == nil {
			_ = m.ReadyAt(&req)
			_, err = m.Do(t.Context(), &req, dst)
		}
	}
	for _, phase := range []string{"just opened", "settled"} {
		if n := testing.AllocsPerRun(100, poll); n != 0 || err != nil {
			t.Errorf("%s: %v allocations in a poll, %v", phase, n, err)
		}
		l.SleepUntil(start.Add(time.Minute))
	}
}

// loopback is a device on a real socket that answers without allocating.
func loopback(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		reply := tcpReply(0, 7, 3, 4, 0, 1, 0, 2)
		var p [260]byte
		for {
			if _, err := conn.Read(p[:]); err != nil {
				return
			}
			copy(reply, p[:2])
			if _, err := conn.Write(reply); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return listener.Addr().String()
}

func TestTCPPollsWithoutAllocating(t *testing.T) {
	m := modbus.NewTCP("b", loopback(t), modbus.TCPOptions{})
	defer closeAll(t, m)
	req, dst := holding(7, 1, 2), make([]byte, 0, 256)
	req.ReplyWithin = time.Minute
	var err error
	n := testing.AllocsPerRun(100, func() {
		if err == nil {
			_, err = m.Do(t.Context(), &req, dst)
		}
	})
	if n != 0 || err != nil {
		t.Errorf("%v allocations in a poll, %v", n, err)
	}
}

func BenchmarkRTUPoll(b *testing.B) {
	l, m := newInstant()
	l.SleepUntil(start.Add(time.Minute))
	req, dst := holding(7, 1, 2), make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Do(b.Context(), &req, dst); err != nil {
			b.Fatal(err)
		}
	}
}
