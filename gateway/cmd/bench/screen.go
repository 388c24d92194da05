package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/glass"
	"firepost/gateway/e2e/platform"
)

// screenText is a booth's television, with the programme that ships.
const screenText = `screens:
  listen: %q
  dir: %s
  starter: %s
  televisions:
    - {name: tv, width: 1920, height: 1080, connector: HDMI-A-1}
`

// panel is what the measured screen is.
const panel = "1920×1080, headless Chromium without a graphics card"

// screenRig is a booth with a television on which a real browser shows the daemon's page.
type screenRig struct {
	*rig
	glass *glass.Glass
	page  *glass.Page
	told  *told
}

// told is what the subscriber has heard of the screens.
type told struct {
	mu      sync.Mutex
	changed chan struct{}
	events  []message.Event
}

func (t *told) note(payload []byte) {
	var ev message.Event
	if json.Unmarshal(payload, &ev) != nil || ev.Kind != message.KindPainted && ev.Kind != message.KindTakeover {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, ev)
	close(t.changed)
	t.changed = make(chan struct{})
}

// mark is the index after the newest event.
func (t *told) mark() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.events)
}

// await waits for an event from index from on.
func (t *told) await(ctx context.Context, from int, match func(ev *message.Event) bool) (message.Event, error) {
	for {
		t.mu.Lock()
		for ; from < len(t.events); from++ {
			if match(&t.events[from]) {
				defer t.mu.Unlock()
				return t.events[from], nil
			}
		}
		ch := t.changed
		t.mu.Unlock()
		select {
		case <-ctx.Done():
			return message.Event{}, ctx.Err()
		case <-ch:
		}
	}
}

// starterDir is the programme that ships, in this source.
func starterDir() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return "", errors.New("this source is not known")
	}
	dir, err := filepath.Abs(filepath.Join(filepath.Dir(file), "../../../kiosk/starter"))
	if err == nil {
		_, err = os.Stat(dir)
	}
	if err == nil {
		return dir, nil
	}
	// Built with -trimpath: from the folder in which it is run.
	if dir, err = filepath.Abs("kiosk/starter"); err == nil {
		_, err = os.Stat(dir)
	}
	if err != nil {
		return "", fmt.Errorf("find the starter programme: run this in the source's folder: %w", err)
	}
	return dir, nil
}

// newScreenRig prepares a booth with a television and starts its screen; the daemon is not
// started yet.
func newScreenRig(ctx context.Context, s *settings, name string, p plan, seed uint64) (*screenRig, error) {
	starter, err := starterDir()
	if err != nil {
		return nil, err
	}
	address := glass.Address()
	r := &screenRig{told: &told{changed: make(chan struct{})}}
	p.extra = fmt.Sprintf(screenText, address, filepath.Join(s.dir, name, "screens"), starter)
	if p.ear != nil {
		p.ear.note = r.told.note
	}
	if r.rig, err = newRig(ctx, s, name, p, seed); err != nil {
		return nil, err
	}
	r.glass, err = glass.Start(glass.Options{Firepost: s.binary, Daemon: "http://" + address, Name: "tv", Dir: filepath.Join(r.dir, "glass")})
	if err == nil {
		err = r.look(ctx)
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// screenWithin bounds what a browser takes to come up.
const screenWithin = time.Minute

// look begins to watch the browser's page, frame by frame.
func (r *screenRig) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, screenWithin)
	defer cancel()
	var err error
	if r.page, err = r.glass.Page(ctx); err != nil {
		return err
	}
	return r.page.Watch(ctx)
}

// openScreenRig is newScreenRig with the daemon started and its programme on the glass.
func openScreenRig(ctx context.Context, s *settings, name string, p plan, seed uint64) (*screenRig, error) {
	r, err := newScreenRig(ctx, s, name, p, seed)
	if err != nil {
		return nil, err
	}
	if err = r.start(); err == nil {
		err = r.watch()
	}
	if err == nil {
		err = r.programme(ctx)
	}
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, r.glass.Log())
		r.close()
		return nil, err
	}
	return r, nil
}

// programme waits for the programme, and no takeover, on the glass.
func (r *screenRig) programme(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, screenWithin)
	defer cancel()
	return r.page.Until(ctx, glass.Covered+` && !(`+glass.Taken+`)`)
}

func (r *screenRig) close() {
	if r.page != nil {
		r.page.Close()
	}
	if r.glass != nil {
		if err := r.glass.Stop(); err != nil {
			r.s.say("%v", err)
		}
	}
	r.rig.close()
}

// takeover is one alarm's way to the glass, in milliseconds.
type takeover struct {
	// daemon is from the alarm's event to that of its painting, by the daemon's clock; order
	// from the order to the page to its word that it is done.
	daemon, order float64
	// wire is from the last byte of the frame that told of the alarm, register from the
	// detector's register, each until the takeover was found on the glass.
	wire, register float64
}

// clockShift is what must be added to a time since 1970 to get CLOCK_MONOTONIC, in ns.
func clockShift() int64 { return platform.Now() - time.Now().UnixNano() }

// take raises an alarm, waits until it is painted, and brings everything back to the programme.
func (r *screenRig) take(ctx context.Context, d device) (takeover, error) {
	var t takeover
	if err := r.programme(ctx); err != nil {
		return t, err
	}
	if err := r.page.Eval(ctx, `window.glass.taken = 0`, nil); err != nil {
		return t, err
	}
	from, shift := r.told.mark(), clockShift()
	tr, err := r.raise(ctx, d, false)
	if err == nil && tr.heard == 0 {
		err = errors.New("the alarm was lost")
	}
	if err != nil {
		return t, err
	}
	raised, err := r.raisedAt(d)
	if err != nil {
		return t, err
	}
	ctx, cancel := context.WithTimeout(ctx, tripWithin)
	defer cancel()
	p, err := r.told.await(ctx, from, func(ev *message.Event) bool { return ev.Kind == message.KindPainted })
	if err != nil {
		return t, fmt.Errorf("wait until %s is painted: %w", d.name(r.plan.buses[0].name), err)
	}
	var detail struct {
		AfterMS float64 `json:"after_ms"`
	}
	if err := json.Unmarshal(p.Detail, &detail); err != nil {
		return t, err
	}
	seen, err := r.page.Seen(ctx)
	if err != nil {
		return t, err
	}
	log, err := r.events()
	if err != nil {
		return t, err
	}
	e, ok := log[tr.event]
	if !ok || seen.Taken == 0 {
		return t, fmt.Errorf("the takeover was painted, and nobody saw it: %+v", seen)
	}
	at := glass.Moment(seen.Taken).UnixNano() + shift
	t = takeover{
		daemon: float64(p.MonoMS - raised), order: detail.AfterMS,
		wire: ms(time.Duration(at - e.Delivered)), register: ms(time.Duration(at - e.Set)),
	}
	if err := r.calm(ctx, d); err != nil {
		return t, err
	}
	_, err = r.told.await(ctx, from, func(ev *message.Event) bool { return ev.Kind == message.KindTakeover && ev.Cause == "ended" })
	if err != nil {
		return t, fmt.Errorf("wait for the end of the takeover: %w", err)
	}
	return t, nil
}

// raisedAt is when the daemon learned of the newest alarm of a device, in its milliseconds.
func (r *screenRig) raisedAt(d device) (int64, error) {
	name := d.name(r.plan.buses[0].name)
	for i := r.ear.mark() - 1; i >= 0; i-- {
		h := r.ear.all(i)[0]
		if h.is(name, message.KindRaised) {
			return h.mono, nil
		}
	}
	return 0, fmt.Errorf("no alarm of %s was heard", name)
}
