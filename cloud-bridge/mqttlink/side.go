package mqttlink

import (
	"context"
	"strings"
	"time"

	"firepost/firmware-contracts/message"
)

// healthKey is what of the health makes it worth publishing before its time. Texts, counts
// and times are left out: they change all the time.
type healthKey struct {
	trusted     bool
	boot, nonce string
	severity    message.Severity
	items       string
}

func keyOf(h message.Health) healthKey {
	var items strings.Builder
	for _, it := range h.Items {
		items.WriteString(it.Code)
		items.WriteByte('=')
		items.WriteString(string(it.Severity))
		items.WriteByte(' ')
	}
	return healthKey{trusted: h.ClockTrusted, boot: h.Boot, nonce: h.Nonce, severity: h.Severity, items: items.String()}
}

// publishBirth says that the booth is there. It is said on every connection: an own earlier
// will may have left a retained "offline".
func (s *session) publishBirth(ctx context.Context) error {
	s.birth = s.l.booth.Online()
	s.birth.Online = true
	return s.publishJSON(ctx, s.l.topics.Online(), true, s.birth)
}

// sendSide sends what is no journal entry: results of commands, health, changed states, and
// after a connect every state. Each is sent as it is at that moment.
func (s *session) sendSide(ctx context.Context, now time.Time) (bool, error) {
	if s.side.Load() >= sideWindow {
		return false, nil
	}
	if r := s.l.results.next(); r != nil {
		return true, s.publishSide(ctx, s.l.topics.Result(), false, r.payload, r)
	}
	if name, ok := s.l.dirty.pop(); ok {
		return s.publishState(ctx, name)
	}
	if !now.Before(s.lookAt) {
		s.lookAt = now.Add(healthLook)
		s.l.progress.Add(1)
		if sent, err := s.lookAtHealth(ctx, now); sent || err != nil {
			return sent, err
		}
	}
	if len(s.refresh) > 0 && s.refreshAt.AllowN(now, 1) {
		name := s.refresh[0]
		s.refresh = s.refresh[1:]
		return s.publishState(ctx, name)
	}
	return false, nil
}

// publishState sends one device's retained state; a device that is gone is passed over.
func (s *session) publishState(ctx context.Context, device string) (bool, error) {
	st, ok := s.l.booth.DeviceState(device)
	if !ok || !topicWord(device) {
		return true, nil
	}
	return true, s.publishJSON(ctx, s.l.topics.State(device), true, st)
}

// lookAtHealth publishes health when it is due or has changed, and the birth again when the
// epoch has: the retained birth is where a replaced board finds it.
func (s *session) lookAtHealth(ctx context.Context, now time.Time) (bool, error) {
	if o := s.l.booth.Online(); o.Epoch != s.birth.Epoch {
		if err := s.publishBirth(ctx); err != nil {
			return true, err
		}
	}
	h := s.l.booth.Health()
	key := keyOf(h)
	if key == s.health && now.Sub(s.healthAt) < s.l.cfg.HealthEvery {
		return false, nil
	}
	s.health, s.healthAt = key, now
	return true, s.publishJSON(ctx, s.l.topics.Health(), true, h)
}
