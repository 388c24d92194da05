// Package httpapi is the booth's local page and its machine-readable ends: /metrics,
// /healthz and /readyz. It shows; it never acts. It listens on loopback unless the
// configuration says otherwise.
package httpapi

import (
	"context"
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

// Server serves the local page.
type Server struct {
	listen   string
	src      Source
	metrics  http.Handler
	log      *slog.Logger
	watchers chan struct{}
	ready    chan net.Addr
}

// New returns a server for listen (host:port). metrics serves /metrics.
func New(listen string, src Source, metrics http.Handler, log *slog.Logger) *Server {
	return &Server{
		listen: listen, src: src, metrics: metrics, log: log,
		watchers: make(chan struct{}, maxWatchers), ready: make(chan net.Addr, 1),
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

// Run serves until ctx ends. An address that can't be had is an error: the supervisor
// tries again, and nothing else waits for it.
func (s *Server) Run(ctx context.Context) error {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", s.listen)
	if err != nil {
		return fmt.Errorf("listen for the local page on %s: %w", s.listen, err)
	}
	select {
	case s.ready <- ln.Addr():
	default:
	}
	s.log.Info("local page", "address", "http://"+ln.Addr().String())
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      writeWithin,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	select {
	case err := <-done:
		return fmt.Errorf("local page: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	err = srv.Shutdown(stop)
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
	mux.Handle("GET /metrics", s.metrics)
	mux.HandleFunc("GET /healthz", probe(s.src.Alive))
	mux.HandleFunc("GET /readyz", probe(s.src.Ready))
	return guard(mux)
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

// watch streams the status as server-sent events: at once on a change, and regularly, so
// that a page which hears nothing knows that it shows old news.
func (s *Server) watch(w http.ResponseWriter, r *http.Request) {
	select {
	case s.watchers <- struct{}{}:
		defer func() { <-s.watchers }()
	default:
		http.Error(w, "too many open pages", http.StatusServiceUnavailable)
		return
	}
	changed, cancel := s.src.Watch()
	defer cancel()
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	tick := time.NewTicker(pushEvery)
	defer tick.Stop()
	for {
		data, err := json.Marshal(s.src.Status())
		if err != nil {
			s.log.Error("encode status", "error", err)
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
