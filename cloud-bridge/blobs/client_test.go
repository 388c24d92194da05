package blobs

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestUploadWithCertificates(t *testing.T) {
	ca := newAuthority(t)
	r := receiver(t)
	stored := 0
	r.Stored = func(string, int64) { stored++ }
	r.Allow = func(req *http.Request) error {
		if req.TLS.PeerCertificates[0].Subject.CommonName != "hs-03" {
			return errors.New("not this one")
		}
		return nil
	}
	url := ca.serve(r)
	client := func(name string) *Client {
		return quick(t, url, func(c *Config) {
			c.Insecure, c.CAFile = false, filepath.Join(ca.dir, "ca.pem")
			c.CertFile, c.KeyFile = ca.issue(name)
		})
	}
	for _, size := range []int{1, 8<<10 - 1, 8 << 10, 8<<10 + 1, 100_000} {
		data, hash := content(size, 1)
		if err := client("hs-03").Upload(t.Context(), hash, data, int64(size)); err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if !hasBlob(t, r, hash) {
			t.Fatalf("%d bytes: not stored", size)
		}
		// Again: it is there already, and not a byte is sent.
		if err := client("hs-03").Upload(t.Context(), hash, data, int64(size)); err != nil {
			t.Fatal(err)
		}
	}
	if stored != 5 {
		t.Errorf("%d stored, want 5", stored)
	}
	data, hash := content(1000, 2)
	if err := client("hs-99").Upload(t.Context(), hash, data, 1000); !errors.Is(err, ErrRefused) {
		t.Errorf("another station: %v, want %v", err, ErrRefused)
	}
}

func TestStrangersAreNotTrusted(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	r := receiver(t)
	url := ca.serve(r)
	data, hash := content(1000, 1)
	for name, change := range map[string]func(*Config){
		"server of another authority": func(c *Config) {
			c.CAFile = filepath.Join(other.dir, "ca.pem")
			c.CertFile, c.KeyFile = ca.issue("hs-03")
		},
		"client of another authority": func(c *Config) {
			c.CAFile = filepath.Join(ca.dir, "ca.pem")
			c.CertFile, c.KeyFile = other.issue("hs-03")
		},
		"certificate is gone": func(c *Config) {
			c.CAFile = filepath.Join(ca.dir, "ca.pem")
			c.CertFile, c.KeyFile = filepath.Join(ca.dir, "none.pem"), filepath.Join(ca.dir, "none.key")
		},
	} {
		c := quick(t, url, func(c *Config) {
			c.Insecure, c.Attempts = false, 2
			change(c)
		})
		if err := c.Upload(t.Context(), hash, data, 1000); !errors.Is(err, ErrTemporary) {
			t.Errorf("%s: %v, want %v", name, err, ErrTemporary)
		}
	}
	if hasBlob(t, r, hash) {
		t.Error("stored all the same")
	}
}

func TestUploadGoesOnWhereItStopped(t *testing.T) {
	r := receiver(t)
	url := serve(t, r)
	const size = 200_000
	data, hash := content(size, 3)
	c := quick(t, url, nil)
	net := &cutting{cuts: []int{50, 300, 30_000, 70_000, 9_000}}
	c.dial = net.dial
	if err := c.Upload(t.Context(), hash, data, size); err != nil {
		t.Fatal(err)
	}
	if !hasBlob(t, r, hash) {
		t.Fatal("not stored")
	}
	// 25 parts with their headers, and at most one part lost by each of five breaks.
	if most := size + 5*(8<<10) + 60*400; net.sent > most {
		t.Fatalf("%d bytes sent for %d, want at most %d", net.sent, size, most)
	}
}

func TestRestartOfTheReceiverKeepsTheParts(t *testing.T) {
	r := receiver(t)
	data, hash := content(50_000, 4)
	c := quick(t, serve(t, r), func(c *Config) { c.Attempts = 1 })
	c.dial = (&cutting{cuts: []int{30_000}}).dial
	if err := c.Upload(t.Context(), hash, data, 50_000); !errors.Is(err, ErrTemporary) {
		t.Fatalf("%v, want %v", err, ErrTemporary)
	}
	again, err := OpenReceiver(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if at, done, err := again.stand(hash); at < 20_000 || done || err != nil {
		t.Fatalf("%d, %v, %v", at, done, err)
	}
	if err := quick(t, serve(t, again), nil).Upload(t.Context(), hash, data, 50_000); err != nil || !hasBlob(t, again, hash) {
		t.Fatal(err)
	}
}

func TestOldGarbageIsThrownAwayAndSentAgain(t *testing.T) {
	r := receiver(t)
	data, hash := content(50_000, 5)
	if err := os.WriteFile(r.part(hash), make([]byte, 20_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := quick(t, serve(t, r), nil).Upload(t.Context(), hash, data, 50_000); err != nil || !hasBlob(t, r, hash) {
		t.Fatalf("%v", err)
	}
	data, hash = content(50_000, 6)
	if err := os.WriteFile(r.part(hash), make([]byte, 60_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := quick(t, serve(t, r), nil).Upload(t.Context(), hash, data, 50_000); err != nil || !hasBlob(t, r, hash) {
		t.Fatalf("longer than the blob: %v", err)
	}
}

func TestWrongContentNeverLeaves(t *testing.T) {
	asked := atomic.Bool{}
	url := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Store(true) }))
	data, hash := content(1000, 1)
	_, other := content(1000, 2)
	c := quick(t, url, func(c *Config) { c.MaxSize = 5000 })
	for name, f := range map[string]struct {
		hash string
		size int64
		want error
	}{
		"another hash": {other, 1000, ErrContent}, "shorter": {hash, 999, ErrContent}, "longer": {hash, 1001, ErrContent},
		"no hash": {"../x", 1000, ErrContent}, "capitals": {strings.ToUpper(hash), 1000, ErrContent},
		"empty": {hash, 0, ErrRefused}, "too large": {hash, 5001, ErrRefused},
	} {
		if err := c.Upload(t.Context(), f.hash, data, f.size); !errors.Is(err, f.want) {
			t.Errorf("%s: %v, want %v", name, err, f.want)
		}
	}
	if asked.Load() {
		t.Error("the server was asked")
	}
}

func TestOnlyTheProtocolsWordCountsAsStored(t *testing.T) {
	data, hash := content(1000, 1)
	header := func(status int, pairs ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(pairs); i += 2 {
				w.Header().Set(pairs[i], pairs[i+1])
			}
			w.WriteHeader(status)
		}
	}
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want error
	}{
		"a web page":       {header(200, "Content-Type", "text/html"), ErrTemporary},
		"complete at 0":    {header(200, headOffset, "0", headComplete, yes), ErrTemporary},
		"beyond the end":   {header(200, headOffset, "1001", headComplete, no), ErrTemporary},
		"negative":         {header(200, headOffset, "-1", headComplete, no), ErrTemporary},
		"never moves":      {header(204, headOffset, "0", headComplete, no), ErrTemporary},
		"all but complete": {header(204, headOffset, "1000", headComplete, no), ErrTemporary},
		"redirect":         {header(307, "Location", "http://192.0.2.1/"), ErrTemporary},
		"server error":     {header(500), ErrTemporary},
		"no room":          {header(507), ErrTemporary},
		"locked":           {header(423), ErrTemporary},
		"too large":        {header(413), ErrRefused},
		"forbidden":        {header(403), ErrRefused},
		"no such place":    {header(404), ErrRefused},
		"bad content":      {header(422), ErrContent},
	} {
		cl := quick(t, serve(t, c.h), func(c *Config) { c.Attempts = 3 })
		if err := cl.Upload(t.Context(), hash, data, 1000); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestNeverMoreThanOneAtATime(t *testing.T) {
	r := receiver(t)
	var now, most atomic.Int32
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		r.ServeHTTP(w, req)
		now.Add(-1)
	}))
	c := quick(t, url, nil)
	var wait sync.WaitGroup
	for i := range 6 {
		wait.Go(func() {
			data, hash := content(40_000, byte(i))
			if err := c.Upload(t.Context(), hash, data, 40_000); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if most.Load() != 1 {
		t.Fatalf("%d requests at a time", most.Load())
	}
}

func TestWaitingForTheTurnEndsWithTheContext(t *testing.T) {
	c := quick(t, "http://127.0.0.1:1", nil)
	c.turn <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	data, hash := content(10, 1)
	if err := c.Upload(ctx, hash, data, 10); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// bubble runs test in fake time with a server behind pipes.
func bubble(t *testing.T, h http.Handler, change func(*Config), test func(*testing.T, *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		server := &http.Server{Handler: h, ReadHeaderTimeout: time.Hour}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = server.Serve(p)
		}()
		c := quick(t, "http://district.invalid", func(c *Config) {
			c.LeastPause, c.MostPause, c.Stall = time.Second, time.Minute, 30*time.Second
			change(c)
		})
		c.dial = p.dial
		test(t, c)
		_ = server.Close()
		<-done
	})
}

func TestBandwidthIsBounded(t *testing.T) {
	r := receiver(t)
	bubble(t, r, func(c *Config) { c.BytesPerSecond = 10_000 }, func(t *testing.T, c *Client) {
		data, hash := content(100_000, 7)
		start := time.Now()
		if err := c.Upload(t.Context(), hash, data, 100_000); err != nil {
			t.Fatal(err)
		}
		// Fake time: ten seconds, less the part that the bound lets through at once.
		if took := time.Since(start); took < 9*time.Second || took > 11*time.Second {
			t.Fatalf("took %s at 10 kB/s, want 9 to 10 s", took)
		}
	})
	if _, hash := content(100_000, 7); !hasBlob(t, r, hash) {
		t.Fatal("not stored")
	}
}

func TestServerThatHangsIsGivenUp(t *testing.T) {
	hang := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	bubble(t, hang, func(c *Config) { c.Attempts = 3 }, func(t *testing.T, c *Client) {
		data, hash := content(1000, 1)
		start := time.Now()
		if err := c.Upload(t.Context(), hash, data, 1000); !errors.Is(err, ErrTemporary) {
			t.Fatalf("%v, want %v", err, ErrTemporary)
		}
		// Fake time: three stalls and the two pauses between them.
		if took := time.Since(start); took < 92*time.Second || took > 100*time.Second {
			t.Fatalf("took %s", took)
		}
	})
}

func TestPausesGrowAndDiffer(t *testing.T) {
	c := quick(t, "http://127.0.0.1:1", func(c *Config) { c.LeastPause, c.MostPause = time.Second, time.Minute })
	c.random = func() float64 { return 1 }
	var pause time.Duration
	var got []time.Duration
	for range 6 {
		pause = c.next(pause)
		got = append(got, pause)
	}
	want := []time.Duration{1e9, 3e9, 9e9, 27e9, 60e9, 60e9}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%v, want %v", got, want)
		}
	}
	c.random = func() float64 { return 0 }
	if d := c.next(time.Minute); d != time.Second {
		t.Fatalf("%s", d)
	}
}

func TestSettingsThatCanNeverWork(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"plain http":       func(c *Config) { c.Insecure, c.CertFile, c.KeyFile = false, "c", "k" },
		"no certificate":   func(c *Config) { c.Server, c.Insecure = "https://d", false },
		"half a pair":      func(c *Config) { c.CertFile = "c" },
		"no host":          func(c *Config) { c.Server = "https://" },
		"with a path":      func(c *Config) { c.Server = "http://d/x" },
		"with a password":  func(c *Config) { c.Server = "http://u:sEcret9@d" },
		"unreadable":       func(c *Config) { c.Server = "http://u:sEcret9@[::1" },
		"ftp":              func(c *Config) { c.Server = "ftp://d" },
		"too slow":         func(c *Config) { c.BytesPerSecond = 10 },
		"part":             func(c *Config) { c.Part = 0 },
		"stall":            func(c *Config) { c.Stall = 0 },
		"attempts":         func(c *Config) { c.Attempts = 0 },
		"pauses reversed":  func(c *Config) { c.MostPause = 0 },
		"nothing at all":   func(c *Config) { *c = Config{} },
		"no largest size":  func(c *Config) { c.MaxSize = 0 },
		"negative traffic": func(c *Config) { c.BytesPerSecond = -1 },
	} {
		cfg := Defaults()
		cfg.Server, cfg.Insecure = "http://d", true
		change(&cfg)
		_, err := New(cfg)
		if !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v, want %v", name, err, ErrConfig)
		}
		if err != nil && strings.Contains(err.Error(), "sEcret9") {
			t.Errorf("%s: leaks the password: %v", name, err)
		}
	}
}

func TestRenewedCertificateNeedsNoRestart(t *testing.T) {
	ca := newAuthority(t)
	r := receiver(t)
	c := quick(t, ca.serve(r), func(c *Config) {
		c.Insecure, c.CAFile, c.Attempts = false, filepath.Join(ca.dir, "ca.pem"), 1
		c.CertFile, c.KeyFile = filepath.Join(ca.dir, "hs-03.pem"), filepath.Join(ca.dir, "hs-03.key")
	})
	data, hash := content(10, 1)
	if err := c.Upload(t.Context(), hash, data, 10); !errors.Is(err, ErrTemporary) {
		t.Fatalf("without a certificate: %v", err)
	}
	ca.issue("hs-03")
	if err := c.Upload(t.Context(), hash, data, 10); err != nil {
		t.Fatalf("with one: %v", err)
	}
	if !hasBlob(t, r, hash) {
		t.Fatal("not stored")
	}
}
