package engine

import (
	"context"
	"encoding/json"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
)

// tick is how often deadlines are looked at. The shortest one, a detector's fault, is
// seconds; half of one is early enough and costs nothing.
const tick = 500 * time.Millisecond

// clockStep is how far the trusted wall clock may move against the monotonic one before
// that is worth a correction: more than any time service slews between two ticks.
const clockStep = 500 * time.Millisecond

// Run watches the deadlines until ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			e.Tick(e.opts.Now())
		}
	}
}

// Tick does what is due at this moment: detectors that gave no good read for too long,
// disablements and tests that end, the correction of times, telemetry.
func (e *Engine) Tick(now message.Stamp) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, d := range e.devices {
		if d.link != nil && !d.lost && now.Sub(e.lastSign(d)) > d.FaultAfter {
			e.lose(d, now)
		}
		for _, p := range d.points {
			e.changes = p.state.Tick(now, e.changes[:0])
			e.commit(p, e.changes)
		}
	}
	e.correctTime(now)
	if every := e.opts.TelemetryEvery; every > 0 && now.Sub(e.telemetryAt) >= every {
		e.telemetryAt = now
		e.telemetry(now)
	}
}

// lastSign is the last good read, or the start for a device that never answered.
func (e *Engine) lastSign(d *device) message.Stamp {
	if d.answered {
		return d.lastGood
	}
	return e.started
}

// clockWatch notices when the wall clock becomes trusted, and when it steps.
type clockWatch struct {
	// wasTrusted and offset (wall minus monotonic, in ms) as last recorded.
	wasTrusted bool
	offset     int64
	// doubtful: records of this run carry times that need a correction.
	doubtful bool
}

func offsetOf(s message.Stamp) int64 { return s.Wall.UnixMilli() - s.Mono.Milliseconds() }

func (c *clockWatch) start(s message.Stamp) {
	c.wasTrusted, c.offset, c.doubtful = s.Trusted, offsetOf(s), !s.Trusted
}

// TimeCorrection is the detail of a time_corrected event: every record of the same boot
// whose clock was not trusted happened at mono_ms + WallMinusMonoMS, in Unix milliseconds.
type TimeCorrection struct {
	Boot            string `json:"boot"`
	WallMinusMonoMS int64  `json:"wall_minus_mono_ms"`
	// StepMS is how far the wall clock moved against what it said before.
	StepMS int64 `json:"step_ms"`
}

// correctTime records what turns this boot's monotonic times into wall time: once the clock
// is trusted, and again whenever a trusted clock is stepped. Order never depends on it.
func (e *Engine) correctTime(now message.Stamp) {
	c := &e.clock
	offset := offsetOf(now)
	step := offset - c.offset
	stepped := step > clockStep.Milliseconds() || step < -clockStep.Milliseconds()
	switch {
	case !now.Trusted:
		c.wasTrusted, c.doubtful = false, true
		c.offset = offset
		return
	case c.doubtful && !c.wasTrusted:
		e.lifecycle(now, message.KindTimeCorrected, "clock_trusted", TimeCorrection{now.Boot, offset, step})
	case stepped:
		e.lifecycle(now, message.KindTimeCorrected, "clock_stepped", TimeCorrection{now.Boot, offset, step})
	default:
		return
	}
	c.wasTrusted, c.doubtful, c.offset = true, false, offset
}

// telemetry spools one batch with every point's value, or why there is none.
func (e *Engine) telemetry(now message.Stamp) {
	t := message.Telemetry{
		Station: e.opts.Station, At: message.Time{Time: now.Wall}, ClockTrusted: now.Trusted,
		Boot: now.Boot, MonoMS: now.Mono.Milliseconds(), Readings: []message.Reading{},
	}
	for _, d := range e.devices {
		for _, p := range d.points {
			if p.model == nil {
				continue
			}
			r := message.Reading{Device: d.Name, Point: p.name, Unit: p.unit, Quality: p.quality(now)}
			r.At = message.Time{Time: p.at.Wall}
			if !p.read {
				r.At = message.Time{Time: now.Wall}
			}
			if r.Quality == message.Good || r.Quality == message.OutOfRange {
				v := p.last.Value
				r.Value = &v
			}
			t.Readings = append(t.Readings, r)
		}
	}
	if len(t.Readings) == 0 {
		return
	}
	data, err := json.Marshal(t)
	if err != nil {
		e.opts.Log.Error("telemetry can't be encoded", "error", err)
		return
	}
	if err := e.opts.Journal.AppendTelemetry(data); err != nil {
		e.opts.Log.Warn("telemetry not kept", "error", err)
	}
}

// quality is what may be said of the point's value now: an old one is stale, whatever it was.
func (p *point) quality(now message.Stamp) message.Quality {
	switch {
	case p.model == nil:
		return message.Good
	case !p.read:
		return message.NoData
	case p.device.lost || now.Sub(p.at) > p.device.StaleAfter:
		return message.Stale
	}
	switch p.last.Quality {
	case contract.Good:
		return message.Good
	case contract.Invalid:
		return message.Invalid
	case contract.OutOfRange:
		return message.OutOfRange
	case contract.Unknown:
		return message.Unknown
	}
	return message.Invalid
}
