package drivertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"firepost/drivers/bus/i2c"
	"firepost/firmware-contracts/contract"
)

// FakeChip is a simulated chip alone on a bus, with registers rather than a script of bytes.
type FakeChip interface {
	periph.Bus
	// Cut takes the chip's supply away for a moment: it comes back with its power-on settings.
	Cut()
}

// ChipSpec is what the suite for chip readers needs to know.
type ChipSpec struct {
	// Name and Address are what errors must name.
	Name    string
	Address uint16
	// Points is how many points the contract has.
	Points int
	// New makes a reader, Chip a sound chip for it.
	New  func(t *testing.T) i2c.Reader
	Chip func() FakeChip
}

// Chips asserts what every chip reader must keep, see i2c.Reader:
//
//   - a sound chip gives one sample per point at most, each for a point of its own;
//   - whichever transaction fails, the reading is an error that names chip and address and
//     wraps the cause, it gives no sample, and the next readings recover;
//   - when the context has ended nothing is sent, and when it ends the reading ends;
//   - a bus that reads as all ones or all zeros, and a chip whose supply was cut, never give a
//     sample with quality Good that is not the sound chip's;
//   - the number of transactions and the memory of one reading are bounded.
func Chips(t *testing.T, spec ChipSpec) {
	for _, c := range []struct {
		name string
		test func(*testing.T, ChipSpec)
	}{
		{"sound chip", chipSound},
		{"failed transaction", chipFails},
		{"ended context", chipEnded},
		{"context ends meanwhile", chipEnds},
		{"constant bus", chipConstant},
		{"cut supply", chipCut},
		{"memory", chipMemory},
	} {
		t.Run(c.name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { c.test(t, spec) }) })
	}
}

// errInjected is what the simulated kernel says.
var errInjected = errors.New("injected failure") //nolint:gochecknoglobals // a sentinel

// chipTransactions bounds one reading.
const chipTransactions = 200

// faultyBus fails its transaction number failAt, counted from 1, and calls onTx before each.
type faultyBus struct {
	periph.Bus
	count, failAt int
	onTx          func(n int)
}

func (f *faultyBus) Tx(addr uint16, w, r []byte) error {
	f.count++
	if f.onTx != nil {
		f.onTx(f.count)
	}
	if f.count == f.failAt {
		// What a broken transfer leaves in the buffer must not count.
		for i := range r {
			r[i] = 0x12
		}
		return errInjected
	}
	return f.Bus.Tx(addr, w, r)
}

// warm reads once and returns how many transactions the second reading takes.
func warm(t *testing.T, spec ChipSpec) (r i2c.Reader, chip FakeChip, first, second int) {
	t.Helper()
	r, chip = spec.New(t), spec.Chip()
	for _, n := range []*int{&first, &second} {
		bus := &faultyBus{Bus: chip}
		samples, err := r.Read(t.Context(), bus)
		if err != nil {
			t.Fatalf("a sound chip: %v", err)
		}
		checkSamples(t, spec, samples)
		*n = bus.count
	}
	if first == 0 || second == 0 || first > chipTransactions || second > chipTransactions {
		t.Fatalf("a reading took %d and %d transactions", first, second)
	}
	return r, chip, first, second
}

func checkSamples(t *testing.T, spec ChipSpec, samples []contract.Sample) {
	t.Helper()
	if len(samples) == 0 || len(samples) > spec.Points {
		t.Fatalf("%d samples for %d points", len(samples), spec.Points)
	}
	seen := map[int]bool{}
	for _, s := range samples {
		if s.Point < 0 || s.Point >= spec.Points || seen[s.Point] {
			t.Errorf("sample for point %d of %d, or the second one", s.Point, spec.Points)
		}
		seen[s.Point] = true
		if s.Quality != contract.Good {
			t.Errorf("a sound chip gives %+v", s)
		}
	}
}

func chipSound(t *testing.T, spec ChipSpec) {
	r, chip, _, _ := warm(t, spec)
	for range 5 {
		samples, err := r.Read(t.Context(), chip)
		if err != nil {
			t.Fatal(err)
		}
		checkSamples(t, spec, samples)
	}
}

// checkError asserts what an error must name.
func checkError(t *testing.T, spec ChipSpec, samples []contract.Sample, err, cause error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	if len(samples) != 0 {
		t.Errorf("%d samples beside the error %v", len(samples), err)
	}
	if cause != nil && !errors.Is(err, cause) {
		t.Errorf("%v does not wrap %v", err, cause)
	}
	for _, word := range []string{spec.Name, fmt.Sprintf("0x%02x", spec.Address)} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not name %s", err, word)
		}
	}
}

func chipFails(t *testing.T, spec ChipSpec) {
	_, _, first, second := warm(t, spec)
	for at := 1; at <= first; at++ {
		r, chip := spec.New(t), spec.Chip()
		samples, err := r.Read(t.Context(), &faultyBus{Bus: chip, failAt: at})
		checkError(t, spec, samples, err, errInjected)
		recovers(t, spec, r, chip)
	}
	for at := 1; at <= second; at++ {
		r, chip, _, _ := warm(t, spec)
		samples, err := r.Read(t.Context(), &faultyBus{Bus: chip, failAt: at})
		checkError(t, spec, samples, err, errInjected)
		recovers(t, spec, r, chip)
	}
}

// recovers asserts that a sound chip reads again, at the second attempt at the latest.
func recovers(t *testing.T, spec ChipSpec, r i2c.Reader, chip periph.Bus) {
	t.Helper()
	var last error
	for range 2 {
		samples, err := r.Read(t.Context(), chip)
		if err == nil {
			checkSamples(t, spec, samples)
			return
		}
		last = err
	}
	t.Errorf("a sound chip is not read again: %v", last)
}

func chipEnded(t *testing.T, spec ChipSpec) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	bus := &faultyBus{Bus: spec.Chip()}
	samples, err := spec.New(t).Read(ctx, bus)
	checkError(t, spec, samples, err, context.Canceled)
	if bus.count != 0 {
		t.Errorf("%d transactions after the context had ended", bus.count)
	}
}

func chipEnds(t *testing.T, spec ChipSpec) {
	_, _, first, _ := warm(t, spec)
	for at := 1; at < first; at++ {
		ctx, cancel := context.WithCancel(t.Context())
		r, chip := spec.New(t), spec.Chip()
		bus := &faultyBus{Bus: chip, onTx: func(n int) {
			if n == at {
				cancel()
			}
		}}
		samples, err := r.Read(ctx, bus)
		checkError(t, spec, samples, err, context.Canceled)
		if bus.count != at {
			t.Errorf("%d transactions, though the context ended in number %d", bus.count, at)
		}
		recovers(t, spec, r, chip)
		cancel()
	}
}

// constantBus acknowledges everything and reads the same byte for ever, as a bus does whose
// data line is held down, or whose chip is mute.
type constantBus struct{ value byte }

func (c constantBus) String() string                  { return "constant" }
func (c constantBus) SetSpeed(physic.Frequency) error { return nil }
func (c constantBus) Tx(_ uint16, _, r []byte) error {
	for i := range r {
		r[i] = c.value
	}
	return nil
}

func chipConstant(t *testing.T, spec ChipSpec) {
	for value := range 256 {
		fresh := spec.New(t)
		used, _, _, _ := warm(t, spec)
		for _, r := range []i2c.Reader{fresh, used} {
			bus := &faultyBus{Bus: constantBus{byte(value)}}
			samples, err := r.Read(t.Context(), bus)
			checkError(t, spec, samples, err, nil)
			if bus.count > chipTransactions {
				t.Errorf("bus of 0x%02X: %d transactions", value, bus.count)
			}
		}
	}
}

func chipCut(t *testing.T, spec ChipSpec) {
	_, _, first, second := warm(t, spec)
	for at := 1; at <= max(first, second); at++ {
		r, chip, _, _ := warm(t, spec)
		want, err := r.Read(t.Context(), chip)
		if err != nil {
			t.Fatal(err)
		}
		want = append([]contract.Sample(nil), want...)
		samples, err := r.Read(t.Context(), &faultyBus{Bus: chip, onTx: func(n int) {
			if n == at {
				chip.Cut()
			}
		}})
		if err == nil {
			same(t, at, samples, want)
		} else {
			checkError(t, spec, samples, err, nil)
		}
		recovers(t, spec, r, chip)
	}
}

// same asserts that what is Good is what a sound chip gives.
func same(t *testing.T, at int, got, want []contract.Sample) {
	t.Helper()
	for _, g := range got {
		if g.Quality != contract.Good {
			continue
		}
		for _, w := range want {
			if w.Point == g.Point && w.Value != g.Value {
				t.Errorf("supply cut in transaction %d: point %d reads %g, a sound chip gives %g", at, g.Point, g.Value, w.Value)
			}
		}
	}
}

func chipMemory(t *testing.T, spec ChipSpec) {
	if raceEnabled {
		t.Log("the race detector counts memory of its own; nothing to assert in this build")
		return
	}
	r, chip, _, _ := warm(t, spec)
	const most = 60
	if n := testing.AllocsPerRun(20, func() {
		if _, err := r.Read(t.Context(), chip); err != nil {
			t.Fatal(err)
		}
	}); n > most {
		t.Errorf("a reading takes %v pieces of memory, at most %d are allowed", n, most)
	}
}
