package onbon

// Parser finds frames in a stream of bytes. What is no frame is skipped and counted, and the
// next mark begins a new frame. It keeps at most one frame's bytes. The zero value is ready.
type Parser struct {
	raw     []byte
	inside  bool // a mark was seen, and no end yet
	escape  byte // escMark or escEnd when the byte before was one
	skipped int
	last    error
}

// Feed takes bytes off the wire and calls found for each whole frame, whose payload is valid
// until found returns.
func (p *Parser) Feed(b []byte, found func(Frame)) {
	for _, c := range b {
		p.feed(c, found)
	}
}

// Skipped is how many bytes were no part of a whole frame; Reason is why the last frame among
// them was none, nil if they did not even look like one.
func (p *Parser) Skipped() int { return p.skipped }

// Reason is why the last bytes that looked like a frame were none.
func (p *Parser) Reason() error { return p.last }

// Unfinished reports whether a frame has begun and not ended.
func (p *Parser) Unfinished() bool { return len(p.raw) > 0 || p.escape != 0 }

func (p *Parser) feed(c byte, found func(Frame)) {
	if c == mark {
		// Never inside a frame, so whatever was begun is broken.
		if p.Unfinished() {
			p.drop(errShort)
		}
		p.inside = true
		return
	}
	if !p.inside {
		p.skipped++
		return
	}
	if p.escape != 0 {
		p.unescape(c)
		return
	}
	switch c {
	case escMark, escEnd:
		p.escape = c
	case end:
		p.finish(found)
	default:
		p.keep(c)
	}
}

func (p *Parser) unescape(c byte) {
	first := p.escape
	p.escape = 0
	switch {
	case c == 1:
		p.keep(first)
	case c == 2 && first == escMark:
		p.keep(mark)
	case c == 2:
		p.keep(end)
	default:
		p.drop(errEscape)
	}
}

func (p *Parser) keep(c byte) {
	if len(p.raw) == maxFrame {
		p.drop(errLong)
		return
	}
	p.raw = append(p.raw, c)
}

func (p *Parser) finish(found func(Frame)) {
	f, err := decode(p.raw)
	if err != nil {
		p.drop(err)
		return
	}
	p.inside = false
	found(f)
	p.raw = p.raw[:0]
}

// drop gives a frame up; the next mark begins another.
func (p *Parser) drop(why error) {
	p.skipped += len(p.raw) + 1
	p.last = why
	p.raw = p.raw[:0]
	p.escape = 0
	p.inside = false
}
