package annunciate

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/alarm"
)

const (
	burning = message.Fire | message.Active | message.Latched
	latched = message.Fire | message.Latched
)

func at(mono time.Duration) message.Stamp { return message.Stamp{Boot: "b1", Mono: mono} }

func timing() Timing {
	return Timing{MaxOn: 10 * time.Minute, Pause: time.Minute, Chirp: time.Second, ChirpEvery: 30 * time.Second}
}

// shop is a fire raised seq seconds after the boot, as event seq.
func shop(seq uint64, bits message.Bits) PointView {
	return PointView{
		Device: fmt.Sprintf("DEV%d", seq), Point: "SMOKE", Premises: fmt.Sprintf("CODE%d", seq),
		PublicLabel: contract.Text{ZH: fmt.Sprintf("商店%d", seq), EN: fmt.Sprintf("Shop %d", seq)},
		Bits:        bits, First: alarm.Ref{Epoch: 1, Seq: seq}, Latest: alarm.Ref{Epoch: 1, Seq: seq},
		Raised: at(time.Duration(seq) * time.Second),
	}
}

func drill(v PointView) PointView { v.Drill = true; return v }

func picture(views ...PointView) Picture { return Picture{Points: views, Timing: timing()} }

func TestWhatEachStateAsksFor(t *testing.T) {
	for _, tt := range []struct {
		name     string
		view     PointView
		sound    Sound
		strobe   bool
		takeover bool
	}{
		{"normal", shop(1, 0), SoundOff, false, false},
		{"prealarm", shop(1, message.Prealarm), SoundOff, false, false},
		{"supervisory and fault", shop(1, message.Supervisory|message.Fault), SoundOff, false, false},
		{"fire", shop(1, burning), SoundAlarm, true, true},
		{"fire, unreachable", shop(1, burning|message.Fault), SoundAlarm, true, true},
		{"fire, acknowledged", shop(1, burning|message.Acknowledged), SoundAlarm, true, true},
		{"fire, silenced", shop(1, burning|message.Silenced), SoundOff, true, true},
		{"latched", shop(1, latched), SoundAlarm, true, true},
		{"latched, silenced", shop(1, latched|message.Silenced), SoundOff, true, true},
		{"disabled", shop(1, burning|message.Disabled), SoundOff, false, false},
		{"disabled, in test", shop(1, burning|message.Disabled|message.Test), SoundOff, false, false},
		{"a test's fire", shop(1, message.Fire|message.Active|message.Test), SoundChirp, false, false},
		{"a test's fire, over", shop(1, message.Fire|message.Test), SoundOff, false, false},
		{"a test's fire, silenced", shop(1, message.Fire|message.Active|message.Test|message.Silenced), SoundOff, false, false},
		{"latched before the test began", shop(1, latched|message.Test), SoundAlarm, true, true},
		{"drill", drill(shop(1, burning)), SoundChirp, false, true},
		{"drill, silenced", drill(shop(1, burning|message.Silenced)), SoundOff, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := Decide(picture(tt.view), at(time.Second))
			if d.Sounder != tt.sound || d.SounderOn != (tt.sound != SoundOff) || d.Strobe != tt.strobe || d.Takeover != tt.takeover {
				t.Errorf("sounder %s on %v strobe %v takeover %v", d.Sounder, d.SounderOn, d.Strobe, d.Takeover)
			}

			if d.EndDrill {
				t.Error("there is nothing to end")
			}
		})
	}
}

func TestNothingIsAskedForByAnEmptyPicture(t *testing.T) {
	if d := Decide(Picture{}, at(0)); d != (Desired{}) {
		t.Errorf("%+v", d)
	}
	if _, ok := NextChange(Picture{}, at(0)); ok {
		t.Error("nothing will change")
	}
}

func TestOneUnsilencedFireAmongSilencedOnesSounds(t *testing.T) {
	d := Decide(picture(shop(1, burning|message.Silenced), shop(2, burning), shop(3, latched|message.Silenced)), at(time.Minute))
	if d.Sounder != SoundAlarm || !d.SounderOn {
		t.Errorf("sounder %s on %v", d.Sounder, d.SounderOn)
	}
}

func TestTheLongestOnTimePausesAndRepeatsForEver(t *testing.T) {
	p := picture(shop(10, burning))
	from := 10 * time.Second
	for _, cycle := range []int64{0, 1, 2, 1000, 100_000} {
		begin := from + time.Duration(cycle)*11*time.Minute
		for _, step := range []struct {
			after time.Duration
			on    bool
			next  time.Duration
		}{
			{0, true, 10 * time.Minute},
			{10*time.Minute - 1, true, 10 * time.Minute},
			{10 * time.Minute, false, 11 * time.Minute},
			{11*time.Minute - 1, false, 11 * time.Minute},
		} {
			d := Decide(p, at(begin+step.after))
			next, ok := NextChange(p, at(begin+step.after))
			if d.SounderOn != step.on || d.Sounder != SoundAlarm || !ok || next != begin+step.next || d.Next != next {
				t.Errorf("cycle %d after %v: on %v next %v, want %v %v", cycle, step.after, d.SounderOn, next-begin, step.on, step.next)
			}
		}
	}
}

func TestANewFireSoundsAtOnceEvenInAPause(t *testing.T) {
	old, now := shop(10, burning), at(10*time.Second+10*time.Minute+30*time.Second)
	if Decide(picture(old), now).SounderOn {
		t.Fatal("not in a pause")
	}
	if !Decide(picture(old, shop(uint64(now.Mono/time.Second), burning)), now).SounderOn {
		t.Error("the new fire waits for the pause to end")
	}
}

func TestWithoutALongestOnTimeTheSounderNeverPauses(t *testing.T) {
	p := picture(shop(1, burning))
	p.Timing = Timing{}
	for _, mono := range []time.Duration{time.Second, time.Hour, 1000 * time.Hour} {
		d := Decide(p, at(mono))
		if !d.SounderOn || d.HasNext {
			t.Errorf("%v: on %v next %v", mono, d.SounderOn, d.HasNext)
		}
	}
}

func TestAFireFromAnEarlierBootSoundsFromTheStart(t *testing.T) {
	v := shop(1, burning)
	v.Raised = message.Stamp{Boot: "b0", Mono: 99 * time.Hour}
	p := picture(v)
	p.Started = at(10*time.Minute + 30*time.Second)
	if d := Decide(p, p.Started); !d.SounderOn {
		t.Error("the sounder starts in a pause")
	}
	p.Started = message.Stamp{}
	if d := Decide(p, at(0)); !d.SounderOn {
		t.Error("without a start it counts from the boot")
	}
}

func TestAChirpIsShortAndComesAgain(t *testing.T) {
	p := picture(shop(5, message.Fire|message.Active|message.Test))
	for _, step := range []struct {
		mono time.Duration
		on   bool
	}{
		{5 * time.Second, true}, {6 * time.Second, false}, {34 * time.Second, false}, {35 * time.Second, true}, {36 * time.Second, false},
	} {
		if d := Decide(p, at(step.mono)); d.SounderOn != step.on || !d.HasNext || d.Next <= step.mono {
			t.Errorf("%v: on %v next %v", step.mono, d.SounderOn, d.Next)
		}
	}
}

func TestARealFireDrownsATestAndEndsEveryDrill(t *testing.T) {
	d := Decide(picture(
		drill(shop(1, burning)), shop(2, message.Fire|message.Active|message.Test), shop(3, burning|message.Silenced),
	), at(3*time.Second))
	if !d.EndDrill || !d.Strobe || d.Sounder != SoundOff {
		t.Errorf("end drill %v strobe %v sounder %s: a drill must not sound over a silenced fire", d.EndDrill, d.Strobe, d.Sounder)
	}
	if !d.Takeover {
		t.Error("the screens are not taken over")
	}
}

func TestATestOrADisabledFireEndsNoDrill(t *testing.T) {
	d := Decide(picture(drill(shop(1, burning)), shop(2, message.Fire|message.Active|message.Test), shop(3, burning|message.Disabled)), at(3*time.Second))
	if d.EndDrill || !d.Takeover || d.Strobe {
		t.Errorf("%+v", d)
	}
}

func TestSoundNames(t *testing.T) {
	for s, want := range map[Sound]string{SoundOff: "off", SoundChirp: "chirp", SoundAlarm: "alarm", 9: "unknown"} {
		if s.String() != want {
			t.Errorf("%d is %q", s, s)
		}
	}
}

func TestPropertyAnUnsilencedFireIsHeardAgainWithinThePause(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var views []PointView
		loud := false
		now := at(time.Duration(rapid.Int64Range(0, int64(200*time.Hour)).Draw(t, "now")))
		for i := range rapid.IntRange(0, 6).Draw(t, "points") {
			v := shop(uint64(i+1), message.Bits(rapid.Uint16Range(0, 1023).Draw(t, "bits")))
			v.Drill = rapid.IntRange(0, 5).Draw(t, "drill") == 0
			v.Raised.Mono = time.Duration(rapid.Int64Range(0, int64(now.Mono)).Draw(t, "raised"))
			if rapid.IntRange(0, 3).Draw(t, "boot") == 0 {
				v.Raised.Boot = "b0"
			}
			loud = loud || kindOf(&v) == realFire && !v.Bits.Has(message.Silenced)
			views = append(views, v)
		}
		p := picture(views...)
		d := Decide(p, now)
		if (d.Sounder == SoundAlarm) != loud {
			t.Fatalf("sounder %s, unsilenced fire %v", d.Sounder, loud)
		}
		if d.Strobe && !d.Takeover {
			t.Fatal("the strobe flashes and the screens know nothing of it")
		}
		if d.HasNext {
			if d.Next <= now.Mono {
				t.Fatalf("next change %v is not after %v", d.Next, now.Mono)
			}
			if before, after := Decide(p, at(d.Next-1)), Decide(p, at(d.Next)); before.SounderOn != d.SounderOn || after.SounderOn == d.SounderOn {
				t.Fatalf("the sounder does not change at %v", d.Next)
			}
		}
		if loud && !d.SounderOn && d.Next-now.Mono > p.Timing.Pause {
			t.Fatalf("silent for %v", d.Next-now.Mono)
		}
	})
}
