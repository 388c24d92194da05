package walktest

import (
	"slices"
	"strings"
	"unicode/utf8"

	"firepost/firmware-contracts/message"
)

// Now says that the installer stands in front of this thing and begins. What was waited for
// before is waited for no more; what had a result already is tested again.
func (s *Session) Now(device, point string, at message.Stamp) error {
	it, err := s.runningItem(device, point)
	if err != nil {
		return err
	}
	switch {
	case !it.Kind.answers():
		return refuse("no_now", it.name())
	case it.Unreachable:
		return refuse("no_contact", it.name())
	case it.Active:
		return refuse("still_active", it.name())
	}
	it.again(momentOf(at))
	s.Await = &Await{Device: device, Point: point, At: momentOf(at)}
	s.Changed = momentOf(at)
	return nil
}

// Stop takes a "now" back.
func (s *Session) Stop(at message.Stamp) error {
	if s.Phase != Running {
		return refuse("not_running", "")
	}
	s.Await, s.Changed = nil, momentOf(at)
	return nil
}

func (s *Session) runningItem(device, point string) (*Item, error) {
	if s.Phase != Running {
		return nil, refuse("not_running", "")
	}
	it := s.item(device, point)
	if it == nil {
		return nil, refuse("unknown_item", device+"/"+point)
	}
	return it, nil
}

// Mark gives a thing the result that a person saw. A detector can't be marked as passed: only
// its own answer does that. Failed and not reached need a reason; pending takes a mark back.
func (s *Session) Mark(device, point string, r Result, reason, by string, at message.Stamp) error {
	it, err := s.runningItem(device, point)
	if err != nil {
		return err
	}
	reason = strings.TrimSpace(strings.ToValidUTF8(reason, "?"))
	switch r {
	case Passed:
		switch {
		case it.Kind.answers():
			return refuse("must_answer", it.name())
		case it.Kind == Gauge && (it.Value == nil || it.Unreachable):
			return refuse("no_value", it.name())
		}
	case Failed, NotReached:
		if reason == "" {
			return refuse("needs_reason", it.name())
		}
		if utf8.RuneCountInString(reason) > maxReason {
			return refuse("too_long", "")
		}
	case Pending:
		reason = ""
	default:
		return refuse("bad_result", string(r))
	}
	if s.awaits(device, point) {
		s.Await = nil
	}
	m := momentOf(at)
	it.again(m)
	it.Result, s.Changed = r, m
	if r != Pending {
		it.Reason, it.By, it.At = reason, by, &m
	}
	return nil
}

// Settle says what an answer of the wrong device was.
func (s *Session) Settle(i int, choice Choice, by string, at message.Stamp) error {
	if s.Phase != Running {
		return refuse("not_running", "")
	}
	if i < 0 || i >= len(s.Crosses) || s.Crosses[i].Choice != "" {
		return refuse("unknown_item", "")
	}
	c := &s.Crosses[i]
	asked, answered := s.item(c.AskedDevice, c.AskedPoint), s.item(c.AnsweredDevice, c.AnsweredPoint)
	switch choice {
	case StoodThere:
		if answered == nil || c.Real {
			return refuse("bad_choice", "")
		}
		if s.awaits(c.AskedDevice, c.AskedPoint) {
			s.Await = nil
		}
		s.tick(answered, c.Hit)
	case MixedUp:
		const why = "设备与位置对不上 mixed up: "
		for _, p := range []struct {
			it    *Item
			other string
		}{{asked, c.AnsweredDevice}, {answered, c.AskedDevice}} {
			if p.it != nil {
				if err := s.Mark(p.it.Device, p.it.Point, Failed, why+p.other, by, at); err != nil {
					return err
				}
			}
		}
	case Drifted:
	default:
		return refuse("bad_choice", string(choice))
	}
	c.Choice, c.By = choice, by
	s.Changed = momentOf(at)
	return nil
}

// Extended says that test mode was prolonged by TestFor from at on.
func (s *Session) Extended(by string, at message.Stamp, events []string) {
	s.keepEvents(events)
	s.Until, s.Changed = momentOf(at.Add(TestFor)), momentOf(at)
	s.note(at, by, Text{ZH: "延长测试30分钟", EN: "test prolonged by 30 minutes"})
}

// TakenUp says that the session goes on, by this person, with its devices in test mode again.
func (s *Session) TakenUp(by string, at message.Stamp, events []string) {
	s.keepEvents(events)
	s.Phase, s.Await, s.Author = Running, nil, by
	s.Until, s.Changed = momentOf(at.Add(TestFor)), momentOf(at)
	if !slices.Contains(s.Authors, by) {
		s.Authors = append(s.Authors, by)
	}
	s.note(at, by, Text{ZH: "继续测试", EN: "test taken up"})
}

// Interrupted says that the booth's daemon was away: nobody watched meanwhile.
func (s *Session) Interrupted(at message.Stamp) {
	switch s.Phase {
	case Running:
		s.pause(at, Text{ZH: "程序重启，测试中断", EN: "interrupted: the booth's program was started again"})
	case Ending:
		m := momentOf(at)
		s.EndedAt = &m
	case Paused, Closed:
	}
}

// Finish says that test mode was ended in order; Look closes the session when all is normal.
func (s *Session) Finish(at message.Stamp, events []string) {
	s.keepEvents(events)
	m := momentOf(at)
	s.Phase, s.EndedAt, s.Changed, s.Await = Ending, &m, m, nil
}

// Close ends the session as incomplete.
func (s *Session) Close(at message.Stamp, by string, why Text) {
	s.note(at, by, why)
	s.Phase, s.Complete, s.Changed, s.Await = Closed, false, momentOf(at), nil
}
