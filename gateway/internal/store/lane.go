package store

import (
	"sort"

	"firepost/cloud-bridge/uplink"
)

// keepRecent is how many durable entries of a lane stay in memory, so that an uplink that
// keeps up never reads the disk.
const keepRecent = 128

// laneBuf holds the newest entries of one lane: all that are not durable, and the last few
// that are. It is a gapless suffix of the lane: every entry after from is in it.
type laneBuf struct {
	items []*item
	head  int
	from  uplink.Position
}

func (l *laneBuf) live() []*item { return l.items[l.head:] }

func (l *laneBuf) push(it *item) { l.items = append(l.items, it) }

// after returns the entries behind p.
func (l *laneBuf) after(p uplink.Position) []*item {
	live := l.live()
	i := sort.Search(len(live), func(i int) bool { return live[i].pos > p })
	return live[i:]
}

// trim forgets all but the last few entries that are durable.
func (l *laneBuf) trim(durable uplink.Position) {
	live := l.live()
	n := sort.Search(len(live), func(i int) bool { return live[i].pos > durable })
	for i := range n - keepRecent {
		l.from = live[i].pos
		live[i] = nil
		l.head++
	}
	l.compact()
}

func (l *laneBuf) compact() {
	if l.head > keepRecent && l.head > len(l.items)/2 {
		n := copy(l.items, l.items[l.head:])
		clear(l.items[n:])
		l.items, l.head = l.items[:n], 0
	}
}

// purge removes the entries marked as dropped.
func (l *laneBuf) purge() {
	kept := l.items[:0]
	for _, it := range l.live() {
		if !it.dropped {
			kept = append(kept, it)
		}
	}
	clear(l.items[len(kept):])
	l.items, l.head = kept, 0
}
