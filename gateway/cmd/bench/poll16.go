package main

import (
	"context"
	"fmt"
	"time"

	"firepost/drivers/sim"
)

// poll16 is how much of the wire's limit the daemon uses with 16 healthy devices.
func poll16(ctx context.Context, s *settings) ([]row, error) {
	settle, window := pick(s, 3*time.Second, time.Second), pick(s, 20*time.Second, 2*time.Second)
	list, err := runs(ctx, s, "poll16", 1, func(ctx context.Context, id string, i int) (sim.LineStats, error) {
		r, err := openRig(ctx, s, id, usual(standardBus()), uint64(i))
		if err != nil {
			return sim.LineStats{}, err
		}
		defer r.close()
		if err := wait(ctx, settle); err != nil {
			return sim.LineStats{}, err
		}
		if err := r.line.ResetStats("line"); err != nil {
			return sim.LineStats{}, err
		}
		if err := wait(ctx, window); err != nil {
			return sim.LineStats{}, err
		}
		return r.stats()
	})
	if err != nil {
		return nil, err
	}
	rate := column(list, func(l *sim.LineStats) float64 { return l.GoodPerSecond })
	share := median(rate) / limit() * 100
	return []row{
		newRow(fmt.Sprintf("polls/s, 16 devices at 9600 8N1, 2 registers each, %v turnaround; the wire's limit is %.1f/s", turnaround, limit()),
			"≥ 97 %", "/s", 2, rate, atLeast(0.97*limit())).with("%.1f %% of the limit", share),
		newRow("— the daemon's idle time beyond the legal silence, mean", "≤ 0.8 ms", "ms", 3,
			column(list, func(l *sim.LineStats) float64 { return ms(l.Idle.Mean) }), atMost(0.8)),
		newRow("— the same, p99", "≤ 2 ms", "ms", 3,
			column(list, func(l *sim.LineStats) float64 { return ms(l.Idle.P99) }), atMost(2)),
		newRow("— silence violations and collisions, worst run", "0", "", 0,
			column(list, func(l *sim.LineStats) float64 { return float64(l.Violations + l.Collisions) }), nil).worst(atMost(0)).
			with("the line itself delivers characters %.0f µs late at p99", float64(worstJitter(list))/1e3),
	}, nil
}

// worstJitter says how well the line kept its own pace.
func worstJitter(list []sim.LineStats) time.Duration {
	var w time.Duration
	for i := range list {
		w = max(w, list[i].Jitter.P99)
	}
	return w
}
