package alarm

import (
	"strings"
	"time"

	"firepost/firmware-contracts/message"
)

// Bounds of disablements and tests.
const (
	// DefaultTest is how long a test lasts when its command says nothing.
	DefaultTest = 30 * time.Minute
	// MaxTest is the longest test; a longer one is refused.
	MaxTest = 8 * time.Hour
	// MaxDisablement is the longest disablement; it can be renewed, by a person.
	MaxDisablement = 90 * 24 * time.Hour
)

// Command is a person's act on one point.
type Command struct {
	Action message.Action
	// Seen is the last event that the author has seen; acknowledge, silence and reset need
	// it. It may be an event of another point of the same station.
	Seen Ref
	// Author is the person, by name, or the key switch on site. Always needed.
	Author string
	// Note is the reason of a disablement or removal, or the cause found at a reset.
	Note string
	// Outcome of a reset: real, false, test, drill, fault, unknown.
	Outcome string
	// Seconds is how long a disablement or test lasts.
	Seconds int64
}

// CommandOf takes what concerns one point from a message, with the event that it names
// already parsed.
func CommandOf(m *message.Command, seen Ref) Command {
	return Command{
		Action: m.Action, Seen: seen, Author: m.Author, Note: m.Note,
		Outcome: m.Outcome, Seconds: m.Seconds,
	}
}

// Do carries out a command and appends what it changed to out. A refusal is a *Refusal;
// out may then still hold what had run out before the command. Repeating what already
// holds (a second acknowledgement or silence) is no change and no error.
func (s *State) Do(c Command, at message.Stamp, out []Change) ([]Change, error) {
	out = s.expire(at, out)
	c.Author, c.Note = clean(c.Author), clean(c.Note)
	if c.Author == "" {
		return out, refuse(NeedsAuthor)
	}
	switch c.Action {
	case message.ActionAcknowledge:
		return s.mark(message.KindAcknowledged, message.Acknowledged, c, at, out)
	case message.ActionSilence:
		return s.mark(message.KindSilenced, message.Silenced, c, at, out)
	case message.ActionReset:
		return s.reset(c, at, out)
	case message.ActionRemove:
		return s.remove(c, at, out)
	case message.ActionDisable:
		return s.disable(c, at, out)
	case message.ActionEnable:
		if !s.disabled.On {
			return out, refuse(NotDisabled)
		}
		return s.end(message.KindEnabled, "", detail(c), at, out), nil
	case message.ActionTestOn:
		return s.startTest(c, at, out)
	case message.ActionTestOff:
		if !s.test.On {
			return out, refuse(NotInTest)
		}
		return s.end(message.KindTestOff, "", detail(c), at, out), nil
	case message.ActionUnlock, message.ActionPicture, message.ActionTakeover, message.ActionTakeoverEnd,
		message.ActionEvacuate, message.ActionNotice: // the booth's, not a point's
	}
	return out, refuse(UnknownAction)
}

// clean makes a text safe to record: what can't be stored can't be replayed.
func clean(text string) string { return strings.TrimSpace(strings.ToValidUTF8(text, "?")) }

func detail(c Command) Detail { return Detail{Author: c.Author, Note: c.Note, Seen: c.Seen} }

func operation(k message.Kind, at message.Stamp, d Detail) Change {
	return Change{Kind: k, Class: message.ClassOperation, At: at, Detail: d}
}

// seenAll reports whether the author has seen every fire of this point.
func (s *State) seenAll(c Command) *Refusal {
	switch {
	case c.Seen.IsZero():
		return refuse(NeedsEvent)
	case s.unnumbered || c.Seen.Before(s.latest):
		return refuse(LaterEvent)
	}
	return nil
}

func (s *State) mark(k message.Kind, bit message.Bits, c Command, at message.Stamp, out []Change) ([]Change, error) {
	if !s.bits.Has(message.Fire) {
		return out, refuse(NotInAlarm)
	}
	if r := s.seenAll(c); r != nil {
		return out, r
	}
	if s.bits.Has(bit) {
		return out, nil
	}
	return s.emit(operation(k, at, detail(c)), out), nil
}

func (s *State) reset(c Command, at message.Stamp, out []Change) ([]Change, error) {
	lost := s.stateLost()
	switch {
	case !s.bits.Has(message.Fire) && !lost:
		return out, refuse(NotInAlarm)
	case !isOutcome(c.Outcome):
		return out, refuse(NeedsOutcome)
	case c.Note == "":
		return out, refuse(NeedsReason)
	}
	if r := s.seenAll(c); r != nil {
		return out, r
	}
	switch {
	case s.linked():
		return out, refuse(Unreachable)
	case s.bits.Has(message.Active):
		return out, refuse(StillInFire)
	case s.good < goodReads:
		return out, refuse(NeedsGoodReads)
	}
	d := detail(c)
	d.Outcome = c.Outcome
	out = s.emit(operation(message.KindReset, at, d), out)
	if lost {
		out = s.emit(Change{Kind: message.KindCleared, Class: message.ClassFault, Cause: CauseStateLost, At: at}, out)
	}
	return out, nil
}

func isOutcome(o string) bool {
	switch o {
	case "real", "false", "test", "drill", "fault", "unknown":
		return true
	}
	return false
}

func (s *State) remove(c Command, at message.Stamp, out []Change) ([]Change, error) {
	switch {
	case s.removed():
		return out, refuse(AlreadyRemoved)
	case !s.linked() && !s.unreadable():
		return out, refuse(StillReachable)
	case c.Note == "":
		return out, refuse(NeedsReason)
	}
	// The last fire of a burnt detector is a fire like any other: its author must have seen it.
	if s.bits.Has(message.Fire) {
		if r := s.seenAll(c); r != nil {
			return out, r
		}
	}
	return s.emit(operation(message.KindRemoved, at, detail(c)), out), nil
}

func (s *State) disable(c Command, at message.Stamp, out []Change) ([]Change, error) {
	switch {
	case c.Note == "":
		return out, refuse(NeedsReason)
	case c.Seconds <= 0:
		return out, refuse(NeedsExpiry)
	case c.Seconds > int64(MaxDisablement/time.Second):
		return out, refuse(ExpiryTooLong)
	}
	return s.emit(operation(message.KindDisabled, at, lasting(c, at)), out), nil
}

func (s *State) startTest(c Command, at message.Stamp, out []Change) ([]Change, error) {
	switch {
	case c.Seconds < 0:
		return out, refuse(NeedsExpiry)
	case c.Seconds == 0:
		c.Seconds = int64(DefaultTest / time.Second)
	case c.Seconds > int64(MaxTest/time.Second):
		return out, refuse(ExpiryTooLong)
	}
	return s.emit(operation(message.KindTestOn, at, lasting(c, at)), out), nil
}

func lasting(c Command, at message.Stamp) Detail {
	d := detail(c)
	d.Seconds = c.Seconds
	if at.Trusted {
		d.Until = &message.Time{Time: at.Wall.Add(time.Duration(c.Seconds) * time.Second).UTC().Truncate(time.Millisecond)}
	}
	return d
}
