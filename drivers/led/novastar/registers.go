package novastar

import "math"

// Registers (V1.9). Lengths in bytes; who is asked; access.
const (
	regModel   uint32 = 0x00000002 // 2, sending card, r: model number (3.6)
	regPresent uint32 = 0x02000017 // 1, sending card, r: 1 = a picture comes in over DVI (3.1.2)

	regInput  uint32 = 0x02000023 // 1, sending card, rw: the input shown (3.19)
	regInputs uint32 = 0x0200004D // 1, sending card, r: a 0 bit is an input with a signal (3.18)

	regBrightness uint32 = 0x02000001 // 1, receiving card, rw: 0–255; red, green, blue, virtual red follow (3.3)
	regBlack      uint32 = 0x02000100 // 1, receiving card, rw: FF = black, 00 = lit (3.12.2)
	regMonitor    uint32 = 0x0A000000 // 256, receiving card, r: sensors (3.1.1)
)

// Values of regBlack.
const (
	black byte = 0xFF
	lit   byte = 0x00
)

// Source is an input of the sending card, by the number that the card uses for it (3.19,
// "Protocol for MCTRL 660 Pro"). Which of them a model has is not told by the card.
type Source byte

// The inputs.
const (
	SDI      Source = 0x01
	HDMI     Source = 0x05
	DVI      Source = 0x58
	HDMI14   Source = 0x5A
	DP       Source = 0x5F
	DualDVI  Source = 0x61
	noSource Source = 0
)

// String is the input's name as it is configured.
func (s Source) String() string {
	switch s {
	case SDI:
		return "sdi"
	case HDMI:
		return "hdmi"
	case DVI:
		return "dvi"
	case HDMI14:
		return "hdmi-1.4"
	case DP:
		return "dp"
	case DualDVI:
		return "dual-dvi"
	case noSource:
		return "none"
	}
	return "unknown input"
}

// ParseSource is the opposite of String.
func ParseSource(name string) (Source, bool) {
	for _, s := range []Source{SDI, HDMI, DVI, HDMI14, DP, DualDVI} {
		if s.String() == name {
			return s, true
		}
	}
	return noSource, false
}

// level converts a percentage to the register's 0–255. One percent is never dark.
func level(percent int) byte { return byte(math.Round(float64(percent) * 255 / 100)) }

// percent converts it back.
func percent(level byte) int { return int(math.Round(float64(level) * 100 / 255)) }
