package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPremisesFile: labels come from the file, a device's own label wins, a code that the file
// lacks is a mistake, and so is a file with bad rows.
func TestPremisesFile(t *testing.T) {
	csv := filepath.Join(t.TempDir(), "premises.csv")
	write := func(text string) {
		if err := os.WriteFile(csv, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := func(device string) string {
		return "station: hs-03\ndistrict: hongshan\npremises: " + csv + "\nbuses:\n  - {name: b, port: /dev/ttyUSB0}\n" +
			"devices:\n  - {name: a, bus: b, unit: 1, contract: smoke-generic@1, " + device + "}\n"
	}
	set := builtin(t)
	write("code,label_zh,label_en\nHS-1,张记面馆,Zhang\n")
	c, err := Parse("f.yaml", []byte(text("premises: HS-1")), set)
	if err != nil || c.Devices[0].Label != (Text{ZH: "张记面馆", EN: "Zhang"}) {
		t.Fatalf("%v", err)
	}
	c, err = Parse("f.yaml", []byte(text("premises: HS-1, label: {zh: 面馆}")), set)
	if err != nil || c.Devices[0].Label.ZH != "面馆" {
		t.Errorf("a label of its own: %v", err)
	}
	_, err = Parse("f.yaml", []byte(text("premises: HS-11")), set)
	if err == nil || !strings.Contains(err.Error(), `devices[0].premises: there is no premises "HS-11" (did you mean HS-1?)`) {
		t.Errorf("an unknown code: %v", err)
	}
	write("code,label_zh\nHS-1,\n")
	_, err = Parse("f.yaml", []byte(text("premises: HS-1")), set)
	if err == nil || !strings.Contains(err.Error(), `premises.csv:2:`) {
		t.Errorf("a bad row: %v", err)
	}
}
