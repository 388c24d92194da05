package proof

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/kiosk/programme"
)

const document = `id: winter
version: %d
title: {zh: 冬季}
items:
  - {id: film, kind: text, for: 30s, text: {zh: 你好}}
  - {id: poster, kind: text, for: 10s, text: {zh: 你好}}
playlists: {p: [film, poster]}
fallback: {main: p}
`

func edition(t testing.TB, version int) *programme.Programme {
	t.Helper()
	p, err := programme.Parse("f.yaml", fmt.Appendf(nil, document, version))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t testing.TB, dir string) *Book {
	t.Helper()
	opts := Defaults()
	opts.Dir, opts.Screens = dir, []string{"tv", "led"}
	b, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	b.Know(edition(t, 1))
	return b
}

// stamp is a moment of Beijing; the booth has run for ten hours at noon of 2026-11-10.
func stamp(t testing.TB, at string) message.Stamp {
	t.Helper()
	w, err := time.ParseInLocation("2006-01-02 15:04:05", at, time.FixedZone("", 8*60*60))
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 11, 10, 4, 0, 0, 0, time.UTC)
	return message.Stamp{Wall: w.UTC(), Mono: 10*time.Hour + w.Sub(noon), Trusted: true}
}

// shown is the film, which began 30 s before at and has just ended.
func shown(at message.Stamp) Record {
	return Record{Screen: "tv", Zone: "main", Item: "film", Programme: "winter v1", From: at.Mono - 30*time.Second, Until: at.Mono, How: Ended, At: at}
}

func report(t testing.TB, b *Book, from, to Date) []Day {
	t.Helper()
	days, err := b.Report(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(days)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPlaysAreCountedByDayAndItem(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "proof")
	b := open(t, dir)
	r := shown(stamp(t, "2026-11-10 12:00:00"))
	must(t, b.Add(r))
	r = shown(stamp(t, "2026-11-10 12:00:40"))
	r.How, r.Until = Interrupted, r.From+4500*time.Millisecond
	must(t, b.Add(r))
	r = shown(stamp(t, "2026-11-10 12:01:30"))
	r.Item, r.How, r.Until, r.Why = "poster", Failed, r.From, "picture can't\nbe decoded"
	must(t, b.Add(r))
	// It began before midnight: it belongs to the day that it began on.
	must(t, b.Add(shown(stamp(t, "2026-11-11 00:00:10"))))
	must(t, b.Add(shown(stamp(t, "2026-11-11 00:00:40"))))
	want := []Day{
		{Date: "2026-11-09", Rows: []Row{}, Rejected: map[Reason]int64{}, Missing: true},
		{Date: "2026-11-10", Rejected: map[Reason]int64{}, Rows: []Row{
			{Screen: "tv", Zone: "main", Item: "film", Programme: "winter v1", Count: 3, ShownMS: 64500, Interrupted: 1},
			{Screen: "tv", Zone: "main", Item: "poster", Programme: "winter v1", Failed: 1, Why: "picture can't be decoded"},
		}},
		{Date: "2026-11-11", Rejected: map[Reason]int64{}, Rows: []Row{
			{Screen: "tv", Zone: "main", Item: "film", Programme: "winter v1", Count: 1, ShownMS: 30000},
		}},
	}
	check := func(what string) {
		t.Helper()
		if got := report(t, b, "2026-11-09", "2026-11-11"); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("%s: got\n%+v\nwant\n%+v", what, got, want)
		}
	}
	check("before the disk")
	must(t, b.Tick(stamp(t, "2026-11-11 00:01:00")))
	check("after the disk")
	b = open(t, dir)
	check("after a restart")
	must(t, b.Tick(stamp(t, "2026-11-11 00:02:00")))
	check("after a restart and a tick")
	must(t, b.Add(shown(stamp(t, "2026-11-11 00:03:00"))))
	want[2].Rows[0].Count, want[2].Rows[0].ShownMS = 2, 60000
	check("counted on")
	must(t, b.Flush())
	b = open(t, dir)
	check("flushed")
	if date, totals := b.Today(); date != Unclocked || totals != (Totals{}) {
		t.Errorf("%s %+v", date, totals)
	}
	must(t, b.Tick(stamp(t, "2026-11-11 00:04:00")))
	if date, totals := b.Today(); date != "2026-11-11" || totals != (Totals{Count: 2}) {
		t.Errorf("%s %+v", date, totals)
	}
}

// What was shown without a trusted clock is under no date, whatever the wall clock said.
func TestClockNotTrusted(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	at := stamp(t, "1970-01-01 08:10:00")
	at.Trusted, at.Mono = false, 10*time.Minute
	must(t, b.Add(shown(at)))
	must(t, b.Tick(at))
	days := report(t, b, "1970-01-01", "1970-01-01")
	if len(days) != 2 || !days[0].Missing || days[1].Date != Unclocked || days[1].Rows[0].Count != 1 {
		t.Errorf("%+v", days)
	}
	if r := b.Readings(); len(r) != 0 {
		t.Errorf("%+v", r)
	}
	// The clock is trusted when the record comes in: that says when it was.
	late := stamp(t, "2026-11-10 12:00:00")
	late.Mono = 11 * time.Minute
	r := shown(late)
	r.From, r.Until = 10*time.Minute, 10*time.Minute+30*time.Second
	must(t, b.Add(r))
	must(t, b.Flush())
	b = open(t, dir)
	days = report(t, b, "2026-11-10", "2026-11-10")
	if len(days) != 2 || days[0].Rows[0].Count != 1 || days[1].Rows[0].Count != 1 {
		t.Errorf("%+v", days)
	}
}

func TestImpossibleRecordsAreRejected(t *testing.T) {
	at := stamp(t, "2026-11-10 12:00:00")
	for want, change := range map[Reason]func(*Record){
		UnknownScreen:    func(r *Record) { r.Screen = "TV" },
		UnknownZone:      func(r *Record) { r.Zone = "side" },
		UnknownProgramme: func(r *Record) { r.Programme = "winter v9" },
		UnknownItem:      func(r *Record) { r.Item = "<b>\x00" + strings.Repeat("x", 1000) },
		UnknownEnd:       func(r *Record) { r.How = "" },
		Negative:         func(r *Record) { r.Until = r.From - 1 },
		TooLong:          func(r *Record) { r.From = r.Until - 36*time.Second },
		InFuture:         func(r *Record) { r.From, r.Until = r.From+3*time.Second, r.Until+3*time.Second },
		TooOld:           func(r *Record) { r.At.Mono += 25 * time.Hour },
	} {
		b := open(t, t.TempDir())
		r := shown(at)
		change(&r)
		err := b.Add(r)
		if !errors.Is(err, ErrRejected) || !strings.Contains(err.Error(), string(want)) || len(err.Error()) > 500 {
			t.Errorf("%s: %v", want, err)
		}
		d := report(t, b, "2026-11-10", "2026-11-10")[0]
		if len(d.Rows) != 0 || d.Rejected[want] != 1 || len(d.Rejected) != 1 {
			t.Errorf("%s: %+v", want, d)
		}
		must(t, b.Add(shown(at)))
	}
	b := open(t, t.TempDir())
	for _, r := range []Record{
		{From: -time.Second, Until: 0},
		{From: time.Minute, Until: time.Minute},
		{From: -1 << 63, Until: 1<<63 - 1},
	} {
		r.Screen, r.Zone, r.Item, r.Programme, r.How, r.At = "tv", "main", "film", "winter v1", Ended, at
		if err := b.Add(r); !errors.Is(err, ErrRejected) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	// A zone shows one thing at a time, and a repetition is no second showing.
	must(t, b.Add(shown(at)))
	failed := shown(at)
	failed.From, failed.How = at.Mono, Failed
	must(t, b.Add(failed))
	for _, r := range []Record{shown(at), failed} {
		if err := b.Add(r); !errors.Is(err, ErrRejected) || !strings.Contains(err.Error(), "overlap") {
			t.Errorf("%v", err)
		}
	}
	other := shown(at)
	other.Zone = "ticker"
	must(t, b.Add(other))
}

// Records of the edition before are still on their way when a new one begins.
func TestEditions(t *testing.T) {
	b := open(t, t.TempDir())
	b.Know(edition(t, 2))
	b.Know(edition(t, 2))
	must(t, b.Add(shown(stamp(t, "2026-11-10 12:00:00"))))
	b.Know(edition(t, 3))
	if err := b.Add(shown(stamp(t, "2026-11-10 12:01:00"))); !errors.Is(err, ErrRejected) {
		t.Error(err)
	}
}

func TestReadings(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir)
	must(t, b.Add(shown(stamp(t, "2026-11-10 12:00:00"))))
	if r := b.Readings(); len(r) != 0 {
		t.Errorf("told before the file was read: %+v", r)
	}
	must(t, b.Tick(stamp(t, "2026-11-10 12:00:00")))
	b = open(t, dir)
	must(t, b.Tick(stamp(t, "2026-11-10 12:00:30")))
	if r := b.Readings(); len(r) != 0 {
		t.Errorf("nothing new: %+v", r)
	}
	must(t, b.Add(shown(stamp(t, "2026-11-10 12:01:00"))))
	failed := shown(stamp(t, "2026-11-10 12:01:40"))
	failed.How = Failed
	must(t, b.Add(failed))
	var got []string
	for _, r := range b.Readings() {
		got = append(got, fmt.Sprintf("%s %s %g %s %s %s", r.Device, r.Point, *r.Value, r.Unit, r.Quality, r.At.Format(time.RFC3339)))
	}
	want := []string{
		"tv played.film.count 2 1 good 2026-11-10T04:01:40Z",
		"tv played.film.seconds 90 s good 2026-11-10T04:01:40Z",
		"tv played.film.failed 1 1 good 2026-11-10T04:01:40Z",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if r := b.Readings(); len(r) != 0 {
		t.Errorf("told twice: %+v", r)
	}
}

func TestOptions(t *testing.T) {
	for _, change := range []func(*Options){
		func(o *Options) { o.Dir = "" }, func(o *Options) { o.Screens = nil }, func(o *Options) { o.Days = 0 },
		func(o *Options) { o.MaxBytes = 1 }, func(o *Options) { o.Every = 0 },
	} {
		opts := Defaults()
		opts.Dir, opts.Screens = "x", []string{"tv"}
		change(&opts)
		if _, err := New(opts); !errors.Is(err, ErrOptions) {
			t.Errorf("%+v: %v", opts, err)
		}
	}
	b := open(t, t.TempDir())
	for _, r := range [][2]Date{{"2026-11-10", "2026-11-09"}, {"", "2026-11-09"}, {"2026-11-10", "x"}, {"0001-01-01", "9999-12-31"}} {
		if _, err := b.Report(r[0], r[1]); !errors.Is(err, ErrDate) {
			t.Errorf("%v: %v", r, err)
		}
	}
	if _, err := ParseDate("2026-2-3"); !errors.Is(err, ErrDate) {
		t.Error(err)
	}
	if d, err := ParseDate("2026-02-03"); d != "2026-02-03" || err != nil {
		t.Error(d, err)
	}
}

// Everybody at once.
func TestConcurrently(t *testing.T) {
	b := open(t, t.TempDir())
	var wg sync.WaitGroup
	for _, screen := range []string{"tv", "led"} {
		wg.Go(func() {
			for i := range 200 {
				at := stamp(t, "2026-11-10 12:00:00").Add(time.Duration(i) * 30 * time.Second)
				r := shown(at)
				r.Screen = screen
				if err := b.Add(r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 20 {
			if err := b.Tick(stamp(t, "2026-11-10 12:00:00").Add(time.Duration(i) * time.Minute)); err != nil {
				t.Error(err)
			}
			b.Readings()
			report(t, b, "2026-11-10", "2026-11-10")
		}
	})
	wg.Wait()
	must(t, b.Flush())
	if d := report(t, b, "2026-11-10", "2026-11-10")[0]; len(d.Rows) != 2 || d.Rows[0].Count != 200 || d.Rows[1].Count != 200 {
		t.Errorf("%+v", d)
	}
}
