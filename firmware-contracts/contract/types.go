// Package contract describes a device model: its registers, bits, units and what each
// value means. A contract is data (YAML), loaded strictly, and is the only place where
// raw bytes become meaning.
package contract

import "time"

// Lane says how a point is polled.
type Lane uint8

// The lanes of a bus.
const (
	// Slow points (battery, density, temperature) have a fixed share of the wire.
	Slow Lane = iota
	// Alarm points are polled as fast as the wire allows.
	Alarm
)

// Table is one of the four Modbus data tables. Addresses are 0-based PDU addresses.
type Table uint8

// The Modbus tables with the function that reads each.
const (
	Holding  Table = iota // FC03
	Input                 // FC04
	Coil                  // FC01
	Discrete              // FC02
)

// Type is how a point's raw value is laid out.
type Type uint8

// The raw types. Multi-register types obey the point's byte and word order.
const (
	Bool Type = iota
	U16
	I16
	U32
	I32
	F32
	U64
)

// Condition is what a reading means.
type Condition uint8

// The conditions, least first.
const (
	Normal Condition = iota
	Fault
	Supervisory
	Prealarm
	Fire
)

// Role tells the rest of the house what a point is for, whatever its name.
type Role string

// The roles.
const (
	RoleSmoke       Role = "smoke"    // a detector's alarm value: the reason for all this
	RoleFault       Role = "fault"    // the device's own fault report
	RoleTamper      Role = "tamper"   // head removed, cover open
	RoleBattery     Role = "battery"  // % or V
	RoleDensity     Role = "density"  // smoke density
	RolePressure    Role = "pressure" // extinguisher or pipe pressure
	RoleTemperature Role = "temperature"
	RoleHumidity    Role = "humidity"
	RolePower       Role = "power" // mains values
	RoleInput       Role = "input" // dry contact
	RoleRelay       Role = "relay" // read-back of a relay
	RoleInfo        Role = "info"  // identity, counters
)

// Text is a text for people, in Chinese and English.
type Text struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

// Contract is one version of one device model's contract. It is immutable once loaded.
type Contract struct {
	// Name and Version make the reference "name@version".
	Name    string
	Version int
	Title   Text
	// Class groups models: detector, pressure, input, relay, climate, meter.
	Class string
	// Sources cite where the facts come from, each with its confidence mark.
	Sources []Source
	// Hardware is true once the contract has been run against the real device.
	Hardware bool

	// Transport is the way by which the values come. Serial, Address, Limits and Readable, and
	// a point's table, address and type, mean something for Modbus only.
	Transport Transport
	// Frame describes the frames of a device with the transport Frames, Electrical the output
	// of one with Analog, Chip names the driver of one with Chips; nil or empty otherwise.
	Frame      *Frame
	Electrical *Electrical
	Chip       string

	Serial  Serial
	Address AddressRange
	Limits  Limits
	// Readable lists spans of addresses that may be read although no point stands there:
	// the planner may read over them, and may lengthen a block into them so that two
	// blocks of one device never have replies of the same shape.
	Readable []Span
	Points   []Point
	Outputs  []Output
	// Setup says how address and speed are changed, nil where they can't be. Identity are
	// registers by which the model is recognised; empty: by its plausibility only.
	Setup    *Setup
	Identity []Identity
	// Warnings are the doubts that loading had; the contract may be used all the same.
	Warnings Problems
}

// Ref is "name@version".
func (c *Contract) Ref() string { return ref(c.Name, c.Version) }

// Source cites one origin of facts.
type Source struct {
	Title string
	// Where is a page, address or repository.
	Where string
	// Mark is V (verified), S (from the named source, not re-tested) or M (from memory: check on hardware).
	Mark string
}

// Serial is how the device's port is set when it leaves the factory.
type Serial struct {
	Baud int
	// Format is data bits, parity, stop bits: 8N1, 8E1, 8O1, 8N2.
	Format string
	// Bauds and Formats list what else can be set.
	Bauds   []int
	Formats []string
}

// AddressRange is the device's unit address.
type AddressRange struct {
	Default, Min, Max uint8
}

// Limits are the device's own limits on the wire.
type Limits struct {
	// MaxRegisters and MaxBits bound one read.
	MaxRegisters uint16
	MaxBits      uint16
	// MaxGap is how many readable registers between two points may be read along.
	MaxGap uint16
	// ReplyWithin is the longest wait for the first byte of a reply after the request has
	// left the wire. Default 100 ms.
	ReplyWithin time.Duration
	// LateReply is how long after a request a reply or a duplicate of one may still
	// arrive. Default 2 s. Within it no value is ever attributed to the wrong register.
	LateReply time.Duration
	// Turnaround is the device's typical time from request to reply; used by the plan only.
	Turnaround time.Duration
}

// Span is a run of addresses in a table, both ends included.
type Span struct {
	Table    Table
	From, To uint16
}

// Point is one value of a device.
type Point struct {
	Name    string
	Title   Text
	Table   Table
	Address uint16
	Type    Type
	// LittleBytes swaps the bytes within each register; LowWordFirst puts the least
	// significant register first.
	LittleBytes  bool
	LowWordFirst bool
	// Mask, when not zero, is applied to the raw integer before anything else.
	Mask uint64
	// Value = raw × Scale + Offset, in Unit.
	Scale, Offset float64
	Unit          string
	// Range is the valid range of Value; outside it the quality is OutOfRange, never clamped.
	Range *Range
	// Invalid lists raw values (after Mask) that mean "no measurement".
	Invalid []uint64
	// Values give single raw values a meaning. Otherwise says what any other raw value
	// means; with Values and without Otherwise an unlisted value has quality Unknown.
	Values    []ValueMeaning
	Otherwise *ValueMeaning
	// Bits give single bits a meaning; several can hold at once.
	Bits []BitMeaning
	Role Role
	Lane Lane
}

// Range is a closed interval.
type Range struct{ Min, Max float64 }

// ValueMeaning is what one raw value means.
type ValueMeaning struct {
	Raw   uint64
	Means Condition
	// Cause is a stable word for a fault or supervisory meaning (battery, tamper, dirty…).
	Cause string
	Title Text
}

// BitMeaning is what one bit means when it has the value When (normally 1).
type BitMeaning struct {
	Bit   uint8
	When  bool
	Means Condition
	Cause string
	Title Text
}

// Output is something that the device can switch.
type Output struct {
	Name  string
	Title Text
	// Write: the table is Coil (FC05) or Holding (FC06); On and Off are the values sent
	// (0xFF00 and 0x0000 for a coil).
	Table   Table
	Address uint16
	On, Off uint16
	// ReadBack says where the relay's true state is read: table, address and the value
	// that means "on" after Mask.
	ReadBack ReadBack
}

// ReadBack is where an output's state is read. Mask picks the bits of the raw value.
type ReadBack struct {
	Table   Table
	Address uint16
	Mask    uint16
	On      uint16
}

// Sample is one decoded point. It holds no pointers so that a poll allocates nothing.
type Sample struct {
	// Point is the index into Contract.Points.
	Point int
	Raw   uint64
	Value float64
	// Quality of the value; Value means nothing unless it is Good or OutOfRange.
	Quality Quality
	// Means is the worst condition that the contract's own values and bits name.
	Means Condition
	// Fired has bit i set when Point.Bits[i] holds, for the causes.
	Fired uint64
}

// Quality is message.Quality without the string: see message.Quality for the meanings.
type Quality uint8

// The qualities that decoding can give.
const (
	Good Quality = iota
	Invalid
	OutOfRange
	Unknown
)
