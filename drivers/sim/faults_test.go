package sim

import (
	"encoding/json"
	"math/bits"
	"slices"
	"testing"
	"time"
)

func TestFaultsOnTheWire(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults Faults
		want   string
		first  float64 // ms of the first character
	}{
		{"none", Faults{}, normalReply, 14},
		{"dead", Faults{Dead: true}, "", 0},
		{"mute", Faults{Mute: true}, "", 0},
		{"slow", Faults{Turnaround: 20 * time.Millisecond}, normalReply, 29},
		{"late", Faults{Late: time.Second}, normalReply, 1014},
		{"short silence", Faults{ShortSilence: true}, normalReply, 9.5},
		{"duplicates", Faults{Duplicates: 2}, normalReply + " " + normalReply + " " + normalReply, 14},
		{"truncated", Faults{Truncate: 3}, "01 03 02 00", 14},
		{"nothing left", Faults{Truncate: 9}, "", 0},
		{"wrong checksum", Faults{WrongCRC: true}, "01 03 02 00 00 47 BB", 14},
		{"exception", Faults{Exception: 6}, "01 83 06 C1 32", 14},
		{"noise before", Faults{Foreign: Hex{0xFF, 0x00}}, "FF 00 " + normalReply, 14},
		{"another unit's frame before", Faults{ForeignUnit: 2}, "02 03 02 FF FF FD F4 " + normalReply, 14},
		{"another unit's address", Faults{ReplyUnit: 2}, "02 03 02 00 00 FC 44", 14},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newTestSlave(t, 1, "smoke-generic@1")
			s.SetFaults(c.faults)
			r := newRig(t, s)
			r.send(0, readSmoke)
			r.run()
			if got := spaced(r.got()); got != c.want {
				t.Errorf("delivered %s, want %s", got, c.want)
			}
			if times := r.times(); len(times) > 0 && times[0] != c.first {
				t.Errorf("first character at %v ms, want %v", times[0], c.first)
			}
		})
	}
}

func TestOnlyIntactTimelyRepliesAreGood(t *testing.T) {
	for _, c := range []struct {
		name                       string
		faults                     Faults
		good, late, exception, bad uint64
	}{
		{"none", Faults{}, 1, 0, 0, 0},
		{"slow", Faults{Turnaround: 20 * time.Millisecond}, 1, 0, 0, 0},
		{"late", Faults{Late: time.Second}, 0, 1, 0, 0},
		{"duplicate", Faults{Duplicates: 1}, 1, 1, 0, 0},
		{"truncated", Faults{Truncate: 1}, 0, 0, 0, 1},
		{"wrong checksum", Faults{WrongCRC: true}, 0, 0, 0, 1},
		{"exception", Faults{Exception: 4}, 0, 0, 1, 0},
		{"foreign", Faults{ForeignUnit: 2}, 1, 0, 0, 1},
		{"bit errors", Faults{BitErrors: 0.9}, 0, 0, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newTestSlave(t, 1, "smoke-generic@1")
			s.SetFaults(c.faults)
			r := newRig(t, s)
			r.send(0, readSmoke)
			r.run()
			u := r.book.stats().Slaves[0]
			if u.Good != c.good || u.Late != c.late || u.Exceptions != c.exception || u.Bad != c.bad {
				t.Errorf("%+v", u)
			}
		})
	}
}

func TestDuplicateComesLater(t *testing.T) {
	s := newTestSlave(t, 1, "smoke-generic@1")
	s.SetFaults(Faults{Duplicates: 1, DuplicateAfter: 10 * time.Millisecond})
	r := newRig(t, s)
	r.send(0, readSmoke)
	r.run()
	// The reply begins at 13 ms, its duplicate at 23 ms.
	if times := r.times(); len(times) != 14 || times[7] != 24 {
		t.Errorf("delivered at %v, want the duplicate's first character at 24 ms", times)
	}
}

func TestBitErrorsAreSeededAndAsOftenAsAsked(t *testing.T) {
	run := func(seed uint64) (frames []string, flipped int) {
		s := newTestSlave(t, 1, "smoke-generic@1")
		s.Seed(seed)
		s.SetFaults(Faults{BitErrors: 0.05})
		clean := unhex(t, normalReply)
		for range 2000 {
			got := unhex(t, exchange(t, s, readSmoke))
			for i := range got {
				flipped += bits.OnesCount8(got[i] ^ clean[i])
			}
			frames = append(frames, spaced(got))
		}
		return frames, flipped
	}
	a, flipped := run(7)
	b, _ := run(7)
	c, _ := run(8)
	if !slices.Equal(a, b) || slices.Equal(a, c) {
		t.Error("the same seed must give the same errors, another one others")
	}
	// 2000 replies of 56 bits: 5600 expected, standard deviation 73.
	if flipped < 5200 || flipped > 6000 {
		t.Errorf("%d bits flipped, want about 5600", flipped)
	}
}

func TestSchedule(t *testing.T) {
	dead := Step{Requests: 2, Faults: Faults{Dead: true}}
	well := Step{Requests: 1}
	for _, c := range []struct {
		name  string
		loop  bool
		steps []Step
		want  string // x dead, o alive, one for each request
	}{
		{"empty", false, nil, "ooo"},
		{"last step lasts", false, []Step{well, dead}, "oxxxx"},
		{"loops", true, []Step{well, dead}, "oxxoxxo"},
		{"one step for ever", false, []Step{{Faults: Faults{Dead: true}}}, "xxx"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newTestSlave(t, 1, "smoke-generic@1")
			s.SetSchedule(c.loop, c.steps...)
			var got string
			for range c.want {
				if exchange(t, s, readSmoke) == "" {
					got += "x"
				} else {
					got += "o"
				}
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestFaultsWithProbability(t *testing.T) {
	s := newTestSlave(t, 1, "smoke-generic@1")
	s.SetFaults(Faults{Dead: true, Probability: 0.25})
	dead := 0
	for range 2000 {
		if exchange(t, s, readSmoke) == "" {
			dead++
		}
	}
	if dead < 400 || dead > 600 {
		t.Errorf("dead %d times of 2000, want about 500", dead)
	}
}

func TestMuteDeviceCarriesOutWhatItDoesNotAnswer(t *testing.T) {
	s := newTestSlave(t, 1, "relay-r421a08@1")
	s.SetFaults(Faults{Mute: true})
	if got := exchange(t, s, "01 06 00 01 01 00 D9 9A"); got != "" {
		t.Errorf("answered %s", got)
	}
	if on, err := s.Output("relay_1"); err != nil || !on {
		t.Errorf("relay_1 is %v, %v", on, err)
	}
}

func TestFaultsTravelAsJSON(t *testing.T) {
	want := Faults{Late: time.Second, Foreign: Hex{0xDE, 0xAD}, BitErrors: 0.5}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(b); got != `{"late_ns":1000000000,"bit_errors":0.5,"foreign":"dead"}` {
		t.Errorf("written as %s", got)
	}
	var back Faults
	if err := json.Unmarshal(b, &back); err != nil || back.Late != want.Late || !slices.Equal(back.Foreign, want.Foreign) {
		t.Errorf("read back as %+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"foreign":"xyz"}`), &back); err == nil {
		t.Error("letters that are no digits were accepted")
	}
}
