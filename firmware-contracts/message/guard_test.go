package message

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const nonce = "0123456789abcdef"

// stamp is a moment d before the test command's expiry.
func stamp(d time.Duration, trusted bool) Stamp {
	return Stamp{Boot: "b", Mono: time.Hour, Wall: testCommand().Expires.Add(-d), Trusted: trusted}
}

func TestGuard(t *testing.T) {
	old := Stamp{Boot: "b", Mono: time.Minute, Wall: time.Unix(60, 0)}
	for name, c := range map[string]struct {
		change func(*Command)
		now    Stamp
		nonce  string
		want   error
	}{
		"new and in time":                        {now: stamp(time.Minute, true), nonce: nonce},
		"the last moment":                        {now: stamp(time.Millisecond, true), nonce: nonce},
		"the very moment of expiry":              {now: stamp(0, true), nonce: nonce, want: ErrExpired},
		"expired":                                {now: stamp(-time.Hour, true), nonce: nonce, want: ErrExpired},
		"a day ahead":                            {now: stamp(MaxLifetime, true), nonce: nonce},
		"more than a day ahead":                  {now: stamp(MaxLifetime+time.Millisecond, true), nonce: nonce, want: ErrLifetime},
		"another station":                        {change: func(c *Command) { c.Station = "hs-04" }, now: stamp(time.Minute, true), nonce: nonce, want: ErrStation},
		"a repeat":                               {change: func(c *Command) { c.Counter = 6 }, now: stamp(time.Minute, true), nonce: nonce, want: ErrReplayed},
		"a step back":                            {change: func(c *Command) { c.Counter = 5 }, now: stamp(time.Minute, true), nonce: nonce, want: ErrReplayed},
		"an issuer never heard of":               {change: func(c *Command) { c.Issuer, c.Counter = "new", 1 }, now: stamp(time.Minute, true), nonce: nonce},
		"clock not trusted, no nonce":            {now: stamp(time.Minute, false), nonce: nonce, want: ErrNonce},
		"clock not trusted, the nonce":           {change: func(c *Command) { c.Nonce = nonce }, now: old, nonce: nonce},
		"clock not trusted, another boot's":      {change: func(c *Command) { c.Nonce = "fedcba9876543210" }, now: old, nonce: nonce, want: ErrNonce},
		"clock not trusted, the nonce, a repeat": {change: func(c *Command) { c.Nonce, c.Counter = nonce, 6 }, now: old, nonce: nonce, want: ErrReplayed},
		"clock trusted, another boot's nonce":    {change: func(c *Command) { c.Nonce = "fedcba9876543210" }, now: stamp(time.Minute, true), nonce: nonce, want: ErrNonce},
		"clock trusted, the nonce, expired":      {change: func(c *Command) { c.Nonce = nonce }, now: stamp(-time.Hour, true), nonce: nonce, want: ErrExpired},
		"a booth without a nonce":                {now: old, want: ErrNonce},
		"a quote of nothing":                     {change: func(c *Command) { c.Nonce = "x" }, now: old, want: ErrNonce},
	} {
		t.Run(name, func(t *testing.T) {
			g := &Guard{Station: "hs-03", Counters: map[string]uint64{"desk": 6}}
			cmd := testCommand()
			if c.change != nil {
				c.change(&cmd)
			}
			if err := g.Check(cmd, c.now, c.nonce); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if g.Counters["desk"] != 6 || len(g.Counters) != 1 {
				t.Errorf("Check changed the counters: %v", g.Counters)
			}
		})
	}
}

// Whatever order commands arrive in, each counter is taken at most once and only upwards.
func TestGuardTakesEachCounterOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &Guard{Station: "hs-03"}
		last := map[string]uint64{}
		for range rapid.IntRange(1, 40).Draw(t, "commands") {
			cmd := testCommand()
			cmd.Issuer = rapid.SampledFrom([]string{"desk", "ops"}).Draw(t, "issuer")
			cmd.Counter = rapid.Uint64Range(1, 12).Draw(t, "counter")
			err := g.Check(cmd, stamp(time.Minute, true), nonce)
			if fresh := cmd.Counter > last[cmd.Issuer]; fresh != (err == nil) {
				t.Fatalf("counter %d of %s after %d: %v", cmd.Counter, cmd.Issuer, last[cmd.Issuer], err)
			}
			if err == nil {
				g.Take(cmd)
				last[cmd.Issuer] = cmd.Counter
			}
		}
	})
}

// Taking an older command, as when two arrive at once, never lowers the counter.
func TestTakeNeverLowers(t *testing.T) {
	g := &Guard{Station: "hs-03", Counters: map[string]uint64{"desk": 9}}
	g.Take(testCommand())
	if g.Counters["desk"] != 9 {
		t.Errorf("counter %d, want 9", g.Counters["desk"])
	}
}
