package contract

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"firepost/firmware-contracts/strictyaml"
)

// Set is contracts by reference. It is immutable and safe for concurrent use.
type Set struct {
	byRef map[string]*Contract
}

// NewSet makes a set. The error wraps ErrDuplicate when two contracts have one reference.
func NewSet(cs ...*Contract) (*Set, error) {
	s := &Set{byRef: make(map[string]*Contract, len(cs))}
	for _, c := range cs {
		if _, ok := s.byRef[c.Ref()]; ok {
			return nil, fmt.Errorf("contract set: %q: %w: give the second one another name or version", c.Ref(), ErrDuplicate)
		}
		s.byRef[c.Ref()] = c
	}
	return s, nil
}

// Get returns the contract of a reference "name@version".
func (s *Set) Get(ref string) (*Contract, bool) {
	c, ok := s.byRef[ref]
	return c, ok
}

// Refs lists the references in order of name, then of text.
func (s *Set) Refs() []string { return slices.Sorted(maps.Keys(s.byRef)) }

// All lists the contracts in the order of Refs.
func (s *Set) All() []*Contract {
	out := make([]*Contract, 0, len(s.byRef))
	for _, r := range s.Refs() {
		out = append(out, s.byRef[r])
	}
	return out
}

// Nearest is the reference that ref was probably meant to be, or empty: for the hint of a
// config that names a contract nobody has. Another version of the same name comes first.
func (s *Set) Nearest(ref string) string {
	refs := s.Refs()
	name, _, _ := strings.Cut(ref, "@")
	for _, r := range slices.Backward(refs) {
		if strings.HasPrefix(r, name+"@") {
			return r
		}
	}
	return strictyaml.Nearest(ref, refs)
}

// With returns a set of both; the error wraps ErrDuplicate.
func (s *Set) With(other *Set) (*Set, error) {
	return NewSet(append(s.All(), other.All()...)...)
}

// LoadFS loads every name@version.yaml of the top folder of fsys, such as os.DirFS of an
// installer's own contracts. Golden frames (*.golden.yaml) and other files are left alone.
// The error joins the problems of all files: each joined error is a Problems or wraps the
// cause of a file that can't be read.
func LoadFS(fsys fs.FS) (*Set, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("list contracts: %w", err)
	}
	var cs []*Contract
	var errs []error
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".golden.yaml") {
			continue
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("read contract %s: %w", name, err))
			continue
		}
		c, err := Load(name, data)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		cs = append(cs, c)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return NewSet(cs...)
}
