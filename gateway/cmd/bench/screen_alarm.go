package main

import (
	"context"
	"fmt"
	"math/rand/v2"
)

// takeovers are what came of many, in order.
type takeovers []takeover

func (t takeovers) column(get func(takeover) float64) []float64 {
	out := make([]float64, len(t))
	for i := range t {
		out[i] = get(t[i])
	}
	return out
}

// percentileRow is a row whose value is a percentile of all, and whose spread that of parts.
func percentileRow(what, bar string, values []float64, p float64, parts int, ok func(float64) bool) row {
	var list []float64
	size := max(1, len(values)/max(1, parts))
	for i := 0; i+size <= len(values); i += size {
		list = append(list, percentile(values[i:i+size], p))
	}
	r := newRow(what, bar, "ms", 0, list, nil)
	r.Value = percentile(values, p)
	if ok != nil {
		r.Met = judge(len(values) > 0 && ok(r.Value))
	}
	return r
}

// paintedBench is how long the screen takes from the alarm in the engine to the takeover on the
// glass, above the programme that ships.
func paintedBench(ctx context.Context, s *settings) ([]row, error) {
	n := pick(s, 250, 4)
	r, err := openScreenRig(ctx, s, "painted", usual(frameBus()), 1)
	if err != nil {
		return nil, err
	}
	defer r.close()
	var list takeovers
	for i := range n {
		t, err := r.take(ctx, r.plan.buses[0].devices[i%len(r.plan.buses[0].devices)])
		if err != nil {
			return nil, fmt.Errorf("takeover %d: %w", i+1, err)
		}
		list = append(list, t)
	}
	parts := pick(s, s.runs, 1)
	daemon := list.column(func(t takeover) float64 { return t.daemon })
	order := list.column(func(t takeover) float64 { return t.order })
	wire := list.column(func(t takeover) float64 { return t.wire })
	return []row{
		percentileRow("alarm's event in the engine → takeover painted, by the daemon's clock, p50", "–", daemon, 50, parts, nil).
			with("%d takeovers above the starter programme; %s", len(list), panel),
		percentileRow("— p99", "≤ 300 ms", daemon, 99, parts, atMost(300)).with("longest %.0f ms", percentile(daemon, 100)),
		percentileRow("— of these from the order to the page to its word, p99", "–", order, 99, parts, nil).with("p50 %.0f ms", percentile(order, 50)),
		percentileRow("alarm frame's last byte → takeover found on the glass, looked at frame by frame from outside, p99", "≤ 300 ms", wire, 99, parts, atMost(300)).
			with("p50 %.0f ms, longest %.0f ms", percentile(wire, 50), percentile(wire, 100)),
	}, nil
}

// sensedBench is the whole way from the detector's register to the glass, the bus's cycle
// included.
func sensedBench(ctx context.Context, s *settings) ([]row, error) {
	n := pick(s, 120, 3)
	r, err := openScreenRig(ctx, s, "sensed", usual(latencyBus()), 1)
	if err != nil {
		return nil, err
	}
	defer r.close()
	rnd := rand.New(rand.NewPCG(1, 0x61a))
	turns := newTurns(rnd, len(r.plan.buses[0].devices))
	var list takeovers
	for i := range n {
		d, err := r.target(ctx, rnd, turns.next(), func(uint8) bool { return true })
		if err != nil {
			return nil, err
		}
		t, err := r.take(ctx, d)
		if err != nil {
			return nil, fmt.Errorf("takeover %d: %w", i+1, err)
		}
		list = append(list, t)
	}
	parts := pick(s, s.runs, 1)
	ways := list.column(func(t takeover) float64 { return t.register })
	return []row{
		percentileRow("detector's register set → takeover on the glass, 16 devices at 9600, slow points taking their share, p50", "–", ways, 50, parts, nil).
			with("%d takeovers; %s", len(list), panel),
		percentileRow("— p99", "≤ 1 s", ways, 99, parts, atMost(1000)),
		percentileRow("— longest", "≤ 1 s", ways, 100, parts, atMost(1000)),
	}, nil
}
