package mqttlink

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

// handOverTime bounds how long the library may take to accept a packet. Writes never block
// (see wire), so this passes only when its keep-alive ends the connection at that very moment:
// the library then leaves the packet standing in a channel that nobody reads.
const handOverTime = 2 * time.Second

// errRefused: the broker granted no subscription to a filter.
var errRefused = errors.New("broker refused the subscription")

// pahoSettings is what one connection needs to know.
type pahoSettings struct {
	dial      func(ctx context.Context, network, address string) (net.Conn, error)
	address   string
	tls       *tls.Config // nil for plain TCP
	clientID  string
	username  string
	password  string
	keepAlive time.Duration
	ping      time.Duration
	timeout   time.Duration
}

// pahoClient adapts one eclipse/paho.mqtt.golang client. The library's store, reconnect and
// session are all off.
type pahoClient struct {
	set  pahoSettings
	c    paho.Client
	down chan error

	mu   sync.Mutex
	wire *wire
}

var _ client = (*pahoClient)(nil)

func newPahoClient(set pahoSettings) *pahoClient {
	return &pahoClient{set: set, down: make(chan error, 1)}
}

// Connect implements client.
func (p *pahoClient) Connect(ctx context.Context, w will, on inbound) error {
	ctx, cancel := context.WithTimeout(ctx, p.set.timeout)
	defer cancel()
	o := paho.NewClientOptions()
	o.Servers = []*url.URL{{Scheme: "tcp", Host: p.set.address}}
	o.SetClientID(p.set.clientID).SetUsername(p.set.username).SetPassword(p.set.password)
	o.SetProtocolVersion(4).SetCleanSession(true)
	o.SetAutoReconnect(false).SetConnectRetry(false)
	o.SetStore(noStore{}).SetOrderMatters(true)
	o.SetKeepAlive(p.set.keepAlive).SetPingTimeout(p.set.ping)
	o.SetConnectTimeout(p.set.timeout).SetWriteTimeout(handOverTime)
	o.SetBinaryWill(w.topic, w.payload, 1, true)
	o.SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) { return p.open(ctx) })
	o.SetConnectionLostHandler(func(_ paho.Client, err error) { p.down <- err })
	o.SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) { on(m.Topic(), m.Retained(), m.Payload()) })
	p.c = paho.NewClient(o)
	if err := await(ctx, p.c.Connect()); err != nil {
		p.Close(false)
		return fmt.Errorf("connect to %s: %w", p.set.address, err)
	}
	return nil
}

// open dials, and shakes hands for TLS, within ctx.
func (p *pahoClient) open(ctx context.Context) (net.Conn, error) {
	conn, err := p.set.dial(ctx, "tcp", p.set.address)
	if err != nil {
		return nil, err
	}
	if p.set.tls != nil {
		tc := tls.Client(conn, p.set.tls)
		if err := tc.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, err
		}
		conn = tc
	}
	w := newWire(conn)
	p.mu.Lock()
	p.wire = w
	p.mu.Unlock()
	// The caller gave up while this was dialling: nobody else would close it.
	if ctx.Err() != nil {
		w.abort()
		return nil, ctx.Err()
	}
	return w, nil
}

func (p *pahoClient) current() *wire {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wire
}

// Publish implements client.
func (p *pahoClient) Publish(ctx context.Context, topic string, retained bool, payload []byte) (token, error) {
	w := p.current()
	if err := w.waitRoom(ctx); err != nil {
		return nil, err
	}
	var t paho.Token
	if err := w.handOver(func() { t = p.c.Publish(topic, 1, retained, payload) }); err != nil {
		return nil, err
	}
	// A token that is settled with an error at once was never handed over.
	select {
	case <-t.Done():
		if err := t.Error(); err != nil {
			return nil, err
		}
	default:
	}
	return t, nil
}

// Subscribe implements client.
func (p *pahoClient) Subscribe(filters ...string) token {
	want := make(map[string]byte, len(filters))
	for _, f := range filters {
		want[f] = 1
	}
	return subscription{p.c.SubscribeMultiple(want, nil)}
}

// subscription is a token that knows a refusal.
type subscription struct{ paho.Token }

// Error implements token.
func (s subscription) Error() error {
	if err := s.Token.Error(); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	st, ok := s.Token.(*paho.SubscribeToken)
	if !ok {
		return nil
	}
	for f, code := range st.Result() {
		if code > 2 {
			return fmt.Errorf("subscribe %q: %w: check the broker's access list", f, errRefused)
		}
	}
	return nil
}

// Unsubscribe implements client.
func (p *pahoClient) Unsubscribe(filters ...string) token { return p.c.Unsubscribe(filters...) }

// Down implements client.
func (p *pahoClient) Down() <-chan error { return p.down }

// Close implements client.
func (p *pahoClient) Close(farewell bool) {
	w := p.current()
	if w == nil {
		return
	}
	if farewell && p.c.IsConnectionOpen() {
		p.c.Disconnect(uint(farewellTime / time.Millisecond))
	}
	if farewell {
		_ = w.Close()
		select {
		case <-w.done:
			return
		case <-time.After(2 * farewellTime):
		}
	}
	w.abort()
	<-w.done
}

// noStore keeps nothing. The outbox is the only store: the library's would copy every
// message, and after a reconnect would report success for what no broker has seen.
type noStore struct{}

func (noStore) Open()                             {}
func (noStore) Put(string, packets.ControlPacket) {}
func (noStore) Get(string) packets.ControlPacket  { return nil }
func (noStore) All() []string                     { return nil }
func (noStore) Del(string)                        {}
func (noStore) Close()                            {}
func (noStore) Reset()                            {}
