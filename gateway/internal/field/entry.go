package field

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"firepost/firmware-contracts/contract"
)

// Entry is one device as it stands in the configuration.
type Entry struct {
	Name     string `json:"name"`
	Bus      string `json:"bus"`
	Unit     uint8  `json:"unit"`
	Contract string `json:"contract"`
	Premises string `json:"premises,omitempty"`
	// Label is left out where the catalogue of premises has it.
	Label contract.Text `json:"label,omitzero"`
	// Comment stands above the entry.
	Comment string `json:"comment,omitempty"`
}

// lines are the entry as YAML, indented by indent.
func (e *Entry) lines(indent string) []string {
	var out []string
	if e.Comment != "" {
		out = append(out, indent+"# "+e.Comment)
	}
	out = append(out,
		indent+"- name: "+scalar(e.Name),
		indent+"  bus: "+scalar(e.Bus),
		indent+"  unit: "+strconv.Itoa(int(e.Unit)),
		indent+"  contract: "+scalar(e.Contract),
	)
	if e.Premises != "" {
		out = append(out, indent+"  premises: "+scalar(e.Premises))
	}
	if e.Label.ZH != "" {
		label := "{zh: " + quoted(e.Label.ZH)
		if e.Label.EN != "" {
			label += ", en: " + quoted(e.Label.EN)
		}
		out = append(out, indent+"  label: "+label+"}")
	}
	return out
}

// scalar is a text as YAML, in quotes unless it is plainly a word.
func scalar(s string) string {
	plain := s != ""
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		plain = plain && (letter || i > 0 && (r >= '0' && r <= '9' || strings.ContainsRune("-_@.", r)))
	}
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		plain = false
	}
	if plain {
		return s
	}
	return quoted(s)
}

// quoted is a text in double quotes; YAML's escapes are those of JSON.
func quoted(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return ' '
		}
		return r
	}, s)
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// NameFor is a free name for a device: the premises' code or the model, and the address.
func NameFor(c *contract.Contract, premises string, unit uint8, taken []string) string {
	kind := map[string]string{
		"detector": "smoke", "pressure": "gauge", "input": "inputs", "relay": "relays", "climate": "climate", "meter": "meter",
	}[c.Class]
	if kind == "" {
		kind = "device"
	}
	base := kind + "-" + strconv.Itoa(int(unit))
	if code := nameOf(premises); code != "" {
		base = code + "-" + kind
	}
	name := base
	for n := 2; slices.Contains(taken, name); n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	return name
}

// nameOf is a premises code as a device's name may hold it.
func nameOf(code string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(code) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	name := b.String()
	if len(name) > maxCodeInName {
		name = name[len(name)-maxCodeInName:] // the end is what differs
	}
	return strings.Trim(name, "-")
}

// maxCodeInName leaves room for the kind and a number in a name of 48.
const maxCodeInName = 32

// Snippet is what the configuration needs for the devices that were found and are not in it.
// Devices whose model is not certain stand there with every model that fits, as comments.
func Snippet(bus string, own Speed, found []Found, set *contract.Set, taken []string) string {
	var b strings.Builder
	taken = slices.Clone(taken)
	for i := range found {
		f := &found[i]
		if f.Device != "" || f.State == Doubled {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("devices:\n")
		}
		e := Entry{Bus: bus, Unit: f.Unit, Contract: f.Contract, Name: "device-" + strconv.Itoa(int(f.Unit))}
		var doubts []string
		if f.Speed != own {
			doubts = append(doubts, fmt.Sprintf("found at %s; the bus runs at %s: firepost bus adopt brings it there", f.Speed, own))
		}
		if e.Contract == "" {
			doubts = append(doubts, "the model is not certain 型号待确认: "+candidates(f.Matches))
		}
		if c, ok := set.Get(e.Contract); ok {
			e.Name = NameFor(c, "", f.Unit, taken)
		}
		taken = append(taken, e.Name)
		for _, d := range doubts {
			b.WriteString("  # " + d + "\n")
		}
		for _, l := range e.lines("  ") {
			b.WriteString(l + "\n")
		}
		b.WriteString("    premises: \"\"            # 场所编码 the shop's or home's code\n")
		b.WriteString("    label: {zh: \"\", en: \"\"}  # 公开名称 what public screens may show\n")
	}
	return b.String()
}

// candidates names the models that fit.
func candidates(matches []Match) string {
	if len(matches) == 0 {
		return "none of the known contracts fits"
	}
	names := make([]string, len(matches))
	for i, m := range matches {
		names[i] = m.Contract
	}
	return strings.Join(names, ", ")
}
