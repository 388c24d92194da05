package drift

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func beijing() *time.Location { return time.FixedZone("CST", 8*3600) }

func start() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, beijing()) }

// fill feeds days of half-hourly readings made by f of the day (with its fraction).
func fill(ch Chamber, from time.Time, days int, f func(day float64) float64) (Chamber, time.Time) {
	for i := range days * 48 {
		at := from.Add(time.Duration(i) * 30 * time.Minute)
		ch = ch.Add(f(float64(i)/48), at, true, false)
	}
	return ch, from.Add(time.Duration(days) * 24 * time.Hour)
}

// A clean value of 0.10, an alarm at 2.10 (dirty at 1.10): the lines are exact by hand.
func TestTheDayOfCleaningIsNamed(t *testing.T) {
	c := Config{Clean: new(0.1), Alarm: 2.1}
	t.Logf("%-22s %10s %12s %12s %s", "chamber", "per day", "by hand", "named", "cause")
	for _, tt := range []struct {
		name  string
		days  int
		f     func(float64) float64
		slope float64
		cross string
		cause string
	}{
		{"clean", 40, func(float64) float64 { return 0.1 }, 0, "", ""},
		{"slow", 40, func(d float64) float64 { return 0.1 + 0.005*math.Floor(d) }, 0.005, "2026-09-17", ""},
		{"soon", 40, func(d float64) float64 { return 0.1 + 0.02*math.Floor(d) }, 0.02, "2026-04-20", CauseDirty},
		{"dirty", 40, func(d float64) float64 { return 1.2 + 0.001*math.Floor(d) }, 0.001, "2026-04-08", CauseDirty},
		{"kitchen", 40, func(d float64) float64 { return 0.1 + 0.005*math.Floor(d) + cooking(d) }, 0.005, "2026-09-17", ""},
		{"covered", 40, func(d float64) float64 { return 0.1 - 0.02*math.Floor(d) }, -0.02, "", CauseInsensitive},
	} {
		ch, now := fill(Chamber{}, start(), tt.days+1, tt.f)
		ch, a := ch.Assess(c, now)
		day := ""
		if a.Crosses {
			day = a.Day.Format("2006-01-02")
		}
		t.Logf("%-22s %10.4f %12s %12s %q", tt.name, a.Line.Slope, tt.cross, day, a.Cause)
		if !a.Known || math.Abs(a.Line.Slope-tt.slope) > 1e-4 || a.Cause != tt.cause || a.Text.ZH == "" {
			t.Errorf("%s: %+v", tt.name, a)
		}
		if tt.cross == "" && day != "" {
			t.Errorf("%s: crosses on %s", tt.name, day)
		}
		if want, err := time.ParseInLocation("2006-01-02", tt.cross, beijing()); err == nil && a.Day.Sub(want).Abs() > 48*time.Hour {
			t.Errorf("%s: %s, by hand %s", tt.name, day, tt.cross)
		}
		if b, err := ch.Snapshot(); err != nil || len(b) == 0 {
			t.Fatal(err)
		}
	}
}

// cooking is smoke at noon and in the evening, and a barbecue for a day each week.
func cooking(d float64) float64 {
	h := (d - math.Floor(d)) * 24
	if h > 11 && h < 14 || h > 17 && h < 20 || int(d)%7 == 6 {
		return 0.6
	}
	return 0
}

func TestCleaningEndsTheRequest(t *testing.T) {
	c := Config{Alarm: 2.1}
	ch, now := fill(Chamber{}, start(), 80, func(d float64) float64 { return 0.1 + 0.016*math.Floor(d) })
	ch, a := ch.Assess(c, now)
	if a.Cause != CauseDirty || !strings.Contains(a.Text.EN, "clean it") {
		t.Fatalf("%+v", a)
	}
	if ch, a = ch.Cleaned().Assess(c, now); a.Known || a.Cause != "" {
		t.Errorf("just cleaned: %+v", a)
	}
	ch, now = fill(ch, now, 20, func(float64) float64 { return 0.1 })
	if _, a = ch.Assess(c, now); !a.Known || a.Cause != "" || math.Abs(a.Clean-0.1) > 0.01 {
		t.Errorf("weeks later: %+v", a)
	}
}

func TestOnlyDaysThatCanBeBelievedCount(t *testing.T) {
	var ch Chamber
	for i := range 48 * 30 {
		wall := start().Add(time.Duration(i) * 30 * time.Minute)
		ch = ch.Add(1, wall, false, false)
		ch = ch.Add(math.NaN(), wall, true, false)
		ch = ch.Add(math.Inf(1), wall, true, false)
		ch = ch.Add(1, time.Unix(int64(i)*1800, 0), true, false)
	}
	if len(ch.Days()) != 0 {
		t.Errorf("%d days from a clock in 1970 and from nothing", len(ch.Days()))
	}
	stormy := Chamber{}
	for i := range 48 * 30 {
		stormy = stormy.Add(1, start().Add(time.Duration(i)*30*time.Minute), true, i/48 == 10)
	}
	if n := len(stormy.Days()); n != 28 {
		t.Errorf("%d days of 29 with one storm", n)
	}
	few := Chamber{}
	for i := range 30 {
		for h := range 4 {
			few = few.Add(1, start().AddDate(0, 0, i).Add(time.Duration(h)*time.Hour), true, false)
		}
	}
	if len(few.Days()) != 0 {
		t.Errorf("%d days of four hours each", len(few.Days()))
	}
	if _, a := few.Assess(Config{Alarm: 2}, start()); a.Known || a.Text.EN == "" {
		t.Errorf("%+v", a)
	}
}

func TestSnapshotGoesOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ch, saved Chamber
		cut := rapid.IntRange(0, 300).Draw(t, "cut")
		wall := start()
		for i := range 400 {
			wall = wall.Add(time.Duration(rapid.IntRange(-60, 600).Draw(t, "minutes")) * time.Minute)
			v, storm := rapid.Float64Range(-1, 5).Draw(t, "v"), rapid.IntRange(0, 20).Draw(t, "storm") == 0
			ch, saved = ch.Add(v, wall, true, storm), saved.Add(v, wall, true, storm)
			if i != cut {
				continue
			}
			data, err := saved.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			if saved, err = Restore(data); err != nil {
				t.Fatalf("%s: %v", data, err)
			}
		}
		c := Config{Alarm: 6}
		_, a := ch.Assess(c, wall)
		_, b := saved.Assess(c, wall)
		if !reflect.DeepEqual(a, b) || !reflect.DeepEqual(ch.Days(), saved.Days()) {
			t.Fatalf("restored %+v, want %+v", b, a)
		}
		for i, d := range ch.Days() {
			if i > 0 && d.Number <= ch.Days()[i-1].Number {
				t.Fatalf("days out of order: %v", ch.Days())
			}
		}
	})
	for _, bad := range []string{
		"", "{}", "null", `{"v":2}`, `{"v":1,"x":1}`, `{"v":1}x`, `{"v":1,"days":[{"d":5,"v":1},{"d":5,"v":1}]}`,
		`{"v":1,"today":{"h":24}}`, `{"v":1,"today":{"n":-1}}`, `{"v":1,"days":[{"d":9999999,"v":1}]}`,
	} {
		if _, err := Restore([]byte(bad)); !errors.Is(err, ErrSnapshot) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for _, c := range []Config{{}, {Alarm: math.NaN()}, {Alarm: 1, Clean: new(2.0)}, {Alarm: 1, DirtyAt: 2}, {Alarm: 1, MinDays: 1}, {Alarm: 1, Horizon: -1}} {
		if err := c.Check(); !errors.Is(err, ErrConfig) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if err := (Config{Alarm: 1}).Check(); err != nil {
		t.Error(err)
	}
}

// field is a street of detectors, one per site unless said otherwise.
func field(now time.Duration, values ...float64) []Density {
	list := make([]Density, len(values))
	for i, v := range values {
		list[i] = Density{Detector: string(rune('a' + i)), Site: string(rune('A' + i)), Outdoor: true, Value: v, Alarm: 2, At: now, Good: true}
	}
	return list
}

func TestAStormIsABanner(t *testing.T) {
	var s Storm
	var b Banner
	run := func(from, to time.Duration, f func(i int) float64, change func([]Density)) {
		for now := from; now < to; now += 10 * time.Second {
			list := field(now, f(0), f(1), f(2), f(3), f(4), f(5))
			if change != nil {
				change(list)
			}
			s, b = s.Step(now, list, StormConfig{})
		}
	}
	h := time.Hour
	run(0, h, func(int) float64 { return 0.1 }, nil)
	run(h, 2*h, func(i int) float64 { return map[bool]float64{true: 3, false: 0.1}[i == 0] }, nil)
	if b.On || b.Risen != 1 {
		t.Errorf("one fire: %+v", b)
	}
	run(2*h, 3*h, func(i int) float64 { return map[bool]float64{true: 3, false: 0.1}[i < 5] }, func(l []Density) {
		for i := range l {
			l[i].Site = "one shop"
		}
	})
	if b.On {
		t.Errorf("a fire with five detectors in one place: %+v", b)
	}
	run(3*h, 4*h, func(i int) float64 { return map[bool]float64{true: 3, false: 0.1}[i < 5] }, func(l []Density) {
		for i := range l {
			l[i].Outdoor = false
		}
	})
	if b.On || b.Outdoor != 0 {
		t.Errorf("indoors: %+v", b)
	}
	s = Storm{}
	run(4*h, 5*h, func(int) float64 { return 0.1 }, nil)
	run(5*h, 8*h, func(i int) float64 { return 0.4 + 0.1*float64(i) }, nil)
	if !b.On || b.Risen != 6 || !strings.Contains(b.Text.ZH, "沙尘") || b.Since > 5*h+time.Minute {
		t.Errorf("a storm: %+v", b)
	}
	run(8*h, 8*h+20*time.Minute, func(int) float64 { return 0.1 }, nil)
	if !b.On {
		t.Error("over after twenty minutes")
	}
	run(8*h+20*time.Minute, 9*h, func(int) float64 { return 0.1 }, nil)
	if b.On || b.Text.EN != "" {
		t.Errorf("still: %+v", b)
	}
}

// Storm or not, Step only ever counts: whatever comes in, it says nothing without enough
// detectors on enough sites, and it never panics.
func TestNoStormWithoutMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Storm
		now := time.Duration(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += time.Duration(rapid.IntRange(0, 600).Draw(t, "dt")) * time.Second
			n := rapid.IntRange(0, 8).Draw(t, "n")
			list := field(now, make([]float64, n)...)
			sites := rapid.IntRange(1, 4).Draw(t, "sites")
			for i := range list {
				list[i].Value = rapid.Float64().Draw(t, "v")
				list[i].Site = string(rune('A' + i%sites))
				list[i].Good = rapid.Bool().Draw(t, "good")
			}
			var b Banner
			was := s.on
			s, b = s.Step(now, list, StormConfig{})
			if b.On && !was && (b.Risen < 4 || b.Sites < 3) {
				t.Fatalf("%+v", b)
			}
		}
	})
}
