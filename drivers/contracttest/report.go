package contracttest

import (
	"fmt"
	"strings"
	"time"
)

// Status is how a check ended.
type Status string

// The ends of a check.
const (
	Passed Status = "passed"
	Failed Status = "failed"
	// NotDone: it could not be tried, or was not asked for; Check.Why says which.
	NotDone Status = "not_done"
)

// Group is a part of the report.
type Group string

// The groups, in the order in which they are tried.
const (
	GroupReach      Group = "reach"
	GroupDuplicates Group = "duplicates"
	GroupPoints     Group = "points"
	GroupIdentity   Group = "identity"
	GroupLimits     Group = "limits"
	GroupTiming     Group = "timing"
	GroupExceptions Group = "exceptions"
	GroupBadFrames  Group = "bad_frames"
	GroupOutputs    Group = "outputs"
	GroupSetup      Group = "setup"
	GroupLine       Group = "line"
)

// Title is the group's name for people.
func (g Group) Title() Text {
	switch g {
	case GroupReach:
		return Text{"能否应答", "does it answer"}
	case GroupPoints:
		return Text{"测点", "points"}
	case GroupIdentity:
		return Text{"型号识别", "identity"}
	case GroupLimits:
		return Text{"读取上限", "limits of a read"}
	case GroupTiming:
		return Text{"时间", "timing"}
	case GroupExceptions:
		return Text{"异常应答", "refusals"}
	case GroupBadFrames:
		return Text{"对坏帧的反应", "behaviour on bad frames"}
	case GroupDuplicates:
		return Text{"重复与迟到的应答", "duplicate and late replies"}
	case GroupOutputs:
		return Text{"输出", "outputs"}
	case GroupSetup:
		return Text{"改地址", "change of address"}
	case GroupLine:
		return Text{"线路", "the line"}
	default:
		return Text{string(g), string(g)}
	}
}

// Text is a text for people, in Chinese and English.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In is the text in a language: "zh", or English for any other word.
func (t Text) In(lang string) string {
	if lang == "zh" {
		return t.ZH
	}
	return t.EN
}

// text fills both languages with the same arguments, which are numbered where orders differ.
func text(zh, en string, args ...any) Text {
	if len(args) == 0 {
		return Text{zh, en}
	}
	return Text{fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...)}
}

// Check is one thing that was looked at.
type Check struct {
	// ID is stable: the group, a dot and a word, for points and outputs their name.
	ID     string `json:"id"`
	Group  Group  `json:"group"`
	Status Status `json:"status"`
	// Title says what was tried, Why how it ended: never empty unless Status is Passed.
	Title Text `json:"title"`
	Why   Text `json:"why,omitzero"`
	// Sent and Heard are the bytes that a failed check fell over, in hexadecimal.
	Sent  string `json:"sent,omitempty"`
	Heard string `json:"heard,omitempty"`
}

// Turnaround is the time from the end of a request to the beginning of the reply.
type Turnaround struct {
	// Asked is how many reads were made, Answered how many of them got their reply.
	Asked    int           `json:"asked"`
	Answered int           `json:"answered"`
	Min      time.Duration `json:"min_ns"`
	P50      time.Duration `json:"p50_ns"`
	P99      time.Duration `json:"p99_ns"`
	Max      time.Duration `json:"max_ns"`
	// Within is the contract's reply_within.
	Within time.Duration `json:"reply_within_ns"`
	// Instant says that replies came faster than the line's speed allows: a simulated line,
	// whose figures are the machine's own.
	Instant bool `json:"instant"`
}

// Report is the outcome of one run.
type Report struct {
	// Contract is "name@version"; Port is Options.Port, Unit the address that was tested.
	Contract string `json:"contract"`
	Port     string `json:"port"`
	Unit     uint8  `json:"unit"`
	Baud     int    `json:"baud"`
	// Began is when the run began and Took how long it was.
	Began time.Time     `json:"began"`
	Took  time.Duration `json:"took_ns"`
	// Requests counts the frames sent, Echo says that the adapter hears its own sending.
	Requests   int        `json:"requests"`
	Echo       bool       `json:"echo"`
	Turnaround Turnaround `json:"turnaround"`
	// Complete is false when the run ended early: the port went away or it was stopped.
	Complete bool    `json:"complete"`
	Checks   []Check `json:"checks"`
}

// Count says how many checks ended so.
func (r *Report) Count(s Status) int {
	n := 0
	for i := range r.Checks {
		if r.Checks[i].Status == s {
			n++
		}
	}
	return n
}

// OK says that the run was complete and that no check failed. Checks that were not done don't
// count: read them.
func (r *Report) OK() bool { return r.Complete && r.Count(Failed) == 0 && r.Count(Passed) > 0 }

// Find is the check with an id, nil where there is none.
func (r *Report) Find(id string) *Check {
	for i := range r.Checks {
		if r.Checks[i].ID == id {
			return &r.Checks[i]
		}
	}
	return nil
}

// shown are bytes for people, at most 64 of them.
func shown(b []byte) string {
	const most = 64
	if len(b) > most {
		return strings.ToUpper(fmt.Sprintf("% x", b[:most])) + fmt.Sprintf(" … (%d bytes)", len(b))
	}
	return fmt.Sprintf("% X", b)
}
