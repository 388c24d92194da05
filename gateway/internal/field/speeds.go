package field

import (
	"slices"

	"firepost/firmware-contracts/contract"
)

// Speeds lists the speeds at which devices of the contracts can be found, the likeliest first:
// the bus's own, those that most models leave the factory with, those that can be set.
func Speeds(own Speed, contracts []*contract.Contract) []Speed {
	weight := map[Speed]int{}
	for _, c := range contracts {
		if c.Transport != contract.Modbus {
			continue
		}
		s := &c.Serial
		for _, baud := range append([]int{s.Baud}, s.Bauds...) {
			for _, format := range append([]string{s.Format}, s.Formats...) {
				w := 1
				if baud == s.Baud {
					w += 8
				}
				if format == s.Format {
					w += 4
				}
				if baud == s.Baud && format == s.Format {
					w += 1000
				}
				weight[Speed{baud, format}] += w
			}
		}
	}
	delete(weight, own)
	list := make([]Speed, 0, len(weight)+1)
	for s := range weight {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Speed) int {
		switch {
		case weight[a] != weight[b]:
			return weight[b] - weight[a]
		case a.Baud != b.Baud:
			return b.Baud - a.Baud
		case a.Format < b.Format:
			return -1
		default:
			return 1
		}
	})
	if own.Baud == 0 {
		return list
	}
	return append([]Speed{own}, list...)
}

// speaks reports whether devices of the contract can be set to the speed.
func speaks(c *contract.Contract, s Speed) bool {
	return (c.Serial.Baud == s.Baud || slices.Contains(c.Serial.Bauds, s.Baud)) &&
		(c.Serial.Format == s.Format || slices.Contains(c.Serial.Formats, s.Format))
}

// factory is the contract's speed as it leaves the factory.
func factory(c *contract.Contract) Speed { return Speed{c.Serial.Baud, c.Serial.Format} }

// modbusOnly are the contracts of devices that are polled.
func modbusOnly(all []*contract.Contract) []*contract.Contract {
	var out []*contract.Contract
	for _, c := range all {
		if c.Transport == contract.Modbus {
			out = append(out, c)
		}
	}
	return out
}

// soundsLike reports whether a device at one speed is heard at the other: a second stop bit is
// a pause to whoever expects one.
func soundsLike(a, b Speed) bool {
	for _, s := range [...]*Speed{&a, &b} {
		if s.Format == "8N2" {
			s.Format = "8N1"
		}
	}
	return a == b
}
