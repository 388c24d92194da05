package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/durable"
)

// quarantinePrefix begins the name of every folder set aside; keepQuarantined bounds them.
const (
	quarantinePrefix = "quarantine-"
	keepQuarantined  = 3
	salvageChunk     = 128
)

// salvage is a quarantined journal that is being read back.
type salvage struct {
	file    string // folder within Options.Dir
	cursors bool   // the cursors are not known yet
	passed  bool   // its unsent events are in
	// shift is subtracted from the positions of other runs' events, which this run's
	// own positions would clash with.
	shift uplink.Position
}

// setAside renames the journal's folder; opening the journal makes a new one.
func (s *Store) setAside() (string, error) {
	dir := filepath.Dir(s.path())
	number := 1
	old := s.quarantined()
	if len(old) > 0 {
		number = quarantineNumber(old[len(old)-1]) + 1
	}
	name := fmt.Sprintf("%s%04d-%s-epoch%d", quarantinePrefix, number, s.opts.Now().Wall.UTC().Format("20060102T150405Z"), s.num.epoch)
	aside := filepath.Join(s.opts.Dir, name)
	if err := os.Rename(dir, aside); err != nil {
		return "", fmt.Errorf("set journal aside: %w", err)
	}
	if err := durable.SyncFolder(s.opts.Dir); err != nil {
		// At worst a power cut undoes the renaming and the next start repeats it.
		s.opts.Log.Warn("folder can't be synced", "error", err)
	}
	busy := ""
	if s.salvage != nil {
		busy = s.salvage.file
	}
	for i := 0; i+keepQuarantined-1 < len(old); i++ {
		if old[i] != busy {
			_ = os.RemoveAll(filepath.Join(s.opts.Dir, old[i]))
		}
	}
	return aside, nil
}

// quarantined lists the folders set aside, oldest first.
func (s *Store) quarantined() []string {
	entries, err := os.ReadDir(s.opts.Dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), quarantinePrefix) {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int { return quarantineNumber(a) - quarantineNumber(b) })
	return names
}

func quarantineNumber(name string) int {
	text, _, _ := strings.Cut(strings.TrimPrefix(name, quarantinePrefix), "-")
	n, _ := strconv.Atoi(text)
	return n
}

// repair brings a journal into use that is not: opens it, or sets a corrupt one aside. The
// caller is the writer.
func (s *Store) repair(ctx context.Context) error {
	s.mu.Lock()
	damage := s.corrupt
	s.mu.Unlock()
	if damage != nil {
		_, err := s.replace(ctx, damage)
		return err
	}
	if s.j != nil {
		return nil
	}
	j, c, err := s.tryOpen(ctx)
	if err == nil && !s.adopted && c.maxPos > s.base {
		j.close()
		err = errClash
	}
	if damaged(err) {
		_, err = s.replace(ctx, err)
		return err
	}
	if err != nil {
		return err
	}
	s.jmu.Lock()
	s.j = j
	s.jmu.Unlock()
	if !s.adopted {
		s.adoptLate(ctx, c)
	}
	return nil
}

// replace sets the journal aside while the store runs and begins a new one. Everything that
// memory knows goes into it; events come back by salvage.
func (s *Store) replace(ctx context.Context, why error) (aside string, err error) {
	s.closeJournal()
	aside, err = s.setAside()
	if err != nil {
		return "", err
	}
	s.opts.Log.Error("journal is corrupt and was set aside", "file", aside, "reason", why)
	s.mu.Lock()
	s.corrupt = nil
	s.stats.quarantined++
	s.stats.counted, s.stats.events, s.stats.teleBytes = false, 0, 0
	if s.salvage != nil && !s.salvage.passed {
		s.opts.Log.Error("an earlier salvage was not finished", "file", s.salvage.file)
	}
	s.salvage = &salvage{file: filepath.Base(aside), cursors: !s.adopted}
	s.salvageMark = &s.salvage.file
	s.again = s.recentDurable()
	s.gated = true
	s.adopted = true
	if !s.stats.sound {
		s.rewind()
	}
	s.mu.Unlock()
	s.inherit()
	s.reportSetAside(aside, why.Error())
	s.wakeSalvage()
	j, _, err := s.tryOpen(ctx)
	if err != nil {
		return aside, err
	}
	s.jmu.Lock()
	s.j = j
	s.jmu.Unlock()
	return aside, nil
}

// wakeSalvage starts the reading back of a journal set aside.
func (s *Store) wakeSalvage() {
	select {
	case s.mend <- struct{}{}:
	default:
	}
}

// rewind puts every uplink back to where this run began. With s.mu held.
func (s *Store) rewind() {
	for _, o := range s.boxes {
		o.mu.Lock()
		for lane := range laneTelemetry {
			o.lanes[lane].rewind()
		}
		o.mu.Unlock()
	}
}

// inherit marks everything that memory knows as due, for a journal that knows nothing.
func (s *Store) inherit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.points {
		s.orphans[key] = struct{}{}
	}
	var metas []op
	for _, m := range s.meta {
		metas = append(metas, op{meta: m})
	}
	s.pending = append(metas, s.pending...)
	for _, o := range s.boxes {
		o.mu.Lock()
		for lane := range o.lanes {
			o.lanes[lane].dirty = true
		}
		o.mu.Unlock()
	}
	s.epochDue = true
}

// recentDurable are the entries in memory that only the old journal had. With s.mu held.
func (s *Store) recentDurable() []*item {
	var out []*item
	for lane := range s.lanes {
		for _, it := range s.lanes[lane].live() {
			if it.pos <= s.durable {
				out = append(out, it)
			}
		}
	}
	return out
}
