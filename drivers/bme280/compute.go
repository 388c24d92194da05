package bme280

import (
	"encoding/binary"
	"fmt"
	"math"
)

// trim are the trimming parameters that are used here (data sheet table 16, pages 24–25).
type trim struct {
	t1, t2, t3, p1, h1, h2, h3, h4, h5, h6 float64
}

// parseTrim reads 0x88–0xA1 and 0xE1–0xE7. The error wraps ErrTrim.
func parseTrim(low [26]byte, high [7]byte) (trim, error) {
	u := func(i int) uint16 { return binary.LittleEndian.Uint16(low[i:]) }
	t := trim{
		t1: float64(u(0)),
		t2: float64(int16(u(2))), //nolint:gosec // two's complement is meant
		t3: float64(int16(u(4))), //nolint:gosec // two's complement is meant
		p1: float64(u(6)),
		h1: float64(low[25]),
		h2: float64(int16(binary.LittleEndian.Uint16(high[0:]))), //nolint:gosec // two's complement is meant
		h3: float64(high[2]),
		// H4 and H5 share the byte 0xE5; both are signed, 12 bits.
		h4: float64(int16(int8(high[3]))<<4 | int16(high[4]&0x0F)), //nolint:gosec // two's complement is meant
		h5: float64(int16(int8(high[5]))<<4 | int16(high[4]>>4)),   //nolint:gosec // two's complement is meant
		h6: float64(int8(high[6])),                                 //nolint:gosec // two's complement is meant
	}
	// Not from the data sheet: wide limits around what chips are known to have, so that a
	// memory that reads as zeros, as ones or as noise is found out.
	for _, c := range []struct {
		name            string
		value, min, max float64
	}{
		{"T1", t.t1, 10000, 55000}, {"T2", t.t2, 10000, 32767}, {"P1", t.p1, 20000, 60000},
		{"H2", t.h2, 50, 2000},
	} {
		if c.value < c.min || c.value > c.max {
			return trim{}, fmt.Errorf("%w: dig_%s is %.0f, chips have %.0f to %.0f", ErrTrim, c.name, c.value, c.min, c.max)
		}
	}
	return t, nil
}

// fine is the data sheet's t_fine: temperature × 5120.
func (t *trim) fine(rawT uint32) float64 {
	raw := float64(rawT)
	d := raw/131072 - t.t1/8192
	return (raw/16384-t.t1/1024)*t.t2 + d*d*t.t3
}

// humidity is in percent, by appendix 8.1; NaN when it is too far out to be believed.
func (t *trim) humidity(rawT, rawH uint32) float64 {
	h := t.fine(rawT) - 76800
	h = (float64(rawH) - (t.h4*64 + t.h5/16384*h)) *
		(t.h2 / 65536 * (1 + t.h6/67108864*h*(1+t.h3/67108864*h)))
	h *= 1 - t.h1*h/524288
	if math.IsNaN(h) || h < -humidityError || h > 100+humidityError {
		return math.NaN()
	}
	return min(max(h, 0), 100)
}

// humidityError is the sensor's own, in percent (data sheet table 2, page 9).
const humidityError = 3

// dewPoint is in °C; NaN where there is none.
func dewPoint(celsius, humidity float64) float64 {
	if math.IsNaN(humidity) || humidity <= 0 {
		return math.NaN()
	}
	const b, c = 17.625, 243.04
	g := math.Log(humidity/100) + b*celsius/(c+celsius)
	return c * g / (b - g)
}
