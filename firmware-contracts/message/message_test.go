package message

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBitsOnTheWire(t *testing.T) {
	for text, b := range map[string]Bits{
		`[]`:                          0,
		`["fire"]`:                    Fire,
		`["fire","active","latched"]`: Fire | Active | Latched,
		`["fault","disabled","test"]`: Fault | Disabled | Test,
		`["prealarm","supervisory"]`:  Prealarm | Supervisory,
		`["acknowledged","silenced"]`: Acknowledged | Silenced,
	} {
		got, err := json.Marshal(b)
		if err != nil || string(got) != text {
			t.Errorf("%s is written %s (%v), want %s", b, got, err, text)
		}
		var back Bits
		if err := json.Unmarshal([]byte(text), &back); err != nil || back != b {
			t.Errorf("%s is read as %s (%v)", text, back, err)
		}
	}
	for _, text := range []string{`["flames"]`, `"fire"`, `["fire",1]`, `[""]`, `["FIRE"]`} {
		b := Fault
		if err := json.Unmarshal([]byte(text), &b); err == nil || b != Fault {
			t.Errorf("%s is read as %s (%v)", text, b, err)
		}
	}
}

func TestBits(t *testing.T) {
	if Bits(0).String() != "normal" || (Fire|Disabled).String() != "fire+disabled" {
		t.Errorf("%q, %q", Bits(0), Fire|Disabled)
	}
	rapid.Check(t, func(t *rapid.T) {
		b, q := Bits(rapid.Uint16().Draw(t, "b")), Bits(1)<<rapid.IntRange(0, len(bitNames)-1).Draw(t, "bit")
		on := b.With(q, true)
		off := b.With(q, false)
		if !on.Has(q) || off.Has(q) || on&^q != b&^q || off != b&^q {
			t.Fatalf("bits are not independent: %s with %s is %s and %s", b, q, on, off)
		}
	})
}

func TestTimeIsUTCWithMilliseconds(t *testing.T) {
	beijing := time.FixedZone("CST", 8*3600)
	got, err := json.Marshal(Time{time.Date(2026, 1, 15, 22, 4, 5, 678_900_000, beijing)})
	if want := `"2026-01-15T14:04:05.678Z"`; err != nil || string(got) != want {
		t.Errorf("%s (%v), want %s", got, err, want)
	}
	var back Time
	if err := json.Unmarshal([]byte(`"2026-01-15T22:04:05+08:00"`), &back); err != nil || back.UTC().Hour() != 14 {
		t.Errorf("%v (%v)", back, err)
	}
}

func TestEmptyListsAreNeverNull(t *testing.T) {
	for _, msg := range []any{DeviceState{}, Telemetry{}, Health{}, Ack{}, Envelope{Body: []byte("{}")}, Event{}} {
		got, err := json.Marshal(msg)
		if err != nil || strings.Contains(string(got), "null") {
			t.Errorf("%T: %s (%v)", msg, got, err)
		}
	}
}

func TestStamp(t *testing.T) {
	s := Stamp{Boot: "b", Mono: time.Minute, Wall: time.Unix(1000, 0), Trusted: true}
	u := s.Add(3 * time.Second)
	if u.Sub(s) != 3*time.Second || u.Wall.Sub(s.Wall) != 3*time.Second || u.Boot != "b" || !u.Trusted {
		t.Errorf("%+v", u)
	}
}

func TestTopicsAndIDs(t *testing.T) {
	topics := NewTopics("hongshan", "hs-03")
	got := []string{
		topics.Root(), topics.Event(), topics.State("smoke-01"), topics.Telemetry(), topics.Health(),
		topics.Online(), topics.Ack(), topics.Command(), topics.Result(), EventID("hs-03", 2, 17),
	}
	want := []string{
		"firepost/v1/hongshan/hs-03", "firepost/v1/hongshan/hs-03/event", "firepost/v1/hongshan/hs-03/state/smoke-01",
		"firepost/v1/hongshan/hs-03/telemetry", "firepost/v1/hongshan/hs-03/health", "firepost/v1/hongshan/hs-03/online",
		"firepost/v1/hongshan/hs-03/ack", "firepost/v1/hongshan/hs-03/cmd", "firepost/v1/hongshan/hs-03/result", "hs-03-2-17",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
