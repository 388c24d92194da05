package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
)

// TestHistories: what is saved is on disk after the end, the newest wins, and a folder that
// can't be written keeps it in memory until it can.
func TestHistories(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "histories")
	synctest.Test(t, func(t *testing.T) {
		f := newHistories(dir, slog.New(slog.DiscardHandler))
		if err := os.WriteFile(dir, nil, 0o600); err != nil { // a file where the folder should be
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- f.Run(ctx) }()
		f.Save("g/pressure", []byte("one"))
		synctest.Wait()
		if string(f.Load("g/pressure")) != "one" {
			t.Error("forgotten while the disk refuses")
		}
		f.Save("g/pressure", []byte("two"))
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
	f := newHistories(dir, slog.New(slog.DiscardHandler))
	if got := string(f.Load("g/pressure")); got != "two" {
		t.Errorf("after a restart: %q", got)
	}
	if f.Load("h/pressure") != nil {
		t.Error("a history of nobody")
	}
	if err := os.WriteFile(f.path("big/pressure"), make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if f.Load("big/pressure") != nil {
		t.Error("a file that can't be one is read")
	}
}
