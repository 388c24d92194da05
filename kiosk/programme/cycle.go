package programme

import (
	"math/bits"
	"slices"
	"sort"
	"time"
)

// cycle is one round of a playlist: which item follows which. It is repeated for ever.
type cycle struct {
	// order are places in Programme.items; starts says when each begins within the round.
	order  []int
	starts []time.Duration
	total  time.Duration
}

func newCycle(items []Item, members, weights []int) *cycle {
	c := &cycle{order: arrange(weights)}
	c.starts = make([]time.Duration, len(c.order))
	for i, m := range c.order {
		c.order[i] = members[m]
		c.starts[i] = c.total
		c.total += items[members[m]].For
	}
	return c
}

// at returns which item of the round runs at the phase from 0 to below total.
func (c *cycle) at(phase time.Duration) int {
	return sort.Search(len(c.starts), func(i int) bool { return c.starts[i] > phase }) - 1
}

// begin is the item that a part of a day begins with: other days and hours begin elsewhere, so
// that a round longer than its daypart is shown whole in the course of days. Multiples of an
// irrational number spread most evenly: of the golden ratio for days, of √2 for minutes.
func (c *cycle) begin(day int64, minute int) int {
	const golden, root2 = 0x9E3779B97F4A7C15, 0x6A09E667F3BCC909
	hi, _ := bits.Mul64(uint64(day)*golden+uint64(minute)*root2, uint64(len(c.order))) //nolint:gosec // wraps round on purpose
	return int(hi)                                                                     //nolint:gosec // below the length
}

// class is all items of one weight: they take turns, and their turns are spread evenly.
type class struct {
	members []int
	// turns is how many places of the round the class has, taken how many are given out.
	turns, taken int
}

// lone: a turn of the class is always the same item.
func (c *class) lone() bool { return len(c.members) == 1 }

func (c *class) next() int { return c.members[c.taken%len(c.members)] }

// arrange returns one round in which item i stands weights[i] times, spread as evenly as whole
// places allow and never twice in a row, the end beside the beginning included. Weights are 1
// or more. A weight above the sum of all others counts as that sum: an item can't have more
// than every second place.
func arrange(weights []int) []int {
	if len(weights) == 1 {
		return []int{0}
	}
	w := fairWeights(weights)
	var classes []*class
	total := 0
	for i, n := range w {
		at := slices.IndexFunc(classes, func(c *class) bool { return c.turns == n })
		if at < 0 {
			at = len(classes)
			classes = append(classes, &class{turns: n})
		}
		classes[at].members = append(classes[at].members, i)
		total += n
	}
	for _, c := range classes {
		c.turns *= len(c.members)
	}
	order := make([]int, 0, total)
	for len(order) < total {
		c := choose(classes, order, total)
		if c == nil {
			return alternate(w, total)
		}
		order = append(order, c.next())
		c.taken++
	}
	if order[0] == order[total-1] {
		return alternate(w, total)
	}
	return order
}

// fairWeights caps the one weight that is above the sum of the others, and makes the round as
// short as the weights' proportions allow.
func fairWeights(weights []int) []int {
	w := slices.Clone(weights)
	sum, most := 0, 0
	for i, n := range w {
		sum += n
		if n > w[most] {
			most = i
		}
	}
	w[most] = min(w[most], sum-w[most])
	common := 0
	for _, n := range w {
		for n != 0 {
			common, n = n, common%n
		}
	}
	for i := range w {
		w[i] /= common
	}
	return w
}

// choose picks the class whose turn ends first among those whose turn has come (the rule of the
// earliest deadline, which keeps everyone within one place of its fair share), but never the
// item just placed, and first whatever could otherwise no longer be kept apart.
func choose(classes []*class, order []int, total int) *class {
	place := len(order)
	var best *class
	bestDue, bestEnd := false, 0
	for _, c := range classes {
		if c.taken == c.turns || place > 0 && c.next() == order[place-1] {
			continue
		}
		if place > 0 && c.lone() && pressing(c, order, total) {
			return c
		}
		// In units of 1/turns of a place, brought to the scale of both by multiplying across.
		due := c.taken*total <= place*c.turns
		end := (c.taken + 1) * total
		earlier := best == nil || due && !bestDue || due == bestDue && end*best.turns < bestEnd*c.turns
		if earlier {
			best, bestDue, bestEnd = c, due, end
		}
	}
	return best
}

// pressing: placed later, the rest of c could not be kept apart.
func pressing(c *class, order []int, total int) bool {
	left, rest := c.turns-c.taken, total-len(order)
	if c.members[0] == order[0] {
		rest-- // the last place stands beside the first
	}
	return left > rest/2
}

// alternate is the plain way that always keeps items apart: the heaviest first, on every second
// place, then on the places between.
func alternate(w []int, total int) []int {
	byWeight := make([]int, len(w))
	for i := range w {
		byWeight[i] = i
	}
	slices.SortStableFunc(byWeight, func(a, b int) int { return w[b] - w[a] })
	order := make([]int, total)
	at := 0
	for _, i := range byWeight {
		for range w[i] {
			order[at] = i
			if at += 2; at >= total && at%2 == 0 {
				at = 1
			}
		}
	}
	return order
}
