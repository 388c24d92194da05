package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"firepost/gateway/e2e/glass"
	"firepost/kiosk/programme"
)

// gapBench looks at every frame whether a decoded picture covers the screen while items of all
// kinds follow each other.
func gapBench(ctx context.Context, s *settings) ([]row, error) {
	n, each := pick(s, 300, 12), pick(s, 1200*time.Millisecond, 700*time.Millisecond)
	d, err := openDesk(ctx, s, "gap", 1920, 1080)
	if err != nil {
		return nil, err
	}
	defer d.close()
	seen, err := d.soak(ctx, n, each)
	if err != nil {
		return nil, err
	}
	return []row{
		newRow(fmt.Sprintf("longest time in which nothing covered the screen, over %d changes of posters, pages, texts and films (WebM, MP4), cut and faded", n),
			"≤ 100 ms", "ms", 1, []float64{seen.Longest}, atMost(100)).
			with("%d of %d frames, looked at one by one; items that failed: %d; %s", seen.Bare, seen.Frames, d.failed, panel),
	}, nil
}

// soak plays until n items have ended, and watches.
func (d *desk) soak(ctx context.Context, n int, each time.Duration) (seen glass.Seen, err error) {
	items, err := d.items(ctx)
	if err != nil {
		return seen, err
	}
	err = d.within(ctx, func(p *glass.Page) error {
		if err := p.Watch(ctx); err != nil {
			return err
		}
		d.list(items, each)
		if err := p.Until(ctx, glass.Covered); err != nil {
			return err
		}
		if err := d.played(ctx, n); err != nil {
			return err
		}
		seen, err = p.Seen(ctx)
		return err
	})
	return seen, err
}

// heapSamples is how often the page's memory is measured after the warm-up.
const heapSamples = 15

// heapBench is how much more memory the page's scripts hold after many items, garbage collected.
func heapBench(ctx context.Context, s *settings) ([]row, error) {
	n, each := pick(s, 10_000, 60), pick(s, 60*time.Millisecond, 100*time.Millisecond)
	if s.hour {
		n *= 4 // some forty minutes and more
	}
	d, err := openDesk(ctx, s, "heap", 640, 360)
	if err != nil {
		return nil, err
	}
	defer d.close()
	items, err := d.items(ctx)
	if err != nil {
		return nil, err
	}
	var heaps []float64
	warm := n / 10
	for i := range heapSamples + 1 {
		d.list(items, each)
		if err := d.played(ctx, warm+n*i/heapSamples); err != nil {
			return nil, err
		}
		h, err := d.heap(ctx)
		if err != nil {
			return nil, err
		}
		heaps = append(heaps, h)
		s.say("heap: %d items, %.0f bytes", warm+n*i/heapSamples, h)
	}
	first, last := median(heaps[:3]), median(heaps[len(heaps)-3:])
	if d.failed > 0 {
		s.say("heap: %d items failed, the last was %s", d.failed, d.why)
	}
	return []row{
		newRow(fmt.Sprintf("growth of the page's heap over %d items of all kinds, after a forced collection", n), "≤ 1 %", "%", 2,
			[]float64{100 * (last/first - 1)}, atMost(1)).
			with("%.2f MB; %d samples from %.2f to %.2f MB, each while the same text stands, medians of three at both ends; items that failed: %d",
				last/1e6, len(heaps), slices.Min(heaps)/1e6, slices.Max(heaps)/1e6, d.failed),
	}, nil
}

// heap is what the page's scripts hold while nothing but one text is shown: what is under way at
// a moment would be more than what is looked for. Nobody looks into the page between two samples.
func (d *desk) heap(ctx context.Context) (bytes float64, err error) {
	d.list([]programme.Item{{ID: "rest", Kind: programme.Text, ZH: "静"}}, time.Hour)
	err = d.within(ctx, func(p *glass.Page) error {
		const alone = `document.querySelectorAll('#main .item').length === 1 && document.querySelector('#main .front')?.dataset.item === 'rest-0'`
		if err := p.Until(ctx, alone); err != nil {
			return err
		}
		// Films and pages are let go of by and by.
		if err := wait(ctx, 2*time.Second); err != nil {
			return err
		}
		bytes, err = p.Heap(ctx)
		return err
	})
	return bytes, err
}
