package httpapi

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firepost/cloud-bridge/weblogin"
)

const password = "a lamp over the door"

// door is a page with accounts: wang acts, zhou looks.
func door(t *testing.T, o Options) (*Server, *weblogin.Sessions, *weblogin.File) {
	t.Helper()
	file := &weblogin.File{Path: filepath.Join(t.TempDir(), "accounts.json"), Cost: weblogin.Cost{MemoryKiB: 64, Passes: 1}}
	for name, role := range map[string]string{"wang": "installer", "zhou": "viewer"} {
		if err := file.Set(name, role, password); err != nil {
			t.Fatal(err)
		}
	}
	login := weblogin.New(file, weblogin.Options{Secure: o.CertFile != ""})
	o.Source, o.Login, o.Log = newFake(), login, slog.New(slog.DiscardHandler)
	o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "firepost_up 1\n") })
	return New(o), login, file
}

// knock asks for a path as somebody from an address; token is the session's cookie.
func knock(t *testing.T, s *Server, method, path, from, token string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://192.168.1.7"+path, nil)
	r.RemoteAddr = from
	if token != "" {
		r.AddCookie(&http.Cookie{Name: "firepost_session", Value: token})
	}
	s.Handler().ServeHTTP(w, r)
	return w
}

// TestBeyondLoopback: everything but the probes and the way in needs a login.
func TestBeyondLoopback(t *testing.T) {
	s, login, file := door(t, Options{Listen: "0.0.0.0:8470"})
	const far, here = "192.168.1.50:5000", "127.0.0.1:5000"
	token, err := login.LogIn(t.Context(), "zhou", password)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		path, from, token string
		want              int
	}{
		{"/healthz", far, "", http.StatusOK},
		{"/readyz", far, "", http.StatusOK},
		{"/login.html", far, "", http.StatusOK},
		{"/login.js", far, "", http.StatusOK},
		{"/field.css", far, "", http.StatusOK},
		{"/api/session", far, "", http.StatusOK},
		{"/", far, "", http.StatusSeeOther},
		{"/walk.html", far, "", http.StatusSeeOther},
		{"/reports/wt-x.html", far, "", http.StatusSeeOther},
		{"/page.js", far, "", http.StatusUnauthorized},
		{"/api/status", far, "", http.StatusUnauthorized},
		{"/api/watch", far, "", http.StatusUnauthorized},
		{"/api/walk", far, "", http.StatusUnauthorized},
		{"/metrics", far, "", http.StatusUnauthorized},
		{"/metrics", here, "", http.StatusOK},
		{"/api/status", here, "", http.StatusUnauthorized}, // who came through a tunnel is still unknown
		{"/api/status", far, "made up", http.StatusUnauthorized},
		{"/login.html/../api/status", far, "", http.StatusUnauthorized},
		{"/api/status", far, token, http.StatusOK},
		{"/metrics", far, token, http.StatusOK},
		{"/", far, token, http.StatusOK},
	} {
		if got := knock(t, s, http.MethodGet, row.path, row.from, row.token); got.Code != row.want {
			t.Errorf("%s from %s with %q: %d, want %d", row.path, row.from, row.token, got.Code, row.want)
		} else if got.Code == http.StatusUnauthorized && strings.Contains(got.Body.String(), "hs-03") {
			t.Errorf("%s tells a stranger %s", row.path, got.Body)
		}
	}
	if to := knock(t, s, http.MethodGet, "/", far, "").Header().Get("Location"); to != "/login.html" {
		t.Errorf("sent to %q", to)
	}
	if err := file.Remove("zhou"); err != nil {
		t.Fatal(err)
	}
	_, err = login.LogIn(t.Context(), "zhou", password)
	if !errors.Is(err, weblogin.ErrDenied) {
		t.Errorf("a removed account: %v", err)
	}
}

// TestOnLoopback: everybody may look at the status, and at nothing that concerns walk tests.
func TestOnLoopback(t *testing.T) {
	s, _, _ := door(t, Options{Listen: "127.0.0.1:8470", Local: true})
	for path, want := range map[string]int{
		"/": http.StatusOK, "/api/status": http.StatusOK, "/metrics": http.StatusOK, "/walk.html": http.StatusOK,
		"/api/walk": http.StatusUnauthorized, "/api/reports": http.StatusUnauthorized, "/reports/wt-x.json": http.StatusUnauthorized,
	} {
		if got := knock(t, s, http.MethodGet, path, "127.0.0.1:5000", ""); got.Code != want {
			t.Errorf("%s: %d, want %d", path, got.Code, want)
		}
	}
}

// TestWithoutAccounts: a page beyond loopback that nobody can log in to shows nothing.
func TestWithoutAccounts(t *testing.T) {
	s := New(Options{Listen: "0.0.0.0:8470", Source: newFake(), Metrics: http.NotFoundHandler(), Log: slog.New(slog.DiscardHandler)})
	if got := knock(t, s, http.MethodGet, "/api/status", "192.168.1.50:5000", ""); got.Code != http.StatusUnauthorized {
		t.Errorf("%d", got.Code)
	}
	body := knock(t, s, http.MethodGet, "/api/session", "192.168.1.50:5000", "").Body.String()
	if !strings.Contains(body, `"plain":true`) || !strings.Contains(body, `"login":false`) {
		t.Error(body)
	}
}

// TestAStreamEndsWithItsLogin: who is logged out hears nothing more.
func TestAStreamEndsWithItsLogin(t *testing.T) {
	s, login, _ := door(t, Options{Listen: "0.0.0.0:8470"})
	token, err := login.LogIn(t.Context(), "zhou", password)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan int, 1)
	fake, ok := s.src.(*fake)
	if !ok {
		t.Fatal("not a fake")
	}
	go func() { ended <- knock(t, s, http.MethodGet, "/api/watch", "192.168.1.50:5000", token).Code }()
	<-fake.watched
	mux := http.NewServeMux()
	login.Routes(mux)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://192.168.1.7/api/logout", nil)
	r.Header.Set("X-Firepost", "1")
	r.AddCookie(&http.Cookie{Name: "firepost_session", Value: token})
	mux.ServeHTTP(httptest.NewRecorder(), r)
	for {
		fake.change(func(*Status) {})
		select {
		case <-ended:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// certificate writes one for 127.0.0.1 and returns the files and who trusts it.
func certificate(t *testing.T) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "booth"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key, pool = filepath.Join(t.TempDir(), "page.crt"), filepath.Join(t.TempDir(), "page.key"), x509.NewCertPool()
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(parsed)
	return cert, key, pool
}

// TestHTTPS: with a certificate the page is served by HTTPS, cookies are Secure, and plain
// HTTP gets nothing.
func TestHTTPS(t *testing.T) {
	cert, key, pool := certificate(t)
	s, _, _ := door(t, Options{Listen: "127.0.0.1:0", CertFile: cert, KeyFile: key})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	addr, err := s.Addr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+addr.String()+"/api/login", strings.NewReader(`{"Name":"wang","Password":"`+password+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Firepost", "1")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	c := resp.Cookies()
	if resp.StatusCode != http.StatusOK || len(c) != 1 || !c[0].Secure || !c[0].HttpOnly || c[0].SameSite != http.SameSiteStrictMode {
		t.Errorf("%d %+v", resp.StatusCode, c)
	}
	if answer, _ := get(t, "http://"+addr.String()+"/api/session", ""); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("plain HTTP: %d", answer.StatusCode)
	}
	client.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestNeverWithoutItsCertificate: a page that should be encrypted is not served at all when it
// can't be.
func TestNeverWithoutItsCertificate(t *testing.T) {
	s, _, _ := door(t, Options{Listen: "127.0.0.1:0", CertFile: "/nowhere/page.crt", KeyFile: "/nowhere/page.key"})
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("%v", err)
	}
}
