package strictyaml

import (
	"strings"
	"testing"
	"time"
)

type sample struct {
	Name  string         `yaml:"name"`
	Unit  uint8          `yaml:"unit"`
	Wait  Duration       `yaml:"wait"`
	Size  Size           `yaml:"size"`
	Share Share          `yaml:"share"`
	On    bool           `yaml:"on"`
	Ratio float64        `yaml:"ratio"`
	List  []inner        `yaml:"list"`
	Map   map[string]int `yaml:"map"`
	Opt   *inner         `yaml:"opt"`
}

type inner struct {
	A int    `yaml:"a"`
	B string `yaml:"b"`
}

func TestDecodeReadsEverything(t *testing.T) {
	var s sample
	doc := Decode("f.yaml", []byte("name: x\nunit: 0x10\nwait: 2s\nsize: 64KiB\nshare: 10%\non: true\nratio: 1\nlist:\n  - a: 1\n  - {a: 2, b: zwei}\nmap: {k: 7}\nopt: {a: 3}\n"), &s)
	if err := doc.Problems().Err(); err != nil {
		t.Fatal(err)
	}
	if s.Name != "x" || s.Unit != 16 || s.Wait.D() != 2*time.Second || s.Size != 65536 || s.Share != 0.1 || !s.On || s.Ratio != 1 {
		t.Errorf("read %+v", s)
	}
	if len(s.List) != 2 || s.List[1].B != "zwei" || s.Map["k"] != 7 || s.Opt == nil || s.Opt.A != 3 {
		t.Errorf("read %+v", s)
	}
}

func TestDecodeReportsEveryMistake(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"unknown key", "nmae: x", `f.yaml:1:1: nmae: unknown key "nmae" (did you mean name?)`},
		{"unknown deep", "list:\n  - a: 1\n    c: 2", `f.yaml:3:5: list[0].c: unknown key "c"`},
		{"range", "unit: 256", `f.yaml:1:7: unit: 256 is out of range (from 0 to 255)`},
		{"negative", "unit: -1", `f.yaml:1:7: unit: -1 is out of range (from 0 to 255)`},
		{"type", "on: maybe", `f.yaml:1:5: on: want true or false, found the text "maybe"`},
		{"bare duration", "wait: 5", `f.yaml:1:7: wait: "5" is not a length of time (write it with its unit: 100ms, 2s, 30m, 12h, 365d)`},
		{"number as text", "name: 5", `f.yaml:1:7: name: want text, found the number 5 (put it in quotes)`},
		{"missing value", "name:", `the value is missing`},
		{"list", "list: 3", `f.yaml:1:7: list: want a list, found the number 3 (begin each entry with a dash)`},
		{"alias", "name: &a x", `anchors, aliases, merges and tags are not used here`},
		{"twice", "name: a\nname: b", `f.yaml:2:1: name: "name" is already defined on line 1 (remove one of the two)`},
		{"empty", "", `the file is empty`},
		{"two documents", "name: a\n---\nname: b", `a second document begins here`},
		{"syntax", "name: [", `not valid YAML`},
		{"share", "share: 120%", `f.yaml:1:8: share: "120%" is not a share (from 0% to 100%)`},
		{"size", "size: 5MB", `"5MB" is not a size`},
	} {
		t.Run(row.name, func(t *testing.T) {
			var s sample
			err := Decode("f.yaml", []byte(row.in), &s).Problems().Err()
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got  %v\nwant %s", err, row.want)
			}
		})
	}
}

func TestDecodeReportsAllAtOnce(t *testing.T) {
	var s sample
	ps := Decode("f.yaml", []byte("on: 3\nunit: x\nnmae: y"), &s).Problems()
	if len(ps) != 3 || ps[0].Line != 1 || ps[1].Line != 2 || ps[2].Line != 3 {
		t.Errorf("got %d problems:\n%v", len(ps), ps)
	}
}

func TestAddFindsTheNearestPlace(t *testing.T) {
	var s sample
	doc := Decode("f.yaml", []byte("name: a\nlist:\n  - a: 1\n"), &s)
	doc.Add("list[0].b", "is missing", "")
	if got := doc.Problems()[0]; got.Line != 3 {
		t.Errorf("reported at line %d, want 3", got.Line)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("name: x\nlist: [{a: 1}]")
	f.Add("map: {k: 1}\nwait: 3d")
	f.Fuzz(func(_ *testing.T, in string) {
		var s sample
		_ = Decode("f.yaml", []byte(in), &s).Problems().Error()
	})
}
