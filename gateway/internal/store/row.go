package store

import (
	"encoding/binary"
	"hash/crc32"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

// Lanes by number, as stored. The numbers are part of the file format.
const (
	laneAlarm = iota
	laneRest
	laneTelemetry
	laneCount
)

var laneNames = [laneCount]uplink.Lane{uplink.Alarm, uplink.Rest, uplink.Telemetry} //nolint:gochecknoglobals // a constant table

// laneNumber maps a lane's name; anything unknown is an alarm, the side that is never dropped first.
func laneNumber(l uplink.Lane) int {
	switch l {
	case uplink.Rest:
		return laneRest
	case uplink.Telemetry:
		return laneTelemetry
	default:
		return laneAlarm
	}
}

// item is one event on its way into the journal.
type item struct {
	pos        uplink.Position
	lane       int
	epoch, seq uint64
	id         string
	class      string
	device     string
	// at is the event's wall time in milliseconds, and whether it may be believed.
	at      int64
	trusted bool
	payload []byte
	// point is the snapshot that goes with the event, nil for none.
	point   *pointRow
	dropped bool
}

func (it *item) entry() uplink.Entry {
	return uplink.Entry{
		Pos: it.pos, Lane: laneNames[it.lane], ID: it.id,
		Class: message.Class(it.class), Device: it.device, Payload: it.payload,
	}
}

func (it *item) prevail() bool { return it.class == string(message.ClassFire) }

// pointRow is one row of points. It is never changed, but for durable.
type pointRow struct {
	PointRecord
	key string
	// gone deletes the row.
	gone bool
	// durable says that the journal has this version.
	durable bool
}

// metaRow is one row of meta. ver orders two versions of one key found by a salvage.
type metaRow struct {
	key   string
	value []byte
	ver   int64
	// ours says that this run put it.
	ours bool
}

// cursorRow is one row of cursors.
type cursorRow struct {
	uplink string
	lane   int
	pos    uplink.Position
	ranges string
}

// teleRow is one row of telemetry.
type teleRow struct {
	pos     uplink.Position
	payload []byte
}

// Row checksums start with a tag so that a row of one table never passes as another's.
const (
	tagEvent = 'e' + iota
	tagPoint
	tagMeta
	tagCursor
	tagTele
)

// castagnoli is the CRC-32C table, which most processors compute in hardware.
var castagnoli = crc32.MakeTable(crc32.Castagnoli) //nolint:gochecknoglobals // a constant table

// sum is a CRC-32C over a row's fields, each with its length.
type sum struct {
	crc uint32
	buf [9]byte
}

func newSum(tag byte) *sum {
	s := &sum{}
	s.buf[0] = tag
	s.crc = crc32.Update(0, castagnoli, s.buf[:1])
	return s
}

func (s *sum) num(v int64) *sum {
	binary.LittleEndian.PutUint64(s.buf[:8], uint64(v))
	s.crc = crc32.Update(s.crc, castagnoli, s.buf[:8])
	return s
}

func (s *sum) bytes(b []byte) *sum {
	s.num(int64(len(b)))
	s.crc = crc32.Update(s.crc, castagnoli, b)
	return s
}

func (s *sum) text(t string) *sum {
	s.num(int64(len(t)))
	for len(t) > 0 {
		n := copy(s.buf[:8], t)
		s.crc = crc32.Update(s.crc, castagnoli, s.buf[:n])
		t = t[n:]
	}
	return s
}

func (s *sum) value() int64 { return int64(s.crc) }

func boolNum(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (it *item) crc() int64 {
	return newSum(tagEvent).num(int64(it.pos)).num(int64(it.lane)).num(int64(it.epoch)).num(int64(it.seq)).
		num(it.at).num(boolNum(it.trusted)).text(it.id).text(it.class).text(it.device).bytes(it.payload).value()
}

func (p *pointRow) crc() int64 {
	return newSum(tagPoint).text(p.key).num(int64(p.Epoch)).num(int64(p.Seq)).num(int64(p.State)).
		bytes(p.Snapshot).value()
}

func (m *metaRow) crc() int64 {
	return newSum(tagMeta).text(m.key).num(m.ver).bytes(m.value).value()
}

func (c *cursorRow) crc() int64 {
	return newSum(tagCursor).text(c.uplink).num(int64(c.lane)).num(int64(c.pos)).text(c.ranges).value()
}

func (t *teleRow) crc() int64 {
	return newSum(tagTele).num(int64(t.pos)).bytes(t.payload).value()
}
