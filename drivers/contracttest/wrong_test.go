package contracttest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"firepost/drivers/contracttest"
)

// TestEachWrongBehaviour: a device that does one thing wrong fails the checks that look at
// it, and no others.
func TestEachWrongBehaviour(t *testing.T) {
	everything := contracttest.Options{Outputs: true, Setup: true}
	isException := func(reply []byte) bool { return reply[1]&0x80 != 0 }
	spoilt := func(b []byte, at int) []byte {
		out := slices.Clone(b)
		out[at] ^= 0xFF
		return out
	}
	code := func(from, to byte) func(d *device) {
		return func(d *device) {
			d.answer = func(frame []byte) []byte {
				if r := d.work(frame); isException(r) && r[2] == from {
					return []byte{r[0], r[1], to}
				}
				return nil
			}
		}
	}
	exceptionsOnly := func(spoil func(frame, reply []byte) []byte) func(d *device) {
		return func(d *device) {
			d.shoot = func(frame, reply []byte) []shot {
				if isException(reply) {
					reply = spoil(frame, reply)
				}
				return []shot{{d.turn, reply}}
			}
		}
	}
	refusals := []string{"limits.holding_one_more", "limits.holding_beyond", "exceptions.function", "exceptions.address", "exceptions.value"}
	for name, row := range map[string]struct {
		spoil func(d *device)
		want  []string
		why   string
	}{
		"healthy":                {func(*device) {}, nil, ""},
		"refusals without a sum": {exceptionsOnly(func(_, r []byte) []byte { return spoilt(r, 3) }), refusals, "the check sum is wrong"},
		"refusals with a swapped sum": {exceptionsOnly(func(_, r []byte) []byte {
			return []byte{r[0], r[1], r[2], r[4], r[3]}
		}), refusals, "swapped"},
		"refusals of another unit":     {exceptionsOnly(func(_, r []byte) []byte { return sealed(r[0]+1, r[1], r[2]) }), refusals, "carries address 6, not 5"},
		"refusals of another function": {exceptionsOnly(func(_, r []byte) []byte { return sealed(r[0], 0x84, r[2]) }), refusals, "carries function 4"},
		"refusals are silent":          {exceptionsOnly(func(_, _ []byte) []byte { return nil }), refusals, "no reply, where exception"},
		"address refused as value":     {code(2, 3), []string{"exceptions.address"}, "exception 3, not 2"},
		"value refused as address":     {code(3, 2), []string{"exceptions.value"}, "exception 2, not 3"},
		"function refused as busy":     {code(1, 6), []string{"exceptions.function"}, "exception 6, not 1"},
		"more than the standard": {func(d *device) {
			d.answer = func(frame []byte) []byte {
				if frame[1] == 3 && frame[5] == 126 {
					return append([]byte{5, 3, 252}, make([]byte, 252)...)
				}
				return nil
			}
		}, []string{"limits.holding_beyond"}, "answers all the same"},
		"fewer than asked": {func(d *device) {
			d.answer = func(frame []byte) []byte {
				if frame[1] == 3 && frame[5] == 9 {
					return append([]byte{5, 3, 16}, make([]byte, 16)...)
				}
				return nil
			}
		}, []string{"limits.holding_one_more"}, "has 16 bytes of data, not 18"},
		"fewer than the contract": {func(d *device) { d.most = 7 }, []string{"limits.holding_most"}, "exception 3"},
		"answers any address": {func(d *device) {
			d.answer = func(frame []byte) []byte {
				if r := d.work(frame); isException(r) && r[2] == 2 {
					return []byte{5, 3, 2, 0, 0}
				}
				return nil
			}
		}, []string{"exceptions.address"}, "answers all the same"},
		"slow":                {func(d *device) { d.turn = 130 * time.Millisecond }, []string{"timing.reply_within"}, "p50 130ms"},
		"hasty":               {func(d *device) { d.turn, d.eager = time.Millisecond, true }, []string{"timing.silence"}, "after 1ms"},
		"halting":             {func(d *device) { d.shoot = halting }, []string{"timing.pauses"}, "a pause of 4"},
		"duplicates":          {func(d *device) { d.shoot = twice(d, 50*time.Millisecond) }, []string{"duplicates.after_reply", "line.strays"}, ""},
		"late duplicates":     {func(d *device) { d.shoot = twice(d, 400*time.Millisecond) }, []string{"duplicates.after_reply", "line.strays"}, ""},
		"joins a split frame": {func(d *device) { d.joins = true }, []string{"bad_frames.split"}, "it was answered"},
		"ignores the sum": {func(d *device) {
			d.takes = func(f []byte) bool { return len(f) == 8 && f[0] == d.unit }
		}, []string{"bad_frames.wrong_crc"}, "it was answered"},
		"takes long frames": {func(d *device) {
			d.takes = func(f []byte) bool { return f[0] == d.unit && (sound(f) || len(f) == 300) }
		}, []string{"bad_frames.too_long"}, "it was answered"},
		"answers broadcasts": {func(d *device) {
			d.takes = func(f []byte) bool { return sound(f) && (f[0] == d.unit || f[0] == 0) }
		}, []string{"bad_frames.broadcast_read"}, "it was answered"},
		"compares seven bits": {func(d *device) {
			d.takes = func(f []byte) bool { return sound(f) && f[0]&0x7F == d.unit&0x7F }
		}, []string{"bad_frames.address_133"}, "it was answered"},
		"an unknown value":     {func(d *device) { d.regs[0] = 7 }, []string{"points.smoke"}, "raw value 0x7 is not in the contract"},
		"a value out of range": {func(d *device) { d.regs[2] = 0x0400 }, []string{"points.temperature"}, "102.4 is not within -40 to 85"},
		"not this model":       {func(d *device) { d.regs[10] = 1 }, []string{"identity.register_1"}, "not this model"},
		"nothing alone": {func(d *device) {
			d.answer = func(f []byte) []byte {
				if f[1] == 3 && f[3] == 2 && f[5] == 1 {
					return []byte{5, 0x83, 2}
				}
				return nil
			}
		}, []string{"points.temperature"}, "read alone: refused with exception 2"},
		"shifted within its block": {func(d *device) {
			d.answer = func(f []byte) []byte {
				if f[1] == 3 && f[3] == 2 && f[5] == 4 {
					return []byte{5, 3, 8, 0, 0, 0, 0xD7, 0, 1, 0, 2}
				}
				return nil
			}
		}, []string{"points.temperature"}, "read alone it is 0xD7, within its block 0x0"},
		"a siren that sticks": {func(d *device) {
			d.answer = func(f []byte) []byte {
				if f[1] == 6 && f[3] == 7 {
					return slices.Clone(f[:6])
				}
				return nil
			}
		}, []string{"outputs.siren"}, "reads back the other way"},
		"a move that is not made": {func(d *device) {
			d.answer = func(f []byte) []byte {
				if f[1] == 6 && f[3] == 8 {
					return slices.Clone(f[:6])
				}
				return nil
			}
		}, []string{"setup.address"}, "at the new address: no reply"},
		"a move that leaves itself behind": {func(d *device) {
			d.takes = func(f []byte) bool { return sound(f) && (f[0] == d.unit || d.unit != 5 && f[0] == 5) }
		}, []string{"setup.address"}, "the old address still answers"},
		"glitches": {func(d *device) {
			d.shoot = func(_, r []byte) []shot { return []shot{{d.turn, append([]byte{0}, r...)}} }
		}, []string{"line.noise"}, "bytes 00 or FF"},
	} {
		t.Run(name, func(t *testing.T) {
			d := healthy()
			row.spoil(d)
			rep := run(t, newLink(d), everything)
			got := failures(rep)
			if !slices.Equal(got, row.want) {
				complain(t, rep)
				t.Fatalf("failed: %v, want %v", got, row.want)
			}
			for _, id := range row.want {
				c := rep.Find(id)
				if bytes := c.Sent != ""; bytes == slices.Contains([]string{"timing.reply_within", "timing.pauses", "line.noise"}, id) {
					t.Errorf("%s shows the bytes %q", id, c.Sent)
				}
				if !strings.Contains(c.Why.EN, row.why) || c.Why.ZH == "" {
					t.Errorf("%s says %q, want %q", id, c.Why.EN, row.why)
				}
			}
			if rep.OK() != (len(row.want) == 0) {
				t.Errorf("OK is %v", rep.OK())
			}
		})
	}
}

// halting makes a pause in the middle of each reply.
func halting(_, reply []byte) []shot {
	n := len(reply) / 2
	return []shot{{6 * time.Millisecond, reply[:n]}, {6*time.Millisecond + 46*time.Millisecond, reply[n:]}}
}

// twice sends each reply again.
func twice(d *device, after time.Duration) func(frame, reply []byte) []shot {
	return func(_, reply []byte) []shot { return []shot{{d.turn, reply}, {d.turn + after, reply}} }
}

// TestNowAndThen: what happens rarely shows in the timing, and spoils nothing else for good.
func TestNowAndThen(t *testing.T) {
	for name, row := range map[string]struct {
		shoot func(n int, reply []byte) []shot
		want  string
	}{
		"a late reply":    {func(_ int, r []byte) []shot { return []shot{{300 * time.Millisecond, r}} }, "timing.reply_within"},
		"a lost reply":    {func(int, []byte) []shot { return nil }, "timing.back_to_back"},
		"a garbled reply": {func(_ int, r []byte) []shot { return []shot{{6 * time.Millisecond, r[:len(r)-1]}} }, "timing.back_to_back"},
		"a straggler":     {func(_ int, r []byte) []shot { return []shot{{700 * time.Millisecond, r}} }, "timing.back_to_back"},
	} {
		t.Run(name, func(t *testing.T) {
			d, n := healthy(), 0
			d.shoot = func(_, reply []byte) []shot {
				if n++; n == 60 {
					return row.shoot(n, reply)
				}
				return []shot{{d.turn, reply}}
			}
			rep := run(t, newLink(d), contracttest.Options{})
			if c := rep.Find(row.want); c == nil || c.Status != contracttest.Failed {
				t.Errorf("%s: %+v", row.want, c)
			}
			if c := rep.Find("exceptions.afterwards"); c.Status != contracttest.Passed {
				t.Errorf("it goes on failing: %+v", c)
			}
		})
	}
}
