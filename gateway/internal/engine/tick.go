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
		if d.link != nil && !d.lost {
			e.missing(d, now)
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
	e.watch.flush()
	e.progress.Add(1)
}

// missing raises the faults of a device that gives no good read, or of its points that are
// not among what it answers: within their time, so what would be late at the next tick counts.
func (e *Engine) missing(d *device, now message.Stamp) {
	silence := now.Sub(e.lastSign(d))
	if silence+tick > d.FaultAfter {
		e.lose(d, now)
		return
	}
	if !d.answered {
		return
	}
	for _, p := range d.points {
		if p.model == nil || p.unread(now)+tick <= p.limit() || p.state.Unreachable() {
			continue
		}
		if silence > d.FaultAfter/2 {
			e.lose(d, now) // one fault for a device that is silent as a whole
			return
		}
		e.losePoint(p, now)
	}
}

// lastSign is the last good read, or the start for a device that never answered.
func (e *Engine) lastSign(d *device) message.Stamp {
	if d.answered {
		return d.lastGood
	}
	return e.started
}

// unread is for how long the point could have been read and was not.
func (p *point) unread(now message.Stamp) time.Duration {
	since := p.device.since
	if p.read && p.at.Mono > since.Mono {
		since = p.at
	}
	return now.Sub(since)
}

// limit is how old the point's value may be.
func (p *point) limit() time.Duration {
	if p.model.Lane == contract.Alarm {
		return p.device.FaultAfter
	}
	return max(p.device.SlowFaultAfter, p.device.FaultAfter)
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
			r := message.Reading{Device: d.Name, Point: p.name, Unit: p.unit, Quality: p.quality(now), Value: p.value(now)}
			r.At = message.Time{Time: p.at.Wall}
			if !p.read {
				r.At = message.Time{Time: now.Wall}
			}
			t.Readings = append(t.Readings, r)
		}
	}
	if e.opts.Readings != nil {
		t.Readings = append(t.Readings, e.opts.Readings(now)...)
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
	d := p.device
	switch {
	case p == d.link && !d.answered, p != d.link && !p.read:
		return message.NoData
	case p == d.link && d.lost:
		return message.Stale
	case p.model == nil:
		return message.Good
	case d.lost || p.state.Unreachable() || now.Sub(p.at) > p.limit():
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

// value is the point's value while it means something, else nil.
func (p *point) value(now message.Stamp) *float64 {
	if p.model == nil {
		return nil
	}
	switch p.quality(now) {
	case message.Good, message.OutOfRange:
		v := p.last.Value
		return &v
	default:
		return nil
	}
}
