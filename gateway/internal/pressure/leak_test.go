package pressure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// days makes one median per day with this slope in MPa per day.
func days(n int, slope, noise float64, celsius func(int) float64, response float64) []dayMedian {
	r := rand.New(rand.NewPCG(5, uint64(n)))
	var ds []dayMedian
	for i := range n {
		t := celsius(i)
		p := 1.2 + slope*float64(i) + r.NormFloat64()*noise + response*t
		p16, _ := pack(p, perMPa)
		t16, _ := pack(t, perK)
		ds = append(ds, dayMedian{int32(24*i + 12), p16, t16})
	}
	return ds
}

func still(int) float64 { return 18 }

func TestTrendFindsTheSlope(t *testing.T) {
	for _, slope := range []float64{-0.0006, -0.002, -0.01, 0.001} {
		f, ok := trend(days(60, slope, 0.002, still, 0), 1.2)
		if !ok || slope < f.Low || slope > f.High || math.Abs(f.Slope-slope) > 0.1*math.Abs(slope) {
			t.Errorf("slope %g: %+v %v", slope, f, ok)
		}
	}
}

func TestNoSlopeIsFoundWhereThereIsNone(t *testing.T) {
	for _, n := range []int{0, 1, 5, 6, 7, 14, 30, 112} {
		if f, ok := trend(days(n, 0, 0.004, still, 0), 1.2); ok {
			t.Errorf("%d days: %+v", n, f)
		}
	}
}

// A season that a wrong compensation lets through (a tenth of the gas law) is no leak.
func TestAnAutumnIsNoLeak(t *testing.T) {
	autumn := func(i int) float64 { return 20 - 0.35*float64(i) + 4*math.Sin(float64(i)) }
	for n := 7; n <= 112; n += 7 {
		if f, ok := trend(days(n, 0, 0.002, autumn, 0.0004), 1.2); ok {
			t.Errorf("%d days of autumn: %+v", n, f)
		}
	}
	if f, ok := trend(days(60, -0.002, 0.002, autumn, 0.0004), 1.2); !ok || f.Low > -0.002 || f.High < -0.002 {
		t.Errorf("a leak in autumn: %+v %v", f, ok)
	}
}

func TestOutliersDoNotMatter(t *testing.T) {
	ds := days(56, -0.001, 0.002, still, 0)
	for i := 3; i < 56; i += 9 {
		ds[i].P20 += 3000
	}
	f, ok := trend(ds, 1.2)
	if !ok || math.Abs(f.Slope+0.001) > 0.0002 {
		t.Errorf("%+v %v", f, ok)
	}
}

func TestALeakThatEndedIsOver(t *testing.T) {
	ds := days(60, -0.003, 0.002, still, 0)
	for i := 30; i < 60; i++ {
		ds[i].P20 = ds[29].P20 + int16(i%3)*10
	}
	if f, ok := trend(ds, 1.2); ok && f.falls(1.2) {
		t.Errorf("%+v", f)
	}
}

func TestGapsDoNotBendTheSlope(t *testing.T) {
	ds := days(60, -0.002, 0.001, still, 0)
	ds = append(ds[:20:20], ds[45:]...)
	f, ok := trend(ds, 1.2)
	if !ok || math.Abs(f.Slope+0.002) > 0.0002 {
		t.Errorf("%+v %v", f, ok)
	}
}

// The vessel loses 0.002 MPa a day from 1.2 MPa: after 100 days it is at 1.00.
func TestALeakNamesItsDay(t *testing.T) {
	r := newRig(t)
	r.every = 30 * time.Minute
	for i := range 30 * 48 {
		r.celsius.Celsius = 10 + 10*math.Sin(float64(i)/48*2*math.Pi)
		p20 := 1.2 - 0.002*float64(i)/48
		r.read(gaugeAt(p20, r.st.d.Metal.T), 1)
	}
	f, ok := r.v.Find(CauseLeakSlow)
	if !ok {
		t.Fatalf("found %q", r.causes())
	}
	truth := begin().AddDate(0, 0, 100)
	if off := f.Day.Sub(truth).Abs(); off > 4*day {
		t.Errorf("named %s, %s off", f.Day, off)
	}
	if truth.Before(f.Early) || truth.After(f.Late) || !f.Early.Before(f.Day) || !f.Late.After(f.Day) {
		t.Errorf("bounds %s to %s around %s", f.Early, f.Late, f.Day)
	}
	en, zh := f.Text().EN, f.Text().ZH
	if want := "will fall below 1.00 MPa on " + date(f.Day) + " ± "; !strings.Contains(en, want) || !strings.HasPrefix(en, "slow leak of 0.06") {
		t.Errorf("%q, want it to hold %q", en, want)
	}
	if want := "预计 " + date(f.Day) + "(± "; !strings.Contains(zh, want) || !strings.Contains(zh, "低于 1.00 MPa") {
		t.Errorf("%q, want it to hold %q", zh, want)
	}
	if l := r.v.Leak; !l.Proven || l.Low > -0.002+1e-9 || l.High < -0.002-1e-9 || r.v.Days < 25 {
		t.Errorf("%+v, %d days", l, r.v.Days)
	}
}

func TestALeakWithoutAClockIsCountedInDays(t *testing.T) {
	r := newRig(t)
	r.at.Trusted, r.at.Wall = false, time.Unix(0, 0)
	r.every = 30 * time.Minute
	for i := range 30 * 48 {
		r.read(1.2-0.002*float64(i)/48, 1)
	}
	f, ok := r.v.Find(CauseLeakSlow)
	if !ok || !f.Day.IsZero() || math.Abs(f.Days-70) > 4 {
		t.Fatalf("%+v %v, found %q", f, ok, r.causes())
	}
	if want := fmt.Sprintf("; will fall below 1.00 MPa in about %.0f days", f.Days); !strings.HasSuffix(f.Text().EN, want) {
		t.Errorf("%q, want %q", f.Text().EN, want)
	}
}

func TestAGaugeReadTwiceADayCanStillShowALeak(t *testing.T) {
	r := newRig(t)
	r.every = 12 * time.Hour
	r.spec.TemperatureAge = day
	for i := range 120 {
		r.read(1.2-0.001*float64(i), 1)
	}
	if !r.v.Has(CauseLeakSlow) {
		t.Errorf("found %q after %d days", r.causes(), r.v.Days)
	}
}
