package config

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"firepost/firmware-contracts/contract"
	y "firepost/firmware-contracts/strictyaml"
)

// salvageRounds bounds how often settings are mended and entries taken out: an output may be
// bad only because its device was, and that because its bus was.
const salvageRounds = 16

// unconfigured stands for a station or district that can't be read.
const unconfigured = "unconfigured"

// entryPath splits devices[3].limits.pressure.low into its list, index, key and the rest.
var entryPath = regexp.MustCompile(`^(buses|devices|outputs|uplinks)\[(\d+)\](?:\.([^.\[]+))?(?:\.([^.\[]+))?`) //nolint:gochecknoglobals // a compiled constant

// Salvage makes the most of a bad file: a setting with a mistake takes its default, an entry
// that can't do without the setting is left out, with what depends on it, and what remains
// is a valid configuration, if need be one without devices. A booth that refuses to start
// protects nobody. dir is where the journal is when the file does not say.
func Salvage(name string, data []byte, builtin *contract.Set, dir string) *Config {
	c := Default()
	doc := y.Decode(name, data, &c)
	if !doc.Has("journal.dir") {
		c.Journal.Dir = dir
	}
	k := &checker{doc: doc, c: &c, salvaging: true}
	k.defaults()
	k.contracts(builtin)
	k.catalogue()     // public labels, as far as they can be read
	c.Contracts = nil // what could be loaded of them is in the set
	c.distrust(doc.Problems())
	for range salvageRounds {
		// What could not be read has its default or nothing by now: it is judged by that.
		k.doc = new(y.Doc)
		k.all()
		problems := k.doc.Problems()
		if len(problems) == 0 {
			return &c
		}
		if !c.mend(problems, dir) {
			c.leaveOut(problems)
		}
	}
	bare := Default()
	bare.Station, bare.District, bare.Journal.Dir, bare.Set = unconfigured, unconfigured, dir, builtin
	return &bare
}

// entry finds the list entry that a problem is about.
func entry(p y.Problem) (list string, index int, key, rest string, ok bool) {
	m := entryPath.FindStringSubmatch(p.Path)
	if m == nil {
		return "", 0, "", "", false
	}
	index, err := strconv.Atoi(m[2])
	return m[1], index, m[3], m[4], err == nil
}

// distrust takes out what was half read where half would mean something else: a contact's
// meaning, a limit, a key. A contact, a converter's input or an output whose wiring can't be
// read goes as a whole: taken the other way round, its alarm would read as rest.
func (c *Config) distrust(problems y.Problems) {
	bad := map[string][]int{}
	for _, p := range problems {
		list, i, key, rest, ok := entry(p)
		switch {
		case !ok && strings.HasPrefix(p.Path, "camera"):
			c.Camera = nil // half of its masks would show what they cover
		case !ok:
		case list == "devices" && (key == "analog" || key == "contact" && rest != "debounce"),
			list == "outputs" && (key == "inverted" || key == "feedback"):
			bad[list] = append(bad[list], i)
		case list == "devices" && i < len(c.Devices) && key == "inputs":
			delete(c.Devices[i].Inputs, rest)
		case list == "devices" && i < len(c.Devices) && key == "limits":
			delete(c.Devices[i].Limits, rest)
		case list == "uplinks" && i < len(c.Uplinks) && (key == "keys" || key == "insecure"):
			c.Uplinks[i].Keys, c.Uplinks[i].Insecure = nil, false
		}
	}
	c.Devices, c.Outputs = without(c.Devices, bad["devices"]), without(c.Outputs, bad["outputs"])
}

// mend gives settings their defaults where the entry can do without them, and reports
// whether that changed anything.
func (c *Config) mend(problems y.Problems, dir string) bool {
	changed := false
	for _, p := range problems {
		list, i, key, rest, ok := entry(p)
		switch {
		case !ok:
			changed = c.mendSection(p.Path, dir) || changed
		case list == "buses" && i < len(c.Buses):
			changed = c.Buses[i].mend(key) || changed
		case list == "devices" && i < len(c.Devices):
			changed = c.Devices[i].mend(key, rest) || changed
		case list == "outputs" && i < len(c.Outputs):
			changed = c.Outputs[i].mend(key) || changed
		case list == "uplinks" && i < len(c.Uplinks):
			changed = c.Uplinks[i].mend(key) || changed
		}
	}
	return changed
}

// reset sets v to def and reports whether that is another value.
func reset[T comparable](v *T, def T) bool {
	changed := *v != def
	*v = def
	return changed
}

func (c *Config) mendSection(path, dir string) bool {
	def := Default()
	section, _, _ := strings.Cut(path, ".")
	switch section {
	case "station":
		return reset(&c.Station, unconfigured)
	case "district":
		return reset(&c.District, unconfigured)
	case "clock":
		return reset(&c.Clock, def.Clock)
	case "http":
		return reset(&c.HTTP, def.HTTP)
	case "log":
		return reset(&c.Log, def.Log)
	case "alarm":
		return reset(&c.Alarm, def.Alarm)
	case "telemetry":
		return reset(&c.Telemetry, def.Telemetry)
	case "host":
		changed := c.Host.Every != def.Host.Every || len(c.Host.Interfaces) > 0 || c.Host.Modem != "" || c.Host.UPS != ""
		c.Host = def.Host
		return changed
	case "power":
		changed := c.Power != nil
		c.Power = nil
		return changed
	case "display":
		changed := c.Display != nil
		c.Display = nil
		return changed
	case "beacon":
		changed := c.Beacon != nil
		c.Beacon = nil
		return changed
	case "climate":
		changed := c.Climate != nil
		c.Climate = nil
		return changed
	case "camera":
		changed := c.Camera != nil
		c.Camera = nil
		return changed
	case "screens":
		return c.Screens != nil && c.Screens.mend(path)
	case "premises":
		// Codes and labels that devices have of their own stay.
		return reset(&c.Premises, "")
	case "journal":
		// The place is kept if it can be: latches and disablements are there.
		if def.Journal.Dir = dir; filepath.IsAbs(c.Journal.Dir) {
			def.Journal.Dir = c.Journal.Dir
		}
		return reset(&c.Journal, def.Journal)
	case "devices":
		changed := len(c.Devices) > 0
		c.Devices = nil
		return changed
	}
	return false
}

func (b *Bus) mend(key string) bool {
	switch key {
	case "backend":
		return reset(&b.Backend, defaultBackend)
	case "slow_share":
		return reset(&b.SlowShare, defaultSlowShare)
	case "probe_share":
		return reset(&b.ProbeShare, defaultProbeShare)
	}
	return false
}

func (d *Device) mend(key, rest string) bool {
	switch key {
	case "premises":
		return reset(&d.Premises, "unknown")
	case "label":
		return reset(&d.Label, Text{ZH: "附近场所", EN: "premises nearby"})
	case "deadline":
		return reset(&d.Deadline, y.Duration(defaultDeadline))
	case "slow_every":
		changed := reset(&d.SlowEvery, y.Duration(defaultSlowEvery))
		return reset(&d.FaultAfter, 0) || changed
	case "fault_after":
		return reset(&d.FaultAfter, 0)
	case "temperature_from":
		return reset(&d.TemperatureFrom, "")
	case "limits":
		_, had := d.Limits[rest]
		delete(d.Limits, rest)
		return had
	case "vessel":
		had := d.Vessel != nil
		d.Vessel = nil
		return had
	case "contact":
		return rest == "debounce" && d.Contact != nil && reset(&d.Contact.Debounce, y.Duration(defaultDebounce))
	case "inputs":
		_, had := d.Inputs[rest]
		delete(d.Inputs, rest)
		return had
	}
	return false
}

func (o *Output) mend(key string) bool {
	if key != "longest_on" && key != "pause" {
		return false
	}
	on := reset(&o.LongestOn, 0)
	return reset(&o.Pause, 0) || on
}

func (u *Uplink) mend(key string) bool {
	switch key {
	case "confirm":
		return reset(&u.Confirm, defaultConfirm)
	case "window":
		return reset(&u.Window, defaultWindow)
	case "drain_per_second":
		return reset(&u.DrainPerSecond, defaultDrain)
	case "ack_timeout":
		return reset(&u.AckTimeout, y.Duration(defaultAckTimeout))
	case "keep_alive":
		return reset(&u.KeepAlive, y.Duration(defaultKeepAlive))
	case "password_file":
		return reset(&u.PasswordFile, "")
	case "keys":
		changed := len(u.Keys) > 0
		u.Keys = nil
		return changed
	}
	return false
}

// leaveOut drops the list entries that the problems name.
func (c *Config) leaveOut(problems y.Problems) {
	bad := map[string][]int{}
	for _, p := range problems {
		if list, i, _, _, ok := entry(p); ok {
			bad[list] = append(bad[list], i)
		}
	}
	c.Buses = without(c.Buses, bad["buses"])
	c.Devices = without(c.Devices, bad["devices"])
	c.Outputs = without(c.Outputs, bad["outputs"])
	c.Uplinks = without(c.Uplinks, bad["uplinks"])
	if c.Screens != nil {
		c.Screens.leaveOut(problems)
	}
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
