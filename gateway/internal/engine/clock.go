package engine

import (
	"encoding/json"
	"time"

	"firepost/firmware-contracts/message"
)

// clockStep is how far the trusted wall clock may move against the monotonic one before
// that is worth a correction: more than any time service slews between two ticks.
const clockStep = 500 * time.Millisecond

// clockKey is where the journal keeps what was recorded of this boot's clock: a restart of
// the daemon is not a new boot.
const clockKey = "clock"

// clockWatch notices when the wall clock becomes trusted, and when it steps. Offsets are wall
// minus monotonic time in milliseconds.
type clockWatch struct {
	Boot string `json:"boot"`
	// Doubtful: records of this boot carry times that no correction covers yet.
	Doubtful bool `json:"doubtful"`
	// Known: Offset is the trusted one that was last seen or recorded.
	Known  bool  `json:"known"`
	Offset int64 `json:"offset_ms"`
	// Recorded: a time_corrected event with Offset is in the journal.
	Recorded bool `json:"recorded"`

	// seen is the offset of the last look, trusted or not.
	seen int64
}

func offsetOf(s message.Stamp) int64 { return s.Wall.UnixMilli() - s.Mono.Milliseconds() }

func near(a, b int64) bool {
	d := a - b
	return d <= clockStep.Milliseconds() && d >= -clockStep.Milliseconds()
}

// TimeCorrection is the detail of a time_corrected event: every record of the same boot
// whose clock was not trusted happened at mono_ms + WallMinusMonoMS, in Unix milliseconds.
type TimeCorrection struct {
	Boot            string `json:"boot"`
	WallMinusMonoMS int64  `json:"wall_minus_mono_ms"`
	// StepMS is how far the wall clock moved against what it said before.
	StepMS int64 `json:"step_ms"`
}

// startClock takes up what an earlier run of the same boot recorded.
func (e *Engine) startClock(now message.Stamp) {
	c := &e.clock
	if data, ok := e.opts.Journal.GetMeta(clockKey); ok {
		if err := json.Unmarshal(data, c); err != nil || c.Boot != now.Boot {
			*c = clockWatch{}
		}
	}
	c.Boot, c.seen = now.Boot, offsetOf(now)
	if c.Known {
		c.seen = c.Offset
	}
	if !now.Trusted {
		e.doubt()
	}
}

// doubt notes, once, that records are being made whose times need a correction.
func (e *Engine) doubt() {
	if !e.clock.Doubtful {
		e.clock.Doubtful = true
		e.keepClock()
	}
}

func (e *Engine) keepClock() {
	data, err := json.Marshal(&e.clock)
	if err != nil {
		e.opts.Log.Error("what is known of the clock can't be kept", "error", err)
		return
	}
	e.opts.Journal.PutMeta(clockKey, data)
}

// correctTime records what turns this boot's monotonic times into wall time: once the clock
// is trusted, and again whenever a trusted clock is stepped. Order never depends on it.
func (e *Engine) correctTime(now message.Stamp) {
	c := &e.clock
	offset := offsetOf(now)
	step := offset - c.seen
	c.seen = offset
	if !now.Trusted {
		e.doubt()
		return
	}
	cause := ""
	switch {
	case c.Doubtful && (!c.Recorded || !near(offset, c.Offset)):
		cause = "clock_trusted"
	case c.Known && !near(offset, c.Offset):
		cause = "clock_stepped"
	case c.Doubtful: // the correction that stands covers what was recorded meanwhile
	default:
		if !c.Known {
			c.Known, c.Offset = true, offset
		}
		return
	}
	if cause != "" {
		e.lifecycle(now, message.KindTimeCorrected, cause, TimeCorrection{now.Boot, offset, step})
		c.Recorded, c.Offset = true, offset
	}
	c.Doubtful, c.Known = false, true
	e.keepClock()
}
