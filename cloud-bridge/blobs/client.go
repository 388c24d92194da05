package blobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Config is what an operator sets. Start from Defaults.
type Config struct {
	// Server is https://host[:port], without a path.
	Server string
	// CAFile, CertFile and KeyFile are PEM files, read again for every upload, so that a renewed
	// certificate needs no restart. CAFile empty means the system's roots.
	CAFile, CertFile, KeyFile string
	// ServerName overrides the name that the server's certificate must carry.
	ServerName string
	// BytesPerSecond bounds what is sent, so that events keep their way; 0 is no limit.
	BytesPerSecond int
	// Part is how many bytes one request carries at most: what a break costs.
	Part int
	// MaxSize is the largest blob that is sent at all.
	MaxSize int64
	// Stall is how long a request may go without progress.
	Stall time.Duration
	// LeastPause and MostPause bound the pauses between attempts; Attempts is how many in a row
	// may go without progress before Upload gives up.
	LeastPause, MostPause time.Duration
	Attempts              int
	// Insecure allows http:// and no client certificate: for demonstrations only.
	Insecure bool
}

// Defaults returns the built-in settings: 128 KiB a second, 64 KiB a request. Server and
// certificates are still to be set.
func Defaults() Config {
	return Config{
		BytesPerSecond: 128 << 10, Part: 64 << 10, MaxSize: 64 << 20, Stall: 30 * time.Second,
		LeastPause: time.Second, MostPause: time.Minute, Attempts: 6,
	}
}

// Client uploads blobs, one at a time. It is safe for concurrent use; New starts nothing.
type Client struct {
	cfg    Config
	base   *url.URL
	turn   chan struct{}
	pace   *rate.Limiter
	random func() float64
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
}

// New checks the settings and returns a client. The certificates are not read yet. Errors wrap
// ErrConfig.
func New(cfg Config) (*Client, error) {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: "+format, append([]any{ErrConfig}, args...)...))
	}
	u, err := url.Parse(cfg.Server)
	switch {
	case err != nil:
		bad("the server's address can't be read; write https://host:port")
		u = &url.URL{}
	case u.Scheme != "https" && (u.Scheme != "http" || !cfg.Insecure):
		bad("server scheme %q; write https://host:port", u.Scheme)
	case u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "":
		bad("server %q: only scheme, host and port belong here", u.Redacted())
	}
	if (cfg.CertFile == "") != (cfg.KeyFile == "") {
		bad("a client certificate needs both its cert file and its key file")
	}
	if cfg.CertFile == "" && !cfg.Insecure {
		bad("no client certificate: set cert file and key file")
	}
	if cfg.BytesPerSecond < 0 || (cfg.BytesPerSecond > 0 && cfg.BytesPerSecond < 1<<10) || cfg.Part < 1<<10 || cfg.Part > 16<<20 || cfg.MaxSize < 1 || cfg.Stall <= 0 || cfg.Attempts < 1 {
		bad("bytes per second %d (0 or from 1 KiB), part %d (1 KiB to 16 MiB), max size %d, stall %s, attempts %d are out of range", cfg.BytesPerSecond, cfg.Part, cfg.MaxSize, cfg.Stall, cfg.Attempts)
	}
	if cfg.LeastPause <= 0 || cfg.MostPause < cfg.LeastPause {
		bad("pauses %s to %s must be above zero and in order", cfg.LeastPause, cfg.MostPause)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, base: &url.URL{Scheme: u.Scheme, Host: u.Host}, turn: make(chan struct{}, 1), random: rand.Float64}
	c.dial = (&net.Dialer{Timeout: cfg.Stall}).DialContext
	if cfg.BytesPerSecond > 0 {
		c.pace = rate.NewLimiter(rate.Limit(cfg.BytesPerSecond), min(cfg.Part, cfg.BytesPerSecond))
	}
	return c, nil
}

// Upload returns nil once the receiver has said that it holds the whole blob under its hash. It
// waits for another upload in progress, checks that content is what sha256 says before a byte
// leaves, goes on where an earlier attempt stopped, and gives up after Attempts without
// progress. Errors wrap ErrContent or ErrRefused, where trying again is pointless, or
// ErrTemporary, or the context's error.
func (c *Client) Upload(ctx context.Context, hash string, content io.ReaderAt, size int64) error {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return fmt.Errorf("upload blob %s: %w", hash, ctx.Err())
	}
	if err := c.check(hash, content, size); err != nil {
		return fmt.Errorf("upload blob %s: %w", hash, err)
	}
	var pause time.Duration
	last, idle, spoilt := int64(-1), 0, 0
	for {
		reached, err := c.attempt(ctx, hash, content, size)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("upload blob %s: %w", hash, ctx.Err())
		case errors.Is(err, ErrContent) && spoilt == 0:
			// What we hold was checked: a part from before was bad, and is forgotten now.
			spoilt, last = 1, -1
		case errors.Is(err, ErrContent), errors.Is(err, ErrRefused), errors.Is(err, ErrConfig):
			return fmt.Errorf("upload blob %s: %w", hash, err)
		case reached > last:
			last, idle, pause = reached, 0, 0
		}
		if idle++; idle >= c.cfg.Attempts {
			return fmt.Errorf("upload blob %s: %w at byte %d of %d after %d attempts: %w", hash, ErrTemporary, max(last, 0), size, idle, err)
		}
		pause = c.next(pause)
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("upload blob %s: %w", hash, ctx.Err())
		case <-timer.C:
		}
	}
}

// next is the pause after pause: decorrelated jitter, so that booths that lost one server
// together do not come back together.
func (c *Client) next(pause time.Duration) time.Duration {
	most := max(c.cfg.LeastPause, 3*pause)
	return min(c.cfg.MostPause, c.cfg.LeastPause+time.Duration(c.random()*float64(most-c.cfg.LeastPause)))
}

// check reads the whole blob once: a picture that rotted on a flash card must not arrive as one
// that the receiver throws away again and again.
func (c *Client) check(hash string, content io.ReaderAt, size int64) error {
	if !ValidHash(hash) {
		return fmt.Errorf("%w: not a SHA-256 in lower-case hexadecimal", ErrContent)
	}
	if size < 1 || size > c.cfg.MaxSize {
		return fmt.Errorf("%w: %d bytes, allowed are 1 to %d", ErrRefused, size, c.cfg.MaxSize)
	}
	sum := sha256.New()
	n, err := io.Copy(sum, io.NewSectionReader(content, 0, size))
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if n != size || hex.EncodeToString(sum.Sum(nil)) != hash {
		return fmt.Errorf("%w: %d of %d bytes read", ErrContent, n, size)
	}
	return nil
}

// attempt goes on from where the receiver stands. It returns how far the receiver got.
func (c *Client) attempt(ctx context.Context, hash string, content io.ReaderAt, size int64) (int64, error) {
	transport, err := c.transport()
	if err != nil {
		return -1, err
	}
	defer transport.CloseIdleConnections()
	s := session{
		Client: c, hash: hash, size: size,
		http: &http.Client{
			Transport: transport,
			// A redirect would carry a picture to where nobody has decided it may go.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	at, done, err := s.ask(ctx)
	for err == nil && !done {
		before := at
		at, done, err = s.send(ctx, content, at)
		if err == nil && !done && at <= before {
			err = fmt.Errorf("%w: receiver stays at byte %d", ErrTemporary, at)
		}
	}
	return at, err
}

func (c *Client) transport() (*http.Transport, error) {
	t := &http.Transport{
		DialContext:         c.dial,
		TLSHandshakeTimeout: c.cfg.Stall, ResponseHeaderTimeout: c.cfg.Stall, MaxIdleConns: 1, ForceAttemptHTTP2: false,
	}
	if c.base.Scheme != "https" {
		return t, nil
	}
	conf, err := c.cfg.tls()
	if err != nil {
		// The files may be in the middle of a renewal.
		return nil, fmt.Errorf("%w: %w", ErrTemporary, err)
	}
	t.TLSClientConfig = conf
	return t, nil
}
