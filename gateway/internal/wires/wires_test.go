package wires

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func eight() Layout { return Line("a", "1", "2", "3", "4", "5", "6", "7", "8") }

// tee is a main cable of 1 to 4 with a branch behind 2: 5, 6.
func tee() Layout {
	l := Line("a", "1", "2", "3", "4")
	l.Places = append(l.Places, Place{Device: "5", After: "2"}, Place{Device: "6", After: "5"})
	return l
}

// answers: everybody answers but those named; "?x" is unknown.
func answers(l Layout, silent ...string) Answers {
	a := Answers{Front: map[string]Answer{}}
	for _, p := range l.Places {
		a.Front[p.Device] = Alive
	}
	for _, s := range silent {
		if u, ok := strings.CutPrefix(s, "?"); ok {
			a.Front[u] = Unknown
		} else {
			a.Front[s] = Silent
		}
	}
	return a
}

func TestBreaksAreNamed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		l      Layout
		silent []string
		want   string // cause before-behind confidence exact, ...
		text   string
	}{
		{"all well", eight(), nil, "", ""},
		{"between 7 and 8: or 8 is dead", eight(), []string{"8"}, "cable_break 7-8 0.50 true", "between 7 and 8"},
		{"between 6 and 7", eight(), []string{"7", "8"}, "cable_break 6-7 0.98 true", "cable broken between 6 and 7"},
		{"one dead in the middle", eight(), []string{"4"}, "device_silent 3-4 0.99 true", "its own drop"},
		{"dead and a break", eight(), []string{"2", "7", "8"}, "device_silent 1-2 0.99 true, cable_break 6-7 0.98 true", "6 and 7"},
		{"one of unknown state at the break", eight(), []string{"?6", "7", "8"}, "cable_break 5-7 0.98 false", "between 5 and 7"},
		{"unknown at the end", eight(), []string{"?8"}, "", ""},
		{"everything", eight(), []string{"1", "2", "3", "4", "5", "6", "7", "8"}, "bus_silent -1 0.99 true", "bus supply"},
		{"all but the first", eight(), []string{"2", "3", "4", "5", "6", "7", "8"}, "cable_break 1-2 0.99 true", "between 1 and 2"},
		{"branch", tee(), []string{"5", "6"}, "cable_break 2-5 0.98 true", "between 2 and 5"},
		{"main behind the branch", tee(), []string{"3", "4"}, "cable_break 2-3 0.98 true", "between 2 and 3"},
		{"both at once", tee(), []string{"3", "4", "5", "6"}, "cable_break 2-3 0.99 true", "right behind 2"},
		{"two breaks", tee(), []string{"4", "6"}, "cable_break 3-4 0.50 true, cable_break 5-6 0.50 true", "between 5 and 6"},
		{"before the junction", tee(), []string{"2", "3", "4", "5", "6"}, "cable_break 1-2 0.99 true", "between 1 and 2"},
	} {
		found := Locate(tt.l, answers(tt.l, tt.silent...))
		var got []string
		text := ""
		for _, f := range found {
			got = append(got, fmt.Sprintf("%s %s-%s %.2f %v", f.Cause, f.Before, f.Behind, f.Confidence, f.Exact))
			text += f.Text.EN
			if f.Text.ZH == "" {
				t.Errorf("%s: no Chinese", tt.name)
			}
		}
		if g := strings.Join(got, ", "); g != tt.want || !strings.Contains(text, tt.text) {
			t.Errorf("%s: %q %q\nwant %q %q", tt.name, g, text, tt.want, tt.text)
		}
	}
}

func TestLoops(t *testing.T) {
	l := eight()
	l.Loop = true
	for _, tt := range []struct {
		name        string
		front, back []string
		want        string
	}{
		{"closed", nil, nil, ""},
		{"one break", []string{"6", "7", "8"}, []string{"1", "2", "3", "4", "5"}, "loop broken between 5 and 6"},
		{"one break at the booth", nil, []string{"1", "2", "3", "4", "5", "6", "7", "8"}, "loop broken between 8 and the booth"},
		{"two breaks", []string{"3", "4", "5", "6", "7", "8"}, []string{"1", "2", "3", "4", "5"}, ""},
	} {
		a := answers(l, tt.front...)
		a.Back = answers(l, tt.back...).Front
		found := Locate(l, a)
		switch {
		case tt.want == "" && tt.name == "closed" && len(found) != 0, tt.want != "" && len(found) != 1:
			t.Errorf("%s: %v", tt.name, found)
		case tt.want != "" && !strings.Contains(found[0].Text.EN, tt.want):
			t.Errorf("%s: %q", tt.name, found[0].Text.EN)
		}
	}
	found := Locate(l, answers(l, "4", "5"))
	if len(found) != 1 || !strings.Contains(found[0].Text.EN, "twice: between 3 and 4, and between 5 and 6") || found[0].Confidence != 0.5 {
		t.Errorf("two breaks: %+v", found)
	}
	if found = Locate(l, answers(l, "3", "4", "5", "8")); len(found) != 2 || found[0].Confidence < 0.9 || found[1].Cause != CauseDead {
		t.Errorf("two breaks and a dead one: %+v", found)
	}
}

func TestPositions(t *testing.T) {
	l, err := FromPositions("a", false, []Positioned{
		{Device: "d30", Position: 30}, {Device: "d10", Position: 10, Label: "号舍1"}, {Device: "d20", Position: 20},
		{Device: "b2", Position: 2, Branch: "attic"}, {Device: "b1", Position: 1, Branch: "attic", From: "d20"},
	})
	if err != nil {
		t.Fatal(err)
	}
	after := map[string]string{}
	for _, p := range l.Places {
		after[p.Device] = p.After
	}
	want := map[string]string{"d10": "", "d20": "d10", "d30": "d20", "b1": "d20", "b2": "b1"}
	for d, a := range want {
		if after[d] != a {
			t.Errorf("%s stands behind %q, want %q", d, after[d], a)
		}
	}
	if f := Locate(l, answers(l, "d20", "d30", "b1", "b2")); len(f) != 1 || !strings.Contains(f[0].Text.EN, "between 号舍1 and d20") {
		t.Errorf("%+v", f)
	}
	for name, list := range map[string][]Positioned{
		"twice":      {{Device: "a", Position: 1}, {Device: "b", Position: 1}},
		"zero":       {{Device: "a", Position: 0}},
		"same name":  {{Device: "a", Position: 1}, {Device: "a", Position: 2}},
		"nowhere":    {{Device: "a", Position: 1, Branch: "x"}},
		"off bus":    {{Device: "a", Position: 1, Branch: "x", From: "z"}},
		"two starts": {{Device: "m", Position: 1}, {Device: "n", Position: 2}, {Device: "a", Position: 1, Branch: "x", From: "m"}, {Device: "b", Position: 2, Branch: "x", From: "n"}},
		"main start": {{Device: "m", Position: 1}, {Device: "n", Position: 2, From: "m"}},
		"circle":     {{Device: "a", Position: 1, Branch: "x", From: "b"}, {Device: "b", Position: 1, Branch: "y", From: "a"}},
	} {
		if _, err := FromPositions("a", false, list); !errors.Is(err, ErrLayout) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := FromPositions("a", true, []Positioned{{Device: "m", Position: 1}, {Device: "n", Position: 2}, {Device: "b", Position: 1, Branch: "x", From: "m"}}); !errors.Is(err, ErrLayout) {
		t.Errorf("a loop with a branch: %v", err)
	}
	if Locate(Layout{Places: []Place{{Device: "a", After: "a"}}}, Answers{Front: map[string]Answer{"a": Silent}}) != nil {
		t.Error("a layout that can't be explained something")
	}
}

func TestABreakIsNamedOnceItHasSettled(t *testing.T) {
	var w Watch
	var f []Finding
	for s := range 40 {
		var silent []string
		for i := 8; i >= 6 && s >= 5; i-- {
			if s-5 >= 3*(8-i) {
				silent = append(silent, fmt.Sprint(i)) // 8, then 7, then 6, three seconds apart
			}
		}
		w, f = w.Step(time.Duration(s)*time.Second, eight(), answers(eight(), silent...))
		if len(f) > 0 && f[0].Behind != "6" {
			t.Fatalf("second %d: %s", s, f[0].Text.EN)
		}
	}
	if len(f) != 1 {
		t.Error("never named")
	}
}

// Cut a random tree anywhere: everybody behind the cut is silent, and the cut is named
// exactly, unless it could be one device. Every silent device is explained exactly once.
func TestAnySingleBreakIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 25).Draw(t, "n")
		l := Layout{Bus: "a"}
		for i := range n {
			p := Place{Device: fmt.Sprint(i)}
			if i > 0 {
				p.After = fmt.Sprint(rapid.IntRange(max(0, i-3), i-1).Draw(t, "after"))
			}
			l.Places = append(l.Places, p)
		}
		if err := l.Check(); err != nil {
			t.Fatal(err)
		}
		cut := rapid.IntRange(0, n-1).Draw(t, "cut")
		behind := []string{}
		for i := range l.Places {
			for j := fmt.Sprint(i); j != ""; {
				if j == fmt.Sprint(cut) {
					behind = append(behind, fmt.Sprint(i))
					break
				}
				var k int
				_, _ = fmt.Sscan(j, &k)
				j = l.Places[k].After
			}
		}
		found := Locate(l, answers(l, behind...))
		if len(found) == 0 {
			t.Fatal("nothing found")
		}
		f := found[0]
		slices.Sort(behind)
		explained := append([]string(nil), f.Silent...)
		slices.Sort(explained)
		if len(found) != 1 || !slices.Equal(explained, behind) {
			t.Fatalf("behind %v: %+v", behind, found)
		}
		if f.Before != l.Places[cut].After || f.Behind != fmt.Sprint(cut) || !f.Exact {
			t.Fatalf("cut before %d: %+v", cut, f)
		}
	})
}

func TestWhoeverAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := tee()
		if l.Loop = rapid.Bool().Draw(t, "loop"); l.Loop {
			l = eight()
			l.Loop = true
		}
		a := Answers{Front: map[string]Answer{}}
		if rapid.Bool().Draw(t, "back?") {
			a.Back = map[string]Answer{}
		}
		silent := 0
		for _, p := range l.Places {
			a.Front[p.Device] = Answer(rapid.Uint8Range(0, 3).Draw(t, "front"))
			if a.Front[p.Device] == Silent {
				silent++
			}
			if a.Back != nil {
				a.Back[p.Device] = Answer(rapid.Uint8Range(0, 3).Draw(t, "back"))
			}
		}
		explained := map[string]int{}
		for _, f := range Locate(l, a) {
			for _, d := range f.Silent {
				explained[d]++
				if explained[d] > 1 || a.Front[d] != Silent {
					t.Fatalf("%s explained %d times, answer %d", d, explained[d], a.Front[d])
				}
			}
			if f.Text.ZH == "" || f.Text.EN == "" || f.Confidence <= 0 || f.Confidence > 0.99 {
				t.Fatalf("%+v", f)
			}
		}
		if a.Back == nil && len(explained) != silent {
			t.Fatalf("%d of %d silent devices explained", len(explained), silent)
		}
	})
}
