package alarm

import (
	"testing"
	"time"

	"firepost/firmware-contracts/message"
)

func TestFirstGoodFrameIsAFireMarkedSingleReadThenConfirmed(t *testing.T) {
	p := newPt(t)
	p.wants(p.observe(fire()), "fire raised single_read")
	p.bits(burning)
	if !p.s.NeedsConfirm() || !p.s.RealFire() {
		t.Error("a single read asks for a second one")
	}
	p.wants(p.observe(fire()), "fire confirmed")
	p.wants(p.observe(fire()))
	if p.s.NeedsConfirm() {
		t.Error("two reads are a confirmed fire")
	}
}

func TestAFireClearsOnlyAfterTwoGoodReadsAndItsLatchStays(t *testing.T) {
	p := newPt(t)
	p.observe(fire())
	p.wants(p.observe(normal()))
	p.bits(burning)
	p.wants(p.observe(normal()), "fire cleared")
	p.bits(held)
	p.wants(p.observe(normal()))
	p.bits(held)
}

func TestABadReadingOrAGapRestartsTheTwoGoodReads(t *testing.T) {
	for name, interrupt := range map[string]func(p *pt){
		"invalid":  func(p *pt) { p.observe(invalid()) },
		"no data":  func(p *pt) { p.lost() },
		"restart":  func(p *pt) { p.s.Resume(p.now) },
		"fire":     func(p *pt) { p.observe(fire()) },
		"not read": func(p *pt) { p.observe(unknown()) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPt(t)
			p.observe(fire())
			p.observe(normal())
			interrupt(p)
			p.observe(normal())
			if !p.s.Bits().Has(message.Active) {
				t.Fatal("one good read after the interruption cleared the fire")
			}
			p.observe(normal())
			if p.s.Bits().Has(message.Active) {
				t.Fatal("two good reads did not clear the fire")
			}
		})
	}
}

func TestResetNeedsEverything(t *testing.T) {
	p := newPt(t)
	p.refused(p.reset(), NotInAlarm)
	p.observe(fire())
	p.refused(p.reset(), StillInFire)
	p.observe(normal())
	p.refused(p.reset(), StillInFire)
	p.observe(normal())
	for _, tt := range []struct {
		spoil func(c *Command)
		code  Code
	}{
		{func(c *Command) { c.Author = " \t" }, NeedsAuthor},
		{func(c *Command) { c.Outcome = "" }, NeedsOutcome},
		{func(c *Command) { c.Outcome = "REAL" }, NeedsOutcome},
		{func(c *Command) { c.Note = "\n" }, NeedsReason},
		{func(c *Command) { c.Seen = Ref{} }, NeedsEvent},
	} {
		c := p.reset()
		tt.spoil(&c)
		p.refused(c, tt.code)
	}
	got := p.do(p.reset())
	p.wants(got, "operation reset")
	if d := got[0].Detail; d.Author != "王芳" || d.Outcome != "false" || d.Note != "油烟" || d.Seen.IsZero() {
		t.Errorf("detail %+v", d)
	}
	p.bits(0)
	if (p.s.FireSince() != message.Stamp{}) {
		t.Error("a fire that was reset has no beginning")
	}
}

func TestEveryOutcomeIsTaken(t *testing.T) {
	for _, outcome := range []string{"real", "false", "test", "drill", "fault", "unknown"} {
		p := newPt(t)
		p.observe(fire())
		p.observe(normal())
		p.observe(normal())
		c := p.reset()
		c.Outcome = outcome
		p.do(c)
		p.bits(0)
	}
}

func TestASelfLatchingDetectorIsResetAtTheDeviceFirst(t *testing.T) {
	p := newPt(t)
	for range 10 {
		p.observe(fire())
	}
	p.refused(p.reset(), StillInFire)
	p.observe(normal()) // reset at the device
	p.refused(p.reset(), StillInFire)
	p.observe(normal())
	p.do(p.reset())
	p.bits(0)
}

func TestResetAfterARestartNeedsTwoGoodReadsAgain(t *testing.T) {
	p := newPt(t)
	p.observe(fire())
	p.observe(normal())
	p.observe(normal())
	p.s.Resume(p.now)
	p.refused(p.reset(), NeedsGoodReads)
	p.observe(normal())
	p.observe(invalid())
	p.observe(normal())
	p.refused(p.reset(), NeedsGoodReads)
	p.observe(normal())
	p.do(p.reset())
}

func TestAcknowledgementAndResetNameTheLastEventSeenAndLaterFiresSurvive(t *testing.T) {
	p := newPt(t)
	p.observe(fire())
	old := p.seen()
	p.observe(normal())
	p.observe(normal())
	p.observe(fire()) // a later fire of the same point
	p.observe(normal())
	p.observe(normal())
	for _, c := range []Command{p.ack(), p.silence(), p.reset()} {
		c.Seen = old
		p.refused(c, LaterEvent)
	}
	p.bits(held)
	c := p.reset()
	c.Seen = Ref{Epoch: 0, Seq: 1 << 60} // an older journal's number, however large
	p.refused(c, LaterEvent)
	p.wants(p.do(p.ack()), "operation acknowledged")
	p.do(p.reset())
}

func TestAFireWithoutANumberYetCannotHaveBeenSeen(t *testing.T) {
	p := newPt(t)
	p.s.Observe(fire(), p.step(), nil)
	p.refused(Command{Action: message.ActionAcknowledge, Author: "a", Seen: Ref{Epoch: 9, Seq: 9}}, LaterEvent)
}

func TestAcknowledgeSilenceClearedAndResetAreFourActs(t *testing.T) {
	p := newPt(t)
	p.refused(p.ack(), NotInAlarm)
	p.refused(p.silence(), NotInAlarm)
	p.observe(fire())
	p.wants(p.do(p.ack()), "operation acknowledged")
	p.bits(burning | message.Acknowledged)
	p.wants(p.do(p.ack()))
	p.wants(p.do(p.silence()), "operation silenced")
	p.bits(burning | message.Acknowledged | message.Silenced)
	p.wants(p.do(p.silence()))
	p.observe(normal())
	p.wants(p.observe(normal()), "fire cleared")
	p.bits(held | message.Acknowledged | message.Silenced)
	p.wants(p.do(p.reset()), "operation reset")
	p.bits(0)
}

func TestAnyNewFireSoundsAgain(t *testing.T) {
	p := newPt(t)
	p.observe(fire())
	p.do(p.ack())
	p.do(p.silence())
	p.wants(p.observe(fire()), "fire confirmed")
	p.bits(burning | message.Acknowledged | message.Silenced) // the same fire, confirmed
	p.observe(normal())
	p.observe(normal())
	first := p.s.FireSince()
	p.wants(p.observe(fire()), "fire raised single_read")
	p.bits(burning)
	if p.s.FireSince() != first || !p.s.FireRaised().Wall.After(first.Wall) {
		t.Error("the first fire stays the first, the newest raise is remembered")
	}
	if a, b := p.s.FireRefs(); !a.Before(b) || b != p.s.Last() {
		t.Errorf("refs %v %v, last %v", a, b, p.s.Last())
	}
}

func TestAFirePointThatStopsAnsweringStaysAFire(t *testing.T) {
	p := newPt(t)
	p.observe(fire())
	p.wants(p.lost(), "fault raised no_data")
	p.bits(burning | message.Fault)
	if !p.s.Unreachable() {
		t.Error("失联 is not shown")
	}
	p.wants(p.lost())
	p.now = p.now.Add(1000 * time.Hour)
	p.wants(p.tick())
	p.bits(burning | message.Fault)
	p.refused(p.reset(), Unreachable)
	p.wants(p.observe(normal()), "fault cleared no_data")
	p.bits(burning)
}

func TestAClearedFireThatStopsAnsweringIsNotResetEither(t *testing.T) {
	p := newPt(t)
	p.observe(fire())
	p.observe(normal())
	p.observe(normal())
	p.lost()
	p.refused(p.reset(), Unreachable)
	p.bits(held | message.Fault)
}

func TestAnUnreachablePointClosesOnlyAsRemovedWithNameAndNote(t *testing.T) {
	p := newPt(t)
	p.observe(fire())
	p.refused(p.remove(), StillReachable)
	p.lost()
	c := p.remove()
	c.Author = ""
	p.refused(c, NeedsAuthor)
	c = p.remove()
	c.Note = ""
	p.refused(c, NeedsReason)
	c = p.remove()
	c.Seen = Ref{Epoch: 0, Seq: 9}
	p.refused(c, LaterEvent)
	p.wants(p.do(p.remove()), "operation removed")
	p.bits(message.Fault)
	if f := p.s.Faults(); len(f) != 1 || f[0] != CauseRemoved {
		t.Errorf("faults %q: a place without a detector is not normal", f)
	}
	p.refused(p.remove(), AlreadyRemoved)
	p.wants(p.lost())
	p.bits(message.Fault)
}

func TestAHalfBurntDetectorThatAnswersNonsenseCanBeClosed(t *testing.T) {
	p := newPt(t)
	p.observe(fire())
	p.refused(p.remove(), StillReachable)
	p.observe(invalid())
	p.refused(p.reset(), StillInFire)
	p.wants(p.do(p.remove()), "operation removed")
	p.wants(p.observe(invalid()), "fault raised invalid", "fault cleared removed")
	p.bits(message.Fault)
}

func TestARemovedPointThatAnswersAgainIsWatchedAgain(t *testing.T) {
	p := newPt(t)
	p.lost()
	p.do(p.remove())
	p.wants(p.observe(fire()), "fire raised single_read", "fault cleared removed")
	p.bits(burning)
}

func TestALinkPointIsLostFoundAndRemoved(t *testing.T) {
	p := newPt(t)
	p.wants(p.lost(), "fault raised no_data")
	p.wants(p.number(p.s.Lost("bus_down", p.step(), nil)), "fault raised bus_down")
	p.wants(p.found(), "fault cleared no_data", "fault cleared bus_down")
	p.bits(0)
	p.wants(p.found())
	p.lost()
	p.do(p.remove())
	p.wants(p.found(), "fault cleared removed")
	p.bits(0)
}

func TestPrealarmIsNeverFire(t *testing.T) {
	p := newPt(t)
	p.wants(p.observe(prealarm()), "prealarm raised prealarm")
	p.bits(message.Prealarm)
	p.refused(p.ack(), NotInAlarm)
	p.refused(p.reset(), NotInAlarm)
	p.observe(normal())
	p.bits(message.Prealarm)
	p.wants(p.observe(normal()), "prealarm cleared prealarm")
	p.bits(0)
}
