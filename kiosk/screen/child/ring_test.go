package child

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestRingKeepsTheEnd whatever is written in whatever pieces, and never more than its size.
func TestRingKeepsTheEnd(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var g Ring
		var all strings.Builder
		for range rapid.IntRange(0, 12).Draw(r, "writes") {
			n := rapid.SampledFrom([]int{0, 1, 79, 5000, RingSize - 1, RingSize, RingSize + 1, 3 * RingSize}).Draw(r, "bytes")
			text := strings.Repeat(rapid.SampledFrom([]string{"a", "xyz\n", "\n", "0123456789\n"}).Draw(r, "text"), n)[:n]
			if k, err := g.Write([]byte(text)); k != n || err != nil {
				r.Fatalf("wrote %d of %d, %v", k, n, err)
			}
			all.WriteString(text)
		}
		if len(g.data) > RingSize {
			r.Fatalf("keeps %d bytes", len(g.data))
		}
		most := rapid.SampledFrom([]int{1, 100, 4096, RingSize}).Draw(r, "tail")
		got := g.Tail(most)
		if len(got) > most || !strings.HasSuffix(all.String(), got) {
			r.Fatalf("%d bytes of at most %d, no end of what was written", len(got), most)
		}
		if all.Len() <= most && got != all.String() {
			r.Fatal("not all of a short text")
		}
	})
}

func TestRingTailBeginsALine(t *testing.T) {
	var g Ring
	if _, err := g.Write([]byte("first line\nsecond line\nthird\xff\n")); err != nil {
		t.Fatal(err)
	}
	if got := g.Tail(15); got != "third?\n" {
		t.Errorf("%q", got)
	}
}
