package alarm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"firepost/firmware-contracts/message"
)

// ErrSnapshot is wrapped by every error of Restore. The way out is a zero State marked by
// StateLost.
var ErrSnapshot = errors.New("saved alarm state is unusable")

// snapshotVersion is raised whenever an older reader would misread the snapshot.
const snapshotVersion = 1

type snapshot struct {
	Version    int                 `json:"v"`
	Bits       message.Bits        `json:"bits"`
	Confirmed  bool                `json:"confirmed,omitempty"`
	Conditions []snapshotCondition `json:"conditions,omitempty"`
	Disabled   period              `json:"disabled,omitzero"`
	Test       period              `json:"test,omitzero"`
	Last       Ref                 `json:"last,omitzero"`
	First      Ref                 `json:"first,omitzero"`
	Latest     Ref                 `json:"latest,omitzero"`
	Unnumbered bool                `json:"unnumbered,omitempty"`
	Since      stamp               `json:"since,omitzero"`
	Raised     stamp               `json:"raised,omitzero"`
}

type snapshotCondition struct {
	Class message.Class `json:"class"`
	Cause string        `json:"cause"`
	From  origin        `json:"from,omitempty"`
}

// MarshalJSON writes the snapshot: everything that is recorded of the state, without the
// counts of good readings. Restore reads it.
func (s State) MarshalJSON() ([]byte, error) {
	snap := snapshot{
		Version: snapshotVersion, Bits: s.bits, Confirmed: s.confirmed,
		Disabled: s.disabled, Test: s.test, Last: s.last, First: s.first, Latest: s.latest,
		Unnumbered: s.unnumbered, Since: s.since, Raised: s.raised,
	}
	for _, c := range s.conds[:s.n] {
		snap.Conditions = append(snap.Conditions, snapshotCondition{c.Class, c.Cause, c.From})
	}
	return json.Marshal(snap)
}

// Restore reads a snapshot as MarshalJSON wrote it and resumes it at this moment. It is
// strict: an unknown version or field, a repeated key, or a combination that no sequence of
// changes leads to is an error wrapping ErrSnapshot, never a guess. Layout (white space)
// does not matter.
func Restore(data []byte, at message.Stamp) (State, error) {
	var snap snapshot
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&snap); err != nil {
		return State{}, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return State{}, fmt.Errorf("%w: trailing data", ErrSnapshot)
	}
	if snap.Version != snapshotVersion {
		return State{}, fmt.Errorf("%w: version %d, want %d", ErrSnapshot, snap.Version, snapshotVersion)
	}
	s, err := snap.state()
	if err != nil {
		return State{}, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	if err := sameText(data, s); err != nil {
		return State{}, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	s.Resume(at)
	return s, nil
}

// sameText catches what the JSON decoder lets through: repeated keys (the last one wins, and
// could drop a fire), keys in another case, nulls.
func sameText(data []byte, s State) error {
	var got bytes.Buffer
	if err := json.Compact(&got, data); err != nil {
		return err
	}
	want, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if !bytes.Equal(got.Bytes(), want) {
		return errors.New("not written by this program")
	}
	return nil
}

func (p *snapshot) state() (State, error) {
	s := State{
		bits: p.Bits, confirmed: p.Confirmed, disabled: p.Disabled, test: p.Test,
		last: p.Last, first: p.First, latest: p.Latest, unnumbered: p.Unnumbered,
		since: p.Since, raised: p.Raised,
	}
	if err := p.checkBits(); err != nil {
		return State{}, err
	}
	for _, q := range [...]*period{&s.disabled, &s.test} {
		if err := q.check(); err != nil {
			return State{}, err
		}
	}
	if len(p.Conditions) > maxConditions {
		return State{}, fmt.Errorf("%d conditions, at most %d", len(p.Conditions), maxConditions)
	}
	for _, c := range p.Conditions {
		if classBit(c.Class) == 0 || c.Cause == "" || c.From > fromState || s.findCondition(c.Class, c.Cause) >= 0 {
			return State{}, fmt.Errorf("condition %q %q is impossible", c.Class, c.Cause)
		}
		s.conds[s.n] = condition{Class: c.Class, Cause: c.Cause, From: c.From}
		s.n++
	}
	return s, nil
}

func (p *snapshot) checkBits() error {
	b := p.Bits
	switch {
	case b&^fireBits != 0,
		!b.Has(message.Fire) && b != 0,
		p.Confirmed && !b.Has(message.Active),
		b.Has(message.Fire) && !b.Has(message.Latched) && !p.Test.On:
		return fmt.Errorf("bits %s are impossible", b)
	}
	return nil
}

func (p *period) check() error {
	switch {
	case !p.On && *p != (period{}):
		return errors.New("a period that is off has content")
	case p.On && (p.Seconds <= 0 || p.Seconds > int64(MaxDisablement.Seconds())):
		return fmt.Errorf("a period of %d seconds is impossible", p.Seconds)
	}
	return nil
}
