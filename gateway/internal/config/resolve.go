package config

import (
	"slices"

	"firepost/firmware-contracts/contract"
)

// resolve gives a device's inputs the meaning that the configuration says: a copy of its
// contract in which those points name a condition, so that nothing downstream has to know
// where a meaning came from. An input that means fire moves to the alarm lane.
func (d *Device) resolve() {
	if len(d.Inputs) == 0 {
		return
	}
	m := *d.Model
	m.Points = slices.Clone(m.Points)
	for i := range m.Points {
		p := &m.Points[i]
		in, ok := d.Inputs[p.Name]
		if !ok {
			continue
		}
		active := uint64(1)
		if in.NormallyClosed {
			active = 0
		}
		means := meaning(in.Means)
		p.Values = []contract.ValueMeaning{
			{Raw: active, Means: means, Cause: in.Cause},
			{Raw: 1 - active, Means: contract.Normal},
		}
		p.Otherwise = nil
		p.Lane = contract.Alarm
	}
	d.Model = &m
}

func meaning(word string) contract.Condition {
	switch word {
	case "fire":
		return contract.Fire
	case "prealarm":
		return contract.Prealarm
	case "supervisory":
		return contract.Supervisory
	default:
		return contract.Fault
	}
}
