package walktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/alarm"
)

// Booth is what a desk needs of the booth. The app satisfies it.
type Booth interface {
	// View is the booth now, Events its newest events, newest first.
	View() View
	Events() []message.Event
	// Command puts devices into test mode and ends it.
	Command(ctx context.Context, cmd message.Command) message.Result
	// About is what stands at the head of a report.
	About() About
}

// The pace of a desk with and without an open session, and how many may be open.
const (
	busyEvery   = 200 * time.Millisecond
	idleEvery   = 5 * time.Second
	maxSessions = 8
)

// Desk holds the walk tests of one booth. It is safe for concurrent use.
type Desk struct {
	booth   Booth
	open    Reports
	reports Reports
	log     *slog.Logger
	kick    chan struct{}

	mu       sync.Mutex
	sessions []*Session
	last     alarm.Ref
	watchers map[chan struct{}]struct{}
	// failed is why a session or report could not be written lately, by its id.
	failed map[string]string
}

// NewDesk returns the desk of a booth, with a folder for tests that go on and one for finished
// reports. It starts nothing. Run takes up the tests that lie there; those that were running
// are paused then, because the program was away.
func NewDesk(booth Booth, openDir, reportDir string, log *slog.Logger) *Desk {
	return &Desk{
		booth: booth, open: Reports{Dir: openDir}, reports: Reports{Dir: reportDir}, log: log,
		kick: make(chan struct{}, 1), watchers: make(map[chan struct{}]struct{}), failed: make(map[string]string),
	}
}

// Reports is the folder of finished reports.
func (d *Desk) Reports() *Reports { return &d.reports }

// load takes up the open sessions. One that can't be read is left where it is, and said.
func (d *Desk) load() {
	ids, err := d.open.ids()
	if err != nil {
		d.log.Error("open walk tests can't be read", "error", err)
		return
	}
	now := d.booth.View().Now
	for _, id := range ids {
		if slices.ContainsFunc(d.sessions, func(s *Session) bool { return s.ID == id }) {
			continue
		}
		var s Session
		if err := d.open.read(id, &s); err != nil || s.ID != id {
			d.log.Error("a walk test can't be taken up", "id", id, "error", err)
			continue
		}
		s.Interrupted(now)
		d.sessions = append(d.sessions, &s)
		d.save(&s)
	}
}

// Run follows the booth until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	d.mu.Lock()
	d.load()
	d.mu.Unlock()
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		case <-d.kick:
		}
		every := idleEvery
		if d.follow() {
			every = busyEvery
		}
		t.Reset(every)
	}
}

// follow takes in what has happened and reports whether sessions are open.
func (d *Desk) follow() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.feed()
	return len(d.sessions) > 0
}

// feed brings every session up to the present. The view comes before the events, so that
// what it shows is among them unless too many came at once. The caller holds the lock.
func (d *Desk) feed() View {
	v := d.booth.View()
	news := d.news()
	for _, s := range slices.Clone(d.sessions) {
		changed := false
		for i := range news {
			changed = s.Event(&news[i]) || changed
		}
		changed = s.Look(&v) || changed
		if changed {
			d.save(s)
			d.tell()
		}
		if s.Phase == Closed {
			d.close(s, v.Now)
		}
	}
	return v
}

// news are the events since the last call, oldest first.
func (d *Desk) news() []message.Event {
	all := d.booth.Events()
	var fresh []message.Event
	for i := range all {
		ref := alarm.Ref{Epoch: all[i].Epoch, Seq: all[i].Seq}
		if !d.last.Before(ref) {
			break
		}
		fresh = append(fresh, all[i])
	}
	if len(all) > 0 {
		if ref := (alarm.Ref{Epoch: all[0].Epoch, Seq: all[0].Seq}); d.last.Before(ref) {
			d.last = ref
		}
	}
	slices.Reverse(fresh)
	return fresh
}

// close makes the report of a closed session durable and only then forgets the session.
func (d *Desk) close(s *Session, now message.Stamp) {
	r, err := s.Report(d.booth.About(), now)
	if err == nil {
		err = d.reports.Save(r)
	}
	if errors.Is(err, errExist) {
		err = nil // it stands already, from before a restart
	}
	if err == nil {
		err = d.open.remove(s.ID)
	}
	d.failure(s.ID, err)
	if err != nil {
		return // the next look tries again
	}
	d.sessions = slices.DeleteFunc(d.sessions, func(x *Session) bool { return x == s })
	d.log.Info("walk test closed", "id", s.ID, "outcome", r.Outcome)
	d.tell()
}

func (d *Desk) save(s *Session) {
	d.failure(s.ID, d.open.write(s.ID, s))
}

func (d *Desk) failure(id string, err error) {
	if err == nil {
		delete(d.failed, id)
		return
	}
	if d.failed[id] != err.Error() {
		d.log.Error("a walk test can't be kept", "id", id, "error", err)
		d.failed[id] = err.Error()
		d.tell()
	}
}

// Watch returns a channel that says that something changed; cancel ends it.
func (d *Desk) Watch() (changed <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watchers[ch] = struct{}{}
	return ch, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.watchers, ch)
	}
}

func (d *Desk) tell() {
	for ch := range d.watchers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

func (d *Desk) wake() {
	select {
	case d.kick <- struct{}{}:
	default:
	}
}

// Candidate is a device that could be tested.
type Candidate struct {
	Device   string       `json:"device"`
	Label    Text         `json:"label"`
	Premises string       `json:"premises"`
	State    message.Bits `json:"state"`
	// Unreachable: it does not answer and can only be marked as not reached.
	Unreachable bool `json:"unreachable"`
	// Tests counts what of it would be tested.
	Tests int `json:"tests"`
	// Session is the test that has it, empty when it is free.
	Session string `json:"session,omitempty"`
}

// Fire is a fire that is no test's.
type Fire struct {
	Device      string `json:"device"`
	Label       Text   `json:"label"`
	Premises    string `json:"premises"`
	Unreachable bool   `json:"unreachable"`
}

// Overview is everything that the page shows of walk tests.
type Overview struct {
	Now        Moment            `json:"now"`
	Fires      []Fire            `json:"fires"`
	Sessions   []json.RawMessage `json:"sessions"`
	Candidates []Candidate       `json:"candidates"`
	// LeftMS is for each session how long its test mode lasts yet.
	LeftMS map[string]int64 `json:"left_ms"`
	// Errors are sessions that can't be kept, by id.
	Errors map[string]string `json:"errors"`
}

// Overview is the state of all walk tests now.
func (d *Desk) Overview() (Overview, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.feed()
	o := Overview{
		Now: momentOf(v.Now), Fires: []Fire{}, Sessions: []json.RawMessage{}, Candidates: []Candidate{},
		LeftMS: make(map[string]int64), Errors: make(map[string]string),
	}
	for _, s := range d.sessions {
		data, err := json.Marshal(s)
		if err != nil {
			return o, fmt.Errorf("encode walk test %s: %w", s.ID, err)
		}
		o.Sessions = append(o.Sessions, data)
		if gone, ok := s.Until.since(v.Now); ok && s.Phase == Running {
			o.LeftMS[s.ID] = max(-gone.Milliseconds(), 0)
		}
		if why := d.failed[s.ID]; why != "" {
			o.Errors[s.ID] = why
		}
	}
	for i := range v.Places {
		p := &v.Places[i]
		if realFire(p) {
			o.Fires = append(o.Fires, Fire{Device: p.Device, Label: p.Label, Premises: p.Premises, Unreachable: p.Unreachable})
		}
		c := Candidate{Device: p.Device, Label: p.Label, Premises: p.Premises, State: p.State, Unreachable: p.Unreachable}
		for _, pt := range p.Points {
			if pt.Kind != "" {
				c.Tests++
			}
		}
		if s := d.holder(p.Device); s != nil {
			c.Session = s.ID
		}
		if c.Tests > 0 {
			o.Candidates = append(o.Candidates, c)
		}
	}
	return o, nil
}

// realFire reports whether the place has a fire that is neither a test's nor disabled.
func realFire(p *Place) bool {
	for _, pt := range p.Points {
		if pt.State.Has(message.Fire) && !pt.State.Has(message.Disabled) && (!pt.State.Has(message.Test) || pt.State.Has(message.Latched)) {
			return true
		}
	}
	return false
}

func (d *Desk) holder(device string) *Session {
	for _, s := range d.sessions {
		if s.has(device) && s.Phase != Closed {
			return s
		}
	}
	return nil
}
