package devices

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"firepost/firmware-contracts/contract"
)

func contracts(t *testing.T) *contract.Set {
	t.Helper()
	set, err := Contracts()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// The embed pattern is by hand: every file of the folder must be in the binary or be golden.
func TestEveryFileIsEmbeddedOrGolden(t *testing.T) {
	set := contracts(t)
	names, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		ref, golden := strings.CutSuffix(name, ".golden.yaml")
		if !golden {
			ref = strings.TrimSuffix(name, ".yaml")
		}
		if _, ok := set.Get(ref); !ok {
			t.Errorf("%s belongs to no embedded contract", name)
		}
		if _, err := files.Open(name); golden == (err == nil) {
			t.Errorf("%s: embedded is %v", name, err == nil)
		}
	}
	if len(names) != 2*len(set.Refs()) {
		t.Errorf("%d files for %d contracts: each has one contract and one golden file", len(names), len(set.Refs()))
	}
	onDisk, err := contract.LoadFS(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(onDisk.Refs(), set.Refs()) {
		t.Errorf("embedded %q, on disk %q", set.Refs(), onDisk.Refs())
	}
}

func TestWhatTheFleetNeeds(t *testing.T) {
	classes := map[string]int{}
	for _, c := range contracts(t).All() {
		classes[c.Class]++
		if c.Hardware {
			t.Errorf("%s claims to have met its device", c.Ref())
		}
	}
	for class, least := range map[string]int{"detector": 6, "pressure": 5, "input": 1, "relay": 1, "climate": 1, "meter": 2} {
		if classes[class] < least {
			t.Errorf("%d contracts of class %s, want at least %d", classes[class], class, least)
		}
	}
}

// Only the devices that are sold outside the standard addresses may warn, and of that only.
func TestWarnings(t *testing.T) {
	want := []string{"pressure-cdab@1", "smoke-modbusrtu-sqr@1", "smoke-yg-n01@1"}
	var got []string
	for _, c := range contracts(t).All() {
		for _, w := range c.Warnings {
			got = append(got, c.Ref())
			if w.Path != "address.max" {
				t.Errorf("unexpected warning: %s", w)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("warnings of %q, want %q", got, want)
	}
}

// Each transport has a device, and only frames need a port's settings.
func TestTransports(t *testing.T) {
	seen := map[contract.Transport]int{}
	for _, c := range contracts(t).All() {
		seen[c.Transport]++
		if serial := c.Transport == contract.Modbus || c.Transport == contract.Frames; serial != (c.Serial.Baud > 0) {
			t.Errorf("%s: transport %s at %d baud", c.Ref(), c.Transport, c.Serial.Baud)
		}
		if (c.Frame != nil) != (c.Transport == contract.Frames) || (c.Electrical != nil) != (c.Transport == contract.Analog) ||
			(c.Chip != "") != (c.Transport == contract.Chips) || (c.Address.Max != 0) != (c.Transport == contract.Modbus) {
			t.Errorf("%s: %+v does not fit transport %s", c.Ref(), c, c.Transport)
		}
	}
	for transport, least := range map[contract.Transport]int{contract.Modbus: 16, contract.Frames: 2, contract.Pins: 1, contract.Analog: 3, contract.Chips: 2} {
		if seen[transport] < least {
			t.Errorf("%d contracts with transport %s, want at least %d", seen[transport], transport, least)
		}
	}
}

// A detector that answers nonsense must never read as normal.
func TestDetectorsNeverTakeNonsenseForNormal(t *testing.T) {
	for _, c := range contracts(t).All() {
		for i, p := range c.Points {
			if p.Role != contract.RoleSmoke || p.Table.Bits() {
				continue
			}
			normal := 0
			for raw := range 0x10000 {
				s, err := p.Sample(uint64(raw)), error(nil)
				if c.Transport == contract.Modbus {
					s, err = c.Decode(i, []byte{byte(raw >> 8), byte(raw)}, p.Address)
				}
				if err != nil {
					t.Fatal(err)
				}
				if s.Means == contract.Normal {
					normal++
				}
			}
			if normal != 1 {
				t.Errorf("%s point %s: %d raw values read as normal, want 1", c.Ref(), p.Name, normal)
			}
		}
	}
}
