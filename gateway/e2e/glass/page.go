package glass

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Page is a look into the screen's page through DevTools. It ends with its browser.
type Page struct {
	ws     *websocket.Conn
	reader sync.WaitGroup

	mu    sync.Mutex
	last  int
	wants map[int]chan<- answer
	gone  error
}

type answer struct {
	ID     int             `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// Page waits for the browser's page and looks into it.
func (g *Glass) Page(ctx context.Context) (*Page, error) {
	for {
		p, err := g.attach(ctx)
		if err == nil {
			return p, nil
		}
		if perr := pause(ctx); perr != nil {
			return nil, fmt.Errorf("look into the page: %w: %w\n%s", perr, err, g.Log())
		}
	}
}

// attach tries once.
func (g *Glass) attach(ctx context.Context) (*Page, error) {
	ports, err := filepath.Glob(filepath.Join(g.profiles(), "*", "DevToolsActivePort"))
	if err != nil || len(ports) == 0 {
		return nil, errors.Join(ErrNoBrowser, err)
	}
	data, err := os.ReadFile(ports[len(ports)-1])
	if err != nil {
		return nil, err
	}
	port, _, _ := strings.Cut(string(data), "\n")
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+port+"/json/list", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	var targets []struct {
		Type string `json:"type"`
		URL  string `json:"url"`
		Door string `json:"webSocketDebuggerUrl"`
	}
	err = json.NewDecoder(resp.Body).Decode(&targets)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	for _, t := range targets {
		// Chromium has pages of its own besides. The runner's first page is its black one.
		if t.Type == "page" && (strings.HasPrefix(t.URL, g.opts.Daemon) || strings.HasPrefix(t.URL, "data:")) {
			return dial(ctx, t.Door)
		}
	}
	return nil, fmt.Errorf("the browser has no page yet: %+v", targets)
}

func dial(ctx context.Context, url string) (*Page, error) {
	ws, _, err := websocket.DefaultDialer.DialContext(ctx, url, nil) //nolint:bodyclose // the connection is the body
	if err != nil {
		return nil, err
	}
	p := &Page{ws: ws, wants: make(map[int]chan<- answer)}
	p.reader.Go(p.read)
	return p, nil
}

func (p *Page) read() {
	for {
		var a answer
		if err := p.ws.ReadJSON(&a); err != nil {
			p.mu.Lock()
			p.gone = fmt.Errorf("the page is gone: %w", err)
			for _, ch := range p.wants {
				close(ch)
			}
			p.wants = nil
			p.mu.Unlock()
			return
		}
		p.mu.Lock()
		ch := p.wants[a.ID]
		delete(p.wants, a.ID)
		p.mu.Unlock()
		if ch != nil { // no call has the number 0, which events have
			ch <- a
		}
	}
}

// Close ends the look; the page goes on.
func (p *Page) Close() {
	_ = p.ws.Close()
	p.reader.Wait()
}

// Call calls a method of DevTools; out may be nil.
func (p *Page) Call(ctx context.Context, method string, params, out any) error {
	ch := make(chan answer, 1)
	p.mu.Lock()
	if p.gone != nil {
		p.mu.Unlock()
		return p.gone
	}
	p.last++
	id := p.last
	p.wants[id] = ch
	err := p.ws.WriteJSON(map[string]any{"id": id, "method": method, "params": params})
	p.mu.Unlock()
	if err != nil {
		return fmt.Errorf("call %s: %w", method, err)
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("call %s: %w", method, ctx.Err())
	case a, ok := <-ch:
		switch {
		case !ok:
			p.mu.Lock()
			defer p.mu.Unlock()
			return fmt.Errorf("call %s: %w", method, p.gone)
		case a.Error != nil:
			return fmt.Errorf("call %s: %s", method, a.Error.Message)
		case out == nil:
			return nil
		}
		return json.Unmarshal(a.Result, out)
	}
}

// Eval evaluates an expression in the page, waits for what it promises, and stores its value in
// out, which may be nil.
func (p *Page) Eval(ctx context.Context, js string, out any) error {
	var res struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception *struct {
			Text      string `json:"text"`
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	err := p.Call(ctx, "Runtime.evaluate", map[string]any{"expression": js, "awaitPromise": true, "returnByValue": true}, &res)
	switch {
	case err != nil:
		return err
	case res.Exception != nil:
		return fmt.Errorf("evaluate %.60q: %s %s", js, res.Exception.Text, res.Exception.Exception.Description)
	case out == nil:
		return nil
	case res.Result.Value == nil:
		return fmt.Errorf("evaluate %.60q: it has no value", js)
	}
	return json.Unmarshal(res.Result.Value, out)
}

// Until evaluates an expression at every few frames until it is true. A document that gives way
// to another meanwhile does not matter, the end of the browser does.
func (p *Page) Until(ctx context.Context, js string) error {
	for {
		var is bool
		err := p.Eval(ctx, js, &is)
		if is {
			return nil
		}
		p.mu.Lock()
		gone := p.gone
		p.mu.Unlock()
		if gone != nil {
			return gone
		}
		if perr := pause(ctx); perr != nil {
			return fmt.Errorf("wait until %.80q: %w", js, errors.Join(err, perr))
		}
	}
}

// Inject runs a script in the present document and at the start of every later one.
func (p *Page) Inject(ctx context.Context, js string) error {
	for _, method := range []string{"Page.enable", "Runtime.enable"} {
		if err := p.Call(ctx, method, nil, nil); err != nil {
			return err
		}
	}
	err := p.Call(ctx, "Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": js, "runImmediately": true}, nil)
	return err
}

// Heap collects garbage and returns what the scripts still hold, in bytes.
func (p *Page) Heap(ctx context.Context) (float64, error) {
	for range 2 {
		if err := p.Call(ctx, "HeapProfiler.collectGarbage", nil, nil); err != nil {
			return 0, err
		}
	}
	var use struct {
		UsedSize float64 `json:"usedSize"`
	}
	err := p.Call(ctx, "Runtime.getHeapUsage", nil, &use)
	return use.UsedSize, err
}
