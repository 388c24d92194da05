package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"firepost/cloud-bridge/blobs"
	"firepost/drivers/camera"
)

// turning is a camera that a test turns to something else.
type turning struct {
	mu    sync.Mutex
	sees  []*camera.Camera
	shots int
}

func newTurning(t *testing.T, graphs ...string) *turning {
	t.Helper()
	c := &turning{}
	c.turn(t, graphs...)
	return c
}

func (c *turning) turn(t *testing.T, graphs ...string) {
	t.Helper()
	var sees []*camera.Camera
	for _, g := range graphs {
		s := camera.Defaults()
		s.Kind, s.Address = camera.KindLavfi, g
		cam, err := camera.New(s)
		if err != nil {
			t.Fatal(err)
		}
		sees = append(sees, cam)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sees = sees
}

// Shot shows what the camera sees in turn.
func (c *turning) Shot(ctx context.Context) (camera.Still, error) {
	c.mu.Lock()
	cam := c.sees[c.shots%len(c.sees)]
	c.shots++
	c.mu.Unlock()
	return cam.Shot(ctx)
}

// district is a receiver of large things that asks for client certificates.
type district struct {
	r      *blobs.Receiver
	server *httptest.Server
	dir    string
}

func newDistrict(t *testing.T) *district {
	t.Helper()
	d := &district{dir: t.TempDir()}
	var err error
	if d.r, err = blobs.OpenReceiver(filepath.Join(t.TempDir(), "blobs")); err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	// One certificate is authority, server and client.
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hs-03"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(filepath.Join(d.dir, name), pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	d.server = httptest.NewUnstartedServer(d.r)
	d.server.TLS = &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS12,
	}
	d.server.StartTLS()
	t.Cleanup(d.server.Close)
	return d
}

func (d *district) config() string {
	cert, key := filepath.Join(d.dir, "cert.pem"), filepath.Join(d.dir, "key.pem")
	return fmt.Sprintf("{url: %q, ca_file: %s, cert_file: %s, key_file: %s, bytes_per_second: 1GiB}\n", d.server.URL, cert, cert, key)
}

// count is how many files the district holds.
func (d *district) count() int {
	list, err := filepath.Glob(filepath.Join(d.r.Dir, "*"))
	if err != nil {
		return -1
	}
	n := 0
	for _, f := range list {
		if blobs.ValidHash(filepath.Base(f)) {
			n++
		}
	}
	return n
}
