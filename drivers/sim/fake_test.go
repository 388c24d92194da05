package sim

import (
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
)

// unhex reads a literal frame.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatalf("literal %q: %v", s, err)
	}
	return b
}

// spaced writes bytes as the literals do.
func spaced(b []byte) string {
	var parts []string
	for _, c := range b {
		parts = append(parts, strings.ToUpper(hex.EncodeToString([]byte{c})))
	}
	return strings.Join(parts, " ")
}

// loadContracts parses the built-in contracts once for all tests.
var loadContracts = sync.OnceValues(devices.Contracts) //nolint:gochecknoglobals // immutable

func builtIn(t testing.TB, ref string) *contract.Contract {
	t.Helper()
	set, err := loadContracts()
	if err != nil {
		t.Fatal(err)
	}
	c, ok := set.Get(ref)
	if !ok {
		t.Fatalf("no contract %s", ref)
	}
	return c
}

func newTestSlave(t testing.TB, unit uint8, ref string) *Slave {
	t.Helper()
	s, err := NewSlave(unit, builtIn(t, ref))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fakeWire is a wire in virtual time: requests come at fixed times, and what is delivered
// is kept with its time.
type fakeWire struct {
	t     testing.TB
	now   int64
	in    []timed
	sent  []timed
	after func(now int64) // called whenever time has moved
}

type timed struct {
	at   int64
	data []byte
}

func (f *fakeWire) wait(until int64) (int64, bool, error) {
	var readable bool
	switch {
	case len(f.in) > 0 && (until == 0 || f.in[0].at <= until):
		f.now, readable = max(f.now, f.in[0].at), true
	case until == 0:
		return f.now, false, ErrStopped
	default:
		f.now = max(f.now, until)
	}
	if f.after != nil {
		f.after(f.now)
	}
	return f.now, readable, nil
}

func (f *fakeWire) read(p []byte) (int, error) {
	n := copy(p, f.in[0].data)
	f.in = f.in[1:]
	return n, nil
}

func (f *fakeWire) write(p []byte) (int64, error) {
	f.sent = append(f.sent, timed{f.now, slices.Clone(p)})
	return f.now, nil
}

// got is all bytes delivered.
func (f *fakeWire) got() []byte {
	var b []byte
	for _, s := range f.sent {
		b = append(b, s.data...)
	}
	return b
}

// Virtual time begins at one second, so that no time is 0.
const second = int64(time.Second)

// rig is an engine on a fake wire.
type rig struct {
	*fakeWire
	book *book
	e    *engine
}

// newRig makes a paced line of 10 000 baud 8N1 (exactly 1 ms a character, 3.5 ms of silence) with
// 5 ms turnaround.
func newRig(t testing.TB, slaves ...*Slave) *rig {
	t.Helper()
	r := &rig{fakeWire: &fakeWire{t: t, now: second}}
	r.book = newBook(1, func() int64 { return r.now }, 16)
	for _, s := range slaves {
		r.book.slaves[s.unit] = s
		r.book.watched[s.unit] = watchedSpans(s)
	}
	cfg := LineConfig{Baud: 10_000, Pace: true, Turnaround: 5 * time.Millisecond}
	r.e = newEngine(&cfg, time.Millisecond, r.fakeWire, r.book)
	return r
}

// send schedules a request at ms after the start.
func (r *rig) send(ms float64, frame string) {
	r.in = append(r.in, timed{second + int64(ms*1e6), unhex(r.t, frame)})
}

func (r *rig) run() {
	r.t.Helper()
	if err := r.e.run(); err != nil {
		r.t.Fatal(err)
	}
}

// ms is a virtual time as milliseconds after the start.
func ms(at int64) float64 { return float64(at-second) / 1e6 }
