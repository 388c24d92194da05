package screen

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// maxMessage is the longest message taken from the browser: a picture in base64.
const maxMessage = MaxShot/3*4 + 64<<10

var errClosed = errors.New("the browser has closed its pipe")

// call is one request of the DevTools protocol.
type call struct {
	ID      uint64 `json:"id"`
	Method  string `json:"method"`
	Params  any    `json:"params,omitempty"`
	Session string `json:"sessionId,omitempty"`
}

// answer is one message from the browser: an answer or, with a Method, an event.
type answer struct {
	ID      uint64          `json:"id"`
	Result  json.RawMessage `json:"result"`
	Error   *answerError    `json:"error"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Session string          `json:"sessionId"`
}

type answerError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// devtools speaks the DevTools protocol over a pair of pipes: JSON texts, each ended by a
// zero byte.
type devtools struct {
	out io.Writer
	// events takes what wanted names; the reader waits for whoever takes them.
	events chan answer
	wanted map[string]bool

	writing sync.Mutex
	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan answer
	closed  chan struct{}
	err     error
}

func newDevtools(out io.Writer, wanted ...string) *devtools {
	d := &devtools{out: out, events: make(chan answer, 16), wanted: map[string]bool{}, waiting: map[uint64]chan answer{}, closed: make(chan struct{})}
	for _, w := range wanted {
		d.wanted[w] = true
	}
	return d
}

// read takes messages until the pipe ends or ctx does; run it once.
func (d *devtools) read(ctx context.Context, in io.Reader) {
	err := d.take(ctx, in)
	d.mu.Lock()
	d.err = err
	d.mu.Unlock()
	close(d.closed)
}

func (d *devtools) take(ctx context.Context, in io.Reader) error {
	buf := bufio.NewReaderSize(in, 64<<10)
	var message []byte
	for {
		part, err := buf.ReadSlice(0)
		if len(message)+len(part) > maxMessage {
			return fmt.Errorf("the browser sent a message of more than %d bytes", maxMessage)
		}
		message = append(message, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errClosed, err)
		}
		var a answer
		if err := json.Unmarshal(message[:len(message)-1], &a); err != nil {
			return fmt.Errorf("read the browser's message: %w", err)
		}
		if cap(message) > 1<<20 {
			message = nil // a picture's room is given back
		}
		message = message[:0]
		if err := d.deliver(ctx, a); err != nil {
			return err
		}
	}
}

func (d *devtools) deliver(ctx context.Context, a answer) error {
	if a.Method != "" {
		if !d.wanted[a.Method] {
			return nil
		}
		select {
		case d.events <- a:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	d.mu.Lock()
	ch := d.waiting[a.ID]
	delete(d.waiting, a.ID)
	d.mu.Unlock()
	if ch != nil {
		ch <- a // has room for its one answer
	}
	return nil
}

// call asks one thing and waits for the answer.
func (d *devtools) call(ctx context.Context, within time.Duration, session, method string, params, result any) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("no answer within %v", within))
	defer cancel()
	ch := make(chan answer, 1)
	d.mu.Lock()
	d.last++
	id := d.last
	d.waiting[id] = ch
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		delete(d.waiting, id)
		d.mu.Unlock()
	}()
	if err := d.send(call{ID: id, Method: method, Params: params, Session: session}, within); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case a := <-ch:
		if a.Error != nil {
			return fmt.Errorf("%s: the browser says %q (%d)", method, a.Error.Message, a.Error.Code)
		}
		if result == nil {
			return nil
		}
		if err := json.Unmarshal(a.Result, result); err != nil {
			return fmt.Errorf("%s: %w", method, err)
		}
		return nil
	case <-d.closed:
		return fmt.Errorf("%s: %w", method, d.cause())
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, context.Cause(ctx))
	}
}

// send writes one message; a browser that reads nothing must not hold it for ever.
func (d *devtools) send(c call, within time.Duration) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	if f, ok := d.out.(interface{ SetWriteDeadline(t time.Time) error }); ok {
		// A pipe that knows no deadline is small enough to take what is ever sent.
		_ = f.SetWriteDeadline(time.Now().Add(within))
	}
	_, err = d.out.Write(append(data, 0))
	return err
}

// cause is why reading ended; valid once closed is.
func (d *devtools) cause() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}
