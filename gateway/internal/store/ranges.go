package store

import (
	"encoding/json"
	"slices"
	"sort"

	"firepost/cloud-bridge/uplink"
)

// span is a closed range of positions of one lane.
type span struct{ from, to uplink.Position }

// spans is an ordered set of ranges that don't overlap.
type spans []span

// has reports whether p is in the set.
func (s spans) has(p uplink.Position) bool {
	i := sort.Search(len(s), func(i int) bool { return s[i].to >= p })
	return i < len(s) && s[i].from <= p
}

// add puts [from, to] into the set, joining what touches.
func (s spans) add(from, to uplink.Position) spans {
	i := sort.Search(len(s), func(i int) bool { return s[i].to >= from-1 })
	j := i
	for j < len(s) && s[j].from <= to+1 {
		from = min(from, s[j].from)
		to = max(to, s[j].to)
		j++
	}
	return slices.Replace(s, i, j, span{from, to})
}

// above cuts off everything up to and including p.
func (s spans) above(p uplink.Position) spans {
	i := sort.Search(len(s), func(i int) bool { return s[i].to > p })
	s = s[i:]
	if len(s) > 0 && s[0].from <= p {
		s = slices.Clone(s)
		s[0].from = p + 1
	}
	return s
}

// maxStoredSpans bounds what one cursor row holds; what is cut off is only repeated.
const maxStoredSpans = 256

// encode writes the set as a JSON array of pairs, empty for none.
func (s spans) encode() string {
	if len(s) == 0 {
		return ""
	}
	pairs := make([][2]int64, 0, min(len(s), maxStoredSpans))
	for _, r := range s[:min(len(s), maxStoredSpans)] {
		pairs = append(pairs, [2]int64{int64(r.from), int64(r.to)})
	}
	out, err := json.Marshal(pairs)
	if err != nil {
		return ""
	}
	return string(out)
}

// decodeSpans reads encode's form; anything else is the empty set (which only repeats).
func decodeSpans(text string) spans {
	var pairs [][2]int64
	if text == "" || json.Unmarshal([]byte(text), &pairs) != nil {
		return nil
	}
	var s spans
	for _, p := range pairs {
		if p[0] <= p[1] {
			s = s.add(uplink.Position(p[0]), uplink.Position(p[1]))
		}
	}
	return s
}
