package media

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// authority signs certificates for one test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "district"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.write("ca.pem", "CERTIFICATE", der)
	return a
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) write(name, kind string, der []byte) {
	if err := os.WriteFile(a.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// issue writes name.pem and name.key.
func (a *authority) issue(name string) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".pem", "CERTIFICATE", der)
	a.write(name+".key", "EC PRIVATE KEY", private)
}

// serve asks every client for a certificate of this authority.
func (a *authority) serve(h http.Handler) string {
	a.t.Helper()
	a.issue("server")
	pair, err := tls.LoadX509KeyPair(a.path("server.pem"), a.path("server.key"))
	if err != nil {
		a.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	a.t.Cleanup(s.Close)
	return s.URL
}

func TestCertificates(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	x := newThing(200_000, 1)
	url := ca.serve(newShelf(x))
	ca.issue("hs-03")
	other.issue("hs-03")
	s := newStore(t)
	try := func(change func(*Config)) error {
		cfg := Defaults()
		cfg.Server, cfg.BytesPerSecond = url, 0
		cfg.CAFile, cfg.CertFile, cfg.KeyFile = ca.path("ca.pem"), ca.path("hs-03.pem"), ca.path("hs-03.key")
		change(&cfg)
		v, err := NewService(s, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return fetchOne(t, v, x)
	}
	for name, change := range map[string]func(*Config){
		"server of a stranger":   func(c *Config) { c.CAFile = other.path("ca.pem") },
		"client of a stranger":   func(c *Config) { c.CertFile, c.KeyFile = other.path("hs-03.pem"), other.path("hs-03.key") },
		"another server's name":  func(c *Config) { c.ServerName = "elsewhere" },
		"certificate is gone":    func(c *Config) { c.CertFile = ca.path("none.pem") },
		"authority is gone":      func(c *Config) { c.CAFile = ca.path("none.pem") },
		"authority is something": func(c *Config) { c.CAFile = ca.path("hs-03.key") },
	} {
		if err := try(change); !errors.Is(err, ErrTemporary) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := try(func(*Config) {}); err != nil {
		t.Error(err)
	}
	honest(t, s.opts.Dir)
}
