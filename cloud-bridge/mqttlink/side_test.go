package mqttlink_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"firepost/cloud-bridge/mqttlink"
	"firepost/cloud-bridge/uplink"
	"firepost/cloud-bridge/uplink/uplinktest"
	"firepost/firmware-contracts/message"
)

// wait takes what is no event until ok says that it is the one.
func (b *broker) wait(t testing.TB, what string, ok func(p published) bool) published {
	t.Helper()
	for {
		select {
		case p := <-b.side:
			if ok(p) {
				return p
			}
		case <-testCtx(t).Done():
			t.Fatalf("never published: %s", what)
		}
	}
}

func (b *broker) topic(t testing.TB, topic string) published {
	t.Helper()
	return b.wait(t, topic, func(p published) bool { return p.topic == root+topic })
}

func decode[T any](t testing.TB, payload []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(payload, &v); err != nil {
		t.Fatalf("%s: %v", payload, err)
	}
	return v
}

func TestBirthWillAndGoodbye(t *testing.T) {
	b := newBroker(t, false)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	l, err := mqttlink.New(quick(b.addr), box, booth, nil,
		mqttlink.WithBackoff(time.Millisecond, 5*time.Millisecond), mqttlink.WithAdoptWait(time.Millisecond, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, l)
	for conn := 1; conn <= 3; conn++ {
		p := b.topic(t, "online")
		if o := decode[message.Online](t, p.payload); !p.retained || p.qos != 1 || !o.Online || o.Epoch != 1 || o.Station != "hs-03" || p.conn != conn {
			t.Fatalf("birth of connection %d: %+v %s", conn, p, p.payload)
		}
		b.Cut()
	}
	b.topic(t, "online")
	booth.SetEpoch(2)
	if o := decode[message.Online](t, b.topic(t, "online").payload); !o.Online || o.Epoch != 2 {
		t.Fatalf("a new epoch is not published: %+v", o)
	}
	stop()
	if o := decode[message.Online](t, b.topic(t, "online").payload); o.Online || o.Epoch != 2 {
		t.Fatalf("goodbye: %+v", o)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.connects {
		o := decode[message.Online](t, c.WillMessage)
		if !c.WillFlag || !c.WillRetain || c.WillQos != 1 || c.WillTopic != root+"online" || o.Online || o.Epoch != 1 || !c.CleanSession {
			t.Fatalf("connect: %s %s", c.String(), c.WillMessage)
		}
	}
}

func TestStates(t *testing.T) {
	b := newBroker(t, false)
	var devices []string
	for i := range 50 {
		devices = append(devices, fmt.Sprintf("sd-%03d", i))
	}
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", devices...)
	start(t, quick(b.addr), box, booth)
	for range 2 { // all of them after each connect
		missing := map[string]bool{}
		for _, d := range devices {
			missing[root+"state/"+d] = true
		}
		for len(missing) > 0 {
			p := b.wait(t, "a state", func(p published) bool { return strings.HasPrefix(p.topic, root+"state/") })
			if !p.retained || p.qos != 1 {
				t.Fatalf("%+v", p)
			}
			delete(missing, p.topic)
		}
		b.Cut()
	}
	for seq := uint64(1); seq <= 20; seq++ {
		booth.Set("sd-007", message.Fire|message.Latched, seq)
	}
	b.wait(t, "the newest state", func(p published) bool {
		if p.topic != root+"state/sd-007" {
			return false
		}
		st := decode[message.DeviceState](t, p.payload)
		return st.Seq == 20 && st.State.Has(message.Fire)
	})
}

func TestHealth(t *testing.T) {
	b := newBroker(t, false)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	start(t, quick(b.addr), box, booth)
	p := b.topic(t, "health")
	if h := decode[message.Health](t, p.payload); !p.retained || h.Nonce != uplinktest.Nonce {
		t.Fatalf("%+v", h)
	}
	booth.SetHealth(func(h *message.Health) {
		h.Severity = message.SeverityFault
		h.Items = []message.HealthItem{{Code: "journal.disk_full", Severity: message.SeverityFault, Text: "no space"}}
	})
	if h := decode[message.Health](t, b.topic(t, "health").payload); len(h.Items) != 1 {
		t.Fatalf("%+v", h)
	}
}

func TestAdopt(t *testing.T) {
	b := newBroker(t, false)
	fire := []byte(`{"station":"hs-03","device":"sd-001","at":"2026-11-22T10:00:00.000Z","epoch":7,"seq":41,"state":["fire","latched"],"unreachable":false,"points":[{"point":"smoke","state":["fire","latched"],"quality":"good","snapshot":"AQI="}]}`)
	b.retained = []published{
		{topic: root + "online", retained: true, payload: []byte(`{"station":"hs-03","online":false,"epoch":7,"at":"2026-11-22T10:00:00.000Z"}`)},
		{topic: root + "state/sd-001", retained: true, payload: fire},
		{topic: root + "state/sd-002", retained: false, payload: fire}, // somebody's live message
		{topic: root + "state/sd-003", retained: true, payload: []byte(`{"station":"hs-04","device":"sd-003"}`)},
		{topic: root + "state/sd-004", retained: true, payload: []byte(`garbage`)},
		{topic: root + "state/sd-005", retained: true, payload: nil},
		{topic: root + "state/sd-006", retained: true, payload: fire}, // names another device
	}
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	box.Fill(uplink.Alarm, 1)
	start(t, quick(b.addr), box, booth)
	got := <-booth.Adoptions
	if got.Online.Epoch != 7 || got.Online.Online || len(got.States) != 1 {
		t.Fatalf("adopted: %+v", got)
	}
	if st := got.States[0]; st.Device != "sd-001" || st.Seq != 41 || !st.State.Has(message.Latched) || string(st.Points[0].Snapshot) != "\x01\x02" {
		t.Fatalf("adopted: %+v", st)
	}
	drained(t, box, uplink.Alarm)
	b.Cut()
	box.Fill(uplink.Alarm, 1)
	drained(t, box, uplink.Alarm)
	select {
	case again := <-booth.Adoptions:
		t.Fatalf("adopted again within the run: %+v", again)
	default:
	}
}

func TestAdoptNothing(t *testing.T) {
	b := newBroker(t, false)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	start(t, quick(b.addr), box, booth)
	if got := <-booth.Adoptions; got.Online.Epoch != 0 || got.States != nil {
		t.Fatalf("%+v", got)
	}
}

// TestBrokerThatRefusesSubscriptions: alarms go out all the same, and ops can see why no
// command arrives.
func TestBrokerThatRefusesSubscriptions(t *testing.T) {
	b := newBroker(t, false)
	b.refuseSub = true
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	l := start(t, quick(b.addr), box, booth)
	box.Fill(uplink.Alarm, 20)
	drained(t, box, uplink.Alarm)
	eventually(t, "the refusal shows", func() bool {
		st := l.Status()
		return st.Connected && strings.Contains(st.Err, "refused")
	})
}

// desk signs commands.
type desk struct {
	signer message.Signer
	ring   message.Keyring
}

func newDesk() desk {
	key := ed25519.NewKeyFromSeed([]byte("0123456789abcdef0123456789abcdef"))
	return desk{
		signer: message.Signer{KID: "desk-1", Key: key},
		ring:   message.Keyring{"desk-1": {Public: key.Public().(ed25519.PublicKey), Issuer: "desk", Roles: []string{"operator"}}},
	}
}

func command(id string, counter uint64) message.Command {
	return message.Command{
		ID: id, Station: "hs-03", Issuer: "desk", Role: "operator",
		Expires: message.Time{Time: time.Now().Add(time.Hour)}, Counter: counter,
		Action: message.ActionAcknowledge, Device: "sd-001", Event: "hs-03-1-1", Author: "王芳",
	}
}

func seal(t testing.TB, c message.Command, signers ...message.Signer) []byte {
	t.Helper()
	env, err := message.Seal(c, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func TestCommands(t *testing.T) {
	d := newDesk()
	other := message.Signer{KID: "desk-1", Key: ed25519.NewKeyFromSeed([]byte("fedcba9876543210fedcba9876543210"))}
	stranger := message.Signer{KID: "who", Key: other.Key}
	good := seal(t, command("c-1", 5), d.signer)
	expired := command("c-3", 7)
	expired.Expires = message.Time{Time: time.Now().Add(-time.Minute)}
	elsewhere := command("c-4", 8)
	elsewhere.Station = "hs-04"
	steps := []struct {
		name     string
		envelope []byte
		id, code string
		executed int
	}{
		{"signed", good, "c-1", "ok", 1},
		{"the same bytes again", good, "c-1", "ok", 1},
		{"the same id signed anew", seal(t, command("c-1", 6), d.signer), "c-1", "ok", 1},
		{"an old counter", seal(t, command("c-2", 5), d.signer), "c-2", "replayed", 1},
		{"expired", seal(t, expired, d.signer), "c-3", "expired", 1},
		{"another station's", seal(t, elsewhere, d.signer), "c-4", "wrong_station", 1},
		{"unsigned", seal(t, command("c-5", 9)), "c-5", "unsigned", 1},
		{"wrong key", seal(t, command("c-6", 9), other), "c-6", "bad_signature", 1},
		{"unknown key", seal(t, command("c-7", 9), stranger), "c-7", "unknown_key", 1},
		{"the real one after a forged one of the same id", seal(t, command("c-6", 9), d.signer), "c-6", "ok", 2},
	}
	b := newBroker(t, false)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	c := quick(b.addr)
	c.Keys = d.ring
	start(t, c, box, booth)
	b.topic(t, "health")
	results := map[string][]byte{}
	for _, s := range steps {
		b.tell(root+"cmd", false, []byte("{garbage"))
		b.tell(root+"cmd", false, s.envelope)
		p := b.topic(t, "result")
		r := decode[message.Result](t, p.payload)
		if r.ID != s.id || r.Code != s.code || r.OK != (s.code == "ok") || r.Station != "hs-03" || p.retained || p.qos != 1 {
			t.Fatalf("%s: %s", s.name, p.payload)
		}
		if s.code != "ok" && (r.Text == "" || r.TextZH == "") {
			t.Fatalf("%s: no words for people: %s", s.name, p.payload)
		}
		if n := len(booth.Commands()); n != s.executed {
			t.Fatalf("%s: %d commands carried out, want %d", s.name, n, s.executed)
		}
		if first, ok := results[r.ID+r.Code]; ok && string(first) != string(p.payload) {
			t.Fatalf("%s: another answer to the same command:\n%s\n%s", s.name, first, p.payload)
		}
		results[r.ID+r.Code] = p.payload
	}
}

// TestUntrustedClock: commands must quote this boot's nonce.
func TestUntrustedClock(t *testing.T) {
	d := newDesk()
	b := newBroker(t, false)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	booth.SetHealth(func(h *message.Health) { h.ClockTrusted = false })
	c := quick(b.addr)
	c.Keys = d.ring
	start(t, c, box, booth)
	b.topic(t, "health")
	quoted := command("c-2", 2)
	quoted.Nonce = uplinktest.Nonce
	quoted.Expires = message.Time{Time: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)} // 1970 here, who knows there
	for _, s := range []struct {
		cmd  message.Command
		code string
	}{{command("c-1", 1), "nonce"}, {quoted, "ok"}} {
		b.tell(root+"cmd", false, seal(t, s.cmd, d.signer))
		if r := decode[message.Result](t, b.topic(t, "result").payload); r.Code != s.code {
			t.Fatalf("%s: %+v", s.cmd.ID, r)
		}
	}
}

func TestInsecureAndAdmit(t *testing.T) {
	b := newBroker(t, false)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	c := quick(b.addr)
	c.Insecure = true
	c.Admit = func(cmd message.Command) error {
		if cmd.Counter < 10 {
			return fmt.Errorf("store: %w", message.ErrReplayed)
		}
		return nil
	}
	start(t, c, box, booth)
	b.topic(t, "health")
	for _, s := range []struct {
		counter uint64
		code    string
	}{{3, "replayed"}, {10, "ok"}} {
		b.tell(root+"cmd", false, seal(t, command(fmt.Sprintf("c-%d", s.counter), s.counter)))
		if r := decode[message.Result](t, b.topic(t, "result").payload); r.Code != s.code {
			t.Fatalf("%+v", r)
		}
	}
}

// TestCommandFlood: a stuck command holds up the others, never the link; what does not fit
// is answered busy, and is welcome later.
func TestCommandFlood(t *testing.T) {
	d := newDesk()
	b := newBroker(t, false)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	release := make(chan struct{})
	booth.Act(func(ctx context.Context, _ message.Command) message.Result {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return message.Result{OK: true, Code: "ok"}
	})
	c := quick(b.addr)
	c.Keys = d.ring
	start(t, c, box, booth)
	b.topic(t, "health")
	for i := range 60 {
		b.tell(root+"cmd", false, seal(t, command(fmt.Sprintf("c-%d", i), uint64(i+1)), d.signer))
	}
	r := decode[message.Result](t, b.topic(t, "result").payload)
	if r.Code != "busy" {
		t.Fatalf("%+v", r)
	}
	box.Fill(uplink.Alarm, 50)
	drained(t, box, uplink.Alarm)
	close(release)
	for !r.OK {
		r = decode[message.Result](t, b.topic(t, "result").payload)
	}
}

// TestResultSurvivesALostConnection: the answer goes out on the next one.
func TestResultSurvivesALostConnection(t *testing.T) {
	d := newDesk()
	b := newBroker(t, false)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	booth.Act(func(context.Context, message.Command) message.Result {
		b.Cut()
		return message.Result{OK: true, Code: "ok"}
	})
	c := quick(b.addr)
	c.Keys = d.ring
	start(t, c, box, booth)
	b.topic(t, "health")
	b.tell(root+"cmd", false, seal(t, command("c-1", 1), d.signer))
	if r := decode[message.Result](t, b.topic(t, "result").payload); r.ID != "c-1" || !r.OK {
		t.Fatalf("%+v", r)
	}
}

// TestPanicEndsTheUplinkOnly: Run returns an error and may be run again.
func TestPanicEndsTheUplinkOnly(t *testing.T) {
	d := newDesk()
	b := newBroker(t, false)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	booth.Act(func(context.Context, message.Command) message.Result { panic("a bug") })
	c := quick(b.addr)
	c.Keys = d.ring
	l, err := mqttlink.New(c, box, booth, nil, mqttlink.WithAdoptWait(time.Millisecond, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- l.Run(testCtx(t)) }()
	b.topic(t, "health")
	b.tell(root+"cmd", false, seal(t, command("c-1", 1), d.signer))
	if err := <-done; err == nil || !strings.Contains(err.Error(), "a bug") {
		t.Fatalf("run: %v", err)
	}
	run(t, l)
	box.Fill(uplink.Alarm, 1)
	drained(t, box, uplink.Alarm)
}

func TestRunTwice(t *testing.T) {
	b := newBroker(t, false)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	l := start(t, quick(b.addr), box, booth)
	b.topic(t, "health")
	if err := l.Run(t.Context()); err == nil {
		t.Fatal("a second run was not refused")
	}
}

func TestTelemetryYieldsAndIsConfirmedByPuback(t *testing.T) {
	b := newBroker(t, true)
	box, booth := uplinktest.NewOutbox("hs-03"), uplinktest.NewBooth("hs-03", "sd-001")
	c := quick(b.addr)
	c.Confirm = mqttlink.ConfirmPlatform
	for range 10 {
		box.Telemetry()
	}
	start(t, c, box, booth)
	p := b.topic(t, "telemetry")
	if tl := decode[message.Telemetry](t, p.payload); p.retained || p.qos != 1 || len(tl.Readings) != 1 || strings.Contains(string(p.payload), "resend") {
		t.Fatalf("%s", p.payload)
	}
	drained(t, box, uplink.Telemetry)
}
