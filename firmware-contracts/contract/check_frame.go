package contract

import (
	"fmt"
	"slices"
)

// maxMarks bounds start and end.
const maxMarks = 16

// minMarks is how many fixed bytes a frame without a check must have at least: with fewer,
// every tenth byte of noise would begin one.
const minMarks = 2

// frame takes over the description of a frame and checks what does not depend on the points.
func (o place) frame(raw *rawFrame) *Frame {
	f := &Frame{Start: raw.Start, End: raw.End, Heartbeat: raw.Heartbeat.D()}
	l := raw.Length
	f.Length = FrameLength{l.Fixed, l.At, l.Bytes, l.Order != 0, l.Add, l.Min, l.Max}
	k := raw.Check
	f.Check = FrameCheck{k.Kind, k.From, k.To, k.At, k.Order != 0}
	if raw.ID != nil {
		f.ID = FrameID(*raw.ID)
	}
	for _, m := range raw.Match {
		if m.Mask == 0 {
			m.Mask = 0xFF
		}
		f.Match = append(f.Match, FrameMatch{m.At, m.Mask, m.Value})
	}
	o.checkMarks("start", f.Start, 1)
	o.checkMarks("end", f.End, 0)
	o.in("length").checkLength(&f.Length)
	o.in("check").checkKeys(&f.Check)
	return f
}

func (o place) checkMarks(key string, marks []uint8, least int) {
	if n := len(marks); o.good(key) && (n < least || n > maxMarks) {
		o.problem(key, "such as [0xA5, 0x5A]", "%d bytes; a frame's %s has %d to %d", n, key, least, maxMarks)
	}
}

// checkLength relates the keys of the length to each other.
func (o place) checkLength(l *FrameLength) {
	fields := [...]string{"at", "bytes", "min", "max", "add", "order"}
	if o.has("fixed") {
		for _, key := range fields {
			if o.has(key) {
				o.problem(key, "leave it out, or leave fixed out", "a frame of fixed length has no length field")
			}
		}
		return
	}
	ok := true
	for _, key := range fields[:4] {
		if !o.has(key) && o.begun() {
			o.problem(key, "{fixed: 12}, or {at: 3, bytes: 2, min: 12, max: 64}", "is missing")
		}
		ok = ok && o.good(key)
	}
	if !ok || o.failed("add") {
		return
	}
	low, high := l.Add, int64(ones(uint(8*l.Bytes)))+int64(l.Add) //nolint:gosec // at most 4 bytes
	switch {
	case l.Min > l.Max:
		o.problem("min", "swap the two", "min %d is above max %d", l.Min, l.Max)
	case low > l.Max || high < int64(l.Min):
		o.problem("add", "", "a field of %d bytes with %d added gives %d to %d, never %d to %d", l.Bytes, l.Add, low, high, l.Min, l.Max)
	case o.has("order") && l.Bytes == 1:
		o.problem("order", "leave it out", "a single byte has no order")
	}
}

// checkKeys relates the keys of the check to each other.
func (o place) checkKeys(c *FrameCheck) {
	if !o.good("kind") {
		return
	}
	for _, key := range [...]string{"from", "to", "at"} {
		switch {
		case c.Kind == CheckNone && o.has(key):
			o.problem(key, "leave it out", "a frame without a check has no %s", key)
		case c.Kind != CheckNone && !o.has(key):
			o.problem(key, "{kind: crc16-modbus, from: 0, to: -4, at: -4}", "is missing")
		}
	}
	if o.has("order") && c.Kind.Bytes() < 2 {
		o.problem("order", "leave it out", "a check of kind %s has no order", c.Kind)
	}
}

// layout is where things stand in the shortest and in the longest frame. What counts from the
// start and what counts from the end move past each other in between.
type layout struct {
	o                 place
	f                 *Frame
	smallest, longest int
	parts             []framePart
}

// framePart is a run of bytes that belongs to one purpose; a negative at counts from the end.
type framePart struct {
	name  string
	at, n int
}

// in is where the part begins and ends in a frame of some length.
func (p framePart) in(length int) (from, to int) {
	from = absolute(length, p.at)
	return from, from + p.n
}

// overlap reports whether the parts touch the same byte in a frame of any length.
func (y *layout) overlap(p, q framePart) bool {
	if p.at < 0 && q.at >= 0 {
		p, q = q, p
	}
	if p.at >= 0 && q.at < 0 {
		low, high := y.smallest+q.at, y.longest+q.at
		return max(low, p.at-q.n+1) <= min(high, p.at+p.n-1)
	}
	return p.at < q.at+q.n && q.at < p.at+p.n
}

// checkFrame relates the parts of a frame and the points to each other.
func (o place) checkFrame(c *Contract, points []*loadedPoint) {
	f := c.Frame
	if f == nil {
		return
	}
	for _, p := range points {
		f.Fields = append(f.Fields, p.field)
	}
	in := o.in("frame")
	length, check := in.in("length"), in.in("check")
	y := &layout{o: in, f: f, smallest: max(f.Length.Fixed, f.Length.Min), longest: max(f.Length.Fixed, f.Length.Max)}
	if !in.good("start") || in.failed("end") || len(f.Start) == 0 || y.smallest == 0 || y.longest < y.smallest ||
		length.failed("fixed") || length.failed("min") || length.failed("max") {
		return
	}
	if need := len(f.Start) + len(f.End) + f.Check.Kind.Bytes(); y.smallest < need {
		key := "min"
		if f.Length.Fixed > 0 {
			key = "fixed"
		}
		length.problem(key, "", "%d bytes can't hold start, end and check, which have %d", y.smallest, need)
		return
	}
	y.parts = append(y.parts, framePart{"the start", 0, len(f.Start)})
	if n := len(f.End); n > 0 {
		y.parts = append(y.parts, framePart{"the end", -n, n})
	}
	if f.Length.Fixed == 0 && length.good("at") && length.good("bytes") {
		y.place(length, framePart{"the length", f.Length.At, f.Length.Bytes})
	}
	summed := f.Check.Kind != CheckNone && check.good("from") && check.good("to") && check.good("at") && y.checkSum(check)
	if at := in.in("id"); at.good("at") && at.good("bytes") {
		y.place(at, framePart{"the id", f.ID.At, f.ID.Bytes})
	}
	y.checkMatches()
	y.checkFields(points)
	if f.Check.Kind == CheckNone && check.good("kind") {
		y.checkMarked(check)
	} else if summed {
		y.checkCover(points)
	}
}

// place adds a part; it must lie within the shortest frame and touch no other part.
func (y *layout) place(at place, p framePart) bool {
	ok := y.within(at, p) && y.apart(at, p, y.parts)
	y.parts = append(y.parts, p)
	return ok
}

// within makes sure that the shortest frame has the bytes.
func (y *layout) within(at place, p framePart) bool {
	from, to := p.in(y.smallest)
	if ok := from >= 0 && to <= y.smallest; ok {
		return true
	}
	at.problem("at", fmt.Sprintf("the shortest frame has %d bytes", y.smallest), "%s at %d lies outside the frame", p.name, p.at)
	return false
}

// apart makes sure that p shares no byte with the others, whatever the length.
func (y *layout) apart(at place, p framePart, others []framePart) bool {
	ok := true
	for _, other := range others {
		if y.overlap(p, other) {
			at.problem("at", "", "%s overlaps %s", p.name, other.name)
			ok = false
		}
	}
	return ok
}

// without are the parts but those of some names.
func (y *layout) without(names ...string) []framePart {
	return slices.DeleteFunc(slices.Clone(y.parts), func(p framePart) bool { return slices.Contains(names, p.name) })
}

// checkSum makes sure that the check covers something, and never itself.
func (y *layout) checkSum(at place) bool {
	c := &y.f.Check
	sum := framePart{"the check", c.At, c.Kind.Bytes()}
	if !y.place(at, sum) {
		return false
	}
	before, after := true, true
	for _, length := range [...]int{y.smallest, y.longest} {
		from, to := absolute(length, c.From), absolute(length, c.To)
		if from < 0 || to > length || from >= to {
			at.problem("to", "to is the first byte that is not summed", "from %d to %d holds no byte of a frame of %d", c.From, c.To, length)
			return false
		}
		start, end := sum.in(length)
		before, after = before && to <= start, after && from >= end
	}
	if !before && !after {
		at.problem("to", "to is the first byte that is not summed", "the check covers itself")
		return false
	}
	return true
}

func (y *layout) checkMatches() {
	for i := range y.f.Match {
		m, at := &y.f.Match[i], y.o.at("match", i)
		if !at.good("at") || !at.good("value") || at.failed("mask") {
			continue
		}
		if m.Value&^m.Mask != 0 {
			at.problem("value", "", "0x%02X can't occur under mask 0x%02X", m.Value, m.Mask)
		}
		p := framePart{"the byte", m.At, 1}
		if !y.within(at, p) || !y.apart(at, p, y.without("the id")) {
			continue
		}
		for j, other := range y.f.Match[:i] {
			if both := m.Mask & other.Mask; m.Value&both != other.Value&both && y.overlap(p, framePart{"", other.At, 1}) {
				at.problem("value", "", "match[%d] asks for another value of the same byte", j)
			}
		}
	}
}

// checkFields places the points. A point may show the id or the length, but never the check
// or what is the same in every frame.
func (y *layout) checkFields(points []*loadedPoint) {
	for i, p := range points {
		if !p.sound {
			continue
		}
		at, part := p.o.in("field"), framePart{"the field", p.field.At, p.field.Bytes}
		if !y.within(at, part) || !y.apart(at, part, y.without("the id", "the length")) {
			continue
		}
		for j, q := range points[:i] {
			if !q.sound || p.o.failed("mask") || q.o.failed("mask") || !y.overlap(part, framePart{"", q.field.At, q.field.Bytes}) {
				continue
			}
			if p.field != q.field || p.reads()&q.reads() != 0 {
				at.problem("at", "let both read the same bytes with masks or bits that share nothing", "overlaps points[%d] %q", j, q.Name)
			}
		}
	}
}

// checkCover warns of what noise could change unnoticed.
func (y *layout) checkCover(points []*loadedPoint) {
	c := &y.f.Check
	covered := func(p framePart) bool {
		for _, length := range [...]int{y.smallest, y.longest} {
			from, to := p.in(length)
			if from < 0 || to > length {
				return true // reported already
			}
			if from < absolute(length, c.From) || to > absolute(length, c.To) {
				return false
			}
		}
		return true
	}
	for _, p := range points {
		if at := p.o.in("field"); p.sound && !covered(framePart{"", p.field.At, p.field.Bytes}) {
			at.doc.Warn(at.sub("at"), "the check does not cover the field", "noise can change it unnoticed")
		}
	}
	if id := y.f.ID; id.Bytes > 0 && !covered(framePart{"", id.At, id.Bytes}) {
		at := y.o.in("id")
		at.doc.Warn(at.sub("at"), "the check does not cover the id", "noise can give a value to the wrong device")
	}
}

// checkMarked looks at a frame without a check.
func (y *layout) checkMarked(check place) {
	marks := len(y.f.Start) + len(y.f.End)
	for _, m := range y.f.Match {
		if m.Mask == 0xFF {
			marks++
		}
	}
	if marks < minMarks {
		check.problem("kind", "describe more bytes that are the same in every frame: start, end, match",
			"a frame with neither a check nor %d fixed bytes can't be told from noise", minMarks)
		return
	}
	check.doc.Warn(check.sub("kind"), "a frame without a check: noise can change a value unnoticed", "ask the maker for a check")
}
