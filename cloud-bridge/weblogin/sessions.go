package weblogin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Options are how long sessions last, and who tells the time.
type Options struct {
	// Lasts is the longest session, Idle the longest pause in one; zero means 12 h and 30 min.
	Lasts, Idle time.Duration
	// Secure marks the cookie for HTTPS only.
	Secure bool
	// Since is a monotonic time from any origin: sessions must not end or come back to life
	// because somebody sets the clock. Nil means the process's own.
	Since func() time.Duration
	// Tell hears of every log-in, log-out and failure, for the record; it must not block.
	Tell func(name, what string)
}

// Sessions are the people who are logged in. They live in memory: a restart logs out.
type Sessions struct {
	file *File
	opts Options

	mu   sync.Mutex
	open map[string]*session
	// failed are the recent failures by name, "" for all of them together.
	failed map[string]failures
	// one hash at a time: each takes megabytes.
	hashing chan struct{}
}

type session struct {
	account   Account
	began     time.Duration
	last      time.Duration
	lastCheck time.Duration
}

type failures struct {
	n    int
	next time.Duration
}

// Bounds of sessions and failures.
const (
	defaultLasts = 12 * time.Hour
	defaultIdle  = 30 * time.Minute
	maxSessions  = 64
	maxNames     = 256
	freeTries    = 5
	longestWait  = 5 * time.Minute
	cookieName   = "firepost_session"
	maxBody      = 4 << 10
)

// New returns sessions over a file of accounts.
func New(file *File, opts Options) *Sessions {
	if opts.Lasts <= 0 {
		opts.Lasts = defaultLasts
	}
	if opts.Idle <= 0 {
		opts.Idle = defaultIdle
	}
	if opts.Since == nil {
		start := time.Now()
		opts.Since = func() time.Duration { return time.Since(start) }
	}
	if opts.Tell == nil {
		opts.Tell = func(string, string) {}
	}
	return &Sessions{
		file: file, opts: opts, open: make(map[string]*session), failed: make(map[string]failures),
		hashing: make(chan struct{}, 1),
	}
}

// LogIn checks a name and password and returns a session's token. The error wraps ErrDenied,
// ErrWait or ErrAccounts.
func (s *Sessions) LogIn(ctx context.Context, name, password string) (string, error) {
	if wait := s.mustWait(name); wait > 0 {
		s.opts.Tell(name, "log-in refused: too many failures")
		return "", fmt.Errorf("%w: try again in %v", ErrWait, wait.Round(time.Second))
	}
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	// Once more: of many tries at a time, all but one have waited for their turn.
	if wait := s.mustWait(name); wait > 0 {
		return "", fmt.Errorf("%w: try again in %v", ErrWait, wait.Round(time.Second))
	}
	list, err := s.file.List()
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(list, func(a Account) bool { return a.Name == name })
	var account Account
	if i >= 0 {
		account = list[i]
	} else if account.Hash, err = hashPassword("nobody has this one", s.file.Cost.orDefault()); err != nil {
		// An unknown name costs as long as a known one.
		return "", err
	}
	if len(password) > longestPassword || !matches(account.Hash, password) || i < 0 {
		s.fail(name)
		s.opts.Tell(name, "log-in failed")
		return "", ErrDenied
	}
	token := make([]byte, 32)
	if _, err := rand.Read(token); err != nil {
		return "", fmt.Errorf("make a session: %w", err)
	}
	key := base64.RawURLEncoding.EncodeToString(token)
	now := s.opts.Since()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.failed, name)
	s.expire(now)
	s.open[key] = &session{account: account, began: now, last: now, lastCheck: now}
	s.opts.Tell(name, "logged in")
	return key, nil
}

// mustWait is how long nobody may try this name, or any.
func (s *Sessions) mustWait(name string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Since()
	return max(s.failed[name].next-now, s.failed[""].next-now, 0)
}

// fail counts a failure: after a few the name has to wait, twice as long each time; after
// many everybody has to, but not for long, so that nobody can lock the owner out.
func (s *Sessions) fail(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Since()
	if len(s.failed) > maxNames {
		clear(s.failed)
	}
	f := s.failed[name]
	if f.n++; f.n >= freeTries {
		f.next = now + min(time.Second<<min(f.n-freeTries, 16), longestWait)
	}
	s.failed[name] = f
	all := s.failed[""]
	if all.n++; all.n%(4*freeTries) == 0 {
		all.next = now + 2*time.Second
	}
	s.failed[""] = all
}

// expire ends what has lasted too long, and the oldest when there are too many.
func (s *Sessions) expire(now time.Duration) {
	oldest, at := "", now
	for key, o := range s.open {
		if now-o.began > s.opts.Lasts || now-o.last > s.opts.Idle {
			delete(s.open, key)
			continue
		}
		if o.last <= at {
			oldest, at = key, o.last
		}
	}
	if len(s.open) >= maxSessions {
		delete(s.open, oldest)
	}
}

// checkEvery is how often a running session asks whether its account still exists.
const checkEvery = 5 * time.Second

// Who returns the account of a request's session, false when there is none.
func (s *Sessions) Who(r *http.Request) (Account, bool) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return Account{}, false
	}
	now := s.opts.Since()
	s.mu.Lock()
	s.expire(now)
	o := s.open[c.Value]
	if o == nil {
		s.mu.Unlock()
		return Account{}, false
	}
	account, check := o.account, now-o.lastCheck >= checkEvery
	o.last = now
	if check {
		o.lastCheck = now
	}
	s.mu.Unlock()
	if !check {
		return account, true
	}
	list, err := s.file.List()
	if err != nil || !slices.Contains(list, account) {
		s.end(c.Value)
		return Account{}, false
	}
	return account, true
}

func (s *Sessions) end(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, key)
}

// Require lets only people with one of the roles through, and for anything but GET only
// requests that the page itself made.
func (s *Sessions) Require(next http.HandlerFunc, roles ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		account, ok := s.Who(r)
		switch {
		case !ok:
			answer(w, http.StatusUnauthorized, "log in first")
		case len(roles) > 0 && !slices.Contains(roles, account.Role):
			answer(w, http.StatusForbidden, fmt.Sprintf("the role %q may not do this; it takes %v", account.Role, roles))
		case r.Method != http.MethodGet && r.Method != http.MethodHead && !ownPage(r):
			answer(w, http.StatusForbidden, "only the page itself may ask for this")
		default:
			next(w, r.WithContext(context.WithValue(r.Context(), accountKey{}, account)))
		}
	}
}

type accountKey struct{}

// Of is the account that Require found.
func Of(ctx context.Context) Account {
	a, _ := ctx.Value(accountKey{}).(Account)
	return a
}

// ownPage refuses what another site's page sends with this one's cookie: such a request can
// neither carry our header nor our origin.
func ownPage(r *http.Request) bool {
	if r.Header.Get("X-Firepost") == "" {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

// Routes adds POST /api/login, POST /api/logout and GET /api/me to a mux.
func (s *Sessions) Routes(mux *http.ServeMux) {
	mux.HandleFunc("POST /api/login", s.logIn)
	mux.HandleFunc("POST /api/logout", s.logOut)
	mux.HandleFunc("GET /api/me", s.Require(func(w http.ResponseWriter, r *http.Request) {
		a := Of(r.Context())
		send(w, http.StatusOK, map[string]string{"name": a.Name, "role": a.Role})
	}))
}

func (s *Sessions) logIn(w http.ResponseWriter, r *http.Request) {
	var in struct{ Name, Password string }
	if !ownPage(r) {
		answer(w, http.StatusForbidden, "only the page itself may ask for this")
		return
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in); err != nil {
		answer(w, http.StatusBadRequest, "send a name and a password")
		return
	}
	key, err := s.LogIn(r.Context(), in.Name, in.Password)
	switch {
	case errors.Is(err, ErrDenied):
		answer(w, http.StatusUnauthorized, err.Error())
		return
	case errors.Is(err, ErrWait):
		answer(w, http.StatusTooManyRequests, err.Error())
		return
	case err != nil:
		answer(w, http.StatusInternalServerError, err.Error())
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: key, Path: "/", HttpOnly: true, Secure: s.opts.Secure,
		SameSite: http.SameSiteStrictMode, MaxAge: int(s.opts.Lasts.Seconds()),
	})
	send(w, http.StatusOK, map[string]string{"name": in.Name})
}

func (s *Sessions) logOut(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(cookieName); err == nil && ownPage(r) {
		if a, ok := s.Who(r); ok {
			s.opts.Tell(a.Name, "logged out")
		}
		s.end(c.Value)
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", HttpOnly: true, Secure: s.opts.Secure, SameSite: http.SameSiteStrictMode, MaxAge: -1})
	send(w, http.StatusOK, map[string]string{})
}

func answer(w http.ResponseWriter, code int, text string) {
	send(w, code, map[string]string{"error": text})
}

func send(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // what a client does not read can't be mended
}
