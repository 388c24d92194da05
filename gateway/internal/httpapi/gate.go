package httpapi

import (
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// installer is the role that may act; any role may look.
const installer = "installer"

// always is what needs no login anywhere: the probes, and the way to log in.
var always = []string{ //nolint:gochecknoglobals // lookup table
	"/healthz", "/readyz", "/login.html", "/login.js", "/field.css", "/icon.svg",
	"/api/login", "/api/logout", "/api/session",
}

// gate lets through who may see a path; the routes that act ask for their role themselves.
func (s *Server) gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			// A recorder in a test has no deadline; a connection that can't be bounded is bounded
			// by its header's.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(writeWithin))
		}
		switch {
		case s.maySee(r):
			next.ServeHTTP(w, r)
		case r.Method == http.MethodGet && (r.URL.Path == "/" || r.URL.Path == "/screens" || r.URL.Path == "/screens/plays" || strings.HasSuffix(r.URL.Path, ".html")):
			http.Redirect(w, r, "/login.html", http.StatusSeeOther)
		default:
			refuse(w, http.StatusUnauthorized, problem{EN: "log in first", ZH: "请先登录", Code: "login"})
		}
	})
}

// maySee reports whether the request may be answered at all.
func (s *Server) maySee(r *http.Request) bool {
	path := r.URL.Path
	if slices.Contains(always, path) {
		return true
	}
	private := strings.HasPrefix(path, "/api/walk") || strings.HasPrefix(path, "/api/field") || strings.HasPrefix(path, "/reports/") || path == "/api/reports"
	if s.opts.Local && !private {
		return true
	}
	if path == "/metrics" && fromHere(r) {
		return true
	}
	if s.opts.Login == nil {
		return false
	}
	_, ok := s.opts.Login.Who(r)
	return ok
}

// fromHere reports whether the request came from this machine.
func fromHere(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// session tells the page who is logged in and how it is reached.
func (s *Server) session(w http.ResponseWriter, r *http.Request) {
	out := struct {
		Name string `json:"name"`
		Role string `json:"role"`
		// Local: everybody who reaches the page may look.
		Local bool `json:"local"`
		// Plain: the way is neither encrypted nor within this machine.
		Plain bool `json:"plain"`
		// Login: there are accounts at all.
		Login bool `json:"login"`
		Walk  bool `json:"walk"`
		Field bool `json:"field"`
		// Screens: there are pictures of screens to see.
		Screens bool `json:"screens"`
	}{Local: s.opts.Local, Plain: !s.opts.Local && !s.encrypted(), Login: s.opts.Login != nil, Walk: s.opts.Walk != nil, Field: s.opts.Field != nil, Screens: s.opts.Screens != nil}
	if s.opts.Login != nil {
		if a, ok := s.opts.Login.Who(r); ok {
			out.Name, out.Role = a.Name, a.Role
		}
	}
	send(w, http.StatusOK, out)
}

// problem is a refusal in two languages.
type problem struct {
	Code   string `json:"code"`
	EN     string `json:"error"`
	ZH     string `json:"error_zh"`
	Detail string `json:"detail,omitempty"`
}

func refuse(w http.ResponseWriter, code int, m problem) { send(w, code, m) }

func send(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // what a client does not read can't be mended
}
