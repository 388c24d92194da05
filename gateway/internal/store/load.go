package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"firepost/cloud-bridge/uplink"
)

// Keys of the store's own values in meta; callers' keys stand under userPrefix.
const (
	headKey    = "head"
	salvageKey = "salvage"
	spoolKey   = "telemetry_bytes"
	userPrefix = "user/"
)

// head is what a journal knows of the numbers given, beyond its events.
type head struct {
	Epoch uint64          `json:"epoch"`
	Seq   uint64          `json:"seq"`
	Pos   uplink.Position `json:"pos"`
	Last  [2]string       `json:"last"`
}

// raise takes the higher of each number; last goes with the higher position.
func (h *head) raise(o head) {
	for lane, id := range o.Last {
		if id != "" && (o.Pos >= h.Pos || h.Last[lane] == "") {
			h.Last[lane] = id
		}
	}
	h.Epoch, h.Seq, h.Pos = max(h.Epoch, o.Epoch), max(h.Seq, o.Seq), max(h.Pos, o.Pos)
}

// contents are a journal's small tables and counts.
type contents struct {
	head     head
	headVer  int64
	known    bool // head was readable
	points   map[string]*pointRow
	meta     map[string]*metaRow
	metaVer  int64
	cursors  map[string][laneCount]*cursorRow
	cursorOK bool // all cursors were readable
	salvage  string
	// maxPos is the highest position of an event, telePos of telemetry.
	maxPos, telePos uplink.Position
	// lastPos is the position of the event or head that head.Last speaks of.
	lastPos   [2]uplink.Position
	teleBytes int64
}

func newContents() *contents {
	return &contents{
		points: make(map[string]*pointRow), meta: make(map[string]*metaRow),
		cursors: make(map[string][laneCount]*cursorRow),
	}
}

// load reads the small tables. With besteffort it takes what it can from a corrupt journal.
func (j *journal) load(ctx context.Context, besteffort bool) (*contents, error) {
	c := newContents()
	for _, part := range []func(context.Context, *contents) error{
		j.loadMeta, j.loadEvents, j.loadPoints, j.loadCursors, j.loadTelemetry,
	} {
		err := guard(func() error { return part(ctx, c) })
		if err != nil && !besteffort {
			return nil, err
		}
	}
	return c, nil
}

// each runs a query on the writer's connection and hands every row to f.
func (j *journal) each(ctx context.Context, f func(*sql.Rows) error, query string, args ...any) error {
	rows, err := j.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	return nil
}

func (j *journal) loadMeta(ctx context.Context, c *contents) error {
	return j.each(ctx, func(rows *sql.Rows) error {
		m := &metaRow{}
		var crc int64
		if err := rows.Scan(&m.key, &m.value, &m.ver, &crc); err != nil {
			return scanError("meta", err)
		}
		if m.crc() != crc {
			return fmt.Errorf("value %q fails its checksum: %w", m.key, errCorrupt)
		}
		c.takeMeta(m)
		return nil
	}, "SELECT key,value,ver,crc FROM meta")
}

// takeMeta sorts one row of meta into the contents; of two versions the newer stays.
func (c *contents) takeMeta(m *metaRow) {
	c.metaVer = max(c.metaVer, m.ver)
	switch {
	case m.key == headKey:
		var h head
		if json.Unmarshal(m.value, &h) == nil && (!c.known || m.ver > c.headVer) {
			c.head.raise(h)
			c.headVer, c.known = m.ver, true
			for lane := range c.lastPos {
				c.lastPos[lane] = max(c.lastPos[lane], h.Pos)
			}
		}
	case m.key == salvageKey:
		c.salvage = string(m.value)
	case m.key == spoolKey:
		c.teleBytes, _ = strconv.ParseInt(string(m.value), 10, 64)
	case strings.HasPrefix(m.key, userPrefix):
		key := strings.TrimPrefix(m.key, userPrefix)
		if old := c.meta[key]; old == nil || old.ver < m.ver {
			c.meta[key] = &metaRow{key: key, value: m.value, ver: m.ver}
		}
	}
}

func (j *journal) loadEvents(ctx context.Context, c *contents) error {
	for lane := range 2 {
		it, err := scanEvent(j.conn.QueryRowContext(ctx, "SELECT "+eventColumns+" FROM events WHERE lane=? ORDER BY n DESC LIMIT 1", lane))
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read last event: %w", err)
		}
		c.takeEvent(it)
	}
	return nil
}

// takeEvent raises the numbers by one event. The lane's newest event names the last id,
// unless the head was written after it.
func (c *contents) takeEvent(it *item) {
	c.head.Epoch, c.head.Seq = max(c.head.Epoch, it.epoch), max(c.head.Seq, it.seq)
	c.head.Pos, c.maxPos = max(c.head.Pos, it.pos), max(c.maxPos, it.pos)
	if it.pos >= c.lastPos[it.lane] || c.head.Last[it.lane] == "" {
		c.lastPos[it.lane] = it.pos
		c.head.Last[it.lane] = it.id
	}
}

func (j *journal) loadPoints(ctx context.Context, c *contents) error {
	return j.each(ctx, func(rows *sql.Rows) error {
		p := &pointRow{durable: true}
		var epoch, seq, crc int64
		if err := rows.Scan(&p.key, &epoch, &seq, &p.State, &p.Snapshot, &crc); err != nil {
			return scanError("point", err)
		}
		p.Epoch, p.Seq = uint64(epoch), uint64(seq)
		if p.crc() != crc {
			return fmt.Errorf("point %q fails its checksum: %w", p.key, errCorrupt)
		}
		c.points[p.key] = p
		return nil
	}, "SELECT key,epoch,seq,state,snapshot,crc FROM points")
}

func (j *journal) loadCursors(ctx context.Context, c *contents) error {
	err := j.each(ctx, func(rows *sql.Rows) error {
		r := &cursorRow{}
		var crc int64
		if err := rows.Scan(&r.uplink, &r.lane, (*int64)(&r.pos), &r.ranges, &crc); err != nil {
			return scanError("cursor", err)
		}
		if r.crc() != crc || r.lane < 0 || r.lane >= laneCount {
			return fmt.Errorf("cursor of %q fails its checksum: %w", r.uplink, errCorrupt)
		}
		c.takeCursor(r)
		return nil
	}, "SELECT uplink,lane,pos,ranges,crc FROM cursors")
	c.cursorOK = err == nil
	return err
}

func (c *contents) takeCursor(r *cursorRow) {
	rows := c.cursors[r.uplink]
	if rows[r.lane] == nil || rows[r.lane].pos < r.pos {
		rows[r.lane] = r
	}
	c.cursors[r.uplink] = rows
	if r.lane == laneTelemetry {
		c.telePos = max(c.telePos, r.pos)
	}
}

func (j *journal) loadTelemetry(ctx context.Context, c *contents) error {
	var last sql.NullInt64
	if err := j.conn.QueryRowContext(ctx, "SELECT max(n) FROM telemetry").Scan(&last); err != nil {
		return fmt.Errorf("read telemetry: %w", err)
	}
	c.telePos = max(c.telePos, uplink.Position(last.Int64))
	return nil
}

// backlog counts the entries of a lane behind a cursor that are not confirmed.
func (j *journal) backlog(ctx context.Context, lane int, pos uplink.Position, early spans) (int64, error) {
	query := "SELECT count(*) FROM events INDEXED BY events_lane WHERE lane=? AND n>? AND n<=?"
	if lane == laneTelemetry {
		query = "SELECT count(*) FROM telemetry WHERE ?=2 AND n>? AND n<=?"
	}
	var total int64
	count := func(after, upTo int64) (n int64, err error) {
		if err := j.reader.QueryRowContext(ctx, query, lane, after, upTo).Scan(&n); err != nil {
			return 0, fmt.Errorf("count backlog: %w", err)
		}
		return n, nil
	}
	total, err := count(int64(pos), math.MaxInt64)
	if err != nil {
		return 0, err
	}
	for _, r := range early {
		n, err := count(int64(max(r.from-1, pos)), int64(r.to))
		if err != nil {
			return 0, err
		}
		total -= n
	}
	return max(0, total), nil
}

// isDisk tells the disk's own errors, which pass, from damage, which stays.
func isDisk(err error) bool {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return false
	}
	switch se.Code() & 0xff {
	case sqlite3.SQLITE_IOERR:
		return !errors.Is(classify(err), errCorrupt)
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY,
		sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM:
		return true
	}
	return false
}
