package proof

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Row is what one item did on one day, in one zone of one screen.
type Row struct {
	Screen    string `json:"screen"`
	Zone      string `json:"zone"`
	Item      string `json:"item"`
	Programme string `json:"programme"`
	// Count is how often it was shown, whole or in part; Shown is for how long altogether, in
	// milliseconds.
	Count   int64 `json:"count"`
	ShownMS int64 `json:"shown_ms"`
	// Interrupted of these were cut short. Failed could not be shown, or not to their end; what
	// was seen of them is in ShownMS, they are not in Count.
	Interrupted int64 `json:"interrupted,omitempty"`
	Failed      int64 `json:"failed,omitempty"`
	// Why is what the last failure said.
	Why string `json:"why,omitempty"`
}

type key struct{ screen, zone, item, programme string }

func (r *Row) key() key { return key{r.Screen, r.Zone, r.Item, r.Programme} }

// table is one day, or the time without a trusted clock.
type table struct {
	rows     map[key]*Row
	rejected map[Reason]int64
}

func newTable() *table {
	return &table{rows: make(map[key]*Row), rejected: make(map[Reason]int64)}
}

// maxRows bounds a day: two screens with four zones need a few hundred.
const maxRows = 2000

// maxCount is more than a day can hold of anything, in milliseconds too; the table without a
// clock reaches it after three hundred thousand years.
const maxCount = 1 << 53

// row is the row of a key, nil when the table is full.
func (t *table) row(k key) *Row {
	r := t.rows[k]
	if r == nil && len(t.rows) < maxRows {
		r = &Row{Screen: k.screen, Zone: k.zone, Item: k.item, Programme: k.programme}
		t.rows[k] = r
	}
	return r
}

// add counts a record, and reports whether there was room.
func (t *table) add(rec *Record) bool {
	r := t.row(key{rec.Screen, rec.Zone, rec.Item, rec.Programme})
	if r == nil {
		return false
	}
	r.ShownMS += (rec.Until - rec.From).Milliseconds()
	switch rec.How {
	case Failed:
		r.Failed++
		r.Why = clip(rec.Why)
	case Interrupted:
		r.Interrupted++
		r.Count++
	case Ended:
		r.Count++
	}
	return true
}

// merge adds what another table has counted.
func (t *table) merge(other *table) {
	for k, o := range other.rows {
		r := t.row(k)
		if r == nil {
			t.rejected[TooMany] += o.Count + o.Failed
			continue
		}
		r.Count += o.Count
		r.ShownMS += o.ShownMS
		r.Interrupted += o.Interrupted
		r.Failed += o.Failed
		r.Why = cmp.Or(r.Why, o.Why)
	}
	for why, n := range other.rejected {
		t.rejected[why] += n
	}
}

// list is the rows in the order of a report.
func (t *table) list() []Row {
	out := make([]Row, 0, len(t.rows))
	for _, r := range t.rows {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Screen, b.Screen), cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.Item, b.Item), cmp.Compare(a.Programme, b.Programme))
	})
	return out
}

func (t *table) clone() *table {
	c := newTable()
	for k, r := range t.rows {
		one := *r
		c.rows[k] = &one
	}
	maps.Copy(c.rejected, t.rejected)
	return c
}

// Date is a day of Beijing, as YYYY-MM-DD. Unclocked is no day.
type Date string

// Unclocked stands for the time without a trusted clock.
const Unclocked Date = "unclocked"

// DateOf is the Beijing day of a moment.
func DateOf(t time.Time) Date {
	return Date(t.In(beijing()).Format(time.DateOnly))
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Format(time.DateOnly) != s {
		return "", fmt.Errorf("day %q: %w, write YYYY-MM-DD", clip(s), ErrDate)
	}
	return Date(s), nil
}

// beijing is UTC+8 all year; the host's time zone is never asked.
func beijing() *time.Location { return time.FixedZone("CST", 8*60*60) }
