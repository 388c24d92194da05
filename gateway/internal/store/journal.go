package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"firepost/cloud-bridge/uplink"
)

// pageSize is the page size of every journal that this package makes.
const pageSize = 4096

// busyMS is how long a statement waits for another connection's lock; only tools outside
// this process can hold one.
const busyMS = 2000

// journal is one open journal file: a connection for the writer, a pool for readers and a
// connection for checkpoints.
type journal struct {
	path string
	lock *os.File

	writer *sql.DB
	conn   *sql.Conn
	event  *sql.Stmt
	point  *sql.Stmt
	unpt   *sql.Stmt
	meta   *sql.Stmt
	unmeta *sql.Stmt
	cursor *sql.Stmt
	tele   *sql.Stmt

	reader   *sql.DB
	next     *sql.Stmt
	nextTele *sql.Stmt
	one      *sql.Stmt
}

// dsn builds the driver's name of a file; the path may hold any byte.
func dsn(path, mode string, pragmas ...string) string {
	q := make([]string, 0, len(pragmas)+1)
	if mode != "" {
		q = append(q, "mode="+mode)
	}
	for _, p := range pragmas {
		q = append(q, "_pragma="+url.QueryEscape(p))
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(q, "&")
}

// openDB opens one pool of connections.
func openDB(path, mode string, conns int, pragmas ...string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, mode, pragmas...))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxLifetime(0)
	return db, nil
}

// openJournal opens the journal file, makes it if it is absent, brings its schema up to date
// and prepares the statements. maxBytes is its hard limit.
func openJournal(ctx context.Context, path string, maxBytes int64) (*journal, error) {
	j := &journal{path: path}
	err := guard(func() error { return j.open(ctx, maxBytes) })
	if err != nil {
		j.close()
		return nil, err
	}
	return j, nil
}

func (j *journal) open(ctx context.Context, maxBytes int64) error {
	if err := j.takeLock(); err != nil {
		return err
	}
	if err := checkHeader(j.path); err != nil {
		return err
	}
	if err := checkLog(j.path + "-wal"); err != nil {
		return err
	}
	common := fmt.Sprintf("busy_timeout(%d)", busyMS)
	var err error
	j.writer, err = openDB(j.path, "rwc", 1, common, fmt.Sprintf("page_size(%d)", pageSize),
		"journal_mode(WAL)", "synchronous(FULL)", "cache_size(-384)", "wal_autocheckpoint(0)",
		"journal_size_limit(8388608)", "temp_store(MEMORY)", "trusted_schema(OFF)")
	if err != nil {
		return err
	}
	if j.conn, err = j.writer.Conn(ctx); err != nil {
		return fmt.Errorf("open %s: %w", j.path, err)
	}
	if err := migrate(ctx, j.conn); err != nil {
		return err
	}
	if err := j.limit(ctx, maxBytes); err != nil {
		return err
	}
	if j.reader, err = openDB(j.path, "rw", 2, common, "query_only(ON)", "cache_size(-128)"); err != nil {
		return err
	}
	return j.prepare(ctx)
}

// limit sets the hard limit of the file in bytes.
func (j *journal) limit(ctx context.Context, maxBytes int64) error {
	if _, err := j.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count(%d)", max(16, maxBytes/pageSize))); err != nil {
		return fmt.Errorf("limit %s to %d bytes: %w", j.path, maxBytes, err)
	}
	return nil
}

// takeLock makes this process the only writer; the kernel gives the lock back when it dies.
func (j *journal) takeLock() error {
	f, err := os.OpenFile(filepath.Dir(j.path)+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("lock journal: %w", err)
	}
	j.lock = f
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			return fmt.Errorf("lock %s: %w", f.Name(), errLocked)
		}
		return fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return nil
}

func (j *journal) prepare(ctx context.Context) error {
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&j.event, "INSERT OR IGNORE INTO events(n,epoch,seq,lane,id,class,device,at,trusted,payload,crc) VALUES(?,?,?,?,?,?,?,?,?,?,?)"},
		{&j.point, "INSERT INTO points(key,epoch,seq,state,snapshot,crc) VALUES(?,?,?,?,?,?) ON CONFLICT(key) DO UPDATE SET " +
			"epoch=excluded.epoch,seq=excluded.seq,state=excluded.state,snapshot=excluded.snapshot,crc=excluded.crc"},
		{&j.unpt, "DELETE FROM points WHERE key=?"},
		{&j.meta, "INSERT INTO meta(key,value,ver,crc) VALUES(?,?,?,?) ON CONFLICT(key) DO UPDATE SET " +
			"value=excluded.value,ver=excluded.ver,crc=excluded.crc"},
		{&j.unmeta, "DELETE FROM meta WHERE key=?"},
		{&j.cursor, "INSERT INTO cursors(uplink,lane,pos,ranges,crc) VALUES(?,?,?,?,?) ON CONFLICT(uplink,lane) DO UPDATE SET " +
			"pos=excluded.pos,ranges=excluded.ranges,crc=excluded.crc"},
		{&j.tele, "INSERT OR IGNORE INTO telemetry(n,payload,crc) VALUES(?,?,?)"},
	} {
		var err error
		if *p.stmt, err = j.conn.PrepareContext(ctx, p.text); err != nil {
			return fmt.Errorf("prepare %s: %w", j.path, err)
		}
	}
	var err error
	if j.next, err = j.reader.PrepareContext(ctx, "SELECT "+eventColumns+" FROM events WHERE lane=? AND n>? AND n<=? ORDER BY n LIMIT ?"); err != nil {
		return fmt.Errorf("prepare %s: %w", j.path, err)
	}
	if j.nextTele, err = j.reader.PrepareContext(ctx, "SELECT n,payload,crc FROM telemetry WHERE n>? AND n<=? ORDER BY n LIMIT ?"); err != nil {
		return fmt.Errorf("prepare %s: %w", j.path, err)
	}
	if j.one, err = j.reader.PrepareContext(ctx, "SELECT "+eventColumns+" FROM events WHERE n<=? ORDER BY n DESC LIMIT 1"); err != nil {
		return fmt.Errorf("prepare %s: %w", j.path, err)
	}
	return nil
}

// close gives everything back; closing the last connection checkpoints the WAL.
func (j *journal) close() {
	_ = guard(func() error {
		for _, st := range []*sql.Stmt{j.event, j.point, j.unpt, j.meta, j.unmeta, j.cursor, j.tele, j.next, j.nextTele, j.one} {
			if st != nil {
				_ = st.Close()
			}
		}
		if j.reader != nil {
			_ = j.reader.Close()
		}
		if j.conn != nil {
			_ = j.conn.Close()
		}
		if j.writer != nil {
			_ = j.writer.Close()
		}
		return nil
	})
	if j.lock != nil {
		_ = j.lock.Close()
	}
}

const eventColumns = "n,epoch,seq,lane,id,class,device,at,trusted,payload,crc"

// scanEvent reads one row and checks its sum.
func scanEvent(rows interface{ Scan(...any) error }) (*item, error) {
	it := &item{}
	var epoch, seq, crc, trusted int64
	if err := rows.Scan((*int64)(&it.pos), &epoch, &seq, &it.lane, &it.id, &it.class, &it.device, &it.at, &trusted, &it.payload, &crc); err != nil {
		return nil, scanError("event", err)
	}
	it.epoch, it.seq, it.trusted = uint64(epoch), uint64(seq), trusted != 0
	if it.crc() != crc || it.lane != laneAlarm && it.lane != laneRest {
		return nil, fmt.Errorf("event at position %d fails its checksum: %w", it.pos, errCorrupt)
	}
	return it, nil
}

// scanError tells a value of a wrong type, which only a damaged row has, from the driver's
// own errors.
func scanError(what string, err error) error {
	var se *sqlite.Error
	if errors.Is(err, sql.ErrNoRows) || errors.As(err, &se) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s row: %w (%w)", what, err, errCorrupt)
}

// read appends entries of lane in (p, upTo].
func (j *journal) read(ctx context.Context, lane int, p, upTo uplink.Position, limit int, dst []uplink.Entry) ([]uplink.Entry, error) {
	err := guard(func() error {
		var rows *sql.Rows
		var err error
		if lane == laneTelemetry {
			rows, err = j.nextTele.QueryContext(ctx, int64(p), int64(upTo), limit)
		} else {
			rows, err = j.next.QueryContext(ctx, lane, int64(p), int64(upTo), limit)
		}
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var e uplink.Entry
			if lane == laneTelemetry {
				e, err = scanTelemetry(rows)
			} else {
				var it *item
				if it, err = scanEvent(rows); err == nil {
					e = it.entry()
				}
			}
			if err != nil {
				return err
			}
			dst = append(dst, e)
		}
		return rows.Err()
	})
	return dst, err
}

func scanTelemetry(rows *sql.Rows) (uplink.Entry, error) {
	var t teleRow
	var crc int64
	if err := rows.Scan((*int64)(&t.pos), &t.payload, &crc); err != nil {
		return uplink.Entry{}, scanError("telemetry", err)
	}
	if t.crc() != crc {
		return uplink.Entry{}, fmt.Errorf("telemetry at position %d fails its checksum: %w", t.pos, errCorrupt)
	}
	return uplink.Entry{Pos: t.pos, Lane: uplink.Telemetry, Payload: t.payload}, nil
}

// atOrBefore returns the newest event at or before a position, nil if there is none.
func (j *journal) atOrBefore(p uplink.Position) (*item, error) {
	var it *item
	err := guard(func() error {
		var err error
		it, err = scanEvent(j.one.QueryRow(int64(p)))
		if errors.Is(err, sql.ErrNoRows) {
			it, err = nil, nil
		}
		return err
	})
	return it, err
}

// guard turns a panic of the driver into a corrupt file.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("driver panicked: %v: %w", r, errCorrupt)
		}
	}()
	return f()
}

// classify maps the driver's errors to what the store does about them.
func classify(err error) error {
	if err == nil || errors.Is(err, errCorrupt) {
		return err
	}
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return fmt.Errorf("%w: %w", errFull, err)
	}
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return err
	}
	switch code := se.Code(); code & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_FORMAT:
		return fmt.Errorf("%w: %w", errCorrupt, err)
	case sqlite3.SQLITE_IOERR:
		if code == sqlite3.SQLITE_IOERR_SHORT_READ || code == sqlite3.SQLITE_IOERR_CORRUPTFS {
			return fmt.Errorf("%w: %w", errCorrupt, err)
		}
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: %w", errFull, err)
	}
	return err
}

// checkpoint copies the WAL back into the file without disturbing writer or readers; it runs
// on a reader's connection slot of its own.
func checkpoint(ctx context.Context, path string) error {
	db, err := openDB(path, "rw", 1, "busy_timeout(0)", "cache_size(-64)", "synchronous(FULL)", "wal_autocheckpoint(0)")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return guard(func() error {
		var busy, log, done int
		if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &log, &done); err != nil {
			return fmt.Errorf("checkpoint %s: %w", path, err)
		}
		return nil
	})
}
