package alarm

import (
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/evaluate"
)

// maxConditions bounds what one point can hold at once: a reading's causes twice over (old
// ones still waiting for their good readings) and this package's own.
const (
	maxConditions      = 20
	reservedConditions = 4
)

// origin says what ends a condition.
type origin uint8

const (
	// fromReading ends by two good readings without it.
	fromReading origin = iota
	// fromLink ends by the first answer.
	fromLink
	// fromState ends by a reset.
	fromState
)

// condition is one cause that holds, other than fire.
type condition struct {
	Class message.Class
	Cause string
	From  origin
	// good counts the good readings without it. Not recorded.
	good uint8
}

func (s *State) findCondition(class message.Class, cause string) int {
	for i := range s.conds[:s.n] {
		if s.conds[i].Class == class && s.conds[i].Cause == cause {
			return i
		}
	}
	return -1
}

func (s *State) addCondition(c condition) {
	if i := s.findCondition(c.Class, c.Cause); i >= 0 {
		s.conds[i] = c
		return
	}
	if s.hasRoom(c.From) {
		s.conds[s.n] = c
		s.n++
	}
}

// hasRoom keeps places for link and state faults, whatever a device reports of itself.
func (s *State) hasRoom(from origin) bool {
	if from == fromReading {
		return int(s.n) < len(s.conds)-reservedConditions
	}
	return int(s.n) < len(s.conds)
}

func (s *State) dropCondition(class message.Class, cause string) {
	i := s.findCondition(class, cause)
	if i < 0 {
		return
	}
	copy(s.conds[i:s.n], s.conds[i+1:s.n])
	s.n--
	s.conds[s.n] = condition{}
}

func (s *State) dropConditions() {
	s.conds, s.n = [maxConditions]condition{}, 0
}

// conditionBits are the bits that the held conditions amount to.
func (s *State) conditionBits() message.Bits {
	var b message.Bits
	for i := range s.conds[:s.n] {
		b |= classBit(s.conds[i].Class)
	}
	return b
}

func classBit(c message.Class) message.Bits {
	switch c {
	case message.ClassPrealarm:
		return message.Prealarm
	case message.ClassSupervisory:
		return message.Supervisory
	case message.ClassFault:
		return message.Fault
	case message.ClassFire, message.ClassOperation, message.ClassLifecycle:
		return 0
	}
	return 0
}

// classOf is the event class of a reading's condition; false for fire and normal, which
// are not held as conditions.
func classOf(c contract.Condition) (message.Class, bool) {
	switch c {
	case contract.Prealarm:
		return message.ClassPrealarm, true
	case contract.Supervisory:
		return message.ClassSupervisory, true
	case contract.Fault:
		return message.ClassFault, true
	case contract.Normal, contract.Fire:
		return "", false
	}
	return message.ClassFault, true
}

func (s *State) hasFaultFrom(cause string, from origin) bool {
	i := s.findCondition(message.ClassFault, cause)
	return i >= 0 && s.conds[i].From == from
}

// removed and stateLost ask for this package's own marks: a device may use the same words.
func (s *State) removed() bool   { return s.hasFaultFrom(CauseRemoved, fromLink) }
func (s *State) stateLost() bool { return s.hasFaultFrom(CauseStateLost, fromState) }

// unreadable reports whether the point answers with nothing that can be believed: half
// burnt, it can neither prove that a fire is over nor be called silent.
func (s *State) unreadable() bool {
	for i := range s.conds[:s.n] {
		switch c := &s.conds[i]; c.Cause {
		case evaluate.CauseInvalid, evaluate.CauseOutOfRange, evaluate.CauseUnknown:
			if c.Class == message.ClassFault {
				return true
			}
		}
	}
	return false
}

// linked reports whether a link fault holds: the point does not answer.
func (s *State) linked() bool {
	for i := range s.conds[:s.n] {
		if s.conds[i].From == fromLink {
			return true
		}
	}
	return false
}
