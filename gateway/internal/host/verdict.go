package host

import (
	"cmp"
	"slices"
	"time"

	"firepost/firmware-contracts/message"
)

// Finding is one thing about the board that people must know.
type Finding struct {
	// Code is stable: one of the Code constants.
	Code string
	// Subject tells several of one code apart: a thermal zone, a device, a folder; may be empty.
	Subject string
	// Severity is "ok" for what is only for information.
	Severity message.Severity
	// Unknown is true when the value can't be read: Severity is then the worse of the last
	// known one and that of not knowing.
	Unknown bool
	// ZH and EN say value, rule and way out.
	ZH, EN string
	// Since is when the finding began.
	Since message.Stamp
}

// The codes of findings.
const (
	CodeTemperature  = "host.temperature"
	CodeUndervoltage = "host.undervoltage"
	CodeDisk         = "host.disk"
	CodeInodes       = "host.inodes"
	CodeWear         = "host.wear"
	CodeMount        = "host.mount"
	CodeFSErrors     = "host.fs_errors"
	CodeMemory       = "host.memory"
	CodeLoad         = "host.load"
	CodeOOM          = "host.oom"
	CodeNetwork      = "host.network"
	CodeModem        = "host.modem"
	CodeClock        = "host.clock"
	CodeRTC          = "host.rtc"
	CodeUPS          = "host.ups"
)

// Verdict is what was found, with what the next Judge needs to know of the past. The zero
// Verdict knows nothing of a past.
type Verdict struct {
	// Findings are sorted by code and subject.
	Findings []Finding

	boot   string
	tracks map[key]track
	oom    oomTrack
	links  map[string]linkTrack
}

type key struct{ code, subject string }

// track is the past of one thing that was judged.
type track struct {
	level  level  // settled
	zh, en string // what was said of it
	rises  int    // readings in a row above it
	falls  int    // readings in a row below it

	unsure bool   // there was no value, and not yet enough since
	misses int    // readings without a value since then
	goods  int    // readings in a row with one
	zhGap  string // what was said of the gap
	enGap  string

	shown bool
	since message.Stamp
}

// oomTrack remembers kills that are still a finding.
type oomTrack struct {
	known bool
	count uint64
	kills []kill
}

type kill struct {
	n  uint64
	at time.Duration
}

// linkTrack is the running window of one interface's error counters.
type linkTrack struct {
	from  Counters
	at    time.Duration
	ratio float64
}

// seen is what one check says about one thing at this reading.
type seen struct {
	code, subject string
	level         level
	unknown       bool
	// at once: one reading settles it.
	once   bool
	zh, en string
}

// judge collects one Verdict.
type judge struct {
	prev Verdict
	next Verdict
	f    Facts
	l    Limits
	// blind holds the codes whose source as a whole can't be read.
	blind map[string]bool
}

// Judge is pure: it gives the verdict on f, given the one before.
func Judge(prev Verdict, f Facts, l Limits) Verdict {
	boot := f.At.Boot
	if boot == "" {
		boot, _ = f.Boot.Get()
	}
	if boot == "" {
		boot = prev.boot
	}
	if prev.boot != "" && boot != prev.boot {
		prev = Verdict{} // monotonic times and counters start anew
	}
	j := &judge{prev: prev, f: f, l: l, blind: map[string]bool{}, next: Verdict{
		boot: boot, tracks: map[key]track{}, links: map[string]linkTrack{}, oom: prev.oom,
	}}
	j.temperature()
	j.undervoltage()
	j.disks()
	j.wear()
	j.mount()
	j.fsErrors()
	j.memory()
	j.load()
	j.oomKills()
	j.network()
	j.modem()
	j.clock()
	j.rtc()
	j.ups()
	j.vanished()
	slices.SortFunc(j.next.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Subject, b.Subject))
	})
	return j.next
}

// was is how bad a thing was settled to be.
func (j *judge) was(code, subject string) level { return j.prev.tracks[key{code, subject}].level }

// unread reports a fact that is not known, and says whether it is known. What is absent
// is neither reported nor known.
func unread[T any](j *judge, code, subject string, f Fact[T], zh, en string) (T, bool) {
	if f.State == Unknown {
		if subject == "" {
			j.blind[code] = true
		}
		why := cmp.Or(f.Err, "never read")
		j.say(seen{code: code, subject: subject, unknown: true,
			zh: zh + "未知:" + why, en: en + " is unknown: " + why})
	}
	return f.Get()
}

// say settles what one check says against the past, and shows it if it is to be shown.
func (j *judge) say(s seen) {
	k := key{s.code, s.subject}
	t := j.prev.tracks[k]
	show := t.settle(s, j.l)
	if show == levelOK {
		t.shown = false
		j.next.tracks[k] = t
		return
	}
	if !t.shown {
		t.shown, t.since = true, j.f.At
	}
	j.next.tracks[k] = t
	f := Finding{Code: s.code, Subject: s.subject, Severity: show.severity(), Unknown: s.unknown, Since: t.since}
	switch {
	case s.unknown && t.level > levelInfo:
		f.ZH, f.EN = s.zh+";此前:"+t.zh, s.en+"; before that: "+t.en
	case s.unknown:
		f.ZH, f.EN = s.zh, s.en
	case t.unsure && t.level <= levelInfo:
		f.ZH, f.EN = t.zhGap+"(正在恢复)", t.enGap+" (recovering)"
	case s.level < t.level:
		f.ZH, f.EN = t.zh+"(正在恢复)", t.en+" (recovering)"
	default:
		f.ZH, f.EN = t.zh, t.en
	}
	j.next.Findings = append(j.next.Findings, f)
}

// settle moves the settled level and returns the one to show. A value that can't be read
// shows at once; everything else shows once it is confirmed, and all of it ends as slowly.
func (t *track) settle(s seen, l Limits) level {
	if s.unknown {
		t.rises, t.falls, t.goods = 0, 0, 0
		t.unsure, t.zhGap, t.enGap = true, s.zh, s.en
		t.misses++
		return t.show(l)
	}
	if t.goods++; t.goods >= l.Clear {
		t.unsure, t.misses = false, 0
	}
	switch {
	case s.level > t.level:
		t.falls = 0
		if t.rises++; t.rises < l.Confirm && !s.once {
			return t.show(l)
		}
	case s.level < t.level:
		t.rises = 0
		if t.falls++; t.falls < l.Clear {
			return t.show(l)
		}
	}
	t.level, t.rises, t.falls = s.level, 0, 0
	t.zh, t.en = s.zh, s.en
	return t.show(l)
}

// show is the worse of what is settled and of not knowing.
func (t *track) show(l Limits) level {
	switch {
	case t.unsure && t.misses >= l.UnknownAfter:
		return max(t.level, levelWarn)
	case t.unsure:
		return max(t.level, levelInfo)
	}
	return t.level
}

// vanished takes care of what was judged before and was not mentioned this time.
func (j *judge) vanished() {
	for k, t := range j.prev.tracks {
		if _, there := j.next.tracks[k]; there {
			continue
		}
		switch {
		case k.subject == "" && t.unsure:
			j.say(seen{code: k.code, subject: k.subject})
		case k.subject == "":
		case j.blind[k.code]:
			// The list itself can't be read, which is reported; the past is kept until it can.
			j.next.tracks[k] = t
			j.keepShowing(k, t)
		case lasting(k.code):
			// A chip that drops off its bus takes its bad news along.
			j.say(seen{code: k.code, subject: k.subject, unknown: true,
				zh: k.subject + " 已消失:请检查硬件连接,或重启本机",
				en: k.subject + " is no longer there; check the hardware, or restart the board"})
		}
	}
}

// lasting codes judge things that don't come and go while a board runs.
func lasting(code string) bool { return code == CodeTemperature || code == CodeWear }

// keepShowing repeats a settled finding whose list can't be read.
func (j *judge) keepShowing(k key, t track) {
	if t.shown && t.level > levelInfo {
		j.next.Findings = append(j.next.Findings, Finding{
			Code: k.code, Subject: k.subject, Severity: t.level.severity(), Unknown: true,
			ZH: "最后已知:" + t.zh, EN: "last known: " + t.en, Since: t.since,
		})
	}
}

func (l level) severity() message.Severity {
	switch l {
	case levelFault:
		return message.SeverityFault
	case levelWarn:
		return message.SeverityWarn
	default:
		return message.SeverityOK
	}
}
