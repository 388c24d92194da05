package config

import (
	"fmt"
	"slices"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/gateway/internal/evaluate"
	"firepost/gateway/internal/pressure"
)

// PressurePoint is the name of the device's gauge, empty when it has none.
func (d *Device) PressurePoint() string {
	for i := range d.Model.Points {
		if d.Model.Points[i].Role == contract.RolePressure {
			return d.Model.Points[i].Name
		}
	}
	return ""
}

// beijing is the zone in which dates on labels hold.
func beijing() *time.Location { return time.FixedZone("CST", 8*60*60) }

func date(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.ParseInLocation(time.DateOnly, text, beijing())
}

// Spec is the vessel as its watch wants it. Limits that the configuration gives win over
// those of the medium.
func (d *Device) Spec() (pressure.Spec, error) {
	v := d.Vessel
	limits, err := pressure.Lookup(pressure.Medium(v.Medium), v.RatedMPa)
	if err != nil {
		return pressure.Spec{}, err
	}
	s := pressure.Spec{Limits: limits}
	point := d.PressurePoint()
	per := 1.0
	for i := range d.Model.Points {
		if p := &d.Model.Points[i]; p.Name == point {
			per, _ = evaluate.MPaPer(p.Unit)
		}
	}
	if l, ok := d.Limits[point]; ok {
		own := func(v float64) pressure.Fact {
			return pressure.Fact{Value: v * per, Mark: pressure.Configured, Source: "configuration"}
		}
		if l.Low != nil {
			s.Limits.LowMPa = own(*l.Low)
		}
		if l.High != nil {
			s.Limits.HighMPa = own(*l.High)
		}
		s.HysteresisMPa = l.Hysteresis * per
	}
	if s.Manufactured, err = date(v.Manufactured); err != nil {
		return s, fmt.Errorf("manufactured: %q is not a date such as 2024-05-31", v.Manufactured)
	}
	if s.Charged, err = date(v.Charged); err != nil {
		return s, fmt.Errorf("charged: %q is not a date such as 2024-05-31", v.Charged)
	}
	return s, s.Check()
}

func (k *checker) vessel(d *Device, at string) {
	if d.Vessel == nil {
		return
	}
	at += ".vessel"
	point := d.PressurePoint()
	if point == "" {
		k.addf(at, "give it to the device whose gauge it is", "%s measures no pressure", d.Contract)
		return
	}
	i := slices.IndexFunc(d.Model.Points, func(p contract.Point) bool { return p.Name == point })
	if unit := d.Model.Points[i].Unit; unit != "" {
		if _, ok := evaluate.MPaPer(unit); !ok {
			k.addf(at, "a gauge in MPa, kPa, Pa or bar", "%s measures in %s", d.Contract, unit)
			return
		}
	}
	k.oneOf(at+".medium", d.Vessel.Medium, pressure.Medium("").Words()...)
	if _, err := d.Spec(); err != nil {
		k.add(at, err.Error(), "")
	}
	if d.TemperatureFrom == "" {
		k.add(at, "its pressure follows the temperature", "add temperature_from: with the nearest climate point, such as booth-climate/temperature")
	}
}
