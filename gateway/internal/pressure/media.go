package pressure

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// The errors of Lookup, wrapped with the medium, the rating and the way out.
var (
	// ErrMedium: no such extinguishing medium is known.
	ErrMedium = errors.New("unknown extinguishing medium")
	// ErrNoGauge: the medium's vessel is checked by its weight; a pressure says nothing.
	ErrNoGauge = errors.New("checked by weight, not by pressure")
	// ErrNoLimits: no limits of this medium are known that a gauge could be judged by.
	ErrNoLimits = errors.New("no pressure limits known")
	// ErrRating: the rated pressure can't be one.
	ErrRating = errors.New("rated pressure out of range")
)

// Medium is what an extinguisher is filled with.
type Medium string

// The media.
const (
	// Powder is stored-pressure BC or ABC powder under nitrogen.
	Powder Medium = "powder"
	// Water is water with or without additives; Foam the same with a foaming agent. The
	// standard calls both water-based.
	Water Medium = "water"
	Foam  Medium = "foam"
	// CleanAgent is a vaporising liquid such as HFC-236fa under nitrogen.
	CleanAgent Medium = "clean_agent"
	// CO2 is carbon dioxide under its own vapour pressure.
	CO2 Medium = "co2"
)

// Words lists the media that a configuration may name.
func (Medium) Words() []string {
	return []string{string(Powder), string(Water), string(Foam), string(CleanAgent), string(CO2)}
}

// Mark says how far a figure can be relied on.
type Mark string

// The marks.
const (
	// Stated: from the named public source, not re-tested.
	Stated Mark = "S"
	// Recalled: from the named standard as remembered, its text not re-read.
	Recalled Mark = "R"
	// Memory: common knowledge of the trade; check on the vessel's label.
	Memory Mark = "M"
	// Derived: calculated from the figure that the source names.
	Derived Mark = "D"
	// Configured: given by whoever set the booth up.
	Configured Mark = "C"
)

// Fact is one figure with where it comes from.
type Fact struct {
	Value  float64
	Mark   Mark
	Source string
}

// Law is how a vessel's pressure follows its temperature.
type Law uint8

// The laws.
const (
	// IdealGas: nitrogen over powder or water; brought to 20 °C before it is judged.
	IdealGas Law = iota
	// AsRead: judged as read, because no law is known; limits must hold at any temperature.
	AsRead
)

// Limits are what a vessel is judged by. Pressures are gauge pressures at 20 °C in MPa,
// temperatures °C.
type Limits struct {
	Medium   Medium
	Law      Law
	RatedMPa Fact
	// LowMPa: below it the vessel must be refilled. HighMPa: above it it must be relieved.
	LowMPa, HighMPa Fact
	// RatedFrom and RatedTo are the temperatures that the vessel is made for.
	RatedFrom, RatedTo Fact
	// Freezes: below RatedFrom the filling may be ice; that is more than information.
	Freezes bool
	// LeakPerYear is the share of the rated pressure that a sound vessel may lose in a year.
	LeakPerYear Fact
	Life        Life
}

// Life is how long a vessel may be used, in years from its manufacture (Scrap, FirstService)
// and from its last service or charge (NextService).
type Life struct {
	Scrap, FirstService, NextService Fact
}

const (
	gb4351   = "GB 4351.1-2005 (GB 4351-2023 replaces it, not re-read)"
	leakRule = "GB 4351.1-2005 6.7.2: pressure loss per year at most 10 % of the working pressure"
	scrap    = "GA 95-2007 7.1, GB 50444-2008 table 5.4.3, DB11/T 1620-2019"
	service  = "GB 50444-2008 table 5.3.2 as quoted by public pages"
	band     = "1.0 to 1.4 MPa at a rating of 1.2 MPa: m.roadlady.com/article/1453415.html, blog.zhangchenghui.com/75787"
	label    = "usual of the trade; the vessel's label holds"
)

// The band of a rating of 1.2 MPa, as shares of the rating.
const (
	lowShare  = 10.0 / 12
	highShare = 14.0 / 12
)

// What a stored-pressure extinguisher can be rated for, in MPa; GB 4351.1 covers up to 2.5.
const (
	leastRated = 0.5
	mostRated  = 2.5
	usualRated = 1.2
)

type entry struct {
	medium Medium
	limits Limits
	// refused says why no pressure limits can be given, nil if they can.
	refused error
	hint    string
}

//nolint:gochecknoglobals // lookup table
var media = []entry{
	{
		medium: Powder,
		limits: Limits{
			RatedFrom:   Fact{-20, Stated, "chaxiaohao.com on GB 4351.1 vessels; " + label},
			RatedTo:     Fact{55, Stated, "chaxiaohao.com on GB 4351.1 vessels; " + label},
			LeakPerYear: Fact{0.10, Stated, leakRule},
			Life:        Life{Fact{10, Stated, scrap}, Fact{5, Stated, service}, Fact{2, Stated, service}},
		},
	},
	{medium: Water, limits: waterBased()},
	{medium: Foam, limits: waterBased()},
	{
		medium:  CleanAgent,
		limits:  Limits{Life: Life{Fact{10, Stated, scrap}, Fact{5, Recalled, service}, Fact{2, Recalled, service}}},
		refused: ErrNoLimits,
		hint: "a vaporising liquid's pressure follows its vapour, not the gas law (amerex-fire.com tech tip 2); " +
			"take low and high that hold at every rated temperature from the label and watch it with law AsRead",
	},
	{
		medium:  CO2,
		limits:  Limits{Life: Life{Fact{12, Stated, scrap}, Fact{5, Stated, service}, Fact{2, Stated, service}}},
		refused: ErrNoGauge,
		hint: "liquid and vapour keep the same pressure until the liquid is gone, so a leaking vessel reads as a full one; " +
			"weigh it: at most 5 % or 50 g may be lost in a year (GB 4351.1-2005 6.7.1); remove its gauge from the configuration",
	},
}

// waterBased are the figures of water and foam. The lowest temperature is that of the plain
// filling: antifreeze is on the label only, and ice in a vessel is worse than a doubt.
func waterBased() Limits {
	return Limits{
		RatedFrom:   Fact{5, Memory, "lowest class of " + gb4351 + "; " + label},
		RatedTo:     Fact{55, Recalled, gb4351},
		Freezes:     true,
		LeakPerYear: Fact{0.10, Stated, leakRule},
		Life:        Life{Fact{6, Stated, scrap}, Fact{3, Stated, service}, Fact{1, Stated, service}},
	}
}

// Lookup gives the limits of a stored-pressure vessel by medium and rating, the filling
// pressure at 20 °C in MPa that its label names. CO2 is refused with ErrNoGauge, a clean
// agent with ErrNoLimits; ErrMedium and ErrRating mean mistakes. Figures known for 1.2 MPa
// only are scaled to other ratings and marked Derived.
func Lookup(medium Medium, ratedMPa float64) (Limits, error) {
	e, err := find(medium)
	if err != nil {
		return Limits{}, err
	}
	if e.refused != nil {
		return Limits{}, fmt.Errorf("medium %s: %w: %s", medium, e.refused, e.hint)
	}
	if math.IsNaN(ratedMPa) || ratedMPa < leastRated || ratedMPa > mostRated {
		return Limits{}, fmt.Errorf("medium %s: %w: %g MPa; want %g to %g, as on the label (usually %g)",
			medium, ErrRating, ratedMPa, leastRated, mostRated, usualRated)
	}
	l := e.limits
	l.Medium = medium
	l.RatedMPa = Fact{ratedMPa, Configured, "the vessel's label"}
	mark := Derived
	if math.Abs(ratedMPa-usualRated) < 1e-9 {
		mark = Stated
		if medium != Powder {
			mark = Memory // the pages speak of powder
		}
	}
	l.LowMPa = Fact{ratedMPa * lowShare, mark, band}
	l.HighMPa = Fact{ratedMPa * highShare, mark, band}
	return l, nil
}

// LifeOf gives how long a vessel of this medium may be used, for those without a gauge too.
func LifeOf(medium Medium) (Life, error) {
	e, err := find(medium)
	return e.limits.Life, err
}

func find(medium Medium) (entry, error) {
	i := slices.IndexFunc(media, func(e entry) bool { return e.medium == medium })
	if i < 0 {
		return entry{}, fmt.Errorf("%w %q: use one of %s", ErrMedium, medium, strings.Join(medium.Words(), ", "))
	}
	return media[i], nil
}
