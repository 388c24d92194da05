package poll

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/source"
)

// TestFeasiblePlansKeepEveryDeadline draws buses whose plan says that they are in time, lets
// some devices be dead or noisy, and holds the schedule to the plan.
func TestFeasiblePlansKeepEveryDeadline(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cfg := fleet(rapid.IntRange(1, 60).Draw(rt, "devices"), nil)
		models := []*contract.Contract{detector(), rich(), lookAlike()}
		for i := range cfg.Devices {
			model := rapid.IntRange(0, 2).Draw(rt, "model")
			cfg.Devices[i].Contract = models[model]
			// Look-alikes need twice late_reply and a sweep.
			soonest := []int{2, 2, 7}[model]
			cfg.Devices[i].Deadline = time.Duration(rapid.IntRange(soonest, 12).Draw(rt, "deadline")) * time.Second
			cfg.Devices[i].SlowEvery = time.Duration(rapid.IntRange(5, 60).Draw(rt, "slow")) * time.Second
		}
		p, err := MakePlan(cfg)
		if err != nil {
			return
		}
		fates := make([]reply, 256)
		// At the start some time goes to reading again those that answer.
		vanish := min(p.Vanish*3/4, len(cfg.Devices)/2)
		for range rapid.IntRange(0, vanish).Draw(rt, "ill") {
			u := rapid.IntRange(1, len(cfg.Devices)).Draw(rt, "unit")
			fates[u] = reply(rapid.IntRange(1, 2).Draw(rt, "fate"))
		}
		l := newLine(cfg.Baud, 5*time.Millisecond, func(req *modbus.Request, n int) reply {
			if f := fates[req.Unit]; f == mute || (f == garbles && n%3 == 0) {
				return f
			}
			return answers
		})
		const end = 90 * time.Second
		run(t, cfg, l, newRecorder(), end, nil)
		if len(l.broken) > 0 {
			rt.Fatal("ambiguous requests")
		}
		for i := range cfg.Devices {
			d := &cfg.Devices[i]
			// For late_reply after the port was opened every read is made twice.
			opened := modbus.DefaultLateReply
			if first := l.gapsFrom(modbus.ReadHoldingRegisters, 0, 0, end)[d.Unit]; fates[d.Unit] == answers && first > d.Deadline+opened {
				rt.Errorf("%s was not read for %v at the start, its deadline is %v", d.Name, first, d.Deadline)
			}
			gaps := l.gapsFrom(modbus.ReadHoldingRegisters, 0, opened+d.Deadline, end)
			if g := gaps[d.Unit]; fates[d.Unit] == answers && g > d.Deadline {
				rt.Errorf("%s was not read for %v, its deadline is %v, the plan's sweep %v", d.Name, g, d.Deadline, p.Sweep)
			}
		}
		if lost := l.lost(10*time.Second, end); lost > 0.105 {
			rt.Errorf("%.1f %% of the wire went to silent devices", 100*lost)
		}
		if slow := l.slowShare(10*time.Second, end); slow > 0.105 {
			rt.Errorf("the slow lane took %.1f %%", 100*slow)
		}
	})
}

// TestATightPlanIsKept gives every detector a deadline just above what the plan promises.
func TestATightPlanIsKept(t *testing.T) {
	for _, n := range []int{5, 16, 60, 200} {
		for _, c := range []*contract.Contract{detector(), rich()} {
			cfg := fleet(n, c)
			for i := range cfg.Devices {
				cfg.Devices[i].SlowEvery = time.Second
			}
			p, err := MakePlan(cfg)
			if err != nil {
				t.Fatal(err)
			}
			l := newLine(9600, 5*time.Millisecond, func(req *modbus.Request, _ int) reply {
				if int(req.Unit) == n {
					return mute
				}
				return answers
			})
			sink := newRecorder()
			sink.want = func(*source.Batch) source.Want { return source.Nothing }
			run(t, cfg, l, sink, 90*time.Second, nil)
			for u, g := range l.gapsFrom(modbus.ReadHoldingRegisters, 0, 15*time.Second, 90*time.Second) {
				if int(u) != n && g > p.Sweep+p.Blocks[0].Cost {
					t.Errorf("%d × %s: unit %d waited %v, the plan says %v at most", n, c.Name, u, g, p.Sweep)
				}
			}
		}
	}
}

// lookAlike has an alarm and a slow register that no reply can tell apart.
func lookAlike() *contract.Contract {
	c := detector()
	c.Name = "look-alike"
	c.Points = []contract.Point{point("smoke", contract.Holding, 0, contract.Alarm), point("battery", contract.Holding, 0x20, contract.Slow)}
	return c
}

// slowShare is the part of the wire that reads from 0x20 on took, with answers.
func (l *line) slowShare(a, b time.Duration) float64 {
	var t time.Duration
	for _, x := range l.log {
		if x.req.Address >= 0x20 && x.reply == answers && x.start >= a && x.end < b {
			t += x.end - x.start
		}
	}
	return float64(t) / float64(b-a)
}

func TestSlowLaneIsNeitherStarvedNorGreedy(t *testing.T) {
	cfg := fleet(16, rich())
	for i := range cfg.Devices {
		cfg.Devices[i].SlowEvery = time.Second
	}
	l := newLine(9600, 5*time.Millisecond, nil)
	stats := run(t, cfg, l, newRecorder(), 120*time.Second, nil)
	if s := l.slowShare(5*time.Second, 120*time.Second); s < 0.095 || s > 0.105 {
		t.Errorf("slow points wanted all they could get and took %.2f %% of the wire, want 10 %%", 100*s)
	}
	if u := stats.Use; u.Total() < 0.98 || u.Total() > 1.02 || u.Slow < 0.095 || u.Slow > 0.105 {
		t.Errorf("use %+v", u)
	}
	slowest := time.Duration(0)
	for _, g := range l.gaps(modbus.ReadHoldingRegisters, 0x20, 120*time.Second) {
		slowest = max(slowest, g)
	}
	if slowest > 6*time.Second {
		t.Errorf("a slow block waited %v while others were read", slowest)
	}
}

func TestSlowLaneAloneKeepsItsInterval(t *testing.T) {
	c := rich()
	c.Points = c.Points[2:]
	cfg := fleet(3, c)
	for i := range cfg.Devices {
		cfg.Devices[i].SlowEvery = 5 * time.Second
	}
	l := newLine(9600, 5*time.Millisecond, nil)
	run(t, cfg, l, newRecorder(), 61*time.Second, nil)
	for u, n := range l.asked {
		if n != 13 {
			t.Errorf("unit %d was read %d times in 61 s, want every 5 s", u, n)
		}
	}
}

func TestLookAlikesStarveNeitherWay(t *testing.T) {
	cfg := fleet(8, lookAlike())
	for i := range cfg.Devices {
		cfg.Devices[i].SlowEvery = 20 * time.Second
	}
	l := newLine(9600, 5*time.Millisecond, nil)
	run(t, cfg, l, newRecorder(), 120*time.Second, nil)
	for u, g := range l.gaps(modbus.ReadHoldingRegisters, 0, 120*time.Second) {
		if g > 5*time.Second {
			t.Errorf("unit %d: alarm block waited %v", u, g)
		}
	}
	for u, g := range l.gaps(modbus.ReadHoldingRegisters, 0x20, 120*time.Second) {
		if g > 25*time.Second {
			t.Errorf("unit %d: slow block waited %v, wants every 20 s", u, g)
		}
	}
}

func TestTwoLookAlikeAlarmBlocksAlternate(t *testing.T) {
	c := lookAlike()
	c.Points[1].Lane = contract.Alarm
	l := newLine(9600, 5*time.Millisecond, nil)
	run(t, fleet(4, c), l, newRecorder(), 60*time.Second, nil)
	for _, address := range []uint16{0, 0x20} {
		for u, g := range l.gaps(modbus.ReadHoldingRegisters, address, 60*time.Second) {
			if g > 4500*time.Millisecond {
				t.Errorf("unit %d register 0x%02X waited %v", u, address, g)
			}
		}
	}
}

func TestShortDeadlinesComeMoreOften(t *testing.T) {
	cfg := fleet(40, detector())
	for i := range 4 {
		cfg.Devices[i].Deadline = 2 * time.Second
	}
	l := newLine(9600, 5*time.Millisecond, nil)
	run(t, cfg, l, newRecorder(), 60*time.Second, nil)
	if ratio := float64(l.asked[1]) / float64(l.asked[40]); ratio < 4 || ratio > 6 {
		t.Errorf("a fifth of the deadline is read %.1f times as often, want about 5", ratio)
	}
}

func TestConfirmingReadsWaitForTheSweep(t *testing.T) {
	l := newLine(9600, 5*time.Millisecond, nil)
	sink := newRecorder()
	asked := map[string]bool{}
	sink.want = func(b *source.Batch) source.Want {
		// Three detectors see a fire in the third sweep.
		if sink.ok[b.Device] == 3 && (b.Device == "d002" || b.Device == "d005" || b.Device == "d016") && !asked[b.Device] {
			asked[b.Device] = true
			return source.Confirm
		}
		return source.Nothing
	}
	run(t, fleet(16, detector()), l, sink, 5*time.Second, nil)
	var got []int
	for _, x := range l.log[32:54] {
		got = append(got, int(x.req.Unit))
	}
	want := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 2, 5, 16, 1, 3, 4}
	// The confirmed ones were just read, so the next sweep begins with the others.
	if !slices.Equal(got, want) {
		t.Errorf("read\n%v, want\n%v", got, want)
	}
}

func TestSinkThatDoubtsEverythingStarvesNobody(t *testing.T) {
	l := newLine(9600, 5*time.Millisecond, nil)
	sink := newRecorder()
	sink.want = func(*source.Batch) source.Want { return source.Confirm }
	cfg := fleet(16, rich())
	stats := run(t, cfg, l, sink, 60*time.Second, nil)
	for u, g := range l.gaps(modbus.ReadHoldingRegisters, 0, 60*time.Second) {
		if g > 2*time.Second {
			t.Errorf("unit %d waited %v", u, g)
		}
	}
	if stats.Use.Confirm < 0.3 || stats.Use.Confirm > 0.6 {
		t.Errorf("confirming reads took %.2f of the wire, want about half", stats.Use.Confirm)
	}
}

func TestTwoHundredAlarmsInOneSweep(t *testing.T) {
	cfg := fleet(200, detector())
	l := newLine(9600, 5*time.Millisecond, nil)
	sink := newRecorder()
	sink.want = func(*source.Batch) source.Want { return source.Confirm }
	run(t, cfg, l, sink, 120*time.Second, nil)
	for u, g := range l.gaps(modbus.ReadHoldingRegisters, 0, 120*time.Second) {
		// The first reads after opening are made twice: the first sweep is longer by 2 s.
		if g > 10*time.Second {
			t.Errorf("unit %d waited %v", u, g)
		}
	}
}

func TestProbesBackOff(t *testing.T) {
	l := newLine(9600, 5*time.Millisecond, func(req *modbus.Request, n int) reply {
		if req.Unit == 2 && n < 8 {
			return mute
		}
		return answers
	})
	sink := newRecorder()
	stats := run(t, fleet(4, detector()), l, sink, 70*time.Second, nil)
	var at []time.Duration
	for _, x := range l.log {
		if x.req.Unit == 2 && len(at) < 9 {
			at = append(at, x.start)
		}
	}
	for i, seconds := range []float64{2, 4, 8, 10, 10, 10, 10, 10} {
		if got := (at[i+1] - at[i]).Seconds(); got < seconds || got > seconds+0.4 {
			t.Errorf("probe %d came %v s after the last attempt, want %v s", i+1, got, seconds)
		}
	}
	d := stats.Devices[1]
	if d.State != Alive || d.Misses != 0 || len(sink.errs["d002"]) != 8 || d.Good < 50 {
		t.Errorf("after its return the device is %+v with %d errors delivered", d, len(sink.errs["d002"]))
	}
}

func TestOneMissIsForgivenAtOnce(t *testing.T) {
	// Ten of sixteen miss one request each, all in the same second, after a minute.
	l := newLine(9600, 5*time.Millisecond, nil)
	start := time.Duration(0)
	hit := map[uint8]bool{}
	l.behave = func(req *modbus.Request, _ int) reply {
		if time.Since(l.base) > time.Minute && req.Unit <= 10 && !hit[req.Unit] {
			hit[req.Unit] = true
			start = max(start, time.Since(l.base))
			return mute
		}
		return answers
	}
	run(t, fleet(16, detector()), l, newRecorder(), 70*time.Second, nil)
	for u, g := range l.gaps(modbus.ReadHoldingRegisters, 0, 70*time.Second) {
		if g > 4500*time.Millisecond {
			t.Errorf("unit %d was away for %v after one missed reply", u, g)
		}
	}
}

func TestEverythingDeadIsProbedFreely(t *testing.T) {
	dead := true
	l := newLine(9600, 5*time.Millisecond, nil)
	l.behave = func(*modbus.Request, int) reply {
		if dead && time.Since(l.base) < time.Minute {
			return mute
		}
		return answers
	}
	stats := run(t, fleet(10, detector()), l, newRecorder(), 66*time.Second, nil)
	for u, n := range l.asked {
		if n < 25 {
			t.Errorf("unit %d was probed %d times in a minute, want every 2 s", u, n)
		}
	}
	for _, d := range stats.Devices {
		if d.State != Alive {
			t.Errorf("%s is %v, 6 s after the line came back", d.Name, d.State)
		}
	}
}

func TestSlowBlockThatNeverAnswersSparesTheDetector(t *testing.T) {
	l := newLine(9600, 5*time.Millisecond, func(req *modbus.Request, _ int) reply {
		if req.Address >= 0x20 {
			return mute
		}
		return answers
	})
	run(t, fleet(4, rich()), l, newRecorder(), 10*time.Minute, nil)
	n := 0
	for _, x := range l.log {
		if x.reply == mute {
			n++
		}
	}
	if n > 4*5 {
		t.Errorf("the silent block was asked %d times in ten minutes", n)
	}
	for u, g := range l.gaps(modbus.ReadHoldingRegisters, 0, 10*time.Minute) {
		if g > 3*time.Second {
			t.Errorf("unit %d: its detector was not read for %v", u, g)
		}
	}
}

func TestRefusalsAreAnswers(t *testing.T) {
	l := newLine(9600, 5*time.Millisecond, func(req *modbus.Request, _ int) reply {
		if req.Unit == 1 {
			return refuses
		}
		return answers
	})
	sink := newRecorder()
	stats := run(t, fleet(2, detector()), l, sink, 10*time.Second, nil)
	d := stats.Devices[0]
	if d.State != Alive || d.Good != 0 || d.Misses == 0 || len(sink.errs["d001"]) == 0 || sink.ok["d001"] != 0 {
		t.Errorf("a device that refuses is %+v", d)
	}
}

func TestASlowSinkStopsNothing(t *testing.T) {
	l := newLine(9600, 5*time.Millisecond, nil)
	sink := newRecorder()
	sink.want = func(*source.Batch) source.Want {
		time.Sleep(50 * time.Millisecond)
		return source.Nothing
	}
	stats := run(t, fleet(4, rich()), l, sink, 60*time.Second, func(context.Context, *Bus) {})
	for _, d := range stats.Devices {
		if d.Good < 100 || d.State != Alive {
			t.Errorf("%+v", d)
		}
	}
}
