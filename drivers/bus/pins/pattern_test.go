package pins_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"firepost/drivers/bus/pins"
)

// draw samples a pattern every step as # and -.
func draw(p pins.Pattern, step time.Duration, n int) string {
	var b strings.Builder
	for i := range n {
		on, _ := p.At(time.Duration(i) * step)
		b.WriteByte("-#"[map[bool]int{true: 1}[on]])
	}
	return b.String()
}

func TestPatternsLookLikeThis(t *testing.T) {
	const tenth = 100 * time.Millisecond
	for name, c := range map[string]struct {
		p    pins.Pattern
		step time.Duration
		want string
	}{
		"off":                         {pins.Pattern{}, tenth, "----------"},
		"steady":                      {pins.Steady(), 10 * time.Minute, "##########"},
		"1 Hz":                        {pins.Flash(1), tenth, "#####-----#####-----"},
		"2 Hz":                        {pins.Flash(2), 50 * time.Millisecond, "#####-----#####-----"},
		"ISO 8201":                    {pins.Temporal3(), 500 * time.Millisecond, "#-#-#---#-#-#---"},
		"chirp":                       {pins.Chirp(time.Second, 5*time.Second), time.Second, "#----#----#"},
		"no chirp":                    {pins.Chirp(0, 5*time.Second), time.Second, "-------"},
		"rests":                       {pins.Steady().Resting(3*time.Second, 2*time.Second), time.Second, "###--###--#"},
		"cut short":                   {pins.Temporal3().Resting(1500*time.Millisecond, time.Second), 250 * time.Millisecond, "##--##----##--##----"},
		"never rests without a pause": {pins.Flash(1).Resting(time.Second, 0), tenth, "#####-----#####-----"},
	} {
		if got := draw(c.p, c.step, len(c.want)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestNextIsTheNextChange compares At's announcement with a walk in small steps.
func TestNextIsTheNextChange(t *testing.T) {
	const tick = 10 * time.Millisecond
	for name, p := range map[string]pins.Pattern{
		"ISO 8201":          pins.Temporal3(),
		"resting":           pins.Temporal3().Resting(2200*time.Millisecond, 700*time.Millisecond),
		"steady resting":    pins.Steady().Resting(3*time.Second, time.Second),
		"alike neighbours":  {Steps: []pins.Step{{On: 200 * tick / 10}, {On: 30 * tick}, {Off: 20 * tick}, {Off: 10 * tick}, {On: 10 * tick, Off: 50 * tick}}},
		"ends on, rests":    {Steps: []pins.Step{{Off: 30 * tick}, {On: 70 * tick}}, LongestOn: 100 * tick, Pause: 20 * tick},
		"begins with quiet": {Steps: []pins.Step{{Off: 30 * tick}, {On: 70 * tick}}},
	} {
		for at := time.Duration(0); at < 9*time.Second; at += tick {
			on, next := p.At(at)
			if next <= 0 {
				t.Fatalf("%s at %v: changes for ever, and next is %v", name, at, next)
			}
			for d := tick; d <= next; d += tick {
				if then, _ := p.At(at + d); (then != on) != (d == next) {
					t.Fatalf("%s at %v: %v, next change in %v, but %v after %v", name, at, on, next, then, d)
				}
			}
		}
	}
}

func TestWhatNeverChangesHasNoNext(t *testing.T) {
	for name, p := range map[string]pins.Pattern{
		"off": {}, "steady": pins.Steady(), "only quiet": {Steps: []pins.Step{{Off: time.Second}, {Off: time.Minute}}},
		"never gets to sound": {Steps: []pins.Step{{Off: time.Minute}, {On: time.Minute}}, LongestOn: time.Second, Pause: time.Second},
		"nonsense":            {Steps: []pins.Step{{On: -time.Second, Off: -time.Hour}}},
	} {
		for _, at := range []time.Duration{math.MinInt64, -time.Second, 0, 1, 90 * time.Minute, math.MaxInt64} {
			if on, next := p.At(at); next != 0 || on != (name == "steady") {
				t.Errorf("%s at %v: %v, %v", name, at, on, next)
			}
		}
	}
}

func TestBeforeTheBeginningIsTheBeginning(t *testing.T) {
	if on, next := pins.Flash(1).At(-time.Hour); !on || next != 500*time.Millisecond {
		t.Errorf("%v, %v", on, next)
	}
}

func TestCheckRefusesPatterns(t *testing.T) {
	for name, p := range map[string]pins.Pattern{
		"negative on":         {Steps: []pins.Step{{On: -1, Off: time.Second}}},
		"negative off":        {Steps: []pins.Step{{On: time.Second, Off: -1}}},
		"no time":             {Steps: []pins.Step{{}, {}}},
		"too long":            {Steps: []pins.Step{{On: math.MaxInt64}, {On: 1}}},
		"4 Hz can be harmful": pins.Flash(4),
		"negative rest":       pins.Steady().Resting(-1, time.Second),
		"no pause":            pins.Steady().Resting(time.Minute, 0),
	} {
		if err := p.Check(); !errors.Is(err, pins.ErrConfig) {
			t.Errorf("%s: %v, want ErrConfig", name, err)
		}
	}
	for _, p := range []pins.Pattern{
		{}, pins.Steady(), pins.Flash(0), pins.Flash(1), pins.Flash(3), pins.Temporal3(),
		pins.Chirp(time.Second, 30*time.Second), pins.Temporal3().Resting(10*time.Minute, time.Minute),
	} {
		if err := p.Check(); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
}
