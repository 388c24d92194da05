package main

import (
	"context"
	"fmt"
	"time"
)

// cpuBus is one whose wire allows 32 polls in a second: the devices take a little longer to
// answer. Every byte has its time on the wire, which is the costliest way to receive.
func cpuBus() bus {
	b := standardBus()
	b.turnaround = time.Second/32 - pollTime(9600, 0) - 300*time.Microsecond
	return b
}

type cpuRun struct{ alone, served, polls float64 }

// cpu is the processor time of the daemon at 32 polls/s. The runs go on at the same time.
func cpu(ctx context.Context, s *settings) ([]row, error) {
	window := pick(s, 60*time.Second, time.Second)
	list, err := runs(ctx, s, "cpu", s.runs, func(ctx context.Context, id string, i int) (cpuRun, error) {
		r, err := newRig(ctx, s, id, usual(cpuBus()), uint64(i))
		if err != nil {
			return cpuRun{}, err
		}
		defer r.close()
		if err := r.start(); err != nil {
			return cpuRun{}, err
		}
		return r.cpu(ctx, window)
	})
	if err != nil {
		return nil, err
	}
	polls := median(column(list, func(c *cpuRun) float64 { return c.polls }))
	return []row{
		newRow("processor at 32 polls/s: share of one core, with uplink, journal and an open status page", "≤ 1.5 %", "%", 2,
			column(list, func(c *cpuRun) float64 { return c.served }), atMost(1.5)).
			with("at %.1f polls/s, over %v, %d runs at a time", polls, window, s.runs),
		newRow("— the same while nobody looks at the page", "–", "%", 2, column(list, func(c *cpuRun) float64 { return c.alone }), nil),
	}, nil
}

// cpu measures for half the window before the page is opened, and for the window after.
func (r *rig) cpu(ctx context.Context, window time.Duration) (out cpuRun, err error) {
	if err := r.address(); err != nil {
		return out, err
	}
	if err := wait(ctx, window/6); err != nil {
		return out, err
	}
	if out.alone, err = r.share(ctx, window/2); err != nil {
		return out, err
	}
	if err := r.watch(); err != nil {
		return out, err
	}
	if err := r.line.ResetStats("line"); err != nil {
		return out, err
	}
	if out.served, err = r.share(ctx, window); err != nil {
		return out, err
	}
	stats, err := r.stats()
	out.polls = stats.GoodPerSecond
	return out, err
}

// share is the daemon's processor time in percent of one core.
func (r *rig) share(ctx context.Context, window time.Duration) (float64, error) {
	before, err := processorTime(r.daemon.Pid())
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	if err := wait(ctx, window); err != nil {
		return 0, err
	}
	after, err := processorTime(r.daemon.Pid())
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, r.daemon.Log())
	}
	return 100 * float64(after-before) / float64(time.Since(begin)), nil
}
