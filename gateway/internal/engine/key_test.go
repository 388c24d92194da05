package engine

import (
	"testing"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
	"firepost/gateway/internal/evaluate"
)

// switchOf is a booth's key switch for silence on site.
func switchOf(name string) Device {
	d := dev(name)
	d.Model = &contract.Contract{Name: "contact", Version: 1, Class: "input", Points: []contract.Point{{
		Name: "contact", Role: contract.RoleInput, Lane: contract.Alarm, Type: contract.Bool,
		Values: []contract.ValueMeaning{
			{Raw: 1, Means: contract.Supervisory, Cause: evaluate.CauseSilenceKey}, {Raw: 0},
		},
	}}}
	return d
}

func (r *rig) key(turned bool) {
	s := contract.Sample{}
	if turned {
		s.Raw, s.Means = 1, contract.Supervisory
	}
	r.Deliver(&source.Batch{Device: "key", Samples: []contract.Sample{s}, At: r.stamp()})
}

// TestKeySwitch: turning it stops the sounder for the fires so far; a key that is left turned
// silences nothing that comes later, and every turn is in the journal.
func TestKeySwitch(t *testing.T) {
	r := newRig(t, dev("a"), dev("b"), switchOf("key"))
	r.key(false)
	r.read("a", smoke, burning)
	if !r.decided().SounderOn {
		t.Fatal("the fire does not sound")
	}
	r.key(true)
	if d := r.decided(); d.SounderOn || !d.Strobe || !d.Takeover {
		t.Errorf("after the key was turned: %+v", d)
	}
	r.has("a", "smoke", message.Silenced|message.Latched)
	if r.point("a", "smoke").State.Has(message.Acknowledged) {
		t.Error("the key acknowledges")
	}
	r.key(true)
	r.read("b", smoke, burning)
	if !r.decided().SounderOn {
		t.Error("a later fire does not sound while the key is left turned")
	}
	r.key(true)
	if !r.decided().SounderOn {
		t.Error("a key that is left turned silences later fires")
	}
	r.key(false)
	r.key(false)
	r.key(true)
	if r.decided().SounderOn {
		t.Error("the second turn does not silence")
	}
	equal(t, "the key's events", r.kinds("key", "contact", 0), []string{"supervisory raised silence_key", "supervisory cleared silence_key", "supervisory raised silence_key"})
}

// TestKeySwitchAtStart: a key that was turned before the start silences no fire from before.
func TestKeySwitchAtStart(t *testing.T) {
	r := newRig(t, dev("a"), switchOf("key"))
	r.read("a", smoke, burning)
	r.restart(dev("a"), switchOf("key"))
	if !r.decided().SounderOn {
		t.Fatal("the fire does not sound after the restart")
	}
	r.key(true)
	if !r.decided().SounderOn {
		t.Error("a key that nobody has turned silences")
	}
}

// TestKeyAndFireInOneReading: a fire that is read together with the turn of the key has sounded
// for nobody yet: it sounds.
func TestKeyAndFireInOneReading(t *testing.T) {
	d := switchOf("key")
	d.Model.Points = append(d.Model.Points, contract.Point{
		Name: "call-point", Role: contract.RoleInput, Lane: contract.Alarm, Type: contract.Bool,
		Values: []contract.ValueMeaning{{Raw: 1, Means: contract.Fire, Cause: "call_point"}, {Raw: 0}},
	})
	for _, first := range []int{0, 1} {
		r := newRig(t, d)
		both := func(keyed, fire contract.Sample) {
			keyed.Point, fire.Point = 0, 1
			list := []contract.Sample{keyed, fire}
			r.Deliver(&source.Batch{Device: "key", Samples: []contract.Sample{list[first], list[1-first]}, At: r.stamp()})
		}
		both(contract.Sample{}, contract.Sample{})
		both(contract.Sample{Raw: 1, Means: contract.Supervisory}, contract.Sample{Raw: 1, Means: contract.Fire})
		if !r.decided().SounderOn {
			t.Errorf("sample %d first: the fire was silenced before it sounded", first)
		}
	}
}

// TestKeyThatIsNoKey: a loop whose wire is broken is not at rest, so what comes after it is no
// turn; a key that is disabled or under test silences nothing.
func TestKeyThatIsNoKey(t *testing.T) {
	d := switchOf("key")
	d.Model.Points[0].Values = append(d.Model.Points[0].Values, contract.ValueMeaning{Raw: 2, Means: contract.Fault, Cause: "wire_open"})
	r := newRig(t, dev("a"), d)
	r.key(false)
	r.read("a", smoke, burning)
	r.Deliver(&source.Batch{Device: "key", Samples: []contract.Sample{{Raw: 2, Means: contract.Fault}}, At: r.stamp()})
	r.key(true)
	if !r.decided().SounderOn {
		t.Error("a broken wire became a turn of the key")
	}
	for _, act := range []message.Action{message.ActionTestOn, message.ActionDisable} {
		r.key(false)
		r.key(false)
		r.must(r.do(act, "key", "contact", func(c *message.Command) { c.Author, c.Note, c.Seconds = "王", "chatters", 600 }))
		r.key(true)
		if !r.decided().SounderOn {
			t.Errorf("a key under %s silences", act)
		}
	}
}
