package regmap_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
	"firepost/firmware-contracts/regmap"
)

var update = flag.Bool("update", false, "write the golden pages")

func house(t *testing.T) *contract.Set {
	t.Helper()
	set, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

const tricky = `name: x
version: 1
title: {zh: "管|道 <b>", en: "pipe | ` + "`code`" + ` <script> [link](http://x) *bold*"}
class: relay
hardware: true
sources: [{title: "a_b & c", where: "https://example.org/#x", mark: M}]
serial: {baud: 9600, format: 8N1}
address: {default: 1, min: 1, max: 255}
points:
  - {name: whole, title: {zh: 甲, en: a}, role: info, lane: slow, table: input, address: 0xFFFC, type: u64, byte_order: little, word_order: low_first, mask: 0xFF00FF00FF00FF00, scale: 0.25, offset: -7.5, range: {min: 0, max: 5}, invalid: [0]}
  - {name: first, title: {zh: 乙, en: b}, role: info, lane: slow, table: holding, address: 1, type: bool, values: [{raw: 0, means: normal, zh: 否, en: "no"}, {raw: 1, means: fault, cause: other, zh: 是, en: "yes"}]}
  - {name: bits, title: {zh: 丙, en: c}, role: info, lane: alarm, table: input, address: 1, type: u16, bits: [{bit: 3, when: false, means: fire, zh: 火, en: fire}]}
outputs:
  - {name: r, title: {zh: 继, en: r}, table: holding, address: 7, on: 0x0100, off: 0x0200, read_back: {table: holding, address: 7, mask: 0x00FF, on: 1}}
`

// framed is a device with frames, analogue one with an output, each with all that can be told.
func framed() *contract.Contract {
	return &contract.Contract{
		Name: "framed", Version: 2, Title: contract.Text{ZH: "帧", EN: "frames"}, Class: "pressure", Transport: contract.Frames,
		Serial: contract.Serial{Baud: 4800, Format: "8E1", Bauds: []int{9600, 19200}, Formats: []string{"8N1"}},
		Frame: &contract.Frame{
			Start: []byte{0xA5, 0x5A}, End: []byte{0x55}, Length: contract.FrameLength{At: 3, Bytes: 2, LittleEndian: true, Add: 4, Min: 9, Max: 40},
			Check: contract.FrameCheck{Kind: contract.CheckModbus, To: -3, At: -3, LittleEndian: true}, ID: contract.FrameID{At: 5, Bytes: 6},
			Match: []contract.FrameMatch{{At: 2, Mask: 0xF0, Value: 0x10}}, Heartbeat: time.Hour,
			Fields: []contract.FrameField{{At: -5, Bytes: 2, LittleEndian: true}},
		},
		Points: []contract.Point{{Name: "pressure", Title: contract.Text{ZH: "压力", EN: "pressure"}, Type: contract.U16, Scale: 0.001, Unit: "MPa", Role: contract.RolePressure}},
		Setup: &contract.Setup{
			Unlock: &contract.SetupWrite{Address: 1, Value: 0xA5}, Save: &contract.SetupWrite{Address: 2, Value: 1},
			Address: &contract.SetupRegister{Address: 3}, Baud: &contract.SetupRegister{Address: 4, Multiple: true, Codes: []contract.SetupCode{{Value: 9600, Code: 3}}},
			Format: &contract.SetupRegister{Address: 5, Codes: []contract.SetupCode{{Value: 1, Code: 7}, {Value: 9, Code: 8}}}, Takes: contract.TakesPower,
		},
		Identity: []contract.Identity{{Table: contract.Input, Address: 9, Mask: 0xFF, Min: 3, Max: 4}},
	}
}

func analogue() *contract.Contract {
	return &contract.Contract{
		Name: "analogue", Version: 1, Title: contract.Text{ZH: "电流", EN: "current"}, Class: "pressure", Transport: contract.Analog,
		Electrical: &contract.Electrical{Kind: contract.Current, Zero: 4, Full: 20, Broken: 3.6, Short: 21, Supply: 24},
		Points:     []contract.Point{{Name: "pressure", Title: contract.Text{ZH: "压力", EN: "pressure"}, Type: contract.F32, Unit: "MPa", Range: &contract.Range{Min: 0, Max: 2.5}}},
	}
}

// Golden pages: our own detector, the other transports, and everything that could break a page.
func TestGoldenPages(t *testing.T) {
	trap, err := contract.Load("", []byte(tricky))
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]*contract.Contract{"tricky": trap, "framed": framed(), "analogue": analogue()}
	own, ok := house(t).Get("firepost-smoke@1")
	if !ok {
		t.Fatal("no firepost-smoke@1")
	}
	pages["firepost-smoke@1"] = own
	for name, c := range pages {
		path := filepath.Join("testdata", name+".md")
		got := regmap.Markdown(c)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs (%v); look at it, then run this test with -update\n%s", path, err, got)
		}
	}
}

// Every point, value, bit, source and output of every contract is on its page.
func TestNothingIsLeftOut(t *testing.T) {
	for _, c := range house(t).All() {
		page := string(regmap.Markdown(c))
		if again := string(regmap.Markdown(c)); again != page {
			t.Errorf("%s: two pages differ", c.Ref())
		}
		want := []string{c.Title.ZH}
		rows := len(c.Sources) + len(c.Points) + len(c.Outputs)
		for i := range c.Points {
			p := &c.Points[i]
			want = append(want, "`"+p.Name+"`", p.Title.ZH)
			rows += len(p.Values) + len(p.Bits)
			for _, v := range p.Values {
				want = append(want, v.Title.ZH)
			}
			for _, b := range p.Bits {
				want = append(want, b.Title.ZH)
			}
		}
		for _, o := range c.Outputs {
			want = append(want, "`"+o.Name+"`")
		}
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("%s: %q is not on the page", c.Ref(), w)
			}
		}
		if n := strings.Count(page, "\n| "); n < rows {
			t.Errorf("%s: %d rows for %d things", c.Ref(), n, rows)
		}
	}
}

// A table is a table for every reader only if all its rows have as many cells.
func TestTablesAreEven(t *testing.T) {
	trap, err := contract.Load("", []byte(tricky))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range append(house(t).All(), trap) {
		cells := 0
		for n, line := range strings.Split(string(regmap.Markdown(c)), "\n") {
			if !strings.HasPrefix(line, "|") {
				cells = 0
				continue
			}
			got := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if cells != 0 && got != cells {
				t.Errorf("%s line %d: %d cells, want %d: %s", c.Ref(), n+1, got-1, cells-1, line)
			}
			cells = got
		}
	}
}
