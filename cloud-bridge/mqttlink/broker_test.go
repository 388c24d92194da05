package mqttlink_test

import (
	"encoding/json"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"firepost/cloud-bridge/uplink/uplinktest"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/message/messagetest"
	"firepost/firmware-contracts/message/schema"
)

// validator compiles the schemas once for all tests.
var validator = sync.OnceValues(messagetest.NewValidator)

const root = "firepost/v1/hongshan/hs-03/"

// published is one PUBLISH as the broker got it.
type published struct {
	conn     int
	topic    string
	retained bool
	qos      byte
	payload  []byte
}

// broker is a broker for one client that does exactly what a test tells it to: real ones
// can't be asked to keep their acknowledgements back.
type broker struct {
	t        testing.TB
	addr     string
	platform bool // confirm events on …/ack rather than by PUBACK alone

	arrivals chan uplinktest.Arrival
	side     chan published // everything that is no event

	mu        sync.Mutex
	l         net.Listener
	conns     map[net.Conn]int
	count     int
	hold      bool // confirm nothing
	mute      bool // no PUBACK at all, for anything
	refuseSub bool
	confirmed map[string]bool
	take      func(payload []byte) (acks []string) // the platform; nil acknowledges everything
	retained  []published
	connects  []*packets.ConnectPacket
	subs      map[string]bool
	wg        sync.WaitGroup
}

func newBroker(t testing.TB, platform bool) *broker {
	b := &broker{
		t: t, platform: platform, conns: make(map[net.Conn]int), confirmed: make(map[string]bool),
		arrivals: make(chan uplinktest.Arrival, 1<<16), side: make(chan published, 1<<14), subs: make(map[string]bool),
	}
	b.listen("127.0.0.1:0")
	t.Cleanup(func() {
		b.Down()
		b.wg.Wait()
	})
	return b
}

func (b *broker) listen(addr string) {
	b.t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		b.t.Fatal(err)
	}
	b.mu.Lock()
	b.l, b.addr = l, l.Addr().String()
	b.mu.Unlock()
	b.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b.mu.Lock()
			b.count++
			b.conns[c] = b.count
			n := b.count
			b.mu.Unlock()
			b.wg.Go(func() { b.serve(c, n) })
		}
	})
}

// Cut implements uplinktest.Side.
func (b *broker) Cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns {
		_ = c.Close()
	}
}

// Down implements uplinktest.Side.
func (b *broker) Down() {
	b.mu.Lock()
	_ = b.l.Close()
	b.mu.Unlock()
	b.Cut()
}

// Up implements uplinktest.Side.
func (b *broker) Up() { b.listen(b.addr) }

// Hold implements uplinktest.Side.
func (b *broker) Hold(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hold = on
}

// Confirmed implements uplinktest.Side.
func (b *broker) Confirmed(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.confirmed[id]
}

// Arrivals implements uplinktest.Side.
func (b *broker) Arrivals() <-chan uplinktest.Arrival { return b.arrivals }

// set changes what the broker does.
func (b *broker) set(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

// tell publishes to the client.
func (b *broker) tell(topic string, retained bool, payload []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Payload, p.Retain = topic, payload, retained
	for c := range b.conns {
		_ = p.Write(c)
	}
}

func (b *broker) serve(c net.Conn, n int) {
	defer func() {
		_ = c.Close()
		b.mu.Lock()
		delete(b.conns, c)
		b.mu.Unlock()
	}()
	for {
		p, err := packets.ReadPacket(c)
		if err != nil {
			return
		}
		b.handle(c, n, p)
	}
}

func (b *broker) handle(c net.Conn, n int, p packets.ControlPacket) {
	switch p := p.(type) {
	case *packets.ConnectPacket:
		b.valid(&packets.PublishPacket{FixedHeader: packets.FixedHeader{Qos: p.WillQos, Retain: p.WillRetain}, TopicName: p.WillTopic, Payload: p.WillMessage})
		b.set(func() {
			b.connects = append(b.connects, p)
			clear(b.subs)
			_ = packets.NewControlPacket(packets.Connack).Write(c)
		})
	case *packets.SubscribePacket:
		b.subscribe(c, p)
	case *packets.UnsubscribePacket:
		a := packets.NewControlPacket(packets.Unsuback).(*packets.UnsubackPacket)
		a.MessageID = p.MessageID
		b.set(func() { _ = a.Write(c) })
	case *packets.PingreqPacket:
		b.set(func() {
			if !b.mute {
				_ = packets.NewControlPacket(packets.Pingresp).Write(c)
			}
		})
	case *packets.PublishPacket:
		b.publish(c, n, p)
	}
}

func (b *broker) subscribe(c net.Conn, p *packets.SubscribePacket) {
	b.set(func() {
		a := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
		a.MessageID = p.MessageID
		for _, f := range p.Topics {
			code := byte(1)
			if b.refuseSub {
				code = 0x80
			}
			a.ReturnCodes = append(a.ReturnCodes, code)
			b.subs[f] = true
		}
		_ = a.Write(c)
		for _, r := range b.retained {
			m := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
			m.TopicName, m.Payload, m.Retain = r.topic, r.payload, r.retained
			for _, f := range p.Topics {
				if f == r.topic || strings.HasSuffix(f, "+") && strings.HasPrefix(r.topic, strings.TrimSuffix(f, "+")) {
					_ = m.Write(c)
				}
			}
		}
	})
}

// valid checks a message against its schema: nothing that this link publishes may be off.
func (b *broker) valid(p *packets.PublishPacket) {
	v, err := validator()
	if err != nil {
		b.t.Error(err)
		return
	}
	kind, ok := messagetest.KindOf(p.TopicName)
	if !ok {
		b.t.Errorf("published on %s, which is no topic of ours", p.TopicName)
		return
	}
	if err := v.Validate(kind, p.Payload); err != nil {
		b.t.Errorf("published on %s: %v\n%s", p.TopicName, err, p.Payload)
	}
	if want := kind == schema.State || kind == schema.Health || kind == schema.Online; p.Retain != want || p.Qos != 1 {
		b.t.Errorf("published on %s: retained %v, QoS %d", p.TopicName, p.Retain, p.Qos)
	}
}

func (b *broker) publish(c net.Conn, n int, p *packets.PublishPacket) {
	isEvent := p.TopicName == root+"event"
	b.valid(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	if isEvent {
		b.arrivals <- uplinktest.Arrival{Connection: n, Payload: p.Payload}
	} else {
		b.side <- published{conn: n, topic: p.TopicName, retained: p.Retain, qos: p.Qos, payload: p.Payload}
	}
	var e message.Event
	if isEvent {
		_ = json.Unmarshal(p.Payload, &e)
	}
	confirms := isEvent && !b.hold
	if confirms && b.take == nil {
		b.confirmed[e.ID] = true
	}
	if b.mute || (isEvent && !b.platform && !confirms) {
		return
	}
	a := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
	a.MessageID = p.MessageID
	_ = a.Write(c)
	if !confirms || !b.platform {
		return
	}
	acks := []string{e.ID}
	if b.take != nil {
		acks = b.take(p.Payload)
	}
	if len(acks) > 0 && b.subs[root+"ack"] {
		m := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
		m.TopicName = root + "ack"
		m.Payload, _ = json.Marshal(message.Ack{IDs: acks})
		_ = m.Write(c)
	}
}
