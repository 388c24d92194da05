package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// errClosed ends a download when the hours for it end.
var errClosed = fmt.Errorf("%w: the hours for downloads are over", ErrTemporary)

// fetcher downloads objects, one at a time.
type fetcher struct {
	s    *Store
	cfg  Config
	base *url.URL
	pace *rate.Limiter
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	// open says whether a download may go on.
	open func() bool
	// progress is told where a download stands.
	progress func(it Item, at int64)
}

// fetch brings one object: it goes on where an earlier attempt stopped, over as many answers as
// the server needs, and returns nil once the object is proven and has its name. It returns how
// many bytes came, and how long the server asks to be left alone.
func (f *fetcher) fetch(ctx context.Context, it Item) (came int64, after time.Duration, err error) {
	if err := f.s.take(ctx, f.s.turn); err != nil {
		return 0, 0, err
	}
	defer func() { <-f.s.turn }()
	defer f.s.pin([]Item{it})()
	client, err := f.client()
	if err != nil {
		return 0, 0, fmt.Errorf("fetch %q: %w", it.Name, err)
	}
	defer client.CloseIdleConnections()
	p, err := f.s.openPart(it)
	if err != nil {
		return 0, 0, fmt.Errorf("fetch: %w", err)
	}
	for err == nil && p.at < it.Size {
		before := p.at
		after, err = f.request(ctx, client, p)
		came += max(0, p.at-before)
		if err == nil && p.at <= before {
			err = fmt.Errorf("%w: it stays at byte %d", ErrSource, p.at)
		}
	}
	if cerr := p.close(err); err == nil {
		err = cerr
	}
	if err == nil {
		err = f.s.finish(ctx, it)
	}
	if err != nil {
		return came, after, fmt.Errorf("fetch %q at byte %d of %d: %w", it.Name, p.at, it.Size, err)
	}
	return came, 0, nil
}

// watch returns a context that ends when alive was not called for Stall.
func (f *fetcher) watch(ctx context.Context) (watched context.Context, alive func(), cancel func()) {
	ctx, stop := context.WithCancelCause(ctx)
	timer := time.AfterFunc(f.cfg.Stall, func() {
		stop(fmt.Errorf("%w: no byte within %s", ErrTemporary, f.cfg.Stall))
	})
	return ctx, func() { timer.Reset(f.cfg.Stall) }, func() { timer.Stop(); stop(nil) }
}

// request makes one request and writes what it brings.
func (f *fetcher) request(outer context.Context, client *http.Client, p *part) (after time.Duration, err error) {
	ctx, alive, cancel := f.watch(outer)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.base.JoinPath(Path, p.it.SHA256).String(), nil)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", "firepost")
	if p.at > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", p.at))
		if tag := f.tag(p.it.SHA256); tag != "" {
			req.Header.Set("If-Range", tag)
		}
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, interrupted(outer, ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	alive()
	if err := f.accept(resp, p); err != nil {
		return retryAfter(resp.Header), err
	}
	err = f.copy(outer, ctx, alive, resp.Body, p)
	if err == nil && p.at < p.it.Size && resp.StatusCode == http.StatusOK {
		// It ended early without saying so: what came counts, the rest is asked for.
		err = fmt.Errorf("%w: the answer ended at byte %d of %d", ErrTemporary, p.at, p.it.Size)
	}
	return 0, err
}

// interrupted says why a request ended: the caller's end, a stall, a rule of ours, or the
// network's.
func interrupted(outer, ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case outer.Err() != nil:
		return outer.Err()
	case cause != nil:
		return cause
	case errors.Is(err, ErrSource):
		return err
	default:
		return fmt.Errorf("%w: %w", ErrTemporary, err)
	}
}

// accept decides whether an answer may be written to the part, and from where.
func (f *fetcher) accept(resp *http.Response, p *part) error {
	if resp.Uncompressed || resp.Header.Get("Content-Encoding") != "" && resp.Header.Get("Content-Encoding") != "identity" {
		return fmt.Errorf("%w: it packs the content (%s)", ErrSource, resp.Header.Get("Content-Encoding"))
	}
	switch resp.StatusCode {
	case http.StatusOK:
		if resp.ContentLength >= 0 && resp.ContentLength != p.it.Size {
			return fmt.Errorf("%w: it has %d bytes, the manifest says %d", ErrSource, resp.ContentLength, p.it.Size)
		}
		// It can't do ranges, or it has other content than before: all of it comes anew.
		if err := p.restart(); err != nil {
			return err
		}
		return f.keepTag(p.it.SHA256, resp.Header.Get("ETag"))
	case http.StatusPartialContent:
		from, to, size, ok := contentRange(resp.Header.Get("Content-Range"))
		if !ok || p.at == 0 || from != p.at || size != p.it.Size || to < from || to >= size || resp.ContentLength >= 0 && resp.ContentLength != to-from+1 {
			return fmt.Errorf("%w: asked from byte %d of %d it sends %q with length %d", ErrSource, p.at, p.it.Size, resp.Header.Get("Content-Range"), resp.ContentLength)
		}
		return nil
	case http.StatusRequestedRangeNotSatisfiable:
		if err := p.restart(); err != nil {
			return err
		}
		return fmt.Errorf("%w: %s", ErrSource, resp.Status)
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusGone, http.StatusMethodNotAllowed, http.StatusBadRequest:
		return fmt.Errorf("%w: %s", ErrRefused, resp.Status)
	default:
		return fmt.Errorf("%w: %s", ErrTemporary, resp.Status)
	}
}

// copy writes the body, not faster than told and never beyond the object's size.
func (f *fetcher) copy(outer, ctx context.Context, alive func(), body io.Reader, p *part) error {
	step := readStep
	if f.pace != nil {
		step = f.pace.Burst()
	}
	buf := make([]byte, step)
	for p.at < p.it.Size {
		if !f.open() {
			return errClosed
		}
		n, err := body.Read(buf[:min(int64(step), p.it.Size-p.at)])
		if n > 0 {
			if _, werr := p.Write(buf[:n]); werr != nil {
				return werr
			}
			f.progress(p.it, p.at)
			if f.pace != nil {
				if werr := f.pace.WaitN(outer, n); werr != nil {
					return interrupted(outer, outer, werr)
				}
			}
			alive()
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return interrupted(outer, ctx, err)
		}
	}
	if p.at < p.it.Size {
		return nil
	}
	if n, _ := body.Read(buf[:1]); n > 0 {
		// This is another, longer thing; it counts like a wrong hash.
		if err := p.restart(); err != nil {
			return err
		}
		return p.s.cameWrong(p.it)
	}
	return nil
}

// tag is what the server called the object when the part was begun.
func (f *fetcher) tag(hash string) string {
	data, err := os.ReadFile(f.s.tagPath(hash))
	if err != nil || !strongTag(string(data)) {
		return ""
	}
	return string(data)
}

// keepTag keeps a strong entity tag; without one the range is asked for without a condition,
// and the hash decides in the end.
func (f *fetcher) keepTag(hash, tag string) error {
	if !strongTag(tag) {
		tag = ""
	}
	if err := os.WriteFile(f.s.tagPath(hash), []byte(tag), 0o644); err != nil {
		return fmt.Errorf("%w: keep entity tag: %w", ErrStorage, err)
	}
	return nil
}

func strongTag(tag string) bool {
	if len(tag) < 3 || len(tag) > 200 || tag[0] != '"' || tag[len(tag)-1] != '"' {
		return false
	}
	return !strings.ContainsFunc(tag[1:len(tag)-1], func(r rune) bool { return r <= ' ' || r == '"' || r > '~' })
}

// contentRange reads "bytes 5-9/10".
func contentRange(s string) (from, to, size int64, ok bool) {
	s, ok = strings.CutPrefix(s, "bytes ")
	span, total, ok2 := strings.Cut(s, "/")
	first, last, ok3 := strings.Cut(span, "-")
	var nums [3]int64
	for i, text := range []string{first, last, total} {
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			return 0, 0, 0, false
		}
		nums[i] = int64(n)
	}
	return nums[0], nums[1], nums[2], ok && ok2 && ok3
}

// maxRetryAfter bounds how long a server may send the booth away.
const maxRetryAfter = time.Hour

func retryAfter(h http.Header) time.Duration {
	n, err := strconv.ParseUint(h.Get("Retry-After"), 10, 31)
	if err != nil {
		return 0
	}
	return min(maxRetryAfter, time.Duration(n)*time.Second)
}
