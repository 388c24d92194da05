package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"firepost/gateway/e2e/glass"
)

// wound is what is killed.
type wound int

const (
	daemonOnly wound = iota
	browserOnly
	bothAtOnce
	wounds
)

func (w wound) String() string {
	return [...]string{"daemon", "browser", "both"}[w]
}

const (
	// serviceRestarts is RestartSec of firepost.service.
	serviceRestarts = time.Second
	// tooLate is when a takeover should be back at the latest.
	tooLate = 5 * time.Second
)

// TestTortureScreens kills daemon, browser and both at random, while a takeover stands and while
// one begins: each time it is on the glass again. How soon is reported, not judged.
func TestTortureScreens(t *testing.T) {
	t.Parallel()
	kills := 6
	if full() {
		kills = 200
	}
	r := dice(t)
	m := mosquitto(t)
	v := newShow(t, setup{broker: m.Addr, faultAfter: 5}, "", "")
	if full() {
		ctx, cancel := context.WithTimeout(t.Context(), 80*time.Minute)
		t.Cleanup(cancel)
		v.ctx = ctx
	}
	v.plays()
	var back [wounds][]time.Duration
	burns, begun := false, 0
	for n := range kills {
		w := wound(n % int(wounds))
		if !burns {
			// While it begins: the kill comes anywhere between the register and the glass.
			v.smoke(true, "smoke-1")
			v.nap(time.Duration(r.Int64N(int64(400 * time.Millisecond))))
			begun++
		} else {
			v.taken("smoke-1")
			v.nap(time.Duration(r.Int64N(int64(2 * time.Second))))
		}
		back[w] = append(back[w], v.wounded(w, "smoke-1"))
		if took := back[w][len(back[w])-1]; full() {
			t.Logf("%d: %v, back after %v; runner %d", n+1, w, took.Round(10*time.Millisecond), v.glass.Runners())
			if took > tooLate {
				t.Logf("the runner says:\n%s\nthe daemon says:\n%s", lastLines(v.glass.Log(), 12), lastLines(v.daemon.Log(), 25))
			}
		}
		if burns = r.IntN(3) > 0; !burns {
			v.over("smoke-1")
		}
	}
	for w := range wounds {
		t.Log(spread(w.String(), back[w]))
	}
	t.Logf("%d kills, %d of them while a takeover began; it was on the glass again each time; %d runners", kills, begun, v.glass.Runners())
	v.bounded()
}

// wounded kills, and returns how long it took until the takeover was on the glass again and the
// daemon stood behind it.
func (v *show) wounded(w wound, detector string) time.Duration {
	v.t.Helper()
	var before struct {
		Seen  glass.Seen `json:"seen"`
		Taken bool       `json:"taken"`
	}
	began := time.Now()
	look := `({seen: window.glass, taken: ` + names(detector) + `})`
	if w != daemonOnly {
		// The page's own count begins anew.
		v.look("a browser to kill", v.glass.KillBrowser)
		v.lookAway()
	} else if err := v.eval(look, &before); err != nil {
		v.fail("the page does not answer: %v", err)
	}
	if w != browserOnly {
		v.kill()
		v.nap(serviceRestarts)
		v.start()
	}
	v.look("the fire at "+detector+", after the end of "+w.String(), func() error {
		select {
		case <-v.daemon.Done():
			v.fail("the daemon has ended by itself")
		default:
		}
		now := before
		err := v.eval(look, &now)
		switch {
		case err != nil:
			return err
		case !now.Taken || now.Seen.Told == "":
			return errors.New("it is not there")
		case w == daemonOnly && now.Seen.Sockets <= before.Seen.Sockets:
			return errors.New("the new daemon has not spoken yet")
		case w == daemonOnly && before.Taken && now.Seen.Lost > before.Seen.Lost:
			v.fail("the takeover was away for %d frames after the end of the daemon alone", now.Seen.Lost-before.Seen.Lost)
		}
		return nil
	})
	return time.Since(began)
}

// lastLines are the last n lines of a log.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// spread says how long it took.
func spread(what string, list []time.Duration) string {
	if len(list) == 0 {
		return what + ": never"
	}
	s := slices.Sorted(slices.Values(list))
	late := 0
	for _, d := range s {
		if d > tooLate {
			late++
		}
	}
	at := func(p int) time.Duration { return s[(len(s)-1)*p/100].Round(10 * time.Millisecond) }
	return fmt.Sprintf("%s: %d kills, back after p50 %v, p99 %v, at most %v; %d after more than %v", what, len(s), at(50), at(99), at(100), late, tooLate)
}

// TestScreenFrozen: the ladder ends a browser whose page stands still, or turns in circles, and
// the takeover is back.
func TestScreenFrozen(t *testing.T) {
	t.Parallel()
	m := mosquitto(t)
	v := newShow(t, setup{broker: m.Addr}, "", "")
	v.plays()
	v.smoke(true, "smoke-1")
	v.taken("smoke-1")
	for _, way := range []struct {
		name   string
		freeze func() error
	}{
		{"stopped", v.glass.Freeze},
		{"busy", func() error { return v.eval(`setTimeout(() => { for (;;); }, 0), true`, nil) }},
	} {
		was, err := v.glass.Up(v.ctx)
		v.must(err)
		began := time.Now()
		v.must(way.freeze())
		v.lookAway()
		v.look("a new browser", func() error {
			now, err := v.glass.Browser()
			if err == nil && now == was {
				err = errors.New("it is the old one")
			}
			return err
		})
		v.taken("smoke-1")
		t.Logf("%s: back after %v", way.name, time.Since(began).Round(10*time.Millisecond))
	}
	if full() {
		// The programme has more patience: nobody's life hangs on it.
		v.over("smoke-1")
		v.must(v.glass.Freeze())
		v.lookAway()
		v.sees("the programme", glass.Covered)
	}
}
