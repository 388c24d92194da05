package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// migrations bring a journal from version i to i+1 (PRAGMA user_version). Never change one
// that was shipped: add the next. The column order is also what a salvage reads.
var migrations = [...]string{ //nolint:gochecknoglobals // a constant table
	`CREATE TABLE meta(key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL, ver INTEGER NOT NULL, crc INTEGER NOT NULL);
	CREATE TABLE events(n INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, lane INTEGER NOT NULL,
		id TEXT NOT NULL, class TEXT NOT NULL, device TEXT NOT NULL, at INTEGER NOT NULL, trusted INTEGER NOT NULL,
		payload BLOB NOT NULL, crc INTEGER NOT NULL);
	CREATE TABLE points(key TEXT NOT NULL PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
		state INTEGER NOT NULL, snapshot BLOB NOT NULL, crc INTEGER NOT NULL);
	CREATE TABLE cursors(uplink TEXT NOT NULL, lane INTEGER NOT NULL, pos INTEGER NOT NULL, ranges TEXT NOT NULL,
		crc INTEGER NOT NULL, PRIMARY KEY(uplink, lane));`,
	`CREATE INDEX events_lane ON events(lane);
	CREATE TABLE telemetry(n INTEGER PRIMARY KEY, payload BLOB NOT NULL, crc INTEGER NOT NULL);`,
}

// migrate brings the schema up to date, each step in one transaction.
func migrate(ctx context.Context, c *sql.Conn) error {
	var version int
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if version > len(migrations) {
		return fmt.Errorf("schema version %d, this program knows up to %d: %w", version, len(migrations), errNewer)
	}
	if version < 0 {
		return fmt.Errorf("schema version %d: %w", version, errCorrupt)
	}
	for ; version < len(migrations); version++ {
		step := fmt.Sprintf("BEGIN IMMEDIATE; %s PRAGMA user_version=%d; COMMIT;", migrations[version], version+1)
		if _, err := c.ExecContext(ctx, step); err != nil {
			_, _ = c.ExecContext(ctx, "ROLLBACK")
			return fmt.Errorf("migrate schema from version %d: %w", version, err)
		}
	}
	return checkSchema(ctx, c)
}

// checkSchema reads one row of every table, so that a damaged schema shows now.
func checkSchema(ctx context.Context, c *sql.Conn) error {
	for _, q := range [...]string{
		"SELECT key,value,ver,crc FROM meta LIMIT 1",
		"SELECT " + eventColumns + " FROM events ORDER BY n DESC LIMIT 1",
		"SELECT lane FROM events INDEXED BY events_lane WHERE lane=0 LIMIT 1",
		"SELECT key,epoch,seq,state,snapshot,crc FROM points LIMIT 1",
		"SELECT uplink,lane,pos,ranges,crc FROM cursors LIMIT 1",
		"SELECT n,payload,crc FROM telemetry ORDER BY n DESC LIMIT 1",
	} {
		rows, err := c.QueryContext(ctx, q)
		if err == nil {
			rows.Next()
			err = errors.Join(rows.Err(), rows.Close())
		}
		if err != nil {
			if isDisk(err) {
				return fmt.Errorf("read schema: %w", err)
			}
			return fmt.Errorf("read schema: %w (%w)", err, errCorrupt)
		}
	}
	return nil
}

// checkHeader looks at a journal's first page before SQLite does. An absent or empty file is
// fine: it becomes a new journal.
func checkHeader(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open journal: %w", err)
	}
	defer func() { _ = f.Close() }()
	var head [100]byte
	n, err := io.ReadFull(f, head[:])
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s has %d bytes, less than a header: %w", path, n, errCorrupt)
	case err != nil:
		return fmt.Errorf("read journal header: %w", err)
	}
	if string(head[:16]) != "SQLite format 3\x00" {
		return fmt.Errorf("%s does not begin like a journal: %w", path, errCorrupt)
	}
	if size := int(binary.BigEndian.Uint16(head[16:18])); size != pageSize {
		return fmt.Errorf("%s has pages of %d bytes instead of %d: %w", path, size, pageSize, errCorrupt)
	}
	return nil
}
