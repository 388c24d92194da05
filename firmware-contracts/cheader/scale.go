package cheader

import (
	"math/big"
	"strconv"
)

// fraction is a scale or offset as a whole fraction, for firmware without floats.
type fraction struct{ num, den int64 }

// maxTerm bounds both terms, so that they fit an int32_t.
const maxTerm = 1<<31 - 1

// exact is the fraction that the shortest decimal of x stands for: 0.1 is 1/10, although no
// float64 is. It is false when the terms don't fit 32 bits.
func exact(x float64) (fraction, bool) {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(x, 'g', -1, 64))
	if !ok || !r.Num().IsInt64() || !r.Denom().IsInt64() {
		return fraction{}, false
	}
	f := fraction{r.Num().Int64(), r.Denom().Int64()}
	return f, f.num >= -maxTerm && f.num <= maxTerm && f.den <= maxTerm
}

// double is x as a C floating constant.
func double(x float64) string {
	s := strconv.FormatFloat(x, 'g', -1, 64)
	for _, c := range s {
		if c == '.' || c == 'e' {
			return s
		}
	}
	return s + ".0"
}
