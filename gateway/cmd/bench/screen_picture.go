package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"firepost/gateway/e2e/glass"
)

// picture is one start of the daemon before a browser that is up already, in milliseconds.
type picture struct{ state, item float64 }

// pictureBench is how soon a booth that starts with empty folders shows something. The browser
// has its black starting page; there is no uplink, and nothing is spoken to but this machine.
func pictureBench(ctx context.Context, s *settings) ([]row, error) {
	list, err := runs(ctx, s, "picture", 1, func(ctx context.Context, id string, i int) (picture, error) {
		p := plan{buses: []bus{standardBus()}, offline: true}
		r, err := newScreenRig(ctx, s, id, p, uint64(i))
		if err != nil {
			return picture{}, err
		}
		defer r.close()
		// The runner asks for the page ever more seldom: the moment between two questions is
		// drawn by lot.
		rnd := rand.New(rand.NewPCG(uint64(i), 0x91c))
		if err := wait(ctx, 5*time.Second+time.Duration(rnd.Int64N(int64(time.Second)))); err != nil {
			return picture{}, err
		}
		began := time.Now()
		if err := r.start(); err != nil {
			return picture{}, err
		}
		return r.first(ctx, began)
	})
	if err != nil {
		return nil, err
	}
	what := "start of the daemon → first picture of the programme on the glass, fresh folders, no uplink, browser waiting with its black page"
	return []row{
		newRow(what, "≤ 3 s", "ms", 0, column(list, func(p *picture) float64 { return p.item }), nil).worst(atMost(3000)).with("worst run; %s", panel),
		newRow("— the page's first state from the daemon", "–", "ms", 0, column(list, func(p *picture) float64 { return p.state }), nil).worst(nil),
	}, nil
}

// first waits for the first item and returns how long after the start it was seen.
func (r *screenRig) first(ctx context.Context, began time.Time) (picture, error) {
	ctx, cancel := context.WithTimeout(ctx, screenWithin)
	defer cancel()
	if err := r.page.Until(ctx, `(window.glass?.item ?? 0) > 0`); err != nil {
		return picture{}, err
	}
	s, err := r.page.Seen(ctx)
	if err == nil && s.State == 0 {
		err = errors.New("an item is shown that nobody spoke of")
	}
	return picture{ms(glass.Moment(s.State).Sub(began)), ms(glass.Moment(s.Item).Sub(began))}, err
}

// stageMemory is what the daemon holds with a screen before a real browser besides everything
// of the memory measurement.
func stageMemory(ctx context.Context, s *settings) ([]row, error) {
	after := pick(s, 3*time.Minute, 3*time.Second)
	buses := memoryBuses()
	r, err := openScreenRig(ctx, s, "stage", usual(buses...), 1)
	if err != nil {
		return nil, err
	}
	defer r.close()
	var highest float64
	last := pick(s, time.Minute, time.Second)
	err = wait(ctx, after-last)
	for t := time.Duration(0); t < last && err == nil; t += time.Second {
		var rss float64
		rss, err = memoryOf(r.daemon.Pid(), "VmRSS")
		highest = max(highest, rss)
		if err == nil {
			err = wait(ctx, time.Second)
		}
	}
	if err != nil {
		return nil, err
	}
	peak, err := memoryOf(r.daemon.Pid(), "VmHWM")
	if err != nil {
		return nil, err
	}
	return []row{
		newRow(fmt.Sprintf("memory after %v of %d points and a screen whose page is connected: resident size, highest of the last minute", after, points(buses)),
			"–", "MB", 1, []float64{highest}, nil).with("peak %.1f MB", peak),
	}, nil
}
