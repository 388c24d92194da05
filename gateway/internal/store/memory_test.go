package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

// breaker is a disk that fails while it is told to.
type breaker struct{ err atomic.Pointer[error] }

func (b *breaker) set(err error) {
	if err == nil {
		b.err.Store(nil)
		return
	}
	b.err.Store(&err)
}

func (b *breaker) hook() error {
	if p := b.err.Load(); p != nil {
		return *p
	}
	return nil
}

func TestFailingDiskKeepsEverythingInMemoryAndWritesItLater(t *testing.T) {
	for _, why := range []error{unix.EIO, unix.ENOSPC, unix.EROFS} {
		t.Run(why.Error(), func(t *testing.T) {
			var disk breaker
			opts := testOptions(t.TempDir())
			opts.Faults = Faults{Commit: disk.hook, Open: disk.hook, Second: disk.hook}
			r := start(t, opts)
			want := r.put(5)
			disk.set(why)
			first := record("d1")
			if err := r.Append([]Record{first}).Err(); !errors.Is(err, ErrMemoryOnly) {
				t.Fatalf("ticket: %v, want ErrMemoryOnly", err)
			}
			want = append(want, first.Event.ID)
			for range 50 {
				rec := record("d2")
				if err := r.Append([]Record{rec}).Err(); !errors.Is(err, ErrMemoryOnly) {
					t.Fatalf("ticket: %v, want ErrMemoryOnly", err)
				}
				want = append(want, rec.Event.ID)
			}
			if got := ids(drain(t, r.Outbox("mqtt"), uplink.Alarm)); !slices.Equal(got, want) {
				t.Fatalf("outbox in memory mode has %d entries, want %d in order", len(got), len(want))
			}
			if h := r.Health(); h.Mode != ModeMemory || h.Err == "" {
				t.Fatalf("health %+v", h)
			}
			disk.set(nil)
			eventually(t, "disk mode", func() bool { return r.Health().Mode == ModeDisk })
			want = append(want, r.put(3)...)
			r.stop()
			r = start(t, opts)
			if got := ids(drain(t, r.Outbox("mqtt"), uplink.Alarm)); !slices.Equal(got, want) {
				t.Fatalf("after the restart %d entries, want %d in order", len(got), len(want))
			}
		})
	}
}

func TestHangingDiskLetsEntriesOut(t *testing.T) {
	var hang atomic.Pointer[chan struct{}]
	opts := testOptions(t.TempDir())
	opts.StallAfter = 500 * time.Millisecond
	opts.Faults.Commit = func() error {
		if ch := hang.Load(); ch != nil {
			<-*ch
		}
		return nil
	}
	r := start(t, opts)
	r.put(1)
	gate := make(chan struct{})
	hang.Store(&gate)
	rec := record("d1")
	if err := r.Append([]Record{rec}).Err(); !errors.Is(err, ErrMemoryOnly) {
		t.Fatalf("ticket: %v, want ErrMemoryOnly while the disk hangs", err)
	}
	if got := drain(t, r.Outbox("mqtt"), uplink.Alarm); len(got) != 2 {
		t.Fatalf("%d entries reach the uplink while the disk hangs, want 2", len(got))
	}
	hang.Store(nil)
	close(gate)
	eventually(t, "disk mode", func() bool { return r.Health().Mode == ModeDisk })
	r.put(1)
}

func TestMemoryIsBoundedAndFiresGoLast(t *testing.T) {
	var disk breaker
	opts := testOptions(t.TempDir())
	opts.MemoryAlarms, opts.MemoryRest = 20, 5
	opts.Faults = Faults{Commit: disk.hook, Open: disk.hook}
	r := start(t, opts)
	disk.set(unix.EIO)
	var fires []string
	for range 10 {
		rec := record("d1")
		_ = r.Append([]Record{rec}).Err()
		fires = append(fires, rec.Event.ID)
	}
	for range 100 {
		rec := record("d2")
		rec.Event.Class, rec.Event.State = message.ClassFault, message.Fault
		_ = r.Append([]Record{rec}).Err()
		_ = r.Append([]Record{lifecycle()}).Err()
	}
	h := r.Health()
	if h.Waiting > 25+1 || h.Dropped["alarm"] == 0 || h.Dropped["rest"] == 0 {
		t.Fatalf("health %+v", h)
	}
	got := ids(drain(t, r.Outbox("mqtt"), uplink.Alarm))
	if !slices.Equal(got[:10], fires) {
		t.Fatalf("fires were dropped before faults: %v", got)
	}
	if n := r.Outbox("mqtt").Backlog(uplink.Alarm); n != int64(len(got)) {
		t.Fatalf("backlog %d, outbox has %d", n, len(got))
	}
	disk.set(nil)
	eventually(t, "disk mode", func() bool { return r.Health().Mode == ModeDisk })
	if p := r.Points()["d2/smoke"]; p.State != message.Fault {
		t.Fatalf("snapshot of a dropped event: %+v", p)
	}
	eventually(t, "a dropped event", func() bool {
		return slices.ContainsFunc(drain(t, r.Outbox("mqtt"), uplink.Rest), func(e uplink.Entry) bool {
			return e.Class == message.ClassLifecycle && contains(e.Payload, `"kind":"dropped"`)
		})
	})
}

func contains(b []byte, part string) bool {
	for i := 0; i+len(part) <= len(b); i++ {
		if string(b[i:i+len(part)]) == part {
			return true
		}
	}
	return false
}

// TestDiskThatComesBackLateIsJoined starts without the folder, as when a partition is not
// mounted, and gives it back later. In the second round the positions given meanwhile clash
// with those that the first round left on the disk.
func TestDiskThatComesBackLateIsJoined(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	away := dir + ".away"
	opts := testOptions(dir)
	r := start(t, opts)
	want := r.put(8)
	sent := drain(t, r.Outbox("mqtt"), uplink.Alarm)
	r.Outbox("mqtt").Confirm(uplink.Alarm, sent[0].Pos, sent[1].Pos)
	want = want[2:]
	r.stop()
	for round := range 2 {
		must(t, os.Remove(filepath.Join(dir, secondName)))
		must(t, os.Rename(dir, away))
		var disk breaker
		disk.set(unix.EIO)
		var late atomic.Pointer[map[string]PointRecord]
		opts.Late = func(points map[string]PointRecord) { late.Store(&points) }
		opts.Faults = Faults{Open: disk.hook, Second: disk.hook}
		r = start(t, opts)
		if r.rep.MemoryOnly == "" || r.rep.Durable {
			t.Fatalf("report %+v", r.rep)
		}
		rec := record("new")
		if err := r.Append([]Record{rec}).Err(); !errors.Is(err, ErrMemoryOnly) {
			t.Fatal(err)
		}
		box := r.Outbox("mqtt")
		if got := ids(drain(t, box, uplink.Alarm)); !slices.Equal(got, []string{rec.Event.ID}) {
			t.Fatalf("memory outbox %v", got)
		}
		must(t, os.RemoveAll(dir))
		must(t, os.Rename(away, dir))
		disk.set(nil)
		want = append(want, rec.Event.ID)
		eventually(t, "the joined outbox", func() bool {
			return slices.Equal(ids(drain(t, box, uplink.Alarm)), want) && box.Backlog(uplink.Alarm) == int64(len(want))
		})
		eventually(t, "latches that came late", func() bool {
			points := late.Load()
			return points != nil && (*points)["d1/smoke"].State.Has(message.Latched)
		})
		if q := r.Health().Quarantined; q != uint64(round) {
			t.Fatalf("round %d: %d journals set aside", round, q)
		}
		eventually(t, "disk mode and the end of a salvage", func() bool {
			h := r.Health()
			return h.Mode == ModeDisk && !h.Salvaging && h.Waiting == 0
		})
		r.stop()
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSecondProcessGoesOnInMemory(t *testing.T) {
	opts := testOptions(t.TempDir())
	r := start(t, opts)
	r.put(1)
	s, rep, err := Open(t.Context(), opts)
	if err != nil || rep.MemoryOnly == "" || rep.Epoch == r.rep.Epoch {
		t.Fatalf("report %+v, %v", rep, err)
	}
	if err := s.Append([]Record{record("d1")}).Err(); !errors.Is(err, ErrMemoryOnly) {
		t.Fatal(err)
	}
	if err := s.Close(); !errors.Is(err, ErrClosed) {
		t.Fatalf("close loses a record silently: %v", err)
	}
	r.put(1)
}

func TestFullQuotaDropsTelemetryThenRestThenAlarms(t *testing.T) {
	opts := testOptions(t.TempDir())
	opts.Quota = Quota{MaxBytes: 3 << 20, AlarmReserve: 1 << 20, TelemetryBytes: 1 << 20, MinEvents: 10}
	r := start(t, opts)
	for range 200 {
		if err := r.AppendTelemetry(make([]byte, 4000)); err != nil {
			t.Fatal(err)
		}
	}
	for range 40 {
		recs := make([]Record, 50)
		for i := range recs {
			recs[i] = lifecycle()
		}
		if err := r.Append(recs).Err(); err != nil {
			t.Fatal(err)
		}
	}
	want := r.put(1200)
	h := r.Health()
	if h.Mode != ModeDisk || h.FileBytes > 3<<20 {
		t.Fatalf("health %+v", h)
	}
	if got := ids(drain(t, r.Outbox("mqtt"), uplink.Alarm)); !slices.Equal(got, want) {
		t.Fatalf("%d alarms of %d left; the rest lane must go first (%+v)", len(got), len(want), r.Health())
	}
	// More alarms than the file holds, none confirmed: the oldest go and it is said.
	for range 20 {
		r.put(500)
	}
	eventually(t, "dropped alarms are counted", func() bool { return r.Health().Dropped["alarm"] > 0 })
	st, err := os.Stat(r.path())
	if err != nil || st.Size() > 3<<20 {
		t.Fatalf("journal has %d bytes, %v", st.Size(), err)
	}
	got := drain(t, r.Outbox("mqtt"), uplink.Alarm)
	if n := r.Outbox("mqtt").Backlog(uplink.Alarm); n != int64(len(got)) {
		t.Fatalf("backlog %d, outbox has %d", n, len(got))
	}
}

func TestOptionsAreChecked(t *testing.T) {
	if _, _, err := Open(context.Background(), Options{}); !errors.Is(err, ErrOptions) {
		t.Fatalf("%v", err)
	}
}

// tinyDisk is a folder on a file system of 3 MB, or, where this process may not mount one, an
// ordinary folder whose fullness is played by the hook.
func tinyDisk(t *testing.T) (dir string, fill func(full bool), faults Faults) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "tiny")
	must(t, os.Mkdir(dir, 0o750))
	filler := filepath.Join(dir, "filler")
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		var disk breaker
		return dir, func(full bool) {
			disk.set(nil)
			if full {
				disk.set(unix.ENOSPC)
			}
		}, Faults{Commit: disk.hook, Second: disk.hook}
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir, func(full bool) {
		if !full {
			must(t, os.Remove(filler))
			return
		}
		f, err := os.Create(filler)
		must(t, err)
		for block := make([]byte, 4096); err == nil; {
			_, err = f.Write(block)
		}
		must(t, f.Close())
	}, Faults{}
}

func TestFullFileSystem(t *testing.T) {
	dir, fill, faults := tinyDisk(t)
	opts := testOptions(dir)
	opts.Faults = faults
	opts.BallastBytes = 256 << 10
	r := start(t, opts)
	want := r.put(20)
	fill(true)
	inMemory := 0
	for i := 0; inMemory < 50 && i < 20_000; i++ {
		rec := record("d1")
		err := r.Append([]Record{rec}).Err()
		want = append(want, rec.Event.ID)
		switch {
		case errors.Is(err, ErrMemoryOnly):
			inMemory++
		case err != nil:
			t.Fatal(err)
		}
	}
	if inMemory == 0 {
		t.Fatal("a full disk was never noticed")
	}
	if got := ids(drain(t, r.Outbox("mqtt"), uplink.Alarm)); !slices.Equal(got, want) {
		t.Fatalf("full disk: outbox has %d entries, want %d in order", len(got), len(want))
	}
	fill(false)
	eventually(t, "disk mode", func() bool { return r.Health().Mode == ModeDisk })
	want = append(want, r.put(5)...)
	r.stop()
	r = start(t, opts)
	if got := ids(drain(t, r.Outbox("mqtt"), uplink.Alarm)); !slices.Equal(got, want) || r.rep.Quarantined != "" {
		t.Fatalf("after the restart %d entries, want %d in order; %+v", len(got), len(want), r.rep)
	}
	if d := r.Health().Dropped["alarm"]; d != 0 {
		t.Fatalf("%d alarms were dropped", d)
	}
}

// TestFullFromTheStart begins on a full disk: the epoch can't be made durable.
func TestFullFromTheStart(t *testing.T) {
	dir, fill, faults := tinyDisk(t)
	opts := testOptions(dir)
	opts.Faults = faults
	r := start(t, opts)
	want := r.put(20)
	first := r.rep.Epoch
	r.stop()
	fill(true)
	r = start(t, opts)
	if r.rep.Epoch <= first {
		t.Fatalf("report %+v", r.rep)
	}
	if !r.Points()["d1/smoke"].State.Has(message.Latched) {
		t.Fatal("a latch is lost on a full disk")
	}
	rec := record("d1")
	if err := r.Append([]Record{rec}).Err(); err != nil && !errors.Is(err, ErrMemoryOnly) {
		t.Fatal(err)
	}
	want = append(want, rec.Event.ID)
	fill(false)
	eventually(t, "disk mode and the old backlog", func() bool {
		return r.Health().Mode == ModeDisk && slices.Equal(ids(drain(t, r.Outbox("mqtt"), uplink.Alarm)), want)
	})
	epoch := r.Health().Epoch
	r.stop()
	r = start(t, opts)
	if r.rep.Epoch <= epoch || r.rep.Epoch > epoch+1 {
		t.Fatalf("epoch %d after %d", r.rep.Epoch, epoch)
	}
}
