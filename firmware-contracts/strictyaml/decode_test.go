package strictyaml

import (
	"strings"
	"testing"
	"time"
)

type sample struct {
	Name   string         `yaml:"name"`
	Unit   uint8          `yaml:"unit"`
	Wait   Duration       `yaml:"wait" within:"1s 1h"`
	Size   Size           `yaml:"size"`
	Share  Share          `yaml:"share"`
	On     bool           `yaml:"on"`
	Ratio  float64        `yaml:"ratio"`
	Count  int64          `yaml:"count"`
	Some   int8           `yaml:"some" within:"-5 5" help:"how much"`
	Whole  Integer        `yaml:"whole"`
	Colour colour         `yaml:"colour"`
	Level  level          `yaml:"level" help:"how loud"`
	Levels []level        `yaml:"levels"`
	List   []inner        `yaml:"list"`
	Map    map[string]int `yaml:"map" within:"1"`
	Opt    *inner         `yaml:"opt"`
	shared `yaml:",inline"`
	Unseen int `yaml:"-"`
}

type inner struct {
	A int    `yaml:"a,required" help:"the first"`
	B string `yaml:"b"`
}

type shared struct {
	Port int `yaml:"port"`
}

type (
	colour string
	level  uint8
)

func (colour) Words() []string { return []string{"red", "green"} }
func (level) Words() []string  { return []string{"low", "high"} }

const everything = `---
# all that a file may hold
name: x # the name
unit: 0x10
wait: 2s
size: 64KiB
share: 10%
"on": true
ratio: -1.5e-1
count: -9223372036854775808
some: -5
whole: -18446744073709551615
colour: green
level: high
levels: [high, low,]
list:
- a: 1
-   a: 2
    b: zwei
- {a: 3, b: "it's"}
map: {k: 7, 'l m': 8}
opt:

  a: 4
  b: 'it''s'
port: 502
...
`

func TestDecodeReadsEverything(t *testing.T) {
	s := sample{Unseen: 7}
	if err := Decode("f.yaml", []byte(everything), &s).Problems().Err(); err != nil {
		t.Fatal(err)
	}
	if s.Name != "x" || s.Unit != 16 || s.Wait.D() != 2*time.Second || s.Size != 65536 || s.Share != 0.1 || !s.On || s.Ratio != -0.15 {
		t.Errorf("read %+v", s)
	}
	if s.Count != -1<<63 || s.Some != -5 || s.Whole != (Integer{true, 1<<64 - 1, "-18446744073709551615"}) || s.Port != 502 || s.Unseen != 7 {
		t.Errorf("read %+v", s)
	}
	if s.Colour != "green" || s.Level != 1 || len(s.Levels) != 2 || s.Levels[0] != 1 || s.Levels[1] != 0 {
		t.Errorf("read %+v", s)
	}
	if len(s.List) != 3 || s.List[0] != (inner{1, ""}) || s.List[1] != (inner{2, "zwei"}) || s.List[2] != (inner{3, "it's"}) {
		t.Errorf("read %+v", s.List)
	}
	if len(s.Map) != 2 || s.Map["k"] != 7 || s.Map["l m"] != 8 || s.Opt == nil || *s.Opt != (inner{4, "it's"}) {
		t.Errorf("read %+v, %+v", s.Map, s.Opt)
	}
}

func TestWhatIsNotMentionedStays(t *testing.T) {
	s := sample{Name: "default", Opt: &inner{A: 1, B: "kept"}, Level: 1}
	doc := Decode("f.yaml", []byte("opt: {a: 2}"), &s)
	if err := doc.Problems().Err(); err != nil || s.Name != "default" || *s.Opt != (inner{2, "kept"}) || s.Level != 1 {
		t.Errorf("read %+v, %+v (%v)", s, s.Opt, err)
	}
	if !doc.Has("opt.a") || doc.Has("opt.b") || doc.Has("name") {
		t.Error("mentions")
	}
}

// Each row is a file and everything that is said of it.
func TestDecodeReportsEveryMistake(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"unknown key", "nane: x", `1:1: nane: unknown key "nane" (did you mean name?)`},
		{"unknown deep", "list:\n  - a: 1\n    c: 2", `3:5: list[0].c: unknown key "c" (known keys here: a, b)`},
		{"required", "list:\n  - b: x", `2:5: list[0].a: is missing (the first)`},
		{"required in nothing", "list: [{}]", `1:8: list[0].a: is missing (the first)`},
		{"range", "unit: 256", `1:7: unit: 256 is out of range (from 0 to 255)`},
		{"negative", "unit: -1", `1:7: unit: -1 is out of range (from 0 to 255)`},
		{"above its field", "some: 6", `1:7: some: 6 is out of range (how much; from -5 to 5)`},
		{"below its field", "some: -6", `1:7: some: -6 is out of range (how much; from -5 to 5)`},
		{"above a signed type", "count: 9223372036854775808", `1:8: count: 9223372036854775808 is out of range (from -9223372036854775808 to 9223372036854775807)`},
		{"below a signed type", "count: -9223372036854775809", `1:8: count: -9223372036854775809 is out of range (from -9223372036854775808 to 9223372036854775807)`},
		{"beyond 64 bits", "whole: 18446744073709551616", `1:8: whole: 18446744073709551616 is out of range`},
		{"below of an entry", "map: {k: 0}", `1:10: map.k: 0 is out of range (from 1 on)`},
		{"too long a wait", "wait: 2h", `1:7: wait: 2h is out of range (from 1s to 1h)`},
		{"octal", "count: 010", `1:8: count: want a whole number, found the number 010`},
		{"underscore", "count: 1_0", `1:8: count: want a whole number, found the number 1_0`},
		{"plus", "count: +1", `1:8: count: want a whole number, found the number +1`},
		{"fraction", "count: 1.0", `1:8: count: want a whole number, found the number 1.0`},
		{"quoted number", "count: '1'", `1:8: count: want a whole number, found the text "1"`},
		{"hex without digits", "count: 0x", `1:8: count: want a whole number, found the text "0x"`},
		{"not a number", "ratio: .nan", `1:8: ratio: want a number, found .nan`},
		{"hex ratio", "ratio: 0x10", `1:8: ratio: want a number, found the number 0x10`},
		{"too large a ratio", "ratio: 1e999", `1:8: ratio: 1e999 is out of range`},
		{"type", "on: maybe", `1:5: on: want true or false, found the text "maybe"`},
		{"quoted truth", "on: 'true'", `1:5: on: want true or false, found the text "true"`},
		{"yes", "on: yes", `1:5: on: want true or false, found the text "yes"`},
		{"True", "on: True", `1:5: on: want true or false, found True`},
		{"bare duration", "wait: 5", `1:7: wait: "5" is not a length of time (write it with its unit: 100ms, 2s, 30m, 12h, 365d; from 1s to 1h)`},
		{"duration as list", "wait: [5s]", `1:7: wait: want text, found a list (from 1s to 1h)`},
		{"number as text", "name: 5", `1:7: name: want text, found the number 5 (put it in quotes)`},
		{"truth as text", "name: true", `1:7: name: want text, found true (put it in quotes)`},
		{"control character", `name: "a\nb"`, `1:7: name: "a\nb" holds a control character (a text is one line of letters)`},
		{"block of text", "name: |\n  a\n  b\nunit: 1", `1:7: name: want text, found a block of text (put it in quotes)`},
		{"word", "colour: gren", `1:9: colour: "gren" is not known here (did you mean green? one of red, green)`},
		{"word as list", "level: [low]", `1:8: level: want a word, found a list (one of low, high; how loud)`},
		{"word in list", "levels: [low, 7]", `1:15: levels[1]: "7" is not known here (one of low, high)`},
		{"list of words", "levels: low", `1:9: levels: want a list, found the text "low" (one of low, high)`},
		{"missing value", "name:", `1:1: name: the value is missing (write a value or remove the line)`},
		{"null", "name: ~", `1:1: name: the value is missing (write a value or remove the line)`},
		{"missing in brackets", "opt: {a: , b: x}", `1:7: opt.a: the value is missing (the first)`},
		{"missing entry", "list:\n  -\n  - a: 1", `2:3: list[0]: the value is missing (write a value or remove the line)`},
		{"list", "list: 3", `1:7: list: want a list, found the number 3 (begin each entry with a dash)`},
		{"not a list", "opt: [1]", `1:6: opt: want keys and values, found a list`},
		{"map", "map: x", `1:6: map: want keys and values, found the text "x" (from 1 on)`},
		{"anchor", "name: &a x", `1:7: name: ` + notUsed + ` (write the value out)`},
		{"alias", "name: *a", `1:7: name: ` + notUsed + ` (write the value out)`},
		{"tag", "name: !!str 5", `1:7: name: ` + notUsed + ` (write the value out)`},
		{"anchor of nothing", "name: &a\nunit: 300", "1:7: name: " + notUsed + " (write the value out)\nf.yaml:2:7: unit: 300 is out of range (from 0 to 255)"},
		{"anchored map", "opt: &a\n  a: 1", `1:6: opt: ` + notUsed + ` (write the value out)`},
		{"tags in brackets", "list: [&y {a: 2}, !x {a: 1}]", "1:8: list[0]: " + notUsed + " (write the value out)\nf.yaml:1:19: list[1]: " + notUsed + " (write the value out)"},
		{"merge", "opt:\n  <<: {a: 1}\n  a: 2", `2:3: opt: ` + notUsed + ` (write the keys out)`},
		{"twice", "name: a\nname: b", `2:1: name: "name" is already defined on line 1 (remove one of the two)`},
		{"twice in brackets", "opt: {a: 1, 'a': 2}", `1:13: opt.a: "a" is already defined on line 1 (remove one of the two)`},
		{"number as key", "7: a", `1:1: key "7" is not a plain word (put it in quotes if it is meant)`},
		{"root", "- a", `1:1: want keys and values, found a list (a file begins with name:, unit:, wait:, …)`},
		{"empty", "# nothing\n", `1:1: the file is empty (a file begins with name:, unit:, wait:, …)`},
		{"nothing", "---\n", `1:1: the file is empty (a file begins with name:, unit:, wait:, …)`},
	} {
		t.Run(row.name, func(t *testing.T) {
			var s sample
			err := Decode("f.yaml", []byte(row.in), &s).Problems().Err()
			if err == nil || err.Error() != "f.yaml:"+row.want {
				t.Errorf("got  %v\nwant f.yaml:%s", err, row.want)
			}
		})
	}
}

// A file that is no YAML, or more of it than people write, is refused at its first such place.
func TestSyntax(t *testing.T) {
	for in, want := range map[string]string{
		"name: [":                          `1:7: not valid YAML: [ is never closed`,
		"name: {a: 1":                      `1:7: not valid YAML: { is never closed`,
		"list: [1 2, 3":                    `1:7: not valid YAML: [ is never closed`,
		"list: [{a: 1} b]":                 `1:15: not valid YAML: "b" can't stand within the [ of line 1`,
		"list: [a: 1]":                     `1:8: not valid YAML: "a" can't stand within the [ of line 1`,
		"map: {a}":                         `1:7: not valid YAML: "a" can't stand within the { of line 1`,
		"map: {a: 1, , b: 2}":              `1:13: not valid YAML: "," can't stand within the { of line 1`,
		"map: {a: 1]":                      `1:6: not valid YAML: { is never closed`,
		"--- name: a":                      `1:5: not valid YAML: "name" can't follow on the same line`,
		"name: ]":                          `1:7: not valid YAML: "]" can't stand here`,
		"name: x\n  unit: 1":               `1:7: not valid YAML: "x unit" goes on on the next line; a text stays on one`,
		"name: x\n  y":                     `1:7: not valid YAML: "x y" goes on on the next line; a text stays on one`,
		"name: 'x\n  y'":                   `1:7: not valid YAML: "x y" goes on on the next line; a text stays on one`,
		"opt:\n    a: 1\n  b: x":           `3:3: not valid YAML: "b" is indented deeper than what it belongs to`,
		"list:\n    - a: 1\n  - a: 2":      `3:3: not valid YAML: "-" is indented deeper than what it belongs to`,
		"list:\n  - a: 1\n - a: 2":         `3:2: not valid YAML: "-" is indented deeper than what it belongs to`,
		"name: a: b":                       `1:7: not valid YAML: a second key or a list can't begin on the line of a key`,
		"list: - a: 1":                     `1:7: not valid YAML: a second key or a list can't begin on the line of a key`,
		"name: 'a' b":                      `1:11: not valid YAML: "b" can't follow on the same line`,
		"- a\nb: 1":                        `2:1: not valid YAML: "b" can't stand here`,
		"name: 'a":                         `1:7: not valid YAML: could not find end character of single-quoted text`,
		"a:\n\tb: 1":                       "2:1: not valid YAML: found character '\t' that cannot start any token",
		"? a\n: b":                         `1:1: not valid YAML: "?" can't stand here`,
		"%YAML 1.2\n---\na: 1":             `1:1: not valid YAML: "%" can't stand here`,
		"name: a\n---\nname: b":            `2:1: a second document begins here`,
		"name: a\n...\nname: b":            `3:1: not valid YAML: "name" can't stand here`,
		strings.Repeat("- ", 40):           `1:63: not valid YAML: more than 32 levels are nested here`,
		strings.Repeat("[", 40):            `1:33: not valid YAML: more than 32 levels are nested here`,
		"a: " + strings.Repeat("x", 998):   `1:1001: the line is longer than 1000 bytes`,
		strings.Repeat("\n", 22) + "a: 1":  `21:1: more than 20 empty lines in a row`,
		strings.Repeat("#\n", 1<<19) + "#": `1:1: the file has 1048577 bytes, at most 1048576`,
	} {
		var s sample
		ps := Decode("f.yaml", []byte(in), &s).Problems()
		if len(ps) != 1 || !strings.HasPrefix(ps[0].Error(), "f.yaml:"+want) || ps[0].Hint == "" {
			t.Errorf("%.40q: got\n%v\nwant f.yaml:%s", in, ps, want)
		}
	}
}

func TestDecodeReportsAllAtOnce(t *testing.T) {
	var s sample
	ps := Decode("f.yaml", []byte("on: 3\nunit: x\nnane: y"), &s).Problems()
	if len(ps) != 3 || ps[0].Line != 1 || ps[1].Line != 2 || ps[2].Line != 3 {
		t.Errorf("got %d problems:\n%v", len(ps), ps)
	}
}

// Later checks report at the key, at the value, or at the nearest place that the file mentions.
func TestLaterChecks(t *testing.T) {
	var s sample
	doc := Decode("f.yaml", []byte("name: a\nunit: x\nlist:\n  - {a: 1}\n"), &s)
	doc.Add("list[0].a", "at the key", "")
	doc.AddValue("list[0].a", "at the value", "")
	doc.Add("list[0].b", "at the entry", "")
	doc.Warn("list", "at the list", "look")
	doc.Add("opt.a", "at the file", "")
	want := `f.yaml:1:1: opt.a: at the file
f.yaml:2:7: unit: want a whole number, found the text "x"
f.yaml:4:3: warning: list: at the list (look)
f.yaml:4:5: list[0].b: at the entry
f.yaml:4:6: list[0].a: at the key
f.yaml:4:9: list[0].a: at the value`
	if got := doc.Problems().Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !doc.Good("list") || !doc.Good("name") || doc.Good("unit") || doc.Good("opt") || !doc.Has("unit") {
		t.Error("what was read well")
	}
}

func TestWarningsAlone(t *testing.T) {
	var s sample
	doc := Decode("f.yaml", []byte("name: a"), &s)
	doc.Warn("name", "odd", "")
	if ps := doc.Problems(); ps.Err() != nil || len(ps.Warnings()) != 1 {
		t.Errorf("%v", ps)
	}
	doc.Add("name", "wrong", "")
	if ps := doc.Problems(); ps.Err() == nil || len(ps) != 2 || len(ps.Warnings()) != 1 {
		t.Errorf("%v", ps)
	}
}
