package walktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"firepost/firmware-contracts/durable"

	"github.com/google/renameio/v2"
)

// Reports is a folder of JSON documents: finished reports, or sessions that are open.
type Reports struct {
	// Dir is made when it is first written to.
	Dir string
}

// ErrID is a name that can't be a report's.
var ErrID = errors.New("not a report's id")

// ErrNone is a report that does not exist.
var ErrNone = errors.New("there is no such report")

var reportID = regexp.MustCompile(`^wt-[a-z0-9][a-z0-9-]{0,90}$`) //nolint:gochecknoglobals // a compiled constant

const (
	// maxListed bounds how many are listed, maxDocument how large one may be.
	maxListed   = 200
	maxDocument = 8 << 20
)

func (f *Reports) path(id string) (string, error) {
	if !reportID.MatchString(id) {
		return "", fmt.Errorf("%w: %q", ErrID, id)
	}
	return filepath.Join(f.Dir, id+".json"), nil
}

// write makes the document durable, or leaves what was there.
func (f *Reports) write(id string, v any) error {
	path, err := f.path(id)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", id, err)
	}
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return fmt.Errorf("keep %s: %w", id, err)
	}
	if err := renameio.WriteFile(path, append(data, '\n'), 0o600, renameio.WithTempDir(f.Dir)); err != nil {
		return fmt.Errorf("keep %s: %w", id, err)
	}
	return f.sync()
}

// sync makes the folder's names durable, and the folder's own name.
func (f *Reports) sync() error {
	for _, name := range []string{f.Dir, filepath.Dir(f.Dir)} {
		if err := durable.SyncFolder(name); err != nil {
			return err
		}
	}
	return nil
}

func (f *Reports) read(id string, v any) error {
	path, err := f.path(id)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrNone, id)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", id, err)
	}
	if info.Size() > maxDocument {
		return fmt.Errorf("read %s: %d bytes are more than %d", id, info.Size(), maxDocument)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", id, err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("read %s: %w", id, err)
	}
	return nil
}

func (f *Reports) remove(id string) error {
	path, err := f.path(id)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", id, err)
	}
	return nil
}

// ids lists what is there, newest first by the file's time.
func (f *Reports) ids() ([]string, error) {
	entries, err := os.ReadDir(f.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", f.Dir, err)
	}
	type one struct {
		id string
		at int64
	}
	var list []one
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || !reportID.MatchString(id) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // gone meanwhile
		}
		list = append(list, one{id, info.ModTime().UnixNano()})
	}
	slices.SortFunc(list, func(a, b one) int {
		if a.at != b.at {
			if a.at > b.at {
				return -1
			}
			return 1
		}
		return strings.Compare(b.id, a.id)
	})
	ids := make([]string, 0, min(len(list), maxListed))
	for _, o := range list[:min(len(list), maxListed)] {
		ids = append(ids, o.id)
	}
	return ids, nil
}

// Save keeps a report. One that stands is never overwritten with another content.
func (f *Reports) Save(r *Report) error {
	old, err := f.Load(r.ID)
	if err == nil && old.Hash == r.Hash {
		return nil
	}
	if err == nil {
		return fmt.Errorf("keep report %s: %w", r.ID, fs.ErrExist)
	}
	return f.write(r.ID, r)
}

// Load reads one report. The error wraps ErrID, ErrNone or, together with the report, ErrHash.
func (f *Reports) Load(id string) (*Report, error) {
	var r Report
	if err := f.read(id, &r); err != nil {
		return nil, err
	}
	return &r, r.Check()
}

// Summary is one line of the list of reports.
type Summary struct {
	ID       string   `json:"id"`
	Outcome  string   `json:"outcome"`
	Premises []string `json:"premises"`
	Authors  []string `json:"authors"`
	Ended    Moment   `json:"ended"`
	// Damaged says why the report can't be trusted, empty when it can.
	Damaged string `json:"damaged,omitempty"`
}

// List returns the newest reports, the newest first.
func (f *Reports) List() ([]Summary, error) {
	ids, err := f.ids()
	if err != nil {
		return nil, err
	}
	list := make([]Summary, 0, len(ids))
	for _, id := range ids {
		r, err := f.Load(id)
		s := Summary{ID: id, Premises: []string{}, Authors: []string{}}
		if r != nil {
			s.Outcome, s.Premises, s.Authors, s.Ended = r.Outcome, r.Premises, r.Authors, r.Ended
		}
		if err != nil {
			s.Damaged = err.Error()
		}
		list = append(list, s)
	}
	return list, nil
}
