package media

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// maxWrong is how often an object may come with another hash before it is left alone until the
// manifest changes: a broken mirror must not be downloaded day and night.
const maxWrong = 3

func newWanted(w wanted) *wanted {
	if w.Wrong == nil {
		w.Wrong = map[string]int{}
	}
	w.Manifest.Items = slices.Clone(w.Manifest.Items)
	return &w
}

// Want makes a manifest the one that is fetched and then published; it survives restarts. It is
// refused at once when it could never be published here. What plays already, and what is wanted
// already, is nil and changes nothing. Errors wrap ErrManifest, ErrOld, ErrHeld, ErrNoRoom or
// ErrStorage.
func (s *Store) Want(ctx context.Context, m Manifest) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("want version %d: %w", m.Version, err)
	}
	s.records.Lock()
	defer s.records.Unlock()
	played, err := s.takes(m)
	if err != nil || played {
		return err
	}
	s.mu.Lock()
	same := s.wanted != nil && s.wanted.Manifest.Digest() == m.Digest()
	if !same {
		err = s.plan(m)
	}
	s.mu.Unlock()
	if same || err != nil {
		return err
	}
	w := newWanted(wanted{Manifest: m})
	if err := s.replace(s.wantedPath(), seal(w)); err != nil {
		return fmt.Errorf("want version %d: %w", m.Version, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted = w
	s.clear(faultUnfit)
	s.clear(faultContent)
	return nil
}

// Wanted is the manifest being fetched, or false.
func (s *Store) Wanted() (Manifest, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wanted == nil {
		return Manifest{}, false
	}
	return s.wanted.Manifest, true
}

// lacking are the objects to fetch: those that play and rotted first, then those wanted.
func (s *Store) lacking() []Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Item
	for _, items := range s.named() {
		for _, it := range items {
			if s.lacks(it) && !slices.ContainsFunc(all, func(o Item) bool { return o.SHA256 == it.SHA256 }) {
				all = append(all, it)
			}
		}
	}
	return all
}

// tooWrong says that an object came wrong too often.
func (s *Store) tooWrong(hash string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wrongs()[hash] >= maxWrong
}

// wrongs counts for the manifest that is wanted; while none is, for this start.
func (s *Store) wrongs() map[string]int {
	if s.wanted != nil {
		return s.wanted.Wrong
	}
	if s.wrong == nil {
		s.wrong = map[string]int{}
	}
	return s.wrong
}

// cameWrong counts one object that did not have its hash, durably, so that restarts don't begin
// to count again.
func (s *Store) cameWrong(it Item) error {
	s.records.Lock()
	defer s.records.Unlock()
	s.mu.Lock()
	s.counts.wrongHash++
	wrong := s.wrongs()
	wrong[it.SHA256]++
	n := wrong[it.SHA256]
	err := fmt.Errorf("%w: %q (%s) came wrong %d times; after %d it is left alone until the manifest changes", ErrContent, it.Name, it.SHA256, n, maxWrong)
	if n >= maxWrong {
		s.fault(faultContent, err.Error())
	}
	var record []byte
	if s.wanted != nil {
		record = seal(s.wanted)
	}
	s.mu.Unlock()
	if record != nil {
		err = errors.Join(err, s.replace(s.wantedPath(), record))
	}
	return err
}

// repairs are the objects to fetch for what plays and for the way back alone.
func (s *Store) repairs() []Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Item
	for _, p := range []*publication{s.current, s.previous} {
		if p == nil {
			continue
		}
		for _, it := range p.manifest.Items {
			if s.lacks(it) && !slices.ContainsFunc(all, func(o Item) bool { return o.SHA256 == it.SHA256 }) {
				all = append(all, it)
			}
		}
	}
	return all
}

// note keeps a fault of the given code for errors that only a person can end.
func (s *Store) note(code string, err error) {
	if errors.Is(err, ErrMissing) || errors.Is(err, ErrStorage) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault(code, err.Error())
}

// answered notes whether the server behaves.
func (s *Store) answered(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case errors.Is(err, ErrSource), errors.Is(err, ErrRefused):
		s.fault(faultSource, err.Error())
	case err == nil:
		s.clear(faultSource)
	}
}
