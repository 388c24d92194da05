package field

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

// Known is a configured device of the bus.
type Known struct {
	Name     string
	Unit     uint8
	Contract *contract.Contract
}

// ScanOptions say what to look for.
type ScanOptions struct {
	// Speeds are tried in turn; the first is the bus's own, at which the known devices are.
	// With more than one, the addresses that devices leave the factory with are asked first at
	// each speed, then all addresses. At least one.
	Speeds []Speed
	// From and To bound the addresses; zero means 1 and 247.
	From, To uint8
	// Contracts are what a device can be.
	Contracts []*contract.Contract
	// Known are the devices that the configuration names on this bus.
	Known []Known
	// Thorough asks every address for what the contracts read, too: for devices that answer
	// nothing else. With all contracts of the house that takes minutes.
	Thorough bool
	// Within is how long an answer to the first question is waited for; zero means 60 ms.
	// Later answers are noticed and looked at again.
	Within time.Duration
}

// Found is one address at which something answers.
type Found struct {
	Unit  uint8 `json:"unit"`
	Speed Speed `json:"speed"`
	State State `json:"state"`
	// Reply is how long it took to answer.
	Reply time.Duration `json:"reply_ns"`
	// Device is the configured name, if it is configured there. Mismatch: it does not look like
	// what the configuration says.
	Device   string `json:"device,omitempty"`
	Mismatch bool   `json:"mismatch,omitempty"`
	// Contract is the model where it is certain, or configured and not contradicted.
	Contract string `json:"contract,omitempty"`
	// Matches are the models that fit, surest first.
	Matches []Match `json:"matches,omitempty"`
}

// Heard says what was heard at a speed besides answers.
type Heard struct {
	Speed Speed `json:"speed"`
	// Noise are bytes of no intact frame: another speed, a collision, a line without bias.
	Noise int `json:"noise,omitempty"`
	// Strangers are frames that nobody asked for: another master talks on this line.
	Strangers int `json:"strangers,omitempty"`
}

// ScanResult is what a scan found.
type ScanResult struct {
	Found []Found `json:"found"`
	// Missing are configured devices that were asked and did not answer.
	Missing []string `json:"missing,omitempty"`
	Heard   []Heard  `json:"heard,omitempty"`
	// Asked counts addresses, over all speeds. Finding and Took are how long it took to ask
	// them, and with telling what they are.
	Asked   int           `json:"asked"`
	Finding time.Duration `json:"finding_ns"`
	Took    time.Duration `json:"took_ns"`
}

type scanner struct {
	o      ScanOptions
	open   Open
	report Report
	res    *ScanResult
	// units are those of the range, likely those that devices leave the factory with.
	units, likely []uint8
	done, total   int
}

// Scan asks every address of the range and tells what answers. What was found before an error,
// or before ctx ended, is returned beside it.
func Scan(ctx context.Context, open Open, o ScanOptions, report Report) (*ScanResult, error) {
	s := &scanner{o: o, open: open, report: report, res: &ScanResult{}}
	if err := s.prepare(); err != nil {
		return s.res, err
	}
	began := time.Now()
	defer func() { s.res.Took = time.Since(began) }()
	if len(s.o.Speeds) > 1 {
		for _, speed := range s.o.Speeds {
			if err := s.at(ctx, speed, s.likely); err != nil {
				return s.res, err
			}
		}
	}
	for _, speed := range s.o.Speeds {
		units := s.units
		if len(s.o.Speeds) > 1 {
			units = slices.DeleteFunc(slices.Clone(units), func(u uint8) bool { return slices.Contains(s.likely, u) })
		}
		if err := s.at(ctx, speed, units); err != nil {
			return s.res, err
		}
	}
	s.missing()
	return s.res, nil
}

func (s *scanner) prepare() error {
	o := &s.o
	if o.From == 0 {
		o.From = 1
	}
	if o.To == 0 {
		o.To = lastUnit
	}
	if o.Within == 0 {
		o.Within = quickWithin
	}
	o.Contracts = modbusOnly(o.Contracts)
	switch {
	case len(o.Speeds) == 0:
		return fmt.Errorf("scan: %w: no speed", ErrOption)
	case o.From > o.To:
		return fmt.Errorf("scan: %w: addresses from %d to %d: swap the two", ErrOption, o.From, o.To)
	}
	for u := int(o.From); u <= int(o.To); u++ {
		s.units = append(s.units, uint8(u))
	}
	for _, u := range factoryUnits(o.Contracts) {
		if u >= o.From && u <= o.To {
			s.likely = append(s.likely, u)
		}
	}
	s.total = len(s.units) * len(o.Speeds)
	return nil
}

// lastUnit is the highest address of the standard.
const lastUnit = 247

// factoryUnits are the addresses that devices leave the factory with.
func factoryUnits(contracts []*contract.Contract) []uint8 {
	units := []uint8{1}
	for _, c := range contracts {
		if !slices.Contains(units, c.Address.Default) {
			units = append(units, c.Address.Default)
		}
	}
	slices.Sort(units)
	return units
}

var (
	stageFind     = contract.Text{ZH: "查找地址", EN: "asking addresses"} //nolint:gochecknoglobals // lookup table
	stageIdentify = contract.Text{ZH: "识别型号", EN: "telling models"}   //nolint:gochecknoglobals // lookup table
)

// at scans some addresses at one speed.
func (s *scanner) at(ctx context.Context, speed Speed, units []uint8) (err error) {
	began := time.Now()
	l, err := openLine(ctx, s.open, speed)
	if err != nil {
		return fmt.Errorf("scan at %s: %w", speed, err)
	}
	defer func() { err = errors.Join(err, l.close()) }()
	f := &finder{line: l, within: s.o.Within, probes: probesFor(s.o.Contracts, speed, s.o.Thorough)}
	f.tell = func(unit uint8, found int) {
		s.report.tell(Progress{
			Stage: stageFind, Done: min(s.done, s.total), Total: s.total, Speed: speed, Unit: unit, Found: len(s.res.Found) + found,
		})
		s.done++
	}
	hits, err := f.sweep(ctx, units)
	s.res.Asked += len(units)
	s.res.Finding += time.Since(began)
	if f.noise > 0 || f.masters > 0 {
		s.res.Heard = append(s.res.Heard, Heard{speed, f.noise, f.masters})
	}
	if err != nil {
		return fmt.Errorf("scan at %s: %w", speed, err)
	}
	for i, h := range hits {
		s.report.tell(Progress{Stage: stageIdentify, Done: i, Total: len(hits), Speed: speed, Unit: h.unit, Found: len(s.res.Found)})
		if s.twice(h.unit, speed) {
			continue
		}
		found, err := s.tell(ctx, l, h)
		s.res.Found = append(s.res.Found, found)
		if err != nil {
			return fmt.Errorf("identify address %d at %s: %w", h.unit, speed, err)
		}
	}
	return nil
}

// twice reports whether the device was found already in a format that sounds the same.
func (s *scanner) twice(unit uint8, speed Speed) bool {
	return slices.ContainsFunc(s.res.Found, func(f Found) bool { return f.Unit == unit && soundsLike(f.Speed, speed) })
}

// tell finds out what answers at an address.
func (s *scanner) tell(ctx context.Context, l *line, h hit) (Found, error) {
	found := Found{Unit: h.unit, Speed: l.speed, State: h.state, Reply: h.reply}
	known := s.known(h.unit, l.speed)
	if known != nil {
		found.Device = known.Name
	}
	if h.state == Doubled {
		return found, nil
	}
	r := newReader(l, h.unit)
	r.reply = h.reply
	err := s.model(ctx, r, known, &found)
	if r.doubled {
		found.State, found.Contract, found.Matches = Doubled, "", nil
	}
	return found, err
}

// model fills in which contracts fit.
func (s *scanner) model(ctx context.Context, r *reader, known *Known, found *Found) error {
	contracts := s.o.Contracts
	if known != nil && known.Contract != nil {
		m, fits, err := r.try(ctx, known.Contract)
		if err != nil {
			return err
		}
		if fits {
			found.Contract, found.Matches = known.Contract.Ref(), []Match{m}
			return nil
		}
		found.Mismatch = true
	}
	matches, err := r.identify(ctx, contracts)
	found.Matches = matches
	if !found.Mismatch {
		found.Contract = Certain(matches)
	}
	return err
}

func (s *scanner) known(unit uint8, speed Speed) *Known {
	if speed != s.o.Speeds[0] {
		return nil
	}
	i := slices.IndexFunc(s.o.Known, func(k Known) bool { return k.Unit == unit })
	if i < 0 {
		return nil
	}
	return &s.o.Known[i]
}

// missing lists the known devices that should have answered.
func (s *scanner) missing() {
	for _, k := range s.o.Known {
		if k.Unit < s.o.From || k.Unit > s.o.To {
			continue
		}
		if !slices.ContainsFunc(s.res.Found, func(f Found) bool { return f.Device == k.Name }) {
			s.res.Missing = append(s.res.Missing, k.Name)
		}
	}
}

var _ modbus.Link = (*ear)(nil)
