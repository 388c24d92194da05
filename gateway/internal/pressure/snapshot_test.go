package pressure

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
)

// full has a history as long as it can be, a leak, a jump and a held limit.
func full(t testing.TB) (State, Spec, message.Stamp) {
	t.Helper()
	limits, err := Lookup(Powder, 1.2)
	if err != nil {
		t.Fatal(err)
	}
	spec := Spec{Limits: limits}
	at := message.Stamp{Boot: "0f6a3a3e-6f0c-4b0e-9f2f-1d2c3b4a5968", Wall: begin(), Trusted: true}
	var st State
	for i := range 48*120 + 30 {
		at = at.Add(30 * time.Minute)
		celsius := 10 + 10*math.Sin(float64(i)/48*2*math.Pi)
		p := gaugeAt(1.3-0.0025*float64(i)/48, celsius) + 0.0013*math.Sin(float64(i*i))
		st, _ = Step(st, Reading{GaugeMPa: p, Temperature: Temperature{celsius, true, time.Minute}, At: at}, spec)
	}
	return st, spec, at
}

func TestSnapshotGivesTheStateBack(t *testing.T) {
	st, spec, at := full(t)
	b, err := st.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d days, %d hours: %d bytes", len(st.d.History.Days), len(st.d.History.Today), len(b))
	if len(st.d.History.Days) < keepDays-1 || len(b) > MaxSnapshot*3/4 {
		t.Errorf("%d days in %d bytes", len(st.d.History.Days), len(b))
	}
	back, err := Restore(b)
	if err != nil {
		t.Fatal(err)
	}
	// A restart, then the same readings: both go on alike.
	at.Boot, at.Mono = "next", 0
	for i := range 48 * 4 {
		at = at.Add(30 * time.Minute)
		r := Reading{GaugeMPa: 1.01 - 0.0001*float64(i), Temperature: Temperature{12, true, 0}, At: at}
		var v, w Verdict
		st, v = Step(st, r, spec)
		back, w = Step(back, r, spec)
		if !reflect.DeepEqual(v, w) {
			t.Fatalf("reading %d: %+v after the restart, %+v without", i, w, v)
		}
	}
	if !reflect.DeepEqual(st.d.History, back.d.History) {
		t.Error("histories differ")
	}
}

func TestAZeroStateSurvives(t *testing.T) {
	b, err := State{}.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if st, err := Restore(b); err != nil || !reflect.DeepEqual(st, State{}) {
		t.Errorf("%+v %v", st, err)
	}
}

func TestRestoreRefusesWhatNoStepLeaves(t *testing.T) {
	good, _, _ := full(t)
	b, err := good.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	s := string(b)
	for name, bad := range map[string]string{
		"nothing": "", "no JSON": "{", "another version": strings.Replace(s, `"v":1`, `"v":2`, 1), "no version": `{"d":{}}`,
		"cut off": s[:len(s)/2], "too long": s + strings.Repeat(" ", MaxSnapshot),
		"a negative time": `{"v":1,"d":{"x":{"at":-5}}}`, "an endless time": `{"v":1,"d":{"x":{"at":9000000000000000000}}}`,
		"a mark in the future": `{"v":1,"d":{"x":{"at":5},"lo":{"s":6}}}`,
		"a mad count":          `{"v":1,"d":{"g":{"n":4}}}`, "a mad slack": `{"v":1,"d":{"m":{"k":-1}}}`,
		"torn history": `{"v":1,"d":{"h":{"ds":"AAAA"}}}`, "days before time": `{"v":1,"d":{"h":{"ds":"DAAAAAAAAAA"}}}`,
		"no base64": `{"v":1,"d":{"h":{"hs":"%%%%"}}}`,
	} {
		st, err := Restore([]byte(bad))
		if !errors.Is(err, ErrState) || !reflect.DeepEqual(st, State{}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever Restore accepts can be stepped and stored again.
func FuzzRestore(f *testing.F) {
	st, spec, at := full(f)
	b, err := st.Snapshot()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b, 1.2, 20.0, int64(time.Hour))
	f.Add([]byte(`{"v":1,"d":{"g":{"n":3,"nn":32},"h":{"n":1}}}`), 0.0, -30.0, int64(0))
	f.Add([]byte(`{"v":1,"d":{"x":{"s":true,"at":5,"t":true}}}`), -0.01, 55.0, int64(-5))
	f.Fuzz(func(t *testing.T, b []byte, mpa, celsius float64, dt int64) {
		st, err := Restore(b)
		if err != nil {
			return
		}
		for range 3 {
			at = at.Add(time.Duration(dt % int64(1000*day)))
			var v Verdict
			st, v = Step(st, Reading{GaugeMPa: mpa, Temperature: Temperature{celsius, true, 0}, At: at}, spec)
			for _, finding := range v.Findings {
				if x := finding.Text(); x.EN == "" || x.ZH == "" || strings.Contains(x.EN+x.ZH, "%!") {
					t.Fatalf("%+v reads %q %q", finding, x.EN, x.ZH)
				}
			}
			if v.Believed && (math.IsNaN(v.P20MPa) || v.LowestMPa > v.HighestMPa) {
				t.Fatalf("%+v", v)
			}
		}
	})
}

func TestEveryFindingReadsWell(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range causes {
		for _, f := range []Finding{
			{Cause: c, Condition: contract.Supervisory, Value: -1, Limit: 0.1},
			{Cause: c, Value: 1, Limit: 0.1, Day: begin(), Early: begin().Add(-6 * day), Late: begin().Add(5 * day), Days: 3},
			{Cause: c, Value: 1, Limit: 2, Day: begin(), Early: begin().Add(-100 * day), Late: begin().Add(500 * day), Days: 3, Scrap: true},
			{Cause: c, Value: 1, Limit: 2, Days: 33},
		} {
			x := f.Text()
			if x.EN == "" || x.ZH == "" || x.EN == c || strings.Contains(x.EN+x.ZH, "%!") {
				t.Errorf("%s: %q %q", c, x.EN, x.ZH)
			}
			if !bytes.ContainsFunc([]byte(x.ZH), func(r rune) bool { return r > 0x4e00 }) {
				t.Errorf("%s: %q is not Chinese", c, x.ZH)
			}
		}
		if seen[c] {
			t.Errorf("%s is named twice", c)
		}
		seen[c] = true
	}
}

func TestTheTextOfALeak(t *testing.T) {
	at := time.Date(2027, 2, 10, 20, 0, 0, 0, time.UTC) // the 11th in Beijing
	for _, tt := range []struct {
		f      Finding
		en, zh string
	}{
		{
			Finding{Value: -0.012, Limit: 1, Day: at, Early: at.Add(-6 * day), Late: at.Add(5 * day), Days: 40},
			"slow leak of 0.012 MPa per month; will fall below 1.00 MPa on 2027-02-11 ± 6 days",
			"缓慢泄漏,每月约 0.012 MPa;预计 2027-02-11(± 6 天)低于 1.00 MPa",
		},
		{
			Finding{Value: -0.012, Limit: 1, Day: at, Early: at.Add(-10 * day), Late: at.Add(90 * day), Days: 40},
			"slow leak of 0.012 MPa per month; will fall below 1.00 MPa between 2027-02-01 and 2027-05-12",
			"缓慢泄漏,每月约 0.012 MPa;预计 2027-02-01 至 2027-05-12 之间低于 1.00 MPa",
		},
		{
			Finding{Value: -0.012, Limit: 1, Days: 39.7},
			"slow leak of 0.012 MPa per month; will fall below 1.00 MPa in about 40 days",
			"缓慢泄漏,每月约 0.012 MPa;预计约 40 天后低于 1.00 MPa",
		},
		{Finding{Value: -0.5, Limit: 1}, "slow leak of 0.500 MPa per month", "缓慢泄漏,每月约 0.500 MPa"},
	} {
		tt.f.Cause = CauseLeakSlow
		if x := tt.f.Text(); x.EN != tt.en || x.ZH != tt.zh {
			t.Errorf("%q\n%q\nwant\n%q\n%q", x.EN, x.ZH, tt.en, tt.zh)
		}
	}
}
