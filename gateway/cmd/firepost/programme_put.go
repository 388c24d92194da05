package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/app"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/screens"
	"firepost/kiosk/media"
	"firepost/kiosk/programme"

	"github.com/google/renameio/v2"
	"golang.org/x/sys/unix"
)

// signed is a programme that two people signed.
type signed struct {
	env       []byte
	manifest  media.Manifest
	programme *programme.Programme
	by        message.Endorsers
}

// openSigned reads a signed programme and believes it by the keys of a booth.
func openSigned(s *config.Screens, path string) (*signed, error) {
	ring, err := ringOf(s)
	if err != nil {
		return nil, err
	}
	env, err := readBounded(path, message.MaxDocument)
	if err != nil {
		return nil, err
	}
	body, by, err := message.OpenDocument(screens.DocumentKind, env, ring)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m, p, err := manifestOf(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &signed{env, m, p, by}, nil
}

func programmePut(ctx context.Context, args []string, std streams) error {
	fs := flags("programme put", std, programmeHelp)
	path := fs.String("config", defaultConfig, "configuration `file` of this booth")
	partial := fs.Bool("partial", false, "media that the folder lacks are at the booth already, or come from the server")
	words, err := mixed(fs, args)
	if err != nil {
		return err
	}
	if len(words) != 2 {
		return fmt.Errorf("%w: put takes a signed file and the folder with its media", errUsage)
	}
	cfg, err := screensOf(*path)
	if err != nil {
		return err
	}
	s, err := openSigned(cfg.Screens, words[0])
	if err != nil {
		return err
	}
	found, err := s.find(ctx, words[1], *partial)
	if err != nil {
		return err
	}
	dir := app.ParcelDir(cfg.Screens.Dir)
	if err := s.lay(ctx, dir, found, floorOf(cfg.Screens)); err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%s: %s laid into %s with %d of %d media files; the daemon takes it in within seconds, or at its next start, and says on the status page and in its log what became of it\n",
		words[0], s.programme.Name(), dir, len(found), len(s.manifest.Items))
	return nil
}

func floorOf(s *config.Screens) int64 {
	if s.Programme == nil {
		return config.FreeFloor
	}
	return int64(s.Programme.FreeFloor)
}

// find looks for the media in a folder, by their contents.
func (s *signed) find(ctx context.Context, dir string, partial bool) (map[string]string, error) {
	files, err := filesOf(ctx, dir)
	if err != nil {
		return nil, err
	}
	found := make(map[string]string, len(s.manifest.Items))
	var missing []error
	for _, it := range s.manifest.Items {
		i := slices.IndexFunc(files, func(f mediaFile) bool { return f.sum == it.SHA256 && f.size == it.Size })
		switch {
		case i >= 0:
			found[it.SHA256] = files[i].path
		case !partial:
			missing = append(missing, fmt.Errorf("%s: no file is %q with the sha256 %s; -partial if the booth has it already", dir, it.Name, it.SHA256))
		}
	}
	return found, errors.Join(missing...)
}

// lay copies the media and then, in one step, the signed manifest to where the daemon looks.
func (s *signed) lay(ctx context.Context, dir string, found map[string]string, floor int64) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not there: the daemon makes it when it starts with screens: start it once", dir)
	}
	var need int64
	for _, it := range s.manifest.Items {
		if found[it.SHA256] != "" {
			need += 2 * it.Size // here, and in the store
		}
	}
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return fmt.Errorf("ask for free bytes: %w", err)
	}
	if free := int64(st.Bavail) * int64(st.Bsize); free-need < floor { //nolint:unconvert // the fields' types differ between processors
		return fmt.Errorf("%d bytes are free at %s, %d are needed and %d must stay free: use a larger disk, or publish less", free, dir, need, floor)
	}
	sum := sha256.Sum256(s.env)
	id := hex.EncodeToString(sum[:])[:16]
	for _, hash := range slices.Sorted(maps.Keys(found)) {
		if err := layFile(ctx, filepath.Join(dir, id+"."+hash), found[hash], hash); err != nil {
			s.takeBack(dir, id)
			return err
		}
	}
	if err := renameio.WriteFile(filepath.Join(dir, id+app.ParcelSuffix), s.env, 0o644, renameio.WithTempDir(dir), renameio.WithStaticPermissions(0o644)); err != nil {
		s.takeBack(dir, id)
		return fmt.Errorf("lay the manifest: %w", err)
	}
	return syncFolder(dir)
}

// takeBack removes what was laid of a parcel that did not get whole.
func (s *signed) takeBack(dir, id string) {
	for _, it := range s.manifest.Items {
		_ = os.Remove(filepath.Join(dir, id+"."+it.SHA256)) // the daemon sweeps what stays
	}
}

// layFile copies one file and proves on the way that it is what its name says.
func layFile(ctx context.Context, to, from, hash string) error {
	f, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("lay %s: %w", from, err)
	}
	defer func() { _ = f.Close() }()
	out, err := renameio.NewPendingFile(to, renameio.WithTempDir(filepath.Dir(to)), renameio.WithStaticPermissions(0o644))
	if err != nil {
		return fmt.Errorf("lay %s: %w", from, err)
	}
	defer func() { _ = out.Cleanup() }()
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(out, h), contextReader{ctx, f}); err != nil {
		return fmt.Errorf("lay %s: %w", from, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != hash {
		return fmt.Errorf("lay %s: %w: it changed meanwhile", from, media.ErrContent)
	}
	if err := out.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("lay %s: %w", from, err)
	}
	return nil
}

// contextReader stops reading when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync folder %s: %w", dir, err)
	}
	return nil
}
