package contract

import "firepost/firmware-contracts/strictyaml"

// The part of the format that describes other transports than Modbus.

type rawFrame struct {
	Start     []uint8             `yaml:"start,required" help:"the bytes that every frame begins with, such as [0xA5, 0x5A]"`
	End       []uint8             `yaml:"end" help:"the bytes that every frame ends with, such as [0x55, 0xAA]"`
	Length    rawLength           `yaml:"length,required" help:"{fixed: 12}, or {at: 3, bytes: 2, min: 12, max: 64}"`
	Check     rawCheck            `yaml:"check,required" help:"{kind: crc16-modbus, from: 0, to: -4, at: -4, order: little}, or {kind: none}"`
	ID        *rawID              `yaml:"id" help:"where the sender names itself: {at: 5, bytes: 4}"`
	Match     []rawMatch          `yaml:"match" help:"a list of bytes with a fixed value: - {at: 2, value: 0x00}"`
	Heartbeat strictyaml.Duration `yaml:"heartbeat" within:"1s 2160h" help:"the longest time between two frames of a sound device"`
}

type rawLength struct {
	Fixed int       `yaml:"fixed" within:"2 4096" help:"the length of every frame, from the first start byte to the last end byte"`
	At    int       `yaml:"at" within:"0 4095" help:"where the length field stands, counted from the first start byte"`
	Bytes int       `yaml:"bytes" within:"1 4" help:"how many bytes the length field has"`
	Order byteOrder `yaml:"order" help:"little when the lowest byte comes first"`
	Add   int       `yaml:"add" within:"-4096 4096" help:"what must be added to the field to get the whole length"`
	Min   int       `yaml:"min" within:"2 4096" help:"the shortest frame that is believed"`
	Max   int       `yaml:"max" within:"2 4096" help:"the longest frame that is believed"`
}

type rawCheck struct {
	Kind  CheckKind `yaml:"kind,required"`
	From  int       `yaml:"from" within:"-4096 4095" help:"the first byte that is summed; negative counts from the frame's end"`
	To    int       `yaml:"to" within:"-4096 4096" help:"the first byte that is no longer summed; negative counts from the frame's end"`
	At    int       `yaml:"at" within:"-4096 4095" help:"where the check stands; negative counts from the frame's end"`
	Order byteOrder `yaml:"order" help:"little when the low byte comes first"`
}

type rawID struct {
	At    int  `yaml:"at,required" within:"-4096 4095" help:"where the id stands; negative counts from the frame's end"`
	Bytes int  `yaml:"bytes,required" within:"1 32" help:"how many bytes the id has"`
	ASCII bool `yaml:"ascii" help:"true when the id is text"`
}

type rawMatch struct {
	At    int   `yaml:"at,required" within:"-4096 4095" help:"where the byte stands; negative counts from the frame's end"`
	Value uint8 `yaml:"value,required" help:"what the byte must be, after the mask"`
	Mask  uint8 `yaml:"mask" within:"1 255" help:"the bits that count, such as 0x0F"`
}

type rawField struct {
	At    int       `yaml:"at,required" within:"-4096 4095" help:"where the value stands; negative counts from the frame's end"`
	Bytes int       `yaml:"bytes" within:"1 8" help:"how many bytes it has; the width of its type if not said"`
	Order byteOrder `yaml:"order" help:"little when the lowest byte comes first"`
}

type rawElectrical struct {
	Kind   ElectricalKind `yaml:"kind,required"`
	Zero   float64        `yaml:"zero" help:"the output at the low end of the measuring range, in mA or V"`
	Full   float64        `yaml:"full" help:"the output at the high end of the measuring range, in mA or V"`
	Broken float64        `yaml:"broken" help:"an output below this is a cut wire, in mA or V"`
	Short  float64        `yaml:"short" help:"an output above this is a short circuit, in mA or V"`
	Supply float64        `yaml:"supply" help:"the sensor's nominal supply in V"`
}

// chipName names a driver: lower-case letters and digits.
type chipName string

// UnmarshalText reads a chip's name.
func (n *chipName) UnmarshalText(text []byte) error {
	*n = chipName(text)
	return checkName(string(text), '-')
}
