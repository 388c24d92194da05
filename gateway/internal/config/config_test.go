package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
)

func builtin(t testing.TB) *contract.Set {
	t.Helper()
	set, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// minimal is the shipped example without any key that has a default.
const minimal = `station: hs-03
district: hongshan
label: {zh: 红山区三号消防驿站, en: Hongshan fire post no. 3}
buses:
  - {name: rs485-1, port: /dev/ttyUSB0}
devices:
  - {name: zhang-noodles-smoke, bus: rs485-1, unit: 1, contract: smoke-generic@1, premises: HS-0301-0012, label: {zh: 张记面馆, en: Zhang's Noodles}}
  - name: zhang-noodles-gauge
    bus: rs485-1
    unit: 2
    contract: gauge-mpd-380@1
    premises: HS-0301-0012
    label: {zh: 张记面馆, en: Zhang's Noodles}
    limits: {pressure: {low: 1.0, high: 1.4, hysteresis: 0.03}}
    temperature_from: booth-climate/temperature
  - {name: booth-climate, bus: rs485-1, unit: 3, contract: climate-xy-md02@1}
  - name: booth-relays
    bus: rs485-1
    unit: 4
    contract: io-waveshare-8ch@1
    inputs:
      input_1: {means: fire, cause: call_point}
      input_2: {means: supervisory, cause: cabinet_open, normally_closed: true}
outputs:
  - {name: siren, kind: sounder, device: booth-relays, channel: output_1, longest_on: 3m, pause: 30s}
  - {name: strobe, kind: strobe, device: booth-relays, channel: output_2}
uplinks:
  - {name: district, kind: mqtt, broker: "tls://mqtt.example.cn:8883"}
`

// TestShippedFileEqualsTheDefaults: the commented example can't drift from the code.
func TestShippedFileEqualsTheDefaults(t *testing.T) {
	set := builtin(t)
	shipped, err := Load("../../../configs/firepost.yaml", set)
	if err != nil {
		t.Fatal(err)
	}
	short, err := Parse("minimal.yaml", []byte(minimal), set)
	if err != nil {
		t.Fatal(err)
	}
	shipped.Contracts = nil // written out as an empty list
	if !reflect.DeepEqual(shipped, short) {
		t.Errorf("the shipped file differs from the defaults:\nshipped %+v\ndefault %+v", shipped, short)
	}
}

func TestInputsTakeTheirMeaning(t *testing.T) {
	c, err := Parse("f.yaml", []byte(minimal), builtin(t))
	if err != nil {
		t.Fatal(err)
	}
	m := c.Devices[3].Model
	for _, p := range m.Points {
		switch p.Name {
		case "input_1":
			if p.Lane != contract.Alarm || p.Values[0].Means != contract.Fire || p.Values[0].Raw != 1 {
				t.Errorf("input_1 is %+v", p)
			}
		case "input_2":
			if p.Values[0].Means != contract.Supervisory || p.Values[0].Raw != 0 {
				t.Errorf("a normally closed contact must be active while open: %+v", p.Values)
			}
		}
	}
	original, _ := c.Set.Get("io-waveshare-8ch@1")
	for _, p := range original.Points {
		if p.Name == "input_1" && p.Lane == contract.Alarm && len(p.Values) > 0 && p.Values[0].Means == contract.Fire {
			t.Error("the shared contract was changed")
		}
	}
}

func TestOwnContracts(t *testing.T) {
	dir := t.TempDir()
	src, err := os.ReadFile("../../../firmware-contracts/devices/smoke-generic@1.yaml")
	if err != nil {
		t.Fatal(err)
	}
	mine := strings.Replace(string(src), "name: smoke-generic", "name: smoke-mine", 1)
	if err := os.WriteFile(filepath.Join(dir, "smoke-mine@1.yaml"), []byte(mine), 0o600); err != nil {
		t.Fatal(err)
	}
	file := strings.Replace(minimal, "smoke-generic@1", "smoke-mine@1", 1) + "contracts: [" + dir + "]\n"
	c, err := Parse("f.yaml", []byte(file), builtin(t))
	if err != nil {
		t.Fatal(err)
	}
	if c.Devices[0].Model.Name != "smoke-mine" {
		t.Errorf("device uses %s", c.Devices[0].Model.Name)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(minimal)
	f.Add("station: x\nbuses: [{name: a}]\n")
	set := builtin(f)
	f.Fuzz(func(_ *testing.T, in string) {
		_, _ = Parse("f.yaml", []byte(in), set)
	})
}
