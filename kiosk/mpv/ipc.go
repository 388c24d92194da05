package mpv

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Sentinels.
var (
	// ErrOptions is wrapped by mistakes in options.
	ErrOptions = errors.New("mpv options")
	// ErrGone: mpv has closed its socket.
	ErrGone = errors.New("mpv has gone")
	// ErrSilent: mpv does not answer.
	ErrSilent = errors.New("mpv does not answer")
	// ErrRefused: mpv refuses what was asked.
	ErrRefused = errors.New("mpv refuses")
	// ErrLater is wrapped by an item's error that may be over in a moment.
	ErrLater = errors.New("not at this moment")
)

// maxLine is the longest line taken from mpv.
const maxLine = 1 << 20

// request is one command.
type request struct {
	Command []any  `json:"command"`
	ID      uint64 `json:"request_id"`
}

// line is one line from mpv: an answer or, with an Event, an event.
type line struct {
	Error string          `json:"error"`
	Data  json.RawMessage `json:"data"`
	ID    uint64          `json:"request_id"`

	Event  string `json:"event"`
	Name   string `json:"name"`
	Entry  int64  `json:"playlist_entry_id"`
	Reason string `json:"reason"`
	// FileError says why a file ended by an error.
	FileError string `json:"file_error"`
}

// ipc is one connection to mpv.
type ipc struct {
	conn    net.Conn
	events  chan line
	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan line
	gone    chan struct{}
	err     error
}

func newIPC(conn net.Conn) *ipc {
	return &ipc{conn: conn, events: make(chan line, 64), waiting: map[uint64]chan line{}, gone: make(chan struct{})}
}

// read takes lines until the connection or ctx ends; run it once.
func (c *ipc) read(ctx context.Context) {
	scan := bufio.NewScanner(c.conn)
	scan.Buffer(make([]byte, 0, 4<<10), maxLine)
	var err error
	for err == nil && scan.Scan() {
		var l line
		if err = json.Unmarshal(scan.Bytes(), &l); err != nil {
			err = fmt.Errorf("read mpv's line: %w", err)
			break
		}
		err = c.deliver(ctx, l)
	}
	if err == nil {
		err = scan.Err()
	}
	c.mu.Lock()
	if c.err = ErrGone; err != nil {
		c.err = fmt.Errorf("%w: %w", ErrGone, err)
	}
	c.mu.Unlock()
	close(c.gone)
}

func (c *ipc) deliver(ctx context.Context, l line) error {
	if l.Event != "" {
		select {
		case c.events <- l:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	c.mu.Lock()
	ch := c.waiting[l.ID]
	delete(c.waiting, l.ID)
	c.mu.Unlock()
	if ch != nil {
		ch <- l // has room for its one answer
	}
	return nil
}

// cause is why the connection ended; valid once gone is closed.
func (c *ipc) cause() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// do sends one command and waits for its answer. Events that come meanwhile are handed to
// the function, so that mpv is never kept waiting for a reader.
func (c *ipc) do(ctx context.Context, within time.Duration, event func(line), command ...any) (json.RawMessage, error) {
	ch := make(chan line, 1)
	c.mu.Lock()
	c.last++
	id := c.last
	c.waiting[id] = ch
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.waiting, id)
		c.mu.Unlock()
	}()
	data, err := json.Marshal(request{command, id})
	if err != nil {
		return nil, fmt.Errorf("%v: %w", command[0], err)
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(within)); err != nil {
		return nil, fmt.Errorf("%v: %w: %w", command[0], ErrGone, err)
	}
	if _, err := c.conn.Write(append(data, '\n')); err != nil {
		return nil, fmt.Errorf("%v: %w: %w", command[0], ErrSilent, err)
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		select {
		case l := <-ch:
			if l.Error != "success" {
				return nil, fmt.Errorf("%v: %w: %.100s", command[0], ErrRefused, l.Error)
			}
			return l.Data, nil
		case e := <-c.events:
			event(e)
		case <-c.gone:
			return nil, fmt.Errorf("%v: %w", command[0], c.cause())
		case <-timer.C:
			return nil, fmt.Errorf("%v: %w within %v", command[0], ErrSilent, within)
		case <-ctx.Done():
			return nil, fmt.Errorf("%v: %w", command[0], ctx.Err())
		}
	}
}
