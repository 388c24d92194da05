package starter

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"firepost/kiosk/media"
	"firepost/kiosk/programme"
)

// Document is the programme's file in the starter's folder; Speech is the folder of the spoken
// texts and tones.
const (
	Document = "starter.yaml"
	Speech   = "speech"
)

// What can be wrong with a starter on the disk.
var (
	// ErrIncomplete means that the programme names a file that is not in the folder, or that a
	// file is not what the programme was made with: the package is damaged.
	ErrIncomplete = errors.New("starter programme is incomplete")
)

// File is one poster or page of the starter.
type File struct {
	// Path is relative to the starter's folder, with slashes.
	Path string
	// SHA256 is in lower-case hexadecimal; Size is in bytes.
	SHA256 string
	Size   int64
	// Type is media.TypeSVG or media.TypeHTML.
	Type string
	// For is how long the programme shows it, 0 where it is in no playlist.
	For time.Duration
}

// kinds are the folders of what is shown, and the type of what is in them.
var kinds = map[string]string{ //nolint:gochecknoglobals // lookup table
	"posters/*.svg": media.TypeSVG,
	"pages/*.html":  media.TypeHTML,
}

// Files lists the posters and pages in the folder, by path. What else lies there is left out.
func Files(dir string) ([]File, error) {
	root := os.DirFS(dir)
	var out []File
	for pattern, kind := range kinds {
		paths, err := fs.Glob(root, pattern)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", pattern, err)
		}
		for _, p := range paths {
			f := File{Path: p, Type: kind}
			if f.SHA256, f.Size, err = digest(root, p); err != nil {
				return nil, err
			}
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b File) int {
		if a.Path < b.Path {
			return -1
		}
		return 1
	})
	return out, nil
}

func digest(root fs.FS, name string) (sum string, size int64, err error) {
	f, err := root.Open(name)
	if err != nil {
		return "", 0, fmt.Errorf("open: %w", err)
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if size, err = io.Copy(h, f); err != nil {
		return "", 0, fmt.Errorf("read %s: %w", name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}

// Starter is the whole programme as it lies in a folder.
type Starter struct {
	Programme *programme.Programme
	// Data is the document, byte by byte.
	Data []byte
	// Files are those that the programme shows, each once.
	Files []File
}

// Load reads the programme in the folder and finds its files. Errors wrap ErrIncomplete where
// the folder does not hold what the programme names, or carry the document's problems.
func Load(dir string) (*Starter, error) {
	data, err := os.ReadFile(filepath.Join(dir, Document))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIncomplete, err)
	}
	p, err := programme.Parse(Document, data)
	if err != nil {
		return nil, fmt.Errorf("read starter programme: %w", err)
	}
	files, err := Files(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIncomplete, err)
	}
	byHash := make(map[string]File, len(files))
	for _, f := range files {
		byHash[f.SHA256] = f
	}
	s := &Starter{Programme: p, Data: data}
	var missing []error
	for _, it := range p.Items() {
		if it.Media == "" {
			continue
		}
		f, ok := byHash[it.Media]
		switch {
		case !ok:
			missing = append(missing, fmt.Errorf("%w: item %s names %s, which no file in %s has; install the package anew", ErrIncomplete, it.ID, it.Media, dir))
		case !slices.ContainsFunc(s.Files, func(o File) bool { return o.SHA256 == f.SHA256 }):
			f.For = it.For
			s.Files = append(s.Files, f)
		}
	}
	if err := errors.Join(missing...); err != nil {
		return nil, err
	}
	return s, nil
}

// Manifest is the starter as the media store publishes it, with the version that it gets there.
func (s *Starter) Manifest(version uint64) media.Manifest {
	m := media.Manifest{Version: version, Programme: media.Document{Name: Document, Data: s.Data}}
	for _, f := range s.Files {
		m.Items = append(m.Items, media.Item{SHA256: f.SHA256, Size: f.Size, Type: f.Type, Name: path.Base(f.Path)})
	}
	return m
}
