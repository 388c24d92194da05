package screen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	dialWithin = 5 * time.Second
	// While the daemon is away it is called this often: a restart of the daemon is over in a
	// second, and there is nobody else to call on this machine.
	callAgain = 500 * time.Millisecond
	// runnerHeader tells the daemon that no web page speaks: a page can't set headers of its
	// own on a WebSocket.
	runnerHeader = "X-Firepost-Runner"
)

// dial keeps a connection to the daemon for as long as ctx lasts.
func (r *Runner) dial(ctx context.Context) {
	address := "ws" + strings.TrimPrefix(r.page, "http") + "/runner"
	dialer := websocket.Dialer{HandshakeTimeout: dialWithin, ReadBufferSize: 4 << 10, WriteBufferSize: 4 << 10}
	said := false
	for ctx.Err() == nil {
		//nolint:bodyclose // the connection's own once it is made; closed below where it is not
		ws, resp, err := dialer.DialContext(ctx, address, http.Header{runnerHeader: {r.opts.Screen}})
		if err == nil {
			r.opts.Log.Info("connected to the daemon")
			said = false
			err = r.talk(ctx, ws)
		} else if resp != nil {
			err = errors.Join(fmt.Errorf("%w (%s)", err, resp.Status), resp.Body.Close())
		}
		if ctx.Err() != nil {
			return
		}
		if !said {
			r.opts.Log.Warn("the daemon is away; the browser carries on", "error", err)
			said = true
		}
		timer := time.NewTimer(callAgain)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// talk serves one connection until it ends.
func (r *Runner) talk(ctx context.Context, ws *websocket.Conn) error {
	ctx, cancel := context.WithCancel(ctx)
	shots := make(chan uint64, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		<-ctx.Done()
		_ = ws.Close() // wakes the reader
	})
	wg.Go(func() {
		defer cancel()
		r.write(ctx, ws, shots)
	})
	err := r.listen(ws, shots)
	cancel()
	wg.Wait()
	return err
}

// listen takes orders until the connection ends.
func (r *Runner) listen(ws *websocket.Conn, shots chan<- uint64) error {
	ws.SetReadLimit(maxDown)
	alive := func() error { return ws.SetReadDeadline(time.Now().Add(silence)) }
	ws.SetPingHandler(func(text string) error {
		if err := alive(); err != nil {
			return err
		}
		return ws.WriteControl(websocket.PongMessage, []byte(text), time.Now().Add(writeWithin))
	})
	for {
		if err := alive(); err != nil {
			return err
		}
		_, data, err := ws.ReadMessage()
		if err != nil {
			return err
		}
		var d RunnerDown
		if err := json.Unmarshal(data, &d); err != nil {
			return fmt.Errorf("read an order: %w", err)
		}
		r.order(d)
		if d.Screenshot != 0 {
			select {
			case shots <- d.Screenshot:
			default: // one is being taken; the daemon asks for one at a time
			}
		}
	}
}

// write reports at every change and every so often, and sends pictures, until ctx ends.
func (r *Runner) write(ctx context.Context, ws *websocket.Conn, shots <-chan uint64) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	pictures := make(chan ShotPart)
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wg.Go(func() { r.pictures(ctx, shots, pictures) })
	for {
		status := r.now()
		up := RunnerUp{Status: &status}
		for {
			if send(ws, up) != nil {
				return
			}
			select {
			case <-ctx.Done():
				return
			case part := <-pictures:
				up = RunnerUp{Shot: &part}
				continue
			case <-r.changed:
			case <-tick.C:
			}
			break
		}
	}
}

func send(ws *websocket.Conn, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := ws.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	return ws.WriteMessage(websocket.TextMessage, data)
}

// pictures takes what is asked for and hands it over part by part, so that reports go between.
func (r *Runner) pictures(ctx context.Context, shots <-chan uint64, out chan<- ShotPart) {
	for {
		var id uint64
		select {
		case <-ctx.Done():
			return
		case id = <-shots:
		}
		png, err := r.shoot(ctx)
		for last := false; !last; {
			part := ShotPart{ID: id, PNG: png[:min(partSize, len(png))]}
			png = png[len(part.PNG):]
			last = len(png) == 0
			part.Last = last
			if err != nil {
				part.Error = err.Error()
			}
			select {
			case <-ctx.Done():
				return
			case out <- part:
			}
		}
	}
}
