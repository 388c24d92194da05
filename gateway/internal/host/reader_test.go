package host

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/clock"
)

const (
	bootA = "6c1f2a34-9d5e-4b1a-8f27-0d3c5e7a9b10"
	bootB = "0f9e8d7c-6b5a-4c3d-9e2f-1a0b9c8d7e6f"
)

// patient is a limit that no loaded machine reaches.
const patient = time.Minute

// board is a copy of the tree in testdata that a test may damage.
type board struct {
	t    *testing.T
	root string
}

func newBoard(t *testing.T) board {
	t.Helper()
	b := board{t, t.TempDir()}
	if err := os.CopyFS(filepath.Join(b.root, "board"), os.DirFS("testdata/board")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(b.root, "journal"), 0o755); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b board) path(name string) string { return filepath.Join(b.root, "board", name) }

func (b board) write(name, text string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(b.path(name)), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(b.path(name), []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func (b board) remove(name string) {
	b.t.Helper()
	if err := os.RemoveAll(b.path(name)); err != nil {
		b.t.Fatal(err)
	}
}

func (b board) options() Options {
	return Options{
		Proc: b.path("proc"), Sys: b.path("sys"), JournalDir: filepath.Join(b.root, "journal"),
		LatchFile: filepath.Join(b.root, "latch.json"), Limit: patient, Now: stampAt(bootA, time.Minute),
		Statfs: func(_ string, st *unix.Statfs_t) error {
			*st = unix.Statfs_t{Bsize: 4096, Blocks: 1000, Bfree: 500, Bavail: 450, Files: 100, Ffree: 40}
			return nil
		},
	}
}

func stampAt(boot string, mono time.Duration) func() message.Stamp {
	return func() message.Stamp {
		return message.Stamp{Boot: boot, Mono: mono, Wall: time.Unix(1790300400, 0).UTC(), Trusted: true}
	}
}

func (b board) reader() *Reader { return newReader(b.t, b.options()) }

func newReader(t *testing.T, o Options) *Reader {
	t.Helper()
	r, err := NewReader(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func read(t *testing.T, r *Reader) Facts {
	t.Helper()
	f, err := r.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func want[T comparable](t *testing.T, what string, got Fact[T], value T) {
	t.Helper()
	if got.State != Known || got.Value != value {
		t.Errorf("%s is %q %+v (%s), want %+v", what, got.State, got.Value, got.Err, value)
	}
}

func wantUnknown[T any](t *testing.T, what string, got Fact[T]) {
	t.Helper()
	if got.State != Unknown || got.Err == "" {
		t.Errorf("%s is %q %+v (error %q), want unknown with a reason", what, got.State, got.Value, got.Err)
	}
}

func wantAbsent[T any](t *testing.T, what string, got Fact[T]) {
	t.Helper()
	if got.State != Absent {
		t.Errorf("%s is %q %+v (%s), want absent", what, got.State, got.Value, got.Err)
	}
}

func TestReadBoard(t *testing.T) {
	f := read(t, newBoard(t).reader())
	want(t, "boot", f.Boot, bootA)
	want(t, "journal", f.Journal, Disk{
		Path: f.Journal.Value.Path, FS: "0000000000000000",
		Total: 950 * 4096, Free: 450 * 4096, Inodes: 100, InodesFree: 40,
	})
	want(t, "memory", f.Memory, Memory{Total: 3885396 << 10, Available: 2912340 << 10})
	want(t, "swap", f.Swap, Swap{ZramTotal: 524284 << 10, ZramUsed: 10240 << 10, DiskTotal: 102396 << 10, DiskUsed: 2048 << 10})
	want(t, "load", f.Load, Load{0.52, 0.48, 0.40, 4})
	want(t, "oom kills", f.OOMKills, 3)
	want(t, "undervoltage", f.Undervoltage, Undervoltage{})
	want(t, "its record", f.UndervoltageKept, true)
	want(t, "clock", f.Clock, Clock{Trusted: true, Wall: time.Unix(1790300400, 0).UTC()})
	want(t, "rtc", f.RTC, RTC{Name: "rtc0", At: time.Unix(1790300400, 0).UTC()})
	wantAbsent(t, "modem", f.Modem)
	wantAbsent(t, "ups", f.UPS)
	if got := f.Mount.Value; f.Mount.State != Known || got.Type != "ext4" || got.Point != "/" || !slices.Equal(got.Options, []string{"noatime", "rw"}) {
		t.Errorf("mount %+v", f.Mount)
	}
	if z := f.Temperatures.Value; len(z) != 1 || z[0].Name != "cpu-thermal" {
		t.Fatalf("zones %+v", f.Temperatures)
	}
	want(t, "temperature", f.Temperatures.Value[0].Celsius, 48.312)
	// The SD card in mmcblk1 has no wear to report; mmcblk0boot0 is a part.
	if w := f.Wear.Value; len(w) != 1 || w[0].Device != "mmcblk0" {
		t.Fatalf("wear %+v", f.Wear)
	}
	want(t, "life used", f.Wear.Value[0].Used, 20)
	want(t, "reserve", f.Wear.Value[0].Reserve, ReserveNormal)
	if e := f.FSErrors.Value; len(e) != 1 || e[0] != (FSErrors{"mmcblk0p2", known(uint64(0))}) {
		t.Errorf("file system errors %+v", f.FSErrors)
	}
}

func TestReadNetwork(t *testing.T) {
	b := newBoard(t)
	n := read(t, b.reader()).Network
	if n.State != Known || len(n.Value.Interfaces) != 2 || !slices.Equal(n.Value.Default, []string{"eth0"}) {
		t.Fatalf("network %+v", n)
	}
	eth, wwan := n.Value.Interfaces[0], n.Value.Interfaces[1]
	want(t, "eth0 up", eth.Up, true)
	want(t, "eth0 carrier", eth.Carrier, true)
	want(t, "eth0 counters", eth.Counters, Counters{Packets: 20000, Errors: 3})
	want(t, "wwan0 up", wwan.Up, false)
	wantUnknown(t, "wwan0 carrier", wwan.Carrier)

	// Only IPv6 leads out: as a mobile network may have it.
	b.write("proc/net/route", "Iface\tDestination\tGateway\tFlags\n")
	b.write("proc/net/ipv6_route", "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003    wwan0\n")
	if n := read(t, b.reader()).Network; !slices.Equal(n.Value.Default, []string{"wwan0"}) {
		t.Errorf("default routes %+v", n)
	}
	b.write("proc/net/ipv6_route", "00000000000000000000000000000000 00 0000")
	if n := read(t, b.reader()).Network; n.State != Known || len(n.Value.Default) != 0 {
		t.Errorf("half a line is a default route: %+v", n)
	}
}

func TestNegativeTemperatures(t *testing.T) {
	b := newBoard(t)
	for text, c := range map[string]float64{"-40000": -40, "-1": -0.001, "0": 0, "-60000": -60, "150000": 150} {
		b.write("sys/class/thermal/thermal_zone0/temp", text+"\n")
		want(t, text, read(t, b.reader()).Temperatures.Value[0].Celsius, c)
	}
	for _, text := range []string{"-274000", "-60001", "150001", "99999999999999999999", "", "48.3", "0x30", "\x00\x00"} {
		b.write("sys/class/thermal/thermal_zone0/temp", text)
		wantUnknown(t, text, read(t, b.reader()).Temperatures.Value[0].Celsius)
	}
}

func TestZones(t *testing.T) {
	b := newBoard(t)
	for name, text := range map[string]string{"type": "cpu-thermal", "temp": "51000", "policy": "step_wise"} {
		b.write("sys/class/thermal/thermal_zone1/"+name, text)
	}
	for name, text := range map[string]string{"type": "off", "temp": "0", "policy": "step_wise", "mode": "disabled"} {
		b.write("sys/class/thermal/thermal_zone2/"+name, text)
	}
	var names []string
	for _, z := range read(t, b.reader()).Temperatures.Value {
		names = append(names, z.Name)
	}
	if !slices.Equal(names, []string{"cpu-thermal-0", "cpu-thermal-1"}) {
		t.Errorf("zones %q", names)
	}
	o := b.options()
	o.Zones = []string{"gpu-thermal"}
	f := read(t, newReader(t, o))
	if len(f.Temperatures.Value) != 1 {
		t.Fatalf("zones %+v", f.Temperatures)
	}
	wantUnknown(t, "a zone that was asked for and isn't there", f.Temperatures.Value[0].Celsius)
}

// TestNothingThere: a board that has none of it, or a kernel that hides it.
func TestNothingThere(t *testing.T) {
	b := newBoard(t)
	b.remove("proc")
	b.remove("sys")
	for _, dirs := range []bool{false, true} {
		if dirs {
			for _, d := range []string{"proc", "sys"} {
				if err := os.Mkdir(b.path(d), 0o755); err != nil {
					t.Fatal(err)
				}
			}
		}
		o := b.options()
		o.Now = nil
		o.Statfs = func(string, *unix.Statfs_t) error { return unix.EACCES }
		f := read(t, newReader(t, o))
		wantUnknown(t, "boot", f.Boot)
		wantUnknown(t, "undervoltage", f.Undervoltage)
		wantUnknown(t, "journal", f.Journal)
		wantUnknown(t, "root", f.Root)
		wantUnknown(t, "mount", f.Mount)
		wantUnknown(t, "memory", f.Memory)
		wantUnknown(t, "load", f.Load)
		wantUnknown(t, "oom", f.OOMKills)
		wantUnknown(t, "network", f.Network)
		wantUnknown(t, "clock", f.Clock)
		if v := f.Values(); len(v) != 0 {
			t.Errorf("values of nothing: %+v", v)
		}
	}
}

// TestAbsentIsNotUnknown: what a board doesn't have is no finding.
func TestAbsentIsNotUnknown(t *testing.T) {
	b := newBoard(t)
	for _, name := range []string{"sys/class/thermal", "sys/class/hwmon", "sys/class/rtc", "sys/fs/ext4", "proc/swaps", "sys/block/mmcblk0", "sys/block/mmcblk0boot0"} {
		b.remove(name)
	}
	b.write("proc/vmstat", "nr_free_pages 1\n")
	f := read(t, b.reader())
	wantAbsent(t, "temperatures", f.Temperatures)
	wantAbsent(t, "undervoltage", f.Undervoltage)
	wantAbsent(t, "rtc", f.RTC)
	wantAbsent(t, "file system errors", f.FSErrors)
	wantAbsent(t, "swap", f.Swap)
	wantAbsent(t, "wear", f.Wear)
	wantAbsent(t, "oom kills", f.OOMKills)
	// eMMC that doesn't tell, before version 5.0, and one that says "not defined".
	b = newBoard(t)
	b.write("sys/block/mmcblk0/device/life_time", "0x00 0x00\n")
	b.write("sys/block/mmcblk0/device/pre_eol_info", "0x00\n")
	f = read(t, b.reader())
	wantAbsent(t, "undefined life", f.Wear.Value[0].Used)
	wantAbsent(t, "undefined reserve", f.Wear.Value[0].Reserve)
}

func TestDisk(t *testing.T) {
	for name, st := range map[string]unix.Statfs_t{
		"no blocks":         {Bsize: 4096},
		"negative block":    {Bsize: -1, Blocks: 10},
		"no block size":     {Blocks: 10},
		"more free":         {Bsize: 4096, Blocks: 10, Bfree: 11},
		"more available":    {Bsize: 4096, Blocks: 10, Bfree: 5, Bavail: 6},
		"more inodes":       {Bsize: 4096, Blocks: 10, Files: 1, Ffree: 2},
		"beyond any number": {Bsize: 4096, Blocks: 1 << 63},
	} {
		if d, err := diskOf("/x", &st); err == nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
	d, err := diskOf("/x", &unix.Statfs_t{Bsize: 4096, Blocks: 1 << 40, Bfree: 1 << 39, Bavail: 1 << 39, Flags: unix.ST_RDONLY})
	if err != nil || !d.ReadOnly || d.FreePercent() != 50 || d.InodesFreePercent() != 100 || d.Total != 1<<52 {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestMountOfTheJournal(t *testing.T) {
	b := newBoard(t)
	journal, err := filepath.EvalSymlinks(filepath.Join(b.root, "journal"))
	if err != nil {
		t.Fatal(err)
	}
	root := "27 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw\n"
	for name, c := range map[string]struct{ table, point, kind string }{
		"its own":                    {root + "40 27 179:3 / " + journal + " rw - f2fs /dev/mmcblk0p3 rw,fsync_mode=nobarrier\n", journal, "f2fs"},
		"mounted over":               {root + "40 27 179:3 / " + journal + " rw - ext4 /dev/mmcblk0p3 rw\n41 40 0:9 / " + journal + " rw - tmpfs t rw\n", journal, "tmpfs"},
		"a neighbour's longer name":  {root + "40 27 179:3 / " + journal + "2 rw - tmpfs t rw\n", "/", "ext4"},
		"the folder above":           {root + "40 27 179:3 / " + filepath.Dir(journal) + " rw - xfs /dev/sda1 rw\n", filepath.Dir(journal), "xfs"},
		"a name with an odd sibling": {"26 27 0:9 / /a\\040b rw - tmpfs t rw\n" + root, "/", "ext4"},
	} {
		b.write("proc/self/mountinfo", c.table)
		if m := read(t, b.reader()).Mount; m.State != Known || m.Value.Point != c.point || m.Value.Type != c.kind {
			t.Errorf("%s: %+v", name, m)
		}
	}
	o := b.options()
	o.JournalDir = filepath.Join(b.root, "not there")
	wantUnknown(t, "a folder that isn't there", read(t, newReader(t, o)).Mount)
}

func TestRTCByName(t *testing.T) {
	b := newBoard(t)
	b.write("sys/class/rtc/rtc1/since_epoch", "60\n")
	o := b.options()
	o.RTC = "rtc1"
	want(t, "the one that was asked for", read(t, newReader(t, o)).RTC, RTC{Name: "rtc1", At: time.Unix(60, 0).UTC()})
	o.RTC = "rtc2"
	wantUnknown(t, "one that isn't there", read(t, newReader(t, o)).RTC)
	b.remove("sys/class/rtc")
	wantUnknown(t, "one that isn't there at all", read(t, newReader(t, o)).RTC)
}

func TestOptionsAreChecked(t *testing.T) {
	good := newBoard(t).options()
	for name, spoil := range map[string]func(*Options){
		"no journal": func(o *Options) { o.JournalDir = "" },
		"no latch":   func(o *Options) { o.LatchFile = "" },
		"no port":    func(o *Options) { o.Modem = &ModemOptions{} },
		"no address": func(o *Options) { o.UPS = &UPSOptions{Name: "booth"} },
		"no name":    func(o *Options) { o.UPS = &UPSOptions{Address: "127.0.0.1:3493"} },
		"two lines":  func(o *Options) { o.UPS = &UPSOptions{Address: "127.0.0.1:3493", Name: "a\nFSD a"} },
	} {
		o := good
		spoil(&o)
		if _, err := NewReader(o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestThisMachine reads what the machine really has. Nothing is said of the values, only
// that what every Linux has can be read.
func TestThisMachine(t *testing.T) {
	c, err := clock.New(clock.TrustKernel)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	f := read(t, newReader(t, Options{JournalDir: dir, LatchFile: filepath.Join(dir, "latch"), Now: c.Now, Limit: patient}))
	for what, got := range map[string]struct {
		s   State
		err string
	}{
		"boot": {f.Boot.State, f.Boot.Err}, "temperatures": {f.Temperatures.State, f.Temperatures.Err},
		"undervoltage": {f.Undervoltage.State, f.Undervoltage.Err}, "its record": {f.UndervoltageKept.State, f.UndervoltageKept.Err},
		"journal": {f.Journal.State, f.Journal.Err}, "root": {f.Root.State, f.Root.Err}, "wear": {f.Wear.State, f.Wear.Err},
		"mount": {f.Mount.State, f.Mount.Err}, "file system errors": {f.FSErrors.State, f.FSErrors.Err},
		"memory": {f.Memory.State, f.Memory.Err}, "swap": {f.Swap.State, f.Swap.Err}, "load": {f.Load.State, f.Load.Err},
		"oom kills": {f.OOMKills.State, f.OOMKills.Err}, "network": {f.Network.State, f.Network.Err},
		"clock": {f.Clock.State, f.Clock.Err}, "modem": {f.Modem.State, f.Modem.Err}, "ups": {f.UPS.State, f.UPS.Err},
	} {
		if got.s == Unknown {
			t.Errorf("%s is unknown: %s", what, got.err)
		}
	}
	for _, v := range f.Values() {
		if v.Name == "" || v.Unit == "" {
			t.Errorf("value %+v", v)
		}
	}
	t.Logf("%+v", f.Values())
}
