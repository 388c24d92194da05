package message

// Topics builds the MQTT topics of one station: firepost/v1/{district}/{station}/….
type Topics struct{ root string }

// NewTopics returns the topics of a station in a district.
func NewTopics(district, station string) Topics {
	return Topics{root: "firepost/v1/" + district + "/" + station}
}

// Root is the topic that all others stand under.
func (t Topics) Root() string { return t.root }

// Event carries every event; QoS 1.
func (t Topics) Event() string { return t.root + "/event" }

// State carries one device's present alarm state; QoS 1, retained.
func (t Topics) State(device string) string { return t.root + "/state/" + device }

// Telemetry carries batches of readings; QoS 1.
func (t Topics) Telemetry() string { return t.root + "/telemetry" }

// Health carries the booth's health; QoS 1, retained.
func (t Topics) Health() string { return t.root + "/health" }

// Online carries birth and will; QoS 1, retained.
func (t Topics) Online() string { return t.root + "/online" }

// Ack is where the platform says what it has stored; QoS 1, to the booth.
func (t Topics) Ack() string { return t.root + "/ack" }

// Command is where the platform sends commands; QoS 1, to the booth.
func (t Topics) Command() string { return t.root + "/cmd" }

// Result carries the one result of each command; QoS 1.
func (t Topics) Result() string { return t.root + "/result" }
