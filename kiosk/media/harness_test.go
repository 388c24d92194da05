package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	mrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// thing is an object that differs with seed.
type thing struct {
	Item
	data []byte
}

func newThing(size int, seed byte) thing {
	data := make([]byte, size)
	_, _ = mrand.NewChaCha8([32]byte{seed}).Read(data)
	sum := sha256.Sum256(data)
	return thing{Item{
		SHA256: hex.EncodeToString(sum[:]), Size: int64(size), Type: TypeJPEG,
		Name: fmt.Sprintf("poster %d of %d.jpg", seed, size), Width: 1920, Height: 1080,
	}, data}
}

func manifestOf(version uint64, things ...thing) Manifest {
	m := Manifest{Version: version, Programme: Document{Name: "autumn.yaml", Data: fmt.Appendf(nil, "programme %d", version)}, Items: []Item{}}
	for _, x := range things {
		m.Items = append(m.Items, x.Item)
	}
	return m
}

// fakeDisk has as many free bytes as a test says, less what the store wrote.
type fakeDisk struct {
	mu   sync.Mutex
	size int64
	err  error
}

func (d *fakeDisk) Free(dir string) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	free := d.size
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil //nolint:nilerr // gone meanwhile
		}
		if info, err := e.Info(); err == nil {
			free -= info.Size()
		}
		return nil
	})
	if d.err != nil {
		err = d.err
	}
	return free, err
}

func fits(context.Context, string, Item) error { return nil }

func openStore(t testing.TB, dir string, change func(*Options)) *Store {
	t.Helper()
	opts := Options{Dir: dir, MaxBytes: 100 << 20, FreeFloor: 1 << 20, Disk: &fakeDisk{size: 1 << 30}, Check: fits, DiskBytesPerSecond: 1 << 30}
	if change != nil {
		change(&opts)
	}
	s, err := OpenStore(opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newStore(t testing.TB) *Store { return openStore(t, filepath.Join(t.TempDir(), "media"), nil) }

func add(t testing.TB, s *Store, things ...thing) {
	t.Helper()
	for _, x := range things {
		if err := s.Add(t.Context(), x.Item, bytes.NewReader(x.data)); err != nil {
			t.Fatal(err)
		}
	}
}

func publish(t testing.TB, s *Store, m Manifest) {
	t.Helper()
	if err := s.Publish(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

// playing is the version that plays, 0 for none; what plays must be whole.
func playing(t testing.TB, s *Store) uint64 {
	t.Helper()
	p, ok := s.Current()
	if !ok {
		return 0
	}
	if len(p.OutOfPlay) > 0 {
		t.Errorf("version %d plays without %v", p.Manifest.Version, names(p.OutOfPlay))
	}
	doc, err := s.Document()
	if err != nil || string(doc.Data) != fmt.Sprintf("programme %d", p.Manifest.Version) {
		t.Errorf("version %d has programme %q, %v", p.Manifest.Version, doc.Data, err)
	}
	return p.Manifest.Version
}

// honest fails the test if a file among the objects does not have its hash, whatever else.
func honest(t testing.TB, dir string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "objects"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if digest(data) != e.Name() {
			t.Errorf("object %s of %d bytes has other content", e.Name(), len(data))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// shelf serves things under their hashes, as a well-behaved server.
type shelf struct {
	mu       sync.Mutex
	data     map[string][]byte
	requests []string
	// wrap, where set, may answer instead.
	wrap func(w http.ResponseWriter, r *http.Request, data []byte) bool
}

func newShelf(things ...thing) *shelf {
	s := &shelf{data: map[string][]byte{}}
	for _, x := range things {
		s.data[x.SHA256] = x.data
	}
	return s
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	hash := strings.TrimPrefix(r.URL.Path, Path)
	s.mu.Lock()
	data, ok := s.data[hash]
	s.requests = append(s.requests, r.Header.Get("Range"))
	wrap := s.wrap
	s.mu.Unlock()
	if wrap != nil && wrap(w, r, data) {
		return
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", `"`+hash+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

func (s *shelf) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// fetcherFrom is a service whose server is h; nothing runs yet.
func fetcherFrom(t testing.TB, s *Store, h http.Handler, change func(*Config)) *Service {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	cfg := Defaults()
	cfg.Server, cfg.Insecure, cfg.BytesPerSecond = server.URL, true, 0
	cfg.LeastPause, cfg.MostPause, cfg.Stall = time.Millisecond, 2*time.Millisecond, 2*time.Minute
	if change != nil {
		change(&cfg)
	}
	v, err := NewService(s, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// fetchOne is one attempt at one object.
func fetchOne(t testing.TB, v *Service, x thing) error {
	t.Helper()
	_, _, err := v.fetch.fetch(t.Context(), x.Item)
	return err
}

func reader(x thing) *bytes.Reader { return bytes.NewReader(x.data) }

// flip changes one bit in the middle of a file.
func flip(t testing.TB, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
