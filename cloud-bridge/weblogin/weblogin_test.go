package weblogin_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firepost/cloud-bridge/weblogin"
)

const password = "a lamp over the door"

// cheap makes the tests quick; the default is measured nowhere in them.
func cheap() weblogin.Cost { return weblogin.Cost{MemoryKiB: 64, Passes: 1} }

func accounts(t *testing.T) *weblogin.File {
	t.Helper()
	f := &weblogin.File{Path: filepath.Join(t.TempDir(), "accounts.json"), Cost: cheap()}
	if err := f.Set("wang", "installer", password); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAccounts(t *testing.T) {
	f := accounts(t)
	for _, row := range []struct {
		name, password string
		want           error
	}{
		{"Wang", password, weblogin.ErrName},
		{"w", password, weblogin.ErrName},
		{"../etc", password, weblogin.ErrName},
		{"li", "short", weblogin.ErrPassword},
		{"liwei", "my-liwei-secret", weblogin.ErrPassword},
		{"li", "Password12345", weblogin.ErrPassword},
		{"li", "aaaaaaaaaaaaaa", weblogin.ErrPassword},
		{"li", strings.Repeat("long enough ", 30), weblogin.ErrPassword},
		{"li", "三号驿站的门口有一盏灯", nil},
	} {
		if err := f.Set(row.name, "viewer", row.password); !errors.Is(err, row.want) {
			t.Errorf("%q %q: %v, want %v", row.name, row.password, err, row.want)
		}
	}
	list, err := f.List()
	if err != nil || len(list) != 2 || list[0].Name != "li" || !strings.HasPrefix(list[0].Hash, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("%+v, %v", list, err)
	}
	info, err := os.Stat(f.Path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := f.Remove("li"); err != nil {
		t.Error(err)
	}
	if err := f.Remove("li"); !errors.Is(err, weblogin.ErrName) {
		t.Errorf("removed twice: %v", err)
	}
}

func TestDamagedFile(t *testing.T) {
	f := accounts(t)
	for _, text := range []string{"{", `[{"name":"wang","hash":""}]`, `[{"name":"wang","hash":"$argon2id$v=19$m=4294967295,t=9,p=1$AAAAAAAAAAA$AAAA"}]`} {
		if err := os.WriteFile(f.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := f.List(); !errors.Is(err, weblogin.ErrAccounts) {
			t.Errorf("%s: %v", text, err)
		}
		if _, err := weblogin.New(f, weblogin.Options{}).LogIn(t.Context(), "wang", password); !errors.Is(err, weblogin.ErrAccounts) {
			t.Errorf("%s: log-in: %v", text, err)
		}
	}
}

func TestNobodyCanLogInUntilThereIsAnAccount(t *testing.T) {
	s := weblogin.New(&weblogin.File{Path: filepath.Join(t.TempDir(), "none.json"), Cost: cheap()}, weblogin.Options{})
	for _, name := range []string{"", "admin", "root"} {
		if _, err := s.LogIn(t.Context(), name, ""); !errors.Is(err, weblogin.ErrDenied) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// site is a page with one thing behind a log-in, and its own time.
type site struct {
	*testing.T
	now    time.Duration
	s      *weblogin.Sessions
	h      http.Handler
	cookie *http.Cookie
	told   []string
}

func open(t *testing.T, f *weblogin.File) *site {
	x := &site{T: t}
	x.s = weblogin.New(f, weblogin.Options{Since: func() time.Duration { return x.now }, Tell: func(n, w string) { x.told = append(x.told, n+": "+w) }})
	mux := http.NewServeMux()
	x.s.Routes(mux)
	thing := func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(weblogin.Of(r.Context()).Name)) }
	mux.HandleFunc("GET /thing", x.s.Require(thing))
	mux.HandleFunc("POST /thing", x.s.Require(thing, "installer"))
	x.h = mux
	return x
}

func (x *site) do(method, path, body string, change ...func(*http.Request)) int {
	r := httptest.NewRequest(method, "http://10.0.0.3:8470"+path, strings.NewReader(body))
	r.Header.Set("X-Firepost", "1")
	if x.cookie != nil {
		r.AddCookie(x.cookie)
	}
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	x.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		x.cookie = c
	}
	return w.Code
}

func (x *site) logIn(name, password string) int {
	body, _ := json.Marshal(map[string]string{"name": name, "password": password})
	return x.do("POST", "/api/login", string(body))
}

func (x *site) want(what string, got, want int) {
	x.Helper()
	if got != want {
		x.Errorf("%s: %d, want %d", what, got, want)
	}
}

func TestSession(t *testing.T) {
	x := open(t, accounts(t))
	x.want("without a log-in", x.do("GET", "/thing", ""), 401)
	x.want("wrong password", x.logIn("wang", password+"!"), 401)
	x.want("unknown name", x.logIn("li", password), 401)
	x.want("no JSON", x.do("POST", "/api/login", "wang"), 400)
	x.want("log-in", x.logIn("wang", password), 200)
	if c := x.cookie; !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || len(c.Value) < 40 {
		t.Errorf("cookie %+v", c)
	}
	x.want("with a log-in", x.do("GET", "/thing", ""), 200)
	x.want("the page's own act", x.do("POST", "/thing", ""), 200)
	x.want("a form of another site", x.do("POST", "/thing", "", func(r *http.Request) { r.Header.Del("X-Firepost") }), 403)
	x.want("a script of another site", x.do("POST", "/thing", "", func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }), 403)
	x.want("our own origin", x.do("POST", "/thing", "", func(r *http.Request) { r.Header.Set("Origin", "http://10.0.0.3:8470") }), 200)
	x.now += 29 * time.Minute
	x.want("after a pause", x.do("GET", "/thing", ""), 200)
	x.now += 31 * time.Minute
	x.want("after a long pause", x.do("GET", "/thing", ""), 401)

	x.want("log-in again", x.logIn("wang", password), 200)
	key := x.cookie
	x.want("log-out", x.do("POST", "/api/logout", ""), 200)
	x.cookie = key
	x.want("the old cookie", x.do("GET", "/thing", ""), 401)
	if len(x.told) == 0 || x.told[0] != "wang: log-in failed" || x.told[len(x.told)-1] != "wang: logged out" {
		t.Errorf("told %q", x.told)
	}
}

func TestSessionEndsWithItsAccountAndItsRole(t *testing.T) {
	f := accounts(t)
	x := open(t, f)
	x.want("log-in", x.logIn("wang", password), 200)
	if err := f.Set("wang", "viewer", password); err != nil {
		t.Fatal(err)
	}
	x.now += 10 * time.Second
	x.want("after a change of role", x.do("POST", "/thing", ""), 401)
	x.want("log-in", x.logIn("wang", password), 200)
	x.want("as a viewer", x.do("POST", "/thing", ""), 403)
	x.want("as a viewer, looking", x.do("GET", "/thing", ""), 200)
	if err := f.Remove("wang"); err != nil {
		t.Fatal(err)
	}
	x.now += 10 * time.Second
	x.want("after the account has gone", x.do("GET", "/thing", ""), 401)
}

// TestGuessing: guesses at one name are slowed down more and more; the right password does not
// help meanwhile, and other people can go on logging in.
func TestGuessing(t *testing.T) {
	f := accounts(t)
	if err := f.Set("li", "viewer", password); err != nil {
		t.Fatal(err)
	}
	x := open(t, f)
	tries := 0
	for end := x.now + time.Hour; x.now < end; x.now += time.Second {
		if x.logIn("wang", "guess number one") == 401 {
			tries++
		}
	}
	if tries > 30 {
		t.Errorf("%d guesses in an hour", tries)
	}
	x.want("the right password while waiting", x.logIn("wang", password), 429)
	x.now += 10 * time.Second
	x.want("somebody else", x.logIn("li", password), 200)
	x.now += 10 * time.Minute
	x.want("the right password later", x.logIn("wang", password), 200)
}

// TestGuessingAtOnce: many tries side by side get no more guesses than one after the other.
func TestGuessingAtOnce(t *testing.T) {
	f := accounts(t)
	if err := f.Set("wang", "installer", "a long sentence 12"); err != nil {
		t.Fatal(err)
	}
	s := weblogin.New(f, weblogin.Options{Since: func() time.Duration { return time.Hour }})
	var denied atomic.Int32
	var wg sync.WaitGroup
	for range 60 {
		wg.Go(func() {
			if _, err := s.LogIn(t.Context(), "wang", "not this one"); errors.Is(err, weblogin.ErrDenied) {
				denied.Add(1)
			}
		})
	}
	wg.Wait()
	if n := denied.Load(); n > 5 {
		t.Errorf("%d guesses at once", n)
	}
}

func TestManySessions(t *testing.T) {
	x := open(t, accounts(t))
	x.want("log-in", x.logIn("wang", password), 200)
	first := x.cookie
	for range 64 {
		x.now += time.Second
		x.want("log-in", x.logIn("wang", password), 200)
	}
	last := x.cookie
	x.cookie = first
	x.want("the oldest session", x.do("GET", "/thing", ""), 401)
	x.cookie = last
	x.want("the newest session", x.do("GET", "/thing", ""), 200)
}
