package contract

import (
	"errors"
	"testing"
)

// FuzzLoad reads arbitrary files: none may panic, and what is taken keeps the rules that the
// rest of the house relies on. The corpus is in testdata/fuzz/FuzzLoad.
func FuzzLoad(f *testing.F) {
	for _, text := range []string{base, frameBase, contactBase, gaugeBase, chipBase} {
		f.Add([]byte(text))
	}
	for _, m := range mistakes() {
		f.Add([]byte(m.now + "\n"))
	}
	frame := unhex(f, radioFire)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Load("", data)
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems.Warnings()) == len(problems) {
				t.Fatalf("error is a %T without a problem: %v", err, err)
			}
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 || p.Message == "" {
					t.Fatalf("problem without place or words: %+v", p)
				}
			}
			return
		}
		if name, version, err := ParseRef(c.Ref()); err != nil || name != c.Name || version != c.Version {
			t.Fatalf("reference %q: %v", c.Ref(), err)
		}
		if (c.Transport == Frames) != (c.Frame != nil) || (c.Transport == Analog) != (c.Electrical != nil) || (c.Transport == Chips) != (c.Chip != "") {
			t.Fatalf("transport %s: %+v", c.Transport, c)
		}
		if samples, _, err := c.DecodeFrame(frame, nil); err == nil && len(samples) != len(c.Points) {
			t.Fatalf("%d samples of %d points", len(samples), len(c.Points))
		}
		block := make([]byte, 2*maxRegisters)
		for i := range c.Points {
			p := &c.Points[i]
			if p.Scale == 0 || p.says(Fire) && p.Lane != Alarm || p.Role == RoleSmoke && !p.says(Fire) {
				t.Fatalf("point %+v", p)
			}
			if _, err := c.Decode(i, block, p.Address); err != nil {
				t.Fatal(err)
			}
		}
		for i := range c.Outputs {
			if _, err := c.Outputs[i].ReadBack.IsOn(block, c.Outputs[i].ReadBack.Address); err != nil {
				t.Fatal(err)
			}
		}
	})
}
