package strictyaml

import "testing"

func TestNearest(t *testing.T) {
	words := []string{"holding", "input", "coil", "discrete"}
	for s, want := range map[string]string{
		"coils": "coil", "Holding": "holding", "hodling": "holding", "discret": "discrete", "inptu": "input",
		"": "", "x": "", "register": "", "烟": "",
	} {
		if got := Nearest(s, words); got != want {
			t.Errorf("nearest to %q is %q, want %q", s, got, want)
		}
	}
}
