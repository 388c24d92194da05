package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

// pageFile reads a journal's pages without SQLite: the file's own, and over them the last
// version of each page in the write-ahead log. It trusts nothing: every row it yields is
// proven by the row's own checksum. Format: https://www.sqlite.org/fileformat2.html.
type pageFile struct {
	db, wal *os.File
	pages   uint32
	overlay map[uint32]int64 // page number → offset in wal
	older   []int64          // offsets in wal of pages that a later frame replaced
	buf     [2][pageSize]byte
}

// Sizes within the write-ahead log (file format, section 4.1).
const (
	walHeader   = 32
	walFrame    = 24
	leafTable   = 0x0d
	maxOverflow = 1 << 14 // pages of one value: 64 MiB
)

// openPages opens a journal for reading page by page. An absent file has no pages.
func openPages(path string) (*pageFile, error) {
	p := &pageFile{overlay: make(map[uint32]int64)}
	db, err := os.Open(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open pages: %w", err)
	}
	if err == nil {
		p.db = db
		if st, err := db.Stat(); err == nil {
			p.pages = uint32(min(st.Size()/pageSize, math.MaxUint32-1))
		}
	}
	wal, err := os.Open(path + "-wal")
	if err == nil {
		p.wal = wal
		p.indexLog()
	}
	return p, nil
}

func (p *pageFile) close() {
	for _, f := range []*os.File{p.db, p.wal} {
		if f != nil {
			_ = f.Close()
		}
	}
}

// indexLog notes the last frame of each page. Frames left from an earlier round of the log
// carry another salt and never stand for a page; when the header is damaged all frames count.
func (p *pageFile) indexLog() {
	var head [walHeader]byte
	if _, err := p.wal.ReadAt(head[:], 0); err != nil {
		return
	}
	salted := checkLogHeader(head[:]) == nil
	var frame [walFrame]byte
	for off := int64(walHeader); ; off += walFrame + pageSize {
		if _, err := p.wal.ReadAt(frame[:], off); err != nil {
			return
		}
		if salted && string(frame[8:16]) != string(head[16:24]) {
			// Left from an earlier round, or damaged just here: its rows speak for themselves.
			p.older = append(p.older, off+walFrame)
			continue
		}
		if n := binary.BigEndian.Uint32(frame[:]); n > 0 && n < 1<<28 {
			if old, ok := p.overlay[n]; ok {
				p.older = append(p.older, old)
			}
			p.overlay[n] = off + walFrame
			p.pages = max(p.pages, n)
		}
	}
}

// page reads page n (from 1) into buffer slot.
func (p *pageFile) page(n uint32, slot int) []byte {
	b := p.buf[slot][:]
	if off, ok := p.overlay[n]; ok {
		if _, err := p.wal.ReadAt(b, off); err == nil {
			return b
		}
	}
	if p.db == nil || n == 0 {
		return nil
	}
	if _, err := p.db.ReadAt(b, int64(n-1)*pageSize); err != nil {
		return nil
	}
	return b
}

// rows yields every cell of every table leaf that can be decoded, those of replaced versions
// of a page too: the last version may be the damaged one. f returns false to stop.
func (p *pageFile) rows(f func(rowid int64, cols []any) bool) {
	for n := uint32(2); n <= p.pages; n++ { // page 1 holds the schema
		if b := p.page(n, 0); b != nil && !p.leaf(b, f) {
			return
		}
	}
	for _, off := range p.older {
		b := p.buf[0][:]
		if _, err := p.wal.ReadAt(b, off); err == nil && !p.leaf(b, f) {
			return
		}
	}
}

// leaf yields the cells of one page; it is false when f said stop.
func (p *pageFile) leaf(b []byte, f func(rowid int64, cols []any) bool) bool {
	if b[0] != leafTable {
		return true
	}
	cells := int(binary.BigEndian.Uint16(b[3:]))
	for i := range min(cells, (pageSize-8)/2) {
		cell := int(binary.BigEndian.Uint16(b[8+2*i:]))
		if cell < 8 || cell >= pageSize {
			continue
		}
		if rowid, cols := p.cell(b, cell); cols != nil && !f(rowid, cols) {
			return false
		}
	}
	return true
}

// cell decodes one cell: payload size, rowid, payload, first overflow page.
func (p *pageFile) cell(b []byte, at int) (rowid int64, cols []any) {
	size, n := varint(b[at:])
	id, m := varint(b[min(at+n, len(b)):])
	if n == 0 || m == 0 || size > maxOverflow*pageSize {
		return 0, nil
	}
	at += n + m
	// The part kept on the page (file format, section 1.6), for pages without reserved bytes.
	local := int(size)
	if local > pageSize-35 {
		least := (pageSize-12)*32/255 - 23
		local = least + (int(size)-least)%(pageSize-4)
		if local > pageSize-35 {
			local = least
		}
	}
	if at+local > len(b) {
		return 0, nil
	}
	payload := b[at : at+local]
	if local < int(size) {
		if at+local+4 > len(b) {
			return 0, nil
		}
		payload = p.overflow(payload, binary.BigEndian.Uint32(b[at+local:]), int(size))
	}
	return int64(id), decodeRecord(payload)
}

// overflow follows a chain of overflow pages.
func (p *pageFile) overflow(first []byte, next uint32, size int) []byte {
	out := append(make([]byte, 0, min(size, 1<<16)), first...)
	for hops := 0; len(out) < size && hops < maxOverflow; hops++ {
		b := p.page(next, 1)
		if b == nil || next == 0 {
			return nil
		}
		next = binary.BigEndian.Uint32(b)
		out = append(out, b[4:min(pageSize, 4+size-len(out))]...)
	}
	return out
}

// decodeRecord decodes a record's columns: nil, int64, or []byte for text and blobs. Values share
// the payload's memory.
func decodeRecord(b []byte) []any {
	headLen, n := varint(b)
	if n == 0 || headLen > uint64(len(b)) || headLen < uint64(n) {
		return nil
	}
	head, body := b[n:headLen], b[headLen:]
	cols := make([]any, 0, 11)
	for len(head) > 0 && len(cols) < 16 {
		kind, n := varint(head)
		if n == 0 {
			return nil
		}
		head = head[n:]
		v, size, ok := column(kind, body)
		if !ok {
			return nil
		}
		cols, body = append(cols, v), body[size:]
	}
	return cols
}

var intSizes = [...]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8} //nolint:gochecknoglobals // serial types, file format section 2.1

func column(kind uint64, body []byte) (v any, size int, ok bool) {
	switch {
	case kind == 0:
		return nil, 0, true
	case kind <= 6:
		size = intSizes[kind]
		if size > len(body) {
			return nil, 0, false
		}
		x := int64(int8(body[0]))
		for _, c := range body[1:size] {
			x = x<<8 | int64(c)
		}
		return x, size, true
	case kind == 8, kind == 9:
		return int64(kind - 8), 0, true
	case kind >= 12:
		n := (kind - 12) / 2
		if n > uint64(len(body)) {
			return nil, 0, false
		}
		return body[:n:n], int(n), true
	}
	return nil, 0, false // a float or a reserved type: never one of our rows
}

// varint reads SQLite's big-endian variable-length integer; n is 0 when b is too short.
func varint(b []byte) (v uint64, n int) {
	for i := 0; i < 9 && i < len(b); i++ {
		if i == 8 {
			return v<<8 | uint64(b[i]), 9
		}
		v = v<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// fields takes typed columns one after the other; ok turns false at the first wrong type.
type fields struct {
	cols []any
	ok   bool
}

func (f *fields) num() int64 {
	v, ok := f.cols[0].(int64)
	f.cols, f.ok = f.cols[1:], f.ok && ok
	return v
}

func (f *fields) blob() []byte {
	v, ok := f.cols[0].([]byte)
	f.cols, f.ok = f.cols[1:], f.ok && ok
	return append([]byte(nil), v...)
}

func (f *fields) text() string {
	v, ok := f.cols[0].([]byte)
	f.cols, f.ok = f.cols[1:], f.ok && ok
	return string(v)
}

// rawEvent makes an event of a cell, if it is one and its checksum holds.
func rawEvent(rowid int64, cols []any) *item {
	if len(cols) != 11 || cols[0] != nil {
		return nil
	}
	f := &fields{cols: cols[1:], ok: true}
	it := &item{
		pos: uplink.Position(rowid), epoch: uint64(f.num()), seq: uint64(f.num()), lane: int(f.num()), id: f.text(),
		class: f.text(), device: f.text(), at: f.num(), trusted: f.num() != 0, payload: f.blob(),
	}
	if crc := f.num(); !f.ok || it.crc() != crc || it.lane != laneAlarm && it.lane != laneRest {
		return nil
	}
	return it
}

// take sorts a cell of one of the small tables into c, if its checksum holds.
func (c *contents) take(cols []any) {
	switch len(cols) {
	case 4:
		f := &fields{cols: cols, ok: true}
		m := &metaRow{key: f.text(), value: f.blob(), ver: f.num()}
		if crc := f.num(); f.ok && m.crc() == crc {
			c.takeMeta(m)
		}
	case 5:
		f := &fields{cols: cols, ok: true}
		r := &cursorRow{uplink: f.text(), lane: int(f.num()), pos: uplink.Position(f.num()), ranges: f.text()}
		if crc := f.num(); f.ok && r.crc() == crc && r.lane >= 0 && r.lane < laneCount {
			c.takeCursor(r)
		}
	case 6:
		f := &fields{cols: cols, ok: true}
		p := &pointRow{key: f.text()}
		p.Epoch, p.Seq, p.State, p.Snapshot = uint64(f.num()), uint64(f.num()), message.Bits(f.num()), f.blob()
		if crc := f.num(); f.ok && p.crc() == crc {
			if old := c.points[p.key]; old == nil || p.newer(old.PointRecord) {
				c.points[p.key] = p
			}
		}
	}
}

// scanContents reads a whole journal without SQLite.
func scanContents(path string) (*contents, error) {
	p, err := openPages(path)
	if err != nil {
		return nil, err
	}
	defer p.close()
	c := newContents()
	p.rows(func(rowid int64, cols []any) bool {
		if it := rawEvent(rowid, cols); it != nil {
			c.takeEvent(it)
		} else {
			c.take(cols)
		}
		return true
	})
	c.cursorOK = len(c.cursors) > 0
	return c, nil
}
