// Package httpapi is the booth's local page and its machine-readable ends: /metrics,
// /healthz and /readyz. It listens on loopback unless the configuration says otherwise.
//
// The status page shows and never acts. On loopback everybody may look at it; on any other
// address everything but the two probes and the way to log in needs a login; so do the pictures
// of the screens and the proof of play. What acts, the walk test, always needs the role
// installer, and always says by whom it was done.
package httpapi

import (
	"context"
	"crypto/tls"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"firepost/cloud-bridge/weblogin"
	"firepost/gateway/internal/walktest"
)

//go:embed page
var page embed.FS

// Source is what the page shows.
type Source interface {
	// Status is everything at this moment.
	Status() Status
	// Watch returns a channel of what changed; cancel closes it.
	Watch() (changed <-chan string, cancel func())
	// Alive reports why the daemon must be restarted, nil while it makes progress.
	Alive() error
	// Ready reports what is still missing before the booth protects anybody.
	Ready() error
}

// pushEvery is the longest time between two pushes to an open page; changes push at once,
// but not more often than pushGap.
const (
	pushEvery = 2 * time.Second
	pushGap   = 100 * time.Millisecond
)

// writeWithin is how long one answer, or one push, may take to be written.
const writeWithin = 10 * time.Second

// maxWatchers bounds open pages: a booth is no web server.
const maxWatchers = 16

// Options are what a page is made of.
type Options struct {
	// Listen is host:port. Local says that only this machine reaches it: then everybody may look.
	Listen string
	Local  bool
	// CertFile and KeyFile serve HTTPS; both empty: plain HTTP.
	CertFile, KeyFile string
	Source            Source
	// Metrics serves /metrics.
	Metrics http.Handler
	// Login are the accounts; nil: nobody can log in, and a page that is not Local shows nothing.
	Login *weblogin.Sessions
	// Walk are the walk tests; nil leaves them out. They need Login.
	Walk *walktest.Desk
	// Field is the work on buses; nil leaves it out. It needs Login.
	Field *FieldDesk
	// Screens are the booth's screens; nil: it has none.
	Screens ScreenDesk
	Log     *slog.Logger
}

// Server serves the local page.
type Server struct {
	opts     Options
	src      Source
	log      *slog.Logger
	watchers chan struct{}
	shots    *shots
	ready    chan net.Addr
}

// New returns a server; it starts nothing.
func New(o Options) *Server {
	return &Server{
		opts: o, src: o.Source, log: o.Log,
		watchers: make(chan struct{}, maxWatchers), shots: newShots(), ready: make(chan net.Addr, 1),
	}
}

// Addr blocks until the server listens and returns its address.
func (s *Server) Addr(ctx context.Context) (net.Addr, error) {
	select {
	case a := <-s.ready:
		s.ready <- a
		return a, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Run serves until ctx ends. An address that can't be had, or a certificate that can't be
// read, is an error: the supervisor tries again, and nothing else waits for it. A page that
// should be encrypted is never served without.
func (s *Server) Run(ctx context.Context) error {
	var certs []tls.Certificate
	if s.encrypted() {
		cert, err := tls.LoadX509KeyPair(s.opts.CertFile, s.opts.KeyFile)
		if err != nil {
			return fmt.Errorf("read the page's certificate: %w", err)
		}
		certs = append(certs, cert)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", s.opts.Listen)
	if err != nil {
		return fmt.Errorf("listen for the local page on %s: %w", s.opts.Listen, err)
	}
	select {
	case s.ready <- ln.Addr():
	default:
	}
	scheme := "http://"
	if s.encrypted() {
		scheme = "https://"
	} else if !s.opts.Local {
		s.log.Warn("the page is not encrypted: passwords can be read on the way; set http.cert_file and http.key_file")
	}
	s.log.Info("local page", "address", scheme+ln.Addr().String())
	return s.serve(ctx, ln, certs)
}

func (s *Server) encrypted() bool { return s.opts.CertFile != "" || s.opts.KeyFile != "" }

func (s *Server) serve(ctx context.Context, ln net.Listener, certs []tls.Certificate) error {
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      writeWithin,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12, Certificates: certs},
	}
	done := make(chan error, 1)
	go func() {
		if len(certs) > 0 {
			done <- srv.ServeTLS(ln, "", "")
			return
		}
		done <- srv.Serve(ln)
	}()
	select {
	case err := <-done:
		return fmt.Errorf("local page: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	err := srv.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// Handler is the routes, for tests.
func (s *Server) Handler() http.Handler {
	static, err := fs.Sub(page, "page")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(static))
	mux.HandleFunc("GET /api/status", s.status)
	mux.HandleFunc("GET /api/watch", s.watch)
	mux.HandleFunc("GET /api/session", s.session)
	mux.Handle("GET /metrics", s.opts.Metrics)
	mux.HandleFunc("GET /healthz", probe(s.src.Alive))
	mux.HandleFunc("GET /readyz", probe(s.src.Ready))
	if s.opts.Screens != nil {
		s.screenRoutes(mux)
	}
	if s.opts.Login != nil {
		s.opts.Login.Routes(mux)
		if s.opts.Walk != nil {
			s.walkRoutes(mux)
		}
		if s.opts.Field != nil {
			s.fieldRoutes(mux)
		}
	}
	return guard(s.gate(mux))
}

// guard sets what every answer needs and refuses a foreign page that reaches for this one
// by a name of its own (DNS rebinding).
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = strings.Trim(r.Host, "[]")
		}
		if host != "localhost" && net.ParseIP(host) == nil {
			http.Error(w, "open this page by its address, not by a name", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func probe(check func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if err := check(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	}
}

func (s *Server) status(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(w).Encode(s.src.Status()); err != nil {
		s.log.Debug("status not delivered", "error", err)
	}
}

// watch streams the status as server-sent events.
func (s *Server) watch(w http.ResponseWriter, r *http.Request) {
	changed, cancel := s.src.Watch()
	defer cancel()
	push(s, w, r, changed, func() (any, error) { return s.src.Status(), nil })
}

// push sends what snapshot says as server-sent events: at once on a change, and regularly,
// so that a page which hears nothing knows that it shows old news.
func push[T any](s *Server, w http.ResponseWriter, r *http.Request, changed <-chan T, snapshot func() (any, error)) {
	select {
	case s.watchers <- struct{}{}:
		defer func() { <-s.watchers }()
	default:
		http.Error(w, "too many open pages", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	tick := time.NewTicker(pushEvery)
	defer tick.Stop()
	for {
		// A login that has ended ends what it had opened.
		if !s.maySee(r) {
			return
		}
		now, err := snapshot()
		if err != nil {
			s.log.Error("nothing to push", "path", r.URL.Path, "error", err)
			return
		}
		data, err := json.Marshal(now)
		if err != nil {
			s.log.Error("encode a push", "path", r.URL.Path, "error", err)
			return
		}
		if out.SetWriteDeadline(time.Now().Add(writeWithin)) != nil {
			return
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
			return
		}
		if out.Flush() != nil {
			return
		}
		if !pause(r.Context(), pushGap) {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case _, open := <-changed:
			if !open {
				return
			}
		case <-tick.C:
		}
		// One push shows everything, so it stands for all changes up to here.
		for len(changed) > 0 {
			<-changed
		}
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
