package wires

import (
	"fmt"
	"math"
	"slices"
	"time"

	"firepost/firmware-contracts/contract"
)

// Answer is whether a device answers.
type Answer uint8

// The answers. Unknown is a device that was not asked, or not often enough to say.
const (
	Unknown Answer = iota
	Alive
	Silent
)

// Answers is who answers on a bus. A device that is in neither map is Unknown.
type Answers struct {
	// Front is by device, asked from the booth's end of the cable.
	Front map[string]Answer
	// Back is the same from a loop's other end, where the two ends are asked apart; nil
	// where they are not, or on a line.
	Back map[string]Answer
}

// The cause words. They are stable.
const (
	// CauseBreak: the cable is broken at a place that can be named.
	CauseBreak = "cable_break"
	// CauseDead: devices that don't answer although the cable reaches them.
	CauseDead = "device_silent"
	// CauseBus: nothing on the bus answers.
	CauseBus = "bus_silent"
)

// The odds that an explanation is weighed by.
const (
	oddsBreak = 0.02
	oddsDead  = 0.02
)

// Finding is one thing that is wrong with the cable.
type Finding struct {
	Cause string
	// Before is the last device that the cable reaches, empty for the booth; Behind the
	// first that it does not. For CauseDead Behind is the silent device.
	Before, Behind string
	// Silent are all devices that this explains, in the order of the layout.
	Silent []string
	// Confidence, 0 to 1, is how sure the explanation is against "they are dead by
	// themselves". Exact says that the two devices stand next to each other: with Exact
	// false those between them were not asked.
	Confidence float64
	Exact      bool
	Text       contract.Text
}

// Locate explains who is silent, nearest to the booth first; empty when nobody is. A layout
// that Check refuses explains nothing.
func Locate(l Layout, a Answers) []Finding {
	t, ok := grow(&l)
	if !ok || len(l.Places) == 0 {
		return nil
	}
	front := t.answers(a.Front)
	if l.Loop {
		return t.loop(front, a.Back)
	}
	if !slices.Contains(front, Silent) {
		return nil
	}
	if !slices.Contains(front, Alive) {
		return []Finding{t.wholeBus(front)}
	}
	return t.descend(front, -1, nil)
}

func (t *tree) answers(m map[string]Answer) []Answer {
	list := make([]Answer, len(t.parent))
	for i, p := range t.layout.Places {
		list[i] = m[p.Device]
	}
	return list
}

// descend walks outwards from a place that the cable reaches.
func (t *tree) descend(a []Answer, at int, out []Finding) []Finding {
	var cut, live []int
	for _, c := range t.children[at+1] {
		switch alive, silent := t.count(a, c); {
		case alive > 0 || silent == 0:
			live = append(live, c)
		default:
			cut = append(cut, c)
		}
	}
	// Everything behind a junction at once is one break right behind it, not several.
	if len(cut) > 1 && len(live) == 0 && at >= 0 {
		out = append(out, t.broken(a, at, cut))
		cut = nil
	}
	for _, c := range cut {
		out = append(out, t.broken(a, at, []int{c}))
	}
	for _, c := range live {
		if a[c] == Silent {
			out = append(out, t.dead(c))
		}
		out = t.descend(a, c, out)
	}
	return out
}

// count is how many answer and how many are silent from a place outwards.
func (t *tree) count(a []Answer, i int) (alive, silent int) {
	switch a[i] {
	case Alive:
		alive++
	case Silent:
		silent++
	case Unknown:
	}
	for _, c := range t.children[i+1] {
		x, y := t.count(a, c)
		alive, silent = alive+x, silent+y
	}
	return alive, silent
}

// collect adds the silent from a place outwards.
func (t *tree) collect(a []Answer, i int, out []int) []int {
	if a[i] == Silent {
		out = append(out, i)
	}
	for _, c := range t.children[i+1] {
		out = t.collect(a, c, out)
	}
	return out
}

// reached is the last place towards the booth that certainly answers.
func (t *tree) reached(a []Answer, i int) int {
	for i >= 0 && a[i] != Alive && !t.aliveBehind(a, i) {
		i = t.parent[i]
	}
	return i
}

func (t *tree) aliveBehind(a []Answer, i int) bool {
	alive, _ := t.count(a, i)
	return alive > 0
}

// broken is a break between a place and what lies behind it.
func (t *tree) broken(a []Answer, at int, behind []int) Finding {
	var silent []int
	for _, c := range behind {
		silent = t.collect(a, c, silent)
	}
	slices.Sort(silent)
	first := t.nearest(behind, silent)
	before := t.reached(a, at)
	f := Finding{
		Cause: CauseBreak, Before: t.name(before), Behind: t.name(first), Silent: t.names(silent),
		Confidence: confidence(len(silent)), Exact: t.parent[first] == before,
	}
	zb, eb := t.label(before)
	zf, ef := t.label(first)
	switch {
	case len(silent) == 1:
		f.Text = contract.Text{
			ZH: fmt.Sprintf("%s无应答:设备故障,或%s与%s之间断线(%s)", zf, zb, zf, percent(f.Confidence)),
			EN: fmt.Sprintf("%s is silent: the device is dead, or the cable between %s and %s is broken (%s)", ef, eb, ef, percent(f.Confidence)),
		}
	case len(behind) > 1:
		f.Text = contract.Text{
			ZH: fmt.Sprintf("断线:%s之后的分支点,其后%d个设备无应答(%s)", zb, len(silent), percent(f.Confidence)),
			EN: fmt.Sprintf("cable broken right behind %s, before it branches: %d devices behind are silent (%s)", eb, len(silent), percent(f.Confidence)),
		}
	default:
		f.Text = contract.Text{
			ZH: fmt.Sprintf("断线:%s与%s之间,其后%d个设备无应答(%s)", zb, zf, len(silent), percent(f.Confidence)),
			EN: fmt.Sprintf("cable broken between %s and %s: %d devices behind are silent (%s)", eb, ef, len(silent), percent(f.Confidence)),
		}
	}
	return f
}

// nearest is the silent place that is fewest steps from where the cable parts.
func (t *tree) nearest(roots, silent []int) int {
	best, steps := silent[0], math.MaxInt
	for _, i := range silent {
		n := 0
		for j := i; !slices.Contains(roots, j); j = t.parent[j] {
			n++
		}
		if n < steps {
			best, steps = i, n
		}
	}
	return best
}

// confidence weighs one break against n devices dead by themselves.
func confidence(n int) float64 {
	dead := math.Pow(oddsDead, float64(n))
	return min(oddsBreak/(oddsBreak+dead), 0.99)
}

func percent(c float64) string { return fmt.Sprintf("%.0f %%", c*100) }

// dead is a silent device with others alive behind it.
func (t *tree) dead(i int) Finding {
	zh, en := t.label(i)
	return Finding{
		Cause: CauseDead, Before: t.name(t.parent[i]), Behind: t.name(i), Silent: []string{t.name(i)}, Confidence: 0.99, Exact: true,
		Text: contract.Text{
			ZH: fmt.Sprintf("%s无应答,其后设备正常:设备或其支线故障", zh),
			EN: fmt.Sprintf("%s is silent, those behind it answer: the device or its own drop is at fault", en),
		},
	}
}

func (t *tree) wholeBus(a []Answer) Finding {
	var silent []int
	for i := range a {
		if a[i] == Silent {
			silent = append(silent, i)
		}
	}
	roots := t.children[0]
	first := t.nearest(roots, silent)
	zh, en := t.label(first)
	f := Finding{Cause: CauseBus, Behind: t.name(first), Silent: t.names(silent), Exact: t.parent[first] == -1, Confidence: confidence(len(silent))}
	f.Text = contract.Text{
		ZH: fmt.Sprintf("总线%s上%d个设备均无应答:驿站与%s之间断线、短路,或总线供电故障", t.layout.Bus, len(silent), zh),
		EN: fmt.Sprintf("none of %d devices on bus %s answers: cable broken between the booth and %s, a short, or the bus supply", len(silent), t.layout.Bus, en),
	}
	return f
}

func (t *tree) name(i int) string {
	if i < 0 {
		return ""
	}
	return t.layout.Places[i].Device
}

func (t *tree) names(list []int) []string {
	out := make([]string, len(list))
	for k, i := range list {
		out[k] = t.name(i)
	}
	return out
}

// settleFor is how long the same devices must be silent before a break is named: within one
// sweep they fall silent one after the other, and each would move the break.
const settleFor = 10 * time.Second

// Watch keeps findings steady. The zero Watch is a start.
type Watch struct {
	begun  bool
	silent string
	since  time.Duration
	found  []Finding
}

// Step takes who answers now and returns what is known to be wrong, which changes only once
// the same picture has held for ten seconds. The findings belong to the Watch: read them only.
func (w Watch) Step(now time.Duration, l Layout, a Answers) (Watch, []Finding) {
	key := picture(l, a)
	if !w.begun || key != w.silent {
		w.begun, w.silent, w.since = true, key, now
	}
	if now-w.since >= settleFor {
		w.found = Locate(l, a)
	}
	return w, w.found
}

// picture is who answers, as a comparable text.
func picture(l Layout, a Answers) string {
	b := make([]byte, 0, 2*len(l.Places))
	for _, p := range l.Places {
		b = append(b, '0'+byte(a.Front[p.Device]), '0'+byte(a.Back[p.Device]))
	}
	return string(b)
}
