package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

// TestNoIDEverReturns restarts a booth again and again with one misfortune each time: a lost
// or damaged journal, a lost or damaged second copy, a disk that fails from the start or
// breaks later, kills without a last flush, a replaced board that hears of its past only from
// the platform. No id may be given twice, and epochs stay below 2^53.
func TestNoIDEverReturns(t *testing.T) {
	root := t.TempDir()
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		dir := filepath.Join(root, fmt.Sprint(round))
		seen := make(map[string]bool)
		platform := uint64(0) // the highest epoch the platform has seen
		for range rapid.IntRange(2, 6).Draw(rt, "starts") {
			lives(rt, dir, seen, &platform)
			misfortune(rt, dir)
		}
	})
}

// lives is one run of a daemon.
func lives(rt *rapid.T, dir string, seen map[string]bool, platform *uint64) {
	var disk breaker
	opts := testOptions(dir)
	opts.Faults = Faults{Open: disk.hook, Commit: disk.hook, Second: disk.hook}
	if rapid.IntRange(0, 4).Draw(rt, "disk fails at start") == 0 {
		disk.set(unix.EROFS)
	}
	s, rep, err := Open(rt.Context(), opts)
	if err != nil {
		rt.Fatal(err)
	}
	give := func(n int) {
		for range n {
			rec := record("d1")
			s.Append([]Record{rec})
			if seen[rec.Event.ID] {
				rt.Fatalf("id %s was given before (report %+v)", rec.Event.ID, rep)
			}
			if rec.Event.Epoch >= 1<<53 {
				rt.Fatalf("epoch %d", rec.Event.Epoch)
			}
			seen[rec.Event.ID] = true
		}
	}
	give(rapid.IntRange(0, 5).Draw(rt, "events"))
	if rapid.Bool().Draw(rt, "written") {
		s.flush(rt.Context())
	}
	switch rapid.IntRange(0, 3).Draw(rt, "then") {
	case 0:
		disk.set(unix.EIO)
	case 1:
		disk.set(nil)
	case 2:
		s.RaiseEpoch(*platform)
	}
	give(rapid.IntRange(0, 5).Draw(rt, "more events"))
	*platform = max(*platform, s.Health().Epoch)
	if rapid.Bool().Draw(rt, "clean end") {
		_ = s.Close()
		return
	}
	s.closeJournal() // killed: nothing more is written, the kernel gives the lock back
}

// misfortune is what befalls the files between two runs.
func misfortune(rt *rapid.T, dir string) {
	path := filepath.Join(dir, journalDir, journalName)
	switch rapid.IntRange(0, 6).Draw(rt, "misfortune") {
	case 0:
		_ = os.RemoveAll(filepath.Join(dir, journalDir))
	case 1:
		_ = os.Remove(filepath.Join(dir, secondName))
	case 2:
		damage(rt, path)
	case 3:
		damage(rt, filepath.Join(dir, secondName))
	case 4:
		_ = os.RemoveAll(dir)
	case 5:
		damage(rt, path)
		damage(rt, filepath.Join(dir, secondName))
	}
}

func damage(rt *rapid.T, path string) {
	data, err := os.ReadFile(path)
	if err != nil || len(data) == 0 {
		return
	}
	if at := rapid.IntRange(0, len(data)-1).Draw(rt, "at"); rapid.Bool().Draw(rt, "cut") {
		data = data[:at]
	} else {
		data[at] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		rt.Fatal(err)
	}
}

func TestReplacedBoardBeginsAboveWhatThePlatformRemembers(t *testing.T) {
	r := start(t, testOptions(t.TempDir()))
	floor := r.rep.Epoch + 1000
	r.RaiseEpoch(floor)
	rec := record("d1")
	must(t, r.Append([]Record{rec}).Err())
	if rec.Event.Epoch != floor+1 {
		t.Fatalf("epoch %d, want %d", rec.Event.Epoch, floor+1)
	}
	r.RaiseEpoch(floor)
	if e := r.Health().Epoch; e != floor+1 {
		t.Fatalf("epoch raised again to %d", e)
	}
	opts := r.opts
	r.stop()
	r = start(t, opts)
	if r.rep.Epoch != floor+2 {
		t.Fatalf("next start has epoch %d, want %d", r.rep.Epoch, floor+2)
	}
}

func TestSecondCopyBringsLatchesNumbersAndValuesBack(t *testing.T) {
	dir := t.TempDir()
	opts := testOptions(dir)
	r := start(t, opts)
	r.put(10)
	reset := record("d0")
	reset.Event.Kind, reset.Event.State = message.KindReset, 0
	must(t, r.Append([]Record{reset}).Err())
	must(t, r.PutMeta("counter/desk-1", []byte("41")).Err())
	epoch, last := r.rep.Epoch, reset.Event.ID
	r.stop()
	must(t, os.RemoveAll(filepath.Join(dir, journalDir)))

	r = start(t, opts)
	if r.rep.Epoch <= epoch || len(r.rep.Restored) != 6 {
		t.Fatalf("report %+v", r.rep)
	}
	if _, ok := r.Points()["d0/smoke"]; ok {
		t.Fatal("a reset point came back")
	}
	if !r.Points()["d1/smoke"].State.Has(message.Fire | message.Latched) {
		t.Fatal("a latch is lost")
	}
	if v, ok := r.GetMeta("counter/desk-1"); !ok || string(v) != "41" {
		t.Fatalf("counter %q %v", v, ok)
	}
	rec := record("d1")
	must(t, r.Append([]Record{rec}).Err())
	if rec.Event.Prev != last || rec.Event.Seq != 12 {
		t.Fatalf("prev %q seq %d, want %q and 12", rec.Event.Prev, rec.Event.Seq, last)
	}
	if got := drain(t, r.Outbox("mqtt"), uplink.Alarm); len(got) != 1 {
		t.Fatalf("%d entries in a new journal", len(got))
	}
	// What the second copy restored is in the new journal too.
	r.stop()
	must(t, os.Remove(filepath.Join(dir, secondName)))
	r = start(t, opts)
	if v, _ := r.GetMeta("counter/desk-1"); string(v) != "41" || !r.Points()["d3/smoke"].State.Has(message.Latched) {
		t.Fatal("the new journal did not take over what the second copy knew")
	}
}

func TestMetaValues(t *testing.T) {
	opts := testOptions(t.TempDir())
	r := start(t, opts)
	must(t, r.PutMeta("a", []byte("1")).Err())
	must(t, r.PutMeta("a", []byte("2")).Err())
	must(t, r.PutMeta("b", []byte{}).Err())
	must(t, r.PutMeta("c", []byte("3")).Err())
	must(t, r.PutMeta("c", nil).Err())
	r.stop()
	r = start(t, opts)
	if v, ok := r.GetMeta("a"); !ok || string(v) != "2" {
		t.Fatalf("a = %q %v", v, ok)
	}
	if v, ok := r.GetMeta("b"); !ok || len(v) != 0 {
		t.Fatalf("b = %q %v", v, ok)
	}
	if _, ok := r.GetMeta("c"); ok {
		t.Fatal("a deleted value came back")
	}
}
