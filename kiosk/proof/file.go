package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2"
)

// maxFile is more than maxRows rows take.
const maxFile = 4 << 20

const (
	suffix = ".json"
	aside  = ".bad"
)

// errCorrupt is wrapped when a file holds something else than a table.
var errCorrupt = errors.New("not a table of plays")

// kept is a file's first line.
type kept struct {
	Version  int              `json:"version"`
	Day      Date             `json:"day"`
	Rows     []Row            `json:"rows"`
	Rejected map[Reason]int64 `json:"rejected,omitempty"`
}

func encode(day Date, t *table) ([]byte, error) {
	data, err := json.Marshal(kept{Version: 1, Day: day, Rows: t.list(), Rejected: t.rejected})
	if err != nil {
		return nil, fmt.Errorf("encode plays of %s: %w", day, err)
	}
	return fmt.Appendf(data, "\n%08x\n", crc32.ChecksumIEEE(data)), nil
}

func decode(day Date, data []byte) (*table, error) {
	line, sum, ok := bytes.Cut(data, []byte("\n"))
	if !ok || string(sum) != fmt.Sprintf("%08x\n", crc32.ChecksumIEEE(line)) {
		return nil, fmt.Errorf("%w: the checksum is wrong", errCorrupt)
	}
	var k kept
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&k); err != nil {
		return nil, fmt.Errorf("%w: %w", errCorrupt, err)
	}
	if k.Version != 1 || k.Day != day {
		return nil, fmt.Errorf("%w: version %d of day %q", errCorrupt, k.Version, clip(string(k.Day)))
	}
	if len(k.Rows) > maxRows {
		return nil, fmt.Errorf("%w: %d rows, at most %d", errCorrupt, len(k.Rows), maxRows)
	}
	t := newTable()
	for i := range k.Rows {
		r := k.Rows[i]
		for _, n := range [...]int64{r.Count, r.ShownMS, r.Interrupted, r.Failed} {
			if n < 0 || n > maxCount {
				return nil, fmt.Errorf("%w: row %d counts %d", errCorrupt, i, n)
			}
		}
		if t.rows[r.key()] != nil || r.Screen == "" || r.Item == "" || r.Interrupted > r.Count {
			return nil, fmt.Errorf("%w: row %d can't be true", errCorrupt, i)
		}
		t.rows[r.key()] = &r
	}
	for why, n := range k.Rejected {
		if n < 0 || n > maxCount {
			return nil, fmt.Errorf("%w: rejected %q %d times", errCorrupt, clip(string(why)), n)
		}
		t.rejected[why] = n
	}
	return t, nil
}

func (b *Book) path(day Date) string { return filepath.Join(b.opts.Dir, string(day)+suffix) }

// read reads a day's file; a table without rows when there is none.
func (b *Book) read(day Date) (*table, error) {
	f, err := os.Open(b.path(day))
	if errors.Is(err, fs.ErrNotExist) {
		return newTable(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read plays of %s: %w", day, err)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read plays of %s: %w", day, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("read plays of %s: %w: more than %d bytes", day, errCorrupt, maxFile)
	}
	t, err := decode(day, data)
	if err != nil {
		return nil, fmt.Errorf("read plays of %s: %w", day, err)
	}
	return t, nil
}

// setAside moves a day's file that can't be understood out of the way, for people to look at.
func (b *Book) setAside(day Date) error {
	if err := os.Rename(b.path(day), b.path(day)+aside); err != nil {
		return fmt.Errorf("set the plays of %s aside: %w", day, err)
	}
	return b.syncDir()
}

func (b *Book) write(day Date, t *table) error {
	data, err := encode(day, t)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.opts.Dir, 0o750); err != nil {
		return fmt.Errorf("write plays of %s: %w", day, err)
	}
	// The temporary file stands in the same folder: a rename only replaces within one file system.
	if err := renameio.WriteFile(b.path(day), data, 0o640, renameio.WithTempDir(b.opts.Dir)); err != nil {
		return fmt.Errorf("write plays of %s: %w", day, err)
	}
	return b.syncDir()
}

func (b *Book) syncDir() error {
	d, err := os.Open(b.opts.Dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync folder %s: %w", b.opts.Dir, err)
	}
	return nil
}

// entry is one file of the folder.
type entry struct {
	name string
	day  Date
	size int64
}

// files lists the days' files, the oldest first; those set aside and those that a cut left
// behind come before all, because they go first.
func (b *Book) files() (days, rest []entry, err error) {
	dir, err := os.ReadDir(b.opts.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("list plays: %w", err)
	}
	for _, d := range dir {
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue // gone meanwhile, or none of ours
		}
		one := entry{name: d.Name(), size: info.Size()}
		base, own := strings.CutSuffix(d.Name(), suffix)
		if day, err := ParseDate(base); own && err == nil {
			one.day = day
			days = append(days, one)
		} else if d.Name() != string(Unclocked)+suffix && (strings.HasSuffix(d.Name(), suffix+aside) || strings.HasPrefix(d.Name(), ".") && strings.Contains(d.Name(), suffix)) {
			rest = append(rest, one)
		}
	}
	slices.SortFunc(days, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return days, rest, nil
}

// prune deletes what is beyond the settings: first what was set aside or left behind by a cut,
// where bytes are short, then the oldest days.
func (b *Book) prune() error {
	days, rest, err := b.files()
	if err != nil {
		return err
	}
	var total int64
	for _, e := range slices.Concat(days, rest) {
		total += e.size
	}
	var errs []error
	remove := func(e entry) {
		if err := os.Remove(filepath.Join(b.opts.Dir, e.name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("delete old plays: %w", err))
		}
		total -= e.size
	}
	for i, e := range rest {
		// What begins with a dot is a temporary file of a run before: nothing else is being
		// written while the disk's lock is held.
		if strings.HasPrefix(e.name, ".") || len(rest)-i > maxAside || total > b.opts.MaxBytes {
			remove(e)
		}
	}
	for len(days) > 1 && (len(days) > b.opts.Days || total > b.opts.MaxBytes) {
		remove(days[0])
		days = days[1:]
	}
	return errors.Join(errs...)
}

// maxAside is how many files set aside are kept.
const maxAside = 8
