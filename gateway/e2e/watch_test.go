package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"firepost/firmware-contracts/message"
	"firepost/gateway/e2e/platform"
)

// wait waits until ok holds at the platform.
func (s *site) wait(what string, ok func(v *platform.View) bool) {
	s.t.Helper()
	if err := s.platform.Wait(s.ctx, ok); err != nil {
		s.fail("%s: %v; the platform's last events: %s", what, err, s.lastEvents())
	}
}

func (s *site) lastEvents() string {
	events := s.platform.Events()
	var b strings.Builder
	for _, e := range events[max(0, len(events)-8):] {
		fmt.Fprintf(&b, "\n  %s %s %s %s/%s [%s] %s", e.ID, e.Class, e.Kind, e.Device, e.Point, e.State, e.Cause)
	}
	return b.String()
}

// look asks again and again for what nobody reports.
func (s *site) look(what string, check func() error) {
	s.t.Helper()
	t := time.NewTicker(lookGap)
	defer t.Stop()
	var last error
	for {
		err := check()
		if err == nil {
			return
		}
		if s.ctx.Err() != nil {
			s.fail("%s: %v", what, errors.Join(last, s.ctx.Err()))
		}
		last = err
		select {
		case <-s.ctx.Done():
		case <-t.C:
		}
	}
}

// event waits for an event of this kind beyond the first seen ones, and returns how many have
// been seen then.
func (s *site) event(seen int, class message.Class, kind message.Kind, dev, cause string) (message.Event, int) {
	s.t.Helper()
	var found message.Event
	s.wait(fmt.Sprintf("%s %s of %s (%s)", class, kind, dev, cause), func(v *platform.View) bool {
		for i, e := range v.Stored()[seen:] {
			if e.Class == class && e.Kind == kind && e.Device == dev && (cause == "" || e.Cause == cause) {
				found, seen = e, seen+i+1
				return true
			}
		}
		return false
	})
	return found, seen
}

// stored is how many events the platform has.
func (s *site) stored() int { return len(s.platform.Events()) }

// smoke sets detectors.
func (s *site) smoke(on bool, names ...string) {
	s.t.Helper()
	for _, n := range names {
		s.must(s.sim.Smoke(n, on))
	}
}

// place is where a device stands.
func (s *site) place(name string) (line string, unit uint8) {
	for _, l := range s.setup.lines {
		for _, d := range l.devices {
			if d.name == name {
				return l.name, d.unit
			}
		}
	}
	s.t.Fatalf("no device %s", name)
	return "", 0
}

// reads is how often a device has been read well.
func (s *site) reads(name string) uint64 {
	l, unit := s.place(name)
	for _, st := range s.sim.Line(l).Stats().Slaves {
		if st.Unit == unit {
			return st.GoodReads
		}
	}
	return 0
}

// polled waits until each device has been read often enough to be believed.
func (s *site) polled(names ...string) {
	s.t.Helper()
	const enough = 3
	from := make(map[string]uint64)
	for _, n := range names {
		from[n] = s.reads(n)
	}
	s.look("polling goes on", func() error {
		for n, was := range from {
			if got := s.reads(n) - was; got < enough {
				return fmt.Errorf("%s was read %d times, not %d", n, got, enough)
			}
		}
		return nil
	})
}

// output waits until a relay is as it should be.
func (s *site) output(channel string, on bool) {
	s.t.Helper()
	watch, err := s.sim.Outputs(relays)
	s.must(err)
	ctx, cancel := context.WithTimeout(s.ctx, prompt)
	defer cancel()
	for {
		now, err := s.sim.Output(relays, channel)
		s.must(err)
		if now == on {
			return
		}
		select {
		case <-watch:
		case <-ctx.Done():
			s.fail("relay %s did not become %v", channel, on)
		}
	}
}

// command sends a command that must be carried out.
func (s *site) command(cmd message.Command) message.Result {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 30*time.Second)
	defer cancel()
	res, err := s.platform.Command(ctx, cmd)
	s.must(err)
	if !res.OK {
		s.fail("%s of %s is refused: %s: %s", cmd.Action, cmd.Device, res.Code, res.Text)
	}
	return res
}

// lastOf is the last event that the platform has of a device.
func (s *site) lastOf(dev string) string {
	events := s.platform.Events()
	for _, e := range slices.Backward(events) {
		if e.Device == dev {
			return e.ID
		}
	}
	return ""
}

// storm toggles all detectors, each change read by the booth before the next one.
func (s *site) storm(rounds int, names ...string) {
	s.t.Helper()
	for range rounds {
		s.smoke(true, names...)
		s.polled(names...)
		s.smoke(false, names...)
		s.polled(names...)
	}
}

// healthItems are what the booth says of itself on its page, by code.
func (s *site) healthItems() (map[string]message.Severity, error) {
	data, err := s.get("/api/status")
	if err != nil {
		return nil, err
	}
	var st struct {
		Health []message.HealthItem `json:"health"`
	}
	if err := json.Unmarshal(data, &st); err != nil {
		return nil, err
	}
	out := make(map[string]message.Severity)
	for _, i := range st.Health {
		out[i.Code] = i.Severity
	}
	return out, nil
}

// peakMB is the most memory that the daemon has ever held, in MB.
func (s *site) peakMB() int {
	s.t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.daemon.Pid()))
	s.must(err)
	for l := range strings.SplitSeq(string(data), "\n") {
		if rest, ok := strings.CutPrefix(l, "VmHWM:"); ok {
			var kb int
			if _, err := fmt.Sscan(rest, &kb); err != nil {
				s.fail("VmHWM %q: %v", rest, err)
			}
			return kb >> 10
		}
	}
	s.fail("no VmHWM")
	return 0
}

// bounded holds the daemon's memory against a bound that only a leak reaches.
func (s *site) bounded() {
	s.t.Helper()
	if mb := s.peakMB(); mb > maxMB {
		s.fail("the daemon has used %d MB, at most %d", mb, maxMB)
	}
}

// backlog asks whether the booth has no more than most events unconfirmed.
func (s *site) backlog(most int64) error {
	data, err := s.get("/metrics")
	if err != nil {
		return err
	}
	total, found := int64(0), false
	for l := range strings.SplitSeq(string(data), "\n") {
		if !strings.HasPrefix(l, "firepost_uplink_backlog{") || strings.Contains(l, "telemetry") {
			continue
		}
		var v float64
		if _, err := fmt.Sscan(l[strings.LastIndexByte(l, ' ')+1:], &v); err != nil {
			return err
		}
		total, found = total+int64(v), true
	}
	switch {
	case !found:
		return errors.New("there is no metric of the backlog")
	case total > most:
		return fmt.Errorf("%d events are unconfirmed", total)
	}
	return nil
}
