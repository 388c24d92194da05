package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

// torture names the environment variable that makes the corruption tests try every byte of
// the last pages and large samples elsewhere; its value is how often the appender is killed.
const torture = "FIREPOST_TORTURE"

// specimen is a journal folder with 60 alarms of which the first 20 are confirmed, as a
// daemon that was killed leaves it: with its write-ahead log.
type specimen struct {
	db, wal, second []byte
	ids             []string
	epoch           uint64
}

// makeSpecimen copies the files of a running store. With checkpointed, the log is empty and
// everything stands in the main file.
func makeSpecimen(t testing.TB, checkpointed bool) specimen {
	t.Helper()
	opts := testOptions(t.TempDir())
	r := start(t, opts)
	sp := specimen{ids: r.put(60), epoch: r.rep.Epoch}
	box := r.Outbox("mqtt")
	for _, e := range drain(t, box, uplink.Alarm)[:20] {
		box.Confirm(uplink.Alarm, e.Pos)
	}
	if checkpointed {
		r.stop()
	} else {
		eventually(t, "cursor and second copy on disk", func() bool {
			r.mu.Lock()
			defer r.mu.Unlock()
			return !r.boxes["mqtt"].lanes[laneAlarm].dirty && r.inHand == nil && secondHas(opts.Dir, 7)
		})
	}
	sp.db = mustRead(t, r.path())
	sp.wal, _ = os.ReadFile(r.path() + "-wal")
	sp.second = mustRead(t, filepath.Join(opts.Dir, secondName))
	return sp
}

// secondHas reports whether the second copy on disk holds so many points.
func secondHas(dir string, points int) bool {
	data, err := os.ReadFile(filepath.Join(dir, secondName))
	if err != nil {
		return false
	}
	c, err := decodeSecond(data)
	return err == nil && len(c.Points) >= points
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// lay writes a specimen into a folder.
func (sp specimen) lay(t testing.TB, dir string) {
	t.Helper()
	must(t, os.RemoveAll(dir))
	must(t, os.MkdirAll(filepath.Join(dir, journalDir), 0o750))
	path := filepath.Join(dir, journalDir, journalName)
	must(t, os.WriteFile(path, sp.db, 0o600))
	if sp.wal != nil {
		must(t, os.WriteFile(path+"-wal", sp.wal, 0o600))
	}
	if sp.second != nil {
		must(t, os.WriteFile(filepath.Join(dir, secondName), sp.second, 0o600))
	}
}

// check opens a damaged specimen: the start goes on, the epoch is new, latches are there, the
// outbox holds no invented or altered event and keeps its order, and new alarms are durable.
func (sp specimen) check(t testing.TB, dir, what string) (rep Report, got []string) {
	t.Helper()
	r := start(t, testOptions(dir))
	defer r.stop()
	if r.rep.MemoryOnly != "" || r.rep.Epoch <= sp.epoch {
		t.Fatalf("%s: report %+v", what, r.rep)
	}
	rec := record("after")
	if err := r.Append([]Record{rec}).Err(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	box := r.Outbox("mqtt")
	eventually(t, what+": a clean read", func() bool {
		// Reading finds damage that the start did not see; the next read finds it repaired.
		_, err := box.Next(t.Context(), uplink.Alarm, 0, 100, nil)
		h := r.Health()
		return err == nil && h.Checked && !h.Salvaging && h.Mode == ModeDisk && h.Waiting == 0
	})
	for i := range 7 {
		if p := r.Points()[fmt.Sprintf("d%d/smoke", i)]; sp.second != nil && !p.State.Has(message.Latched) {
			t.Fatalf("%s: the latch of d%d is lost", what, i)
		}
	}
	got = ids(drain(t, box, uplink.Alarm))
	if len(got) == 0 || got[len(got)-1] != rec.Event.ID {
		t.Fatalf("%s: the new alarm is not last in the outbox: %v", what, got)
	}
	got = got[:len(got)-1]
	at := -1
	for _, id := range got {
		i := slices.Index(sp.ids, id)
		if i <= at {
			t.Fatalf("%s: outbox out of order or with an unknown event %s", what, id)
		}
		at = i
	}
	return r.rep, got
}

// offsets are the places to damage within [from, to): a sample, or, when tortured, every byte
// of a short stretch and a large sample of a long one.
func offsets(from, to, sample int) []int {
	const short = 4 * pageSize
	step := max(1, (to-from)/sample)
	if os.Getenv(torture) != "" {
		step = max(1, step/50)
		if to-from <= short {
			step = 1
		}
	}
	var out []int
	for i := from; i < to; i += step {
		out = append(out, i)
	}
	return out
}

func TestJournalCutAnywhereOpensOrIsSetAside(t *testing.T) {
	sp := makeSpecimen(t, true)
	if len(sp.wal) > 0 {
		t.Fatalf("the log still has %d bytes", len(sp.wal))
	}
	dir := filepath.Join(t.TempDir(), "d")
	for _, n := range append(offsets(max(0, len(sp.db)-4*pageSize), len(sp.db), 40), offsets(0, 200, 8)...) {
		cut := sp
		cut.db = sp.db[:n]
		cut.lay(t, dir)
		cut.check(t, dir, fmt.Sprintf("file cut at %d of %d", n, len(sp.db)))
	}
}

func TestLogCutAnywhereOpens(t *testing.T) {
	sp := makeSpecimen(t, false)
	if len(sp.wal) == 0 {
		t.Fatal("the specimen has no log")
	}
	dir := filepath.Join(t.TempDir(), "d")
	for _, n := range append(offsets(len(sp.wal)-4*pageSize, len(sp.wal), 30), offsets(0, 200, 6)...) {
		cut := sp
		cut.wal = sp.wal[:n]
		cut.lay(t, dir)
		cut.check(t, dir, fmt.Sprintf("log cut at %d of %d", n, len(sp.wal)))
	}
}

func TestFlippedBitsAreFoundAndTheRestIsSalvaged(t *testing.T) {
	sp := makeSpecimen(t, true)
	dir := filepath.Join(t.TempDir(), "d")
	rng := rand.New(rand.NewPCG(1, 2))
	for _, at := range offsets(0, len(sp.db), 80) {
		flip := sp
		flip.db = bytes.Clone(sp.db)
		flip.db[at] ^= 1 << rng.IntN(8)
		flip.lay(t, dir)
		what := fmt.Sprintf("bit flipped in byte %d", at)
		_, got := flip.check(t, dir, what)
		if missing := 40 - len(got); missing > 16 { // one leaf page at most
			t.Fatalf("%s: %d unsent events are lost", what, missing)
		}
	}
}

func TestFlippedBitsInTheLogNeverInventEvents(t *testing.T) {
	sp := makeSpecimen(t, false)
	dir := filepath.Join(t.TempDir(), "d")
	for _, at := range offsets(0, len(sp.wal), 40) {
		flip := sp
		flip.wal = bytes.Clone(sp.wal)
		flip.wal[at] ^= 0x10
		flip.lay(t, dir)
		what := fmt.Sprintf("bit flipped in log byte %d", at)
		_, got := flip.check(t, dir, what)
		if missing := 40 - len(got); missing > 16 { // one leaf page at most
			t.Fatalf("%s: %d unsent events are lost", what, missing)
		}
	}
}

func TestWholeFileOfGarbage(t *testing.T) {
	sp := makeSpecimen(t, true)
	dir := filepath.Join(t.TempDir(), "d")
	for name, content := range map[string][]byte{
		"empty": {}, "zeros": make([]byte, len(sp.db)), "text": bytes.Repeat([]byte("not a journal "), 1000),
		"header only": sp.db[:100], "first page zero": append(make([]byte, pageSize), sp.db[pageSize:]...),
	} {
		bad := sp
		bad.db = content
		bad.lay(t, dir)
		_, got := bad.check(t, dir, name)
		if name == "first page zero" && len(got) != 40 {
			t.Errorf("%s: %d unsent events were salvaged, want 40", name, len(got))
		}
	}
}

func TestSecondCopyDamagedIsSetAside(t *testing.T) {
	sp := makeSpecimen(t, true)
	dir := filepath.Join(t.TempDir(), "d")
	for _, at := range offsets(0, len(sp.second)-1, 40) { // the last byte is the line's end
		flip := sp
		flip.second = bytes.Clone(sp.second)
		flip.second[at] ^= 0x04
		flip.lay(t, dir)
		rep, got := flip.check(t, dir, fmt.Sprintf("bit flipped in second copy byte %d", at))
		if !strings.HasPrefix(rep.SecondCopy, "corrupt") || len(got) != 40 {
			t.Fatalf("byte %d: second copy %q, %d unsent", at, rep.SecondCopy, len(got))
		}
	}
}

func TestLatchesComeBackWithoutSecondCopyFromADamagedJournal(t *testing.T) {
	sp := makeSpecimen(t, true)
	sp.second = nil
	sp.db[20] ^= 0xff
	sp.db[200] ^= 0xff
	binary.BigEndian.PutUint32(sp.db[60:], 0xffff) // a schema version from the future
	dir := filepath.Join(t.TempDir(), "d")
	sp.lay(t, dir)
	r := start(t, testOptions(dir))
	if r.rep.Quarantined == "" || !r.Points()["d3/smoke"].State.Has(message.Latched) {
		t.Fatalf("report %+v, points %v", r.rep, r.Points())
	}
	if r.rep.Epoch <= sp.epoch {
		t.Fatalf("epoch %d after %d", r.rep.Epoch, sp.epoch)
	}
}

func TestDamageFoundWhileRunning(t *testing.T) {
	opts := testOptions(t.TempDir())
	r := start(t, opts)
	want := r.put(400)
	r.stop()
	// Damage one payload so that neither the start nor SQLite's own check sees it.
	data := mustRead(t, r.path())
	at := bytes.Index(data, []byte(`"id":"`+want[100]+`"`))
	if at < 0 {
		t.Fatal("event not found in the file")
	}
	data[at+len(want[100])+30] ^= 1
	must(t, os.WriteFile(r.path(), data, 0o600))

	r = start(t, opts)
	if r.rep.Quarantined != "" {
		t.Fatalf("report %+v", r.rep)
	}
	box := r.Outbox("mqtt")
	if _, err := box.Next(t.Context(), uplink.Alarm, 0, 500, nil); err == nil {
		t.Fatal("an altered event was handed out")
	}
	eventually(t, "set aside and salvaged", func() bool {
		h := r.Health()
		return h.Quarantined == 1 && !h.Salvaging && h.Mode == ModeDisk && h.Waiting == 0
	})
	missing := slices.Delete(slices.Clone(want), 100, 101)
	if got := ids(drain(t, box, uplink.Alarm)); !slices.Equal(got, missing) {
		t.Fatalf("%d events were salvaged, want %d", len(got), len(missing))
	}
	if n := box.Backlog(uplink.Alarm); n != int64(len(missing)) {
		t.Fatalf("backlog %d, want %d", n, len(missing))
	}
	more := r.put(1)
	r.stop()
	r = start(t, opts)
	if got := ids(drain(t, r.Outbox("mqtt"), uplink.Alarm)); !slices.Equal(got, append(missing, more...)) {
		t.Fatalf("after the restart %d events", len(got))
	}
}

func TestOnlyTheLastThreeJournalsAreKept(t *testing.T) {
	dir := t.TempDir()
	opts := testOptions(dir)
	for range 6 {
		r := start(t, opts)
		r.put(3)
		eventually(t, "salvage", func() bool { return !r.Health().Salvaging })
		r.stop()
		must(t, os.WriteFile(r.path(), []byte("garbage that is longer than a header of one hundred bytes, so that it is read at all and then refused by the check"), 0o600))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), quarantinePrefix) {
			n++
		}
	}
	if n != keepQuarantined {
		t.Fatalf("%d folders are kept, want %d", n, keepQuarantined)
	}
}

// TestRawScanAgreesWithSQLite reads a healthy journal both ways, long values included.
func TestRawScanAgreesWithSQLite(t *testing.T) {
	opts := testOptions(t.TempDir())
	r := start(t, opts)
	for i := range 40 {
		rec := record(fmt.Sprintf("d%d", i))
		rec.Event.Cause = strings.Repeat("x", i*997)
		must(t, r.Append([]Record{rec}).Err())
	}
	must(t, r.PutMeta("counter", []byte("41")).Err())
	var want []string
	for st, err := range r.List(t.Context(), Filter{}) {
		must(t, err)
		want = append(want, string(st.Payload))
	}
	r.stop()
	p, err := openPages(r.path())
	must(t, err)
	defer p.close()
	var got []string
	p.rows(func(rowid int64, cols []any) bool {
		if it := rawEvent(rowid, cols); it != nil {
			got = append(got, string(it.payload))
		}
		return true
	})
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("%d events by pages, %d by SQLite", len(got), len(want))
	}
	c, err := scanContents(r.path())
	must(t, err)
	if len(c.points) != 40 || !c.known || !c.cursorOK || string(c.meta["counter"].value) != "41" {
		t.Fatalf("small tables: %d points, known %v, cursors %v, meta %v", len(c.points), c.known, c.cursorOK, c.meta)
	}
	if _, err := scanContents(filepath.Join(opts.Dir, "absent")); err != nil {
		t.Fatalf("absent file: %v", err)
	}
	if _, err := os.Stat(filepath.Join(opts.Dir, "absent")); !os.IsNotExist(err) {
		t.Fatal(fs.ErrExist)
	}
}

// FuzzRawScan feeds damaged pages to the scanner: it may find nothing, but never panics and
// never yields an event whose payload is another's.
func FuzzRawScan(f *testing.F) {
	sp := makeSpecimen(f, true)
	f.Add(sp.db, uint32(0), byte(1))
	f.Add(sp.db[:len(sp.db)-100], uint32(5000), byte(255))
	f.Add([]byte("SQLite format 3"), uint32(3), byte(7))
	f.Fuzz(func(t *testing.T, data []byte, at uint32, flip byte) {
		if len(data) > 0 {
			data = bytes.Clone(data)
			data[int(at)%len(data)] ^= flip
		}
		path := filepath.Join(t.TempDir(), "j")
		must(t, os.WriteFile(path, data, 0o600))
		p, err := openPages(path)
		must(t, err)
		defer p.close()
		p.rows(func(rowid int64, cols []any) bool {
			if it := rawEvent(rowid, cols); it != nil && !bytes.Contains(it.payload, []byte(`"id":"`+it.id+`"`)) {
				t.Errorf("invented event %q", it.id)
			}
			return true
		})
	})
}

// TestDamageFoundByTheFirstWrite flips the type of a page that is read only when it is
// written: the start sets the file aside all the same and is on disk at once.
func TestDamageFoundByTheFirstWrite(t *testing.T) {
	sp := makeSpecimen(t, true)
	dir := filepath.Join(t.TempDir(), "d")
	for bit := range 8 {
		flip := sp
		flip.db = bytes.Clone(sp.db)
		flip.db[4097] ^= 1 << bit
		flip.lay(t, dir)
		if rep, got := flip.check(t, dir, fmt.Sprintf("bit %d of byte 4097", bit)); len(got) != 40 || !rep.Durable {
			t.Fatalf("bit %d: %d unsent events, report %+v", bit, len(got), rep)
		}
	}
}
