package sim

import "firepost/firmware-contracts/contract"

// tables are the four data tables of one device. A raw device answers every address with
// the address itself (its lowest bit in the bit tables) until something else is stored.
type tables struct {
	raw   bool
	words [4]map[uint16]uint16
	valid [4]map[uint16]struct{}
}

func newTables(raw bool) *tables {
	t := &tables{raw: raw}
	for i := range t.words {
		t.words[i] = make(map[uint16]uint16)
		t.valid[i] = make(map[uint16]struct{})
	}
	return t
}

// allow makes from … to (both included) answerable.
func (t *tables) allow(table contract.Table, from, to uint16) {
	for a := uint32(from); a <= uint32(to); a++ {
		t.valid[table][uint16(a)] = struct{}{}
	}
}

// has reports whether the device has anything in the table.
func (t *tables) has(table contract.Table) bool { return t.raw || len(t.valid[table]) > 0 }

// covers reports whether all of count addresses from address on exist.
func (t *tables) covers(table contract.Table, address, count uint16) bool {
	if int(address)+int(count) > 1<<16 {
		return false
	}
	if t.raw {
		return true
	}
	for i := range count {
		if _, ok := t.valid[table][address+i]; !ok {
			return false
		}
	}
	return true
}

func (t *tables) get(table contract.Table, address uint16) uint16 {
	v, ok := t.words[table][address]
	if !ok && t.raw {
		v = address
		if isBitTable(table) {
			v &= 1
		}
	}
	return v
}

func (t *tables) set(table contract.Table, address, v uint16) { t.words[table][address] = v }
