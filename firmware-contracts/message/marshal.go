package message

import "encoding/json"

// The lists and maps of a message are written as [] and {} when empty, never as null: a
// receiver in another language would have to know both.

// MarshalJSON writes s with an array of points, also when there is none.
func (s DeviceState) MarshalJSON() ([]byte, error) {
	type plain DeviceState
	if s.Points == nil {
		s.Points = []PointState{}
	}
	return json.Marshal(plain(s))
}

// MarshalJSON writes t with an array of readings, also when there is none.
func (t Telemetry) MarshalJSON() ([]byte, error) {
	type plain Telemetry
	if t.Readings == nil {
		t.Readings = []Reading{}
	}
	return json.Marshal(plain(t))
}

// MarshalJSON writes h with items and backlog, also when they are empty.
func (h Health) MarshalJSON() ([]byte, error) {
	type plain Health
	if h.Items == nil {
		h.Items = []HealthItem{}
	}
	if h.Backlog == nil {
		h.Backlog = map[string]int64{}
	}
	return json.Marshal(plain(h))
}

// MarshalJSON writes a with an array of ids, also when there is none.
func (a Ack) MarshalJSON() ([]byte, error) {
	type plain Ack
	if a.IDs == nil {
		a.IDs = []string{}
	}
	return json.Marshal(plain(a))
}

// MarshalJSON writes e with an array of signatures, also when it is unsigned.
func (e Envelope) MarshalJSON() ([]byte, error) {
	type plain Envelope
	if e.Sigs == nil {
		e.Sigs = []Signature{}
	}
	return json.Marshal(plain(e))
}
