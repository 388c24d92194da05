package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/platform"
)

// protects is what a booth owes its street whatever its uplink does: it polls, a fire makes
// the siren sound, a reset by nobody keeps it so, and memory stays bounded.
func (s *site) protects(rounds int) {
	s.t.Helper()
	names := s.setup.detectors()
	s.polled(names...)
	s.smoke(true, names[0])
	s.output(siren, true)
	s.storm(rounds, names...)
	s.output(siren, true)
	s.polled(names...)
	s.bounded()
}

// arrives waits until the platform has a device's fire, then judges everything.
func (s *site) arrives() verdict {
	s.t.Helper()
	s.event(0, message.ClassFire, message.KindRaised, s.setup.detectors()[0], "")
	v := s.clean()
	s.latched()
	s.bounded()
	s.t.Log(v)
	return v
}

// TestBrokerDownAtStart starts a booth whose broker is not there yet.
func TestBrokerDownAtStart(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	m.Kill()
	s := newSite(t, setup{broker: m.Addr}, "")
	s.open()
	s.protects(3)
	s.look("the booth says that its uplink is down", func() error { return s.item("uplink.down.district") })
	m.Start()
	s.arrives()
	s.look("the booth says that its uplink is up", func() error { return s.noItem("uplink.down.district") })
}

// TestBrokerKilledDuringBurst takes the broker away while events pour in.
func TestBrokerKilledDuringBurst(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	s := newSite(t, setup{broker: m.Addr}, "")
	s.open()
	names := s.setup.detectors()
	s.smoke(true, names...)
	s.wait("the burst has begun to arrive", func(v *platform.View) bool { return len(v.Stored()) > 3 })
	m.Kill()
	s.protects(3)
	m.Start()
	s.arrives()
}

// TestHalfOpenConnection stops all traffic without an end: nothing is refused, nothing answers.
func TestHalfOpenConnection(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	g := newGate(t, m.Addr, flows)
	s := newSite(t, setup{broker: g.addr}, "tcp://"+m.Addr)
	s.open()
	s.wait("the booth is online", func(v *platform.View) bool { return v.Online().Online })
	g.set(frozen)
	s.protects(3)
	s.look("the booth notices that nobody answers", func() error { return s.item("uplink.down.district") })
	s.protects(1)
	g.set(flows)
	s.arrives()
}

// TestBrokerNeverAnswers leads the booth to a broker that takes its connection and says nothing.
func TestBrokerNeverAnswers(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	g := newGate(t, m.Addr, frozen)
	s := newSite(t, setup{broker: g.addr}, "tcp://"+m.Addr)
	s.open()
	s.protects(4)
	g.set(flows)
	s.arrives()
}

// TestBrokerNeverAcknowledges lets the broker take everything and acknowledge nothing.
func TestBrokerNeverAcknowledges(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	g := newGate(t, m.Addr, mute)
	s := newSite(t, setup{broker: g.addr, silent: true}, "tcp://"+m.Addr)
	s.open()
	s.wait("events arrive although nothing is acknowledged", func(v *platform.View) bool { return len(v.Stored()) > 0 })
	s.protects(4)
	// The booth gives up on the connection, makes another and sends again.
	s.wait("everything comes again", func(v *platform.View) bool { _, repeats, _, _ := v.Counts(); return repeats > 0 })
	s.protects(1)
	s.platform.SetAck(true)
	g.set(flows)
	s.arrives()
}

// TestPlatformNeverAcknowledges has a healthy broker before a platform that stores and is silent.
func TestPlatformNeverAcknowledges(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	s := newSite(t, setup{broker: m.Addr, silent: true}, "")
	s.open()
	s.protects(3)
	s.wait("everything comes again", func(v *platform.View) bool { _, repeats, _, _ := v.Counts(); return repeats > 20 })
	s.platform.SetAck(true)
	s.arrives()
	s.look("the backlog is empty", func() error { return s.backlog(0) })
}

// TestNameNeverResolves gives the booth a broker's name under a name server that never answers.
func TestNameNeverResolves(t *testing.T) {
	t.Parallel()
	const name = "broker.firepost.test"
	m := mosquitto(t)
	_, port, err := net.SplitHostPort(m.Addr)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	hosts, resolv := filepath.Join(dir, "hosts"), filepath.Join(dir, "resolv.conf")
	write(t, hosts, "127.0.0.1 localhost\n")
	write(t, resolv, fmt.Sprintf("nameserver %s\noptions timeout:5 attempts:3\n", deafServer(t)))
	r := newRoom(t, false, fmt.Sprintf("mount --bind %s /etc/hosts\nmount --bind %s /etc/resolv.conf", hosts, resolv))
	s := newSite(t, setup{broker: net.JoinHostPort(name, port), room: r}, "tcp://"+m.Addr)
	s.open()
	s.protects(3)
	if err := s.item("uplink.down.district"); err != nil {
		s.fail("%v", err)
	}
	write(t, hosts, "127.0.0.1 localhost "+name+"\n")
	s.arrives()
}

// deafServer is the address of a name server that takes questions and never answers. Who may
// not listen on its port takes an address that nobody has (RFC 5737).
func deafServer(t *testing.T) string {
	t.Helper()
	addr := fmt.Sprintf("127.%d.%d.%d", 1+os.Getpid()%250, 2+time.Now().Nanosecond()%250, 53)
	var lc net.ListenConfig
	c, err := lc.ListenPacket(t.Context(), "udp", addr+":53")
	if err != nil {
		return "192.0.2.53"
	}
	t.Cleanup(func() { _ = c.Close() })
	return addr
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestLinkGoesDown cuts the network under a live connection: packets vanish, no end is seen.
func TestLinkGoesDown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	socket := filepath.Join(dir, "mqtt.sock")
	r := newRoom(t, true, "ip link set lo up")
	m := startInRoom(t, r, dir, socket)
	s := newSite(t, setup{broker: m, room: r}, "unix://"+socket)
	s.start()
	s.wait("the booth is online", func(v *platform.View) bool { return v.Online().Online })
	s.must(r.sh("ip link set lo down"))
	s.protects(3)
	s.wait("the broker gives the booth up", func(v *platform.View) bool { return !v.Online().Online })
	s.protects(1)
	s.must(r.sh("ip link set lo up"))
	s.arrives()
}

// item and noItem look into the booth's own health.
func (s *site) item(code string) error {
	items, err := s.healthItems()
	if err != nil {
		return err
	}
	if _, ok := items[code]; !ok {
		return fmt.Errorf("health has no %s: %v", code, items)
	}
	return nil
}

func (s *site) noItem(code string) error {
	if err := s.item(code); err == nil {
		return fmt.Errorf("health has %s", code)
	}
	_, err := s.healthItems()
	return err
}
