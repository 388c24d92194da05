package sim

import (
	"testing"
	"time"
)

// FuzzLine sends anything to a line in virtual time: it must end, lose no later request,
// and never send a frame that claims to be good without a right checksum.
func FuzzLine(f *testing.F) {
	for _, s := range []string{readSmoke, writeMany, "11 17 00 03 00 06 00 0E 00 03 06 00 FF 00 FF 00 FF 4B 54", "F8 42 C2 41", "01 10 00 01 00 02 03 00 0A 01 42 26", "00 06 00 05 12 34 95 6D"} {
		f.Add(unhex(f, s), uint8(3), false)
		f.Add(unhex(f, s), uint8(0), true)
	}
	f.Fuzz(func(t *testing.T, noise []byte, pieces uint8, raw bool) {
		s := NewRawSlave(0x11)
		if !raw {
			s = newTestSlave(t, 0x11, "relay-r421a08@1")
		}
		r := newRig(t, s, newTestSlave(t, 1, "smoke-generic@1"))
		size := len(noise)/(int(pieces)+1) + 1
		at := second
		for len(noise) > 0 {
			n := min(size, len(noise), 1024)
			r.in = append(r.in, timed{at, noise[:n]})
			noise = noise[n:]
			at += 2 * int64(time.Millisecond)
		}
		// Long after any reply to the noise.
		r.in = append(r.in, timed{at + 100*second, unhex(t, readSmoke)})
		r.run()
		got := r.got()
		if n := len(normalReply+" ") / 3; len(got) < n || spaced(got[len(got)-n:]) != normalReply {
			t.Fatalf("the last request was not answered: %s", spaced(got))
		}
		if st := r.book.stats(); st.Slaves[0].Good < 1 {
			t.Fatalf("stats %+v", st.Slaves)
		}
	})
}
