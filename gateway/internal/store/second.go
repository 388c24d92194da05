package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"firepost/firmware-contracts/durable"
	"firepost/firmware-contracts/message"
)

// secondName is the second copy's file name within Options.Dir.
const secondName = "state.json"

// secondCopy is the content of state.json.
type secondCopy struct {
	Version int               `json:"version"`
	Station string            `json:"station"`
	Head    head              `json:"head"`
	MetaVer int64             `json:"meta_ver"`
	Points  []secondPoint     `json:"points"`
	Meta    map[string][]byte `json:"meta,omitempty"`
}

// secondPoint is one point that is not plain normal, or not yet in the journal.
type secondPoint struct {
	Key      string       `json:"key"`
	Epoch    uint64       `json:"epoch"`
	Seq      uint64       `json:"seq"`
	State    message.Bits `json:"state"`
	Snapshot []byte       `json:"snapshot"`
}

// sealed is the file: the body's exact bytes and their CRC-32C.
type sealed struct {
	CRC  uint32          `json:"crc32c"`
	Body json.RawMessage `json:"body"`
}

// readSecond reads the second copy. A damaged one is set aside and reported in note.
func readSecond(dir string) (second *secondCopy, note string) {
	path := filepath.Join(dir, secondName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "absent"
	}
	if err != nil {
		return nil, "unreadable: " + err.Error()
	}
	second, err = decodeSecond(data)
	if err == nil {
		return second, "ok"
	}
	aside := path + ".corrupt"
	if rerr := os.Rename(path, aside); rerr != nil {
		return nil, fmt.Sprintf("corrupt (%v), left in place: %v", err, rerr)
	}
	return nil, fmt.Sprintf("corrupt (%v), set aside as %s", err, aside)
}

func decodeSecond(data []byte) (*secondCopy, error) {
	var s sealed
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("read second copy: %w", err)
	}
	if got := crc32.Checksum(s.Body, castagnoli); got != s.CRC {
		return nil, fmt.Errorf("read second copy: checksum %08x, content has %08x: %w", s.CRC, got, errCorrupt)
	}
	out := &secondCopy{}
	if err := json.Unmarshal(s.Body, out); err != nil {
		return nil, fmt.Errorf("read second copy: %w", err)
	}
	return out, nil
}

func encodeSecond(c *secondCopy) ([]byte, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write second copy: %w", err)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `{"crc32c":%d,"body":%s}`+"\n", crc32.Checksum(body, castagnoli), body)
	return out.Bytes(), nil
}

// writeSecond replaces the second copy atomically and makes the replacement durable.
func (s *Store) writeSecond() error {
	s.mu.Lock()
	c := s.secondNow()
	s.mu.Unlock()
	err := s.putSecond(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.secondErr
	s.secondErr = err
	switch {
	case err != nil && was == nil:
		s.opts.Log.Warn("second copy of the state is behind", "error", err)
	case err == nil && was != nil:
		s.opts.Log.Info("second copy of the state is written again")
	}
	return err
}

func (s *Store) putSecond(c *secondCopy) error {
	if f := s.opts.Faults.Second; f != nil {
		if err := f(); err != nil {
			return fmt.Errorf("write second copy: %w", err)
		}
	}
	data, err := encodeSecond(c)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(filepath.Join(s.opts.Dir, secondName), data, 0o600); err != nil {
		return fmt.Errorf("write second copy: %w", err)
	}
	return nil
}

// secondNow collects what the second copy holds. With s.mu held.
func (s *Store) secondNow() *secondCopy {
	c := &secondCopy{Version: 1, Station: s.opts.Station, Head: s.headNow(), MetaVer: s.metaVer, Meta: map[string][]byte{}}
	for key, p := range s.points {
		if !p.gone && (p.State != 0 || !p.durable) {
			c.Points = append(c.Points, secondPoint{Key: key, Epoch: p.Epoch, Seq: p.Seq, State: p.State, Snapshot: p.Snapshot})
		}
	}
	sort.Slice(c.Points, func(i, j int) bool { return c.Points[i].Key < c.Points[j].Key })
	for key, m := range s.meta {
		c.Meta[key] = m.value
	}
	s.secondDue = false
	return c
}
