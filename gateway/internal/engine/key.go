package engine

import (
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/evaluate"
)

// keyState is what is known of a key switch.
type keyState uint8

const (
	keyUnknown keyState = iota
	keyRests
	keyTurned
)

// key is what is known at this moment of the sample's point as a key switch. Only a turn that
// was watched counts: not one from before the start, or from a time without readings.
func (d *device) key(s *contract.Sample, at message.Stamp) keyState {
	if s.Point < 0 || s.Point >= len(d.points) {
		return keyUnknown
	}
	p := d.points[s.Point]
	switch {
	case p.role != contract.RoleInput || p.quality(at) != message.Good:
		return keyUnknown
	case p.last.Causes.Has(contract.Supervisory, evaluate.CauseSilenceKey):
		return keyTurned
	}
	return keyRests
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
