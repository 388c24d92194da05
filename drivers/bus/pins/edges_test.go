package pins_test

import (
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"firepost/drivers/bus/pins"
	"firepost/drivers/bus/pins/pinstest"
	"firepost/drivers/drivertest"
)

func TestEdgesThatNeverComeAreFoundAndPolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pinstest.NewLine("a", pinstest.DeadEdges)
		src, s := watch(t, pinstest.NewBoard(l), pins.Options{}, "a")
		s.since(50 * time.Millisecond)
		for i := range 4 {
			l.Drive(gpio.Level(i%2 == 1))
			want := []string{"a closed", "a open"}[i%2]
			if got := s.since(pins.DefaultRelook + debounce + time.Millisecond); len(got) != 1 || got[0] != want {
				t.Errorf("change %d without an edge: %v, want %s", i, got, want)
			}
		}
		st := src.Stats().Lines[0]
		if st.Mode != pins.Polling || st.Lost != 3 || st.Changes != 5 {
			t.Errorf("stats %+v: want polling after three lost edges", st)
		}
		l.Drive(gpio.Low)
		if got := s.since(debounce + drivertest.ContactWithin); len(got) != 1 {
			t.Errorf("then a change is found by polling: %v", got)
		}
	})
}

func TestStubEdgesArePolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, _ := watch(t, pinstest.NewBoard(pinstest.NewLine("a", pinstest.StubEdges), pinstest.NewLine("b", pinstest.GoodEdges)), pins.Options{}, "a", "b")
		time.Sleep(time.Second)
		synctest.Wait()
		st := src.Stats()
		if st.Lines[0].Mode != pins.Polling || st.Lines[1].Mode != pins.Edges {
			t.Errorf("modes %v and %v", st.Lines[0].Mode, st.Lines[1].Mode)
		}
		if n := st.Lines[0].Looks; n < 450 || n > 560 {
			t.Errorf("%d looks in a second, want one every %v", n, pins.DefaultPoll)
		}
		if n := st.Lines[1].Looks; n < 10 || n > 20 {
			t.Errorf("%d looks in a second at an idle line with edges", n)
		}
	})
}

// TestEdgeQueueOverflows: the kernel keeps 16 edges; the level is the truth.
func TestEdgeQueueOverflows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pinstest.NewLine("a", pinstest.GoodEdges)
		src, s := watch(t, pinstest.NewBoard(l), pins.Options{}, "a")
		s.since(50 * time.Millisecond)
		for i := range 101 {
			l.Drive(gpio.Level(i%2 == 1))
		}
		if got := s.since(debounce + drivertest.ContactWithin); len(got) != 1 || got[0] != "a closed" {
			t.Errorf("after an overflow: %v, want one closed", got)
		}
		if st := src.Stats().Lines[0]; st.Noise == 0 || st.Changes != 2 {
			t.Errorf("stats %+v: the bounces are noise", st)
		}
	})
}

func TestPulseTooShortToBeReadIsNoise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pinstest.NewLine("a", pinstest.GoodEdges)
		src, s := watch(t, pinstest.NewBoard(l), pins.Options{}, "a")
		s.since(50 * time.Millisecond)
		l.Drive(gpio.Low)
		l.Drive(gpio.High)
		if got := s.since(200 * time.Millisecond); len(got) != 0 {
			t.Errorf("a spike led to %v", got)
		}
		if st := src.Stats().Lines[0]; st.Noise == 0 || st.Changes != 1 || st.Mode != pins.Edges {
			t.Errorf("stats %+v, want noise", st)
		}
	})
}

// TestLateEdgeIsNoSecondPulse: the level is read first, and its edge is found in the queue.
func TestLateEdgeIsNoSecondPulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pinstest.NewLine("a", pinstest.GoodEdges)
		src, s := watch(t, pinstest.NewBoard(l), pins.Options{}, "a")
		s.since(50 * time.Millisecond)
		for i := range 6 {
			edge := l.DriveLate(gpio.Level(i%2 == 1))
			time.Sleep(pins.DefaultRelook + debounce + time.Millisecond)
			edge()
			time.Sleep(50 * time.Millisecond)
		}
		synctest.Wait()
		if st := src.Stats().Lines[0]; st.Noise != 0 || st.Mode != pins.Edges || st.Changes != 7 || st.Lost != 6 {
			t.Errorf("stats %+v", st)
		}
	})
}

// TestWaitsAreNeverTooShort: below a millisecond they mean something else to periph.
func TestWaitsAreNeverTooShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pinstest.NewLine("a", pinstest.GoodEdges)
		_, s := watch(t, pinstest.NewBoard(l), pins.Options{}, "a")
		s.since(50 * time.Millisecond)
		l.Drive(gpio.Low)
		edge := l.DriveLate(gpio.Low)
		time.Sleep(debounce - 300*time.Microsecond)
		edge()
		if got := s.since(2 * time.Millisecond); len(got) != 1 || got[0] != "a closed" {
			t.Errorf("an edge just before the end of the debounce time: %v", got)
		}
		if w := l.Wrong(); len(w) != 0 {
			t.Errorf("misuse: %v", w)
		}
	})
}

// TestEdgeStormIsBraked: a wire that edges come from faster than anything can settle costs
// no more than polling.
func TestEdgeStormIsBraked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := pinstest.NewLine("a", pinstest.GoodEdges)
		src, s := watch(t, pinstest.NewBoard(l), pins.Options{}, "a")
		s.since(50 * time.Millisecond)
		before := src.Stats().Lines[0].Looks
		for i := range 40_000 {
			l.Drive(gpio.Level(i%2 == 1))
			time.Sleep(50 * time.Microsecond)
		}
		st := src.Stats().Lines[0]
		if looks := st.Looks - before; looks > 2000 {
			t.Errorf("%d looks in 2 s of a storm", looks)
		}
		if st.Storms == 0 || st.Mode != pins.Edges {
			t.Errorf("stats %+v, want a storm", st)
		}
		l.Drive(gpio.Low)
		time.Sleep(2 * time.Second)
		if got := s.since(time.Second); len(got) == 0 || got[0] != "a closed" {
			t.Errorf("after the storm: %v", got)
		}
	})
}
