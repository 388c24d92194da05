package alarm

import (
	"testing"
	"time"

	"firepost/firmware-contracts/message"
)

func TestADisabledPointForwardsItsFiresFlaggedAndKeepsTheLatch(t *testing.T) {
	p := newPt(t)
	p.refused(Command{Action: message.ActionDisable, Author: "a", Seconds: 60}, NeedsReason)
	p.refused(p.disable(0), NeedsExpiry)
	p.refused(p.disable(-1), NeedsExpiry)
	p.refused(p.disable(1<<62), ExpiryTooLong)
	p.refused(by(message.ActionEnable), NotDisabled)
	got := p.do(p.disable(3600))
	p.wants(got, "operation disabled")
	if d := got[0].Detail; d.Author != "李强" || d.Note != "装修" || d.Seconds != 3600 || !d.Until.Equal(p.now.Wall.Add(time.Hour)) {
		t.Errorf("detail %+v", d)
	}
	if d, ok := p.s.Disablement(); !ok || d.Author != "李强" || d.Note != "装修" || d.Length != time.Hour || d.Began != p.now {
		t.Errorf("disablement %+v %v", d, ok)
	}
	p.wants(p.observe(fire()), "fire raised single_read")
	p.bits(burning | message.Disabled)
	p.observe(normal())
	p.observe(normal())
	p.bits(held | message.Disabled)
	p.wants(p.do(by(message.ActionEnable)), "operation enabled")
	p.bits(held)
}

func TestAFirePresentWhenTheDisablementEndsIsANewFire(t *testing.T) {
	for name, end := range map[string]func(p *pt) []Change{
		"enabled": func(p *pt) []Change { return p.do(by(message.ActionEnable)) },
		"expired": func(p *pt) []Change { p.now = p.now.Add(time.Hour); return p.tick() },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPt(t)
			p.do(p.disable(60))
			p.observe(fire())
			p.observe(fire())
			p.do(p.ack())
			p.do(p.silence())
			old := p.seen()
			got := end(p)
			cause := ""
			if name == "expired" {
				cause = " expired"
			}
			p.wants(got, "operation enabled"+cause, "fire raised still_present")
			p.bits(burning)
			c := p.ack()
			c.Seen = old
			p.refused(c, LaterEvent)
			p.wants(p.observe(fire())) // it was confirmed before
		})
	}
}

func TestADisablementIsRenewed(t *testing.T) {
	p := newPt(t)
	p.do(p.disable(60))
	p.do(p.disable(7200))
	p.now = p.now.Add(time.Hour)
	p.wants(p.tick())
	p.bits(message.Disabled)
	p.now = p.now.Add(2 * time.Hour)
	p.wants(p.tick(), "operation enabled expired")
}

func TestATestEndsByItselfAfterThirtyMinutes(t *testing.T) {
	p := newPt(t)
	p.refused(testOn(-1), NeedsExpiry)
	p.refused(testOn(int64(MaxTest/time.Second)+1), ExpiryTooLong)
	p.refused(by(message.ActionTestOff), NotInTest)
	p.wants(p.do(testOn(0)), "operation test_started")
	p.bits(message.Test)
	if d, ok := p.s.Test(); !ok || d.Length != 30*time.Minute {
		t.Errorf("test %+v %v", d, ok)
	}
	mono, wall, ok := p.s.NextDeadline()
	if !ok || mono != p.now.Mono+30*time.Minute || !wall.IsZero() {
		t.Errorf("deadline %v %v %v", mono, wall, ok)
	}
	p.now = p.now.Add(30*time.Minute - time.Millisecond)
	p.wants(p.tick())
	p.now = p.now.Add(time.Millisecond)
	p.wants(p.tick(), "operation test_ended expired")
	if _, _, ok := p.s.NextDeadline(); ok {
		t.Error("nothing is left to wait for")
	}
}

func TestATestsFireIsFlaggedNotLatchedAndGoesWithTheTest(t *testing.T) {
	p := newPt(t)
	p.do(testOn(0))
	p.wants(p.observe(fire()), "fire raised single_read")
	p.bits(message.Fire | message.Active | message.Test)
	if p.s.RealFire() {
		t.Error("a test's fire is no real fire")
	}
	p.observe(normal())
	p.wants(p.observe(normal()), "fire cleared")
	p.bits(message.Fire | message.Test)
	p.wants(p.do(by(message.ActionTestOff)), "operation test_ended")
	p.bits(0)
}

func TestAFirePresentWhenTheTestEndsIsANewRealFire(t *testing.T) {
	p := newPt(t)
	p.do(testOn(60))
	p.observe(fire())
	p.do(p.silence())
	p.now = p.now.Add(time.Hour)
	p.wants(p.tick(), "operation test_ended expired", "fire raised still_present")
	p.bits(burning)
	if p.s.FireSince() != p.now {
		t.Error("the real fire begins with the end of the test")
	}
	p.wants(p.observe(fire()), "fire confirmed")
}

func TestAFireReadAfterTheTestRanOutIsRealEvenBeforeTheTick(t *testing.T) {
	p := newPt(t)
	p.do(testOn(60))
	p.now = p.now.Add(time.Minute)
	p.wants(p.observe(fire()), "operation test_ended expired", "fire raised single_read")
	p.bits(burning)
}

func TestATestNeverTakesAFireThatWasLatchedBefore(t *testing.T) {
	p := newPt(t)
	p.observe(fire())
	p.do(p.silence())
	p.observe(normal())
	p.observe(normal())
	p.do(testOn(60))
	p.bits(held | message.Silenced | message.Test)
	if !p.s.RealFire() {
		t.Error("the latched fire is still real")
	}
	p.wants(p.observe(fire()), "fire raised single_read")
	p.bits(burning | message.Silenced | message.Test) // the test's fire takes no silence back
	p.observe(normal())
	p.observe(normal())
	p.wants(p.do(by(message.ActionTestOff)), "operation test_ended")
	p.bits(held | message.Silenced)
}

func TestALostPointInTestStaysAFireWhenTheTestEnds(t *testing.T) {
	p := newPt(t)
	p.do(testOn(60))
	p.observe(fire())
	p.lost()
	p.now = p.now.Add(time.Hour)
	p.wants(p.tick(), "operation test_ended expired", "fire raised still_present")
	p.bits(burning | message.Fault)
}

func TestTestAndDisablementEndEachOnItsOwn(t *testing.T) {
	p := newPt(t)
	p.do(p.disable(120))
	p.do(testOn(60))
	p.observe(fire())
	p.bits(message.Fire | message.Active | message.Test | message.Disabled)
	p.now = p.now.Add(time.Minute)
	p.wants(p.tick(), "operation test_ended expired", "fire raised still_present")
	p.bits(burning | message.Disabled)
	p.now = p.now.Add(time.Minute)
	p.wants(p.tick(), "operation enabled expired", "fire raised still_present")
	p.bits(burning)
}

func TestAClockThatStepsOrIsNotTrustedEndsNothingEarly(t *testing.T) {
	epoch := time.Unix(5, 0).UTC()
	for name, tt := range map[string]struct{ began, later message.Stamp }{
		"1970 to now, then trusted": {
			message.Stamp{Boot: "b1", Mono: time.Minute, Wall: epoch},
			message.Stamp{Boot: "b1", Mono: 2 * time.Minute, Wall: start().Wall, Trusted: true},
		},
		"trusted, stepping forward": {
			message.Stamp{Boot: "b1", Mono: time.Minute, Wall: start().Wall, Trusted: true},
			message.Stamp{Boot: "b1", Mono: 2 * time.Minute, Wall: start().Wall.AddDate(1, 0, 0), Trusted: true},
		},
		"trusted, stepping back": {
			message.Stamp{Boot: "b1", Mono: time.Minute, Wall: start().Wall, Trusted: true},
			message.Stamp{Boot: "b1", Mono: 2 * time.Minute, Wall: epoch},
		},
		"untrusted and far ahead after a restart": {
			message.Stamp{Boot: "b1", Mono: time.Minute, Wall: start().Wall, Trusted: true},
			message.Stamp{Boot: "b2", Mono: time.Second, Wall: start().Wall.AddDate(20, 0, 0)},
		},
		"began untrusted, restarted, now trusted": {
			message.Stamp{Boot: "b1", Mono: time.Minute, Wall: epoch},
			message.Stamp{Boot: "b2", Mono: time.Second, Wall: start().Wall, Trusted: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPt(t)
			p.now = tt.began
			p.do(p.disable(3600))
			p.now = tt.later
			p.wants(p.tick())
			p.bits(message.Disabled)
			// The whole length by this boot's monotonic clock always ends it.
			p.now.Mono += 3600 * time.Second
			p.wants(p.tick(), "operation enabled expired")
		})
	}
}

func TestAfterARestartTheTrustedWallClockEndsADisablement(t *testing.T) {
	p := newPt(t)
	p.do(p.disable(3600))
	end := p.now.Wall.Add(time.Hour)
	p.now = message.Stamp{Boot: "b2", Mono: 10 * time.Second, Wall: time.Unix(9, 0).UTC()}
	p.s.Resume(p.now)
	mono, wall, ok := p.s.NextDeadline()
	if !ok || mono != p.now.Mono+time.Hour || !wall.Equal(end) {
		t.Errorf("deadline %v %v %v, want %v %v", mono, wall, ok, p.now.Mono+time.Hour, end)
	}
	if until, ok := p.s.Until(p.now); !ok || !until.Equal(end) {
		t.Errorf("until %v %v, want %v", until, ok, end)
	}
	p.now.Mono += time.Minute
	p.now.Wall, p.now.Trusted = end.Add(-time.Millisecond), true
	p.wants(p.tick())
	p.now.Wall = end
	p.wants(p.tick(), "operation enabled expired")
}

func TestUntilIsToldOnlyWhenTheClockCanTell(t *testing.T) {
	p := newPt(t)
	if _, ok := p.s.Until(p.now); ok {
		t.Error("nothing runs")
	}
	p.now.Trusted = false
	got := p.do(testOn(60))
	if got[0].Detail.Until != nil {
		t.Error("an end told by a clock that is not trusted")
	}
	if _, ok := p.s.Until(p.now); ok {
		t.Error("an end told by a clock that is not trusted")
	}
	now := p.now
	now.Trusted, now.Wall = true, start().Wall.AddDate(0, 0, 1)
	if until, ok := p.s.Until(now); !ok || !until.Equal(now.Wall.Add(time.Minute)) {
		t.Errorf("until %v %v", until, ok)
	}
}

func TestAReplacedBoardTakesOverLatchAndDisablement(t *testing.T) {
	old := newPt(t)
	old.observe(fire())
	old.do(old.ack())
	old.do(old.disable(3600))
	p := newPt(t)
	p.now = message.Stamp{Boot: "new board", Mono: time.Second, Wall: old.now.Wall, Trusted: true}
	p.wants(p.number(p.s.Adopt(old.s, p.now, nil)), "fire restored latch", "operation restored disablement")
	p.bits(burning | message.Acknowledged | message.Disabled)
	if d, _ := p.s.Disablement(); d.Note != "装修" || d.Began != old.now {
		t.Errorf("disablement %+v", d)
	}
	p.wants(p.number(p.s.Adopt(old.s, p.now, nil)))
	p.now.Mono += time.Second
	p.now.Wall = p.now.Wall.Add(time.Hour)
	p.wants(p.tick(), "operation enabled expired", "fire raised still_present")
	p.observe(normal())
	p.observe(normal())
	p.do(p.reset())
	p.bits(0)
}

func TestAdoptOnlyAdds(t *testing.T) {
	p := newPt(t)
	p.observe(fire())
	p.do(p.disable(60))
	before := p.s
	if out := p.s.Adopt(State{}, p.now, nil); len(out) != 0 || p.s != before {
		t.Errorf("a normal record took something away: %v", kinds(out))
	}
}
