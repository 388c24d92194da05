package host

import (
	"math"
	"strings"
)

// Value is one number for telemetry and metrics.
type Value struct {
	// Name is a point's name on the wire: letters, digits, dot, dash and underscore.
	Name  string
	Value float64
	// Unit is °C, %, B, dBm, V, s, 1 (a count or a switch).
	Unit string
}

// Values lists what is known. What is unknown is not in the list: a receiver shows it as
// stale, never as a number.
func (f Facts) Values() []Value {
	var all []Value
	add := func(name string, v float64, unit string) { all = append(all, Value{wireName(name), v, unit}) }
	if zones, ok := f.Temperatures.Get(); ok {
		for _, z := range zones {
			if c, ok := z.Celsius.Get(); ok {
				add("temperature."+z.Name, c, "°C")
			}
		}
	}
	if u, ok := f.Undervoltage.Get(); ok {
		add("undervoltage", truth(u.Now), "1")
		add("undervoltage_seen", truth(u.Seen), "1")
	}
	disk := func(name string, fact Fact[Disk]) {
		if d, ok := fact.Get(); ok {
			add("disk_free."+name, d.FreePercent(), "%")
			add("disk_free_bytes."+name, float64(d.Free), "B")
			if d.Inodes > 0 {
				add("inodes_free."+name, d.InodesFreePercent(), "%")
			}
		}
	}
	disk("journal", f.Journal)
	disk("root", f.Root)
	f.flash(add)
	f.work(add)
	f.links(add)
	return all
}

func (f Facts) flash(add func(string, float64, string)) {
	if all, ok := f.Wear.Get(); ok {
		for _, w := range all {
			if used, ok := w.Used.Get(); ok {
				add("wear."+w.Device, float64(used), "%")
			}
		}
	}
	if all, ok := f.FSErrors.Get(); ok {
		for _, e := range all {
			if n, ok := e.Count.Get(); ok {
				add("fs_errors."+e.Device, float64(n), "1")
			}
		}
	}
}

func (f Facts) work(add func(string, float64, string)) {
	if m, ok := f.Memory.Get(); ok {
		add("memory_available", m.AvailablePercent(), "%")
		add("memory_available_bytes", float64(m.Available), "B")
	}
	if s, ok := f.Swap.Get(); ok {
		add("swap_zram_bytes", float64(s.ZramUsed), "B")
		add("swap_disk_bytes", float64(s.DiskUsed), "B")
	}
	if l, ok := f.Load.Get(); ok {
		add("load_per_core", l.PerCore(), "1")
	}
	if n, ok := f.OOMKills.Get(); ok {
		add("oom_kills", float64(n), "1")
	}
	if c, ok := f.Clock.Get(); ok {
		add("clock_trusted", truth(c.Trusted), "1")
	}
}

func (f Facts) links(add func(string, float64, string)) {
	if n, ok := f.Network.Get(); ok {
		add("default_routes", float64(len(n.Default)), "1")
		for _, i := range n.Interfaces {
			if c, ok := i.Carrier.Get(); ok {
				add("carrier."+i.Name, truth(c), "1")
			}
		}
	}
	if m, ok := f.Modem.Get(); ok {
		if dbm, ok := m.Signal.Get(); ok {
			add("modem_signal", float64(dbm), "dBm")
		}
		if r, ok := m.Registration.Get(); ok {
			add("modem_registered", truth(r.Registered()), "1")
		}
	}
	if u, ok := f.UPS.Get(); ok {
		measured := func(name string, v Fact[float64], unit string) {
			if v, ok := v.Get(); ok {
				add(name, v, unit)
			}
		}
		measured("ups_charge", u.Charge, "%")
		measured("ups_load", u.Load, "%")
		measured("ups_volts", u.Volts, "V")
		if d, ok := u.Runtime.Get(); ok {
			add("ups_runtime", math.Round(d.Seconds()), "s")
		}
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// maxName is the longest name of a point on the wire.
const maxName = 64

// wireName replaces what a point's name may not hold.
func wireName(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
			return c
		}
		return '_'
	}, s)
	return s[:min(len(s), maxName)]
}
