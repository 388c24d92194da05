package walktest

import (
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/message"
)

// TestAWholeTest: from the first "now" to the end.
func TestAWholeTest(t *testing.T) {
	st := newStage(t)
	if len(st.s.Items) != 5 || st.s.Outcome() != OutcomeIncomplete {
		t.Fatalf("%+v", st.s.Items)
	}
	st.pass("a")
	a := st.smoke("a")
	if a.Result != Passed || *a.Hit.ResponseMS != 3000 || a.Hit.Event != "hs-03-1-101" || a.Restored.Event != "hs-03-1-102" || st.s.Await != nil {
		t.Errorf("%+v", a)
	}
	st.refused(st.s.MayFinish(), "open_items")
	st.pass("b")
	st.rest()
	st.look()
	st.ok(st.s.MayFinish())
	st.live()
	st.s.Finish(st.now, []string{"hs-03-1-200"})
	st.after(time.Second)
	if !st.look() || st.s.Phase != Closed || !st.s.Complete || st.s.Outcome() != OutcomePassed {
		t.Errorf("%s complete %v %s %v", st.s.Phase, st.s.Complete, st.s.Outcome(), st.s.NotNormal)
	}
	if !strings.Contains(strings.Join(st.s.Events, " "), "hs-03-1-200") {
		t.Errorf("the journal's events: %v", st.s.Events)
	}
}

// TestNowIsOptional: an answer nobody waited for passes, without a time.
func TestNowIsOptional(t *testing.T) {
	st := newStage(t)
	st.fire("a")
	if a := st.smoke("a"); a.Result != Passed || a.Hit.ResponseMS != nil {
		t.Errorf("%+v", a)
	}
	// A second answer of the same device keeps the first one's time and is seen as active.
	first := st.smoke("a").Hit.Event
	st.clear("a")
	st.fire("a")
	if a := st.smoke("a"); a.Hit.Event != first || !a.Active {
		t.Errorf("%+v", a)
	}
}

// TestTheWrongDevice: b answers while he stands in front of a; each way to settle it.
func TestTheWrongDevice(t *testing.T) {
	for choice, want := range map[Choice][2]Result{
		StoodThere: {Pending, Passed}, MixedUp: {Failed, Failed}, Drifted: {Pending, Pending},
	} {
		t.Run(string(choice), func(t *testing.T) {
			st := newStage(t)
			st.ok(st.now1("a"))
			st.after(2 * time.Second)
			st.fire("b")
			st.fire("b") // reported again: still one question
			if len(st.s.Crosses) != 1 || st.smoke("b").Result != Pending || st.s.Crosses[0].Real {
				t.Fatalf("%+v", st.s.Crosses)
			}
			st.clear("b")
			st.refused(st.s.Settle(0, "", "wang", st.now), "bad_choice")
			st.refused(st.s.Settle(0, "perhaps", "wang", st.now), "bad_choice")
			st.refused(st.s.Settle(7, Drifted, "wang", st.now), "unknown_item")
			st.ok(st.s.Settle(0, choice, "wang", st.now))
			st.refused(st.s.Settle(0, choice, "wang", st.now), "unknown_item")
			if a, b := st.smoke("a").Result, st.smoke("b").Result; a != want[0] || b != want[1] {
				t.Errorf("a %s, b %s, want %v", a, b, want)
			}
			if choice == StoodThere && *st.smoke("b").Hit.ResponseMS != 2000 {
				t.Errorf("%+v", st.smoke("b").Hit)
			}
			if (choice == Drifted) != (st.s.Await != nil) {
				t.Errorf("waits for %+v", st.s.Await)
			}
		})
	}
}

// TestBothAnswer: a answers after b; b's answer stays a question and blocks the end.
func TestBothAnswer(t *testing.T) {
	st := newStage(t)
	st.ok(st.now1("a"))
	st.fire("b")
	st.fire("a")
	if st.smoke("a").Result != Passed || st.smoke("b").Result != Pending {
		t.Error("an answer counted for the wrong device")
	}
	st.clear("a")
	st.clear("b")
	st.rest()
	st.refused(st.s.MayFinish(), "open_crosses")
	st.ok(st.s.Settle(0, Drifted, "wang", st.now))
	st.refused(st.s.MayFinish(), "open_items")
	st.pass("b")
	st.ok(st.s.MayFinish())
}

// TestARealFire: of a device that is not under test, and of one whose test has just ended.
func TestARealFire(t *testing.T) {
	st := newStage(t)
	other := st.event(message.KindRaised, message.ClassFire, "elsewhere", "smoke", message.Fire|message.Active|message.Latched)
	if st.s.Event(other) {
		t.Error("a fire elsewhere, while nobody waits, is no matter of this test")
	}
	st.ok(st.now1("a"))
	if !st.s.Event(other) || len(st.s.Crosses) != 1 || !st.s.Crosses[0].Real {
		t.Fatalf("%+v", st.s.Crosses)
	}
	st.refused(st.s.Settle(0, StoodThere, "wang", st.now), "bad_choice")
	st.ok(st.s.Settle(0, MixedUp, "wang", st.now))
	if st.smoke("a").Result != Failed || !strings.Contains(st.smoke("a").Reason, "elsewhere") {
		t.Errorf("%+v", st.smoke("a"))
	}
	st.s.Event(st.event(message.KindRaised, message.ClassFire, "b", "smoke", message.Fire|message.Active|message.Latched))
	if st.smoke("b").Result != Pending || len(st.s.Notes) == 0 {
		t.Error("a real fire passed a test, or was not noted")
	}
}

// TestOddOrders: what can't be done in this state is refused, with a reason.
func TestOddOrders(t *testing.T) {
	st := newStage(t)
	st.refused(st.s.Now("x", "smoke", st.now), "unknown_item")
	st.refused(st.s.Now("gauge", "pressure", st.now), "no_now")
	st.refused(st.mark("a", "smoke", Passed, ""), "must_answer")
	st.refused(st.mark("a", "smoke", Failed, "  "), "needs_reason")
	st.refused(st.mark("a", "smoke", Failed, strings.Repeat("烟", 201)), "too_long")
	st.refused(st.mark("a", "smoke", "splendid", "x"), "bad_result")
	st.ok(st.now1("a"))
	st.ok(st.now1("b")) // he has moved on
	if !st.s.awaits("b", "smoke") || st.smoke("a").Result != Pending {
		t.Errorf("%+v", st.s.Await)
	}
	st.ok(st.mark("b", "smoke", Failed, "吹烟后不报警"))
	if st.s.Await != nil {
		t.Error("it waits for what has failed")
	}
	// Tested again: the failure is kept as an earlier try.
	st.pass("b")
	if b := st.smoke("b"); b.Result != Passed || len(b.Earlier) != 1 || b.Earlier[0].Reason != "吹烟后不报警" {
		t.Errorf("%+v", b)
	}
	st.fire("a")
	st.refused(st.now1("a"), "still_active")
	st.ok(st.mark("b", "smoke", NotReached, "x"))
	st.ok(st.mark("gauge", "pressure", Passed, ""))
	st.ok(st.mark("", "siren", Failed, "听不到"))
	st.ok(st.mark("door", "open", Failed, "x"))
	st.refused(st.s.MayFinish(), "still_fire")
	st.refused(st.s.MayClose(), "still_fire")
	st.clear("a")
	st.ok(st.s.MayFinish())
	if st.s.Outcome() != OutcomeFailed {
		t.Error(st.s.Outcome())
	}
	st.ok(st.mark("", "siren", Pending, "taken back"))
	if it := st.it("", "siren"); it.Result != Pending || it.Reason != "" {
		t.Errorf("%+v", it)
	}
	st.refused(st.s.Allowed("li"), "not_yours")
	st.ok(st.s.Allowed("wang"))
}

// TestWithoutContact: a device that does not answer can't pass; a gauge without a reading neither.
func TestWithoutContact(t *testing.T) {
	st := newStage(t)
	st.v.place("a").Unreachable = true
	st.v.place("gauge").Points[0].Good = false
	st.v.Places = st.v.Places[:3] // the door is not configured any more
	st.look()
	st.refused(st.now1("a"), "not_running") // a device that is gone is not in test mode
	if st.s.Phase != Paused {
		t.Fatal(st.s.Phase)
	}
	st.s.Phase = Running
	st.refused(st.now1("a"), "no_contact")
	st.refused(st.mark("gauge", "pressure", Passed, ""), "no_value")
	st.ok(st.mark("a", "smoke", NotReached, "失联"))
	if !st.it("door", "open").Unreachable || st.it("gauge", "pressure").Value != nil {
		t.Error("something unknown is shown as known")
	}
}

// TestTestModeEndsByItself: the session is paused, says so, and can be taken up by another.
func TestTestModeEndsByItself(t *testing.T) {
	st := newStage(t)
	st.ok(st.now1("a"))
	st.after(TestFor)
	st.live()
	if !st.look() || st.s.Phase != Paused || st.s.Await != nil || len(st.s.Notes) != 1 {
		t.Fatalf("%s %+v", st.s.Phase, st.s.Notes)
	}
	for _, err := range []error{st.now1("a"), st.s.Stop(st.now), st.mark("a", "smoke", Failed, "x"), st.s.Settle(0, Drifted, "wang", st.now), st.s.MayFinish()} {
		st.refused(err, "not_running")
	}
	st.fire("a")
	if st.smoke("a").Result != Pending {
		t.Error("a fire passed a test that was over")
	}
	st.active("a", false)
	st.v.Places = shops()
	st.s.TakenUp("li", st.now, nil)
	st.look()
	if st.s.Phase != Running || st.s.Author != "li" || len(st.s.Authors) != 2 {
		t.Errorf("%+v", st.s)
	}
	st.pass("a")
	if st.smoke("a").Result != Passed || st.smoke("a").By != "li" {
		t.Errorf("%+v", st.smoke("a"))
	}
}

// TestForgotten: nobody takes it up again; it is closed as incomplete, and says so.
func TestForgotten(t *testing.T) {
	st := newStage(t)
	st.pass("a")
	st.live()
	st.look()
	st.after(forgottenAfter - time.Second)
	st.look()
	if st.s.Phase != Paused {
		t.Fatal("closed too early")
	}
	st.after(time.Second)
	st.look()
	if st.s.Phase != Closed || st.s.Complete || st.s.Outcome() != OutcomeIncomplete || st.s.Look(&st.v) {
		t.Errorf("%s %s", st.s.Phase, st.s.Outcome())
	}
}

// TestNotNormalAfterwards: what is not back within its time fails the acceptance.
func TestNotNormalAfterwards(t *testing.T) {
	st := newStage(t)
	st.pass("a")
	st.pass("b")
	st.rest()
	st.look()
	st.live()
	st.v.place("b").State = message.Fault
	st.s.Finish(st.now, nil)
	st.after(settleFor - time.Second)
	if st.look() || st.s.Phase != Ending {
		t.Fatal("it did not wait")
	}
	st.after(time.Second)
	st.look()
	if st.s.Phase != Closed || st.s.Outcome() != OutcomeFailed || len(st.s.NotNormal) != 1 || st.s.NotNormal[0] != "b" {
		t.Errorf("%s %s %v", st.s.Phase, st.s.Outcome(), st.s.NotNormal)
	}
}

// TestMissedEvents: when too many came at once, what can be seen counts, without a time.
func TestMissedEvents(t *testing.T) {
	st := newStage(t)
	st.active("a", true)
	st.v.place("a").Points[0].Event = "hs-03-1-999"
	st.look()
	if a := st.smoke("a"); a.Result != Passed || a.Hit.Event != "hs-03-1-999" || a.Hit.ResponseMS != nil {
		t.Errorf("%+v", a)
	}
	// But never in somebody else's place.
	st.ok(st.mark("door", "open", Pending, ""))
	st.active("a", false)
	st.look()
	st.ok(st.now1("a"))
	st.active("b", true)
	st.v.place("b").Points[0].Event = "hs-03-1-1000"
	st.look()
	if st.smoke("b").Result != Pending {
		t.Error("b passed while a was tested")
	}
}

// TestLate: two minutes without an answer are said, and fail nothing by themselves.
func TestLate(t *testing.T) {
	st := newStage(t)
	st.ok(st.now1("a"))
	st.after(lateAfter)
	if !st.look() || !st.s.Await.Late || st.smoke("a").Result != Pending {
		t.Errorf("%+v", st.s.Await)
	}
	st.fire("a")
	if *st.smoke("a").Hit.ResponseMS != lateAfter.Milliseconds() {
		t.Errorf("%+v", st.smoke("a").Hit)
	}
}

// TestInterrupted: the program was away. A "now" of another boot measures nothing.
func TestInterrupted(t *testing.T) {
	st := newStage(t)
	st.ok(st.now1("a"))
	st.now = message.Stamp{Boot: "boot-2", Mono: time.Minute, Wall: time.Unix(60, 0).UTC()}
	st.s.Interrupted(st.now)
	if st.s.Phase != Paused || st.s.Await != nil {
		t.Fatal(st.s.Phase)
	}
	st.look() // other boot, clock in 1970: no time has passed that could be known
	if st.s.Phase != Paused {
		t.Error(st.s.Phase)
	}
	st.s.TakenUp("wang", st.now, nil)
	st.s.Await = &Await{Device: "a", Point: "smoke", At: momentOf(stampAt(time.Hour))}
	st.fire("a")
	if a := st.smoke("a"); a.Result != Passed || a.Hit.ResponseMS != nil || a.Hit.At.Trusted {
		t.Errorf("%+v", a.Hit)
	}
}
