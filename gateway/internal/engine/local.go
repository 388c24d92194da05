package engine

import (
	"slices"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/annunciate"
	"firepost/gateway/internal/evaluate"
)

// Picture is what the sounders and screens are decided from: every point with a fire. It
// never waits for the engine. The caller must not change its points.
func (e *Engine) Picture() annunciate.Picture { return *e.picture.Load() }

// redraw makes the picture anew. The caller holds the lock.
func (e *Engine) redraw() {
	p := annunciate.Picture{Started: e.started}
	for _, d := range e.devices {
		for _, pt := range d.points {
			bits := pt.state.Bits()
			if !bits.Has(message.Fire) {
				continue
			}
			first, latest := pt.state.FireRefs()
			label := contract.Text(d.Label)
			if d.orphan {
				label = contract.Text{} // its only name is not one for the public
			}
			p.Points = append(p.Points, annunciate.PointView{
				Device: d.Name, Point: pt.name, Premises: d.Premises, PublicLabel: label, Bits: bits,
				Unreachable: d.lost || pt.state.Unreachable(),
				First:       first, Latest: latest, Raised: pt.state.FireRaised(), Since: pt.state.FireSince(),
				CallPoint: isCallPoint(pt.model), Metres: d.Metres,
			})
		}
	}
	e.picture.Store(&p)
}

// isCallPoint reports whether a point is a manual call point: a contact whose closing means
// fire by a person's hand.
func isCallPoint(p *contract.Point) bool {
	return p != nil && slices.ContainsFunc(p.Values, func(v contract.ValueMeaning) bool {
		return v.Means == contract.Fire && v.Cause == evaluate.CauseCallPoint
	})
}
