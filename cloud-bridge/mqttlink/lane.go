package mqttlink

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"firepost/cloud-bridge/uplink"
)

// pageSize is how many entries are read from the outbox at once.
const pageSize = 64

// alarmWindow is how many alarm events may wait for PUBACK. It is apart from the window of
// the other lanes, and the …/ack of a platform never closes it.
const alarmWindow = 1000

// history is what a lane remembers over connections, for as long as the process lives.
type history struct {
	// sent is the last position that was ever handed to a connection.
	sent uplink.Position
	// old counts the entries that waited when the process began: whether an earlier
	// process sent them is not known.
	old int64
}

// lane is the sender's view of one queue on one connection. Only the sender uses it, except
// for the fields marked shared.
type lane struct {
	name     uplink.Lane
	topic    string
	box      uplink.Outbox
	past     *history
	platform bool // confirmed by …/ack, not by PUBACK

	page  []uplink.Entry // read and not yet sent
	store []uplink.Entry // the array behind page
	maybe bool           // the outbox may hold more after next

	back     goBack
	backPage []uplink.Entry
	backBuf  []uplink.Entry

	flying atomic.Int32 // shared: sent, no PUBACK yet

	mu   sync.Mutex
	next uplink.Position // shared: the last position sent for the first time on this connection
	open int             // shared: of those up to next, how many the platform has not confirmed
}

func newLane(name uplink.Lane, topic string, box uplink.Outbox, past *history) *lane {
	return &lane{name: name, topic: topic, box: box, past: past, next: box.Cursor(name), maybe: true}
}

// peek returns the next entry that was not yet sent on this connection, nil when there is none.
func (l *lane) peek(ctx context.Context) (*uplink.Entry, error) {
	for {
		for len(l.page) > 0 {
			e := &l.page[0]
			if !l.box.Confirmed(l.name, e.Pos) && e.Pos > l.box.Cursor(l.name) {
				return e, nil
			}
			l.skip(e.Pos)
		}
		if !l.maybe {
			return nil, nil
		}
		l.maybe = false
		page, err := l.box.Next(ctx, l.name, l.sentUpTo(), pageSize, l.store[:0])
		if err != nil {
			l.maybe = true
			return nil, fmt.Errorf("read outbox lane %s after %d: %w", l.name, l.sentUpTo(), err)
		}
		l.page, l.store = page, page
		if len(page) == pageSize {
			l.maybe = true
		}
		if len(page) == 0 {
			return nil, nil
		}
	}
}

func (l *lane) sentUpTo() uplink.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next
}

// skip passes over the head of the page: confirmed already.
func (l *lane) skip(pos uplink.Position) {
	l.mu.Lock()
	l.next = pos
	l.mu.Unlock()
	l.page = l.page[1:]
}

// take removes the head of the page for sending and reports whether an earlier copy of it
// may have been sent, and whether it is still wanted.
func (l *lane) take() (e uplink.Entry, again, wanted bool) {
	e = l.page[0]
	l.page[0].Payload = nil // the page must not pin what was sent
	l.page = l.page[1:]
	l.mu.Lock()
	l.next = e.Pos
	wanted = !l.box.Confirmed(l.name, e.Pos) && e.Pos > l.box.Cursor(l.name)
	if wanted {
		l.open++
	}
	l.mu.Unlock()
	again = e.Pos <= l.past.sent
	if !again && l.past.old > 0 {
		l.past.old--
		again = true
	}
	l.past.sent = max(l.past.sent, e.Pos)
	return e, again, wanted
}

// confirm tells the outbox that the other side has pos.
func (l *lane) confirm(pos ...uplink.Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.box.Confirm(l.name, pos...)
	for _, p := range pos {
		if p <= l.next && l.open > 0 {
			l.open--
		}
	}
}

func (l *lane) unconfirmed() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

// again returns the next entry to be sent once more because the platform did not answer, nil
// when there is none now.
func (l *lane) again(ctx context.Context) (*uplink.Entry, error) {
	for l.back.wants() {
		for len(l.backPage) > 0 {
			e := l.backPage[0]
			l.backPage[0].Payload = nil
			l.backPage = l.backPage[1:]
			if e.Pos <= l.back.next {
				continue
			}
			if e.Pos > l.back.end {
				l.back.next = l.back.end
				break
			}
			l.back.next = e.Pos
			if e.Pos <= l.box.Cursor(l.name) || l.box.Confirmed(l.name, e.Pos) {
				continue
			}
			l.back.left--
			return &e, nil
		}
		if !l.back.wants() {
			break
		}
		page, err := l.box.Next(ctx, l.name, l.back.next, pageSize, l.backBuf[:0])
		if err != nil {
			return nil, fmt.Errorf("read outbox lane %s after %d: %w", l.name, l.back.next, err)
		}
		if len(page) == 0 {
			l.back.next = l.back.end
		}
		l.backPage, l.backBuf = page, page
	}
	l.backPage = nil
	return nil, nil
}

// observe lets the go-back rule look at the lane; it reports whether a round begins.
func (l *lane) observe(now time.Time) bool {
	if !l.platform {
		return false
	}
	began := l.back.observe(now, l.box.Cursor(l.name), l.sentUpTo())
	if began {
		l.backPage = nil
	}
	return began
}
