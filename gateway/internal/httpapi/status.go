package httpapi

import (
	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/outputs"
)

// Status is everything the local page shows, at one moment.
type Status struct {
	Station  string           `json:"station"`
	District string           `json:"district"`
	LabelZH  string           `json:"label_zh"`
	LabelEN  string           `json:"label_en"`
	Version  string           `json:"version"`
	Now      message.Time     `json:"now"`
	Trusted  bool             `json:"clock_trusted"`
	UptimeS  int64            `json:"uptime_s"`
	Severity message.Severity `json:"severity"`
	// Unsafe is true while unsigned commands are accepted.
	Unsafe  bool                 `json:"unsafe"`
	Health  []message.HealthItem `json:"health"`
	Devices []Device             `json:"devices"`
	Buses   []Bus                `json:"buses"`
	Outputs []outputs.Status     `json:"outputs"`
	Journal Journal              `json:"journal"`
	Uplinks []uplink.Status      `json:"uplinks"`
	Events  []message.Event      `json:"events"`
	// Screens is nil where the booth has none.
	Screens *Screens `json:"screens,omitempty"`
}

// Device is one device on the page.
type Device struct {
	Name     string       `json:"name"`
	LabelZH  string       `json:"label_zh"`
	LabelEN  string       `json:"label_en"`
	Premises string       `json:"premises"`
	Bus      string       `json:"bus"`
	Unit     uint8        `json:"unit"`
	Contract string       `json:"contract"`
	State    message.Bits `json:"state"`
	// Unreachable (失联) is never hidden behind anything else.
	Unreachable bool `json:"unreachable"`
	// Orphan: not configured any more, kept for its latch or disablement.
	Orphan bool    `json:"orphan"`
	Points []Point `json:"points"`
}

// Point is one point on the page.
type Point struct {
	Name    string       `json:"name"`
	LabelZH string       `json:"label_zh"`
	LabelEN string       `json:"label_en"`
	Role    string       `json:"role"`
	State   message.Bits `json:"state"`
	// Causes are the words for why it is not normal, the fire itself excepted.
	Causes  []string        `json:"causes,omitempty"`
	Value   *float64        `json:"value,omitempty"`
	Unit    string          `json:"unit,omitempty"`
	Quality message.Quality `json:"quality"`
	// NotesZH and NotesEN are what has been found over days, with figures.
	NotesZH []string `json:"notes_zh,omitempty"`
	NotesEN []string `json:"notes_en,omitempty"`
	// Unreachable: the point does not answer, whatever the rest of its device does.
	Unreachable bool `json:"unreachable"`
	// AgeMS is how old the value is; negative when it was never read.
	AgeMS int64  `json:"age_ms"`
	Event string `json:"event,omitempty"`
	// TextZH and TextEN are what the contract calls the present value.
	TextZH string `json:"text_zh,omitempty"`
	TextEN string `json:"text_en,omitempty"`
}

// Bus is one bus on the page.
type Bus struct {
	Name string `json:"name"`
	// Kind is modbus, frames, gpio or i2c.
	Kind string `json:"kind"`
	Port string `json:"port"`
	Baud int    `json:"baud"`
	Up   bool   `json:"up"`
	Err  string `json:"error,omitempty"`
	// Use is the share of the wire in the last minute, by what it was used for.
	Use        map[string]float64 `json:"use"`
	SweepMS    float64            `json:"sweep_ms"`
	Good       uint64             `json:"good"`
	Timeouts   uint64             `json:"timeouts"`
	CRCErrors  uint64             `json:"crc_errors"`
	Exceptions uint64             `json:"exceptions"`
	Foreign    uint64             `json:"foreign_frames"`
	LateBytes  uint64             `json:"late_bytes"`
	// Failed counts what went wrong on a bus that is not Modbus.
	Failed  uint64 `json:"failed"`
	Devices int    `json:"devices"`
	Dead    int    `json:"dead"`
}

// Journal is the state of the disk.
type Journal struct {
	Mode     string  `json:"mode"`
	Err      string  `json:"error,omitempty"`
	Epoch    uint64  `json:"epoch"`
	Seq      uint64  `json:"seq"`
	Events   int64   `json:"events"`
	Bytes    int64   `json:"bytes"`
	MaxBytes int64   `json:"max_bytes"`
	CommitMS float64 `json:"commit_ms"`
	Dropped  uint64  `json:"dropped"`
	SetAside int     `json:"set_aside"`
	InMemory int     `json:"in_memory"`
	Dir      string  `json:"dir"`
}
