package proof

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"firepost/firmware-contracts/message"
)

// Readings returns, for every screen and item that has been shown since the last call, its totals
// of the day so far, as readings for telemetry: the screen is the device; the points are
// played.ITEM.count, played.ITEM.seconds and, once there were any, played.ITEM.failed. All zones
// and editions count together. At is the end of the last showing of that day, so a receiver that
// keeps the last value of each day has that day's total, however often a reading is lost or
// repeated. What was shown while the clock was not trusted has no day and is not among them:
// Report tells of it. Days whose file could not be read yet wait.
func (b *Book) Readings() []message.Reading {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []message.Reading
	for _, day := range slices.Sorted(maps.Keys(b.sheets)) {
		s := b.sheets[day]
		if day == Unclocked {
			clear(s.changed)
			continue
		}
		if !s.loaded {
			continue
		}
		sums := make(map[item]Row, len(s.changed))
		for k, r := range s.rows {
			id := item{k.screen, k.item}
			if s.changed[id] {
				sum := sums[id]
				sum.Count, sum.ShownMS, sum.Failed = sum.Count+r.Count, sum.ShownMS+r.ShownMS, sum.Failed+r.Failed
				sums[id] = sum
			}
		}
		ids := slices.SortedFunc(maps.Keys(sums), func(a, b item) int {
			return cmp.Or(cmp.Compare(a.screen, b.screen), cmp.Compare(a.id, b.id))
		})
		for _, id := range ids {
			sum := sums[id]
			out = append(out, reading(id, "count", "1", float64(sum.Count), s.newest), reading(id, "seconds", "s", float64(sum.ShownMS)/1000, s.newest))
			if sum.Failed > 0 {
				out = append(out, reading(id, "failed", "1", float64(sum.Failed), s.newest))
			}
		}
		clear(s.changed)
	}
	return out
}

func reading(id item, what, unit string, value float64, at time.Time) message.Reading {
	return message.Reading{
		Device: id.screen, Point: "played." + id.id + "." + what, Value: &value, Unit: unit,
		Quality: message.Good, At: message.Time{Time: at},
	}
}

// Totals is a day in three figures.
type Totals struct {
	Count, Failed, Rejected int64
}

// Today is what the present day has counted so far, or the time without a trusted clock while
// there is none. Before the first Tick has read the day's file it is what came since the start.
func (b *Book) Today() (Date, Totals) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var t Totals
	if s := b.sheets[b.today]; s != nil {
		for _, r := range s.rows {
			t.Count += r.Count
			t.Failed += r.Failed
		}
		for _, n := range s.rejected {
			t.Rejected += n
		}
	}
	return b.today, t
}
