package engine

import (
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/alarm"
	"firepost/gateway/internal/evaluate"
)

// keyState is what is known of a key switch.
type keyState uint8

const (
	keyUnknown keyState = iota
	keyRests
	keyTurned
)

// hasKey reports whether a point of the device can be a key switch for silence.
func hasKey(m *contract.Contract) bool {
	for i := range m.Points {
		for _, v := range m.Points[i].Values {
			if v.Cause == evaluate.CauseSilenceKey {
				return true
			}
		}
	}
	return false
}

// key is what is known at this moment of the sample's point as a key switch. Only a turn that
// was watched counts: not one from before the start, or from a time without readings, or with
// a wire that is broken. A key that is disabled or under test turns nothing off.
func (d *device) key(s *contract.Sample, at message.Stamp) keyState {
	if s.Point < 0 || s.Point >= len(d.points) {
		return keyUnknown
	}
	p := d.points[s.Point]
	switch {
	case p.role != contract.RoleInput || p.quality(at) != message.Good || p.last.Flags.Has(evaluate.Fault):
		return keyUnknown
	case p.state.Bits()&(message.Disabled|message.Test) != 0:
		return keyUnknown
	case p.last.Causes.Has(contract.Supervisory, evaluate.CauseSilenceKey):
		return keyTurned
	}
	return keyRests
}

// silenceOnSite stops the sounder for the fires up to the event heard, the last one before the
// reading that showed the turn: who turns the key stands in front of what sounded then. Later
// fires sound, also one that came with the same reading. The caller holds the lock.
func (e *Engine) silenceOnSite(d *device, heard alarm.Ref) {
	res, _ := e.carryOut(message.Command{
		ID: "key-" + d.Name, Station: e.opts.Station, Action: message.ActionSilence,
		Event: message.EventID(e.opts.Station, heard.Epoch, heard.Seq), Author: "钥匙开关 key switch " + d.Name,
	})
	if !res.OK {
		e.opts.Log.Info("the key was turned and nothing sounded", "device", d.Name, "code", res.Code)
	}
}
