package starter

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"firepost/drivers/speaker"
)

// recordings are those that takeovers name, and how long each may last.
var recordings = map[string][2]time.Duration{
	"verify": {3 * time.Second, 10 * time.Second}, "evacuate": {5 * time.Second, 15 * time.Second},
	"drill": {3 * time.Second, 10 * time.Second}, "test": {time.Second, 6 * time.Second},
	"reported": {time.Second, 6 * time.Second}, "answered": {time.Second, 6 * time.Second},
	"tone-alarm": {8 * time.Second, 8 * time.Second}, "tone-attention": {time.Second, 4 * time.Second},
	"tone-drill": {time.Second, 4 * time.Second},
}

// listen reads a recording's samples, as parts of full scale.
func listen(t *testing.T, name string) []float64 {
	t.Helper()
	path := filepath.Join(Speech, name+".wav")
	r, err := speaker.Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := (speaker.Format{Rate: 16000, Channels: 1}); r.Format != want {
		t.Errorf("%s: %+v, want %+v: files of one format play without a gap", name, r.Format, want)
	}
	if b := recordings[name]; r.Duration() < b[0] || r.Duration() > b[1] {
		t.Errorf("%s lasts %s, allowed are %s to %s", name, r.Duration(), b[0], b[1])
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(data)) != r.Offset+r.Size {
		t.Errorf("%s: %d bytes, its header says %d", name, len(data), r.Offset+r.Size)
	}
	out := make([]float64, 0, r.Size/2)
	for at := r.Offset; at < r.Offset+r.Size; at += 2 {
		out = append(out, float64(int16(binary.LittleEndian.Uint16(data[at:])))/32768)
	}
	return out
}

func peak(s []float64) float64 {
	most := 0.0
	for _, v := range s {
		most = max(most, math.Abs(v))
	}
	return most
}

func rms(s []float64) float64 {
	sum := 0.0
	for _, v := range s {
		sum += v * v
	}
	return math.Sqrt(sum / float64(len(s)))
}

// TestRecordings: each is there, loud enough, not clipped, without a hum, and all are small.
func TestRecordings(t *testing.T) {
	total := int64(0)
	for name := range recordings {
		s := listen(t, name)
		total += int64(2*len(s)) + 44
		if p := peak(s); p > 0.92 || p < 0.25 {
			t.Errorf("%s: peak %.2f of full scale, allowed are 0.25 to 0.92", name, p)
		}
		if r := rms(s); r < 0.05 || r > 0.6 {
			t.Errorf("%s: %.3f RMS of full scale, allowed are 0.05 to 0.6", name, r)
		}
		mean, flat := 0.0, 0
		for i, v := range s {
			mean += v / float64(len(s))
			if i > 0 && math.Abs(v) > 0.8 && v == s[i-1] && s[max(i-2, 0)] == v {
				flat++
			}
		}
		if math.Abs(mean) > 0.005 {
			t.Errorf("%s: its middle is at %.4f", name, mean)
		}
		if flat > len(s)/100 {
			t.Errorf("%s: clipped at %d places", name, flat)
		}
		// Each begins and ends in silence: nothing clicks where two files meet.
		if a, b := peak(s[:8]), peak(s[len(s)-8:]); a > 0.1 || b > 0.05 {
			t.Errorf("%s: begins at %.2f and ends at %.2f", name, a, b)
		}
	}
	if total > 1_500_000 {
		t.Errorf("%d bytes of recordings, at most 1.5 MB", total)
	}
	files, err := filepath.Glob(Speech + "/*.wav")
	if err != nil || len(files) != len(recordings) {
		t.Errorf("%d recordings in the folder, %d are known: %v", len(files), len(recordings), err)
	}
	readme, err := os.ReadFile(filepath.Join(Speech, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range recordings {
		if !strings.Contains(string(readme), "`"+name+".wav`") {
			t.Errorf("the README does not say what %s is", name)
		}
	}
}

// TestAlarmIsTheEvacuationSignal: ISO 8201's three pulses with its tolerances of a tenth, at
// 520 Hz within a tenth (NFPA 72).
func TestAlarmIsTheEvacuationSignal(t *testing.T) {
	const window = 160 // 10 ms
	s := listen(t, "tone-alarm")
	var spans []float64 // seconds, on and off in turn
	on := false
	for at := 0; at+window <= len(s); at += window {
		loud := rms(s[at:at+window]) > 0.1
		if at == 0 || loud != on {
			spans, on = append(spans, 0), loud
		}
		spans[len(spans)-1] += float64(window) / 16000
	}
	want := []float64{.5, .5, .5, .5, .5, 1.5, .5, .5, .5, .5, .5, 1.5}
	if !slices.EqualFunc(spans, want, func(a, b float64) bool { return math.Abs(a-b) <= b/10 }) {
		t.Fatalf("the alarm sounds and is silent for %.2f s, want %.2f", spans, want)
	}
	crossings := 0
	pulse := s[800:7200]
	for i := 1; i < len(pulse); i++ {
		if pulse[i-1] < 0 && pulse[i] >= 0 {
			crossings++
		}
	}
	if hertz := float64(crossings) * 16000 / float64(len(pulse)); math.Abs(hertz-520) > 52 {
		t.Errorf("the alarm's pitch is %.0f Hz, want 520", hertz)
	}
}

// TestOnlyTheAlarmPulses: the drill's and the attention's tones are soft and never pause as an
// alarm does.
func TestOnlyTheAlarmPulses(t *testing.T) {
	alarm := rms(listen(t, "tone-alarm"))
	for _, name := range []string{"tone-drill", "tone-attention"} {
		s := listen(t, name)
		if r := rms(s); r > alarm/3 {
			t.Errorf("%s: %.2f RMS, the alarm has %.2f: too much alike", name, r, alarm)
		}
	}
}
