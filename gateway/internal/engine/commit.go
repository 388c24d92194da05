package engine

import (
	"encoding/json"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/alarm"
	"firepost/gateway/internal/store"
)

// commit carries the changes of one point through the house, in the order that matters:
// the sounders and screens follow from memory, then the journal takes the events, from
// where the uplinks have them. The caller holds the lock.
func (e *Engine) commit(p *point, changes []alarm.Change) store.Ticket {
	if len(changes) == 0 {
		return store.Ticket{}
	}
	e.redraw()
	if e.opts.Local != nil {
		e.opts.Local()
	}
	recs := make([]store.Record, 0, len(changes))
	for i := range changes {
		recs = append(recs, e.record(p, &changes[i]))
	}
	ticket := e.opts.Journal.Append(recs)
	e.redraw() // once more, for the numbers
	for i := range recs {
		ev := recs[i].Event
		p.event = ev.ID
		e.recent.add(*ev)
		e.opts.Log.Info("event", "id", ev.ID, "class", ev.Class, "kind", ev.Kind,
			"device", ev.Device, "point", ev.Point, "state", ev.State.String(), "cause", ev.Cause)
	}
	e.watch.notify(p.device.Name)
	return ticket
}

func (e *Engine) record(p *point, c *alarm.Change) store.Record {
	ev := e.event(c.At, c.Class, c.Kind)
	ev.Lane = message.LaneAlarm
	ev.Device, ev.Point, ev.Premises = p.device.Name, p.name, p.device.Premises
	ev.State, ev.Cause = c.Bits, c.Cause
	if ev.Value = p.value(c.At); ev.Value != nil {
		ev.Unit = p.unit
	}
	var err error
	if ev.Detail, err = c.Detail.JSON(); err != nil {
		e.opts.Log.Error("an event loses its detail", "device", ev.Device, "point", ev.Point, "error", err)
	}
	return store.Record{Event: ev, Key: p.key(), Numbered: e.numbered(p, c)}
}

// numbered tells the point the number of its event and gives the journal the state that
// stands beside it: a state remembers the numbers of its own events.
func (e *Engine) numbered(p *point, c *alarm.Change) func(ev *message.Event) []byte {
	return func(ev *message.Event) []byte {
		p.state.Numbered(c, alarm.Ref{Epoch: ev.Epoch, Seq: ev.Seq})
		data, err := json.Marshal(p.state)
		if err != nil {
			e.opts.Log.Error("a point's state can't be saved", "device", p.device.Name, "point", p.name, "error", err)
			return nil
		}
		return data
	}
}

// event is a new event with what all have in common.
func (e *Engine) event(at message.Stamp, class message.Class, kind message.Kind) *message.Event {
	wall := message.Time{Time: at.Wall}
	return &message.Event{
		Station: e.opts.Station, District: e.opts.District,
		At: wall, ReceivedAt: wall, ClockTrusted: at.Trusted, Boot: at.Boot, MonoMS: at.Mono.Milliseconds(),
		Lane: message.LaneRest, Class: class, Kind: kind,
	}
}

// Record puts an event of the booth's own life into the journal.
func (e *Engine) Record(kind message.Kind, cause string, detail any) store.Ticket {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lifecycle(e.opts.Now(), kind, cause, detail)
}

// Act puts something that was done, by a person or by the booth itself, into the journal.
func (e *Engine) Act(kind message.Kind, cause string, detail any) store.Ticket {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.note(e.opts.Now(), message.ClassOperation, kind, cause, detail)
}

func (e *Engine) lifecycle(at message.Stamp, kind message.Kind, cause string, detail any) store.Ticket {
	return e.note(at, message.ClassLifecycle, kind, cause, detail)
}

func (e *Engine) note(at message.Stamp, class message.Class, kind message.Kind, cause string, detail any) store.Ticket {
	ev := e.event(at, class, kind)
	ev.Cause = cause
	if detail != nil {
		data, err := json.Marshal(detail)
		if err != nil {
			e.opts.Log.Error("an event loses its detail", "kind", kind, "error", err)
		}
		ev.Detail = data
	}
	ticket := e.opts.Journal.Append([]store.Record{{Event: ev}})
	e.recent.add(*ev)
	e.opts.Log.Info("event", "id", ev.ID, "class", ev.Class, "kind", ev.Kind, "cause", ev.Cause)
	return ticket
}
