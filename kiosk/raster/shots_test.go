package raster

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// shoot keeps pages as pictures where the environment asks for them, small ones enlarged.
func shoot(t *testing.T, name string, pages []Page) {
	t.Helper()
	dir := os.Getenv("FIREPOST_SHOTS")
	if dir == "" {
		return
	}
	for i := range pages {
		var b bytes.Buffer
		if err := PNG(&b, &pages[i]); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, i+1)), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
