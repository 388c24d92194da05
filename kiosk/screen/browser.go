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
)

const (
	// readyWithin is how long a browser may take to answer for the first time, answerWithin
	// later, and shotWithin to draw a picture. Two missed answers in a row end it.
	readyWithin, answerWithin, shotWithin = 30 * time.Second, 5 * time.Second, 10 * time.Second
	askEvery                              = 5 * time.Second
	// The daemon is asked for the page this often while it is away.
	serveFirst, serveMost = 100 * time.Millisecond, time.Second
)

// errPage are the ends of a page, as opposed to those of its browser.
var errPage = errors.New("the page has crashed")

// browser is one running browser with its page.
type browser struct {
	proc *process
	dev  *devtools
	url  string
	// loaded is told when the page is there, or is lost again.
	loaded func(bool)

	mu      sync.Mutex
	session string
	target  string
}

// run drives the browser until it ends, hangs or crashes, or ctx ends, and says why.
func (b *browser) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { b.dev.read(ctx, b.proc.in) })
	defer func() { _ = b.proc.in.Close() }() // lets the reader go
	if err := b.attach(ctx); err != nil {
		return err
	}
	lost := make(chan struct{}, 1)
	wg.Go(func() { b.load(ctx, lost) })
	hung := make(chan error, 1)
	wg.Go(func() { hung <- b.ask(ctx) })
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-b.proc.Ended():
			return ended(b.proc.Err())
		case <-b.dev.closed:
			return b.dev.cause()
		case err := <-hung:
			return err
		case e := <-b.dev.events:
			if err := b.event(e, lost); err != nil {
				return err
			}
		}
	}
}

// ended says how a process came to its end.
func ended(err error) error {
	if err == nil {
		return errors.New("the browser ended by itself")
	}
	return fmt.Errorf("the browser ended: %w", err)
}

type targetInfo struct {
	TargetID string `json:"targetId"`
	Type     string `json:"type"`
}

// attach waits for the page and opens a session with it.
func (b *browser) attach(ctx context.Context) error {
	err := b.dev.call(ctx, readyWithin, "", "Target.setAutoAttach", map[string]any{"autoAttach": true, "waitForDebuggerOnStart": false, "flatten": true}, nil)
	if err != nil {
		return err
	}
	timer := time.NewTimer(readyWithin)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return fmt.Errorf("the browser has no page after %v", readyWithin)
		case <-b.proc.Ended():
			return ended(b.proc.Err())
		case <-b.dev.closed:
			return b.dev.cause()
		case e := <-b.dev.events:
			var p struct {
				SessionID  string     `json:"sessionId"`
				TargetInfo targetInfo `json:"targetInfo"`
			}
			if e.Method != "Target.attachedToTarget" || json.Unmarshal(e.Params, &p) != nil || p.TargetInfo.Type != "page" {
				continue
			}
			b.mu.Lock()
			b.session, b.target = p.SessionID, p.TargetInfo.TargetID
			b.mu.Unlock()
			for _, domain := range []string{"Page.enable", "Inspector.enable"} {
				if err := b.dev.call(ctx, readyWithin, p.SessionID, domain, nil, nil); err != nil {
					return err
				}
			}
			return nil
		}
	}
}

// page is the session with the page, and the page.
func (b *browser) page() (session, target string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.session, b.target
}

// event looks at one event: the ends of the page, and a page that gave way to the browser's
// own error page.
func (b *browser) event(e answer, lost chan<- struct{}) error {
	session, target := b.page()
	var p struct {
		TargetID  string `json:"targetId"`
		SessionID string `json:"sessionId"`
		Frame     struct {
			ID  string `json:"id"`
			URL string `json:"url"`
		} `json:"frame"`
	}
	if err := json.Unmarshal(e.Params, &p); err != nil {
		return fmt.Errorf("read %s: %w", e.Method, err)
	}
	switch {
	case e.Method == "Inspector.targetCrashed" && e.Session == session:
		return errPage
	case e.Method == "Target.detachedFromTarget" && p.SessionID == session:
		return fmt.Errorf("%w: its window was closed", errPage)
	case e.Method == "Page.frameNavigated" && e.Session == session && p.Frame.ID == target && strings.HasPrefix(p.Frame.URL, "chrome-error:"):
		select {
		case lost <- struct{}{}:
		default:
		}
	}
	return nil
}

// load shows the page as soon as the daemon serves it, and again whenever it was lost: the
// browser's own error page is never left standing.
func (b *browser) load(ctx context.Context, lost <-chan struct{}) {
	session, _ := b.page()
	for {
		if !served(ctx, b.url) {
			return
		}
		var result struct {
			ErrorText string `json:"errorText"`
		}
		err := b.dev.call(ctx, readyWithin, session, "Page.navigate", map[string]string{"url": b.url}, &result)
		b.loaded(err == nil && result.ErrorText == "")
		select {
		case <-ctx.Done():
			return
		case <-lost:
		}
		b.loaded(false)
		// Black until then; where that fails, the next navigation replaces it all the same.
		_ = b.dev.call(ctx, answerWithin, session, "Page.navigate", map[string]string{"url": startPage}, nil)
	}
}

// served waits until the page is served; false: ctx has ended.
func served(ctx context.Context, url string) bool {
	client := &http.Client{
		Timeout:       answerWithin,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for wait := serveFirst; ; wait = min(wait*3/2, serveMost) {
		if there(ctx, client, url) {
			return true
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
	}
}

func there(ctx context.Context, client *http.Client, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

// ask puts a question to the browser every so often; two without an answer and it hangs.
func (b *browser) ask(ctx context.Context) error {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for strikes := 0; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		err := b.dev.call(ctx, answerWithin, "", "Browser.getVersion", nil, nil)
		if err == nil {
			strikes = 0
			continue
		}
		if strikes++; strikes == 2 {
			return fmt.Errorf("the browser hangs: %w", err)
		}
	}
}

// shoot takes a picture of what the page shows, as PNG.
func (b *browser) shoot(ctx context.Context) ([]byte, error) {
	session, _ := b.page()
	if session == "" {
		return nil, fmt.Errorf("%w: the browser has no page yet", ErrScreenshot)
	}
	var shot struct {
		Data []byte `json:"data"`
	}
	err := b.dev.call(ctx, shotWithin, session, "Page.captureScreenshot", map[string]any{"format": "png", "optimizeForSpeed": true}, &shot)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrScreenshot, err)
	}
	if len(shot.Data) > MaxShot {
		return nil, fmt.Errorf("%w: it has %d bytes, at most %d are passed on", ErrScreenshot, len(shot.Data), MaxShot)
	}
	return shot.Data, nil
}
