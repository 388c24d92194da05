package poll

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
)

func writeCoil(unit uint8) *modbus.Request {
	return &modbus.Request{Unit: unit, Function: modbus.WriteSingleCoil, Address: 0, Count: 1, Data: []byte{0xFF, 0}}
}

func readCoil(unit uint8, address uint16) *modbus.Request {
	return &modbus.Request{Unit: unit, Function: modbus.ReadCoils, Address: address, Count: 1}
}

// relay has eight coils, of which two are outputs, and eight inputs in the alarm lane.
func relay() *contract.Contract {
	c := &contract.Contract{Name: "relay", Version: 1, Class: "relay", Limits: limits()}
	for i := range uint16(8) {
		c.Points = append(c.Points, point(fmt.Sprintf("in%d", i+1), contract.Discrete, i, contract.Alarm))
	}
	for i, name := range []string{"sounder", "strobe"} {
		at := uint16(i)
		c.Outputs = append(c.Outputs, contract.Output{Name: name, Table: contract.Coil, Address: at, On: 0xFF00,
			ReadBack: contract.ReadBack{Table: contract.Coil, Address: at, On: 1}})
	}
	return c
}

func TestCommandWaitsForOneTransactionAtMost(t *testing.T) {
	l := newLine(9600, 5*time.Millisecond, func(req *modbus.Request, _ int) reply {
		if req.Unit == 3 {
			return mute
		}
		return answers
	})
	cfg := fleet(16, rich())
	cfg.Devices[15].Contract = relay()
	run(t, cfg, l, newRecorder(), 30*time.Second, func(ctx context.Context, b *Bus) {
		for i := range 300 {
			time.Sleep(time.Duration(37+i%41) * time.Millisecond)
			asked := l.elapsed()
			if _, err := b.Do(ctx, writeCoil(16)); err != nil {
				if ctx.Err() == nil {
					t.Errorf("write: %v", err)
				}
				return
			}
			l.mu.Lock()
			before := 0
			for k := len(l.log) - 1; k >= 0 && l.log[k].end > asked; k-- {
				before++
			}
			l.mu.Unlock()
			if before > 2 {
				t.Errorf("at %v a command was the transaction number %d, want at most 2", asked, before)
			}
		}
	})
}

func TestCommandsAlternateWithPolls(t *testing.T) {
	l := newLine(9600, 5*time.Millisecond, nil)
	cfg := fleet(4, detector())
	cfg.Devices[3].Contract = relay()
	var rejected, done int
	var mu sync.Mutex
	stats := run(t, cfg, l, newRecorder(), 30*time.Second, func(ctx context.Context, b *Bus) {
		var all sync.WaitGroup
		defer all.Wait()
		for range 80 {
			all.Go(func() {
				for ctx.Err() == nil {
					_, err := b.Do(ctx, writeCoil(4))
					mu.Lock()
					switch {
					case err == nil:
						done++
					case errors.Is(err, ErrBusy):
						rejected++
					}
					mu.Unlock()
					if err != nil {
						time.Sleep(time.Second)
					}
				}
			})
		}
	})
	polls, streak := 0, 0
	for i, x := range l.log {
		if x.req.Function != modbus.WriteSingleCoil {
			polls, streak = polls+1, 0
			continue
		}
		if streak++; streak > 1 && i > defaultQueue {
			t.Fatalf("transaction %d: %d commands in a row", i, streak)
		}
	}
	if done == 0 || rejected == 0 || polls < 400 {
		t.Errorf("%d commands done, %d rejected, %d polls", done, rejected, polls)
	}
	if stats.Use.Command < 0.3 {
		t.Errorf("use %+v", stats.Use)
	}
}

func TestReadBackIsAnsweredFromItsBlock(t *testing.T) {
	l := newLine(9600, 5*time.Millisecond, nil)
	cfg := fleet(4, detector())
	cfg.Devices[3].Contract = relay()
	run(t, cfg, l, newRecorder(), 10*time.Second, func(ctx context.Context, b *Bus) {
		for range 20 {
			for _, address := range []uint16{0, 1} {
				if data, err := b.Do(ctx, readCoil(4, address)); ctx.Err() == nil && (err != nil || len(data) != 1) {
					t.Errorf("read back: % X, %v", data, err)
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	n := 0
	for _, x := range l.log {
		if x.req.Function == modbus.ReadCoils {
			n++
			if x.req.Address != 0 || x.req.Count != 2 {
				t.Fatalf("read back asked 0x%04X+%d, want the plan's block", x.req.Address, x.req.Count)
			}
		}
	}
	if n != 40 {
		t.Errorf("%d read-backs on the wire, want 40", n)
	}
}

// A read of other registers of the same shape has to wait for late_reply, while its device
// is not polled, and then the polls have to.
func TestForeignReadPausesItsDeviceOnly(t *testing.T) {
	l := newLine(9600, 5*time.Millisecond, nil)
	run(t, fleet(4, detector()), l, newRecorder(), 20*time.Second, func(ctx context.Context, b *Bus) {
		time.Sleep(3 * time.Second)
		req := &modbus.Request{Unit: 2, Function: modbus.ReadHoldingRegisters, Address: 0x100, Count: 2}
		if data, err := b.Do(ctx, req); err != nil || len(data) != 4 {
			t.Errorf("% X, %v", data, err)
		}
	})
	for u, g := range l.gaps(modbus.ReadHoldingRegisters, 0, 20*time.Second) {
		if u == 2 && (g < 4*time.Second || g > 4500*time.Millisecond) || u != 2 && g > 500*time.Millisecond {
			t.Errorf("unit %d waited %v", u, g)
		}
	}
}

func TestSlice(t *testing.T) {
	read := func(f modbus.Function, address, count uint16) *modbus.Request {
		return &modbus.Request{Function: f, Address: address, Count: count}
	}
	for _, row := range []struct {
		name       string
		data       []byte
		sent, want *modbus.Request
		out        []byte
	}{
		{"registers", []byte{0, 1, 0, 2, 0, 3}, read(3, 10, 3), read(3, 11, 1), []byte{0, 2}},
		{"one bit", []byte{0b0000_0100}, read(1, 0, 8), read(1, 2, 1), []byte{1}},
		{"one bit off", []byte{0b1111_1011}, read(1, 0, 8), read(1, 2, 1), []byte{0}},
		{"bits over bytes", []byte{0b1000_0000, 0b0000_0001}, read(2, 0, 16), read(2, 7, 9), []byte{0b11, 0}},
		{"the same", []byte{7}, read(1, 0, 8), read(1, 0, 8), []byte{7}},
		{"a write", nil, read(5, 0, 1), read(5, 0, 1), nil},
	} {
		if got := slice(row.data, row.sent, row.want); !reflect.DeepEqual(got, row.out) {
			t.Errorf("%s: % X, want % X", row.name, got, row.out)
		}
	}
}

func TestCommandsAreRefusedWhileThePortIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var there atomic.Bool
		var attempts atomic.Int32
		l := newLine(9600, 5*time.Millisecond, nil)
		l.fail = func() error {
			if !there.Load() {
				return errGone
			}
			return nil
		}
		sink := newRecorder()
		b := New(fleet(2, detector()), func(context.Context) (modbus.Master, error) {
			attempts.Add(1)
			if !there.Load() {
				return nil, fmt.Errorf("no such device")
			}
			return l, nil
		}, stamp, Options{})
		// Before the port is known to be away, commands wait for it.
		early, stop := context.WithTimeout(ctx, time.Second)
		defer stop()
		if _, err := b.Do(early, writeCoil(1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("before Run: %v", err)
		}
		done := make(chan error)
		go func() { done <- b.Run(ctx, sink) }()
		time.Sleep(10 * time.Second)
		if _, err := b.Do(ctx, writeCoil(1)); !errors.Is(err, ErrDown) {
			t.Errorf("while the port is away: %v", err)
		}
		if p := b.Progress(); p < 5 {
			t.Errorf("%d attempts seen by the watchdog in 10 s", p)
		}
		there.Store(true)
		time.Sleep(5 * time.Second)
		if _, err := b.Do(ctx, writeCoil(1)); err != nil {
			t.Errorf("with the port back: %v", err)
		}
		there.Store(false)
		time.Sleep(5 * time.Second)
		there.Store(true)
		time.Sleep(5 * time.Second)
		var ups []bool
		sink.mu.Lock()
		heard := slices.Clone(sink.buses)
		sink.mu.Unlock()
		for _, s := range heard {
			ups = append(ups, s.Up)
			if s.Up != (s.Err == nil) || s.Bus != "rs485-1" || s.At.Mono == 0 {
				t.Errorf("bus state %+v", s)
			}
		}
		if !reflect.DeepEqual(ups, []bool{false, true, false, true}) {
			t.Errorf("the sink heard %v, want each change once", ups)
		}
		s := b.Stats()
		if !s.Up || s.Opened != 2 || s.Modbus.Requests == 0 || attempts.Load() < 6 {
			t.Errorf("stats %+v after %d attempts", s, attempts.Load())
		}
		cancel()
		if err := <-done; err != nil || !l.closed {
			t.Errorf("run: %v, closed %v", err, l.closed)
		}
		if _, err := b.Do(ctx, writeCoil(1)); err == nil {
			t.Error("a command succeeded after the end")
		}
	})
}

func TestAnOpeningThatHangsIsSeenAsAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := New(fleet(1, detector()), func(ctx context.Context) (modbus.Master, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, stamp, Options{})
		done := make(chan error)
		go func() { done <- b.Run(ctx, newRecorder()) }()
		time.Sleep(time.Minute)
		if p := b.Progress(); p < 8 {
			t.Errorf("%d attempts in a minute", p)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestWaitingCommandsEndWithTheBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := New(fleet(1, detector()), func(ctx context.Context) (modbus.Master, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, stamp, Options{Queue: 2})
		go func() { _ = b.Run(ctx, newRecorder()) }()
		got := make(chan error, 3)
		for range 3 {
			go func() {
				_, err := b.Do(t.Context(), writeCoil(1))
				got <- err
			}()
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		busy, stopped := 0, 0
		for range 3 {
			switch err := <-got; {
			case errors.Is(err, ErrBusy):
				busy++
			case errors.Is(err, ErrStopped):
				stopped++
			}
		}
		if busy != 1 || stopped != 2 {
			t.Errorf("%d busy, %d stopped", busy, stopped)
		}
	})
}

func TestCancelledCommandIsNeverSent(t *testing.T) {
	l := newLine(9600, 5*time.Millisecond, func(*modbus.Request, int) reply { return mute })
	run(t, fleet(1, detector()), l, newRecorder(), 10*time.Second, func(ctx context.Context, b *Bus) {
		time.Sleep(time.Second)
		short, stop := context.WithTimeout(ctx, 100*time.Millisecond)
		defer stop()
		if _, err := b.Do(short, writeCoil(1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	for _, x := range l.log {
		if x.req.Function == modbus.WriteSingleCoil {
			t.Error("the cancelled command was sent")
		}
	}
}

func TestInvalidCommandIsRefusedAtOnce(t *testing.T) {
	b := New(fleet(1, detector()), nil, stamp, Options{})
	if _, err := b.Do(t.Context(), &modbus.Request{Unit: 0, Function: 3, Count: 1}); !errors.Is(err, modbus.ErrRequest) {
		t.Errorf("got %v", err)
	}
}

func TestIdleBusMakesProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l := newLine(9600, 0, nil)
		c := rich()
		c.Points = c.Points[2:]
		b := New(fleet(1, c), func(context.Context) (modbus.Master, error) { return l, nil }, stamp, Options{})
		done := make(chan error)
		go func() { done <- b.Run(ctx, newRecorder()) }()
		time.Sleep(50 * time.Second)
		if p := b.Progress(); p < 45 || p > 60 {
			t.Errorf("progress %d in 50 idle seconds, want about one a second", p)
		}
		cancel()
		<-done
	})
}

func TestOutcomes(t *testing.T) {
	for _, row := range []struct {
		err  error
		want outcome
	}{
		{nil, good},
		{&modbus.Error{Err: modbus.ErrTimeout}, silence},
		{&modbus.Error{Err: fmt.Errorf("%w: %w", modbus.ErrTimeout, modbus.ErrForeign)}, silence},
		{&modbus.Error{Err: modbus.ErrCRC}, noisy},
		{&modbus.Error{Err: modbus.ErrShort}, noisy},
		{&modbus.Error{Err: modbus.ServerDeviceBusy}, refused},
		{&modbus.Error{Err: modbus.GatewayTargetFailed}, silence},
		{&modbus.Error{Err: modbus.ErrUnconfirmed}, refused},
	} {
		if got := outcomeOf(row.err); got != row.want {
			t.Errorf("%v: outcome %d, want %d", row.err, got, row.want)
		}
	}
}

// instant is a master that answers at once.
type instant struct{ zero [250]byte }

func (m *instant) Do(_ context.Context, req *modbus.Request, dst []byte) ([]byte, error) {
	return append(dst, m.zero[:bytesOf(req)]...), nil
}
func (*instant) ReadyAt(*modbus.Request) time.Time                 { return time.Time{} }
func (*instant) Cost(*modbus.Request, time.Duration) time.Duration { return time.Millisecond }
func (*instant) Stats() modbus.Stats                               { return modbus.Stats{} }
func (*instant) Close() error                                      { return nil }

// quiet is a sink without memory.
type quiet struct{}

func (quiet) Deliver(*source.Batch) source.Want { return source.Nothing }
func (quiet) Bus(source.BusState)               {}

func fixedStamp() message.Stamp { return message.Stamp{Boot: "b"} }

func TestPollsAllocateNothing(t *testing.T) {
	b := New(fleet(200, rich()), nil, fixedStamp, Options{})
	b.sink = quiet{}
	b.attach(&instant{})
	step := func() {
		if err := b.step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for range 1000 {
		step()
	}
	ctx := t.Context()
	if n := testing.AllocsPerRun(1000, func() { _ = b.step(ctx) }); n != 0 {
		t.Errorf("%v allocations a poll", n)
	}
}

func BenchmarkStep(b *testing.B) {
	bus := New(fleet(200, rich()), nil, fixedStamp, Options{})
	bus.sink = quiet{}
	bus.attach(&instant{})
	ctx := b.Context()
	for b.Loop() {
		_ = bus.step(ctx)
	}
}

// TestLend: the port is closed for somebody else, the bus is down with that reason, commands
// are refused, and everything goes on when it is given back; a stop does not wait for that.
func TestLend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l := newLine(9600, 5*time.Millisecond, nil)
		sink := newRecorder()
		b := New(fleet(2, detector()), func(context.Context) (modbus.Master, error) { return l, nil }, stamp, Options{})
		done := make(chan error)
		go func() { done <- b.Run(ctx, sink) }()
		time.Sleep(2 * time.Second)
		back, err := b.Lend(ctx)
		if err != nil || !l.closed || b.Stats().Up || !errors.Is(b.Stats().Err, ErrLent) {
			t.Fatalf("lent: %v, closed %v, %+v", err, l.closed, b.Stats())
		}
		if _, err := b.Lend(ctx); !errors.Is(err, ErrBusy) {
			t.Errorf("lent twice: %v", err)
		}
		if _, err := b.Do(ctx, writeCoil(1)); !errors.Is(err, ErrDown) {
			t.Errorf("a command meanwhile: %v", err)
		}
		asked, progress := b.Stats().Modbus.Requests, b.Progress()
		time.Sleep(time.Minute)
		if n := b.Stats().Modbus.Requests; n != asked {
			t.Errorf("%d requests while lent", n-asked)
		}
		if b.Progress() < progress+50 {
			t.Error("no sign of life while lent")
		}
		back()
		back()
		time.Sleep(2 * time.Second)
		if s := b.Stats(); !s.Up || s.Modbus.Requests <= asked {
			t.Errorf("given back: %+v", s)
		}
		if _, err := b.Lend(ctx); err != nil {
			t.Errorf("lent again: %v", err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestLendOfABusThatDoesNotRun ends with the context.
func TestLendOfABusThatDoesNotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(fleet(1, detector()), func(context.Context) (modbus.Master, error) { return nil, errGone }, stamp, Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := b.Lend(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		if b.loan.Load() != nil {
			t.Error("the loan stays")
		}
	})
}
