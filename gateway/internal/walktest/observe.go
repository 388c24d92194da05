package walktest

import (
	"fmt"
	"time"

	"firepost/firmware-contracts/message"
)

// Event takes in one event of the booth and reports whether it changed the session. Events
// come in their order; one from before the session must not come.
func (s *Session) Event(ev *message.Event) bool {
	if s.Phase != Running && s.Phase != Ending {
		return false
	}
	it := s.item(ev.Device, ev.Point)
	switch ev.Kind { //nolint:exhaustive // the other kinds say nothing about a test
	case message.KindRaised:
		return s.raised(it, ev)
	case message.KindCleared:
		if it == nil || it.Hit == nil || it.Restored != nil || !tests(it.Kind, ev) {
			return false
		}
		it.Restored = &Hit{Event: ev.ID, At: momentOfEvent(ev)}
		s.keepEvent(ev.ID)
		return true
	case message.KindTestOn, message.KindTestOff:
		if s.has(ev.Device) {
			s.keepEvent(ev.ID)
		}
	}
	return false
}

func momentOfEvent(ev *message.Event) Moment {
	return Moment{At: ev.ReceivedAt, Trusted: ev.ClockTrusted, Boot: ev.Boot, MonoMS: ev.MonoMS}
}

// tests reports whether an event of this class is an answer to a test of that kind.
func tests(k Kind, ev *message.Event) bool {
	switch k {
	case Detector, CallPoint:
		return ev.Class == message.ClassFire
	case Contact:
		return ev.Class == message.ClassSupervisory || ev.Class == message.ClassPrealarm ||
			ev.Class == message.ClassFault && ev.Cause != "no_data"
	case Gauge, Sounder:
	}
	return false
}

func (s *Session) raised(it *Item, ev *message.Event) bool {
	fire := ev.Class == message.ClassFire
	at := momentOfEvent(ev)
	real := fire && !ev.State.Has(message.Test)
	if real {
		// Not under test: whatever it is, it is no proof of anything here.
		if !s.has(ev.Device) && s.Await == nil {
			return false
		}
		s.keepEvent(ev.ID)
		if len(s.Notes) < maxNotes {
			s.Notes = append(s.Notes, Note{At: at, Text: Text{ZH: "真实火警：" + ev.Device, EN: "a real fire: " + ev.Device}})
		}
		if s.Await != nil && !s.awaits(ev.Device, ev.Point) {
			s.cross(ev, at, true)
		}
		return true
	}
	if it == nil || s.Phase != Running || !tests(it.Kind, ev) {
		return false
	}
	s.keepEvent(ev.ID)
	if fire && s.Await != nil && !s.awaits(ev.Device, ev.Point) {
		s.cross(ev, at, false)
		return true
	}
	s.tick(it, s.hit(ev.ID, at, ev.Device, ev.Point))
	return true
}

func (s *Session) awaits(device, point string) bool {
	return s.Await != nil && s.Await.Device == device && s.Await.Point == point
}

// hit is an answer with its response time, where "now" was pressed in the same boot.
func (s *Session) hit(event string, at Moment, device, point string) Hit {
	h := Hit{Event: event, At: at}
	if s.awaits(device, point) && s.Await.At.Boot == at.Boot && at.MonoMS >= s.Await.At.MonoMS {
		ms := at.MonoMS - s.Await.At.MonoMS
		h.ResponseMS = &ms
	}
	return h
}

// tick marks a thing as passed by its own answer. A later answer does not take the first
// one's place; it shows as active.
func (s *Session) tick(it *Item, h Hit) {
	it.Active = true
	if s.awaits(it.Device, it.Point) {
		s.Await = nil
	}
	s.Changed = h.At
	if it.Result == Passed {
		return
	}
	it.again(h.At)
	it.Result, it.Reason, it.By, it.Hit, it.Restored = Passed, "", s.Author, &h, nil
	at := h.At
	it.At = &at
}

// again puts the present result among the earlier tries.
func (it *Item) again(at Moment) {
	if it.Result != Pending && len(it.Earlier) < maxTries {
		it.Earlier = append(it.Earlier, Try{Result: it.Result, Reason: it.Reason, Hit: it.Hit, At: at})
	}
	it.Result, it.Reason, it.By, it.At, it.Hit, it.Restored = Pending, "", "", nil, nil, nil
}

// cross keeps an answer of the wrong device until somebody has settled it.
func (s *Session) cross(ev *message.Event, at Moment, real bool) {
	if len(s.Crosses) >= maxCrosses {
		return
	}
	for i := range s.Crosses {
		c := &s.Crosses[i]
		if c.Choice == "" && c.AnsweredDevice == ev.Device && c.AnsweredPoint == ev.Point && c.AskedDevice == s.Await.Device && c.AskedPoint == s.Await.Point {
			return
		}
	}
	c := Cross{
		AskedDevice: s.Await.Device, AskedPoint: s.Await.Point, AnsweredDevice: ev.Device, AnsweredPoint: ev.Point,
		AnsweredLabel: Text{ZH: ev.Device, EN: ev.Device}, Hit: Hit{Event: ev.ID, At: at}, Real: real,
	}
	if it := s.item(s.Await.Device, s.Await.Point); it != nil {
		c.AskedLabel = it.Label
	}
	if it := s.item(ev.Device, ev.Point); it != nil {
		c.AnsweredLabel = it.Label
		it.Active = true
	}
	if s.Await.At.Boot == at.Boot && at.MonoMS >= s.Await.At.MonoMS {
		ms := at.MonoMS - s.Await.At.MonoMS
		c.Hit.ResponseMS = &ms
	}
	s.Crosses = append(s.Crosses, c)
	s.Changed = at
}

// Look takes in the booth as it is at a moment and reports whether anything changed that is
// worth keeping; a gauge's value is not. Call it after the events that the view already shows.
func (s *Session) Look(v *View) bool {
	if s.Phase == Closed {
		return false
	}
	changed := s.lookAtItems(v)
	if s.Await != nil && !s.Await.Late {
		if d, ok := s.Await.At.since(v.Now); !ok || d >= lateAfter {
			s.Await.Late, changed = true, true
		}
	}
	switch s.Phase {
	case Running:
		if name := s.liveDevice(v); name != "" {
			s.pause(v.Now, Text{
				ZH: "测试方式已结束（" + name + "），设备恢复监视", EN: "test mode is over (" + name + "); the devices are live",
			})
			changed = true
		}
	case Ending:
		if s.settled(v) {
			changed = true
		}
	case Paused:
		if d, ok := s.Changed.since(v.Now); ok && d >= forgottenAfter {
			s.Close(v.Now, "", Text{ZH: "无人继续，自动按未完成结束", EN: "nobody took it up again; closed as incomplete"})
			changed = true
		}
	case Closed:
	}
	return changed
}

func (s *Session) lookAtItems(v *View) bool {
	changed := false
	for i := range s.Items {
		it := &s.Items[i]
		if it.Kind == Sounder {
			for _, o := range v.Outputs {
				if o.Name == it.Point && o.On && o.Verified && it.ReadBack == nil {
					at := momentOf(v.Now)
					it.ReadBack, changed = &at, true
				}
			}
			continue
		}
		was, wasAway := it.Active, it.Unreachable
		s.lookAt(it, v)
		changed = changed || was != it.Active || wasAway != it.Unreachable
	}
	return changed
}

func (s *Session) lookAt(it *Item, v *View) {
	place := v.place(it.Device)
	var p *Point
	if place != nil {
		p = place.point(it.Point)
	}
	if p == nil {
		it.Unreachable, it.Value = true, nil
		return
	}
	it.Unreachable = place.Unreachable || !p.Good
	it.Value, it.Unit = nil, p.Unit
	if p.Good {
		it.Value = p.Value
	}
	if it.Kind == Contact {
		it.Active = p.State&(message.Supervisory|message.Prealarm) != 0
		return
	}
	it.Active = p.State.Has(message.Active)
	// Its event was missed among too many others: what can be seen counts, without a time.
	seen := it.Active && p.State.Has(message.Test) && !p.State.Has(message.Latched)
	if s.Phase == Running && it.Result == Pending && it.Kind.answers() && seen && (s.Await == nil || s.awaits(it.Device, it.Point)) && !s.crossed(it) && p.Event != "" {
		s.keepEvent(p.Event)
		s.tick(it, Hit{Event: p.Event, At: momentOf(v.Now)})
	}
}

// crossed reports whether an open question hangs on this item's answer.
func (s *Session) crossed(it *Item) bool {
	for i := range s.Crosses {
		if c := &s.Crosses[i]; c.AnsweredDevice == it.Device && c.AnsweredPoint == it.Point && c.Choice != StoodThere {
			return true
		}
	}
	return false
}

// liveDevice names a device of the session that is not in test mode, empty if all are.
func (s *Session) liveDevice(v *View) string {
	for i := range s.Places {
		if p := v.place(s.Places[i].Device); p == nil || !p.State.Has(message.Test) {
			return s.Places[i].Device
		}
	}
	return ""
}

func (s *Session) pause(at message.Stamp, why Text) {
	s.Phase, s.Await = Paused, nil
	s.Changed = momentOf(at)
	s.note(at, "", why)
}

// settled closes the session once all is back to normal, or has had its time to be.
func (s *Session) settled(v *View) bool {
	var off []string
	for i := range s.Places {
		name := s.Places[i].Device
		p := v.place(name)
		if p == nil || p.Unreachable || p.State != 0 || !allGood(p) {
			off = append(off, name)
		}
	}
	over := true
	if s.EndedAt != nil {
		if d, ok := s.EndedAt.since(v.Now); ok && d < settleFor {
			over = false
		}
	}
	if len(off) > 0 && !over {
		return false
	}
	for _, name := range off {
		s.NotNormal = append(s.NotNormal, name)
		s.note(v.Now, "", Text{
			ZH: "测试结束后未恢复正常：" + name, EN: fmt.Sprintf("not back to normal %v after the test: %s", settleFor.Round(time.Second), name),
		})
	}
	s.Phase, s.Complete, s.Changed = Closed, true, momentOf(v.Now)
	return true
}

func allGood(p *Place) bool {
	for i := range p.Points {
		if p.Points[i].Kind != "" && !p.Points[i].Good {
			return false
		}
	}
	return true
}
