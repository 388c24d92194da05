package poll

import (
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
)

func TestStatsOfABus(t *testing.T) {
	l := newLine(9600, 7*time.Millisecond, func(req *modbus.Request, n int) reply {
		if req.Unit == 2 && n >= 4 {
			return mute
		}
		return answers
	})
	s := run(t, fleet(3, rich()), l, newRecorder(), 100*time.Second, nil)
	if s.Bus != "rs485-1" || !s.Up || s.Err != nil || s.Opened != 1 || s.Modbus.Requests < 3000 {
		t.Errorf("%+v", s)
	}
	alive, dead := s.Devices[0], s.Devices[1]
	if alive.Name != "d001" || alive.Unit != 1 || alive.State != Alive || alive.Misses != 0 ||
		alive.Good != alive.Attempts || alive.LastGood.Mono == 0 {
		t.Errorf("a living device: %+v", alive)
	}
	if alive.Reply < 6900*time.Microsecond || alive.Reply > 7100*time.Microsecond {
		t.Errorf("reply after %v, want 7 ms", alive.Reply)
	}
	if alive.Gap < 50*time.Millisecond || alive.Gap > time.Second {
		t.Errorf("longest gap %v", alive.Gap)
	}
	if dead.State != Dead || dead.Good != 4 || dead.Misses < 5 || dead.Attempts != dead.Good+uint64(dead.Misses) {
		t.Errorf("a dead device: %+v", dead)
	}
	if s.Use.Probe < 0.005 || s.Use.Probe > 0.02 || s.Use.Total() < 0.97 || s.Use.Total() > 1.03 {
		t.Errorf("use %+v", s.Use)
	}
	if s.Sweep < 50*time.Millisecond || s.Sweep > 200*time.Millisecond {
		t.Errorf("sweep %v", s.Sweep)
	}
}

func TestUseForgetsAfterAMinute(t *testing.T) {
	l := &ledger{}
	l.init(&Plan{})
	l.spend(LaneAlarm, 0, time.Second/2)
	if u := l.use(time.Second); u.Alarm != 0.5 {
		t.Errorf("after a second: %+v", u)
	}
	l.spend(LaneSlow, 40*time.Second, 46*time.Second)
	if u := l.use(50 * time.Second); u.Alarm != 0.01 || u.Slow != 0.12 {
		t.Errorf("after 50 seconds: %+v", u)
	}
	if u := l.use(70 * time.Second); u.Alarm != 0 || u.Slow < 0.1 {
		t.Errorf("after 70 seconds: %+v", u)
	}
	if u := l.use(200 * time.Second); u.Total() != 0 {
		t.Errorf("after 200 seconds: %+v", u)
	}
}

func TestStatesHaveNames(t *testing.T) {
	for s, want := range map[State]string{Untried: "untried", Alive: "alive", Suspect: "suspect", Dead: "dead", 9: "unknown"} {
		if s.String() != want {
			t.Errorf("%d is %q, want %q", s, s, want)
		}
	}
}
