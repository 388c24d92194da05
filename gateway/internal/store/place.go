package store

import "firepost/cloud-bridge/uplink"

// Place returns where the journal has an event and in which lane, so that an Outbox can be
// asked whether it is confirmed. It is false for an event that the journal never had, has no
// more, or can't read now. The place may change when a journal is set aside; see Health.
func (s *Store) Place(id string) (uplink.Position, uplink.Lane, bool) {
	epoch, seq, ok := parseID(id)
	if !ok {
		return 0, "", false
	}
	p, lane, ok := s.lookup(id, epoch, seq)
	if !ok {
		return 0, "", false
	}
	return p, laneNames[lane], true
}
