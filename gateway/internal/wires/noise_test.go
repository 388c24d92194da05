package wires

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// wire makes counters: every minute each of five devices has 100 exchanges.
type wire struct {
	n Noise
	k Counters
	c Condition
}

func newWire() *wire {
	w := &wire{}
	for _, d := range []string{"a", "b", "c", "d", "e"} {
		w.k.Devices = append(w.k.Devices, DeviceCounters{Name: d})
	}
	w.n, w.c = w.n.Step("bus1", w.k)
	return w
}

// minutes go by, in each of which the named devices fail as often as said, of 100.
func (w *wire) minutes(n, fail int, devices ...string) {
	for range n {
		w.k.At += time.Minute
		for i := range w.k.Devices {
			d := &w.k.Devices[i]
			d.Attempts += 100
			bad := 0
			if slices.Contains(devices, d.Name) {
				bad = fail
			}
			d.Good += uint64(100 - bad)
			w.k.Good += uint64(100 - bad)
			w.k.CRC += uint64(bad)
		}
		w.n, w.c = w.n.Step("bus1", w.k)
	}
}

func TestNoiseBeginsAndEnds(t *testing.T) {
	w := newWire()
	w.minutes(5, 0)
	w.minutes(1, 3, "a", "b", "c", "d", "e")
	if w.c.Cause != "" || w.c.Errors != 15 {
		t.Errorf("one bad minute: %+v", w.c)
	}
	w.minutes(1, 3, "a", "b", "c", "d", "e")
	if w.c.Cause != CauseNoise || w.c.Sudden || w.c.Device != "" || w.c.Since != 5*time.Minute {
		t.Errorf("two bad minutes: %+v", w.c)
	}
	w.minutes(9, 0)
	if w.c.Cause != CauseNoise {
		t.Error("quiet after nine minutes")
	}
	if w.minutes(1, 0); w.c.Cause != "" || w.c.Text.EN != "" {
		t.Errorf("still noisy: %+v", w.c)
	}
}

func TestAfterLightning(t *testing.T) {
	w := newWire()
	w.minutes(30, 0)
	w.minutes(1, 20, "a", "c", "d", "e")
	if w.c.Cause != CauseNoise || !w.c.Sudden || len(w.c.Affected) != 4 || !strings.Contains(w.c.Text.ZH, "雷击") || !strings.Contains(w.c.Text.EN, "lightning") {
		t.Errorf("%+v", w.c)
	}
	w = newWire()
	for i := range 30 {
		w.minutes(1, i, "a", "c", "d", "e")
	}
	if w.c.Cause != CauseNoise || w.c.Sudden {
		t.Errorf("it grew slowly: %+v", w.c)
	}
}

func TestOneDeviceIsToldFromTheBus(t *testing.T) {
	w := newWire()
	w.minutes(20, 0)
	w.minutes(3, 30, "c")
	if w.c.Cause != CauseNoise || w.c.Device != "c" || w.c.Sudden || !strings.Contains(w.c.Text.EN, "nearly all at c") {
		t.Errorf("%+v", w.c)
	}
	w = newWire()
	w.minutes(20, 0)
	for range 5 { // b dies: time-outs only
		w.k.At += time.Minute
		for i := range w.k.Devices {
			w.k.Devices[i].Attempts += 100
			if w.k.Devices[i].Name != "b" {
				w.k.Devices[i].Good += 100
				w.k.Good += 100
			}
		}
		w.n, w.c = w.n.Step("bus1", w.k)
	}
	if w.c.Cause != "" || len(w.c.Affected) != 0 {
		t.Errorf("a dead device is no noise: %+v", w.c)
	}
}

// Counters may stand, jump and fall as they like: nothing panics, rates stay rates, and
// without spoiled frames there is no noise.
func TestAnyCounters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n Noise
		var c Condition
		var k Counters
		clean := rapid.Bool().Draw(t, "clean")
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			k.At += time.Duration(rapid.IntRange(-10, 200).Draw(t, "dt")) * time.Second
			u := func(name string) uint64 { return rapid.Uint64Range(0, 1<<40).Draw(t, name) }
			k.Good = u("good")
			if !clean {
				k.CRC, k.Short, k.Foreign, k.LateBytes = u("crc"), u("short"), u("foreign"), u("late")
			}
			k.Devices = []DeviceCounters{{"a", u("attempts"), u("ok")}, {"b", u("attempts"), u("ok")}}
			n, c = n.Step("x", k)
			if c.Rate < 0 || c.Rate > 1 || clean && c.Cause != "" || (c.Cause == "") != (c.Text.EN == "") {
				t.Fatalf("%+v", c)
			}
		}
	})
}
