package contract

import "slices"

// The names of the points by which a device keeps events until they are acknowledged, and
// shows that it is alive. A contract that has them promises what FORMAT.md says of them.
const (
	// PointEventSequence rises by one with every event; it stands in the alarm lane, in one read
	// with the events.
	PointEventSequence = "event_sequence"
	// PointEventAcknowledged takes the sequence up to which events are recorded; a holding
	// register, written with FC06.
	PointEventAcknowledged = "event_acknowledged"
	// PointHeartbeat changes at least every few seconds while the device's program runs.
	PointHeartbeat = "heartbeat"
)

// EventLatch returns the points by which the device keeps events until they are acknowledged,
// as indexes into Points; false when it does not.
func (c *Contract) EventLatch() (sequence, acknowledged int, ok bool) {
	sequence, acknowledged = c.pointNamed(PointEventSequence), c.pointNamed(PointEventAcknowledged)
	if sequence < 0 || acknowledged < 0 || c.Transport != Modbus {
		return 0, 0, false
	}
	s, a := &c.Points[sequence], &c.Points[acknowledged]
	return sequence, acknowledged, s.Type == U16 && s.Lane == Alarm && a.Type == U16 && a.Table == Holding
}

// Heartbeat is the index of the heartbeat, -1 where there is none.
func (c *Contract) Heartbeat() int { return c.pointNamed(PointHeartbeat) }

func (c *Contract) pointNamed(name string) int {
	return slices.IndexFunc(c.Points, func(p Point) bool { return p.Name == name })
}
