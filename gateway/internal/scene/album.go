package scene

import (
	"bytes"
	"errors"
	"fmt"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"firepost/firmware-contracts/message"
)

// AlbumOptions say where and how much is kept. Start from DefaultAlbum.
type AlbumOptions struct {
	// Dir is the folder, made when absent; nothing else may live in it.
	Dir string
	// Station is this booth's id.
	Station string
	// MaxPictures and MaxBytes bound what is kept.
	MaxPictures int
	MaxBytes    int64
	// Retain is how long pictures are kept; see Options.Retain.
	Retain time.Duration
	// LogBytes bounds one file of the log of views, LogFiles how many are kept.
	LogBytes int64
	LogFiles int
	// Clock gives the moment.
	Clock func() message.Stamp
}

// DefaultAlbum keeps 500 pictures in at most 100 MiB for 30 days, and 8 MiB of views; Dir,
// Station and Clock are still to be set.
func DefaultAlbum() AlbumOptions {
	return AlbumOptions{
		MaxPictures: 500, MaxBytes: 100 << 20, Retain: leastRetention, LogBytes: 1 << 20, LogFiles: 8,
	}
}

// Stats is what people see of an album.
type Stats struct {
	Pictures int   `json:"pictures"`
	Bytes    int64 `json:"bytes"`
	Pending  int   `json:"pending"`
	// Dropped counts pictures that made room before their time, Expired those whose time had
	// come, Damaged those whose file was not what its name says; all since the album was opened.
	Dropped uint64 `json:"dropped"`
	Expired uint64 `json:"expired"`
	Damaged uint64 `json:"damaged"`
	// ViewsLost is how many of the oldest views the bounded log no longer holds.
	ViewsLost uint64 `json:"views_lost"`
	// Repairs says what was put right when the album was opened.
	Repairs []string `json:"repairs,omitempty"`
	// Err is why the index on disk is behind; the pictures themselves are safe.
	Err string `json:"error,omitempty"`
}

// Album keeps pictures in one folder. It is safe for concurrent use.
type Album struct {
	opts AlbumOptions
	disk disk

	mu       sync.Mutex
	pictures []Picture // by Seq
	next     uint64
	bytes    int64
	views    viewLog
	stats    Stats
	indexErr error
	stray    []string // files that could not be removed or finished yet
	closed   bool
}

// OpenAlbum opens the folder and puts right what a power cut left behind: half-written files
// are removed, files that the index does not know are taken in by their own captions, entries
// without a file are dropped. An error means that the folder can't be used at all.
func OpenAlbum(o AlbumOptions) (*Album, error) { return openAlbum(o, disk{}) }

func openAlbum(o AlbumOptions, d disk) (*Album, error) {
	if o.Dir == "" || o.Clock == nil || o.MaxPictures < 1 || o.MaxBytes < 64<<10 || o.Retain <= 0 || o.LogBytes < 4<<10 || o.LogFiles < 2 {
		return nil, fmt.Errorf("open album: %w: folder, clock and bounds must be set: %+v", ErrOptions, o.bounds())
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open album: %w", err)
	}
	a := &Album{opts: o, disk: d, next: 1}
	if err := a.restore(); err != nil {
		return nil, fmt.Errorf("open album: %w", err)
	}
	a.views = viewLog{dir: o.Dir, limit: o.LogBytes, files: o.LogFiles, disk: d}
	if err := a.views.open(); err != nil {
		return nil, fmt.Errorf("open album: %w", err)
	}
	// A power cut may have left files that had to go already, and the bounds may be smaller now.
	out, _ := a.surplus(0, 0, true)
	a.drop(out)
	a.expire()
	return a, nil
}

func (o AlbumOptions) bounds() string {
	return fmt.Sprintf("dir %q, %d pictures, %d bytes, retain %s, log %d x %d bytes", o.Dir, o.MaxPictures, o.MaxBytes, o.Retain, o.LogFiles, o.LogBytes)
}

// New describes a picture to be kept.
type New struct {
	Event            string
	Kind             Kind
	Device, Premises string
	Shot             int
	At               message.Stamp
}

// Add keeps a picture and makes room for it: the oldest go first, a fire's first pictures last.
// When it returns, the picture is on the disk with its caption. Errors wrap ErrOptions,
// ErrDamaged, ErrNoRoom, ErrClosed or the disk's own.
func (a *Album) Add(n New, data []byte) (Picture, error) {
	if n.Event == "" || (n.Kind != KindFire && n.Kind != KindCommand) || n.Shot < 0 {
		return Picture{}, fmt.Errorf("keep picture: %w: event %q, kind %q, shot %d", ErrOptions, n.Event, n.Kind, n.Shot)
	}
	head, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return Picture{}, fmt.Errorf("keep picture: %w: %w", ErrDamaged, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return Picture{}, fmt.Errorf("keep picture: %w", ErrClosed)
	}
	c := Caption{
		Version: 1, Station: a.opts.Station, Seq: a.next, Event: n.Event, Kind: n.Kind, Device: n.Device,
		Premises: n.Premises, Shot: n.Shot, First: n.Kind == KindFire && !a.hasEvent(n.Event), Boot: n.At.Boot, Mono: n.At.Mono, Wall: n.At.Wall.UTC(), Trusted: n.At.Trusted,
	}
	file, err := caption(data, c)
	if err != nil {
		return Picture{}, fmt.Errorf("keep picture of event %s: %w", n.Event, err)
	}
	p := Picture{ID: identity(file), Caption: c, Size: int64(len(file)), Width: head.Width, Height: head.Height}
	if c.Trusted {
		p.Dated = c.Wall
	}
	out, err := a.makeRoom(p)
	if err != nil {
		return Picture{}, fmt.Errorf("keep picture of event %s: %w", n.Event, err)
	}
	if err := a.disk.write(a.path(p.ID), file); err != nil {
		// It may have its name already, without being durable.
		a.stray = append(a.stray, p.ID)
		return Picture{}, fmt.Errorf("keep picture of event %s: %w", n.Event, err)
	}
	a.stray = slices.DeleteFunc(a.stray, func(id string) bool { return id == p.ID })
	a.next++
	a.take(p)
	a.stats.Dropped += uint64(len(out))
	a.drop(out)
	return p, nil
}

// take adds p to memory, in order.
func (a *Album) take(p Picture) {
	at, _ := slices.BinarySearchFunc(a.pictures, p.Seq, func(q Picture, seq uint64) int {
		switch {
		case q.Seq < seq:
			return -1
		case q.Seq > seq:
			return 1
		}
		return 0
	})
	a.pictures = slices.Insert(a.pictures, at, p)
	a.bytes += p.Size
	a.next = max(a.next, p.Seq+1)
}

// drop forgets pictures, then removes their files: a power cut in between leaves files that the
// next start takes in again, never entries for files that are gone.
func (a *Album) drop(ids []string) {
	a.pictures = slices.DeleteFunc(a.pictures, func(p Picture) bool {
		if !slices.Contains(ids, p.ID) {
			return false
		}
		a.bytes -= p.Size
		return true
	})
	a.saveIndex()
	ids = slices.Concat(a.stray, ids)
	if len(ids) == 0 {
		return
	}
	var errs []error
	a.stray = nil
	for _, id := range ids {
		if err := a.disk.remove(a.path(id)); err != nil {
			errs = append(errs, err)
			a.stray = append(a.stray, id)
		}
	}
	errs = append(errs, a.disk.sync(a.opts.Dir))
	if err := errors.Join(errs...); err != nil && a.indexErr == nil {
		a.indexErr = err
	}
}

// Get returns what is known of one picture.
func (a *Album) Get(id string) (Picture, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := a.find(id)
	if i < 0 {
		return Picture{}, false
	}
	return a.pictures[i], true
}

// List returns all pictures, oldest first by order of taking.
func (a *Album) List() []Picture {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.pictures)
}

// Pending returns the pictures that were not announced yet, oldest first.
func (a *Album) Pending() []Picture {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []Picture
	for _, p := range a.pictures {
		if !p.Announced {
			out = append(out, p)
		}
	}
	return out
}

// Announced notes that the platform was told of a picture. A lost note means a repeat.
func (a *Album) Announced(id string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := a.find(id)
	if i < 0 {
		return fmt.Errorf("note picture %s as announced: %w", id, ErrNotFound)
	}
	a.pictures[i].Announced = true
	a.saveIndex()
	return a.indexErr
}

// Blob returns a picture's file for the uplink. People see pictures by Open, which is logged.
func (a *Album) Blob(id string) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.read(id)
}

// Open hands a picture to a person. Who, when, which picture and why is on the disk before the
// picture is handed out; when it can't be written down, the view is refused. Errors wrap
// ErrNoReason, ErrNotLogged, ErrNotFound or ErrDamaged.
func (a *Album) Open(id, viewer, reason string) ([]byte, Picture, error) {
	if err := checkView(viewer, reason); err != nil {
		return nil, Picture{}, fmt.Errorf("view picture %s: %w", id, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	i := a.find(id)
	if i < 0 {
		return nil, Picture{}, fmt.Errorf("view picture %s: %w", id, ErrNotFound)
	}
	p := a.pictures[i]
	if err := a.views.add(viewOf(p, viewer, reason, a.opts.Clock())); err != nil {
		return nil, Picture{}, fmt.Errorf("view picture %s: %w: %w", id, ErrNotLogged, err)
	}
	data, err := a.read(id)
	if err != nil {
		return nil, Picture{}, err
	}
	return data, p, nil
}

// read returns a file whose content is what its name says; another is set aside.
func (a *Album) read(id string) ([]byte, error) {
	if a.find(id) < 0 {
		return nil, fmt.Errorf("read picture %s: %w", id, ErrNotFound)
	}
	data, err := os.ReadFile(a.path(id))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read picture %s: %w", id, err)
	}
	if err == nil && identity(data) == id {
		return data, nil
	}
	a.stats.Damaged++
	if err == nil {
		a.setAside(id)
	}
	a.drop([]string{id})
	return nil, fmt.Errorf("read picture %s: %w", id, ErrDamaged)
}

// Sweep drops what has been kept for long enough and returns how many pictures that were.
func (a *Album) Sweep() (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.expire()
	if a.indexErr != nil {
		a.saveIndex()
	}
	return n, a.indexErr
}

// Stats returns the present figures.
func (a *Album) Stats() Stats {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.stats
	s.Pictures, s.Bytes, s.ViewsLost = len(a.pictures), a.bytes, a.views.lost()
	s.Repairs = slices.Clone(a.stats.Repairs)
	for _, p := range a.pictures {
		if !p.Announced {
			s.Pending++
		}
	}
	if a.indexErr != nil {
		s.Err = a.indexErr.Error()
	}
	return s
}

// Views returns the log of views, oldest first, and how many of its lines can't be read.
func (a *Album) Views() (views []View, unreadable int, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.views.all()
}

// Close refuses further pictures. Everything is on the disk already.
func (a *Album) Close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
}

func (a *Album) find(id string) int {
	return slices.IndexFunc(a.pictures, func(p Picture) bool { return p.ID == id })
}

func (a *Album) hasEvent(event string) bool {
	return slices.ContainsFunc(a.pictures, func(p Picture) bool { return p.Event == event })
}

func (a *Album) path(id string) string { return filepath.Join(a.opts.Dir, id+suffix) }
