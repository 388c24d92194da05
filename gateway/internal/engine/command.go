package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/alarm"
	"firepost/gateway/internal/store"
)

// durableWithin is how long a command waits for its events to be on disk before it answers
// that they are kept in memory.
const durableWithin = 2 * time.Second

// Command carries out a verified command and answers once its events are durable.
func (e *Engine) Command(ctx context.Context, cmd message.Command) message.Result {
	res, tickets := e.apply(cmd)
	for _, t := range tickets {
		if err := waitFor(ctx, t); err != nil {
			res.Text = "done; the record is in memory only: " + err.Error()
			res.TextZH = "已执行；记录暂存内存，尚未写盘"
		}
	}
	return res
}

func waitFor(ctx context.Context, t store.Ticket) error {
	timer := time.NewTimer(durableWithin)
	defer timer.Stop()
	select {
	case <-t.Done():
		return t.Err()
	case <-timer.C:
		return errors.New("the disk is slow")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (e *Engine) apply(cmd message.Command) (message.Result, []store.Ticket) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.carryOut(cmd)
}

// carryOut is apply for who holds the lock.
func (e *Engine) carryOut(cmd message.Command) (message.Result, []store.Ticket) {
	now := e.opts.Now()
	res := message.Result{ID: cmd.ID, Station: e.opts.Station, At: message.Time{Time: now.Wall}}
	targets, err := e.targets(cmd)
	if err != nil {
		return refused(res, err), nil
	}
	seen, err := e.seen(cmd.Event)
	if err != nil {
		return refused(res, err), nil
	}
	if cmd.Action == message.ActionTestOn && cmd.Seconds == 0 {
		cmd.Seconds = int64(e.opts.TestFor.Seconds())
	}
	c := alarm.CommandOf(&cmd, seen)
	// A command on several points is carried out on all or none: first on copies.
	if targets, err = dryRun(targets, c, now, cmd.Point == ""); err != nil {
		return refused(res, err), nil
	}
	var tickets []store.Ticket
	for _, p := range targets {
		e.changes, err = p.state.Do(c, now, e.changes[:0])
		n := e.recent.n
		if len(e.changes) > 0 {
			tickets = append(tickets, e.commit(p, e.changes))
		}
		for i := n; i < e.recent.n; i++ {
			res.Events = append(res.Events, e.recent.ring[i%recentEvents].ID)
		}
		if err != nil {
			return refused(res, err), tickets
		}
	}
	res.OK, res.Code = true, "ok"
	return res, tickets
}

// seen is the event that a command's author has seen. Only one of this station that was
// really given counts: any other would silence or reset fires that nobody has seen.
func (e *Engine) seen(id string) (alarm.Ref, error) {
	if id == "" {
		return alarm.Ref{}, nil
	}
	ref, err := alarm.ParseRef(id)
	if err != nil || message.EventID(e.opts.Station, ref.Epoch, ref.Seq) != id {
		return ref, &unknown{"event", id}
	}
	h := e.opts.Journal.Health()
	if (alarm.Ref{Epoch: h.Epoch, Seq: h.Seq}).Before(ref) {
		return ref, &unknown{"event", id}
	}
	return ref, nil
}

// targets are the points that a command names: one, all of a device, or all.
func (e *Engine) targets(cmd message.Command) ([]*point, error) {
	if cmd.Device == "" {
		if cmd.Action != message.ActionSilence {
			return nil, &unknown{"device", ""}
		}
		var all []*point
		for _, d := range e.devices {
			all = append(all, d.points...)
		}
		return all, nil
	}
	d := e.byName[cmd.Device]
	if d == nil {
		return nil, &unknown{"device", cmd.Device}
	}
	if cmd.Point == "" {
		return d.points, nil
	}
	p := d.pointNamed(cmd.Point)
	if p == nil {
		return nil, &unknown{"point", cmd.Device + "/" + cmd.Point}
	}
	return []*point{p}, nil
}

// dryRun returns the points on which the command has something to do. With several points
// those that it does not concern are passed over; any other refusal refuses the whole.
func dryRun(points []*point, c alarm.Command, now message.Stamp, several bool) ([]*point, error) {
	var todo []*point
	var first error
	for _, p := range points {
		try := p.state
		_, err := try.Do(c, now, nil)
		var r *alarm.Refusal
		switch {
		case err == nil:
			todo = append(todo, p)
		case several && errors.As(err, &r) && passedOver(c.Action, r.Code):
			// That a later fire goes on says more than that other points have none.
			if first == nil || r.Code == alarm.LaterEvent {
				first = err
			}
		default:
			return nil, err
		}
	}
	if len(todo) == 0 {
		return nil, first
	}
	return todo, nil
}

// passedOver are the refusals of a point that a command on many points does not concern. A
// later fire goes on sounding, but does not keep older ones from being silenced.
func passedOver(action message.Action, c alarm.Code) bool {
	switch c {
	case alarm.LaterEvent:
		return action == message.ActionSilence || action == message.ActionAcknowledge
	case alarm.NotInAlarm, alarm.NotDisabled, alarm.NotInTest, alarm.StillReachable, alarm.AlreadyRemoved:
		return true
	default:
		return false
	}
}

// unknown is a command that names something this booth does not have.
type unknown struct{ what, name string }

func (u *unknown) Error() string {
	if u.name == "" {
		return "the command names no " + u.what + "; only silence may be for the whole booth"
	}
	return fmt.Sprintf("this booth has no %s %q; look at its present state and repeat the command", u.what, u.name)
}

func (u *unknown) zh() string {
	what := map[string]string{"device": "设备", "point": "测点", "event": "事件"}[u.what]
	if u.name == "" {
		return "命令未指明" + what + "；只有停现场声可针对整个驿站"
	}
	return "本驿站没有" + what + "“" + u.name + "”；请刷新后重试"
}

func refused(res message.Result, err error) message.Result {
	res.OK = false
	res.Code, res.Text = "refused", err.Error()
	var r *alarm.Refusal
	var u *unknown
	switch {
	case errors.As(err, &r):
		res.Code, res.Text, res.TextZH = string(r.Code), r.EN, r.ZH
	case errors.As(err, &u):
		res.Code = "unknown_" + u.what
		res.TextZH = u.zh()
	}
	return res
}
