package modbus_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
)

const turnaround = 5 * time.Millisecond

func TestReplyIsFoundInWhatArrives(t *testing.T) {
	reply := hx(t, "01030200017984")
	garbled := hx(t, "01030200037984")
	foreign := withCRC(2, 3, 4, 9, 9, 9, 9)
	wrongFunction := withCRC(1, 4, 2, 0, 0)
	wrongLength := withCRC(1, 3, 4, 0, 0, 0, 0)
	request := hx(t, "01030010000185CF")
	join := func(p ...[]byte) []byte { return bytes.Join(p, nil) }
	for _, c := range []struct {
		name    string
		arrives []byte
		err     error
		check   func(s modbus.Stats) bool
	}{
		{"alone", reply, nil, func(s modbus.Stats) bool { return s.Good == 1 && s.Requests == 1 }},
		{"glitch before", join([]byte{0}, reply), nil, nil},
		{"glitch before and after", join([]byte{0xFF}, reply, []byte{0xFE}), nil, nil},
		{"unit number as glitch", join([]byte{1}, reply), nil, nil},
		{"unit and function as glitch", join([]byte{1, 3}, reply), nil, nil},
		{"noise before", join([]byte{0x55, 0xAA, 0x99, 0x3C}, reply), nil, nil},
		{"duplicate", join(reply, reply), nil, nil},
		{"own truncated copy first", join(reply[:4], reply), nil, nil},
		{"garbled copy first", join(garbled, reply), nil, nil},
		{"foreign first", join(foreign, reply), nil, func(s modbus.Stats) bool { return s.ForeignFrames == 1 }},
		{"two foreign first", join(foreign, wrongFunction, reply), nil, func(s modbus.Stats) bool { return s.ForeignFrames == 2 }},
		{"foreign truncated first", join(foreign[:6], reply), nil, nil},
		{"foreign exception first", join(withCRC(2, 0x83, 2), reply), nil, func(s modbus.Stats) bool { return s.Exceptions == 0 }},
		{"echo first", join(request, reply), nil, func(s modbus.Stats) bool { return s.EchoFrames == 1 && s.ForeignFrames == 0 }},
		{"nothing", nil, modbus.ErrTimeout, func(s modbus.Stats) bool { return s.Timeouts == 1 && s.Good == 0 }},
		{"foreign only", foreign, modbus.ErrForeign, func(s modbus.Stats) bool { return s.Timeouts == 1 && s.ForeignFrames == 1 }},
		{"foreign only is a time-out", foreign, modbus.ErrTimeout, nil},
		{"wrong function", wrongFunction, modbus.ErrForeign, nil},
		{"wrong length", wrongLength, modbus.ErrForeign, nil},
		{"short", reply[:5], modbus.ErrShort, func(s modbus.Stats) bool { return s.ShortFrames == 1 }},
		{"garbled", garbled, modbus.ErrCRC, func(s modbus.Stats) bool { return s.CRCErrors == 1 }},
		{"noise only", []byte{9, 9, 9}, modbus.ErrCRC, nil},
		{"exception", withCRC(1, 0x83, 6), modbus.ServerDeviceBusy, func(s modbus.Stats) bool { return s.Exceptions == 1 && s.Timeouts == 0 }},
		{"exception after noise", join([]byte{0x80}, withCRC(1, 0x83, 6)), modbus.ServerDeviceBusy, nil},
		{"exception garbled", []byte{1, 0x83, 6, 0, 0}, modbus.ErrCRC, nil},
		{"inside another unit's data", withCRC(join([]byte{2, 3, 14, 0, 0}, reply, []byte{0, 0, 0, 0, 0})...), modbus.ErrForeign, nil},
		{"inside another unit's broken data", join([]byte{2, 3, 14, 0, 0}, reply, []byte{0, 0}), modbus.ErrCRC, nil},
		{"inside its own longer reply", withCRC(join([]byte{1, 3, 14, 0, 0}, reply, []byte{0, 0, 0, 0, 0})...), modbus.ErrForeign, nil},
		{"two frames inside broken data", join([]byte{2, 3, 20}, foreign, reply, []byte{0, 0}), modbus.ErrCRC, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLine(9600, 10)
			l.answer = script(turnaround, c.arrives)
			m := newRTU(l)
			data, err := do(t, m, smoke())
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if c.err == nil && !bytes.Equal(data, []byte{0, 1}) || c.err != nil && len(data) != 0 {
				t.Errorf("data % X", data)
			}
			if s := m.Stats(); c.check != nil && !c.check(s) {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

func TestBytesArrivingInAnyGroupsGiveTheSame(t *testing.T) {
	want := hx(t, "08D1006C000000F400000026000001F400640000")
	frame := hx(t, "01041408D1006C000000F400000026000001F400640000"+"5134")
	for cut := range frame {
		l := newLine(9600, 10)
		l.answer = func(l *line, request []byte) {
			l.reply(request, turnaround, frame[:cut])
			// An FTDI adapter's latency timer splits a frame by up to 16 ms.
			l.reply(request, turnaround+time.Duration(cut)*l.char()+16*time.Millisecond, frame[cut:])
		}
		req := modbus.Request{Unit: 1, Function: modbus.ReadInputRegisters, Count: 10}
		if got := mustDo(t, newRTU(l), req); !bytes.Equal(got, want) {
			t.Errorf("cut at %d: % X", cut, got)
		}
	}
}

func TestReplyWithinCountsFromTheEndOfTheRequest(t *testing.T) {
	reply := hx(t, "0103020000B844")
	for _, c := range []struct {
		first time.Duration // first byte complete, after the request has left the wire
		ok    bool
	}{{100 * time.Millisecond, true}, {101 * time.Millisecond, false}} {
		l := newLine(9600, 10)
		l.answer = script(c.first-l.char(), reply)
		_, err := do(t, newRTU(l), smoke())
		if (err == nil) != c.ok {
			t.Errorf("first byte after %v: %v", c.first, err)
		}
	}
	l := newLine(9600, 10)
	m := newRTU(l)
	_, err := do(t, m, smoke())
	wire := l.char()*7/2 + 8*l.char()
	if waited := l.now.Sub(start); waited != wire+100*time.Millisecond {
		t.Errorf("waited %v on a dead device, want %v", waited, wire+100*time.Millisecond)
	}
	const want = "bus rs485-1: zhang-noodles (unit 1): read holding 0x0010×1: no reply within 100ms"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestBabbleEndsTheWait(t *testing.T) {
	l := newLine(115200, 10)
	l.answer = func(l *line, request []byte) { l.reply(request, 0, bytes.Repeat([]byte{1, 3, 2, 0}, 2000)) }
	if _, err := do(t, newRTU(l), smoke()); !errors.Is(err, modbus.ErrCRC) {
		t.Errorf("babble: %v", err)
	}
	if waited := l.now.Sub(start); waited > 250*time.Millisecond {
		t.Errorf("babble held the bus for %v", waited)
	}
}

func TestSilenceBeforeEachRequest(t *testing.T) {
	for _, c := range []struct {
		baud, bits int
		want       time.Duration
	}{
		{9600, 10, 3645833}, {9600, 11, 4010416}, {19200, 10, 1822916}, {4800, 10, 7291666},
		{38400, 10, 1750000}, {115200, 11, 1750000},
	} {
		l := newLine(c.baud, c.bits)
		l.answer = func(l *line, request []byte) { l.reply(request, turnaround, hx(t, "0103020000B844")) }
		m := newRTU(l)
		for range 5 {
			mustDo(t, m, smoke())
		}
		for i, gap := range l.gaps[1:] {
			if d := gap - c.want; d < -4 || d > 1000 {
				t.Errorf("%d baud, %d bits, request %d: %v of silence, want %v", c.baud, c.bits, i+2, gap, c.want)
			}
		}
	}
}

func TestLateBytesAreFlushedAndTheSilenceBeginsAnew(t *testing.T) {
	reply := hx(t, "0103020000B844")
	l := newLine(9600, 10)
	l.answer = func(l *line, request []byte) { l.reply(request, turnaround, reply) }
	m := newRTU(l)
	mustDo(t, m, smoke())
	l.put(time.Millisecond, []byte{1, 3, 2, 0, 1, 0x79, 0x84}) // a late alarm, flushed
	if got := mustDo(t, m, smoke()); !bytes.Equal(got, []byte{0, 0}) {
		t.Errorf("got % X", got)
	}
	if s := m.Stats(); s.LateBytes != 7 || s.RxBytes != 21 || s.TxBytes != 16 {
		t.Errorf("stats %+v", s)
	}
	if gap := l.gaps[1]; gap < 3645*time.Microsecond {
		t.Errorf("sent %v after a late byte", gap)
	}
}

func TestNoisyLineIsUsedInTheEnd(t *testing.T) {
	l := newLine(9600, 10)
	for i := range 2000 { // noise every 2 ms: never 3.5 characters of silence
		l.put(time.Duration(i)*2*time.Millisecond, []byte{0})
	}
	l.answer = func(l *line, request []byte) {
		l.arrivals, l.busy = nil, nil // a driven line is quiet
		l.reply(request, turnaround, hx(t, "01030200017984"))
	}
	if got := mustDo(t, newRTU(l), smoke()); !bytes.Equal(got, []byte{0, 1}) {
		t.Errorf("got % X", got)
	}
}

func TestEchoOfWritesIsStrippedOnlyWhereAskedFor(t *testing.T) {
	on := modbus.Request{Unit: 1, Function: modbus.WriteSingleCoil, Address: 2, Count: 1, Data: []byte{0xFF, 0}}
	for _, c := range []struct {
		name  string
		strip bool
		echo  int
		err   error
	}{
		{"no echo", false, 1, nil},
		{"echo and reply", true, 2, nil},
		{"echo without reply", true, 1, modbus.ErrTimeout},
		{"three copies", true, 3, nil},
	} {
		l := newLine(9600, 10)
		l.answer = func(l *line, request []byte) {
			for i := range c.echo {
				l.put(time.Duration(i)*15*time.Millisecond, request)
			}
		}
		m := modbus.NewRTU("b", l, modbus.RTUOptions{Clock: l, Unasked: time.Hour, EchoStrip: c.strip})
		if _, err := do(t, m, on); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
		if s := m.Stats(); c.strip && s.EchoFrames != 1 {
			t.Errorf("%s: %d echoes", c.name, s.EchoFrames)
		}
	}
}

func TestWriteRepliesMustRepeatAddressAndValue(t *testing.T) {
	r := modbus.Request{Unit: 1, Function: modbus.WriteMultipleRegisters, Address: 4, Count: 2, Data: []byte{1, 2, 3, 4}}
	for _, bad := range [][]byte{
		withCRC(1, 16, 0, 5, 0, 2), withCRC(1, 16, 0, 4, 0, 1), withCRC(1, 15, 0, 4, 0, 2), withCRC(2, 16, 0, 4, 0, 2),
	} {
		l := newLine(9600, 10)
		l.answer = script(turnaround, bad)
		m := newRTU(l)
		if _, err := do(t, m, r); !errors.Is(err, modbus.ErrForeign) {
			t.Errorf("% X: %v", bad, err)
		}
	}
}

func TestLineThatFails(t *testing.T) {
	l := newLine(9600, 10)
	m := newRTU(l)
	l.writeErr = io.ErrClosedPipe
	_, err := do(t, m, smoke())
	if !errors.Is(err, modbus.ErrGone) || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("write: %v", err)
	}
	other := smoke()
	other.Unit, l.writeErr = 2, nil
	l.answer = func(l *line, _ []byte) { l.readErr = io.ErrUnexpectedEOF }
	if _, err = do(t, m, other); !errors.Is(err, modbus.ErrGone) || !strings.Contains(err.Error(), "read") {
		t.Errorf("read: %v", err)
	}
	other.Unit = 3
	if _, err = do(t, m, other); !errors.Is(err, modbus.ErrGone) || !strings.Contains(err.Error(), "flush") {
		t.Errorf("flush: %v", err)
	}
	if s := m.Stats(); s.Disconnects != 3 || s.Timeouts != 0 {
		t.Errorf("stats %+v", s)
	}
	if err := m.Close(); err != nil || !l.closed.Load() {
		t.Errorf("close: %v", err)
	}
}

func TestCancelledWhileWaiting(t *testing.T) {
	l := newLine(9600, 10)
	m := newRTU(l)
	req := smoke()
	if _, err := m.Do(cancelled(t), &req, nil); !errors.Is(err, context.Canceled) || len(l.sent) != 0 {
		t.Errorf("before: %v, %d sent", err, len(l.sent))
	}
	if at := m.ReadyAt(&req); !at.IsZero() {
		t.Errorf("a request that was never sent is held until %v", at)
	}
	ctx, cancel := context.WithCancel(t.Context())
	l.answer = func(*line, []byte) { cancel() }
	if _, err := m.Do(ctx, &req, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("during: %v", err)
	}
	if at := m.ReadyAt(&req); at.IsZero() {
		t.Error("the reply to an abandoned request may still come, and yet it is not awaited")
	}
}

func TestCostIsTheWiresArithmetic(t *testing.T) {
	// Polls per second from the facts on the limit of a bus, 8N1, no processing time.
	for _, c := range []struct {
		baud  int
		count uint16
		turn  time.Duration
		want  float64
	}{
		{9600, 1, 0, 43.6}, {9600, 2, 0, 40.0}, {9600, 10, 0, 24.0}, {4800, 1, 0, 21.8},
		{19200, 2, 0, 80.0}, {115200, 10, 0, 157.1},
		{9600, 2, turnaround, 37.9}, {19200, 1, turnaround, 68.3}, {115200, 1, turnaround, 124.2},
	} {
		req := modbus.Request{Unit: 1, Function: modbus.ReadHoldingRegisters, Count: c.count}
		got := 1 / newRTU(newLine(c.baud, 10)).Cost(&req, c.turn).Seconds()
		if d := got - c.want; d < -0.06 || d > 0.06 {
			t.Errorf("%d baud, %d registers, %v: %.2f polls/s, want %.1f", c.baud, c.count, c.turn, got, c.want)
		}
	}
}

func TestFewWakeUpsPerPoll(t *testing.T) {
	l := newLine(9600, 10)
	l.answer = func(l *line, request []byte) { l.reply(request, turnaround, withCRC(1, 3, 4, 0, 1, 0, 2)) }
	m := newRTU(l)
	req := modbus.Request{Unit: 1, Function: modbus.ReadHoldingRegisters, Count: 2}
	for range 10 {
		mustDo(t, m, req)
	}
	// First byte, all but one, the last; one sleep within the reply, one for the silence.
	if l.reads > 30 || l.sleeps > 20 {
		t.Errorf("%d reads and %d sleeps for 10 polls", l.reads, l.sleeps)
	}
}

func TestDrippingReplyIsGivenUp(t *testing.T) {
	l := newLine(9600, 10)
	frame := registers([]byte{1, 3, 0, 0, 0, 125})
	l.answer = func(l *line, request []byte) {
		for i, b := range frame {
			l.reply(request, turnaround+time.Duration(i)*19*time.Millisecond, []byte{b})
		}
	}
	if _, err := do(t, newRTU(l), holding(1, 0, 125)); !errors.Is(err, modbus.ErrShort) {
		t.Fatal(err)
	}
	if waited := l.now.Sub(start); waited > 420*time.Millisecond {
		t.Errorf("waited %v", waited)
	}
}

// For some requests the first seven bytes of the echo happen to be an intact reply.
func TestEchoThatLooksLikeAReply(t *testing.T) {
	found := 0
	for unit := 1; unit <= 255; unit++ {
		for addr := range 256 {
			for _, fn := range []byte{3, 4} {
				echo := withCRC(byte(unit), fn, 2, byte(addr), 0, 1)
				if crcBitwise(echo[:7]) != 0 {
					continue
				}
				found++
				l := newLine(9600, 10)
				l.answer = func(l *line, request []byte) {
					l.put(0, request)
					l.reply(request, turnaround, withCRC(byte(unit), fn, 2, 0x12, 0x34))
				}
				req := modbus.Request{
					Unit: byte(unit), Function: modbus.Function(fn), Address: 0x200 + uint16(addr), Count: 1,
				}
				if got := mustDo(t, newRTU(l), req); !bytes.Equal(got, []byte{0x12, 0x34}) {
					t.Errorf("% X: read % X", echo, got)
				}
			}
		}
	}
	if found == 0 {
		t.Error("no such request: the test tests nothing")
	}
}
