package media

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// pin keeps objects from being dropped until the returned function is called.
func (s *Store) pin(items []Item) (unpin func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, it := range items {
		s.pinned[it.SHA256]++
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, it := range items {
			if s.pinned[it.SHA256]--; s.pinned[it.SHA256] <= 0 {
				delete(s.pinned, it.SHA256)
			}
		}
	}
}

// used is what the store holds. The caller holds mu.
func (s *Store) used() int64 {
	n := s.dirt
	for _, o := range s.objects {
		n += o.size
	}
	for _, size := range s.sizes {
		n += size
	}
	return n
}

// kept are the hashes that may not be dropped. The caller holds mu.
func (s *Store) kept() map[string]bool {
	keep := map[string]bool{}
	for _, items := range s.named() {
		for _, it := range items {
			keep[it.SHA256] = true
		}
	}
	for hash := range s.pinned {
		keep[hash] = true
	}
	return keep
}

// spare is one file that may be dropped.
type spare struct {
	hash string
	part bool
	size int64
	seen int64
}

// spares are what may be dropped, in the order in which it is: parts that nobody wants any
// more, then objects of no publication, oldest publication first. The caller holds mu.
func (s *Store) spares() []spare {
	keep := s.kept()
	var all []spare
	for hash, size := range s.sizes {
		if !keep[hash] {
			all = append(all, spare{hash, true, size, -1})
		}
	}
	for hash, o := range s.objects {
		if !keep[hash] {
			all = append(all, spare{hash, false, o.size, o.seen})
		}
	}
	slices.SortFunc(all, func(a, b spare) int {
		return cmp.Or(cmp.Compare(a.seen, b.seen), cmp.Compare(a.hash, b.hash))
	})
	return all
}

// Collect drops what no publication names as far as the budget and the floor ask for it, and
// returns the bytes it gave back. What is left over that they don't need stays: it may be
// wanted again. Errors wrap ErrNoRoom or ErrStorage.
func (s *Store) Collect(ctx context.Context) (freed int64, err error) {
	if err := s.take(ctx, s.turn); err != nil {
		return 0, fmt.Errorf("collect: %w", err)
	}
	defer func() { <-s.turn }()
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.used()
	err = s.room(0)
	return before - s.used(), err
}

// room makes room for more bytes, or says why there is none. The caller holds mu.
func (s *Store) room(more int64) error {
	free, err := s.opts.Disk.Free(s.opts.Dir)
	if err != nil {
		s.fault(faultStorage, err.Error())
		return fmt.Errorf("ask for free bytes: %w", err)
	}
	fits := func() bool { return s.used()+more <= s.opts.MaxBytes && free-more >= s.opts.FreeFloor }
	if !fits() && s.dirt > 0 {
		free += s.dirt
		s.dirt = s.trimQuarantine(0)
		free -= s.dirt
	}
	for _, sp := range s.spares() {
		if fits() {
			break
		}
		if err := s.drop(sp); err != nil {
			s.fault(faultStorage, err.Error())
			continue
		}
		free += sp.size
	}
	if fits() {
		// Nobody else may have taken what was given back.
		if free, err = s.opts.Disk.Free(s.opts.Dir); err != nil {
			return fmt.Errorf("ask for free bytes: %w", err)
		}
	}
	if fits() {
		s.clear(faultRoom)
		return nil
	}
	err = s.noRoom(more, free)
	s.fault(faultRoom, err.Error())
	return err
}

func (s *Store) noRoom(more, free int64) error {
	return fmt.Errorf("%w: %d bytes more on top of %d held, the budget is %d; %d are free on the disk, %d must stay free: raise the budget, use a larger disk, publish less, or drop the previous publication",
		ErrNoRoom, more, s.used(), s.opts.MaxBytes, free, s.opts.FreeFloor)
}

func (s *Store) drop(sp spare) error {
	path := s.objectPath(sp.hash)
	if sp.part {
		path = s.partPath(sp.hash)
		_ = os.Remove(s.tagPath(sp.hash)) // a leftover is swept at the next start
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: drop %s: %w", ErrStorage, filepath.Base(path), err)
	}
	if sp.part {
		delete(s.sizes, sp.hash)
	} else {
		delete(s.objects, sp.hash)
	}
	return nil
}

// plan refuses a manifest that could never be held beside what plays and what a rollback needs,
// before anything is fetched. The caller holds mu.
func (s *Store) plan(m Manifest) error {
	held, need := map[string]int64{}, int64(0)
	for _, p := range []*publication{s.current, s.previous} {
		if p != nil {
			for _, it := range p.manifest.Items {
				held[it.SHA256] = it.Size
			}
		}
	}
	for _, it := range m.Items {
		held[it.SHA256] = it.Size
		if s.lacks(it) {
			need += it.Size - min(it.Size, s.sizes[it.SHA256])
		}
	}
	total := int64(0)
	for _, size := range held {
		total += size
	}
	free, err := s.opts.Disk.Free(s.opts.Dir)
	if err != nil {
		return fmt.Errorf("ask for free bytes: %w", err)
	}
	spare := s.dirt
	for _, sp := range s.spares() {
		if _, again := held[sp.hash]; !again {
			spare += sp.size
		}
	}
	if total > s.opts.MaxBytes {
		return fmt.Errorf("%w: version %d with what plays and the way back takes %d bytes, the budget is %d: raise the budget, publish less, or drop the previous publication", ErrNoRoom, m.Version, total, s.opts.MaxBytes)
	}
	if free+spare-need < s.opts.FreeFloor {
		return fmt.Errorf("%w: version %d needs %d bytes more, %d are free and %d can be dropped, %d must stay free: use a larger disk, publish less, or drop the previous publication", ErrNoRoom, m.Version, need, free, spare, s.opts.FreeFloor)
	}
	return nil
}
