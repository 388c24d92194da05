package blobs

import (
	"os"
	"path/filepath"
	"slices"
	"time"
)

// room makes room for more bytes of hash by forgetting what nobody has gone on with for
// longest, or says that there is none.
func (r *Receiver) room(hash string, more int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	type unfinished struct {
		name    string
		size    int64
		touched time.Time
	}
	entries, err := os.ReadDir(filepath.Join(r.Dir, "parts"))
	if err != nil {
		return false
	}
	var all []unfinished
	bytes := more
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue // gone meanwhile
		}
		bytes += info.Size()
		if e.Name() != hash {
			all = append(all, unfinished{e.Name(), info.Size(), info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b unfinished) int { return a.touched.Compare(b.touched) })
	count := len(all) + 1
	for _, u := range all {
		if count <= r.MaxParts && bytes <= r.MaxPartBytes {
			break
		}
		if r.busy[u.name] || os.Remove(r.part(u.name)) != nil {
			continue
		}
		count, bytes = count-1, bytes-u.size
	}
	return count <= r.MaxParts && bytes <= r.MaxPartBytes
}
