package sim

import "fmt"

// SetAddress moves the device to another address, as by a switch on its board. Only a line
// with LineConfig.Commissioning notices. ErrSpec: 0, or an address that its contract does not
// allow.
func (s *Slave) SetAddress(unit uint8) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if unit == 0 || s.c != nil && (unit < s.c.Address.Min || unit > s.c.Address.Max) {
		return fmt.Errorf("set unit %d to address %d: outside its contract's range: %w", s.unit, unit, ErrSpec)
	}
	if s.com == nil {
		s.com = &commission{now: settings{unit: s.unit}}
	}
	c := s.com
	c.now.unit, c.next.unit, c.staged.unit, c.stored.unit = unit, unit, unit, unit
	s.showSettings()
	return nil
}
