package media

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"
)

// ServePath is where Handler serves objects; the SHA-256 follows.
const ServePath = "/media/"

// Object is an object of what plays, open for reading. Close it.
type Object struct {
	// Item is what its publication says about it.
	Item Item
	s    *Store
	o    *object
	f    *os.File
	// left is where the next byte is read.
	at int64
}

// Open opens an object of the current or the previous publication that is whole as far as is
// known: it was proven when it was published, its size is right, and no walk found it rotten
// since. Errors wrap ErrNotHere, or ErrStorage when the disk does not give it out.
func (s *Store) Open(hash string) (*Object, error) {
	s.mu.Lock()
	it, ok := s.playing(hash)
	o := s.objects[hash]
	s.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("open object %s: %w", hash, ErrNotHere)
	}
	f, err := os.Open(s.objectPath(hash))
	var info fs.FileInfo
	if err == nil {
		if info, err = f.Stat(); err != nil {
			_ = f.Close()
		}
	}
	switch {
	case err != nil && rotten(err):
		return nil, errors.Join(fmt.Errorf("open object %s: %w", hash, ErrNotHere), s.judge(hash, o, err.Error()))
	case err != nil:
		return nil, fmt.Errorf("%w: open object %s: %w", ErrStorage, hash, err)
	case info.Size() != it.Size:
		_ = f.Close()
		why := fmt.Sprintf("it has %d bytes, not %d", info.Size(), it.Size)
		return nil, errors.Join(fmt.Errorf("open object %s: %w", hash, ErrNotHere), s.judge(hash, o, why))
	}
	return &Object{Item: it, s: s, o: o, f: f}, nil
}

// Path is the file of an object that Playable reports, for players that open files themselves:
// what is wrong with it then shows only at the next walk. It is empty for what is no hash.
func (s *Store) Path(hash string) string {
	if !ValidHash(hash) {
		return ""
	}
	return s.objectPath(hash)
}

// Read reads on. An error of the disk puts the object aside: it is out of play from then on.
func (o *Object) Read(p []byte) (int, error) {
	n, err := o.f.Read(p)
	o.at += int64(n)
	switch {
	case errors.Is(err, io.EOF) && o.at < o.Item.Size:
		err = fmt.Errorf("read object %s at byte %d: %w", o.Item.SHA256, o.at, io.ErrUnexpectedEOF)
	case err == nil, errors.Is(err, io.EOF):
		return n, err
	}
	if rotten(err) {
		err = errors.Join(err, o.s.judge(o.Item.SHA256, o.o, err.Error()))
	}
	return n, err
}

// Seek is io.Seeker.
func (o *Object) Seek(offset int64, whence int) (int64, error) {
	at, err := o.f.Seek(offset, whence)
	if err != nil {
		return at, fmt.Errorf("seek object %s: %w", o.Item.SHA256, err)
	}
	o.at = at
	return at, nil
}

// Close ends reading.
func (o *Object) Close() error { return o.f.Close() }

// Handler serves ServePath{sha256} to the screens: GET and HEAD with ranges. A name is a hash,
// so that a browser may keep it for ever; what it names can't reach anything else.
func (s *Store) Handler() http.Handler { return http.HandlerFunc(s.serve) }

func (s *Store) serve(w http.ResponseWriter, r *http.Request) {
	hash, found := strings.CutPrefix(r.URL.Path, ServePath)
	if !found || !ValidHash(hash) {
		http.Error(w, "no such media", http.StatusNotFound)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "GET or HEAD", http.StatusMethodNotAllowed)
		return
	}
	o, err := s.Open(hash)
	if err != nil {
		w.Header().Set("Cache-Control", "no-store")
		code := http.StatusNotFound
		if errors.Is(err, ErrStorage) {
			code = http.StatusServiceUnavailable
		}
		http.Error(w, "no such media now", code)
		return
	}
	defer func() { _ = o.Close() }()
	describe(w.Header(), hash, o.Item.Type)
	http.ServeContent(w, r, "", time.Time{}, o)
}

func contentType(t string) string {
	if t == TypeHTML || t == TypeSVG {
		return t + "; charset=utf-8"
	}
	return t
}

// policy keeps what an object brings along inside of it: a page runs its own script in a
// sandbox without an origin, and nothing reaches the network or the booth.
func policy(t string) string {
	switch t {
	case TypeHTML:
		return "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
	case TypeSVG:
		return "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
	default:
		return "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'"
	}
}
