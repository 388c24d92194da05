package store

import (
	"slices"
	"sort"

	"firepost/cloud-bridge/uplink"
)

// sentEntry is one entry that Next handed out and that stands after the cursor.
type sentEntry struct {
	pos       uplink.Position
	id        string
	confirmed bool
}

// cursor is one uplink's place in one lane. Everything up to pos is confirmed. sent lists,
// without gaps, the lane's entries in (pos, known]: what Next handed out. early holds
// confirmations beyond known, from before a restart.
type cursor struct {
	pos, known uplink.Position
	sent       []sentEntry
	head       int // sent[:head] is gone
	early      spans
	byID       map[string]uplink.Position
	backlog    int64
	dirty      bool
	moves      uint64 // counts confirmations
	// begun and begunEarly are where this run began.
	begun      uplink.Position
	begunEarly spans
}

func (c *cursor) live() []sentEntry { return c.sent[c.head:] }

// find returns the entry at p among the sent ones.
func (c *cursor) find(p uplink.Position) *sentEntry {
	live := c.live()
	i := sort.Search(len(live), func(i int) bool { return live[i].pos >= p })
	if i < len(live) && live[i].pos == p {
		return &live[i]
	}
	return nil
}

// maxNamed bounds the ids remembered per lane; beyond it Find asks the journal.
const maxNamed = 16384

// deliver notes that entries, in order and without gaps after `after`, were handed out.
func (c *cursor) deliver(after uplink.Position, entries []uplink.Entry) {
	if after > c.known {
		return
	}
	for i := range entries {
		e := &entries[i]
		if e.Pos <= c.known {
			continue
		}
		s := sentEntry{pos: e.Pos, id: e.ID, confirmed: c.early.has(e.Pos)}
		if !s.confirmed && e.ID != "" && len(c.byID) < maxNamed {
			if c.byID == nil {
				c.byID = make(map[string]uplink.Position)
			}
			c.byID[e.ID] = e.Pos
		}
		c.sent = append(c.sent, s)
		c.known = e.Pos
	}
	c.early = c.early.above(c.known)
	c.advance()
}

// confirm marks p; it reports whether anything changed.
func (c *cursor) confirm(p uplink.Position) bool {
	if p <= c.pos {
		return false
	}
	if s := c.find(p); s != nil {
		if s.confirmed {
			return false
		}
		s.confirmed = true
		delete(c.byID, s.id)
	} else {
		if p <= c.known || c.early.has(p) {
			return false
		}
		c.early = c.early.add(p, p)
	}
	c.backlog = max(0, c.backlog-1)
	c.moves++
	return true
}

// advance moves the cursor over what is confirmed at its head.
func (c *cursor) advance() bool {
	from := c.pos
	for c.head < len(c.sent) && c.sent[c.head].confirmed {
		c.pos = c.sent[c.head].pos
		c.sent[c.head].id = ""
		c.head++
	}
	if c.head == len(c.sent) {
		c.sent, c.head = c.sent[:0], 0
	} else if c.head > 1024 && c.head > len(c.sent)/2 {
		n := copy(c.sent, c.sent[c.head:])
		clear(c.sent[n:])
		c.sent, c.head = c.sent[:n], 0
	}
	return c.pos != from
}

// isConfirmed reports whether p, after the cursor, is confirmed.
func (c *cursor) isConfirmed(p uplink.Position) bool {
	if p <= c.pos {
		return true
	}
	if s := c.find(p); s != nil {
		return s.confirmed
	}
	return c.early.has(p)
}

// forget treats everything up to p as done: those entries exist no more.
func (c *cursor) forget(p uplink.Position) {
	for i := range c.live() {
		s := &c.live()[i]
		if s.pos > p {
			break
		}
		if !s.confirmed {
			s.confirmed = true
			delete(c.byID, s.id)
		}
	}
	c.advance()
	if c.head == len(c.sent) {
		c.pos = max(c.pos, p)
		c.known = max(c.known, p)
	}
	c.early = c.early.above(c.pos)
	c.dirty = true
}

// ranges are the confirmations beyond the cursor, as they are stored. Between two confirmed
// neighbours of one lane there is no other entry of it, so a run is one span.
func (c *cursor) ranges() spans {
	var out spans
	live := c.live()
	for i := 0; i < len(live) && len(out) < maxStoredSpans; i++ {
		if !live[i].confirmed {
			continue
		}
		from := live[i].pos
		for i+1 < len(live) && live[i+1].confirmed {
			i++
		}
		out = append(out, span{from, live[i].pos})
	}
	for _, r := range c.early {
		out = out.add(r.from, r.to)
	}
	return out
}

// restart puts the cursor back to what is stored, as after a restart of the process.
func (c *cursor) restart(pos uplink.Position, early spans) {
	early = early.above(pos)
	*c = cursor{
		pos: pos, known: pos, early: early, backlog: c.backlog, dirty: true, moves: c.moves + 1,
		begun: pos, begunEarly: slices.Clone(early),
	}
}

// rewind goes back to where this run began.
func (c *cursor) rewind() { c.restart(c.begun, c.begunEarly) }
