package mqttlink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"firepost/cloud-bridge/uplink"
)

// send is the one goroutine that publishes. It looks at the alarm lane before every message.
func (s *session) send(ctx context.Context) error {
	if err := s.publishBirth(ctx); err != nil {
		return err
	}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		select {
		case <-s.l.box.Wake():
			s.more()
		default:
		}
		now := time.Now()
		sent, until, err := s.step(ctx, now)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case sent:
			continue
		}
		timer.Reset(until.Sub(now))
		select {
		case <-ctx.Done():
		case <-s.l.box.Wake():
			s.more()
		case <-s.acked:
		case <-s.l.poke:
		case <-timer.C:
		}
	}
	return nil
}

// more remembers that the outbox has something new.
func (s *session) more() {
	for _, lane := range s.lanes {
		lane.maybe = true
	}
}

// step sends at most one message, the most urgent one that may go now. When none may, until
// is when to look again at the latest.
func (s *session) step(ctx context.Context, now time.Time) (sent bool, until time.Time, err error) {
	until = now.Add(healthLook)
	if sent, err = s.sendAlarm(ctx, now); sent || err != nil {
		return sent, until, err
	}
	if sent, err = s.sendSide(ctx, now); sent || err != nil {
		return sent, until, err
	}
	sent, wait, err := s.sendBacklog(ctx, now)
	if sent || err != nil {
		return sent, until, err
	}
	for _, t := range []time.Time{wait, s.lookAt, s.alarm.back.due(), s.rest.back.due(), s.retryAt, s.drainFrom} {
		if t.After(now) && t.Before(until) {
			until = t
		}
	}
	if at := now.Add(time.Second / refreshPerSecond * 5); len(s.refresh) > 0 && at.Before(until) {
		until = at
	}
	return false, until, nil
}

// sendAlarm sends the alarm lane's next event, or the next copy of one that the platform
// left unanswered. New ones go first: their older ones were handed to the broker before.
func (s *session) sendAlarm(ctx context.Context, now time.Time) (bool, error) {
	s.observe(s.alarm, now)
	if s.alarm.flying.Load() >= alarmWindow || now.Before(s.retryAt) {
		return false, nil
	}
	if sent, err := s.sendNew(ctx, s.alarm); sent || err != nil {
		return sent, err
	}
	return s.sendAgain(ctx, s.alarm)
}

// sendBacklog sends from the rest and telemetry lanes, within the window and the rate. wait
// is when the rate allows the next one.
func (s *session) sendBacklog(ctx context.Context, now time.Time) (sent bool, wait time.Time, err error) {
	s.observe(s.rest, now)
	if now.Before(s.drainFrom) || now.Before(s.retryAt) {
		return false, time.Time{}, nil
	}
	flying := int(s.rest.flying.Load())
	if s.telemetry != nil {
		flying += int(s.telemetry.flying.Load())
	}
	if flying >= s.pace.open() {
		return false, time.Time{}, nil
	}
	if at := s.tokenAt(now); at.After(now) {
		return false, at, nil
	}
	if !s.rest.platform || s.rest.unconfirmed() < s.l.cfg.Window {
		sent, err = s.sendNew(ctx, s.rest)
	}
	if !sent && err == nil {
		sent, err = s.sendAgain(ctx, s.rest)
	}
	if !sent && err == nil && s.telemetry != nil {
		sent, err = s.sendNew(ctx, s.telemetry)
	}
	if sent && s.drain != nil {
		s.drain.AllowN(now, 1)
	}
	return sent, time.Time{}, err
}

// tokenAt is when the rate limit lets the next message go. Once it has run dry, it waits for
// a few tokens together: waking for each single one would cost more than sending it.
func (s *session) tokenAt(now time.Time) time.Time {
	if s.drain == nil {
		return now
	}
	have := s.drain.TokensAt(now)
	if have >= 1 {
		return now
	}
	want := max(1, float64(s.drain.Burst())/2)
	return now.Add(time.Duration((want - have) / float64(s.drain.Limit()) * float64(time.Second)))
}

func (s *session) observe(lane *lane, now time.Time) {
	if lane.observe(now) {
		s.l.log.Warn("platform does not acknowledge; sending again", "lane", string(lane.name), "after", int64(lane.back.next))
	}
}

// sendNew sends the lane's next entry that this connection has not carried yet.
func (s *session) sendNew(ctx context.Context, lane *lane) (bool, error) {
	e, err := lane.peek(ctx)
	if err != nil {
		s.boxTrouble(ctx, err)
		return false, nil
	}
	if e == nil {
		return false, nil
	}
	entry, again, wanted := lane.take()
	if !wanted {
		return true, nil
	}
	return true, s.put(ctx, lane, entry, again)
}

// sendAgain sends the next copy of what the platform left unanswered.
func (s *session) sendAgain(ctx context.Context, lane *lane) (bool, error) {
	e, err := lane.again(ctx)
	if err != nil {
		s.boxTrouble(ctx, err)
		return false, nil
	}
	if e == nil {
		return false, nil
	}
	return true, s.put(ctx, lane, *e, true)
}

// put publishes one journal entry.
func (s *session) put(ctx context.Context, lane *lane, e uplink.Entry, again bool) error {
	payload := e.Payload
	if again {
		s.l.resent.Add(1)
		if lane != s.telemetry {
			payload = markResend(payload)
		}
	}
	lane.flying.Add(1)
	at := time.Now()
	t, err := s.cl.Publish(ctx, lane.topic, false, payload)
	if err != nil {
		return fmt.Errorf("publish %s: %w", e.ID, err)
	}
	s.l.sent.Add(1)
	return s.track(ctx, flight{tok: t, at: at, lane: lane, pos: e.Pos})
}

// track hands a message to settle. The channel holds as many as the windows allow.
func (s *session) track(ctx context.Context, f flight) error {
	select {
	case s.flights <- f:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// boxTrouble leaves a failing outbox alone for a moment: the connection is not at fault, and
// states and health still go out.
func (s *session) boxTrouble(ctx context.Context, err error) {
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return
	}
	s.retryAt = time.Now().Add(journalRetry)
	if text := err.Error(); text != s.boxErr {
		s.boxErr = text
		s.l.log.Error("read outbox", "err", err)
	}
}

// publishSide publishes a message that is no journal entry.
func (s *session) publishSide(ctx context.Context, topic string, retained bool, payload []byte, r *result) error {
	s.side.Add(1)
	at := time.Now()
	t, err := s.cl.Publish(ctx, topic, retained, payload)
	if err != nil {
		return fmt.Errorf("publish %s: %w", topic, err)
	}
	return s.track(ctx, flight{tok: t, at: at, result: r})
}

func (s *session) publishJSON(ctx context.Context, topic string, retained bool, v any) error {
	payload, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", topic, err)
	}
	return s.publishSide(ctx, topic, retained, payload, nil)
}
