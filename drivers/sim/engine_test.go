package sim

import (
	"slices"
	"testing"
	"time"
)

const (
	normalReply = "01 03 02 00 00 B8 44"
	alarmReply  = "01 03 02 00 01 79 84"
)

// times of all characters delivered, in ms.
func (r *rig) times() (out []float64) {
	for _, s := range r.sent {
		for range s.data {
			out = append(out, ms(s.at))
		}
	}
	return out
}

func TestCharactersArriveAtTheirEndOnTheWire(t *testing.T) {
	r := newRig(t, newTestSlave(t, 1, "smoke-generic@1"))
	r.send(0, readSmoke)
	r.run()
	// 8 characters of request, 5 ms turnaround, then one character each millisecond.
	if want := []float64{14, 15, 16, 17, 18, 19, 20}; !slices.Equal(r.times(), want) {
		t.Errorf("delivered at %v ms, want %v", r.times(), want)
	}
	if got := spaced(r.got()); got != normalReply {
		t.Errorf("delivered %s, want %s", got, normalReply)
	}
}

func TestRegistersAreSampledWhenTheRequestEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		at   float64
		want string
	}{
		{"set at the request's end", 8, alarmReply},
		{"set before the reply begins", 14, normalReply},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newTestSlave(t, 1, "smoke-generic@1")
			r := newRig(t, s)
			r.send(0, readSmoke)
			r.after = func(now int64) {
				if ms(now) == c.at {
					if err := s.Set("smoke", 1); err != nil {
						t.Fatal(err)
					}
				}
			}
			r.run()
			if got := spaced(r.got()); got != c.want {
				t.Errorf("delivered %s, want %s", got, c.want)
			}
		})
	}
}

func TestRequestInPiecesEndsWithItsLastCharacter(t *testing.T) {
	r := newRig(t, newTestSlave(t, 1, "smoke-generic@1"))
	r.send(0, "01 03 00 10")
	r.send(2, "00 01 85 CF")
	r.run()
	if got := r.times(); len(got) != 7 || got[0] != 14 {
		t.Errorf("first character at %v ms, want 14: the second piece waits for the first", got)
	}
	if s := r.book.stats(); s.Violations != 0 || s.Requests != 1 {
		t.Errorf("%d requests, %d violations; want one request", s.Requests, s.Violations)
	}
}

func TestUnfinishedRequestEndsWithSilence(t *testing.T) {
	r := newRig(t, newTestSlave(t, 1, "smoke-generic@1"))
	r.send(0, "01 03 00")
	r.send(10, readSmoke)
	r.run()
	if got := spaced(r.got()); got != normalReply {
		t.Errorf("delivered %q, want the reply to the second request", got)
	}
	if s := r.book.stats(); s.Dropped != 3 {
		t.Errorf("dropped %d characters, want 3", s.Dropped)
	}
}

func TestSilenceIsJudgedFromTheLastCharacter(t *testing.T) {
	// The reply's last character is delivered at 20 ms; the silence ends at 23.5 ms.
	for _, c := range []struct {
		name       string
		at         float64
		idle       time.Duration
		violations uint64
	}{
		{"later than need be", 24.3, 800 * time.Microsecond, 0},
		{"just in time", 23.5, 0, 0},
		{"within the allowance", 23.47, -30 * time.Microsecond, 0},
		{"too early", 23.4, -100 * time.Microsecond, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, newTestSlave(t, 1, "smoke-generic@1"))
			r.send(0, readSmoke)
			r.send(c.at, readSmoke)
			r.run()
			s := r.book.stats()
			if s.Idle.Count != 1 || s.Idle.Mean != c.idle || s.Violations != c.violations {
				t.Errorf("idle %+v and %d violations, want %v and %d", s.Idle, s.Violations, c.idle, c.violations)
			}
		})
	}
}

func TestWaitForDeadDeviceIsNoIdleTime(t *testing.T) {
	dead := newTestSlave(t, 1, "smoke-generic@1")
	dead.SetFaults(Faults{Dead: true})
	r := newRig(t, dead)
	r.send(0, readSmoke)
	r.send(108, readSmoke)
	r.run()
	s := r.book.stats()
	if s.Idle.Count != 0 || s.Waits.Count != 1 || s.Waits.Mean != 96500*time.Microsecond {
		t.Errorf("idle %+v, waits %+v; want one wait of 96.5 ms", s.Idle, s.Waits)
	}
	if len(r.got()) != 0 || s.Slaves[0].Requests != 2 || s.Slaves[0].Good != 0 {
		t.Errorf("a dead device sent %x; %+v", r.got(), s.Slaves[0])
	}
}

func TestCollisionSpoilsBoth(t *testing.T) {
	r := newRig(t, newTestSlave(t, 1, "smoke-generic@1"))
	r.send(0, readSmoke)
	r.send(16, readSmoke)
	r.run()
	got := r.got()
	if spaced(got[:3]) != "01 03 02" || spaced(got) == normalReply || len(got) != 7 {
		t.Errorf("delivered %s: want three good characters and four spoilt ones, and nothing for the second request", spaced(got))
	}
	s := r.book.stats()
	if s.Collisions != 1 || s.Requests != 1 || s.Good != 0 || s.Slaves[0].Bad != 1 {
		t.Errorf("%d collisions, %d requests heard, %d good, %d bad", s.Collisions, s.Requests, s.Good, s.Slaves[0].Bad)
	}
}

func TestLateReplyArrivesWholeAfterAnotherRequest(t *testing.T) {
	late, other := NewRawSlave(1), NewRawSlave(2)
	late.SetFaults(Faults{Late: 30 * time.Millisecond})
	r := newRig(t, late, other)
	r.send(0, "01 03 01 2C 00 01 44 3F")  // late reply due at 43 ms
	r.send(40, "02 03 00 00 00 02 C4 38") // on the wire from 40 to 48 ms
	r.run()
	times := r.times()
	if got, want := spaced(r.got()), "01 03 02 01 2C B8 09 02 03 04 00 00 00 01 08 F3"; got != want {
		t.Fatalf("delivered %s, want %s", got, want)
	}
	if times[0] != 49 || times[6] != 55 || times[7] != 56 {
		t.Errorf("delivered at %v: want the late reply from 49 ms and the other right behind it", times)
	}
	s := r.book.stats()
	if s.Good != 1 || s.Slaves[0].Late != 1 || s.Collisions != 0 {
		t.Errorf("good %d, late %d, collisions %d", s.Good, s.Slaves[0].Late, s.Collisions)
	}
}

func TestStatsOfOneSlave(t *testing.T) {
	r := newRig(t, newTestSlave(t, 1, "smoke-generic@1"))
	for i := range 10 {
		r.send(float64(i)*30, readSmoke)
	}
	r.send(400, readSmoke)
	r.run()
	s := r.book.stats()
	u := s.Slaves[0]
	if u.Reads != 11 || u.GoodReads != 11 || s.Good != 11 || u.Cycle != 40*time.Millisecond || s.Cycle != u.Cycle {
		t.Errorf("%+v, line cycle %v; want 11 reads, 40 ms apart on average", u, s.Cycle)
	}
	// The tenth reply ended at 290 ms, the eleventh at 420 ms.
	if u.LongestGap != 130*time.Millisecond || ms(u.GapEnd) != 420 || u.OpenGap != 0 {
		t.Errorf("longest gap %v ending at %v, open %v; want 130 ms ending at 420, 0", u.LongestGap, ms(u.GapEnd), u.OpenGap)
	}
	if want := 11 / 0.42; s.GoodPerSecond < want-0.01 || s.GoodPerSecond > want+0.01 {
		t.Errorf("%.2f good replies a second, want %.2f", s.GoodPerSecond, want)
	}
	r.book.m.reset(r.now)
	r.send(520, readSmoke)
	r.run()
	if u = r.book.stats().Slaves[0]; u.GoodReads != 1 || u.LongestGap != 120*time.Millisecond {
		t.Errorf("after a reset %+v, want one read and the whole gap of 120 ms", u)
	}
}

func TestFirstGapCountsFromTheLinesFirstRequest(t *testing.T) {
	a, b := NewRawSlave(1), NewRawSlave(2)
	r := newRig(t, a, b)
	r.send(0, readTwo)
	r.send(992, "02 03 00 00 00 02 C4 38")
	r.run()
	s := r.book.stats()
	// First request's end 8 ms; second's 1000, its reply's last character 1014.
	if s.Slaves[1].LongestGap != 1006*time.Millisecond {
		t.Errorf("first gap of the second slave is %v, want 1.006 s", s.Slaves[1].LongestGap)
	}
}

func TestReadsOfSlowPointsAreNoAlarmReads(t *testing.T) {
	s := newTestSlave(t, 1, "io-waveshare-8ch@1")
	r := newRig(t, s)
	r.send(0, "01 02 00 00 00 08 79 CC")   // inputs: alarm lane
	r.send(100, "01 01 00 00 00 08 3D CC") // outputs
	r.run()
	if u := r.book.stats().Slaves[0]; u.Good != 2 || u.GoodReads != 1 || u.Reads != 1 {
		t.Errorf("%+v, want two good replies, one of them a read of alarm points", u)
	}
}

func TestTransactionLog(t *testing.T) {
	r := newRig(t, newTestSlave(t, 1, "smoke-generic@1"))
	r.send(0, readSmoke)
	r.send(25, "01 03 00 11 00 01 D4 0F")
	r.send(60, "09 03 00 00 00 01 85 42")
	r.run()
	log := r.book.transactions()
	if len(log) != 3 {
		t.Fatalf("%d transactions, want 3", len(log))
	}
	if x := log[0]; ms(x.Arrived) != 0 || ms(x.Ended) != 8 || ms(x.Replied) != 20 || x.Outcome != "good" || x.Address != 0x10 || x.Count != 1 {
		t.Errorf("first: %+v", x)
	}
	if x := log[1]; x.Outcome != "exception" || x.Excess != 1500*time.Microsecond {
		t.Errorf("second: %+v, want an exception after 1.5 ms of idle time", x)
	}
	if x := log[2]; x.Outcome != "none" || x.Replied != 0 || x.Unit != 9 {
		t.Errorf("third: %+v, want nobody to answer", x)
	}
	if s := r.book.stats(); s.Unknown != 1 || s.Slaves[0].Exceptions != 1 {
		t.Errorf("unknown %d, exceptions %d", s.Unknown, s.Slaves[0].Exceptions)
	}
}

func TestTransactionLogKeepsTheLast(t *testing.T) {
	r := newRig(t, NewRawSlave(1))
	for i := range 20 {
		r.send(float64(i)*100, readTwo)
	}
	r.run()
	log := r.book.transactions()
	if len(log) != 16 || ms(log[0].Arrived) != 400 || ms(log[15].Arrived) != 1900 || log[15].Outcome != "good" {
		t.Errorf("%d transactions from %v to %v", len(log), ms(log[0].Arrived), ms(log[len(log)-1].Arrived))
	}
}

func TestEchoReturnsTheRequest(t *testing.T) {
	r := newRig(t, newTestSlave(t, 1, "smoke-generic@1"))
	r.e.echo = true
	r.send(0, readSmoke)
	r.run()
	if got := spaced(r.got()); got != readSmoke+" "+normalReply {
		t.Errorf("delivered %s", got)
	}
}

func TestWithoutPaceRepliesComeAtOnce(t *testing.T) {
	r := newRig(t, newTestSlave(t, 1, "smoke-generic@1"))
	r.e = newEngine(&LineConfig{}, time.Millisecond, r.fakeWire, r.book)
	r.send(0, readSmoke)
	r.run()
	if len(r.sent) != 1 || ms(r.sent[0].at) != 0 || spaced(r.got()) != normalReply {
		t.Errorf("delivered %s in %d parts at %v ms", spaced(r.got()), len(r.sent), r.times())
	}
}

func TestCharacterTimes(t *testing.T) {
	for _, c := range []struct {
		baud          int
		format        string
		char, silence time.Duration
	}{
		{9600, "8N1", 1041666, 3645831},
		{9600, "8E1", 1145833, 4010415},
		{19200, "8N1", 520833, 1822915},
		{38400, "8N1", 260416, 1750000},
		{115200, "8N2", 95486, 1750000},
	} {
		char, err := charTime(c.baud, c.format)
		if err != nil || char != c.char || silenceAfter(c.baud, char) != c.silence {
			t.Errorf("%d %s: %v, %v, %v; want %v, %v", c.baud, c.format, char, silenceAfter(c.baud, char), err, c.char, c.silence)
		}
	}
	for _, bad := range []string{"", "8X1", "9N1", "8N3", "8N11"} {
		if _, err := charTime(9600, bad); err == nil {
			t.Errorf("format %q was accepted", bad)
		}
	}
	if _, err := charTime(0, "8N1"); err == nil {
		t.Error("0 baud was accepted")
	}
}
