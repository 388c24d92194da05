package sim

// crcStart is the checksum of nothing.
const crcStart = 0xFFFF

// crcAdd takes one more character into a CRC-16/MODBUS (MODBUS over Serial Line V1.02,
// section 6.2.2), bit by bit: the simulator shares no code with the master that it judges.
func crcAdd(crc uint16, c byte) uint16 {
	crc ^= uint16(c)
	for range 8 {
		if crc&1 != 0 {
			crc = crc>>1 ^ 0xA001
		} else {
			crc >>= 1
		}
	}
	return crc
}

// checksum is the CRC-16/MODBUS of b.
func checksum(b []byte) uint16 {
	crc := uint16(crcStart)
	for _, c := range b {
		crc = crcAdd(crc, c)
	}
	return crc
}

// seal appends the checksum of b, low byte first.
func seal(b []byte) []byte {
	crc := checksum(b)
	return append(b, byte(crc), byte(crc>>8))
}

// sealed reports whether b is at least a unit, a function and a right checksum.
func sealed(b []byte) bool {
	n := len(b) - 2
	return n >= 2 && checksum(b[:n]) == uint16(b[n])|uint16(b[n+1])<<8
}
