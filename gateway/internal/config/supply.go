package config

import (
	"fmt"
	"strings"
	"time"

	"firepost/firmware-contracts/contract"

	"firepost/gateway/internal/climate"
	"firepost/gateway/internal/outputs"
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
		k.contact("power.mains", p.Mains)
		for _, s := range [...]struct{ key, ref string }{
			{"mains", p.Mains}, {"voltage", p.Voltage}, {"current", p.Current}, {"charge", p.Charge},
		} {
			k.fresh("power."+s.key, s.ref, p.Settings().Stale)
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
		k.contact("climate.cutout", c.Cutout)
		for _, s := range [...]struct{ key, ref string }{
			{"inside", c.Inside}, {"humidity", c.Humidity}, {"surface", c.Surface}, {"screen", c.Screen}, {"outside", c.Outside},
		} {
			k.fresh("climate."+s.key, s.ref, c.Settings().Stale)
		}
		if c.Inside == "" {
			k.add("climate.inside", "is missing", "the air's temperature, such as booth-climate/temperature")
		}
		if err := c.Settings().Check(); err != nil {
			k.add("climate", err.Error(), "")
		}
	}
}

// kept refuses an output that nobody would ever switch on. What is salvaged keeps it: a heater
// that an earlier run left on is then switched off.
func (k *checker) kept(o *Output, at string) {
	if k.salvaging {
		return
	}
	switch kind := outputs.Kind(o.Kind); {
	case kind == outputs.Heater && k.c.Climate == nil:
		k.add(at+".kind", "nothing decides when a heater is on", "add climate:, or leave the output out")
	case kind == outputs.Fan && (k.c.Climate == nil || !k.c.Climate.Fan):
		k.add(at+".kind", "nothing decides when a fan is on", "add climate: with fan: true, or leave the output out")
	case kind == outputs.Charger && k.c.Power == nil:
		k.add(at+".kind", "nothing decides when a charger may charge", "add power:, or leave the output out")
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

// refers finds the device and the point that a reference names, if there are such.
func (k *checker) refers(ref string) (*Device, *contract.Point) {
	dev, name, _ := strings.Cut(ref, "/")
	d := k.deviceNamed(dev)
	if d == nil {
		return nil, nil
	}
	m, ok := k.contractOf(d)
	if !ok {
		return d, nil
	}
	return d, k.point(m, name)
}

// contact refuses a reference to something that is neither open nor closed.
func (k *checker) contact(path, ref string) {
	if _, p := k.refers(ref); p != nil && p.Role != contract.RoleInput {
		k.addf(path, "name a contact", "%s has the role %s", ref, p.Role)
	}
}

// fresh refuses a point that is read so seldom that its value would be too old to decide by
// before the next one comes.
func (k *checker) fresh(path, ref string, stale time.Duration) {
	d, p := k.refers(ref)
	if p == nil || p.Lane == contract.Alarm {
		return
	}
	if _, meant := d.Inputs[p.Name]; meant {
		return // read in the alarm lane
	}
	if b := k.busNamed(d.Bus); b == nil || b.Kind != KindModbus && b.Kind != KindI2C {
		return
	}
	if d.SlowEvery.D() > stale/2 {
		k.addf(path, fmt.Sprintf("give %s slow_every: %v or less", d.Name, stale/2),
			"%s is read every %v and counts as unknown after %v", ref, d.SlowEvery.D(), stale)
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
