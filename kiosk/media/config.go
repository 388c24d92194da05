package media

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Path is where the server keeps blobs; the SHA-256 follows.
const Path = "/v1/blobs/"

// Config is where media come from, and how gently. Start from Defaults.
type Config struct {
	// Server is https://host[:port], without a path. Empty: nothing is ever fetched, and the
	// store lives on what is added by hand.
	Server string
	// CAFile, CertFile and KeyFile are PEM files, read again for every download, so that a
	// renewed certificate needs no restart. CAFile empty means the system's roots.
	CAFile, CertFile, KeyFile string
	// ServerName overrides the name that the server's certificate must carry.
	ServerName string
	// Hosts are other hosts, host[:port], that the server may send the booth on to.
	Hosts []string
	// BytesPerSecond bounds what is fetched, so that events keep their way; 0 is no limit.
	BytesPerSecond int
	// Stall is how long a request may go without a byte. There is no limit on the whole.
	Stall time.Duration
	// LeastPause and MostPause bound the pauses after a failed attempt.
	LeastPause, MostPause time.Duration
	// Hours are when to fetch, in Beijing time; none is always. See the package's
	// documentation for a clock that is not trusted.
	Hours         []Hours
	UntrustedWait time.Duration
	// VerifyEvery is the pause between walks over all objects; the first comes VerifyAfter the
	// start.
	VerifyEvery, VerifyAfter time.Duration
	// Insecure allows http:// and no client certificate: for demonstrations only.
	Insecure bool
	// Clock gives the time and whether it may be believed; required with Hours.
	Clock func() (at time.Time, trusted bool)
}

// Defaults returns the built-in settings: 512 KiB a second at any hour, a walk over all objects
// once a week. Server and certificates are still to be set.
func Defaults() Config {
	return Config{
		BytesPerSecond: 512 << 10, Stall: 30 * time.Second, LeastPause: 5 * time.Second, MostPause: 10 * time.Minute,
		UntrustedWait: 24 * time.Hour, VerifyEvery: 7 * 24 * time.Hour, VerifyAfter: 5 * time.Minute,
	}
}

// check reports every setting that can't work.
func (c Config) check() (*url.URL, error) {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: "+format, append([]any{ErrConfig}, args...)...))
	}
	if c.Stall <= 0 || c.LeastPause <= 0 || c.MostPause < c.LeastPause || c.UntrustedWait < 0 || c.VerifyEvery <= 0 || c.VerifyAfter < 0 {
		bad("stall %s, pauses %s to %s, untrusted wait %s, walks every %s after %s must be above zero and in order", c.Stall, c.LeastPause, c.MostPause, c.UntrustedWait, c.VerifyEvery, c.VerifyAfter)
	}
	if c.BytesPerSecond < 0 || c.BytesPerSecond > 0 && c.BytesPerSecond < 1<<10 {
		bad("bytes per second %d; 0 is no limit, the least is 1024", c.BytesPerSecond)
	}
	if len(c.Hours) > 0 && c.Clock == nil {
		bad("hours need a clock")
	}
	for _, h := range c.Hours {
		if h.From < 0 || h.From >= 24*60 || h.Until < 0 || h.Until >= 24*60 {
			bad("hours %s lie outside of a day", h)
		}
	}
	if c.Server == "" {
		return nil, errors.Join(errs...)
	}
	u, err := url.Parse(c.Server)
	switch {
	case err != nil:
		bad("the server's address can't be read; write https://host:port")
	case u.Scheme != "https" && (u.Scheme != "http" || !c.Insecure):
		bad("server scheme %q; write https://host:port", u.Scheme)
	case u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "":
		bad("server %q: only scheme, host and port belong here", u.Redacted())
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		bad("a client certificate needs both its cert file and its key file")
	}
	if c.CertFile == "" && !c.Insecure {
		bad("no client certificate: set cert file and key file")
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// limiter is the bandwidth's, or nil for none.
func (c Config) limiter() *rate.Limiter {
	if c.BytesPerSecond == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(c.BytesPerSecond), min(readStep, c.BytesPerSecond))
}

// maxRedirects is how often a server may send the booth on.
const maxRedirects = 3

// client is for one download: certificates are read anew.
func (f *fetcher) client() (*http.Client, error) {
	t := &http.Transport{
		DialContext: f.dial, TLSHandshakeTimeout: f.cfg.Stall, ResponseHeaderTimeout: f.cfg.Stall,
		MaxIdleConns: 1, MaxResponseHeaderBytes: 32 << 10,
		// A packed body has another length and no ranges.
		DisableCompression: true,
		// A small window is enough for one slow download; a large one is memory.
		ReadBufferSize: 16 << 10,
	}
	if f.base.Scheme == "https" {
		conf, err := f.cfg.tls()
		if err != nil {
			// The files may be in the middle of a renewal.
			return nil, fmt.Errorf("%w: %w", ErrTemporary, err)
		}
		t.TLSClientConfig = conf
	}
	return &http.Client{Transport: t, CheckRedirect: f.redirect}, nil
}

// redirect lets the server send the booth on a few times, to hosts that the operator named, and
// never out of TLS.
func (f *fetcher) redirect(req *http.Request, via []*http.Request) error {
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("%w: sent on more than %d times", ErrSource, maxRedirects)
	case req.URL.Scheme != f.base.Scheme:
		return fmt.Errorf("%w: sent on from %s to %s", ErrSource, f.base.Scheme, req.URL.Scheme)
	case req.URL.Host != f.base.Host && !slices.Contains(f.cfg.Hosts, req.URL.Host):
		return fmt.Errorf("%w: sent on to %s; name that host in the settings if it is right", ErrSource, req.URL.Host)
	}
	return nil
}

func (c Config) tls() (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read CA file: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read CA file %s: no certificate in it", c.CAFile)
		}
	}
	if c.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read client certificate: %w", err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	return conf, nil
}
