package main

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"firepost/drivers/sim"
)

func TestMedianAndPercentile(t *testing.T) {
	for _, c := range []struct {
		values        []float64
		median        float64
		p50, p99, all float64
	}{
		{nil, 0, 0, 0, 0},
		{[]float64{7}, 7, 7, 7, 7},
		{[]float64{3, 1}, 2, 1, 3, 3},
		{[]float64{5, 1, 3}, 3, 3, 5, 5},
		{[]float64{4, 1, 3, 2}, 2.5, 2, 4, 4},
	} {
		if m := median(c.values); m != c.median {
			t.Errorf("median of %v: %v, want %v", c.values, m, c.median)
		}
		for p, want := range map[float64]float64{50: c.p50, 99: c.p99, 100: c.all} {
			if got := percentile(c.values, p); got != want {
				t.Errorf("p%v of %v: %v, want %v", p, c.values, got, want)
			}
		}
	}
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[99-i] = float64(i + 1)
	}
	if got := percentile(hundred, 99); got != 99 {
		t.Errorf("p99 of 1…100: %v, want 99", got)
	}
	if hundred[0] != 100 {
		t.Error("the values were sorted in place")
	}
}

func TestRows(t *testing.T) {
	r := newRow("x", "≥ 2", "/s", 1, []float64{1, 5, 3}, atLeast(2))
	if r.Value != 3 || r.Met != met || r.measured() != "3.0 /s" || r.spread() != "1.0–5.0" {
		t.Errorf("got %+v: %s, %s", r, r.measured(), r.spread())
	}
	if r = newRow("x", "≤ 2", "", 0, []float64{1, 1, 4}, nil).worst(atMost(2)); r.Value != 4 || r.Met != missed {
		t.Errorf("worst: %+v", r)
	}
	if r = newRow("x", "–", "", 0, []float64{1}, nil); r.Met != reported {
		t.Errorf("without a bar: %+v", r)
	}
	if r = newRow("x", "0", "", 0, nil, atMost(0)); r.Met != missed {
		t.Errorf("nothing measured: %+v", r)
	}
}

func TestMarkdown(t *testing.T) {
	rep := report{
		Begun:   time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC),
		Machine: machine{CPU: "a processor", Cores: 2, Kernel: "Linux 6", Go: "go1", Disk: "ext4", LoadBefore: "0.1", LoadAfter: "0.2"},
		Rows:    []row{newRow("polls", "≥ 2", "/s", 0, []float64{3}, atLeast(2)).with("one run")},
	}
	var b strings.Builder
	if err := rep.markdown(&b); err != nil {
		t.Fatal(err)
	}
	want := `Measured 2026-11-03 04:05 UTC on a processor, 2 cores, Linux 6, go1, journal on ext4, load 0.1 before and 0.2 after.

| what | bar | measured | min–max of runs | met? |
|---|---|---|---|---|
| polls | ≥ 2 | 3 /s (one run) | 3–3 | yes |
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

func TestWireLimit(t *testing.T) {
	// 17 characters of 1.0417 ms, 5 ms, 3.5 characters: 26.354 ms.
	if l := limit(); l < 37.94 || l > 37.95 {
		t.Errorf("the limit is %v polls/s, want 37.9", l)
	}
	if d := pollTime(115200, 0); d < 3225*time.Microsecond || d > 3226*time.Microsecond {
		t.Errorf("a poll at 115200 takes %v, want 17 characters and 1.75 ms", d)
	}
}

func TestWordsAreUnique(t *testing.T) {
	seen := map[uint16]bool{}
	for unit := uint8(1); unit <= 32; unit++ {
		for _, w := range []uint16{word(unit, smokeRegister), word(unit, otherRegister), fireWord(unit)} {
			if seen[w] {
				t.Errorf("unit %d: word %#x belongs to another register too", unit, w)
			}
			seen[w] = true
		}
	}
}

func TestMemoryBusesHave250Points(t *testing.T) {
	if n := points(memoryBuses()); n != 250 {
		t.Errorf("%d points", n)
	}
}

func TestGaps(t *testing.T) {
	const s = int64(time.Second)
	log := []sim.Transaction{
		{Unit: 1, Ended: 10 * s, Replied: 11 * s, Outcome: "good"},
		{Unit: 2, Ended: 11 * s, Outcome: "none"},
		{Unit: 3, Ended: 12 * s, Replied: 12 * s, Outcome: "bad"},
		{Unit: 2, Ended: 13 * s, Replied: 14 * s, Outcome: "good"},
		{Unit: 1, Ended: 14 * s, Replied: 16 * s, Outcome: "good"},
	}
	for _, c := range []struct {
		units        []uint8
		first, later time.Duration
	}{
		{[]uint8{1}, time.Second, 5 * time.Second},
		{[]uint8{2}, 4 * time.Second, 3 * time.Second},
		{[]uint8{1, 2}, 4 * time.Second, 5 * time.Second},
		{[]uint8{3}, 7 * time.Second, 0},
		{nil, 0, 0},
	} {
		if first, later := gaps(log, 17*s, c.units); first != c.first || later != c.later {
			t.Errorf("units %v: %v and %v, want %v and %v", c.units, first, later, c.first, c.later)
		}
	}
}

func TestCalmCycleLeavesConfirmingReadsOut(t *testing.T) {
	read := func(unit uint8, at int64) sim.Transaction {
		return sim.Transaction{Unit: unit, Address: smokeRegister, Ended: at}
	}
	reads := []sim.Transaction{
		read(1, 100), read(2, 150), read(1, 200), read(2, 250), {Unit: 1, Address: 0x20, Ended: 260},
		read(1, 300), // has the alarm, after 100 like the others
		read(1, 310), // confirms it
		read(2, 350), read(1, 410), read(1, 510), read(2, 450),
	}
	log := map[uint64]sim.Event{7: {ID: 7, Unit: 1, Set: 220, Delivered: 305}}
	trips := []trip{{event: 7, unit: 1, heard: 306, over: 420}}
	if c := calmCycle(reads, log, trips); c != 100 {
		t.Errorf("cycle %v, want 100", int64(c))
	}
	if c := calmCycle(nil, nil, nil); c != 0 {
		t.Errorf("cycle of nothing %v", c)
	}
}

func TestTurnsAreEven(t *testing.T) {
	turns := newTurns(rand.New(rand.NewPCG(1, 2)), 16)
	count := make([]int, 16)
	for range 16 * 5 {
		count[turns.next()]++
	}
	for place, n := range count {
		if n != 5 {
			t.Errorf("place %d came %d times, want 5", place, n)
		}
	}
}
