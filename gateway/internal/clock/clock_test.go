package clock

import (
	"testing"
	"time"
)

func TestStampsGrow(t *testing.T) {
	c, err := New(TrustAlways)
	if err != nil {
		t.Fatal(err)
	}
	a := c.Now()
	b := c.Now()
	if b.Mono < a.Mono {
		t.Errorf("monotonic time went back from %v to %v", a.Mono, b.Mono)
	}
	if a.Boot == "" || a.Boot != b.Boot {
		t.Errorf("boot ids %q and %q, want one non-empty id", a.Boot, b.Boot)
	}
	if a.Wall.Location() != time.UTC {
		t.Errorf("wall clock in %v, want UTC", a.Wall.Location())
	}
}

func TestNineteenSeventyIsNeverTrusted(t *testing.T) {
	c := &Clock{trust: TrustAlways}
	if c.believe(time.Hour, time.Unix(3600, 0)) {
		t.Error("a clock in 1970 was trusted")
	}
	if !c.believe(time.Hour, time.Unix(builtNoEarlierThan+1, 0)) {
		t.Error("a plausible clock was not trusted although told to trust always")
	}
}

func TestStampAllocatesNothing(t *testing.T) {
	c, err := New(TrustKernel)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { c.Now() }); n != 0 {
		t.Errorf("Now allocates %v times", n)
	}
}
