package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"firepost/firmware-contracts/message"
)

// frameBus is a fast line without pace: what is measured begins when the alarm's frame has
// been delivered, and 2000 of them shall not take all day.
func frameBus() bus {
	return bus{name: "line", baud: 115200, devices: detectors(8, false)}
}

// frameRun is what came of one row's trips.
type frameRun struct {
	ways [][]float64 // ms from the frame's last byte to the subscriber, by part
	lost int
}

func (f *frameRun) all() []float64 {
	var all []float64
	for _, p := range f.ways {
		all = append(all, p...)
	}
	return all
}

// frame is the daemon's own part of an alarm's way: decoding, judging, the journal's fsync,
// the broker, and the subscriber.
func frame(ctx context.Context, s *settings) ([]row, error) {
	trips, backlog := pick(s, 2000, 10), pick(s, 100_000, 2000)
	var rows []row
	idle, err := s.frames(ctx, "frame-idle", usual(frameBus()), trips, 0)
	if err != nil {
		return rows, err
	}
	rows = append(rows, idle.rows("alarm frame's last byte → subscriber, fsync included, idle link", true)...)
	journal, err := s.prefilled(ctx, backlog)
	if err != nil {
		return rows, err
	}
	limited := usual(frameBus())
	limited.journal = journal
	drain, err := s.frames(ctx, "frame-drain", limited, trips, backlog)
	if err != nil {
		return rows, err
	}
	rows = append(rows, drain.rows(fmt.Sprintf("— while %d records of backlog drain at %d/s", backlog, limited.drain), true)...)
	limited.drain = 0
	flood, err := s.frames(ctx, "frame-flood", limited, pick(s, 200, 5), backlog)
	if err != nil {
		return rows, err
	}
	return append(rows, flood.rows("— while they drain without a limit", false)...), nil
}

func (f *frameRun) rows(what string, bar bool) []row {
	var p50, p99 []float64
	for _, part := range f.ways {
		p50, p99 = append(p50, percentile(part, 50)), append(p99, percentile(part, 99))
	}
	all := f.all()
	a := newRow(what+", p50", "≤ 2 ms", "ms", 2, p50, nil)
	b := newRow("— p99", "≤ 10 ms", "ms", 2, p99, nil)
	a.Value, b.Value = percentile(all, 50), percentile(all, 99)
	a.Met, b.Met = judge(a.Value <= 2), judge(b.Value <= 10 && f.lost == 0)
	if !bar {
		a.Bar, b.Bar, a.Met, b.Met = "–", "–", reported, reported
	}
	return []row{a.with("%d trips", len(all)), b.with("%d lost or out of order, longest %.1f ms", f.lost, percentile(all, 100))}
}

// partOf is how many trips make a part whose own percentiles show the spread.
const partOf = 400

// maxDrains bounds how often a backlog is drained to gather the trips.
const maxDrains = 6

// frames gathers n trips: on an idle link, or only while a backlog drains, as often as it
// takes.
func (s *settings) frames(ctx context.Context, name string, p plan, n, backlog int) (frameRun, error) {
	var out frameRun
	var all []float64
	for i := 0; len(all) < n && i < pick(s, maxDrains, 1); i++ {
		ways, lost, err := s.frameRig(ctx, fmt.Sprintf("%s-%d", name, i+1), p, n-len(all), backlog)
		if err != nil {
			return out, err
		}
		all = append(all, ways...)
		out.lost += lost
		s.say("%s: %d of %d trips", name, len(all), n)
	}
	for len(all) > 0 {
		k := min(partOf, len(all))
		if len(all)-k < partOf/2 {
			k = len(all)
		}
		out.ways = append(out.ways, all[:k])
		all = all[k:]
	}
	return out, nil
}

func (s *settings) frameRig(ctx context.Context, name string, p plan, n, backlog int) (ways []float64, lost int, err error) {
	r, err := openRig(ctx, s, name, p, 1)
	if err != nil {
		return nil, 0, err
	}
	defer r.close()
	draining := func() bool { return true }
	if backlog > 0 {
		if err := r.drainBegins(ctx); err != nil {
			return nil, 0, err
		}
		draining = func() bool {
			got, _, _, _ := r.ear.lane(message.LaneRest)
			return got < backlog
		}
	} else if err := wait(ctx, 2*time.Second); err != nil {
		return nil, 0, err
	}
	var trips []trip
	for len(trips) < n && draining() {
		round, err := r.round(ctx, n-len(trips), draining)
		if err != nil {
			return nil, 0, err
		}
		trips = append(trips, round...)
	}
	log, err := r.events()
	if err != nil {
		return nil, 0, err
	}
	for _, t := range trips {
		e, ok := log[t.event]
		if t.heard == 0 || !ok || e.Delivered == 0 {
			lost++
			continue
		}
		ways = append(ways, ms(time.Duration(t.heard-e.Delivered)))
	}
	_, _, _, gaps := r.ear.lane(message.LaneAlarm)
	return ways, lost + gaps, nil
}

// drainBegins waits for the first event of the backlog.
func (r *rig) drainBegins(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		if n, _, _, _ := r.ear.lane(message.LaneRest); n > 0 {
			return nil
		}
		if err := wait(ctx, time.Millisecond); err != nil {
			return fmt.Errorf("wait for the backlog: %w\n%s", err, r.daemon.Log())
		}
	}
}

// round raises one detector after the other, each alarm with its confirmation delivered
// before the next, and then calms them all together.
func (r *rig) round(ctx context.Context, n int, draining func() bool) ([]trip, error) {
	var trips []trip
	var used []device
	for _, d := range r.plan.buses[0].devices {
		if len(trips) >= n || !draining() {
			break
		}
		t, err := r.raise(ctx, d, true)
		if err != nil {
			return nil, err
		}
		trips, used = append(trips, t), append(used, d)
	}
	errs := make([]error, len(used))
	var wg sync.WaitGroup
	for i, d := range used {
		wg.Go(func() { errs[i] = r.calm(ctx, d) })
	}
	wg.Wait()
	return trips, errors.Join(errs...)
}
