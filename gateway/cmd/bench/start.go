package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// startUp is the time from the start of the process until its first request is on the wire.
func startUp(ctx context.Context, s *settings) ([]row, error) {
	n := pick(s, 100_000, 2000)
	journal, err := s.prefilled(ctx, n)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, v := range []struct{ name, what, journal string }{
		{"start", "start of the process → first poll on the wire, fresh journal", ""},
		{"start-full", fmt.Sprintf("— with a journal of %d events, none sent", n), journal},
	} {
		b := standardBus()
		b.log = 8
		p := usual(b)
		p.journal = v.journal
		list, err := runs(ctx, s, v.name, 1, func(ctx context.Context, id string, i int) (float64, error) {
			r, err := newRig(ctx, s, id, p, uint64(i))
			if err != nil {
				return 0, err
			}
			defer r.close()
			if err := r.start(); err != nil {
				return 0, err
			}
			return r.firstPoll(ctx)
		})
		if err != nil {
			return rows, err
		}
		rows = append(rows, newRow(v.what, "≤ 300 ms", "ms", 0, list, atMost(300)))
	}
	return rows, nil
}

// firstPoll waits for the first request and returns how long after the start it arrived.
func (r *rig) firstPoll(ctx context.Context) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, pageWithin)
	defer cancel()
	for {
		list, err := r.line.Transactions("line")
		if err != nil {
			return 0, err
		}
		if len(list) > 0 {
			if len(list) == r.plan.buses[0].log {
				return 0, errors.New("the first request has been forgotten")
			}
			return ms(time.Duration(list[0].Arrived - r.began)), nil
		}
		if err := wait(ctx, 5*time.Millisecond); err != nil {
			return 0, fmt.Errorf("no poll: %w\n%s", err, r.daemon.Log())
		}
	}
}
