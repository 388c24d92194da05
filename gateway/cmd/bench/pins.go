package main

import (
	"context"
	"time"

	"firepost/drivers/bus/pins/pinstest"
)

// contacts is how long after the debounce time a short on a dry contact reaches the sink, on
// fake lines that behave as the kernel's.
func contacts(ctx context.Context, s *settings) ([]row, error) {
	var rows []row
	for _, v := range []struct {
		name, what string
		abilities  pinstest.Abilities
	}{
		{"pins-edges", "short on a dry contact → sink, beyond the debounce time, 16 fake lines with edges", pinstest.GoodEdges},
		{"pins-polled", "— the same with lines that have no edges", pinstest.NoEdges},
	} {
		list, err := runs(ctx, s, v.name, 1, func(ctx context.Context, _ string, _ int) (pinstest.Result, error) {
			return pinstest.Measure(ctx, pinstest.Setup{Abilities: v.abilities, Shorts: pick(s, 1000, 20)})
		})
		if err != nil {
			return rows, err
		}
		figure := func(get func(*pinstest.Result) time.Duration) []float64 {
			return column(list, func(r *pinstest.Result) float64 { return ms(get(r)) })
		}
		missed := 0
		for _, r := range list {
			missed += r.Missed
		}
		rows = append(rows,
			newRow(v.what+", p99", "≤ 5 ms", "ms", 2, figure(func(r *pinstest.Result) time.Duration { return r.P99 }), atMost(5)).
				with("p50 %.2f ms; %d of %d missed", median(figure(func(r *pinstest.Result) time.Duration { return r.P50 })), missed, len(list)*pick(s, 1000, 20)),
			newRow("— longest", "≤ 5 ms", "ms", 2, figure(func(r *pinstest.Result) time.Duration { return r.Max }), atMost(5)).
				with("a bare timer was late by %.2f ms at most meanwhile", median(figure(func(r *pinstest.Result) time.Duration { return r.TimerMax }))))
	}
	return rows, nil
}
