package sim

import (
	"slices"

	"firepost/firmware-contracts/contract"
)

// healthyRaw is what a device in good order reports: the meaning Normal where the contract
// has one, else a plausible measurement.
func healthyRaw(p *contract.Point) uint64 {
	if len(p.Values) > 0 || len(p.Bits) > 0 {
		if raw, ok := rawMeaning(p, contract.Normal); ok {
			return raw
		}
	}
	if slices.Contains(p.Invalid, 0) && p.Range == nil {
		if raw, ok := unlisted(p); ok {
			return raw
		}
	}
	v := healthyValue(p)
	if p.Range != nil {
		v = min(max(v, p.Range.Min), p.Range.Max)
	}
	raw, err := encode(p, v)
	if err != nil {
		return 0
	}
	return raw
}

func healthyValue(p *contract.Point) float64 {
	switch p.Role {
	case contract.RolePressure:
		if v, ok := fromMPa(1.2, p.Unit); ok {
			return v
		}
	case contract.RoleTemperature:
		return 20
	case contract.RoleHumidity:
		return 40
	case contract.RoleBattery:
		if p.Unit == "V" {
			return 3
		}
		return 90
	case contract.RoleSmoke, contract.RoleFault, contract.RoleTamper, contract.RoleDensity,
		contract.RolePower, contract.RoleInput, contract.RoleRelay, contract.RoleInfo:
	}
	return 0
}

// rawMeaning finds a raw value whose worst meaning is cond.
func rawMeaning(p *contract.Point, cond contract.Condition) (uint64, bool) {
	if len(p.Bits) > 0 && len(p.Values) == 0 {
		return bitsMeaning(p, cond)
	}
	for _, v := range p.Values {
		if v.Means == cond {
			return v.Raw, true
		}
	}
	if p.Otherwise != nil && p.Otherwise.Means == cond {
		return unlisted(p)
	}
	return 0, false
}

// bitsMeaning makes no bit fire, then the first one that means cond.
func bitsMeaning(p *contract.Point, cond contract.Condition) (uint64, bool) {
	var raw uint64
	for _, b := range p.Bits {
		if !b.When {
			raw |= 1 << b.Bit
		}
	}
	if cond == contract.Normal {
		return raw, true
	}
	for _, b := range p.Bits {
		if b.Means == cond {
			return raw ^ 1<<b.Bit, true
		}
	}
	return 0, false
}

// unlisted finds a raw value that is neither listed nor invalid.
func unlisted(p *contract.Point) (uint64, bool) {
	top := uint64(1)
	if !isBitTable(p.Table) && (p.Type != contract.Bool || p.Mask != 0) {
		top = 0xFFFF
	}
	for raw := uint64(0); raw <= top; raw++ {
		if p.Mask != 0 && raw&^p.Mask != 0 || slices.Contains(p.Invalid, raw) {
			continue
		}
		if !slices.ContainsFunc(p.Values, func(v contract.ValueMeaning) bool { return v.Raw == raw }) {
			return raw, true
		}
	}
	return 0, false
}

// fromMPa converts a pressure into a contract's unit.
func fromMPa(mpa float64, unit string) (float64, bool) {
	switch unit {
	case "MPa":
		return mpa, true
	case "kPa":
		return mpa * 1e3, true
	case "Pa":
		return mpa * 1e6, true
	case "bar":
		return mpa * 10, true
	case "psi":
		return mpa * 145.0377, true
	}
	return 0, false
}
