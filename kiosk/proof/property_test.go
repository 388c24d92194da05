package proof

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever comes in, whenever it is written and however often the book is opened anew after a
// flush: every record is counted once, or rejected once.
func TestEveryRecordIsCountedOnce(t *testing.T) {
	root, runs := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		dir := filepath.Join(root, strconv.Itoa(runs))
		b := open(t, dir)
		at := stamp(t, "2026-11-10 22:00:00")
		var added, rejected int
		var shownFor time.Duration
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(0, 7200).Draw(rt, "pause")) * time.Second)
			at.Trusted = rapid.IntRange(0, 5).Draw(rt, "trusted") > 0
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0:
				if err := b.Tick(at); err != nil {
					rt.Fatal(err)
				}
			case 1:
				if err := b.Flush(); err != nil {
					rt.Fatal(err)
				}
				b = open(t, dir)
			default:
				r := shown(at)
				r.Screen = rapid.SampledFrom([]string{"tv", "led", "none"}).Draw(rt, "screen")
				r.Item = rapid.SampledFrom([]string{"film", "poster"}).Draw(rt, "item")
				r.From = r.Until - time.Duration(rapid.IntRange(-1, 40).Draw(rt, "length"))*time.Second
				switch err := b.Add(r); {
				case err == nil:
					added++
					shownFor += r.Until - r.From
				case errors.Is(err, ErrRejected):
					rejected++
				default:
					rt.Fatal(err)
				}
			}
		}
		var count, ms, refused int64
		for _, d := range report(t, b, "2026-11-09", "2026-11-20") {
			for _, r := range d.Rows {
				count += r.Count
				ms += r.ShownMS
			}
			for n := range maps.Values(d.Rejected) {
				refused += n
			}
		}
		if count != int64(added) || ms != shownFor.Milliseconds() || refused != int64(rejected) {
			rt.Fatalf("added %d, %s, rejected %d; the report has %d, %d ms, %d", added, shownFor, rejected, count, ms, refused)
		}
	})
}

// A day's table is bounded, and what has no room is said.
func TestTableIsBounded(t *testing.T) {
	b := open(t, t.TempDir())
	s := b.sheet("2026-11-10")
	for i := range maxRows {
		s.row(key{screen: "x", item: time.Duration(i).String()})
	}
	if err := b.Add(shown(stamp(t, "2026-11-10 12:00:00"))); !errors.Is(err, ErrRejected) || s.rejected[TooMany] != 1 {
		t.Errorf("%v %v", err, s.rejected)
	}
	other := newTable()
	other.row(key{screen: "y", item: "y"}).Count = 3
	s.merge(other)
	if len(s.rows) != maxRows || s.rejected[TooMany] != 4 {
		t.Errorf("%d rows, %v", len(s.rows), s.rejected)
	}
	data, err := encode("2026-11-10", s.table)
	if err != nil || len(data) > maxFile {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if _, err := decode("2026-11-10", data); err != nil {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	t := newTable()
	t.row(key{"tv", "main", "film", "winter v1"}).Count = 2
	t.rejected[Overlap] = 1
	good, err := encode("2026-11-10", t)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bytes.SplitN(good, []byte("\n"), 2)[0])
	f.Add([]byte(`{"version":1,"day":"2026-11-10","rows":[{"screen":"a","item":"b","count":-1}]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		table, err := decode("2026-11-10", fmt.Appendf(slices.Clone(line), "\n%08x\n", crc32.ChecksumIEEE(line)))
		if err != nil {
			return
		}
		for k, r := range table.rows {
			if r.Count < 0 || r.ShownMS < 0 || r.Interrupted > r.Count || k != r.key() {
				t.Fatalf("%+v", r)
			}
		}
		again, err := encode("2026-11-10", table)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decode("2026-11-10", again); err != nil {
			t.Fatal(err)
		}
	})
}
