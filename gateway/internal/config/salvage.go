package config

import (
	"regexp"
	"slices"
	"strconv"

	"firepost/firmware-contracts/contract"
	y "firepost/firmware-contracts/strictyaml"
)

// salvageRounds bounds how often entries are taken out: a device may be bad only because
// its bus was.
const salvageRounds = 8

var listEntry = regexp.MustCompile(`^(buses|devices|outputs|uplinks)\[(\d+)\]`) //nolint:gochecknoglobals // a compiled constant

// Salvage makes the most of a bad file: entries with mistakes are left out, bad settings
// take their defaults, and what remains is a valid configuration, if need be one without
// devices. A booth that refuses to start protects nobody.
func Salvage(name string, data []byte, builtin *contract.Set, dir string) *Config {
	c := Default()
	doc := y.Decode(name, data, &c)
	k := &checker{doc: doc, c: &c}
	k.defaults()
	k.contracts(builtin)
	k.all()
	for range salvageRounds {
		problems := k.doc.Problems()
		if len(problems) == 0 {
			return &c
		}
		c.leaveOut(problems, dir)
		// Only the relations are checked again: what could not be read is gone by now.
		k.doc = y.Decode(name, []byte("station: x"), &struct {
			Station string `yaml:"station"`
		}{})
		k.all()
	}
	bare := Default()
	bare.Station, bare.District, bare.Journal.Dir, bare.Set = "unconfigured", "unconfigured", dir, builtin
	return &bare
}

// leaveOut drops the list entries that the problems name, and resets the settings.
func (c *Config) leaveOut(problems y.Problems, dir string) {
	bad := map[string][]int{}
	for _, p := range problems {
		if m := listEntry.FindStringSubmatch(p.Path); m != nil {
			n, err := strconv.Atoi(m[2])
			if err == nil && !slices.Contains(bad[m[1]], n) {
				bad[m[1]] = append(bad[m[1]], n)
			}
		}
	}
	c.Buses = without(c.Buses, bad["buses"])
	c.Devices = without(c.Devices, bad["devices"])
	c.Outputs = without(c.Outputs, bad["outputs"])
	c.Uplinks = without(c.Uplinks, bad["uplinks"])
	def := Default()
	for _, p := range problems {
		section, _, _ := cutPath(p.Path)
		switch section {
		case "station":
			c.Station = "unconfigured"
		case "district":
			c.District = "unconfigured"
		case "clock":
			c.Clock = def.Clock
		case "journal":
			c.Journal = def.Journal
			c.Journal.Dir = dir
		case "http":
			c.HTTP = def.HTTP
		case "log":
			c.Log = def.Log
		case "alarm":
			c.Alarm = def.Alarm
		case "telemetry":
			c.Telemetry = def.Telemetry
		case "contracts":
			c.Contracts = nil
		case "devices":
			if p.Path == "devices" {
				c.Devices = nil
			}
		}
	}
}

func cutPath(path string) (section, rest string, ok bool) {
	for i, r := range path {
		if r == '.' || r == '[' {
			return path[:i], path[i:], true
		}
	}
	return path, "", false
}

func without[T any](list []T, bad []int) []T {
	var out []T
	for i, v := range list {
		if !slices.Contains(bad, i) {
			out = append(out, v)
		}
	}
	return out
}
