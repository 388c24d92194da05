package serialport_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"firepost/drivers/bus/serialport"
)

func TestUnwritten(t *testing.T) {
	node := filepath.Join(t.TempDir(), "ttyUSB0")
	if err := os.WriteFile(node, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct{ age, want time.Duration }{
		{0, 0},
		{8 * time.Second, 0}, // the kernel may not have stamped a write this long
		{10 * time.Second, 2 * time.Second},
		{time.Hour, time.Hour - 8*time.Second},
		{-time.Hour, 0}, // the clock was set back
	} {
		if err := os.Chtimes(node, now, now.Add(-row.age)); err != nil {
			t.Fatal(err)
		}
		if got := serialport.Unwritten(node, now); got != row.want {
			t.Errorf("last write %v ago: unwritten for %v, want %v", row.age, got, row.want)
		}
	}
	if got := serialport.Unwritten(node+"x", now); got != 0 {
		t.Errorf("a node that is not there: %v", got)
	}
}
