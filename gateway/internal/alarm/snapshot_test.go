package alarm

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
)

func snapshotOf(t failer, s State) []byte {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRestoreGivesTheStateBack(t *testing.T) {
	p := newPt(t)
	p.do(p.disable(3600))
	p.observe(fire())
	p.observe(fire())
	p.do(p.ack())
	p.observe(supervisory())
	p.lost()
	p.number(p.s.StateLost(p.step(), nil))
	p.do(testOn(0))
	got, err := Restore(snapshotOf(t, p.s), p.now)
	if err != nil {
		t.Fatal(err)
	}
	p.s.Resume(p.now)
	if got != p.s {
		t.Errorf("got  %+v\nwant %+v", got, p.s)
	}
}

// A snapshot as version 1 writes it, kept as a literal so that a change of format is noticed.
const goldenV1 = `{"v":1,"bits":["fire","active","latched","acknowledged"],"confirmed":true,` +
	`"conditions":[{"class":"fault","cause":"no_data","from":1}],` +
	`"disabled":{"on":true,"author":"李强","note":"装修","seconds":3600,` +
	`"began":{"boot":"b1","mono_ms":3601000,"wall_ms":1793678707000,"trusted":true},` +
	`"anchor":{"boot":"b1","mono_ms":3601000,"wall_ms":1793678707000,"trusted":true}},` +
	`"last":{"epoch":1,"seq":5},"first":{"epoch":1,"seq":2},"latest":{"epoch":1,"seq":2},` +
	`"since":{"boot":"b1","mono_ms":3602000,"wall_ms":1793678708000,"trusted":true},` +
	`"raised":{"boot":"b1","mono_ms":3602000,"wall_ms":1793678708000,"trusted":true}}`

func TestSnapshotVersionOneIsWrittenAndReadForEver(t *testing.T) {
	p := newPt(t)
	p.do(p.disable(3600))
	p.observe(fire())
	p.observe(fire())
	p.do(p.ack())
	p.lost()
	if got := string(snapshotOf(t, p.s)); got != goldenV1 {
		t.Errorf("snapshot\n%s, want\n%s", got, goldenV1)
	}
	if _, err := Restore([]byte(goldenV1), p.now); err != nil {
		t.Error(err)
	}
	spaced := strings.ReplaceAll(goldenV1, `,"`, ",\n  \"")
	if _, err := Restore([]byte(spaced), p.now); err != nil {
		t.Errorf("layout matters: %v", err)
	}
}

func TestRestoreRefusesWhatItCannotUnderstand(t *testing.T) {
	edit := func(old, repl string) string {
		if !strings.Contains(goldenV1, old) {
			t.Fatalf("golden lacks %s", old)
		}
		return strings.Replace(goldenV1, old, repl, 1)
	}
	for name, data := range map[string]string{
		"empty":                      ``,
		"null":                       `null`,
		"array":                      `[]`,
		"cut":                        goldenV1[:len(goldenV1)-1],
		"trailing data":              goldenV1 + `{}`,
		"no version":                 edit(`"v":1,`, ``),
		"later version":              edit(`"v":1`, `"v":2`),
		"unknown field":              edit(`"v":1`, `"v":1,"x":0`),
		"unknown bit":                edit(`"active"`, `"smouldering"`),
		"repeated key drops a fire":  edit(`"confirmed":true`, `"bits":[]`),
		"key in another case":        edit(`"bits"`, `"Bits"`),
		"active without fire":        edit(`"fire","active","latched","acknowledged"`, `"active"`),
		"acknowledged nothing":       edit(`"fire","active","latched","acknowledged"`, `"acknowledged"`),
		"fire without latch":         edit(`"latched",`, ``),
		"derived bit":                edit(`"fire",`, `"fire","fault",`),
		"condition of class fire":    edit(`"class":"fault"`, `"class":"fire"`),
		"condition without cause":    edit(`"no_data"`, `""`),
		"condition of no origin":     edit(`"from":1`, `"from":9`),
		"the same condition twice":   edit(`"from":1}`, `"from":1},{"class":"fault","cause":"no_data","from":1}`),
		"endless disablement":        edit(`"seconds":3600`, `"seconds":99999999`),
		"disablement without length": edit(`"seconds":3600`, `"seconds":0`),
		"disablement off with text":  edit(`"on":true`, `"on":false`),
		"negative number":            edit(`"seq":5`, `"seq":-5`),
	} {
		s, err := Restore([]byte(data), start())
		if !errors.Is(err, ErrSnapshot) {
			t.Errorf("%s: %v, want ErrSnapshot", name, err)
		}
		if s != (State{}) {
			t.Errorf("%s: a refused snapshot leaves %+v", name, s)
		}
	}
	many := `{"v":1,"bits":[],"conditions":[`
	for i := range maxConditions + 1 {
		many += `{"class":"fault","cause":"` + strings.Repeat("x", i+1) + `"},`
	}
	if _, err := Restore([]byte(strings.TrimSuffix(many, ",")+`]}`), start()); !errors.Is(err, ErrSnapshot) {
		t.Errorf("too many conditions: %v", err)
	}
}

func TestTheZeroStateIsNormalAndSurvives(t *testing.T) {
	s, err := Restore(snapshotOf(t, State{}), start())
	if err != nil || s != (State{}) || s.Bits() != 0 {
		t.Errorf("%+v %v", s, err)
	}
}

func TestTheLatchSurvivesARestartThatWasNeverRecordedToTheEnd(t *testing.T) {
	// Only the end of the test reached the disk, not the raise that followed it.
	p := newPt(t)
	p.do(testOn(60))
	p.observe(fire())
	p.now = p.now.Add(time.Minute)
	p.tick()
	var s State
	for _, r := range p.log[:len(p.log)-1] {
		if err := s.Apply(r.c, r.ref); err != nil {
			t.Fatal(err)
		}
	}
	s.Resume(p.now)
	if s.Bits() != burning {
		t.Fatalf("bits %s, want %s", s.Bits(), burning)
	}
	c := p.ack()
	if _, err := s.Do(c, p.now, nil); err != nil {
		t.Errorf("a fire without a recorded raise can't be acknowledged: %v", err)
	}
}

func TestEventsGiveTheirChangesBack(t *testing.T) {
	p := newPt(t)
	p.do(p.disable(3600))
	p.observe(fire())
	p.lost()
	p.number(p.s.StateLost(p.step(), nil))
	var s State
	for _, r := range p.log {
		c, ref, err := ChangeOf(eventOf(t, r))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Apply(c, ref); err != nil {
			t.Fatal(err)
		}
	}
	if s != p.s {
		t.Errorf("got  %+v\nwant %+v", s, p.s)
	}
}

// eventOf is a change as the journal keeps it, through JSON.
func eventOf(t failer, r recorded) *message.Event {
	t.Helper()
	detail, err := r.c.Detail.JSON()
	if err != nil {
		t.Fatal(err)
	}
	wall := message.Time{Time: r.c.At.Wall}
	data, err := json.Marshal(message.Event{
		ID: message.EventID("hs-03", r.ref.Epoch, r.ref.Seq), Epoch: r.ref.Epoch, Seq: r.ref.Seq,
		At: wall, ReceivedAt: wall, ClockTrusted: r.c.At.Trusted, Boot: r.c.At.Boot, MonoMS: r.c.At.Mono.Milliseconds(),
		Class: r.c.Class, Kind: r.c.Kind, Cause: r.c.Cause, State: r.c.Bits, Device: "d", Point: "smoke", Detail: detail,
	})
	if err != nil {
		t.Fatal(err)
	}
	var e message.Event
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatal(err)
	}
	return &e
}

func TestChangeOfRefusesOtherEvents(t *testing.T) {
	for _, e := range []message.Event{
		{Kind: message.KindStarted},
		{Kind: message.KindRaised, Class: message.ClassFault},
		{Kind: "later", Point: "smoke"},
		{Kind: message.KindTimeCorrected, Point: "smoke"},
	} {
		if _, _, err := ChangeOf(&e); !errors.Is(err, ErrNotAChange) {
			t.Errorf("%s: %v", e.Kind, err)
		}
	}
	if _, _, err := ChangeOf(&message.Event{Kind: message.KindReset, Point: "smoke", Detail: []byte("{")}); err == nil {
		t.Error("a broken detail was taken")
	}
}

func TestReplayNoticesARecordThatDoesNotFit(t *testing.T) {
	var s State
	err := s.Apply(Change{Kind: message.KindRaised, Class: message.ClassFire, Bits: message.Fault}, Ref{1, 1})
	if !errors.Is(err, ErrMismatch) || s.Bits() != burning {
		t.Errorf("%v, bits %s", err, s.Bits())
	}
}

func TestParseRef(t *testing.T) {
	for id, want := range map[string]Ref{
		"hs-03-1-2":                      {1, 2},
		"x-0-0":                          {0, 0},
		"a-b-c-18446744073709551615-123": {18446744073709551615, 123},
	} {
		if got, err := ParseRef(id); err != nil || got != want {
			t.Errorf("%s: %v %v", id, got, err)
		}
	}
	for _, id := range []string{"", "hs", "1-2", "-1-2", "hs-1-", "hs--2", "hs-1-x", "hs-1-18446744073709551616"} {
		if got, err := ParseRef(id); err == nil {
			t.Errorf("%q gave %v", id, got)
		}
	}
}

func FuzzRestore(f *testing.F) {
	f.Add([]byte(goldenV1))
	f.Add([]byte(`{"v":1,"bits":[]}`))
	f.Add([]byte(`{"v":1,"bits":["fire","latched"],"unnumbered":true}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Restore(data, start())
		if err != nil {
			if !errors.Is(err, ErrSnapshot) || s != (State{}) {
				t.Fatalf("%v, %+v", err, s)
			}
			return
		}
		again, err := Restore(snapshotOf(t, s), start())
		if err != nil || again != s {
			t.Fatalf("restored state does not survive: %v\n%+v\n%+v", err, s, again)
		}
		fired := s.Bits().Has(message.Fire | message.Latched)
		out := s.Tick(start(), nil)
		out = s.Observe(normal(), start(), out)
		s.Lost(CauseNoData, start(), out)
		if fired && !s.Bits().Has(message.Fire|message.Latched) {
			t.Fatal("a latched fire disappeared")
		}
	})
}
