package modbus_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
)

// adversary is a bus of devices whose every register holds its own address, and which do
// with their replies whatever is physically possible: for each request really sent, any
// number of replies to it, each delayed by up to late_reply, whole, broken off, or with up
// to three bits flipped (which the check sum always detects), with noise around them. What
// is outside: garbage that passes a 16-bit check sum by chance.
type adversary struct {
	script []byte
	spans  []span
}

// span is one transmission as it was put on the wire.
type span struct {
	frame  []byte
	intact bool
}

func (a *adversary) next() int {
	if len(a.script) == 0 {
		return 0
	}
	b := a.script[0]
	a.script = a.script[1:]
	return int(b)
}

func (a *adversary) answer(l *line, request []byte) {
	good := registers(request)
	for range a.next() % 4 {
		how, delay := a.next(), a.next()
		at := time.Duration(delay) * 500 * time.Microsecond // mostly in time
		if how&0x80 != 0 {
			at = time.Duration(delay) * (2 * time.Second / 256) // over the whole of late_reply
		}
		p, intact := slices.Clone(good), true
		switch how & 7 {
		case 1:
			p, intact = p[:a.next()%len(p)], false
		case 2:
			for range 1 + a.next()%3 {
				i := a.next() % (8 * len(p))
				p[i/8] ^= 1 << (i % 8)
			}
			intact = bytes.Equal(p, good)
		case 3:
			p = withCRC(good[0], good[1]|0x80, byte(1+a.next()%11))
		case 4:
			p, intact = append([]byte{byte(a.next())}, p...), false
		case 5:
			p, intact = append(p, byte(a.next()), byte(a.next())), false
		case 6:
			p = slices.Clone(request)
		}
		sent := l.now.Add(time.Duration(len(request)) * l.char())
		begin := l.free(sent.Add(at), len(p))
		if begin.Add(time.Duration(len(p)) * l.char()).After(sent.Add(2 * time.Second)) {
			continue
		}
		a.spans = append(a.spans, span{p, intact})
		l.put(begin.Sub(l.now), p)
	}
}

func FuzzReplies(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0, 10, 1, 1, 0, 10})
	f.Add([]byte{0, 0, 1, 0x80, 200, 3, 1, 0, 10, 6, 1, 0, 10})
	f.Add([]byte{0, 1, 2, 0, 10, 0x80, 100, 4, 2, 1, 10, 2, 0, 20})
	f.Add([]byte{0, 2, 3, 2, 10, 1, 9, 4, 20, 0xFF, 5, 30, 1, 2, 200, 1, 0, 5})
	f.Add([]byte{0, 9, 1, 6, 1, 12, 2, 3, 1, 4, 0, 3, 15, 1, 0x83, 40, 2})
	f.Add([]byte{3, 0x41, 2, 6, 0, 0, 9, 0x40, 1, 0x80, 77, 0, 2, 1, 3, 4, 0, 20, 0x12, 1, 5, 1, 1, 1})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 400 {
			return
		}
		a := &adversary{script: script}
		l := newLine(9600, 10)
		l.answer = a.answer
		options := a.next()
		m := modbus.NewRTU("b", l, modbus.RTUOptions{Clock: l, EchoStrip: options&1 != 0, Unasked: time.Duration(options>>1) * 500 * time.Millisecond})
		for len(a.script) > 0 {
			pick := a.next()
			req := holding(byte(7+pick&1), uint16(pick>>1&7)*100+1, 1+uint16(pick>>4&3))
			if pick&0x40 != 0 {
				req.Function = modbus.ReadInputRegisters
			}
			if at := m.ReadyAt(&req); !at.IsZero() {
				if a.next()&1 == 0 {
					continue // something else first
				}
				l.SleepUntil(at)
			}
			data, err := m.Do(t.Context(), &req, nil)
			if err != nil {
				continue
			}
			if want := registers(append(req.AppendRTU(nil)[:6], 0, 0)); !bytes.Equal(data, want[3:len(want)-2]) {
				t.Fatalf("unit %d 0x%X×%d reads % X; on the wire: %v", req.Unit, req.Address, req.Count, data, a.spans)
			}
		}
		for i, gap := range l.gaps {
			if gap < l.char()*7/2-time.Microsecond {
				t.Fatalf("request %d: only %v of silence", i, gap)
			}
		}
	})
}
