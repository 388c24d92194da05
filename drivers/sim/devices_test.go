package sim

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"firepost/firmware-contracts/contract"
)

// golden is a file of frames beside a contract; only what this test needs.
type golden struct {
	Contract string
	Frames   []struct {
		Title, Request, Reply string
		Samples               []struct {
			Point string
			Raw   *uint64
			Value *float64
		}
		Outputs map[string]bool
		Write   *struct {
			Output string
			State  bool
		}
	}
}

// Every contract's golden frames come from documents or were computed by hand: a simulated
// device in the state that they describe must send exactly them.
func TestSlavesSendTheGoldenFrames(t *testing.T) {
	files, err := filepath.Glob("../../firmware-contracts/devices/*.golden.yaml")
	if err != nil || len(files) < 8 {
		t.Fatalf("found %d golden files: %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var g golden
		if err := yaml.Unmarshal(data, &g); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for i, f := range g.Frames {
			if f.Request == "" {
				continue // nobody asks such a device: see frames_test.go
			}
			t.Run(fmt.Sprintf("%s/%d", g.Contract, i), func(t *testing.T) {
				request := unhex(t, f.Request)
				s := newTestSlave(t, request[0], g.Contract)
				for _, sample := range f.Samples {
					if err := s.SetPointRaw(sample.Point, *sample.Raw); err != nil {
						t.Fatal(err)
					}
				}
				for name, on := range f.Outputs {
					for o := range s.c.Outputs {
						if s.c.Outputs[o].Name == name {
							s.switchOutput(o, on)
						}
					}
				}
				if got := exchange(t, s, f.Request); got != strings.TrimSpace(f.Reply) {
					t.Errorf("%s: sends %s, want %s", f.Title, got, f.Reply)
				}
				if f.Write != nil {
					if on, err := s.Output(f.Write.Output); err != nil || on != f.Write.State {
						t.Errorf("%s: output %s is %v, %v", f.Title, f.Write.Output, on, err)
					}
				}
				for _, sample := range f.Samples {
					if sample.Value == nil {
						continue
					}
					if err := s.Set(sample.Point, *sample.Value); err != nil {
						t.Errorf("%s: %v", f.Title, err)
					}
				}
				if got := exchange(t, s, f.Request); f.Samples != nil && got != strings.TrimSpace(f.Reply) {
					t.Errorf("%s: set by value it sends %s, want %s", f.Title, got, f.Reply)
				}
			})
		}
	}
}

// A new device is healthy: none of its points means anything but normal.
func TestNewSlavesAreHealthy(t *testing.T) {
	files, err := filepath.Glob("../../firmware-contracts/devices/*@?.yaml")
	if err != nil || len(files) < 8 {
		t.Fatalf("found %d contracts: %v", len(files), err)
	}
	for _, file := range files {
		ref := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if frameModel(t, ref).Transport != contract.Modbus {
			continue
		}
		s := newTestSlave(t, 9, ref)
		for i := range s.c.Points {
			p := &s.c.Points[i]
			raw := s.load(p)
			for _, v := range p.Values {
				if v.Raw == raw && v.Means != 0 {
					t.Errorf("%s: point %s starts with raw %#x, which means %v", ref, p.Name, raw, v.Means)
				}
			}
			for _, b := range p.Bits {
				if raw>>b.Bit&1 == 1 == b.When && b.Means != 0 {
					t.Errorf("%s: point %s starts with raw %#x, whose bit %d means %v", ref, p.Name, raw, b.Bit, b.Means)
				}
			}
			if v := decode(p, raw); p.Range != nil && (v < p.Range.Min || v > p.Range.Max) {
				t.Errorf("%s: point %s starts at %g, outside its range", ref, p.Name, v)
			}
		}
	}
}
