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
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/time/rate"
)

// Disk tells how much of the file system is free.
type Disk interface {
	// Free returns the bytes that this process may still write below dir.
	Free(dir string) (int64, error)
}

// Options are a store's settings.
type Options struct {
	// Dir is the store's own folder, never the journal's; it is made if it is not there.
	Dir string
	// MaxBytes is the store's share of the disk. FreeFloor is what must stay free on the file
	// system whatever the store holds, so that the journal never waits for media.
	MaxBytes, FreeFloor int64
	// Disk is asked for free bytes; nil means statfs(2).
	Disk Disk
	// Check says whether the screens can show an object: Checker.Object for a Profile. An error
	// that wraps ErrNoProbe means that nobody can say. It is required.
	Check func(ctx context.Context, path string, item Item) error
	// Profile names what Check checks against: what was checked against another profile is
	// checked again at the next publication.
	Profile string
	// Unchecked publishes what nobody can check, and names it; by default that is refused.
	Unchecked bool
	// Accept, where set, refuses a manifest whose programme does not fit its items.
	Accept func(m Manifest) error
	// Changed, where set, is called after what may be played has changed. It must not block.
	Changed func()
	// DiskBytesPerSecond bounds reading back: proving new objects and the walk over old ones.
	// 0 means 8 MiB.
	DiskBytesPerSecond int
}

// object is one file in objects/.
type object struct {
	size int64
	// seen is the last publication that named it.
	seen int64
	// proven: its hash was read since this store was opened. fit: it was checked, or its
	// publication says so; unchecked: nobody could.
	proven, fit, unchecked bool
}

// Store is the media folder. It is safe for concurrent use and starts nothing.
type Store struct {
	opts Options
	pace *rate.Limiter
	// turn is held by whoever reads or writes a lot: one at a time.
	turn chan struct{}
	// publishing is held through one publication.
	publishing chan struct{}
	// records is held while a record on the disk changes: what plays, what is wanted. Whoever
	// holds it may read those without mu. It is taken before mu, so that a card that takes
	// seconds to sync holds up no screen.
	records sync.Mutex
	// step is called before each act that a power cut may fall on; tests stop there.
	step func(what string) error
	// write is how parts are written; tests fill the disk.
	write func(f *os.File, p []byte) (int, error)

	mu       sync.Mutex
	objects  map[string]*object
	current  *publication
	previous *publication
	held     string
	wanted   *wanted
	// pinned are objects that a publication under way, or a download, still needs.
	pinned map[string]int
	sizes  map[string]int64 // of parts
	dirt   int64            // bytes in quarantine
	// wrong counts objects that came wrong while no manifest was wanted.
	wrong  map[string]int
	counts counts
	faults map[string]string
}

type counts struct {
	rotten, wrongHash, diskFull, published, rolledBack uint64
}

// OpenStore opens the folder: leftovers of an interrupted start are swept, sizes are compared,
// and what was published last is played again. Damage is put aside and reported by Status,
// never an error: errors are wrong settings (ErrConfig) and a folder that can't be read
// (ErrStorage).
func OpenStore(opts Options) (*Store, error) {
	if opts.Dir == "" || opts.Check == nil || opts.MaxBytes < 1 || opts.FreeFloor < 0 || opts.DiskBytesPerSecond < 0 {
		return nil, fmt.Errorf("%w: dir %q, max bytes %d, free floor %d, disk rate %d: name a folder, a check and bounds above zero", ErrConfig, opts.Dir, opts.MaxBytes, opts.FreeFloor, opts.DiskBytesPerSecond)
	}
	if opts.Disk == nil {
		opts.Disk = statfs{}
	}
	s := &Store{
		opts: opts, turn: make(chan struct{}, 1), publishing: make(chan struct{}, 1),
		step:    func(string) error { return nil },
		write:   func(f *os.File, p []byte) (int, error) { return f.Write(p) },
		objects: map[string]*object{}, pinned: map[string]int{}, sizes: map[string]int64{}, faults: map[string]string{},
	}
	s.pace = rate.NewLimiter(rate.Limit(cmp.Or(opts.DiskBytesPerSecond, 8<<20)), readStep)
	for _, sub := range []string{"objects", "parts", "published", "quarantine"} {
		if err := os.MkdirAll(filepath.Join(opts.Dir, sub), 0o755); err != nil {
			return nil, fmt.Errorf("%w: make folder: %w", ErrStorage, err)
		}
	}
	s.load()
	if err := s.sweep(); err != nil {
		return nil, err
	}
	return s, nil
}

// statfs asks the kernel.
type statfs struct{}

// Free returns the bytes free for unprivileged users.
func (statfs) Free(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("%w: statfs %s: %w", ErrStorage, dir, err)
	}
	// The fields' types differ between processors.
	return int64(st.Bavail) * int64(st.Bsize), nil //nolint:unconvert // see above
}

func (s *Store) objectPath(hash string) string {
	return filepath.Join(s.opts.Dir, "objects", hash[:2], hash)
}
func (s *Store) partPath(hash string) string {
	return filepath.Join(s.opts.Dir, "parts", hash+".part")
}
func (s *Store) tagPath(hash string) string {
	return filepath.Join(s.opts.Dir, "parts", hash+".etag")
}

// sweep looks at every file once: objects whose size is wrong go to quarantine, names that are
// no objects and what a broken rename left are removed.
func (s *Store) sweep() error {
	folders, err := os.ReadDir(filepath.Join(s.opts.Dir, "objects"))
	if err != nil {
		return fmt.Errorf("%w: list objects: %w", ErrStorage, err)
	}
	sizes := s.sizesNamed()
	for _, d := range folders {
		entries, err := os.ReadDir(filepath.Join(s.opts.Dir, "objects", d.Name()))
		if err != nil {
			s.fault(faultStorage, fmt.Sprintf("list objects/%s: %v", d.Name(), err))
			continue
		}
		for _, e := range entries {
			s.sweepObject(d.Name(), e, sizes)
		}
	}
	s.sweepParts()
	s.sweepPublished()
	s.dirt = s.trimQuarantine(keepQuarantined)
	s.mark()
	return nil
}

func (s *Store) sweepObject(dir string, e fs.DirEntry, sizes map[string]int64) {
	path := filepath.Join(s.opts.Dir, "objects", dir, e.Name())
	info, err := e.Info()
	if err != nil || !info.Mode().IsRegular() || !ValidHash(e.Name()) || e.Name()[:2] != dir {
		if err := os.RemoveAll(path); err != nil {
			s.fault(faultStorage, fmt.Sprintf("remove a stranger: %v", err))
		}
		return
	}
	s.objects[e.Name()] = &object{size: info.Size(), seen: s.lastSeen(info.ModTime())}
	if want, named := sizes[e.Name()]; named && want != info.Size() {
		s.rot(e.Name(), fmt.Sprintf("it has %d bytes, not %d", info.Size(), want))
	}
}

// lastSeen reads a publication's number from a file's time; a time from somewhere else is none.
func (s *Store) lastSeen(at time.Time) int64 {
	n := at.Unix()
	if s.current == nil || n < 0 || n > s.current.n {
		return 0
	}
	return n
}

// sizesNamed are the sizes that the publications and the wanted manifest give.
func (s *Store) sizesNamed() map[string]int64 {
	sizes := map[string]int64{}
	for _, items := range s.named() {
		for _, it := range items {
			sizes[it.SHA256] = it.Size
		}
	}
	return sizes
}

// named are the items that may not be dropped.
func (s *Store) named() [][]Item {
	var all [][]Item
	if s.current != nil {
		all = append(all, s.current.manifest.Items)
	}
	if s.previous != nil {
		all = append(all, s.previous.manifest.Items)
	}
	if s.wanted != nil {
		all = append(all, s.wanted.Manifest.Items)
	}
	return all
}

func (s *Store) sweepParts() {
	entries, err := os.ReadDir(filepath.Join(s.opts.Dir, "parts"))
	if err != nil {
		s.fault(faultStorage, fmt.Sprintf("list parts: %v", err))
		return
	}
	sizes := s.sizesNamed()
	for _, e := range entries {
		hash, kind, _ := strings.Cut(e.Name(), ".")
		want, named := sizes[hash]
		info, err := e.Info()
		if named && err == nil && kind == "etag" {
			continue
		}
		if named && err == nil && kind == "part" && info.Size() <= want && s.objects[hash] == nil {
			s.sizes[hash] = info.Size()
			continue
		}
		if err := os.Remove(filepath.Join(s.opts.Dir, "parts", e.Name())); err != nil {
			s.fault(faultStorage, fmt.Sprintf("remove a leftover: %v", err))
		}
	}
}

// sweepPublished removes publications that are neither current nor previous, and temporary
// files.
func (s *Store) sweepPublished() {
	keep := []string{"current", "wanted.json"}
	for _, p := range []*publication{s.current, s.previous} {
		if p != nil {
			keep = append(keep, strconv.FormatInt(p.n, 10)+".json")
		}
	}
	for _, dir := range []string{s.opts.Dir, filepath.Join(s.opts.Dir, "published")} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			s.fault(faultStorage, fmt.Sprintf("list %s: %v", filepath.Base(dir), err))
			continue
		}
		for _, e := range entries {
			if e.IsDir() || slices.Contains(keep, e.Name()) {
				continue
			}
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				s.fault(faultStorage, fmt.Sprintf("remove a leftover: %v", err))
			}
		}
	}
}

// keepQuarantined is how many rotten files are kept for whoever looks why.
const keepQuarantined = 3

// trimQuarantine keeps the newest files in quarantine and returns their bytes.
func (s *Store) trimQuarantine(keep int) (left int64) {
	dir := filepath.Join(s.opts.Dir, "quarantine")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(quarantined(b), quarantined(a)) })
	for i, e := range entries {
		info, err := e.Info()
		if err == nil && i < keep {
			left += info.Size()
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.fault(faultStorage, fmt.Sprintf("remove from quarantine: %v", err))
		}
	}
	return left
}

// quarantined is the number in a name in quarantine/: <hash>.<number>.
func quarantined(e fs.DirEntry) int64 {
	_, num, _ := strings.Cut(e.Name(), ".")
	n, err := strconv.ParseInt(num, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// rot puts an object aside: it is never played again under this name. The caller holds mu, or
// is alone.
func (s *Store) rot(hash, why string) {
	o := s.objects[hash]
	if o == nil {
		return
	}
	delete(s.objects, hash)
	s.counts.rotten++
	s.fault(faultRotten, fmt.Sprintf("object %s: %s", hash, why))
	number := int64(0)
	entries, err := os.ReadDir(filepath.Join(s.opts.Dir, "quarantine"))
	for _, e := range entries {
		number = max(number, quarantined(e)+1)
	}
	to := filepath.Join(s.opts.Dir, "quarantine", hash+"."+strconv.FormatInt(number, 10))
	if err == nil {
		err = os.Rename(s.objectPath(hash), to)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		// It is out of the list; whether its file is still there does not matter to what plays.
		s.fault(faultStorage, fmt.Sprintf("put object %s aside: %v", hash, err))
	}
	s.dirt = s.trimQuarantine(keepQuarantined)
}

// mark notes, on disk too, which publication named an object last.
func (s *Store) mark() {
	for _, p := range []*publication{s.previous, s.current} {
		if p == nil {
			continue
		}
		for _, it := range p.manifest.Items {
			o := s.objects[it.SHA256]
			if o == nil {
				continue
			}
			if p.profile == s.opts.Profile {
				o.fit, o.unchecked = true, slices.Contains(p.unchecked, it.SHA256)
			}
			if o.seen < p.n {
				o.seen = p.n
				// Only an order to drop files by: losing it costs a download at worst.
				_ = os.Chtimes(s.objectPath(it.SHA256), time.Unix(p.n, 0), time.Unix(p.n, 0))
			}
		}
	}
}

// take waits for a turn at the disk.
func (s *Store) take(ctx context.Context, turn chan struct{}) error {
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the disk: %w", ctx.Err())
	}
}

// notify tells that what may be played has changed. The caller does not hold mu.
func (s *Store) notify() {
	if s.opts.Changed != nil {
		s.opts.Changed()
	}
}
