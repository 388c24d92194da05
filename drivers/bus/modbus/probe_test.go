package modbus_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
)

func ask(t *testing.T, p *modbus.Prober, req modbus.Request) modbus.Answer {
	t.Helper()
	a, err := p.Ask(t.Context(), &req, 100*time.Millisecond, 30*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestProbe(t *testing.T) {
	for _, row := range []struct {
		name   string
		answer func(l *line, request []byte)
		frames []uint8 // units, in order
		noise  int
	}{
		{"nobody", func(*line, []byte) {}, nil, 0},
		{"a device", func(l *line, r []byte) { l.reply(r, turnaround, registers(r)) }, []uint8{7}, 0},
		{"a refusal", func(l *line, r []byte) { l.reply(r, turnaround, withCRC(7, 0x83, 2)) }, []uint8{7}, 0},
		{"at the last moment", func(l *line, r []byte) { l.reply(r, 98*time.Millisecond, registers(r)) }, []uint8{7}, 0},
		{"too late", func(l *line, r []byte) { l.reply(r, 160*time.Millisecond, registers(r)) }, nil, 0},
		{"two devices, one address", func(l *line, r []byte) {
			l.reply(r, turnaround, registers(r))
			l.reply(r, turnaround+12*time.Millisecond, registers(r))
		}, []uint8{7, 7}, 0},
		{"another's late reply", func(l *line, r []byte) { l.reply(r, turnaround, withCRC(6, 3, 2, 0, 1)) }, []uint8{6}, 0},
		{"a collision", func(l *line, r []byte) { l.reply(r, turnaround, []byte{7, 3, 0xFF, 0x1F, 0x5C, 0x99}) }, nil, 6},
		{"a glitch before", func(l *line, r []byte) { l.reply(r, turnaround, append([]byte{0xFF, 0}, registers(r)...)) }, []uint8{7}, 2},
		{"our own echo", func(l *line, r []byte) {
			l.reply(r, 0, r)
			l.reply(r, turnaround, registers(r))
		}, []uint8{7}, 0},
	} {
		l := newLine(9600, 10)
		l.answer = row.answer
		a := ask(t, modbus.NewProber(l, l), holding(7, 1, 1))
		var units []uint8
		for _, f := range a.Frames {
			units = append(units, f.Unit)
		}
		if string(units) != string(row.frames) || a.Noise != row.noise {
			t.Errorf("%s: heard %v and %d bytes of noise, want %v and %d", row.name, units, a.Noise, row.frames, row.noise)
		}
	}
}

func TestProbeReportsWhatItHeard(t *testing.T) {
	l := newLine(9600, 10)
	l.answer = func(l *line, r []byte) { l.reply(r, 20*time.Millisecond, withCRC(7, 3, 2, 0x12, 0x34)) }
	a := ask(t, modbus.NewProber(l, l), holding(7, 1, 1))
	h := a.From(7)
	if len(h) != 1 || string(h[0].Data) != "\x12\x34" || h[0].Exception != 0 || h[0].Function != modbus.ReadHoldingRegisters {
		t.Fatalf("heard %+v", h)
	}
	if min, max := 20*time.Millisecond, 30*time.Millisecond; h[0].After < min || h[0].After > max {
		t.Errorf("the reply came after %v", h[0].After)
	}
	l.answer = func(l *line, r []byte) { l.reply(r, turnaround, withCRC(7, 0x83, 2)) }
	if h := ask(t, modbus.NewProber(l, l), holding(7, 1, 1)).Frames; h[0].Exception != modbus.IllegalDataAddress {
		t.Errorf("a refusal: %+v", h)
	}
}

// The reply to a write of one register repeats the request: it is an answer all the same.
func TestProbeHearsTheReplyToAWrite(t *testing.T) {
	l := newLine(9600, 10)
	l.answer = func(l *line, r []byte) { l.reply(r, turnaround, r) }
	a := ask(t, modbus.NewProber(l, l), modbus.Request{Unit: 7, Function: modbus.WriteSingleRegister, Address: 1, Count: 1, Data: []byte{0, 2}})
	if len(a.From(7)) != 1 || a.Noise != 0 {
		t.Errorf("heard %+v", a)
	}
}

// All addresses at 9600 baud, 16 of them answering: the time that it takes on the wire.
func TestProbeOfAllAddresses(t *testing.T) {
	l := newLine(9600, 10)
	there := func(unit uint8) bool { return unit%16 == 3 }
	l.answer = func(l *line, r []byte) {
		if there(r[0]) {
			l.reply(r, turnaround, registers(r))
		}
	}
	p := modbus.NewProber(l, l)
	began := l.Now()
	found := 0
	for unit := 1; unit <= 247; unit++ {
		a := ask(t, p, holding(uint8(unit), 0, 1))
		if len(a.From(uint8(unit))) > 0 != there(uint8(unit)) {
			t.Errorf("unit %d: heard %+v", unit, a)
		}
		found += len(a.Frames)
	}
	if took := l.Now().Sub(began); found != 16 || took > 30*time.Second {
		t.Errorf("%d devices in %v", found, took)
	}
	for i, g := range l.gaps {
		if g < 3645*time.Microsecond {
			t.Fatalf("request %d after a silence of %v", i, g)
		}
	}
}

func TestListenHearsSomebodyElsesBus(t *testing.T) {
	l := newLine(9600, 10)
	l.put(10*time.Millisecond, withCRC(5, 3, 0, 0, 0, 1))
	l.put(30*time.Millisecond, withCRC(5, 3, 2, 0, 9))
	a, err := modbus.NewProber(l, l).Listen(t.Context(), time.Second)
	if err != nil || len(a.Frames) != 2 || a.Frames[0].Data != nil || string(a.Frames[1].Data) != "\x00\x09" || len(l.sent) != 0 {
		t.Errorf("%+v, %v, sent %d", a, err, len(l.sent))
	}
}

func TestProbeEnds(t *testing.T) {
	l := newLine(9600, 10)
	l.readErr = errors.New("pulled")
	req := holding(7, 1, 1)
	if _, err := modbus.NewProber(l, l).Ask(t.Context(), &req, time.Second, 0); !errors.Is(err, modbus.ErrGone) {
		t.Errorf("a pulled adapter: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := modbus.NewProber(newLine(9600, 10), nil).Ask(ctx, &req, time.Second, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled probe: %v", err)
	}
}
