package media

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

const (
	// readStep is how much is read or written at once.
	readStep = 64 << 10
	// dropStep is how much is left in the page cache before it is given back: the booth's other
	// work must not be pushed out of memory by a film.
	dropStep = 1 << 20
)

// Verified is the outcome of one walk.
type Verified struct {
	// Objects and Bytes were read; Rotten of them did not have their hash and were put aside.
	Objects int
	Bytes   int64
	Rotten  int
}

// Verify reads every object once, those that play first, at the store's disk rate, and puts
// aside what does not have its hash. Errors wrap ErrStorage, for what could not be read for
// another reason than rot, or the context's error; the walk goes on after the former.
func (s *Store) Verify(ctx context.Context) (Verified, error) {
	var out Verified
	var errs []error
	for _, hash := range s.walk() {
		s.mu.Lock()
		o := s.objects[hash]
		s.mu.Unlock()
		if o == nil {
			continue
		}
		err := s.verifyOne(ctx, hash)
		switch {
		case ctx.Err() != nil:
			return out, fmt.Errorf("verify: %w", ctx.Err())
		case errors.Is(err, ErrMissing):
			out.Rotten++
		case err != nil:
			errs = append(errs, err)
			continue
		}
		out.Objects++
		out.Bytes += o.size
	}
	return out, errors.Join(errs...)
}

// walk is the order of Verify.
func (s *Store) walk() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var order []string
	seen := map[string]bool{}
	add := func(hash string) {
		if !seen[hash] && s.objects[hash] != nil {
			seen[hash] = true
			order = append(order, hash)
		}
	}
	for _, items := range s.named() {
		for _, it := range items {
			add(it.SHA256)
		}
	}
	rest := make([]string, 0, len(s.objects)-len(order))
	for hash := range s.objects {
		rest = append(rest, hash)
	}
	slices.Sort(rest)
	for _, hash := range rest {
		add(hash)
	}
	return order
}

// verifyOne proves one object. ErrMissing means that it was rotten or is gone.
func (s *Store) verifyOne(ctx context.Context, hash string) error {
	if err := s.take(ctx, s.turn); err != nil {
		return err
	}
	defer func() { <-s.turn }()
	s.mu.Lock()
	o := s.objects[hash]
	s.mu.Unlock()
	if o == nil {
		return fmt.Errorf("verify object %s: %w", hash, ErrMissing)
	}
	sum, n, err := s.hashFile(ctx, s.objectPath(hash))
	why := ""
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("verify object %s: %w", hash, ctx.Err())
	case err != nil && !rotten(err):
		s.mu.Lock()
		defer s.mu.Unlock()
		s.fault(faultStorage, fmt.Sprintf("read object %s: %v", hash, err))
		return fmt.Errorf("%w: verify object %s: %w", ErrStorage, hash, err)
	case err != nil:
		why = err.Error()
	case n != o.size:
		why = fmt.Sprintf("it has %d bytes, not %d", n, o.size)
	case sum != hash:
		why = "its content has another hash"
	}
	return s.judge(hash, o, why)
}

// judge notes what reading an object showed.
func (s *Store) judge(hash string, o *object, why string) error {
	s.mu.Lock()
	if s.objects[hash] != o {
		s.mu.Unlock()
		return fmt.Errorf("verify object %s: %w", hash, ErrMissing)
	}
	if why == "" {
		o.proven = true
		s.mu.Unlock()
		return nil
	}
	s.rot(hash, why)
	s.mu.Unlock()
	s.notify()
	return fmt.Errorf("verify object %s: %w: %s", hash, ErrMissing, why)
}

// rotten tells a card's damage from a process's troubles: only the first is the file's fault.
func rotten(err error) bool {
	for _, e := range []error{unix.EIO, unix.EBADMSG, unix.EUCLEAN, unix.EISDIR, fs.ErrNotExist, io.ErrUnexpectedEOF} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// hashFile reads a file from the disk, not from the page cache, as far as the kernel allows.
func (s *Store) hashFile(ctx context.Context, path string) (sum string, n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, fmt.Errorf("open: %w", err)
	}
	defer func() { _ = f.Close() }()
	dropCache(f, 0, 0)
	hash, buf := sha256.New(), make([]byte, readStep)
	dropped := int64(0)
	for {
		if err := s.pace.WaitN(ctx, readStep); err != nil {
			return "", n, fmt.Errorf("wait: %w", err)
		}
		got, err := f.Read(buf)
		_, _ = hash.Write(buf[:got]) // a hash never fails
		n += int64(got)
		if errors.Is(err, io.EOF) {
			dropCache(f, 0, 0)
			return hex.EncodeToString(hash.Sum(nil)), n, nil
		}
		if err != nil {
			return "", n, fmt.Errorf("read: %w", err)
		}
		if n-dropped >= dropStep {
			dropCache(f, dropped, n-dropped)
			dropped = n
		}
	}
}

// dropCache gives pages back; a length of 0 means to the end. It is advice: its failure changes
// nothing.
func dropCache(f *os.File, from, length int64) {
	_ = unix.Fadvise(int(f.Fd()), from, length, unix.FADV_DONTNEED)
}
