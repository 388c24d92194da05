package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/kiosk/media"
)

// house is the district's server of programmes: HTTPS, for booths with a certificate only.
type house struct {
	t        *testing.T
	dir      string
	server   *httptest.Server
	author   message.Signer
	approver message.Signer

	mu       sync.Mutex
	envelope []byte
	tag      int
	media    map[string][]byte
	// stall is the object of which only the first half is sent, until it is told to go on;
	// halves is told each time.
	stall  string
	halves chan struct{}
	// ranges are the Range headers of all requests for objects, by hash.
	ranges map[string][]string
}

// newHouse starts the server, with certificates of an authority of its own.
func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), media: make(map[string][]byte), ranges: make(map[string][]string), halves: make(chan struct{}, 1)}
	for _, s := range []struct {
		kid string
		to  *message.Signer
	}{{"author-1", &h.author}, {"approver-1", &h.approver}} {
		_, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		*s.to = message.Signer{KID: s.kid, Key: private}
	}
	root, key := h.certificate("ca", nil, nil)
	h.certificate("server", root, key)
	h.certificate("booth", root, key)
	pair, err := tls.LoadX509KeyPair(filepath.Join(h.dir, "server.pem"), filepath.Join(h.dir, "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	h.server = s
	return h
}

// certificate writes name.pem and name.key; without an authority it is one itself.
func (h *house) certificate(name string, root *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	h.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		h.t.Fatal(err)
	}
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	if root == nil {
		tpl.IsCA, tpl.BasicConstraintsValid, tpl.KeyUsage = true, true, x509.KeyUsageCertSign
		root, signer = tpl, key
	} else {
		tpl.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		tpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, root, &key.PublicKey, signer)
	if err != nil {
		h.t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		h.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		h.t.Fatal(err)
	}
	write(h.t, filepath.Join(h.dir, name+".pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(h.t, filepath.Join(h.dir, name+".key"), string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})))
	return cert, key
}

// yaml is the section of a booth that takes its programmes from here.
func (h *house) yaml() string {
	public := func(s message.Signer) string {
		return base64.StdEncoding.EncodeToString(s.Key.Public().(ed25519.PublicKey)) //nolint:errcheck,forcetypeassert // it is one
	}
	return fmt.Sprintf(`  programme:
    url: %s
    ca_file: %[2]s/ca.pem
    cert_file: %[2]s/booth.pem
    key_file: %[2]s/booth.key
    free_floor: 64MiB
    bytes_per_second: 64MiB
    keys:
      - {kid: %s, issuer: wang, public: %q, roles: [author]}
      - {kid: %s, issuer: li, public: %q, roles: [approver]}
`, h.server.URL, h.dir, h.author.KID, public(h.author), h.approver.KID, public(h.approver))
}

// offer makes a programme of these posters the newest, signed by whomever.
func (h *house) offer(version int, posters []medium, signers ...message.Signer) {
	h.t.Helper()
	m := media.Manifest{Version: uint64(version), Programme: media.Document{Name: "district.yaml", Data: document("district", version, posters...)}}
	for _, p := range posters {
		m.Items = append(m.Items, media.Item{SHA256: p.sum, Size: int64(len(p.data)), Type: p.kind, Name: p.name})
	}
	env, err := message.SealDocument("programme", m.Encode(), signers...)
	if err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.envelope = env
	h.tag++
	for _, p := range posters {
		h.media[p.sum] = p.data
	}
}

// stallAt makes the server send no more than the first half of an object; empty: all of each.
func (h *house) stallAt(sum string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stall = sum
}

// asked are the ranges in which an object was asked for.
func (h *house) asked(sum string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.ranges[sum]...)
}

func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/v1/programmes/"+station {
		h.manifest(w, r)
		return
	}
	sum, ok := strings.CutPrefix(r.URL.Path, media.Path)
	h.mu.Lock()
	data := h.media[sum]
	stall := h.stall == sum
	if data != nil {
		h.ranges[sum] = append(h.ranges[sum], r.Header.Get("Range"))
	}
	h.mu.Unlock()
	if !ok || data == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", `"`+sum+`"`)
	if !stall {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
		return
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	if _, err := w.Write(data[:len(data)/2]); err != nil {
		return
	}
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	select {
	case h.halves <- struct{}{}:
	default:
	}
	<-r.Context().Done() // until the booth goes
}

func (h *house) manifest(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	env, tag := h.envelope, fmt.Sprintf(`"m%d"`, h.tag)
	h.mu.Unlock()
	switch {
	case env == nil:
		http.NotFound(w, r)
	case r.Header.Get("If-None-Match") == tag:
		w.WriteHeader(http.StatusNotModified)
	default:
		w.Header().Set("ETag", tag)
		_, _ = w.Write(env) // a booth that has gone asks again
	}
}

// TestScreenProgramme: what one person alone signed is refused, and said; what two signed is
// fetched, the power cut in the middle, fetched to its end, and shown; and it plays on without
// the district.
func TestScreenProgramme(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	h := newHouse(t)
	small := poster("autumn", "#a50")
	// Large enough to be on its way for a while: a drawing with a long description.
	large := newMedium("winter.svg", "image/svg+xml", []byte(strings.Replace(string(poster("winter", "#05a").data), "</svg>",
		"<desc>"+strings.Repeat("stay low ", 50_000)+"</desc></svg>", 1)))
	posters := []medium{small, large}
	first := poster("first", "#0a5")
	h.offer(1, posters, h.author)
	v := newShow(t, setup{broker: m.Addr}, starterOf(t, first), h.yaml())
	v.plays()
	if words := v.says("programme.refused"); !strings.Contains(words, "1 of 1 signatures are good") {
		t.Errorf("the booth says %q", words)
	}
	v.item("first")
	if got := h.asked(large.sum); len(got) != 0 {
		t.Errorf("%d objects of a refused programme were fetched", len(got))
	}
	v.stop()

	h.offer(2, posters, h.author, h.approver)
	h.stallAt(large.sum)
	v.start()
	select {
	case <-h.halves:
	case <-v.ctx.Done():
		v.fail("nobody fetches the media")
	}
	v.item("first")
	// What the booth has of it by now is the operating system's affair: wait for a part on the disk.
	v.look("a part of the object is on the disk", func() error { return v.part(len(large.data) / 4) })
	v.kill()
	h.stallAt("")
	v.open()
	v.item("winter")
	v.item("autumn")
	if got := h.asked(large.sum); len(got) < 2 || got[len(got)-1] == "" {
		t.Errorf("the object was asked for by %q: what was there already was fetched again", got)
	}

	// The district is gone, and the power too: it plays.
	h.server.Close()
	v.kill()
	v.start()
	v.item("winter")
	v.smoke(true, "smoke-1")
	v.taken("smoke-1")
}

// part reports whether a file below the folder of media has that many bytes.
func (v *show) part(least int) error {
	most := int64(0)
	err := filepath.WalkDir(v.screens, func(_ string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil //nolint:nilerr // gone meanwhile
		}
		if info, err := e.Info(); err == nil {
			most = max(most, info.Size())
		}
		return nil
	})
	if err == nil && most < int64(least) {
		err = fmt.Errorf("the largest file has %d bytes", most)
	}
	return err
}
