package takeover_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/kiosk/takeover"
)

const burning = message.Fire | message.Active | message.Latched

func at(mono time.Duration) message.Stamp {
	wall := time.Date(2026, 11, 24, 6, 3, 0, 0, time.UTC)
	return message.Stamp{Boot: "b1", Mono: mono, Wall: wall.Add(mono), Trusted: true}
}

// fire is one of a shop, raised at a time since boot; n tells it from others and orders them.
func fire(n int, raised time.Duration) takeover.Fire {
	return takeover.Fire{
		ID: fmt.Sprintf("hs-03-1-%d", n), Order: uint64(n), Latest: uint64(n),
		Device: fmt.Sprintf("smoke-%d", n), Point: "smoke", Premises: fmt.Sprintf("HS-%d", n),
		Label: contract.Text{ZH: fmt.Sprintf("第%d号店", n), EN: fmt.Sprintf("Shop %d", n)},
		Bits:  burning, Raised: at(raised), Since: at(raised).Wall, Metres: -1,
	}
}

func decide(t *testing.T, in takeover.Input) *takeover.Scene {
	t.Helper()
	s, _, _ := takeover.Decide(in, takeover.Memory{})
	if s == nil {
		t.Fatal("nothing is taken over")
	}
	return s
}

func TestAFireIsVerifiedFirst(t *testing.T) {
	in := takeover.Input{Fires: []takeover.Fire{fire(1, time.Second)}, Now: at(2 * time.Second)}
	s, m, next := takeover.Decide(in, takeover.Memory{})
	if s.Kind != takeover.Real || s.Stage != takeover.Verifying || s.Title.ZH != "报警核实中" {
		t.Fatalf("got %+v; want a real one being verified", s)
	}
	if next != 61*time.Second {
		t.Errorf("changes at %v; want 60 s after the fire", next)
	}
	in.Now = at(61 * time.Second)
	if s, _, _ = takeover.Decide(in, m); s.Stage != takeover.Evacuate {
		t.Errorf("unanswered for a minute and still %s", s.Stage)
	}
}

func TestWhatMakesPeopleLeave(t *testing.T) {
	two := []takeover.Fire{fire(1, 0), fire(2, 0)}
	same := []takeover.Fire{fire(1, 0), fire(2, 0)}
	same[1].Device, same[1].Point = same[0].Device, "heat"
	callPoint := []takeover.Fire{fire(1, 0)}
	callPoint[0].CallPoint = true
	earlier := []takeover.Fire{fire(1, 0)}
	earlier[0].Raised.Boot = "b0"
	answeredEarlier := []takeover.Fire{fire(1, 0)}
	answeredEarlier[0].Raised.Boot, answeredEarlier[0].Answered = "b0", true
	answered := []takeover.Fire{fire(1, 0)}
	answered[0].Answered = true
	for _, c := range []struct {
		name  string
		fires []takeover.Fire
		at    time.Duration
		want  takeover.Stage
	}{
		{"one detector", []takeover.Fire{fire(1, 0)}, time.Second, takeover.Verifying},
		{"a second detector", two, time.Second, takeover.Evacuate},
		{"two points of one detector", same, time.Second, takeover.Verifying},
		{"a manual call point", callPoint, time.Second, takeover.Evacuate},
		{"burning since before the power came back", earlier, time.Second, takeover.Evacuate},
		{"answered before the power went", answeredEarlier, time.Second, takeover.Verifying},
		{"answered within the minute", answered, time.Hour, takeover.Verifying},
		{"unanswered", []takeover.Fire{fire(1, 0)}, time.Minute, takeover.Evacuate},
	} {
		t.Run(c.name, func(t *testing.T) {
			if s := decide(t, takeover.Input{Fires: c.fires, Now: at(c.at)}); s.Stage != c.want {
				t.Errorf("stage %s; want %s", s.Stage, c.want)
			}
		})
	}
}

func TestWhatTakesNothingOver(t *testing.T) {
	change := func(f func(*takeover.Fire)) []takeover.Fire {
		x := fire(1, 0)
		f(&x)
		return []takeover.Fire{x}
	}
	for name, fires := range map[string][]takeover.Fire{
		"nothing":     nil,
		"no fire":     change(func(f *takeover.Fire) { f.Bits = message.Fault }),
		"a pre-alarm": change(func(f *takeover.Fire) { f.Bits = message.Prealarm }),
		"disabled":    change(func(f *takeover.Fire) { f.Bits = burning | message.Disabled }),
		"under test":  change(func(f *takeover.Fire) { f.Bits = message.Fire | message.Active | message.Test }),
		"too far":     change(func(f *takeover.Fire) { f.Metres = 301 }),
	} {
		if s, _, next := takeover.Decide(takeover.Input{Fires: fires, Now: at(0)}, takeover.Memory{}); s != nil || next != 0 {
			t.Errorf("%s took the screens over: %+v", name, s)
		}
	}
	for name, fires := range map[string][]takeover.Fire{
		"a fire from before its test": change(func(f *takeover.Fire) { f.Bits = burning | message.Test }),
		"as far as the radius":        change(func(f *takeover.Fire) { f.Metres = 300 }),
		"nobody knows how far":        change(func(f *takeover.Fire) { f.Metres = -1 }),
		"cleared but not reset":       change(func(f *takeover.Fire) { f.Bits = message.Fire | message.Latched }),
	} {
		if s, _, _ := takeover.Decide(takeover.Input{Fires: fires, Now: at(0)}, takeover.Memory{}); s == nil {
			t.Errorf("%s was not shown", name)
		}
	}
}

func TestOnlyWhatIsTrueIsReported(t *testing.T) {
	f := func(reported, answered bool, when time.Time) takeover.Fire {
		x := fire(1, 0)
		x.Reported, x.Answered, x.AnsweredAt = reported, answered, when
		return x
	}
	other := func(x takeover.Fire) takeover.Fire { x.Device, x.Order = "smoke-9", 9; return x }
	when := time.Date(2026, 11, 24, 6, 3, 20, 0, time.UTC)
	for _, c := range []struct {
		name  string
		fires []takeover.Fire
		want  string
	}{
		{"nobody knows yet", []takeover.Fire{f(false, false, time.Time{})}, "请拨打119"},
		{"the platform has it", []takeover.Fire{f(true, false, time.Time{})}, "已报警"},
		{"answered", []takeover.Fire{f(true, true, when)}, "控制室已接警 14:03"},
		{"answered, nobody knows when", []takeover.Fire{f(true, true, time.Time{})}, "控制室已接警"},
		{"one of two reported", []takeover.Fire{f(true, false, time.Time{}), other(f(false, false, time.Time{}))}, "请拨打119"},
		{"one of two answered", []takeover.Fire{f(true, true, when), other(f(true, false, time.Time{}))}, "已报警"},
		{"both answered, one without time", []takeover.Fire{f(true, true, when), other(f(true, true, time.Time{}))}, "控制室已接警"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if s := decide(t, takeover.Input{Fires: c.fires, Now: at(0)}); s.Report.ZH != c.want {
				t.Errorf("reports %q; want %q", s.Report.ZH, c.want)
			}
		})
	}
	drill := fire(1, 0)
	drill.Drill = true
	if s := decide(t, takeover.Input{Fires: []takeover.Fire{drill}, Now: at(0)}); strings.Contains(s.Report.ZH, "119") {
		t.Errorf("a drill makes people call: %q", s.Report.ZH)
	}
}

func TestPlacesInOrderAndOnce(t *testing.T) {
	fires := []takeover.Fire{fire(3, 0), fire(1, 0), fire(2, 0)}
	again := fire(4, 0)
	again.Label = fires[0].Label
	s := decide(t, takeover.Input{Fires: append(fires, again), Now: at(0)})
	var got []string
	for i, p := range s.Places {
		got = append(got, p.Label.ZH)
		if p.First != (i == 0) {
			t.Errorf("place %d, first: %v", i, p.First)
		}
	}
	if want := []string{"第1号店", "第3号店", "第2号店"}; !slices.Equal(got, want) {
		t.Errorf("places %q; want the first fire, then the newest: %q", got, want)
	}
	if want := "第1号店等3处"; !strings.Contains(s.Line.ZH, want) {
		t.Errorf("line %q lacks %q", s.Line.ZH, want)
	}
	x := fire(1, 0)
	x.Label = contract.Text{}
	if s := decide(t, takeover.Input{Fires: []takeover.Fire{x}, Now: at(0)}); s.Places[0].Label.ZH != "附近场所" {
		t.Errorf("a place without a label reads %q", s.Places[0].Label.ZH)
	}
	untimed := fire(1, 0)
	untimed.Since = time.Time{}
	if s := decide(t, takeover.Input{Fires: []takeover.Fire{untimed}, Now: at(0)}); s.Places[0].Since != "" {
		t.Errorf("a fire of unknown time reads %q", s.Places[0].Since)
	}
}

func TestDirectionsOnlyWhereSurveyed(t *testing.T) {
	left := takeover.Direction{Arrow: "left", Text: takeover.Text{ZH: "向左"}}
	right := takeover.Direction{Arrow: "right", Text: takeover.Text{ZH: "向右"}}
	evacuate := func(fires ...takeover.Fire) *takeover.Scene {
		return decide(t, takeover.Input{Fires: fires, Now: at(time.Hour)})
	}
	arrows := func(s *takeover.Scene) (n int) {
		for _, p := range s.Places {
			if p.Direction != nil {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		name     string
		scene    *takeover.Scene
		surveyed map[string]takeover.Direction
		arrows   int
	}{
		{"surveyed", evacuate(fire(1, 0)), map[string]takeover.Direction{"HS-1": left}, 1},
		{"not surveyed", evacuate(fire(1, 0)), nil, 0},
		{"one of two", evacuate(fire(1, 0), fire(2, 0)), map[string]takeover.Direction{"HS-1": left}, 0},
		{"two that agree", evacuate(fire(1, 0), fire(2, 0)), map[string]takeover.Direction{"HS-1": left, "HS-2": left}, 2},
		{"two that contradict", evacuate(fire(1, 0), fire(2, 0)), map[string]takeover.Direction{"HS-1": left, "HS-2": right}, 0},
		{"still being verified", decide(t, takeover.Input{Fires: []takeover.Fire{fire(1, 0)}, Now: at(0)}), map[string]takeover.Direction{"HS-1": left}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, err := json.Marshal(c.scene)
			if err != nil {
				t.Fatal(err)
			}
			s := c.scene.Before(c.surveyed)
			if got := arrows(s); got != c.arrows {
				t.Fatalf("%d arrows; want %d", got, c.arrows)
			}
			if follow := s.Advice[0].ZH == "请按箭头方向撤离"; follow != (c.arrows > 0) {
				t.Errorf("advice %q with %d arrows", s.Advice[0].ZH, c.arrows)
			}
			if after, _ := json.Marshal(c.scene); string(after) != string(before) {
				t.Error("the scene itself was changed")
			}
		})
	}
}

func TestSilenceOnSite(t *testing.T) {
	quiet := fire(1, 0)
	quiet.Bits |= message.Silenced
	s := decide(t, takeover.Input{Fires: []takeover.Fire{quiet}, Now: at(0)})
	if s.Tone != "" || len(s.Speech) > 0 {
		t.Errorf("silenced, and still %q %q", s.Tone, s.Speech)
	}
	s = decide(t, takeover.Input{Fires: []takeover.Fire{quiet, fire(2, 0)}, Now: at(0)})
	if s.Tone == "" || len(s.Speech) == 0 {
		t.Error("a new fire did not sound again")
	}
}

func TestRealEndsDrillEndsTest(t *testing.T) {
	var b takeover.Book
	label := []takeover.Place{{Label: contract.Text{ZH: "演练点"}}}
	give := func(id string, k takeover.Kind) {
		if err := b.Give(takeover.Order{ID: id, Kind: k, Stage: takeover.Verifying, Places: label}, time.Hour, at(0)); err != nil {
			t.Fatal(err)
		}
	}
	kind := func(fires ...takeover.Fire) takeover.Kind {
		s, _, _ := b.Decide(takeover.Input{Fires: fires, Now: at(time.Second)})
		return s.Kind
	}
	give("t", takeover.Test)
	if k := kind(); k != takeover.Test {
		t.Errorf("kind %s; want test", k)
	}
	give("d", takeover.Drill)
	if k := kind(); k != takeover.Drill {
		t.Errorf("kind %s; want drill", k)
	}
	if k := kind(fire(1, 0)); k != takeover.Real {
		t.Errorf("kind %s; want real", k)
	}
}

func TestLease(t *testing.T) {
	var b takeover.Book
	o := takeover.Order{ID: "o1", Kind: takeover.Real, Stage: takeover.Evacuate, Places: []takeover.Place{{Label: contract.Text{ZH: "隔壁"}}}}
	if err := b.Give(o, 10*time.Minute, at(0)); err != nil {
		t.Fatal(err)
	}
	s, next, _ := b.Decide(takeover.Input{Now: at(time.Minute)})
	if s == nil || next != 10*time.Minute {
		t.Fatalf("scene %v, next %v; want it until 10m", s, next)
	}
	// Renewed, it goes on.
	if err := b.Give(o, 10*time.Minute, at(9*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if s, _, ended := b.Decide(takeover.Input{Now: at(15 * time.Minute)}); s == nil || len(ended) > 0 {
		t.Fatal("a renewed lease ended early")
	}
	// Time without power does not count, and a boot loop does not lengthen it by more than
	// what passed since it was kept.
	kept := b.Snapshot(at(15 * time.Minute))
	var after takeover.Book
	other := message.Stamp{Boot: "b2", Mono: 5 * time.Second}
	if err := after.Restore(kept, other); err != nil {
		t.Fatal(err)
	}
	if s, next, _ := after.Decide(takeover.Input{Now: other}); s == nil || next != 4*time.Minute+5*time.Second {
		t.Fatalf("scene %v, next %v; want 4 more minutes", s, next)
	}
	s, _, ended := b.Decide(takeover.Input{Now: at(19 * time.Minute)})
	if s != nil || len(ended) != 1 || ended[0].ID != "o1" {
		t.Fatalf("scene %v, ended %v; want the lease over", s, ended)
	}
	// A fire of the booth itself has none.
	if s, _, _ := b.Decide(takeover.Input{Fires: []takeover.Fire{fire(1, 0)}, Now: at(1000 * time.Hour)}); s == nil {
		t.Fatal("a latched fire was given up")
	}
}

func TestBadOrders(t *testing.T) {
	good := takeover.Order{ID: "o", Kind: takeover.Real, Stage: takeover.Evacuate, Places: []takeover.Place{{Label: contract.Text{ZH: "x"}}}}
	for name, change := range map[string]func(*takeover.Order){
		"no id":      func(o *takeover.Order) { o.ID = "" },
		"bad kind":   func(o *takeover.Order) { o.Kind = "fun" },
		"bad stage":  func(o *takeover.Order) { o.Stage = "" },
		"no place":   func(o *takeover.Order) { o.Places = nil },
		"empty name": func(o *takeover.Order) { o.Places = []takeover.Place{{Label: contract.Text{ZH: " \u200b "}}} },
	} {
		var b takeover.Book
		o := good
		change(&o)
		if err := b.Give(o, 0, at(0)); !errors.Is(err, takeover.ErrOrder) {
			t.Errorf("%s: %v; want ErrOrder", name, err)
		}
	}
	var b takeover.Book
	if err := b.Give(good, 25*time.Hour, at(0)); !errors.Is(err, takeover.ErrOrder) {
		t.Errorf("a lease of 25 h: %v; want ErrOrder", err)
	}
	if err := b.End("nobody"); !errors.Is(err, takeover.ErrUnknownOrder) {
		t.Errorf("ending an unknown one: %v", err)
	}
	if err := b.Word(); !errors.Is(err, takeover.ErrNoTakeover) {
		t.Errorf("evacuating without a takeover: %v", err)
	}
	for _, bad := range []string{"", "{", `{"version":9}`, `{"version":1,"orders":[{"id":"","left_ns":5}]}`} {
		if err := b.Restore([]byte(bad), at(0)); err == nil {
			t.Errorf("restored from %q", bad)
		}
	}
}

func TestTheDesksWordLastsOverARestart(t *testing.T) {
	var b takeover.Book
	in := takeover.Input{Fires: []takeover.Fire{fire(1, 0)}, Now: at(time.Second)}
	in.Fires[0].Answered = true
	b.Answered("smoke-1", "smoke", message.Time{Time: time.Date(2026, 11, 24, 6, 4, 0, 0, time.UTC)})
	s, _, _ := b.Decide(in)
	if s.Stage != takeover.Verifying || s.Report.ZH != "控制室已接警 14:04" {
		t.Fatalf("stage %s, %q", s.Stage, s.Report.ZH)
	}
	if err := b.Word(); err != nil {
		t.Fatal(err)
	}
	first, _, _ := b.Decide(in)
	var after takeover.Book
	in.Now.Boot = "b2"
	if err := after.Restore(b.Snapshot(in.Now), in.Now); err != nil {
		t.Fatal(err)
	}
	s, _, _ = after.Decide(in)
	if s.Stage != takeover.Evacuate || s.Report.ZH != "控制室已接警 14:04" || s.ID != first.ID || s.Rev != first.Rev {
		t.Errorf("after a restart: %+v; want what it was: %+v", s, first)
	}
	// With the fire reset the word is spent.
	if s, _, _ := after.Decide(takeover.Input{Now: in.Now}); s != nil {
		t.Fatal("still taken over")
	}
	in.Now = at(time.Second)
	if s, _, _ = after.Decide(in); s.Stage != takeover.Verifying || s.Rev <= first.Rev || s.Report.ZH != "控制室已接警" {
		t.Errorf("the next fire: stage %s, rev %d after %d, %q", s.Stage, s.Rev, first.Rev, s.Report.ZH)
	}
}

// Whatever comes: a real fire is always shown as real, a stage never goes back, a revision
// never returns or stays when what is shown changed, and the same inputs give the same answer.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b takeover.Book
		mono := time.Duration(0)
		boot := 0
		var last *takeover.Scene
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			mono += time.Duration(rapid.IntRange(0, 90).Draw(t, "seconds")) * time.Second
			now := at(mono)
			now.Boot = fmt.Sprintf("b%d", boot)
			if rapid.Bool().Draw(t, "restart") {
				boot++
				mono = time.Second
				now = at(mono)
				now.Boot = fmt.Sprintf("b%d", boot)
				kept := b.Snapshot(now)
				b = takeover.Book{}
				if err := b.Restore(kept, now); err != nil {
					t.Fatal(err)
				}
			}
			var fires []takeover.Fire
			for n := range rapid.IntRange(0, 4).Draw(t, "fires") {
				f := fire(n+1, 0)
				f.Raised.Boot = fmt.Sprintf("b%d", rapid.IntRange(0, boot).Draw(t, "boot"))
				f.Answered, f.Reported = rapid.Bool().Draw(t, "answered"), rapid.Bool().Draw(t, "reported")
				f.Drill = rapid.Bool().Draw(t, "drill")
				f.Bits = rapid.SampledFrom([]message.Bits{burning, burning | message.Silenced, burning | message.Disabled, message.Fault}).Draw(t, "bits")
				fires = append(fires, f)
			}
			in := takeover.Input{Fires: fires, Now: now}
			s, next, _ := b.Decide(in)
			again, next2, _ := b.Decide(in)
			if !reflect.DeepEqual(s, again) || next != next2 {
				t.Fatalf("two answers to one question: %+v and %+v", s, again)
			}
			real := slices.ContainsFunc(fires, func(f takeover.Fire) bool {
				return !f.Drill && f.Bits.Has(message.Fire) && !f.Bits.Has(message.Disabled)
			})
			if real && (s == nil || s.Kind != takeover.Real || s.Banner.ZH != "") {
				t.Fatalf("a real fire is shown as %+v", s)
			}
			if s == nil {
				last = nil
				continue
			}
			if len(s.Places) == 0 || s.Title.ZH == "" || s.Report.ZH == "" || s.Line.ZH == "" || len(s.Advice) == 0 {
				t.Fatalf("something is not said: %+v", s)
			}
			if next != 0 && next <= now.Mono {
				t.Fatalf("changes at %v, now is %v", next, now.Mono)
			}
			if last != nil && last.ID == s.ID && last.Kind == s.Kind {
				if last.Stage == takeover.Evacuate && s.Stage != takeover.Evacuate {
					t.Fatalf("went back to %s", s.Stage)
				}
				x, y := *last, *s
				x.Rev, y.Rev = 0, 0
				if same := reflect.DeepEqual(x, y); same != (last.Rev == s.Rev) {
					t.Fatalf("revision %d then %d, shows the same: %v", last.Rev, s.Rev, same)
				}
			}
			last = s
		}
	})
}
