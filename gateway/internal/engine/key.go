package engine

import (
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/evaluate"
)

// keyTurned reports whether the sample's point is a key switch that is turned, as far as is
// known up to now.
func (d *device) keyTurned(s *contract.Sample) bool {
	if s.Point < 0 || s.Point >= len(d.points) {
		return false
	}
	p := d.points[s.Point]
	return p.read && p.last.Good() && p.last.Causes.Has(contract.Supervisory, evaluate.CauseSilenceKey)
}

// silenceOnSite stops the sounder for the fires up to now: who turns the key stands in front
// of it. Later fires sound again. The caller holds the lock.
func (e *Engine) silenceOnSite(d *device) {
	h := e.opts.Journal.Health()
	res, _ := e.carryOut(message.Command{
		ID: "key-" + d.Name, Station: e.opts.Station, Action: message.ActionSilence,
		Event: message.EventID(e.opts.Station, h.Epoch, h.Seq), Author: "钥匙开关 key switch " + d.Name,
	})
	if !res.OK {
		e.opts.Log.Info("the key was turned and nothing sounded", "device", d.Name, "code", res.Code)
	}
}
