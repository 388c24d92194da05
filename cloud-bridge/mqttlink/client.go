package mqttlink

import "context"

// token is one request on its way. Done closes when it is settled; Error is then nil only if
// the broker acknowledged it.
type token interface {
	Done() <-chan struct{}
	Error() error
}

// await waits until t is settled, bounded by ctx.
func await(ctx context.Context, t token) error {
	select {
	case <-t.Done():
		return t.Error()
	case <-ctx.Done():
	}
	// Both may have been ready; an answer that is there counts.
	select {
	case <-t.Done():
		return t.Error()
	default:
		return context.Cause(ctx)
	}
}

// will is what the broker publishes, retained, when the connection breaks.
type will struct {
	topic   string
	payload []byte
}

// inbound is a message from the broker. The callback must not block.
type inbound func(topic string, retained bool, payload []byte)

// client is one connection, from dial to close. It is used once. Every method is bounded in
// time by its ctx or by itself.
type client interface {
	// Connect dials and shakes hands. The will and the messages are those of this connection.
	Connect(ctx context.Context, w will, on inbound) error
	// Publish hands a message over, in order, and waits while more than a small buffer is
	// unsent. The payload must not be changed afterwards.
	Publish(ctx context.Context, topic string, retained bool, payload []byte) (token, error)
	// Subscribe asks for filters with QoS 1, before anything that is published after it. The
	// token's error wraps errRefused when the broker does not grant every one.
	Subscribe(filters ...string) token
	// Unsubscribe asks for nothing more.
	Unsubscribe(filters ...string) token
	// Down receives once when the connection is lost by itself.
	Down() <-chan error
	// Close ends the connection: with farewell politely, so that no will is sent; else at once.
	Close(farewell bool)
}
