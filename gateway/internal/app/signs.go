package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"firepost/drivers/beacon"
	"firepost/drivers/bus/i2c"
	"firepost/drivers/ssd1306"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/annunciate"

	periph "periph.io/x/conn/v3/i2c"
)

// signEvery is how often the technician's display and the beacon are told how things are. The
// beacon shows a fault by itself when that stops.
const signEvery = 2 * time.Second

// addSigns prepares the display and the beacon, where they are configured.
func (g *generation) addSigns() error {
	var bad []error
	if c := g.cfg.Display; c != nil {
		d, err := ssd1306.New(uint16(c.Unit))
		if err != nil {
			bad = append(bad, fmt.Errorf("display: %w", err))
		}
		for _, f := range g.feeds {
			if src, ok := f.feed.(*i2c.Source); ok && f.Name() == c.Bus && d != nil {
				g.signs = append(g.signs, service{"display", func(ctx context.Context) error { return g.showDisplay(ctx, src, d) }})
			}
		}
	}
	if g.cfg.Beacon != nil {
		g.signs = append(g.signs, service{"beacon", g.showBeacon})
	}
	return errors.Join(bad...)
}

// showDisplay keeps the technician's display current until ctx ends.
func (g *generation) showDisplay(ctx context.Context, bus *i2c.Source, d *ssd1306.Display) error {
	t := time.NewTicker(signEvery)
	defer t.Stop()
	failing := false
	for {
		s := g.displayStatus(g.app.now())
		err := bus.Do(ctx, func(b periph.Bus) error { return d.Show(ctx, b, s) })
		if ctx.Err() != nil {
			return nil
		}
		if failing != (err != nil) {
			failing = err != nil
			g.app.log.Warn("the display", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// displayStatus is the booth on a small display.
func (g *generation) displayStatus(now message.Stamp) ssd1306.Status {
	s := ssd1306.Status{
		Station: g.cfg.Station, Address: ownAddress(), At: now.Wall.In(beijing()).Format("15:04:05"), Known: g.Ready() == nil,
		Uplink: ssd1306.UplinkNone,
	}
	if !now.Trusted {
		s.At = "--:--"
	}
	fire, fault := "", ""
	for _, d := range g.engine.View() {
		for _, p := range d.Points {
			count := func(n *int, bit message.Bits) {
				if p.State.Has(bit) {
					*n++
				}
			}
			count(&s.Fires, message.Fire)
			count(&s.Prealarms, message.Prealarm)
			count(&s.Supervisory, message.Supervisory)
			count(&s.Faults, message.Fault)
			count(&s.Disabled, message.Disabled)
			s.Test = s.Test || p.State.Has(message.Test)
			switch {
			case p.State.Has(message.Fire):
				fire = first(fire, d.Name)
			case p.State.Has(message.Fault):
				fault = first(fault, d.Name)
			}
		}
	}
	s.Detail = first(fire, fault)
	for _, l := range g.links {
		u := l.Status()
		for _, n := range u.Backlog {
			s.Waiting += int(n)
		}
		if s.Uplink == ssd1306.UplinkNone {
			s.Uplink = ssd1306.UplinkUp
		}
		if !u.Connected {
			s.Uplink = ssd1306.UplinkDown
		}
	}
	return s
}

// first is the first of two texts that is not empty.
func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// ownAddress is the first address by which the booth can be reached, empty for none.
func ownAddress() string {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	return ""
}

// showBeacon keeps the beacon current until ctx ends, and tries again when its port is away.
func (g *generation) showBeacon(ctx context.Context) error {
	c := g.cfg.Beacon
	port, err := beacon.Open(c.SPI)
	if err != nil {
		return fmt.Errorf("beacon: %w", err) // the supervisor tries again
	}
	defer func() { _ = port.Close() }()
	b, err := beacon.New(port, beacon.Options{Chip: beacon.Chip(c.Chip), Pixels: c.Pixels, Intensity: c.Intensity})
	if err != nil {
		return fmt.Errorf("beacon: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	told := make(chan struct{})
	go func() {
		defer close(told)
		g.tellBeacon(ctx, b)
	}()
	err = b.Run(ctx)
	cancel()
	<-told
	return err
}

// tellBeacon tells the beacon what to show until ctx ends.
func (g *generation) tellBeacon(ctx context.Context, b *beacon.Beacon) {
	t := time.NewTicker(signEvery / 4)
	defer t.Stop()
	for {
		b.Show(g.beaconSign(g.app.now()))
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// beaconSign is what the beacon says: fire above all, then a test or drill, then a fault of
// anything: the booth that watches is not well while a detector is not.
func (g *generation) beaconSign(now message.Stamp) beacon.Sign {
	d := g.desired(now)
	switch {
	case d.Strobe:
		return beacon.Fire
	case d.Sounder == annunciate.SoundChirp || d.Takeover:
		return beacon.Test
	}
	if g.engine.Bits().Has(message.Fault) {
		return beacon.Fault
	}
	return beacon.Normal
}
