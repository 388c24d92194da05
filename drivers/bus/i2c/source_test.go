package i2c_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"firepost/drivers/bus/i2c"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
)

// bus is a bus on which tx decides.
type bus struct {
	tx     func(addr uint16) error
	closed int
}

func (b *bus) String() string                  { return "fake" }
func (b *bus) SetSpeed(physic.Frequency) error { return nil }
func (b *bus) Close() error                    { b.closed++; return nil }
func (b *bus) Tx(addr uint16, _, _ []byte) error {
	if b.closed > 0 {
		return i2c.ErrClosed
	}
	if b.tx == nil {
		return nil
	}
	return b.tx(addr)
}

// reader reads a device at one address.
type reader struct {
	addr uint16
	took time.Duration
	give []contract.Sample
}

func (r *reader) Read(_ context.Context, b periph.Bus) ([]contract.Sample, error) {
	time.Sleep(r.took)
	if err := b.Tx(r.addr, []byte{0}, nil); err != nil {
		return r.give, err // samples beside an error must be dropped
	}
	return r.give, nil
}

func reads(addr uint16, took time.Duration) *reader {
	return &reader{addr: addr, took: took, give: []contract.Sample{{Value: float64(addr)}}}
}

// sink keeps what it is told. Only Run's goroutine calls it.
type sink struct {
	start time.Time
	log   []string
	want  func(device string) source.Want
}

func newSink() *sink { return &sink{start: time.Now()} }

func (s *sink) Deliver(b *source.Batch) source.Want {
	at := time.Since(s.start)
	if b.Err != nil {
		s.log = append(s.log, fmt.Sprintf("%v %s failed %d", at, b.Device, len(b.Samples)))
	} else {
		s.log = append(s.log, fmt.Sprintf("%v %s %d", at, b.Device, len(b.Samples)))
	}
	if s.want != nil {
		return s.want(b.Device)
	}
	return source.Nothing
}

func (s *sink) Bus(st source.BusState) {
	s.log = append(s.log, fmt.Sprintf("%v bus %v", time.Since(s.start), st.Up))
}

func stamp() message.Stamp { return message.Stamp{Wall: time.Now()} }

func always(b *bus) func(context.Context) (periph.BusCloser, error) {
	return func(context.Context) (periph.BusCloser, error) { return b, nil }
}

// run runs s for d and then ends it.
func run(t *testing.T, s *i2c.Source, k *sink, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := s.Run(ctx, k); err != nil {
		t.Error(err)
	}
}

func TestScheduleDoesNotDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, k := &bus{}, newSink()
		s := i2c.NewSource("chips", always(b), []i2c.Entry{
			{Device: "a", Every: time.Second, Reader: reads(0x48, 70*time.Millisecond)},
			{Device: "b", Every: 400 * time.Millisecond, Reader: reads(0x40, 30*time.Millisecond)},
		}, stamp)
		run(t, s, k, 2500*time.Millisecond)
		want := []string{
			"0s bus true", "70ms a 1", "100ms b 1", "430ms b 1", "830ms b 1", "1.07s a 1", "1.23s b 1",
			"1.63s b 1", "2.07s a 1", "2.1s b 1", "2.43s b 1",
		}
		if !slices.Equal(k.log, want) {
			t.Errorf("%q\nwant %q", k.log, want)
		}
		if b.closed != 1 {
			t.Errorf("closed %d times", b.closed)
		}
		st := s.Stats()
		if st.Reads != 10 || st.Failed != 0 || st.Skipped != 0 || !st.Up || st.Opened != 1 || st.Devices[1].Good != 7 {
			t.Errorf("%+v", st)
		}
	})
}

func TestTooSlowABusSkips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newSink()
		s := i2c.NewSource("chips", always(&bus{}), []i2c.Entry{{Device: "a", Every: 100 * time.Millisecond, Reader: reads(0x48, 250*time.Millisecond)}}, stamp)
		run(t, s, k, time.Second)
		want := []string{"0s bus true", "250ms a 1", "550ms a 1", "850ms a 1"}
		if st := s.Stats(); !slices.Equal(k.log, want) || st.Skipped != 6 {
			t.Errorf("%q, %+v", k.log, st)
		}
	})
}

func TestDeadDeviceBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dead atomic.Bool
		dead.Store(true)
		b, k := &bus{tx: func(addr uint16) error {
			if addr == 0x48 && dead.Load() {
				return i2c.ErrNoAnswer
			}
			return nil
		}}, newSink()
		s := i2c.NewSource("chips", always(b), []i2c.Entry{{Device: "a", Every: time.Second, Reader: reads(0x48, 0)}}, stamp)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, k) }()
		time.Sleep(40500 * time.Millisecond)
		synctest.Wait()
		want := []string{
			"0s bus true", "0s a failed 0", "1s a failed 0", "2s a failed 0", "4s a failed 0", "8s a failed 0",
			"16s a failed 0", "26s a failed 0", "36s a failed 0",
		}
		if !slices.Equal(k.log, want) {
			t.Errorf("%q\nwant %q", k.log, want)
		}
		st := s.Stats().Devices[0]
		if st.InRow != 8 || !errors.Is(st.Err, i2c.ErrNoAnswer) || !strings.Contains(st.Err.Error(), "device a") {
			t.Errorf("%+v", st)
		}
		dead.Store(false)
		time.Sleep(8 * time.Second)
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := k.log[len(want):]; !slices.Equal(got, []string{"46s a 1", "47s a 1", "48s a 1"}) {
			t.Errorf("back again: %q", got)
		}
	})
}

func TestBusVanishesAndReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("node is away")
		var pulled atomic.Bool
		var buses []*bus
		open := func(context.Context) (periph.BusCloser, error) {
			if pulled.Load() {
				return nil, gone
			}
			b := &bus{tx: func(uint16) error {
				if pulled.Load() {
					return &i2c.Error{Op: "transfer", Bus: "x", Err: i2c.ErrGone}
				}
				return nil
			}}
			buses = append(buses, b)
			return b, nil
		}
		k := newSink()
		s := i2c.NewSource("chips", open, []i2c.Entry{{Device: "a", Every: time.Second, Reader: reads(0x48, 0)}}, stamp)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, k) }()
		time.Sleep(1500 * time.Millisecond)
		pulled.Store(true)
		before := s.Progress()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if s.Progress() == before {
			t.Error("no progress while the bus is away")
		}
		if st := s.Stats(); st.Up || !errors.Is(st.Err, gone) {
			t.Errorf("%+v", st)
		}
		if err := s.Do(t.Context(), func(periph.Bus) error { t.Error("must not run"); return nil }); !errors.Is(err, i2c.ErrDown) || !errors.Is(err, gone) {
			t.Errorf("Do while the bus is away: %v", err)
		}
		pulled.Store(false)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		var up []string
		for _, l := range k.log {
			if strings.Contains(l, "bus") {
				up = append(up, l[strings.Index(l, "bus"):])
			}
		}
		if !slices.Equal(up, []string{"bus true", "bus false", "bus true"}) {
			t.Errorf("%q", k.log)
		}
		if len(buses) != 2 || buses[0].closed != 1 || buses[1].closed != 1 {
			t.Errorf("%d buses opened", len(buses))
		}
	})
}

// A bus whose lines are held down opens all right: it counts as up only once it has been read.
func TestStuckBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stuck atomic.Bool
		opened := 0
		open := func(context.Context) (periph.BusCloser, error) {
			opened++
			return &bus{tx: func(uint16) error {
				if stuck.Load() {
					return i2c.ErrStuck
				}
				return nil
			}}, nil
		}
		k := newSink()
		s := i2c.NewSource("chips", open, []i2c.Entry{
			{Device: "a", Every: time.Second, Reader: reads(0x48, 0)}, {Device: "b", Every: time.Second, Reader: reads(0x49, 0)},
		}, stamp)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, k) }()
		time.Sleep(500 * time.Millisecond)
		stuck.Store(true)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if s.Stats().Up {
			t.Error("a stuck bus is up")
		}
		stuck.Store(false)
		time.Sleep(10 * time.Second)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if opened < 3 {
			t.Errorf("opened %d times", opened)
		}
		states := slices.DeleteFunc(slices.Clone(k.log), func(l string) bool { return !strings.Contains(l, "bus") })
		if len(states) != 3 || !strings.HasSuffix(states[2], "true") {
			t.Errorf("%q", states)
		}
	})
}

func TestConfirm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newSink()
		n := 0
		k.want = func(device string) source.Want {
			if n++; device == "a" && n <= 2 {
				return source.Confirm
			}
			return source.Nothing
		}
		s := i2c.NewSource("chips", always(&bus{}), []i2c.Entry{
			{Device: "a", Every: time.Second, Reader: reads(0x48, 10*time.Millisecond)},
			{Device: "b", Every: time.Second, Reader: reads(0x49, 100*time.Millisecond)},
		}, stamp)
		run(t, s, k, 1100*time.Millisecond)
		want := []string{"0s bus true", "10ms a 1", "110ms b 1", "120ms a 1", "1.01s a 1"}
		if !slices.Equal(k.log, want) {
			t.Errorf("%q\nwant %q", k.log, want)
		}
	})
}

func TestIdleSourceProgresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := i2c.NewSource("chips", always(&bus{}), nil, stamp)
		run(t, s, newSink(), 10500*time.Millisecond)
		if n := s.Progress(); n < 10 {
			t.Errorf("progress %d in 10 s", n)
		}
	})
}

func TestEndedRunDeliversNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newSink()
		s := i2c.NewSource("chips", always(&bus{}), []i2c.Entry{{Device: "a", Every: time.Second, Reader: waits{}}}, stamp)
		run(t, s, k, time.Second)
		if !slices.Equal(k.log, []string{"0s bus true"}) {
			t.Errorf("%q: the end of the source made its device faulty", k.log)
		}
		// A reader that waits too long is a fault of the device.
		k = newSink()
		run(t, i2c.NewSource("chips", always(&bus{}), []i2c.Entry{{Device: "a", Every: time.Second, Reader: waits{}}}, stamp), k, 3*time.Second)
		if !slices.Equal(k.log, []string{"0s bus true", "2s a failed 0"}) {
			t.Errorf("%q", k.log)
		}
	})
}

// waits is a reader that waits for its context's end.
type waits struct{}

func (waits) Read(ctx context.Context, _ periph.Bus) ([]contract.Sample, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestReaderThatGivesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newSink()
		s := i2c.NewSource("chips", always(&bus{}), []i2c.Entry{{Device: "a", Every: time.Second, Reader: &reader{addr: 0x48}}}, stamp)
		run(t, s, k, 500*time.Millisecond)
		if !slices.Equal(k.log, []string{"0s bus true", "0s a failed 0"}) || !errors.Is(s.Stats().Devices[0].Err, i2c.ErrEmpty) {
			t.Errorf("%q", k.log)
		}
	})
}

func TestRefusedEntries(t *testing.T) {
	ok := i2c.Entry{Device: "a", Every: time.Second, Reader: reads(0x48, 0)}
	for name, entries := range map[string][]i2c.Entry{
		"twice": {ok, ok}, "no reader": {{Device: "a", Every: 1}}, "no period": {{Device: "a", Reader: ok.Reader}}, "no name": {{Every: 1, Reader: ok.Reader}},
	} {
		if err := i2c.NewSource("chips", always(&bus{}), entries, stamp).Run(t.Context(), newSink()); !errors.Is(err, i2c.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := i2c.NewSource("chips", nil, nil, stamp).Run(t.Context(), newSink()); !errors.Is(err, i2c.ErrInvalid) {
		t.Error(err)
	}
}
