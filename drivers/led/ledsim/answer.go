package ledsim

// answer decides, with c.mu held, what one request brings about, and returns what sends the
// reply, to be called without it.
func (c *Card) answer(ln *line, request []byte) func() {
	s := ln.session
	fault := c.fault
	if c.held != nil {
		// A reply to an earlier request comes, and the card is too busy for this one.
		send := c.held
		c.held = nil
		return send
	}
	switch fault {
	case Silence:
		return nil
	case Mute:
		s.Carry(request)
		return nil
	case Garbage:
		if g, ok := s.(Garbler); ok {
			return ln.send(g.Garbage())
		}
		return ln.send(DefaultGarbage())
	case Damaged:
		return ln.send(s.Damage(s.Carry(request)))
	case Late:
		c.held = ln.send(s.Carry(request))
		c.fault = Silence
		return nil
	case Refusal:
		return ln.send(s.Refuse(request))
	case SingleBytes:
		return ln.sendBytes(s.Carry(request))
	case Cut:
		c.fault = Healthy
		return func() { c.cut(ln, nil) }
	case CutReply:
		c.fault = Healthy
		reply := s.Carry(request)
		return func() { c.cut(ln, reply[:len(reply)/2]) }
	case Twice:
		reply := s.Carry(request)
		return ln.send(append(append([]byte{}, reply...), reply...))
	case Noise:
		return ln.send(append(lineNoise(), s.Carry(request)...))
	case Healthy:
	}
	return ln.send(s.Carry(request))
}

// send returns what writes the reply in one piece. A peer that is gone does not hear it.
func (ln *line) send(reply []byte) func() {
	if len(reply) == 0 {
		return nil
	}
	return func() {
		ln.write.Lock()
		defer ln.write.Unlock()
		_, _ = ln.conn.Write(reply)
	}
}

// sendBytes returns what writes the reply byte by byte.
func (ln *line) sendBytes(reply []byte) func() {
	return func() {
		ln.write.Lock()
		defer ln.write.Unlock()
		for i := range reply {
			if _, err := ln.conn.Write(reply[i : i+1]); err != nil {
				return
			}
		}
	}
}

// cut sends what there is and closes the connection; a serial line has none to close.
func (c *Card) cut(ln *line, reply []byte) {
	if send := ln.send(reply); send != nil {
		send()
	}
	if !ln.serial {
		c.hangUp(ln)
	}
}
