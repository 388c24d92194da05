package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
)

// latencyBus is 16 detectors with slow points that use up the slow lane's share.
func latencyBus() bus {
	b := standardBus()
	b.devices, b.slowEvery = detectors(16, true), 5*time.Second
	return b
}

// trip is one alarm on its way.
type trip struct {
	event uint64 // the line's number of the change
	heard int64  // when the subscriber had it, monotonic ns
}

// latencyRun is one run: trips joined with the line's log.
type latencyRun struct {
	ways  []float64 // ms from register set to subscriber
	cycle time.Duration
	lost  int
	gaps  int
}

// latency is the whole way of an alarm, the bus's cycle included. The runs go on at the same
// time, each a booth of its own, with at most two alarms under way per booth.
func latency(ctx context.Context, s *settings) ([]row, error) {
	perRun := pick(s, (1000+s.runs-1)/s.runs, 2)
	list, err := runs(ctx, s, "latency", s.runs, func(ctx context.Context, id string, i int) (latencyRun, error) {
		r, err := openRig(ctx, s, id, usual(latencyBus()), uint64(i))
		if err != nil {
			return latencyRun{}, err
		}
		defer r.close()
		return r.latency(ctx, perRun, rand.New(rand.NewPCG(uint64(i), 0x1a7)))
	})
	if err != nil {
		return nil, err
	}
	var ways []float64
	lost := 0
	for i := range list {
		ways = append(ways, list[i].ways...)
		lost += list[i].lost + list[i].gaps
	}
	cycle := median(column(list, func(r *latencyRun) float64 { return ms(r.cycle) }))
	slow := ms(pollTime(9600, turnaround))
	row50 := newRow("alarm register set → subscriber has the event, 16 devices at 9600, slow points taking their share, p50", "≤ ½ cycle + 15 ms", "ms", 1,
		column(list, func(r *latencyRun) float64 { return percentile(r.ways, 50) }), nil)
	row50.Value = percentile(ways, 50)
	row50.Met = judge(row50.Value <= cycle/2+15)
	row99 := newRow("— p99", "≤ cycle + 25 ms + longest slow transaction", "ms", 1,
		column(list, func(r *latencyRun) float64 { return percentile(r.ways, 99) }), nil)
	row99.Value = percentile(ways, 99)
	row99.Met = judge(row99.Value <= cycle+25+slow)
	return []row{
		row50.with("of %d trips; bar %.1f ms with a measured mean cycle of %.1f ms", len(ways), cycle/2+15, cycle),
		row99.with("bar %.1f ms: the longest slow transaction takes %.1f ms", cycle+25+slow, slow),
		newRow("— alarms lost or out of order, all runs", "0", "", 0,
			column(list, func(r *latencyRun) float64 { return float64(r.lost + r.gaps) }), nil).worst(atMost(0)).
			with("judged by the subscriber against the line's log of %d alarms", len(ways)+lost),
	}, nil
}

// inFlight is how many alarms may be under way on one bus, so that it stays a normal one.
const inFlight = 2

func (r *rig) latency(ctx context.Context, n int, rnd *rand.Rand) (latencyRun, error) {
	if err := wait(ctx, 2*time.Second); err != nil {
		return latencyRun{}, err
	}
	if err := r.line.ResetStats("line"); err != nil {
		return latencyRun{}, err
	}
	var mu sync.Mutex
	var trips []trip
	var errs []error
	free := rnd.Perm(len(r.plan.buses[0].devices))
	slots := make(chan struct{}, inFlight)
	var wg sync.WaitGroup
	for range n {
		slots <- struct{}{}
		// A random moment of the cycle, whatever the trip before has left behind.
		if err := wait(ctx, time.Duration(rnd.Int64N(int64(450*time.Millisecond)))); err != nil {
			break
		}
		mu.Lock()
		at := rnd.IntN(len(free) - inFlight)
		dev := r.plan.buses[0].devices[free[at]]
		free = append(free[:at], append(free[at+1:], free[at])...) // those in use stand last
		mu.Unlock()
		wg.Go(func() {
			t, err := r.trip(ctx, dev, false)
			mu.Lock()
			trips, errs = append(trips, t), append(errs, err)
			mu.Unlock()
			<-slots
		})
	}
	wg.Wait()
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return latencyRun{}, err
	}
	return r.join(trips)
}

// join looks the trips up in the line's log.
func (r *rig) join(trips []trip) (out latencyRun, err error) {
	stats, err := r.stats()
	if err != nil {
		return out, err
	}
	log, err := r.events()
	if err != nil {
		return out, err
	}
	out.cycle = stats.Cycle
	for _, t := range trips {
		e, ok := log[t.event]
		if t.heard == 0 || !ok || e.Delivered == 0 {
			out.lost++
			continue
		}
		out.ways = append(out.ways, ms(time.Duration(t.heard-e.Set)))
	}
	_, _, _, out.gaps = r.ear.lane(message.LaneAlarm)
	return out, nil
}

// events is the line's log by number.
func (r *rig) events() (map[uint64]sim.Event, error) {
	list, err := r.line.Events(r.plan.buses[0].name, 0)
	if err != nil {
		return nil, err
	}
	m := make(map[uint64]sim.Event, len(list))
	for _, e := range list {
		m[e.ID] = e
	}
	return m, nil
}

// tripWithin is how long any step of a trip may take before it counts as lost.
const tripWithin = time.Minute

// trip raises an alarm, waits until the subscriber has it (and, with confirmed, its
// confirmation), and brings the detector back to normal, reset included. An alarm that
// never arrives is a trip with heard 0.
func (r *rig) trip(ctx context.Context, d device, confirmed bool) (trip, error) {
	t, err := r.raise(ctx, d, confirmed)
	if err != nil || t.heard == 0 {
		return t, err
	}
	return t, r.calm(ctx, d)
}

func (r *rig) raise(ctx context.Context, d device, confirmed bool) (t trip, err error) {
	line := r.plan.buses[0].name
	name := d.name(line)
	from := r.ear.mark()
	if t.event, _, err = r.line.SetMeaning(line, d.unit, "smoke", contract.Fire); err != nil {
		return t, err
	}
	short, cancel := context.WithTimeout(ctx, tripWithin)
	defer cancel()
	h, next, err := r.ear.await(short, from, func(h *heard) bool { return h.is(name, message.KindRaised) })
	if err != nil {
		if ctx.Err() == nil && short.Err() != nil {
			return t, nil
		}
		return t, err
	}
	t.heard = h.at
	if confirmed {
		_, _, err = r.ear.await(short, next, func(h *heard) bool { return h.is(name, message.KindConfirmed) })
	}
	return t, err
}

func (h *heard) is(device string, kind message.Kind) bool {
	return h.device == device && h.class == string(message.ClassFire) && h.kind == string(kind)
}

// calm clears the register, waits for the subscriber to have that, and resets the latch.
func (r *rig) calm(ctx context.Context, d device) error {
	line := r.plan.buses[0].name
	name := d.name(line)
	from := r.ear.mark()
	if _, _, err := r.line.SetMeaning(line, d.unit, "smoke", contract.Normal); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, tripWithin)
	defer cancel()
	if _, _, err := r.ear.await(ctx, from, func(h *heard) bool { return h.is(name, message.KindCleared) }); err != nil {
		return fmt.Errorf("wait until %s has cleared: %w", name, err)
	}
	for {
		res, err := r.ear.reset(ctx, name)
		if err != nil {
			return err
		}
		if res.OK {
			return nil
		}
		// An event came in between: the subscriber has it by the next attempt.
		if err := wait(ctx, 20*time.Millisecond); err != nil {
			return fmt.Errorf("reset %s: %s: %w", name, res.Text, err)
		}
	}
}
