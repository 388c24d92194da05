package config

import (
	"strings"

	"firepost/gateway/internal/climate"
	"firepost/gateway/internal/power"
)

// Settings are the supply as its keeper wants it.
func (p *Power) Settings() power.Config {
	return power.Config{
		Chemistry: power.Chemistry(p.Chemistry), CapacityAh: p.CapacityAh, Volts: p.Volts, InternalOhm: p.InternalOhm,
		ColdestC: p.ColdestC, Watts: power.Watts(p.Watts),
	}.WithDefaults()
}

// Settings are the inside as its keeper wants it.
func (c *Climate) Settings() climate.Config {
	return climate.Config{HeaterWatts: c.HeaterWatts, HeaterRise: c.HeaterRise, FanFitted: c.Fan}.WithDefaults()
}

// supply checks power and climate.
func (k *checker) supply() {
	if p := k.c.Power; p != nil {
		for _, s := range [...]struct{ key, ref string }{
			{"mains", p.Mains}, {"voltage", p.Voltage}, {"current", p.Current}, {"charge", p.Charge}, {"temperature", p.Temperature},
		} {
			k.pointRef("power."+s.key, s.ref)
		}
		if p.Mains == "" && p.Current == "" {
			k.add("power", "nothing tells whether the mains are there", "add mains: with a contact, or current: of the battery")
		}
		if err := p.Settings().Check(); err != nil {
			k.add("power", err.Error(), "")
		}
	}
	if c := k.c.Climate; c != nil {
		for _, s := range [...]struct{ key, ref string }{
			{"inside", c.Inside}, {"humidity", c.Humidity}, {"surface", c.Surface}, {"screen", c.Screen}, {"outside", c.Outside}, {"cutout", c.Cutout},
		} {
			k.pointRef("climate."+s.key, s.ref)
		}
		if c.Inside == "" {
			k.add("climate.inside", "is missing", "the air's temperature, such as booth-climate/temperature")
		}
		if err := c.Settings().Check(); err != nil {
			k.add("climate", err.Error(), "")
		}
	}
}

// signs checks the display and the beacon.
func (k *checker) signs() {
	if d := k.c.Display; d != nil {
		b := k.busNamed(d.Bus)
		switch {
		case b == nil:
			k.reference("display.bus", "bus", d.Bus, k.busNames())
		case b.Kind != KindI2C:
			k.addf("display.bus", "name a bus of kind i2c", "bus %s is of kind %s", b.Name, b.Kind)
		}
		if d.Unit != 0 && d.Unit != 0x3C && d.Unit != 0x3D {
			k.addf("display.unit", "0x3C or 0x3D", "0x%02X is no address of an SSD1306", d.Unit)
		}
	}
	if b := k.c.Beacon; b != nil {
		if b.SPI == "" {
			k.add("beacon.spi", "is missing", "the SPI port, such as SPI0.0")
		}
		k.oneOf("beacon.chip", b.Chip, "apa102", "ws2812")
		k.between("beacon.pixels", b.Pixels, 1, 300)
	}
}

// pointRef checks a reference to a device's point; an empty one is none.
func (k *checker) pointRef(path, ref string) {
	if ref == "" {
		return
	}
	dev, point, ok := strings.Cut(ref, "/")
	if !ok {
		k.addf(path, "write it as device/point", "%q names no point", ref)
		return
	}
	d := k.deviceNamed(dev)
	if d == nil {
		k.reference(path, "device", dev, k.deviceNames())
		return
	}
	if k.c.Set == nil {
		return
	}
	if m, ok := k.c.Set.Get(d.Contract); ok && k.point(m, point) == nil {
		k.reference(path, "point", point, pointNames(m))
	}
}
