package messagetest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/message/messagetest"
	"firepost/firmware-contracts/message/schema"
)

func validator(t *testing.T) *messagetest.Validator {
	t.Helper()
	v, err := messagetest.NewValidator()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func at(s string) message.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return message.Time{Time: t}
}

func event() message.Event {
	return message.Event{
		ID: "hs-03-2-17", Epoch: 2, Seq: 17, Station: "hs-03", District: "hongshan",
		At: at("2026-01-15T22:04:05.678+08:00"), ReceivedAt: at("2026-01-15T14:04:05.678Z"), ClockTrusted: true,
		Boot: "b3f1", MonoMS: 61000, Lane: message.LaneAlarm, Prev: "hs-03-2-16",
		Class: message.ClassFire, Kind: message.KindRaised, Device: "smoke-01", Point: "smoke",
		Premises: "HS-0001", Value: new(1.0), State: message.Fire | message.Active | message.Latched,
		Cause: "single_read",
	}
}

// good lists every message type, empty and full.
func good() map[string]struct {
	kind schema.Kind
	msg  any
} {
	ev := event()
	resent := ev
	resent.Resend, resent.Prev = true, ""
	resent.Detail = json.RawMessage(`{"author":"王","outcome":"false"}`)
	started := message.Event{
		ID: "hs-03-2-1", Epoch: 2, Seq: 1, Station: "hs-03", District: "hongshan", At: at("1970-01-01T00:00:09Z"),
		ReceivedAt: at("1970-01-01T00:00:09Z"), Boot: "b3f1", Lane: message.LaneRest,
		Class: message.ClassLifecycle, Kind: message.KindStarted,
	}
	until := at("2026-01-15T15:00:00Z")
	type entry = struct {
		kind schema.Kind
		msg  any
	}
	return map[string]entry{
		"fire event":    {schema.Event, ev},
		"resent event":  {schema.Event, resent},
		"started event": {schema.Event, started},
		"empty state":   {schema.State, message.DeviceState{Station: "hs-03", Device: "gauge-1", At: until}},
		"full state": {schema.State, message.DeviceState{
			Station: "hs-03", Device: "smoke-01", Premises: "HS-0001", Label: "老王五金", At: until, Epoch: 2, Seq: 17,
			State: message.Fire | message.Latched, Unreachable: true,
			Points: []message.PointState{{
				Point: "smoke", State: message.Fire | message.Latched | message.Fault | message.Disabled, Faults: []string{"no_data"},
				Event: "hs-03-2-17", Until: &until, Value: new(1.0), Unit: "%", Quality: message.Stale, Snapshot: []byte{1, 2, 3, 4},
			}},
		}},
		"empty telemetry": {schema.Telemetry, message.Telemetry{Station: "hs-03", At: until, Boot: "b"}},
		"full telemetry": {schema.Telemetry, message.Telemetry{
			Station: "hs-03", At: until, ClockTrusted: true, Boot: "b", MonoMS: 5,
			Readings: []message.Reading{
				{Device: "gauge-1", Point: "pressure", Value: new(1.2), Unit: "MPa", Quality: message.Good, At: until},
				{Device: "gauge-2", Point: "pressure", Quality: message.NoData, At: until},
			},
		}},
		"empty health": {schema.Health, message.Health{
			Station: "hs-03", At: until, Boot: "b", Version: "1.0.0", Severity: message.SeverityOK, Nonce: "0123456789abcdef",
		}},
		"full health": {schema.Health, message.Health{
			Station: "hs-03", At: until, ClockTrusted: true, Boot: "b", Version: "1.0.0", UptimeS: 9, Severity: message.SeverityFault,
			Items: []message.HealthItem{{Code: "journal.disk_full", Severity: message.SeverityFault, Text: "no space", Since: &until}},
			Nonce: "0123456789abcdef", Backlog: map[string]int64{"mqtt/alarm": 3, "mqtt/rest": 0, "mqtt/telemetry": 12},
		}},
		"birth":     {schema.Online, message.Online{Station: "hs-03", Online: true, Epoch: 2, Boot: "b", Version: "1.0.0", At: until}},
		"will":      {schema.Online, message.Online{Station: "hs-03", Epoch: 2, At: until}},
		"empty ack": {schema.Ack, message.Ack{}},
		"ack":       {schema.Ack, message.Ack{IDs: []string{"hs-03-2-17", "hs-03-2-18"}}},
		"command":   {schema.Command, command()},
		"unsigned":  {schema.Envelope, message.Envelope{Body: []byte("{}")}},
		"signed":    {schema.Envelope, message.Envelope{Body: []byte("{}"), Sigs: []message.Signature{{KID: "desk-1", Sig: make([]byte, 64)}}}},
		"done":      {schema.Result, message.Result{ID: "c-1", Station: "hs-03", At: until, OK: true, Code: "ok", Events: []string{"hs-03-2-18"}}},
		"refused": {schema.Result, message.Result{
			ID: "c-1", Station: "hs-03", At: until, Code: "still_in_fire", Text: "the point still reports fire", TextZH: "仍在报火警",
		}},
	}
}

func command() message.Command {
	return message.Command{
		ID: "c-1", Station: "hs-03", Issuer: "desk", Role: "operator", Expires: at("2026-01-15T15:00:00Z"), Counter: 7,
		Action: message.ActionReset, Device: "smoke-01", Point: "smoke", Event: "hs-03-2-17", Author: "王", Outcome: "false",
	}
}

func TestEveryTypeMeetsItsSchema(t *testing.T) {
	v := validator(t)
	seen := map[schema.Kind]bool{}
	for name, g := range good() {
		data, err := json.Marshal(g.msg)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Validate(g.kind, data); err != nil {
			t.Errorf("%s: %v\nin %s", name, err, data)
		}
		seen[g.kind] = true
	}
	for _, k := range schema.Kinds() {
		if !seen[k] {
			t.Errorf("no message of kind %s is tried", k)
		}
	}
}

// Every action, class, kind, quality and bit that the types know, the schemas know too.
func TestEveryWordIsKnown(t *testing.T) {
	v := validator(t)
	for _, a := range []message.Action{
		message.ActionAcknowledge, message.ActionSilence, message.ActionReset, message.ActionRemove,
		message.ActionDisable, message.ActionEnable, message.ActionTestOn, message.ActionTestOff,
	} {
		c := command()
		c.Action, c.Note, c.Seconds = a, "why", 60
		mustPass(t, v, schema.Command, c)
	}
	for _, k := range []message.Kind{
		message.KindStarted, message.KindStopped, message.KindConfigChanged, message.KindConfigRefused,
		message.KindTimeCorrected, message.KindJournalSetAside, message.KindDropped,
	} {
		e := event()
		e.Class, e.Kind = message.ClassLifecycle, k
		mustPass(t, v, schema.Event, e)
	}
	for _, k := range []message.Kind{
		message.KindAcknowledged, message.KindSilenced, message.KindReset, message.KindRemoved, message.KindDisabled,
		message.KindEnabled, message.KindTestOn, message.KindTestOff, message.KindRestored,
	} {
		e := event()
		e.Class, e.Kind = message.ClassOperation, k
		mustPass(t, v, schema.Event, e)
	}
	for _, c := range []message.Class{message.ClassFire, message.ClassPrealarm, message.ClassSupervisory, message.ClassFault} {
		for _, k := range []message.Kind{message.KindRaised, message.KindCleared} {
			e := event()
			e.Class, e.Kind = c, k
			mustPass(t, v, schema.Event, e)
		}
	}
	for _, q := range []message.Quality{message.Good, message.Invalid, message.OutOfRange, message.Unknown, message.Stale, message.NoData} {
		mustPass(t, v, schema.Telemetry, message.Telemetry{Station: "s", Boot: "b", Readings: []message.Reading{{
			Device: "d", Point: "p", Value: new(1.0), Quality: q,
		}}})
	}
	e := event()
	e.State = ^message.Bits(0)
	mustPass(t, v, schema.Event, e)
}

func mustPass(t *testing.T, v *messagetest.Validator, k schema.Kind, msg any) {
	t.Helper()
	data, err := json.Marshal(msg)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Validate(k, data); err != nil {
		t.Errorf("%v\nin %s", err, data)
	}
}

// Each row replaces one text in a good message's JSON.
func TestWrongMessagesAreRefused(t *testing.T) {
	v := validator(t)
	for i, row := range []struct{ of, old, now string }{
		{"fire event", `"id":"hs-03-2-17"`, `"id":"17"`},
		{"fire event", `"id":"hs-03-2-17",`, ``},
		{"fire event", `"seq":17`, `"seq":0`},
		{"fire event", `"seq":17`, `"seq":-1`},
		{"fire event", `"seq":17`, `"seq":17.5`},
		{"fire event", `"seq":17`, `"seq":"17"`},
		{"fire event", `"station":"hs-03"`, `"station":"hs/03"`},
		{"fire event", `"station":"hs-03"`, `"station":"hs+"`},
		{"fire event", `"at":"2026-01-15T14:04:05.678Z"`, `"at":"2026-01-15T14:04:05Z"`},
		{"fire event", `"at":"2026-01-15T14:04:05.678Z"`, `"at":"2026-01-15T22:04:05.678+08:00"`},
		{"fire event", `"at":"2026-01-15T14:04:05.678Z"`, `"at":"2026-13-15T14:04:05.678Z"`},
		{"fire event", `"clock_trusted":true`, `"clock_trusted":"yes"`},
		{"fire event", `"lane":"alarm"`, `"lane":"rest"`},
		{"fire event", `"lane":"alarm"`, `"lane":"fast"`},
		{"fire event", `"prev":"hs-03-2-16"`, `"prev":"16"`},
		{"fire event", `"prev":"hs-03-2-16"`, `"prev":null`},
		{"fire event", `"class":"fire"`, `"class":"alarm"`},
		{"fire event", `"kind":"raised"`, `"kind":"risen"`},
		{"fire event", `"kind":"raised"`, `"kind":"started"`},
		{"fire event", `"class":"fire"`, `"class":"operation"`},
		{"fire event", `"device":"smoke-01",`, ``},
		{"fire event", `"point":"smoke",`, ``},
		{"fire event", `"device":"smoke-01"`, `"device":"shop/1"`},
		{"fire event", `"value":1`, `"value":"1"`},
		{"fire event", `"state":["fire","active","latched"]`, `"state":["active","latched"]`},
		{"fire event", `"state":["fire","active","latched"]`, `"state":["fire","fire"]`},
		{"fire event", `"state":["fire","active","latched"]`, `"state":["flames"]`},
		{"fire event", `"state":["fire","active","latched"]`, `"state":"fire"`},
		{"fire event", `"cause":"single_read"`, `"cause":"Single read"`},
		{"fire event", `"cause":"single_read"`, `"cause":"single_read","colour":"red"`},
		{"resent event", `"resend":true`, `"resend":false`},
		{"resent event", `"detail":{`, `"detail":[1],"x":{`},
		{"full state", `"unreachable":true,`, ``},
		{"full state", `"quality":"stale"`, `"quality":"old"`},
		{"full state", `"faults":["no_data"]`, `"faults":[]`},
		{"full state", `"snapshot":"AQIDBA=="`, `"snapshot":"AQIDBA="`},
		{"empty state", `"points":[]`, `"points":null`},
		{"full telemetry", `"quality":"good"`, `"quality":"fine"`},
		{"full telemetry", `"value":1.2,`, ``},
		{"empty telemetry", `"readings":[]`, `"readings":{}`},
		{"full health", `"severity":"fault"`, `"severity":"bad"`},
		{"full health", `"mqtt/alarm":3`, `"mqtt":3`},
		{"full health", `"mqtt/alarm":3`, `"mqtt/alarm":-3`},
		{"full health", `"code":"journal.disk_full"`, `"code":"Disk full"`},
		{"full health", `"nonce":"0123456789abcdef"`, `"nonce":""`},
		{"birth", `"online":true`, `"online":1`},
		{"birth", `"online":true,`, ``},
		{"ack", `"hs-03-2-17"`, `17`},
		{"empty ack", `"ids":[]`, `"ids":null`},
		{"signed", `"body":"e30="`, `"body":"e30"`},
		{"signed", `"body":"e30="`, `"body":""`},
		{"signed", `"kid":"desk-1"`, `"kid":""`},
		{"signed", `"sig":"A`, `"sig":"`},
		{"unsigned", `"sigs":[]`, `"sigs":null`},
		{"command", `"counter":7`, `"counter":0`},
		{"command", `"counter":7,`, ``},
		{"command", `"action":"reset"`, `"action":"reboot"`},
		{"command", `"outcome":"false"`, `"outcome":"fun"`},
		{"command", `,"outcome":"false"`, ``},
		{"command", `"event":"hs-03-2-17",`, ``},
		{"command", `"author":"王",`, ``},
		{"command", `"device":"smoke-01",`, ``},
		{"command", `"expires":"2026-01-15T15:00:00.000Z"`, `"expires":0`},
		{"done", `"ok":true`, `"ok":false`},
		{"refused", `"ok":false`, `"ok":true`},
		{"refused", `"text":"the point still reports fire",`, ``},
		{"refused", `"code":"still_in_fire"`, `"code":"Still in fire"`},
	} {
		t.Run(fmt.Sprintf("%d %s", i, row.of), func(t *testing.T) {
			g, ok := good()[row.of]
			if !ok {
				t.Fatalf("no message %q", row.of)
			}
			data, err := json.Marshal(g.msg)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(data), row.old) {
				t.Fatalf("%s holds no %s", data, row.old)
			}
			wrong := strings.Replace(string(data), row.old, row.now, 1)
			if err := v.Validate(g.kind, []byte(wrong)); !errors.Is(err, messagetest.ErrInvalid) {
				t.Errorf("taken (%v): %s", err, wrong)
			}
		})
	}
}

func TestValidateAlone(t *testing.T) {
	if err := messagetest.Validate(schema.Ack, []byte(`{"ids":[]}`)); err != nil {
		t.Error(err)
	}
	if err := messagetest.Validate(schema.Ack, []byte(`{"ids":[]`)); err == nil || errors.Is(err, messagetest.ErrInvalid) {
		t.Errorf("half a message: %v", err)
	}
	if err := messagetest.Validate("poem", []byte(`{}`)); err == nil {
		t.Error("an unknown kind is taken")
	}
	if err := validator(t).Validate("poem", []byte(`{}`)); err == nil {
		t.Error("an unknown kind is taken")
	}
}

func TestKindOf(t *testing.T) {
	topics := message.NewTopics("hongshan", "hs-03")
	for topic, want := range map[string]schema.Kind{
		topics.Event(): schema.Event, topics.State("smoke-01"): schema.State, topics.Telemetry(): schema.Telemetry,
		topics.Health(): schema.Health, topics.Online(): schema.Online, topics.Ack(): schema.Ack,
		topics.Command(): schema.Envelope, topics.Result(): schema.Result,
	} {
		if got, ok := messagetest.KindOf(topic); !ok || got != want {
			t.Errorf("%s is %q (%v), want %q", topic, got, ok, want)
		}
	}
	for _, topic := range []string{"", "firepost/v1/a/b", "firepost/v2/a/b/event", "firepost/v1/a/b/state", "firepost/v1/a/b/event/c", "firepost/v1/a/b/command", "firepost/v1/a/b/c"} {
		if k, ok := messagetest.KindOf(topic); ok {
			t.Errorf("%q is taken for %q", topic, k)
		}
	}
}
