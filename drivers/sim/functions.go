package sim

import (
	"encoding/binary"

	"firepost/firmware-contracts/contract"
)

// Function codes: MODBUS Application Protocol V1.1b3, section 6.
const (
	fcReadCoils      = 1
	fcReadDiscretes  = 2
	fcReadHolding    = 3
	fcReadInput      = 4
	fcWriteCoil      = 5
	fcWriteRegister  = 6
	fcWriteCoils     = 15
	fcWriteRegisters = 16
	fcReadWrite      = 23
)

// Exception codes: section 7.
const (
	exFunction = 1
	exAddress  = 2
	exValue    = 3
)

// Counts that one request may carry: sections 6.1, 6.3, 6.11, 6.12, 6.17.
const (
	maxReadBits       = 2000
	maxReadRegisters  = 125
	maxWriteBits      = 1968
	maxWriteRegisters = 123
	maxExchange       = 121
)

// execute carries out one request (function and data, without unit and checksum) and
// appends the reply's function and data to dst. The caller holds s.mu.
func (s *Slave) execute(dst, pdu []byte) []byte {
	fc := pdu[0]
	start := len(dst)
	dst, ex := s.dispatch(dst, fc, pdu[1:])
	if ex != 0 {
		dst = append(dst[:start], fc|0x80, ex)
	}
	return dst
}

func (s *Slave) dispatch(dst []byte, fc byte, d []byte) ([]byte, byte) {
	if !knownFunction(fc) || !s.tables.has(tableOf(fc)) {
		return dst, exFunction
	}
	if len(d) < 4 {
		return dst, exValue
	}
	address, count := be16(d), be16(d[2:])
	switch fc {
	case fcReadCoils, fcReadDiscretes:
		return s.readBits(append(dst, fc), tableOf(fc), address, count)
	case fcReadHolding, fcReadInput:
		return s.readRegisters(append(dst, fc), tableOf(fc), address, count)
	case fcWriteCoil, fcWriteRegister:
		return append(append(dst, fc), d[:4]...), s.writeOne(fc, address, count)
	case fcWriteCoils, fcWriteRegisters:
		return append(append(dst, fc), d[:4]...), s.writeMany(tableOf(fc), address, count, d[4:])
	}
	return s.readWrite(append(dst, fc), d)
}

// tableOf is the table that a function works on.
func tableOf(fc byte) contract.Table {
	switch fc {
	case fcReadCoils, fcWriteCoil, fcWriteCoils:
		return contract.Coil
	case fcReadDiscretes:
		return contract.Discrete
	case fcReadInput:
		return contract.Input
	}
	return contract.Holding
}

func (s *Slave) readBits(dst []byte, t contract.Table, address, count uint16) ([]byte, byte) {
	limit := uint16(maxReadBits)
	if s.c != nil && s.c.Limits.MaxBits > 0 {
		limit = min(limit, s.c.Limits.MaxBits)
	}
	if count == 0 || count > limit {
		return dst, exValue
	}
	if !s.tables.covers(t, address, count) {
		return dst, exAddress
	}
	n := int(count+7) / 8
	dst = append(dst, byte(n))
	at := len(dst)
	for range n {
		dst = append(dst, 0)
	}
	for i := range count {
		if s.tables.get(t, address+i) != 0 {
			dst[at+int(i/8)] |= 1 << (i % 8)
		}
	}
	return dst, 0
}

func (s *Slave) readRegisters(dst []byte, t contract.Table, address, count uint16) ([]byte, byte) {
	limit := uint16(maxReadRegisters)
	if s.c != nil && s.c.Limits.MaxRegisters > 0 {
		limit = min(limit, s.c.Limits.MaxRegisters)
	}
	if count == 0 || count > limit {
		return dst, exValue
	}
	if !s.tables.covers(t, address, count) {
		return dst, exAddress
	}
	dst = append(dst, byte(2*count))
	for i := range count {
		dst = binary.BigEndian.AppendUint16(dst, s.tables.get(t, address+i))
	}
	return dst, 0
}

func (s *Slave) writeOne(fc byte, address, v uint16) byte {
	t := tableOf(fc)
	if !s.tables.covers(t, address, 1) {
		return exAddress
	}
	if t == contract.Coil && v != 0xFF00 && v != 0 {
		return exValue
	}
	return s.write(t, address, v)
}

// write stores one register, or one coil given as FF00 or 0000.
func (s *Slave) write(t contract.Table, address, v uint16) byte {
	if t == contract.Holding {
		if ex, mine := s.change(address, v); mine {
			return ex
		}
	}
	taken, valid := s.command(t, address, v)
	switch {
	case !valid:
		return exValue
	case taken:
		return 0
	case t == contract.Coil && v != 0:
		v = 1
	}
	s.tables.set(t, address, v)
	return 0
}

func (s *Slave) writeMany(t contract.Table, address, count uint16, d []byte) byte {
	limit, size := uint16(maxWriteRegisters), 2*int(count)
	if t == contract.Coil {
		limit, size = maxWriteBits, (int(count)+7)/8
	}
	if count == 0 || count > limit || len(d) != 1+size || int(d[0]) != size {
		return exValue
	}
	if !s.tables.covers(t, address, count) {
		return exAddress
	}
	for i := range count {
		var v uint16
		if t == contract.Coil {
			if d[1+i/8]>>(i%8)&1 != 0 {
				v = 0xFF00
			}
		} else {
			v = be16(d[1+2*i:])
		}
		if ex := s.write(t, address+i, v); ex != 0 {
			return ex
		}
	}
	return 0
}

// readWrite is function 23: the write happens before the read (section 6.17).
func (s *Slave) readWrite(dst, d []byte) ([]byte, byte) {
	if len(d) < 9 {
		return dst, exValue
	}
	address, count := be16(d), be16(d[2:])
	if count == 0 || count > maxReadRegisters || be16(d[6:]) > maxExchange {
		return dst, exValue
	}
	if !s.tables.covers(contract.Holding, address, count) {
		return dst, exAddress
	}
	if ex := s.writeMany(contract.Holding, be16(d[4:]), be16(d[6:]), d[8:]); ex != 0 {
		return dst, ex
	}
	return s.readRegisters(dst, contract.Holding, address, count)
}
