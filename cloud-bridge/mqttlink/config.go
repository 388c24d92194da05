package mqttlink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"firepost/firmware-contracts/message"
)

// Confirm says when an event counts as stored by the other side.
type Confirm string

// The two ways to confirm.
const (
	// ConfirmBroker takes the broker's PUBACK.
	ConfirmBroker Confirm = "broker"
	// ConfirmPlatform takes the platform's own word on …/ack.
	ConfirmPlatform Confirm = "platform"
)

// ErrConfig marks a configuration that can never work; Run would be pointless.
var ErrConfig = errors.New("mqtt uplink configuration")

// Config is what an operator sets. Start from Defaults: New fills in nothing but what is
// said here.
type Config struct {
	// Name is the uplink's name in status, logs and health.
	Name string
	// Broker is tcp://host:port, ssl:// or tls://host:port, or host:port (plain TCP). A
	// missing port is 1883, or 8883 with TLS.
	Broker string
	// ClientID must be unique at the broker; empty is firepost-{station}.
	ClientID string
	// Username and PasswordFile are optional. The file is read again at every connection;
	// white space at its end is not part of the password.
	Username     string
	PasswordFile string
	// CAFile, CertFile and KeyFile are PEM files, read again at every connection, so that a
	// renewed certificate needs no restart. CAFile empty means the system's roots.
	CAFile, CertFile, KeyFile string
	// ServerName overrides the name that the broker's certificate must carry.
	ServerName string
	// District and Station form the topics.
	District, Station string
	// Confirm says when an event counts as stored; empty is ConfirmBroker.
	Confirm Confirm
	// Window is how many messages of the rest and telemetry lanes together may wait for
	// PUBACK, and with ConfirmPlatform how many events of the rest lane may wait for …/ack.
	// 1 to 10000.
	Window int
	// DrainPerSecond limits the rest and telemetry lanes, never the alarm lane; 0 is no limit.
	DrainPerSecond int
	// DrainJitter delays the rest and telemetry lanes after each connect by a random time
	// up to this, so that ten booths do not drain into one recovered broker together.
	DrainJitter time.Duration
	// KeepAlive is how long the link may be idle before it is probed; whole seconds.
	KeepAlive time.Duration
	// PingTimeout is how long a probe may go unanswered.
	PingTimeout time.Duration
	// ConnectTimeout bounds name resolution, dial, TLS and MQTT handshake together.
	ConnectTimeout time.Duration
	// PubackTimeout is how long a message may go without PUBACK before the connection is
	// taken for dead.
	PubackTimeout time.Duration
	// AckTimeout is how long an event may go without the platform's …/ack before the lane
	// is sent again from its oldest unconfirmed event.
	AckTimeout time.Duration
	// HealthEvery is how often …/health is published besides on change.
	HealthEvery time.Duration
	// Insecure accepts unsigned commands: for the demo only.
	Insecure bool
	// Keys are the public keys whose commands are obeyed.
	Keys message.Keyring
	// Telemetry publishes the telemetry lane too.
	Telemetry bool
	// Admit decides, after the signature, whether a command is for this station, in time and
	// new, and makes its counter durable before it returns nil. Its errors wrap the sentinels
	// of message.Guard. Nil is a guard in memory, which forgets counters at a restart.
	Admit func(cmd message.Command) error
}

// Defaults returns the built-in settings; Broker, District and Station are still to be set.
func Defaults() Config {
	return Config{
		Name: "mqtt", Confirm: ConfirmBroker,
		Window: 1000, DrainPerSecond: 2000, DrainJitter: 5 * time.Second,
		KeepAlive: 15 * time.Second, PingTimeout: 5 * time.Second,
		ConnectTimeout: 10 * time.Second, PubackTimeout: 10 * time.Second,
		AckTimeout: 10 * time.Second, HealthEvery: time.Minute,
		Telemetry: true,
	}
}

// Option changes what only tests and special wirings need.
type Option func(*Link)

// WithDialer replaces the TCP dialer, name resolution included. It must respect ctx.
func WithDialer(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(l *Link) { l.dial = dial }
}

// WithBackoff sets the shortest and the longest pause between connection attempts; 1 s and
// 30 s by default.
func WithBackoff(base, limit time.Duration) Option {
	return func(l *Link) { l.backoffBase, l.backoffCap = base, limit }
}

// WithAdoptWait sets how long the first connection of a run listens for its own retained
// messages: until none came for quiet, and at most limit; 300 ms and 3 s by default.
func WithAdoptWait(quiet, limit time.Duration) Option {
	return func(l *Link) { l.adoptQuiet, l.adoptLimit = quiet, limit }
}

// endpoint is a parsed broker address.
type endpoint struct {
	address string // host:port
	host    string
	tls     bool
}

func parseBroker(s string) (endpoint, error) {
	if !strings.Contains(s, "://") {
		s = "tcp://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return endpoint{}, fmt.Errorf("broker %q: %w: write tcp://host:port or tls://host:port", s, ErrConfig)
	}
	e := endpoint{host: u.Hostname()}
	port := "1883"
	switch u.Scheme {
	case "tcp", "mqtt":
	case "ssl", "tls", "mqtts":
		e.tls, port = true, "8883"
	default:
		return endpoint{}, fmt.Errorf("broker %q: %w: scheme %q is none of tcp, ssl, tls", s, ErrConfig, u.Scheme)
	}
	if e.host == "" {
		return endpoint{}, fmt.Errorf("broker %q: %w: no host", s, ErrConfig)
	}
	if u.User != nil || (u.Path != "" && u.Path != "/") || u.RawQuery != "" {
		return endpoint{}, fmt.Errorf("broker %q: %w: only scheme, host and port belong here; user and password have settings of their own", u.Redacted(), ErrConfig)
	}
	if p := u.Port(); p != "" {
		port = p
	}
	e.address = net.JoinHostPort(e.host, port)
	return e, nil
}

// topicWord reports whether s can stand as one level of a topic.
func topicWord(s string) bool {
	return s != "" && !strings.ContainsAny(s, "/+#\x00")
}

func (c *Config) check() (endpoint, error) {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: "+format, append([]any{ErrConfig}, args...)...))
	}
	ep, err := parseBroker(c.Broker)
	if err != nil {
		errs = append(errs, err)
	}
	if !topicWord(c.District) {
		bad("district %q must be one topic level: not empty, no / + #", c.District)
	}
	if !topicWord(c.Station) {
		bad("station %q must be one topic level: not empty, no / + #", c.Station)
	}
	switch c.Confirm {
	case "":
		c.Confirm = ConfirmBroker
	case ConfirmBroker, ConfirmPlatform:
	default:
		bad("confirm %q is neither %q nor %q", c.Confirm, ConfirmBroker, ConfirmPlatform)
	}
	if c.Window < 1 || c.Window > 10000 {
		bad("window %d is not within 1–10000", c.Window)
	}
	if c.DrainPerSecond < 0 {
		bad("drain per second %d is negative; 0 is no limit", c.DrainPerSecond)
	}
	if c.KeepAlive < time.Second || c.KeepAlive%time.Second != 0 || c.KeepAlive > 18*time.Hour {
		bad("keep alive %s must be whole seconds, 1 s to 18 h", c.KeepAlive)
	}
	for _, d := range []struct {
		name string
		d    time.Duration
	}{
		{"ping timeout", c.PingTimeout}, {"connect timeout", c.ConnectTimeout},
		{"puback timeout", c.PubackTimeout}, {"ack timeout", c.AckTimeout}, {"health every", c.HealthEvery},
	} {
		if d.d <= 0 {
			bad("%s %s must be above zero", d.name, d.d)
		}
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		bad("a client certificate needs both its cert file and its key file")
	}
	if !ep.tls && (c.CAFile != "" || c.CertFile != "" || c.ServerName != "") {
		bad("certificates are set but broker %q is not tls://", c.Broker)
	}
	if c.ClientID == "" {
		c.ClientID = "firepost-" + c.Station
	}
	if c.Name == "" {
		c.Name = "mqtt"
	}
	return ep, errors.Join(errs...)
}
