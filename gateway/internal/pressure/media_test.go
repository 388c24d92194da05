package pressure

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/contract"
)

func TestLookup(t *testing.T) {
	for _, tt := range []struct {
		medium          Medium
		rated, low, up  float64
		from, to, scrap float64
		mark            Mark
	}{
		{Powder, 1.2, 1.0, 1.4, -20, 55, 10, Stated},
		{Powder, 1.5, 1.25, 1.75, -20, 55, 10, Derived},
		{Water, 1.2, 1.0, 1.4, 5, 55, 6, Memory},
		{Foam, 1.0, 0.8333, 1.1667, 5, 55, 6, Derived},
	} {
		l, err := Lookup(tt.medium, tt.rated)
		if err != nil {
			t.Errorf("%s: %v", tt.medium, err)
			continue
		}
		near := func(what string, got, want float64) {
			if math.Abs(got-want) > 1e-4 {
				t.Errorf("%s %g: %s is %g, want %g", tt.medium, tt.rated, what, got, want)
			}
		}
		near("low", l.LowMPa.Value, tt.low)
		near("high", l.HighMPa.Value, tt.up)
		near("from", l.RatedFrom.Value, tt.from)
		near("to", l.RatedTo.Value, tt.to)
		near("scrap", l.Life.Scrap.Value, tt.scrap)
		if l.LowMPa.Mark != tt.mark || l.HighMPa.Mark != tt.mark || l.Medium != tt.medium {
			t.Errorf("%s %g: mark %s, want %s", tt.medium, tt.rated, l.LowMPa.Mark, tt.mark)
		}
		for _, f := range []Fact{l.RatedMPa, l.LowMPa, l.HighMPa, l.RatedFrom, l.RatedTo, l.LeakPerYear, l.Life.Scrap, l.Life.FirstService, l.Life.NextService} {
			if f.Source == "" || !strings.Contains("SRMDC", string(f.Mark)) || f.Mark == "" {
				t.Errorf("%s: a figure without source or mark: %+v", tt.medium, f)
			}
		}
		if err := (Spec{Limits: l}).Check(); err != nil {
			t.Errorf("%s %g: %v", tt.medium, tt.rated, err)
		}
	}
}

func TestLookupRefusesWithAWayOut(t *testing.T) {
	for _, tt := range []struct {
		medium Medium
		rated  float64
		err    error
		says   string
	}{
		{CO2, 1.2, ErrNoGauge, "weigh it"},
		{CleanAgent, 1.2, ErrNoLimits, "AsRead"},
		{"halon", 1.2, ErrMedium, "powder, water"},
		{"", 1.2, ErrMedium, "powder, water"},
		{Powder, 0, ErrRating, "usually 1.2"},
		{Powder, 12, ErrRating, "0.5 to 2.5"},
		{Powder, math.NaN(), ErrRating, "0.5 to 2.5"},
	} {
		l, err := Lookup(tt.medium, tt.rated)
		if !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.says) || l != (Limits{}) {
			t.Errorf("%s %g: %v, want %v saying %q", tt.medium, tt.rated, err, tt.err, tt.says)
		}
	}
	if l, err := LifeOf(CO2); err != nil || l.Scrap.Value != 12 {
		t.Errorf("carbon dioxide: %+v %v", l, err)
	}
	if _, err := LifeOf("sand"); !errors.Is(err, ErrMedium) {
		t.Errorf("sand: %v", err)
	}
}

func civil(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func TestExpires(t *testing.T) {
	powder, _ := LifeOf(Powder)
	water, _ := LifeOf(Water)
	for _, tt := range []struct {
		life          Life
		made, charged time.Time
		want          string
		scrap         bool
	}{
		{powder, civil(2020, 5, 1), time.Time{}, "2025-05-01", false},
		{powder, civil(2020, 5, 1), civil(2020, 5, 1), "2025-05-01", false},
		{powder, civil(2020, 5, 1), civil(2025, 4, 20), "2027-04-20", false},
		{powder, civil(2018, 5, 1), civil(2027, 4, 20), "2028-05-01", true},
		{water, civil(2024, 2, 29), time.Time{}, "2027-03-01", false},
		{water, time.Time{}, civil(2026, 1, 1), "2027-01-01", false},
		{powder, time.Time{}, time.Time{}, "", false},
		{Life{}, civil(2020, 5, 1), time.Time{}, "", false},
	} {
		at, scrap := Expires(tt.life, tt.made, tt.charged)
		got := ""
		if !at.IsZero() {
			got = at.Format(time.DateOnly)
		}
		if got != tt.want || scrap != tt.scrap {
			t.Errorf("made %v charged %v: %s scrap %v, want %s %v", tt.made, tt.charged, got, scrap, tt.want, tt.scrap)
		}
	}
}

func TestExpiryWaitsForATrustedClock(t *testing.T) {
	r := settled(t)
	at := begin()
	r.spec.Manufactured = time.Date(at.Year()-10, at.Month(), at.Day(), 0, 0, 0, 0, time.UTC).AddDate(0, 0, 20)
	r.spec.Charged = at.AddDate(-1, 0, 0)
	r.read(1.2, 1).want(CauseExpirySoon)
	if f, _ := r.v.Find(CauseExpirySoon); !f.Scrap || f.Condition != contract.Normal || f.Text().EN != "due to be scrapped on 2026-07-21, in 20 days" {
		t.Errorf("%+v: %s", f, f.Text().EN)
	}
	r.read(1.2, 12*24*20).want(CauseExpired)
	if got := r.v.Findings[0].Text().ZH; got != "灭火器已于 2026-07-21 应报废(已过 0 天)" {
		t.Error(got)
	}

	blind := newRig(t)
	blind.spec.Manufactured = civil(2000, 1, 1)
	blind.at.Trusted = false
	blind.read(1.2, 36).want()
	blind.at.Wall, blind.at.Trusted = civil(1970, 1, 1), false
	blind.read(1.2, 3).want()
	blind.at.Wall, blind.at.Trusted = civil(2026, 1, 1), true
	blind.read(1.2, 1).want(CauseExpired)
	blind.at.Wall, blind.at.Trusted = civil(1970, 1, 1), false
	blind.read(1.2, 3).want(CauseExpired) // the boot's own clock goes on
}
