package mqttlink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

const (
	// adoptMost bounds how many retained states are taken over.
	adoptMost = 4096
	// adoptBytes bounds their size together.
	adoptBytes = 16 << 20
)

// inbox takes what the broker sends on one connection. It is called by the client library's
// goroutine and never blocks.
type inbox struct {
	l *Link

	mu     sync.Mutex
	adopt  map[string][]byte // retained payloads by topic while adopting; nil otherwise
	bytes  int
	heard  chan struct{} // something retained came
	missed int
}

// take sorts one message. What does not fit is dropped: an acknowledgement or a command that
// is lost is sent again by whoever waits for its effect.
func (in *inbox) take(topic string, retained bool, payload []byte) {
	switch topic {
	case in.l.topics.Ack():
		select {
		case in.l.acks <- payload:
		default:
		}
	case in.l.topics.Command():
		select {
		case in.l.cmds <- payload:
		default:
			in.l.tooBusy(payload)
		}
	default:
		in.keep(topic, retained, payload)
	}
}

// keep holds a retained message for adoption.
func (in *inbox) keep(topic string, retained bool, payload []byte) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.adopt == nil || !retained {
		return
	}
	if len(in.adopt) >= adoptMost || in.bytes+len(payload) > adoptBytes {
		in.missed++
		return
	}
	in.adopt[topic] = payload
	in.bytes += len(payload)
	signal(in.heard)
}

// adopt listens for this station's own retained messages and hands them to the booth. Only a
// connection that is lost meanwhile is an error.
func (l *Link) adopt(ctx context.Context, cl client, in *inbox) error {
	in.mu.Lock()
	in.adopt, in.heard = make(map[string][]byte), make(chan struct{}, 1)
	in.mu.Unlock()
	filters := []string{l.topics.Online(), l.topics.State("+")}
	began := time.Now()
	sctx, cancel := context.WithTimeout(ctx, l.cfg.ConnectTimeout)
	err := await(sctx, cl.Subscribe(filters...))
	cancel()
	if errors.Is(err, errRefused) {
		l.log.Error("broker does not let this station read its own retained messages; a replaced board would begin empty", "err", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("adopt: %w", err)
	}
	// On a line with a long round trip the retained messages may straggle as long.
	quiet := max(l.adoptQuiet, min(3*time.Since(began), l.adoptLimit))
	if err := l.hear(ctx, cl, in.heard, quiet); err != nil {
		return fmt.Errorf("adopt: %w", err)
	}
	in.mu.Lock()
	got, missed := in.adopt, in.missed
	in.adopt = nil
	in.mu.Unlock()
	online, states, bad := l.decodeAdopted(got)
	if missed+bad > 0 {
		l.log.Error("retained messages not taken over", "too_many", missed, "unreadable", bad)
	}
	l.booth.Adopt(online, states)
	l.adopted = true
	uctx, cancel := context.WithTimeout(ctx, l.cfg.ConnectTimeout)
	defer cancel()
	if err := await(uctx, cl.Unsubscribe(filters...)); err != nil {
		return fmt.Errorf("adopt: %w", err)
	}
	return nil
}

// hear waits until nothing was heard for quiet, and at most adoptLimit (or quiet, if longer).
func (l *Link) hear(ctx context.Context, cl client, heard <-chan struct{}, quiet time.Duration) error {
	limit := time.NewTimer(max(l.adoptLimit, quiet))
	defer limit.Stop()
	silence := time.NewTimer(quiet)
	defer silence.Stop()
	for {
		select {
		case <-heard:
			silence.Reset(quiet)
		case <-silence.C:
			return nil
		case <-limit.C:
			return nil
		case err := <-cl.Down():
			return fmt.Errorf("connection lost: %w", err)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// decodeAdopted reads what was retained. What belongs to another station is not believed.
func (l *Link) decodeAdopted(got map[string][]byte) (online message.Online, states []message.DeviceState, bad int) {
	prefix := l.topics.State("")
	for topic, payload := range got {
		if len(payload) == 0 {
			continue
		}
		if topic == l.topics.Online() {
			var o message.Online
			if err := json.Unmarshal(payload, &o); err != nil || o.Station != l.cfg.Station {
				bad++
				continue
			}
			online = o
			continue
		}
		var st message.DeviceState
		if err := json.Unmarshal(payload, &st); err != nil || st.Station != l.cfg.Station || prefix+st.Device != topic {
			bad++
			continue
		}
		states = append(states, st)
	}
	slices.SortFunc(states, func(a, b message.DeviceState) int { return strings.Compare(a.Device, b.Device) })
	return online, states, bad
}

// takeAcks confirms what the platform says it has stored, until ctx ends.
func (l *Link) takeAcks(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case payload := <-l.acks:
			if l.cfg.Confirm != ConfirmPlatform {
				continue
			}
			var ack message.Ack
			if err := json.NewDecoder(bytes.NewReader(payload)).Decode(&ack); err != nil {
				l.log.Warn("unreadable acknowledgement", "err", err)
				continue
			}
			l.confirmIDs(ack.IDs)
		}
	}
}

// confirmIDs confirms events by id; ids that are unknown, or confirmed already, mean nothing.
func (l *Link) confirmIDs(ids []string) {
	found := make(map[uplink.Lane][]uplink.Position, 2)
	for _, id := range ids {
		if pos, lane, ok := l.box.Find(id); ok {
			found[lane] = append(found[lane], pos)
		}
	}
	s := l.current.Load()
	for name, list := range found {
		slices.Sort(list)
		list = slices.Compact(list)
		if lane := s.laneOf(name); lane != nil {
			lane.confirm(list...)
		} else {
			l.box.Confirm(name, list...)
		}
		l.stored.Add(uint64(len(list)))
	}
	l.progress.Add(1)
	if s != nil {
		signal(s.acked)
	}
}

func (s *session) laneOf(name uplink.Lane) *lane {
	if s == nil {
		return nil
	}
	for _, lane := range s.lanes {
		if lane.name == name {
			return lane
		}
	}
	return nil
}
