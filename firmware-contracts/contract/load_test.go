package contract

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// base is a contract with one of everything; the mistakes below are edits of it. Its lines
// are counted from 1, so the first line is the one after the backquote.
const base = `name: probe
version: 1
title: {zh: 探头, en: probe}
class: detector
hardware: false
sources:
  - {title: manual, where: page 7, mark: S}
serial: {baud: 9600, format: 8N1, bauds: [4800, 19200], formats: [8E1]}
address: {default: 1, min: 1, max: 247}
limits: {max_registers: 16, max_bits: 8, max_gap: 2, reply_within: 150ms, late_reply: 1s, turnaround: 20ms}
readable:
  - {table: holding, from: 0x0000, to: 0x000F}
points:
  - name: smoke
    title: {zh: 烟雾, en: smoke}
    role: smoke
    lane: alarm
    table: holding
    address: 0x0010
    type: u16
    mask: 0x00FF
    invalid: [0x00EE]
    values:
      - {raw: 0, means: normal, zh: 正常, en: normal}
      - {raw: 1, means: fire, zh: 火警, en: fire}
    otherwise: {means: fault, cause: odd_value, zh: 异常, en: odd value}
  - name: flags
    title: {zh: 标志, en: flags}
    role: fault
    lane: slow
    table: holding
    address: 0x0010
    type: u16
    mask: 0xFF00
    bits:
      - {bit: 8, means: fault, cause: dirty, zh: 脏污, en: dirty}
      - {bit: 9, when: false, means: supervisory, cause: tamper, zh: 拆下, en: removed}
  - name: pressure
    title: {zh: 压力, en: pressure}
    role: pressure
    lane: slow
    table: input
    address: 0x0020
    type: i32
    byte_order: little
    word_order: low_first
    scale: 0.001
    offset: -1
    unit: MPa
    range: {min: -1, max: 2.5}
    invalid: [0x80000000, -2]
outputs:
  - name: siren
    title: {zh: 警号, en: siren}
    table: coil
    address: 0x0000
    read_back: {table: coil, address: 0x0000, on: 1}
  - name: lamp
    title: {zh: 灯, en: lamp}
    table: holding
    address: 0x0100
    on: 0x0100
    off: 0x0200
    read_back: {table: holding, address: 0x0100, mask: 0x0001, on: 1}
`

func TestLoadReadsEverything(t *testing.T) {
	c, err := Load("somewhere/probe@1.yaml", []byte(base))
	if err != nil {
		t.Fatal(err)
	}
	if c.Ref() != "probe@1" || c.Title != (Text{"探头", "probe"}) || c.Class != "detector" || c.Hardware || len(c.Warnings) != 0 {
		t.Errorf("%+v", c)
	}
	if !slices.Equal(c.Sources, []Source{{"manual", "page 7", "S"}}) {
		t.Errorf("sources %+v", c.Sources)
	}
	if s := c.Serial; s.Baud != 9600 || s.Format != "8N1" || !slices.Equal(s.Bauds, []int{4800, 19200}) || !slices.Equal(s.Formats, []string{"8E1"}) {
		t.Errorf("serial %+v", s)
	}
	if c.Address != (AddressRange{1, 1, 247}) {
		t.Errorf("address %+v", c.Address)
	}
	if want := (Limits{16, 8, 2, 150 * time.Millisecond, time.Second, 20 * time.Millisecond}); c.Limits != want {
		t.Errorf("limits %+v", c.Limits)
	}
	if !slices.Equal(c.Readable, []Span{{Holding, 0, 15}}) {
		t.Errorf("readable %+v", c.Readable)
	}
	if len(c.Points) != 3 || len(c.Outputs) != 2 {
		t.Fatalf("%d points, %d outputs", len(c.Points), len(c.Outputs))
	}
	checkSmoke(t, &c.Points[0])
	if b := c.Points[1].Bits; len(b) != 2 || b[0] != (BitMeaning{8, true, Fault, "dirty", Text{"脏污", "dirty"}}) || b[1].When {
		t.Errorf("bits %+v", b)
	}
	p := c.Points[2]
	if !p.LittleBytes || !p.LowWordFirst || p.Scale != 0.001 || p.Offset != -1 || p.Unit != "MPa" || *p.Range != (Range{-1, 2.5}) ||
		!slices.Equal(p.Invalid, []uint64{0x80000000, 0xFFFFFFFE}) || p.Type != I32 || p.Table != Input {
		t.Errorf("pressure %+v", p)
	}
	if o := c.Outputs[0]; o.On != 0xFF00 || o.Off != 0 || o.ReadBack != (ReadBack{Coil, 0, 0, 1}) {
		t.Errorf("coil %+v", o)
	}
	if o := c.Outputs[1]; o.On != 0x0100 || o.Off != 0x0200 || o.ReadBack != (ReadBack{Holding, 0x0100, 1, 1}) {
		t.Errorf("holding output %+v", o)
	}
}

func checkSmoke(t *testing.T, p *Point) {
	t.Helper()
	if p.Name != "smoke" || p.Role != RoleSmoke || p.Lane != Alarm || p.Table != Holding || p.Address != 0x10 || p.Type != U16 ||
		p.Mask != 0xFF || p.Scale != 1 || p.Offset != 0 || !slices.Equal(p.Invalid, []uint64{0xEE}) {
		t.Errorf("smoke %+v", p)
	}
	want := []ValueMeaning{{0, Normal, "", Text{"正常", "normal"}}, {1, Fire, "", Text{"火警", "fire"}}}
	if !slices.Equal(p.Values, want) || *p.Otherwise != (ValueMeaning{0, Fault, "odd_value", Text{"异常", "odd value"}}) {
		t.Errorf("meanings %+v, otherwise %+v", p.Values, p.Otherwise)
	}
}

func TestDefaults(t *testing.T) {
	text := strings.Replace(base, "limits: {max_registers: 16, max_bits: 8, max_gap: 2, reply_within: 150ms, late_reply: 1s, turnaround: 20ms}\n", "", 1)
	c, err := Load("", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if want := (Limits{32, 256, 0, 100 * time.Millisecond, 2 * time.Second, 5 * time.Millisecond}); c.Limits != want {
		t.Errorf("limits %+v, want %+v", c.Limits, want)
	}
}

func TestAddressesAboveTheStandardWarn(t *testing.T) {
	text := strings.Replace(base, "{default: 1, min: 1, max: 247}", "{default: 254, min: 1, max: 255}", 1)
	c, err := Load("probe@1.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := "probe@1.yaml:9:38: warning: address.max: addresses above 247 are outside the Modbus standard " +
		"(some devices are sold so; others on the bus may answer to such an address too)"
	if len(c.Warnings) != 1 || c.Warnings[0].Error() != want {
		t.Errorf("warnings\n%v\nwant\n%s", c.Warnings, want)
	}
}

// All problems of a file come at once, in the order of the file, warnings among them.
func TestAllProblemsAtOnce(t *testing.T) {
	text := base
	for _, e := range [][2]string{
		{"version: 1", "version: 0"},
		{"{default: 1, min: 1, max: 247}", "{default: 1, min: 1, max: 248}"},
		{"scale: 0.001", "scale: 0"},
		{"table: coil\n", "table: discrete\n"},
	} {
		text = strings.Replace(text, e[0], e[1], 1)
	}
	_, err := Load("bad.yaml", []byte(text))
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error is a %T: %v", err, err)
	}
	want := `bad.yaml:2:10: version: 0 is out of range (a changed meaning is a new version; from 1 to 9999)
bad.yaml:9:36: warning: address.max: addresses above 247 are outside the Modbus standard (some devices are sold so; others on the bus may answer to such an address too)
bad.yaml:47:12: points[2].scale: scale 0 makes every value the same (what one raw step is worth, such as 0.1)
bad.yaml:55:12: outputs[0].table: discrete can't be written (coil (written with FC05) or holding (FC06))`
	if err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if w := problems.Warnings(); len(w) != 1 || !w[0].Warning {
		t.Errorf("warnings %v", w)
	}
}

func TestSet(t *testing.T) {
	a := &Contract{Name: "a", Version: 1}
	b := &Contract{Name: "b", Version: 2}
	s, err := NewSet(b, a)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Refs(), []string{"a@1", "b@2"}) || !slices.Equal(s.All(), []*Contract{a, b}) {
		t.Errorf("refs %q", s.Refs())
	}
	if got, ok := s.Get("b@2"); !ok || got != b {
		t.Errorf("b@2 is %v", got)
	}
	if _, ok := s.Get("b@1"); ok {
		t.Error("b@1 is there")
	}
	if got := s.Nearest("b@1"); got != "b@2" {
		t.Errorf("nearest to b@1 is %q", got)
	}
	if _, err := NewSet(a, b, a); !errors.Is(err, ErrDuplicate) || !strings.Contains(err.Error(), `"a@1"`) {
		t.Errorf("a twice: %v", err)
	}
	other, err := NewSet(&Contract{Name: "c", Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	if both, err := s.With(other); err != nil || len(both.Refs()) != 3 || len(s.Refs()) != 2 {
		t.Errorf("%v (%v)", both, err)
	}
	if _, err := s.With(s); !errors.Is(err, ErrDuplicate) {
		t.Errorf("with itself: %v", err)
	}
}

func TestLoadFS(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	second := strings.Replace(base, "version: 1", "version: 2", 1)
	good := fstest.MapFS{
		"probe@1.yaml": file(base), "probe@2.yaml": file(second), "probe@1.golden.yaml": file("x"),
		"README.md": file("x"), "old/probe@3.yaml": file("x"),
	}
	s, err := LoadFS(good)
	if err != nil || !slices.Equal(s.Refs(), []string{"probe@1", "probe@2"}) {
		t.Fatalf("%v (%v)", s, err)
	}
	bad := fstest.MapFS{"probe@1.yaml": file(second), "b@1.yaml": file("name: [")}
	_, err = LoadFS(bad)
	for _, want := range []string{"probe@1.yaml:1:7: name: file is called \"probe@1.yaml\" but holds \"probe@2.yaml\"", "b@1.yaml:1:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %s", err, want)
		}
	}
	if _, err := LoadFS(os.DirFS(t.TempDir() + "/none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// A hostile file is turned away before the parser sees it.
func TestWildFiles(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"huge":       {strings.Repeat("# x\n", 20000), "x.yaml:1:1: the file has 80000 bytes, at most 65536 (a contract is one device model)"},
		"long line":  {"a: " + strings.Repeat("- ", 600), "x.yaml:1:1001: the line is longer than 1000 bytes (break it up: one key a line)"},
		"brackets":   {strings.Repeat("[\n", 100), "x.yaml:33:1: not valid YAML: more than 32 levels are nested here (check indentation, quotes and brackets near here)"},
		"empty":      {"", "x.yaml:1:1: the file is empty (a file begins with name:, version:, title:, …)"},
		"comment":    {"# only\n", "x.yaml:1:1: the file is empty (a file begins with name:, version:, title:, …)"},
		"two":        {"a: 1\n---\nb: 2\n", "x.yaml:2:1: a second document begins here (one file holds one document; remove the ---)"},
		"list":       {"- a\n", "x.yaml:1:1: want keys and values, found a list (a file begins with name:, version:, title:, …)"},
		"text":       {"hello\n", "x.yaml:1:1: want keys and values, found the text \"hello\" (a file begins with name:, version:, title:, …)"},
		"not YAML":   {"a: [1,\nb: 2", "x.yaml:2:1: not valid YAML: \"b\" can't stand within the [ of line 1 (check indentation, quotes and brackets near here)"},
		"a tab":      {"a:\n\tb: 1\n", "x.yaml:2:1: not valid YAML: found character '\t' that cannot start any token (check indentation, quotes and brackets near here)"},
		"bad indent": {"a: 1\n  b: 2\n", ""},
	} {
		_, err := Load("x.yaml", []byte(c.text))
		if err == nil || c.want != "" && err.Error() != c.want {
			t.Errorf("%s: got\n%v\nwant\n%s", name, err, c.want)
		}
	}
}

// A class promises what its devices can do.
func TestClasses(t *testing.T) {
	relay, _, _ := strings.Cut(base, "outputs:\n")
	for name, c := range map[string]struct{ text, want string }{
		"detector": {strings.Replace(base, "role: smoke", "role: info", 1), "class detector needs a point with role smoke"},
		"pressure": {strings.Replace(strings.Replace(base, "role: pressure", "role: info", 1), "class: detector", "class: pressure", 1), "class pressure needs a point with role pressure"},
		"relay":    {strings.Replace(relay, "class: detector", "class: relay", 1), "class relay needs an output"},
	} {
		_, err := Load("", []byte(c.text))
		if want := ":4:8: class: " + c.want; err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
