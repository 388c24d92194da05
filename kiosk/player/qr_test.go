package player_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"
)

// TestQRCodes compares whole symbols with those of another encoder (github.com/boombuler/barcode
// v1.1.0, level M, byte mode), by the SHA-256 of their rows: one of the eight masks must give the
// same symbol, and the mask that the page chooses must be one of the eight.
func TestQRCodes(t *testing.T) {
	r := rig(t, 480, 270)
	for _, c := range []struct {
		payload string
		size    int
		sum     string
	}{
		{"a", 21, "e8ab680854e4019c4ac89bd0e19dfe1f7e967f3cafd048091b3e3ec474b6f431"},
		{"https://example.org/hs-03", 25, "cf68ad109b6041197829e6de74abef368bdcf075bae69069c815bf85b137107a"},
		{"安全出口 119", 25, "5f98352d996fe088853449795dce000670a5f4a5facd01b4e382ca08af2955c8"},
		{strings.Repeat("x", 120), 45, "b91b7e904d3e58a975798fdfb7444272ea2003b536350a6486d8dd7edd238cfe"},
		{"https://example.org/" + strings.Repeat("q", 180), 57, "b77bcd658050172dc7e744ae42a304fcc2a061977233696107f61e9e191c82fb"},
	} {
		symbol := func(mask string) string {
			return ask[string](t, r, `import('/player/qr.js').then(q => q.encode(`+strconv.Quote(c.payload)+`, `+mask+`).map(r => r.join('')).join('\n'))`)
		}
		same, chosen, known := false, symbol("undefined"), false
		for mask := range 8 {
			s := symbol(strconv.Itoa(mask))
			if n := strings.Count(s, "\n") + 1; n != c.size {
				t.Errorf("%.20s: %d modules wide, want %d", c.payload, n, c.size)
			}
			sum := sha256.Sum256([]byte(s))
			same = same || hex.EncodeToString(sum[:]) == c.sum
			known = known || s == chosen
		}
		if !same {
			t.Errorf("%.20s: no mask gives the known symbol", c.payload)
		}
		if !known {
			t.Errorf("%.20s: the chosen symbol has no mask", c.payload)
		}
	}
	for _, n := range []int{0, 214} {
		if got := ask[string](t, r, `import('/player/qr.js').then(q => { try { q.encode('x'.repeat(`+strconv.Itoa(n)+`)); return 'drawn' } catch (e) { return e.message } })`); !strings.Contains(got, "1 to 213") {
			t.Errorf("%d bytes: %s", n, got)
		}
	}
}
