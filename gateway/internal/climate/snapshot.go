package climate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrSnapshot is wrapped by every error of Restore. The way out is the zero State.
var ErrSnapshot = errors.New("saved climate state is unusable")

type snapshot struct {
	Version  int     `json:"v"`
	FanHours float64 `json:"fan_hours"`
}

// Snapshot writes what must survive a restart: the hours of the filter. All else is found
// again within minutes.
func (s State) Snapshot() ([]byte, error) {
	data, err := json.Marshal(snapshot{Version: 1, FanHours: s.fanHours})
	if err != nil {
		return nil, fmt.Errorf("write climate state: %w", err)
	}
	return data, nil
}

// Restore reads what Snapshot wrote. It is strict: anything that Snapshot can't have written
// is an error wrapping ErrSnapshot.
func Restore(data []byte) (State, error) {
	var p snapshot
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return State{}, fmt.Errorf("read climate state: %w: %w", ErrSnapshot, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return State{}, fmt.Errorf("read climate state: %w: trailing data", ErrSnapshot)
	}
	if p.Version != 1 || math.IsNaN(p.FanHours) || p.FanHours < 0 || p.FanHours > 1e7 {
		return State{}, fmt.Errorf("read climate state: %w: version %d, %g hours", ErrSnapshot, p.Version, p.FanHours)
	}
	return State{fanHours: p.FanHours}, nil
}

// NewFilter is the state after the fan's filter was changed.
func (s State) NewFilter() State {
	s.fanHours = 0
	return s
}
