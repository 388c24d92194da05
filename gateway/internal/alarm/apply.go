package alarm

import "firepost/firmware-contracts/message"

// emit applies a change and appends it with the bits that it led to.
func (s *State) emit(c Change, out []Change) []Change {
	s.apply(&c)
	c.Bits = s.Bits()
	return append(out, c)
}

// apply is the only code that changes what is recorded of a state.
func (s *State) apply(c *Change) {
	switch c.Kind {
	case message.KindRaised:
		s.applyRaised(c)
	case message.KindConfirmed:
		s.confirmed = true
	case message.KindCleared:
		if c.Class == message.ClassFire {
			s.bits &^= message.Active
			s.confirmed = false
		} else {
			s.dropCondition(c.Class, c.Cause)
		}
	case message.KindAcknowledged:
		s.bits |= message.Acknowledged
	case message.KindSilenced:
		s.bits |= message.Silenced
	case message.KindReset:
		s.endFire()
	case message.KindRemoved:
		s.endFire()
		s.dropConditions()
		s.addCondition(condition{Class: message.ClassFault, Cause: CauseRemoved, From: fromLink})
	case message.KindDisabled:
		s.disabled = begin(c)
	case message.KindEnabled:
		s.disabled = period{}
	case message.KindTestOn:
		s.test = begin(c)
	case message.KindTestOff:
		s.test = period{}
		s.endTestFire(c)
	case message.KindRestored:
		s.applyRestored(c)
	case message.KindStarted, message.KindStopped, message.KindConfigChanged, message.KindConfigRefused,
		message.KindTimeCorrected, message.KindJournalSetAside, message.KindDropped,
		message.KindUnlocked, message.KindLocked, message.KindPicture,
		message.KindTakeover, message.KindPainted, message.KindNotice:
	}
}

func begin(c *Change) period {
	at := stampOf(c.At)
	return period{On: true, Author: c.Detail.Author, Note: c.Detail.Note, Seconds: c.Detail.Seconds, Began: at, Anchor: at}
}

func (s *State) applyRaised(c *Change) {
	if c.Class == message.ClassFire {
		s.applyFire(c)
		return
	}
	from := fromReading
	switch {
	case c.Detail.Link:
		from = fromLink
	case c.Detail.UntilReset:
		from = fromState
	}
	s.addCondition(condition{Class: c.Class, Cause: c.Cause, From: from})
}

func (s *State) applyFire(c *Change) {
	genuine := !s.test.On
	held := s.bits.Has(message.Fire)
	becomesReal := genuine && !s.bits.Has(message.Latched)
	if !held || becomesReal {
		s.first, s.since = Ref{}, stampOf(c.At)
	}
	if !s.bits.Has(message.Active) {
		s.confirmed = false
	}
	// A test's fire takes nothing back that people did about a real one.
	if genuine || !s.bits.Has(message.Latched) {
		s.bits &^= message.Acknowledged | message.Silenced
	}
	s.bits |= message.Fire | message.Active
	s.bits = s.bits.With(message.Latched, genuine || s.bits.Has(message.Latched))
	s.raised, s.latest, s.unnumbered = stampOf(c.At), Ref{}, true
}

// endTestFire releases the fire of a test that has ended. One that is still present is real
// from this moment, even if the raise that follows should never be recorded.
func (s *State) endTestFire(c *Change) {
	switch {
	case s.bits.Has(message.Latched):
	case s.bits.Has(message.Active):
		s.bits = s.bits&^(message.Acknowledged|message.Silenced) | message.Latched
		s.first, s.latest, s.unnumbered = Ref{}, Ref{}, true
		s.since, s.raised = stampOf(c.At), stampOf(c.At)
	default:
		s.endFire()
	}
}

// endFire is the end of a latch: nothing of the fire remains.
func (s *State) endFire() {
	s.bits &^= fireBits
	s.confirmed = false
	s.first, s.latest, s.unnumbered = Ref{}, Ref{}, false
	s.since, s.raised = stamp{}, stamp{}
}

func (s *State) applyRestored(c *Change) {
	at := stampOf(c.At)
	switch c.Cause {
	case CauseLatch:
		if !s.bits.Has(message.Fire) {
			s.since, s.raised = at, at
		}
		s.bits |= c.Detail.Held&fireBits | message.Fire | message.Latched
	case CauseDisablement:
		s.disabled = begin(c)
		if c.Detail.Began != nil {
			s.disabled.Began = *c.Detail.Began
		}
		if s.disabled.Began.Boot == at.Boot {
			s.disabled.Anchor = s.disabled.Began
		}
	}
}
