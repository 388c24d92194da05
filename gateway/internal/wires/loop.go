package wires

import (
	"fmt"

	"firepost/firmware-contracts/contract"
)

// loop explains a cable that is fed from both ends.
func (t *tree) loop(front []Answer, backMap map[string]Answer) []Finding {
	order := t.order()
	if backMap != nil {
		if f, ok := t.bothEnds(order, front, t.answers(backMap)); ok {
			return f
		}
	}
	alive := 0
	silent := 0
	for _, a := range front {
		switch a {
		case Alive:
			alive++
		case Silent:
			silent++
		case Unknown:
		}
	}
	switch {
	case silent == 0:
		return nil
	case alive == 0:
		return []Finding{t.wholeBus(front)}
	}
	return t.runs(order, front)
}

// order is the loop's devices from its front end.
func (t *tree) order() []int {
	var order []int
	for i := -1; len(t.children[i+1]) > 0; {
		i = t.children[i+1][0]
		order = append(order, i)
	}
	return order
}

// runs explains each stretch of silent devices: two breaks or, alone, a dead device.
func (t *tree) runs(order []int, a []Answer) []Finding {
	var out []Finding
	for i := 0; i < len(order); {
		if a[order[i]] != Silent {
			i++
			continue
		}
		from := i
		last := i
		for ; i < len(order) && a[order[i]] != Alive; i++ {
			if a[order[i]] == Silent {
				last = i
			}
		}
		var silent []int
		for _, k := range order[from : last+1] {
			if a[k] == Silent {
				silent = append(silent, k)
			}
		}
		out = append(out, t.stretch(order, a, from, last, silent))
	}
	return out
}

func (t *tree) stretch(order []int, a []Answer, from, last int, silent []int) Finding {
	left, right := -1, -1
	for i := from - 1; i >= 0 && left < 0; i-- {
		if a[order[i]] == Alive {
			left = order[i]
		}
	}
	for i := last + 1; i < len(order) && right < 0; i++ {
		if a[order[i]] == Alive {
			right = order[i]
		}
	}
	if len(silent) == 1 {
		return t.dead(silent[0])
	}
	zl, el := t.label(left)
	zf, ef := t.label(order[from])
	zt, et := t.label(order[last])
	zr, er := t.label(right)
	// Two breaks against n dead devices.
	dead := 1.0
	for range silent {
		dead *= oddsDead
	}
	f := Finding{
		Cause: CauseBreak, Before: t.name(left), Behind: t.name(order[from]), Silent: t.names(silent),
		Confidence: min(oddsBreak*oddsBreak/(oddsBreak*oddsBreak+dead), 0.99),
		Exact:      from == 0 || order[from-1] == left,
	}
	f.Text = contract.Text{
		ZH: fmt.Sprintf("环路两处断线:%s与%s之间、%s与%s之间,%d个设备无应答(%s)", zl, zf, zt, zr, len(silent), percent(f.Confidence)),
		EN: fmt.Sprintf("loop broken twice: between %s and %s, and between %s and %s: %d devices are silent (%s)", el, ef, et, er, len(silent), percent(f.Confidence)),
	}
	return f
}

// bothEnds finds the one break that silences nobody: the front reaches up to it, the back
// from it on. It says nothing if a device answers neither, or the two reaches do not part
// at one place.
func (t *tree) bothEnds(order []int, front, back []Answer) ([]Finding, bool) {
	reach, from, both := -1, len(order), 0
	for i, k := range order {
		switch f, b := front[k], back[k]; {
		case f == Silent && b == Silent:
			return nil, false
		case f == Alive && b == Alive:
			// Only a closed loop carries both; on a broken one nobody answers both.
			both++
		case f == Alive:
			reach = i
		case b == Alive && from == len(order):
			from = i
		}
	}
	if reach < 0 && from == len(order) {
		return nil, true // closed, everybody is reached both ways
	}
	if reach >= from || both > 0 {
		return nil, false
	}
	before, behind := -1, -1
	if reach >= 0 {
		before = order[reach]
	}
	if from < len(order) {
		behind = order[from]
	}
	zb, eb := t.label(before)
	zf, ef := t.label(behind)
	return []Finding{{
		Cause: CauseBreak, Before: t.name(before), Behind: t.name(behind), Silent: []string{}, Confidence: 0.99, Exact: from == reach+1,
		Text: contract.Text{
			ZH: fmt.Sprintf("环路断线:%s与%s之间,设备仍可从另一端应答", zb, zf),
			EN: fmt.Sprintf("loop broken between %s and %s: all devices still answer from one end", eb, ef),
		},
	}}, true
}
