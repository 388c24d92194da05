package frames

import (
	"cmp"
	"slices"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
)

// MaxStrangers bounds the list of strangers; beyond it the one that has been silent longest
// gives way.
const MaxStrangers = 64

// Stranger is a sender that nobody has configured, for adoption.
type Stranger struct {
	// ID is how the sender names itself, as a device's ID is written.
	ID string
	// Model is the contract that recognised its frames.
	Model *contract.Contract
	// Frames counts its frames since it came onto the list; First and Last are when.
	Frames      uint64
	First, Last message.Stamp
	// Samples are those of its last frame, in the order of the model's points.
	Samples []contract.Sample
}

// strangers is a bounded list. It is not safe for concurrent use.
type strangers struct{ list []*Stranger }

func (l *strangers) heard(m *contract.Contract, id string, samples []contract.Sample, at message.Stamp) {
	i := slices.IndexFunc(l.list, func(x *Stranger) bool { return x.Model == m && x.ID == id })
	if i < 0 {
		if len(l.list) >= MaxStrangers {
			quiet := slices.MinFunc(l.list, func(a, b *Stranger) int { return cmp.Compare(a.Last.Mono, b.Last.Mono) })
			l.list = slices.DeleteFunc(l.list, func(x *Stranger) bool { return x == quiet })
		}
		i = len(l.list)
		l.list = append(l.list, &Stranger{ID: id, Model: m, First: at})
	}
	x := l.list[i]
	x.Frames++
	x.Last = at
	x.Samples = append(x.Samples[:0], samples...)
}

// copied is the list in order of id, then of model, sharing nothing with the original.
func (l *strangers) copied() []Stranger {
	out := make([]Stranger, 0, len(l.list))
	for _, x := range l.list {
		one := *x
		one.Samples = slices.Clone(x.Samples)
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b Stranger) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Model.Ref(), b.Model.Ref()))
	})
	return out
}
