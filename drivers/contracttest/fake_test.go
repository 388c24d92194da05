package contracttest_test

import (
	"slices"
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/drivers/bus/serialport"
	"firepost/drivers/contracttest"
	"firepost/firmware-contracts/contract"
)

// text is the contract of the device that the tests play.
const text = `
name: probe
version: 1
title: {zh: 探头, en: probe}
class: detector
hardware: false
sources:
  - {title: made up, where: here, mark: M}
serial: {baud: 9600, format: 8N1}
address: {default: 5, min: 1, max: 247}
limits: {max_registers: 8, max_gap: 2, reply_within: 100ms, late_reply: 500ms}
readable:
  - {table: holding, from: 0x0000, to: 0x000B}
points:
  - name: smoke
    title: {zh: 烟, en: smoke}
    role: smoke
    lane: alarm
    table: holding
    address: 0x0000
    type: u16
    values:
      - {raw: 0, means: normal, zh: 正常, en: normal}
      - {raw: 1, means: fire, zh: 火警, en: fire}
  - name: temperature
    title: {zh: 温度, en: temperature}
    role: temperature
    lane: slow
    table: holding
    address: 0x0002
    type: i16
    scale: 0.1
    unit: °C
    range: {min: -40, max: 85}
    invalid: [0x7FFF]
  - name: uptime
    title: {zh: 运行, en: uptime}
    role: info
    lane: slow
    table: holding
    address: 0x0004
    type: u32
outputs:
  - name: siren
    title: {zh: 警号, en: siren}
    table: holding
    address: 0x0007
    on: 1
    off: 0
    read_back: {table: holding, address: 0x0007, on: 1}
setup:
  address: {register: 0x0008}
  takes: now
identity:
  - {table: holding, address: 0x000A, min: 0x4650, max: 0x4650}
`

func probe(t *testing.T) *contract.Contract {
	t.Helper()
	c, err := contract.Load("probe@1.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The line: 9600 8N1.
const (
	char  = 10 * time.Second / 9600
	quiet = char * 7 / 2
)

// shot is something that the device sends, so long after the request's end.
type shot struct {
	after time.Duration
	data  []byte
}

// device is a slave with everything that can be wrong with one. It shares no code with what
// it is tested by.
type device struct {
	unit  byte
	regs  map[uint16]uint16
	most  int
	turn  time.Duration
	moved byte
	// takes replaces the rule of which frames are answered; shoot what is sent for a reply.
	takes func(frame []byte) bool
	shoot func(frame, reply []byte) []shot
	// answer replaces the whole reply, unsealed; nil lets the device work it out.
	answer func(frame []byte) []byte
	// joins: a pause does not end a frame. eager: it does not wait for the frame's end.
	joins, eager bool
}

func healthy() *device {
	return &device{unit: 5, most: 8, turn: 6 * time.Millisecond, regs: map[uint16]uint16{2: 0x00D7, 4: 1, 5: 2, 10: 0x4650}}
}

// bitwise is the check sum, bit by bit.
func bitwise(b []byte) (lo, hi byte) {
	crc := uint16(0xFFFF)
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			odd := crc & 1
			if crc >>= 1; odd == 1 {
				crc ^= 0xA001
			}
		}
	}
	return byte(crc), byte(crc >> 8)
}

func sealed(b ...byte) []byte {
	lo, hi := bitwise(b)
	return append(slices.Clone(b), lo, hi)
}

func sound(frame []byte) bool {
	if len(frame) < 4 || len(frame) > 256 {
		return false
	}
	lo, hi := bitwise(frame[:len(frame)-2])
	return frame[len(frame)-2] == lo && frame[len(frame)-1] == hi
}

// hear returns what the device sends for a frame.
func (d *device) hear(frame []byte) []shot {
	takes := sound(frame) && frame[0] == d.unit
	if d.takes != nil {
		takes = d.takes(frame)
	}
	if !takes {
		return nil
	}
	var reply []byte
	if d.answer != nil {
		reply = d.answer(frame)
	}
	if reply == nil {
		reply = d.work(frame)
	}
	if d.moved != 0 {
		d.unit, d.moved = d.moved, 0
	}
	reply = sealed(reply...)
	if d.shoot != nil {
		return d.shoot(frame, reply)
	}
	return []shot{{d.turn, reply}}
}

func (d *device) work(frame []byte) []byte {
	refuse := func(code byte) []byte { return []byte{d.unit, frame[1] | 0x80, code} }
	if len(frame) < 8 {
		return refuse(1)
	}
	address, count := uint16(frame[2])<<8|uint16(frame[3]), int(frame[4])<<8|int(frame[5])
	switch frame[1] {
	case 3:
		switch {
		case count == 0 || count > d.most:
			return refuse(3)
		case int(address)+count > 12:
			return refuse(2)
		}
		out := []byte{d.unit, 3, byte(2 * count)}
		for i := range count {
			v := d.regs[address+uint16(i)]
			out = append(out, byte(v>>8), byte(v))
		}
		return out
	case 6:
		switch address {
		case 7:
			d.regs[7] = uint16(count)
		case 8:
			d.moved = byte(count)
		default:
			return refuse(2)
		}
		return append([]byte{d.unit}, frame[1:6]...)
	}
	return refuse(1)
}

type due struct {
	at time.Time
	b  byte
}

// link is a serial line in time of its own, with the device at its end.
type link struct {
	d       *device
	now     time.Time
	rx      []byte
	rxEnd   time.Time
	pending []due
	written [][]byte
	echo    bool
	// gone is the error of every read and write once that many frames were written.
	goneAt int
	gone   error
	after  func(written int)
	babble bool
}

func newLink(d *device) *link {
	return &link{d: d, now: time.Date(1970, 1, 1, 0, 0, 9, 0, time.UTC)}
}

func (l *link) Now() time.Time { return l.now }

func (l *link) SleepUntil(t time.Time) {
	if t.After(l.now) {
		l.now = t
	}
}

func (l *link) Baud() int     { return 9600 }
func (l *link) CharBits() int { return 10 }
func (l *link) Close() error  { return nil }

func (l *link) Discard() (int, error) { return 0, nil }

// settle lets the device take a frame that has ended by t.
func (l *link) settle(t time.Time) {
	if len(l.rx) == 0 || t.Before(l.rxEnd.Add(quiet)) {
		return
	}
	if l.d.joins && !sound(l.rx) && len(l.rx) < 8 {
		return
	}
	l.process()
}

func (l *link) process() {
	frame := l.rx
	l.rx = nil
	for _, s := range l.d.hear(frame) {
		at := l.rxEnd.Add(s.after)
		for _, b := range s.data {
			at = at.Add(char)
			l.pending = append(l.pending, due{at, b})
		}
	}
	slices.SortStableFunc(l.pending, func(a, b due) int { return a.at.Compare(b.at) })
}

func (l *link) Write(p []byte) error {
	if l.gone != nil && len(l.written) >= l.goneAt {
		return l.gone
	}
	l.settle(l.now)
	l.written = append(l.written, slices.Clone(p))
	if l.after != nil {
		l.after(len(l.written))
	}
	start := l.now
	if start.Before(l.rxEnd) {
		start = l.rxEnd
	}
	l.rx = append(l.rx, p...)
	l.rxEnd = start.Add(char * time.Duration(len(p)))
	if l.echo {
		for i, b := range p {
			l.pending = append(l.pending, due{start.Add(char * time.Duration(i+1)), b})
		}
	}
	if l.d.eager && sound(l.rx) {
		l.process()
	}
	return nil
}

func (l *link) Read(p []byte, deadline time.Time) (int, error) {
	if l.gone != nil && len(l.written) >= l.goneAt {
		return 0, l.gone
	}
	if l.babble {
		l.now = l.now.Add(time.Millisecond)
		p[0] = 0x55
		return 1, nil
	}
	limit := deadline
	if l.now.After(limit) {
		limit = l.now
	}
	l.settle(limit)
	if len(l.pending) == 0 || l.pending[0].at.After(limit) {
		l.now = limit
		return 0, serialport.ErrTimeout
	}
	l.SleepUntil(l.pending[0].at)
	n := 0
	for n < len(p) && len(l.pending) > 0 && !l.pending[0].at.After(l.now) {
		p[n] = l.pending[0].b
		l.pending = l.pending[1:]
		n++
	}
	return n, nil
}

var _ modbus.Link = (*link)(nil)

// run tests a device in its own time.
func run(t *testing.T, l *link, opts contracttest.Options) *contracttest.Report {
	t.Helper()
	opts.Clock = l
	rep, err := contracttest.Run(t.Context(), l, probe(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// failures are the ids of what failed.
func failures(rep *contracttest.Report) []string {
	var out []string
	for _, c := range rep.Checks {
		if c.Status == contracttest.Failed {
			out = append(out, c.ID)
		}
	}
	return out
}
