package contract

import "time"

// Transport is the way by which a device's values reach the booth.
type Transport uint8

// The transports.
const (
	// Modbus: registers that are polled.
	Modbus Transport = iota
	// Frames: frames of the vendor's own on a serial line, described by Contract.Frame.
	Frames
	// Pins: lines of a GPIO chip.
	Pins
	// Analog: a channel of an analogue-to-digital converter, described by Contract.Electrical.
	Analog
	// Chips: a chip on I²C or SPI with a driver of its own, named by Contract.Chip.
	Chips
)

// ElectricalKind is what a sensor's output varies.
type ElectricalKind uint8

// The kinds of analogue outputs.
const (
	// Current in mA, measured as the voltage over a shunt.
	Current ElectricalKind = iota
	// Voltage in V, absolute.
	Voltage
	// Ratiometric voltage: Zero and Full hold at a supply of Supply volts and move with it.
	Ratiometric
	// Supervised: a contact in a loop with an end-of-line resistor, so that a cut wire and a
	// short circuit are told apart from the contact. The resistors are the installation's own
	// and stand in the configuration.
	Supervised
)

// Electrical is what a sensor's analogue output says. The value follows linearly from Zero to
// Full over the sensor's measuring range, which is the point's Range unless the
// configuration gives the device its own span.
type Electrical struct {
	Kind ElectricalKind
	// Zero and Full are the output at the ends of the measuring range, in mA or V.
	Zero, Full float64
	// Broken and Short: an output below Broken is a cut wire, above Short a short circuit or
	// a dead sensor. Never a value (NAMUR NE 43 for 4–20 mA: 3.6 and 21).
	Broken, Short float64
	// Supply is the sensor's nominal supply in V, for Ratiometric.
	Supply float64
}

// Frame describes a vendor's own serial frame, completely, so that no code is needed for it.
type Frame struct {
	// Start are the bytes that a frame begins with, End those that it ends with (may be empty).
	Start, End []byte
	// Length is where the frame says how long it is, or how long it always is.
	Length FrameLength
	// Check is the check sum; its Kind is CheckNone where the frame has none.
	Check FrameCheck
	// ID is where the sender names itself; a frame goes to the configured device with that id.
	// Bytes 0 means that the line carries one device only.
	ID FrameID
	// Match are bytes that must hold a fixed value, beyond start and end.
	Match []FrameMatch
	// Fields say where each point stands, in the order of Contract.Points.
	Fields []FrameField
	// Heartbeat is the longest time between two frames of a sound device; 0: not known.
	Heartbeat time.Duration
}

// FrameLength says how long a frame is, all of it, from the first start byte to the last
// end byte.
type FrameLength struct {
	// Fixed is the length of every frame, or 0 when a field gives it.
	Fixed int
	// At, Bytes and LittleEndian are the field; Add is what must be added to it to get the
	// whole length. Min and Max bound what is believed.
	At, Bytes    int
	LittleEndian bool
	Add          int
	Min, Max     int
}

// CheckKind is how a check sum is computed.
type CheckKind uint8

// The check sums.
const (
	CheckNone CheckKind = iota
	// CheckSum8 is the sum of the bytes, modulo 256; CheckXor8 their exclusive or.
	CheckSum8
	CheckXor8
	// CheckSum16 is the sum of the bytes, modulo 65 536.
	CheckSum16
	// CheckModbus is CRC-16/Modbus, CheckXmodem CRC-16/XMODEM, CheckCCITT CRC-16/CCITT-FALSE.
	CheckModbus
	CheckXmodem
	CheckCCITT
	// CheckCRC8 is CRC-8 with the polynomial 0x07, begun with 0 (CRC-8/SMBUS).
	CheckCRC8
)

// FrameCheck says what is summed and where the sum stands. From and To count from the start
// of the frame when not negative, and from its end when negative; To is the first byte that
// is not summed.
type FrameCheck struct {
	Kind         CheckKind
	From, To     int
	At           int
	LittleEndian bool
}

// FrameID is where the sender names itself.
type FrameID struct {
	At, Bytes int
	// ASCII: the id is text; otherwise it is written in upper-case hexadecimal.
	ASCII bool
}

// FrameMatch is a byte that must have a value under a mask.
type FrameMatch struct {
	At    int
	Mask  byte
	Value byte
}

// FrameField is where one point stands in a frame; Type, Mask, scale and meanings are the
// point's own. A negative At counts from the end.
type FrameField struct {
	At, Bytes    int
	LittleEndian bool
}
