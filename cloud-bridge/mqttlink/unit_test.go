package mqttlink

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"
	"pgregory.net/rapid"

	"firepost/cloud-bridge/uplink"
)

func TestParseBroker(t *testing.T) {
	for in, want := range map[string]endpoint{
		"tcp://mq.example:1884":   {address: "mq.example:1884", host: "mq.example"},
		"mq.example":              {address: "mq.example:1883", host: "mq.example"},
		"mq.example:1884":         {address: "mq.example:1884", host: "mq.example"},
		"tls://mq.example":        {address: "mq.example:8883", host: "mq.example", tls: true},
		"ssl://10.1.2.3:18883/":   {address: "10.1.2.3:18883", host: "10.1.2.3", tls: true},
		"mqtts://[2001:db8::1]:1": {address: "[2001:db8::1]:1", host: "2001:db8::1", tls: true},
	} {
		got, err := parseBroker(in)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", in, got, err, want)
		}
	}
}

func TestConfigMistakes(t *testing.T) {
	good := Defaults()
	good.Broker, good.District, good.Station = "tls://mq.example", "hongshan", "hs-03"
	if _, err := New(good, emptyBox{}, nil, nil); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Config){
		"no host":                     func(c *Config) { c.Broker = "tcp://:1883" },
		"scheme \"ws\"":               func(c *Config) { c.Broker = "ws://mq.example" },
		"user and password have":      func(c *Config) { c.Broker = "tcp://u:p@mq.example" },
		"only scheme, host":           func(c *Config) { c.Broker = "tcp://mq.example/path" },
		"write tcp://":                func(c *Config) { c.Broker = "tcp://mq example:x" },
		"district \"\"":               func(c *Config) { c.District = "" },
		"station \"a/b\"":             func(c *Config) { c.Station = "a/b" },
		"station \"+\"":               func(c *Config) { c.Station = "+" },
		"confirm \"maybe\"":           func(c *Config) { c.Confirm = "maybe" },
		"window 0":                    func(c *Config) { c.Window = 0 },
		"window 10001":                func(c *Config) { c.Window = 10001 },
		"drain per second -1":         func(c *Config) { c.DrainPerSecond = -1 },
		"keep alive 1.5s":             func(c *Config) { c.KeepAlive = 1500 * time.Millisecond },
		"keep alive 0s":               func(c *Config) { c.KeepAlive = 0 },
		"ping timeout 0s":             func(c *Config) { c.PingTimeout = 0 },
		"connect timeout 0s":          func(c *Config) { c.ConnectTimeout = 0 },
		"puback timeout 0s":           func(c *Config) { c.PubackTimeout = 0 },
		"ack timeout 0s":              func(c *Config) { c.AckTimeout = 0 },
		"health every 0s":             func(c *Config) { c.HealthEvery = 0 },
		"needs both":                  func(c *Config) { c.CertFile = "c.pem" },
		"is not tls://":               func(c *Config) { c.Broker, c.CAFile = "tcp://mq.example", "ca.pem" },
		"is not tls://\x00servername": func(c *Config) { c.Broker, c.ServerName = "mq.example", "other" },
	} {
		c := good
		spoil(&c)
		want, _, _ = strings.Cut(want, "\x00")
		if _, err := New(c, emptyBox{}, nil, nil); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
		if _, err := New(c, emptyBox{}, nil, nil); err != nil && strings.Contains(err.Error(), ":p@") {
			t.Errorf("a password shows: %v", err)
		}
	}
}

type emptyBox struct{ uplink.Outbox }

func (emptyBox) Backlog(uplink.Lane) int64 { return 0 }

func TestMarkResend(t *testing.T) {
	for in, want := range map[string]string{
		`{}`:                  `{"resend":true}`,
		`{"a":1}`:             `{"a":1,"resend":true}`,
		"{\"a\":{}}\n":        `{"a":{},"resend":true}`,
		`{ }`:                 `{ "resend":true}`,
		`{"state":["fire"] }`: `{"state":["fire"] ,"resend":true}`,
		`not json`:            `not json`,
		``:                    ``,
	} {
		if got := string(markResend([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	in := []byte(`{"a":1}`)
	markResend(in[:7:7])
	if string(in) != `{"a":1}` {
		t.Fatal("the original was changed")
	}
}

func TestBackoff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := backoff{base: time.Second, limit: 30 * time.Second, random: func() float64 { return rapid.Float64Range(0, 0.999999).Draw(t, "r") }}
		last := time.Duration(0)
		for range 50 {
			d := b.after(0)
			if d < time.Second || d > 30*time.Second || d > max(time.Second, 3*last) {
				t.Fatalf("pause %s after %s", d, last)
			}
			last = d
		}
		if d := b.after(stable - 1); d < time.Second {
			t.Fatalf("an unstable connection resets: %s", d)
		}
		if d := b.after(stable); d > time.Second {
			t.Fatalf("a stable connection does not reset: %s", d)
		}
		if d := b.after(0); d > 1*time.Second {
			t.Fatalf("first failure after a stable one: %s", d)
		}
	})
	high := backoff{base: time.Second, limit: 30 * time.Second, random: func() float64 { return 0.999 }}
	for range 10 {
		high.after(0)
	}
	if high.last < 29*time.Second {
		t.Fatalf("it never grows: %s", high.last)
	}
}

func TestGoBack(t *testing.T) {
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	g := goBack{timeout: 10 * time.Second, largest: 1000}
	step := func(d time.Duration, cursor, sent uplink.Position) bool {
		now = now.Add(d)
		return g.observe(now, cursor, sent)
	}
	if step(0, 0, 0) || step(time.Hour, 0, 0) || !g.due().IsZero() {
		t.Fatal("nothing was sent, nothing to repeat")
	}
	if step(0, 0, 500) || step(9*time.Second, 0, 500) {
		t.Fatal("too early")
	}
	if !step(time.Second, 0, 500) || !g.wants() || g.next != 0 || g.end != 500 || g.left != firstBurst {
		t.Fatalf("a round must begin: %+v", g)
	}
	// Fruitless rounds wait 20, 40, 60, 60 s.
	for _, wait := range []time.Duration{20 * time.Second, 40 * time.Second, time.Minute, time.Minute} {
		g.left = 0
		if g.wants() || step(wait-1, 0, 500) {
			t.Fatalf("round before %s", wait)
		}
		if !step(1, 0, 500) || g.left != firstBurst {
			t.Fatalf("no round after %s", wait)
		}
	}
	// A sign of life: the round goes on at once with twice as many, from the new cursor.
	g.left = 0
	if step(time.Second, 64, 500) || g.left != 2*firstBurst || g.next != 64 {
		t.Fatalf("progress: %+v", g)
	}
	if step(9*time.Second, 64, 500) || !step(time.Second, 64, 500) {
		t.Fatal("after progress the first patience holds again")
	}
	// Everything confirmed.
	if step(0, 500, 500) || g.wants() || !g.due().IsZero() {
		t.Fatalf("done: %+v", g)
	}
	// The wait of a new event begins with its sending, not with the last progress.
	if step(time.Hour, 500, 501) || step(9*time.Second, 500, 501) || !step(time.Second, 500, 501) {
		t.Fatal("patience of a fresh event")
	}
}

func TestPace(t *testing.T) {
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	p := newPace(1000)
	for range 2000 {
		p.acked(now, time.Millisecond)
	}
	if p.open() != 1000 {
		t.Fatalf("prompt answers open to %d", p.open())
	}
	// All late answers of one round trip are one cut.
	now = now.Add(time.Minute)
	for range 100 {
		p.acked(now, time.Second)
	}
	if p.open() != 500 {
		t.Fatalf("one late round trip cuts to %d", p.open())
	}
	for range 20 {
		now = now.Add(2 * time.Second)
		p.acked(now, time.Second)
	}
	if p.open() != paceLeast {
		t.Fatalf("a slow line ends at %d", p.open())
	}
	if q := newPace(5); q.open() != 5 {
		t.Fatalf("a window of 5 opens %d", q.open())
	}
}

func TestTokenAt(t *testing.T) {
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	s := &session{drain: rate.NewLimiter(2000, 40)}
	sent, end := 0, now.Add(10*time.Second)
	for looks := 0; now.Before(end); looks++ {
		if looks > 100000 {
			t.Fatal("it does not get on")
		}
		at := s.tokenAt(now)
		if at.After(now) {
			now = at
			continue
		}
		s.drain.AllowN(now, 1)
		sent++
	}
	if sent < 19900 || sent > 20100 {
		t.Fatalf("%d in 10 s at 2000/s", sent)
	}
	if s.drain = nil; !s.tokenAt(now).Equal(now) {
		t.Fatal("no limit is no limit")
	}
}

func TestFrameGuard(t *testing.T) {
	puback := []byte{0x40, 0x02, 0x00, 0x01}
	big := append([]byte{0x30, 0xff, 0xff, 0x3f}, make([]byte, 1<<20-1)...)
	for name, c := range map[string]struct {
		stream []byte
		bad    bool
	}{
		"small packets":         {bytes.Repeat(puback, 1000), false},
		"no body":               {[]byte{0xd0, 0x00, 0xd0, 0x00}, false},
		"largest":               {append(big, puback...), false},
		"too large":             {[]byte{0x30, 0x81, 0x80, 0xc0, 0x00}, true},
		"largest possible":      {[]byte{0x30, 0xff, 0xff, 0xff, 0x7f}, true},
		"five bytes of length":  {[]byte{0x30, 0x80, 0x80, 0x80, 0x80, 0x01}, true},
		"too large after small": {append(bytes.Repeat(puback, 3), 0x30, 0xff, 0xff, 0xff, 0x7f), true},
	} {
		for _, chunk := range []int{1, 3, 1 << 30} {
			var g frameGuard
			var err error
			for rest := c.stream; len(rest) > 0 && err == nil; {
				n := min(chunk, len(rest))
				err = g.pass(rest[:n])
				rest = rest[n:]
			}
			if errors.Is(err, errInboundTooLarge) != c.bad {
				t.Errorf("%s in chunks of %d: %v", name, chunk, err)
			}
		}
	}
}

func TestWireWaitsForRoomAndFlushesOnClose(t *testing.T) {
	ours, theirs := net.Pipe() // a pipe holds nothing: everything unsent stays in the buffer
	w := newWire(ours)
	if _, err := w.Write(make([]byte, 3*softBuffer)); err != nil {
		t.Fatal(err)
	}
	// The flusher holds those; the next ones stay in the buffer.
	for w.size() > 0 {
		<-w.room
	}
	if _, err := w.Write(make([]byte, softBuffer)); err != nil {
		t.Fatal(err)
	}
	free := make(chan error, 1)
	go func() { free <- w.waitRoom(t.Context()) }()
	select {
	case err := <-free:
		t.Fatalf("room in a full buffer: %v", err)
	default:
	}
	if _, err := w.Write(make([]byte, hardBuffer)); err == nil {
		t.Fatal("the buffer is not bounded")
	}
	got := make(chan int, 1)
	go func() {
		n, _ := io.Copy(io.Discard, theirs)
		got <- int(n)
	}()
	if err := <-free; err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("last")); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	if n := <-got; n != 4*softBuffer+4 {
		t.Fatalf("%d bytes arrived", n)
	}
	<-w.done
	if err := w.handOver(func() { t.Error("handed over after close") }); err == nil {
		t.Fatal("no error after close")
	}
	if err := w.waitRoom(t.Context()); err == nil {
		t.Fatal("room after close")
	}
}

func TestWireAbortFreesEverybody(t *testing.T) {
	ours, theirs := net.Pipe()
	defer func() { _ = theirs.Close() }()
	w := newWire(ours)
	if _, err := w.Write(make([]byte, softBuffer)); err != nil {
		t.Fatal(err)
	}
	for w.size() > 0 {
		<-w.room
	}
	if _, err := w.Write(make([]byte, softBuffer)); err != nil {
		t.Fatal(err)
	}
	free := make(chan error, 1)
	go func() { free <- w.waitRoom(t.Context()) }()
	w.abort()
	if err := <-free; err == nil {
		t.Fatal("room on a dead wire")
	}
	<-w.done
}

func (w *wire) size() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.buf)
}

func TestResultBook(t *testing.T) {
	var b resultBook
	b.add("a", []byte("1"))
	b.add("", []byte("busy"))
	first, second := b.next(), b.next()
	if string(first.payload) != "1" || string(second.payload) != "busy" || b.next() != nil {
		t.Fatal("order")
	}
	for range 2 {
		if !b.repeat("a") {
			t.Fatal("a known result is forgotten")
		}
	}
	if b.next() != nil {
		t.Fatal("what is on its way is not sent twice at once")
	}
	b.delivered(first)
	if b.next() != first || b.next() != nil {
		t.Fatal("who asked again meanwhile gets another copy, one")
	}
	b.delivered(first)
	if !b.repeat("a") || b.next() != first || b.repeat("b") {
		t.Fatal("a known result is sent again, an unknown one can't be")
	}
	b.again()
	if b.next() != second || b.next() != first {
		t.Fatal("a new connection sends what was not delivered")
	}
	for i := range 3 * resultMemory {
		key, _ := json.Marshal(i)
		b.add(string(key), key)
	}
	if len(b.known) != resultMemory || len(b.order) != resultMemory || len(b.queue) != resultMemory {
		t.Fatalf("not bounded: %d %d %d", len(b.known), len(b.order), len(b.queue))
	}
	if b.repeat("a") {
		t.Fatal("the oldest is not forgotten")
	}
}

func TestPeekID(t *testing.T) {
	for in, want := range map[string]string{
		`{"body":"eyJpZCI6ImMtMSJ9","sigs":[]}`: "c-1",
		`{"body":"!!","sigs":[]}`:               "",
		`[]`:                                    "",
		``:                                      "",
		strings.Repeat(" ", 65<<10):             "",
	} {
		if got := peekID([]byte(in)); got != want {
			t.Errorf("%.40q: %q, want %q", in, got, want)
		}
	}
}

// TestWireNeverSaysClosed: the client library looks at the text of a read error and ignores
// the one of a closed connection, although it was not the one who closed it.
func TestWireNeverSaysClosed(t *testing.T) {
	for name, end := range map[string]func(w *wire, theirs net.Conn){
		"aborted": func(w *wire, _ net.Conn) { w.abort() },
		"a failed write closes it": func(w *wire, theirs net.Conn) {
			_ = theirs.Close()
			_, _ = w.Write([]byte("x"))
			<-w.done
		},
		"closed by the other side": func(_ *wire, theirs net.Conn) { _ = theirs.Close() },
	} {
		ours, theirs := net.Pipe()
		w := newWire(ours)
		end(w, theirs)
		_, err := w.Read(make([]byte, 1))
		if err == nil || strings.Contains(err.Error(), net.ErrClosed.Error()) {
			t.Errorf("%s: read says %v", name, err)
		}
		w.abort()
		<-w.done
		_ = theirs.Close()
	}
}
