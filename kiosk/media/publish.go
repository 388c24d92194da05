package media

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Publication is what plays.
type Publication struct {
	// N numbers publications of this store; a rollback returns to an older number.
	N int64
	// Manifest is without the programme's bytes: see Store.Document. Digest is its name.
	Manifest Manifest
	Digest   string
	// OutOfPlay are items whose object is rotten or gone: the programme plays without them
	// until they were fetched again.
	OutOfPlay []Item
	// Unchecked are items that nobody could check.
	Unchecked []Item
}

// Current is what plays, or false if nothing was published yet.
func (s *Store) Current() (Publication, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(s.current)
}

// Previous is what Rollback would return to, or false.
func (s *Store) Previous() (Publication, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(s.previous)
}

func (s *Store) view(p *publication) (Publication, bool) {
	if p == nil {
		return Publication{}, false
	}
	v := Publication{N: p.n, Manifest: p.manifest, Digest: p.digest}
	v.Manifest.Items = slices.Clone(p.manifest.Items)
	for _, it := range p.manifest.Items {
		if s.lacks(it) {
			v.OutOfPlay = append(v.OutOfPlay, it)
		}
		if slices.Contains(p.unchecked, it.SHA256) {
			v.Unchecked = append(v.Unchecked, it)
		}
	}
	return v, true
}

// lacks says that an item's object is not here whole. The caller holds mu.
func (s *Store) lacks(it Item) bool {
	o := s.objects[it.SHA256]
	return o == nil || o.size != it.Size
}

// Playable reports whether an object belongs to what plays and is whole.
func (s *Store) Playable(hash string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.playing(hash)
	return ok
}

// playing finds a whole object's item in the current or the previous publication; screens may
// still be busy with the latter. The caller holds mu.
func (s *Store) playing(hash string) (Item, bool) {
	for _, p := range []*publication{s.current, s.previous} {
		if p == nil {
			continue
		}
		i := slices.IndexFunc(p.manifest.Items, func(it Item) bool { return it.SHA256 == hash })
		if i >= 0 && !s.lacks(p.manifest.Items[i]) {
			return p.manifest.Items[i], true
		}
	}
	return Item{}, false
}

// Document reads the current publication's programme. Errors wrap ErrNotHere or ErrStorage.
func (s *Store) Document() (Document, error) {
	s.mu.Lock()
	p := s.current
	s.mu.Unlock()
	if p == nil {
		return Document{}, fmt.Errorf("read programme: %w", ErrNotHere)
	}
	_, doc, err := s.readPublication(p.n)
	if err != nil {
		return Document{}, fmt.Errorf("%w: read programme: %w", ErrStorage, err)
	}
	return doc, nil
}

// Publish makes a manifest what plays, all or nothing: every object is here, has its hash and
// was checked, and then one file is replaced. On any error nothing has changed. Errors are a
// *Missing (ErrMissing) with what is not here, or wrap ErrManifest, ErrOld, ErrHeld, ErrUnfit,
// ErrNoProbe, ErrStorage or the context's error. What plays already is nil.
func (s *Store) Publish(ctx context.Context, m Manifest) error {
	if err := s.take(ctx, s.publishing); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	defer func() { <-s.publishing }()
	// Objects are proven and checked without a lock; meanwhile nothing drops them.
	defer s.pin(m.Items)()
	played, err := s.takes(m)
	if err != nil || played {
		return err
	}
	if err := s.prove(ctx, m); err != nil {
		return fmt.Errorf("publish version %d: %w", m.Version, err)
	}
	s.records.Lock()
	defer s.records.Unlock()
	// A rollback may have come between.
	if played, err := s.newer(m); err != nil || played {
		return err
	}
	if err := s.commit(m); err != nil {
		return fmt.Errorf("publish version %d: %w", m.Version, err)
	}
	s.notify()
	return nil
}

// takes refuses a manifest that may not be published here, and says whether it is what plays.
func (s *Store) takes(m Manifest) (played bool, err error) {
	if err := m.Validate(); err != nil {
		return false, err
	}
	if played, err := s.newer(m); err != nil || played {
		return played, err
	}
	if s.opts.Accept != nil {
		if err := s.opts.Accept(m); err != nil {
			return false, fmt.Errorf("%w: programme %q: %w", ErrManifest, m.Programme.Name, err)
		}
	}
	return false, nil
}

// newer refuses what may not follow what plays now, and says whether it is what plays now.
func (s *Store) newer(m Manifest) (played bool, err error) {
	name := m.Digest()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.current != nil && s.current.digest == name:
		return true, nil
	case s.held == name:
		return false, fmt.Errorf("%w: version %d; publish a version above it", ErrHeld, m.Version)
	case s.current != nil && m.Version <= s.current.manifest.Version:
		return false, fmt.Errorf("%w: version %d, playing is %d; publish a version above it", ErrOld, m.Version, s.current.manifest.Version)
	}
	return false, nil
}

// prove reads and checks every object of a manifest that was not read and checked yet.
func (s *Store) prove(ctx context.Context, m Manifest) error {
	if err := s.missing(m.Items); err != nil {
		return err
	}
	var unfit []error
	for _, it := range m.Items {
		err := s.proveOne(ctx, it)
		switch {
		case errors.Is(err, ErrMissing):
			// Rotten: the list below names it with all the others.
		case errors.Is(err, ErrUnfit):
			unfit = append(unfit, err)
		case err != nil:
			return err
		}
	}
	return errors.Join(append(unfit, s.missing(m.Items))...)
}

// missing returns a *Missing, or nil. It is no *Missing itself: a nil one would be an error.
func (s *Store) missing(items []Item) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var m Missing
	for _, it := range items {
		if s.lacks(it) {
			m.Items = append(m.Items, it)
			m.Bytes += it.Size
		}
	}
	if len(m.Items) == 0 {
		return nil
	}
	return &m
}

func (s *Store) proveOne(ctx context.Context, it Item) error {
	s.mu.Lock()
	var o object
	if here := s.objects[it.SHA256]; here != nil {
		o = *here
	}
	s.mu.Unlock()
	if !o.proven {
		if err := s.verifyOne(ctx, it.SHA256); err != nil {
			return err
		}
	}
	if o.fit && !o.unchecked {
		return nil
	}
	err := s.opts.Check(ctx, s.objectPath(it.SHA256), it)
	unchecked := errors.Is(err, ErrNoProbe) && s.opts.Unchecked
	if err != nil && !unchecked {
		return fmt.Errorf("check %q: %w", it.Name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if here := s.objects[it.SHA256]; here != nil {
		here.fit, here.unchecked = true, unchecked
	}
	return nil
}

// commit is the switch. The caller holds records.
func (s *Store) commit(m Manifest) error {
	f, at, err := s.draft(m)
	if err != nil {
		return err
	}
	if err := s.replace(s.publicationPath(f.N), seal(f)); err != nil {
		return err
	}
	if err := s.point(at); err != nil {
		return err
	}
	s.mu.Lock()
	s.counts.published++
	for _, code := range []string{faultPublication, faultUnfit, faultContent, faultStorage} {
		s.clear(code)
	}
	done := s.wanted != nil && s.wanted.Manifest.Version <= m.Version
	s.mu.Unlock()
	if done {
		s.forgetWanted()
	}
	return nil
}

// draft is what commit writes.
func (s *Store) draft(m Manifest) (publicationFile, pointer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := publicationFile{N: 1, Manifest: m, Profile: s.opts.Profile, Unchecked: []string{}}
	for _, p := range []*publication{s.current, s.previous} {
		if p != nil {
			f.N = max(f.N, p.n+1)
		}
	}
	for _, it := range m.Items {
		o := s.objects[it.SHA256]
		if o == nil || !o.proven || !o.fit {
			// It rotted between its proof and now.
			return f, pointer{}, &Missing{Items: []Item{it}, Bytes: it.Size}
		}
		if o.unchecked {
			f.Unchecked = append(f.Unchecked, it.SHA256)
		}
	}
	at := pointer{Current: f.N, Held: s.held}
	if s.current != nil {
		at.Previous = s.current.n
	}
	return f, at, nil
}

// point replaces the pointer and follows it. When the replacement was cut short, the disk says
// which of the two holds: both are whole. The caller holds records.
func (s *Store) point(at pointer) error {
	err := s.replace(s.pointerPath(), seal(at))
	if err != nil {
		var now pointer
		if rerr := readSealed(s.pointerPath(), &now); rerr != nil || now != at {
			return err
		}
	}
	old := []*publication{s.current, s.previous}
	current, previous := s.find(old, at.Current), s.find(old, at.Previous)
	s.mu.Lock()
	s.current, s.previous, s.held = current, previous, at.Held
	s.mark()
	s.mu.Unlock()
	for _, p := range old {
		if p != nil && p.n != at.Current && p.n != at.Previous {
			// A leftover is swept at the next start.
			_ = os.Remove(s.publicationPath(p.n))
		}
	}
	return err
}

func (s *Store) find(known []*publication, n int64) *publication {
	for _, p := range known {
		if p != nil && p.n == n {
			return p
		}
	}
	p, err := s.loadOne(n)
	if err != nil {
		s.tell(faultPublication, err.Error())
	}
	return p
}

// Rollback returns to the previous publication, and holds the one that it leaves: that manifest
// is not taken again, only a newer one. A second Rollback returns. Errors wrap ErrNotHere when
// there is no previous one, or ErrStorage.
func (s *Store) Rollback() error {
	s.records.Lock()
	defer s.records.Unlock()
	if err := s.rollback(); err != nil {
		return fmt.Errorf("roll back: %w", err)
	}
	s.notify()
	return nil
}

func (s *Store) rollback() error {
	if s.previous == nil {
		return fmt.Errorf("%w: no previous publication", ErrNotHere)
	}
	if _, _, err := s.readPublication(s.previous.n); err != nil {
		return fmt.Errorf("%w: previous publication: %w", ErrStorage, err)
	}
	left := s.current
	if err := s.point(pointer{Current: s.previous.n, Previous: left.n, Held: left.digest}); err != nil {
		return err
	}
	s.mu.Lock()
	s.counts.rolledBack++
	taken := s.wanted != nil && s.wanted.Manifest.Digest() == left.digest
	s.mu.Unlock()
	if taken {
		s.forgetWanted()
	}
	return nil
}

// DropPrevious gives up the way back, and with it the room that only it needs. Errors wrap
// ErrStorage.
func (s *Store) DropPrevious() error {
	s.records.Lock()
	defer s.records.Unlock()
	if s.previous == nil {
		return nil
	}
	if err := s.point(pointer{Current: s.current.n, Held: s.held}); err != nil {
		return fmt.Errorf("drop previous publication: %w", err)
	}
	return nil
}

// forgetWanted is after its manifest plays, or was taken back. The caller holds records, or is
// alone.
func (s *Store) forgetWanted() {
	s.mu.Lock()
	s.wanted = nil
	s.mu.Unlock()
	err := os.Remove(s.wantedPath())
	if err == nil {
		err = syncDir(filepath.Dir(s.wantedPath()))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		// At the next start it is found to play already, and forgotten again.
		s.tell(faultStorage, fmt.Sprintf("forget what was wanted: %v", err))
	}
}
