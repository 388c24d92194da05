package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"firepost/kiosk/media"
	"firepost/kiosk/programme"

	"github.com/google/renameio/v2"
)

// documentName is the programme's file in its folder.
const documentName = "programme.yaml"

// mediaFile is one file of a programme's folder.
type mediaFile struct {
	path, sum string
	size      int64
}

// filesOf lists and hashes the files below a folder; hidden ones are left out.
func filesOf(ctx context.Context, dir string) ([]mediaFile, error) {
	var out []mediaFile
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case path != dir && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		sum, size, err := hashOf(path)
		out = append(out, mediaFile{path, sum, size})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the folder: %w", err)
	}
	slices.SortFunc(out, func(a, b mediaFile) int { return cmp.Compare(a.path, b.path) })
	return out, nil
}

func hashOf(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if size, err = io.Copy(h, f); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}

func programmeManifest(ctx context.Context, args []string, std streams) error {
	fs := flags("programme manifest", std, programmeHelp)
	board := fs.String("profile", "pi4", "the weakest `board` that plays it: pi3, pi4, pi5, rk3588 or x86")
	fill := fs.Bool("fill", false, "first write the hashes into programme.yaml: of the file that a comment names, as in\n`media: 0 # films/kitchen.mp4`")
	to := fs.String("o", "", "write the manifest to this `file`")
	words, err := mixed(fs, args)
	if err != nil {
		return err
	}
	if len(words) != 1 {
		return fmt.Errorf("%w: name one folder with %s and its media, not %d", errUsage, documentName, len(words))
	}
	dir := words[0]
	profile, err := media.ProfileNamed(*board)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	files, err := filesOf(ctx, dir)
	if err != nil {
		return err
	}
	doc := filepath.Join(dir, documentName)
	data, err := readBounded(doc, media.MaxDocument)
	if err != nil {
		return err
	}
	if *fill {
		if data, err = fillHashes(doc, data, files); err != nil {
			return err
		}
	}
	m, err := makeManifest(ctx, doc, data, files, profile, std.err)
	if err != nil {
		return err
	}
	if *to == "" {
		_, err := std.out.Write(append(m.Encode(), '\n'))
		return err
	}
	if err := renameio.WriteFile(*to, append(m.Encode(), '\n'), 0o644, renameio.WithTempDir(filepath.Dir(*to))); err != nil {
		return fmt.Errorf("write %s: %w", *to, err)
	}
	var total int64
	for _, it := range m.Items {
		total += it.Size
	}
	fmt.Fprintf(std.out, "%s: %s, %d media files, %d bytes, for %s; next: firepost programme sign\n", *to, m.Programme.Name, len(m.Items), total, *board)
	return nil
}

// named is a hash and the comment that names its file.
var named = regexp.MustCompile(`(media:\s*)"?[0-9a-f]*"?([\s}]*#\s*)(\S+)`) //nolint:gochecknoglobals // a compiled constant

// fillHashes writes the hash of the file that a comment names before it, and keeps the rest.
func fillHashes(doc string, data []byte, files []mediaFile) ([]byte, error) {
	var bad []error
	out := named.ReplaceAllFunc(data, func(line []byte) []byte {
		part := named.FindSubmatch(line)
		path := filepath.Join(filepath.Dir(doc), filepath.FromSlash(string(part[3])))
		i := slices.IndexFunc(files, func(f mediaFile) bool { return filepath.Clean(f.path) == path })
		if i < 0 {
			bad = append(bad, fmt.Errorf("%s:%d: there is no file %s", doc, lineOf(data, line), part[3]))
			return line
		}
		return slices.Concat(part[1], []byte(files[i].sum), part[2], part[3])
	})
	if err := errors.Join(bad...); err != nil {
		return nil, err
	}
	if bytes.Equal(out, data) {
		return data, nil
	}
	if err := renameio.WriteFile(doc, out, 0o644, renameio.WithTempDir(filepath.Dir(doc)), renameio.WithExistingPermissions()); err != nil {
		return nil, fmt.Errorf("write %s: %w", doc, err)
	}
	return out, nil
}

func lineOf(data, part []byte) int {
	return 1 + bytes.Count(data[:max(0, bytes.Index(data, part))], []byte("\n"))
}

// makeManifest checks every file that the programme plays and puts the manifest together.
func makeManifest(ctx context.Context, doc string, data []byte, files []mediaFile, profile media.Profile, notes io.Writer) (media.Manifest, error) {
	p, err := programme.Parse(doc, data)
	if err != nil {
		return media.Manifest{}, err
	}
	if len(p.Warnings) > 0 {
		fmt.Fprintln(notes, p.Warnings.Error())
	}
	m := media.Manifest{Version: uint64(p.Version), Programme: media.Document{Name: p.Name(), Data: data}} //nolint:gosec // checked by Parse and Validate
	var bad []error
	checker := media.NewChecker()
	for _, sum := range p.Media() {
		i := slices.IndexFunc(files, func(f mediaFile) bool { return f.sum == sum })
		if i < 0 {
			bad = append(bad, fmt.Errorf("%s:%d: no file beside it has the sha256 %s; a comment with the file's name and -fill writes it", doc, lineOf(data, []byte(sum)), sum))
			continue
		}
		it, err := itemOf(ctx, checker, profile, files[i])
		if err != nil {
			bad = append(bad, err)
			continue
		}
		m.Items = append(m.Items, it)
		noteLength(notes, p, it)
	}
	for _, f := range files {
		if isMedia(f.path) && !slices.Contains(p.Media(), f.sum) {
			fmt.Fprintf(notes, "note: %s is not played; its sha256 is %s\n", f.path, f.sum)
		}
	}
	if err := errors.Join(bad...); err != nil {
		return m, err
	}
	return m, m.Validate()
}

func itemOf(ctx context.Context, checker *media.Checker, profile media.Profile, f mediaFile) (media.Item, error) {
	facts, err := checker.Check(ctx, f.path, profile)
	if err != nil {
		return media.Item{}, err
	}
	it := media.Item{SHA256: f.sum, Size: f.size, Type: facts.Type, Name: filepath.Base(f.path)}
	switch facts.Type {
	case media.TypeMP4, media.TypeWebM:
		it.DurationMS, it.Codec = facts.Duration.Milliseconds(), facts.Codec
		it.Width, it.Height = facts.Width, facts.Height
	case media.TypePNG, media.TypeJPEG:
		it.Width, it.Height = facts.Width, facts.Height
	}
	return it, nil
}

// noteLength tells of films that are cut by their slot, or stand still at its end.
func noteLength(notes io.Writer, p *programme.Programme, film media.Item) {
	long := time.Duration(film.DurationMS) * time.Millisecond
	for _, it := range p.Items() {
		if long > 0 && it.Media == film.SHA256 && (long-it.For).Abs() > time.Second {
			fmt.Fprintf(notes, "note: item %s is shown for %s, its film %s lasts %s\n", it.ID, it.For, film.Name, long.Round(100*time.Millisecond))
		}
	}
}

func isMedia(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".mp4", ".webm", ".png", ".jpg", ".jpeg", ".svg", ".html":
		return true
	}
	return false
}
