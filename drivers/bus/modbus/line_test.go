package modbus_test

import (
	"context"
	"encoding/hex"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/drivers/bus/serialport"
)

// line is a serial line in virtual time: what is to arrive is scheduled byte by byte, and
// reading moves the clock to the next byte or to the deadline.
type line struct {
	now      time.Time
	baud     int
	charBits int

	// answer is called with each request once it is handed over; it schedules what comes.
	answer func(l *line, request []byte)

	arrivals []arrival
	busy     [][2]time.Time // when the wire is taken by what arrives
	last     time.Time      // the last byte on the wire, sent or arrived
	sent     [][]byte
	gaps     []time.Duration // silence before each request
	reads    int
	sleeps   int
	readErr  error
	writeErr error
	closed   atomic.Bool
}

type arrival struct {
	at time.Time
	b  byte
}

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newLine(baud, charBits int) *line {
	return &line{now: start, baud: baud, charBits: charBits, last: start.Add(-time.Hour)}
}

func (l *line) char() time.Duration {
	return time.Second * time.Duration(l.charBits) / time.Duration(l.baud)
}

func (l *line) Now() time.Time { return l.now }

func (l *line) SleepUntil(t time.Time) {
	l.sleeps++
	if t.After(l.now) {
		l.now = t
	}
}

// put schedules p to begin at a time after now, at the line's pace, or when the wire is
// next free: a pair carries one transmission at a time.
func (l *line) put(after time.Duration, p []byte) {
	begin := l.free(l.now.Add(after), len(p))
	l.busy = append(l.busy, [2]time.Time{begin, begin.Add(time.Duration(len(p)) * l.char())})
	for i, b := range p {
		l.arrivals = append(l.arrivals, arrival{begin.Add(time.Duration(i+1) * l.char()), b})
	}
	slices.SortStableFunc(l.arrivals, func(a, b arrival) int { return a.at.Compare(b.at) })
}

// free is the first time from at on when the wire is free for n characters.
func (l *line) free(at time.Time, n int) time.Time {
	l.busy = slices.DeleteFunc(l.busy, func(b [2]time.Time) bool { return b[1].Before(l.now) })
	slices.SortFunc(l.busy, func(a, b [2]time.Time) int { return a[0].Compare(b[0]) })
	for _, b := range l.busy {
		if at.Before(b[1]) && at.Add(time.Duration(n)*l.char()).After(b[0]) {
			at = b[1]
		}
	}
	return at
}

// reply schedules p at a turnaround after the request has left the wire.
func (l *line) reply(request []byte, turnaround time.Duration, p []byte) {
	l.put(time.Duration(len(request))*l.char()+turnaround, p)
}

func (l *line) take(p []byte) int {
	n := 0
	for n < len(p) && n < len(l.arrivals) && !l.arrivals[n].at.After(l.now) {
		p[n] = l.arrivals[n].b
		l.last = l.arrivals[n].at
		n++
	}
	l.arrivals = l.arrivals[:copy(l.arrivals, l.arrivals[n:])]
	return n
}

func (l *line) Read(p []byte, deadline time.Time) (int, error) {
	l.reads++
	if l.readErr != nil {
		return 0, l.readErr
	}
	if n := l.take(p); n > 0 {
		return n, nil
	}
	if len(l.arrivals) > 0 && !l.arrivals[0].at.After(deadline) {
		l.now = l.arrivals[0].at
		return l.take(p), nil
	}
	if deadline.After(l.now) {
		l.now = deadline
	}
	return 0, serialport.ErrTimeout
}

func (l *line) Write(p []byte) error {
	if l.writeErr != nil {
		return l.writeErr
	}
	busy := l.last
	for _, a := range l.arrivals {
		if !a.at.After(l.now) {
			busy = a.at
		}
	}
	l.gaps = append(l.gaps, l.now.Sub(busy))
	l.sent = append(l.sent, slices.Clone(p))
	l.last = l.now.Add(time.Duration(len(p)) * l.char())
	if l.answer != nil {
		l.answer(l, p)
	}
	return nil
}

func (l *line) Discard() (int, error) {
	var p [2048]byte
	return l.take(p[:]), l.readErr
}

func (l *line) Close() error  { l.closed.Store(true); return nil }
func (l *line) Baud() int     { return l.baud }
func (l *line) CharBits() int { return l.charBits }

// newRTU is a master on l whose line is known to have been idle.
func newRTU(l *line) *modbus.RTU {
	return modbus.NewRTU("rs485-1", l, modbus.RTUOptions{Clock: l, Unasked: time.Hour})
}

// do runs one exchange with a fresh buffer.
func do(t *testing.T, m modbus.Master, req modbus.Request) ([]byte, error) {
	t.Helper()
	return m.Do(t.Context(), &req, nil)
}

func mustDo(t *testing.T, m modbus.Master, req modbus.Request) []byte {
	t.Helper()
	data, err := do(t, m, req)
	if err != nil {
		t.Fatalf("Do: %v", err)
	}
	return data
}

// script answers each request with the next of replies, turnaround after the request.
func script(turnaround time.Duration, replies ...[]byte) func(*line, []byte) {
	return func(l *line, request []byte) {
		if len(replies) == 0 {
			return
		}
		l.reply(request, turnaround, replies[0])
		replies = replies[1:]
	}
}

func hx(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// crcBitwise is the check sum straight from the standard's flow chart, independent of the
// table under test.
func crcBitwise(p []byte) uint16 {
	crc := uint16(0xFFFF)
	for _, b := range p {
		crc ^= uint16(b)
		for range 8 {
			odd := crc&1 == 1
			crc >>= 1
			if odd {
				crc ^= 0xA001
			}
		}
	}
	return crc
}

func withCRC(p ...byte) []byte {
	crc := crcBitwise(p)
	return append(p, byte(crc), byte(crc>>8))
}

// smoke is the read of the smoke detector in the golden vectors.
func smoke() modbus.Request {
	return modbus.Request{
		Device: "zhang-noodles", Unit: 1, Function: modbus.ReadHoldingRegisters, Address: 0x10, Count: 1,
	}
}

// cancelled is a context that has ended.
func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
