package judge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// counts are what was done in one boot, and whether the board was started again for this
// screen without a good day since.
type counts struct {
	Used     [rungs]int `json:"used"`
	Urgent   [rungs]int `json:"takeover"`
	Rebooted bool       `json:"rebooted"`
}

// snapshot is what must survive a restart of the daemon, and the last reboot.
type snapshot struct {
	Boot string `json:"boot"`
	counts
	FreshMS   int64  `json:"fresh_ms"`
	Recycled  string `json:"recycled,omitempty"`
	Acted     Rung   `json:"acted"`
	ActedAtMS int64  `json:"acted_at_ms"`
}

// Snapshot is what has to survive a restart of the daemon: some 150 bytes of JSON, keyed by
// the boot id. Keep it durably whenever a Verdict says Save, before acting on it.
func (j *Judge) Snapshot() []byte {
	data, err := json.Marshal(snapshot{j.boot, j.kept, j.fresh.Milliseconds(), j.recycled, j.acted, j.actedAt.Milliseconds()})
	if err != nil {
		return nil // numbers and texts always go
	}
	return data
}

// Restore takes over what an earlier judge kept. Counts of another boot are left behind, but
// not that the board was started again for this screen: without a good day since it is not
// started again. What can't be believed is an error that wraps ErrSnapshot, and the reboot
// counts as used then, for it may have been.
func (j *Judge) Restore(data []byte) error {
	var s snapshot
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		j.kept.Rebooted = true
		return fmt.Errorf("judge: %w: %w", ErrSnapshot, err)
	}
	if why := s.wrong(j.boot, j.at); why != "" {
		j.kept.Rebooted = true
		return fmt.Errorf("judge: %w: %s", ErrSnapshot, why)
	}
	if s.Boot != j.boot {
		j.kept.Rebooted = s.Rebooted
		return nil
	}
	j.kept, j.recycled = s.counts, s.Recycled
	j.fresh = time.Duration(s.FreshMS) * time.Millisecond
	j.acted, j.actedAt = s.Acted, time.Duration(s.ActedAtMS)*time.Millisecond
	return nil
}

// wrong says what can't be so.
func (s *snapshot) wrong(boot string, at time.Duration) string {
	for r := range rungs {
		if s.Used[r] < 0 || s.Urgent[r] < 0 {
			return fmt.Sprintf("rung %s was climbed %d and %d times", Rung(r), s.Used[r], s.Urgent[r])
		}
	}
	if s.Boot == "" {
		return "the boot id is missing"
	}
	if s.Acted > Reboot {
		return fmt.Sprintf("rung %d does not exist", s.Acted)
	}
	if s.Boot != boot {
		return ""
	}
	for _, ms := range []int64{s.FreshMS, s.ActedAtMS} {
		if ms < 0 || ms > at.Milliseconds() {
			return fmt.Sprintf("it is of %d ms after the boot, and now is %d", ms, at.Milliseconds())
		}
	}
	return ""
}
