package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prometheus/procfs/sysfs"
)

// The temperatures in m°C between which a board's sensor is believed. The kernel's own mark
// for "invalid" is −274 000.
const (
	coldest = -60_000
	hottest = 150_000
)

func (r *Reader) readTemperatures(context.Context) Fact[[]Temperature] {
	// procfs looks for zones with a pattern, which finds none where it may not look.
	if _, err := names(r.sys("class", "thermal")); err != nil {
		return unknown[[]Temperature](err)
	}
	tree, err := sysfs.NewFS(r.o.Sys)
	if err != nil {
		return unknown[[]Temperature](err)
	}
	zones, err := tree.ClassThermalZoneStats()
	if err != nil {
		return unknown[[]Temperature](err)
	}
	if len(r.o.Zones) > 0 {
		return r.chosen(zones)
	}
	// A zone that is switched off measures nothing.
	zones = slices.DeleteFunc(zones, func(z sysfs.ClassThermalZoneStats) bool { return z.Mode != nil && !*z.Mode })
	if len(zones) == 0 {
		return absent[[]Temperature]()
	}
	return known(temperatures(zones))
}

// chosen gives the zones that were asked for; one that isn't there is unknown, not absent.
func (r *Reader) chosen(zones []sysfs.ClassThermalZoneStats) Fact[[]Temperature] {
	zones = slices.DeleteFunc(zones, func(z sysfs.ClassThermalZoneStats) bool { return !slices.Contains(r.o.Zones, z.Type) })
	all := temperatures(zones)
	for _, want := range r.o.Zones {
		if !slices.ContainsFunc(zones, func(z sysfs.ClassThermalZoneStats) bool { return z.Type == want }) {
			err := fmt.Errorf("find thermal zone %q: %w", want, fs.ErrNotExist)
			all = append(all, Temperature{Name: want, Celsius: unknown[float64](err)})
		}
	}
	return known(all)
}

func temperatures(zones []sysfs.ClassThermalZoneStats) []Temperature {
	types := map[string]int{}
	for _, z := range zones {
		types[z.Type]++
	}
	all := make([]Temperature, 0, len(zones))
	for _, z := range zones {
		name := z.Type
		switch {
		case name == "":
			name = "zone-" + z.Name
		case types[name] > 1:
			name += "-" + z.Name
		}
		all = append(all, Temperature{Name: name, Celsius: celsius(z)})
	}
	return all
}

func celsius(z sysfs.ClassThermalZoneStats) Fact[float64] {
	switch {
	case z.ReadErrors != nil:
		return unknown[float64](z.ReadErrors)
	case z.Temp < coldest || z.Temp > hottest:
		return unknown[float64](fmt.Errorf("%w: %d m°C, a sensor gives %d to %d", errUnbelievable, z.Temp, coldest, hottest))
	}
	return known(float64(z.Temp) / 1000)
}

// readUndervoltage looks at every critical-low alarm of every voltage input.
func (r *Reader) readUndervoltage(context.Context) Fact[Undervoltage] {
	boot, err := r.bootID()
	if err != nil {
		return unknown[Undervoltage](err)
	}
	r.latch.load(boot)
	now, found, err := r.voltageAlarm()
	u := r.latch.see(boot, now)
	switch {
	case err != nil && !u.Seen:
		return unknown[Undervoltage](err)
	case !found && err == nil && !u.Seen:
		return absent[Undervoltage]()
	}
	return known(u)
}

// voltageAlarm is true when any alarm is set; an alarm that can't be read is an error, but
// doesn't hide another that is set.
func (r *Reader) voltageAlarm() (now, found bool, err error) {
	chips, err := names(r.sys("class", "hwmon"))
	if err != nil {
		return false, false, fmt.Errorf("find voltage alarms: %w", err)
	}
	var files []string
	var errs []error
	for _, chip := range chips {
		dir := r.sys("class", "hwmon", chip)
		list, err := names(dir)
		if err != nil {
			errs = append(errs, err)
		}
		for _, name := range list {
			if strings.HasPrefix(name, "in") && strings.HasSuffix(name, "_lcrit_alarm") {
				files = append(files, filepath.Join(dir, name))
			}
		}
	}
	for _, path := range files {
		text, err := readValue(path)
		switch {
		case err != nil:
			errs = append(errs, err)
		case text == "1":
			now = true
		case text != "0":
			errs = append(errs, fmt.Errorf("%w: %s holds %q, want 0 or 1", errUnbelievable, path, text))
		}
	}
	return now, len(files) > 0, errors.Join(errs...)
}

func (r *Reader) keepUndervoltage(context.Context) Fact[bool] {
	if err := r.latch.keep(); err != nil {
		return unknown[bool](err)
	}
	return known(true)
}
