package sim

import (
	"fmt"

	"firepost/firmware-contracts/contract"
)

// Output says whether the named output is on. ErrUnknown: the contract has none of that name.
func (s *Slave) Output(name string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c != nil {
		for i := range s.c.Outputs {
			if s.c.Outputs[i].Name == name {
				return s.on[i], nil
			}
		}
	}
	return false, fmt.Errorf("find output %q of unit %d: not in its contract: %w", name, s.unit, ErrUnknown)
}

// Watch returns a channel of the output changes from now on. A reader that falls 64
// changes behind loses the oldest, never the newest.
func (s *Slave) Watch() <-chan OutputChange {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := make(chan OutputChange, 64)
	s.watchers = append(s.watchers, ch)
	return ch
}

// PowerCycle switches all outputs off, as relay modules do when their supply returns; on a line
// with Commissioning the stored settings take effect.
func (s *Slave) PowerCycle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.on {
		s.switchOutput(i, false)
	}
	s.powerCycle()
}

// switchOutput changes output i, its read-back and its watchers.
func (s *Slave) switchOutput(i int, on bool) {
	s.show(i, on)
	if s.on[i] == on {
		return
	}
	s.on[i] = on
	change := OutputChange{Device: s.device, Unit: s.unit, Output: s.c.Outputs[i].Name, On: on, At: Now()}
	for _, ch := range s.watchers {
		offer(ch, change)
	}
}

// offer sends without waiting; s.mu makes this the only sender.
func offer(ch chan OutputChange, c OutputChange) {
	for {
		select {
		case ch <- c:
			return
		default:
		}
		select {
		case <-ch:
		default:
		}
	}
}

// show makes the read-back of output i say on or off.
func (s *Slave) show(i int, on bool) {
	o := &s.c.Outputs[i]
	rb := o.ReadBack
	if isBitTable(rb.Table) {
		v := uint16(0)
		if on == (rb.On != 0) {
			v = 1
		}
		s.tables.set(rb.Table, rb.Address, v)
		return
	}
	mask := rb.Mask
	if mask == 0 {
		mask = 0xFFFF
	}
	v := s.tables.get(rb.Table, rb.Address) &^ mask
	switch {
	case on:
		v |= rb.On & mask
	case rb.On&mask == 0:
		v |= mask
	}
	s.tables.set(rb.Table, rb.Address, v)
}

// command offers a written value to the outputs at this address: taken says that one
// stands there, valid that it understands the value.
func (s *Slave) command(table contract.Table, address, v uint16) (taken, valid bool) {
	if s.c == nil {
		return false, true
	}
	valid = true
	for i := range s.c.Outputs {
		o := &s.c.Outputs[i]
		if o.Table != table || o.Address != address {
			continue
		}
		taken = true
		on, ok := ordered(o, v, s.on[i])
		valid = valid && ok
		if ok && !s.faults.current().Stuck {
			s.switchOutput(i, on)
		}
	}
	return taken, valid
}

// ordered is the state that value v orders. Relay boards with commands in the high byte
// (R421A08: 1 on, 2 off, 3 toggle) also understand the toggle.
func ordered(o *contract.Output, v uint16, now bool) (on, ok bool) {
	switch {
	case v == o.On:
		return true, true
	case v == o.Off:
		return false, true
	case o.Table == contract.Holding && o.On == 0x0100 && o.Off == 0x0200 && v>>8 == 3:
		return !now, true
	}
	return now, false
}
