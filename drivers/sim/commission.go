package sim

import (
	"time"

	"golang.org/x/sys/unix"

	"firepost/firmware-contracts/contract"
)

// Serial is the speed and the format that a device speaks.
type Serial struct {
	Baud int
	// Format is 8N1, 8E1, 8O1 or 8N2.
	Format string
}

// hears says whether a device set to s understands characters sent with other: a second stop
// bit is a pause to whoever expects one.
func (s Serial) hears(other Serial) bool {
	if s.Format == "8N2" {
		s.Format = "8N1"
	}
	if other.Format == "8N2" {
		other.Format = "8N1"
	}
	return s == other
}

// settings are a device's address and how it speaks.
type settings struct {
	unit uint8
	Serial
}

// commission is how a device on a line with LineConfig.Commissioning is set: what holds now,
// what holds after the running reply, what was written, and what survives a power cut.
type commission struct {
	now, next, staged, stored settings
	unlocked                  bool
	key                       int // registers of the unlocking write that were right so far
	babbles                   bool
}

// SetSerial sets the speed and format that the device speaks on a line that is being
// commissioned; without it they are the line's own.
func (s *Slave) SetSerial(serial Serial) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.com == nil {
		s.com = &commission{}
	}
	c := s.com
	c.now = settings{s.unit, serial}
	c.next, c.staged, c.stored = c.now, c.now, c.now
	s.showSettings()
}

// SetBabble makes the device answer what it can't understand with garbage, as some do that
// listen at another speed.
func (s *Slave) SetBabble(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.com == nil {
		s.com = &commission{now: settings{unit: s.unit}}
	}
	s.com.babbles = on
}

// Address is the address that the device answers to now, which Unit is only as long as nobody
// has changed it.
func (s *Slave) Address() uint8 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.com == nil {
		return s.unit
	}
	return s.com.now.unit
}

// Serial is how the device speaks now; the zero value outside a line with Commissioning.
func (s *Slave) Serial() Serial {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.com == nil {
		return Serial{}
	}
	return s.com.now.Serial
}

// enlist prepares the slave for a line that is being commissioned.
func (s *Slave) enlist(line Serial) {
	s.mu.Lock()
	unset := s.com == nil || s.com.now.Baud == 0
	babbles := s.com != nil && s.com.babbles
	s.mu.Unlock()
	if unset {
		s.SetSerial(line)
		s.SetBabble(babbles)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c == nil || s.c.Setup == nil {
		return
	}
	for _, r := range [...]*contract.SetupRegister{s.c.Setup.Address, s.c.Setup.Baud, s.c.Setup.Format} {
		if r != nil {
			s.tables.allow(contract.Holding, r.Address, r.Address)
		}
	}
	for _, w := range [...]*contract.SetupWrite{s.c.Setup.Unlock, s.c.Setup.Save, s.c.Setup.Confirm} {
		if w != nil {
			s.tables.allow(contract.Holding, w.Address, w.Address+withLen(w))
		}
	}
	for i := range s.c.Identity {
		id := &s.c.Identity[i]
		s.tables.allow(id.Table, id.Address, id.Address)
		if !id.Fits(s.tables.get(id.Table, id.Address)) {
			s.tables.set(id.Table, id.Address, id.Min)
		}
	}
	s.showSettings()
}

// withLen is how many registers stand behind the value of a write.
func withLen(w *contract.SetupWrite) uint16 {
	if w.With == nil {
		return 0
	}
	return w.With.To - w.With.From + 1
}

// showSettings puts the settings into the registers. The caller holds s.mu.
func (s *Slave) showSettings() {
	if s.c == nil || s.c.Setup == nil {
		return
	}
	show := func(r *contract.SetupRegister, value int) {
		if r == nil {
			return
		}
		if code, ok := r.Code(value); ok {
			s.tables.set(contract.Holding, r.Address, code)
		}
	}
	if r := s.c.Setup.Address; r != nil {
		s.tables.set(contract.Holding, r.Address, uint16(s.com.staged.unit))
	}
	show(s.c.Setup.Baud, s.com.staged.Baud)
	if f, ok := contract.FormatCode(s.com.staged.Format); ok {
		show(s.c.Setup.Format, f)
	}
}

// change carries out a write to a register of the device's setup; it is false for any other
// register. The caller holds s.mu.
func (s *Slave) change(address, v uint16) (ex byte, mine bool) {
	if s.com == nil || s.c == nil || s.c.Setup == nil {
		return 0, false
	}
	c, setup := s.com, s.c.Setup
	if w := setup.Unlock; w != nil && address >= w.Address && address <= w.Address+withLen(w) {
		return s.unlock(w, address, v), true
	}
	for _, w := range [...]*contract.SetupWrite{setup.Save, setup.Confirm} {
		if w == nil || w.Address != address || w.Value != v {
			continue
		}
		if w == setup.Confirm {
			c.stored = c.now
			return 0, true
		}
		if setup.Unlock != nil && !c.unlocked {
			return exValue, true
		}
		if setup.Takes == contract.TakesSaved {
			c.next = c.staged
		}
		if setup.Confirm == nil {
			c.stored = c.staged
		}
		return 0, true
	}
	if w := setup.Save; w != nil && w.Address == address {
		return exValue, true
	}
	return s.stage(address, v)
}

// stage takes a new address, speed or format.
func (s *Slave) stage(address, v uint16) (ex byte, mine bool) {
	c, setup := s.com, s.c.Setup
	staged := c.staged
	switch {
	case setup.Address != nil && address == setup.Address.Address:
		if v < uint16(s.c.Address.Min) || v > uint16(s.c.Address.Max) {
			return exValue, true
		}
		staged.unit = uint8(v)
	case setup.Baud != nil && address == setup.Baud.Address:
		baud, ok := setup.Baud.Value(v)
		if !ok {
			return exValue, true
		}
		staged.Baud = baud
	case setup.Format != nil && address == setup.Format.Address:
		f, ok := setup.Format.Value(v)
		if !ok {
			return exValue, true
		}
		staged.Format = [...]string{"8N1", "8E1", "8O1", "8N2"}[f]
	default:
		return 0, false
	}
	if setup.Unlock != nil && !c.unlocked {
		return exValue, true
	}
	c.staged = staged
	if setup.Takes == contract.TakesNow {
		c.next = staged
	}
	if setup.Save == nil {
		c.stored = staged
	}
	s.showSettings()
	return 0, true
}

// unlock compares an unlocking write, register by register.
func (s *Slave) unlock(w *contract.SetupWrite, address, v uint16) byte {
	c, n := s.com, int(address-w.Address)
	want := w.Value
	if n > 0 {
		want = s.tables.get(w.With.Table, w.With.From+uint16(n-1))
	} else {
		c.key = 0
	}
	if v != want || n != c.key {
		c.key, c.unlocked = 0, false
		return exValue
	}
	c.key++
	c.unlocked = c.unlocked || c.key == 1+int(withLen(w))
	return 0
}

// powerCycle is what a power cut does to the settings. The caller holds s.mu.
func (s *Slave) powerCycle() {
	if s.com == nil {
		return
	}
	c := s.com
	c.now, c.next, c.staged, c.unlocked, c.key = c.stored, c.stored, c.stored, false, 0
	s.showSettings()
}

// crowd are the slaves of a line that is being commissioned: any number at one address.
type crowd struct {
	slaves []*Slave
	hear   func() Serial
}

// serve lets every slave answer that hears the request and takes it for its own.
func (c *crowd) serve(dst []burst, t *ticket, frame []byte, turnaround, halfChar time.Duration) []burst {
	heard := c.hear()
	var all []burst
	for _, s := range c.slaves {
		mine, how := s.takes(frame[0], heard)
		switch {
		case how == babble && frame[0] != 0:
			all = append(all, burst{data: []byte{0xF8, 0x00, 0xE0, 0x9E}, after: turnaround, what: outcomeBad})
		case how == hears && mine:
			if t.slave == nil {
				t.slave = s
			}
			all = append(all, s.answer(nil, frame, turnaround, halfChar)...)
			s.settle()
		}
	}
	if len(all) < 2 || frame[0] == 0 {
		return append(dst, all...)
	}
	return append(dst, collide(all, 2*halfChar)...)
}

type hearing uint8

const (
	deaf hearing = iota
	babble
	hears
)

// takes says whether the slave understands a frame and whether it is for it.
func (s *Slave) takes(unit uint8, heard Serial) (mine bool, how hearing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine = unit == 0 || s.com.now.unit == unit
	switch {
	case s.com.now.hears(heard):
		return mine, hears
	case s.com.babbles:
		return mine, babble
	}
	return mine, deaf
}

// settle makes a change take effect, once the reply is composed.
func (s *Slave) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.com.now = s.com.next
}

// collide mixes bursts that are on the wire at the same time: of two drivers that disagree the
// one that pulls the pair towards zero is taken to win. char is zero on a line without pace.
func collide(all []burst, char time.Duration) []burst {
	var out []burst
	for _, b := range all {
		mixed := false
		for i := range out {
			a := &out[i]
			shift := 0
			if char > 0 {
				shift = int((b.after - a.after) / char)
			} else if b.after != a.after {
				continue
			}
			if shift >= len(a.data) || -shift >= len(b.data) {
				continue
			}
			*a = mix(*a, b, shift)
			mixed = true
			break
		}
		if !mixed {
			out = append(out, b)
		}
	}
	return out
}

// mix lays b over a, shift characters later.
func mix(a, b burst, shift int) burst {
	if shift < 0 {
		a, b, shift = b, a, -shift
	}
	data := append([]byte(nil), a.data...)
	for i, v := range b.data {
		if at := i + shift; at < len(data) {
			data[at] &= v
		} else {
			data = append(data, v)
		}
	}
	what := outcomeBad
	if sealed(data) {
		what = a.what
	}
	return burst{data: data, after: a.after, what: what}
}

// settingsOf is how the master's port is set. A terminal keeps no parity bit, but it keeps the
// flags that come with one: checking (INPCK) and odd (PARODD).
func (w *ptyWire) settingsOf(otherwise Serial) Serial {
	t, err := unix.IoctlGetTermios(w.fd, unix.TCGETS2)
	if err != nil {
		return otherwise
	}
	s := Serial{Baud: int(t.Ospeed), Format: "8N1"}
	switch {
	case t.Iflag&unix.INPCK != 0 && t.Cflag&unix.PARODD != 0:
		s.Format = "8O1"
	case t.Iflag&unix.INPCK != 0:
		s.Format = "8E1"
	case t.Cflag&unix.CSTOPB != 0:
		s.Format = "8N2"
	}
	return s
}

// tune gives the engine the time of a character at the master's speed.
func (e *engine) tune(s Serial) {
	char, err := charTime(s.Baud, s.Format)
	if err != nil || e.char == 0 {
		return
	}
	e.char, e.silence = int64(char), int64(silenceAfter(s.Baud, char))
	e.hold = e.silence
}
