package strictyaml

import (
	"fmt"
	"strings"
	"testing"
)

// hostile files fill 64 KiB each with what the YAML library's lexer or parser, or a careless
// decoder, takes the square of its size for.
func hostile() map[string]string {
	const size = 64 << 10
	fill := func(unit string) string { return strings.Repeat(unit, size/len(unit)) }
	line := func(unit string) string { return fill(strings.Repeat(unit, 900/len(unit)) + "\n ") }
	deep := func(unit string) string {
		var b strings.Builder
		for i := 0; b.Len() < size-i; i++ {
			b.WriteString(strings.Repeat(" ", i) + unit + "\n")
		}
		return b.String()
	}
	return map[string]string{
		"one key over and over": fill("a: 1\n"),
		"keys without values":   fill("a:\n"),
		"complex keys":          fill("? a\n"),
		"unknown keys":          fill("nane: 1\n") + fill("nameunitwaitsize: 1\n"),
		"empty entries":         "list:\n" + fill("-\n"),
		"wrong entries":         "list:\n" + fill("- 1\n"),
		"small entries":         "list:\n" + fill("- a: 1\n"),
		"long list":             "levels: [" + line("low,") + "]",
		"empty keys in braces":  "map: {" + line("a: ,") + "}",
		"commas":                "list: [" + line(",") + "]",
		"open brackets":         line("["),
		"closed brackets":       fill("]\n"),
		"pairs of brackets":     "list:\n" + fill("- "+strings.Repeat("[", 28)+strings.Repeat("]", 28)+"\n"),
		"nested keys":           deep("a:"),
		"nested entries":        deep("-"),
		"dashes":                fill(strings.Repeat("- ", 490) + "\n"),
		"long text":             "name: " + line("x "),
		"open quote":            "name: \"" + line("x "),
		"escapes":               "name: \"" + line(`\n`) + "\"",
		"block of empty lines":  "name: |\n" + fill("\n"),
		"block of blank lines":  "name: |\n" + fill(" \n"),
		"block with gaps":       "name: |\n" + fill(" x"+strings.Repeat("\n", maxEmpty)),
		"many blocks":           fill(">\n"),
		"documents":             fill("---\na\n"),
		"ends":                  fill("...\n"),
		"anchors":               fill("- &a\n"),
		"aliases":               "list:\n" + fill("- *a\n"),
		"tags":                  fill("!a b: c\n"),
		"merges":                fill("<<: a\n"),
		"comments":              fill("#\n"),
		"directives":            fill("%YAML 1.2\n"),
		"quotes":                fill("\"\" \n"),
		"long keys":             fill(strings.Repeat("k", 990) + ": 1\n"),
	}
}

// Each is read or refused to its end; BenchmarkHostile says in what time.
func TestHostile(t *testing.T) {
	for name, in := range hostile() {
		var s sample
		if ps := Decode("f.yaml", []byte(in), &s).Problems(); ps.Err() == nil && name != "long list" && name != "small entries" {
			t.Errorf("%s: taken", name)
		}
	}
}

func BenchmarkHostile(b *testing.B) {
	for name, in := range hostile() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var s sample
				Decode("f.yaml", []byte(in), &s).Problems()
			}
		})
	}
}

// BenchmarkThousandDevices reads a file such as the configuration of a very large station.
func BenchmarkThousandDevices(b *testing.B) {
	type device struct {
		Name     string            `yaml:"name,required"`
		Bus      string            `yaml:"bus,required"`
		Unit     uint8             `yaml:"unit,required" within:"1 247"`
		Contract string            `yaml:"contract,required"`
		Label    map[string]string `yaml:"label"`
		Deadline Duration          `yaml:"deadline"`
	}
	var text strings.Builder
	text.WriteString("devices:\n")
	for i := range 500 {
		fmt.Fprintf(&text, "  - {name: smoke-%d, bus: rs485-%d, unit: %d, contract: smoke-generic@1, label: {zh: 张记面馆, en: Zhang's Noodles}}\n", i, i/200, i%200+1)
		fmt.Fprintf(&text, "  # the gauge beside it\n  - name: gauge-%d\n    bus: rs485-%d\n    unit: %d\n    contract: gauge-mpd-380@1\n    label: {zh: 张记面馆, en: noodles}\n    deadline: 10s\n", i, 3+i/200, i%200+1)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		var file struct {
			Devices []device `yaml:"devices,required"`
		}
		if err := Decode("f.yaml", []byte(text.String()), &file).Problems().Err(); err != nil || len(file.Devices) != 1000 {
			b.Fatal(len(file.Devices), err)
		}
	}
}
