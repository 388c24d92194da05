package pins_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"firepost/drivers/bus/pins"
	"firepost/drivers/bus/pins/pinstest"
	"firepost/drivers/drivertest"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
)

const debounce = 30 * time.Millisecond

// sink keeps what it is told.
type sink struct {
	mu    sync.Mutex
	got   []string
	at    []time.Time
	bus   []source.BusState
	errs  []error
	panic bool
}

func (s *sink) Deliver(b *source.Batch) source.Want {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.panic {
		panic("sink")
	}
	word := b.Device + " open"
	switch {
	case b.Err != nil:
		word = b.Device + " error"
		s.errs = append(s.errs, b.Err)
	case b.Samples[0].Raw == 1:
		word = b.Device + " closed"
	}
	s.got, s.at = append(s.got, word), append(s.at, time.Now())
	return source.Nothing
}

func (s *sink) Bus(b source.BusState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bus = append(s.bus, b)
}

// since drops what came before and returns what comes within d.
func (s *sink) since(d time.Duration) []string {
	s.mu.Lock()
	s.got, s.at, s.errs = nil, nil, nil
	s.mu.Unlock()
	time.Sleep(d)
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.got...)
}

func noStamp() message.Stamp { return message.Stamp{} }

// watch runs a source on lines named after their devices, within a bubble.
func watch(t *testing.T, board pins.Opener, opts pins.Options, names ...string) (*pins.Source, *sink) {
	t.Helper()
	var contacts []pins.Contact
	for _, n := range names {
		contacts = append(contacts, pins.Contact{Device: n, Model: drivertest.ContactModel(), Line: n, Pull: gpio.PullUp, Debounce: debounce})
	}
	src, s := pins.NewSource("gpio", board, contacts, noStamp, opts), &sink{}
	run(t, src, s)
	return src, s
}

func run(t *testing.T, src *pins.Source, s *sink) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- src.Run(ctx, s) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

func TestPullAndInversionSayWhatClosedIs(t *testing.T) {
	for _, c := range []struct {
		pull     gpio.Pull
		inverted bool
		closed   gpio.Level
	}{
		{gpio.PullUp, false, gpio.Low}, {gpio.PullUp, true, gpio.High},
		{gpio.Float, false, gpio.Low}, {gpio.PullNoChange, true, gpio.High},
		{gpio.PullDown, false, gpio.High}, {gpio.PullDown, true, gpio.Low},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := pinstest.NewLine("a", pinstest.GoodEdges)
			l.Drive(c.closed)
			s := &sink{}
			run(t, pins.NewSource("gpio", pinstest.NewBoard(l), []pins.Contact{{
				Device: "a", Model: drivertest.ContactModel(), Line: "a", Pull: c.pull, Inverted: c.inverted, Debounce: debounce,
			}}, noStamp, pins.Options{}), s)
			if got := s.since(50 * time.Millisecond); len(got) != 1 || got[0] != "a closed" {
				t.Errorf("%v inverted %v line %v: %v, want closed", c.pull, c.inverted, c.closed, got)
			}
			if l.Pull() != c.pull {
				t.Errorf("pull %v, want %v", l.Pull(), c.pull)
			}
		})
	}
}

func TestNoDebounceCountsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := pinstest.NewLine("a", pinstest.GoodEdges), &sink{}
		run(t, pins.NewSource("gpio", pinstest.NewBoard(l), []pins.Contact{{Device: "a", Model: drivertest.ContactModel(), Line: "a"}}, noStamp, pins.Options{}), s)
		time.Sleep(time.Millisecond)
		synctest.Wait()
		l.Drive(gpio.Low)
		if got := s.since(0); len(got) != 1 || got[0] != "a closed" {
			t.Errorf("at once: %v", got)
		}
	})
}

// TestLongDebounceKeepsQuietUntilItIsSure: nothing is made up before the first level counts.
func TestLongDebounceKeepsQuietUntilItIsSure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := pinstest.NewLine("a", pinstest.GoodEdges), &sink{}
		src := pins.NewSource("gpio", pinstest.NewBoard(l), []pins.Contact{{Device: "a", Model: drivertest.ContactModel(), Line: "a", Debounce: 2 * time.Second}}, noStamp, pins.Options{})
		run(t, src, s)
		if got := s.since(1900 * time.Millisecond); len(got) != 0 {
			t.Errorf("before the debounce time is over: %v", got)
		}
		if n := src.Stats().Lines[0].Looks; n > 50 {
			t.Errorf("%d looks in 2 s: it spins", n)
		}
		if got := s.since(200 * time.Millisecond); len(got) != 1 {
			t.Errorf("after: %v", got)
		}
	})
}

func TestPanicUnderOneLineIsThatLinesFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pinstest.NewLine("a", pinstest.GoodEdges), pinstest.NewLine("b", pinstest.GoodEdges)
		_, s := watch(t, pinstest.NewBoard(a, b), pins.Options{}, "a", "b")
		s.since(50 * time.Millisecond)
		a.Panic(true)
		s.since(time.Second)
		if len(s.errs) == 0 || !errors.Is(s.errs[0], pins.ErrPanic) || !strings.Contains(s.errs[0].Error(), "line a") {
			t.Errorf("errors %v, want a panic of line a", s.errs)
		}
		b.Drive(gpio.Low)
		if got := s.since(debounce + drivertest.ContactWithin); !slices.Contains(got, "b closed") {
			t.Errorf("the other line: %v", got)
		}
		a.Panic(false)
		if got := s.since(3 * time.Second); !slices.Contains(got, "a open") {
			t.Errorf("after the panic: %v", got)
		}
	})
}

func TestStuckLineDisturbsNoOtherAndDoesNotKeepRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pinstest.NewLine("a", pinstest.NoEdges), pinstest.NewLine("b", pinstest.GoodEdges)
		src, s := pins.NewSource("gpio", pinstest.NewBoard(a, b), []pins.Contact{
			{Device: "a", Model: drivertest.ContactModel(), Line: "a", Debounce: debounce},
			{Device: "b", Model: drivertest.ContactModel(), Line: "b", Debounce: debounce},
		}, noStamp, pins.Options{}), &sink{}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- src.Run(ctx, s) }()
		s.since(50 * time.Millisecond)
		free := a.Stick()
		before := src.Progress()
		for _, w := range s.since(5 * time.Second) {
			if w != "b open" {
				t.Errorf("a is stuck, and %s was delivered", w)
			}
		}
		if src.Progress() == before {
			t.Error("one stuck line must not look like a stuck source")
		}
		cancel()
		begun := time.Now()
		if err := <-ended; err != nil || time.Since(begun) > 3*time.Second {
			t.Errorf("run ended with %v after %v", err, time.Since(begun))
		}
		free()
		if got := s.since(time.Second); len(got) != 0 {
			t.Errorf("the freed line delivered %v after the end", got)
		}
	})
}

func TestPanicOfTheSinkEndsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, s := pinstest.NewLine("a", pinstest.GoodEdges), &sink{panic: true}
		src := pins.NewSource("gpio", pinstest.NewBoard(l), []pins.Contact{{Device: "a", Model: drivertest.ContactModel(), Line: "a"}}, noStamp, pins.Options{})
		if err := src.Run(t.Context(), s); !errors.Is(err, pins.ErrPanic) {
			t.Fatalf("run: %v, want ErrPanic", err)
		}
		s.panic = false
		run(t, src, s)
		if got := s.since(time.Second / 2); len(got) != 1 || got[0] != "a open" {
			t.Errorf("run again: %v", got)
		}
	})
}

func TestLineThatIsMissingAtFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := pinstest.NewBoard(pinstest.NewLine("a", pinstest.GoodEdges))
		board.Fail(pins.ErrNoChip)
		src, s := watch(t, board, pins.Options{}, "a")
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := board.Asked("a"); n < 25 || n > 40 {
			t.Errorf("asked %d times in a minute, want a back-off to 2 s", n)
		}
		if st := src.Stats(); st.Up || !errors.Is(st.Err, pins.ErrNoChip) || st.Lines[0].Mode != pins.Down || st.Lines[0].Known {
			t.Errorf("stats %+v", st)
		}
		if len(s.bus) != 1 || s.bus[0].Up || s.bus[0].Bus != "gpio" {
			t.Errorf("bus %+v, want down once", s.bus)
		}
		board.Fail(nil)
		if got := s.since(2100 * time.Millisecond); !slices.Contains(got, "a open") {
			t.Errorf("once it is there: %v", got)
		}
		if st := src.Stats(); !st.Up || st.Err != nil || st.Lines[0].Err != nil || st.Lines[0].Opened != 1 {
			t.Errorf("stats %+v", st)
		}
	})
}

// TestOneMissingLineIsNotAMissingBus, even if it is the first to be tried.
func TestOneMissingLineIsNotAMissingBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := pinstest.NewLine("b", pinstest.GoodEdges)
		free := b.Stick()
		src, s := watch(t, pinstest.NewBoard(b), pins.Options{}, "a", "b")
		time.Sleep(time.Second)
		free()
		time.Sleep(time.Second)
		synctest.Wait()
		if len(s.bus) != 1 || !s.bus[0].Up {
			t.Errorf("bus %+v, want up and nothing else", s.bus)
		}
		if st := src.Stats(); !st.Up || !errors.Is(st.Lines[0].Err, pins.ErrNoLine) || st.Lines[0].Failures == 0 {
			t.Errorf("stats %+v", st)
		}
	})
}

// TestRunAgainWhileALineIsStuck: the line's goroutine of the first run must have ended
// before the second one touches the line.
func TestRunAgainWhileALineIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pinstest.NewLine("a", pinstest.GoodEdges)
		src := pins.NewSource("gpio", pinstest.NewBoard(l), []pins.Contact{{Device: "a", Model: drivertest.ContactModel(), Line: "a", Debounce: debounce}}, noStamp, pins.Options{})
		first, second := &sink{}, &sink{}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- src.Run(ctx, first) }()
		first.since(50 * time.Millisecond)
		free := l.Stick()
		time.Sleep(time.Second)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		run(t, src, second)
		if got := second.since(time.Second); len(got) != 0 {
			t.Errorf("while it is stuck: %v", got)
		}
		l.Drive(gpio.Low)
		free()
		if got := second.since(500 * time.Millisecond); len(got) != 1 || got[0] != "a closed" {
			t.Errorf("once it is free: %v", got)
		}
		if got := first.since(0); len(got) != 0 {
			t.Errorf("the first sink got %v", got)
		}
	})
}

func TestContactsThatCanNeverWork(t *testing.T) {
	m := drivertest.ContactModel()
	for name, c := range map[string][]pins.Contact{
		"no line":       {{Device: "a", Model: m}},
		"no contract":   {{Device: "a", Line: "1"}},
		"no such point": {{Device: "a", Line: "1", Model: m, Point: 1}},
		"negative":      {{Device: "a", Line: "1", Model: m, Point: -1}},
		"debounce":      {{Device: "a", Line: "1", Model: m, Debounce: -1}},
		"one line":      {{Device: "a", Line: "1", Model: m}, {Device: "b", Line: "1", Model: m}},
		"one point":     {{Device: "a", Line: "1", Model: m}, {Device: "a", Line: "2", Model: m}},
	} {
		src := pins.NewSource("gpio", pinstest.NewBoard(), c, noStamp, pins.Options{})
		if err := src.Run(t.Context(), &sink{}); !errors.Is(err, pins.ErrConfig) || !strings.Contains(err.Error(), "device") {
			t.Errorf("%s: %v, want ErrConfig", name, err)
		}
		if st := src.Stats(); len(st.Lines) != 0 || st.Up {
			t.Errorf("%s: %+v", name, st)
		}
	}
}

func TestNoContactsIsNoFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, s := watch(t, pinstest.NewBoard(), pins.Options{})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if src.Progress() == 0 || len(s.bus) != 0 {
			t.Errorf("progress %d, bus %+v", src.Progress(), s.bus)
		}
	})
}

// TestUnlistedLevelIsNeverNormal: a contract that gives only one level a meaning.
func TestUnlistedLevelIsNeverNormal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := drivertest.ContactModel()
		m.Points[0].Values = m.Points[0].Values[1:]
		l := pinstest.NewLine("a", pinstest.GoodEdges)
		var got contract.Sample
		src := pins.NewSource("gpio", pinstest.NewBoard(l), []pins.Contact{{Device: "a", Model: m, Line: "a"}}, noStamp, pins.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		err := src.Run(ctx, sinkFunc(func(b *source.Batch) { got = b.Samples[0]; cancel() }))
		if err != nil || got.Quality != contract.Unknown || got.Means != contract.Fault {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

type sinkFunc func(*source.Batch)

func (f sinkFunc) Deliver(b *source.Batch) source.Want { f(b); return source.Nothing }
func (sinkFunc) Bus(source.BusState)                   {}
