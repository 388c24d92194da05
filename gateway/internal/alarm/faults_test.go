package alarm

import (
	"slices"
	"testing"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/evaluate"
)

func TestFaultsAreASetOfCausesEachWithItsOwnEvents(t *testing.T) {
	p := newPt(t)
	p.wants(p.observe(battery()), "fault raised battery")
	p.wants(p.observe(invalid()), "fault raised invalid")
	if f := p.s.Faults(); !slices.Equal(f, []string{"battery", "invalid"}) {
		t.Errorf("faults %q", f)
	}
	p.observe(normal())
	p.wants(p.observe(normal()), "fault cleared battery", "fault cleared invalid")
	p.bits(0)
	if f := p.s.Faults(); f != nil {
		t.Errorf("faults %q", f)
	}
}

func TestAFlappingConditionRaisesOnceNotAlways(t *testing.T) {
	p := newPt(t)
	p.wants(p.observe(supervisory()), "supervisory raised low_pressure")
	for range 20 {
		p.wants(p.observe(normal()))
		p.wants(p.observe(supervisory()))
	}
	p.bits(message.Supervisory)
	p.observe(normal())
	p.wants(p.observe(normal()), "supervisory cleared low_pressure")
}

func TestABadReadingProvesNothing(t *testing.T) {
	p := newPt(t)
	p.observe(supervisory())
	for range 10 {
		p.observe(unknown())
	}
	p.bits(message.Supervisory | message.Fault)
	p.observe(normal())
	p.observe(unknown())
	p.observe(normal())
	p.bits(message.Supervisory | message.Fault)
}

func TestOneAnswerEndsNoDataWhateverItSays(t *testing.T) {
	p := newPt(t)
	p.lost()
	p.wants(p.observe(invalid()), "fault raised invalid", "fault cleared no_data")
	p.bits(message.Fault)
}

func TestFireAndFaultHoldTogether(t *testing.T) {
	p := newPt(t)
	p.wants(p.observe(read(contract.OutOfRange, contract.Fire)), "fire raised single_read", "fault raised out_of_range")
	p.bits(burning | message.Fault)
	p.observe(read(contract.Good, contract.Fire, contract.Prealarm, contract.Supervisory, contract.Fault))
	p.bits(burning | message.Fault | message.Prealarm | message.Supervisory)
}

func TestInformationIsNoCondition(t *testing.T) {
	gauge := &contract.Point{Role: contract.RolePressure, Unit: "MPa"}
	rules := evaluate.Rules{Limits: &evaluate.Limits{RatedMPa: 1.2}}
	p := newPt(t)
	r := evaluate.Evaluate(evaluate.Result{}, gauge, contract.Sample{Value: 1.0}, rules, evaluate.Context{Temperature: -25, Known: true})
	if r.Causes.Len() != 1 {
		t.Fatalf("causes %q", r.Causes.Words())
	}
	p.wants(p.observe(r))
	p.bits(0)
}

func TestALostStateEndsOnlyByAPersonsReset(t *testing.T) {
	p := newPt(t)
	p.wants(p.number(p.s.StateLost(p.step(), nil)), "fault raised state_lost")
	p.wants(p.number(p.s.StateLost(p.step(), nil)))
	p.refused(p.reset(), NeedsGoodReads)
	p.observe(normal())
	p.observe(normal())
	p.bits(message.Fault)
	p.wants(p.do(p.reset()), "operation reset", "fault cleared state_lost")
	p.bits(0)
}

func TestADevicesOwnWordsAreNotTheBooths(t *testing.T) {
	for _, word := range []string{CauseRemoved, CauseStateLost, CauseNoData} {
		p := newPt(t)
		c := &contract.Point{Bits: []contract.BitMeaning{{When: true, Means: contract.Fault, Cause: word}}}
		r := evaluate.Evaluate(evaluate.Result{}, c, contract.Sample{Fired: 1, Means: contract.Fault}, evaluate.Rules{}, evaluate.Context{})
		p.observe(r)
		if p.s.Unreachable() {
			t.Errorf("%s: a device that answers is reachable", word)
		}
		p.wants(p.lost(), "fault raised no_data")
		if !p.s.Unreachable() {
			t.Errorf("%s: the loss is hidden", word)
		}
		p.observe(r)
		p.observe(r)
		p.observe(normal())
		p.observe(normal())
		p.bits(0)
	}
}

func TestManyCausesNeverHideALoss(t *testing.T) {
	p := newPt(t)
	for round := range 5 {
		c := &contract.Point{}
		for i := range uint8(8) {
			c.Bits = append(c.Bits, contract.BitMeaning{Bit: i, When: true, Means: contract.Fault, Cause: string(rune('a' + 8*round + int(i)))})
		}
		p.observe(evaluate.Evaluate(evaluate.Result{}, c, contract.Sample{Fired: 0xFF, Means: contract.Fault, Quality: contract.OutOfRange}, evaluate.Rules{}, evaluate.Context{}))
	}
	p.wants(p.lost(), "fault raised no_data")
	for range 3 {
		p.observe(normal())
	}
	p.bits(0)
}

func TestObserveDoesNotAllocateWhenNothingChanges(t *testing.T) {
	p := newPt(t)
	quiet, loud := normal(), read(contract.OutOfRange, contract.Fire, contract.Supervisory)
	out := make([]Change, 0, 16)
	at := p.now
	if n := testing.AllocsPerRun(100, func() { out = p.s.Observe(quiet, at, out[:0]) }); n != 0 || len(out) != 0 {
		t.Errorf("normal: %v allocations, %d changes", n, len(out))
	}
	p.do(p.disable(3600))
	p.observe(loud)
	p.observe(loud)
	at = p.now
	if n := testing.AllocsPerRun(100, func() { out = p.s.Observe(loud, at, out[:0]) }); n != 0 || len(out) != 0 {
		t.Errorf("in fire: %v allocations, %d changes", n, len(out))
	}
}

func BenchmarkObserve(b *testing.B) {
	var s State
	r, at := normal(), start()
	out := make([]Change, 0, 8)
	b.ReportAllocs()
	for b.Loop() {
		out = s.Observe(r, at, out[:0])
	}
}
