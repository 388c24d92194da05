package config

import (
	"slices"

	"firepost/firmware-contracts/contract"
	"firepost/gateway/internal/evaluate"
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
		means, cause := meaning(in.Means), in.Cause
		if in.Means == meansSilence {
			cause = evaluate.CauseSilenceKey
		}
		values := []contract.ValueMeaning{
			{Raw: active, Means: means, Cause: cause},
			{Raw: 1 - active, Means: contract.Normal},
		}
		// What the contract says of a supervised loop's other states holds whatever is wired.
		for _, v := range p.Values {
			if v.Raw > 1 {
				values = append(values, v)
			}
		}
		p.Values, p.Otherwise = values, nil
		p.Lane = contract.Alarm
	}
	d.Model = &m
}

// meansSilence is a key switch for silence on site; while turned it is supervisory.
const meansSilence = "silence"

func meaning(word string) contract.Condition {
	switch word {
	case "fire":
		return contract.Fire
	case "prealarm":
		return contract.Prealarm
	case "supervisory", meansSilence:
		return contract.Supervisory
	default:
		return contract.Fault
	}
}
