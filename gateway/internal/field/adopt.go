package field

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

// AdoptOptions say what is to become of a new device.
type AdoptOptions struct {
	// Speed is the bus's, Known its configured devices, Contracts what the new one can be.
	Speed     Speed
	Known     []Known
	Contracts []*contract.Contract
	// Contract is the model where the installer has named it; nil: it is told by itself, and
	// Choose decides between those that fit. A nil Choose: ErrUnsure.
	Contract *contract.Contract
	Choose   func(ctx context.Context, matches []Match) (string, error)
	// Unit is the address that it shall have; 0: the lowest that is free.
	Unit uint8
	// To is the highest address at which it is looked for; 0 means 247.
	To  uint8
	Ask Ask
}

// Adopted is a device that was brought onto the bus.
type Adopted struct {
	From     Settings           `json:"from"`
	To       Settings           `json:"to"`
	Contract *contract.Contract `json:"-"`
	Ref      string             `json:"contract"`
	Matches  []Match            `json:"matches,omitempty"`
	Took     time.Duration      `json:"took_ns"`
}

var (
	stageSeek = contract.Text{ZH: "查找新设备", EN: "looking for the new device"}  //nolint:gochecknoglobals // lookup table
	stageFree = contract.Text{ZH: "查找空闲地址", EN: "looking for a free address"} //nolint:gochecknoglobals // lookup table
)

// Adopt finds the one new device on the bus, whatever its speed, gives it a free address and
// the bus's speed, and makes sure that it answers there. The configuration is the caller's.
func Adopt(ctx context.Context, open Open, o AdoptOptions, report Report) (*Adopted, error) {
	began := time.Now()
	a := &adopter{open: open, o: o, report: report}
	a.o.Contracts = modbusOnly(o.Contracts)
	if o.Contract != nil {
		a.o.Contracts = []*contract.Contract{o.Contract}
	}
	from, err := a.seek(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the new device: %w", err)
	}
	out := &Adopted{From: from}
	if out.Contract, out.Matches, err = a.tell(ctx, from); err != nil {
		return out, fmt.Errorf("the new device at %s: %w", from, err)
	}
	out.Ref = out.Contract.Ref()
	if out.To, err = a.place(ctx, from, out.Contract); err != nil {
		return out, err
	}
	err = Change(ctx, open, ChangeOptions{Contract: out.Contract, From: from, To: out.To, Known: o.Known, Ask: o.Ask}, report)
	out.Took = time.Since(began)
	return out, err
}

// ReplaceOptions name the dead device and what is known of the bus.
type ReplaceOptions struct {
	Speed Speed
	// Dead is the device that is replaced, Known the others of the bus.
	Dead  Known
	Known []Known
	Ask   Ask
}

// Replace gives the successor of a dead device its address, so that name and history stay.
// ErrTaken: the device that is to be replaced still answers.
func Replace(ctx context.Context, open Open, o ReplaceOptions, report Report) (*Adopted, error) {
	began := time.Now()
	c := o.Dead.Contract
	to := Settings{o.Dead.Unit, o.Speed}
	a := &adopter{open: open, report: report, o: AdoptOptions{
		Speed: o.Speed, Known: o.Known, Contract: c, Contracts: []*contract.Contract{c}, Unit: o.Dead.Unit, Ask: o.Ask,
	}}
	h, there, err := a.examine(ctx, to)
	switch {
	case err != nil:
		return nil, err
	case there && h.state == Doubled:
		return nil, fmt.Errorf("%s: %w: unplug the old one", to, ErrDoubled)
	case there && to.Unit != c.Address.Default:
		return nil, fmt.Errorf("%w: %s still answers at %s: unplug it, then plug in its successor", ErrTaken, o.Dead.Name, to)
	case there:
		// A new device comes with this very address: there is nothing to change.
		_, matches, err := a.tell(ctx, to)
		return &Adopted{From: to, To: to, Contract: c, Ref: c.Ref(), Matches: matches, Took: time.Since(began)}, err
	}
	from, err := a.seek(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the successor: %w", err)
	}
	out := &Adopted{From: from, To: to, Contract: c, Ref: c.Ref()}
	if _, out.Matches, err = a.tell(ctx, from); err != nil {
		return out, fmt.Errorf("the new device at %s: %w", from, err)
	}
	err = Change(ctx, open, ChangeOptions{Contract: c, From: from, To: to, Known: o.Known, Ask: o.Ask}, report)
	out.Took = time.Since(began)
	return out, err
}

type adopter struct {
	open   Open
	o      AdoptOptions
	report Report
}

// with opens the line at a speed for one task.
func (a *adopter) with(ctx context.Context, s Speed, task func(*line) error) (err error) {
	l, err := openLine(ctx, a.open, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	return task(l)
}

func (a *adopter) examine(ctx context.Context, s Settings) (h hit, there bool, err error) {
	err = a.with(ctx, s.Speed, func(l *line) error {
		f := &finder{line: l, within: quickWithin, probes: probesFor(a.o.Contracts, s.Speed, true)}
		var e error
		h, there, e = f.examine(ctx, s.Unit)
		return e
	})
	return h, there, err
}

// seek finds the one device that is not configured: first the addresses that devices leave the
// factory with, at every speed, then every address at the bus's own.
func (a *adopter) seek(ctx context.Context) (Settings, error) {
	speeds := Speeds(a.o.Speed, a.o.Contracts)
	for i, s := range speeds {
		a.report.tell(Progress{Stage: stageSeek, Done: i, Total: len(speeds) + 1, Speed: s})
		var can []*contract.Contract
		for _, c := range a.o.Contracts {
			if speaks(c, s) {
				can = append(can, c)
			}
		}
		if got, found, err := a.newcomer(ctx, s, factoryUnits(can), nil); err != nil || found {
			return got, err
		}
	}
	var units []uint8
	last := a.o.To
	if last == 0 {
		last = lastUnit
	}
	for u := uint8(1); u <= last; u++ {
		if !a.configured(u) {
			units = append(units, u)
		}
	}
	tell := func(unit uint8, _ int) {
		a.report.tell(Progress{Stage: stageSeek, Done: len(speeds), Total: len(speeds) + 1, Speed: a.o.Speed, Unit: unit})
	}
	got, found, err := a.newcomer(ctx, a.o.Speed, units, tell)
	if err == nil && !found {
		err = fmt.Errorf("%w that is not configured: check its supply and the wires A and B; it may have another address at another speed: firepost bus scan -all", ErrNobody)
	}
	return got, err
}

func (a *adopter) configured(unit uint8) bool {
	return slices.ContainsFunc(a.o.Known, func(k Known) bool { return k.Unit == unit })
}

// newcomer asks some addresses at one speed for a device that is not configured.
func (a *adopter) newcomer(ctx context.Context, s Speed, units []uint8, tell func(uint8, int)) (Settings, bool, error) {
	var hits []hit
	own := soundsLike(s, a.o.Speed)
	err := a.with(ctx, s, func(l *line) error {
		f := &finder{line: l, within: quickWithin, probes: probesAt(a.o.Contracts, s), tell: tell}
		var e error
		if hits, e = f.sweep(ctx, units); e != nil || s != a.o.Speed {
			return e
		}
		return a.listenTwice(ctx, l, hits)
	})
	if err != nil {
		return Settings{}, false, err
	}
	var fresh []string
	var got Settings
	for _, h := range hits {
		known := own && a.configured(h.unit)
		switch {
		case h.state == Doubled && known:
			return got, false, fmt.Errorf("%w: the new one came with address %d, which %s has: unplug %s, adopt the new one, plug %s in again",
				ErrDoubled, h.unit, a.nameAt(h.unit), a.nameAt(h.unit), a.nameAt(h.unit))
		case h.state == Doubled:
			return got, false, fmt.Errorf("%w %d: plug in one new device at a time", ErrDoubled, h.unit)
		case !known:
			got = Settings{h.unit, s}
			fresh = append(fresh, fmt.Sprint(h.unit))
		}
	}
	if len(fresh) > 1 {
		return got, false, fmt.Errorf("%w: several new devices, at addresses %s, %s: plug in one at a time", ErrTaken, strings.Join(fresh, ", "), s)
	}
	return got, len(fresh) == 1, nil
}

// listenTwice reads more of the configured devices among the hits: a second device at the same
// address may have given the same answer to the first question.
func (a *adopter) listenTwice(ctx context.Context, l *line, hits []hit) error {
	for i := range hits {
		for _, k := range a.o.Known {
			if k.Unit != hits[i].unit || hits[i].state == Doubled || k.Contract == nil {
				continue
			}
			r := newReader(l, k.Unit)
			if _, _, err := r.try(ctx, k.Contract); err != nil {
				return err
			}
			if r.doubled {
				hits[i].state = Doubled
			}
		}
	}
	return nil
}

func (a *adopter) nameAt(unit uint8) string {
	for _, k := range a.o.Known {
		if k.Unit == unit {
			return k.Name
		}
	}
	return ""
}

// probesAt asks for what contracts read only where their devices come from the factory at that
// speed: there are dozens of speeds, and most hold nothing.
func probesAt(contracts []*contract.Contract, s Speed) func(uint8) []modbus.Request {
	var can []*contract.Contract
	for _, c := range contracts {
		if factory(c) == s || len(contracts) == 1 {
			can = append(can, c)
		}
	}
	return probesFor(can, s, false)
}

// tell finds out which model the device is.
func (a *adopter) tell(ctx context.Context, at Settings) (c *contract.Contract, matches []Match, err error) {
	err = a.with(ctx, at.Speed, func(l *line) error {
		r := newReader(l, at.Unit)
		var e error
		matches, e = r.identify(ctx, a.o.Contracts)
		if e == nil && r.doubled {
			e = fmt.Errorf("%w %d: plug in one new device at a time", ErrDoubled, at.Unit)
		}
		return e
	})
	if err != nil {
		return nil, matches, err
	}
	if a.o.Contract != nil {
		if len(matches) == 0 {
			return nil, nil, fmt.Errorf("%w: it does not look like %s; leave -contract out to see what it looks like", ErrUnsure, a.o.Contract.Ref())
		}
		return a.o.Contract, matches, nil
	}
	ref := Certain(matches)
	switch {
	case ref != "":
	case len(matches) == 0:
		return nil, nil, fmt.Errorf("%w: no known contract fits", ErrUnsure)
	case a.o.Choose == nil:
		return nil, matches, fmt.Errorf("%w: it is one of %s: say which with -contract", ErrUnsure, candidates(matches))
	default:
		if ref, err = a.o.Choose(ctx, matches); err != nil {
			return nil, matches, err
		}
	}
	for _, c := range a.o.Contracts {
		if c.Ref() == ref {
			return c, matches, nil
		}
	}
	return nil, matches, fmt.Errorf("%w: %q is none of %s", ErrUnsure, ref, candidates(matches))
}

// place is where the device shall go: the wanted address, the one that it has if that is nobody
// else's, or the lowest free one.
func (a *adopter) place(ctx context.Context, from Settings, c *contract.Contract) (Settings, error) {
	to := Settings{a.o.Unit, a.o.Speed}
	if to.Unit != 0 {
		return to, nil
	}
	reserved := factoryUnits(a.o.Contracts)
	if from.Speed == a.o.Speed && !slices.Contains(reserved, from.Unit) || c.Setup == nil {
		// Set by switches, as a rule.
		to.Unit = from.Unit
		if c.Setup == nil && (slices.Contains(reserved, from.Unit) || a.configured(from.Unit)) {
			return to, fmt.Errorf("%w: %s has address %d, which every new device comes with, and its contract does not say how that is changed: set another one by its switches", ErrSetup, c.Ref(), from.Unit)
		}
		return to, nil
	}
	err := a.with(ctx, a.o.Speed, func(l *line) error {
		f := &finder{line: l, within: quickWithin, patience: freeWithin, probes: func(uint8) []modbus.Request { return []modbus.Request{firstProbe()} }}
		for u := max(2, c.Address.Min); u <= min(c.Address.Max, lastUnit); u++ {
			if a.configured(u) || slices.Contains(reserved, u) {
				continue
			}
			a.report.tell(Progress{Stage: stageFree, Speed: a.o.Speed, Unit: u})
			_, there, err := f.examine(ctx, u)
			if err != nil {
				return err
			}
			if !there {
				to.Unit = u
				return nil
			}
		}
		return fmt.Errorf("%w: every address from %d to %d", ErrTaken, c.Address.Min, c.Address.Max)
	})
	return to, err
}
