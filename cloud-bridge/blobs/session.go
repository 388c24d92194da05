package blobs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// session is one attempt over one connection.
type session struct {
	*Client
	hash string
	size int64
	http *http.Client
}

// ask asks where the receiver stands.
func (s *session) ask(ctx context.Context) (at int64, done bool, err error) {
	ctx, alive, cancel := s.watch(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, s.url(), nil)
	if err != nil {
		return 0, false, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return s.do(ctx, req, alive)
}

// send sends one part from at.
func (s *session) send(ctx context.Context, content io.ReaderAt, at int64) (int64, bool, error) {
	ctx, alive, cancel := s.watch(ctx)
	defer cancel()
	length := min(int64(s.cfg.Part), s.size-at)
	body := &paced{from: io.NewSectionReader(content, at, length), ctx: ctx, session: s, alive: alive}
	req, err := http.NewRequestWithContext(ctx, http.MethodPatch, s.url(), io.NopCloser(body))
	if err != nil {
		return at, false, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	req.ContentLength = length
	req.Header.Set("Content-Type", contentType)
	req.Header.Set(headOffset, strconv.FormatInt(at, 10))
	req.Header.Set(headLength, strconv.FormatInt(s.size, 10))
	now, done, err := s.do(ctx, req, alive)
	if err != nil {
		return at, false, err
	}
	return now, done, nil
}

func (s *session) url() string { return s.base.JoinPath(Path, s.hash).String() }

// watch returns a context that ends when alive was not called for Stall.
func (s *session) watch(ctx context.Context) (watched context.Context, alive func(), cancel func()) {
	ctx, stop := context.WithCancelCause(ctx)
	timer := time.AfterFunc(s.cfg.Stall, func() {
		stop(fmt.Errorf("%w: no progress within %s", ErrTemporary, s.cfg.Stall))
	})
	return ctx, func() { timer.Reset(s.cfg.Stall) }, func() { timer.Stop(); stop(nil) }
}

// do makes one request and reads where the receiver stands from its answer.
func (s *session) do(ctx context.Context, req *http.Request, alive func()) (at int64, done bool, err error) {
	resp, err := s.http.Do(req)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return -1, false, fmt.Errorf("%w: %w", ErrTemporary, err)
	}
	alive()
	defer func() { _ = resp.Body.Close() }()
	// Read a little, so that the connection can be used again; never a lot from a stranger.
	said, err := io.ReadAll(io.LimitReader(resp.Body, 512))
	if err != nil {
		return -1, false, fmt.Errorf("%w: %w", ErrTemporary, err)
	}
	switch resp.StatusCode {
	case http.StatusOK, http.StatusNoContent, http.StatusConflict:
	case http.StatusUnprocessableEntity:
		return -1, false, fmt.Errorf("%w: %s", ErrContent, answer(resp, said))
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestEntityTooLarge,
		http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed:
		return -1, false, fmt.Errorf("%w: %s", ErrRefused, answer(resp, said))
	default:
		return -1, false, fmt.Errorf("%w: %s", ErrTemporary, answer(resp, said))
	}
	at, ok := readSize(resp.Header, headOffset)
	complete := resp.Header.Get(headComplete)
	if ok && at > s.size && complete == no {
		// Left by another sender: begin at the start, and the receiver throws it away.
		at = 0
	}
	if !ok || at > s.size || (complete != yes && complete != no) || (complete == yes && at != s.size) {
		return -1, false, fmt.Errorf("%w: %s with offset %q of %d and complete %q: no receiver of blobs", ErrTemporary,
			resp.Status, resp.Header.Get(headOffset), s.size, complete)
	}
	return at, complete == yes, nil
}

func answer(resp *http.Response, said []byte) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(said), "?")), " ")
	if text == "" {
		return resp.Status
	}
	return resp.Status + ": " + text
}

// paced reads a part no faster than the bandwidth allows.
type paced struct {
	from    io.Reader
	ctx     context.Context
	session *session
	alive   func()
}

func (p *paced) Read(b []byte) (int, error) {
	if pace := p.session.pace; pace != nil {
		b = b[:min(len(b), pace.Burst())]
	}
	n, err := p.from.Read(b)
	if n > 0 {
		p.alive()
		if pace := p.session.pace; pace != nil {
			if werr := pace.WaitN(p.ctx, n); werr != nil {
				return 0, werr
			}
		}
	}
	return n, err
}

// tls reads the certificates.
func (c *Config) tls() (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName}
	if c.CAFile != "" {
		raw, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read ca file: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(raw) {
			return nil, fmt.Errorf("read ca file %s: %w: no PEM certificate in it", c.CAFile, ErrConfig)
		}
	}
	if c.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read client certificate: %w", err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	return conf, nil
}
