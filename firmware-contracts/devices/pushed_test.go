package devices

import (
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"firepost/firmware-contracts/contract"
)

// checkPushed checks what comes without being asked for: a frame, or readings of a driver.
// Every point of the contract must be in it.
func checkPushed(t *testing.T, c *contract.Contract, f frame, decoded map[string]bool) {
	t.Helper()
	samples := driven(t, c, f.Samples)
	if c.Transport == contract.Frames {
		samples = framed(t, c, f)
	}
	if len(samples) != len(c.Points) || len(f.Samples) != len(c.Points) {
		t.Fatalf("%d samples, %d in the file, of %d points", len(samples), len(f.Samples), len(c.Points))
	}
	for i, w := range f.Samples {
		p := &c.Points[i]
		if w.Point != p.Name || samples[i].Point != i {
			t.Fatalf("sample %d is of %s, in the file of %s, want %s", i, c.Points[samples[i].Point].Name, w.Point, p.Name)
		}
		decoded[p.Name] = true
		compare(t, p, samples[i], w)
	}
}

func framed(t *testing.T, c *contract.Contract, f frame) []contract.Sample {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(f.Frame), ""))
	if err != nil {
		t.Fatal(err)
	}
	samples, id, err := c.DecodeFrame(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if id != f.ID {
		t.Errorf("id %q, want %q", id, f.ID)
	}
	// A change of any one bit is noticed, or changes nothing that is shown.
	for i := range 8 * len(b) {
		b[i/8] ^= 1 << (i % 8)
		if _, _, err := c.DecodeFrame(b, nil); err == nil {
			t.Errorf("taken with bit %d of byte %d changed", i%8, i/8)
		}
		b[i/8] ^= 1 << (i % 8)
	}
	return samples
}

func driven(t *testing.T, c *contract.Contract, list []sample) []contract.Sample {
	t.Helper()
	var samples []contract.Sample
	for i, w := range list {
		if i >= len(c.Points) {
			break
		}
		p := &c.Points[i]
		if (p.Type == contract.F32) != (w.Measured != nil) {
			t.Errorf("point %s is a %s: only an f32 is measured", p.Name, p.Type)
		}
		s := p.Sample(w.Raw)
		if w.Measured != nil {
			s = p.Measured(*w.Measured)
		}
		if w.Measured != nil && math.IsNaN(*w.Measured) && s.Quality != contract.Invalid {
			t.Errorf("point %s: no value has quality %s", p.Name, s.Quality)
		}
		s.Point = i
		samples = append(samples, s)
	}
	return samples
}
