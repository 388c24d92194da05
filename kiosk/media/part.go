package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// floorStep is how many bytes are written between two looks at the free bytes.
const floorStep = 8 << 20

// part is an object that is arriving. Its user holds the store's turn.
type part struct {
	s      *Store
	it     Item
	f      *os.File
	at     int64
	synced int64
	looked int64
}

// openPart makes room for what is still to come and opens the part where it stands. Errors wrap
// ErrNoRoom or ErrStorage.
func (s *Store) openPart(it Item) (*part, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.lacks(it) {
		return nil, fmt.Errorf("open part of %q: it is here already", it.Name)
	}
	at := s.sizes[it.SHA256]
	if err := s.room(it.Size - at); err != nil {
		return nil, fmt.Errorf("%q: %w", it.Name, err)
	}
	f, err := os.OpenFile(s.partPath(it.SHA256), os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		s.fault(faultStorage, err.Error())
		return nil, fmt.Errorf("%w: open part of %q: %w", ErrStorage, it.Name, err)
	}
	p := &part{s: s, it: it, f: f, at: at, synced: at, looked: at}
	// What a crash left beyond what was counted is cut, so that bytes land where they belong.
	if err := f.Truncate(at); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%w: open part of %q: %w", ErrStorage, it.Name, err)
	}
	return p, nil
}

// restart throws away what came so far.
func (p *part) restart() error {
	if err := p.f.Truncate(0); err != nil {
		return fmt.Errorf("%w: restart %q: %w", ErrStorage, p.it.Name, err)
	}
	p.at, p.synced, p.looked = 0, 0, 0
	p.note()
	return nil
}

func (p *part) note() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.sizes[p.it.SHA256] = p.at
}

// Write appends; more than the manifest's size is ErrSource, a full disk or a reached floor
// ErrNoRoom, any other trouble of the disk ErrStorage. Every MiB is synced, so that the card
// writes steadily instead of stalling everybody at the end.
func (p *part) Write(b []byte) (int, error) {
	if int64(len(b)) > p.it.Size-p.at {
		return 0, fmt.Errorf("%w: more than the %d bytes of %q", ErrSource, p.it.Size, p.it.Name)
	}
	if p.at-p.looked >= floorStep {
		free, err := p.s.opts.Disk.Free(p.s.opts.Dir)
		if err != nil {
			return 0, fmt.Errorf("ask for free bytes: %w", err)
		}
		if free < p.s.opts.FreeFloor {
			return 0, fmt.Errorf("%w: %d bytes are free, %d must stay free", ErrNoRoom, free, p.s.opts.FreeFloor)
		}
		p.looked = p.at
	}
	if _, err := p.f.Seek(p.at, io.SeekStart); err != nil {
		return 0, fmt.Errorf("%w: write %q: %w", ErrStorage, p.it.Name, err)
	}
	n, err := p.s.write(p.f, b)
	p.at += int64(n)
	p.note()
	if err != nil {
		return n, p.broken(err)
	}
	if p.at-p.synced >= dropStep {
		return n, p.sync()
	}
	return n, nil
}

func (p *part) broken(err error) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EFBIG) {
		return fmt.Errorf("%w: the disk is full at byte %d of %q: %w", ErrNoRoom, p.at, p.it.Name, err)
	}
	return fmt.Errorf("%w: write %q: %w", ErrStorage, p.it.Name, err)
}

// sync brings what came to the disk and out of the page cache.
func (p *part) sync() error {
	if err := unix.Fdatasync(int(p.f.Fd())); err != nil {
		return p.broken(err)
	}
	dropCache(p.f, p.synced, p.at-p.synced)
	p.synced = p.at
	return nil
}

// close ends writing. After ErrNoRoom and ErrStorage the part is dropped: the room is needed
// elsewhere, and what a failing disk holds is worth nothing.
func (p *part) close(cause error) error {
	var err error
	drop := errors.Is(cause, ErrNoRoom) || errors.Is(cause, ErrStorage)
	if !drop {
		err = p.sync()
	}
	if cerr := p.f.Close(); err == nil && cerr != nil {
		err = p.broken(cerr)
	}
	if drop || err != nil {
		p.s.dropPart(p.it, errors.Join(cause, err))
	}
	return err
}

func (s *Store) dropPart(it Item, cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case errors.Is(cause, ErrNoRoom):
		s.counts.diskFull++
		s.fault(faultRoom, cause.Error())
	case errors.Is(cause, ErrStorage):
		s.fault(faultStorage, cause.Error())
	}
	if err := s.drop(spare{hash: it.SHA256, part: true}); err != nil {
		s.fault(faultStorage, err.Error())
	}
}

// finish gives a part of full length its name, if that is its name: it is synced, read back
// from the disk, renamed, and the folders are synced. Errors wrap ErrContent, ErrStorage or the
// context's error, which leaves the part for another time.
func (s *Store) finish(ctx context.Context, it Item) error {
	if err := s.step("sync part"); err != nil {
		return err
	}
	path := s.partPath(it.SHA256)
	if err := syncFile(path); err != nil {
		s.dropPart(it, err)
		return err
	}
	sum, n, err := s.hashFile(ctx, path)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("prove %q: %w", it.Name, ctx.Err())
	case err != nil:
		err = fmt.Errorf("%w: prove %q: %w", ErrStorage, it.Name, err)
		s.dropPart(it, err)
		return err
	case n != it.Size || sum != it.SHA256:
		s.dropPart(it, nil)
		return s.cameWrong(it)
	}
	err = s.name(it)
	if err != nil {
		s.tell(faultStorage, err.Error())
	}
	return err
}

// name renames a proven part.
func (s *Store) name(it Item) error {
	path := s.objectPath(it.SHA256)
	if err := s.step("make folder"); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("%w: %w", ErrStorage, err)
	}
	if err := s.step("rename part"); err != nil {
		return err
	}
	s.mu.Lock()
	seen := int64(0)
	if s.current != nil {
		seen = s.current.n
	}
	// Only an order to drop files by: losing it costs a download at worst.
	_ = os.Chtimes(s.partPath(it.SHA256), time.Unix(seen, 0), time.Unix(seen, 0))
	err := os.Rename(s.partPath(it.SHA256), path)
	if err == nil {
		delete(s.sizes, it.SHA256)
		s.objects[it.SHA256] = &object{size: it.Size, seen: seen, proven: true}
		s.mark()
	}
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%w: name %q: %w", ErrStorage, it.Name, err)
	}
	if err := s.step("sync folders"); err != nil {
		return err
	}
	if err := os.Remove(s.tagPath(it.SHA256)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrStorage, err)
	}
	for _, dir := range []string{filepath.Dir(path), filepath.Join(s.opts.Dir, "objects"), filepath.Join(s.opts.Dir, "parts")} {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	s.notify()
	return nil
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err != nil {
		return fmt.Errorf("%w: sync %s: %w", ErrStorage, filepath.Base(path), err)
	}
	return nil
}

// Add takes an object in from a reader instead of from the network: a memory stick, a package.
// It must have its item's size and hash. It waits for a download in progress. Errors wrap
// ErrManifest, ErrContent, ErrNoRoom, ErrStorage or the reader's error.
func (s *Store) Add(ctx context.Context, it Item, from io.Reader) error {
	if why := it.wrong(); len(why) > 0 {
		return fmt.Errorf("%w: %q: %s", ErrManifest, it.Name, why[0])
	}
	if err := s.take(ctx, s.turn); err != nil {
		return fmt.Errorf("add %q: %w", it.Name, err)
	}
	defer func() { <-s.turn }()
	s.mu.Lock()
	here := !s.lacks(it)
	s.mu.Unlock()
	if here {
		return nil
	}
	defer s.pin([]Item{it})()
	p, err := s.openPart(it)
	if err != nil {
		return fmt.Errorf("add: %w", err)
	}
	if err = p.restart(); err == nil {
		err = p.copy(ctx, from)
	}
	if cerr := p.close(err); err == nil {
		err = cerr
	}
	switch {
	case err == nil && p.at < it.Size:
		s.dropPart(it, nil)
		err = fmt.Errorf("%w: %d of %d bytes came", ErrContent, p.at, it.Size)
	case err == nil:
		err = s.finish(ctx, it)
	}
	if err != nil {
		return fmt.Errorf("add %q: %w", it.Name, err)
	}
	return nil
}

// copy writes all of from, and looks at ctx between steps.
func (p *part) copy(ctx context.Context, from io.Reader) error {
	buf := make([]byte, readStep)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := from.Read(buf)
		if n > 0 {
			if _, werr := p.Write(buf[:n]); werr != nil {
				return werr
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
	}
}
