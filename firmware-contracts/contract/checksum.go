package contract

// Tables for half a byte at a time: small enough to be read, fast enough for a serial line.
var (
	crcModbus = [16]uint16{ //nolint:gochecknoglobals // lookup table
		0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
		0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400,
	}
	crc1021 = [16]uint16{ //nolint:gochecknoglobals // lookup table
		0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
		0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
	}
	crc07 = [16]uint8{ //nolint:gochecknoglobals // lookup table
		0x00, 0x07, 0x0E, 0x09, 0x1C, 0x1B, 0x12, 0x15, 0x38, 0x3F, 0x36, 0x31, 0x24, 0x23, 0x2A, 0x2D,
	}
)

// Bytes is how many bytes the check takes up in a frame: 0 for CheckNone.
func (k CheckKind) Bytes() int {
	switch k {
	case CheckSum8, CheckXor8, CheckCRC8:
		return 1
	case CheckSum16, CheckModbus, CheckXmodem, CheckCCITT:
		return 2
	case CheckNone:
		return 0
	default:
		return 0
	}
}

// Sum is the check of b; 0 for CheckNone. CRC-16/MODBUS has the polynomial 0x8005, reflected,
// and begins with 0xFFFF; XMODEM and CCITT-FALSE have 0x1021 and begin with 0 and 0xFFFF;
// CRC-8 has 0x07 and begins with 0.
func (k CheckKind) Sum(b []byte) uint16 {
	switch k {
	case CheckSum8, CheckSum16:
		var sum uint16
		for _, c := range b {
			sum += uint16(c)
		}
		if k == CheckSum8 {
			sum &= 0xFF
		}
		return sum
	case CheckXor8:
		var sum uint8
		for _, c := range b {
			sum ^= c
		}
		return uint16(sum)
	case CheckModbus:
		return reflected(b)
	case CheckXmodem:
		return forward(0, b)
	case CheckCCITT:
		return forward(0xFFFF, b)
	case CheckCRC8:
		var crc uint8
		for _, c := range b {
			crc ^= c
			crc = crc<<4 ^ crc07[crc>>4]
			crc = crc<<4 ^ crc07[crc>>4]
		}
		return uint16(crc)
	case CheckNone:
		return 0
	default:
		return 0
	}
}

func reflected(b []byte) uint16 {
	crc := uint16(0xFFFF)
	for _, c := range b {
		crc ^= uint16(c)
		crc = crc>>4 ^ crcModbus[crc&0xF]
		crc = crc>>4 ^ crcModbus[crc&0xF]
	}
	return crc
}

func forward(crc uint16, b []byte) uint16 {
	for _, c := range b {
		crc ^= uint16(c) << 8
		crc = crc<<4 ^ crc1021[crc>>12]
		crc = crc<<4 ^ crc1021[crc>>12]
	}
	return crc
}
