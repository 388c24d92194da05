package media

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/google/renameio/v2"
)

// sealed is how every JSON file of the store is kept: a card that returns other bytes than it
// was given is noticed.
type sealed struct {
	SHA256 string          `json:"sha256"`
	Body   json.RawMessage `json:"body"`
}

func seal(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		// Strings, numbers and bytes only.
		panic(err)
	}
	return fmt.Appendf(nil, "{\"sha256\":%q,\"body\":%s}\n", digest(body), body)
}

func unseal(data []byte, v any) error {
	var s sealed
	if err := strictJSON(data, &s); err != nil {
		return fmt.Errorf("%w: %w", ErrContent, err)
	}
	if digest(s.Body) != s.SHA256 {
		return fmt.Errorf("%w: its own hash is another", ErrContent)
	}
	if err := json.Unmarshal(s.Body, v); err != nil {
		return fmt.Errorf("%w: %w", ErrContent, err)
	}
	return nil
}

// maxSealed bounds what is read of a file of ours.
const maxSealed = 2 * MaxManifest

func readSealed(path string, v any) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if info.Size() > maxSealed {
		return fmt.Errorf("%w: %s has %d bytes", ErrContent, filepath.Base(path), info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if err := unseal(data, v); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return nil
}

// replace writes a file so that a power cut leaves the old or the new one.
func (s *Store) replace(path string, data []byte) error {
	name := filepath.Base(path)
	if err := s.step("write " + name); err != nil {
		return err
	}
	f, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithPermissions(0o644))
	if err != nil {
		return fmt.Errorf("%w: write %s: %w", ErrStorage, name, err)
	}
	// After the replacement there is nothing left to clean up.
	defer func() { _ = f.Cleanup() }()
	if _, err := s.write(f.File, data); err != nil {
		return fmt.Errorf("%w: write %s: %w", ErrStorage, name, err)
	}
	if err := s.step("rename " + name); err != nil {
		return err
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("%w: write %s: %w", ErrStorage, name, err)
	}
	if err := s.step("sync folder of " + name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes what was renamed within dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return fmt.Errorf("%w: sync folder %s: %w", ErrStorage, filepath.Base(dir), err)
	}
	return nil
}

// publication is one file in published/, without the programme's bytes, which are read when
// they are asked for.
type publication struct {
	n         int64
	digest    string
	manifest  Manifest
	profile   string
	unchecked []string
}

// publicationFile is its form on the disk.
type publicationFile struct {
	N         int64    `json:"n"`
	Manifest  Manifest `json:"manifest"`
	Profile   string   `json:"profile"`
	Unchecked []string `json:"unchecked"`
}

// pointer is the file current: the one thing that decides what plays.
type pointer struct {
	Current  int64 `json:"current"`
	Previous int64 `json:"previous"`
	// Held is the digest of a manifest that was rolled back.
	Held string `json:"held"`
}

// wanted is the file wanted.json.
type wanted struct {
	Manifest Manifest `json:"manifest"`
	// Wrong counts, by object, how often it came with another hash.
	Wrong map[string]int `json:"wrong"`
}

func (s *Store) pointerPath() string { return filepath.Join(s.opts.Dir, "current") }
func (s *Store) wantedPath() string  { return filepath.Join(s.opts.Dir, "wanted.json") }
func (s *Store) publicationPath(n int64) string {
	return filepath.Join(s.opts.Dir, "published", strconv.FormatInt(n, 10)+".json")
}

func (s *Store) readPublication(n int64) (*publication, Document, error) {
	var f publicationFile
	if err := readSealed(s.publicationPath(n), &f); err != nil {
		return nil, Document{}, err
	}
	if err := f.Manifest.Validate(); err != nil || f.N != n {
		return nil, Document{}, fmt.Errorf("%w: publication %d says that it is %d: %w", ErrContent, n, f.N, errors.Join(err))
	}
	p := &publication{n: n, digest: f.Manifest.Digest(), manifest: f.Manifest, profile: f.Profile, unchecked: f.Unchecked}
	doc := f.Manifest.Programme
	p.manifest.Programme.Data = nil
	return p, doc, nil
}

// load reads what plays. What can't be read falls back: from the current to the previous
// publication, from a pointer that is gone to the newest publication that is whole.
func (s *Store) load() {
	var at pointer
	err := readSealed(s.pointerPath(), &at)
	if err != nil {
		at = s.newest()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && at.Current == 0:
		// A new store gets a pointer at nothing, so that a publication that was interrupted
		// is not taken for one whose pointer was lost.
		if err := s.replace(s.pointerPath(), seal(at)); err != nil {
			s.fault(faultStorage, err.Error())
		}
	case err != nil:
		s.fault(faultPublication, fmt.Sprintf("%v; playing the newest publication that is whole", err))
	}
	s.held = at.Held
	var cerr, perr error
	s.current, cerr = s.loadOne(at.Current)
	s.previous, perr = s.loadOne(at.Previous)
	if err := errors.Join(cerr, perr); err != nil {
		s.fault(faultPublication, err.Error())
	}
	if s.current == nil {
		s.current, s.previous = s.previous, nil
	}
	var w wanted
	err = readSealed(s.wantedPath(), &w)
	if err == nil {
		err = w.Manifest.Validate()
	}
	switch {
	case err == nil && s.current != nil && w.Manifest.Version <= s.current.manifest.Version, err == nil && w.Manifest.Digest() == s.held:
		s.forgetWanted()
	case err == nil:
		s.wanted = newWanted(w)
	case !errors.Is(err, fs.ErrNotExist):
		s.fault(faultPublication, fmt.Sprintf("what was being fetched is forgotten: %v", err))
	}
}

func (s *Store) loadOne(n int64) (*publication, error) {
	if n == 0 {
		return nil, nil
	}
	p, _, err := s.readPublication(n)
	if err != nil {
		return nil, fmt.Errorf("publication %d can't be read: %w", n, err)
	}
	return p, nil
}

// newest finds the two newest publications that can be read.
func (s *Store) newest() pointer {
	entries, err := os.ReadDir(filepath.Join(s.opts.Dir, "published"))
	if err != nil {
		return pointer{}
	}
	var at pointer
	for _, e := range entries {
		var n int64
		if _, err := fmt.Sscanf(e.Name(), "%d.json", &n); err != nil || n < 1 {
			continue
		}
		if _, _, err := s.readPublication(n); err != nil {
			continue
		}
		switch {
		case n > at.Current:
			at.Current, at.Previous = n, at.Current
		case n > at.Previous:
			at.Previous = n
		}
	}
	return at
}
