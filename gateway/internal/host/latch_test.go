package host

import (
	"os"
	"path/filepath"
	"testing"
)

const alarm = "sys/class/hwmon/hwmon1/in0_lcrit_alarm"

// TestUndervoltageIsKeptForTheBoot: over the end of the dip, over a restart of the daemon,
// even over the loss of the sensor, and not over a restart of the board.
func TestUndervoltageIsKeptForTheBoot(t *testing.T) {
	b := newBoard(t)
	r := b.reader()
	want(t, "before", read(t, r).Undervoltage, Undervoltage{})
	b.write(alarm, "1\n")
	want(t, "during", read(t, r).Undervoltage, Undervoltage{Now: true, Seen: true})
	b.write(alarm, "0\n")
	want(t, "after", read(t, r).Undervoltage, Undervoltage{Seen: true})

	r = b.reader()
	want(t, "a new daemon", read(t, r).Undervoltage, Undervoltage{Seen: true})
	b.write(alarm, "")
	want(t, "with a sensor that is silent", read(t, b.reader()).Undervoltage, Undervoltage{Seen: true})
	b.remove(alarm)
	want(t, "without the sensor", read(t, b.reader()).Undervoltage, Undervoltage{Seen: true})

	b.write(alarm, "0\n")
	b.write("proc/sys/kernel/random/boot_id", bootB+"\n")
	want(t, "the next boot", read(t, b.reader()).Undervoltage, Undervoltage{})
	want(t, "the next boot within one reader", read(t, r).Undervoltage, Undervoltage{})
}

// TestDipBetweenReadings: the kernel shows a dip for two seconds.
func TestDipBetweenReadings(t *testing.T) {
	b := newBoard(t)
	r := b.reader()
	read(t, r)
	b.write(alarm, "1\n")
	if err := r.SampleUndervoltage(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.write(alarm, "0\n")
	want(t, "the next reading", read(t, r).Undervoltage, Undervoltage{Seen: true})
	want(t, "a new daemon", read(t, b.reader()).Undervoltage, Undervoltage{Seen: true})
	b.write(alarm, "half")
	b.remove("proc/sys/kernel/random/boot_id")
	if err := r.SampleUndervoltage(t.Context()); err == nil {
		t.Error("no error although there was nothing to read")
	}
}

// TestDamagedRecord: half a file, or none of ours, is not "never seen".
func TestDamagedRecord(t *testing.T) {
	for _, text := range []string{"", "{", `{"boot":"` + bootA[:9], `{"seen":false}`, "\x00\x00\x00\x00", `[]`} {
		b := newBoard(t)
		o := b.options()
		if err := os.WriteFile(o.LatchFile, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r := b.reader()
		want(t, text, read(t, r).Undervoltage, Undervoltage{HistoryLost: true})
		if err := r.SampleUndervoltage(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(t, text+", next daemon", read(t, b.reader()).Undervoltage, Undervoltage{HistoryLost: true})
		b.write("proc/sys/kernel/random/boot_id", bootB)
		want(t, text+", next boot", read(t, b.reader()).Undervoltage, Undervoltage{})
	}
}

// TestRecordThatCannotBeWritten: what was seen is reported all the same, and so is the
// failure, until the folder is there.
func TestRecordThatCannotBeWritten(t *testing.T) {
	b := newBoard(t)
	o := b.options()
	dir := filepath.Join(b.root, "later")
	o.LatchFile = filepath.Join(dir, "latch.json")
	r := newReader(t, o)
	b.write(alarm, "1")
	read(t, r)
	f := read(t, r)
	want(t, "undervoltage", f.Undervoltage, Undervoltage{Now: true, Seen: true})
	wantUnknown(t, "its record", f.UndervoltageKept)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	want(t, "its record, later", read(t, r).UndervoltageKept, true)
	b.write(alarm, "0")
	want(t, "a new daemon", read(t, newReader(t, o)).Undervoltage, Undervoltage{Seen: true})
}
