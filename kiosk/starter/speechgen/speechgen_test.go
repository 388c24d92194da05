package main

import (
	"encoding/binary"
	"math"
	"os"
	"strings"
	"testing"
)

// TestTonesAreThoseInTheFolder: what the program makes is what was committed. Sines differ by a
// bit between processors.
func TestTonesAreThoseInTheFolder(t *testing.T) {
	for name, samples := range map[string][]float64{
		"tone-alarm": alarmTone(), "tone-attention": attentionTone(), "tone-drill": drillTone(),
	} {
		made := encode(samples)
		kept, err := os.ReadFile("../speech/" + name + ".wav")
		if err != nil {
			t.Fatal(err)
		}
		if len(made) != len(kept) || string(made[:44]) != string(kept[:44]) {
			t.Fatalf("%s: %d bytes made, %d kept, or another header; run speechgen", name, len(made), len(kept))
		}
		for at := 44; at < len(made); at += 2 {
			a, b := int16(binary.LittleEndian.Uint16(made[at:])), int16(binary.LittleEndian.Uint16(kept[at:]))
			if d := int(a) - int(b); d < -2 || d > 2 {
				t.Fatalf("%s: sample %d is %d, kept is %d; run speechgen", name, (at-44)/2, a, b)
			}
		}
	}
}

// TestPinyinReadsTheCharacters: one syllable with its tone for each character.
func TestPinyinReadsTheCharacters(t *testing.T) {
	for _, s := range texts() {
		characters := 0
		for _, r := range s.zh {
			if r >= 0x4e00 && r <= 0x9fff {
				characters++
			}
		}
		syllables := strings.Fields(s.pinyin)
		if len(syllables) != characters {
			t.Errorf("%s: %d syllables for %d characters", s.name, len(syllables), characters)
		}
		for _, y := range syllables {
			if y = strings.TrimRight(y, ",.!"); y == "" || !strings.Contains("12345", y[len(y)-1:]) {
				t.Errorf("%s: %q has no tone", s.name, y)
			}
		}
	}
}

func TestResampleKeepsPitchAndLevel(t *testing.T) {
	in := make([]float64, 22050)
	for i := range in {
		in[i] = 0.5 * math.Sin(2*math.Pi*1000*float64(i)/22050)
	}
	out := resample(in, 22050, rate)
	if len(out) != rate {
		t.Fatalf("%d samples of a second", len(out))
	}
	for i := 200; i < len(out)-200; i++ {
		if want := 0.5 * math.Sin(2*math.Pi*1000*float64(i)/rate); math.Abs(out[i]-want) > 0.01 {
			t.Fatalf("sample %d is %.3f, want %.3f", i, out[i], want)
		}
	}
}

func TestLevelBendsInsteadOfClipping(t *testing.T) {
	in := make([]float64, 1000)
	for i := range in {
		in[i] = 0.02 * math.Sin(float64(i)/10)
	}
	in[500] = 0.9
	out := level(in, speechRMS)
	for i, v := range out {
		if math.Abs(v) > peak {
			t.Fatalf("sample %d is %.2f", i, v)
		}
	}
	if out := level(make([]float64, 10), speechRMS); len(out) != 10 || out[0] != 0 {
		t.Fatal("silence was made loud")
	}
}

func TestTrimAndDecode(t *testing.T) {
	if got := trim([]float64{0, 0.001, 0.5, 0, 0.4, 0.002}); len(got) != 3 {
		t.Fatalf("%v", got)
	}
	if got := trim(make([]float64, 5)); len(got) != 0 {
		t.Fatalf("%v", got)
	}
	wav := encode([]float64{0, 0.5, -0.5})
	got, hertz, err := decode(wav)
	if err != nil || hertz != rate || len(got) != 3 || math.Abs(got[1]-0.5) > 0.001 {
		t.Fatalf("%v %d %v", got, hertz, err)
	}
	for _, bad := range [][]byte{nil, wav[:40], []byte(strings.Repeat("x", 100))} {
		if _, _, err := decode(bad); err == nil {
			t.Errorf("%d bytes were taken for sound", len(bad))
		}
	}
}
