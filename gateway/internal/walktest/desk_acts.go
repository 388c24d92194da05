package walktest

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"firepost/firmware-contracts/message"
)

// errExist is a report that stands already.
var errExist = fs.ErrExist

const testNote = "现场测试 walk test"

// Start puts the devices of these premises, and these devices, into test mode and begins a
// session. All or none: one that can't be tested leaves everything live.
func (d *Desk) Start(ctx context.Context, by string, premises, devices []string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.feed()
	if len(d.sessions) >= maxSessions {
		return "", refuse("too_many", "")
	}
	places, err := d.choose(&v, premises, devices)
	if err != nil {
		return "", err
	}
	names := make([]string, 0, len(places))
	for i := range places {
		names = append(names, places[i].Device)
	}
	events, err := d.testOn(ctx, names, by)
	if err != nil {
		return "", err
	}
	if len(events) == 0 {
		return "", errors.Join(refuse("refused", "no event"), d.testOff(ctx, names, by, nil))
	}
	s := NewSession("wt-"+events[0], d.booth.About().Station, by, places, v.Outputs, d.booth.View().Now)
	s.keepEvents(events)
	d.sessions = append(d.sessions, s)
	d.save(s)
	d.tell()
	d.wake()
	d.log.Info("walk test begins", "id", s.ID, "author", by, "devices", len(places))
	return s.ID, nil
}

// choose is which places are meant; every one of them must be free and not in alarm.
func (d *Desk) choose(v *View, premises, devices []string) ([]Place, error) {
	for _, name := range devices {
		if v.place(name) == nil {
			return nil, refuse("unknown_device", name)
		}
	}
	var out []Place
	for i := range v.Places {
		p := v.Places[i]
		if !slices.Contains(devices, p.Device) && !slices.Contains(premises, p.Premises) {
			continue
		}
		if !slices.ContainsFunc(p.Points, func(pt Point) bool { return pt.Kind != "" }) {
			continue
		}
		if s := d.holder(p.Device); s != nil {
			return nil, refuse("taken", p.Device+" ("+s.Author+")")
		}
		if p.State.Has(message.Fire) {
			return nil, refuse("in_alarm", p.Device)
		}
		out = append(out, p)
	}
	if len(out) == 0 {
		return nil, refuse("no_devices", "")
	}
	return out, nil
}

// testOn puts devices into test mode, or none of them.
func (d *Desk) testOn(ctx context.Context, devices []string, by string) ([]string, error) {
	var events, done []string
	for _, name := range devices {
		res := d.command(ctx, message.ActionTestOn, name, by)
		if !res.OK {
			return nil, errors.Join(&Refusal{Code: "refused", EN: res.Text, ZH: res.TextZH, Detail: name}, d.testOff(ctx, done, by, nil))
		}
		done = append(done, name)
		events = append(events, res.Events...)
	}
	return events, nil
}

// testOff ends test mode; a device that is in none is passed over.
func (d *Desk) testOff(ctx context.Context, devices []string, by string, events *[]string) error {
	var errs []error
	for _, name := range devices {
		res := d.command(ctx, message.ActionTestOff, name, by)
		if events != nil {
			*events = append(*events, res.Events...)
		}
		if !res.OK && res.Code != "not_in_test" && !strings.HasPrefix(res.Code, "unknown_") {
			errs = append(errs, &Refusal{Code: "refused", EN: res.Text, ZH: res.TextZH, Detail: name})
		}
	}
	return errors.Join(errs...)
}

func (d *Desk) command(ctx context.Context, a message.Action, device, by string) message.Result {
	return d.booth.Command(ctx, message.Command{
		ID: "walk-" + string(a) + "-" + device, Station: d.booth.About().Station, Action: a, Device: device,
		Author: by, Note: testNote, Seconds: int64(TestFor.Seconds()),
	})
}

// act runs one step of a session under the lock, with everything up to now taken in.
func (d *Desk) act(id string, step func(s *Session, v *View) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.feed()
	i := slices.IndexFunc(d.sessions, func(s *Session) bool { return s.ID == id })
	if i < 0 {
		return refuse("no_session", id)
	}
	s := d.sessions[i]
	if err := step(s, &v); err != nil {
		return err
	}
	d.save(s)
	if s.Phase == Closed {
		d.close(s, v.Now)
	}
	d.tell()
	d.wake()
	return nil
}

// own is act for the session's present author only.
func (d *Desk) own(id, by string, step func(s *Session, v *View) error) error {
	return d.act(id, func(s *Session, v *View) error {
		if err := s.Allowed(by); err != nil {
			return err
		}
		return step(s, v)
	})
}

// Now says that by stands in front of this thing. See Session.Now.
func (d *Desk) Now(id, by, device, point string) error {
	return d.own(id, by, func(s *Session, v *View) error { return s.Now(device, point, v.Now) })
}

// Stop takes a "now" back.
func (d *Desk) Stop(id, by string) error {
	return d.own(id, by, func(s *Session, v *View) error { return s.Stop(v.Now) })
}

// Mark gives a thing a result. See Session.Mark.
func (d *Desk) Mark(id, by, device, point string, r Result, reason string) error {
	return d.own(id, by, func(s *Session, v *View) error { return s.Mark(device, point, r, reason, by, v.Now) })
}

// Settle settles the session's i-th cross. See Session.Settle.
func (d *Desk) Settle(id, by string, i int, choice Choice) error {
	return d.own(id, by, func(s *Session, v *View) error { return s.Settle(i, choice, by, v.Now) })
}

// Extend prolongs test mode: TestFor from now on.
func (d *Desk) Extend(ctx context.Context, id, by string) error {
	return d.own(id, by, func(s *Session, v *View) error {
		if s.Phase != Running {
			return refuse("not_running", "")
		}
		var events []string
		for _, name := range s.Devices() {
			res := d.command(ctx, message.ActionTestOn, name, by)
			if !res.OK {
				return &Refusal{Code: "refused", EN: res.Text, ZH: res.TextZH, Detail: name}
			}
			events = append(events, res.Events...)
		}
		s.Extended(by, v.Now, events)
		return nil
	})
}

// TakeUp goes on with a session that is paused, or takes over one that somebody else runs.
func (d *Desk) TakeUp(ctx context.Context, id, by string) error {
	return d.act(id, func(s *Session, v *View) error {
		if s.Phase == Running && s.Author == by {
			return nil
		}
		if s.Phase != Running && s.Phase != Paused {
			return refuse("not_running", "")
		}
		var names []string
		for _, name := range s.Devices() {
			p := v.place(name)
			switch {
			case p == nil:
				return refuse("unknown_device", name)
			case realFire(p):
				return refuse("in_alarm", name)
			}
			names = append(names, name)
		}
		if s.Phase == Running {
			s.TakenUp(by, v.Now, nil)
			return d.extendAs(ctx, s, names, by)
		}
		events, err := d.testOn(ctx, names, by)
		if err != nil {
			return err
		}
		s.TakenUp(by, d.booth.View().Now, events)
		return nil
	})
}

// extendAs renews test mode in the new author's name; the devices are in it already.
func (d *Desk) extendAs(ctx context.Context, s *Session, names []string, by string) error {
	for _, name := range names {
		res := d.command(ctx, message.ActionTestOn, name, by)
		if !res.OK {
			return &Refusal{Code: "refused", EN: res.Text, ZH: res.TextZH, Detail: name}
		}
		s.keepEvents(res.Events)
	}
	return nil
}

// Finish ends test mode and waits, in the background, until everything is normal; then the
// report stands.
func (d *Desk) Finish(ctx context.Context, id, by string) error {
	return d.own(id, by, func(s *Session, _ *View) error {
		if err := s.MayFinish(); err != nil {
			return err
		}
		var events []string
		if err := d.testOff(ctx, s.Devices(), by, &events); err != nil {
			return err
		}
		s.Finish(d.booth.View().Now, events)
		return nil
	})
}

// Abandon closes a session as incomplete, with a report of what was tested. Any installer may.
func (d *Desk) Abandon(ctx context.Context, id, by, reason string) error {
	return d.act(id, func(s *Session, _ *View) error {
		if err := s.MayClose(); err != nil {
			return err
		}
		if strings.TrimSpace(reason) == "" {
			return refuse("needs_reason", "")
		}
		if len([]rune(reason)) > maxReason {
			return refuse("too_long", "")
		}
		if s.Phase == Running {
			var events []string
			if err := d.testOff(ctx, s.Devices(), by, &events); err != nil {
				return err
			}
			s.keepEvents(events)
		}
		s.Close(d.booth.View().Now, by, Text{ZH: "未完成即结束：" + reason, EN: "closed as incomplete: " + reason})
		return nil
	})
}
