package host

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"firepost/firmware-contracts/message"
)

var wall = time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC)

// healthy is a board about which there is nothing to say.
func healthy() Facts {
	disk := Disk{Path: "/var/lib/firepost", FS: "1", Total: 100, Free: 60, Inodes: 100, InodesFree: 90}
	root := Disk{Path: "/", FS: "2", Total: 200, Free: 90, Inodes: 100, InodesFree: 90}
	return Facts{
		At:   message.Stamp{Boot: bootA, Mono: time.Hour, Wall: wall, Trusted: true},
		Boot: known(bootA), Temperatures: known([]Temperature{{"cpu-thermal", known(45.0)}}),
		Undervoltage: known(Undervoltage{}), UndervoltageKept: known(true), Journal: known(disk), Root: known(root),
		Wear:     known([]Wear{{"mmcblk0", known(20), known(ReserveNormal)}}),
		Mount:    known(Mount{Path: "/var/lib/firepost", Point: "/var", Type: "ext4", Options: []string{"commit=5", "noatime", "rw"}}),
		FSErrors: known([]FSErrors{{"mmcblk0p2", known(uint64(0))}}), Memory: known(Memory{Total: 100, Available: 70}),
		Swap: known(Swap{ZramTotal: 100, ZramUsed: 3}), Load: known(Load{0.5, 0.5, 0.5, 4}), OOMKills: known(uint64(0)),
		Network: known(Network{Interfaces: []Interface{{"eth0", known(true), known(true), known(Counters{Packets: 1000})}}, Default: []string{"eth0"}}),
		Modem:   known(Modem{Signal: known(-75), Registration: known(Registration(1))}),
		Clock:   known(Clock{Trusted: true, Wall: wall}), RTC: known(RTC{"rtc0", wall}),
		UPS: known(UPS{Name: "booth", Flags: []string{"OL"}, Charge: known(100.0), Load: known(20.0), Volts: known(27.0), Runtime: known(time.Hour)}),
	}
}

// after judges the same facts n times, 30 s apart.
func after(v Verdict, f Facts, n int) Verdict {
	for range n {
		f.At.Mono += 30 * time.Second
		v = Judge(v, f, DefaultLimits())
	}
	return v
}

func find(v Verdict, code, subject string) (Finding, bool) {
	at := slices.IndexFunc(v.Findings, func(f Finding) bool { return f.Code == code && f.Subject == subject })
	if at < 0 {
		return Finding{}, false
	}
	return v.Findings[at], true
}

func texts(t *testing.T, v Verdict) {
	t.Helper()
	for _, f := range v.Findings {
		if f.EN == "" || strings.IndexFunc(f.ZH, func(r rune) bool { return unicode.Is(unicode.Han, r) }) < 0 {
			t.Errorf("%s %s: texts %q and %q", f.Code, f.Subject, f.ZH, f.EN)
		}
		if strings.Contains(f.EN+f.ZH, "%!") {
			t.Errorf("%s: format error in %q or %q", f.Code, f.EN, f.ZH)
		}
	}
}

func TestHealthyBoard(t *testing.T) {
	if v := after(Verdict{}, healthy(), 5); len(v.Findings) != 0 {
		t.Errorf("findings %+v", v.Findings)
	}
}

var codes = []string{
	CodeClock, CodeDisk, CodeFSErrors, CodeInodes, CodeLoad, CodeMemory, CodeModem, CodeMount, CodeNetwork,
	CodeOOM, CodeRTC, CodeTemperature, CodeUndervoltage, CodeUPS, CodeWear,
}

// TestNothingKnownIsNeverNormal: the zero Facts say nothing, about everything.
func TestNothingKnownIsNeverNormal(t *testing.T) {
	v := Verdict{}
	for n, severity := range []message.Severity{message.SeverityOK, message.SeverityOK, message.SeverityWarn, message.SeverityWarn} {
		v = Judge(v, Facts{}, DefaultLimits())
		got := map[string]bool{}
		for _, f := range v.Findings {
			got[f.Code] = true
			if !f.Unknown || f.Severity != severity {
				t.Errorf("reading %d: %s %q is %v %q, want unknown and %q", n, f.Code, f.Subject, f.Unknown, f.Severity, severity)
			}
		}
		if all := slices.Sorted(maps.Keys(got)); !slices.Equal(all, slices.Sorted(slices.Values(codes))) {
			t.Errorf("reading %d: codes %q, want %q", n, all, codes)
		}
		texts(t, v)
	}
}

// TestAbsentIsSilent: a board without modem, UPS, eMMC and sensors.
func TestAbsentIsSilent(t *testing.T) {
	f := healthy()
	f.Temperatures, f.Undervoltage, f.Wear, f.FSErrors = absent[[]Temperature](), absent[Undervoltage](), absent[[]Wear](), absent[[]FSErrors]()
	f.Swap, f.OOMKills, f.Modem, f.UPS = absent[Swap](), absent[uint64](), absent[Modem](), absent[UPS]()
	if v := after(Verdict{}, f, 5); len(v.Findings) != 0 {
		t.Errorf("findings %+v", v.Findings)
	}
	f.RTC = absent[RTC]()
	if got, ok := find(after(Verdict{}, f, 1), CodeRTC, ""); !ok || got.Severity != message.SeverityWarn || got.Unknown {
		t.Errorf("without a battery-backed clock: %+v", got)
	}
}

const warn, fault, info = message.SeverityWarn, message.SeverityFault, message.SeverityOK

func mounted(kind string, options ...string) func(*Facts) {
	return func(f *Facts) { f.Mount.Value.Type, f.Mount.Value.Options = kind, options }
}

func upsSays(flags ...string) func(*Facts) {
	return func(f *Facts) { f.UPS.Value.Flags = flags }
}

// spoilt is one thing wrong with a healthy board each, and what must be said of it.
var spoilt = []struct {
	spoil         func(*Facts)
	code, subject string
	severity      message.Severity
	says          string
}{
	{func(f *Facts) { f.Temperatures.Value[0].Celsius.Value = 80 }, CodeTemperature, "cpu-thermal", warn, "80.0 °C, limit 80 °C"},
	{func(f *Facts) { f.Temperatures.Value[0].Celsius.Value = 93.25 }, CodeTemperature, "cpu-thermal", fault, "limit 90 °C"},
	{func(f *Facts) { f.Temperatures.Value[0].Celsius.Value = -31 }, CodeTemperature, "cpu-thermal", warn, "-31.0 °C, lower limit -30"},
	{func(f *Facts) { f.Temperatures.Value[0].Celsius.Value = -40 }, CodeTemperature, "cpu-thermal", fault, "-40.0 °C, lower limit -40"},
	{func(f *Facts) { f.Undervoltage.Value = Undervoltage{Now: true, Seen: true} }, CodeUndervoltage, "", fault, "at this moment"},
	{func(f *Facts) { f.Undervoltage.Value.Seen = true }, CodeUndervoltage, "", fault, "in this boot"},
	{func(f *Facts) { f.Undervoltage.Value.HistoryLost = true }, CodeUndervoltage, "", warn, "damaged"},
	{func(f *Facts) { f.Journal.Value.Free = 15 }, CodeDisk, "journal", warn, "15.0 % free"},
	{func(f *Facts) { f.Journal.Value.Free = 5 }, CodeDisk, "journal", fault, "limit 5 %"},
	{func(f *Facts) { f.Root.Value.Free = 0 }, CodeDisk, "root", fault, "0.0 % free"},
	{func(f *Facts) { f.Journal.Value.InodesFree = 10 }, CodeInodes, "journal", warn, "10.0 %"},
	{func(f *Facts) { f.Wear.Value[0].Used.Value = 80 }, CodeWear, "mmcblk0", warn, "up to 80 %"},
	{func(f *Facts) { f.Wear.Value[0].Used.Value = 110 }, CodeWear, "mmcblk0", fault, "up to 110 %"},
	{func(f *Facts) { f.Wear.Value[0].Reserve.Value = ReserveWarning }, CodeWear, "mmcblk0 reserve", warn, "80 %"},
	{func(f *Facts) { f.Wear.Value[0].Reserve.Value = ReserveUrgent }, CodeWear, "mmcblk0 reserve", fault, "90 %"},
	{mounted("tmpfs", "rw"), CodeMount, "", fault, "lost with the power"},
	{mounted("overlay", "rw"), CodeMount, "", fault, "lost with the power"},
	{mounted("vfat", "rw"), CodeMount, "", fault, "vfat"},
	{mounted("nfs4", "rw"), CodeMount, "", fault, "nfs4"},
	{mounted("reiser9", "rw"), CodeMount, "", warn, "nobody knows"},
	{mounted("ext4", "ro"), CodeMount, "", fault, "read-only"},
	{func(f *Facts) { f.Journal.Value.ReadOnly = true }, CodeMount, "", fault, "read-only"},
	{mounted("ext4", "nobarrier", "rw"), CodeMount, "", fault, "nobarrier"},
	{mounted("ext4", "barrier=0", "rw"), CodeMount, "", fault, "barrier=0"},
	{mounted("f2fs", "fsync_mode=nobarrier", "rw"), CodeMount, "", fault, "fsync_mode"},
	{mounted("ext4", "data=writeback", "rw"), CodeMount, "", warn, "data=writeback"},
	{mounted("ext4", "commit=300", "rw"), CodeMount, "", warn, "commit=300"},
	{mounted("ext4", "commit=x", "rw"), CodeMount, "", warn, "commit=x"},
	{func(f *Facts) { f.FSErrors.Value[0].Count.Value = 2 }, CodeFSErrors, "mmcblk0p2", fault, "2 file system errors"},
	{func(f *Facts) { f.Memory.Value.Available = 5 }, CodeMemory, "", fault, "5.0 %"},
	{func(f *Facts) { f.Swap.Value = Swap{DiskTotal: 100, DiskUsed: 70} }, CodeMemory, "swap", warn, "70.0 %"},
	{func(f *Facts) { f.Load.Value = Load{9, 8, 7, 4} }, CodeLoad, "", warn, "2.00 per core"},
	{func(f *Facts) { f.OOMKills.Value = 1 }, CodeOOM, "", warn, "1 processes"},
	{func(f *Facts) { f.OOMKills.Value = 5 }, CodeOOM, "", fault, "5 processes"},
	{func(f *Facts) { f.Network.Value.Default = nil }, CodeNetwork, "", fault, "no default route"},
	{func(f *Facts) { f.Network.Value.Interfaces[0].Carrier.Value = false }, CodeNetwork, "link", fault, "no interface has a link"},
	{func(f *Facts) { f.Network.Value.Interfaces = nil }, CodeNetwork, "link", fault, "no interface has a link"},
	{func(f *Facts) { f.Modem.Value.Registration.Value = 2 }, CodeModem, "registration", fault, "state 2"},
	{func(f *Facts) { f.Modem.Value.Signal.Value = -103 }, CodeModem, "signal", warn, "-103 dBm"},
	{func(f *Facts) { f.Modem.Value.Signal.Value = -113 }, CodeModem, "signal", fault, "-113 dBm"},
	{func(f *Facts) { f.Clock.Value = Clock{Wall: time.Unix(60, 0)} }, CodeClock, "", warn, "1970-01-01T00:01:00Z"},
	{func(f *Facts) { f.RTC.Value.At = time.Unix(60, 0).UTC() }, CodeRTC, "", warn, "coin cell"},
	{func(f *Facts) { f.RTC.Value.At = wall.Add(8 * time.Hour) }, CodeRTC, "", warn, "28800 s off"},
	{upsSays("OB", "DISCHRG"), CodeUPS, "status", fault, "running on battery"},
	{upsSays("OL", "RB"), CodeUPS, "status", fault, "must be replaced"},
	{upsSays("OB", "LB"), CodeUPS, "status", fault, "the battery is low"},
	{upsSays("BYPASS"), CodeUPS, "status", warn, "bypass"},
	{upsSays("OFF"), CodeUPS, "status", fault, "output is off"},
	{upsSays("OL", "CAL"), CodeUPS, "status", info, "calibrating"},
	{func(f *Facts) { f.UPS.Value.Charge.Value = 20 }, CodeUPS, "charge", fault, "20.0 %"},
	{func(f *Facts) { f.UPS.Value.Runtime.Value = 20 * time.Minute }, CodeUPS, "runtime", warn, "20.0 min"},
}

func TestFindings(t *testing.T) {
	for i, c := range spoilt {
		f := healthy()
		c.spoil(&f)
		v := after(Verdict{}, f, 2)
		got, ok := find(v, c.code, c.subject)
		if !ok || got.Severity != c.severity || got.Unknown || !strings.Contains(got.EN, c.says) {
			t.Errorf("case %d (%s %s %s): %+v, want %q", i, c.code, c.subject, c.severity, v.Findings, c.says)
		}
		if len(v.Findings) != 1 {
			t.Errorf("case %d: findings %+v, want one", i, v.Findings)
		}
		texts(t, v)
	}
}

// TestUnknownParts: one part that can't be read is a finding of its own, at once.
func TestUnknownParts(t *testing.T) {
	for i, c := range []struct {
		spoil         func(*Facts)
		code, subject string
	}{
		{func(f *Facts) { f.Temperatures.Value[0].Celsius = Fact[float64]{} }, CodeTemperature, "cpu-thermal"},
		{func(f *Facts) { f.UndervoltageKept = Fact[bool]{} }, CodeUndervoltage, "record"},
		{func(f *Facts) { f.Wear.Value[0].Used = Fact[int]{} }, CodeWear, "mmcblk0"},
		{func(f *Facts) { f.Wear.Value[0].Reserve = Fact[Reserve]{} }, CodeWear, "mmcblk0 reserve"},
		{func(f *Facts) { f.FSErrors.Value[0].Count = Fact[uint64]{} }, CodeFSErrors, "mmcblk0p2"},
		{func(f *Facts) { f.Network.Value.Interfaces[0].Counters = Fact[Counters]{} }, CodeNetwork, "eth0 errors"},
		{func(f *Facts) { f.Network.Value.Interfaces[0].Carrier = Fact[bool]{} }, CodeNetwork, "link"},
		{func(f *Facts) { f.Network.Value.Interfaces[0].Up = Fact[bool]{} }, CodeNetwork, "link"},
		{func(f *Facts) { f.Modem.Value.Signal = Fact[int]{} }, CodeModem, "signal"},
		{func(f *Facts) { f.Modem.Value.Registration = Fact[Registration]{} }, CodeModem, "registration"},
		{func(f *Facts) { f.UPS.Value.Charge = Fact[float64]{} }, CodeUPS, "charge"},
		{func(f *Facts) { f.UPS.Value.Runtime = Fact[time.Duration]{} }, CodeUPS, "runtime"},
	} {
		f := healthy()
		c.spoil(&f)
		v := after(Verdict{}, f, 1)
		if got, ok := find(v, c.code, c.subject); !ok || !got.Unknown || got.Severity != message.SeverityOK || len(v.Findings) != 1 {
			t.Errorf("case %d (%s %s): %+v", i, c.code, c.subject, v.Findings)
		}
		if got, _ := find(after(v, f, 2), c.code, c.subject); !got.Unknown || got.Severity != message.SeverityWarn {
			t.Errorf("case %d (%s %s), third time: %+v", i, c.code, c.subject, got)
		}
		texts(t, v)
	}
}

func TestExpectedInterfaces(t *testing.T) {
	l := DefaultLimits()
	l.Interfaces, l.Confirm = []string{"eth0", "wwan0"}, 1
	f := healthy()
	v := Judge(Verdict{}, f, l)
	if got, _ := find(v, CodeNetwork, "wwan0"); got.Severity != message.SeverityFault || !strings.Contains(got.EN, "not there") {
		t.Errorf("a missing interface: %+v", v.Findings)
	}
	f.Network.Value.Interfaces = []Interface{
		{"eth0", known(true), Fact[bool]{}, known(Counters{})}, {"wwan0", known(false), Fact[bool]{}, known(Counters{})},
	}
	v = Judge(Verdict{}, f, l)
	if got, _ := find(v, CodeNetwork, "eth0"); !got.Unknown {
		t.Errorf("a carrier that can't be read: %+v", v.Findings)
	}
	if got, _ := find(v, CodeNetwork, "wwan0"); got.Severity != message.SeverityFault || !strings.Contains(got.EN, "switched off") {
		t.Errorf("an interface that is off: %+v", v.Findings)
	}
}

// sequence judges one temperature after the other; NaN-free: the text "?" is unknown.
func sequence(t *testing.T, readings string) string {
	t.Helper()
	var out []string
	v, f := Verdict{}, healthy()
	for r := range strings.FieldsSeq(readings) {
		c, err := strconv.ParseFloat(r, 64)
		f.Temperatures.Value = []Temperature{{"cpu", known(c)}}
		if err != nil {
			f.Temperatures.Value[0].Celsius = Fact[float64]{Err: "no answer"}
		}
		v = after(v, f, 1)
		texts(t, v)
		if got, ok := find(v, CodeTemperature, "cpu"); ok {
			s := string(got.Severity)
			if got.Unknown {
				s += "?"
			}
			out = append(out, s)
		} else {
			out = append(out, "-")
		}
	}
	return strings.Join(out, " ")
}

func TestHysteresis(t *testing.T) {
	for readings, want := range map[string]string{
		"79 81 81 79 76 75 75 75":    "- - warn warn warn warn - -",                   // 5 degrees back, twice
		"81 79 81 79 81 79":          "- - - - - -",                                   // never twice in a row
		"81 81 74 81 74 81 74 74":    "- warn warn warn warn warn warn -",             // nor twice below
		"81 81 91 91 86 86 84 84 84": "- warn warn fault fault fault fault warn warn", // down by one level
		"95 95 20 20":                "- fault fault -",
		"? 45 45 45":                 "ok? ok - -",
		"? 45 ? 45 ? 45 ? 45 45":     "ok? ok ok? ok warn? warn warn? warn -", // no flapping between
		"95 95 ? ? ? ? 95":           "- fault fault? fault? fault? fault? fault",
		"81 81 ? ? ? 45 45":          "- warn warn? warn? warn? warn -",
		"-29 -31 -31 -28 -26 -26":    "- - warn warn warn -",
	} {
		if got := sequence(t, readings); got != want {
			t.Errorf("%s\n got %s\nwant %s", readings, got, want)
		}
	}
}

// TestNoFlapping: whatever wobbles around a limit, a severity stays for at least two readings.
func TestNoFlapping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		readings := rapid.SliceOfN(rapid.SampledFrom([]float64{70, 74, 76, 79, 81, 84, 86, 89, 91}), 5, 60).Draw(t, "°C")
		v, f := Verdict{}, healthy()
		last, held, changes := message.Severity("-"), 2, 0
		for _, c := range readings {
			f.Temperatures = known([]Temperature{{"cpu", known(c)}})
			v = after(v, f, 1)
			got, ok := find(v, CodeTemperature, "cpu")
			severity := got.Severity
			if !ok {
				severity = "-"
			}
			if severity == last {
				held++
				continue
			}
			if held < 2 {
				t.Fatalf("changed after %d readings of %v", held, readings)
			}
			last, held, changes = severity, 1, changes+1
		}
		if changes > len(readings)/2 {
			t.Fatalf("%d changes in %d readings", changes, len(readings))
		}
	})
}

// TestUnknownNeverHides: a fault stays one when its source, or the list it stands in, goes silent.
func TestUnknownNeverHides(t *testing.T) {
	f := healthy()
	f.Temperatures.Value[0].Celsius.Value = 95
	f.Wear.Value[0].Used.Value = 110
	f.FSErrors.Value[0].Count.Value = 7
	f.Journal.Value.InodesFree = 0
	f.Modem.Value.Registration.Value = 3
	f.UPS.Value.Flags = []string{"OB"}
	f.OOMKills.Value = 9
	v := after(Verdict{}, f, 2)
	before := map[key]bool{}
	for _, g := range v.Findings {
		if g.Severity != message.SeverityFault {
			t.Fatalf("%+v", g)
		}
		before[key{g.Code, g.Subject}] = true
	}
	if len(before) != 7 {
		t.Fatalf("findings %+v", v.Findings)
	}
	silent := Facts{At: f.At}
	for n := range 4 {
		v = after(v, silent, 1)
		for k := range before {
			if got, ok := find(v, k.code, k.subject); !ok || got.Severity != message.SeverityFault || !got.Unknown {
				t.Errorf("reading %d: %v is %+v", n, k, got)
			}
		}
		texts(t, v)
	}
	f = healthy()
	f.OOMKills.Value = 9
	v = after(v, f, 3)
	if len(v.Findings) != 1 || v.Findings[0].Code != CodeOOM {
		t.Errorf("after everything is well again: %+v", v.Findings)
	}
}

// TestVanished: a sensor or a chip that drops off is not well again.
func TestVanished(t *testing.T) {
	f := healthy()
	f.Wear.Value[0].Used.Value = 110
	v := after(Verdict{}, f, 2)
	f.Wear, f.Temperatures = absent[[]Wear](), absent[[]Temperature]()
	v = after(v, f, 4)
	if got, _ := find(v, CodeWear, "mmcblk0"); got.Severity != message.SeverityFault || !got.Unknown {
		t.Errorf("a worn chip that is gone: %+v", got)
	}
	if got, _ := find(v, CodeTemperature, "cpu-thermal"); got.Severity != message.SeverityWarn || !got.Unknown {
		t.Errorf("a sensor that is gone: %+v", got)
	}
}
