package uplinktest

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

// patience ends a test that hangs; no test waits for it when all is well.
const patience = 60 * time.Second

// Arrival is one copy of an event as the other side got it.
type Arrival struct {
	// Connection numbers the other side's connections from 1.
	Connection int
	Payload    []byte
}

// Side is the other side of an uplink, as the suite drives it. It is up and answering when it
// is handed over, and ends with its test.
type Side interface {
	// Make returns an uplink that talks to this side. Its pauses between attempts must be
	// short, its rate not limited, its drain not delayed.
	Make(t *testing.T, box *Outbox, booth *Booth) uplink.Uplink
	// Arrivals gives every copy of every event, in the order of arrival. It has room for
	// more than the suite sends.
	Arrivals() <-chan Arrival
	// Hold makes the side take everything and confirm nothing, or confirm again.
	Hold(on bool)
	// Cut breaks the present connection, if any, without a word.
	Cut()
	// Down closes the side for new connections and cuts; Up opens it again.
	Down()
	Up()
	// Confirmed reports whether the side has confirmed the event: what the uplink may
	// believe. It must count a confirmation before it sends it.
	Confirmed(id string) bool
	// Window is the most events of the rest lane that may wait for confirmation.
	Window() int
}

// Run runs the conformance suite; each test gets a side of its own.
func Run(t *testing.T, side func(t *testing.T) Side) {
	for _, c := range []struct {
		name string
		test func(*rig)
	}{
		{"delivers each lane in order, once, unmarked", (*rig).inOrder},
		{"confirms nothing that the other side has not confirmed", (*rig).confirmsOnlyConfirmed},
		{"brings back in order, marked and unchanged, what a cut left open", (*rig).resends},
		{"loses nothing and reorders nothing over many cuts", (*rig).manyCuts},
		{"lets an alarm overtake a held-up backlog", (*rig).alarmOvertakes},
		{"bounds what waits for confirmation", (*rig).bounded},
		{"marks what an earlier process may have sent", (*rig).marksOldBacklog},
		{"starts while the other side is down", (*rig).startsDown},
		{"lives through a failing outbox", (*rig).failingOutbox},
		{"stops when asked, held up or not", (*rig).stops},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(newRig(t, side(t))) })
	}
}

// rig is one test's set of things.
type rig struct {
	*testing.T
	ctx   context.Context
	side  Side
	box   *Outbox
	booth *Booth
	up    uplink.Uplink
	stop  func() error

	seen map[string][]Arrival // copies by event id
	last map[message.Lane]uint64
}

func newRig(t *testing.T, side Side) *rig {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return &rig{
		T: t, ctx: ctx, side: side, box: NewOutbox("hs-03"), booth: NewBooth("hs-03", "sd-001", "sd-002"),
		seen: make(map[string][]Arrival), last: make(map[message.Lane]uint64),
	}
}

// start makes and runs the uplink until the test ends or stop is called.
func (r *rig) start() {
	r.Helper()
	r.up = r.side.Make(r.T, r.box, r.booth)
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.ctx))
	done := make(chan error, 1)
	go func() { done <- r.up.Run(ctx) }()
	stopped := false
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(patience):
			r.Fatal("the uplink does not stop")
			return nil
		}
	}
	r.Cleanup(func() { _ = r.stop() })
}

// next takes one arrival and checks what holds for each: well-formed, first copies in order
// within their lane, copies equal but for their mark.
func (r *rig) next() (message.Event, Arrival) {
	r.Helper()
	var a Arrival
	select {
	case a = <-r.side.Arrivals():
	case <-r.ctx.Done():
		r.Fatal("nothing arrives any more")
	}
	var e message.Event
	if err := json.Unmarshal(a.Payload, &e); err != nil {
		r.Fatalf("arrived: %s: %v", a.Payload, err)
	}
	if copies := r.seen[e.ID]; len(copies) > 0 {
		if !bytes.Equal(unmarked(copies[0].Payload), unmarked(a.Payload)) {
			r.Fatalf("copies differ:\n%s\n%s", copies[0].Payload, a.Payload)
		}
		if !e.Resend {
			r.Fatalf("a later copy is not marked: %s", a.Payload)
		}
	} else {
		if e.Seq <= r.last[e.Lane] {
			r.Fatalf("lane %s: %d arrives first after %d", e.Lane, e.Seq, r.last[e.Lane])
		}
		r.last[e.Lane] = e.Seq
	}
	r.seen[e.ID] = append(r.seen[e.ID], a)
	return e, a
}

func unmarked(p []byte) []byte { return bytes.Replace(p, []byte(`,"resend":true`), nil, 1) }

// until takes arrivals until each of events came at least once.
func (r *rig) until(events ...[]message.Event) {
	r.Helper()
	for _, list := range events {
		for _, e := range list {
			for len(r.seen[e.ID]) == 0 {
				r.next()
			}
		}
	}
}

// drained waits until both lanes are confirmed and checks that the other side agrees.
func (r *rig) drained(events ...[]message.Event) {
	r.Helper()
	for _, lane := range []uplink.Lane{uplink.Alarm, uplink.Rest} {
		if err := r.box.Drained(r.ctx, lane); err != nil {
			r.Fatal(err)
		}
	}
	for _, list := range events {
		for _, e := range list {
			if !r.side.Confirmed(e.ID) {
				r.Fatalf("%s is confirmed in the outbox, but the other side never did", e.ID)
			}
		}
	}
}

func (r *rig) inOrder() {
	r.start()
	first := r.box.Fill(uplink.Alarm, 1)
	r.until(first)
	rest := r.box.Fill(uplink.Rest, 300)
	alarms := r.box.Fill(uplink.Alarm, 200)
	r.until(rest, alarms)
	r.drained(first, rest, alarms)
	for id, copies := range r.seen {
		if len(copies) != 1 || strings.Contains(string(copies[0].Payload), "resend") {
			r.Fatalf("%s came %d times: %s", id, len(copies), copies[0].Payload)
		}
	}
	st := r.up.Status()
	if st.Stored != 501 || st.Sent != 501 || st.Resent != 0 || !st.Connected || st.Backlog["alarm"] != 0 || st.Confirm == "" {
		r.Fatalf("status: %+v", st)
	}
}

func (r *rig) confirmsOnlyConfirmed() {
	r.side.Hold(true)
	r.start()
	rest, alarms := r.box.Fill(uplink.Rest, 10), r.box.Fill(uplink.Alarm, 10)
	r.until(rest, alarms)
	for id := range r.seen {
		if r.box.IsConfirmed(id) {
			r.Fatalf("%s is confirmed although nobody said so", id)
		}
	}
	if r.box.Backlog(uplink.Alarm) != 10 || r.box.Backlog(uplink.Rest) != 10 {
		r.Fatal("the backlog shrank")
	}
	r.side.Hold(false)
	r.side.Cut()
	r.drained(rest, alarms)
}

func (r *rig) resends() {
	r.side.Hold(true)
	r.start()
	rest, alarms := r.box.Fill(uplink.Rest, 20), r.box.Fill(uplink.Alarm, 20)
	r.until(rest, alarms)
	before := r.lastConnection()
	r.side.Hold(false)
	r.side.Cut()
	r.drained(rest, alarms)
	late := r.box.Fill(uplink.Alarm, 1)
	r.until(late)
	order := map[message.Lane]uint64{}
	for _, list := range [][]message.Event{rest, alarms} {
		for _, want := range list {
			again := 0
			for _, a := range r.seen[want.ID] {
				if a.Connection > before {
					again++
				}
			}
			if again == 0 {
				r.Fatalf("%s did not come again", want.ID)
			}
			if want.Seq < order[want.Lane] {
				r.Fatal("came again out of order")
			}
			order[want.Lane] = want.Seq
		}
	}
	if strings.Contains(string(r.seen[late[0].ID][0].Payload), "resend") {
		r.Fatal("a first copy is marked")
	}
}

func (r *rig) lastConnection() int {
	n := 0
	for _, copies := range r.seen {
		for _, a := range copies {
			n = max(n, a.Connection)
		}
	}
	return n
}

func (r *rig) manyCuts() {
	r.start()
	first := r.box.Fill(uplink.Alarm, 1) // before it arrives the backlog might count as old
	r.until(first)
	var all [][]message.Event
	for range 20 {
		rest, alarms := r.box.Fill(uplink.Rest, 100), r.box.Fill(uplink.Alarm, 20)
		all = append(all, rest, alarms)
		// Cut in the middle of the burst: some are sent and unconfirmed, some not sent.
		r.until(alarms[:7])
		r.side.Cut()
	}
	r.until(all...)
	r.drained(all...)
	if r.lastConnection() < 2 {
		r.Fatal("it never reconnected")
	}
}

func (r *rig) alarmOvertakes() {
	r.side.Hold(true)
	r.start()
	rest := r.box.Fill(uplink.Rest, r.side.Window()+5000)
	r.until(rest[:1])
	alarms := r.box.Fill(uplink.Alarm, 200)
	r.until(alarms)
	if len(r.seen[rest[len(rest)-1].ID]) > 0 {
		r.Fatal("the alarms came after the whole backlog")
	}
}

func (r *rig) bounded() {
	r.side.Hold(true)
	r.start()
	rest := r.box.Fill(uplink.Rest, r.side.Window()+3000)
	r.until(rest[:1])
	// Everything that may come without confirmation comes before or soon after these.
	for range 20 {
		r.until(r.box.Fill(uplink.Alarm, 1))
	}
	n := 0
	for _, e := range rest {
		if len(r.seen[e.ID]) > 0 {
			n++
		}
	}
	if n > r.side.Window() {
		r.Fatalf("%d events wait for confirmation, at most %d may", n, r.side.Window())
	}
	if f := r.up.Status().InFlight; f > r.side.Window()+2000 {
		r.Fatalf("%d in flight", f)
	}
}

func (r *rig) marksOldBacklog() {
	old := r.box.Fill(uplink.Alarm, 5)
	r.start()
	fresh := r.box.Fill(uplink.Alarm, 5)
	r.until(old, fresh)
	for i, list := range [][]message.Event{old, fresh} {
		for _, e := range list {
			if marked := strings.Contains(string(r.seen[e.ID][0].Payload), `"resend":true`); marked != (i == 0) {
				r.Fatalf("%s: marked %v", e.ID, marked)
			}
		}
	}
	r.drained(old, fresh)
}

func (r *rig) startsDown() {
	r.side.Down()
	r.start()
	alarms := r.box.Fill(uplink.Alarm, 50)
	if r.up.Status().Connected {
		r.Fatal("connected to nothing")
	}
	r.side.Up()
	r.until(alarms)
	r.drained(alarms)
}

func (r *rig) failingOutbox() {
	r.start()
	r.until(r.box.Fill(uplink.Alarm, 1))
	r.box.Fail(errDisk)
	alarms := r.box.Fill(uplink.Alarm, 5)
	r.box.Fail(nil)
	r.until(alarms)
	r.drained(alarms)
}

func (r *rig) stops() {
	r.side.Hold(true)
	r.start()
	r.until(r.box.Fill(uplink.Alarm, 3))
	if err := r.stop(); err != nil {
		r.Fatal(err)
	}
	if st := r.up.Status(); st.Connected || st.InFlight != 0 {
		r.Fatalf("after the stop: %+v", st)
	}
	// The same outbox is taken up by the next process.
	r.side.Hold(false)
	r.start()
	if err := r.box.Drained(r.ctx, uplink.Alarm); err != nil {
		r.Fatal(err)
	}
}
