package proof

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/kiosk/programme"
)

// Errors of this package; ErrRejected stands with the records.
var (
	// ErrOptions is wrapped by every error of New.
	ErrOptions = errors.New("proof options")
	// ErrDate is wrapped when a text is no day, or a range ends before it begins.
	ErrDate = errors.New("no day of the calendar")
	// ErrCorrupt is wrapped by Tick when a file was set aside.
	ErrCorrupt = errors.New("plays set aside")
	// ErrLost is wrapped by Tick when plays that the disk never took had to be forgotten.
	ErrLost = errors.New("plays lost")
)

// Options are what a book is made of. Start from Defaults.
type Options struct {
	// Dir is the folder of the days' files; it is made where it is missing. Nothing else may
	// stand in it.
	Dir string
	// Screens are the names of the booth's screens.
	Screens []string
	// Days is how many days are kept, MaxBytes how much they may take at most.
	Days     int
	MaxBytes int64
	// Every is the least time between two writes.
	Every time.Duration
}

// Defaults are 400 days in 32 MiB, written once a minute. Dir and Screens are still to be set.
func Defaults() Options {
	return Options{Days: 400, MaxBytes: 32 << 20, Every: time.Minute}
}

type place struct{ screen, zone string }

type stretch struct{ from, until time.Duration }

// plays are the items of one programme: the length of the slot by id.
type plays struct {
	name  string
	slots map[string]time.Duration
}

// sheet is a day in memory. Until its file has been read it holds only what is newer.
type sheet struct {
	*table
	loaded, dirty bool
	// newest is the end of the last record of the day, in booth time; changed are the items
	// that Readings has not told yet.
	newest  time.Time
	changed map[item]bool
}

type item struct{ screen, id string }

// Book counts plays. It is safe for concurrent use.
type Book struct {
	opts    Options
	screens map[string]bool

	mu sync.Mutex
	// programmes are the present one and the one before.
	programmes []plays
	last       map[place]stretch
	sheets     map[Date]*sheet
	today      Date
	corrupt    int

	disk    sync.Mutex // held while files are read and written
	wrote   time.Duration
	written bool
	pruned  Date
}

// New checks the settings and returns a book. Nothing is read or written yet. Errors wrap
// ErrOptions.
func New(opts Options) (*Book, error) {
	switch {
	case opts.Dir == "":
		return nil, fmt.Errorf("%w: no folder", ErrOptions)
	case len(opts.Screens) == 0:
		return nil, fmt.Errorf("%w: no screens", ErrOptions)
	case opts.Days < 1 || opts.Days > 4000 || opts.MaxBytes < 1<<20 || opts.Every < time.Second:
		return nil, fmt.Errorf("%w: days %d (1 to 4000), bytes %d (from 1 MiB), every %s (from 1s) are out of range",
			ErrOptions, opts.Days, opts.MaxBytes, opts.Every)
	}
	b := &Book{
		opts: opts, screens: make(map[string]bool), last: make(map[place]stretch),
		sheets: make(map[Date]*sheet), today: Unclocked,
	}
	for _, s := range opts.Screens {
		b.screens[s] = true
	}
	return b, nil
}

// Know tells the book which programme plays from now on. Records of the one before are still
// believed, those of older ones are not.
func (b *Book) Know(p *programme.Programme) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.programmes); n > 0 && b.programmes[n-1].name == p.Name() {
		return
	}
	one := plays{name: p.Name(), slots: make(map[string]time.Duration)}
	for _, it := range p.Items() {
		one.slots[it.ID] = it.For
	}
	b.programmes = append(b.programmes, one)
	if len(b.programmes) > 2 {
		b.programmes = slices.Delete(b.programmes, 0, 1)
	}
}

func (b *Book) known(name string) (map[string]time.Duration, bool) {
	for _, p := range b.programmes {
		if p.name == name {
			return p.slots, true
		}
	}
	return nil, false
}

// Add counts a record. One that can't be true is counted as rejected, and the error wraps
// ErrRejected. Add never waits for the disk.
func (b *Book) Add(r Record) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	began := r.At.Wall.Add(r.From - r.At.Mono)
	day := Unclocked
	if r.At.Trusted {
		day = DateOf(began)
	}
	why, err := b.check(&r)
	if err != nil {
		if r.At.Trusted {
			day = DateOf(r.At.Wall) // its own times are not to be believed
		}
		s := b.sheet(day)
		s.rejected[why]++
		s.dirty = true
		return err
	}
	b.last[place{r.Screen, r.Zone}] = stretch{r.From, r.Until}
	s := b.sheet(day)
	s.dirty = true
	if !s.add(&r) {
		s.rejected[TooMany]++
		_, err := reject(&r, TooMany, "%s holds %d rows", day, maxRows)
		return err
	}
	if end := r.At.Wall.Add(r.Until - r.At.Mono); end.After(s.newest) {
		s.newest = end
	}
	s.changed[item{r.Screen, r.Item}] = true
	return nil
}

func (b *Book) sheet(day Date) *sheet {
	s := b.sheets[day]
	if s == nil {
		s = &sheet{table: newTable(), changed: make(map[item]bool)}
		b.sheets[day] = s
	}
	return s
}

// Tick reads what has not been read and, at most once in Every, writes what has changed. It is
// to be called every few seconds, by one caller. The error joins what the disk refused, which is
// tried again, and wraps ErrCorrupt when a file was set aside.
func (b *Book) Tick(at message.Stamp) error {
	b.disk.Lock()
	defer b.disk.Unlock()
	b.mu.Lock()
	b.today = Unclocked
	if at.Trusted {
		b.today = DateOf(at.Wall)
		b.sheet(b.today)
	}
	b.mu.Unlock()
	err := b.load()
	if b.written && at.Mono-b.wrote < b.opts.Every {
		return err
	}
	wrote, werr := b.save()
	if wrote {
		b.wrote, b.written = at.Mono, true
	}
	return errors.Join(err, werr, b.tidy())
}

// Flush writes what has changed at once, as the program ends.
func (b *Book) Flush() error {
	b.disk.Lock()
	defer b.disk.Unlock()
	err := b.load()
	_, werr := b.save()
	return errors.Join(err, werr)
}

// load joins the days in memory with their files. With b.disk held.
func (b *Book) load() error {
	var errs []error
	for _, day := range b.days(func(s *sheet) bool { return !s.loaded }) {
		t, err := b.read(day)
		if errors.Is(err, errCorrupt) {
			b.mu.Lock()
			b.corrupt++
			b.mu.Unlock()
			errs = append(errs, fmt.Errorf("%w: %w", ErrCorrupt, err))
			if err = b.setAside(day); err == nil {
				t = newTable()
			}
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		b.mu.Lock()
		s := b.sheets[day]
		t.merge(s.table)
		s.table, s.loaded = t, true
		b.mu.Unlock()
	}
	return errors.Join(errs...)
}

// save writes the days that have changed, and reports whether it tried to. With b.disk held.
func (b *Book) save() (tried bool, err error) {
	var errs []error
	for _, day := range b.days(func(s *sheet) bool { return s.loaded && s.dirty }) {
		b.mu.Lock()
		s := b.sheets[day]
		t := s.clone()
		s.dirty = false
		b.mu.Unlock()
		tried = true
		if err := b.write(day, t); err != nil {
			errs = append(errs, err)
			b.mu.Lock()
			s.dirty = true
			b.mu.Unlock()
		}
	}
	return tried, errors.Join(errs...)
}

// mostSheets is how many days may wait in memory for a disk that refuses them, or for somebody
// who asks for Readings.
const mostSheets = 4

// tidy forgets days that are over, safe and told, and deletes old files, once for each day that
// begins. With b.disk held.
func (b *Book) tidy() error {
	b.mu.Lock()
	var errs []error
	for _, day := range slices.Sorted(maps.Keys(b.sheets)) {
		s := b.sheets[day]
		if day == b.today || day == Unclocked {
			continue
		}
		safe := s.loaded && !s.dirty
		if safe && len(s.changed) == 0 || len(b.sheets) > mostSheets {
			delete(b.sheets, day)
			if !safe {
				errs = append(errs, fmt.Errorf("%w: %s waited for the disk too long", ErrLost, day))
			}
		}
	}
	today := b.today
	b.mu.Unlock()
	if b.pruned == today {
		return errors.Join(errs...)
	}
	err := b.prune()
	if err == nil {
		b.pruned = today
	}
	return errors.Join(errors.Join(errs...), err)
}

// days are those in memory that want something, in order.
func (b *Book) days(want func(*sheet) bool) []Date {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Date
	for _, day := range slices.Sorted(maps.Keys(b.sheets)) {
		if want(b.sheets[day]) {
			out = append(out, day)
		}
	}
	return out
}

// Corrupt is how many files have been set aside since New.
func (b *Book) Corrupt() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.corrupt
}
