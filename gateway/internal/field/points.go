package field

import (
	"fmt"
	"strings"

	"firepost/firmware-contracts/contract"
)

// Point is one value of a device, raw beside its meaning.
type Point struct {
	Name  string        `json:"name"`
	Title contract.Text `json:"title"`
	// Table, Address and Count say where it stands.
	Table   string `json:"table"`
	Address uint16 `json:"address"`
	Count   uint16 `json:"count"`
	// Raw are the bytes as they came over the wire; empty when it could not be read.
	Raw string `json:"raw,omitempty"`
	// Value is in Unit; nil when there is no value that could be believed or shown.
	Value   *float64 `json:"value,omitempty"`
	Unit    string   `json:"unit,omitempty"`
	Quality string   `json:"quality,omitempty"`
	// Means is normal, fault, supervisory, prealarm or fire; Texts are the contract's words.
	Means string          `json:"means,omitempty"`
	Texts []contract.Text `json:"texts,omitempty"`
	// Range is what the contract allows, Low and High the configuration's limits.
	Range *contract.Range `json:"range,omitempty"`
	Low   *float64        `json:"low,omitempty"`
	High  *float64        `json:"high,omitempty"`
	Err   string          `json:"error,omitempty"`
}

// describe is point i of the contract without a value.
func describe(c *contract.Contract, i int) Point {
	p := &c.Points[i]
	return Point{
		Name: p.Name, Title: p.Title, Table: p.Table.String(), Address: p.Address, Count: p.Registers(),
		Unit: p.Unit, Range: p.Range,
	}
}

// decode is point i of the contract out of the data of a read that began at start; false when
// the data do not hold it.
func decode(c *contract.Contract, i int, data []byte, start uint16) (Point, bool) {
	s, err := c.Decode(i, data, start)
	if err != nil {
		return Point{}, false
	}
	p, out := &c.Points[i], describe(c, i)
	out.Raw = rawOf(p, data, start)
	out.fill(p, s)
	return out, true
}

// fill takes over what a sample says.
func (out *Point) fill(p *contract.Point, s contract.Sample) {
	out.Quality, out.Means = s.Quality.String(), s.Means.String()
	if s.Quality == contract.Good || s.Quality == contract.OutOfRange {
		v := s.Value
		out.Value = &v
	}
	if m := p.Meaning(s); m != nil {
		out.Texts = append(out.Texts, m.Title)
	}
	for k := range p.Bits {
		if s.Fired>>k&1 == 1 {
			out.Texts = append(out.Texts, p.Bits[k].Title)
		}
	}
}

// rawOf is what the point's registers held, as it came.
func rawOf(p *contract.Point, data []byte, start uint16) string {
	if p.Table.Bits() {
		at := int(p.Address - start)
		return fmt.Sprint(data[at/8] >> (at % 8) & 1)
	}
	from := 2 * int(p.Address-start)
	var b strings.Builder
	for i := range int(p.Registers()) {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%02X%02X", data[from+2*i], data[from+2*i+1])
	}
	return b.String()
}
