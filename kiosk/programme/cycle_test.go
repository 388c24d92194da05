package programme

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestArrange(t *testing.T) {
	for _, c := range []struct{ weights, want []int }{
		{[]int{3}, []int{0}},
		{[]int{1, 1, 1}, []int{0, 1, 2}},
		{[]int{4, 4}, []int{0, 1}},
		{[]int{5, 1}, []int{0, 1}},           // never more than every second place
		{[]int{2, 1, 1}, []int{0, 1, 0, 2}},  // not a b c a: the end stands beside the beginning
		{[]int{10, 1, 1}, []int{0, 1, 0, 2}}, //
		{[]int{1, 1, 1, 1, 2}, []int{0, 4, 1, 2, 4, 3}},
	} {
		if got := arrange(c.weights); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.weights, got, c.want)
		}
	}
}

// Every item has exactly its share, spread evenly, and never stands beside itself.
func TestArrangeIsFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.IntRange(1, 10), 2, 60).Draw(t, "weights")
		order := arrange(weights)
		fair := fairWeights(weights)
		places := make([][]int, len(weights))
		for i, m := range order {
			if m == order[(i+1)%len(order)] {
				t.Fatalf("%d stands beside itself at %d in %v", m, i, order)
			}
			places[m] = append(places[m], i)
		}
		for i, n := range fair {
			if len(places[i]) != n {
				t.Fatalf("item %d stands %d times, its share is %d", i, len(places[i]), n)
			}
			even := len(order) / n
			for k, at := range places[i] {
				next := places[i][(k+1)%n]
				if k == n-1 {
					next += len(order)
				}
				if gap := next - at; gap > 2*even+1 {
					t.Fatalf("item %d of weight %d waits %d places, an even share is %d: %v", i, n, gap, even, order)
				}
			}
		}
	})
}

// The weights that people give decide between those that the cap does not touch.
func TestFairWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.IntRange(1, 10), 2, 30).Draw(t, "weights")
		fair, sum, most := fairWeights(weights), 0, slices.Max(weights)
		for _, n := range weights {
			sum += n
		}
		for i, a := range weights {
			for j, b := range weights {
				if most*2 <= sum && a*fair[j] != b*fair[i] {
					t.Fatalf("%v became %v", weights, fair)
				}
				if a < b && fair[i] > fair[j] {
					t.Fatalf("%v became %v: the order of the weights", weights, fair)
				}
			}
		}
	})
}

// The plain way, which the other falls back on, keeps items apart too.
func TestAlternate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := fairWeights(rapid.SliceOfN(rapid.IntRange(1, 10), 2, 40).Draw(t, "weights"))
		total := 0
		for _, n := range w {
			total += n
		}
		order := alternate(w, total)
		for i, m := range order {
			if m == order[(i+1)%total] {
				t.Fatalf("%d stands beside itself at %d in %v", m, i, order)
			}
			w[m]--
		}
		if slices.Max(w) != 0 || slices.Min(w) != 0 {
			t.Fatalf("shares are off by %v", w)
		}
	})
}
