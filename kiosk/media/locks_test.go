package media

import (
	"context"
	"errors"
	"testing"
)

// TestNothingWaitsForALongPublication: while objects are proven and checked, which may take
// many minutes, screens open media, ops roll back, and the rollback holds.
func TestNothingWaitsForALongPublication(t *testing.T) {
	checking, goOn := make(chan struct{}), make(chan struct{})
	s := newStore(t)
	a, b, c := newThing(1000, 1), newThing(1000, 2), newThing(1000, 3)
	add(t, s, a, b, c)
	publish(t, s, manifestOf(1, a))
	publish(t, s, manifestOf(2, b))
	s.opts.Check = func(context.Context, string, Item) error {
		checking <- struct{}{}
		<-goOn
		return nil
	}
	// The programme's judge may ask the store.
	s.opts.Accept = func(Manifest) error { s.Status(); return nil }
	done := make(chan error, 1)
	go func() { done <- s.Publish(t.Context(), manifestOf(3, c)) }()
	<-checking
	if err := s.Rollback(); err != nil || playing(t, s) != 1 {
		t.Errorf("rollback: %v", err)
	}
	o, err := s.Open(a.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	o.Close()
	// Room is asked for meanwhile: what is being published is not dropped.
	s.mu.Lock()
	s.opts.MaxBytes = 10
	s.mu.Unlock()
	if _, err := s.Collect(t.Context()); !errors.Is(err, ErrNoRoom) {
		t.Errorf("collect: %v", err)
	}
	close(goOn)
	if err := <-done; err != nil || playing(t, s) != 3 {
		t.Errorf("published in the end: %v", err)
	}
}

// TestWhatComesMeanwhileWins: a publication that took long is judged again before it switches.
func TestWhatComesMeanwhileWins(t *testing.T) {
	s := newStore(t)
	a, b := newThing(1000, 1), newThing(1000, 2)
	add(t, s, a, b)
	publish(t, s, manifestOf(1, a))
	publish(t, s, manifestOf(5, b))
	checking, goOn := make(chan struct{}), make(chan struct{})
	s.opts.Profile = "another" // all is checked again
	s.mu.Lock()
	s.objects[b.SHA256].fit = false
	s.mu.Unlock()
	s.opts.Check = func(context.Context, string, Item) error {
		checking <- struct{}{}
		<-goOn
		return nil
	}
	late := manifestOf(6, b)
	done := make(chan error, 1)
	go func() { done <- s.Publish(t.Context(), late) }()
	<-checking
	// Meanwhile somebody publishes something newer still.
	s.mu.Lock()
	s.current.manifest.Version = 7
	s.mu.Unlock()
	close(goOn)
	if err := <-done; !errors.Is(err, ErrOld) {
		t.Errorf("got %v, want %v", err, ErrOld)
	}
}

// TestSlowCardHoldsUpNoScreen: while a record is being synced, media open.
func TestSlowCardHoldsUpNoScreen(t *testing.T) {
	s := newStore(t)
	a, b := newThing(1000, 1), newThing(1000, 2)
	add(t, s, a, b)
	publish(t, s, manifestOf(1, a))
	syncing, goOn := make(chan struct{}), make(chan struct{})
	s.step = func(what string) error {
		if what == "rename current" || what == "rename wanted.json" {
			syncing <- struct{}{}
			<-goOn
		}
		return nil
	}
	done := make(chan error, 2)
	go func() {
		done <- s.Want(t.Context(), manifestOf(2, b))
		done <- s.Publish(t.Context(), manifestOf(2, b))
	}()
	for range 2 {
		<-syncing
		if !s.Playable(a.SHA256) || s.Status().Version != 1 {
			t.Error("it does not play on")
		}
		goOn <- struct{}{}
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if playing(t, s) != 2 {
		t.Error("not published")
	}
}
