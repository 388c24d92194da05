package strictyaml

import (
	"errors"
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"0s": 0, "100ms": 100 * time.Millisecond, "2s": 2 * time.Second, "1m30s": 90 * time.Second, "12h": 12 * time.Hour,
		"365d": 365 * 24 * time.Hour, "0.5d": 12 * time.Hour, "0d": 0,
	} {
		var d Duration
		if err := d.UnmarshalText([]byte(in)); err != nil || d.D() != want {
			t.Errorf("%s is %s (%v)", in, d, err)
		}
	}
	for _, in := range []string{"", "5", "0", "s", "5 s", "-5s", "-1d", "d", "1d2h", "36500d", "NaNd", "Infd", "0x1d", "1e3d", "1_0d", "9999999h", "+5s", "+1d"} {
		d := Duration(7)
		if err := d.UnmarshalText([]byte(in)); !sound(err) || d != 7 {
			t.Errorf("%q is %s (%v)", in, d, err)
		}
	}
	if got := Duration(90 * time.Second).String(); got != "1m30s" {
		t.Error(got)
	}
}

func TestSize(t *testing.T) {
	for in, want := range map[string]Size{
		"0": 0, "4096": 4096, "64KiB": 64 << 10, "512 MiB": 512 << 20, "2GiB": 2 << 30, "1TiB": 1 << 40,
		"9223372036854775807": 1<<63 - 1, "8388607TiB": 8388607 << 40,
	} {
		var z Size
		if err := z.UnmarshalText([]byte(in)); err != nil || z != want {
			t.Errorf("%s is %d (%v)", in, z, err)
		}
	}
	for _, in := range []string{"", "KiB", "-1", "-1KiB", "+1", "1.5GiB", "5MB", "5M", "5kib", "0x10", "1_000", "9223372036854775808", "8388608TiB", "1KiBKiB"} {
		z := Size(7)
		if err := z.UnmarshalText([]byte(in)); !sound(err) || z != 7 {
			t.Errorf("%q is %d (%v)", in, z, err)
		}
	}
}

func TestShare(t *testing.T) {
	for in, want := range map[string]Share{"0": 0, "0%": 0, "10%": 0.1, "0.1": 0.1, "12.5 %": 0.125, ".5": 0.5, "100%": 1, "1": 1} {
		var s Share
		if err := s.UnmarshalText([]byte(in)); err != nil || s != want {
			t.Errorf("%s is %g (%v)", in, s, err)
		}
	}
	for _, in := range []string{"", "%", "-1%", "101%", "1.01", "10", "NaN", "nan%", "Inf", "0x1p-2", "1_0%", "ten%", "10%%", "+10%", "1e-1"} {
		s := Share(7)
		if err := s.UnmarshalText([]byte(in)); !sound(err) || s != 7 {
			t.Errorf("%q is %g (%v)", in, s, err)
		}
	}
}

// sound reports whether err is a problem with a way out.
func sound(err error) bool {
	var p Problem
	return errors.As(err, &p) && p.Message != "" && p.Hint != ""
}
