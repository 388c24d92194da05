package pressure

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/gateway/internal/evaluate"
)

const (
	// A gauge's own error: a low reported this close above the limit is not false, and one
	// this close below it is not yet missed.
	gaugeError = 0.01
	// missedAfter is how long, in readings, a real low may go unreported.
	missedAfter = 2 * perDay
)

// tally is what one way of judging came to on one vessel.
type tally struct {
	low      bool
	lowSince int
	falseN   int
	falseFor int // readings
	missed   int // readings
}

// note takes what was reported and what was true of reading i.
func (t *tally) note(i int, reported bool, p20, limit float64, excused bool) {
	if reported && p20 >= limit+gaugeError {
		t.falseFor++
		if !t.low {
			t.falseN++
		}
	}
	t.low = reported
	switch {
	case p20 >= limit-gaugeError:
		t.lowSince = -1
	case t.lowSince < 0:
		t.lowSince = i
	}
	if t.lowSince >= 0 && i-t.lowSince > missedAfter && !reported && !excused {
		t.missed++
	}
}

// outcome is what a vessel's year came to.
type outcome struct {
	scene
	raw, air, watch tally
	reallyLow       int   // reading of crossing, −1 never
	lowAt           int   // reading of the report, −1 never
	leakAt          int   // first report of a leak, −1 never
	first, later    guess // at the first report, and the last one at least aheadDays ahead
	falseLeaks      int
	faults          map[string]int // first reading of each sensor fault
	biggest         int            // bytes of the biggest snapshot
}

func sensorCauses() []string {
	return []string{CauseSensorInvalid, CauseSensorRange, CauseSensorStuck, CauseSensorNoisy, CauseSensorJump, CauseSensorDrift, CauseSensorOffset}
}

func live(t *testing.T, s scene, outdoor, indoor []float64, seed uint64) outcome {
	t.Helper()
	limits, err := Lookup(Powder, 1.2)
	if err != nil {
		t.Fatal(err)
	}
	spec := s.spec
	spec.Limits = limits
	low := limits.LowMPa.Value
	o := outcome{scene: s, reallyLow: -1, lowAt: -1, leakAt: -1, faults: map[string]int{}}
	o.raw.lowSince, o.air.lowSince, o.watch.lowSince = -1, -1, -1
	var raw, air naive
	var st State
	s.play(outdoor, indoor, seed, func(i int, tr truth) {
		at := time.Duration(i) * every
		var v Verdict
		st, v = Step(st, tr.reading, spec)
		if o.reallyLow < 0 && tr.p20 < low {
			o.reallyLow = i
		}
		excused := false
		for _, c := range append(sensorCauses(), CauseTemperatureUnknown) {
			if f, ok := v.Find(c); ok && f.Condition != contract.Normal {
				excused = true
				if _, had := o.faults[c]; !had {
					o.faults[c] = i
				}
			}
		}
		o.raw.note(i, raw.low(tr.reading.GaugeMPa, low, at), tr.p20, low, false)
		p := tr.reading.GaugeMPa
		if tr.knownT {
			p = evaluate.PressureAt20(p, tr.air)
		}
		o.air.note(i, air.low(p, low, at), tr.p20, low, false)
		reported := v.Has(CausePressureLow)
		o.watch.note(i, reported, tr.p20, low, excused)
		if reported && o.lowAt < 0 {
			o.lowAt = i
		}
		o.leaked(i, &v, &s)
		if v.Save {
			b, err := st.Snapshot()
			if err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
			o.biggest = max(o.biggest, len(b))
		}
	})
	return o
}

// aheadDays is how long before the named day a second look is taken at it.
const aheadDays = 30

// guess is a predicted day of crossing, and its bounds.
type guess struct{ at, early, late time.Time }

func guessOf(i int, f Finding) guess {
	g := guess{f.Day, f.Early, f.Late}
	if f.Day.IsZero() && f.Days > 0 { // no clock: the text gives days
		g.at = begin().Add(time.Duration(i)*every + time.Duration(f.Days*float64(day)))
	}
	return g
}

func (g guess) off(truth time.Time) float64 { return math.Abs(g.at.Sub(truth).Hours() / 24) }

func (o *outcome) leaked(i int, v *Verdict, s *scene) {
	f, ok := v.Find(CauseLeakSlow)
	if !ok {
		return
	}
	if s.leak == 0 || float64(i)/float64(perDay) < s.leakFrom {
		o.falseLeaks++
		return
	}
	if o.leakAt < 0 {
		o.leakAt = i
		o.first = guessOf(i, f)
	}
	if o.reallyLow < 0 && f.Days >= aheadDays && !f.Day.IsZero() {
		o.later = guessOf(i, f)
	}
}

func scenes() []scene {
	var all []scene
	add := func(name string, s scene, starts ...float64) {
		for _, p := range starts {
			for _, outdoor := range []bool{false, true} {
				one := s
				one.name, one.p20, one.outdoor = name, p, outdoor
				all = append(all, one)
			}
		}
	}
	usual := func(s scene) scene {
		if s.noise == 0 {
			s.noise = 0.003
		}
		return s
	}
	add("healthy", usual(scene{}), 1.2, 1.1, 1.05, 1.3)
	add("healthy, 0.01 MPa steps", usual(scene{step: 0.01}), 1.2, 1.06)
	add("healthy, scatter 0.015 MPa", scene{noise: 0.015}, 1.2, 1.07)
	add("healthy, temperature lost 30 % of days", usual(scene{blind: 0.3}), 1.2, 1.06)
	add("healthy, no temperature at all", usual(scene{blind: 1}), 1.2, 1.06)
	add("healthy, gaps and restarts", usual(scene{blank: 0.08, reboots: 9, untrusted: 5}), 1.2, 1.06)
	add("leak 0.2 MPa/year", usual(scene{leak: 0.2 / 365, leakFrom: 40}), 1.12, 1.08)
	add("leak 0.4 MPa/year", usual(scene{leak: 0.4 / 365, leakFrom: 60}), 1.2, 1.15)
	add("leak 0.4 MPa/year, 0.01 MPa steps", usual(scene{leak: 0.4 / 365, leakFrom: 60, step: 0.01}), 1.2)
	add("leak 0.4 MPa/year, scatter 0.015 MPa", scene{leak: 0.4 / 365, leakFrom: 60, noise: 0.015}, 1.2)
	add("leak 0.4 MPa/year, gaps and restarts", usual(scene{leak: 0.4 / 365, leakFrom: 60, blank: 0.08, reboots: 9, untrusted: 5}), 1.2)
	add("leak 1 MPa/year", usual(scene{leak: 1.0 / 365, leakFrom: 150}), 1.2, 1.1)
	add("leak 0.01 MPa/day", usual(scene{leak: 0.01, leakFrom: 170}), 1.2)
	add("leak 0.05 MPa/day", usual(scene{leak: 0.05, leakFrom: 190}), 1.2)
	add("leak 0.1 MPa/hour", usual(scene{leak: 2.4, leakFrom: 205}), 1.2)
	add("leak 0.8 MPa/year, no temperature", usual(scene{leak: 0.8 / 365, leakFrom: 30, blind: 1}), 1.2)
	add("gauge sticks", usual(scene{stuckFrom: 90}), 1.2, 1.05)
	add("gauge sticks, then leak", usual(scene{stuckFrom: 120, leak: 1.0 / 365, leakFrom: 130}), 1.2)
	add("bursts of noise, 0.08 MPa", usual(scene{burstEvery: 20}), 1.2, 1.06)
	add("gauge drifts up 0.2 MPa/year", usual(scene{drift: 0.2 / 365, driftFrom: 100}), 1.15)
	return all
}

func TestYear(t *testing.T) {
	outdoor := chifeng(1)
	indoor := heated(outdoor)
	coldest := slices.Min(outdoor)
	if coldest > -30 || coldest < -40 {
		t.Fatalf("the coldest night is %.1f °C; a Chifeng winter has −30", coldest)
	}
	var all []outcome
	for i, s := range scenes() {
		all = append(all, live(t, s, outdoor, indoor, uint64(100+i)))
	}
	t.Logf("one year, Chifeng %.0f to %.0f °C, a reading each %s, limit 1.00 MPa at 20 °C\n%s",
		coldest, slices.Max(outdoor), every, table(all))
	var healthy, leaks, inBounds, named int
	for _, o := range all {
		o.check(t)
		if strings.HasPrefix(o.name, "healthy") {
			healthy += o.raw.falseN
		}
		if g := o.later; !g.at.IsZero() && o.reallyLow >= 0 {
			named++
			if truth := begin().Add(time.Duration(o.reallyLow) * every); !truth.Before(g.early) && !truth.After(g.late) {
				inBounds++
			}
		}
		if o.leakAt >= 0 {
			leaks++
		}
	}
	// What would be left of the table if the winter, the leaks or the gauges went missing.
	if healthy < 100 || leaks < 20 || named < 12 {
		t.Errorf("%d false alarms as read, %d leaks found, %d days named: the year is too easy", healthy, leaks, named)
	}
	if inBounds*5 < named*4 {
		t.Errorf("%d of %d days lie within their bounds", inBounds, named)
	}
}

func (o *outcome) check(t *testing.T) {
	t.Helper()
	where := fmt.Sprintf("%s, %.2f MPa, outdoor %v", o.name, o.p20, o.outdoor)
	if o.watch.falseN > 0 {
		t.Errorf("%s: %d false low alarms", where, o.watch.falseN)
	}
	if o.watch.missed > 0 {
		t.Errorf("%s: a real low pressure was missed for %d readings", where, o.watch.missed)
	}
	if o.reallyLow >= 0 && o.reallyLow < yearLen-7*perDay && o.lowAt < 0 && o.stuckFrom == 0 && o.blind < 1 {
		t.Errorf("%s: low from day %d, never reported", where, o.reallyLow/perDay)
	}
	slow := o.leak > 0 && o.leak < 0.02 && o.stuckFrom == 0 && o.blind < 1
	if slow && (o.leakAt < 0 || o.reallyLow >= 0 && o.leakAt > o.reallyLow) {
		t.Errorf("%s: the leak was not found before the limit was crossed", where)
	}
	if o.stuckFrom > 0 && o.faults[CauseSensorStuck] == 0 || o.drift > 0 && o.faults[CauseSensorDrift] == 0 ||
		o.burstEvery > 0 && o.faults[CauseSensorNoisy] == 0 {
		t.Errorf("%s: the gauge's fault was not found: %v", where, o.faults)
	}
	if o.falseLeaks > 0 {
		t.Errorf("%s: a leak was reported that is none, for %d readings", where, o.falseLeaks)
	}
	if !o.faulty() {
		for c, i := range o.faults {
			if c == CauseTemperatureUnknown && o.blind > 0 || c == CauseSensorJump && o.leak > 1 {
				continue // so it is; it did fall at once
			}
			t.Errorf("%s: %s on day %d of a good gauge", where, c, i/perDay)
		}
	}
	if o.biggest > MaxSnapshot {
		t.Errorf("%s: snapshot of %d bytes", where, o.biggest)
	}
}

// table is what the README shows.
func table(all []outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-40s %3s %4s | %-15s | %-15s | %-24s | %-45s | %s\n", "", "", "real",
		"as read", "by the air", "watch", "leak", "faults found (median day, from its start)")
	fmt.Fprintf(&b, "%-40s %3s %4s | %5s %9s | %5s %9s | %5s %6s %11s | %6s %8s %9s %9s %9s |\n", "vessels", "n", "low",
		"false", "missed", "false", "missed", "false", "missed", "delay", "found", "ahead", "date off", "30 d off", "in bounds")
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].name == all[i].name {
			j++
		}
		row(&b, all[i:j])
		i = j
	}
	return b.String()
}

func row(b *strings.Builder, os []outcome) {
	var real, rf, rm, af, am, wf, wm, leaks, found, within int
	var delays, ahead, off, offLater []float64
	faults := map[string][]float64{}
	for _, o := range os {
		rf, af, wf = rf+o.raw.falseN, af+o.air.falseN, wf+o.watch.falseN
		count := func(n *int, missed int) {
			if missed > 0 {
				*n++
			}
		}
		count(&rm, o.raw.missed)
		count(&am, o.air.missed)
		count(&wm, o.watch.missed)
		if o.reallyLow >= 0 {
			real++
			if o.lowAt >= 0 {
				delays = append(delays, float64(o.lowAt-o.reallyLow)/float64(perDay)*24)
			}
		}
		if o.leak > 0 {
			leaks++
		}
		if o.leakAt >= 0 {
			found++
			if o.reallyLow >= 0 {
				ahead = append(ahead, float64(o.reallyLow-o.leakAt)/float64(perDay))
				truth := begin().Add(time.Duration(o.reallyLow) * every)
				if !o.first.at.IsZero() {
					off = append(off, o.first.off(truth))
				}
				if g := o.later; !g.at.IsZero() {
					offLater = append(offLater, g.off(truth))
					if !truth.Before(g.early) && !truth.After(g.late) {
						within++
					}
				}
			}
		}
		for c, at := range o.faults {
			from := max(o.stuckFrom, o.driftFrom)
			faults[c] = append(faults[c], float64(at)/float64(perDay)-from)
		}
	}
	text := ""
	for _, c := range append(sensorCauses(), CauseTemperatureUnknown) {
		if ds := faults[c]; len(ds) > 0 {
			text += fmt.Sprintf(" %s %d (%s)", c, len(ds), mid(ds, "%.0f d"))
		}
	}
	fmt.Fprintf(b, "%-40s %3d %4d | %5d %9d | %5d %9d | %5d %6d %11s | %3d/%-3d %7s %9s %9s %5d/%-3d|%s\n", os[0].name, len(os), real,
		rf, rm, af, am, wf, wm, mid(delays, "%.0f h"), found, leaks, mid(ahead, "%.0f d"), mid(off, "%.0f d"), mid(offLater, "%.0f d"), within, len(offLater), text)
}

// mid is the median of xs, or a dash.
func mid(xs []float64, format string) string {
	if len(xs) == 0 {
		return "-"
	}
	slices.Sort(xs)
	return fmt.Sprintf(format, median(xs))
}
