package compat

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for published.lock
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"firepost/firmware-contracts/contract"
)

// Sentinels that errors of this package wrap.
var (
	// ErrLock is wrapped for a lock that can't be read or whose digests don't fit.
	ErrLock = errors.New("damaged lock of published contracts")
	// ErrBreaking is wrapped by Publish for a breaking change.
	ErrBreaking = errors.New("breaking change to a published contract")
)

// lockFormat is the version of the lock's own format.
const lockFormat = 1

//go:embed published.lock
var published []byte //nolint:gochecknoglobals // embedded file

// Lock is a set of published contracts as they were. It is not safe for concurrent use.
type Lock struct {
	entries map[string]entry
}

// entry is one published contract: the text that is stored, and what it says.
type entry struct {
	text     json.RawMessage
	contract *contract.Contract
}

// file is the lock as it is written.
type file struct {
	Format    int          `json:"format"`
	Contracts []fileRecord `json:"contracts"`
}

type fileRecord struct {
	Ref      string          `json:"ref"`
	Digest   string          `json:"digest"`
	Contract json.RawMessage `json:"contract"`
}

// Published is the lock of the house's own contracts. The error wraps ErrLock.
func Published() (*Lock, error) { return ReadLock(published) }

// Digest is the SHA-256 of a contract's canonical text, which is what the lock holds of it.
// Warnings are no part of it.
func Digest(c *contract.Contract) (string, error) {
	text, err := canonical(c)
	if err != nil {
		return "", err
	}
	return digest(text), nil
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// canonical is a contract as JSON on one line, in the order of its fields.
func canonical(c *contract.Contract) ([]byte, error) {
	bare := *c
	bare.Warnings = nil
	text, err := json.Marshal(&bare)
	if err != nil {
		return nil, fmt.Errorf("write %s canonically: %w", c.Ref(), err)
	}
	return text, nil
}

// ReadLock reads a lock strictly: every digest must fit its contract, and no contract may hold
// a part that this program does not know. The error wraps ErrLock.
func ReadLock(data []byte) (*Lock, error) {
	var f file
	if err := strict(data, &f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLock, err)
	}
	if f.Format != lockFormat {
		return nil, fmt.Errorf("%w: format %d, this program knows %d", ErrLock, f.Format, lockFormat)
	}
	l := &Lock{entries: make(map[string]entry, len(f.Contracts))}
	for _, r := range f.Contracts {
		if got := digest(r.Contract); got != r.Digest {
			return nil, fmt.Errorf("%w: %s: digest %s, its text has %s: restore the lock from its history", ErrLock, r.Ref, r.Digest, got)
		}
		c := &contract.Contract{}
		if err := strict(r.Contract, c); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrLock, r.Ref, err)
		}
		if _, twice := l.entries[r.Ref]; twice || c.Ref() != r.Ref {
			return nil, fmt.Errorf("%w: %s stands there twice or holds %s", ErrLock, r.Ref, c.Ref())
		}
		l.entries[r.Ref] = entry{text: r.Contract, contract: c}
	}
	return l, nil
}

func strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one document")
	}
	return nil
}

// Refs lists the published contracts in order.
func (l *Lock) Refs() []string { return slices.Sorted(maps.Keys(l.entries)) }

// Check compares every published contract with the one of the set, in the order of Refs. A
// published contract that the set lacks is a breaking change.
func (l *Lock) Check(set *contract.Set) []Breaking {
	var found []Breaking
	for _, ref := range l.Refs() {
		next, ok := set.Get(ref)
		if !ok {
			found = append(found, Breaking{Ref: ref, What: "contract", Old: "published", Rule: ruleGone})
			continue
		}
		found = append(found, Check(l.entries[ref].contract, next)...)
	}
	return found
}

// Behind lists the contracts of the set that are not published, or not as they are now: for
// them the lock guards nothing, or an older state.
func (l *Lock) Behind(set *contract.Set) ([]string, error) {
	var refs []string
	for _, c := range set.All() {
		text, err := canonical(c)
		if err != nil {
			return nil, err
		}
		if e, ok := l.entries[c.Ref()]; !ok || !bytes.Equal(e.text, text) {
			refs = append(refs, c.Ref())
		}
	}
	return refs, nil
}

// Publish takes over every contract of the set as it is now. The error wraps ErrBreaking and
// names every breaking change; then nothing is taken over.
func (l *Lock) Publish(set *contract.Set) error {
	var errs []error
	for _, b := range l.Check(set) {
		errs = append(errs, fmt.Errorf("%w: %s", ErrBreaking, b))
	}
	next := map[string]entry{}
	for _, c := range set.All() {
		text, err := canonical(c)
		if err != nil {
			errs = append(errs, err)
		}
		next[c.Ref()] = entry{text: text, contract: c}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if l.entries == nil {
		l.entries = map[string]entry{}
	}
	maps.Copy(l.entries, next)
	return nil
}

// Bytes writes the lock: one line for each contract, so that a change is one line too.
func (l *Lock) Bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\"format\":%d,\"contracts\":[", lockFormat)
	for i, ref := range l.Refs() {
		if i > 0 {
			b.WriteByte(',')
		}
		text := l.entries[ref].text
		fmt.Fprintf(&b, "\n{\"ref\":%q,\"digest\":%q,\"contract\":%s}", ref, digest(text), text)
	}
	b.WriteString("\n]}\n")
	return b.Bytes()
}
