package alarm

import (
	"errors"
	"slices"
	"testing"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/evaluate"
)

// pt is a point with its clock, its event numbers and its record.
type pt struct {
	t   testing.TB
	s   State
	now message.Stamp
	seq uint64
	log []recorded
}

type recorded struct {
	c   Change
	ref Ref
}

func start() message.Stamp {
	return message.Stamp{Boot: "b1", Mono: time.Hour, Wall: time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC), Trusted: true}
}

func newPt(t testing.TB) *pt { return &pt{t: t, now: start()} }

func (p *pt) number(changes []Change) []Change {
	for i := range changes {
		p.seq++
		ref := Ref{Epoch: 1, Seq: p.seq}
		p.s.Numbered(&changes[i], ref)
		p.log = append(p.log, recorded{changes[i], ref})
	}
	return changes
}

func (p *pt) step() message.Stamp {
	p.now = p.now.Add(time.Second)
	return p.now
}

func (p *pt) observe(r evaluate.Result) []Change {
	return p.number(p.s.Observe(r, p.step(), nil))
}
func (p *pt) lost() []Change  { return p.number(p.s.Lost(CauseNoData, p.step(), nil)) }
func (p *pt) found() []Change { return p.number(p.s.Found(p.step(), nil)) }
func (p *pt) tick() []Change  { return p.number(p.s.Tick(p.now, nil)) }

func (p *pt) try(c Command) ([]Change, error) {
	out, err := p.s.Do(c, p.step(), nil)
	return p.number(out), err
}

func (p *pt) do(c Command) []Change {
	p.t.Helper()
	out, err := p.try(c)
	if err != nil {
		p.t.Fatalf("%s: %v", c.Action, err)
	}
	return out
}

func (p *pt) refused(c Command, code Code) {
	p.t.Helper()
	before := p.s
	out, err := p.try(c)
	var r *Refusal
	if !errors.As(err, &r) || r.Code != code || r.EN == "" || r.ZH == "" {
		p.t.Fatalf("%s: %v, want refusal %s", c.Action, err, code)
	}
	if len(out) != 0 || p.s != before {
		p.t.Fatalf("%s: refused and yet changed: %v", c.Action, kinds(out))
	}
}

func (p *pt) seen() Ref { return Ref{Epoch: 1, Seq: p.seq} }

func (p *pt) ack() Command {
	return Command{Action: message.ActionAcknowledge, Author: "王芳", Seen: p.seen()}
}
func (p *pt) silence() Command {
	return Command{Action: message.ActionSilence, Author: "钥匙开关", Seen: p.seen()}
}
func (p *pt) reset() Command {
	return Command{Action: message.ActionReset, Author: "王芳", Note: "油烟", Outcome: "false", Seen: p.seen()}
}
func (p *pt) remove() Command {
	return Command{Action: message.ActionRemove, Author: "王芳", Note: "已烧毁", Seen: p.seen()}
}
func (p *pt) disable(seconds int64) Command {
	return Command{Action: message.ActionDisable, Author: "李强", Note: "装修", Seconds: seconds}
}
func testOn(seconds int64) Command {
	return Command{Action: message.ActionTestOn, Author: "李强", Seconds: seconds}
}
func by(a message.Action) Command { return Command{Action: a, Author: "李强"} }

// bits requires the state's bits.
func (p *pt) bits(want message.Bits) {
	p.t.Helper()
	if got := p.s.Bits(); got != want {
		p.t.Fatalf("bits %s, want %s", got, want)
	}
}

// wants requires exactly these changes, each "class kind cause".
func (p *pt) wants(got []Change, want ...string) {
	p.t.Helper()
	if g := kinds(got); !slices.Equal(g, want) {
		p.t.Fatalf("changes %q, want %q", g, want)
	}
	if len(got) > 0 && got[len(got)-1].Bits != p.s.Bits() {
		p.t.Fatalf("last change carries %s, state is %s", got[len(got)-1].Bits, p.s.Bits())
	}
}

func kinds(cs []Change) []string {
	var out []string
	for _, c := range cs {
		k := string(c.Class) + " " + string(c.Kind)
		if c.Cause != "" {
			k += " " + c.Cause
		}
		out = append(out, k)
	}
	return out
}

// read is a reading made the way the booth makes it, by way of evaluate.
func read(q contract.Quality, means ...contract.Condition) evaluate.Result {
	p := contract.Point{Role: contract.RoleSmoke}
	s := contract.Sample{Quality: q}
	causes := map[contract.Condition]string{contract.Supervisory: "low_pressure", contract.Fault: "battery"}
	for i, m := range means {
		p.Bits = append(p.Bits, contract.BitMeaning{Bit: uint8(i), When: true, Means: m, Cause: causes[m]})
		s.Fired |= 1 << i
		s.Means = max(s.Means, m)
	}
	return evaluate.Evaluate(evaluate.Result{}, &p, s, evaluate.Rules{}, evaluate.Context{})
}

func normal() evaluate.Result      { return read(contract.Good) }
func fire() evaluate.Result        { return read(contract.Good, contract.Fire) }
func prealarm() evaluate.Result    { return read(contract.Good, contract.Prealarm) }
func supervisory() evaluate.Result { return read(contract.Good, contract.Supervisory) }
func battery() evaluate.Result     { return read(contract.Good, contract.Fault) }
func invalid() evaluate.Result     { return read(contract.Invalid) }
func unknown() evaluate.Result     { return read(contract.Unknown) }

const (
	burning = message.Fire | message.Active | message.Latched
	held    = message.Fire | message.Latched
)

// failer is what helpers need of a test, be it testing's or rapid's.
type failer interface {
	Helper()
	Fatal(args ...any)
}
