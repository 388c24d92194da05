package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/platform"
)

// latencyBus is 16 detectors with slow points that use up the slow lane's share.
func latencyBus() bus {
	b := standardBus()
	b.devices, b.slowEvery, b.log = detectors(16, true), 5*time.Second, 1<<15
	return b
}

// slowRegisters is how many the slow read of such a detector has.
const slowRegisters = 3

// trip is one alarm on its way.
type trip struct {
	event uint64 // the line's number of the change
	unit  uint8
	heard int64 // when the subscriber had it, monotonic ns
	over  int64 // when the detector was back to normal and reset
}

// latencyRun is one run: trips joined with the line's log.
type latencyRun struct {
	ways  []float64 // ms from register set to subscriber
	reply []float64 // ms of these from the end of the request that read it to the end of the reply
	ours  []float64 // ms of these from the end of the reply to the subscriber
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
	var ways, reply, ours []float64
	lost := 0
	for i := range list {
		ways, reply, ours = append(ways, list[i].ways...), append(reply, list[i].reply...), append(ours, list[i].ours...)
		lost += list[i].lost + list[i].gaps
	}
	cycle := median(column(list, func(r *latencyRun) float64 { return ms(r.cycle) }))
	slow := ms(readTime(9600, slowRegisters, turnaround))
	row50 := newRow("alarm register set → subscriber has the event, 16 devices at 9600, one alarm register each, slow points taking their share, p50", "≤ ½ cycle + 15 ms", "ms", 1,
		column(list, func(r *latencyRun) float64 { return percentile(r.ways, 50) }), nil)
	row50.Value = percentile(ways, 50)
	row50.Met = judge(row50.Value <= cycle/2+15)
	row99 := newRow("— p99", "≤ cycle + 25 ms + longest slow transaction", "ms", 1,
		column(list, func(r *latencyRun) float64 { return percentile(r.ways, 99) }), nil)
	row99.Value = percentile(ways, 99)
	row99.Met = judge(row99.Value <= cycle+25+slow)
	return []row{
		row50.with("of %d trips; bar %.1f ms with a measured mean cycle of %.1f ms, confirming reads aside; %.1f ms are the reply's on the wire, %.1f ms the daemon's and the broker's",
			len(ways), cycle/2+15, cycle, percentile(reply, 50), percentile(ours, 50)),
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
	var mu sync.Mutex
	var trips []trip
	var errs []error
	busy := make(map[uint8]bool)
	slots := make(chan struct{}, inFlight)
	turns := newTurns(rnd, len(r.plan.buses[0].devices))
	var wg sync.WaitGroup
	for range n {
		slots <- struct{}{}
		d, err := r.target(ctx, rnd, turns.next(), func(unit uint8) bool {
			mu.Lock()
			defer mu.Unlock()
			was := busy[unit]
			busy[unit] = true
			return !was
		})
		if err != nil {
			errs = append(errs, err)
			break
		}
		wg.Go(func() {
			t, err := r.trip(ctx, d, false)
			mu.Lock()
			trips, errs = append(trips, t), append(errs, err)
			delete(busy, d.unit)
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

// turns are places in the sweep, every one as often as the others and in random order: so
// that a thousand alarms are spread over the cycle as evenly as ten thousand random ones.
type turns struct {
	rnd  *rand.Rand
	n    int
	left []int
}

func newTurns(rnd *rand.Rand, n int) *turns { return &turns{rnd: rnd, n: n} }

func (t *turns) next() int {
	if len(t.left) == 0 {
		t.left = t.rnd.Perm(t.n)
	}
	last := len(t.left) - 1
	v := t.left[last]
	t.left = t.left[:last]
	return v
}

// target waits for a random moment and returns the device that is then at this place in the
// sweep: the one whose read is longest ago stands first. One that take refuses is passed by
// for another moment.
func (r *rig) target(ctx context.Context, rnd *rand.Rand, place int, take func(unit uint8) bool) (device, error) {
	for {
		if err := wait(ctx, time.Duration(rnd.Int64N(int64(450*time.Millisecond)))); err != nil {
			return device{}, err
		}
		stats, err := r.stats()
		if err != nil {
			return device{}, err
		}
		slices.SortFunc(stats.Slaves, func(a, b sim.SlaveStats) int { return cmp.Compare(b.OpenGap, a.OpenGap) })
		unit := stats.Slaves[place].Unit
		if !take(unit) {
			continue
		}
		for _, d := range r.plan.buses[0].devices {
			if d.unit == unit {
				return d, nil
			}
		}
	}
}

// join looks the trips up in the line's log.
func (r *rig) join(trips []trip) (out latencyRun, err error) {
	reads, err := r.line.Transactions("line")
	if err != nil {
		return out, err
	}
	log, err := r.events()
	if err != nil {
		return out, err
	}
	out.cycle = calmCycle(reads, log, trips)
	for _, t := range trips {
		e, ok := log[t.event]
		if t.heard == 0 || !ok || e.Delivered == 0 {
			out.lost++
			continue
		}
		out.ways = append(out.ways, ms(time.Duration(t.heard-e.Set)))
		out.reply = append(out.reply, ms(time.Duration(e.Delivered-e.Sampled)))
		out.ours = append(out.ours, ms(time.Duration(t.heard-e.Delivered)))
	}
	_, _, _, out.gaps = r.ear.lane(message.LaneAlarm)
	return out, nil
}

// calmCycle is the mean time between two reads of a detector that is not in alarm: an alarm
// waits for the end of such a time. A detector in alarm has a confirming read besides.
func calmCycle(reads []sim.Transaction, log map[uint64]sim.Event, trips []trip) time.Duration {
	var last [256]int64
	var sum, n int64
	for _, t := range reads {
		if t.Address != smokeRegister {
			continue
		}
		from := last[t.Unit]
		last[t.Unit] = t.Ended
		if from == 0 || slices.ContainsFunc(trips, func(x trip) bool {
			return x.unit == t.Unit && log[x.event].Delivered <= t.Ended && from <= x.over
		}) {
			continue
		}
		sum, n = sum+t.Ended-from, n+1
	}
	if n == 0 {
		return 0
	}
	return time.Duration(sum / n)
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
	if err == nil && t.heard != 0 {
		err = r.calm(ctx, d)
	}
	t.over = platform.Now()
	return t, err
}

func (r *rig) raise(ctx context.Context, d device, confirmed bool) (t trip, err error) {
	line := r.plan.buses[0].name
	name := d.name(line)
	t.unit = d.unit
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
