package message

// Quality says how far a value may be believed. Only Good is ever shown as a plain value.
type Quality string

// The qualities of a reading.
const (
	Good Quality = "good"
	// Invalid: the raw value is one that the contract names as "no measurement".
	Invalid Quality = "invalid"
	// OutOfRange: outside the contract's valid range. Never clamped.
	OutOfRange Quality = "out_of_range"
	// Unknown: an enum value that the contract does not list.
	Unknown Quality = "unknown"
	// Stale: no good read within the point's allowed age.
	Stale Quality = "stale"
	// NoData: never read since start.
	NoData Quality = "no_data"
)

// Reading is one point's value on the wire.
type Reading struct {
	Device  string   `json:"device"`
	Point   string   `json:"point"`
	Value   *float64 `json:"value,omitempty"`
	Unit    string   `json:"unit,omitempty"`
	Quality Quality  `json:"quality"`
	At      Time     `json:"at"`
}

// Telemetry is one batch on …/telemetry.
type Telemetry struct {
	Station      string    `json:"station"`
	At           Time      `json:"at"`
	ClockTrusted bool      `json:"clock_trusted"`
	Boot         string    `json:"boot"`
	MonoMS       int64     `json:"mono_ms"`
	Readings     []Reading `json:"readings"`
}

// PointState is one point within a DeviceState.
type PointState struct {
	Point string `json:"point"`
	State Bits   `json:"state"`
	// Faults names the causes behind the fault bit.
	Faults []string `json:"faults,omitempty"`
	// Event is the id of the last event of this point: what an acknowledgement or reset must name.
	Event string `json:"event,omitempty"`
	// Until is when a disablement or test ends.
	Until   *Time    `json:"until,omitempty"`
	Value   *float64 `json:"value,omitempty"`
	Unit    string   `json:"unit,omitempty"`
	Quality Quality  `json:"quality"`
	// Snapshot is the booth's own record of the point's state: what a replaced board takes
	// its latches and disablements back from. Opaque to everyone else.
	Snapshot []byte `json:"snapshot,omitempty"`
}

// DeviceState is retained on …/state/{device}.
type DeviceState struct {
	Station  string `json:"station"`
	Device   string `json:"device"`
	Premises string `json:"premises,omitempty"`
	Label    string `json:"label,omitempty"`
	At       Time   `json:"at"`
	Epoch    uint64 `json:"epoch"`
	Seq      uint64 `json:"seq"`
	// State is the union of the points' bits.
	State Bits `json:"state"`
	// Unreachable (失联): the device does not answer. With a fire it reads 失联 (疑似烧毁).
	Unreachable bool         `json:"unreachable"`
	Points      []PointState `json:"points"`
}

// Online is retained on …/online: birth and will.
type Online struct {
	Station string `json:"station"`
	Online  bool   `json:"online"`
	// Epoch is the highest epoch this booth has used; a replaced board begins above it.
	Epoch   uint64 `json:"epoch"`
	Boot    string `json:"boot,omitempty"`
	Version string `json:"version,omitempty"`
	At      Time   `json:"at"`
}

// Severity of a health item.
type Severity string

// The severities of a health item.
const (
	SeverityOK    Severity = "ok"
	SeverityWarn  Severity = "warn"
	SeverityFault Severity = "fault"
)

// HealthItem is one thing that ops must know.
type HealthItem struct {
	// Code is stable: journal.disk_full, bus.down, clock.untrusted, …
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Text     string   `json:"text"`
	Since    *Time    `json:"since,omitempty"`
}

// Health is retained on …/health.
type Health struct {
	Station      string       `json:"station"`
	At           Time         `json:"at"`
	ClockTrusted bool         `json:"clock_trusted"`
	Boot         string       `json:"boot"`
	Version      string       `json:"version"`
	UptimeS      int64        `json:"uptime_s"`
	Severity     Severity     `json:"severity"`
	Items        []HealthItem `json:"items"`
	// Nonce is new at every start. While the clock is not trusted a command must quote it.
	Nonce string `json:"nonce"`
	// Backlog counts events not yet confirmed, by uplink and lane ("mqtt/alarm").
	Backlog map[string]int64 `json:"backlog"`
}

// Ack is what the platform publishes on …/ack: it has stored these events.
type Ack struct {
	IDs []string `json:"ids"`
}
