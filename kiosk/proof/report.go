package proof

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"time"
)

// Day is one day of a report.
type Day struct {
	Date Date
	// Rows are in order of screen, zone, item, programme.
	Rows []Row
	// Rejected counts records that can't be true, by reason.
	Rejected map[Reason]int64
	// Missing: there is no record of the day at all. Err: there is one, and it can't be read.
	// Neither means that nothing was shown.
	Missing bool
	Err     error
}

// mostDays bounds a report.
const mostDays = 4000

// Report walks through the days from and to, both included, and then through what was shown
// without a trusted clock, if there is any (Unclocked). One day is in memory at a time. What is not yet on disk
// is in it. Errors wrap ErrDate.
func (b *Book) Report(from, to Date) (iter.Seq[Day], error) {
	first, err := time.Parse(time.DateOnly, string(from))
	if err != nil {
		return nil, fmt.Errorf("report from %q: %w, write YYYY-MM-DD", clip(string(from)), ErrDate)
	}
	last, err := time.Parse(time.DateOnly, string(to))
	if err != nil {
		return nil, fmt.Errorf("report to %q: %w, write YYYY-MM-DD", clip(string(to)), ErrDate)
	}
	if n := last.Sub(first)/(24*time.Hour) + 1; n < 1 || n > mostDays {
		return nil, fmt.Errorf("report from %s to %s: %w: %d days, from 1 to %d", from, to, ErrDate, n, mostDays)
	}
	return func(yield func(Day) bool) {
		for t := first; !t.After(last); t = t.AddDate(0, 0, 1) {
			if !yield(b.day(Date(t.Format(time.DateOnly)))) {
				return
			}
		}
		if d := b.day(Unclocked); !d.Missing {
			yield(d)
		}
	}, nil
}

// day reads one day, from the disk, the memory or both.
func (b *Book) day(date Date) Day {
	b.disk.Lock()
	defer b.disk.Unlock()
	b.mu.Lock()
	s := b.sheets[date]
	var fresh *table
	whole := s != nil && s.loaded
	if s != nil {
		fresh = s.clone()
	}
	b.mu.Unlock()
	t := fresh
	if !whole {
		var err error
		if t, err = b.read(date); err != nil {
			return Day{Date: date, Err: err}
		}
		if fresh != nil {
			t.merge(fresh)
		}
	}
	d := Day{Date: date, Rows: t.list(), Rejected: t.rejected}
	if len(d.Rows) == 0 && len(d.Rejected) == 0 {
		_, err := os.Stat(b.path(date))
		d.Missing = errors.Is(err, fs.ErrNotExist)
	}
	return d
}
