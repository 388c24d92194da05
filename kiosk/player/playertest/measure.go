package playertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/memory"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"firepost/kiosk/player"
	"firepost/kiosk/programme"
	"firepost/kiosk/takeover"
)

// Latencies are how long takeovers took from Hub.Set to the beat that says that they are painted.
type Latencies []time.Duration

// Percentile is the time that p of 1 of all takeovers did not exceed.
func (l Latencies) Percentile(p float64) time.Duration {
	if len(l) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(l))
	return s[min(len(s)-1, int(p*float64(len(s))))]
}

// Latency shows and ends n takeovers of every kind above whatever plays, and measures each.
func (r *Rig) Latency(ctx context.Context, n int, zones map[programme.Zone][]programme.Slot) (Latencies, error) {
	var all Latencies
	for i := range n {
		scene := Scene(takeover.Real, []takeover.Stage{takeover.Verifying, takeover.Evacuate}[i%2], 1+i%8, i%3 == 0)
		scene.ID = fmt.Sprintf("latency-%d", i)
		var began time.Time
		_, err := r.Await(ctx, func() {
			began = time.Now()
			r.Set(State(scene, zones))
		}, func(b player.Beat) bool {
			for _, p := range b.Painted {
				if p.ID == scene.ID {
					all = append(all, time.Since(began))
					return true
				}
			}
			return false
		})
		if err != nil {
			return all, fmt.Errorf("takeover %d: %w", i, err)
		}
		if _, err := r.Await(ctx, func() { r.Set(State(nil, zones)) }, func(b player.Beat) bool { return b.Takeover == "" }); err != nil {
			return all, fmt.Errorf("end of takeover %d: %w", i, err)
		}
	}
	return all, nil
}

// Memory is the page's script memory after a forced collection.
type Memory struct {
	// Items is how many items had ended by then. Heap is the scripts' and Embedder the
	// document's, in bytes.
	Items          int
	Heap, Embedder float64
	// Documents, Nodes and Listeners count what the page and its frames hold.
	Documents, Nodes, Listeners int64
}

// Soaked is the outcome of a fast-forwarded playlist.
type Soaked struct {
	// Samples are taken at even distances, the first after a warm-up.
	Samples []Memory
	// Items ended and failed in all.
	Ended, Failed int
	// Frames were looked at; Bare of them showed no decoded item; Longest is the longest row of
	// those in time.
	Frames, Bare int
	Longest      time.Duration
}

// Growth is how much larger the heap is at the end than at the first sample, as a share of it.
// Both ends are the median of three.
func (s Soaked) Growth() float64 {
	if len(s.Samples) < 6 {
		return 0
	}
	mid := func(m []Memory) float64 {
		h := []float64{m[0].Heap, m[1].Heap, m[2].Heap}
		slices.Sort(h)
		return h[1]
	}
	first, last := mid(s.Samples[:3]), mid(s.Samples[len(s.Samples)-3:])
	return last/first - 1
}

// sampler looks at every frame whether a decoded picture covers the main zone.
const sampler = `(() => {
  const s = window.covered = {frames: 0, bare: 0, longest: 0};
  let since = 0;
  const covers = e => {
    if (!e) return false;
    const css = getComputedStyle(e), zone = document.getElementById('main').getBoundingClientRect(), r = e.getBoundingClientRect();
    if (css.visibility !== 'visible' || css.opacity !== '1' || r.width < zone.width - 1 || r.height < zone.height - 1) return false;
    const v = e.querySelector('video'), i = e.querySelector('img');
    if (v) return v.readyState >= 2 && v.videoWidth > 0;
    if (i) return i.complete && i.naturalWidth > 0;
    return e.childElementCount > 0;
  };
  const look = now => {
    s.frames++;
    if ([...document.querySelectorAll('#main .front, #main .leaving')].some(covers)) since = 0;
    else {
      s.bare++;
      since = since || now;
      s.longest = Math.max(s.longest, now - since);
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`

// WatchCover begins to look, at every frame, whether a decoded item covers the main zone; it
// should be called while one does.
func (r *Rig) WatchCover() error {
	_, err := Ask[any](r, sampler)
	return err
}

// Cover is how many frames were looked at since WatchCover, how many of them were bare, and for
// how long at most in a row.
func (r *Rig) Cover() (frames, bare int, longest time.Duration, err error) {
	m, err := Ask[map[string]float64](r, `window.covered`)
	return int(m["frames"]), int(m["bare"]), time.Duration(m["longest"] * float64(time.Millisecond)), err
}

// Memory collects garbage and measures what is left.
func (r *Rig) Memory() (Memory, error) {
	return chromedp.Run(r.page, chromedp.Action[Memory](func(ctx context.Context, t *chromedp.Target) (Memory, error) {
		var m Memory
		for range 2 {
			if _, err := cdp.Call(ctx, t, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
				return m, err
			}
		}
		use, err := cdp.Call(ctx, t, runtime.GetHeapUsage, cdp.Empty{})
		if err != nil {
			return m, err
		}
		m.Heap, m.Embedder = use.UsedSize, use.EmbedderHeapUsedSize
		held, err := cdp.Call(ctx, t, memory.GetDOMCounters, cdp.Empty{})
		if err != nil {
			return m, err
		}
		m.Documents, m.Nodes, m.Listeners = held.Documents, held.Nodes, held.JsEventListeners
		return m, nil
	}))
}

// Soak plays short slots of these items, each shown for every, until n have ended, and samples
// the memory twelve times after a warm-up of a tenth.
func (r *Rig) Soak(ctx context.Context, n int, every time.Duration, items ...programme.Item) (Soaked, error) {
	var out Soaked
	if len(items) < 2 {
		return out, errors.New("soak: give at least two items")
	}
	list := make([]programme.Item, 0, 24)
	for len(list)+len(items) <= 24 || len(list) == 0 {
		list = append(list, items...)
	}
	for i := range list {
		list[i].For = every
		list[i].ID = fmt.Sprintf("%s-%d", list[i].ID, i)
	}
	zones := map[programme.Zone][]programme.Slot{programme.Main: Slots(r.Now().Mono, list...)}
	version := 0
	// A new version of the programme forgives items that were too slow for their short slots.
	play := func() {
		version++
		st := State(nil, zones)
		st.Showing.Programme = fmt.Sprintf("soak %d", version)
		r.Set(st)
	}
	if _, err := r.Await(ctx, play, func(b player.Beat) bool { return b.Item != "" }); err != nil {
		return out, err
	}
	if err := r.WatchCover(); err != nil {
		return out, err
	}
	ended, failed := 0, 0
	count := func(upTo int) func(player.Beat) bool {
		return func(b player.Beat) bool {
			for _, p := range b.Played {
				if p.How == player.Failed {
					failed++
				}
				ended++
			}
			return ended >= upTo
		}
	}
	for i := range 13 {
		if err := r.persist(ctx, play, count(n/10+(n-n/10)*i/12)); err != nil {
			return out, err
		}
		m, err := r.Memory()
		if err != nil {
			return out, err
		}
		m.Items = ended
		out.Samples = append(out.Samples, m)
	}
	out.Ended, out.Failed = ended, failed
	var err error
	out.Frames, out.Bare, out.Longest, err = r.Cover()
	return out, err
}

// persist waits for want, and does again what it waits for every half minute.
func (r *Rig) persist(ctx context.Context, do func(), want func(player.Beat) bool) error {
	for {
		once, cancel := context.WithTimeout(ctx, 30*time.Second)
		_, err := r.Await(once, do, want)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}
