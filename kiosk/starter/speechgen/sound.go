package main

import (
	"encoding/binary"
	"fmt"
	"math"
)

const (
	// rate is that of every recording, in samples a second.
	rate = 16000
	// peak is the highest sample, -1 dB below full scale: room for a resampler's overshoot.
	peak = 0.89
	// speechRMS is how loud speech is made, about -16 dB below full scale.
	speechRMS = 0.16
)

// alarmTone is two cycles of the evacuation signal of ISO 8201: three pulses of 0.5 s with
// 0.5 s between them, then 1.5 s of silence. Its pitch is 520 Hz with odd harmonics as NFPA 72
// (chapter 18.4, low-frequency audible signals) asks for where people
// sleep: it wakes children and the hard of hearing better than a high beep.
func alarmTone() []float64 {
	var out []float64
	for range 2 {
		for pulse := range 3 {
			out = append(out, square(520, 0.5)...)
			gap := 0.5
			if pulse == 2 {
				gap = 1.5
			}
			out = append(out, silence(gap)...)
		}
	}
	return out
}

// attentionTone asks people to look without driving them out: two soft strokes, falling, twice.
func attentionTone() []float64 {
	var out []float64
	for range 2 {
		out = append(out, bell(784, 0.35, 0.5)...)
		out = append(out, bell(587, 0.75, 0.5)...)
	}
	return out
}

// drillTone is unlike an alarm in everything: a soft rising chord of three strokes, once.
func drillTone() []float64 {
	out := append(bell(392, 0.4, 0.35), bell(494, 0.4, 0.35)...)
	return append(out, bell(587, 1.2, 0.35)...)
}

// square is a square wave without the harmonics that the rate can't carry, with 8 ms edges.
func square(hertz, seconds float64) []float64 {
	out := make([]float64, int(seconds*rate))
	most := 0.0
	for i := range out {
		for n := 1.0; n*hertz < 0.45*rate; n += 2 {
			// Lanczos factors keep the edges from ringing.
			x := math.Pi * n * hertz / (0.5 * rate)
			out[i] += math.Sin(2*math.Pi*n*hertz*float64(i)/rate) / n * math.Sin(x) / x
		}
		most = max(most, math.Abs(out[i]))
	}
	for i := range out {
		out[i] *= peak / most * edge(i, len(out), 0.008)
	}
	return out
}

// bell is a sine with its octave that dies away.
func bell(hertz, seconds, loud float64) []float64 {
	out := make([]float64, int(seconds*rate))
	for i := range out {
		t := float64(i) / rate
		v := 0.8*math.Sin(2*math.Pi*hertz*t) + 0.2*math.Sin(4*math.Pi*hertz*t)*math.Exp(-6*t)
		out[i] = loud * v * math.Exp(-3*t/seconds) * edge(i, len(out), 0.012)
	}
	return out
}

// edge rises from 0 to 1 and falls again within seconds at both ends, so that nothing clicks.
func edge(i, n int, seconds float64) float64 {
	k := seconds * rate
	return min(1, float64(i)/k, float64(n-1-i)/k)
}

func silence(seconds float64) []float64 { return make([]float64, int(seconds*rate)) }

// level makes samples as loud as rms and bends what would go beyond the peak instead of
// cutting it.
func level(samples []float64, rms float64) []float64 {
	sum, n := 0.0, 0
	for _, s := range samples {
		// Pauses between words say nothing about how loud the voice is.
		if math.Abs(s) > 0.01 {
			sum += s * s
			n++
		}
	}
	if n == 0 {
		return samples
	}
	gain := rms / math.Sqrt(sum/float64(n))
	out := make([]float64, len(samples))
	for i, s := range samples {
		out[i] = peak * math.Tanh(gain*s/peak)
	}
	return out
}

// trim cuts the silence at both ends.
func trim(samples []float64) []float64 {
	const quiet = 0.003
	from, until := 0, len(samples)
	for from < until && math.Abs(samples[from]) < quiet {
		from++
	}
	for until > from && math.Abs(samples[until-1]) < quiet {
		until--
	}
	return samples[from:until]
}

// resample converts by a windowed sinc of 32 zero crossings a side.
func resample(in []float64, from, to int) []float64 {
	const reach = 32
	ratio := float64(from) / float64(to)
	// The lower of both rates bounds what may pass.
	cut := min(1, 1/ratio) * 0.95
	out := make([]float64, int(float64(len(in))/ratio))
	for i := range out {
		centre := float64(i) * ratio
		width := reach / cut
		sum, weights := 0.0, 0.0
		for j := int(math.Ceil(centre - width)); j <= int(centre+width); j++ {
			if j < 0 || j >= len(in) {
				continue
			}
			x := float64(j) - centre
			w := cut * sinc(cut*x) * (0.5 + 0.5*math.Cos(math.Pi*x/width))
			sum += w * in[j]
			weights += w
		}
		if weights != 0 {
			out[i] = sum / weights
		}
	}
	return out
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// decode reads what espeak-ng writes to a pipe: 44 bytes before 16-bit mono samples, with a
// size that means nothing.
func decode(wav []byte) (samples []float64, rate int, err error) {
	if len(wav) < 46 || string(wav[:4]) != "RIFF" || string(wav[36:40]) != "data" {
		return nil, 0, fmt.Errorf("no sound in %d bytes", len(wav))
	}
	rate = int(binary.LittleEndian.Uint32(wav[24:]))
	for at := 44; at+1 < len(wav); at += 2 {
		samples = append(samples, float64(int16(binary.LittleEndian.Uint16(wav[at:])))/32768)
	}
	return samples, rate, nil
}

// encode writes a WAV file: 16 bits, one channel, our rate.
func encode(samples []float64) []byte {
	size := uint32(2 * len(samples))
	b := append([]byte("RIFF"), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(b[4:], 36+size)
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, 2*rate)
	b = append(b, 2, 0, 16, 0)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, size)
	for _, s := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(math.Round(s*32767))))
	}
	return b
}
