package poll

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
)

// reply is how a simulated unit takes a request.
type reply uint8

const (
	answers reply = iota
	mute
	garbles
	refuses
)

// exchange is one transaction as the line saw it.
type exchange struct {
	req        modbus.Request
	start, end time.Duration
	reply      reply
}

// line is a master on a simulated wire: every exchange takes the time that its characters
// take, and a request that could be mistaken for another is a failure of the test.
type line struct {
	w          wire
	turnaround time.Duration
	// behave says how a unit takes its n-th request; nil means that all answer.
	behave func(req *modbus.Request, n int) reply
	fail   func() error // checked before every exchange

	mu     sync.Mutex
	base   time.Time
	barred map[uint8]time.Time
	shapes map[string]seen
	asked  map[uint8]int
	log    []exchange
	broken []string // requests that ReadyAt forbade
	busy   bool
	closed bool
}

type seen struct {
	address, count uint16
	until          time.Time
}

func newLine(baud int, turnaround time.Duration, behave func(*modbus.Request, int) reply) *line {
	return &line{
		w: newWire(baud, 10), turnaround: turnaround, behave: behave,
		barred: map[uint8]time.Time{}, shapes: map[string]seen{}, asked: map[uint8]int{},
	}
}

func bytesOf(req *modbus.Request) int {
	switch req.Function {
	case modbus.ReadCoils, modbus.ReadDiscreteInputs:
		return (int(req.Count) + 7) / 8
	case modbus.ReadHoldingRegisters, modbus.ReadInputRegisters:
		return 2 * int(req.Count)
	default:
		return 0
	}
}

func shapeOf(req *modbus.Request) string {
	return fmt.Sprintf("%d/%d/%d", req.Unit, req.Function, bytesOf(req))
}

func (l *line) ReadyAt(req *modbus.Request) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.readyAt(req)
}

func (l *line) readyAt(req *modbus.Request) time.Time {
	at := l.barred[req.Unit]
	if s, ok := l.shapes[shapeOf(req)]; ok && bytesOf(req) > 0 && (s.address != req.Address || s.count != req.Count) && s.until.After(at) {
		at = s.until
	}
	if !at.After(time.Now()) {
		return time.Time{}
	}
	return at
}

func (l *line) Do(_ context.Context, req *modbus.Request, dst []byte) ([]byte, error) {
	l.mu.Lock()
	if l.base.IsZero() {
		l.base = time.Now()
	}
	if l.fail != nil {
		if err := l.fail(); err != nil {
			l.mu.Unlock()
			return nil, err
		}
	}
	if l.busy {
		l.broken = append(l.broken, "two exchanges at once")
	}
	if at := l.readyAt(req); !at.IsZero() {
		l.broken = append(l.broken, fmt.Sprintf("%v of unit %d at 0x%04X asked before %v", req.Function, req.Unit, req.Address, at))
	}
	n := l.asked[req.Unit]
	l.asked[req.Unit]++
	r := answers
	if l.behave != nil {
		r = l.behave(req, n)
	}
	l.busy = true
	start := time.Now()
	l.mu.Unlock()

	took := l.w.good(bytesOf(req), l.turnaround)
	if r == mute || r == garbles {
		took = l.w.miss(replyWithinOf(req))
	} else if bytesOf(req) > 0 && start.Sub(l.base) < lateOf(req) {
		took *= 2 // a master makes its first reads twice
	}
	time.Sleep(took)

	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy = false
	end := time.Now()
	l.log = append(l.log, exchange{*req, start.Sub(l.base), end.Sub(l.base), r})
	l.shapes[shapeOf(req)] = seen{req.Address, req.Count, start.Add(lateOf(req))}
	switch r {
	case mute:
		l.barred[req.Unit] = start.Add(lateOf(req))
		return nil, &modbus.Error{Unit: req.Unit, Err: modbus.ErrTimeout}
	case garbles:
		l.barred[req.Unit] = start.Add(lateOf(req))
		return nil, &modbus.Error{Unit: req.Unit, Err: modbus.ErrCRC}
	case refuses:
		return nil, &modbus.Error{Unit: req.Unit, Err: modbus.IllegalDataAddress}
	case answers:
	}
	for range bytesOf(req) {
		dst = append(dst, 0)
	}
	return dst, nil
}

func replyWithinOf(req *modbus.Request) time.Duration {
	if req.ReplyWithin > 0 {
		return req.ReplyWithin
	}
	return modbus.DefaultReplyWithin
}

func lateOf(req *modbus.Request) time.Duration {
	if req.LateReply > 0 {
		return req.LateReply
	}
	return modbus.DefaultLateReply
}

// elapsed is the time since the first exchange.
func (l *line) elapsed() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.base)
}

func (l *line) Cost(req *modbus.Request, turnaround time.Duration) time.Duration {
	return l.w.good(bytesOf(req), turnaround)
}

func (l *line) Stats() modbus.Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return modbus.Stats{Requests: uint64(len(l.log))}
}

func (l *line) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return nil
}

// recorder is a sink that asks for what want says.
type recorder struct {
	want  func(*source.Batch) source.Want
	mu    sync.Mutex
	buses []source.BusState
	ok    map[string]int
	errs  map[string][]error
	names map[string]map[int]int // device → point → good samples
}

func newRecorder() *recorder {
	return &recorder{ok: map[string]int{}, errs: map[string][]error{}, names: map[string]map[int]int{}}
}

func (r *recorder) Deliver(b *source.Batch) source.Want {
	r.mu.Lock()
	if b.Err != nil {
		r.errs[b.Device] = append(r.errs[b.Device], b.Err)
	} else {
		r.ok[b.Device]++
		if r.names[b.Device] == nil {
			r.names[b.Device] = map[int]int{}
		}
		for _, s := range b.Samples {
			r.names[b.Device][s.Point]++
		}
	}
	r.mu.Unlock()
	if r.want == nil {
		return source.Nothing
	}
	return r.want(b)
}

func (r *recorder) Bus(s source.BusState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buses = append(r.buses, s)
}

func stamp() message.Stamp {
	t := time.Now()
	return message.Stamp{Boot: "b", Mono: t.Sub(time.Unix(946684800, 0)), Wall: t}
}

// run lets a bus poll l for a virtual while; also is run beside it within the bubble.
func run(t *testing.T, cfg Config, l *line, sink source.Sink, d time.Duration, also func(ctx context.Context, b *Bus)) Stats {
	t.Helper()
	var stats Stats
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := New(cfg, func(context.Context) (modbus.Master, error) { return l, nil }, stamp, Options{})
		done := make(chan error, 1)
		go func() { done <- b.Run(ctx, sink) }()
		var beside sync.WaitGroup
		if also != nil {
			beside.Go(func() { also(ctx, b) })
		}
		time.Sleep(d)
		stats = b.Stats()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		beside.Wait()
	})
	for i, s := range l.broken {
		if i == 5 {
			t.Errorf("and %d more", len(l.broken)-i)
			break
		}
		t.Error("ambiguous: " + s)
	}
	return stats
}

// The contracts of the tests.

func limits() contract.Limits {
	return contract.Limits{MaxRegisters: 16, MaxBits: 64, MaxGap: 4, Turnaround: 5 * time.Millisecond}
}

func point(name string, table contract.Table, address uint16, lane contract.Lane) contract.Point {
	p := contract.Point{Name: name, Table: table, Address: address, Type: contract.U16, Scale: 1, Lane: lane}
	if table.Bits() {
		p.Type = contract.Bool
	}
	return p
}

// detector has two registers in one alarm block.
func detector() *contract.Contract {
	return &contract.Contract{
		Name: "smoke", Version: 1, Class: "detector", Limits: limits(),
		Points: []contract.Point{point("smoke", contract.Holding, 0, contract.Alarm), point("fault", contract.Holding, 1, contract.Alarm)},
	}
}

// rich has an alarm block and a slow one of another shape.
func rich() *contract.Contract {
	c := detector()
	c.Points = append(c.Points,
		point("density", contract.Holding, 0x20, contract.Slow), point("battery", contract.Holding, 0x21, contract.Slow),
		point("temperature", contract.Holding, 0x22, contract.Slow))
	return c
}

func fleet(n int, c *contract.Contract) Config {
	cfg := Config{Name: "rs485-1", Baud: 9600, CharBits: 10}
	for i := range n {
		cfg.Devices = append(cfg.Devices, Device{Name: fmt.Sprintf("d%03d", i+1), Unit: uint8(i + 1), Contract: c})
	}
	return cfg
}

// gaps is the longest time between good reads of each unit, the time before its first and
// after its last good read included.
func (l *line) gaps(function modbus.Function, address uint16, until time.Duration) map[uint8]time.Duration {
	return l.gapsFrom(function, address, 0, until)
}

// gapsFrom is gaps from a time on.
func (l *line) gapsFrom(function modbus.Function, address uint16, from, until time.Duration) map[uint8]time.Duration {
	last := map[uint8]time.Duration{}
	out := map[uint8]time.Duration{}
	for u := range l.asked {
		last[u], out[u] = 0, 0
	}
	for _, x := range l.log {
		if x.reply != answers || x.req.Function != function || address < x.req.Address || address >= x.req.Address+x.req.Count {
			continue
		}
		if x.end > from {
			out[x.req.Unit] = max(out[x.req.Unit], x.end-last[x.req.Unit])
		}
		last[x.req.Unit] = x.end
	}
	for u := range last {
		out[u] = max(out[u], until-last[u])
	}
	return out
}

// goodRate counts good replies a second from a to b.
func (l *line) goodRate(a, b time.Duration) float64 {
	n := 0
	for _, x := range l.log {
		if x.reply == answers && x.end >= a && x.end < b {
			n++
		}
	}
	return float64(n) / (b - a).Seconds()
}

// lost is the part of the wire from a to b that unanswered requests took.
func (l *line) lost(a, b time.Duration) float64 {
	var t time.Duration
	for _, x := range l.log {
		if (x.reply == mute || x.reply == garbles) && x.start >= a && x.end < b {
			t += x.end - x.start
		}
	}
	return float64(t) / float64(b-a)
}

var errGone = &modbus.Error{Bus: "rs485-1", Err: modbus.ErrGone}
