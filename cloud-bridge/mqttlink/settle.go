package mqttlink

import (
	"context"
	"fmt"
	"time"

	"firepost/cloud-bridge/uplink"
)

// flight is one message on its way to the broker.
type flight struct {
	tok    token
	at     time.Time
	lane   *lane // nil for what is no journal entry
	pos    uplink.Position
	result *result // a command's result
}

// confirmBatch bounds how many PUBACKs are told to the outbox at once.
const confirmBatch = 256

// settle waits for the PUBACKs in the order of sending, which is the order in which a broker
// must give them (MQTT 3.1.1, 4.6). One goroutine does it for all messages. A message without
// PUBACK for too long ends the connection: it is half open, or the broker is stuck.
func (s *session) settle(ctx context.Context) error {
	patience := time.NewTimer(time.Hour)
	defer patience.Stop()
	var batch []uplink.Position
	var of *lane
	flush := func() {
		if len(batch) > 0 {
			of.confirm(batch...)
			s.l.stored.Add(uint64(len(batch)))
			batch = batch[:0]
		}
	}
	defer flush()
	for {
		var f flight
		select {
		case f = <-s.flights:
		default:
			flush()
			signal(s.acked)
			select {
			case f = <-s.flights:
			case <-ctx.Done():
				return nil
			}
		}
		select {
		case <-f.tok.Done():
		default:
			flush()
			signal(s.acked)
			patience.Reset(time.Until(f.at.Add(s.l.cfg.PubackTimeout)))
			select {
			case <-f.tok.Done():
			case <-ctx.Done():
				return nil
			case <-patience.C:
				return fmt.Errorf("%w: nothing for %s", errNoPuback, s.l.cfg.PubackTimeout)
			}
		}
		if err := f.tok.Error(); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		if of != f.lane || len(batch) >= confirmBatch {
			flush()
			of = f.lane
		}
		if s.landed(&f) {
			batch = append(batch, f.pos)
		}
	}
}

// landed takes in one PUBACK and reports whether it confirms a journal entry.
func (s *session) landed(f *flight) (confirms bool) {
	s.l.progress.Add(1)
	if f.lane == nil {
		s.side.Add(-1)
		if f.result != nil {
			s.l.results.delivered(f.result)
			signal(s.acked)
		}
		return false
	}
	f.lane.flying.Add(-1)
	if f.lane != s.alarm {
		now := time.Now()
		s.pace.acked(now, now.Sub(f.at))
	}
	return !f.lane.platform
}
