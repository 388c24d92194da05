package sim

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"firepost/firmware-contracts/contract"
)

// Slave is one simulated Modbus RTU device. All methods are safe for concurrent use; what
// they set is what the next request that ends on the wire reads.
type Slave struct {
	unit   uint8
	device string // name in a booth
	c      *contract.Contract

	mu       sync.Mutex
	tables   *tables
	points   map[string]int
	on       []bool // state of c.Outputs
	watchers []chan OutputChange
	faults   schedule
	rnd      *rand.Rand
	com      *commission
}

// OutputChange is a relay that a master has switched.
type OutputChange struct {
	// Device is the name in a Booth; empty for a slave outside of one.
	Device string
	Unit   uint8
	Output string
	On     bool
	// At is the monotonic time of the change in ns; see [Now].
	At int64
}

// NewSlave makes a healthy device of c's model at the given unit address: no alarm, no
// fault, full battery, and middling measurements. It answers only the addresses of the
// contract's points, outputs and readable spans. The error is ErrSpec.
func NewSlave(unit uint8, c *contract.Contract) (*Slave, error) {
	if c == nil {
		return nil, fmt.Errorf("make slave %d: no contract: use NewRawSlave for plain registers: %w", unit, ErrSpec)
	}
	if c.Transport != contract.Modbus {
		return nil, fmt.Errorf("make slave %d: nobody polls %s, its transport is %s; frames are sent by a FrameSender: %w", unit, c.Ref(), c.Transport, ErrSpec)
	}
	s := newSlave(unit, c, false)
	for i := range c.Points {
		p := &c.Points[i]
		if _, twice := s.points[p.Name]; twice {
			return nil, fmt.Errorf("make slave %d: point %q stands twice in %s: %w", unit, p.Name, c.Name, ErrSpec)
		}
		s.points[p.Name] = i
		s.tables.allow(p.Table, p.Address, p.Address+uint16(wordsOf(p.Type)-1))
	}
	for _, r := range c.Readable {
		s.tables.allow(r.Table, r.From, r.To)
	}
	for _, o := range c.Outputs {
		s.tables.allow(o.Table, o.Address, o.Address)
		s.tables.allow(o.ReadBack.Table, o.ReadBack.Address, o.ReadBack.Address)
	}
	for i := range c.Points {
		if err := s.store(&c.Points[i], healthyRaw(&c.Points[i])); err != nil {
			return nil, fmt.Errorf("make slave %d: %w", unit, err)
		}
	}
	s.on = make([]bool, len(c.Outputs))
	for i := range c.Outputs {
		s.show(i, false)
	}
	return s, nil
}

// NewRawSlave makes a device without a contract. Every address of every table exists, and
// every register's value is its own address until something else is set: a value read from
// the wrong register gives itself away.
func NewRawSlave(unit uint8) *Slave { return newSlave(unit, nil, true) }

func newSlave(unit uint8, c *contract.Contract, raw bool) *Slave {
	return &Slave{
		unit: unit, c: c, tables: newTables(raw), points: make(map[string]int),
		rnd: rand.New(rand.NewPCG(uint64(unit), 0x5117)),
	}
}

// Unit is the device's address on its line.
func (s *Slave) Unit() uint8 { return s.unit }

// Contract is the device's contract, nil for a raw slave.
func (s *Slave) Contract() *contract.Contract { return s.c }

// Seed restarts the random sequence that the device's faults draw from. Without it the
// sequence depends on the unit address alone.
func (s *Slave) Seed(seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rnd = rand.New(rand.NewPCG(uint64(s.unit), seed))
}

// Set stores a value, in the point's unit. ErrUnknown: no such point; ErrValue: the value
// does not fit the point's type.
func (s *Slave) Set(point string, value float64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.point(point)
	if err != nil {
		return err
	}
	raw, err := encode(p, value)
	if err != nil {
		return fmt.Errorf("set unit %d: %w", s.unit, err)
	}
	return s.store(p, raw)
}

// SetPointRaw stores a point's raw integer as it is, in the point's word and byte order:
// the way to a code that means "no measurement".
func (s *Slave) SetPointRaw(point string, raw uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.point(point)
	if err != nil {
		return err
	}
	return s.store(p, raw)
}

// SetMeaning stores a raw value that the contract says means cond: contract.Fire makes a
// smoke alarm's point report fire, contract.Normal makes it healthy again. ErrValue: the
// contract has no value or bit of that meaning for the point.
func (s *Slave) SetMeaning(point string, cond contract.Condition) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.point(point)
	if err != nil {
		return err
	}
	raw, ok := rawMeaning(p, cond)
	if !ok {
		return fmt.Errorf("set unit %d point %q: no raw value means condition %d in %s: %w", s.unit, point, cond, s.c.Name, ErrValue)
	}
	return s.store(p, raw)
}

// SetRaw stores words at consecutive addresses of a table, 0 or 1 each in the bit tables.
// It may set addresses that the device does not answer. ErrValue: past the table's end.
func (s *Slave) SetRaw(table contract.Table, address uint16, words ...uint16) error {
	if table > contract.Discrete || int(address)+len(words) > 1<<16 {
		return fmt.Errorf("set unit %d: table %d has no %d addresses from %#04x: %w", s.unit, table, len(words), address, ErrValue)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, w := range words {
		s.tables.set(table, address+uint16(i), w)
	}
	return nil
}

// Get reads a point back, in its unit.
func (s *Slave) Get(point string) (float64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.point(point)
	if err != nil {
		return 0, err
	}
	return decode(p, s.load(p)), nil
}

// GetRaw reads one register or bit.
func (s *Slave) GetRaw(table contract.Table, address uint16) uint16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if table > contract.Discrete {
		return 0
	}
	return s.tables.get(table, address)
}

func (s *Slave) point(name string) (*contract.Point, error) {
	i, ok := s.points[name]
	if !ok {
		return nil, fmt.Errorf("find point %q of unit %d: not in its contract: %w", name, s.unit, ErrUnknown)
	}
	return &s.c.Points[i], nil
}

// store writes raw into the tables; bits outside the mask keep their value.
func (s *Slave) store(p *contract.Point, raw uint64) error {
	if isBitTable(p.Table) {
		s.tables.set(p.Table, p.Address, uint16(raw&1))
		return nil
	}
	if p.Mask != 0 {
		if raw&^p.Mask != 0 {
			return fmt.Errorf("set unit %d point %q: raw %#x does not fit mask %#x: %w", s.unit, p.Name, raw, p.Mask, ErrValue)
		}
		raw |= s.loadAll(p) &^ p.Mask
	}
	w, n := split(p, raw)
	for i, v := range w[:n] {
		s.tables.set(p.Table, p.Address+uint16(i), v)
	}
	return nil
}

func (s *Slave) load(p *contract.Point) uint64 {
	raw := s.loadAll(p)
	if p.Mask != 0 && !isBitTable(p.Table) {
		raw &= p.Mask
	}
	return raw
}

func (s *Slave) loadAll(p *contract.Point) uint64 {
	if isBitTable(p.Table) {
		return uint64(s.tables.get(p.Table, p.Address))
	}
	var w [4]uint16
	n := wordsOf(p.Type)
	for i := range n {
		w[i] = s.tables.get(p.Table, p.Address+uint16(i))
	}
	return join(p, w[:n])
}

// span is where a point stands.
func (s *Slave) span(point string) (table contract.Table, from, to uint16, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.point(point)
	if err != nil {
		return 0, 0, 0, err
	}
	n := 1
	if !isBitTable(p.Table) {
		n = wordsOf(p.Type)
	}
	return p.Table, p.Address, p.Address + uint16(n-1), nil
}
