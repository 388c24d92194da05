package alarm

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
)

type named struct {
	name string
	do   func(p *pt)
}

func tableStates() []named {
	cleared := func(p *pt) { p.observe(fire()); p.observe(normal()); p.observe(normal()) }
	return []named{
		{"normal", func(*pt) {}},
		{"fire, single read", func(p *pt) { p.observe(fire()) }},
		{"fire, confirmed", func(p *pt) { p.observe(fire()); p.observe(fire()) }},
		{"fire, acknowledged, silenced", func(p *pt) { p.observe(fire()); p.observe(fire()); p.do(p.ack()); p.do(p.silence()) }},
		{"fire, unreachable", func(p *pt) { p.observe(fire()); p.observe(fire()); p.lost() }},
		{"latched, cleared", cleared},
		{"latched, silenced", func(p *pt) { cleared(p); p.do(p.silence()) }},
		{"disabled", func(p *pt) { p.do(p.disable(3600)) }},
		{"disabled, fire", func(p *pt) { p.do(p.disable(3600)); p.observe(fire()) }},
		{"latched, then disabled", func(p *pt) { cleared(p); p.do(p.disable(3600)) }},
		{"test", func(p *pt) { p.do(testOn(0)) }},
		{"test, fire", func(p *pt) { p.do(testOn(0)); p.observe(fire()) }},
		{"latched, then test", func(p *pt) { cleared(p); p.do(testOn(0)) }},
		{"prealarm", func(p *pt) { p.observe(prealarm()) }},
		{"supervisory", func(p *pt) { p.observe(supervisory()) }},
		{"fault", func(p *pt) { p.observe(battery()) }},
		{"no data", func(p *pt) { p.lost() }},
		{"removed", func(p *pt) { p.lost(); p.do(p.remove()) }},
		{"state lost", func(p *pt) { p.number(p.s.StateLost(p.step(), nil)) }},
	}
}

type input struct {
	name string
	do   func(p *pt) ([]Change, error)
}

func tableInputs() []input {
	see := func(f func(p *pt) []Change) func(p *pt) ([]Change, error) {
		return func(p *pt) ([]Change, error) { return f(p), nil }
	}
	act := func(c func(p *pt) Command) func(p *pt) ([]Change, error) {
		return func(p *pt) ([]Change, error) { return p.try(c(p)) }
	}
	return []input{
		{"normal read", see(func(p *pt) []Change { return p.observe(normal()) })},
		{"two normal reads", see(func(p *pt) []Change { return append(p.observe(normal()), p.observe(normal())...) })},
		{"fire read", see(func(p *pt) []Change { return p.observe(fire()) })},
		{"prealarm read", see(func(p *pt) []Change { return p.observe(prealarm()) })},
		{"supervisory read", see(func(p *pt) []Change { return p.observe(supervisory()) })},
		{"battery read", see(func(p *pt) []Change { return p.observe(battery()) })},
		{"invalid read", see(func(p *pt) []Change { return p.observe(invalid()) })},
		{"lost", see((*pt).lost)},
		{"found", see((*pt).found)},
		{"acknowledge", act((*pt).ack)},
		{"silence", act((*pt).silence)},
		{"reset", act((*pt).reset)},
		{"remove", act((*pt).remove)},
		{"disable", act(func(p *pt) Command { return p.disable(60) })},
		{"enable", act(func(*pt) Command { return by(message.ActionEnable) })},
		{"test_start", act(func(*pt) Command { return testOn(60) })},
		{"test_end", act(func(*pt) Command { return by(message.ActionTestOff) })},
		{"two hours pass", see(func(p *pt) []Change { p.now = p.now.Add(2 * time.Hour); return p.tick() })},
		{"restart", see(func(p *pt) []Change {
			s, err := Restore(snapshotOf(p.t, p.s), p.now)
			if err != nil {
				p.t.Fatal(err)
			}
			p.s = s
			return nil
		})},
	}
}

// TestTransitionTable holds every state against every input. The table is for reading:
// testdata/transitions.txt. UPDATE_GOLDEN=1 writes it anew, to be reviewed line by line.
func TestTransitionTable(t *testing.T) {
	var b strings.Builder
	for _, st := range tableStates() {
		p := newPt(t)
		st.do(p)
		fmt.Fprintf(&b, "%s: %s\n", st.name, p.s.Bits())
		for _, in := range tableInputs() {
			p := newPt(t)
			st.do(p)
			out, err := in.do(p)
			var r *Refusal
			switch {
			case errors.As(err, &r):
				fmt.Fprintf(&b, "  %-18s refused: %s\n", in.name, r.Code)
			case len(out) == 0:
				fmt.Fprintf(&b, "  %-18s –\n", in.name)
			default:
				fmt.Fprintf(&b, "  %-18s %s → %s\n", in.name, strings.Join(kinds(out), ", "), p.s.Bits())
			}
		}
	}
	file := filepath.Join("testdata", "transitions.txt")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, wants := strings.Split(b.String(), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(got), len(wants)) {
		var g, w string
		if i < len(got) {
			g = got[i]
		}
		if i < len(wants) {
			w = wants[i]
		}
		if g != w {
			t.Fatalf("line %d:\n got %s\nwant %s", i+1, g, w)
		}
	}
}

func TestEveryRefusalSaysWhatIsWrongInBothLanguages(t *testing.T) {
	texts := map[string]Code{}
	for _, c := range []Code{
		NeedsAuthor, NeedsEvent, NeedsOutcome, NeedsReason, NeedsExpiry, ExpiryTooLong, NotInAlarm, LaterEvent,
		StillInFire, NeedsGoodReads, Unreachable, StillReachable, AlreadyRemoved, NotDisabled, NotInTest, UnknownAction,
	} {
		r := refuse(c)
		if r.Error() == "" || r.ZH == "" || r.EN == "refused" || texts[r.EN] != "" || texts[r.ZH] != "" {
			t.Errorf("%s: %q %q", c, r.EN, r.ZH)
		}
		texts[r.EN], texts[r.ZH] = c, c
	}
	p := newPt(t)
	p.refused(by("launch"), UnknownAction)
}

func TestCommandOf(t *testing.T) {
	m := &message.Command{
		Action: message.ActionReset, Author: "王芳", Note: "油烟", Outcome: "false", Seconds: 7, Event: "hs-03-4-5",
	}
	seen, err := ParseRef(m.Event)
	if err != nil {
		t.Fatal(err)
	}
	want := Command{Action: message.ActionReset, Seen: Ref{4, 5}, Author: "王芳", Note: "油烟", Outcome: "false", Seconds: 7}
	if got := CommandOf(m, seen); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
