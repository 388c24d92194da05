package i2c

import (
	"fmt"
	"slices"
	"strings"

	"firepost/firmware-contracts/contract"
)

// Points finds the points of those names in a contract for the driver named chip, in the order
// of names; index -1 for one that the contract leaves out. The error wraps ErrInvalid: the
// contract is for another transport or chip, has a point that this chip can't give, or none.
func Points(c *contract.Contract, chip string, names ...string) ([]int, error) {
	if c == nil {
		return nil, fmt.Errorf("%s: %w: no contract", chip, ErrInvalid)
	}
	if c.Transport != contract.Chips || c.Chip != chip {
		return nil, fmt.Errorf("%s: contract %s: %w: it is not for the chip %s", chip, c.Ref(), ErrInvalid, chip)
	}
	index := make([]int, len(names))
	for i := range index {
		index[i] = -1
	}
	found := 0
	for p := range c.Points {
		at := slices.Index(names, c.Points[p].Name)
		if at < 0 {
			return nil, fmt.Errorf("%s: contract %s: %w: point %s: this chip gives %s",
				chip, c.Ref(), ErrInvalid, c.Points[p].Name, strings.Join(names, ", "))
		}
		index[at] = p
		found++
	}
	if found == 0 {
		return nil, fmt.Errorf("%s: contract %s: %w: it has no points", chip, c.Ref(), ErrInvalid)
	}
	return index, nil
}
