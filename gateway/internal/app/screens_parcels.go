package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/screens"
	"firepost/kiosk/media"
)

// A parcel is a programme that somebody brought by hand. firepost programme put lays it into the
// folder: its media as ID.SHA256, and last, in one step, its signed manifest as ID.signed. Only
// this process writes the store of media: of two, each would sweep away what the other is just
// taking in.
const (
	// ParcelSuffix ends the name of a parcel's signed manifest.
	ParcelSuffix  = ".signed"
	parcelRefused = ".refused"
	// parcelEvery is how often the folder is looked at; parcelOld how old something must be
	// that belongs to no parcel to be swept away: somebody may be laying one just now.
	parcelEvery = 5 * time.Second
	parcelOld   = 24 * time.Hour
)

// ParcelDir is where parcels are laid, below the folder of the screens.
func ParcelDir(screensDir string) string { return filepath.Join(screensDir, "incoming") }

// parcels is what became of the last one.
type parcels struct {
	turn sync.Mutex // held while parcels are taken in

	mu      sync.Mutex
	refused string
}

// packageTrouble says why the last parcel was not taken, empty if it was.
func (s *stage) packageTrouble() string {
	s.parcels.mu.Lock()
	defer s.parcels.mu.Unlock()
	return s.parcels.refused
}

func (s *stage) notePackage(why string) {
	s.parcels.mu.Lock()
	defer s.parcels.mu.Unlock()
	s.parcels.refused = why
}

// watchParcels takes in what is laid into the folder until ctx ends.
func (s *stage) watchParcels(ctx context.Context) error {
	dir := ParcelDir(s.cfg.Dir)
	t := time.NewTicker(parcelEvery)
	defer t.Stop()
	said := ""
	for {
		if err := s.takeParcels(ctx, dir); err != nil && ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			s.log.Error("programmes can't be brought by hand", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// takeParcels looks once. The folder is made, so that it belongs to the daemon, which has to
// delete from it.
func (s *stage) takeParcels(ctx context.Context, dir string) error {
	s.parcels.turn.Lock()
	defer s.parcels.turn.Unlock()
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("make the folder of parcels: %w", err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"+ParcelSuffix))
	if err != nil {
		return fmt.Errorf("list the parcels: %w", err)
	}
	var bad []error
	for _, path := range names {
		id := strings.TrimSuffix(filepath.Base(path), ParcelSuffix)
		switch {
		case strings.HasPrefix(id, "."): // it is being written
		case strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "":
			bad = append(bad, fmt.Errorf("parcel %q: its name may have lower-case letters, digits, - and _: use firepost programme put", id))
		default:
			bad = append(bad, s.takeParcel(ctx, dir, id))
		}
	}
	return errors.Join(append(bad, sweepParcels(dir, time.Now()))...)
}

// takeParcel takes one parcel in, or sets its manifest aside under another name. What may pass
// by itself, a full disk or the end of the daemon, leaves it for the next look.
func (s *stage) takeParcel(ctx context.Context, dir, id string) error {
	path := filepath.Join(dir, id+ParcelSuffix)
	env, err := readParcel(path)
	if err == nil {
		err = s.library.TakeIn(ctx, env, func(it media.Item) (io.ReadCloser, error) {
			f, err := os.Open(filepath.Join(dir, id+"."+it.SHA256))
			if errors.Is(err, fs.ErrNotExist) {
				return nil, media.ErrNotHere
			}
			return f, err
		})
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, media.ErrNoRoom), errors.Is(err, media.ErrStorage):
		s.notePackage(err.Error())
		return err
	case err != nil:
		s.notePackage(err.Error())
		s.log.Error("a programme brought by hand is refused", "parcel", id, "error", err)
		err = os.Rename(path, filepath.Join(dir, "last"+parcelRefused))
	default:
		s.notePackage("")
		s.log.Info("a programme brought by hand was taken in", "parcel", id)
		err = os.Remove(path)
	}
	if err != nil {
		return fmt.Errorf("put a parcel away: %w", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, id+".*"))
	bad := []error{err}
	for _, f := range left {
		bad = append(bad, os.Remove(f))
	}
	return errors.Join(bad...)
}

// sweepParcels removes what belongs to no parcel any more.
func sweepParcels(dir string, now time.Time) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list the parcels: %w", err)
	}
	var bad []error
	for _, e := range entries {
		id, _, _ := strings.Cut(strings.TrimPrefix(e.Name(), "."), ".")
		if _, err := os.Stat(filepath.Join(dir, id+ParcelSuffix)); err == nil || id == "last" {
			continue
		}
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && now.Sub(info.ModTime()) > parcelOld {
			bad = append(bad, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(bad...)
}

// readParcel reads a signed manifest, which can't be larger than a signed document may be.
func readParcel(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the parcel: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, message.MaxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("read the parcel: %w", err)
	}
	if len(data) > message.MaxDocument {
		return nil, fmt.Errorf("%w: the parcel is larger than %d bytes", screens.ErrProgramme, message.MaxDocument)
	}
	return data, nil
}
