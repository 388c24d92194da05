package strictyaml

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Integer is a whole number of either sign, for a field whose bounds depend on other fields.
type Integer struct {
	Negative bool
	Abs      uint64
	// Text is the number as it stands in the file.
	Text string
}

// Duration is a length of time written as 100ms, 2s, 30m, 12h or 365d.
type Duration time.Duration

// UnmarshalText reads a duration; a bare number is refused, because nobody knows its unit.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	if number, ok := strings.CutSuffix(s, "d"); ok {
		if days, ok := decimal(number); ok && days < 36500 {
			*d = Duration(days * 24 * float64(time.Hour))
			return nil
		}
	}
	v, err := time.ParseDuration(s)
	switch {
	case err == nil && v < 0:
		return Problem{Message: fmt.Sprintf("%q is negative", clip(s)), Hint: "a length of time is zero or more"}
	case err != nil || s == "0" || s[0] == '+':
		return Problem{Message: fmt.Sprintf("%q is not a length of time", clip(s)), Hint: "write it with its unit: 100ms, 2s, 30m, 12h, 365d"}
	}
	*d = Duration(v)
	return nil
}

// D is the time.Duration.
func (d Duration) D() time.Duration { return time.Duration(d) }

// String is the duration as Go writes it.
func (d Duration) String() string { return time.Duration(d).String() }

// Size is a number of bytes written as 4096, 64KiB, 512MiB or 2GiB.
type Size int64

// UnmarshalText reads a size.
func (z *Size) UnmarshalText(text []byte) error {
	s, mult := string(text), int64(1)
	for i, unit := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if rest, ok := strings.CutSuffix(s, unit); ok {
			s, mult = strings.TrimSpace(rest), 1<<(10*(i+1))
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/mult || s[0] == '+' {
		return Problem{Message: fmt.Sprintf("%q is not a size", clip(string(text))), Hint: "write bytes, or a number with KiB, MiB or GiB: 512MiB"}
	}
	*z = Size(n * mult)
	return nil
}

// Share is a part of a whole, written as 10% or 0.1 and kept as 0.1.
type Share float64

// UnmarshalText reads a share.
func (sh *Share) UnmarshalText(text []byte) error {
	s, div := string(text), 1.0
	if rest, ok := strings.CutSuffix(s, "%"); ok {
		s, div = strings.TrimSpace(rest), 100
	}
	f, ok := decimal(s)
	if f /= div; !ok || f > 1 {
		return Problem{Message: fmt.Sprintf("%q is not a share", clip(string(text))), Hint: "from 0% to 100%"}
	}
	*sh = Share(f)
	return nil
}

// decimal reads digits with at most one point, as people write them: no signs, exponents,
// underscores, hex or infinities.
func decimal(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && strings.Trim(s, "0123456789.") == ""
}
