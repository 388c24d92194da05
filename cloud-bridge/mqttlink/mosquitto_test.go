package mqttlink_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"firepost/cloud-bridge/mqttlink"
	"firepost/cloud-bridge/uplink"
	"firepost/cloud-bridge/uplink/receiver"
	"firepost/cloud-bridge/uplink/uplinktest"
	"firepost/firmware-contracts/message"
)

// observer is an independent client of a broker. It connects again by itself.
func observer(t testing.TB, addr, filter string, on func(paho.Message)) paho.Client {
	t.Helper()
	granted := make(chan struct{}, 16)
	o := paho.NewClientOptions().AddBroker("tcp://" + addr).SetClientID("observer").SetCleanSession(true)
	o.SetConnectRetry(true).SetConnectRetryInterval(5 * time.Millisecond).SetMaxReconnectInterval(20 * time.Millisecond)
	o.SetOnConnectHandler(func(c paho.Client) {
		tok := c.Subscribe(filter, 1, func(_ paho.Client, m paho.Message) { on(m) })
		go func() {
			if tok.WaitTimeout(10*time.Second) && tok.Error() == nil {
				select {
				case granted <- struct{}{}:
				default:
				}
			}
		}()
	})
	c := paho.NewClient(o)
	c.Connect()
	t.Cleanup(func() { c.Disconnect(50) })
	select {
	case <-granted:
	case <-testCtx(t).Done():
		t.Fatal("the observer does not get through")
	}
	return c
}

// TestMosquittoKilledInABurst: kill -9 in the middle of bursts, a platform that answers on
// …/ack. None lost, none out of order, no gap, repeats only with the same id and content.
func TestMosquittoKilledInABurst(t *testing.T) {
	m := uplinktest.StartMosquitto(t, "max_queued_messages 0")
	r := receiver.New(receiver.Config{Hold: time.Hour})
	var mu sync.Mutex
	var stored []string
	var platform paho.Client
	take := func(msg paho.Message) {
		mu.Lock()
		defer mu.Unlock()
		out, err := r.Take(time.Now(), msg.Payload())
		if err != nil {
			t.Errorf("receiver: %v", err)
		}
		for _, a := range out.Accepted {
			if a.Gap || a.Late || a.Conflict {
				t.Errorf("flagged: %s gap %v late %v conflict %v", a.Event.ID, a.Gap, a.Late, a.Conflict)
			}
			if a.Event.Lane == message.LaneAlarm {
				stored = append(stored, a.Event.ID)
			}
		}
		if len(out.Acks) > 0 && platform != nil {
			payload, _ := json.Marshal(message.Ack{IDs: out.Acks})
			go platform.Publish(root+"ack", 1, false, payload)
		}
	}
	c := observer(t, m.Addr, root+"event", take)
	mu.Lock()
	platform = c
	mu.Unlock()
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	cfg := quick(m.Addr)
	cfg.Confirm, cfg.AckTimeout = mqttlink.ConfirmPlatform, 100*time.Millisecond
	start(t, cfg, box, booth)
	var want []string
	for range 8 {
		box.Fill(uplink.Rest, 500)
		events := box.Fill(uplink.Alarm, 100)
		for _, e := range events {
			want = append(want, e.ID)
		}
		eventually(t, "half of the burst confirmed", func() bool { return box.IsConfirmed(events[50].ID) })
		m.Kill()
		m.Start()
	}
	drained(t, box, uplink.Alarm, uplink.Rest)
	mu.Lock()
	defer mu.Unlock()
	if fmt.Sprint(stored) != fmt.Sprint(want) {
		t.Fatalf("stored %d alarms, want %d, or in another order", len(stored), len(want))
	}
}

// TestMosquittoRetained: what a board left behind is what its replacement adopts, the will
// included.
func TestMosquittoRetained(t *testing.T) {
	m := uplinktest.StartMosquitto(t)
	births, latched := make(chan message.Online, 64), make(chan struct{}, 64)
	observer(t, m.Addr, root+"#", func(msg paho.Message) {
		switch msg.Topic() {
		case root + "online":
			births <- decode[message.Online](t, msg.Payload())
		case root + "state/sd-002":
			if decode[message.DeviceState](t, msg.Payload()).Seq == 77 {
				latched <- struct{}{}
			}
		}
	})
	next := func(online bool) {
		t.Helper()
		for {
			select {
			case o := <-births:
				if o.Online == online {
					return
				}
			case <-testCtx(t).Done():
				t.Fatalf("never published: online %v", online)
			}
		}
	}
	p := newProxy(t, m.Addr)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001", "sd-002")
	booth.SetEpoch(6)
	booth.Set("sd-002", message.Fire|message.Latched, 77)
	cfg := quick(p.l.Addr().String())
	l, err := mqttlink.New(cfg, box, booth, nil, mqttlink.WithBackoff(10*time.Millisecond, 50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, l)
	if got := <-booth.Adoptions; got.Online.Epoch != 0 || len(got.States) != 0 {
		t.Fatalf("adopted from nothing: %+v", got)
	}
	next(true)
	p.cut() // the broker publishes the will; the link comes back and says that it is there
	next(false)
	next(true)
	<-latched
	box.Fill(uplink.Alarm, 1)
	drained(t, box, uplink.Alarm)
	stop()
	next(false)
	// A replaced board: a new process that knows nothing, on the same station.
	fresh := uplinktest.NewBooth("hs-03", "sd-001", "sd-002")
	l2, err := mqttlink.New(cfg, uplinktest.NewOutbox("hs-03"), fresh, nil)
	if err != nil {
		t.Fatal(err)
	}
	run(t, l2)
	got := <-fresh.Adoptions
	if got.Online.Epoch != 6 || got.Online.Online || len(got.States) != 2 {
		t.Fatalf("adopted: %+v", got)
	}
	if st := got.States[1]; st.Device != "sd-002" || st.Seq != 77 || !st.State.Has(message.Latched) {
		t.Fatalf("adopted: %+v", st)
	}
}

// cut closes every connection through the proxy.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

// authority issues certificates for a test.
type authority struct {
	t    testing.TB
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	n    int64
}

func newAuthority(t testing.TB, name string) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.sign(name, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil)
	return a
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

// sign writes name.pem and name.key.
func (a *authority) sign(name string, tmpl *x509.Certificate, parent *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	a.n++
	tmpl.SerialNumber, tmpl.Subject = big.NewInt(a.n), pkix.Name{CommonName: name}
	tmpl.NotBefore = time.Now().Add(-time.Hour)
	if tmpl.NotAfter.IsZero() {
		tmpl.NotAfter = time.Now().Add(24 * time.Hour)
	}
	signer := a.key
	if parent == nil {
		parent, signer = tmpl, key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		name + ".pem": {Type: "CERTIFICATE", Bytes: der}, name + ".key": {Type: "PRIVATE KEY", Bytes: keyDER},
	} {
		if err := os.WriteFile(a.path(file), pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

func (a *authority) issue(name string, ends time.Time, usage x509.ExtKeyUsage) {
	a.sign(name, &x509.Certificate{
		NotAfter: ends, ExtKeyUsage: []x509.ExtKeyUsage{usage}, KeyUsage: x509.KeyUsageDigitalSignature,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"mq.hongshan.example"},
	}, a.cert)
}

func TestMosquittoTLS(t *testing.T) {
	a, evil := newAuthority(t, "ca"), newAuthority(t, "ca")
	a.issue("server", time.Now().Add(24*time.Hour), x509.ExtKeyUsageServerAuth)
	ends := time.Now().Add(48 * time.Hour).Truncate(time.Second)
	a.issue("hs-03", ends, x509.ExtKeyUsageClientAuth)
	m := uplinktest.StartMosquitto(t,
		"cafile "+a.path("ca.pem"), "certfile "+a.path("server.pem"), "keyfile "+a.path("server.key"),
		"require_certificate true", "use_identity_as_username true", "allow_anonymous false")
	good := quick("tls://" + m.Addr)
	good.CAFile, good.CertFile, good.KeyFile = a.path("ca.pem"), a.path("hs-03.pem"), a.path("hs-03.key")
	for name, c := range map[string]struct {
		change func(*mqttlink.Config)
		err    string // empty: it connects
	}{
		"all is well":           {func(*mqttlink.Config) {}, ""},
		"by another name":       {func(c *mqttlink.Config) { c.ServerName = "mq.hongshan.example" }, ""},
		"the wrong server name": {func(c *mqttlink.Config) { c.ServerName = "elsewhere.example" }, "elsewhere.example"},
		"another authority":     {func(c *mqttlink.Config) { c.CAFile = evil.path("ca.pem") }, "unknown authority"},
		"no client certificate": {func(c *mqttlink.Config) { c.CertFile, c.KeyFile = "", "" }, "certificate"},
		"no ca file":            {func(c *mqttlink.Config) { c.CAFile = a.path("none.pem") }, "read ca file"},
		"ca file is a key":      {func(c *mqttlink.Config) { c.CAFile = a.path("ca.key") }, "no PEM certificate"},
		"key of somebody else":  {func(c *mqttlink.Config) { c.KeyFile = a.path("server.key") }, "load client certificate"},
		"no password file":      {func(c *mqttlink.Config) { c.PasswordFile = a.path("none") }, "read password file"},
		"plain towards tls":     {func(c *mqttlink.Config) { c.Broker = m.Addr; c.CAFile, c.CertFile, c.KeyFile = "", "", "" }, "connect to"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			c.change(&cfg)
			box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
			l := start(t, cfg, box, booth)
			box.Fill(uplink.Alarm, 3)
			if c.err != "" {
				eventually(t, "the reason shows", func() bool { return l.Progress() >= 1 && strings.Contains(l.Status().Err, c.err) })
				if box.Backlog(uplink.Alarm) != 3 {
					t.Fatal("something was sent")
				}
				return
			}
			drained(t, box, uplink.Alarm)
			if st := l.Status(); st.CertExpires == nil || !st.CertExpires.Equal(ends) {
				t.Fatalf("certificate expiry: %v", st.CertExpires)
			}
		})
	}
}

// TestMosquittoTLSRenewal: a certificate that is renewed on disk is used at the next
// connection, without a restart.
func TestMosquittoTLSRenewal(t *testing.T) {
	a := newAuthority(t, "ca")
	a.issue("server", time.Now().Add(24*time.Hour), x509.ExtKeyUsageServerAuth)
	a.issue("hs-03", time.Now().Add(-time.Minute), x509.ExtKeyUsageClientAuth) // has ended
	m := uplinktest.StartMosquitto(t,
		"cafile "+a.path("ca.pem"), "certfile "+a.path("server.pem"), "keyfile "+a.path("server.key"),
		"require_certificate true", "use_identity_as_username true", "allow_anonymous false")
	cfg := quick("tls://" + m.Addr)
	cfg.CAFile, cfg.CertFile, cfg.KeyFile = a.path("ca.pem"), a.path("hs-03.pem"), a.path("hs-03.key")
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	l := start(t, cfg, box, booth)
	box.Fill(uplink.Alarm, 3)
	eventually(t, "two refusals", func() bool { return l.Progress() >= 2 })
	if l.Status().Connected {
		t.Fatal("connected with an expired certificate")
	}
	a.issue("hs-03", time.Now().Add(24*time.Hour), x509.ExtKeyUsageClientAuth)
	drained(t, box, uplink.Alarm)
}

// TestMosquittoPassword: user and password file, read anew at each attempt.
func TestMosquittoPassword(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("wrong"), 0o600); err != nil {
		t.Fatal(err)
	}
	users := filepath.Join(dir, "users")
	// mosquitto_passwd's format: PBKDF2-SHA512 ($7$), 101 rounds, salt and hash in base64.
	if err := os.WriteFile(users, []byte(passwordLine("hs-03", "right")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := uplinktest.StartMosquitto(t, "allow_anonymous false", "password_file "+users)
	cfg := quick(m.Addr)
	cfg.Username, cfg.PasswordFile = "hs-03", secret
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	l := start(t, cfg, box, booth)
	box.Fill(uplink.Alarm, 3)
	eventually(t, "the refusal shows", func() bool { return strings.Contains(strings.ToLower(l.Status().Err), "not authori") })
	if err := os.WriteFile(secret, []byte("right\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	drained(t, box, uplink.Alarm)
}
