package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/platform"
)

// drain is how fast a backlog reaches Mosquitto with the limiter off.
func drain(ctx context.Context, s *settings) ([]row, error) {
	n := pick(s, 100_000, 2000)
	journal, err := s.prefilled(ctx, n)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, v := range []struct {
		name, what, confirm, bar string
		ear                      *earOptions
		ok                       func(float64) bool
	}{
		{"drain", "backlog drain to Mosquitto, QoS 1, limiter off, confirmed by the broker", "broker", "≥ 20 000/s", &earOptions{}, atLeast(20_000)},
		{"drain-alone", "— the same without any subscriber", "broker", "–", nil, nil},
		{"drain-acked", "— confirmed by the platform's …/ack", "platform", "–", &earOptions{qos: 1, ack: true}, nil},
	} {
		p := plan{buses: []bus{standardBus()}, confirm: v.confirm, journal: journal, ear: v.ear}
		list, err := runs(ctx, s, v.name, 1, func(ctx context.Context, id string, i int) (drainRun, error) {
			r, err := openRig(ctx, s, id, p, uint64(i))
			if err != nil {
				return drainRun{}, err
			}
			defer r.close()
			return r.drain(ctx, n)
		})
		if err != nil {
			return rows, err
		}
		missing := 0
		for i := range list {
			missing += list[i].missing
		}
		note := fmt.Sprintf("%d records, counted by a QoS %d subscriber, %d missing or out of order", n, qosOf(v.ear), missing)
		if v.ear == nil {
			note = fmt.Sprintf("%d records, counted by their PUBACKs in the daemon's /metrics", n)
		}
		x := newRow(v.what, v.bar, "/s", 0, column(list, func(r *drainRun) float64 { return r.rate }), v.ok).with("%s", note)
		if missing > 0 {
			x.Met = missed
		}
		rows = append(rows, x)
	}
	return rows, nil
}

func qosOf(o *earOptions) byte {
	if o == nil {
		return 0
	}
	return o.qos
}

type drainRun struct {
	rate    float64
	missing int
}

// drainWithin bounds one drain.
const drainWithin = 2 * time.Minute

func (r *rig) drain(ctx context.Context, n int) (drainRun, error) {
	ctx, cancel := context.WithTimeout(ctx, drainWithin)
	defer cancel()
	if r.ear == nil {
		return r.drainByMetrics(ctx, n)
	}
	for {
		got, first, last, gaps := r.ear.lane(message.LaneRest)
		if got >= n {
			return drainRun{rate: float64(n-1) / time.Duration(last-first).Seconds(), missing: gaps}, nil
		}
		if err := wait(ctx, 20*time.Millisecond); err != nil {
			return drainRun{}, fmt.Errorf("the subscriber has %d of %d: %w", got, n, err)
		}
	}
}

// drainByMetrics watches the daemon's count of what the broker has confirmed.
func (r *rig) drainByMetrics(ctx context.Context, n int) (drainRun, error) {
	var began int64
	var at float64
	for {
		stored, err := r.metric(ctx, "firepost_uplink_stored_total")
		if err != nil {
			return drainRun{}, err
		}
		now := platform.Now()
		switch {
		case began == 0 && stored >= float64(n)/20:
			began, at = now, stored
		case began != 0 && stored >= float64(n):
			return drainRun{rate: (stored - at) / time.Duration(now-began).Seconds()}, nil
		}
		if err := wait(ctx, 10*time.Millisecond); err != nil {
			return drainRun{}, fmt.Errorf("the broker has confirmed %.0f of %d: %w", stored, n, err)
		}
	}
}

// metric reads one number from /metrics: the first line of that name.
func (r *rig) metric(ctx context.Context, name string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.page+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	for sc := bufio.NewScanner(resp.Body); sc.Scan(); {
		if strings.HasPrefix(sc.Text(), name) {
			_, v, _ := strings.Cut(sc.Text(), " ")
			return strconv.ParseFloat(v, 64)
		}
	}
	return 0, fmt.Errorf("no %s in /metrics", name)
}
