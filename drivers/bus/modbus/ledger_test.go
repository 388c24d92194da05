package modbus_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
)

// registers answers as a device whose every register holds its own address.
func registers(request []byte) []byte {
	unit, fn := request[0], request[1]
	addr := uint16(request[2])<<8 | uint16(request[3])
	count := int(request[4])<<8 | int(request[5])
	p := []byte{unit, fn, byte(2 * count)}
	for i := range count {
		a := addr + uint16(i)
		p = append(p, byte(a>>8), byte(a))
	}
	return withCRC(p...)
}

func holding(unit uint8, addr, count uint16) modbus.Request {
	return modbus.Request{Device: "d", Unit: unit, Function: modbus.ReadHoldingRegisters, Address: addr, Count: count}
}

// waitReady lets virtual time pass until req may be asked.
func waitReady(t *testing.T, l *line, m modbus.Master, req modbus.Request) {
	t.Helper()
	if at := m.ReadyAt(&req); !at.IsZero() {
		if !at.After(l.now) {
			t.Fatalf("ReadyAt %v lies in the past", at)
		}
		if _, err := do(t, m, req); !errors.Is(err, modbus.ErrHeld) {
			t.Fatalf("asked before it is ready: %v", err)
		}
		l.SleepUntil(at)
	}
	if at := m.ReadyAt(&req); !at.IsZero() {
		t.Fatalf("still held until %v", at)
	}
}

// A reply late by any number of milliseconds up to late_reply, then other registers with a
// reply of the same shape: the value is the address, or there is none.
func TestLateReplyIsNeverTakenForAnotherRegister(t *testing.T) {
	for late := time.Duration(0); late <= 2*time.Second; late += time.Millisecond {
		for _, copies := range []int{1, 2} {
			l := newLine(9600, 10)
			first := true
			l.answer = func(l *line, request []byte) {
				delay := turnaround
				if first {
					first, delay = false, late
				}
				for i := range copies {
					again := min(delay+time.Duration(i)*time.Second, 2*time.Second-8*l.char())
					l.reply(request, again, registers(request))
				}
			}
			m := newRTU(l)
			for _, addr := range []uint16{100, 200, 300, 400} {
				req := holding(7, addr, 1)
				waitReady(t, l, m, req)
				data, err := do(t, m, req)
				if err != nil && addr != 100 {
					t.Fatalf("late by %v, register %d: %v", late, addr, err)
				}
				if err == nil && !bytes.Equal(data, []byte{byte(addr >> 8), byte(addr)}) {
					t.Fatalf("late by %v: register %d reads % X", late, addr, data)
				}
			}
		}
	}
}

func TestUnansweredUnitIsLeftAloneAndOthersAreNot(t *testing.T) {
	l := newLine(9600, 10)
	l.answer = func(l *line, request []byte) {
		if request[0] != 7 {
			l.reply(request, turnaround, registers(request))
		}
	}
	m := newRTU(l)
	if _, err := do(t, m, holding(7, 1, 1)); !errors.Is(err, modbus.ErrTimeout) {
		t.Fatal(err)
	}
	left := start.Add(l.char()*7/2 + 8*l.char()) // when the request had left the wire
	for _, req := range []modbus.Request{
		holding(7, 1, 1), holding(7, 1, 2),
		{Unit: 7, Function: modbus.WriteSingleCoil, Count: 1, Data: []byte{0xFF, 0}},
	} {
		if at := m.ReadyAt(&req); !at.Equal(left.Add(2 * time.Second)) {
			t.Errorf("%s: ready at %v", req.Function, at.Sub(start))
		}
		_, err := do(t, m, req)
		var held *modbus.HeldError
		if !errors.Is(err, modbus.ErrHeld) || !errors.As(err, &held) || !held.Until.Equal(left.Add(2*time.Second)) {
			t.Errorf("%s: %v", req.Function, err)
		}
	}
	mustDo(t, m, holding(8, 1, 1))
	if len(l.sent) != 2 || m.Stats().Held != 3 {
		t.Errorf("%d sent, %d held", len(l.sent), m.Stats().Held)
	}
	l.SleepUntil(left.Add(2*time.Second - 1))
	req := holding(7, 1, 1)
	if m.ReadyAt(&req).IsZero() {
		t.Error("ready before late_reply has passed")
	}
	l.SleepUntil(left.Add(2 * time.Second))
	if at := m.ReadyAt(&req); !at.IsZero() {
		t.Errorf("not ready after late_reply: %v", at.Sub(start))
	}
}

func TestGarbageCountsAsUnanswered(t *testing.T) {
	for _, garbage := range [][]byte{{7, 3, 2, 0, 1, 0, 0}, {7, 3, 2}, {0xFF}, withCRC(8, 3, 2, 0, 1)} {
		l := newLine(9600, 10)
		l.answer = script(turnaround, garbage)
		m := newRTU(l)
		req := holding(7, 1, 1)
		if _, err := do(t, m, req); err == nil {
			t.Fatalf("% X taken for a reply", garbage)
		}
		if m.ReadyAt(&req).IsZero() {
			t.Errorf("% X taken for an answer", garbage)
		}
	}
}

func TestSameShapeWaitsAndOtherShapesDoNot(t *testing.T) {
	l := newLine(9600, 10)
	l.answer = func(l *line, request []byte) { l.reply(request, turnaround, registers(request)) }
	m := newRTU(l)
	mustDo(t, m, holding(7, 100, 1))
	until := start.Add(l.char()*7/2 + 8*l.char() + 2*time.Second)
	input := holding(7, 200, 1)
	input.Function = modbus.ReadInputRegisters
	for _, c := range []struct {
		req  modbus.Request
		held bool
	}{
		{holding(7, 100, 1), false}, {holding(7, 200, 1), true}, {holding(7, 200, 2), false},
		{input, false}, {holding(8, 200, 1), false},
	} {
		at := m.ReadyAt(&c.req)
		if at.IsZero() == c.held || c.held && !at.Equal(until) {
			t.Errorf("%s 0x%X×%d of unit %d: ready at %v", c.req.Function, c.req.Address, c.req.Count, c.req.Unit, at)
		}
	}
	bits := modbus.Request{Unit: 7, Function: modbus.ReadCoils, Address: 0, Count: 8}
	l.answer = script(turnaround, withCRC(7, 1, 1, 5))
	mustDo(t, m, bits)
	bits.Count = 3 // one byte of reply all the same
	if m.ReadyAt(&bits).IsZero() {
		t.Error("reads of 8 and of 3 coils have the same shape")
	}
}

func TestExceptionEndsTheWaitButNotTheShape(t *testing.T) {
	l := newLine(9600, 10)
	l.answer = script(turnaround, withCRC(7, 0x83, 6))
	m := newRTU(l)
	_, err := do(t, m, holding(7, 100, 1))
	var code modbus.Exception
	if !errors.As(err, &code) || code != modbus.ServerDeviceBusy {
		t.Fatal(err)
	}
	same, other := holding(7, 100, 1), holding(7, 200, 1)
	if !m.ReadyAt(&same).IsZero() || m.ReadyAt(&other).IsZero() {
		t.Error("the same registers may be asked at once, others of the same shape not")
	}
}

// More shapes than are remembered exactly: what is forgotten is waited for.
func TestForgottenShapesAreWaitedFor(t *testing.T) {
	l := newLine(115200, 10)
	l.answer = func(l *line, request []byte) { l.reply(request, 0, registers(request)) }
	m := newRTU(l)
	for count := uint16(1); count <= 7; count++ {
		mustDo(t, m, holding(7, 100, count))
	}
	for count := uint16(1); count <= 7; count++ {
		req := holding(7, 200, count)
		if m.ReadyAt(&req).IsZero() {
			t.Errorf("0x%X×%d is ready", req.Address, count)
		}
	}
	again := holding(7, 100, 7)
	if !m.ReadyAt(&again).IsZero() {
		t.Error("the same registers are held")
	}
}

// The late reply to a question of the process before this one, or of a commissioning tool.
func TestFirstReadsAfterOpeningAreMadeTwice(t *testing.T) {
	stray := withCRC(7, 3, 2, 0, 99)
	l := newLine(9600, 10)
	asked := 0
	l.answer = func(l *line, request []byte) {
		asked++
		if asked == 1 {
			l.reply(request, time.Millisecond, stray)
		}
		l.reply(request, 20*time.Millisecond, registers(request))
	}
	m := modbus.NewRTU("b", l, modbus.RTUOptions{Clock: l})
	if _, err := do(t, m, holding(7, 1, 1)); !errors.Is(err, modbus.ErrUnconfirmed) {
		t.Fatalf("a stray reply: %v", err)
	}
	req := holding(7, 1, 1)
	if at := m.ReadyAt(&req); !at.Equal(start.Add(2 * time.Second)) {
		t.Errorf("ready at %v", at)
	}
	if got := mustDo(t, m, holding(8, 5, 1)); !bytes.Equal(got, []byte{0, 5}) || asked != 4 {
		t.Errorf("read % X in %d requests", got, asked)
	}
	l.SleepUntil(start.Add(2 * time.Second))
	mustDo(t, m, holding(7, 1, 1))
	mustDo(t, m, modbus.Request{Unit: 9, Function: modbus.ReadHoldingRegisters, Count: 1})
	if asked != 6 {
		t.Errorf("%d requests; once settled, a read is one", asked)
	}
}

// What is known about the time before NewRTU shortens the doubt by as much.
func TestFirstReadsOfALineLeftAlone(t *testing.T) {
	for _, row := range []struct {
		unasked, at time.Duration
		want        int
	}{
		{0, 0, 2},
		{1500 * time.Millisecond, 0, 2},
		{1500 * time.Millisecond, 400 * time.Millisecond, 2},
		{1500 * time.Millisecond, 500 * time.Millisecond, 1},
		{2 * time.Second, 0, 1},
	} {
		l := newLine(9600, 10)
		asked := 0
		l.answer = func(l *line, request []byte) {
			asked++
			l.reply(request, turnaround, registers(request))
		}
		m := modbus.NewRTU("b", l, modbus.RTUOptions{Clock: l, Unasked: row.unasked})
		l.SleepUntil(start.Add(row.at))
		mustDo(t, m, holding(7, 1, 1))
		if asked != row.want {
			t.Errorf("left alone for %v, read at %v: %d requests, want %d", row.unasked, row.at, asked, row.want)
		}
	}
}

// A good reply, and its duplicate any number of milliseconds later, while other registers
// of the same unit are asked for as soon as that is allowed.
func TestDuplicateIsNeverTakenForAnotherRegister(t *testing.T) {
	for late := 10 * time.Millisecond; late <= 2*time.Second-7*time.Millisecond; late += time.Millisecond {
		l := newLine(9600, 10)
		first := true
		l.answer = func(l *line, request []byte) {
			l.reply(request, turnaround, registers(request))
			if first {
				first = false
				l.reply(request, late, registers(request))
			}
		}
		m := newRTU(l)
		mustDo(t, m, holding(7, 100, 1))
		for range 4 {
			// The same registers meanwhile: their replies slip by one, their value does not.
			if got := mustDo(t, m, holding(7, 100, 1)); !bytes.Equal(got, []byte{0, 100}) {
				t.Fatalf("duplicate after %v: register 100 reads % X", late, got)
			}
		}
		req := holding(7, 200, 1)
		waitReady(t, l, m, req)
		if got := mustDo(t, m, req); !bytes.Equal(got, []byte{0, 200}) {
			t.Fatalf("duplicate after %v: register 200 reads % X", late, got)
		}
	}
}
