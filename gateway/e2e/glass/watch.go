package glass

import (
	"context"
	"time"
)

// Taken is an expression that is true while a takeover stands on the glass: visible, on top,
// and with a title.
const Taken = `(() => {
  const a = document.getElementById('alarm');
  if (!a || document.visibilityState !== 'visible') return false;
  const css = getComputedStyle(a), r = a.getBoundingClientRect();
  return css.visibility === 'visible' && css.opacity === '1' && r.width >= innerWidth && r.height >= innerHeight &&
    a.contains(document.elementFromPoint(innerWidth / 2, innerHeight / 2)) && a.querySelector('.title').textContent.length > 1;
})()`

// Covered is an expression that is true while a decoded item of the programme covers the main
// zone.
const Covered = `(() => {
  const zone = document.getElementById('main')?.getBoundingClientRect();
  return !!zone && [...document.querySelectorAll('#main .front, #main .leaving')].some((e) => {
    const css = getComputedStyle(e), r = e.getBoundingClientRect();
    if (css.visibility !== 'visible' || css.opacity !== '1' || r.width < zone.width - 1 || r.height < zone.height - 1) return false;
    const v = e.querySelector('video'), i = e.querySelector('img');
    if (v) return v.readyState >= 2 && v.videoWidth > 0;
    if (i) return i.complete && i.naturalWidth > 0;
    return e.childElementCount > 0;
  });
})()`

// watcher looks at every frame. Times are milliseconds since 1970 by the browser's own steady
// clock. A takeover or an item counts from the frame after the one in which it was found there.
const watcher = `(() => {
  if (self !== top || window.glass || location.protocol !== 'http:') return;
  const g = window.glass = {frames: 0, sockets: 0, told: '', state: 0, item: 0, taken: 0, lost: 0, bare: 0, longest: 0};
  const now = (t = performance.now()) => performance.timeOrigin + t;
  const Socket = WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...a) {
      super(...a);
      let first = true;
      this.addEventListener('message', (e) => {
        const d = JSON.parse(e.data);
        if (!d.state) return;
        g.state = g.state || now();
        g.told = d.state.takeover?.id ?? '';
        if (first) g.sockets++;
        first = false;
      });
    }
  };
  let had = false, stood = false, shown = false, since = 0, covered = false;
  const look = (t) => {
    g.frames++;
    const takenNow = ` + Taken + `, coveredNow = takenNow || ` + Covered + `;
    if (takenNow) { if (stood) g.taken = g.taken || now(); had = true; } else if (had) g.lost++;
    if (coveredNow && !takenNow && shown) g.item = g.item || now();
    stood = takenNow;
    shown = coveredNow && !takenNow;
    covered = covered || coveredNow;
    if (coveredNow) since = 0;
    else if (covered) { g.bare++; since = since || t; g.longest = Math.max(g.longest, t - since); }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`

// Watch looks at every frame from now on, also in pages that are loaded later.
func (p *Page) Watch(ctx context.Context) error { return p.Inject(ctx, watcher) }

// Seen is what Watch has seen in the present document.
type Seen struct {
	Frames int `json:"frames"`
	// Sockets counts connections through which a state came, Told is the takeover in the newest
	// state: empty for none.
	Sockets int    `json:"sockets"`
	Told    string `json:"told"`
	// State is when the first state came, Item when an item first covered the
	// main zone, Taken when a takeover first stood: milliseconds since 1970, 0: not yet.
	State float64 `json:"state"`
	Item  float64 `json:"item"`
	Taken float64 `json:"taken"`
	// Lost counts frames without a takeover after one with it; Bare frames in which neither an
	// item nor a takeover covered the screen, after one in which it was covered. Longest is the
	// longest row of those in milliseconds.
	Lost    int     `json:"lost"`
	Bare    int     `json:"bare"`
	Longest float64 `json:"longest"`
}

// Seen returns what Watch has seen so far.
func (p *Page) Seen(ctx context.Context) (Seen, error) {
	var s Seen
	err := p.Eval(ctx, `window.glass`, &s)
	return s, err
}

// Moment is one of Seen's times.
func Moment(ms float64) time.Time { return time.UnixMicro(int64(ms * 1000)) }
