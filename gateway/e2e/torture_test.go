package e2e

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"firepost/cloud-bridge/uplink/uplinktest"
	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/platform"
)

// full reports whether the long forms run.
func full() bool { return os.Getenv("FIREPOST_TORTURE") == "full" }

// dice are a test's choices; the log says how to repeat them.
func dice(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(20260923)
	if full() {
		seed = uint64(time.Now().UnixNano())
	}
	if text := os.Getenv("FIREPOST_SEED"); text != "" {
		v, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("FIREPOST_SEED: %v", err)
		}
		seed = v
	}
	t.Logf("FIREPOST_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0xE2E))
}

// nap lets the booth run for a while: how long is what the test draws, not what it waits for.
func (s *site) nap(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.ctx.Done():
	}
}

// traffic toggles detectors and acts like a desk until it is told to stop.
func (s *site) traffic(seed uint64) (stop func()) {
	r := rand.New(rand.NewPCG(seed, 0x7AFF1C))
	ctx, cancel := context.WithCancel(s.ctx)
	names, burns := s.setup.detectors(), make(map[string]bool)
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			name := names[r.IntN(len(names))]
			var err error
			switch r.IntN(20) {
			case 0:
				err = s.sim.Dead(name, r.IntN(2) == 0)
			case 1:
				s.act(ctx, r, name)
			default:
				burns[name] = !burns[name]
				err = s.sim.Smoke(name, burns[name])
			}
			if err != nil {
				s.t.Errorf("traffic: %v", err)
			}
			t := time.NewTimer(time.Duration(10+r.IntN(40)) * time.Millisecond)
			select {
			case <-t.C:
			case <-ctx.Done():
				t.Stop()
			}
		}
	})
	return func() { cancel(); wg.Wait() }
}

// act sends one command of a desk; that it is refused, or nobody answers, is part of life.
func (s *site) act(ctx context.Context, r *rand.Rand, name string) {
	cmd := message.Command{Device: name, Event: s.lastOf(name), Author: "李值班"}
	if cmd.Event == "" {
		return
	}
	switch r.IntN(3) {
	case 0:
		cmd.Action = message.ActionAcknowledge
	case 1:
		cmd.Action, cmd.Outcome, cmd.Note = message.ActionReset, "false", "油烟"
	default:
		cmd.Action = message.ActionSilence
	}
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	_, _ = s.platform.Command(ctx, cmd)
}

// TestTortureKills kills daemon and broker at random with events flowing: none is lost, none
// is out of order in its lane, repeats carry the same id and content.
func TestTortureKills(t *testing.T) {
	t.Parallel()
	kills := 8
	if full() {
		kills = 200
	}
	begin := time.Now()
	r := dice(t)
	m := mosquitto(t)
	s := newSite(t, setup{broker: m.Addr, faultAfter: 5, quick: true}, "")
	if full() {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		t.Cleanup(cancel)
		s.ctx = ctx
	}
	s.open()
	stop := s.traffic(r.Uint64())
	k := killer{s: s, m: m, r: r}
	for k.daemons+k.brokers < kills {
		k.round()
	}
	stop()
	names := s.setup.detectors()
	for _, n := range names {
		s.must(s.sim.Dead(n, false))
	}
	s.ready()
	s.smoke(true, names...)
	s.output(siren, true)
	for _, n := range names {
		s.wait(n+" burns for the platform", func(v *platform.View) bool {
			st, ok := v.State(n)
			return ok && st.State.Has(message.Fire|message.Active)
		})
	}
	// A commit that took seconds lets events out from memory, and a kill then takes them from
	// the journal: known to the platform, and to nobody else.
	v := s.unbroken(s.settled(s.memory))
	s.latched()
	s.bounded()
	t.Logf("%d kills (%d of the daemon, %d of the broker) in %v: %s; peak %d MB",
		k.daemons+k.brokers, k.daemons, k.brokers, time.Since(begin).Round(time.Second), v, s.peakMB())
}

// killer kills and starts again.
type killer struct {
	s                *site
	m                *uplinktest.Mosquitto
	r                *rand.Rand
	daemons, brokers int
	rounds           int
}

func (k *killer) span(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(k.r.Int64N(int64(hi-lo)))
}

func (k *killer) round() {
	k.s.t.Helper()
	k.rounds++
	k.s.nap(k.span(100*time.Millisecond, 3*time.Second))
	what := k.r.IntN(10)
	daemon, broker := what < 6 || what == 9, what >= 6
	if broker {
		k.m.Kill()
		k.brokers++
	}
	if daemon {
		k.s.kill()
		k.daemons++
	}
	k.s.nap(k.span(0, time.Second))
	if broker {
		k.m.Start()
	}
	if daemon {
		k.s.start()
	}
	// Now and then everything must have come back to life in between.
	if k.rounds%6 == 0 {
		n := k.s.stored()
		k.s.wait("events arrive between two kills", func(v *platform.View) bool { return len(v.Stored()) > n+5 })
	}
	if k.s.ctx.Err() != nil {
		k.s.fail("out of time after %d kills", k.daemons+k.brokers)
	}
}
