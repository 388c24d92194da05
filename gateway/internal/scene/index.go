package scene

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	indexName = "index.json"
	suffix    = ".jpg"
	aside     = ".damaged"
	// keepAside is how many damaged files are kept for a look.
	keepAside = 8
)

// index is what memory holds, for a quick start. Everything but Announced and Dated can be read
// again from the pictures.
type index struct {
	Version  int       `json:"version"`
	Next     uint64    `json:"next"`
	Pictures []Picture `json:"pictures"`
}

// sealed is the index file: the body's exact bytes and their CRC-32C.
type sealed struct {
	CRC  uint32          `json:"crc32c"`
	Body json.RawMessage `json:"body"`
}

func checksum(body []byte) uint32 { return crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) }

// saveIndex writes the index; a failure is kept for Stats and tried again with the next change.
func (a *Album) saveIndex() {
	body, err := json.Marshal(index{Version: 1, Next: a.next, Pictures: a.pictures})
	if err == nil {
		var out bytes.Buffer
		fmt.Fprintf(&out, `{"crc32c":%d,"body":%s}`+"\n", checksum(body), body)
		err = a.disk.write(filepath.Join(a.opts.Dir, indexName), out.Bytes())
	}
	a.indexErr = err
}

// readIndex returns an empty index and a note when there is none that can be believed.
func readIndex(path string) (index, string) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return index{}, ""
	}
	var s sealed
	var in index
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err == nil && checksum(s.Body) != s.CRC {
		err = fmt.Errorf("%w: checksum", ErrDamaged)
	}
	if err == nil {
		err = json.Unmarshal(s.Body, &in)
	}
	if err == nil && in.Version != 1 {
		err = fmt.Errorf("%w: version %d", ErrDamaged, in.Version)
	}
	if err != nil {
		return index{}, fmt.Sprintf("index unreadable (%v), read again from the pictures", err)
	}
	return in, ""
}

// restore fills memory from the folder.
func (a *Album) restore() error {
	in, note := readIndex(filepath.Join(a.opts.Dir, indexName))
	a.repaired(note)
	known := map[string]Picture{}
	for _, p := range in.Pictures {
		known[p.ID] = p
	}
	a.next = max(1, in.Next)
	entries, err := os.ReadDir(a.opts.Dir)
	if err != nil {
		return fmt.Errorf("list pictures: %w", err)
	}
	var damaged []string
	for _, e := range entries {
		name := e.Name()
		switch id := strings.TrimSuffix(name, suffix); {
		case !e.Type().IsRegular():
		case isLeftover(name):
			a.repaired("half-written " + name + " removed")
			if err := a.disk.remove(filepath.Join(a.opts.Dir, name)); err != nil {
				a.repaired(err.Error())
			}
		case strings.HasSuffix(name, suffix+aside):
			damaged = append(damaged, name)
		case strings.HasSuffix(name, suffix) && isID(id):
			p, found := known[id]
			delete(known, id)
			a.restoreOne(id, p, found)
		}
	}
	for id := range known {
		a.repaired("picture " + id + " is gone from the folder")
	}
	a.boundAside(damaged)
	return nil
}

// restoreOne takes in a file: by the index when its size agrees, else by its own caption.
func (a *Album) restoreOne(id string, p Picture, found bool) {
	if found {
		if info, err := os.Stat(a.path(id)); err == nil && info.Size() == p.Size {
			a.take(p)
			return
		}
	}
	data, err := os.ReadFile(a.path(id))
	if err != nil {
		a.repaired("picture " + id + ": " + err.Error())
		return
	}
	c, err := ReadCaption(data)
	if err != nil || identity(data) != id {
		a.stats.Damaged++
		a.repaired("picture " + id + " is damaged and was set aside")
		a.setAside(id)
		return
	}
	fresh := Picture{ID: id, Caption: c, Size: int64(len(data))}
	if head, err := jpeg.DecodeConfig(bytes.NewReader(data)); err == nil {
		fresh.Width, fresh.Height = head.Width, head.Height
	}
	if c.Trusted {
		fresh.Dated = c.Wall
	}
	a.take(fresh)
	a.repaired("picture " + id + " taken in by its caption")
}

func (a *Album) repaired(note string) {
	if note != "" && len(a.stats.Repairs) < 20 {
		a.stats.Repairs = append(a.stats.Repairs, note)
	}
}

func (a *Album) setAside(id string) {
	if err := a.disk.rename(a.path(id), a.path(id)+aside); err != nil {
		a.repaired(err.Error())
	}
}

// boundAside keeps few damaged files; which ones does not matter.
func (a *Album) boundAside(names []string) {
	slices.Sort(names)
	for len(names) > keepAside {
		if err := a.disk.remove(filepath.Join(a.opts.Dir, names[0])); err != nil {
			a.repaired(err.Error())
		}
		names = names[1:]
	}
}

// isID reports whether s is a SHA-256 in lower-case hexadecimal.
func isID(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// isLeftover recognises the temporary files of an interrupted write: a dot, the name, digits.
// Nothing else is ever removed from the folder.
func isLeftover(name string) bool {
	rest, dotted := strings.CutPrefix(name, ".")
	base := strings.TrimRight(rest, "0123456789")
	if !dotted || base == rest {
		return false
	}
	id, picture := strings.CutSuffix(base, suffix)
	return base == indexName || (picture && isID(id))
}
