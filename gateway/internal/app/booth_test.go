package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/message/messagetest"
	"firepost/firmware-contracts/message/schema"
)

const uplinks = "uplinks:\n  - {name: district, kind: mqtt, broker: \"tcp://127.0.0.1:1\", insecure: true}\n  - {name: city, kind: mqtt, broker: \"tcp://127.0.0.1:1\"}\n"

// TestUplinkFault: an uplink that is away for 30 s is a fault of the booth, for as long as
// it is away.
func TestUplinkFault(t *testing.T) {
	h := newHouse(t)
	h.extra = uplinks
	h.start(nil)
	g := h.gen()
	at := 100 * time.Hour
	for _, step := range []struct {
		connected bool
		after     time.Duration
		want      string
	}{
		{false, 0, ""},
		{false, 29 * time.Second, ""},
		{false, time.Second, "uplink_down"},
		{false, time.Hour, "uplink_down"},
		{true, time.Second, ""},
		{false, time.Second, ""},
		{false, 29 * time.Second, ""},
		{false, time.Second, "uplink_down"},
	} {
		at += step.after
		if got := g.linkCause("other", step.connected, at); got != step.want {
			t.Errorf("at %v, connected %v: %q, want %q", at, step.connected, got, step.want)
		}
	}
	now := h.app.now()
	g.refresh(now)
	if h.part("uplink-district") != 0 {
		t.Error("a fault at once")
	}
	g.refresh(now.Add(31 * time.Second))
	if !h.part("uplink-district").Has(message.Fault) || !h.part("uplink-city").Has(message.Fault) {
		t.Error("no fault after 31 s")
	}
}

// TestAdopt: a fresh board takes latches over, once from each uplink; the epoch is above
// every one that its station has used.
func TestAdopt(t *testing.T) {
	old := newHouse(t)
	old.start(nil)
	old.smoke("a", true)
	old.eventually("a fire", func() bool { return old.device("a").State.Has(message.Fire) })
	var states []message.DeviceState
	b := booth{old.gen(), "district"}
	for _, name := range b.Devices() {
		s, _ := b.DeviceState(name)
		states = append(states, s)
	}
	online := b.Online()

	h := newHouse(t)
	h.extra = uplinks
	h.start(nil)
	district, city := booth{h.gen(), "district"}, booth{h.gen(), "city"}
	district.Adopt(message.Online{}, nil) // the platform did not answer
	own := h.app.store.Health().Epoch
	online.Epoch = own - 1
	for i := range states {
		states[i].Epoch = 0
	}
	states[0].Epoch = own + 7
	district.Adopt(online, states)
	if !h.device("a").State.Has(message.Latched) {
		t.Error("the latch is lost")
	}
	if e := h.app.store.Health().Epoch; e != own+8 {
		t.Errorf("epoch %d, want %d above a state's", e, own+8)
	}
	h.eventually("the siren", func() bool { return h.relay("output_1") })
	// The fire is out and reset; what the same uplink retains must not bring it back.
	h.eventually("good reads", func() bool {
		return district.Command(context.Background(), h.reset("a")).OK
	})
	states[0].Epoch = 0
	district.Adopt(online, states)
	if h.device("a").State.Has(message.Fire) {
		t.Error("an uplink's old state came back")
	}
	// Its own retained birth is no reason for another epoch; another boot's with it is.
	own = h.app.store.Health().Epoch
	district.Adopt(district.Online(), nil)
	if h.app.store.Health().Epoch != own {
		t.Error("its own birth raised the epoch")
	}
	clone := district.Online()
	clone.Boot = "another-boot"
	district.Adopt(clone, nil)
	if h.app.store.Health().Epoch != own+1 {
		t.Error("a clone's epoch is used twice")
	}
	// The other uplink was never heard; it is still owed after a restart.
	_ = city
	h.stop()
	h.start(nil)
	booth{h.gen(), "district"}.Adopt(online, states)
	if h.device("a").State.Has(message.Fire) {
		t.Error("adopted twice from one uplink")
	}
	booth{h.gen(), "city"}.Adopt(online, states)
	if !h.device("a").State.Has(message.Latched) {
		t.Error("not adopted from the uplink that answers after a restart")
	}
}

// reset is a command by somebody who has seen everything.
func (h *house) reset(device string) message.Command {
	j := h.app.store.Health()
	return message.Command{
		Action: message.ActionReset, Device: device, Point: "smoke", Author: "李值班", Note: "误报", Outcome: "false",
		Event: message.EventID("hs-03", j.Epoch, j.Seq),
	}
}

// TestABoardWithAPastAdoptsNothing: what it knows by itself is newer.
func TestABoardWithAPastAdoptsNothing(t *testing.T) {
	h := newHouse(t)
	h.start(nil)
	h.smoke("a", true)
	h.eventually("a fire", func() bool { return h.device("a").State.Has(message.Fire) })
	b := booth{h.gen(), "district"}
	s, _ := b.DeviceState("a")
	h.app.adoption.Pending = false // as on a board that began long ago
	h.app.adoption.keep()
	h.smoke("a", false)
	h.eventually("reset", func() bool { return b.Command(context.Background(), h.reset("a")).OK })
	h.stop()
	h.start(nil)
	booth{h.gen(), "district"}.Adopt(message.Online{Epoch: 1}, []message.DeviceState{s})
	if h.device("a").State.Has(message.Fire) {
		t.Error("an old fire came back")
	}
}

// TestCountersAreDurable: a command that was taken is refused after a restart, for every
// uplink alike.
func TestCountersAreDurable(t *testing.T) {
	h := newHouse(t)
	h.start(nil)
	cmd := message.Command{ID: "c", Station: "hs-03", Issuer: "district", Counter: 7, Expires: message.Time{Time: time.Now().Add(time.Hour)}}
	if err := h.app.admit(cmd); err != nil {
		t.Fatal(err)
	}
	other := cmd
	other.Issuer = "city"
	if err := h.app.admit(other); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, c := range []message.Command{cmd, other} {
			if err := h.app.admit(c); !errors.Is(err, message.ErrReplayed) {
				t.Errorf("counter 7 of %s again: %v", c.Issuer, err)
			}
		}
		h.stop()
		h.start(nil)
	}
	cmd.Counter = 8
	if err := h.app.admit(cmd); err != nil {
		t.Errorf("the next one: %v", err)
	}
	cmd.Counter, cmd.Station = 9, "hs-04"
	if err := h.app.admit(cmd); !errors.Is(err, message.ErrStation) {
		t.Errorf("another station's: %v", err)
	}
	// Unreadable counters lock nobody out, and what this run took stays taken.
	h.app.store.PutMeta(commandCounters, []byte("rubbish"))
	cmd.Station = "hs-03"
	if err := h.app.admit(cmd); err != nil {
		t.Errorf("after unreadable counters: %v", err)
	}
	if err := h.app.admit(cmd); !errors.Is(err, message.ErrReplayed) {
		t.Errorf("again: %v", err)
	}
}

// TestHealthAndBirthMeetTheirSchemas: also with everything wrong at once.
func TestHealthAndBirthMeetTheirSchemas(t *testing.T) {
	h := newHouse(t)
	h.extra = uplinks
	h.fault = strings.Repeat("这个配置是错的。", 400)
	h.start(nil)
	h.app.dog.Watch("stuck", -1, func() (uint64, bool) { return 0, true })
	b := booth{h.gen(), "district"}
	for kind, m := range map[schema.Kind]any{schema.Health: b.Health(), schema.Online: b.Online()} {
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		messagetest.MustValidate(t, kind, data)
	}
	for _, code := range []string{"config.bad", "daemon.stuck", "uplink.down.district", "uplink.insecure.district", "uplink.plain.city"} {
		if !h.item(code) {
			t.Errorf("no item %s in %+v", code, b.Health().Items)
		}
	}
	if b.Health().Severity != message.SeverityFault || b.Health().Nonce == "" {
		t.Errorf("%+v", b.Health())
	}
}

func TestClip(t *testing.T) {
	for _, s := range []string{"", "short", strings.Repeat("a", 10), strings.Repeat("火", 10), "a" + strings.Repeat("火", 10), strings.Repeat("\xff", 30)} {
		got := clip(s, 10)
		if len(got) > 10 || utf8.ValidString(s) && !utf8.ValidString(got) || len(s) <= 10 && got != s {
			t.Errorf("clip(%q) is %q", s, got)
		}
	}
}

// TestPage: the page's machine-readable ends, over the wire.
func TestPage(t *testing.T) {
	h := newHouse(t)
	h.start(nil)
	addr, err := h.gen().http.Addr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr.String()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	h.eventually("ready", func() bool { code, _ := get("/readyz"); return code == http.StatusOK })
	if code, body := get("/healthz"); code != http.StatusOK {
		t.Errorf("/healthz: %d %s", code, body)
	}
	_, metrics := get("/metrics")
	for _, want := range []string{
		"firepost_devices_fire 0", "firepost_bus_up{bus=\"rs485-1\"} 1", "firepost_journal_on_disk 1", "firepost_config_fault 0",
		"firepost_output_on{output=\"siren\"} 0", "firepost_stuck 0", "go_goroutines",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	code, body := get("/api/status")
	if code != http.StatusOK || !strings.Contains(body, "张记面馆") || strings.Contains(body, ":null") {
		t.Errorf("/api/status: %d %s", code, body)
	}
}

// TestNobodyWaitsForTheLog: a log that hangs holds nobody; what was lost is counted.
func TestNobodyWaitsForTheLog(t *testing.T) {
	gate, out := make(chan struct{}), &lockedBuffer{}
	q := newLogQueue()
	log := slog.New(q.handler(slog.NewTextHandler(slow{gate, out}, nil))).With("part", "x").WithGroup("g")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- q.run(ctx) }()
	for i := range logRoom + 100 {
		log.Info("line", "n", i)
	}
	close(gate)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	q.drain()
	log.Info("after")
	q.drain()
	text := out.String()
	if !strings.Contains(text, "part=x g.n=0") || !strings.Contains(text, "lines_lost_before") || !strings.Contains(text, "msg=after") {
		t.Errorf("the log ends with %s", text[max(0, len(text)-300):])
	}
}

type slow struct {
	gate chan struct{}
	w    io.Writer
}

func (s slow) Write(p []byte) (int, error) {
	<-s.gate
	return s.w.Write(p)
}
