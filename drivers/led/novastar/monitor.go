package novastar

import "fmt"

// Offsets in the 256-byte monitoring block of a receiving card (V1.9, 3.1.1).
const (
	monitorLen     = 256
	offTemperature = 0x00 // bit 7 valid, bit 0 sign
	offCelsius     = 0x01 // half degrees
	offSupply      = 0x03 // bit 7 valid, bits 6–0 in 0.1 V
	offCardPresent = 0x20 // FF: a monitoring card is fitted, and what follows is real
	offSmoke       = 0x2A // bit 0
	offFans        = 0x2B // four of them, 50 turns per minute each; places of the others not known
	offDoors       = 0x41 // one bit each
)

// Monitor is what the sensors of one cabinet say. Nil means that the card has no such sensor,
// or marks its value as not valid; it never stands for "normal".
type Monitor struct {
	// Celsius is the receiving card's temperature.
	Celsius *float64
	// Volts is the receiving card's supply.
	Volts *float64
	// Fitted says whether the cabinet has a monitoring card; without one the rest is nil.
	Fitted bool
	// Smoke is the cabinet's smoke sensor. A monitoring card without a sensor reports no
	// smoke, as far as is known: false is not a proof of clean air.
	Smoke *bool
	// Doors are the door contacts as the card packs them; which bit is which door, and that 1
	// means open, is not confirmed. Door is whether any bit is set.
	Doors *byte
	Door  *bool
	// Fans are the speeds of the first four fans, in turns per minute; nil without a
	// monitoring card.
	Fans []int
}

// parseMonitor reads the block. Values that no cabinet can have are an error, not a reading.
func parseMonitor(b []byte) (Monitor, error) {
	var m Monitor
	if len(b) != monitorLen {
		return m, fmt.Errorf("%w: monitoring block of %d bytes, want %d", ErrFrame, len(b), monitorLen)
	}
	if b[offTemperature]&0x80 != 0 {
		c := float64(b[offCelsius]) / 2
		if b[offTemperature]&1 != 0 {
			c = -c
		}
		if c < -60 {
			return m, fmt.Errorf("%w: temperature of %.1f °C", ErrFrame, c)
		}
		m.Celsius = &c
	}
	if b[offSupply]&0x80 != 0 {
		v := float64(b[offSupply]&0x7F) / 10
		m.Volts = &v
	}
	switch b[offCardPresent] {
	case 0xFF:
		m.Fitted = true
	case 0:
		return m, nil
	default:
		return m, fmt.Errorf("%w: monitoring card %#02x, want 00 or ff", ErrFrame, b[offCardPresent])
	}
	smoke, doors := b[offSmoke]&1 != 0, b[offDoors]
	open := doors != 0
	m.Smoke, m.Doors, m.Door = &smoke, &doors, &open
	for _, f := range b[offFans : offFans+4] {
		m.Fans = append(m.Fans, int(f)*50)
	}
	return m, nil
}
