package store

import (
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"
	"time"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

// Filter chooses events. Zero values choose all.
type Filter struct {
	// After and UpTo bound positions; UpTo 0 is no bound.
	After, UpTo uplink.Position
	// Lane, Class and Device choose by the event's own.
	Lane   message.Lane
	Class  message.Class
	Device string
	// Since and Until bound the event's wall time; they pass untrusted times too, because a
	// fire with a wrong clock must not hide.
	Since, Until time.Time
	// Last keeps only the newest so many; 0 keeps all.
	Last int
}

func (f Filter) wants(it *item) bool {
	if f.Lane != "" && it.lane != laneNumber(uplink.Lane(f.Lane)) || f.Class != "" && it.class != string(f.Class) ||
		f.Device != "" && it.device != f.Device {
		return false
	}
	if !it.trusted {
		return true
	}
	return (f.Since.IsZero() || it.at >= f.Since.UnixMilli()) && (f.Until.IsZero() || it.at < f.Until.UnixMilli())
}

// Stored is one event as the journal has it.
type Stored struct {
	// Pos is its place in the journal.
	Pos uplink.Position
	// Event is decoded, Payload the exact JSON.
	Event   message.Event
	Payload []byte
}

// listPage is how many rows one read transaction takes: a long one would keep the WAL growing.
const listPage = 256

// List yields durable events in order, oldest first. A damaged row is an error and ends it.
func (s *Store) List(ctx context.Context, f Filter) iter.Seq2[Stored, error] {
	return list(ctx, f, func(g func(db *sql.DB) error) error {
		s.jmu.RLock()
		defer s.jmu.RUnlock()
		if s.j == nil {
			return nil
		}
		err := guard(func() error { return g(s.j.reader) })
		if err != nil {
			s.noticeReadError(err)
		}
		return err
	})
}

// withDB lends a database for one page.
type withDB func(g func(db *sql.DB) error) error

func list(ctx context.Context, f Filter, with withDB) iter.Seq2[Stored, error] {
	return func(yield func(Stored, error) bool) {
		after := f.After
		if f.Last > 0 {
			start, err := startOfLast(ctx, f, with)
			if err != nil {
				yield(Stored{}, err)
				return
			}
			after = max(after, start)
		}
		for {
			page, err := listRows(ctx, after, f.UpTo, with)
			if err != nil {
				yield(Stored{}, err)
				return
			}
			for _, it := range page {
				after = it.pos
				if !f.wants(it) {
					continue
				}
				st := Stored{Pos: it.pos, Payload: it.payload}
				if err := json.Unmarshal(it.payload, &st.Event); err != nil {
					err = fmt.Errorf("decode event %s: %w", it.id, err)
					if !yield(st, err) {
						return
					}
					continue
				}
				if !yield(st, nil) {
					return
				}
			}
			if len(page) < listPage {
				return
			}
		}
	}
}

// listRows reads one page of events.
func listRows(ctx context.Context, after, upTo uplink.Position, with withDB) (page []*item, err error) {
	if upTo == 0 {
		upTo = 1<<63 - 1
	}
	err = with(func(db *sql.DB) error {
		rows, err := db.QueryContext(ctx, "SELECT "+eventColumns+" FROM events WHERE n>? AND n<=? ORDER BY n LIMIT ?", int64(after), int64(upTo), listPage)
		if err != nil {
			return fmt.Errorf("list events: %w", err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			it, err := scanEvent(rows)
			if err != nil {
				return err
			}
			page = append(page, it)
		}
		return rows.Err()
	})
	return page, err
}

// startOfLast finds the position behind which the newest f.Last wanted events stand.
func startOfLast(ctx context.Context, f Filter, with withDB) (uplink.Position, error) {
	left, before := f.Last, f.UpTo
	if before == 0 {
		before = 1<<63 - 1
	}
	for left > 0 {
		n := 0
		err := with(func(db *sql.DB) error {
			rows, err := db.QueryContext(ctx, "SELECT "+eventColumns+" FROM events WHERE n<=? AND n>? ORDER BY n DESC LIMIT ?", int64(before), int64(f.After), listPage)
			if err != nil {
				return fmt.Errorf("list events: %w", err)
			}
			defer func() { _ = rows.Close() }()
			for rows.Next() && left > 0 {
				it, err := scanEvent(rows)
				if err != nil {
					return err
				}
				before = it.pos - 1
				n++
				if f.wants(it) {
					left--
				}
			}
			return rows.Err()
		})
		if err != nil {
			return 0, err
		}
		if n < listPage {
			break
		}
	}
	return before, nil
}

// Formats of Export.
const (
	FormatTable = "table"
	FormatCSV   = "csv"
	FormatJSONL = "jsonl"
)

// Export writes events of the journal in a store's folder. It opens the journal read-only and
// may run while the daemon does. Format is one of the Format constants. Times are Beijing time
// in table and CSV; one that was not trusted is marked.
func Export(ctx context.Context, dir string, w io.Writer, format string, f Filter) error {
	path := filepath.Join(dir, journalDir, journalName)
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("export journal: %w", err)
	}
	out, err := newPrinter(w, format)
	if err != nil {
		return err
	}
	db, err := openDB(path, "ro", 1, fmt.Sprintf("busy_timeout(%d)", busyMS), "query_only(ON)", "cache_size(-512)")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for st, err := range list(ctx, f, func(g func(db *sql.DB) error) error {
		return guard(func() error { return g(db) })
	}) {
		if err == nil {
			err = out.row(st)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("export journal %s: %w", path, err), out.flush())
		}
	}
	return out.flush()
}

// printer writes events in one format.
type printer struct {
	row   func(Stored) error
	flush func() error
}

var exportHeads = [...]string{"position", "id", "time", "class", "kind", "device", "point", "state", "value", "cause", "lane", "prev"} //nolint:gochecknoglobals // a constant table

func newPrinter(w io.Writer, format string) (*printer, error) {
	switch format {
	case FormatJSONL:
		return &printer{
			row:   func(st Stored) error { _, err := w.Write(append(st.Payload, '\n')); return err },
			flush: func() error { return nil },
		}, nil
	case FormatCSV:
		c := csv.NewWriter(w)
		if err := c.Write(exportHeads[:]); err != nil {
			return nil, fmt.Errorf("export journal: %w", err)
		}
		return &printer{
			row:   func(st Stored) error { return c.Write(exportRow(st)) },
			flush: func() error { c.Flush(); return c.Error() },
		}, nil
	case FormatTable:
		t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
		line := func(cols []string) error {
			for i, c := range cols {
				sep := "\t"
				if i == len(cols)-1 {
					sep = "\n"
				}
				if _, err := io.WriteString(t, c+sep); err != nil {
					return fmt.Errorf("export journal: %w", err)
				}
			}
			return nil
		}
		if err := line(exportHeads[:10]); err != nil {
			return nil, err
		}
		return &printer{row: func(st Stored) error { return line(exportRow(st)[:10]) }, flush: t.Flush}, nil
	}
	return nil, fmt.Errorf("%w: format %q is not one of %s, %s, %s", ErrOptions, format, FormatTable, FormatCSV, FormatJSONL)
}

// beijing is China's one time zone; boards carry no zone files.
func beijing(t time.Time) time.Time { return t.In(time.FixedZone("CST", 8*3600)) }

func exportRow(st Stored) []string {
	e := &st.Event
	at := beijing(e.At.Time).Format("2006-01-02 15:04:05.000")
	if !e.ClockTrusted {
		at += " (clock not trusted)"
	}
	value := ""
	if e.Value != nil {
		value = strconv.FormatFloat(*e.Value, 'g', -1, 64)
		if e.Unit != "" {
			value += " " + e.Unit
		}
	}
	return []string{
		strconv.FormatInt(int64(st.Pos), 10), e.ID, at, string(e.Class), string(e.Kind), e.Device, e.Point,
		e.State.String(), value, e.Cause, string(e.Lane), e.Prev,
	}
}
