package frames

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"testing"

	"firepost/drivers/sim"
	"firepost/firmware-contracts/contract"
)

const deviceFolder = "../../../firmware-contracts/devices/"

// FuzzStream cuts the same bytes into pieces in two ways: the same frames come out, each of
// them sound, and every byte is either in a frame, garbage or pending.
func FuzzStream(f *testing.F) {
	f.Add(raw(f, gaugeHigh+smokeOn+"AA030100AE"), []byte{1, 2, 3})
	f.Add(raw(f, "A55A00003B"+gaugeNormal+"AA0701AA030100AE0E"+smokeOff), []byte{7})
	f.Add(raw(f, "AAAAAA0301AA030100AE"), []byte{})
	models := []*contract.Contract{gauge(f), smoke(f), shortModel(f)}
	f.Fuzz(func(t *testing.T, data, cuts []byte) {
		whole, pieces := newStream(t, models...), newStream(t, models...)
		var want, got [][]byte
		whole.Feed(data, func(x Found) { want = append(want, bytes.Clone(x.Frame)) })
		rest := data
		for i := 0; len(rest) > 0; i++ {
			n := 1
			if i < len(cuts) {
				n = int(cuts[i]) % (len(rest) + 1)
			}
			pieces.Feed(rest[:n], func(x Found) {
				got = append(got, bytes.Clone(x.Frame))
				if len(x.Models) == 0 {
					t.Fatal("a frame of no model")
				}
				for _, m := range x.Models {
					if _, _, err := models[m].DecodeFrame(x.Frame, nil); err != nil && !errors.Is(err, contract.ErrFrameID) {
						t.Fatalf("%s does not take % X: %v", models[m].Ref(), x.Frame, err)
					}
				}
			})
			rest = rest[n:]
		}
		if !slices.EqualFunc(got, want, bytes.Equal) || pieces.Stats() != whole.Stats() || pieces.Pending() != whole.Pending() {
			t.Fatalf("in pieces % X, %+v\nat once % X, %+v", got, pieces.Stats(), want, whole.Stats())
		}
		whole.Silence(func(x Found) { want = append(want, bytes.Clone(x.Frame)) })
		total := whole.Stats().Garbage
		for _, frame := range want {
			total += uint64(len(frame))
			if !bytes.Contains(data, frame) {
				t.Fatalf("% X was never sent", frame)
			}
		}
		if total != uint64(len(data)) || whole.Pending() != 0 {
			t.Fatalf("%d of %d bytes accounted for, %d pending", total, len(data), whole.Pending())
		}
	})
}

// FuzzFrameDescriber takes arbitrary contracts: whatever loads decodes noise without a panic,
// and reads back every value of every frame that can be built from it.
func FuzzFrameDescriber(f *testing.F) {
	for _, name := range []string{"gauge-mingkong@1.yaml", "smoke-enocean-f6-05-02@1.yaml"} {
		data, err := os.ReadFile(deviceFolder + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, raw(f, gaugeHigh), uint64(0x0123456789ABCDEF), uint16(0))
	}
	f.Add([]byte(short), raw(f, "AA030100AE"), uint64(1), uint16(7))
	f.Fuzz(func(t *testing.T, yaml, noise []byte, seed uint64, longer uint16) {
		c, err := contract.Load("", yaml)
		if err != nil || c.Frame == nil {
			return
		}
		for i := range noise {
			if samples, _, err := c.DecodeFrame(noise[i:], nil); err != nil && len(samples) != 0 {
				t.Fatalf("samples beside an error: %v", err)
			}
		}
		s := newStream(t, c)
		s.Feed(noise, func(Found) {})
		for _, length := range []int{0, max(c.Frame.Length.Fixed, c.Frame.Length.Min+int(longer)%(c.Frame.Length.Max-c.Frame.Length.Min+1))} {
			roundTrip(t, c, length, seed)
		}
	})
}

// roundTrip builds a frame with another encoder and reads it back.
func roundTrip(t *testing.T, c *contract.Contract, length int, seed uint64) {
	t.Helper()
	id, raws := idFor(c.Frame.ID, seed), map[string]uint64{}
	for i := range c.Points {
		p, n := &c.Points[i], 8*c.Frame.Fields[i].Bytes
		v := (seed ^ seed>>(i%64)) & (^uint64(0) >> (64 - n))
		switch {
		case p.Type == contract.Bool:
			v &= 1
		case (p.Type == contract.I16 || p.Type == contract.I32) && v>>(n-1) == 1:
			v |= (1<<p.Type.Width() - 1) &^ (1<<n - 1)
		}
		if p.Mask != 0 && p.Type != contract.Bool {
			v &= p.Mask
		}
		raws[p.Name] = v
	}
	frame, err := sim.BuildFrame(c, id, raws, length)
	if l := c.Frame.Length; l.Fixed == 0 {
		size := length
		if size == 0 {
			size = l.Min
		}
		if field := size - l.Add; field < 0 || l.Bytes < 3 && field >= 1<<(8*l.Bytes) {
			if !errors.Is(err, sim.ErrValue) {
				t.Fatalf("built %d bytes, which the length field can't say: %v", length, err)
			}
			return
		}
	}
	if err != nil {
		t.Fatalf("build %d bytes: %v", length, err)
	}
	samples, gotID, err := c.DecodeFrame(frame, nil)
	if errors.Is(err, contract.ErrFrameID) && len(c.Frame.Match) > 0 {
		return // a fixed byte within the id made it unreadable
	}
	if err != nil {
		t.Fatalf("% X: %v", frame, err)
	}
	if len(c.Frame.Match) == 0 && gotID != id {
		t.Fatalf("% X is from %q, want %q", frame, gotID, id)
	}
	for i, s := range samples {
		p := &c.Points[i]
		if !shared(c, i, len(frame)) && s.Raw != raws[p.Name] {
			t.Fatalf("% X: point %s is 0x%X, want 0x%X", frame, p.Name, s.Raw, raws[p.Name])
		}
		if s.Quality != contract.Good && s.Means != contract.Fault && s.Means != contract.Fire {
			t.Fatalf("point %s: quality %s means %s", p.Name, s.Quality, s.Means)
		}
	}
	found := 0
	newStream(t, c).Feed(frame, func(x Found) {
		if found++; !bytes.Equal(x.Frame, frame) {
			t.Fatalf("found % X in % X", x.Frame, frame)
		}
	})
	if found != 1 {
		t.Fatalf("% X was found %d times", frame, found)
	}
}

// idFor is an id that a device can have.
func idFor(at contract.FrameID, seed uint64) string {
	out := make([]byte, at.Bytes)
	for i := range out {
		out[i] = "0123456789ABCDEF"[seed>>(i%16*4)&0xF]
	}
	if at.ASCII {
		return string(out)
	}
	return string(bytes.Repeat(out[:min(1, len(out))], 2*at.Bytes))
}

// shared reports whether a point stands on bytes that id, length or a match also write.
func shared(c *contract.Contract, i, length int) bool {
	place := func(at, n int) (int, int) {
		if at < 0 {
			at += length
		}
		return at, at + n
	}
	from, to := place(c.Frame.Fields[i].At, c.Frame.Fields[i].Bytes)
	touches := func(at, n int) bool {
		a, b := place(at, n)
		return a < to && from < b
	}
	if touches(c.Frame.ID.At, c.Frame.ID.Bytes) || touches(c.Frame.Length.At, c.Frame.Length.Bytes) {
		return true
	}
	return slices.ContainsFunc(c.Frame.Match, func(m contract.FrameMatch) bool { return touches(m.At, 1) })
}
