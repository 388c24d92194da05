package pressure

import (
	"testing"
	"time"

	"firepost/firmware-contracts/message"
)

func stampOf(boot string, mono time.Duration, wall time.Time, trusted bool) message.Stamp {
	return message.Stamp{Boot: boot, Mono: mono, Wall: wall, Trusted: trusted}
}

func TestAxis(t *testing.T) {
	at := begin()
	epoch := time.Unix(0, 0)
	type step struct {
		s    message.Stamp
		at   time.Duration
		torn bool
	}
	for name, steps := range map[string][]step{
		"the wall clock's steps do not matter": {
			{stampOf("a", time.Hour, at, true), 0, false},
			{stampOf("a", 2*time.Hour, at.Add(-900*time.Hour), true), time.Hour, false},
			{stampOf("a", 3*time.Hour, at.Add(900*time.Hour), true), 2 * time.Hour, false},
		},
		"a restart with a trusted clock": {
			{stampOf("a", time.Hour, at, true), 0, false},
			{stampOf("b", time.Minute, at.Add(50*time.Hour), true), 50 * time.Hour, false},
		},
		"a restart whose clock is trusted later": {
			{stampOf("a", time.Hour, at, true), 0, false},
			{stampOf("b", time.Minute, epoch, false), 0, true},
			{stampOf("b", time.Hour+time.Minute, epoch, false), time.Hour, true},
			{stampOf("b", 2*time.Hour+time.Minute, at.Add(30*time.Hour), true), 30 * time.Hour, false},
		},
		"two such restarts: only the sum is known": {
			{stampOf("a", time.Hour, at, true), 0, false},
			{stampOf("b", time.Minute, epoch, false), 0, true},
			{stampOf("b", 5*time.Hour, epoch, false), 5*time.Hour - time.Minute, true},
			{stampOf("c", time.Minute, epoch, false), 0, true},
			{stampOf("c", 2*time.Minute, at.Add(40*time.Hour), true), 40 * time.Hour, false},
		},
		"never a trusted clock: it begins anew": {
			{stampOf("a", time.Hour, epoch, false), 0, false},
			{stampOf("a", 9*time.Hour, epoch, false), 8 * time.Hour, false},
			{stampOf("b", time.Minute, epoch, false), 8 * time.Hour, false},
		},
		"a trusted clock that went back": {
			{stampOf("a", time.Hour, at, true), 0, false},
			{stampOf("a", 9*time.Hour, at.Add(8*time.Hour), true), 8 * time.Hour, false},
			{stampOf("b", time.Minute, at.Add(-500*time.Hour), true), 8 * time.Hour, false},
		},
		"a minute's drift between two boots": {
			{stampOf("a", time.Hour, at, true), 0, false},
			{stampOf("a", 2*time.Hour, at.Add(time.Hour), true), time.Hour, false},
			{stampOf("b", time.Minute, at.Add(59*time.Minute), true), time.Hour, false},
		},
		"a clock in another century": {
			{stampOf("a", time.Hour, at, true), 0, false},
			{stampOf("b", time.Minute, at.AddDate(80, 0, 0), true), 0, false},
		},
	} {
		var a axis
		for i, s := range steps {
			if m := a.step(s.s); m.stale {
				t.Errorf("%s: step %d is stale", name, i)
			}
			if a.At != s.at || a.Torn != s.torn {
				t.Errorf("%s: step %d is at %s torn %v, want %s %v", name, i, a.At, a.Torn, s.at, s.torn)
			}
		}
	}
}

func TestDaysMoveWithAGapThatBecameKnown(t *testing.T) {
	h := history{Days: dayMeans{{Hour: 12}, {Hour: 36}, {Hour: 60}}}
	h.moved(moved{since: 48 * time.Hour, shift: 100 * time.Hour})
	if len(h.Days) != 3 || h.Days[1].Hour != 36 || h.Days[2].Hour != 160 {
		t.Errorf("%+v", h.Days)
	}
	h.moved(moved{since: 48 * time.Hour, forgetAfter: true})
	if len(h.Days) != 2 {
		t.Errorf("%+v", h.Days)
	}
	h.moved(moved{since: 24 * time.Hour, forget: true})
	if len(h.Days) != 1 || h.Days[0].Hour != 36 {
		t.Errorf("%+v", h.Days)
	}
}
