package mqttlink_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"firepost/cloud-bridge/mqttlink"
	"firepost/cloud-bridge/uplink"
	"firepost/cloud-bridge/uplink/receiver"
	"firepost/cloud-bridge/uplink/uplinktest"
	"firepost/firmware-contracts/message"
)

func testCtx(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// eventually polls what has no channel to wait on.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	ctx := testCtx(t)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		}
	}
}

func drained(t testing.TB, box *uplinktest.Outbox, lanes ...uplink.Lane) {
	t.Helper()
	for _, lane := range lanes {
		if err := box.Drained(testCtx(t), lane); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBrokerThatNeverAcknowledges: the connection is given up again and again, nothing is
// confirmed, nothing piles up, and once the broker answers everything is there.
func TestBrokerThatNeverAcknowledges(t *testing.T) {
	b := newBroker(t, false)
	b.set(func() { b.mute = true })
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	c := quick(b.addr)
	c.PubackTimeout = 50 * time.Millisecond
	l := start(t, c, box, booth)
	box.Fill(uplink.Rest, 5000)
	box.Fill(uplink.Alarm, 50)
	eventually(t, "five connections given up", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.count >= 5
	})
	if box.Backlog(uplink.Alarm) != 50 || box.Backlog(uplink.Rest) != 5000 {
		t.Fatal("something was confirmed")
	}
	if n := l.Status().InFlight; n > 2200 {
		t.Fatalf("%d in flight", n)
	}
	b.set(func() { b.mute = false })
	drained(t, box, uplink.Alarm, uplink.Rest)
}

// proxy forwards to target until it is frozen: then connections stay open and silent, as
// behind a modem that lost its line.
type proxy struct {
	l      net.Listener
	target string
	mu     sync.Mutex
	frozen chan struct{}
	conns  []net.Conn
	wg     sync.WaitGroup
}

func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{l: l, target: target, frozen: make(chan struct{})}
	p.wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", target)
			if err != nil {
				_ = in.Close()
				continue
			}
			p.mu.Lock()
			frozen := p.frozen
			p.conns = append(p.conns, in, out)
			p.mu.Unlock()
			p.wg.Go(func() { p.pump(out, in, frozen) })
			p.wg.Go(func() { p.pump(in, out, frozen) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.mu.Lock()
		close(p.frozen)
		for _, c := range p.conns {
			_ = c.Close()
		}
		p.mu.Unlock()
		p.wg.Wait()
	})
	return p
}

func (p *proxy) pump(dst io.Writer, src io.ReadCloser, frozen chan struct{}) {
	buf := make([]byte, 4096)
	for {
		n, err := src.Read(buf)
		select {
		case <-frozen:
			return // neither forwards nor closes: no FIN
		default:
		}
		if err != nil {
			if c, ok := dst.(io.Closer); ok {
				_ = c.Close()
			}
			return
		}
		if _, err := dst.Write(buf[:n]); err != nil {
			return
		}
	}
}

// freeze blackholes every present connection; new ones are forwarded.
func (p *proxy) freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.frozen)
	p.frozen = make(chan struct{})
}

func TestHalfOpenConnection(t *testing.T) {
	for name, busy := range map[string]bool{"while sending": true, "while idle": false} {
		t.Run(name, func(t *testing.T) {
			b := newBroker(t, false)
			p := newProxy(t, b.addr)
			box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
			c := quick(p.l.Addr().String())
			c.KeepAlive, c.PingTimeout = time.Second, 200*time.Millisecond
			if busy {
				c.PubackTimeout = 200 * time.Millisecond
			}
			start(t, c, box, booth)
			box.Fill(uplink.Alarm, 1)
			drained(t, box, uplink.Alarm)
			p.freeze()
			if busy {
				box.Fill(uplink.Rest, 3000)
				box.Fill(uplink.Alarm, 20)
				drained(t, box, uplink.Alarm, uplink.Rest)
				return
			}
			eventually(t, "a second connection", func() bool {
				b.mu.Lock()
				defer b.mu.Unlock()
				return b.count >= 2
			})
			box.Fill(uplink.Alarm, 20)
			drained(t, box, uplink.Alarm)
		})
	}
}

// TestNameResolutionThatNeverAnswers: attempts end by themselves, Run ends when asked, and
// the first answer is used.
func TestNameResolutionThatNeverAnswers(t *testing.T) {
	hole, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = hole.Close() }()
	b := newBroker(t, false)
	var mu sync.Mutex
	answers := false
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		mu.Lock()
		ok := answers
		mu.Unlock()
		if ok {
			address = b.addr
		}
		d := net.Dialer{Resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "udp", hole.LocalAddr().String())
		}}}
		return d.DialContext(ctx, network, address)
	}
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	c := quick("broker.hongshan.example")
	c.ConnectTimeout = 50 * time.Millisecond
	l := start(t, c, box, booth, mqttlink.WithDialer(dial))
	alarms := box.Fill(uplink.Alarm, 5)
	eventually(t, "three attempts", func() bool { return l.Progress() >= 3 })
	if st := l.Status(); st.Connected || st.Err == "" || st.Backlog["alarm"] != int64(len(alarms)) {
		t.Fatalf("status: %+v", st)
	}
	mu.Lock()
	answers = true
	mu.Unlock()
	drained(t, box, uplink.Alarm)
}

// TestLossyPlatform: the broker acknowledges everything and loses two of five on the way to
// the platform. Go-back and the reference receiver bring every event in, in order.
func TestLossyPlatform(t *testing.T) {
	b := newBroker(t, true)
	r := receiver.New(receiver.Config{Hold: time.Hour})
	copies := 0
	var stored []string
	b.take = func(payload []byte) []string {
		copies++
		if copies%5 < 2 {
			return nil
		}
		out, err := r.Take(time.Now(), payload)
		if err != nil {
			t.Errorf("receiver: %v", err)
		}
		for _, a := range out.Accepted {
			if a.Gap || a.Late || a.Conflict {
				t.Errorf("flagged: %+v", a)
			}
			if a.Event.Lane == message.LaneAlarm {
				stored = append(stored, a.Event.ID)
			}
		}
		return out.Acks
	}
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	c := quick(b.addr)
	c.Confirm, c.AckTimeout = mqttlink.ConfirmPlatform, 20*time.Millisecond
	l := start(t, c, box, booth)
	var want []string
	for range 10 {
		for _, e := range box.Fill(uplink.Alarm, 50) {
			want = append(want, e.ID)
		}
		box.Fill(uplink.Rest, 50)
	}
	drained(t, box, uplink.Alarm, uplink.Rest)
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(stored, want) {
		t.Fatalf("stored %d, want %d, or another order", len(stored), len(want))
	}
	if len(r.Waiting()) != 0 {
		t.Fatal("something is still held")
	}
	if st := l.Status(); st.Resent == 0 || st.Stored != 1000 {
		t.Fatalf("status: %+v", st)
	}
}

// TestPlatformThatNeverAnswers: new fires go out at once all the same, and what is sent again
// comes in rounds of bounded size.
func TestPlatformThatNeverAnswers(t *testing.T) {
	b := newBroker(t, true)
	b.Hold(true)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	c := quick(b.addr)
	c.Confirm, c.AckTimeout = mqttlink.ConfirmPlatform, 30*time.Millisecond
	l := start(t, c, box, booth)
	first := map[string]bool{}
	for range 30 {
		for _, e := range box.Fill(uplink.Alarm, 100) {
			for !first[e.ID] {
				select {
				case a := <-b.arrivals:
					var got message.Event
					if err := json.Unmarshal(a.Payload, &got); err != nil {
						t.Fatal(err)
					}
					first[got.ID] = true
				case <-testCtx(t).Done():
					t.Fatalf("%s never came", e.ID)
				}
			}
		}
	}
	eventually(t, "copies", func() bool { return l.Status().Resent > 0 })
	if box.Backlog(uplink.Alarm) != 3000 {
		t.Fatal("something was confirmed")
	}
	b.Hold(false)
	drained(t, box, uplink.Alarm)
}

// TestHugePacketFromTheBroker: it ends the connection, not the process.
func TestHugePacketFromTheBroker(t *testing.T) {
	b := newBroker(t, false)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	start(t, quick(b.addr), box, booth)
	box.Fill(uplink.Alarm, 1)
	drained(t, box, uplink.Alarm)
	b.set(func() {
		for c := range b.conns {
			_, _ = c.Write([]byte{0x30, 0xff, 0xff, 0xff, 0x7f})
		}
	})
	eventually(t, "a second connection", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.count >= 2
	})
	box.Fill(uplink.Alarm, 1)
	drained(t, box, uplink.Alarm)
}

// TestNothingIsLeftBehind: neither lost connections nor refused ones leave goroutines.
func TestNothingIsLeftBehind(t *testing.T) {
	running := func() int {
		buf := make([]byte, 4<<20)
		n := 0
		for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "paho.mqtt.golang.") || strings.Contains(g, "mqttlink.(") {
				n++
			}
		}
		return n
	}
	b := newBroker(t, false)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	c := quick(b.addr)
	// No time-out may come to the rescue of a client that does not notice its end.
	c.KeepAlive, c.PubackTimeout, c.ConnectTimeout = time.Hour, time.Hour, time.Hour
	l, err := mqttlink.New(c, box, booth, nil,
		mqttlink.WithBackoff(time.Millisecond, 5*time.Millisecond), mqttlink.WithAdoptWait(time.Millisecond, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, l)
	for i := range 20 {
		box.Fill(uplink.Rest, 200)
		box.Fill(uplink.Alarm, 1)
		drained(t, box, uplink.Alarm)
		if i%5 == 0 {
			b.Down()
			eventually(t, "an attempt on a closed port", func() bool { return !l.Status().Connected })
			b.Up()
		} else {
			b.Cut()
		}
	}
	drained(t, box, uplink.Rest)
	stop()
	eventually(t, "every goroutine of the link and its clients has ended", func() bool { return running() == 0 })
}

// TestRateLimitSparesAlarms: with one message per second allowed, fires don't wait.
func TestRateLimitSparesAlarms(t *testing.T) {
	b := newBroker(t, false)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	c := quick(b.addr)
	c.DrainPerSecond = 1
	box.Fill(uplink.Rest, 5000)
	start(t, c, box, booth)
	box.Fill(uplink.Alarm, 200)
	drained(t, box, uplink.Alarm)
	if box.Backlog(uplink.Rest) < 4900 {
		t.Fatal("the limit does not hold")
	}
}

// TestJitterHoldsTheBacklogOnly: the delayed start of a drain is not a delay of alarms.
func TestJitterHoldsTheBacklogOnly(t *testing.T) {
	b := newBroker(t, false)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	c := quick(b.addr)
	c.DrainJitter = 100000 * time.Hour
	box.Fill(uplink.Rest, 10)
	box.Telemetry()
	start(t, c, box, booth)
	box.Fill(uplink.Alarm, 200)
	drained(t, box, uplink.Alarm)
	if box.Backlog(uplink.Rest) != 10 || box.Backlog(uplink.Telemetry) != 1 {
		t.Fatal("the backlog did not wait")
	}
}
