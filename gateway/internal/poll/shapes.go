package poll

import (
	"firepost/firmware-contracts/contract"
)

// A reply carries no register address, only unit, function and length: its shape. Two
// different reads of one device that share a shape must stand late_reply apart, so blocks
// are lengthened into what may be read until all shapes of a device differ. What can't be
// told apart even so becomes a group, whose members take turns.

// separate gives the blocks distinct shapes where the contract allows. Blocks stand in the
// order of their lanes, so the slow lane gives way to the alarm lane.
func (l *layout) separate() {
	for i := range l.blocks {
		b := &l.blocks[i]
		j := l.shaped(b.Table, valueBytes(b.Table, int(b.Count)), i)
		if j < 0 || j > i || l.lengthen(i) {
			continue
		}
		// This one has no room; the one it clashes with may have.
		l.lengthen(j)
	}
	l.group()
}

// shaped is a block other than except with this shape, or -1.
func (l *layout) shaped(table contract.Table, bytes, except int) int {
	for j := range l.blocks {
		o := &l.blocks[j]
		if j != except && o.Table == table && valueBytes(table, int(o.Count)) == bytes {
			return j
		}
	}
	return -1
}

// lengthen grows block i by as little as gives it a shape of its own, upwards first: most
// maps have their spare registers behind the used ones.
func (l *layout) lengthen(i int) bool {
	b := &l.blocks[i]
	most := l.most(b.Table)
	room := span{b.Address, b.last()}
	for room.from > 0 && int(b.last()-room.from) < most && l.mayRead(b.Table, room.from-1) {
		room.from--
	}
	for room.to < 0xFFFF && int(room.to-b.Address) < most && l.mayRead(b.Table, room.to+1) {
		room.to++
	}
	for n := int(b.Count) + 1; n <= min(most, room.count()); n++ {
		if l.shaped(b.Table, valueBytes(b.Table, n), i) >= 0 {
			continue
		}
		to := min(int(b.Address)+n-1, int(room.to))
		b.Address, b.Count = uint16(to-n+1), uint16(n)
		return true
	}
	return false
}

// group numbers the blocks that still share a shape; numbers are per device here.
func (l *layout) group() {
	next := 0
	for i := range l.blocks {
		if l.blocks[i].Group >= 0 || l.shaped(l.blocks[i].Table, valueBytes(l.blocks[i].Table, int(l.blocks[i].Count)), i) < 0 {
			continue
		}
		b := &l.blocks[i]
		for j := i; j < len(l.blocks); j++ {
			o := &l.blocks[j]
			if o.Table == b.Table && valueBytes(o.Table, int(o.Count)) == valueBytes(b.Table, int(b.Count)) {
				o.Group = next
			}
		}
		next++
	}
}
