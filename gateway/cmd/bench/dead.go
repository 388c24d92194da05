package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"firepost/drivers/sim"
	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/platform"
)

// dead1 is what one silent device costs the other fifteen.
func dead1(ctx context.Context, s *settings) ([]row, error) {
	b := standardBus()
	b.devices[6].faults = sim.Faults{Dead: true}
	return broken(ctx, s, "dead1", b, 0.93, "one of the 16 dead")
}

// bitErrors is the chance of each bit of a noisy device's replies to be wrong: about three
// replies in ten are spoiled.
const bitErrors = 0.005

// dead3 is what three silent devices and a noisy one cost the others.
func dead3(ctx context.Context, s *settings) ([]row, error) {
	b := standardBus()
	for _, i := range []int{2, 6, 10} {
		b.devices[i].faults = sim.Faults{Dead: true}
	}
	b.devices[13].faults = sim.Faults{BitErrors: bitErrors}
	return broken(ctx, s, "dead3", b, 0.80, "three of 16 dead and one with bit errors")
}

// brokenRun is one run with broken devices.
type brokenRun struct {
	good  float64       // replies/s in the window
	gap   time.Duration // longest of a healthy device, the wait for the first read included
	first time.Duration // longest wait of a healthy device for its first good read
	later time.Duration // longest gap between two good reads of a healthy device
	again time.Duration // first, for a daemon that takes over a line in use
	wrong int           // values that were no device's own, as the subscriber saw it
	bad   uint64        // spoiled replies
	lanes int           // breaks in a lane
}

func broken(ctx context.Context, s *settings, name string, b bus, share float64, what string) ([]row, error) {
	// The good replies count from 60 s on; the gaps from the first poll on.
	settle, window := pick(s, 60*time.Second, 2*time.Second), pick(s, 30*time.Second, 2*time.Second)
	b.log = 1 << 14 // all that 90 s can hold
	list, err := runs(ctx, s, name, deadAtOnce, func(ctx context.Context, id string, i int) (brokenRun, error) {
		r, err := newRig(ctx, s, id, usual(b), uint64(i))
		if err != nil {
			return brokenRun{}, err
		}
		defer r.close()
		// As after a boot: nobody has written to the port for late_reply, as far as the
		// coarse time of its node can show.
		if err := errors.Join(wait(ctx, pick(s, 11*time.Second, 0)), r.start(), r.watch()); err != nil {
			return brokenRun{}, err
		}
		return r.broken(ctx, settle, window)
	})
	if err != nil {
		return nil, err
	}
	rows := []row{
		newRow(fmt.Sprintf("same, %s: good replies/s from %.0f s on", what, settle.Seconds()), fmt.Sprintf("≥ %.0f %% of %.1f/s", share*100, limit()), "/s", 2,
			column(list, func(r *brokenRun) float64 { return r.good }), atLeast(share*limit())),
		newRow("— longest gap between good reads of any healthy detector from the first poll on, worst run", "≤ 1 s", "s", 3,
			column(list, func(r *brokenRun) float64 { return r.gap.Seconds() }), nil).worst(atMost(1)).
			with("first good read after %.2f s at most, then never more than %.2f s between two",
				slices.Max(column(list, func(r *brokenRun) float64 { return r.first.Seconds() })),
				slices.Max(column(list, func(r *brokenRun) float64 { return r.later.Seconds() }))),
		newRow("— first good read of every healthy detector after a kill and an immediate start, worst run", "–", "s", 3,
			column(list, func(r *brokenRun) float64 { return r.again.Seconds() }), nil).worst(nil),
	}
	rows[0] = rows[0].with("%.1f %%; %d runs at a time", rows[0].Value/limit()*100, min(deadAtOnce, s.runs))
	var spoiled uint64
	for i := range list {
		spoiled += list[i].bad
	}
	if noisy := spoiled > 0 || name == "dead3"; noisy {
		rows = append(rows, newRow("— wrong values that the subscriber saw, all runs", "0", "", 0,
			column(list, func(r *brokenRun) float64 { return float64(r.wrong) }), nil).worst(atMost(0)).
			with("%d spoiled replies", spoiled))
	}
	return rows, nil
}

// deadAtOnce runs disturb each other a little, which only makes their figures worse, and
// save minutes.
const deadAtOnce = 5

func (r *rig) broken(ctx context.Context, settle, window time.Duration) (brokenRun, error) {
	var out brokenRun
	if err := wait(ctx, settle); err != nil {
		return out, err
	}
	before, err := r.stats()
	if err == nil {
		err = r.line.ResetStats("line")
	}
	if err == nil {
		err = wait(ctx, window)
	}
	if err != nil {
		return out, err
	}
	after, err := r.stats()
	if err != nil {
		return out, err
	}
	out.good = after.GoodPerSecond
	for _, stats := range []sim.LineStats{before, after} {
		for _, slave := range stats.Slaves {
			out.bad += slave.Bad
		}
	}
	log, err := r.line.Transactions("line")
	if err != nil {
		return out, err
	}
	if len(log) == r.plan.buses[0].log {
		return out, errors.New("the first requests have been forgotten")
	}
	out.first, out.later = gaps(log, after.Until, r.plan.buses[0].healthy())
	out.gap = max(out.first, out.later)
	// No register was ever set to fire, so every fire is a wrong value.
	for _, h := range r.ear.all(0) {
		if h.class == string(message.ClassFire) {
			out.wrong++
		}
	}
	_, _, _, out.lanes = r.ear.lane(message.LaneAlarm)
	out.again, err = r.takeover(ctx)
	return out, err
}

// takeover kills the daemon, starts it at once, and says how long the healthy devices waited
// for their first good reply from the new one's first request on.
func (r *rig) takeover(ctx context.Context) (time.Duration, error) {
	r.daemon.Kill()
	killed := platform.Now()
	if err := errors.Join(r.start(), wait(ctx, pick(r.s, 10*time.Second, 2*time.Second))); err != nil {
		return 0, err
	}
	log, err := r.line.Transactions("line")
	if err != nil {
		return 0, err
	}
	log = slices.DeleteFunc(log, func(t sim.Transaction) bool { return t.Arrived < killed })
	first, _ := gaps(log, platform.Now(), r.plan.buses[0].healthy())
	return first, nil
}

// healthy are the units of devices without a fault.
func (b *bus) healthy() []uint8 {
	var units []uint8
	for _, d := range b.devices {
		if reflect.ValueOf(d.faults).IsZero() {
			units = append(units, d.unit)
		}
	}
	return units
}

// gaps finds, over the given units, the longest time from the first request on the line to
// a unit's first good reply, and the longest between two good replies of one unit or from
// its last one until now. What never answered has waited until now.
func gaps(log []sim.Transaction, now int64, units []uint8) (first, later time.Duration) {
	if len(log) == 0 {
		return 0, 0
	}
	for _, unit := range units {
		var last int64
		for _, t := range log {
			if t.Unit != unit || t.Outcome != "good" {
				continue
			}
			if last == 0 {
				first = max(first, time.Duration(t.Replied-log[0].Ended))
			} else {
				later = max(later, time.Duration(t.Replied-last))
			}
			last = t.Replied
		}
		if last == 0 {
			first = max(first, time.Duration(now-log[0].Ended))
		} else {
			later = max(later, time.Duration(now-last))
		}
	}
	return first, later
}
