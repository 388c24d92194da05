package drivertest

import (
	"errors"
	"testing"
	"time"

	"firepost/firmware-contracts/source"
)

// errCut is what a broken line fails with.
var errCut = errors.New("input/output error") //nolint:gochecknoglobals // a sentinel

func contactBroken(t *testing.T, r *contactRun) {
	from := r.forget(source.Nothing)
	r.Wires[0].Break(errCut)
	failed := false
	for _, g := range r.after(10*time.Second, 0) {
		failed = failed || g.err != nil
		if failed && (g.err == nil || !errors.Is(g.err, errCut)) {
			t.Errorf("a broken line delivered %+v", g)
		}
	}
	if !failed {
		t.Error("a broken line was not told")
	}
	r.evenly(1, from, func(g contactDelivery) bool { return g.err == nil && g.raw == 0 })
	if s := r.states(); len(s) != 0 {
		t.Errorf("one broken line, and the bus was told to be %+v", s)
	}
	r.Wires[0].Break(nil)
	r.Wires[0].Short(true)
	got := r.after(3*time.Second, 0)
	if len(got) == 0 || got[len(got)-1].err != nil || got[len(got)-1].raw != 1 {
		t.Errorf("after the repair: %+v", got)
	}
}

func contactAllBroken(t *testing.T, r *contactRun) {
	r.forget(source.Nothing)
	for _, w := range r.Wires {
		w.Break(errCut)
	}
	r.after(10*time.Second, 0)
	if s := r.states(); len(s) != 1 || s[0].Up || !errors.Is(s[0].Err, errCut) {
		t.Fatalf("all lines broken: %+v, want down once, with the cause", s)
	}
	r.Wires[1].Break(nil)
	r.after(3*time.Second, 0)
	if s := r.states(); len(s) != 2 || !s[1].Up || s[1].Err != nil {
		t.Errorf("one line repaired: %+v, want up again", s)
	}
}

func contactUnsteady(t *testing.T, r *contactRun) {
	r.forget(source.Nothing)
	for i := range 300 {
		r.Wires[0].Short(i%2 == 0)
		time.Sleep(r.Debounce / 3)
	}
	errs := 0
	for _, g := range r.after(0, 0) {
		switch {
		case g.err != nil:
			errs++
		case g.raw == 1 || errs > 0:
			t.Errorf("a chattering contact delivered %+v", g)
		}
	}
	if errs == 0 {
		t.Errorf("a contact that chattered for %v was not told", 100*r.Debounce)
	}
	r.forget(source.Nothing)
	got := r.after(r.Debounce+ContactWithin, 0)
	if len(got) == 0 || got[len(got)-1].err != nil || got[len(got)-1].raw != 0 {
		t.Errorf("as soon as it has settled: %+v", got)
	}
	r.turn(0, true)
}

func contactStop(t *testing.T, r *contactRun) {
	r.stop()
	r.forget(source.Nothing)
	r.Wires[0].Short(true)
	if got := r.after(5*time.Second, 0); len(got) != 0 {
		t.Errorf("after the end: %+v", got)
	}
	r.ended <- nil
}
