package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

func TestAgeTakesOnlyWhatIsConfirmedOldAndBeyondTheMinimum(t *testing.T) {
	opts := testOptions(t.TempDir())
	opts.Quota.MinEvents = 10
	r := start(t, opts)
	at := func(days int, trusted bool) Record {
		rec := record("d1")
		rec.Event.At.Time = fixedNow().Wall.AddDate(0, 0, -days)
		rec.Event.ClockTrusted = trusted
		if !trusted {
			rec.Event.At.Time = time.Unix(60, 0)
		}
		return rec
	}
	var last Ticket
	var given []string
	for _, rec := range []Record{at(900, true), at(0, false), at(800, true), at(700, true), at(0, false), at(10, true), at(600, true)} {
		last = r.Append([]Record{rec})
		given = append(given, rec.Event.ID)
	}
	must(t, last.Err())
	given = append(given, r.put(10)...)
	left := func() (out []string) {
		for st, err := range r.List(t.Context(), Filter{}) {
			must(t, err)
			out = append(out, st.Event.ID)
		}
		return out
	}
	eventually(t, "events are counted", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.stats.counted
	})
	r.expire(t.Context())
	if got := left(); len(got) != 17 {
		t.Fatalf("unconfirmed alarms were deleted by age: %d left", len(got))
	}
	box := r.Outbox("mqtt")
	for i, e := range drain(t, box, uplink.Alarm) {
		if i != 3 {
			box.Confirm(uplink.Alarm, e.Pos)
		}
	}
	r.expire(t.Context())
	if got := left(); !slices.Equal(got, given[3:]) {
		t.Fatalf("left %d, want all from the unconfirmed one on", len(got))
	}
	box.Confirm(uplink.Alarm, drain(t, box, uplink.Alarm)[0].Pos)
	r.expire(t.Context())
	// The fifth has no trusted time and none after it is old before a young one: it stays.
	if got := left(); !slices.Equal(got, given[4:]) {
		t.Fatalf("left %d, want %d", len(got), len(given[4:]))
	}
}

func TestConfirmedTelemetryNeverTouchesTheDisk(t *testing.T) {
	opts := testOptions(t.TempDir())
	opts.TelemetryEvery = time.Hour
	r := start(t, opts)
	box := r.Outbox("mqtt")
	for i := range 20 {
		must(t, r.AppendTelemetry([]byte{byte(i)}))
	}
	got := drain(t, box, uplink.Telemetry)
	if len(got) != 20 || got[0].Payload[0] != 0 || box.Backlog(uplink.Telemetry) != 20 {
		t.Fatalf("%d batches, backlog %d", len(got), box.Backlog(uplink.Telemetry))
	}
	for _, e := range got[:18] {
		box.Confirm(uplink.Telemetry, e.Pos)
	}
	r.stop()
	r = start(t, opts)
	got = drain(t, r.Outbox("mqtt"), uplink.Telemetry)
	if len(got) != 2 || got[0].Payload[0] != 18 {
		t.Fatalf("after the restart %d batches", len(got))
	}
	if n := r.Outbox("mqtt").Backlog(uplink.Telemetry); n != 2 {
		t.Fatalf("backlog %d, want 2", n)
	}
	must(t, r.AppendTelemetry([]byte{99}))
	if got = drain(t, r.Outbox("mqtt"), uplink.Telemetry); len(got) != 3 || got[2].Payload[0] != 99 {
		t.Fatalf("%d batches after one more", len(got))
	}
}

func TestTelemetryIsBoundedInMemoryAndOnDisk(t *testing.T) {
	opts := testOptions(t.TempDir())
	opts.MemoryTelemetry = 10_000
	opts.Quota.TelemetryBytes = 50_000
	r := start(t, opts)
	box := r.Outbox("mqtt")
	for range 400 {
		must(t, r.AppendTelemetry(make([]byte, 1000)))
		if r.Health().TelemetryBytes%5000 == 0 {
			r.put(1) // commits, so that the size is looked at
		}
	}
	r.put(200)
	eventually(t, "the quota", func() bool {
		r.put(1)
		h := r.Health()
		return h.TelemetryBytes <= 60_000 && h.Dropped["telemetry"] > 0
	})
	got := drain(t, box, uplink.Telemetry)
	if len(got) == 0 || len(got) > 80 {
		t.Fatalf("%d batches are kept", len(got))
	}
	for i := 1; i < len(got); i++ {
		if got[i].Pos <= got[i-1].Pos {
			t.Fatal("telemetry out of order")
		}
	}
}

// TestOldSchemaIsMigrated opens a journal of schema version 1, made by the statements of that
// time, with one confirmed and one unconfirmed event.
func TestOldSchemaIsMigrated(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, journalDir), 0o750))
	script := mustRead(t, filepath.Join("testdata", "journal-v1.sql"))
	db, err := sql.Open("sqlite", filepath.Join(dir, journalDir, journalName))
	must(t, err)
	_, err = db.ExecContext(t.Context(), string(script))
	must(t, errors.Join(err, db.Close()))

	r := start(t, testOptions(dir))
	if r.rep.Quarantined != "" || r.rep.Epoch != 8 || !r.rep.Durable {
		t.Fatalf("report %+v", r.rep)
	}
	if got := ids(drain(t, r.Outbox("mqtt"), uplink.Alarm)); !slices.Equal(got, []string{"hs-03-7-2"}) {
		t.Fatalf("outbox %v", got)
	}
	if p := r.Points()["d1/smoke"]; !p.State.Has(message.Latched) {
		t.Fatalf("snapshot %+v", p)
	}
	rec := record("d1")
	must(t, r.Append([]Record{rec}).Err())
	if rec.Event.Prev != "hs-03-7-2" || rec.Event.Seq != 3 {
		t.Fatalf("prev %q seq %d", rec.Event.Prev, rec.Event.Seq)
	}
}

func TestNewerSchemaIsSetAsideAndSalvaged(t *testing.T) {
	opts := testOptions(t.TempDir())
	r := start(t, opts)
	want := r.put(5)
	r.stop()
	db, err := sql.Open("sqlite", r.path())
	must(t, err)
	_, err = db.ExecContext(t.Context(), "PRAGMA user_version=99")
	must(t, errors.Join(err, db.Close()))
	r = start(t, opts)
	if r.rep.Quarantined == "" {
		t.Fatalf("report %+v", r.rep)
	}
	eventually(t, "salvage", func() bool { return !r.Health().Salvaging })
	if got := ids(drain(t, r.Outbox("mqtt"), uplink.Alarm)); !slices.Equal(got, want) {
		t.Fatalf("salvaged %v", got)
	}
}

func TestExportWhileTheDaemonRuns(t *testing.T) {
	opts := testOptions(t.TempDir())
	r := start(t, opts)
	given := r.put(600)
	untrusted := record("d1")
	untrusted.Event.ClockTrusted = false
	must(t, r.Append([]Record{untrusted, lifecycle()}).Err())
	export := func(format string, f Filter) string {
		t.Helper()
		var out bytes.Buffer
		must(t, Export(t.Context(), opts.Dir, &out, format, f))
		return out.String()
	}
	lines := strings.Split(strings.TrimSpace(export(FormatJSONL, Filter{})), "\n")
	if len(lines) != 602 || !strings.Contains(lines[0], given[0]) {
		t.Fatalf("%d lines", len(lines))
	}
	rows, err := csv.NewReader(strings.NewReader(export(FormatCSV, Filter{Last: 2}))).ReadAll()
	must(t, err)
	if len(rows) != 3 || rows[1][1] != untrusted.Event.ID || rows[1][2] != "2026-11-20 16:00:00.000 (clock not trusted)" {
		t.Fatalf("rows %v", rows)
	}
	table := export(FormatTable, Filter{Device: "d3", Last: 3})
	if n := strings.Count(table, "\n"); n != 4 || strings.Contains(table, " d1 ") {
		t.Fatalf("table:\n%s", table)
	}
	if got := export(FormatJSONL, Filter{Class: message.ClassLifecycle}); strings.Count(got, "\n") != 1 {
		t.Fatalf("lifecycle: %s", got)
	}
	future := export(FormatJSONL, Filter{Since: fixedNow().Wall.Add(time.Hour)})
	if strings.Count(future, "\n") != 1 || !strings.Contains(future, untrusted.Event.ID) {
		t.Fatalf("an untrusted time was hidden by a bound on time: %s", future)
	}
	if err := Export(t.Context(), opts.Dir, &bytes.Buffer{}, "xml", Filter{}); !errors.Is(err, ErrOptions) {
		t.Fatalf("unknown format: %v", err)
	}
	if err := Export(t.Context(), t.TempDir(), &bytes.Buffer{}, FormatCSV, Filter{}); err == nil {
		t.Fatal("an absent journal is no error")
	}
	r.stop()
	if got := export(FormatJSONL, Filter{}); strings.Count(got, "\n") != 602 {
		t.Fatal("export without the daemon")
	}
}

// TestConcurrentUse lets appenders, two uplinks, listings and health run at once.
func TestConcurrentUse(t *testing.T) {
	opts := testOptions(t.TempDir())
	opts.Uplinks = []string{"a", "b"}
	r := start(t, opts)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const appenders, each = 4, 150
	var wg, readers sync.WaitGroup
	for range appenders {
		wg.Go(func() {
			for range each {
				if err := r.Append([]Record{record("d1"), lifecycle()}).Err(); err != nil {
					t.Error(err)
				}
				_ = r.AppendTelemetry([]byte("{}"))
			}
		})
	}
	seen := make([][]string, 2)
	for i, name := range opts.Uplinks {
		readers.Go(func() {
			box := r.Outbox(name)
			after := box.Cursor(uplink.Alarm)
			for len(seen[i]) < appenders*each {
				got, err := box.Next(ctx, uplink.Alarm, after, 7, nil)
				if err != nil {
					t.Error(err)
					return
				}
				for _, e := range got {
					seen[i] = append(seen[i], e.ID)
					after = e.Pos
					box.Confirm(uplink.Alarm, e.Pos)
				}
				if len(got) == 0 {
					select {
					case <-box.Wake():
					case <-ctx.Done():
						return
					}
				}
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			for _, err := range r.List(ctx, Filter{Last: 50}) {
				if err != nil {
					t.Error(err)
				}
			}
			_ = r.Health()
		}
	})
	wg.Wait()
	readers.Wait()
	if len(seen[0]) != appenders*each || !slices.Equal(seen[0], seen[1]) {
		t.Fatalf("uplinks saw %d and %d events", len(seen[0]), len(seen[1]))
	}
}
