package mqttlink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// unsentLow is how many bytes the kernel may hold unsent (TCP_NOTSENT_LOWAT): bytes in
	// flight are not limited by it, only the queue that an alarm would stand in.
	unsentLow = 16 << 10
	// userTimeout is how long sent bytes may stay unacknowledged by the peer's kernel.
	userTimeout = 15 * time.Second
)

// dialTCP is the default dialer. The pure Go resolver is used because it gives up when ctx
// ends; the C library's would keep a thread until it is done.
func dialTCP(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{
		Resolver:        &net.Resolver{PreferGo: true},
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3},
		Control:         tuneSocket,
	}
	return d.DialContext(ctx, network, address)
}

// tuneSocket bounds what the kernel queues and how long it waits. Neither is essential, so a
// kernel that does not know an option is no error.
func tuneSocket(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, unsentLow)
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(userTimeout/time.Millisecond))
	})
}

// tlsConfig reads the certificate files anew. It returns nil for a plain connection, and the
// end of the client certificate, zero without one.
func (c *Config) tlsConfig(ep endpoint) (*tls.Config, time.Time, error) {
	if !ep.tls {
		return nil, time.Time{}, nil
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: ep.host}
	if c.ServerName != "" {
		t.ServerName = c.ServerName
	}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, time.Time{}, fmt.Errorf("read ca file: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, time.Time{}, fmt.Errorf("ca file %s: no PEM certificate in it", c.CAFile)
		}
	}
	if c.CertFile == "" {
		return t, time.Time{}, nil
	}
	cert, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("load client certificate: %w", err)
	}
	t.Certificates = []tls.Certificate{cert}
	var ends time.Time
	if cert.Leaf != nil {
		ends = cert.Leaf.NotAfter
	}
	return t, ends, nil
}

// password reads the password file anew; empty without one.
func (c *Config) password() (string, error) {
	if c.PasswordFile == "" {
		return "", nil
	}
	b, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("read password file: %w", err)
	}
	return strings.TrimRight(string(b), " \t\r\n"), nil
}
