package contract

import "slices"

// The words of the YAML format, indexed by the constants that they stand for.
var (
	transportNames  = [...]string{Modbus: "modbus", Frames: "frames", Pins: "pins", Analog: "analog", Chips: "chips"}           //nolint:gochecknoglobals // lookup table
	electricalNames = [...]string{Current: "current", Voltage: "voltage", Ratiometric: "ratiometric", Supervised: "supervised"} //nolint:gochecknoglobals // lookup table
	checkNames      = [...]string{                                                                                              //nolint:gochecknoglobals // lookup table
		CheckNone: "none", CheckSum8: "sum8", CheckXor8: "xor8", CheckSum16: "sum16", CheckModbus: "crc16-modbus",
		CheckXmodem: "crc16-xmodem", CheckCCITT: "crc16-ccitt", CheckCRC8: "crc8",
	}
)

// String is the transport's word in the YAML format.
func (t Transport) String() string { return nameOf(transportNames[:], int(t), "transport") }

// String is the kind's word in the YAML format.
func (k ElectricalKind) String() string { return nameOf(electricalNames[:], int(k), "electrical") }

// String is the check's word in the YAML format.
func (k CheckKind) String() string { return nameOf(checkNames[:], int(k), "check") }

// Words lists the transports of the YAML format, indexed by the constants.
func (Transport) Words() []string { return slices.Clone(transportNames[:]) }

// Words lists the electrical kinds of the YAML format, indexed by the constants.
func (ElectricalKind) Words() []string { return slices.Clone(electricalNames[:]) }

// Words lists the checks of the YAML format, indexed by the constants.
func (CheckKind) Words() []string { return slices.Clone(checkNames[:]) }

// ParseTransport reads a word that Transport.String writes. The error wraps ErrName.
func ParseTransport(s string) (Transport, error) {
	i, err := indexOf(transportNames[:], s, "transport")
	return Transport(i), err
}
